/* SPDX-License-Identifier: Apache-2.0 */
#include "codec.h"

#include <string.h>

#include "core/embed.h"
#include "messages.h"

/** Returns what is known of a number; UNKNOWN if nothing is. */
static const struct election__item *
find_item(const struct election__message *message, uint32_t number)
{
    static const struct election__item unknown;

    return number < message->count ? &message->items[number] : &unknown;
}

static const void *const_member(const void *object, size_t offset)
{
    return (const char *)object + offset;
}

static void *member(void *object, size_t offset)
{
    return (char *)object + offset;
}

/** Writes the value of a fixed64: without a loop, it is one store. */
static uint8_t *write_fixed64(uint8_t *at, uint64_t value)
{
    at[0] = (uint8_t)value;
    at[1] = (uint8_t)(value >> 8);
    at[2] = (uint8_t)(value >> 16);
    at[3] = (uint8_t)(value >> 24);
    at[4] = (uint8_t)(value >> 32);
    at[5] = (uint8_t)(value >> 40);
    at[6] = (uint8_t)(value >> 48);
    at[7] = (uint8_t)(value >> 56);
    return at + 8;
}

/* ---- reading ------------------------------------------------------------ */

/** Returns the wire type that a field must have to be known. */
static int wire_type(uint8_t kind)
{
    if (kind <= ELECTION__FLAG)
        return ELECTION__VARINT;
    return kind == ELECTION__NUMBER64 ? ELECTION__FIXED64 : ELECTION__BYTES;
}

static bool is_known(const struct election__item *item,
                     const struct election__field *field)
{
    if (item->kind == ELECTION__UNKNOWN)
        return false;
    if (item->kind == ELECTION__NUMBERS && field->type == ELECTION__VARINT)
        return true; /* not packed */
    return field->type == wire_type(item->kind);
}

/** Another case takes over: what the last one had is gone. */
static void take_case(const struct election__message *message, uint32_t number,
                      const uint8_t *start,
                      const struct election__reader *reader, void *object)
{
    struct election__case *which = member(object, message->which);

    if (which->number == number)
        return;
    if (which->number != 0)
        memset(member(object, message->cases), 0,
               (size_t)message->cases_end - message->cases);
    *which =
        (struct election__case){number, {start, reader->end, reader->depth}};
}

static bool show_number(const struct election_registry_visitor *visitor,
                        uint64_t number)
{
    return visitor == NULL || visitor->session_id == NULL ||
           visitor->session_id(visitor->context, number);
}

/** Reads numbers, packed or one; counts them, and shows them. */
static bool read_numbers(const struct election__item *item,
                         const struct election__field *field,
                         const struct election__reading *reading, void *object)
{
    struct election__reader body = field->body;
    size_t *count = member(object, item->beside);
    bool is_shown = true;

    if (field->type == ELECTION__VARINT) {
        ++*count;
        return show_number(reading->visitor, field->varint);
    }
    while (!election__reader_at_end(&body) && is_shown) {
        uint64_t number;

        if (!election__varint_read(&body, &number))
            return false;
        ++*count;
        is_shown = show_number(reading->visitor, number);
    }
    return is_shown;
}

static bool read_name(const struct election__field *field,
                      const struct election_registry_visitor *visitor)
{
    const char *name;
    size_t size;

    if (!election__field_string(field, &name, &size))
        return false;
    return visitor == NULL || visitor->candidate == NULL ||
           visitor->candidate(visitor->context, name, size);
}

/** Reads an element of a list, of whose own names nobody is shown anything. */
static bool read_election(const struct election__item *item,
                          struct election__field *field,
                          const struct election__reading *reading)
{
    const struct election_registry_visitor *visitor = reading->visitor;
    struct election__election_summary shown = {0};
    struct election_registry_election view;
    struct election__reading inner = {reading->is_strict, NULL};

    if (!election__message_read(item->message, &field->body, &inner, &shown))
        return false;
    view = (struct election_registry_election){
        shown.id, shown.name, shown.name_size, shown.leadership.view};
    return visitor == NULL || visitor->election == NULL ||
           visitor->election(visitor->context, &view);
}

static bool read_session(const struct election__item *item,
                         struct election__field *field,
                         const struct election__reading *reading)
{
    const struct election_registry_visitor *visitor = reading->visitor;
    struct election_registry_session shown = {0};
    struct election__reading inner = {reading->is_strict, NULL};

    if (!election__message_read(item->message, &field->body, &inner, &shown))
        return false;
    return visitor == NULL || visitor->session == NULL ||
           visitor->session(visitor->context, &shown);
}

static size_t body_size(const struct election__field *field)
{
    return (size_t)(field->body.end - field->body.at);
}

static void read_span(const struct election__field *field, const uint8_t **text,
                      size_t *size)
{
    *size = body_size(field);
    *text = *size > 0 ? field->body.at : NULL;
}

/** Reads the value of a known field. False = malformed, or shown enough. */
static bool read_value_of(const struct election__item *item,
                          struct election__field *field,
                          const struct election__reading *reading, void *object)
{
    void *place = member(object, item->offset);

    switch (item->kind) {
    case ELECTION__UINT32:
        *(uint32_t *)place = (uint32_t)field->varint;
        return true;
    case ELECTION__FLAG:
        *(bool *)place = field->varint != 0;
        return true;
    case ELECTION__NUMBER64:
        *(uint64_t *)place = field->fixed64;
        return true;
    case ELECTION__STRING:
        read_span(field, place, member(object, item->beside));
        return election__utf8_valid(field->body.at, body_size(field));
    case ELECTION__MESSAGE:
        if (!item->is_case)
            *(bool *)member(object, item->beside) = true;
        return election__message_read(item->message, &field->body, reading,
                                      place);
    case ELECTION__INPUT:
        return election__input_merge(&field->body, place);
    case ELECTION__NUMBERS:
        return read_numbers(item, field, reading, object);
    case ELECTION__NAMES:
        return read_name(field, reading->visitor);
    case ELECTION__ELECTION_LIST:
        return read_election(item, field, reading);
    case ELECTION__SESSION_LIST:
        return read_session(item, field, reading);
    default: /* bytes that are not looked at */
        read_span(field, place, member(object, item->beside));
        return true;
    }
}

static bool is_repeated(const struct election__item *item)
{
    return item->kind == ELECTION__ELECTION_LIST ||
           item->kind == ELECTION__SESSION_LIST ||
           item->kind == ELECTION__NAMES || item->kind == ELECTION__ELEMENT;
}

/**
 * Tells whether a known field, which stands in the bytes from `start` to `end`,
 * is written as it would be here.
 */
static bool is_canonical(const struct election__item *item,
                         const struct election__field *field,
                         const uint8_t *start, const uint8_t *end)
{
    uint8_t head[2 * ELECTION__VARINT_SIZE_MAX];
    uint8_t *head_end = head;
    size_t size = (size_t)(end - start);
    size_t behind = 0;

    if (field->type == ELECTION__VARINT) {
        uint64_t value = field->varint;

        if (item->kind == ELECTION__UINT32)
            value = (uint32_t)value;
        if (item->kind == ELECTION__FLAG)
            value = value != 0;
        head_end = election__number_write(head_end, field->number, value);
    } else if (field->type == ELECTION__FIXED64) {
        if (field->fixed64 == 0)
            return false;
        head_end = election__tag_write(head_end, field->number, field->type);
        head_end = write_fixed64(head_end, field->fixed64);
    } else {
        behind = body_size(field);
        if (behind == 0 && item->kind != ELECTION__MESSAGE &&
            !is_repeated(item))
            return false;
        head_end = election__bytes_open(head_end, field->number, behind);
    }
    return size == (size_t)(head_end - head) + behind &&
           memcmp(start, head, (size_t)(head_end - head)) == 0;
}

/** Reads a field; of the short ones, numbers come first here. */
static inline bool read_field(struct election__reader *reader,
                              struct election__field *field)
{
    const uint8_t *at = reader->at;

    if (reader->end - at < 2 || (at[0] & 0x87) != ELECTION__VARINT ||
        at[0] < 1 << 3)
        return election__field_read(reader, field);
    field->number = at[0] >> 3;
    field->type = ELECTION__VARINT;
    reader->at = at + 1;
    return election__varint_read(reader, &field->varint);
}

/** Reads one field, or all there are. */
static bool read_items(const struct election__message *message,
                       struct election__reader *reader,
                       const struct election__reading *reading,
                       uint32_t *last_number, void *object, bool is_one)
{
    do {
        const uint8_t *start = reader->at;
        struct election__field field;
        const struct election__item *item;

        if (!read_field(reader, &field))
            return false;
        item = find_item(message, field.number);
        if (!is_known(item, &field)) {
            if (reading->is_strict)
                return false;
            continue;
        }
        if (reading->is_strict &&
            (field.number < *last_number ||
             (field.number == *last_number && !is_repeated(item)) ||
             !is_canonical(item, &field, start, reader->at)))
            return false;
        *last_number = field.number;
        if (item->is_case)
            take_case(message, field.number, start, reader, object);
        if (item->kind == ELECTION__UINT64) /* most are */
            *(uint64_t *)member(object, item->offset) = field.varint;
        else if (!read_value_of(item, &field, reading, object))
            return false;
    } while (!is_one && !election__reader_at_end(reader));
    return true;
}

bool election__item_read(const struct election__message *message,
                         struct election__reader *reader,
                         const struct election__reading *reading,
                         uint32_t *last_number, void *object)
{
    return read_items(message, reader, reading, last_number, object, true);
}

bool election__message_read(const struct election__message *message,
                            struct election__reader *reader,
                            const struct election__reading *reading,
                            void *object)
{
    uint32_t last_number = 0;

    return election__reader_at_end(reader) ||
           read_items(message, reader, reading, &last_number, object, false);
}

bool election__message_open(const struct election__message *message,
                            const void *bytes, size_t size, void *object)
{
    static const struct election__reading lenient;
    struct election__reader reader;

    return election__reader_open(&reader, bytes, size) &&
           election__message_read(message, &reader, &lenient, object);
}

void election__message_show(const struct election__message *message,
                            const struct election__reader *since,
                            const struct election_registry_visitor *visitor,
                            void *object)
{
    struct election__reading reading = {false, visitor};
    struct election__reader reader = *since;

    if (visitor != NULL && since->at != NULL)
        (void)election__message_read(message, &reader, &reading, object);
}

/* ---- writing ------------------------------------------------------------ */

/** One field, when it is written. */
struct value {
    const struct election__item *item;
    uint32_t number;
    const void *object;
    const void *place; /* in the object */
};

static size_t length_of(const struct value *value)
{
    return *(const size_t *)const_member(value->object, value->item->beside);
}

/** Tells whether a field is left out. */
static bool is_absent(const struct election__message *message,
                      const struct value *value)
{
    if (value->item->is_case) {
        const struct election__case *which =
            const_member(value->object, message->which);

        return which->number != value->number;
    }
    return value->item->kind == ELECTION__MESSAGE &&
           !*(const bool *)const_member(value->object, value->item->beside);
}

static uint64_t number_of(const struct value *value)
{
    switch (value->item->kind) {
    case ELECTION__UINT32:
        return *(const uint32_t *)value->place;
    case ELECTION__FLAG:
        return *(const bool *)value->place;
    default:
        return *(const uint64_t *)value->place;
    }
}

/** Size of the numbers of a repeated field, packed. */
static size_t numbers_size(const struct value *value)
{
    const uint64_t *numbers = *(const uint64_t *const *)value->place;
    size_t size = 0;

    for (size_t i = 0; i < length_of(value); i++)
        size += election__varint_size(numbers[i]);
    return size;
}

/** Size of a command as an input; 0 = it has no operation. */
static size_t input_size(const struct election_command *command)
{
    return command->op == 0 ? 0 : election__input_size(command);
}

static bool add_name_size(void *context,
                          const struct election_candidate *candidate)
{
    size_t *size = context;

    *size += election__bytes_size(candidate->name_size);
    return true;
}

static size_t names_size(const struct election *election)
{
    size_t size = 0;

    if (election != NULL)
        (void)election_each_candidate(election, add_name_size, &size);
    return size;
}

static const struct election__answer_of *answer_of(const struct value *value)
{
    return const_member(value->object, value->item->answer);
}

static size_t value_size(const struct value *value)
{
    const struct election__answer_of *answer;
    size_t size;

    switch ((enum election__kind)value->item->kind) {
    case ELECTION__UINT64:
    case ELECTION__UINT32:
    case ELECTION__FLAG:
        return election__number_size(number_of(value));
    case ELECTION__NUMBER64:
        return number_of(value) == 0 ? 0 : 1 + 8;
    case ELECTION__SPAN:
    case ELECTION__STRING:
        size = length_of(value);
        return size == 0 ? 0 : election__bytes_size(size);
    case ELECTION__MESSAGE:
        return election__bytes_size(
            election__message_size(value->item->message, value->place));
    case ELECTION__INPUT:
        size = input_size(value->place);
        return size == 0 ? 0 : election__bytes_size(size);
    case ELECTION__OUTPUT:
        answer = answer_of(value);
        if (answer->election == NULL)
            return 0;
        return election__bytes_size(election__answer_size(answer->election));
    case ELECTION__NUMBERS:
        size = numbers_size(value);
        return size == 0 ? 0 : election__bytes_size(size);
    case ELECTION__NAMES:
        return names_size(*(const struct election *const *)value->place);
    case ELECTION__ELEMENT:
    case ELECTION__ELECTION_LIST:
    case ELECTION__SESSION_LIST:
    case ELECTION__UNKNOWN:
        break;
    }
    return 0;
}

size_t election__message_size(const struct election__message *message,
                              const void *object)
{
    size_t size = 0;

    for (uint32_t i = 1; i < message->count; i++) {
        const struct election__item *item = &message->items[i];
        struct value value = {item, i, object,
                              const_member(object, item->offset)};

        if (!is_absent(message, &value))
            size += value_size(&value);
    }
    return size;
}

/** Where names are written. */
struct names {
    uint8_t *at;
    uint32_t number;
};

static bool write_name(void *context,
                       const struct election_candidate *candidate)
{
    struct names *names = context;

    names->at =
        election__bytes_open(names->at, names->number, candidate->name_size);
    memcpy(names->at, candidate->name, candidate->name_size);
    names->at += candidate->name_size;
    return true;
}

static uint8_t *write_numbers(uint8_t *to, const struct value *value)
{
    const uint64_t *numbers = *(const uint64_t *const *)value->place;

    if (length_of(value) == 0)
        return to;
    to = election__bytes_open(to, value->number, numbers_size(value));
    for (size_t i = 0; i < length_of(value); i++)
        to = election__varint_write(to, numbers[i]);
    return to;
}

static uint8_t *write_span(uint8_t *to, const struct value *value)
{
    size_t size = length_of(value);

    if (size == 0)
        return to;
    to = election__bytes_open(to, value->number, size);
    memcpy(to, *(const void *const *)value->place, size);
    return to + size;
}

static uint8_t *write_input(uint8_t *to, const struct value *value)
{
    size_t size = input_size(value->place);

    if (size == 0)
        return to;
    to = election__bytes_open(to, value->number, size);
    return election__input_write(to, value->place);
}

static uint8_t *write_output(uint8_t *to, const struct value *value)
{
    const struct election__answer_of *answer = answer_of(value);

    if (answer->election == NULL)
        return to;
    to = election__bytes_open(to, value->number,
                              election__answer_size(answer->election));
    return election__answer_write(to, answer->election, answer->op);
}

/** Writes a field that is there, but nothing if it is empty. */
static uint8_t *write_value(uint8_t *to, const struct value *value)
{
    struct names names = {to, value->number};

    switch (value->item->kind) {
    case ELECTION__UINT64:
    case ELECTION__UINT32:
    case ELECTION__FLAG:
        return election__number_write(to, value->number, number_of(value));
    case ELECTION__NUMBER64:
        if (number_of(value) == 0)
            return to;
        to = election__tag_write(to, value->number, ELECTION__FIXED64);
        return write_fixed64(to, number_of(value));
    case ELECTION__SPAN:
    case ELECTION__STRING:
        return write_span(to, value);
    case ELECTION__MESSAGE:
        to = election__bytes_open(
            to, value->number,
            election__message_size(value->item->message, value->place));
        return election__message_write(value->item->message, to, value->place);
    case ELECTION__INPUT:
        return write_input(to, value);
    case ELECTION__OUTPUT:
        return write_output(to, value);
    case ELECTION__NUMBERS:
        return write_numbers(to, value);
    case ELECTION__NAMES:
        (void)election_each_candidate(
            *(const struct election *const *)value->place, write_name, &names);
        return names.at;
    default: /* never written */
        return to;
    }
}

uint8_t *election__message_write(const struct election__message *message,
                                 uint8_t *to, const void *object)
{
    for (uint32_t i = 1; i < message->count; i++) {
        const struct election__item *item = &message->items[i];
        struct value value = {item, i, object,
                              const_member(object, item->offset)};

        if (!is_absent(message, &value))
            to = write_value(to, &value);
    }
    return to;
}
