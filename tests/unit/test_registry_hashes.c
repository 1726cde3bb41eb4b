/* SPDX-License-Identifier: Apache-2.0 */
#include "../support/cmocka_all.h"

#include <string.h>

#include "../support/draft.h"
#include "../support/spectator.h"
#include "base/hash.h"

/*
 * Names, clients and pairs that have the same hash are told apart. A stage has
 * the seed 1; who does not know the seed cannot find such names so fast.
 */
enum { SEED = 1, NAMES = 400000, HEADS = 1 << 16, NAME_SIZE = 8 };

/** Two names with the same hash. */
struct pair {
    char a[NAME_SIZE + 2];
    char b[NAME_SIZE + 2];
};

static struct pair same_size, other_size;

/** Writes the name of a number: odd ones are one byte longer. */
static size_t write_name(unsigned number, char *name)
{
    size_t size = NAME_SIZE + number % 2;

    for (size_t i = 0; i < size; i++) {
        name[i] = (char)('a' + number % 16);
        number /= 16;
    }
    name[size] = '\0';
    return size;
}

/** Birthday paradox: of so many names about ten pairs of each kind collide. */
static int find_pairs(void **state)
{
    static uint32_t hashes[NAMES];
    static unsigned before[NAMES], heads[HEADS];

    (void)state;
    for (unsigned i = 1; i < NAMES; i++) {
        char name[NAME_SIZE + 2];
        size_t size = write_name(i, name);
        unsigned *head;

        hashes[i] = election__hash(SEED, name, size);
        head = &heads[hashes[i] % HEADS];
        for (unsigned other = *head; other != 0; other = before[other]) {
            struct pair *pair = &same_size;

            if (hashes[other] != hashes[i])
                continue;
            if (i % 2 != other % 2)
                pair = &other_size;
            (void)write_name(other, pair->a);
            (void)write_name(i, pair->b);
        }
        before[i] = *head;
        *head = i;
    }
    return same_size.a[0] == '\0' || other_size.a[0] == '\0' ? -1 : 0;
}

static void play_elections(const struct pair *pair)
{
    struct stage stage;

    stage_open(&stage);
    stage_session(&stage, "a", 86000000);
    stage_enter(&stage, 2, 1, pair->a, "A");
    assert_election(&stage, pair->b, "0 - []");
    stage_enter(&stage, 2, 2, pair->b, "B");
    stage_enter(&stage, 2, 3, pair->a, "C");
    assert_election(&stage, pair->a, "1 A/2 [C]");
    assert_election(&stage, pair->b, "1 B/2 []");
    assert_int_equal(
        stage_propose(&stage, 2, 4, pair->b, ELECTION_OP_WITHDRAW, "B"),
        ELECTION_OK);
    assert_election(&stage, pair->a, "1 A/2 [C]");
    assert_election(&stage, pair->b, "1 - []");
    stage_close(&stage);
}

static void elections(void **state)
{
    (void)state;
    play_elections(&same_size);
    play_elections(&other_size);
}

static void play_clients(const struct pair *pair)
{
    struct election_registry_command open;
    struct stage stage;
    uint64_t a, b;

    stage_open(&stage);
    a = stage_session(&stage, pair->a, 86000000);
    b = stage_session(&stage, pair->b, 86000000);
    assert_int_not_equal(a, b);
    open = open_of(pair->a, 86000000);
    assert_int_equal(stage_apply(&stage, &open), ELECTION_UNCHANGED);
    assert_int_equal(stage.result.session_id, a);
    assert_int_equal(stage_close_session(&stage, a), ELECTION_OK);
    assert_int_equal(stage_apply(&stage, &open), ELECTION_OK);
    open = open_of(pair->b, 86000000);
    assert_int_equal(stage_apply(&stage, &open), ELECTION_UNCHANGED);
    assert_int_equal(stage.result.session_id, b);
    stage_close(&stage);
}

static void clients(void **state)
{
    (void)state;
    play_clients(&same_size);
    play_clients(&other_size);
}

static void play_watchers(const struct pair *pair)
{
    struct spectator a = {.mark = 'a'}, b = {.mark = 'b'};
    struct stage stage;

    open_theatre(&stage);
    watch(&stage, &a, pair->a, ELECTION_SCOPE_LEADER);
    watch(&stage, &b, pair->b, ELECTION_SCOPE_LEADER);
    seen[0] = '\0';
    stage_enter(&stage, 2, 1, pair->a, "A");
    assert_int_equal(seen[0], 'a');
    assert_null(strstr(seen, "b:"));
    seen[0] = '\0';
    stage_enter(&stage, 2, 2, pair->b, "B");
    assert_int_equal(seen[0], 'b');
    assert_null(strstr(seen, "a:"));
    stage_close(&stage);
}

static void watchers(void **state)
{
    (void)state;
    play_watchers(&same_size);
    play_watchers(&other_size);
}

/** Returns x with x * odd = 1, by Newton's method. */
static uint64_t inverse_of(uint64_t odd)
{
    uint64_t inverse = odd;

    for (int i = 0; i < 6; i++)
        inverse *= 2 - odd * inverse;
    return inverse;
}

/**
 * A pair's hash is session * key 0 + election * key 1: that of the session 5
 * and the election 11 is also that of a session far above and the election 10.
 */
static void pairs(void **state)
{
    static struct draft_bytes bytes;
    uint64_t session_key = election__hash_key(SEED, 0) | 1;
    uint64_t election_key = election__hash_key(SEED, 1) | 1;
    uint64_t far = 5 + election_key * inverse_of(session_key);
    struct draft draft = draft_sound();
    struct stage stage;

    (void)state;
    draft.id_floor = UINT64_MAX;
    draft.sessions[1].id = far;
    draft.elections[0].id = 10;
    draft.elections[0].candidates[0].session_id = far;
    draft.elections[0].candidate_count = 1;
    draft.elections[1].id = 11;
    draft.elections[1].candidates[0].session_id = 5;
    draft_write(&bytes, &draft);
    stage_open_bare(&stage);
    assert_int_equal(
        election_registry_restore(stage.registry, bytes.data, bytes.size),
        ELECTION_OK);
    stage.index = draft.applied;
    stage.epoch = draft.epoch;
    assert_int_equal(stage_propose(&stage, 5, 3, "f", ELECTION_OP_ENTER, "B"),
                     ELECTION_OK);
    assert_int_equal(
        stage_propose(&stage, far, 1, "e", ELECTION_OP_WITHDRAW, "A"),
        ELECTION_OK);
    assert_int_equal(stage_status(&stage).candidate_count, 2);
    assert_int_equal(stage_status(&stage).election_count, 1);
    assert_int_equal(stage_close_session(&stage, 5), ELECTION_OK);
    assert_int_equal(stage_status(&stage).candidate_count, 0);
    assert_int_equal(stage_status(&stage).election_count, 0);
    stage_close(&stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(elections),
        cmocka_unit_test(clients),
        cmocka_unit_test(watchers),
        cmocka_unit_test(pairs),
    };

    return cmocka_run_group_tests(tests, find_pairs, NULL);
}
