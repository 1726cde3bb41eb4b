/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Finding candidates by name.
 *
 * Where a roll has room for it, the ids stand in a hash table behind its chains
 * (table.h), under a hash that each entry remembers. In a small roll names are
 * not indexed: they are looked for in the pages, which is as fast.
 */
#ifndef ELECTION_NAMES_H
#define ELECTION_NAMES_H

#include "roll.h"

/** Tells whether names have a table. */
static inline bool election__names_indexed(const struct election__roll *roll)
{
    return !election__roll_is_small(roll);
}

/**
 * Finds a candidate by name. False = there is none. `first` is the first page
 * of the succession.
 */
bool election__names_find(const struct election__roll *roll,
                          struct election__page *first, const char *name,
                          size_t name_size, struct election__place *place);

/** Remembers the hash of a candidate's name, so that it can be indexed. */
void election__names_hash(struct election__roll *roll, uint16_t id,
                          const char *name, size_t name_size);

/**
 * Indexes the names of the candidates with the ids from `from` to `to` - 1,
 * whose hashes are remembered. False = another candidate has such a name; a
 * roll without a table does not notice that.
 */
bool election__names_index(struct election__roll *roll, uint32_t from,
                           uint32_t to);

/**
 * Indexes all names of a roll, whose ids are those below its count. Their
 * hashes are remembered if `are_hashed`.
 */
void election__names_rebuild(struct election__roll *roll, bool are_hashed);

/** Takes a candidate's name out of the index. */
void election__names_remove(struct election__roll *roll, uint16_t id);

#endif
