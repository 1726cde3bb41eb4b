/* SPDX-License-Identifier: Apache-2.0 */
/* Needs libelection-registry. */
#include <election/registry.h>

#include <stdio.h>
#include <stdlib.h>

static struct election_driver driver;
static struct election_registry *registry;

/** Applies an entry, and shows what came of it. */
static struct election_registry_result
apply(const struct election_buffer *entry)
{
    static struct election_buffer output;
    struct election_registry_result result = {.applied = 0};

    if (election_registry_apply(
            registry, election_registry_applied(registry) + 1, entry->data,
            entry->size, &output) != ELECTION_OK ||
        election_registry_result_decode(output.data, output.size, &result,
                                        NULL) != ELECTION_OK)
        exit(1);
    return result;
}

static struct election_registry_result
propose(const struct election_registry_command *command)
{
    static struct election_buffer bytes;
    static struct election_buffer entry;

    if (election_registry_command_encode(command, &bytes) != ELECTION_OK ||
        election_driver_stamp(&driver, registry, bytes.data, bytes.size, 1000,
                              &entry) != ELECTION_OK)
        exit(1);
    return apply(&entry);
}

int main(void)
{
    struct election_registry_command open = {
        .kind = ELECTION_REGISTRY_OPEN_SESSION,
        .client_id = (const uint8_t *)"client",
        .client_id_size = 6,
        .timeout_ms = 10000,
    };
    struct election_registry_command enter = {
        .kind = ELECTION_REGISTRY_PROPOSE,
        .sequence = 1,
        .election = "database",
        .election_size = 8,
        .command = {ELECTION_OP_ENTER, "alice", 5},
    };
    static struct election_buffer tick;
    struct election_registry_result result;
    uint64_t wait_ms;

    if (election_registry_create(NULL, &registry) != ELECTION_OK)
        return 1;
    election_driver_lead(&driver);
    if (election_driver_next(&driver, registry, 1000, &tick, &wait_ms) !=
        ELECTION_OK)
        return 1;
    (void)apply(&tick);
    enter.session_id = propose(&open).session_id;
    result = propose(&enter);
    printf("tenure %d: %.*s leads\n", (int)result.leadership.index,
           (int)result.leadership.leader_size, result.leadership.leader);
    election_registry_destroy(registry);
    return 0;
}
