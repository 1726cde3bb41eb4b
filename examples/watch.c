/*
 * A watcher follows an election: it is told the present Term when it starts,
 * then each change. The index is the fencing token: whoever leads sends it to
 * the resource with every request, and a vacancy is told like any change.
 */
#include <election/election.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void on_change(void *context, struct election *election,
                      const uint8_t *event, size_t event_size)
{
    const char *who = context;
    struct election_term term;

    (void)election;
    if (election_output_decode(event, event_size, &term, NULL, NULL) !=
        ELECTION_OK)
        return;
    if (term.leader == NULL)
        printf("%s: vacant after tenure %" PRIu64 "\n", who, term.index);
    else
        printf("%s: %.*s leads tenure %" PRIu64 ", %zu waiting\n", who,
               (int)term.leader_size, term.leader, term.index,
               term.candidate_count);
}

static void apply(struct election *election, uint64_t session_id,
                  enum election_op op, const char *name)
{
    struct election_buffer input = ELECTION_BUFFER_INIT;

    if (election_input_encode(
            &(struct election_command){op, name, strlen(name)}, &input) !=
            ELECTION_OK ||
        election_apply(election, session_id, input.data, input.size, NULL) !=
            ELECTION_OK)
        exit(EXIT_FAILURE);
    election_buffer_free(&input);
}

int main(void)
{
    char watcher[] = "watcher";
    struct election *election;
    uint64_t watch_id;

    if (election_create(NULL, &election) != ELECTION_OK ||
        election_watch(election, on_change, watcher, &watch_id) != ELECTION_OK)
        return EXIT_FAILURE;
    apply(election, 1, ELECTION_OP_ENTER, "alice");
    apply(election, 2, ELECTION_OP_ENTER, "bob");
    apply(election, 0, ELECTION_OP_ANOINT, "bob");
    apply(election, 2, ELECTION_OP_WITHDRAW, "bob");
    apply(election, 1, ELECTION_OP_WITHDRAW, "alice");
    election_unwatch(election, watch_id);
    apply(election, 3, ELECTION_OP_ENTER, "carol"); /* nobody is told */
    election_destroy(election);
    return EXIT_SUCCESS;
}
