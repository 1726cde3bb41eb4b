/* SPDX-License-Identifier: Apache-2.0 */
/* A user's program: commands as bytes, from the installed header alone. */
#include <election/election.h>

#include <stdio.h>

int main(void)
{
    struct election_command command = {ELECTION_OP_ENTER, "alice", 5};
    struct election_buffer input = ELECTION_BUFFER_INIT;
    struct election_candidate leader;
    struct election *election;

    if (election_create(NULL, &election) != ELECTION_OK ||
        election_input_encode(&command, &input) != ELECTION_OK ||
        election_apply(election, 1, input.data, input.size, NULL) !=
            ELECTION_OK ||
        election_leader(election, &leader) != ELECTION_OK)
        return 1;
    printf("tenure %d: %.*s leads\n", (int)election_index(election),
           (int)leader.name_size, leader.name);
    election_buffer_free(&input);
    election_destroy(election);
    return 0;
}
