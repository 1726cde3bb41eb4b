/* SPDX-License-Identifier: Apache-2.0
 *
 * The message path: log entries as the structs that protobuf-c generates, for
 * hosts that have decoded them already.
 */
#include <election/message.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

typedef Atomix__Multiraft__Election__V1__LeaderElectionInput Input;
typedef Atomix__Multiraft__Election__V1__LeaderElectionOutput Output;
typedef Atomix__Multiraft__Election__V1__EnterInput EnterInput;
typedef Atomix__Multiraft__Election__V1__Term Term;

static void enter(struct election *election, uint64_t session_id, char *name,
                  size_t waiting)
{
    Input input = ATOMIX__MULTIRAFT__ELECTION__V1__LEADER_ELECTION_INPUT__INIT;
    EnterInput command = ATOMIX__MULTIRAFT__ELECTION__V1__ENTER_INPUT__INIT;
    Output *output;
    Term *term;

    command.candidate = name;
    input.input_case =
        ATOMIX__MULTIRAFT__ELECTION__V1__LEADER_ELECTION_INPUT__INPUT_ENTER;
    input.enter = &command;
    if (election_apply_message(election, session_id, &input, &output) !=
        ELECTION_OK)
        exit(EXIT_FAILURE);
    term = output->enter->term;
    printf("index=%" PRIu64 " leader=%s waiting:", term->index, term->leader);
    for (size_t i = 0; i < term->n_candidates; i++)
        printf(" %s", term->candidates[i]);
    printf("\n");
    if (term->index != 1 || term->n_candidates != waiting)
        exit(EXIT_FAILURE); /* alice leads, the others wait */
    atomix__multiraft__election__v1__leader_election_output__free_unpacked(
        output, NULL);
}

int main(void)
{
    char alice[] = "alice";
    char bob[] = "bob";
    char carol[] = "carol";
    struct election *election;

    if (election_create(NULL, &election) != ELECTION_OK)
        return EXIT_FAILURE;
    enter(election, 1, alice, 0);
    enter(election, 2, bob, 1);
    enter(election, 3, carol, 2);
    election_destroy(election);
    return EXIT_SUCCESS;
}
