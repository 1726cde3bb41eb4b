/* SPDX-License-Identifier: Apache-2.0 */
#include "../support/cmocka_all.h"

#include <string.h>

#include "../support/play.h"
#include "../support/registry.h"

/* The Raft leader's half: offices, stamps, and how long it may sleep. */

struct scene {
    struct stage stage;
    struct election_driver driver;
    uint64_t wait_ms;
    struct election_buffer tick;
};

static void open_scene(struct scene *scene)
{
    *scene = (struct scene){.tick = ELECTION_BUFFER_INIT};
    stage_open_bare(&scene->stage);
    election_driver_lead(&scene->driver);
}

static void close_scene(struct scene *scene)
{
    election_buffer_free(&scene->tick);
    stage_close(&scene->stage);
}

/** Asks what to propose; tells whether there is anything. */
static bool next(struct scene *scene, uint64_t time_ms)
{
    assert_int_equal(election_driver_next(&scene->driver, scene->stage.registry,
                                          time_ms, &scene->tick,
                                          &scene->wait_ms),
                     ELECTION_OK);
    return scene->tick.size > 0;
}

static enum election_status apply(struct scene *scene,
                                  const struct election_buffer *entry)
{
    scene->stage.index++;
    return election_registry_apply(scene->stage.registry, scene->stage.index,
                                   entry->data, entry->size,
                                   &scene->stage.output);
}

/** Takes office at a time: asks, and applies what is due. */
static void take_office(struct scene *scene, uint64_t time_ms)
{
    assert_true(next(scene, time_ms));
    assert_int_equal(apply(scene, &scene->tick), ELECTION_OK);
    assert_false(next(scene, time_ms));
    assert_int_equal(scene->driver.epoch, scene->stage.index);
}

/** Stamps a command and applies it. */
static enum election_status
propose(struct scene *scene, uint64_t time_ms,
        const struct election_registry_command *command)
{
    struct election_buffer bytes = ELECTION_BUFFER_INIT;
    struct election_buffer entry = ELECTION_BUFFER_INIT;
    enum election_status status;

    assert_int_equal(election_registry_command_encode(command, &bytes),
                     ELECTION_OK);
    status = election_driver_stamp(&scene->driver, scene->stage.registry,
                                   bytes.data, bytes.size, time_ms, &entry);
    if (status == ELECTION_OK)
        status = apply(scene, &entry);
    election_buffer_free(&bytes);
    election_buffer_free(&entry);
    return status;
}

static enum election_status open_session(struct scene *scene, uint64_t time_ms,
                                         const char *client_id,
                                         uint64_t timeout_ms)
{
    struct election_registry_command open = open_of(client_id, timeout_ms);

    return propose(scene, time_ms, &open);
}

static struct election_registry_command
decoded(const struct election_buffer *bytes)
{
    struct election_registry_command command;

    assert_int_equal(election_registry_command_decode(bytes->data, bytes->size,
                                                      &command, NULL),
                     ELECTION_OK);
    return command;
}

/* ---- offices ------------------------------------------------------------ */

static void misuse(void **state)
{
    struct election_buffer output = ELECTION_BUFFER_INIT;
    struct scene scene;

    (void)state;
    open_scene(&scene);
    election_driver_lead(NULL);
    election_driver_follow(NULL);
    assert_int_equal(election_driver_next(NULL, scene.stage.registry, 0,
                                          &output, &scene.wait_ms),
                     ELECTION_MISUSE);
    assert_int_equal(
        election_driver_next(&scene.driver, NULL, 0, &output, &scene.wait_ms),
        ELECTION_MISUSE);
    assert_int_equal(election_driver_next(&scene.driver, scene.stage.registry,
                                          0, NULL, &scene.wait_ms),
                     ELECTION_MISUSE);
    assert_int_equal(election_driver_next(&scene.driver, scene.stage.registry,
                                          0, &output, NULL),
                     ELECTION_MISUSE);
    assert_int_equal(
        election_driver_stamp(NULL, scene.stage.registry, "", 0, 0, &output),
        ELECTION_MISUSE);
    assert_int_equal(
        election_driver_stamp(&scene.driver, NULL, "", 0, 0, &output),
        ELECTION_MISUSE);
    assert_int_equal(election_driver_stamp(&scene.driver, scene.stage.registry,
                                           NULL, 1, 0, &output),
                     ELECTION_MISUSE);
    assert_int_equal(election_driver_stamp(&scene.driver, scene.stage.registry,
                                           "", 0, 0, NULL),
                     ELECTION_MISUSE);
    close_scene(&scene);
}

static void a_follower_does_nothing(void **state)
{
    struct scene scene;

    (void)state;
    open_scene(&scene);
    election_driver_follow(&scene.driver);
    assert_false(next(&scene, 5000));
    assert_int_equal(scene.wait_ms, UINT64_MAX);
    assert_int_equal(open_session(&scene, 5000, "a", 4000), ELECTION_BUSY);
    /* Zero is a follower. */
    scene.driver = (struct election_driver){0};
    assert_false(next(&scene, 5000));
    close_scene(&scene);
}

static void taking_office(void **state)
{
    struct election_registry_command tick;
    struct scene scene;

    (void)state;
    open_scene(&scene);
    assert_int_equal(open_session(&scene, 5000, "a", 4000), ELECTION_BUSY);
    assert_true(next(&scene, 5000));
    assert_int_equal(scene.wait_ms, 2000);
    tick = decoded(&scene.tick);
    assert_int_equal(tick.kind, ELECTION_REGISTRY_TICK);
    assert_true(tick.takes_office);
    assert_int_equal(tick.time_ms, 5000);
    assert_int_equal(tick.epoch, 0);
    assert_int_equal(tick.applied, 0);
    /* Nothing else until that is applied. */
    assert_false(next(&scene, 5500));
    assert_int_equal(scene.wait_ms, 1500);
    assert_int_equal(open_session(&scene, 5500, "a", 4000), ELECTION_BUSY);
    scene.stage.time_ms = 5000;
    stage_encode(&scene.stage, &tick);
    assert_int_equal(apply(&scene, &scene.stage.entry), ELECTION_OK);
    assert_int_equal(open_session(&scene, 5600, "a", 4000), ELECTION_OK);
    assert_int_equal(stage_status(&scene.stage).now_ms, 600);
    assert_int_equal(stage_status(&scene.stage).epoch, 1);
    close_scene(&scene);
}

static void asking_again_after_two_seconds(void **state)
{
    struct election_buffer first = ELECTION_BUFFER_INIT;
    struct election_buffer kept;
    struct scene scene;

    (void)state;
    open_scene(&scene);
    assert_true(next(&scene, 5000));
    kept = scene.tick; /* it is on its way */
    scene.tick = first;
    assert_false(next(&scene, 6999));
    assert_int_equal(scene.wait_ms, 1);
    assert_true(next(&scene, 7000));
    assert_int_equal(decoded(&scene.tick).time_ms, 7000);
    assert_int_equal(scene.wait_ms, 2000);
    /* The first one arrives late: it is another office's, as it seems. */
    assert_int_equal(apply(&scene, &kept), ELECTION_OK);
    assert_int_equal(open_session(&scene, 7001, "a", 4000), ELECTION_BUSY);
    assert_int_equal(apply(&scene, &scene.tick), ELECTION_OK);
    assert_int_equal(open_session(&scene, 7002, "a", 4000), ELECTION_OK);
    assert_int_equal(stage_status(&scene.stage).epoch, 2);
    election_buffer_free(&kept);
    close_scene(&scene);
}

/** Another leader's Tick is applied: this one has to take office again. */
static void losing_the_office(void **state)
{
    struct election_registry_command tick;
    struct scene scene;

    (void)state;
    open_scene(&scene);
    take_office(&scene, 5000);
    assert_int_equal(open_session(&scene, 5001, "a", 4000), ELECTION_OK);
    scene.stage.time_ms = 99;
    stage_take_office(&scene.stage);
    assert_int_equal(open_session(&scene, 5002, "b", 4000), ELECTION_BUSY);
    assert_true(next(&scene, 5002));
    tick = decoded(&scene.tick);
    assert_true(tick.takes_office);
    assert_int_equal(tick.applied, scene.stage.index);
    assert_int_equal(tick.log_digest,
                     election_registry_log_digest(scene.stage.registry));
    assert_int_equal(apply(&scene, &scene.tick), ELECTION_OK);
    assert_int_equal(open_session(&scene, 5003, "b", 4000), ELECTION_OK);
    close_scene(&scene);
}

static void becoming_the_leader_again(void **state)
{
    struct scene scene;

    (void)state;
    open_scene(&scene);
    take_office(&scene, 5000);
    election_driver_lead(&scene.driver);
    assert_int_equal(open_session(&scene, 5001, "a", 4000), ELECTION_BUSY);
    take_office(&scene, 5001);
    assert_int_equal(scene.driver.epoch, 2);
    election_driver_follow(&scene.driver);
    assert_int_equal(open_session(&scene, 5002, "a", 4000), ELECTION_BUSY);
    close_scene(&scene);
}

/** A stamp that is the same does not make an old office this one's. */
static void an_old_office_with_the_same_stamp(void **state)
{
    struct scene scene;

    (void)state;
    open_scene(&scene);
    take_office(&scene, 5000);
    election_driver_lead(&scene.driver);
    assert_true(next(&scene, 5000));
    assert_int_equal(open_session(&scene, 5000, "a", 4000), ELECTION_BUSY);
    close_scene(&scene);
}

/* ---- waits -------------------------------------------------------------- */

static void without_sessions_there_is_no_hurry(void **state)
{
    struct scene scene;

    (void)state;
    open_scene(&scene);
    take_office(&scene, 5000);
    assert_int_equal(scene.wait_ms, UINT64_MAX);
    assert_false(next(&scene, 500000));
    assert_int_equal(scene.wait_ms, UINT64_MAX);
    close_scene(&scene);
}

static void a_tick_every_two_seconds(void **state)
{
    struct scene scene;

    (void)state;
    open_scene(&scene);
    take_office(&scene, 5000);
    assert_int_equal(open_session(&scene, 5000, "a", 86000000), ELECTION_OK);
    assert_false(next(&scene, 5000));
    assert_int_equal(scene.wait_ms, 2000);
    assert_false(next(&scene, 6999));
    assert_int_equal(scene.wait_ms, 1);
    assert_true(next(&scene, 7000));
    assert_false(decoded(&scene.tick).takes_office);
    assert_int_equal(decoded(&scene.tick).epoch, 1);
    assert_int_equal(decoded(&scene.tick).time_ms, 7000);
    assert_int_equal(decoded(&scene.tick).applied, 2);
    assert_int_equal(scene.wait_ms, 2000);
    assert_int_equal(apply(&scene, &scene.tick), ELECTION_OK);
    /* A client's command is no Tick: it carries no digest. */
    assert_int_equal(open_session(&scene, 8500, "b", 86000000), ELECTION_OK);
    assert_false(next(&scene, 8999));
    assert_int_equal(scene.wait_ms, 1);
    assert_true(next(&scene, 9000));
    assert_int_equal(decoded(&scene.tick).applied, 4);
    assert_int_equal(scene.wait_ms, 2000);
    /* A clock that goes back does no harm. */
    assert_false(next(&scene, 100));
    assert_int_equal(scene.wait_ms, 2000);
    close_scene(&scene);
}

static void a_deadline_before_that(void **state)
{
    struct scene scene;

    (void)state;
    open_scene(&scene);
    take_office(&scene, 5000);
    assert_int_equal(open_session(&scene, 5000, "a", 1000), ELECTION_OK);
    assert_false(next(&scene, 5400));
    assert_int_equal(scene.wait_ms, 601); /* it has passed when it is below */
    assert_false(next(&scene, 6000));
    assert_int_equal(scene.wait_ms, 1);
    assert_true(next(&scene, 6001));
    /* That ends it: nothing more is due for it. */
    assert_int_equal(scene.wait_ms, 2000);
    assert_false(next(&scene, 6500));
    assert_int_equal(scene.wait_ms, 1501);
    close_scene(&scene);
}

static void a_deadline_ends_its_session(void **state)
{
    struct scene scene;

    (void)state;
    open_scene(&scene);
    take_office(&scene, 5000);
    assert_int_equal(open_session(&scene, 5000, "a", 3000), ELECTION_OK);
    assert_true(next(&scene, 7000));
    assert_int_equal(apply(&scene, &scene.tick), ELECTION_OK);
    assert_false(next(&scene, 7000));
    assert_int_equal(scene.wait_ms, 1001);
    assert_true(next(&scene, 8001));
    assert_int_equal(apply(&scene, &scene.tick), ELECTION_OK);
    assert_int_equal(stage_status(&scene.stage).session_count, 0);
    assert_false(next(&scene, 8001));
    assert_int_equal(scene.wait_ms, UINT64_MAX);
    close_scene(&scene);
}

/* ---- stamps ------------------------------------------------------------- */

/** Stamps bytes in the office 1 at 7,000 ms; fails unless they become these. */
static void assert_stamped(struct scene *scene, const char *bytes, size_t size,
                           const char *expected, size_t expected_size)
{
    assert_int_equal(election_driver_stamp(&scene->driver,
                                           scene->stage.registry, bytes, size,
                                           7000, &scene->tick),
                     ELECTION_OK);
    assert_int_equal(scene->tick.size, expected_size);
    assert_memory_equal(scene->tick.data, expected, expected_size);
}

#define STAMP "\x08\x01\x10\xd8\x36"
#define BYTES(text) (text), sizeof(text) - 1

static void own_stamps_are_dropped_anywhere(void **state)
{
    struct scene scene;

    (void)state;
    open_scene(&scene);
    take_office(&scene, 5000);
    assert_stamped(&scene, BYTES("\x2a\x02\x08\x07"),
                   BYTES(STAMP "\x2a\x02\x08\x07"));
    assert_stamped(&scene, BYTES("\x08\x09\x10\x09\x2a\x02\x08\x07"),
                   BYTES(STAMP "\x2a\x02\x08\x07"));
    assert_stamped(&scene, BYTES("\x2a\x02\x08\x07\x08\x09\x10\x09"),
                   BYTES(STAMP "\x2a\x02\x08\x07"));
    assert_stamped(&scene,
                   BYTES("\x10\x80\x00\x2a\x02\x08\x07\x88\x00\x09\x2a\x00"),
                   BYTES(STAMP "\x2a\x02\x08\x07\x2a\x00"));
    /* What is unknown stays, and what is no command too. */
    assert_stamped(&scene, BYTES("\x0a\x01x\xf0\x07\x05\x08\x01"),
                   BYTES(STAMP "\x0a\x01x\xf0\x07\x05"));
    assert_stamped(&scene, BYTES(""), BYTES(STAMP));
    assert_int_equal(election_driver_stamp(&scene.driver, scene.stage.registry,
                                           "\x2a\x01\x08", 3, 7000,
                                           &scene.tick),
                     ELECTION_INVALID);
    assert_int_equal(election_driver_stamp(&scene.driver, scene.stage.registry,
                                           "\x08", 1, 7000, &scene.tick),
                     ELECTION_INVALID);
    close_scene(&scene);
}

static void a_stamp_of_zero_is_not_written(void **state)
{
    struct scene scene;

    (void)state;
    open_scene(&scene);
    take_office(&scene, 0);
    assert_int_equal(election_driver_stamp(&scene.driver, scene.stage.registry,
                                           NULL, 0, 0, &scene.tick),
                     ELECTION_OK);
    assert_int_equal(scene.tick.size, 2);
    close_scene(&scene);
}

static void out_of_memory(void **state)
{
    struct scene scene;

    (void)state;
    open_scene(&scene);
    take_office(&scene, 5000);
    election_buffer_free(&scene.tick);
    scene.tick.allocator = heap_allocator(&scene.stage.heap);
    scene.stage.heap.allowed = 0;
    assert_int_equal(election_driver_stamp(&scene.driver, scene.stage.registry,
                                           "\x2a\x02\x08\x07", 4, 9000,
                                           &scene.tick),
                     ELECTION_NOMEM);
    election_driver_lead(&scene.driver);
    assert_int_equal(election_driver_next(&scene.driver, scene.stage.registry,
                                          9000, &scene.tick, &scene.wait_ms),
                     ELECTION_NOMEM);
    /* It was not proposed: it is due at once. */
    scene.stage.heap.allowed = HEAP_UNLIMITED;
    assert_true(next(&scene, 9001));
    close_scene(&scene);
}

static void half_an_allocator(void **state)
{
    struct election_buffer half = ELECTION_BUFFER_INIT;
    struct scene scene;

    (void)state;
    open_scene(&scene);
    half.allocator = heap_allocator(&scene.stage.heap);
    half.allocator.free = NULL;
    assert_int_equal(election_driver_next(&scene.driver, scene.stage.registry,
                                          5000, &half, &scene.wait_ms),
                     ELECTION_MISUSE);
    take_office(&scene, 5000);
    assert_int_equal(election_driver_stamp(&scene.driver, scene.stage.registry,
                                           "\x2a\x00", 2, 9000, &half),
                     ELECTION_MISUSE);
    assert_null(half.data);
    close_scene(&scene);
}

/** The stamps must fit into the message too; nothing of it is read. */
static void a_command_that_is_too_large(void **state)
{
    struct scene scene;

    (void)state;
    open_scene(&scene);
    take_office(&scene, 5000);
    assert_int_equal(election_driver_stamp(&scene.driver, scene.stage.registry,
                                           "", ELECTION_MESSAGE_SIZE_MAX - 21,
                                           9000, &scene.tick),
                     ELECTION_INVALID);
    assert_int_equal(scene.driver.last_ms, 5000);
    close_scene(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(misuse),
        cmocka_unit_test(a_follower_does_nothing),
        cmocka_unit_test(taking_office),
        cmocka_unit_test(asking_again_after_two_seconds),
        cmocka_unit_test(losing_the_office),
        cmocka_unit_test(becoming_the_leader_again),
        cmocka_unit_test(an_old_office_with_the_same_stamp),
        cmocka_unit_test(without_sessions_there_is_no_hurry),
        cmocka_unit_test(a_tick_every_two_seconds),
        cmocka_unit_test(a_deadline_before_that),
        cmocka_unit_test(a_deadline_ends_its_session),
        cmocka_unit_test(own_stamps_are_dropped_anywhere),
        cmocka_unit_test(a_stamp_of_zero_is_not_written),
        cmocka_unit_test(out_of_memory),
        cmocka_unit_test(half_an_allocator),
        cmocka_unit_test(a_command_that_is_too_large),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
