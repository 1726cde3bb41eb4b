/* SPDX-License-Identifier: Apache-2.0 */
#include "rich.h"

#include <stdlib.h>
#include <string.h>

/** What must not happen in a test has no better answer. */
static void require(bool condition)
{
    if (!condition)
        abort();
}

/* ---- entries ------------------------------------------------------------ */

/** Returns the office in which entries are proposed, or 0. */
static uint64_t epoch_of(const struct election_registry *registry)
{
    const struct election_registry_query query = {
        .kind = ELECTION_REGISTRY_GET_STATUS,
    };
    struct election_buffer bytes = ELECTION_BUFFER_INIT;
    struct election_buffer output = ELECTION_BUFFER_INIT;
    struct election_registry_answer answer;

    require(election_registry_query_encode(&query, &bytes) == ELECTION_OK);
    require(election_registry_query(registry, bytes.data, bytes.size,
                                    &output) == ELECTION_OK);
    require(election_registry_answer_decode(output.data, output.size, &answer,
                                            NULL) == ELECTION_OK);
    election_buffer_free(&bytes);
    election_buffer_free(&output);
    return answer.epoch;
}

enum election_status rich_apply(struct election_registry *registry,
                                const struct election_registry_command *command)
{
    struct election_registry_command stamped = *command;
    struct election_buffer entry = ELECTION_BUFFER_INIT;
    enum election_status status;

    stamped.epoch = epoch_of(registry);
    require(election_registry_command_encode(&stamped, &entry) == ELECTION_OK);
    status = election_registry_apply(registry,
                                     election_registry_applied(registry) + 1,
                                     entry.data, entry.size, NULL);
    require(status >= 0);
    election_buffer_free(&entry);
    return status;
}

void rich_take_office(struct election_registry *registry)
{
    const struct election_registry_command tick = {
        .kind = ELECTION_REGISTRY_TICK,
        .time_ms = 1000000,
        .takes_office = true,
    };

    require(rich_apply(registry, &tick) == ELECTION_OK);
}

static bool take_id(void *context, const struct election_registry_session *last)
{
    *(uint64_t *)context = last->id;
    return true;
}

uint64_t rich_open(struct election_registry *registry, const char *client_id,
                   uint64_t timeout_ms, size_t data_size)
{
    static const uint8_t data[ELECTION_DATA_SIZE_MAX] = {'d', 0, 0xff};
    const struct election_registry_command open = {
        .kind = ELECTION_REGISTRY_OPEN_SESSION,
        .time_ms = 1000000,
        .client_id = (const uint8_t *)client_id,
        .client_id_size = strlen(client_id),
        .incarnation = timeout_ms % 3,
        .nonce = timeout_ms % 2 == 0 ? timeout_ms << 32 : 0,
        .timeout_ms = timeout_ms,
        .data = data,
        .data_size = data_size,
    };
    uint64_t id = 0;

    if (rich_apply(registry, &open) == ELECTION_OK)
        (void)election_registry_each_session(registry, 0, take_id, &id);
    return id;
}

/* ---- a state ------------------------------------------------------------ */

static enum election_status propose(struct election_registry *registry,
                                    uint64_t session_id, uint64_t sequence,
                                    const char *election, enum election_op op,
                                    const char *name)
{
    const struct election_registry_command command = {
        .kind = ELECTION_REGISTRY_PROPOSE,
        .time_ms = 1000500,
        .session_id = session_id,
        .sequence = sequence,
        .election = election,
        .election_size = strlen(election),
        .command = {op, name, strlen(name)},
        .if_index = sequence % 13 == 12 ? 999 : 0,
    };

    return rich_apply(registry, &command);
}

/** Statuses of all kinds in a window, and elections that come and go. */
static void fill_window(struct election_registry *registry, uint64_t session_id)
{
    static const char *const names[] = {"a", "b", "", "c"};

    for (uint64_t i = 1; i < 100; i += 1 + i % 5 / 4) {
        enum election_op op = (enum election_op)(1 + i * 7 % 8);
        bool is_named = op != ELECTION_OP_GET_TERM && op != ELECTION_OP_WATCH;
        const char *name = is_named ? names[i / 3 % 4] : "";

        (void)propose(registry, session_id, i, i % 2 == 0 ? "even" : "odd", op,
                      name);
    }
}

static void fill_elections(struct election_registry *registry,
                           const uint64_t *ids, size_t count)
{
    char long_name[ELECTION_NAME_SIZE_MAX + 1];
    char name[] = "node-a";

    memset(long_name, 'n', sizeof long_name - 1);
    long_name[sizeof long_name - 1] = '\0';
    for (uint64_t i = 0; i < 20; i++) {
        name[5] = (char)('a' + i);
        (void)propose(registry, ids[i % count], 200 + i, "many",
                      ELECTION_OP_ENTER, name);
    }
    (void)propose(registry, ids[1], 300, long_name, ELECTION_OP_ENTER,
                  long_name);
    (void)propose(registry, ids[2], 301, "\xc3\xa9", ELECTION_OP_ENTER,
                  "\xf0\x9f\x98\x80");
    (void)propose(registry, ids[2], 302, "gone", ELECTION_OP_ENTER, "x");
    (void)propose(registry, ids[2], 303, "gone", ELECTION_OP_EVICT, "x");
    (void)propose(registry, ids[1], 304, "lone", ELECTION_OP_ENTER, "x");
}

void rich_fill(struct election_registry *registry)
{
    static const struct {
        const char *client_id;
        uint64_t timeout_ms;
        size_t data_size;
    } clients[] = {
        {"a", 1000, 0},
        {"bb", 30000, 3},
        {"\xff\x80 not UTF-8", 86000000, 200},
        {"0123456789012345678901234567890123456789012345678901234567890123",
         30001, 1},
        {"e", 30000, 0},
    };
    uint64_t ids[sizeof clients / sizeof *clients];
    size_t count = sizeof clients / sizeof *clients;
    const struct election_registry_command tick = {
        .kind = ELECTION_REGISTRY_TICK,
        .time_ms = 1001000,
    };

    rich_take_office(registry);
    require(rich_apply(registry, &tick) == ELECTION_OK);
    for (size_t i = 0; i < count; i++)
        ids[i] = rich_open(registry, clients[i].client_id,
                           clients[i].timeout_ms, clients[i].data_size);
    fill_window(registry, ids[0]);
    fill_elections(registry, ids + 1, 3);
    require(rich_apply(registry, &tick) == ELECTION_OK);
}

struct election_registry *rich_create(const struct election_allocator *heap)
{
    struct election_registry_config config = {.hash_seed = 17};
    struct election_registry *registry;

    if (heap != NULL)
        config.allocator = *heap;
    require(election_registry_create(&config, &registry) == ELECTION_OK);
    return registry;
}

/* ---- snapshots ---------------------------------------------------------- */

void rich_snapshot(struct election_registry *registry,
                   struct election_buffer *snapshot)
{
    struct election_registry_snapshot *open;
    size_t capacity, size;

    require(election_registry_snapshot_begin(registry, &open) == ELECTION_OK);
    capacity = (size_t)election_registry_snapshot_size(open);
    election_buffer_free(snapshot);
    snapshot->data = malloc(capacity);
    require(snapshot->data != NULL);
    require(election_registry_snapshot_read(open, snapshot->data, capacity,
                                            &size) == ELECTION_OK);
    require(size == capacity);
    snapshot->size = size;
    snapshot->capacity = capacity;
    election_registry_snapshot_end(open);
}

bool rich_has_snapshot(struct election_registry *registry, const void *bytes,
                       size_t size)
{
    struct election_buffer snapshot = ELECTION_BUFFER_INIT;
    bool is_same;

    rich_snapshot(registry, &snapshot);
    is_same = snapshot.size == size && memcmp(snapshot.data, bytes, size) == 0;
    election_buffer_free(&snapshot);
    return is_same;
}

/** Source: proto/REGISTRY.md, The log digest, Snapshots */
static uint64_t mix(uint64_t hash, uint64_t word)
{
    hash = (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
    return hash ^ hash >> 32;
}

size_t rich_add_digest(uint8_t *bytes, size_t size)
{
    uint64_t hash = 0;

    for (size_t i = 0; i < size; i += 8) {
        uint64_t word = 0;

        for (size_t j = i; j < i + 8 && j < size; j++)
            word |= (uint64_t)bytes[j] << 8 * (j - i);
        hash = mix(hash, word);
    }
    hash = mix(hash, size);
    if (hash == 0)
        return size;
    bytes[size++] = 12 << 3 | 1;
    for (unsigned i = 0; i < 8; i++)
        bytes[size++] = (uint8_t)(hash >> 8 * i);
    return size;
}
