/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Growing a caller's buffer without ever leaving it half changed.
 *
 * A call that only reads takes its place in the buffer at once, by
 * election__buffer_place(). A call that changes an election first reserves
 * room, then changes the election, then commits the room and writes. So the
 * only step that can fail comes before the first change, and a failed call
 * leaves the buffer's bytes where they were.
 */
#ifndef ELECTION_BUFFER_H
#define ELECTION_BUFFER_H

#include "allocator.h"

/** Memory set aside for a buffer; `data` is NULL if it has room already. */
struct election__room {
    uint8_t *data;
    size_t capacity; /* bytes */
    struct election_allocator allocator;
};

/** Sets aside room for a buffer whose own is less than `size` bytes. */
ELECTION_API bool
election__room_allocate(const struct election_buffer *buffer,
                        const struct election_allocator *allocator, size_t size,
                        struct election__room *room);

/**
 * Sets aside room for `size` bytes, from the buffer's own allocator or, if it
 * has none yet, from `allocator`. False = out of memory. A NULL buffer needs
 * no room.
 */
static inline bool
election__buffer_reserve(const struct election_buffer *buffer,
                         const struct election_allocator *allocator,
                         size_t size, struct election__room *room)
{
    room->data = NULL;
    return buffer == NULL || size <= buffer->capacity ||
           election__room_allocate(buffer, allocator, size, room);
}

/** Gives the room to the buffer, whose first `kept` bytes stay. */
ELECTION_API void election__room_give(const struct election__room *room,
                                      struct election_buffer *buffer,
                                      size_t kept);

/** Gives the room to the buffer, whose old bytes are gone. */
static inline void election__buffer_commit(struct election_buffer *buffer,
                                           const struct election__room *room)
{
    if (room->data != NULL)
        election__room_give(room, buffer, 0);
}

/** Gives the room back to the allocator. */
static inline void election__buffer_cancel(const struct election__room *room)
{
    election__release(&room->allocator, room->data);
}

/**
 * Makes room for `size` bytes behind the first `kept` of those that the buffer
 * holds, and returns where to write them. The buffer's size is not yet theirs.
 * NULL = out of memory, and the buffer is as it was.
 */
static inline uint8_t *
election__buffer_place(struct election_buffer *buffer,
                       const struct election_allocator *allocator, size_t kept,
                       size_t size)
{
    struct election__room room;

    if (!election__buffer_reserve(buffer, allocator, kept + size, &room))
        return NULL;
    if (room.data != NULL)
        election__room_give(&room, buffer, kept);
    return buffer->data + kept;
}

/** Tells whether a buffer can be used: NULL, or with a whole allocator. */
static inline bool election__buffer_valid(const struct election_buffer *buffer)
{
    return buffer == NULL || election__allocator_valid(&buffer->allocator);
}

/** Makes the buffer empty, as the answer to an input that has none. */
static inline void election__buffer_clear(struct election_buffer *buffer)
{
    if (buffer != NULL)
        buffer->size = 0;
}

#endif
