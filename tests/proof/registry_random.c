/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Random logs for a registry, compared with the model entry by entry.
 *
 *     proof_registry_random [--seed SEED] [--rounds ROUNDS]
 *
 * Each round has its own seed, counted up from SEED and printed if it fails, so
 * that `--seed N --rounds 1` plays it again. A round draws how many clients,
 * elections and names there are, how fast time passes, and how often memory
 * runs out. Two replicas follow one log; now and then one of them is restored
 * from the other, or an operator puts an old snapshot back.
 */
#include "../support/cmocka_all.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "../support/registry_draw.h"
#include "../support/registry_model_parts.h"
#include "../support/registry_replica.h"

enum { ROUNDS = 400, STATUS_MIN = -7, STATUSES = 19, CAUSES = 14 };

static uint64_t first_seed = 1;
static unsigned rounds = ROUNDS;
static uint64_t running_seed;

#ifdef ELECTION_SMALL_LIMITS
static const struct registry_model_limits limits = {6, 5, 20, 8, 65535, 2};
#else
static const struct registry_model_limits limits = {
    ELECTION_SESSIONS_MAX,   ELECTION_ELECTIONS_MAX,
    ELECTION_CANDIDATES_MAX, ELECTION_SESSION_CANDIDATES_MAX,
    ELECTION_WAITING_MAX,    ELECTION_REGISTRY_VERSION};
#endif

/** What all rounds together came to. */
static struct {
    size_t entries;
    size_t statuses[STATUSES]; /* from STATUS_MIN on */
    size_t causes[CAUSES];
    size_t denials, events, restores, rewinds;
} sums;

struct round {
    struct registry_draw draw;
    /* The first remembers at least the digests that the second does. */
    struct registry_replica *replicas[2];
    struct registry_replica room[2];
    bool has_second; /* it follows the log */
    struct model_bytes entry;
    uint32_t steps;
    uint32_t compare_every;
    uint32_t deny_one_in;
    /* an old snapshot, which an operator may put back */
    struct registry_model saved;
    bool is_saved;
};

static uint32_t below(struct round *round, uint32_t limit)
{
    return random_below(&round->draw.random, limit);
}

static bool one_in(struct round *round, uint32_t count)
{
    return below(round, count) == 0;
}

static size_t draw_allowed(struct round *round)
{
    return one_in(round, round->deny_one_in) ? below(round, 6) : HEAP_UNLIMITED;
}

/* ---- decoding ------------------------------------------------------------ */

static bool match_id(void *context, uint64_t session_id)
{
    const uint64_t **next = context;

    assert_true(**next == session_id);
    ++*next;
    return true;
}

static void assert_span(const void *data, size_t size,
                        struct registry_model_span expected)
{
    assert_int_equal(size, expected.size);
    if (size > 0)
        assert_memory_equal(data, expected.data, size);
}

static void compare_fields(const struct election_registry_command *a,
                           const struct registry_model_command *b)
{
    assert_int_equal(a->kind, b->kind);
    assert_true(a->epoch == b->epoch && a->time_ms == b->time_ms);
    assert_true(a->incarnation == b->incarnation && a->nonce == b->nonce);
    assert_true(a->timeout_ms == b->timeout_ms);
    assert_true(a->session_id == b->session_id && a->sequence == b->sequence);
    assert_true(a->if_index == b->if_index && a->if_vacant == b->if_vacant);
    assert_true(a->with_output == b->with_output);
    assert_true(a->takes_office == b->takes_office);
    assert_true(a->applied == b->applied && a->log_digest == b->log_digest);
    assert_true(a->version == b->version);
    assert_true(a->lost_entries == b->lost_entries);
    assert_int_equal(a->session_count, b->session_ids.count);
    assert_int_equal(a->command.op, b->op);
    assert_span(a->client_id, a->client_id_size, b->client_id);
    assert_span(a->data, a->data_size, b->data);
    assert_span(a->election, a->election_size, b->election);
    assert_span(a->command.name, a->command.name_size, b->candidate);
}

/** The public decoder and encoder must read and write what the model does. */
static void compare_codec(struct round *round)
{
    const struct election_registry_command *said = &round->draw.command;
    struct election_buffer encoded = ELECTION_BUFFER_INIT;
    struct election_registry_command command;
    struct registry_model_command expected;
    struct election_registry_visitor visitor = {.session_id = match_id};
    bool is_sound = registry_model__read_command(round->entry.data,
                                                 round->entry.size, &expected);
    const uint64_t *next = expected.session_ids.items;
    enum election_status status;

    visitor.context = &next;
    status = election_registry_command_decode(
        round->entry.data, round->entry.size, &command, &visitor);
    if (!is_sound)
        assert_int_equal(status, ELECTION_INVALID);
    else if (expected.kind == 0)
        assert_int_equal(status, ELECTION_UNSUPPORTED);
    else
        compare_fields(&command, &expected);
    registry_model__free_command(&expected);
    if (!round->draw.is_writable || said->kind == ELECTION_REGISTRY_NOTHING)
        return;
    assert_int_equal(election_registry_command_encode(said, &encoded),
                     ELECTION_OK);
    assert_true(model_bytes_equal(&round->entry, encoded.data, encoded.size));
    election_buffer_free(&encoded);
}

/* ---- what is counted ----------------------------------------------------- */

static void count_status(enum election_status status)
{
    sums.statuses[(int)status - STATUS_MIN]++;
}

static void count_causes(const struct registry_replica *replica)
{
    struct election_registry_event event;

    REGISTRY_MODEL_EACH(struct registry_model_event, told,
                        replica->model.events)
    {
        assert_int_equal(election_registry_event_decode(
                             told->bytes.data, told->bytes.size, &event, NULL),
                         ELECTION_OK);
        sums.causes[event.cause]++;
    }
}

/* ---- entries ------------------------------------------------------------- */

/** Applies the entry to one replica, as often as memory is out. */
static enum election_status
apply_to(struct round *round, struct registry_replica *replica, uint64_t index)
{
    enum election_status status;

    do {
        status = registry_replica_apply(replica, index, &round->entry,
                                        !one_in(round, 4), draw_allowed(round));
        count_status(status);
    } while (status == ELECTION_NOMEM);
    count_causes(replica);
    return status;
}

/** An operator's Recover makes it unclear what an older snapshot lacks. */
static void note_recover(struct round *round, enum election_status status)
{
    struct registry_model_command command;

    (void)registry_model__read_command(round->entry.data, round->entry.size,
                                       &command);
    if (command.kind == ELECTION_REGISTRY_RECOVER && status == ELECTION_OK)
        round->is_saved = false;
    registry_model__free_command(&command);
}

static void swap_replicas(struct round *round)
{
    struct registry_replica *first = round->replicas[0];

    round->replicas[0] = round->replicas[1];
    round->replicas[1] = first;
}

/** The only way on is the same index, or a snapshot. */
static void go_on(struct round *round, uint64_t index)
{
    struct registry_replica *first = round->replicas[0];

    if (one_in(round, 3)) {
        registry_replica_restore(first, &first->model, &round->draw.random);
        if (round->has_second)
            swap_replicas(round);
        return;
    }
    round->draw.command = (struct election_registry_command){
        .kind = ELECTION_REGISTRY_TICK,
        .epoch = first->model.epoch,
        .time_ms = first->model.stamp_ms,
    };
    registry_write(&round->draw.command, &round->entry);
    assert_true(apply_to(round, first, index) >= 0);
    if (round->has_second)
        assert_true(apply_to(round, round->replicas[1], index) >= 0);
}

/** Applies the entry to all who follow the log. */
static void apply(struct round *round, uint64_t index)
{
    enum election_status status = apply_to(round, round->replicas[0], index);

    sums.entries++;
    note_recover(round, status);
    if (status == ELECTION_VERSION || status == ELECTION_DIVERGED)
        go_on(round, index);
    else if (round->has_second)
        assert_int_equal(apply_to(round, round->replicas[1], index), status);
}

static uint64_t draw_index(struct round *round)
{
    uint64_t applied = round->replicas[0]->model.applied;

    switch (below(round, 40)) {
    case 0:
        if (applied == 0 || one_in(round, 10))
            return 0;
        return applied - below(round, applied < 50 ? (uint32_t)applied : 50);
    case 1:
    case 2:
        return applied + 2 + below(round, 5);
    case 3:
        return one_in(round, 20) ? applied + (UINT64_C(1) << 32) : applied + 1;
    default:
        return applied + 1;
    }
}

/* ---- restores ------------------------------------------------------------ */

/** The second takes over the state of the first, whatever it had before. */
static void catch_up(struct round *round)
{
    struct registry_replica *first = round->replicas[0];

    registry_replica_restore(round->replicas[1], &first->model,
                             &round->draw.random);
    count_causes(round->replicas[1]);
    round->has_second = true;
    sums.restores++;
}

/** A command of the Raft leader's own, or of an operator. */
static void apply_own(struct round *round,
                      const struct election_registry_command *command)
{
    registry_write(command, &round->entry);
    assert_int_equal(apply_to(round, round->replicas[0],
                              round->replicas[0]->model.applied + 1),
                     ELECTION_OK);
}

/**
 * An operator puts the old snapshot back, and says how much was lost: what was
 * given out after it must not be given out again.
 */
static void rewind_to_saved(struct round *round)
{
    struct registry_replica *first = round->replicas[0];
    uint64_t lost = first->model.applied - round->saved.applied;

    round->has_second = false;
    registry_replica_restore(first, &round->saved, &round->draw.random);
    count_causes(first);
    apply_own(round, &(struct election_registry_command){
                         .kind = ELECTION_REGISTRY_TICK,
                         .takes_office = true,
                         .time_ms = random_next(&round->draw.random) / 2,
                     });
    apply_own(round, &(struct election_registry_command){
                         .kind = ELECTION_REGISTRY_RECOVER,
                         .epoch = first->model.epoch,
                         .time_ms = first->model.stamp_ms,
                         .lost_entries = lost,
                     });
    round->is_saved = false;
    sums.rewinds++;
}

static void save_or_rewind(struct round *round)
{
    if (round->is_saved) {
        rewind_to_saved(round);
        return;
    }
    registry_model_copy(&round->saved, &round->replicas[0]->model);
    round->is_saved = true;
}

/* ---- a round ------------------------------------------------------------- */

static void watch_or_not(struct round *round)
{
    unsigned place = below(round, REGISTRY_REPLICA_WATCHERS);
    struct registry_replica *replica = round->replicas[below(round, 2)];
    const char *name;
    size_t size = registry_draw_watched(&round->draw, &name);

    if (replica->watchers[place].watch_id != 0)
        registry_replica_unwatch(replica, place);
    else
        registry_replica_watch(replica, place, name, size,
                               (enum election_scope)below(round, 2),
                               one_in(round, 4), draw_allowed(round));
    count_causes(replica);
}

static void query(struct round *round)
{
    struct registry_replica *first = round->replicas[0];

    registry_draw_query(&round->draw, &first->model, &round->entry);
    registry_replica_query(first, &round->entry, draw_allowed(round));
}

/** What happens beside the log. */
static void do_something_else(struct round *round)
{
    struct random *random = &round->draw.random;
    struct registry_replica *first = round->replicas[0];

    if (one_in(round, 25))
        watch_or_not(round);
    if (one_in(round, 10))
        query(round);
    if (one_in(round, 40))
        registry_replica_refuse(first, &first->model, random);
    if (one_in(round, 150))
        catch_up(round);
    if (one_in(round, 300))
        round->has_second = false;
    if (one_in(round, 200))
        save_or_rewind(round);
}

static void run_step(struct round *round, uint32_t number)
{
    struct random *random = &round->draw.random;
    const struct registry_replica *informed = round->replicas[0];

    /* What the second remembers, both do. */
    if (round->has_second)
        informed = round->replicas[1];
    registry_draw_entry(&round->draw, &informed->model, &round->entry);
    compare_codec(round);
    apply(round, draw_index(round));
    if (number % round->compare_every == 0) {
        registry_replica_compare(round->replicas[0], random);
        if (round->has_second)
            registry_replica_compare(round->replicas[1], random);
    }
    do_something_else(round);
}

static void open_round(struct round *round, uint64_t seed)
{
    memset(round, 0, sizeof *round);
    registry_draw_init(&round->draw, seed);
    for (unsigned i = 0; i < 2; i++) {
        round->replicas[i] = &round->room[i];
        registry_replica_open(round->replicas[i], &limits);
    }
    registry_model_init(&round->saved, &limits);
    round->steps = one_in(round, 8) ? 2500 : 400;
    round->compare_every = 1 + below(round, 20);
    round->deny_one_in = 2 + below(round, 20);
}

static void close_round(struct round *round)
{
    for (unsigned i = 0; i < 2; i++) {
        struct registry_replica *replica = &round->room[i];

        registry_replica_compare(replica, &round->draw.random);
        sums.denials += replica->heap.denied;
        sums.events += replica->event_count;
        registry_replica_close(replica);
    }
    registry_model_free(&round->saved);
    model_bytes_free(&round->entry);
}

/** A proof that never came to something proves nothing of it. */
static void assert_all_was_seen(void)
{
    for (int status = STATUS_MIN; status < STATUSES + STATUS_MIN; status++) {
        bool is_possible = status != ELECTION_BUSY &&
                           status != ELECTION_CORRUPT && status != ELECTION_IO;

#ifndef ELECTION_SMALL_LIMITS
        is_possible = is_possible && status != ELECTION_FULL;
#endif
        if (is_possible)
            assert_true(sums.statuses[status - STATUS_MIN] > 0);
    }
    for (int cause = 0; cause < CAUSES; cause++)
        if (cause != 6 && cause != 7) /* reads are no causes */
            assert_true(sums.causes[cause] > 0);
    assert_true(sums.restores > 0 && sums.rewinds > 0);
}

static void random_logs_are_as_the_model_says(void **state)
{
    (void)state;
    for (running_seed = first_seed; running_seed < first_seed + rounds;
         running_seed++) {
        static struct round round;

        open_round(&round, running_seed);
        for (uint32_t i = 0; i < round.steps; i++)
            run_step(&round, i);
        close_round(&round);
    }
    print_message("%u seeds from %" PRIu64 ", %zu entries, %zu events, "
                  "%zu denials, %zu restores, %zu old snapshots\n",
                  rounds, first_seed, sums.entries, sums.events, sums.denials,
                  sums.restores, sums.rewinds);
    for (int i = 0; i < STATUSES; i++)
        if (sums.statuses[i] > 0)
            print_message(
                "%zu %s\n", sums.statuses[i],
                election_status_name((enum election_status)(i + STATUS_MIN)));
    for (int i = 0; i < CAUSES; i++)
        if (sums.causes[i] > 0)
            print_message("%zu told of %s\n", sums.causes[i],
                          election_cause_name((enum election_cause)i));
    if (rounds >= ROUNDS)
        assert_all_was_seen();
}

static int tell_seed(void **state)
{
    (void)state;
    print_message("the last seed was %" PRIu64 "\n", running_seed);
    return 0;
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(random_logs_are_as_the_model_says, tell_seed),
    };

    for (int i = 1; i + 1 < argc; i += 2) {
        if (strcmp(argv[i], "--seed") == 0)
            first_seed = strtoull(argv[i + 1], NULL, 10);
        if (strcmp(argv[i], "--rounds") == 0)
            rounds = (unsigned)strtoul(argv[i + 1], NULL, 10);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
