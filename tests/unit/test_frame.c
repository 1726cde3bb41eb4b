/* SPDX-License-Identifier: Apache-2.0 */
#include "../support/cmocka_all.h"

#include <string.h>

#include "service/service.h"

/* Bytes as they arrive, and the frames in them. */

/** Bytes arrive; returns how many of the next messages came out. */
static size_t arrive(struct service_inbox *inbox, const uint8_t *bytes,
                     size_t size, const struct service_span *next)
{
    struct service_span message;
    size_t taken = 0;

    while (size > 0) {
        size_t part;
        uint8_t *room;

        assert_true(service_inbox_room(inbox, &room, &part));
        assert_true(part > 0);
        part = part < size ? part : size;
        memcpy(room, bytes, part);
        service_inbox_add(inbox, part);
        bytes += part;
        size -= part;
        while (service_inbox_take(inbox, &message) == ELECTION_OK) {
            assert_int_equal(message.size, next->size);
            assert_true(next->size == 0 ||
                        memcmp(message.bytes, next->bytes, next->size) == 0);
            next++;
            taken++;
        }
    }
    return taken;
}

/** Cut in two at every byte; and one byte after the other. */
static void cut_frames(void **state)
{
    static uint8_t bytes[600];
    const struct service_span messages[] = {
        {bytes, 1},   {bytes, 0}, {bytes + 1, 255}, {bytes, 256},
        {bytes, 600}, {bytes, 0}, {bytes, 2}};
    const size_t count = sizeof messages / sizeof *messages;
    struct service_inbox inbox = {0};
    uint8_t all[2048];
    size_t size = 0, taken;

    (void)state;
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(i * 7 + 1);
    for (size_t i = 0; i < count; i++) {
        all[size++] = 0;
        all[size++] = 0;
        all[size++] = (uint8_t)(messages[i].size >> 8);
        all[size++] = (uint8_t)messages[i].size;
        memcpy(all + size, messages[i].bytes, messages[i].size);
        size += messages[i].size;
    }
    for (size_t cut = 0; cut <= size; cut++) {
        taken = arrive(&inbox, all, cut, messages);
        taken += arrive(&inbox, all + cut, size - cut, messages + taken);
        assert_int_equal(taken, count);
        assert_false(service_inbox_is_waiting(&inbox));
    }
    taken = 0;
    for (size_t at = 0; at < size; at++) {
        size_t more = arrive(&inbox, all + at, 1, messages + taken);

        assert_int_equal(service_inbox_is_waiting(&inbox), more == 0);
        taken += more;
    }
    assert_int_equal(taken, count);
    service_inbox_free(&inbox);
}

/** A frame has 1 MiB at most; for one it needs no more room than arrives. */
static void large_frames(void **state)
{
    static uint8_t token[SERVICE_MESSAGE_SIZE_MAX];
    static const uint8_t too_large[][4] = {
        {0, 16, 0, 1}, {1, 0, 0, 1}, {0, 0, 16, 1}};
    struct election_buffer output = ELECTION_BUFFER_INIT;
    struct service_request request = {.id = 1, .kind = SERVICE_HELLO};
    struct service_span sound;
    struct service_inbox inbox = {0};
    struct service_span message;
    size_t size;
    uint8_t *room;

    (void)state;
    request.token = (struct service_span){token, sizeof token - 10};
    assert_int_equal(service_request_write(&request, &output), ELECTION_OK);
    assert_int_equal(output.size, SERVICE_HEAD_SIZE + sizeof token);
    sound.bytes = output.data + SERVICE_HEAD_SIZE;
    sound.size = sizeof token;
    assert_int_equal(arrive(&inbox, output.data, SERVICE_HEAD_SIZE, &sound), 0);
    assert_true(service_inbox_room(&inbox, &room, &size));
    assert_true(inbox.capacity <= 4096);
    assert_int_equal(
        arrive(&inbox, output.data + SERVICE_HEAD_SIZE, sizeof token, &sound),
        1);
    service_inbox_trim(&inbox);
    assert_true(inbox.capacity <= 4096); /* it was given back */
    request.token.size++;
    assert_int_equal(service_request_write(&request, &output), ELECTION_FULL);
    request.kind = SERVICE_COMMAND;
    request.message = (struct service_span){token, SIZE_MAX};
    assert_int_equal(service_request_write(&request, &output), ELECTION_FULL);
    for (unsigned i = 0; i < 3; i++) {
        inbox.message_size_max = i < 2 ? 0 : 4096; /* 0 = 1 MiB */
        (void)arrive(&inbox, too_large[i], 4, NULL);
        assert_int_equal(service_inbox_take(&inbox, &message),
                         ELECTION_INVALID);
        service_inbox_free(&inbox);
    }
    assert_int_equal(inbox.message_size_max, 4096); /* it stays */
    election_buffer_free(&output);
}

/** Nobody takes what is there: there is no room for any more. */
static void a_full_inbox(void **state)
{
    struct service_inbox inbox = {.message_size_max = 1};
    size_t size, all = 0;
    uint8_t *room;

    (void)state;
    for (; service_inbox_room(&inbox, &room, &size); all += size)
        service_inbox_add(&inbox, size);
    assert_in_range(all, SERVICE_MESSAGE_SIZE_MAX + SERVICE_HEAD_SIZE,
                    4 * SERVICE_MESSAGE_SIZE_MAX);
    service_inbox_free(&inbox);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cut_frames),
        cmocka_unit_test(large_frames),
        cmocka_unit_test(a_full_inbox),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
