/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a node and its clients say to each other: any bytes, however they are
 * cut, are the same messages; and what can be read of them is written again so
 * that it reads the same, in no more bytes.
 *
 * A case is how many bytes arrive at once, less one, and then all of them.
 */
#include <string.h>

#include "election/registry.h"
#include "fuzz.h"
#include "service/service.h"

enum { ROOM_SIZE = 4096, LOST_MAX = 64 };

/** What came out of the frames. */
struct harvest {
    size_t count;
    size_t size; /* bytes of all messages */
    bool is_too_large;
};

/** Copies a message, so that reading on is caught. */
static uint8_t *copy_of(const struct service_span *message)
{
    uint8_t *copy = malloc(message->size > 0 ? message->size : 1);

    require(copy != NULL);
    if (message->size > 0)
        memcpy(copy, message->bytes, message->size);
    return copy;
}

/** The frame has as many bytes as its head says, and no more than it may. */
static struct service_span open_frame(const struct election_buffer *output,
                                      size_t size_max)
{
    size_t size = output->size - SERVICE_HEAD_SIZE;

    require(output->size >= SERVICE_HEAD_SIZE && size <= size_max);
    require(((size_t)output->data[0] << 24 | (size_t)output->data[1] << 16 |
             (size_t)output->data[2] << 8 | output->data[3]) == size);
    return (struct service_span){output->data + SERVICE_HEAD_SIZE, size};
}

static void require_same(const struct election_buffer *first,
                         const struct election_buffer *second)
{
    require(first->size == second->size);
    require(memcmp(first->data, second->data, first->size) == 0);
}

static void try_request(const struct service_span *message)
{
    struct election_buffer first = ELECTION_BUFFER_INIT;
    struct election_buffer second = ELECTION_BUFFER_INIT;
    struct service_request request, again;
    enum election_status status =
        service_request_read(message->bytes, message->size, &request);

    require(status == ELECTION_OK || status == ELECTION_INVALID ||
            status == ELECTION_UNSUPPORTED);
    if (status == ELECTION_UNSUPPORTED)
        require(request.kind == SERVICE_NO_REQUEST);
    if (status == ELECTION_OK) {
        struct service_span written;

        require(service_request_write(&request, &first) == ELECTION_OK);
        written = open_frame(&first, message->size);
        require(service_request_read(written.bytes, written.size, &again) ==
                ELECTION_OK);
        require(again.id == request.id && again.kind == request.kind);
        require(service_request_write(&again, &second) == ELECTION_OK);
        require_same(&first, &second);
    }
    election_buffer_free(&first);
    election_buffer_free(&second);
}

static void try_response(const struct service_span *message)
{
    struct election_buffer first = ELECTION_BUFFER_INIT;
    struct election_buffer second = ELECTION_BUFFER_INIT;
    struct service_response response, again;
    enum election_status status =
        service_response_read(message->bytes, message->size, &response);

    require(status == ELECTION_OK || status == ELECTION_INVALID ||
            status == ELECTION_UNSUPPORTED);
    if (status == ELECTION_UNSUPPORTED)
        require(response.kind == SERVICE_NO_RESPONSE);
    if (status == ELECTION_OK) {
        struct service_span written;

        require(service_response_write(&response, &first) == ELECTION_OK);
        written = open_frame(&first, message->size);
        require(service_response_read(written.bytes, written.size, &again) ==
                ELECTION_OK);
        require(again.id == response.id && again.kind == response.kind);
        require(service_response_write(&again, &second) == ELECTION_OK);
        require_same(&first, &second);
    }
    election_buffer_free(&first);
    election_buffer_free(&second);
}

/** Takes all messages that have arrived. */
static void take_all(struct service_inbox *inbox, struct harvest *harvest)
{
    struct service_span message;
    enum election_status status;

    while ((status = service_inbox_take(inbox, &message)) == ELECTION_OK) {
        struct service_span copy = {copy_of(&message), message.size};

        harvest->count++;
        harvest->size += message.size;
        try_request(&copy);
        try_response(&copy);
        free((void *)copy.bytes);
    }
    harvest->is_too_large = status == ELECTION_INVALID;
    require(harvest->is_too_large || status == ELECTION_NOT_FOUND);
}

/** So many bytes arrive at once, until a frame is too large. */
static struct harvest feed(const uint8_t *data, size_t size, size_t at_once)
{
    struct service_inbox inbox = {0};
    struct harvest harvest = {0};
    size_t at = 0;

    while (at < size && !harvest.is_too_large) {
        size_t part;
        uint8_t *room;

        require(service_inbox_room(&inbox, &room, &part) && part > 0);
        require(inbox.capacity <= ROOM_SIZE || inbox.capacity <= 2 * at);
        part = part < at_once ? part : at_once;
        part = part < size - at ? part : size - at;
        memcpy(room, data + at, part);
        service_inbox_add(&inbox, part);
        at += part;
        take_all(&inbox, &harvest);
    }
    if (!harvest.is_too_large)
        require(service_inbox_is_waiting(&inbox) ==
                (size > harvest.size + harvest.count * SERVICE_HEAD_SIZE));
    service_inbox_free(&inbox);
    return harvest;
}

/** Lost sessions are those that the registry's own decoder finds. */
static void try_keep_alive(const uint8_t *data, size_t size)
{
    struct election_buffer output = ELECTION_BUFFER_INIT;
    struct election_registry_result result;
    uint64_t ids[LOST_MAX];
    size_t count =
        size / sizeof *ids < LOST_MAX ? size / sizeof *ids : LOST_MAX;

    memcpy(ids, data, count * sizeof *ids);
    require(service_keep_alive_result(1 + size, ids, count, &output) ==
            ELECTION_OK);
    require(election_registry_result_decode(output.data, output.size, &result,
                                            NULL) == ELECTION_OK);
    require(result.applied == 1 + size && result.lost_count == count);
    election_buffer_free(&output);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct harvest whole, cut;

    if (size < 1)
        return 0;
    whole = feed(data + 1, size - 1, size);
    cut = feed(data + 1, size - 1, (size_t)data[0] + 1);
    require(whole.count == cut.count && whole.size == cut.size &&
            whole.is_too_large == cut.is_too_large);
    try_keep_alive(data + 1, size - 1);
    return 0;
}
