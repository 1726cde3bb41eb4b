/* SPDX-License-Identifier: Apache-2.0 */
#include "buffer.h"

#include <string.h>

enum { BUFFER_SIZE_MIN = 64 };

/** A buffer that grows by half each time seldom has to. */
static size_t grown_capacity(size_t capacity, size_t size)
{
    size_t grown = capacity + capacity / 2;

    if (grown < BUFFER_SIZE_MIN)
        grown = BUFFER_SIZE_MIN;
    return grown < size ? size : grown;
}

bool election__room_allocate(const struct election_buffer *buffer,
                             const struct election_allocator *allocator,
                             size_t size, struct election__room *room)
{
    *room = (struct election__room){
        .capacity = grown_capacity(buffer->capacity, size),
        .allocator = *allocator,
    };
    if (buffer->allocator.alloc != NULL)
        room->allocator = buffer->allocator;
    room->data = election__allocate(&room->allocator, room->capacity);
    return room->data != NULL;
}

void election__room_give(const struct election__room *room,
                         struct election_buffer *buffer, size_t kept)
{
    if (kept > 0)
        memcpy(room->data, buffer->data, kept);
    election_buffer_free(buffer);
    *buffer = (struct election_buffer){
        .data = room->data,
        .size = kept,
        .capacity = room->capacity,
        .allocator = room->allocator,
    };
}

void election_buffer_free(struct election_buffer *buffer)
{
    const struct election_allocator *allocator;

    if (buffer == NULL)
        return;
    /* Without an allocator of its own it was filled by its owner. */
    allocator = &buffer->allocator;
    if (allocator->free == NULL)
        allocator = &election__allocator_default;
    election__release(allocator, buffer->data);
    buffer->data = NULL;
    buffer->size = 0;
    buffer->capacity = 0;
}
