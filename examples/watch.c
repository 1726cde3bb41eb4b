/* SPDX-License-Identifier: Apache-2.0
 *
 * Two watchers follow one election. One is told every change of the Term, also
 * of the queue; the other only who leads: a tenure that starts, or a vacancy.
 * Both are told how things stand when they start.
 */
#include <election/election.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* How often each was told. */
struct told {
    unsigned of_term;
    unsigned of_leader;
};

/* The event is encoded as for a client, to be sent on as it is. */
static void on_term(void *context, struct election *election,
                    const uint8_t *event, size_t event_size)
{
    struct told *told = context;
    struct election_term term;

    (void)election;
    if (election_output_decode(event, event_size, &term, NULL, NULL) !=
        ELECTION_OK)
        exit(EXIT_FAILURE);
    told->of_term++;
    printf("  Term: index %" PRIu64 ", leader \"%.*s\", %zu wait\n", term.index,
           (int)term.leader_size, term.leader == NULL ? "" : term.leader,
           term.candidate_count);
}

/* The index is the fencing token: who leads shows it with every request. */
static void on_leader(void *context, struct election *election,
                      const struct election_leadership *leadership)
{
    struct told *told = context;

    (void)election;
    told->of_leader++;
    if (leadership->leader.name == NULL)
        printf("  nobody leads after tenure %" PRIu64 "\n", leadership->index);
    else
        printf("  %.*s leads, tenure %" PRIu64 "\n",
               (int)leadership->leader.name_size, leadership->leader.name,
               leadership->index);
}

static void apply(struct election *election, uint64_t session_id,
                  enum election_op op, const char *name, const char *story)
{
    struct election_command command = {op, name, strlen(name)};
    struct election_buffer input = ELECTION_BUFFER_INIT;

    printf("%s %s:\n", name, story);
    if (election_input_encode(&command, &input) != ELECTION_OK ||
        election_apply(election, session_id, input.data, input.size, NULL) !=
            ELECTION_OK)
        exit(EXIT_FAILURE);
    election_buffer_free(&input);
}

int main(void)
{
    struct told told = {0, 0};
    struct election *election;
    uint64_t term_watch;
    uint64_t leader_watch;

    printf("two watchers start:\n");
    if (election_create(NULL, &election) != ELECTION_OK ||
        election_watch(election, on_term, &told, &term_watch) != ELECTION_OK ||
        election_watch_leader(election, on_leader, &told, &leader_watch) !=
            ELECTION_OK)
        return EXIT_FAILURE;
    apply(election, 1, ELECTION_OP_ENTER, "alice", "enters");
    apply(election, 2, ELECTION_OP_ENTER, "bob", "enters");
    apply(election, 0, ELECTION_OP_ANOINT, "bob", "is anointed");
    apply(election, 2, ELECTION_OP_WITHDRAW, "bob", "withdraws");
    apply(election, 1, ELECTION_OP_WITHDRAW, "alice", "withdraws");
    if (election_unwatch(election, term_watch) != ELECTION_OK ||
        election_unwatch(election, leader_watch) != ELECTION_OK)
        return EXIT_FAILURE;
    apply(election, 3, ELECTION_OP_ENTER, "carol", "enters, nobody watches");
    election_destroy(election);
    /* Only that bob came to wait was none of the second one's business. */
    if (told.of_term != 6 || told.of_leader != 5)
        return EXIT_FAILURE;
    return EXIT_SUCCESS;
}
