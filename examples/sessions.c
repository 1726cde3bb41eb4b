/* SPDX-License-Identifier: Apache-2.0
 * Sessions for a host that has none: a table of deadlines in log time. Each
 * entry carries the clock of the Raft leader that proposed it, and nothing else
 * makes time pass. So every replica ends the same sessions in the same entry.
 */
#include <election/election.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SESSIONS = 4, LIFETIME = 10 };
static const struct entry {
    enum kind { COMMAND, KEEP_ALIVE, TICK, NEW_RAFT_LEADER } kind;
    uint64_t session; /* 0 = the host itself */
    uint64_t time;
    struct election_command command;
    const char *story;
} entries[] = {
    {COMMAND, 1, 1, {ELECTION_OP_ENTER, "alice", 5}, "alice enters, and leads"},
    {COMMAND, 2, 1, {ELECTION_OP_ENTER, "bob", 3}, "bob enters, and waits"},
    {COMMAND, 3, 2, {ELECTION_OP_ENTER, "carol", 5}, "carol enters, and waits"},
    {KEEP_ALIVE, 3, 8, {0}, "carol is heard"},
    {TICK, 0, 12, {0}, "a tick: alice and bob end, carol leads"},
    {COMMAND, 1, 13, {ELECTION_OP_ENTER, "alice", 5}, "alice is refused"},
    {NEW_RAFT_LEADER, 0, 40, {0}, "a new Raft leader extends all"},
    {KEEP_ALIVE, 3, 51, {0}, "carol is heard, just in time"},
};

struct replica { /* all of it belongs into the snapshots of the host */
    struct election *election;
    uint64_t now;                 /* log time */
    uint64_t deadlines[SESSIONS]; /* by id, never used again; 0 = ended */
    struct election_buffer bytes; /* an input or a snapshot, used again */
};

static enum election_status apply(struct replica *replica,
                                  const struct entry *entry)
{
    struct election *election = replica->election;
    struct election_buffer *bytes = &replica->bytes;
    uint64_t ended[SESSIONS];
    size_t count = 0;

    if (entry->time > replica->now) /* never back: clocks differ */
        replica->now = entry->time;
    for (uint64_t id = 1; id < SESSIONS; id++) {
        uint64_t *deadline = &replica->deadlines[id];
        bool is_heard = id == entry->session || entry->kind == NEW_RAFT_LEADER;

        /* First credit, then expire: who is heard, or could not be, lives. */
        if (is_heard && *deadline != 0)
            *deadline = replica->now + LIFETIME;
        if (*deadline != 0 && *deadline < replica->now) {
            *deadline = 0;
            ended[count++] = id;
        }
    }
    /* All end in one step: bob does not lead in between. */
    enum election_status status =
        election_close_sessions(election, ended, count);
    if (status < 0 || entry->kind != COMMAND)
        return status;
    if (replica->deadlines[entry->session] == 0)
        return ELECTION_NOT_OWNER; /* nobody would ever remove the candidate */
    if (election_input_encode(&entry->command, bytes) != ELECTION_OK)
        return ELECTION_NOMEM;
    return election_apply(election, entry->session, bytes->data, bytes->size,
                          NULL);
}

int main(void)
{
    struct replica one = {NULL, 0, {0, 10, 10, 10}, ELECTION_BUFFER_INIT};
    struct replica two = one;
    bool good = election_create(NULL, &one.election) == ELECTION_OK &&
                election_create(NULL, &two.election) == ELECTION_OK;

    for (size_t i = 0; good && i < sizeof entries / sizeof *entries; i++) {
        enum election_status status = apply(&one, &entries[i]);

        good = status >= 0 && apply(&two, &entries[i]) == status;
        printf("%2" PRIu64 "  %-39s tenure %" PRIu64 "  %s\n", one.now,
               entries[i].story, election_index(one.election),
               election_status_name(status));
    }
    good = good && election_index(one.election) == 2 &&
           one.deadlines[3] == 61 &&
           election_candidate_count(one.election) == 0 &&
           election_snapshot(one.election, &one.bytes) == ELECTION_OK &&
           election_snapshot(two.election, &two.bytes) == ELECTION_OK &&
           one.bytes.size == two.bytes.size &&
           memcmp(one.bytes.data, two.bytes.data, one.bytes.size) == 0;
    printf("Both snapshots are equal: %s\n", good ? "yes" : "no");
    election_buffer_free(&one.bytes);
    election_buffer_free(&two.bytes);
    election_destroy(one.election);
    election_destroy(two.election);
    return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
