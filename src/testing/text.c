/* SPDX-License-Identifier: Apache-2.0 */
#include "text.h"

#include <string.h>

#include "base/utf8.h"

bool election__text_is_plain(char byte)
{
    return byte != '\0' &&
           strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                  "0123456789._:/@+-",
                  byte) != NULL;
}

void election__text_put(const struct election__text *text, const char *string)
{
    text->put(text->context, string, strlen(string));
}

void election__text_number(const struct election__text *text, uint64_t number)
{
    char digits[20];
    size_t at = sizeof digits;

    do {
        digits[--at] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    text->put(text->context, digits + at, sizeof digits - at);
}

/* ---- names -------------------------------------------------------------- */

static bool is_plain_name(const char *name, size_t size)
{
    if (size == 0 || (size == 1 && name[0] == '-'))
        return false;
    for (size_t i = 0; i < size; i++)
        if (!election__text_is_plain(name[i]))
            return false;
    return true;
}

static void put_escaped(const struct election__text *text, char byte)
{
    static const char digits[] = "0123456789ABCDEF";
    unsigned value = (unsigned char)byte;

    if (value < ' ' || value > '~') {
        char hex[] = {'\\', 'x', digits[value >> 4], digits[value & 15]};

        text->put(text->context, hex, sizeof hex);
        return;
    }
    if (byte == '"' || byte == '\\')
        text->put(text->context, "\\", 1);
    text->put(text->context, &byte, 1);
}

/** Tells whether a control character of two bytes, U+0080 to U+009F, starts. */
static bool is_control(const char *at, size_t left)
{
    return left >= 2 && (unsigned char)at[0] == 0xc2 &&
           (unsigned char)at[1] < 0xa0;
}

static void put_quoted(const struct election__text *text, const char *name,
                       size_t size)
{
    bool is_raw =
        text->is_raw && election__utf8_valid((const uint8_t *)name, size);

    election__text_put(text, "\"");
    for (size_t i = 0; i < size; i++) {
        if (!is_raw || (unsigned char)name[i] < 0x80) {
            put_escaped(text, name[i]);
        } else if (is_control(name + i, size - i)) {
            put_escaped(text, name[i]);
            put_escaped(text, name[++i]);
        } else {
            text->put(text->context, name + i, 1);
        }
    }
    election__text_put(text, "\"");
}

void election__text_name(const struct election__text *text, const char *name,
                         size_t size)
{
    if (is_plain_name(name, size))
        text->put(text->context, name, size);
    else
        put_quoted(text, name, size);
}

const char *election__text_fault(const char *name, size_t size)
{
    if (size == 0)
        return "a name has at least one byte";
    if (size > ELECTION_NAME_SIZE_MAX)
        return "a name has at most 255 bytes";
    if (memchr(name, '\0', size) != NULL)
        return "a name has no NUL byte";
    if (!election__utf8_valid((const uint8_t *)name, size))
        return "a name is UTF-8";
    return NULL;
}

/* ---- Terms -------------------------------------------------------------- */

/** The queue, as far as it is written. */
struct queue {
    const struct election__text *text;
    bool is_begun;
};

static bool put_waiting(void *context,
                        const struct election_candidate *candidate)
{
    struct queue *queue = context;

    if (queue->is_begun)
        election__text_put(queue->text, " ");
    queue->is_begun = true;
    election__text_name(queue->text, candidate->name, candidate->name_size);
    return true;
}

void election__text_term(const struct election__text *text,
                         const struct election *election)
{
    struct election_candidate leader;
    struct queue queue = {text, false};

    election__text_put(text, "index=");
    election__text_number(text, election_index(election));
    election__text_put(text, " leader=");
    if (election_leader(election, &leader) == ELECTION_OK)
        election__text_name(text, leader.name, leader.name_size);
    else
        election__text_put(text, "-");
    election__text_put(text, " queue=[");
    (void)election_each_candidate(election, put_waiting, &queue);
    election__text_put(text, "]");
}

void election__text_lower(const struct election__text *text, const char *string)
{
    for (; *string != '\0'; string++) {
        char lower = *string;

        if (lower >= 'A' && lower <= 'Z')
            lower = (char)(lower - 'A' + 'a');
        text->put(text->context, &lower, 1);
    }
}

void election__text_status(const struct election__text *text,
                           enum election_status status)
{
    election__text_lower(text, election_status_name(status));
}

/* ---- a caller's memory -------------------------------------------------- */

static void put_in_room(void *context, const char *bytes, size_t size)
{
    struct election__text_room *room = context;

    /* One byte is kept for the NUL. */
    for (size_t i = 0; i < size && room->size + i + 1 < room->capacity; i++)
        room->bytes[room->size + i] = bytes[i];
    room->size += size;
}

struct election__text election__text_room(struct election__text_room *room)
{
    return (struct election__text){put_in_room, room, false};
}

size_t election__text_room_end(const struct election__text_room *room)
{
    if (room->capacity > 0) {
        size_t end = room->size;

        if (end >= room->capacity)
            end = room->capacity - 1;
        room->bytes[end] = '\0';
    }
    return room->size;
}
