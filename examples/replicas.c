/* SPDX-License-Identifier: Apache-2.0
 *
 * Three replicas are fed from one log, each at its own call. One of them is
 * thrown away midway and restored from a snapshot of another. After every entry
 * the snapshots of all three are compared byte for byte.
 */
#include <election/election.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { REPLICAS = 3 };

/* What the host replicates: the input, and the session that proposed it. */
static const struct entry {
    uint64_t session_id;
    enum election_op op;
    const char *name;
} entries[] = {
    {1, ELECTION_OP_ENTER, "alice"},    {2, ELECTION_OP_ENTER, "bob"},
    {3, ELECTION_OP_ENTER, "carol"},    {0, ELECTION_OP_ANOINT, "carol"},
    {1, ELECTION_OP_WITHDRAW, "alice"}, {0, ELECTION_OP_DEMOTE, "carol"},
    {1, ELECTION_OP_ENTER, "alice"},    {0, ELECTION_OP_PROMOTE, "alice"},
    {0, ELECTION_OP_EVICT, "bob"},      {3, ELECTION_OP_WITHDRAW, "carol"},
};

enum { ENTRIES = sizeof entries / sizeof *entries };

static void require(enum election_status status)
{
    if (status == ELECTION_OK)
        return;
    fprintf(stderr, "replicas: %s\n", election_status_text(status));
    exit(EXIT_FAILURE);
}

static void apply(struct election *replica, const struct entry *entry)
{
    struct election_buffer input = ELECTION_BUFFER_INIT;

    require(election_input_encode(
        &(struct election_command){entry->op, entry->name, strlen(entry->name)},
        &input));
    require(election_apply(replica, entry->session_id, input.data, input.size,
                           NULL));
    election_buffer_free(&input);
}

/* Throws the last replica away, and makes it anew from a snapshot. */
static void rebuild_last(struct election *replicas[])
{
    struct election_buffer snapshot = ELECTION_BUFFER_INIT;

    election_destroy(replicas[REPLICAS - 1]);
    require(election_create(NULL, &replicas[REPLICAS - 1]));
    require(election_snapshot(replicas[0], &snapshot));
    require(
        election_restore(replicas[REPLICAS - 1], snapshot.data, snapshot.size));
    printf("replica %d restored from %zu bytes\n", REPLICAS, snapshot.size);
    election_buffer_free(&snapshot);
}

static void compare(struct election *const replicas[], int log_index)
{
    struct election_buffer first = ELECTION_BUFFER_INIT;
    struct election_buffer other = ELECTION_BUFFER_INIT;

    require(election_snapshot(replicas[0], &first));
    for (int i = 1; i < REPLICAS; i++) {
        require(election_snapshot(replicas[i], &other));
        if (first.size != other.size ||
            memcmp(first.data, other.data, first.size) != 0) {
            fprintf(stderr, "replica %d differs at %d\n", i + 1, log_index);
            exit(EXIT_FAILURE);
        }
    }
    printf("entry %2d: %d replicas agree on %zu bytes\n", log_index, REPLICAS,
           first.size);
    election_buffer_free(&first);
    election_buffer_free(&other);
}

int main(void)
{
    struct election *replicas[REPLICAS];

    for (int i = 0; i < REPLICAS; i++)
        require(election_create(NULL, &replicas[i]));
    for (int index = 0; index < ENTRIES; index++) {
        if (index == ENTRIES / 2)
            rebuild_last(replicas);
        for (int i = 0; i < REPLICAS; i++)
            apply(replicas[i], &entries[index]);
        compare(replicas, index + 1);
    }
    for (int i = 0; i < REPLICAS; i++)
        election_destroy(replicas[i]);
    return EXIT_SUCCESS;
}
