/* SPDX-License-Identifier: Apache-2.0 */
#include "adapter.h"

enum election_status
election_raft_create(const struct election_raft_config *config,
                     struct election_raft **adapter)
{
    struct election_allocator allocator;
    struct election_raft *created;

    if (config == NULL || adapter == NULL || config->registry == NULL ||
        config->clock == NULL || !election__allocator_valid(&config->allocator))
        return ELECTION_MISUSE;
    allocator = config->allocator;
    if (allocator.alloc == NULL)
        allocator = election__allocator_default;
    created = election__allocate(&allocator, sizeof *created);
    if (created == NULL)
        return ELECTION_NOMEM;
    *created = (struct election_raft){
        .config = *config,
        .entry = {.allocator = allocator},
        .output = {.allocator = allocator},
    };
    created->config.allocator = allocator;
    created->fsm = election__machine_of(created);
    election__disk_begin(created);
    *adapter = created;
    return ELECTION_OK;
}

void election_raft_destroy(struct election_raft *adapter)
{
    struct election_allocator allocator;

    if (adapter == NULL)
        return;
    allocator = adapter->config.allocator;
    adapter->is_leader = false; /* who is told now can't ask again */
    election_driver_follow(&adapter->driver);
    election__reads_end(adapter);
    election__disk_end(adapter);
    election_buffer_free(&adapter->entry);
    election_buffer_free(&adapter->output);
    election__release(&allocator, adapter);
}

struct raft_fsm *election_raft_fsm(struct election_raft *adapter)
{
    return adapter == NULL ? NULL : &adapter->fsm;
}
