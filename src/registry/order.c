/* SPDX-License-Identifier: Apache-2.0 */
#include "order.h"

#include <string.h>

#include "base/checks.h"

enum { CAPACITY_MIN = 8 };

static void sweep(struct election__order *order)
{
    size_t kept = 0;

    for (size_t i = 0; i < order->used; i++)
        if (order->list[i].item != NULL)
            order->list[kept++] = order->list[i];
    order->used = kept;
}

/** Makes room for so many. False = no memory. */
static bool resize_list(struct election__order *order,
                        const struct election_allocator *allocator,
                        size_t capacity)
{
    struct election__ordered *list =
        election__allocate(allocator, capacity * sizeof *list);

    if (list == NULL)
        return false;
    if (order->used > 0)
        memcpy(list, order->list, order->used * sizeof *list);
    election__release(allocator, order->list);
    order->list = list;
    order->capacity = capacity;
    return true;
}

bool election__order_reserve(struct election__order *order,
                             const struct election_allocator *allocator)
{
    if (order->used < order->capacity)
        return true;
    if (order->count <= order->used / 2 && order->used > 0) {
        sweep(order);
        return true;
    }
    if (order->capacity == 0)
        return resize_list(order, allocator, CAPACITY_MIN);
    return resize_list(order, allocator, order->capacity + order->capacity / 2);
}

void election__order_append(struct election__order *order, uint64_t id,
                            void *item)
{
    assert(order->used < order->capacity);
    assert(order->used == 0 || order->list[order->used - 1].id < id);
    order->list[order->used++] = (struct election__ordered){id, item};
    order->count++;
}

size_t election__order_after(const struct election__order *order, uint64_t id)
{
    size_t from = 0;
    size_t to = order->used;

    while (from < to) {
        size_t middle = from + (to - from) / 2;

        if (order->list[middle].id <= id)
            from = middle + 1;
        else
            to = middle;
    }
    return from;
}

void election__order_remove(struct election__order *order, uint64_t id)
{
    size_t position = election__order_after(order, id) - 1;

    assert(order->list[position].id == id);
    order->list[position].item = NULL;
    order->count--;
}

void election__order_trim(struct election__order *order,
                          const struct election_allocator *allocator)
{
    if (order->used < CAPACITY_MIN || order->count > order->used / 2)
        return;
    sweep(order);
    if (order->capacity > (size_t)4 * CAPACITY_MIN &&
        order->capacity > 3 * order->count)
        (void)resize_list(order, allocator,
                          order->count + order->count / 2 + CAPACITY_MIN);
}

void election__order_free(struct election__order *order,
                          const struct election_allocator *allocator)
{
    election__release(allocator, order->list);
    *order = (struct election__order){NULL, 0, 0, 0};
}
