/* SPDX-License-Identifier: Apache-2.0
 * What the Raft leader owes the registry: its office, and that time passes.
 */
#include "raft_parts.h"

#include <string.h>

/* There is no call at a change of role: it is looked for. */
bool machine_drive(struct machine *machine, uint64_t time_ms)
{
    bool is_leader = raft_state(machine->raft) == RAFT_LEADER;
    uint64_t wait_ms;

    if (is_leader && !machine->driver.is_leader)
        election_driver_lead(&machine->driver);
    else if (!is_leader)
        election_driver_follow(&machine->driver);
    return election_driver_next(&machine->driver, machine->registry, time_ms,
                                &machine->entry, &wait_ms) == ELECTION_OK &&
           machine->entry.size > 0;
}

/* One entry at a time: libraft gives back no more than one result. */
bool machine_append(struct machine *machine, struct raft_apply *apply)
{
    const struct election_buffer *entry = &machine->entry;
    struct raft_buffer buf = {raft_malloc(entry->size), entry->size};

    if (buf.base == NULL)
        return false;
    memcpy(buf.base, entry->data, entry->size);
    if (raft_apply(machine->raft, apply, &buf, 1, NULL) == 0)
        return true;
    raft_free(buf.base);
    return false;
}
