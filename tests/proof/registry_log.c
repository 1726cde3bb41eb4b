/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One log of a registry, many replicas.
 *
 *     proof_registry_log cluster [SEED [ROUNDS]]
 *                                     feed it to replicas in every disorder
 *     proof_registry_log hashes       print what it leads to, tenth by tenth
 *     proof_registry_log save N FILE  apply N entries, write a snapshot
 *     proof_registry_log load N FILE  read it, apply the rest, print the hashes
 *
 * The log of a seed is the same on every machine, and so must be the hashes:
 * those of the first seed stand in tests/golden/registry-log-hashes.txt.
 */
#include "../support/cmocka_all.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "registry/chronicle.h"
#include "registry/hash.h"
#include "registry/replica.h"

enum { TENTH = CHRONICLE_ENTRIES / 10, REPLICAS = 5, STRAYS = 40 };

static uint64_t first_seed = 20260101;

/* ---- the cluster -------------------------------------------------------- */

static struct replica replicas[REPLICAS];
static size_t restarts, installs;

static bool is_done(void)
{
    for (size_t i = 0; i < REPLICAS; i++)
        if (replicas[i].applied < CHRONICLE_ENTRIES)
            return false;
    return true;
}

/** Applies some entries, of which some come again, and stores its state. */
static void advance(struct replica *replica)
{
    uint32_t count = random_below(replica->random, 50);

    for (; count > 0 && replica->applied < CHRONICLE_ENTRIES; count--) {
        uint32_t number = random_below(replica->random, 30);

        if (number < 3)
            replica_apply_again(replica);
        else if (number < 6)
            replica_store(replica);
        replica_apply(replica);
    }
}

static void step(struct random *random)
{
    struct replica *replica = &replicas[random_below(random, REPLICAS)];
    uint32_t number = random_below(random, 100);

    if (number == 0) {
        replica_restart(replica);
        restarts++;
    } else if (number < 5) {
        replica_install(replica,
                        &replicas[random_below(random, REPLICAS)].disk);
        installs++;
    } else {
        advance(replica);
    }
}

static void replicas_agree_at_every_entry(void **state)
{
    struct random random = {first_seed + 7};

    (void)state;
    restarts = 0;
    installs = 0;
    replica_counts = (struct replica_counts){0};
    for (size_t i = 0; i < REPLICAS; i++)
        replica_start(&replicas[i], &random);
    while (!is_done())
        step(&random);
    for (size_t i = 0; i < REPLICAS; i++) {
        listener_check(&replicas[i].terms, replicas[i].registry);
        listener_check(&replicas[i].leaders, replicas[i].registry);
        listener_check(&replicas[i].one, replicas[i].registry);
        replica_stop(&replicas[i]);
    }
    print_message("%zu entries, %zu again, %zu without memory, %zu upgrades "
                  "refused, %zu restarts\n",
                  replica_counts.entries, replica_counts.skipped,
                  replica_counts.denied, replica_counts.refused, restarts);
    print_message("%zu snapshots, %zu installs, %zu pieces, %zu behind a "
                  "hole\n",
                  replica_counts.snapshots, installs, replica_counts.pieces,
                  replica_counts.holes);
    assert_true(restarts > 0 && installs > 0 && replica_counts.skipped > 0 &&
                replica_counts.holes > 0 && replica_counts.denied > 0);
}

/* ---- another log -------------------------------------------------------- */

/** A replica that was given one entry with a byte changed. */
struct stray {
    struct election_registry *registry;
    uint32_t changed; /* number of that entry */
    uint32_t applied; /* number of the last entry */
};

static size_t noticed, unread;

static enum election_status stray_apply(struct stray *stray)
{
    const struct chronicle_entry *entry = &chronicle[stray->applied + 1];
    enum election_status status =
        election_registry_apply(stray->registry, entry->index,
                                entry->bytes.data, entry->bytes.size, NULL);

    if (status >= 0)
        stray->applied++;
    return status;
}

/** Gives it the entry with a byte changed. False = that stops it already. */
static bool stray_apply_changed(struct stray *stray, struct random *random)
{
    const struct chronicle_entry *entry = &chronicle[stray->changed];
    uint32_t at, flip;
    enum election_status status;

    if (entry->bytes.size == 0)
        return false;
    at = random_below(random, (uint32_t)entry->bytes.size);
    flip = 1 + random_below(random, 255);
    entry->bytes.data[at] ^= (uint8_t)flip;
    status =
        election_registry_apply(stray->registry, entry->index,
                                entry->bytes.data, entry->bytes.size, NULL);
    entry->bytes.data[at] ^= (uint8_t)flip;
    stray->applied++;
    return status >= 0;
}

static uint64_t epoch_of(const struct election_registry *registry)
{
    struct election_buffer query = ELECTION_BUFFER_INIT;
    struct election_buffer output = ELECTION_BUFFER_INIT;
    struct election_registry_answer answer;

    assert_int_equal(election_registry_query_encode(
                         &(struct election_registry_query){
                             .kind = ELECTION_REGISTRY_GET_STATUS},
                         &query),
                     ELECTION_OK);
    assert_int_equal(
        election_registry_query(registry, query.data, query.size, &output),
        ELECTION_OK);
    assert_int_equal(election_registry_answer_decode(output.data, output.size,
                                                     &answer, NULL),
                     ELECTION_OK);
    election_buffer_free(&query);
    election_buffer_free(&output);
    return answer.epoch;
}

/**
 * Tells whether the next entry is a Tick that this replica reads, and that was
 * proposed after the entry that was changed.
 */
static bool is_telling(const struct stray *stray)
{
    const struct chronicle_entry *entry = &chronicle[stray->applied + 1];
    struct election_registry_command command;
    uint64_t epoch = epoch_of(stray->registry);

    if (election_registry_command_decode(entry->bytes.data, entry->bytes.size,
                                         &command, NULL) != ELECTION_OK ||
        command.kind != ELECTION_REGISTRY_TICK || command.log_digest == 0 ||
        command.applied < chronicle[stray->changed].index)
        return false;
    if (!command.takes_office && (epoch == 0 || command.epoch != epoch)) {
        unread++;
        return false;
    }
    /* A Tick that was damaged in the log may name any entry. */
    for (uint32_t i = stray->applied;
         i >= stray->changed && i + ELECTION_DIGESTS_MAX > stray->applied; i--)
        if (chronicle[i].index == command.applied)
            return true;
    return false;
}

/** It has stopped, and only the same entry may follow, until a restore. */
static void assert_stopped(struct stray *stray)
{
    const struct chronicle_entry *entry = &chronicle[stray->applied + 1];
    uint64_t digest = election_registry_log_digest(stray->registry);

    assert_int_equal(election_registry_apply(stray->registry, entry->index + 1,
                                             entry->bytes.data,
                                             entry->bytes.size, NULL),
                     ELECTION_MISUSE);
    assert_int_equal(stray_apply(stray), ELECTION_DIVERGED);
    assert_true(election_registry_applied(stray->registry) ==
                chronicle[stray->applied].index);
    assert_true(election_registry_log_digest(stray->registry) == digest);
}

/** A good snapshot puts it right. */
static void cure(struct stray *stray, struct random *random)
{
    enum election_status status;
    struct replica healthy;

    replica_start(&healthy, random);
    while (healthy.applied < stray->applied)
        replica_apply(&healthy);
    while (healthy.disk.bytes == NULL)
        replica_store(&healthy);
    assert_int_equal(election_registry_restore(stray->registry,
                                               healthy.disk.bytes,
                                               healthy.disk.size),
                     ELECTION_OK);
    replica_stop(&healthy);
    status = stray_apply(stray);
    assert_int_equal(status, chronicle[stray->applied].status);
    assert_true(chronicle_snapshot(stray->registry) ==
                chronicle[stray->applied].snapshot);
}

/** Follows one that strays until the leader's Tick finds it out. */
static void follow(struct stray *stray, struct random *random)
{
    while (stray->applied < CHRONICLE_ENTRIES) {
        bool is_found = is_telling(stray);
        enum election_status status;

        assert_true(election_registry_log_digest(stray->registry) !=
                    chronicle[stray->applied].log_digest);
        status = stray_apply(stray);
        if (is_found) {
            assert_int_equal(status, ELECTION_DIVERGED);
            assert_stopped(stray);
            if (noticed++ % 8 == 0)
                cure(stray, random);
            return;
        }
        assert_true(status >= 0);
    }
}

static void who_was_given_another_log_must_stop(void **state)
{
    struct random random = {first_seed + 8};

    (void)state;
    noticed = 0;
    unread = 0;
    for (size_t i = 0; i < STRAYS; i++) {
        struct stray stray = {NULL, 0, 0};

        stray.changed = 1 + random_below(&random, CHRONICLE_ENTRIES - 1);
        assert_int_equal(election_registry_create(NULL, &stray.registry),
                         ELECTION_OK);
        while (stray.applied + 1 < stray.changed)
            assert_true(stray_apply(&stray) >= 0);
        if (stray_apply_changed(&stray, &random))
            follow(&stray, &random);
        election_registry_destroy(stray.registry);
    }
    print_message("%zu of %d with another log found out; %zu Ticks unread for "
                  "another office\n",
                  noticed, STRAYS, unread);
    assert_true(noticed > STRAYS / 2);
}

static int write_log(void **state)
{
    (void)state;
    print_message("seed %" PRIu64 "\n", first_seed);
    chronicle_write(first_seed);
    chronicle_print();
    return 0;
}

static int free_log(void **state)
{
    (void)state;
    chronicle_free();
    return 0;
}

static int run_cluster(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(replicas_agree_at_every_entry),
        cmocka_unit_test(who_was_given_another_log_must_stop),
    };

    return cmocka_run_group_tests(tests, write_log, free_log);
}

/** Runs some seeds, one after the other, until one fails. */
static int run_rounds(const char *seed, const char *rounds)
{
    unsigned long count = strtoul(rounds, NULL, 10);
    int status = EXIT_SUCCESS;

    if (seed != NULL)
        first_seed = strtoull(seed, NULL, 10);
    for (; count > 0 && status == EXIT_SUCCESS; count--) {
        status = run_cluster();
        first_seed++;
    }
    return status;
}

/* ---- from one process to another ---------------------------------------- */

/** Applies the rest of the log, and prints the hashes of each tenth. */
static void print_hashes(struct replica *replica)
{
    uint64_t results = 0;
    uint64_t events = 0;

    while (replica->applied < CHRONICLE_ENTRIES) {
        const struct chronicle_entry *entry = &chronicle[replica->applied + 1];

        replica_apply(replica);
        results = hash_number(results, entry->result);
        events = hash_number(events, entry->term_events);
        events = hash_number(events, entry->leader_events);
        if (replica->applied % TENTH > 0)
            continue;
        printf("%u %016" PRIx64 " %016" PRIx64 " %016" PRIx64 "\n",
               (unsigned)replica->applied, entry->snapshot, results, events);
        results = 0;
        events = 0;
    }
}

static void save(struct replica *replica, uint32_t count, const char *path)
{
    FILE *file = fopen(path, "wb");

    while (replica->applied < count)
        replica_apply(replica);
    while (replica->disk.bytes == NULL)
        replica_store(replica);
    if (file == NULL ||
        fwrite(replica->disk.bytes, 1, replica->disk.size, file) !=
            replica->disk.size ||
        fclose(file) != 0)
        exit(EXIT_FAILURE);
}

static void load(struct replica *replica, uint32_t count, const char *path)
{
    static uint8_t bytes[1 << 20];
    FILE *file = fopen(path, "rb");

    if (file == NULL)
        exit(EXIT_FAILURE);
    replica->disk.bytes = bytes;
    replica->disk.size = fread(bytes, 1, sizeof bytes, file);
    replica->disk.number = count;
    (void)fclose(file);
    replica_install(replica, &replica->disk);
    replica->disk.bytes = NULL;
    assert_true(replica->applied == count);
}

/** Runs one replica. False = nobody knows how. */
static bool run_replica(int argc, char **argv)
{
    uint32_t count = argc == 4 ? (uint32_t)strtoul(argv[2], NULL, 10) : 0;
    struct random random = {1};
    struct replica replica;
    bool is_known = true;

    chronicle_write(first_seed);
    replica_start(&replica, &random);
    if (argc == 2 && strcmp(argv[1], "hashes") == 0) {
        print_hashes(&replica);
    } else if (argc == 4 && strcmp(argv[1], "save") == 0) {
        save(&replica, count, argv[3]);
    } else if (argc == 4 && strcmp(argv[1], "load") == 0) {
        load(&replica, count, argv[3]);
        print_hashes(&replica);
    } else {
        is_known = false;
    }
    replica_stop(&replica);
    chronicle_free();
    return is_known;
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "cluster") == 0)
        return run_rounds(argc > 2 ? argv[2] : NULL, argc > 3 ? argv[3] : "2");
    if (argc > 1 && run_replica(argc, argv))
        return EXIT_SUCCESS;
    fputs("usage: proof_registry_log cluster [SEED [ROUNDS]] | hashes | "
          "save N FILE | load N FILE\n",
          stderr);
    return EXIT_FAILURE;
}
