/* SPDX-License-Identifier: Apache-2.0 */
/* The adapter between a raft and an I/O that does what the test says. */
#include "../support/cmocka_all.h"

#include <string.h>

#include "../support/heap.h"
#include "election/raft.h"

/** One server, which does nothing by itself. */
struct rig {
    struct heap heap;
    struct election_registry *registry;
    struct election_raft *adapter;
    struct raft raft;
    struct raft_io io;
    int answer; /* of the I/O, to the next call */
    struct raft_io_append *append;
    struct raft_io_snapshot_put *put;
    unsigned failed; /* how often that was told */
    unsigned closed;
};

static int rig_append(struct raft_io *io, struct raft_io_append *req,
                      const struct raft_entry entries[], unsigned n,
                      raft_io_append_cb cb)
{
    struct rig *rig = io->impl;

    (void)entries;
    (void)n;
    req->cb = cb;
    rig->append = req;
    return rig->answer;
}

static int rig_put(struct raft_io *io, unsigned trailing,
                   struct raft_io_snapshot_put *req,
                   const struct raft_snapshot *snapshot,
                   raft_io_snapshot_put_cb cb)
{
    struct rig *rig = io->impl;

    (void)trailing;
    (void)snapshot;
    req->cb = cb;
    rig->put = req;
    return rig->answer;
}

/** raft_uv may call back twice. */
static void rig_close(struct raft_io *io, raft_io_close_cb cb)
{
    cb(io);
    cb(io);
}

static void take_close(struct raft_io *io)
{
    struct rig *rig = io->impl;

    rig->closed++;
}

static uint64_t read_clock(void *context)
{
    (void)context;
    return 1;
}

static void hear(void *context, enum election_raft_news news)
{
    struct rig *rig = context;

    assert_int_equal(news, ELECTION_RAFT_FAILED);
    rig->failed++;
}

static void rig_start(struct rig *rig)
{
    struct election_raft_config config = {
        .clock = read_clock, .fn = hear, .context = rig};

    memset(rig, 0, sizeof *rig);
    heap_init(&rig->heap);
    config.allocator = heap_allocator(&rig->heap);
    assert_int_equal(election_registry_create(NULL, &rig->registry),
                     ELECTION_OK);
    config.registry = rig->registry;
    assert_int_equal(election_raft_create(&config, &rig->adapter), ELECTION_OK);
    rig->raft.fsm = election_raft_fsm(rig->adapter);
    rig->raft.state = RAFT_FOLLOWER;
    rig->io.impl = rig;
    rig->io.data = &rig->raft;
    rig->io.append = rig_append;
    rig->io.snapshot_put = rig_put;
    rig->io.close = rig_close;
    election_raft_wrap(rig->adapter, &rig->raft, &rig->io);
}

static void rig_stop(struct rig *rig)
{
    election_raft_destroy(rig->adapter);
    election_registry_destroy(rig->registry);
    assert_true(heap_is_empty(&rig->heap));
}

/* ---- writes ------------------------------------------------------------- */

static void take_append(struct raft_io_append *append, int status)
{
    *(int *)append->data = status;
}

static void take_put(struct raft_io_snapshot_put *put, int status)
{
    *(int *)put->data = status;
}

/** Returns what libraft is told of a write that ends so. */
static int append(struct rig *rig, int status)
{
    int told = -1;
    struct raft_io_append asked = {.data = &told};

    assert_int_equal(rig->io.append(&rig->io, &asked, NULL, 1, take_append), 0);
    assert_ptr_not_equal(rig->append, &asked);
    rig->append->cb(rig->append, status);
    return told;
}

static int put(struct rig *rig, unsigned trailing, int status)
{
    int told = -1;
    struct raft_io_snapshot_put asked = {.data = &told};

    assert_int_equal(
        rig->io.snapshot_put(&rig->io, trailing, &asked, NULL, take_put), 0);
    rig->put->cb(rig->put, status);
    return told;
}

static void a_write_ends_as_it_ends(void **state)
{
    struct rig rig;

    (void)state;
    rig_start(&rig);
    assert_int_equal(append(&rig, 0), 0);
    assert_int_equal(put(&rig, 0, 0), 0);
    assert_int_equal(put(&rig, 1, RAFT_IOERR), RAFT_IOERR);
    rig.raft.state = RAFT_UNAVAILABLE;
    assert_int_equal(put(&rig, 0, RAFT_CANCELED), RAFT_CANCELED);
    assert_int_equal(append(&rig, RAFT_CANCELED), 0);
    assert_int_equal(rig.failed, 0);
    assert_int_equal(append(&rig, RAFT_IOERR), 0);
    assert_int_equal(rig.failed, 1);
    rig_stop(&rig);
}

/** What is refused at once libraft takes back by itself. */
static void a_write_that_is_refused(void **state)
{
    struct raft_io_append asked = {.data = NULL};
    struct raft_io_snapshot_put asked_put = {.data = NULL};
    struct rig rig;

    (void)state;
    rig_start(&rig);
    rig.answer = RAFT_BUSY;
    assert_int_equal(rig.io.append(&rig.io, &asked, NULL, 1, take_append),
                     RAFT_BUSY);
    assert_int_equal(
        rig.io.snapshot_put(&rig.io, 0, &asked_put, NULL, take_put), RAFT_BUSY);
    assert_int_equal(rig.failed, 0);
    rig_stop(&rig);
}

/** The first writes need no memory; then what ended is used again. */
static void many_writes_are_under_way(void **state)
{
    struct raft_io_append *under_way[18];
    int told[18];
    struct raft_io_append asked[18];
    struct rig rig;

    (void)state;
    rig_start(&rig);
    rig.heap.allowed = 0;
    for (unsigned i = 0; i < 18; i++) {
        asked[i] = (struct raft_io_append){.data = &told[i]};
        if (i == 16) {
            assert_int_equal(
                rig.io.append(&rig.io, &asked[i], NULL, 1, take_append),
                RAFT_NOMEM);
            rig.heap.allowed = 2;
        }
        assert_int_equal(
            rig.io.append(&rig.io, &asked[i], NULL, 1, take_append), 0);
        under_way[i] = rig.append;
    }
    for (unsigned i = 0; i < 18; i++) {
        told[i] = -1;
        under_way[i]->cb(under_way[i], 0);
        assert_int_equal(told[i], 0);
    }
    rig.heap.allowed = 0;
    for (unsigned i = 0; i < 18; i++) {
        assert_int_equal(
            rig.io.append(&rig.io, &asked[i], NULL, 1, take_append), 0);
        under_way[i] = rig.append;
    }
    for (unsigned i = 0; i < 18; i++)
        under_way[i]->cb(under_way[i], 0);
    assert_int_equal(rig.failed, 0);
    rig_stop(&rig);
}

/** Nothing is written after that, and of what was under way nothing is heard
 * but that it has ended, when the raft is closed. */
static void check_end(struct rig *rig, struct raft_io_append *under_way,
                      const int *told)
{
    struct raft_io_append asked = {.data = NULL};
    struct raft_io_snapshot_put asked_put = {.data = NULL};

    assert_int_equal(rig->failed, 1);
    under_way->cb(under_way, 0);
    assert_int_equal(*told, -1);
    assert_int_equal(rig->io.append(&rig->io, &asked, NULL, 1, take_append),
                     RAFT_IOERR);
    assert_int_equal(
        rig->io.snapshot_put(&rig->io, 1, &asked_put, NULL, take_put),
        RAFT_IOERR);
    assert_int_equal(rig->failed, 1);
    assert_int_equal(rig->closed, 0);
    rig->raft.state = RAFT_UNAVAILABLE;
    rig->io.close(&rig->io, take_close);
    assert_int_equal(*told, 0);
    assert_int_equal(rig->closed, 1);
    rig_stop(rig);
}

static struct raft_io_append *begin(struct rig *rig,
                                    struct raft_io_append *asked)
{
    rig_start(rig);
    assert_int_equal(rig->io.append(&rig->io, asked, NULL, 1, take_append), 0);
    return rig->append;
}

static void entries_that_are_not_written_end_it(void **state)
{
    int told = -1, told_of_next = -1;
    struct raft_io_append asked = {.data = &told};
    struct raft_io_append next = {.data = &told_of_next};
    struct rig rig;
    struct raft_io_append *under_way = begin(&rig, &asked);

    (void)state;
    assert_int_equal(rig.io.append(&rig.io, &next, NULL, 1, take_append), 0);
    rig.append->cb(rig.append, RAFT_NOSPACE);
    assert_int_equal(told_of_next, -1);
    check_end(&rig, under_way, &told);
    assert_int_equal(told_of_next, 0);
}

static void a_leaders_snapshot_that_is_not_written_ends_it(void **state)
{
    int told = -1;
    struct raft_io_append asked = {.data = &told};
    struct rig rig;
    struct raft_io_append *under_way = begin(&rig, &asked);

    (void)state;
    assert_int_equal(put(&rig, 0, RAFT_IOERR), RAFT_IOERR);
    check_end(&rig, under_way, &told);
}

/* ---- snapshots ---------------------------------------------------------- */

/** libraft would put members into it that may never be. */
static void no_snapshot_while_members_change(void **state)
{
    struct raft_buffer *bytes;
    unsigned count;
    struct rig rig;
    struct raft_fsm *machine;

    (void)state;
    rig_start(&rig);
    machine = rig.raft.fsm;
    rig.raft.configuration_uncommitted_index = 1;
    assert_int_equal(machine->snapshot(machine, &bytes, &count), RAFT_BUSY);
    rig.raft.configuration_uncommitted_index = 0;
    assert_int_equal(machine->snapshot(machine, &bytes, &count), 0);
    assert_int_equal(machine->snapshot_async(machine, &bytes, &count), 0);
    assert_int_equal(machine->snapshot_finalize(machine, &bytes, &count), 0);
    rig_stop(&rig);
}

/* ---- entries ------------------------------------------------------------ */

/** Applies an entry as it comes from the log; returns the digest of all. */
static uint64_t digest_of(const void *bytes, size_t size)
{
    uint8_t copy[16] = "";
    struct raft_buffer entry = {copy, size};
    struct rig rig;
    void *result = &rig;
    uint64_t digest;

    memcpy(copy, bytes, size);
    rig_start(&rig);
    assert_int_equal(rig.raft.fsm->apply(rig.raft.fsm, &entry, &result), 0);
    assert_null(result);
    digest = election_registry_log_digest(rig.registry);
    rig_stop(&rig);
    return digest;
}

static void an_entry_is_what_was_padded(void **state)
{
    uint64_t nothing = digest_of("", 0);
    uint64_t x = digest_of("x\7\7\7\7\7\7\7", 8);

    (void)state;
    assert_int_equal(digest_of("\10\10\10\10\10\10\10\10", 8), nothing);
    assert_int_equal(digest_of("x\1", 2), x);
    assert_int_not_equal(x, nothing);
}

static void an_entry_that_was_not_padded_is_itself(void **state)
{
    (void)state;
    assert_int_not_equal(digest_of("\0", 1), digest_of("", 0));
    assert_int_not_equal(digest_of("\2", 1), digest_of("", 0));
    assert_int_not_equal(digest_of("xxxxxxxxx\11", 10), digest_of("x", 1));
    assert_int_equal(digest_of("\1", 1), digest_of("", 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_write_ends_as_it_ends),
        cmocka_unit_test(a_write_that_is_refused),
        cmocka_unit_test(many_writes_are_under_way),
        cmocka_unit_test(entries_that_are_not_written_end_it),
        cmocka_unit_test(a_leaders_snapshot_that_is_not_written_ends_it),
        cmocka_unit_test(no_snapshot_while_members_change),
        cmocka_unit_test(an_entry_is_what_was_padded),
        cmocka_unit_test(an_entry_that_was_not_padded_is_itself),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
