/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Messages that are read and written by a table of their fields.
 *
 * Each message of registry.proto stands in messages.c as a table, with the
 * place of each field in the C object that it is read into, or written from.
 * Reading accepts what Google's parser accepts, as base/field.h does for each
 * field; what is written is canonical. Nothing is copied or allocated: texts
 * point into the bytes.
 */
#ifndef ELECTION_CODEC_H
#define ELECTION_CODEC_H

#include "base/field.h"
#include "election/wire.h"

/** What a field is, on the wire and in the object. */
enum election__kind {
    ELECTION__UNKNOWN,  /* no field has this number */
    ELECTION__UINT64,   /* uint64_t */
    ELECTION__UINT32,   /* uint32_t, or an enum */
    ELECTION__FLAG,     /* bool */
    ELECTION__NUMBER64, /* fixed64: uint64_t */
    ELECTION__SPAN,     /* bytes: pointer, and size_t at `beside` */
    ELECTION__STRING,   /* the same, of UTF-8 */
    ELECTION__MESSAGE,  /* fields of the same object; `beside`: bool, there
                                or not; in a oneof the case tells that */
    ELECTION__INPUT,    /* LeaderElectionInput: struct election_command */
    ELECTION__OUTPUT,   /* LeaderElectionOutput: a span when read, and a
                                struct election__answer_of at `answer` when
                                written */
    ELECTION__NUMBERS,  /* repeated uint64: pointer, and count at `beside`
                                when written; shown to a visitor when read */
    ELECTION__NAMES,    /* repeated string: those who wait in the election
                                of a pointer when written; shown when read */
    ELECTION__ELEMENT,  /* repeated: the last one as a span, never written */
    ELECTION__ELECTION_LIST, /* repeated: shown when read, never written */
    ELECTION__SESSION_LIST
};

struct election__message;

/** One field of a message. */
struct election__item {
    uint8_t kind;
    bool is_case;    /* of the message's oneof */
    uint16_t offset; /* in the object */
    uint16_t beside; /* see the kinds */
    uint16_t answer;
    const struct election__message *message;
};

/** One message. */
struct election__message {
    const struct election__item *items; /* by number; the first is none */
    uint16_t count;                     /* of items: highest number + 1 */
    /* Of a oneof: where the object has its struct election__case, and the bytes
     * that are cleared when another case takes over. */
    uint16_t which;
    uint16_t cases;
    uint16_t cases_end;
};

/** Which case of a oneof was read last. Zero = none. */
struct election__case {
    uint32_t number;
    struct election__reader since; /* where it began, if no other followed */
};

/** An election whose Term is written as the answer to an operation. */
struct election__answer_of {
    const struct election *election; /* NULL = no field */
    enum election_op op;
};

/** How a message is read. */
struct election__reading {
    bool is_strict; /* what is not canonical is malformed */
    const struct election_registry_visitor *visitor; /* NULL = nobody */
};

/**
 * Reads a message into an object that is zero, or was read before: then the two
 * merge. False = malformed.
 */
bool election__message_read(const struct election__message *message,
                            struct election__reader *reader,
                            const struct election__reading *reading,
                            void *object);

/** Reads a whole message: an object that is zero, and its bytes. */
bool election__message_open(const struct election__message *message,
                            const void *bytes, size_t size, void *object);

/**
 * Shows a visitor what the last case of a message, which was read well, has any
 * number of. Without a oneof: what the message has.
 */
void election__message_show(const struct election__message *message,
                            const struct election__reader *since,
                            const struct election_registry_visitor *visitor,
                            void *object);

/** Returns the size of the message of an object in bytes. */
size_t election__message_size(const struct election__message *message,
                              const void *object);

/** Writes it; returns the end. */
uint8_t *election__message_write(const struct election__message *message,
                                 uint8_t *to, const void *object);

/**
 * Reads one field of a message whose bytes come field by field. False =
 * malformed, or not canonical.
 */
bool election__item_read(const struct election__message *message,
                         struct election__reader *reader,
                         const struct election__reading *reading,
                         uint32_t *last_number, void *object);

#endif
