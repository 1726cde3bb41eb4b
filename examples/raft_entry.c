/* SPDX-License-Identifier: Apache-2.0
 *
 * A log entry in an envelope: one byte that says what it is, the id of the
 * session in 8 bytes, the lowest first, and the input. As the first byte
 * decides, an empty input is never taken for the end of a session.
 */
#include "raft_parts.h"

#include <string.h>

enum { HEAD_SIZE = 9 };

bool entry_make(struct raft_buffer *entry, enum entry_kind kind,
                uint64_t session_id, enum election_op op, const char *name)
{
    struct election_buffer input = ELECTION_BUFFER_INIT;
    struct election_command command = {op, name, name ? strlen(name) : 0};
    uint8_t *bytes;

    if (name != NULL && election_input_encode(&command, &input) != ELECTION_OK)
        return false;
    entry->len = HEAD_SIZE + input.size;
    entry->base = bytes = raft_malloc(entry->len);
    if (bytes != NULL) {
        bytes[0] = (uint8_t)kind;
        for (int i = 1; i < HEAD_SIZE; i++)
            bytes[i] = (uint8_t)(session_id >> 8 * (i - 1));
        if (input.size > 0)
            memcpy(bytes + HEAD_SIZE, input.data, input.size);
    }
    election_buffer_free(&input);
    return bytes != NULL;
}

/* What cannot be read is an outcome too: all replicas read the same bytes. */
enum election_status entry_apply(const struct raft_buffer *entry,
                                 struct election *election)
{
    const uint8_t *bytes = entry->base;
    uint64_t session_id = 0;

    if (entry->len < HEAD_SIZE)
        return ELECTION_INVALID;
    for (int i = 1; i < HEAD_SIZE; i++)
        session_id |= (uint64_t)bytes[i] << 8 * (i - 1);
    if (bytes[0] == ENTRY_SESSION_END)
        return election_close_session(election, session_id);
    if (bytes[0] != ENTRY_COMMAND)
        return ELECTION_UNSUPPORTED;
    /* Where a client waits for the answer, an output goes in place of NULL. */
    return election_apply(election, session_id, bytes + HEAD_SIZE,
                          entry->len - HEAD_SIZE, NULL);
}
