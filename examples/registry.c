/* SPDX-License-Identifier: Apache-2.0
 *
 * Three replicas of a registry on one log. Alice's answer is lost, so she asks
 * again, and nothing runs twice; then her session expires, and bob leads. The
 * third replica is restored from a snapshot. All end with the same digest.
 */
#include <election/registry.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { REPLICAS = 3 };
static struct election_registry *replicas[REPLICAS];
static struct election_driver driver; /* of the first one, the Raft leader */
static struct election_buffer command, entry, output;
static int count = REPLICAS - 1; /* of replicas that are there */

static void require(enum election_status status)
{
    if (status == ELECTION_OK)
        return;
    fprintf(stderr, "registry: %s\n", election_status_text(status));
    exit(EXIT_FAILURE);
}

/* The log delivers the entry to each replica; the first one's Result counts. */
static struct election_registry_result deliver(void)
{
    struct election_registry_result result;
    uint64_t index = election_registry_applied(replicas[0]) + 1;

    for (int i = count - 1; i >= 0; i--)
        require(election_registry_apply(replicas[i], index, entry.data,
                                        entry.size, &output));
    require(election_registry_result_decode(output.data, output.size, &result,
                                            NULL));
    return result;
}

/* A client's command reaches the Raft leader, whose clock shows time_ms. */
static struct election_registry_result
propose(uint64_t time_ms, struct election_registry_command asked)
{
    require(election_registry_command_encode(&asked, &command));
    require(election_driver_stamp(&driver, replicas[0], command.data,
                                  command.size, time_ms, &entry));
    return deliver();
}

static void enter(uint64_t time_ms, uint64_t session_id, const char *name)
{
    struct election_registry_result result = propose(
        time_ms, (struct election_registry_command){
                     .kind = ELECTION_REGISTRY_PROPOSE,
                     .session_id = session_id,
                     .sequence = 1,
                     .election = "db",
                     .election_size = 2,
                     .command = {ELECTION_OP_ENTER, name, strlen(name)}});

    printf("%s%s: %.*s leads with token %" PRIu64 "\n", name,
           result.is_repeated ? " again" : "",
           (int)result.leadership.leader_size, result.leadership.leader,
           result.leadership.index);
}

int main(void)
{
    static uint8_t bytes[4096];
    struct election_registry_command open = {
        .kind = ELECTION_REGISTRY_OPEN_SESSION, .timeout_ms = 4000};
    struct election_registry_snapshot *snapshot;
    uint64_t wait_ms, alice, bob;
    size_t size;

    for (int i = 0; i < REPLICAS; i++)
        require(election_registry_create(NULL, &replicas[i]));
    election_driver_lead(&driver);
    require(election_driver_next(&driver, replicas[0], 0, &entry, &wait_ms));
    deliver();
    open.client_id = (const uint8_t *)"alice's host";
    open.client_id_size = strlen("alice's host");
    alice = propose(1000, open).session_id;
    enter(1000, alice, "alice");
    enter(2000, alice, "alice"); /* sent again: the answer did not arrive */
    open.client_id = (const uint8_t *)"bob's host";
    open.client_id_size = strlen("bob's host");
    bob = propose(3000, open).session_id;
    enter(4000, bob, "bob");
    require(election_registry_snapshot_begin(replicas[0], &snapshot));
    require(election_registry_snapshot_read(snapshot, bytes, 4096, &size));
    election_registry_snapshot_end(snapshot);
    require(election_registry_restore(replicas[count++], bytes, size));
    enter(5001, bob, "bob"); /* alice was not heard of for 4,000 ms */
    for (int i = 0; i < REPLICAS; i++)
        printf("replica %d: %016" PRIx64 "\n", i + 1,
               election_registry_log_digest(replicas[i]));
}
