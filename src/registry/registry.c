/* SPDX-License-Identifier: Apache-2.0 */
#include "registry.h"

#include "audience.h"
#include "base/checks.h"
#include "elections.h"
#include "watch.h"

enum election_status
election_registry_create(const struct election_registry_config *config,
                         struct election_registry **registry)
{
    static const struct election_registry_config defaults;
    struct election_allocator allocator;
    struct election_registry *created;
    uint64_t hash_seed;

    if (config == NULL)
        config = &defaults;
    if (registry == NULL || !election__allocator_valid(&config->allocator))
        return ELECTION_MISUSE;
    allocator = config->allocator;
    if (allocator.alloc == NULL)
        allocator = election__allocator_default;
    created = election__allocate(&allocator, sizeof *created);
    if (created == NULL)
        return ELECTION_NOMEM;
    hash_seed = config->hash_seed;
    if (hash_seed == 0)
        hash_seed = (uintptr_t)created;
    *created = (struct election_registry){
        .state = election__state_empty(&allocator, hash_seed),
    };
    *registry = created;
    return ELECTION_OK;
}

void election_registry_destroy(struct election_registry *registry)
{
    struct election_allocator allocator;

    if (registry == NULL)
        return;
    assert(!election__registry_is_notifying(registry));
    assert(registry->snapshot == NULL);
    allocator = registry->state.allocator;
    election_registry_restore_abort(registry);
    election__audience_free(registry);
    election__state_free(&registry->state);
    election__office_free(&allocator, registry->spare);
    election__release(&allocator, registry->spare_candidacy);
    election__release(&allocator, registry);
}

uint64_t election_registry_applied(const struct election_registry *registry)
{
    return registry == NULL ? 0 : registry->state.applied;
}

uint64_t election_registry_log_digest(const struct election_registry *registry)
{
    return registry == NULL ? 0 : registry->state.log_digest;
}
