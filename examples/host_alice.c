/* SPDX-License-Identifier: Apache-2.0 */
#include "host_alice.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static uint64_t session_id;

bool alice_asks(const char *step, uint64_t sequence,
                struct election_buffer *command)
{
    struct election_registry_command asked = {
        .kind = ELECTION_REGISTRY_PROPOSE,
        .session_id = session_id,
        .sequence = sequence,
        .election = "db",
        .election_size = strlen("db"),
        .command = {ELECTION_OP_ENTER, "alice", strlen("alice")},
    };

    if (strcmp(step, "open") == 0) {
        asked.kind = ELECTION_REGISTRY_OPEN_SESSION;
        asked.client_id = (const uint8_t *)"alice's host";
        asked.client_id_size = strlen("alice's host");
        asked.timeout_ms = 10000;
    } else if (strcmp(step, "withdraw") == 0) {
        asked.command.op = ELECTION_OP_WITHDRAW;
    } else if (strcmp(step, "enter") != 0) {
        return false;
    }
    return election_registry_command_encode(&asked, command) == ELECTION_OK;
}

bool alice_hears(const struct election_buffer *result)
{
    struct election_registry_result decoded;

    if (election_registry_result_decode(result->data, result->size, &decoded,
                                        NULL) != ELECTION_OK)
        return false;
    if (decoded.kind == ELECTION_REGISTRY_RESULT_SESSION)
        session_id = decoded.session_id;
    printf("alice hears: %s%s\n", election_status_text(decoded.status),
           decoded.is_repeated ? ", before" : "");
    return true;
}

void alice_watches(void *context, struct election_registry *registry,
                   const uint8_t *event, size_t event_size)
{
    struct election_registry_event decoded;

    (void)context;
    (void)registry;
    if (election_registry_event_decode(event, event_size, &decoded, NULL) !=
        ELECTION_OK)
        return;
    printf("db: %s leads, token %" PRIu64 "\n",
           decoded.leadership.leader != NULL ? "alice" : "nobody",
           decoded.leadership.index);
}
