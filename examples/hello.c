#include <election/election.h>
#include <stdio.h>
#include <string.h>

static void enter(struct election *election, uint64_t session, const char *name)
{
    struct election_buffer input = ELECTION_BUFFER_INIT;
    struct election_command command = {ELECTION_OP_ENTER, name, strlen(name)};
    enum election_status status = election_input_encode(&command, &input);
    if (status == ELECTION_OK) /* here a Raft host would replicate the input */
        status =
            election_apply(election, session, input.data, input.size, NULL);
    printf("%s enters: %s\n", name, election_status_text(status));
    election_buffer_free(&input);
}

int main(void)
{
    struct election *election;
    struct election_candidate leader;
    if (election_create(NULL, &election) != ELECTION_OK)
        return 1;
    enter(election, 1, "alice");
    enter(election, 2, "bob");
    if (election_close_session(election, 1) != ELECTION_OK) /* alice is gone */
        return 1;
    if (election_leader(election, &leader) == ELECTION_OK)
        printf("tenure %d: %.*s leads\n", (int)election_index(election),
               (int)leader.name_size, leader.name);
    election_destroy(election);
    return 0;
}
