/* SPDX-License-Identifier: Apache-2.0 */
#include "elections.h"

#include <string.h>

#include "base/checks.h"
#include "core/embed.h"

bool election__election_name_valid(const char *name, size_t name_size)
{
    /* The rule is that of candidates' names. */
    const struct election_command enter = {ELECTION_OP_ENTER, name, name_size};

    return election__command_judge(&enter) == ELECTION_OK;
}

struct election__office *
election__office_find(const struct election__state *state, const char *name,
                      size_t name_size)
{
    struct election__chained *item = election__chains_find(
        &state->elections.by_name,
        election__chains_hash(state->hash_seed, name, name_size));

    for (; item != NULL; item = election__chains_next(item)) {
        struct election__office *office =
            ELECTION__ITEM_OF(struct election__office, by_name, item);

        if (office->name_size == name_size &&
            memcmp(office->name, name, name_size) == 0)
            return office;
    }
    return NULL;
}

struct election__office *
election__office_create(const struct election__state *state,
                        size_t name_capacity)
{
    const struct election_config config = {
        .allocator = state->allocator,
        .hash_seed = state->hash_seed,
    };
    struct election__office *office =
        election__allocate(&state->allocator, sizeof *office + name_capacity);

    if (office == NULL)
        return NULL;
    *office = (struct election__office){
        .name_capacity = (uint8_t)name_capacity,
    };
    if (election_create(&config, &office->election) != ELECTION_OK) {
        election__release(&state->allocator, office);
        return NULL;
    }
    return office;
}

void election__office_free(const struct election_allocator *allocator,
                           struct election__office *office)
{
    if (office == NULL)
        return;
    election_destroy(office->election);
    election__release(allocator, office);
}

bool election__office_reserve(struct election__state *state)
{
    return election__chains_reserve(&state->elections.by_name,
                                    &state->allocator) &&
           election__order_reserve(&state->elections.order, &state->allocator);
}

void election__office_name(struct election__state *state,
                           struct election__office *office, const char *name,
                           size_t name_size)
{
    assert(name_size <= office->name_capacity);
    memcpy(office->name, name, name_size);
    office->name_size = (uint8_t)name_size;
    election__chains_add(
        &state->elections.by_name, &office->by_name,
        election__chains_hash(state->hash_seed, name, name_size));
}

void election__office_found(struct election__state *state,
                            struct election__office *office, uint64_t id)
{
    office->id = id;
    election__order_append(&state->elections.order, id, office);
}

void election__office_drop(struct election__state *state,
                           struct election__office *office)
{
    uint64_t index = election_index(office->election);

    assert(election__office_is_vacant(office));
    if (state->index_floor < index)
        state->index_floor = index;
    election__order_remove(&state->elections.order, office->id);
    office->id = 0;
}

void election__office_retire(struct election__state *state,
                             struct election__office *office)
{
    assert(office->id == 0);
    election__chains_remove(&state->elections.by_name, &office->by_name);
}

bool election__office_is_vacant(const struct election__office *office)
{
    struct election_candidate leader;

    return election_leader(office->election, &leader) != ELECTION_OK;
}

void election__elections_trim(struct election__state *state)
{
    election__chains_trim(&state->elections.by_name, &state->allocator);
    election__order_trim(&state->elections.order, &state->allocator);
}
