#include <election/election.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static bool enter(struct election *election, uint64_t session, const char *name)
{
    struct election_buffer input = ELECTION_BUFFER_INIT;
    struct election_command command = {ELECTION_OP_ENTER, name, strlen(name)};
    enum election_status status = election_input_encode(&command, &input);
    if (status == ELECTION_OK) /* here a Raft host would replicate the input */
        status =
            election_apply(election, session, input.data, input.size, NULL);
    printf("%s enters: %s\n", name, election_status_text(status));
    election_buffer_free(&input);
    return status == ELECTION_OK;
}

int main(void)
{
    struct election *election;
    struct election_candidate leader;
    if (election_create(NULL, &election) != ELECTION_OK)
        return 1;
    if (!enter(election, 1, "alice") || !enter(election, 2, "bob"))
        return 1;
    if (election_close_session(election, 1) != ELECTION_OK) /* alice is gone */
        return 1;
    if (election_leader(election, &leader) != ELECTION_OK)
        return 1;
    printf("tenure %" PRIu64 ": %.*s leads\n", election_index(election),
           (int)leader.name_size, leader.name);
    election_destroy(election);
    return 0;
}
