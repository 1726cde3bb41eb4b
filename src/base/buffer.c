#include "buffer.h"

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
    room->allocator =
        buffer->allocator.alloc != NULL ? buffer->allocator : *allocator;
    room->capacity = grown_capacity(buffer->capacity, size);
    room->data = election__allocate(&room->allocator, room->capacity);
    return room->data != NULL;
}

void election__buffer_commit(struct election_buffer *buffer,
                             const struct election__room *room)
{
    if (room->data == NULL)
        return;
    election__release(&room->allocator, buffer->data);
    buffer->data = room->data;
    buffer->capacity = room->capacity;
    buffer->allocator = room->allocator;
}

void election__buffer_cancel(const struct election__room *room)
{
    if (room->data != NULL)
        election__release(&room->allocator, room->data);
}

void election_buffer_free(struct election_buffer *buffer)
{
    if (buffer == NULL)
        return;
    if (buffer->data != NULL)
        election__release(&buffer->allocator, buffer->data);
    buffer->data = NULL;
    buffer->size = 0;
    buffer->capacity = 0;
}
