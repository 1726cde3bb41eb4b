/* SPDX-License-Identifier: Apache-2.0 */
/* A user's program: bytes and messages, from the installed headers. */
#include <election/election.h>
#include <election/message.h>

#include <stdio.h>

int main(void)
{
    Atomix__Multiraft__Election__V1__LeaderElectionInput input =
        ATOMIX__MULTIRAFT__ELECTION__V1__LEADER_ELECTION_INPUT__INIT;
    Atomix__Multiraft__Election__V1__EnterInput command =
        ATOMIX__MULTIRAFT__ELECTION__V1__ENTER_INPUT__INIT;
    struct election_candidate leader;
    struct election *election;
    char name[] = "alice";

    command.candidate = name;
    input.enter = &command;
    input.input_case =
        ATOMIX__MULTIRAFT__ELECTION__V1__LEADER_ELECTION_INPUT__INPUT_ENTER;
    if (election_create(NULL, &election) != ELECTION_OK ||
        election_apply_message(election, 1, &input, NULL) != ELECTION_OK ||
        election_leader(election, &leader) != ELECTION_OK)
        return 1;
    printf("tenure %d: %.*s leads\n", (int)election_index(election),
           (int)leader.name_size, leader.name);
    election_destroy(election);
    return 0;
}
