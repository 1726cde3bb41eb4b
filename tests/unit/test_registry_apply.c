/* SPDX-License-Identifier: Apache-2.0 */
#include "../support/cmocka_all.h"

#include <string.h>

#include "../support/play.h"
#include "../support/registry.h"

/*
 * The steps of an entry: index, office, version, digest, and what a failure
 * leaves; and the commands that are about the registry as a whole.
 */

/** All that an entry may change: a snapshot has the digest of the log too. */
static void assert_unchanged(struct stage *stage,
                             const struct election_buffer *before)
{
    struct election_buffer after = registry_snapshot_of(stage->registry);

    assert_same_bytes(before, &after);
    election_buffer_free(&after);
}

static enum election_status upgrade(struct stage *stage, uint32_t version)
{
    struct election_registry_command command = {
        .kind = ELECTION_REGISTRY_UPGRADE,
        .version = version,
    };

    stage_encode(stage, &command);
    return stage_apply_at(stage, stage->index + 1);
}

static enum election_status tick(struct stage *stage, uint64_t applied,
                                 uint64_t log_digest)
{
    struct election_registry_command command = {
        .kind = ELECTION_REGISTRY_TICK,
        .applied = applied,
        .log_digest = log_digest,
    };

    return stage_apply(stage, &command);
}

/* ---- arguments and index ------------------------------------------------ */

static void misuse(void **state)
{
    struct election_buffer bad = ELECTION_BUFFER_INIT;
    struct election_registry_config config = {.hash_seed = 1};
    struct election_registry *registry = NULL;
    struct stage stage;

    (void)state;
    stage_open(&stage);
    assert_int_equal(election_registry_apply(NULL, 2, "", 0, &stage.output),
                     ELECTION_MISUSE);
    assert_int_equal(
        election_registry_apply(stage.registry, 0, "", 0, &stage.output),
        ELECTION_MISUSE);
    assert_int_equal(
        election_registry_apply(stage.registry, 2, NULL, 1, &stage.output),
        ELECTION_MISUSE);
    bad.allocator = heap_allocator(&stage.heap);
    bad.allocator.alloc = NULL;
    assert_int_equal(election_registry_apply(stage.registry, 2, "", 0, &bad),
                     ELECTION_MISUSE);
    assert_int_equal(election_registry_applied(stage.registry), 1);
    /* Misuse is no failed entry: any index may follow. */
    assert_int_equal(election_registry_apply(stage.registry, 9, NULL, 0, NULL),
                     ELECTION_INVALID);
    assert_int_equal(election_registry_applied(NULL), 0);
    assert_int_equal(election_registry_log_digest(NULL), 0);
    assert_int_equal(election_registry_create(&config, NULL), ELECTION_MISUSE);
    config.allocator = heap_allocator(&stage.heap);
    config.allocator.free = NULL;
    assert_int_equal(election_registry_create(&config, &registry),
                     ELECTION_MISUSE);
    assert_null(registry);
    election_registry_destroy(NULL);
    stage_close(&stage);
}

static void the_default_configuration(void **state)
{
    struct election_registry *registry;
    struct election_buffer output = ELECTION_BUFFER_INIT;

    (void)state;
    assert_int_equal(election_registry_create(NULL, &registry), ELECTION_OK);
    assert_int_equal(election_registry_apply(registry, 1, "", 0, &output),
                     ELECTION_INVALID);
    assert_int_equal(election_registry_log_digest(registry),
                     UINT64_C(0x9e3779b97f4a7c15));
    election_buffer_free(&output);
    election_registry_destroy(registry);
}

static void what_was_applied_is_skipped(void **state)
{
    struct election_buffer before;
    struct stage stage;
    uint64_t a;

    (void)state;
    stage_open(&stage);
    a = stage_session(&stage, "a", 4000);
    stage.index = UINT64_C(1) << 40; /* gaps are fine */
    stage_enter(&stage, a, 1, "e", "A");
    before = registry_snapshot_of(stage.registry);
    stage.time_ms += 5000;
    stage_encode(&stage, &(struct election_registry_command){
                             .kind = ELECTION_REGISTRY_TICK});
    assert_int_equal(stage_apply_at(&stage, stage.index), ELECTION_SKIPPED);
    assert_bare(&stage);
    assert_int_equal(stage.result.applied, (UINT64_C(1) << 40) + 1);
    assert_int_equal(stage_apply_at(&stage, 1), ELECTION_SKIPPED);
    assert_int_equal(stage_apply_at(&stage, 3), ELECTION_SKIPPED);
    assert_int_equal(
        election_registry_apply(stage.registry, 3, "\xff", 1, &stage.output),
        ELECTION_SKIPPED);
    assert_int_equal(election_registry_apply(stage.registry, 3, "", 0, NULL),
                     ELECTION_SKIPPED);
    assert_unchanged(&stage, &before);
    election_buffer_free(&before);
    stage_close(&stage);
}

/* ---- malformed, or of another office ------------------------------------ */

/** What is INVALID: the digest and the index move, and nothing else. */
static void assert_nothing_but_the_index(struct stage *stage, const void *entry,
                                         size_t size)
{
    struct election_registry_answer before = stage_status(stage);
    struct election_registry_answer after;

    assert_int_equal(election_registry_apply(stage->registry, stage->index + 1,
                                             entry, size, &stage->output),
                     ELECTION_INVALID);
    stage->index++;
    after = stage_status(stage);
    assert_int_equal(after.applied, stage->index);
    assert_int_not_equal(after.log_digest, before.log_digest);
    assert_int_equal(after.epoch, before.epoch);
    assert_int_equal(after.now_ms, before.now_ms);
    assert_int_equal(after.id_floor, before.id_floor);
    assert_int_equal(after.session_count, before.session_count);
}

static void malformed_entries(void **state)
{
    struct stage stage;

    (void)state;
    stage_open(&stage);
    stage_session(&stage, "a", 1000);
    assert_nothing_but_the_index(&stage, "", 0);
    assert_nothing_but_the_index(&stage, "\x08", 1);
    /* Stamped, and its time would end the session. */
    assert_nothing_but_the_index(&stage, "\x08\x01\x10\x88\x27\x2a\x01\x08", 8);
    assert_int_equal(stage_status(&stage).session_count, 1);
    stage_close(&stage);
}

static void entries_of_another_office(void **state)
{
    struct stage stage;

    (void)state;
    stage_open_bare(&stage);
    /* Nobody is in office yet. */
    assert_int_equal(tick(&stage, 0, 0), ELECTION_INVALID);
    stage_take_office(&stage);
    assert_int_equal(stage.epoch, 2);
    stage.time_ms += 3000;
    stage.epoch = 1;
    stage_encode(&stage, &(struct election_registry_command){
                             .kind = ELECTION_REGISTRY_TICK});
    assert_nothing_but_the_index(&stage, stage.entry.data, stage.entry.size);
    stage.epoch = 2 + (UINT64_C(1) << 32);
    assert_int_equal(tick(&stage, 0, 0), ELECTION_INVALID);
    stage.epoch = 0;
    assert_int_equal(tick(&stage, 0, 0), ELECTION_INVALID);
    assert_int_equal(stage_status(&stage).now_ms, 0);
    /* Who is not in office any more takes no part. */
    stage.epoch = 2;
    stage_take_office(&stage);
    stage.epoch = 2;
    assert_int_equal(tick(&stage, 0, 0), ELECTION_INVALID);
    /* Neither version nor digest of another office is looked at. */
    assert_int_equal(upgrade(&stage, 99), ELECTION_INVALID);
    assert_int_equal(tick(&stage, stage.index, 1), ELECTION_INVALID);
    stage_close(&stage);
}

static void an_unknown_command_lets_time_pass(void **state)
{
    static const char entry[] = "\x08\x01\x10\xd0\x0f\xf2\x07\x00";
    struct stage stage;

    (void)state;
    stage_open(&stage);
    assert_int_equal(election_registry_apply(stage.registry, 2, entry,
                                             sizeof entry - 1, &stage.output),
                     ELECTION_UNSUPPORTED);
    assert_int_equal(stage_status(&stage).now_ms, 1000);
    assert_int_equal(election_registry_apply(stage.registry, 3,
                                             "\x08\x01\x10\xd1\x0f", 5,
                                             &stage.output),
                     ELECTION_UNSUPPORTED);
    assert_int_equal(stage_status(&stage).now_ms, 1001);
    stage_close(&stage);
}

/* ---- version and digest ------------------------------------------------- */

static void upgrading(void **state)
{
    struct election_buffer before;
    struct stage stage;

    (void)state;
    stage_open(&stage);
    assert_int_equal(upgrade(&stage, 0), ELECTION_UNCHANGED);
    assert_int_equal(upgrade(&stage, 1), ELECTION_UNCHANGED);
    assert_bare(&stage);
    assert_int_equal(stage_status(&stage).version, 1);
    before = registry_snapshot_of(stage.registry);
    stage.time_ms += 100;
    assert_int_equal(upgrade(&stage, 2), ELECTION_VERSION);
    assert_unchanged(&stage, &before);
    assert_int_equal(upgrade(&stage, UINT32_MAX), ELECTION_VERSION);
    /* Only the same index may follow. */
    assert_int_equal(stage_apply_at(&stage, stage.index + 2), ELECTION_MISUSE);
    assert_int_equal(stage_apply_at(&stage, stage.index), ELECTION_MISUSE);
    assert_int_equal(stage_apply_at(&stage, 1), ELECTION_MISUSE);
    assert_unchanged(&stage, &before);
    assert_int_equal(upgrade(&stage, 1), ELECTION_UNCHANGED);
    assert_int_equal(stage_apply_at(&stage, stage.index + 9),
                     ELECTION_UNCHANGED);
    election_buffer_free(&before);
    stage_close(&stage);
}

static void a_digest_is_compared(void **state)
{
    struct election_buffer before;
    struct stage stage;
    uint64_t digest, index;

    (void)state;
    stage_open(&stage);
    stage_session(&stage, "a", 86000000);
    index = stage.index;
    digest = election_registry_log_digest(stage.registry);
    assert_int_equal(tick(&stage, index, digest), ELECTION_OK);
    assert_int_equal(tick(&stage, index, digest), ELECTION_OK);
    assert_int_equal(tick(&stage, index, 0), ELECTION_OK);
    assert_int_equal(tick(&stage, 0, 5), ELECTION_OK);
    assert_int_equal(tick(&stage, stage.index + 1, 5), ELECTION_OK);
    before = registry_snapshot_of(stage.registry);
    stage.time_ms += 100;
    assert_int_equal(tick(&stage, index, digest + 1), ELECTION_DIVERGED);
    assert_int_equal(tick(&stage, index, digest ^ UINT64_C(1) << 63),
                     ELECTION_DIVERGED);
    assert_unchanged(&stage, &before);
    assert_int_equal(stage_apply_at(&stage, stage.index + 2), ELECTION_MISUSE);
    assert_unchanged(&stage, &before);
    /* A restore lets any index follow, and forgets older digests. */
    assert_int_equal(
        election_registry_restore(stage.registry, before.data, before.size),
        ELECTION_OK);
    digest = election_registry_log_digest(stage.registry);
    stage.index += 5;
    assert_int_equal(tick(&stage, index, 5), ELECTION_OK);
    assert_int_equal(tick(&stage, stage.index - 6, digest + 1),
                     ELECTION_DIVERGED);
    assert_int_equal(tick(&stage, stage.index - 6, digest), ELECTION_OK);
    election_buffer_free(&before);
    stage_close(&stage);
}

/** The Tick that takes office is compared, too. */
static void a_new_leader_may_have_diverged(void **state)
{
    struct election_registry_command command = {
        .kind = ELECTION_REGISTRY_TICK,
        .takes_office = true,
        .applied = 1,
        .log_digest = 1,
    };
    struct stage stage;

    (void)state;
    stage_open(&stage);
    assert_int_equal(stage_apply(&stage, &command), ELECTION_DIVERGED);
    stage_close(&stage);
}

static void so_many_digests_are_remembered(void **state)
{
    struct stage stage;
    uint64_t digest;

    (void)state;
    stage_open(&stage);
    digest = election_registry_log_digest(stage.registry);
    for (unsigned i = 0; i < 1023; i++)
        assert_int_equal(tick(&stage, 0, 0), ELECTION_OK);
    assert_int_equal(tick(&stage, 1, digest + 1), ELECTION_DIVERGED);
    assert_int_equal(tick(&stage, 1, digest), ELECTION_OK);
    assert_int_equal(tick(&stage, 1, digest + 1), ELECTION_OK);
    stage_close(&stage);
}

/* ---- Recover ------------------------------------------------------------ */

static enum election_status recover(struct stage *stage, uint64_t lost_entries)
{
    struct election_registry_command command = {
        .kind = ELECTION_REGISTRY_RECOVER,
        .lost_entries = lost_entries,
    };

    return stage_apply(stage, &command);
}

static void recovering(void **state)
{
    const uint64_t most = UINT64_C(1) << 40;
    struct stage stage;
    uint64_t a;

    (void)state;
    stage_open(&stage);
    a = stage_session(&stage, "a", 4000);
    stage_session(&stage, "b", 4000);
    stage_enter(&stage, a, 1, "e", "A");
    assert_int_equal(recover(&stage, most + 1), ELECTION_INVALID);
    assert_bare(&stage);
    assert_int_equal(stage_status(&stage).session_count, 2);
    assert_int_equal(recover(&stage, most), ELECTION_OK);
    assert_bare(&stage);
    assert_int_equal(stage_status(&stage).session_count, 0);
    assert_int_equal(stage_status(&stage).election_count, 0);
    assert_int_equal(stage_status(&stage).candidate_count, 0);
    assert_int_equal(stage_status(&stage).index_floor, 1 + 2 * most);
    assert_int_equal(stage_status(&stage).id_floor, stage.index + most);
    /* A second one counts from the floor that is higher than its index. */
    assert_int_equal(recover(&stage, 10), ELECTION_OK);
    assert_int_equal(stage_status(&stage).index_floor, 21 + 2 * most);
    assert_int_equal(stage_status(&stage).id_floor, stage.index + most + 9);
    assert_int_equal(recover(&stage, 0), ELECTION_OK);
    a = stage_session(&stage, "a", 4000);
    assert_int_equal(a, stage_status(&stage).id_floor);
    stage_enter(&stage, a, 1, "e", "A");
    assert_int_equal(stage.result.leadership.index, 22 + 2 * most);
    stage_close(&stage);
}

/* ---- replicas ----------------------------------------------------------- */

static void nobody_needs_an_output(void **state)
{
    struct election_buffer a, b;
    struct stage stage, silent;

    (void)state;
    stage_open(&stage);
    stage_open_bare(&silent);
    stage_encode(&silent,
                 &(struct election_registry_command){
                     .kind = ELECTION_REGISTRY_TICK, .takes_office = true});
    assert_int_equal(election_registry_apply(silent.registry, 1,
                                             silent.entry.data,
                                             silent.entry.size, NULL),
                     ELECTION_OK);
    for (uint64_t i = 1; i <= 20; i++) {
        if (i % 7 == 1)
            (void)stage_session(&stage, numbered_name((unsigned)i, 8), 4000);
        else
            stage_enter(&stage, 2, i, numbered_name((unsigned)i, 8), "A");
        assert_int_equal(election_registry_apply(silent.registry, stage.index,
                                                 stage.entry.data,
                                                 stage.entry.size, NULL),
                         ELECTION_OK);
    }
    a = registry_snapshot_of(stage.registry);
    b = registry_snapshot_of(silent.registry);
    assert_same_bytes(&a, &b);
    election_buffer_free(&a);
    election_buffer_free(&b);
    stage_close(&stage);
    stage_close(&silent);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(misuse),
        cmocka_unit_test(the_default_configuration),
        cmocka_unit_test(what_was_applied_is_skipped),
        cmocka_unit_test(malformed_entries),
        cmocka_unit_test(entries_of_another_office),
        cmocka_unit_test(an_unknown_command_lets_time_pass),
        cmocka_unit_test(upgrading),
        cmocka_unit_test(a_digest_is_compared),
        cmocka_unit_test(a_new_leader_may_have_diverged),
        cmocka_unit_test(so_many_digests_are_remembered),
        cmocka_unit_test(recovering),
        cmocka_unit_test(nobody_needs_an_output),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
