/* SPDX-License-Identifier: Apache-2.0 */
/* A user's test, without cmocka: an election played by lines. */
#include <election/testing.h>

#include <stdio.h>
#include <string.h>

int main(void)
{
    struct election *election;
    char text[ELECTION_TEXT_SIZE];

    if (election_create(NULL, &election) != ELECTION_OK ||
        election_play(election, "enter 1 alice", text, sizeof text) !=
            ELECTION_OK ||
        strcmp(text, "ok index=1 leader=alice queue=[]") != 0)
        return 1;
    printf("tenure %d: alice leads\n", (int)election_index(election));
    election_destroy(election);
    return 0;
}
