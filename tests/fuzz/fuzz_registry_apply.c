/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A log of any commands, on two replicas: one goes through, the other has other
 * hashes and is put back from a snapshot now and then. They must agree in
 * statuses, results, events, digests and, in the end, in every byte.
 *
 * A case is a series of steps: a byte that says what comes, and bytes with its
 * arguments, out of a few that often meet.
 */
#include <string.h>

#include "../support/rich.h"
#include "base/hash.h"
#include "fuzz.h"
#include "registry/check.h"

enum { SESSIONS = 8, REPLICAS = 2 };

struct input {
    const uint8_t *at;
    const uint8_t *end;
};

struct replica {
    struct election_registry *registry;
    uint32_t told; /* a hash of all events */
    uint64_t watch_ids[3];
};

struct play {
    struct input input;
    struct replica replicas[REPLICAS];
    uint64_t epoch;
    uint64_t time_ms;
    uint64_t ids[SESSIONS]; /* of sessions that live */
    size_t id_count;
    uint8_t twist; /* what the next entry's bytes suffer; 0 = nothing */
};

static uint8_t take(struct play *play)
{
    return play->input.at < play->input.end ? *play->input.at++ : 0;
}

static struct election_registry *first(const struct play *play)
{
    return play->replicas[0].registry;
}

/* ---- watching ----------------------------------------------------------- */

static void note(void *context, struct election_registry *registry,
                 const uint8_t *bytes, size_t size)
{
    struct replica *replica = context;
    struct election_registry_event event;

    require(election_registry_event_decode(bytes, size, &event, NULL) ==
            ELECTION_OK);
    require(event.applied == election_registry_applied(registry));
    require(event.election_size > 0);
    replica->told = replica->told * 31 + election__hash(17, bytes, size);
}

static void watch(struct replica *replica)
{
    static const struct {
        const char *election;
        enum election_scope scope;
    } watched[] = {
        {NULL, ELECTION_SCOPE_TERM},
        {NULL, ELECTION_SCOPE_LEADER},
        {"b", ELECTION_SCOPE_TERM},
    };

    replica->told = 0;
    for (size_t i = 0; i < sizeof watched / sizeof *watched; i++) {
        const char *election = watched[i].election;

        (void)election_registry_unwatch(replica->registry,
                                        replica->watch_ids[i]);
        require(election_registry_watch(replica->registry, election,
                                        election == NULL ? 0 : 1,
                                        watched[i].scope, note, replica,
                                        &replica->watch_ids[i]) == ELECTION_OK);
    }
}

static void create(struct replica *replica, uint64_t hash_seed)
{
    const struct election_registry_config config = {.hash_seed = hash_seed};

    *replica = (struct replica){.registry = NULL};
    require(election_registry_create(&config, &replica->registry) ==
            ELECTION_OK);
}

/** Puts the second replica back from the first one's snapshot. */
static void put_back(struct play *play)
{
    struct election_buffer snapshot = ELECTION_BUFFER_INIT;
    struct replica *twin = &play->replicas[1];

    rich_snapshot(first(play), &snapshot);
    if (take(play) % 2 == 0) {
        election_registry_destroy(twin->registry);
        create(twin, 2);
    }
    require(election_registry_restore(twin->registry, snapshot.data,
                                      snapshot.size) == ELECTION_OK);
    require(rich_has_snapshot(twin->registry, snapshot.data, snapshot.size));
    watch(&play->replicas[0]);
    watch(twin);
    election_buffer_free(&snapshot);
}

/* ---- one entry ---------------------------------------------------------- */

static bool add_id(void *context, const struct election_registry_session *shown)
{
    struct play *play = context;

    play->ids[play->id_count++] = shown->id;
    return play->id_count < SESSIONS;
}

/** A session that lives, or seldom any. */
static uint64_t take_id(struct play *play)
{
    uint8_t number = take(play);

    if (number >= 240 || play->id_count == 0)
        return number % 16;
    return play->ids[number % play->id_count];
}

/** Applies bytes to all replicas, which must agree. */
static enum election_status apply_bytes(struct play *play, uint64_t index,
                                        const uint8_t *bytes, size_t size)
{
    struct election_buffer outputs[REPLICAS] = {ELECTION_BUFFER_INIT};
    enum election_status statuses[REPLICAS];
    struct election_registry_result result;

    for (int i = 0; i < REPLICAS; i++) {
        statuses[i] = election_registry_apply(play->replicas[i].registry, index,
                                              bytes, size, &outputs[i]);
        election__registry_check(play->replicas[i].registry);
    }
    require(statuses[0] == statuses[1]);
    if (statuses[0] >= 0) {
        require(outputs[0].size == outputs[1].size);
        require(outputs[0].size == 0 ||
                memcmp(outputs[0].data, outputs[1].data, outputs[0].size) == 0);
        require(election_registry_result_decode(outputs[0].data,
                                                outputs[0].size, &result,
                                                NULL) == ELECTION_OK);
        require(result.status == statuses[0]);
        require(result.applied == election_registry_applied(first(play)));
    }
    require(play->replicas[0].told == play->replicas[1].told);
    require(election_registry_log_digest(first(play)) ==
            election_registry_log_digest(play->replicas[1].registry));
    for (int i = 0; i < REPLICAS; i++)
        election_buffer_free(&outputs[i]);
    play->id_count = 0;
    (void)election_registry_each_session(first(play), 0, add_id, play);
    return statuses[0];
}

/**
 * Tells whether bytes compare a digest of long ago, which a replica that was
 * put back since does not remember.
 */
static bool is_of_the_past(const struct play *play, const uint8_t *bytes,
                           size_t size)
{
    struct election_registry_command command;

    return election_registry_command_decode(bytes, size, &command, NULL) ==
               ELECTION_OK &&
           command.kind == ELECTION_REGISTRY_TICK && command.log_digest != 0 &&
           command.applied != election_registry_applied(first(play));
}

/** Applies bytes as the next entry; what cannot be is only refused. */
static enum election_status apply_next(struct play *play, uint8_t what,
                                       const uint8_t *bytes, size_t size)
{
    uint64_t applied = election_registry_applied(first(play));
    uint64_t index = applied + 1 + what / 128 * (what / 16 % 3);
    enum election_status status;

    if (is_of_the_past(play, bytes, size))
        size = 0;
    status = apply_bytes(play, index, bytes, size);
    if (status >= 0) {
        require(status != ELECTION_SKIPPED);
        require(election_registry_applied(first(play)) == index);
        return status;
    }
    /* The same index may follow, and no other. */
    require(status == ELECTION_VERSION || status == ELECTION_DIVERGED);
    require(election_registry_applied(first(play)) == applied);
    require(apply_bytes(play, index + 1, NULL, 0) == ELECTION_MISUSE);
    require(apply_bytes(play, index, NULL, 0) == ELECTION_INVALID);
    return status;
}

/** Encodes a command, damages it if that is its turn, and applies it. */
static void apply_command(struct play *play, uint8_t what,
                          struct election_registry_command *command)
{
    struct election_buffer entry = ELECTION_BUFFER_INIT;
    enum election_status status;

    command->epoch = what == 255 ? play->epoch + 1 : play->epoch;
    command->time_ms = play->time_ms;
    require(election_registry_command_encode(command, &entry) == ELECTION_OK);
    if (play->twist != 0 && entry.size > 0)
        entry.data[play->twist % entry.size] ^=
            (uint8_t)(1 << play->twist / 32);
    status = apply_next(play, what, entry.data, entry.size);
    if (command->takes_office && play->twist == 0) {
        require(status == ELECTION_OK || status == ELECTION_DIVERGED);
        if (status == ELECTION_OK)
            play->epoch = election_registry_applied(first(play));
    }
    play->twist = 0;
    election_buffer_free(&entry);
}

/* ---- commands ----------------------------------------------------------- */

static void play_open(struct play *play, uint8_t what)
{
    static const uint64_t timeouts[] = {1000, 1001, 2500, 60000, 86000000, 5};
    static const uint8_t data[3] = {1, 2, 3};
    uint8_t client_id = (uint8_t)('A' + take(play) % 5);
    uint8_t number = take(play);
    struct election_registry_command command = {
        .kind = ELECTION_REGISTRY_OPEN_SESSION,
        .client_id = &client_id,
        .client_id_size = 1,
        .incarnation = number % 4,
        .nonce = number / 4 % 2,
        .timeout_ms = timeouts[number / 8 % 6],
        .data = data,
        .data_size = number / 48 % 4,
    };

    apply_command(play, what, &command);
}

static void play_sessions(struct play *play, uint8_t what)
{
    uint64_t ids[3];
    struct election_registry_command command = {
        .kind = ELECTION_REGISTRY_KEEP_ALIVE,
        .session_ids = ids,
    };

    if (what / 16 % 4 == 0) {
        command.kind = ELECTION_REGISTRY_CLOSE_SESSION;
        command.session_id = take_id(play);
    } else {
        command.session_count = what / 16 % 4;
        for (size_t i = 0; i < command.session_count; i++)
            ids[i] = take_id(play);
    }
    apply_command(play, what, &command);
}

static void play_propose(struct play *play, uint8_t what)
{
    static const char names[] = "abc\xff"
                                "defgh";
    uint8_t where = take(play);
    uint8_t who = take(play);
    enum election_op op = (enum election_op)(who % 8 + 1);
    struct election_registry_command command = {
        .kind = ELECTION_REGISTRY_PROPOSE,
        .session_id = take_id(play),
        .sequence = take(play),
        .election = &names[where % 4],
        .election_size = where == 255 ? 0 : 1,
        .command = {op, &names[who / 8 % 8], 1},
        .if_index = where / 16 % 4 == 1 ? where / 64 : 0,
        .if_vacant = where / 16 % 4 == 2,
        .with_output = where / 16 % 4 == 3,
    };

    if (op == ELECTION_OP_GET_TERM || op == ELECTION_OP_WATCH)
        command.command.name_size = 0;
    if (command.sequence > 200)
        command.sequence = UINT64_MAX - (command.sequence - 201);
    apply_command(play, what, &command);
}

static void play_tick(struct play *play, uint8_t what)
{
    uint8_t number = take(play);
    struct election_registry_command command = {
        .kind = ELECTION_REGISTRY_TICK,
        .takes_office = what % 16 == 10,
    };

    play->time_ms += number * (number % 8 == 0 ? 1000u : 20u);
    if (number % 8 == 1) {
        command.applied = election_registry_applied(first(play));
        command.log_digest = election_registry_log_digest(first(play));
    }
    if (number == 255) {
        command.applied = election_registry_applied(first(play));
        command.log_digest = 1;
    }
    apply_command(play, what, &command);
}

static void play_operator(struct play *play, uint8_t what)
{
    uint8_t number = take(play);
    struct election_registry_command command = {
        .kind = ELECTION_REGISTRY_UPGRADE,
        .version = number % 4,
    };

    if (number >= 128) {
        command.kind = ELECTION_REGISTRY_RECOVER;
        command.version = 0;
        command.lost_entries = number - 128u;
        if (number == 255)
            command.lost_entries = ELECTION_LOST_ENTRIES_MAX + 1;
    }
    apply_command(play, what, &command);
}

static void play_raw(struct play *play, uint8_t what)
{
    size_t left = (size_t)(play->input.end - play->input.at);
    size_t size = what / 16 * 4u;
    const uint8_t *bytes = play->input.at;

    if (size > left)
        size = left;
    play->input.at += size;
    (void)apply_next(play, 0, bytes, size);
}

/** An index that was applied before: nothing happens. */
static void play_skipped(struct play *play)
{
    uint64_t applied = election_registry_applied(first(play));
    uint64_t digest = election_registry_log_digest(first(play));

    if (applied == 0)
        return;
    require(apply_bytes(play, applied, NULL, 0) == ELECTION_SKIPPED);
    require(election_registry_applied(first(play)) == applied);
    require(election_registry_log_digest(first(play)) == digest);
}

static void play_step(struct play *play)
{
    uint8_t what = take(play);

    switch (what % 16) {
    case 0:
    case 1:
        play_open(play, what);
        break;
    case 2:
        play_sessions(play, what);
        break;
    case 9:
    case 10:
        play_tick(play, what);
        break;
    case 11:
        play_operator(play, what);
        break;
    case 12:
        play_raw(play, what);
        break;
    case 13:
        put_back(play);
        break;
    case 14:
        play->twist = take(play);
        break;
    case 15:
        play_skipped(play);
        break;
    default:
        play_propose(play, what);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct play play = {.input = {data, data + size}};
    struct election_buffer snapshot = ELECTION_BUFFER_INIT;
    struct election_registry_command tick = {
        .kind = ELECTION_REGISTRY_TICK,
        .takes_office = true,
    };

    for (int i = 0; i < REPLICAS; i++) {
        create(&play.replicas[i], 1 + (uint64_t)i);
        watch(&play.replicas[i]);
    }
    apply_command(&play, 0, &tick);
    while (play.input.at < play.input.end)
        play_step(&play);
    rich_snapshot(first(&play), &snapshot);
    require(rich_has_snapshot(play.replicas[1].registry, snapshot.data,
                              snapshot.size));
    election_buffer_free(&snapshot);
    for (int i = 0; i < REPLICAS; i++)
        election_registry_destroy(play.replicas[i].registry);
    return 0;
}
