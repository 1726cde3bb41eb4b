/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A hash table whose items are chained through a member of their own: adding
 * needs memory only when the row of heads grows, removing never.
 *
 * Hashes come from base/hash.h, keyed, as names and ids may come from
 * strangers, and lead with their upper bits.
 */
#ifndef ELECTION_CHAINS_H
#define ELECTION_CHAINS_H

#include "base/allocator.h"
#include "base/hash.h"

/** The member of an item. */
struct election__chained {
    struct election__chained *next;
    uint64_t hash;
};

/** The items whose hashes lead to the same place. */
struct election__chain {
    struct election__chained *first;
};

/** Zero = empty. */
struct election__chains {
    struct election__chain *heads; /* 2^bits; NULL while there are none */
    size_t count;
    unsigned bits;
};

/** Returns the item of the struct that has a member. */
#define ELECTION__ITEM_OF(type, member, chained)                               \
    ((type *)(void *)((char *)(chained)-offsetof(type, member)))

/** Returns the hash of a name, or of a client's id, for a table of them. */
static inline uint64_t election__chains_hash(uint64_t seed, const void *bytes,
                                             size_t size)
{
    return (uint64_t)election__hash(seed, bytes, size) << 32;
}

/** Makes room for one more item. False = no memory, nothing has changed. */
bool election__chains_reserve(struct election__chains *chains,
                              const struct election_allocator *allocator);

/** Adds an item, for which there is room. */
void election__chains_add(struct election__chains *chains,
                          struct election__chained *item, uint64_t hash);

/** Removes an item. */
void election__chains_remove(struct election__chains *chains,
                             const struct election__chained *item);

/** Returns the first item with a hash, or NULL. */
static inline struct election__chained *
election__chains_find(const struct election__chains *chains, uint64_t hash)
{
    struct election__chained *item;

    if (chains->heads == NULL)
        return NULL;
    item = chains->heads[hash >> (64 - chains->bits)].first;
    while (item != NULL && item->hash != hash)
        item = item->next;
    return item;
}

/** Returns the next item with the same hash, or NULL. */
static inline struct election__chained *
election__chains_next(const struct election__chained *item)
{
    uint64_t hash = item->hash;
    struct election__chained *next = item->next;

    while (next != NULL && next->hash != hash)
        next = next->next;
    return next;
}

/** Makes a row that is mostly empty smaller, if there is memory for that. */
void election__chains_trim(struct election__chains *chains,
                           const struct election_allocator *allocator);

/** Releases the row, not the items. */
void election__chains_free(struct election__chains *chains,
                           const struct election_allocator *allocator);

#endif
