/* SPDX-License-Identifier: Apache-2.0 */
/* What a client does not take: it says so at once. */
#include "../support/cmocka_all.h"

#include <string.h>

#include "../support/client.h"

static void out_of_bounds(void **state)
{
    struct actor actor;
    struct election_client *other = NULL;
    struct election_client_config sound, config;
    static const uint8_t bytes[1025];

    (void)state;
    actor_open(&actor);
    sound = actor_config(&actor);
#define CREATE(member, value, expected)                                        \
    config = sound;                                                            \
    config.member = (value);                                                   \
    assert_int_equal(election_client_create(&config, &other), expected);       \
    if ((expected) == ELECTION_OK)                                             \
        election_client_destroy(other);
    CREATE(client_id, NULL, ELECTION_MISUSE)
    CREATE(client_id_size, 0, ELECTION_MISUSE)
    CREATE(timeout_ms, 999, ELECTION_MISUSE)
    CREATE(timeout_ms, 1000, ELECTION_OK)
    CREATE(timeout_ms, 86000000, ELECTION_OK)
    CREATE(timeout_ms, 86000001, ELECTION_MISUSE)
    CREATE(data, NULL, ELECTION_MISUSE)
    /* Half of the timeout must be left, with a margin of 50. */
    CREATE(drift_ppm, 495000, ELECTION_OK)
    CREATE(drift_ppm, 495001, ELECTION_MISUSE)
    CREATE(drift_ppm, 1000000, ELECTION_MISUSE)
    CREATE(drift_ppm, UINT32_MAX, ELECTION_MISUSE)
    CREATE(margin_ms, 1, ELECTION_MISUSE)
    CREATE(margin_ms, 2, ELECTION_MISUSE)
    CREATE(margin_ms, 3, ELECTION_OK)
    CREATE(margin_ms, 4990, ELECTION_OK)
    CREATE(margin_ms, 4991, ELECTION_MISUSE)
    CREATE(margin_ms, UINT32_MAX, ELECTION_MISUSE)
    CREATE(allocator.free, NULL, ELECTION_MISUSE)
    sound.client_id = sound.data = bytes;
    CREATE(client_id_size, 64, ELECTION_OK)
    CREATE(client_id_size, 65, ELECTION_MISUSE)
    CREATE(data_size, 1024, ELECTION_OK)
    CREATE(data_size, 1025, ELECTION_MISUSE)
    sound.data_size = 0;
    CREATE(data, NULL, ELECTION_OK)
    sound.allocator = (struct election_allocator){0};
    CREATE(data, NULL, ELECTION_OK)
#undef CREATE
    assert_int_equal(election_client_create(NULL, &other), ELECTION_MISUSE);
    assert_int_equal(election_client_create(&sound, NULL), ELECTION_MISUSE);
    election_client_destroy(NULL);
    actor_close(&actor);
}

static void names_out_of_bounds(void **state)
{
    static const char *const names[] = {"", "\xff", "\xc3", "\0"};
    static const size_t sizes[] = {0, 1, 1, 1};
    static char longest[256];
    struct actor actor;

    (void)state;
    actor_open(&actor);
    memset(longest, 'x', sizeof longest);
    for (unsigned i = 0; i < 4; i++) {
        const char *bad = names[i];
        size_t size = sizes[i];

        assert_int_equal(
            election_client_enter(actor.client, bad, size, "A", 1, NULL),
            ELECTION_MISUSE);
        assert_int_equal(
            election_client_enter(actor.client, "e", 1, bad, size, NULL),
            ELECTION_MISUSE);
        assert_int_equal(
            election_client_withdraw(actor.client, "e", 1, bad, size, NULL),
            ELECTION_MISUSE);
        assert_int_equal(election_client_operate(actor.client,
                                                 ELECTION_OP_EVICT, bad, size,
                                                 "A", 1, 0, NULL),
                         ELECTION_MISUSE);
    }
    for (int op = -1; op < 10; op++) {
        bool is_fit = (op >= 3 && op <= 5) || op == 8;

        assert_int_equal(election_client_operate(actor.client,
                                                 (enum election_op)op, "e", 1,
                                                 "A", 1, 0, NULL),
                         is_fit ? ELECTION_OK : ELECTION_MISUSE);
    }
    assert_int_equal(
        election_client_enter(actor.client, longest, 256, "A", 1, NULL),
        ELECTION_MISUSE);
    assert_int_equal(
        election_client_enter(actor.client, "e", 1, longest, 256, NULL),
        ELECTION_MISUSE);
    assert_int_equal(
        election_client_enter(actor.client, longest, 255, longest, 255, NULL),
        ELECTION_OK);
    actor_close(&actor);
}

static void misuse(void **state)
{
    struct actor actor;
    struct election_client_request request;

    (void)state;
    actor_open(&actor);
    assert_int_equal(election_client_enter(NULL, "e", 1, "A", 1, NULL),
                     ELECTION_MISUSE);
    assert_int_equal(election_client_enter(actor.client, NULL, 1, "A", 1, NULL),
                     ELECTION_MISUSE);
    assert_int_equal(election_client_enter(actor.client, "e", 1, NULL, 1, NULL),
                     ELECTION_MISUSE);
    assert_int_equal(election_client_close(NULL), ELECTION_MISUSE);
    election_client_disconnected(NULL);
    assert_int_equal(election_client_request(NULL, 1, &actor.output, &request),
                     ELECTION_MISUSE);
    assert_int_equal(election_client_request(actor.client, 1, NULL, &request),
                     ELECTION_MISUSE);
    assert_int_equal(
        election_client_request(actor.client, 1, &actor.output, NULL),
        ELECTION_MISUSE);
    assert_int_equal(election_client_response(NULL, 1, 1, "", 0),
                     ELECTION_MISUSE);
    assert_int_equal(election_client_response(actor.client, 1, 1, NULL, 1),
                     ELECTION_MISUSE);
    assert_int_equal(election_client_event(NULL, 1, "", 0), ELECTION_MISUSE);
    assert_int_equal(election_client_event(actor.client, 1, NULL, 1),
                     ELECTION_MISUSE);
    assert_int_equal(election_client_wait_ms(NULL, 1), UINT64_MAX);
    assert_int_equal(election_client_lease_ms(NULL, 1), 0);
    assert_int_equal(election_client_ignored(NULL), 0);
    assert_false(election_client_leads(NULL, "e", 1, "A", 1, 1, NULL));
    assert_false(election_client_leads(actor.client, NULL, 0, "A", 1, 1, NULL));
    assert_false(election_client_leads(actor.client, "e", 1, NULL, 0, 1, NULL));
    actor_lead(&actor, 2);
    assert_true(election_client_leads(actor.client, "e", 1, "A", 1, 1, NULL));
    assert_false(election_client_leads(actor.client, NULL, 1, "A", 1, 1, NULL));
    assert_false(election_client_leads(actor.client, "e", 1, NULL, 1, 1, NULL));
    actor_close(&actor);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(out_of_bounds),
        cmocka_unit_test(names_out_of_bounds),
        cmocka_unit_test(misuse),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
