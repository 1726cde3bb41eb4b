/* SPDX-License-Identifier: Apache-2.0
 *
 * A host without a Raft library: one process, its log in a file, its role by
 * hand. All that a host has to call stands here once.
 *
 *     host DIR STEP...      steps: lead follow snapshot open enter withdraw
 *
 * The place of a step is its sequence number: after a crash the same steps can
 * be run again, and nothing happens twice.
 */
#define _POSIX_C_SOURCE 200809L
#include "host_alice.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static struct election_registry *registry;
static struct election_driver driver;
static FILE *disk;       /* the log: before each entry its index and its size */
static long applied_end; /* in the log: of what was applied */
static struct election_buffer command, entry, output;
static uint8_t bytes[1 << 16];

static void require(bool good)
{
    if (!good)
        exit(EXIT_FAILURE);
}

/* Read for each call, of a clock that runs on while the machine sleeps. */
static uint64_t clock_ms(void)
{
    struct timespec now;

    require(clock_gettime(CLOCK_BOOTTIME, &now) == 0);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* What is committed, every replica applies; what its snapshot has is SKIPPED.
 * Below zero it stops: on NOMEM to start again, on VERSION for a newer library,
 * on DIVERGED for good. */
static void deliver(void)
{
    uint64_t head[2];

    require(fseek(disk, applied_end, SEEK_SET) == 0);
    while (fread(head, sizeof head, 1, disk) == 1 && head[1] <= sizeof bytes &&
           fread(bytes, head[1], 1, disk) == 1) {
        require(election_registry_apply(registry, head[0], bytes, head[1],
                                        &output) >= 0);
        applied_end = ftell(disk);
    }
}

/* Here Raft would replicate it: this majority of one is there on the disk. */
static void append(void)
{
    uint64_t head[2] = {election_registry_applied(registry) + 1, entry.size};

    require(fwrite(head, sizeof head, 1, disk) == 1 &&
            fwrite(entry.data, entry.size, 1, disk) == 1 && fflush(disk) == 0 &&
            fsync(fileno(disk)) == 0);
    deliver();
}

/* Reading may go on in another thread. Then the log can begin anew. */
static void save(void)
{
    struct election_registry_snapshot *snapshot;
    FILE *file = fopen("snapshot.new", "wb");
    size_t size = 1;

    require(file != NULL &&
            election_registry_snapshot_begin(registry, &snapshot) == 0);
    for (; size > 0; require(fwrite(bytes, 1, size, file) == size))
        require(!election_registry_snapshot_read(snapshot, bytes, 99, &size));
    election_registry_snapshot_end(snapshot);
    require(fflush(file) == 0 && fsync(fileno(file)) == 0 && !fclose(file));
    require(rename("snapshot.new", "snapshot") == 0);
    require(ftruncate(fileno(disk), applied_end = 0) == 0);
}

/* The leader's half: after each entry, each change of role, and each wait. */
static void drive(void)
{
    uint64_t wait_ms;

    while (!election_driver_next(&driver, registry, clock_ms(), &entry,
                                 &wait_ms) &&
           entry.size > 0)
        append();
}

/* What a client has sent. Out of office: it must try elsewhere, or later. */
static void propose(const char *step, uint64_t sequence)
{
    require(alice_asks(step, sequence, &command));
    if (election_driver_stamp(&driver, registry, command.data, command.size,
                              clock_ms(), &entry) != ELECTION_OK) {
        puts("not in office");
        return;
    }
    append();
    require(alice_hears(&output));
}

/* The snapshot first, and then what the log has beyond it. */
static void start(void)
{
    FILE *file = fopen("snapshot", "rb");

    require(!election_registry_create(NULL, &registry));
    if (file != NULL) {
        size_t size = fread(bytes, 1, sizeof bytes, file);

        require(!election_registry_restore(registry, bytes, size));
        (void)fclose(file);
    }
    disk = fopen("log", "a+b");
    require(disk != NULL);
    deliver();
    /* An entry that a crash has cut was never committed. */
    require(ftruncate(fileno(disk), applied_end) == 0);
    require(!election_registry_watch(registry, "db", 2, ELECTION_SCOPE_LEADER,
                                     alice_watches, NULL, NULL));
}

int main(int argc, char **argv)
{
    require(argc > 1 && chdir(argv[1]) == 0);
    start();
    for (int i = 2; i < argc; i++) {
        if (strcmp(argv[i], "lead") == 0)
            election_driver_lead(&driver);
        else if (strcmp(argv[i], "follow") == 0)
            election_driver_follow(&driver);
        else if (strcmp(argv[i], "snapshot") == 0)
            save();
        else
            propose(argv[i], (uint64_t)i);
        drive();
    }
    election_registry_destroy(registry);
}
