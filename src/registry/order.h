/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Things in the order of their ids. New ones have the highest id, so they are
 * put at the end of a list; who leaves is struck out, and when half of the list
 * is struck out it is swept. So walking is fast, and finding is by halving.
 */
#ifndef ELECTION_ORDER_H
#define ELECTION_ORDER_H

#include "base/allocator.h"

struct election__ordered {
    uint64_t id;
    void *item; /* NULL = struck out */
};

/** Zero = empty. */
struct election__order {
    struct election__ordered *list;
    size_t used; /* struck out ones too */
    size_t count;
    size_t capacity;
};

/** Makes room for one more. False = no memory, nothing has changed. */
bool election__order_reserve(struct election__order *order,
                             const struct election_allocator *allocator);

/** Adds what has a higher id than all others, for which there is room. */
void election__order_append(struct election__order *order, uint64_t id,
                            void *item);

/** Strikes out what is there under an id. */
void election__order_remove(struct election__order *order, uint64_t id);

/** Returns the position of the first with a higher id, to start a walk at. */
size_t election__order_after(const struct election__order *order, uint64_t id);

/** Returns the next item of a walk, or NULL at its end. */
static inline void *election__order_next(const struct election__order *order,
                                         size_t *position)
{
    while (*position < order->used) {
        void *item = order->list[(*position)++].item;

        if (item != NULL)
            return item;
    }
    return NULL;
}

/** Sweeps a list that is mostly struck out; without memory not as well. */
void election__order_trim(struct election__order *order,
                          const struct election_allocator *allocator);

/** Releases the list, not the items. */
void election__order_free(struct election__order *order,
                          const struct election_allocator *allocator);

#endif
