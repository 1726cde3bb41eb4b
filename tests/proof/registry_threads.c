/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The promise about threads, of a registry: a snapshot is read in one thread
 * while another applies, and calls that take a const registry may run at the
 * same time. Worth most under ThreadSanitizer.
 */
#include "../support/cmocka_all.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "election/registry.h"

enum { READERS = 4, ROUNDS = 150, SNAPSHOTS = 30, SESSIONS = 40, PIECE = 61 };

/* cmocka's assertions belong to the thread that runs the test. */
static void require(bool condition)
{
    if (!condition)
        abort();
}

/* ---- a registry and its log --------------------------------------------- */

struct host {
    struct election_registry *registry;
    uint64_t index;
    uint64_t sequence;
    struct election_buffer entry;
};

static void apply(struct host *host, struct election_registry_command command)
{
    struct election_buffer output = ELECTION_BUFFER_INIT;

    command.epoch = 1;
    command.time_ms = host->index;
    require(election_registry_command_encode(&command, &host->entry) ==
            ELECTION_OK);
    require(election_registry_apply(host->registry, ++host->index,
                                    host->entry.data, host->entry.size,
                                    &output) == ELECTION_OK);
    election_buffer_free(&output);
}

static void open_session(struct host *host, unsigned number)
{
    uint8_t client_id[4] = {(uint8_t)number, (uint8_t)(number >> 8), 1, 2};

    apply(host, (struct election_registry_command){
                    .kind = ELECTION_REGISTRY_OPEN_SESSION,
                    .client_id = client_id,
                    .client_id_size = sizeof client_id,
                    .incarnation = 1,
                    .timeout_ms = ELECTION_TIMEOUT_MS_MAX,
                    .data = client_id,
                    .data_size = sizeof client_id,
                });
}

/** The session that entry 2 opened enters, or withdraws. */
static void propose(struct host *host, enum election_op op, unsigned number)
{
    char name[16];
    int size = snprintf(name, sizeof name, "%u", number);

    apply(host, (struct election_registry_command){
                    .kind = ELECTION_REGISTRY_PROPOSE,
                    .session_id = 2,
                    .sequence = ++host->sequence,
                    .election = number % 2 == 0 ? "even" : "odd",
                    .election_size = number % 2 == 0 ? 4 : 3,
                    .command = {op, name, (size_t)size},
                    .with_output = true,
                });
}

static void start_host(struct host *host)
{
    *host = (struct host){.registry = NULL};
    require(election_registry_create(NULL, &host->registry) == ELECTION_OK);
    apply(host, (struct election_registry_command){
                    .kind = ELECTION_REGISTRY_TICK,
                    .takes_office = true,
                });
    for (unsigned i = 0; i < SESSIONS; i++)
        open_session(host, i);
    for (unsigned i = 0; i < SESSIONS; i++)
        propose(host, ELECTION_OP_ENTER, i);
}

static void stop_host(struct host *host)
{
    election_registry_destroy(host->registry);
    election_buffer_free(&host->entry);
}

/* ---- a snapshot while entries are applied ------------------------------- */

/** What the thread that reads a snapshot is given, and finds. */
struct copy {
    struct election_registry_snapshot *snapshot;
    uint8_t *bytes;
    size_t size;
};

static void *read_snapshot(void *context)
{
    struct copy *copy = context;
    uint64_t whole = election_registry_snapshot_size(copy->snapshot);
    size_t size = 1;

    copy->bytes = malloc((size_t)whole + PIECE);
    require(copy->bytes != NULL);
    while (size > 0) {
        require(copy->size <= whole);
        require(election_registry_snapshot_read(copy->snapshot,
                                                copy->bytes + copy->size, PIECE,
                                                &size) == ELECTION_OK);
        copy->size += size;
    }
    require(copy->size == whole);
    return NULL;
}

/** Changes sessions and elections in every way, and back. */
static void change_all(struct host *host, unsigned number)
{
    for (unsigned i = 0; i < SESSIONS; i++)
        propose(host, ELECTION_OP_WITHDRAW, i);
    open_session(host, SESSIONS + number);
    apply(host, (struct election_registry_command){
                    .kind = ELECTION_REGISTRY_CLOSE_SESSION,
                    .session_id = host->index,
                });
    for (unsigned i = 0; i < SESSIONS; i++)
        propose(host, ELECTION_OP_ENTER, i);
}

/** What was copied is the state of the entry at which it began. */
static void check_copy(const struct copy *copy, uint64_t applied,
                       uint64_t log_digest)
{
    struct election_registry *other;

    require(election_registry_create(NULL, &other) == ELECTION_OK);
    require(election_registry_restore(other, copy->bytes, copy->size) ==
            ELECTION_OK);
    require(election_registry_applied(other) == applied);
    require(election_registry_log_digest(other) == log_digest);
    election_registry_destroy(other);
}

static void take_snapshot(struct host *host, unsigned number)
{
    uint64_t applied = election_registry_applied(host->registry);
    uint64_t log_digest = election_registry_log_digest(host->registry);
    struct copy copy = {NULL, NULL, 0};
    pthread_t thread;

    require(election_registry_snapshot_begin(host->registry, &copy.snapshot) ==
            ELECTION_OK);
    require(pthread_create(&thread, NULL, read_snapshot, &copy) == 0);
    change_all(host, number);
    require(pthread_join(thread, NULL) == 0);
    election_registry_snapshot_end(copy.snapshot);
    check_copy(&copy, applied, log_digest);
    free(copy.bytes);
}

static void *keep_host(void *context)
{
    struct host host;

    (void)context;
    start_host(&host);
    for (unsigned i = 0; i < SNAPSHOTS; i++)
        take_snapshot(&host, i);
    stop_host(&host);
    return NULL;
}

static void a_snapshot_is_read_while_entries_are_applied(void **state)
{
    pthread_t other;

    (void)state;
    /* Two registries share nothing. */
    assert_int_equal(pthread_create(&other, NULL, keep_host, NULL), 0);
    (void)keep_host(NULL);
    assert_int_equal(pthread_join(other, NULL), 0);
}

/* ---- many readers ------------------------------------------------------- */

static const struct election_registry *shared;

static bool count_session(void *context,
                          const struct election_registry_session *session)
{
    size_t *count = context;

    require(session->data_size == session->client_id_size);
    ++*count;
    return true;
}

static bool count_election(void *context,
                           const struct election_registry_election *election)
{
    size_t *count = context;

    require(election->leadership.leader_session_id == 2);
    ++*count;
    return true;
}

static void ask(struct election_registry_query query,
                struct election_buffer *output)
{
    struct election_buffer bytes = ELECTION_BUFFER_INIT;

    require(election_registry_query_encode(&query, &bytes) == ELECTION_OK);
    require(election_registry_query(shared, bytes.data, bytes.size, output) ==
            ELECTION_OK);
    election_buffer_free(&bytes);
}

static void read_once(struct election_buffer *output)
{
    size_t sessions = 0;
    size_t elections = 0;

    for (int kind = ELECTION_REGISTRY_GET_TERM;
         kind <= ELECTION_REGISTRY_GET_STATUS; kind++)
        ask(
            (struct election_registry_query){
                .kind = (enum election_registry_query_kind)kind,
                .election = kind == ELECTION_REGISTRY_GET_TERM ? "odd" : NULL,
                .election_size = kind == ELECTION_REGISTRY_GET_TERM ? 3 : 0,
            },
            output);
    require(election_registry_each_session(shared, 0, count_session,
                                           &sessions) == ELECTION_OK);
    require(election_registry_each_election(shared, 0, count_election,
                                            &elections) == ELECTION_OK);
    require(sessions == SESSIONS && elections == 2);
    require(election_registry_log_digest(shared) != 0);
}

/** A driver of its own, and clocks: what only looks at the registry. */
static void drive_once(struct election_buffer *output)
{
    struct election_driver driver = {.is_leader = false};
    uint64_t wait_ms;

    election_driver_lead(&driver);
    require(election_driver_next(&driver, shared, 1, output, &wait_ms) ==
            ELECTION_OK);
    require(output->size > 0);
}

static void *read_shared(void *context)
{
    struct election_buffer output = ELECTION_BUFFER_INIT;

    (void)context;
    for (int i = 0; i < ROUNDS; i++) {
        read_once(&output);
        drive_once(&output);
    }
    election_buffer_free(&output);
    return NULL;
}

static void many_read_one_registry(void **state)
{
    pthread_t threads[READERS];
    struct host host;

    (void)state;
    start_host(&host);
    shared = host.registry;
    for (int i = 0; i < READERS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, read_shared, NULL),
                         0);
    for (int i = 0; i < READERS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    stop_host(&host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_snapshot_is_read_while_entries_are_applied),
        cmocka_unit_test(many_read_one_registry),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
