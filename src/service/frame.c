/* SPDX-License-Identifier: Apache-2.0 */
#include "service.h"

#include <stdlib.h>
#include <string.h>

enum {
    /** Room for what arrives at once, and what an idle inbox keeps at most. */
    ROOM_SIZE = 4096,
    /** A power of two that has room for any frame. */
    CAPACITY_MAX = 2 * SERVICE_MESSAGE_SIZE_MAX
};

/** What was taken makes place for what arrives. */
static void forget_taken(struct service_inbox *inbox)
{
    if (inbox->taken == 0)
        return;
    inbox->size -= inbox->taken;
    memmove(inbox->bytes, inbox->bytes + inbox->taken, inbox->size);
    inbox->taken = 0;
}

/** Gives an inbox another capacity. False = no memory; it is as it was. */
static bool resize(struct service_inbox *inbox, size_t capacity)
{
    uint8_t *bytes = realloc(inbox->bytes, capacity);

    if (bytes == NULL)
        return false;
    inbox->bytes = bytes;
    inbox->capacity = capacity;
    return true;
}

bool service_inbox_room(struct service_inbox *inbox, uint8_t **room,
                        size_t *size)
{
    forget_taken(inbox);
    if (inbox->size == inbox->capacity) {
        size_t capacity = inbox->capacity * 2;

        if (capacity > CAPACITY_MAX ||
            !resize(inbox, capacity > 0 ? capacity : ROOM_SIZE))
            return false;
    }
    *room = inbox->bytes + inbox->size;
    *size = inbox->capacity - inbox->size;
    return true;
}

void service_inbox_add(struct service_inbox *inbox, size_t size)
{
    inbox->size += size;
}

enum election_status service_inbox_take(struct service_inbox *inbox,
                                        struct service_span *message)
{
    size_t left = inbox->size - inbox->taken;
    size_t size_max = inbox->message_size_max;
    const uint8_t *head;
    size_t size;

    if (size_max == 0)
        size_max = SERVICE_MESSAGE_SIZE_MAX;
    if (left < SERVICE_HEAD_SIZE)
        return ELECTION_NOT_FOUND;
    head = inbox->bytes + inbox->taken;
    size = (size_t)head[0] << 24 | (size_t)head[1] << 16 |
           (size_t)head[2] << 8 | (size_t)head[3];
    if (size > size_max)
        return ELECTION_INVALID;
    if (left - SERVICE_HEAD_SIZE < size)
        return ELECTION_NOT_FOUND;
    *message = (struct service_span){head + SERVICE_HEAD_SIZE, size};
    inbox->taken += SERVICE_HEAD_SIZE + size;
    return ELECTION_OK;
}

bool service_inbox_is_waiting(const struct service_inbox *inbox)
{
    return inbox->size > inbox->taken;
}

void service_inbox_trim(struct service_inbox *inbox)
{
    if (!service_inbox_is_waiting(inbox) && inbox->capacity > ROOM_SIZE)
        service_inbox_free(inbox);
}

void service_inbox_free(struct service_inbox *inbox)
{
    free(inbox->bytes);
    *inbox =
        (struct service_inbox){.message_size_max = inbox->message_size_max};
}
