/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One log, many replicas.
 *
 *     proof_log cluster          feed it to replicas in every disorder
 *     proof_log hashes           print what it leads to, tenth by tenth
 *     proof_log save N FILE      apply N entries, write a snapshot
 *     proof_log load N FILE      read it, apply the rest, print the hashes
 *
 * The log is the same on every machine, and so must be the hashes: they stand
 * in tests/golden/log-hashes.txt.
 */
#include "../support/cmocka_all.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "../support/heap.h"
#include "../support/random.h"

enum { ENTRIES = 6000, TENTH = ENTRIES / 10, REPLICAS = 5, NAMES = 400 };

/* ---- the log ------------------------------------------------------------ */

/** What the host replicates: a session, and an input or the session's end. */
struct entry {
    uint64_t session_id;
    struct election_buffer input;
    bool is_end;
};

static struct entry entries[ENTRIES];

/** What each entry leads to, as the first replica found. */
static uint64_t snapshot_hashes[ENTRIES + 1];
static uint64_t output_hashes[ENTRIES + 1];

/** Source: Fowler, Noll, Vo: FNV-1a, 64 bits. */
static uint64_t hash(uint64_t seed, const uint8_t *bytes, size_t size)
{
    uint64_t hash = seed ^ UINT64_C(14695981039346656037);

    for (size_t i = 0; i < size; i++)
        hash = (hash ^ bytes[i]) * UINT64_C(1099511628211);
    return hash;
}

static void make_input(struct random *random, uint32_t number,
                       struct entry *entry)
{
    /* The election fills, is emptied again, and so on. */
    bool is_filling = number / 500 % 2 == 0;
    uint32_t dice = random_below(random, 10);
    enum election_op op = (enum election_op)(random_below(random, 8) + 1);
    char name[ELECTION_NAME_SIZE_MAX + 2];
    int size;

    if (dice < (is_filling ? 7 : 1))
        op = ELECTION_OP_ENTER;
    else if (dice < (is_filling ? 7 : 5))
        op = ELECTION_OP_EVICT;
    number = random_below(random, NAMES);
    size = snprintf(name, sizeof name, "%0*" PRIu32, (int)(number % 256) + 1,
                    number);
    if (op == ELECTION_OP_GET_TERM || op == ELECTION_OP_WATCH)
        size = 0;
    assert_int_equal(
        election_input_encode(
            &(struct election_command){op, name, (size_t)size}, &entry->input),
        ELECTION_OK);
}

/** Breaks an input in some place: what comes of it must be the same too. */
static void damage(struct random *random, struct entry *entry)
{
    uint32_t at = random_below(random, (uint32_t)entry->input.size);

    entry->input.data[at] ^= (uint8_t)(1 + random_below(random, 255));
}

static void make_log(void)
{
    struct random random = {20260101};

    for (uint32_t i = 0; i < ENTRIES; i++) {
        struct entry *entry = &entries[i];

        entry->session_id = random_below(&random, 40);
        entry->is_end = random_below(&random, 100) == 0;
        if (entry->is_end)
            continue;
        make_input(&random, i, entry);
        if (random_below(&random, 20) == 0)
            damage(&random, entry);
    }
}

static void free_log(void)
{
    for (uint32_t i = 0; i < ENTRIES; i++)
        election_buffer_free(&entries[i].input);
}

/* ---- a replica, and the host around it ---------------------------------- */

struct replica {
    struct heap *heap;
    struct election *election;
    uint32_t applied; /* number of entries */
    struct election_buffer output;
    struct election_buffer snapshot;
};

static void start_replica(struct replica *replica, bool has_own_heap)
{
    memset(replica, 0, sizeof *replica);
    replica->heap = malloc(sizeof *replica->heap);
    assert_non_null(replica->heap);
    heap_init(replica->heap);
    if (has_own_heap)
        replica->election = heap_election(replica->heap);
    else
        assert_int_equal(election_create(NULL, &replica->election),
                         ELECTION_OK);
}

static void stop_replica(struct replica *replica)
{
    election_destroy(replica->election);
    election_buffer_free(&replica->output);
    election_buffer_free(&replica->snapshot);
    heap_assert_empty(replica->heap);
    free(replica->heap);
}

static uint64_t snapshot_hash(struct replica *replica)
{
    assert_int_equal(election_snapshot(replica->election, &replica->snapshot),
                     ELECTION_OK);
    return hash(1, replica->snapshot.data, replica->snapshot.size);
}

/** Delivers an entry; a host does not apply it twice. */
static void deliver(struct replica *replica, uint32_t number, bool has_output)
{
    const struct entry *entry = &entries[number];
    struct election_buffer *output = has_output ? &replica->output : NULL;
    enum election_status status;

    if (number < replica->applied)
        return;
    if (entry->is_end)
        status = election_close_session(replica->election, entry->session_id);
    else
        status = election_apply(replica->election, entry->session_id,
                                entry->input.data, entry->input.size, output);
    assert_true(status >= 0);
    replica->applied = number + 1;
    if (has_output)
        replica->output.size = entry->is_end ? 0 : replica->output.size;
}

/** The first replica sets what all others must agree with. */
static void apply_all(struct replica *replica)
{
    snapshot_hashes[replica->applied] = snapshot_hash(replica);
    for (uint32_t i = replica->applied; i < ENTRIES; i++) {
        deliver(replica, i, true);
        snapshot_hashes[i + 1] = snapshot_hash(replica);
        output_hashes[i + 1] =
            hash(2, replica->output.data, replica->output.size);
    }
}

static void print_hashes(uint32_t from)
{
    for (uint32_t tenth = from; tenth < ENTRIES; tenth += TENTH) {
        uint64_t outputs = 0;

        for (uint32_t i = tenth + 1; i <= tenth + TENTH; i++)
            outputs = outputs * 31 + output_hashes[i];
        printf("%u %016" PRIx64 " %016" PRIx64 "\n", (unsigned)(tenth + TENTH),
               snapshot_hashes[tenth + TENTH], outputs);
    }
}

/* ---- the cluster -------------------------------------------------------- */

static struct replica replicas[REPLICAS];
static size_t deliveries, redeliveries, restarts, installs;

static void assert_agrees(struct replica *replica)
{
    assert_true(snapshot_hash(replica) == snapshot_hashes[replica->applied]);
}

/** Applies some entries, of which some come again, with output or without. */
static void advance(struct replica *replica, struct random *random)
{
    uint32_t count = random_below(random, 50);

    for (; count > 0 && replica->applied < ENTRIES; count--) {
        bool has_output = random_below(random, 3) == 0;
        uint32_t number = replica->applied;

        if (random_below(random, 10) == 0 && number > 0) {
            deliver(replica, random_below(random, number), false);
            redeliveries++;
        }
        deliver(replica, number, has_output);
        deliveries++;
        assert_agrees(replica);
        if (has_output)
            assert_true(hash(2, replica->output.data, replica->output.size) ==
                        output_hashes[number + 1]);
    }
}

/** A crash: the process comes back with an old snapshot, and the log again. */
static void restart(struct replica *replica, struct random *random)
{
    struct replica fresh;

    start_replica(&fresh, random_below(random, 2) == 0);
    if (random_below(random, 2) == 0) {
        (void)snapshot_hash(replica);
        assert_int_equal(election_restore(fresh.election,
                                          replica->snapshot.data,
                                          replica->snapshot.size),
                         ELECTION_OK);
        fresh.applied = replica->applied;
    }
    stop_replica(replica);
    *replica = fresh;
    restarts++;
}

/** A replica that lags is brought up by another one's snapshot. */
static void install(struct replica *replica, struct replica *from)
{
    if (from->applied < replica->applied)
        return;
    (void)snapshot_hash(from);
    assert_int_equal(election_restore(replica->election, from->snapshot.data,
                                      from->snapshot.size),
                     ELECTION_OK);
    replica->applied = from->applied;
    assert_agrees(replica);
    installs++;
}

static bool is_done(void)
{
    for (size_t i = 0; i < REPLICAS; i++)
        if (replicas[i].applied < ENTRIES)
            return false;
    return true;
}

static void replicas_agree_at_every_entry(void **state)
{
    struct random random = {7};
    struct replica first;

    (void)state;
    start_replica(&first, false);
    apply_all(&first);
    stop_replica(&first);
    for (size_t i = 0; i < REPLICAS; i++)
        start_replica(&replicas[i], false);
    while (!is_done()) {
        struct replica *replica = &replicas[random_below(&random, REPLICAS)];
        uint32_t dice = random_below(&random, 100);

        if (dice == 0)
            restart(replica, &random);
        else if (dice < 5)
            install(replica, &replicas[random_below(&random, REPLICAS)]);
        else
            advance(replica, &random);
    }
    for (size_t i = 0; i < REPLICAS; i++)
        stop_replica(&replicas[i]);
    print_message("%zu deliveries, %zu again, %zu restarts, %zu installs\n",
                  deliveries, redeliveries, restarts, installs);
    assert_true(restarts > 0 && installs > 0 && redeliveries > 0);
}

static int run_cluster(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(replicas_agree_at_every_entry),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* ---- from one process to another ---------------------------------------- */

static void save(uint32_t count, const char *path)
{
    FILE *file = fopen(path, "wb");
    struct replica replica;

    start_replica(&replica, false);
    for (uint32_t i = 0; i < count; i++)
        deliver(&replica, i, false);
    (void)snapshot_hash(&replica);
    if (file == NULL ||
        fwrite(replica.snapshot.data, 1, replica.snapshot.size, file) !=
            replica.snapshot.size ||
        fclose(file) != 0)
        exit(EXIT_FAILURE);
    stop_replica(&replica);
}

static void load(uint32_t count, const char *path)
{
    static uint8_t bytes[1 << 20];
    FILE *file = fopen(path, "rb");
    struct replica replica;
    size_t size;

    if (file == NULL)
        exit(EXIT_FAILURE);
    size = fread(bytes, 1, sizeof bytes, file);
    (void)fclose(file);
    start_replica(&replica, false);
    assert_int_equal(election_restore(replica.election, bytes, size),
                     ELECTION_OK);
    replica.applied = count;
    apply_all(&replica);
    stop_replica(&replica);
}

int main(int argc, char **argv)
{
    const char *mode = argc > 1 ? argv[1] : "";
    uint32_t count = argc > 2 ? (uint32_t)strtoul(argv[2], NULL, 10) : 0;
    int status = EXIT_SUCCESS;

    make_log();
    if (strcmp(mode, "cluster") == 0) {
        status = run_cluster();
    } else if (strcmp(mode, "hashes") == 0) {
        struct replica replica;

        start_replica(&replica, false);
        apply_all(&replica);
        stop_replica(&replica);
        print_hashes(0);
    } else if (argc == 4 && strcmp(mode, "save") == 0) {
        save(count, argv[3]);
    } else if (argc == 4 && strcmp(mode, "load") == 0) {
        load(count, argv[3]);
        print_hashes(count);
    } else {
        fputs("usage: proof_log cluster | hashes | save N FILE | "
              "load N FILE\n",
              stderr);
        status = EXIT_FAILURE;
    }
    free_log();
    return status;
}
