/* SPDX-License-Identifier: Apache-2.0 */
#include "../support/cmocka_all.h"

#include <string.h>

#include "../support/draft.h"
#include "../support/play.h"
#include "../support/registry.h"

/*
 * What makes a snapshot CORRUPT, cause by cause, as REGISTRY.md lists them. All
 * but the cause is sound, the digest too.
 */

static struct draft_bytes bytes;

/** Restores bytes into a new registry; a refusal must leave nothing. */
static enum election_status restore_bytes(void)
{
    struct election_buffer snapshot;
    enum election_status status;
    struct stage stage;

    stage_open_bare(&stage);
    status = election_registry_restore(stage.registry, bytes.data, bytes.size);
    if (status == ELECTION_OK) {
        /* Sound bytes are canonical: they are written again. */
        snapshot = registry_snapshot_of(stage.registry);
        assert_int_equal(snapshot.size, bytes.size);
        assert_memory_equal(snapshot.data, bytes.data, bytes.size);
        election_buffer_free(&snapshot);
    } else {
        assert_int_equal(election_registry_applied(stage.registry), 0);
    }
    stage_close(&stage);
    return status;
}

static enum election_status restore(const struct draft *draft)
{
    draft_write(&bytes, draft);
    return restore_bytes();
}

/** A sound draft with one member changed must be refused, or not. */
#define ASSERT_RESTORED(expected, member, value)                               \
    do {                                                                       \
        struct draft draft = draft_sound();                                    \
                                                                               \
        draft.member = (value);                                                \
        assert_int_equal(restore(&draft), expected);                           \
    } while (0)
#define ASSERT_SOUND(member, value) ASSERT_RESTORED(ELECTION_OK, member, value)
#define ASSERT_CORRUPT(member, value)                                          \
    ASSERT_RESTORED(ELECTION_CORRUPT, member, value)

static void a_sound_one(void **state)
{
    struct draft draft = draft_sound();

    (void)state;
    assert_int_equal(restore(&draft), ELECTION_OK);
    draft = (struct draft){.version = 1};
    assert_int_equal(restore(&draft), ELECTION_OK);
    draft = (struct draft){.version = 1, .stamp_ms = UINT64_MAX};
    assert_int_equal(restore(&draft), ELECTION_OK);
}

/* ---- form --------------------------------------------------------------- */

static void no_bytes_at_all(void **state)
{
    (void)state;
    bytes.size = 0;
    assert_int_equal(restore_bytes(), ELECTION_CORRUPT);
    draft_put_digest(&bytes);
    assert_int_equal(restore_bytes(), ELECTION_CORRUPT);
}

/** Puts bytes before the digest of a sound one: the field is in order. */
static void assert_refused_behind(const char *raw, size_t size)
{
    struct draft draft = draft_sound();

    draft_write(&bytes, &draft);
    bytes.size -= 9;
    put_raw(&bytes, raw, size);
    draft_put_digest(&bytes);
    assert_int_equal(restore_bytes(), ELECTION_CORRUPT);
}

/** Puts bytes behind the head of one without lists. */
static void assert_refused_behind_head(const char *raw, size_t size)
{
    struct draft draft = draft_sound();

    bytes.size = 0;
    draft_put_head(&bytes, &draft);
    put_raw(&bytes, raw, size);
    draft_put_digest(&bytes);
    assert_int_equal(restore_bytes(), ELECTION_CORRUPT);
}

static void unknown_and_malformed_fields(void **state)
{
    (void)state;
    assert_refused_behind("\x68\x01", 2);             /* field 13 */
    assert_refused_behind("\x6a\x00", 2);             /* of bytes */
    assert_refused_behind("\x65\x01\x02\x03\x04", 5); /* of fixed32 */
    assert_refused_behind("\x63\x64", 2);             /* a group */
    assert_refused_behind("\x67\x01", 2);             /* no wire type */
    assert_refused_behind("\x60\x01", 2);      /* the digest as a varint */
    assert_refused_behind("\x5a\x00", 2);      /* an election without fields */
    assert_refused_behind_head("\x52\x00", 2); /* a session without any */
    assert_refused_behind_head("\x48\x01", 2); /* log_digest as a varint */
    assert_refused_behind_head("\x00\x01", 2);
    assert_refused_behind_head("\x5a\xff\xff\xff\xff\xff\x01", 7);
    assert_refused_behind_head("\x5a\xff\xff\xff\xff\x0f", 6);
    assert_refused_behind_head("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff",
                               11);
}

static void fields_out_of_order(void **state)
{
    struct draft draft = draft_sound();

    (void)state;
    assert_refused_behind_head("\x08\x01", 2);
    assert_refused_behind_head("\x40\x0c", 2); /* twice */
    bytes.size = 0;
    draft_put_head(&bytes, &draft);
    draft_put_session(&bytes, &draft.sessions[0]);
    draft_put_session(&bytes, &draft.sessions[1]);
    draft_put_election(&bytes, &draft.elections[0]);
    draft.sessions[1].id = 8;
    draft.sessions[1].client_id = "c";
    draft_put_session(&bytes, &draft.sessions[1]);
    draft_put_digest(&bytes);
    assert_int_equal(restore_bytes(), ELECTION_CORRUPT);
}

static void numbers_that_are_not_canonical(void **state)
{
    struct draft draft = draft_sound();

    (void)state;
    bytes.size = 0;
    put_raw(&bytes, "\x08\x81\x00", 3);
    draft_put_digest(&bytes);
    assert_int_equal(restore_bytes(), ELECTION_CORRUPT);
    bytes.size = 0;
    put_raw(&bytes, "\x08\x01\x10\x00", 4);
    draft_put_digest(&bytes);
    assert_int_equal(restore_bytes(), ELECTION_CORRUPT);
    bytes.size = 0;
    put_raw(&bytes, "\x88\x00\x01", 3);
    draft_put_digest(&bytes);
    assert_int_equal(restore_bytes(), ELECTION_CORRUPT);
    /* A length of two bytes, and the digest's tag of two. */
    draft.session_count = draft.election_count = 0;
    draft_write(&bytes, &draft);
    memmove(bytes.data + bytes.size - 7, bytes.data + bytes.size - 8, 8);
    bytes.data[bytes.size - 9] = 0xe1;
    bytes.data[bytes.size - 8] = 0x00;
    bytes.size++;
    assert_int_equal(restore_bytes(), ELECTION_CORRUPT);
}

static void every_bit_counts(void **state)
{
    struct draft draft = draft_sound();
    size_t size;

    (void)state;
    draft_write(&bytes, &draft);
    size = bytes.size;
    for (size_t i = 0; i < 8 * size; i++) {
        enum election_status status;

        bytes.data[i / 8] ^= (uint8_t)(1 << i % 8);
        status = restore_bytes();
        assert_true(status == ELECTION_CORRUPT ||
                    (status == ELECTION_VERSION && i / 8 == 1));
        bytes.data[i / 8] ^= (uint8_t)(1 << i % 8);
    }
    for (bytes.size = 0; bytes.size < size; bytes.size++)
        assert_int_equal(restore_bytes(), ELECTION_CORRUPT);
    bytes.data[bytes.size++] = 0;
    assert_int_equal(restore_bytes(), ELECTION_CORRUPT);
}

static void versions(void **state)
{
    (void)state;
    ASSERT_CORRUPT(version, 0);
    ASSERT_RESTORED(ELECTION_VERSION, version, 2);
    ASSERT_RESTORED(ELECTION_VERSION, version, UINT32_MAX);
    ASSERT_CORRUPT(version, UINT64_C(1) << 32);
    ASSERT_CORRUPT(version, (UINT64_C(1) << 32) + 1);
    /* What a newer version has behind it is not looked at. */
    bytes.size = 0;
    put_raw(&bytes, "\x08\x02\x6a\x01x", 5);
    assert_int_equal(restore_bytes(), ELECTION_VERSION);
}

/* ---- the head ----------------------------------------------------------- */

static void numbers_of_the_head(void **state)
{
    (void)state;
    ASSERT_SOUND(epoch, 20);
    ASSERT_CORRUPT(epoch, 21);
    ASSERT_CORRUPT(applied, 2);
    ASSERT_SOUND(extended_ms, 10000);
    ASSERT_CORRUPT(extended_ms, 10001);
    ASSERT_SOUND(index_floor, (uint64_t)INT64_MAX);
    ASSERT_CORRUPT(index_floor, (uint64_t)INT64_MAX + 1);
    ASSERT_SOUND(id_floor, 9);
    ASSERT_CORRUPT(id_floor, 8);
    ASSERT_SOUND(id_floor, UINT64_MAX);
    ASSERT_SOUND(log_digest, UINT64_MAX);
    ASSERT_SOUND(stamp_ms, 0);
}

/* ---- sessions ----------------------------------------------------------- */

static void ids_of_sessions(void **state)
{
    struct draft draft = draft_sound();

    (void)state;
    draft.election_count = 0;
    assert_int_equal(restore(&draft), ELECTION_OK);
    draft.sessions[0].id = 0;
    assert_int_equal(restore(&draft), ELECTION_CORRUPT);
    draft.sessions[0].id = 6;
    assert_int_equal(restore(&draft), ELECTION_CORRUPT);
    draft.sessions[0].id = 7;
    assert_int_equal(restore(&draft), ELECTION_CORRUPT);
    draft.sessions[0].id = 5;
    draft.sessions[1].id = 12;
    assert_int_equal(restore(&draft), ELECTION_OK);
    draft.sessions[1].id = 13;
    assert_int_equal(restore(&draft), ELECTION_CORRUPT);
}

static void clients_of_sessions(void **state)
{
    static const char long_id[65] = "x";

    (void)state;
    ASSERT_CORRUPT(sessions[1].client_id, "a");
    ASSERT_CORRUPT(sessions[1].client_id_size, 0);
    ASSERT_SOUND(sessions[1].client_id, "\xff");
    for (size_t size = 64; size <= 65; size++) {
        struct draft draft = draft_sound();

        draft.sessions[1].client_id = long_id;
        draft.sessions[1].client_id_size = size;
        assert_int_equal(restore(&draft),
                         size == 64 ? ELECTION_OK : ELECTION_CORRUPT);
    }
    ASSERT_SOUND(sessions[1].data_size, 1024);
    ASSERT_CORRUPT(sessions[1].data_size, 1025);
    ASSERT_SOUND(sessions[1].nonce, UINT64_MAX);
    ASSERT_SOUND(sessions[1].incarnation, UINT64_MAX);
}

static void times_of_sessions(void **state)
{
    (void)state;
    ASSERT_CORRUPT(sessions[1].timeout_ms, 0);
    ASSERT_CORRUPT(sessions[1].timeout_ms, 990);
    ASSERT_CORRUPT(sessions[1].timeout_ms, 999);
    ASSERT_SOUND(sessions[1].timeout_ms, 1000);
    ASSERT_CORRUPT(sessions[1].timeout_ms, 1001);
    ASSERT_SOUND(sessions[1].timeout_ms, 1100);
    ASSERT_CORRUPT(sessions[1].timeout_ms, 10100);
    ASSERT_SOUND(sessions[1].timeout_ms, 86000000);
    ASSERT_CORRUPT(sessions[1].timeout_ms, 87000000);
    ASSERT_CORRUPT(sessions[1].renewed_ms, 10001);
    /* Its deadline is from the extension at 4,000 at least. */
    ASSERT_SOUND(sessions[1].renewed_ms, 0);
    for (uint64_t renewed_ms = 4999; renewed_ms <= 5000; renewed_ms++) {
        struct draft draft = draft_sound();

        draft.sessions[1].timeout_ms = 5000;
        draft.sessions[1].renewed_ms = renewed_ms;
        assert_int_equal(restore(&draft),
                         renewed_ms == 5000 ? ELECTION_OK : ELECTION_CORRUPT);
    }
}

/** Session 6 with a window. */
static enum election_status restore_window(uint64_t highest, uint64_t seen,
                                           size_t statuses_size)
{
    struct draft draft = draft_sound();

    draft.sessions[1].highest_sequence = highest;
    draft.sessions[1].seen = seen;
    draft.sessions[1].statuses_size = statuses_size;
    return restore(&draft);
}

static void windows(void **state)
{
    (void)state;
    assert_int_equal(restore_window(0, 0, 32), ELECTION_CORRUPT);
    assert_int_equal(restore_window(0, 1, 0), ELECTION_CORRUPT);
    assert_int_equal(restore_window(5, 1, 32), ELECTION_OK);
    assert_int_equal(restore_window(5, 0, 32), ELECTION_CORRUPT);
    assert_int_equal(restore_window(5, 2, 32), ELECTION_CORRUPT);
    assert_int_equal(restore_window(5, 1, 0), ELECTION_CORRUPT);
    assert_int_equal(restore_window(5, 1, 31), ELECTION_CORRUPT);
    assert_int_equal(restore_window(5, 1, 33), ELECTION_CORRUPT);
    for (uint64_t i = 1; i < 64; i++) {
        uint64_t seen = UINT64_C(1) << i | 1;

        assert_int_equal(restore_window(i, seen, 32), ELECTION_CORRUPT);
        assert_int_equal(restore_window(i + 1, seen, 32), ELECTION_OK);
    }
    assert_int_equal(restore_window(64, UINT64_MAX, 32), ELECTION_OK);
    assert_int_equal(restore_window(UINT64_MAX, UINT64_MAX, 32), ELECTION_OK);
}

static void statuses_of_windows(void **state)
{
    (void)state;
    for (unsigned status = 0; status < 16; status++) {
        bool is_sound = status <= 7 || status == 11;
        enum election_status expected =
            is_sound ? ELECTION_OK : ELECTION_CORRUPT;

        ASSERT_RESTORED(expected, sessions[0].statuses[0],
                        (uint8_t)(0x10 | status));
        ASSERT_RESTORED(expected, sessions[0].statuses[0],
                        (uint8_t)(status << 4 | 0xb));
    }
    ASSERT_CORRUPT(sessions[0].statuses[1], 0x01);
    ASSERT_CORRUPT(sessions[0].statuses[31], 0x10);
    /* Session 5 leads, but it is all the same: nothing of it may stand. */
    ASSERT_CORRUPT(sessions[0].seen, 1);
}

/* ---- elections ---------------------------------------------------------- */

static void ids_of_elections(void **state)
{
    (void)state;
    ASSERT_CORRUPT(elections[0].id, 0);
    ASSERT_CORRUPT(elections[0].id, 5); /* a session's */
    ASSERT_CORRUPT(elections[0].id, 6);
    ASSERT_SOUND(elections[0].id, 1);
    ASSERT_CORRUPT(elections[0].id, 9);
    ASSERT_CORRUPT(elections[0].id, 10);
    ASSERT_SOUND(elections[1].id, 12);
    ASSERT_CORRUPT(elections[1].id, 13);
}

static void names_of_elections(void **state)
{
    static char name[257];

    (void)state;
    memset(name, 'n', sizeof name);
    ASSERT_CORRUPT(elections[1].name, "e");
    ASSERT_CORRUPT(elections[1].name_size, 0);
    ASSERT_CORRUPT(elections[1].name, "\xff");
    ASSERT_CORRUPT(elections[1].name, "\0");
    for (size_t size = 255; size <= 256; size++) {
        struct draft draft = draft_sound();

        draft.elections[1].name = name;
        draft.elections[1].name_size = size;
        assert_int_equal(restore(&draft),
                         size == 255 ? ELECTION_OK : ELECTION_CORRUPT);
    }
}

static void what_is_in_elections(void **state)
{
    (void)state;
    ASSERT_CORRUPT(elections[1].candidate_count, 0);
    ASSERT_CORRUPT(elections[1].index, 0);
    ASSERT_SOUND(elections[1].index, (uint64_t)INT64_MAX);
    ASSERT_CORRUPT(elections[1].index, (uint64_t)INT64_MAX + 1);
    ASSERT_CORRUPT(elections[0].candidates[0].session_id, 4);
    ASSERT_CORRUPT(elections[0].candidates[2].session_id, 0);
    ASSERT_CORRUPT(elections[0].candidates[2].session_id, 7);
    ASSERT_CORRUPT(elections[0].candidates[1].name, "A"); /* twice */
    ASSERT_CORRUPT(elections[0].candidates[2].name, "B");
    ASSERT_CORRUPT(elections[0].candidates[1].name, "");
    ASSERT_CORRUPT(elections[0].candidates[1].name, "\xc0");
    /* Both could be: the floor is of those that were dropped. */
    ASSERT_SOUND(index_floor, 0);
    ASSERT_SOUND(index_floor, 9);
}

/** Restores one election of a LeaderElectionSnapshot as it is. */
static enum election_status restore_election(const char *raw, size_t size)
{
    static struct draft_bytes election;
    struct draft draft = draft_sound();

    bytes.size = election.size = 0;
    draft_put_head(&bytes, &draft);
    draft_put_session(&bytes, &draft.sessions[1]);
    put_number(&election, 1, 7);
    put_span(&election, 2, "e", 1);
    put_span(&election, 3, raw, size);
    put_span(&bytes, 11, election.data, election.size);
    draft_put_digest(&bytes);
    return restore_bytes();
}

/** What an election reads, but would not write so. */
static void elections_that_are_not_canonical(void **state)
{
    (void)state;
    assert_int_equal(
        restore_election("\x08\x01\x12\x05\x0a\x01\x41\x10\x06", 9),
        ELECTION_OK);
    assert_int_equal(/* its index */
                     restore_election(
                         "\x08\x81\x00\x12\x05\x0a\x01\x41\x10\x06", 10),
                     ELECTION_CORRUPT);
    assert_int_equal(/* the order of fields, */
                     restore_election("\x12\x05\x0a\x01\x41\x10\x06\x08\x01",
                                      9),
                     ELECTION_CORRUPT);
    assert_int_equal(/* of a candidate's fields too */
                     restore_election("\x08\x01\x12\x05\x10\x06\x0a\x01\x41",
                                      9),
                     ELECTION_CORRUPT);
    assert_int_equal(/* an unknown field */
                     restore_election(
                         "\x08\x01\x12\x05\x0a\x01\x41\x10\x06\x20\x01", 11),
                     ELECTION_CORRUPT);
    assert_int_equal(/* its index once more */
                     restore_election(
                         "\x08\x01\x12\x05\x0a\x01\x41\x10\x06\x08\x01", 11),
                     ELECTION_CORRUPT);
}

/** Restores a session 6, or an election behind it, of bytes as they are. */
static enum election_status restore_element(unsigned field, const char *raw,
                                            size_t size)
{
    struct draft draft = draft_sound();

    bytes.size = 0;
    draft_put_head(&bytes, &draft);
    if (field == 11)
        draft_put_session(&bytes, &draft.sessions[1]);
    put_span(&bytes, field, raw, size);
    draft_put_digest(&bytes);
    return restore_bytes();
}

/** Of a whole string, but for its NUL. */
#define RESTORE_SESSION(raw) restore_element(10, raw, sizeof(raw) - 1)
#define RESTORE_ELECTION(raw) restore_element(11, raw, sizeof(raw) - 1)
#define CLIENT "\x12\x01x"
#define TIMES "\x28\xe8\x07\x30\x90\x4e"
#define NAME "\x12\x01n"
#define TERM "\x1a\x09\x08\x01\x12\x05\x0a\x01\x41\x10\x06"

static void elements_that_are_not_canonical(void **state)
{
    static const enum election_status corrupt = ELECTION_CORRUPT;

    (void)state;
    assert_int_equal(RESTORE_SESSION("\x08\x06" CLIENT TIMES), ELECTION_OK);
    assert_int_equal(RESTORE_SESSION("\x08\x86\x00" CLIENT TIMES), corrupt);
    assert_int_equal(RESTORE_SESSION("\x88\x00\x06" CLIENT TIMES), corrupt);
    assert_int_equal(RESTORE_SESSION(CLIENT "\x08\x06" TIMES), corrupt);
    assert_int_equal(RESTORE_SESSION("\x08\x06" CLIENT CLIENT TIMES), corrupt);
    assert_int_equal(RESTORE_SESSION("\x08\x06" CLIENT "\x18\x00" TIMES),
                     corrupt);
    assert_int_equal(RESTORE_SESSION("\x08\x06" CLIENT TIMES "\x3a\x00"),
                     corrupt);
    assert_int_equal(RESTORE_SESSION("\x08\x06" CLIENT TIMES "\x58\x01"),
                     corrupt);
    assert_int_equal(RESTORE_ELECTION("\x08\x07" NAME TERM), ELECTION_OK);
    assert_int_equal(RESTORE_ELECTION("\x08\x87\x00" NAME TERM), corrupt);
    assert_int_equal(RESTORE_ELECTION(NAME "\x08\x07" TERM), corrupt);
    assert_int_equal(RESTORE_ELECTION("\x08\x07" NAME NAME TERM), corrupt);
    assert_int_equal(RESTORE_ELECTION("\x08\x07" NAME TERM "\x20\x01"),
                     corrupt);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sound_one),
        cmocka_unit_test(no_bytes_at_all),
        cmocka_unit_test(unknown_and_malformed_fields),
        cmocka_unit_test(fields_out_of_order),
        cmocka_unit_test(numbers_that_are_not_canonical),
        cmocka_unit_test(every_bit_counts),
        cmocka_unit_test(versions),
        cmocka_unit_test(numbers_of_the_head),
        cmocka_unit_test(ids_of_sessions),
        cmocka_unit_test(clients_of_sessions),
        cmocka_unit_test(times_of_sessions),
        cmocka_unit_test(windows),
        cmocka_unit_test(statuses_of_windows),
        cmocka_unit_test(ids_of_elections),
        cmocka_unit_test(names_of_elections),
        cmocka_unit_test(what_is_in_elections),
        cmocka_unit_test(elections_that_are_not_canonical),
        cmocka_unit_test(elements_that_are_not_canonical),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
