/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a Command is written: plainly, or with all that a decoder must bear.
 */
#include "registry_draw.h"

#include <string.h>

enum { FIELDS_MAX = 64 };

/** The fields of one message, still apart. Without `random` all is plain. */
struct fields {
    struct random *random;
    struct model_bytes list[FIELDS_MAX];
    size_t count;
};

static bool happens(struct fields *fields, uint32_t one_in)
{
    return fields->random != NULL && random_below(fields->random, one_in) == 0;
}

static struct model_bytes *next_field(struct fields *fields)
{
    return &fields->list[fields->count++];
}

/** A varint that is longer than it needs to be. */
static void put_long_varint(struct model_bytes *bytes, uint64_t value,
                            unsigned size)
{
    for (unsigned i = 0; i < size; i++) {
        uint8_t byte = (uint8_t)(value % 128 + (i + 1 < size ? 128 : 0));

        model_put(bytes, &byte, 1);
        value /= 128;
    }
}

static void put_tag(struct fields *fields, struct model_bytes *bytes,
                    uint32_t number, unsigned wire)
{
    if (happens(fields, 20))
        put_long_varint(bytes, (uint64_t)number * 8 + wire, 5);
    else
        model_put_varint(bytes, (uint64_t)number * 8 + wire);
}

static void put_fixed(struct model_bytes *bytes, uint64_t value, unsigned size)
{
    for (unsigned i = 0; i < size; i++) {
        uint8_t byte = (uint8_t)(value >> 8 * i);

        model_put(bytes, &byte, 1);
    }
}

/* ---- what nobody knows --------------------------------------------------- */

static void put_group(struct random *random, struct model_bytes *bytes,
                      uint32_t number)
{
    /* The deepest that is allowed is 100 levels, messages and groups. */
    bool is_deep = random_below(random, 8) == 0;
    uint32_t depth = is_deep ? 95 + random_below(random, 8) : 1;

    for (uint32_t i = 0; i < depth; i++)
        model_put_varint(bytes, (uint64_t)number * 8 + 3);
    if (random_below(random, 3) == 0)
        model_put_bytes(bytes, 1, "inside", 6);
    if (random_below(random, 20) == 0)
        number++;
    for (uint32_t i = 0; i < depth; i++)
        model_put_varint(bytes, (uint64_t)number * 8 + 4);
}

static void put_any_value(struct random *random, struct model_bytes *bytes,
                          uint32_t number, unsigned wire)
{
    uint64_t value = random_next(random) >> random_below(random, 64);

    model_put_varint(bytes, (uint64_t)number * 8 + wire);
    if (wire == 2)
        model_put_varint(bytes, 3);
    if (wire == 0)
        model_put_varint(bytes, value);
    else
        put_fixed(bytes, value, wire == 1 ? 8 : wire == 2 ? 3 : 4);
}

/** A field that is not known, or a known number with any type. */
static void put_unknown(struct fields *fields)
{
    static const unsigned wires[] = {0, 1, 2, 3, 5};
    struct random *random = fields->random;
    struct model_bytes *bytes = next_field(fields);
    unsigned wire = wires[random_below(random, 5)];
    uint32_t number = 1 + random_below(random, 14);

    if (random_below(random, 4) == 0)
        number = (1u << 29) - 1 - random_below(random, 4);
    if (random_below(random, 60) == 0)
        number = 0;
    if (random_below(random, 60) == 0)
        wire = 6 + random_below(random, 2);
    if (wire == 3)
        put_group(random, bytes, number);
    else
        put_any_value(random, bytes, number, wire);
}

/* ---- fields -------------------------------------------------------------- */

static void add_varint(struct fields *fields, unsigned number, uint64_t value)
{
    struct model_bytes *bytes;

    if (value == 0 && !happens(fields, 10))
        return;
    bytes = next_field(fields);
    if (happens(fields, 20)) {
        /* The last one counts. */
        put_tag(fields, bytes, number, 0);
        model_put_varint(bytes, random_next(fields->random));
    }
    put_tag(fields, bytes, number, 0);
    if (happens(fields, 10))
        put_long_varint(bytes, value, 10);
    else
        model_put_varint(bytes, value);
}

static void add_fixed64(struct fields *fields, unsigned number, uint64_t value)
{
    struct model_bytes *bytes;

    if (value == 0 && !happens(fields, 10))
        return;
    bytes = next_field(fields);
    put_tag(fields, bytes, number, 1);
    put_fixed(bytes, value, 8);
}

static void add_message(struct fields *fields, unsigned number,
                        const void *data, size_t size)
{
    struct model_bytes *bytes = next_field(fields);

    put_tag(fields, bytes, number, 2);
    if (happens(fields, 20))
        put_long_varint(bytes, size, 5);
    else
        model_put_varint(bytes, size);
    model_put(bytes, data, size);
}

static void add_bytes(struct fields *fields, unsigned number, const void *data,
                      size_t size)
{
    if (size > 0 || happens(fields, 10))
        add_message(fields, number, data, size);
}

/* ---- messages ------------------------------------------------------------ */

static void shuffle(struct fields *fields)
{
    for (size_t i = 1; i < fields->count; i++) {
        size_t j = random_below(fields->random, (uint32_t)i + 1);
        struct model_bytes kept = fields->list[i];

        fields->list[i] = fields->list[j];
        fields->list[j] = kept;
    }
}

/** Makes one message of fields from number `from` on. */
static void join(struct fields *fields, size_t from, struct model_bytes *bytes)
{
    bytes->size = 0;
    for (size_t i = from; i < fields->count; i++)
        model_put(bytes, fields->list[i].data, fields->list[i].size);
}

static void release(struct fields *fields)
{
    for (size_t i = 0; i < fields->count; i++)
        model_bytes_free(&fields->list[i]);
}

/** Puts fields as a message into another one: in one piece or in two. */
static void close_message(struct fields *inner, struct fields *outer,
                          unsigned number)
{
    struct model_bytes message = {0};
    size_t half = 0;

    if (happens(inner, 3))
        put_unknown(inner);
    if (happens(inner, 3))
        shuffle(inner);
    if (happens(inner, 5)) {
        size_t count = inner->count;

        half = random_below(inner->random, (uint32_t)count + 1);
        inner->count = half;
        join(inner, 0, &message);
        inner->count = count;
        add_message(outer, number, message.data, message.size);
        if (happens(inner, 6))
            put_unknown(outer);
    }
    join(inner, half, &message);
    add_message(outer, number, message.data, message.size);
    model_bytes_free(&message);
    release(inner);
}

static void add_session_ids(struct fields *fields,
                            const struct election_registry_command *command)
{
    struct model_bytes packed = {0};

    for (size_t i = 0; i < command->session_count; i++) {
        if (happens(fields, 3)) {
            struct model_bytes *bytes = next_field(fields);

            put_tag(fields, bytes, 1, 0);
            model_put_varint(bytes, command->session_ids[i]);
        } else if (happens(fields, 10)) {
            put_long_varint(&packed, command->session_ids[i], 10);
        } else {
            model_put_varint(&packed, command->session_ids[i]);
        }
    }
    add_bytes(fields, 1, packed.data, packed.size);
    model_bytes_free(&packed);
}

static void add_input(struct fields *fields,
                      const struct election_registry_command *command)
{
    const struct election_command *said = &command->command;
    bool is_second =
        said->op == ELECTION_OP_PROMOTE || said->op == ELECTION_OP_DEMOTE;
    struct fields input = {.random = fields->random};
    struct fields operation = {.random = fields->random};

    if (said->op == 0)
        return;
    add_bytes(&operation, is_second ? 2 : 1, said->name, said->name_size);
    if (happens(fields, 12))
        add_message(&input, 1 + random_below(fields->random, 9), "", 0);
    close_message(&operation, &input, (unsigned)said->op);
    close_message(&input, fields, 4);
}

static void add_propose(struct fields *fields,
                        const struct election_registry_command *command)
{
    add_varint(fields, 1, command->session_id);
    add_varint(fields, 2, command->sequence);
    add_bytes(fields, 3, command->election, command->election_size);
    add_input(fields, command);
    add_varint(fields, 5, command->if_index);
    add_varint(fields, 6, command->if_vacant);
    add_varint(fields, 7, command->with_output);
}

static void add_open_session(struct fields *fields,
                             const struct election_registry_command *command)
{
    add_bytes(fields, 1, command->client_id, command->client_id_size);
    add_varint(fields, 2, command->incarnation);
    add_fixed64(fields, 3, command->nonce);
    add_varint(fields, 4, command->timeout_ms);
    add_bytes(fields, 5, command->data, command->data_size);
}

static void add_case(struct fields *fields,
                     const struct election_registry_command *command)
{
    if (command->kind == ELECTION_REGISTRY_OPEN_SESSION)
        add_open_session(fields, command);
    if (command->kind == ELECTION_REGISTRY_KEEP_ALIVE)
        add_session_ids(fields, command);
    if (command->kind == ELECTION_REGISTRY_CLOSE_SESSION)
        add_varint(fields, 1, command->session_id);
    if (command->kind == ELECTION_REGISTRY_PROPOSE)
        add_propose(fields, command);
    if (command->kind == ELECTION_REGISTRY_TICK) {
        add_varint(fields, 1, command->takes_office);
        add_varint(fields, 2, command->applied);
        add_fixed64(fields, 3, command->log_digest);
    }
    if (command->kind == ELECTION_REGISTRY_UPGRADE)
        add_varint(fields, 1, command->version);
    if (command->kind == ELECTION_REGISTRY_RECOVER)
        add_varint(fields, 1, command->lost_entries);
}

static void write_command(struct random *random,
                          const struct election_registry_command *command,
                          struct model_bytes *entry)
{
    struct fields fields = {.random = random};
    struct fields inner = {.random = random};

    add_varint(&fields, 1, command->epoch);
    add_varint(&fields, 2, command->time_ms);
    /* Another case comes first: nothing of it may stay. */
    if (happens(&fields, 8))
        add_message(&fields, 3 + random_below(random, 8), "\x08\x01", 2);
    add_case(&inner, command);
    if (command->kind != ELECTION_REGISTRY_NOTHING)
        close_message(&inner, &fields, (unsigned)command->kind);
    if (happens(&fields, 3))
        put_unknown(&fields);
    if (happens(&fields, 4))
        shuffle(&fields);
    join(&fields, 0, entry);
    release(&fields);
}

void registry_write(const struct election_registry_command *command,
                    struct model_bytes *entry)
{
    write_command(NULL, command, entry);
}

void registry_write_wildly(struct random *random,
                           const struct election_registry_command *command,
                           struct model_bytes *entry)
{
    write_command(random, command, entry);
    if (random_below(random, 6) == 0)
        registry_break(random, entry);
}

void registry_break(struct random *random, struct model_bytes *bytes)
{
    uint32_t count = 1 + random_below(random, 3);

    for (uint32_t i = 0; i < count && bytes->size > 0; i++) {
        size_t at = random_below(random, (uint32_t)bytes->size);

        if (random_below(random, 4) == 0)
            bytes->size = at;
        else
            bytes->data[at] ^= (uint8_t)(1u << random_below(random, 8));
    }
}
