#include "codec.h"

#include "record.h"
#include "utf8.h"

enum {
    VARINT = 0,
    FIXED64 = 1,
    BYTES = 2,
    GROUP = 3,
    GROUP_END = 4,
    FIXED32 = 5,

    TAG_SIZE_MAX = 5,
    LENGTH_SIZE_MAX = 5,
    VARINT_SIZE_MAX = 10,
    DEPTH_MAX = 100,

    /** A candidate in a snapshot has a name: tag, length, a byte. */
    SNAPSHOT_CANDIDATE_MIN = 3
};

/** Field numbers that more than one message uses. */
enum {
    CANDIDATE_NAME = 1,
    CANDIDATE_NAME_OF_MOVE = 2, /* in Promote and Demote */
    OUTPUT_TERM = 1,
    TERM_LEADER = 1,
    TERM_CANDIDATES = 2,
    TERM_INDEX = 3,
    SNAPSHOT_TERM = 1,
    SNAPSHOT_LEADER = 2,
    SNAPSHOT_CANDIDATES = 3,
    SNAPSHOT_NAME = 1,
    SNAPSHOT_SESSION_ID = 2
};

/** One field: a number, and what its wire type holds. */
struct field {
    uint32_t number;
    int type;
    uint64_t varint;              /* if VARINT */
    struct election__reader body; /* if BYTES */
};

/* ---- reading ------------------------------------------------------------ */

/** Reads a varint of at most `size_max` bytes; what is above 64 bits is lost.
 */
static bool read_long_varint(struct election__reader *reader, int size_max,
                             uint64_t *value)
{
    uint64_t result = 0;

    for (int i = 0; i < size_max && reader->at < reader->end; i++) {
        uint8_t byte = *reader->at++;

        result |= (uint64_t)(byte & 0x7f) << (7 * i);
        if (byte < 0x80) {
            *value = result;
            return true;
        }
    }
    return false;
}

/** The same; nearly all have one byte. */
static inline bool read_varint(struct election__reader *reader, int size_max,
                               uint64_t *value)
{
    if (reader->at < reader->end && *reader->at < 0x80) {
        *value = *reader->at++;
        return true;
    }
    return read_long_varint(reader, size_max, value);
}

/** Reads a tag: what is above 32 bits is lost, and field 0 does not exist. */
static bool read_tag(struct election__reader *reader, struct field *field)
{
    uint64_t value;

    if (!read_varint(reader, TAG_SIZE_MAX, &value))
        return false;
    field->number = (uint32_t)value >> 3;
    field->type = (int)(value & 7);
    return field->number != 0;
}

static bool skip(struct election__reader *reader, uint64_t size)
{
    if (size > (uint64_t)(reader->end - reader->at))
        return false;
    reader->at += size;
    return true;
}

static bool read_body(struct election__reader *reader,
                      struct election__reader *body)
{
    uint64_t size;

    if (!read_varint(reader, LENGTH_SIZE_MAX, &size))
        return false;
    body->at = reader->at;
    if (!skip(reader, size))
        return false;
    body->end = reader->at;
    body->depth = reader->depth - 1;
    return true;
}

static bool read_value(struct election__reader *reader, struct field *field)
{
    switch (field->type) {
    case VARINT:
        return read_varint(reader, VARINT_SIZE_MAX, &field->varint);
    case FIXED64:
        return skip(reader, 8);
    case BYTES:
        return read_body(reader, &field->body);
    case FIXED32:
        return skip(reader, 4);
    default: /* the end of a group that did not start, or no type at all */
        return false;
    }
}

/** Skips to the end of the group whose tag is in *field, which that becomes. */
static bool skip_group(struct election__reader *reader, struct field *field)
{
    uint32_t open[DEPTH_MAX]; /* numbers of the groups that are open */
    int count = 0;

    do {
        if (field->type == GROUP) {
            if (count == reader->depth)
                return false;
            open[count++] = field->number;
        } else if (field->type == GROUP_END) {
            if (open[--count] != field->number)
                return false;
        } else if (!read_value(reader, field)) {
            return false;
        }
    } while (count > 0 && read_tag(reader, field));
    return count == 0;
}

static bool read_field(struct election__reader *reader, struct field *field)
{
    if (!read_tag(reader, field))
        return false;
    return field->type == GROUP ? skip_group(reader, field)
                                : read_value(reader, field);
}

static bool at_end(const struct election__reader *reader)
{
    return reader->at == reader->end;
}

/** Starts to read a whole message. False = larger than any message may be. */
static bool begin_message(struct election__reader *reader, const void *bytes,
                          size_t size)
{
    static const uint8_t nothing[1];

    reader->at = bytes != NULL ? bytes : nothing;
    reader->end = reader->at + size;
    reader->depth = DEPTH_MAX;
    return size <= ELECTION_MESSAGE_SIZE_MAX;
}

static bool is_field(const struct field *field, uint32_t number, int type)
{
    return field->number == number && field->type == type;
}

/** Takes a string out of a field. False = not UTF-8. */
static bool take_string(const struct field *field, const char **string,
                        size_t *size)
{
    *string = (const char *)field->body.at;
    *size = (size_t)(field->body.end - field->body.at);
    return election__utf8_valid(field->body.at, *size);
}

/* ---- inputs ------------------------------------------------------------- */

static uint32_t name_number(enum election_op op)
{
    switch (op) {
    case ELECTION_OP_ENTER:
    case ELECTION_OP_WITHDRAW:
    case ELECTION_OP_ANOINT:
    case ELECTION_OP_EVICT:
        return CANDIDATE_NAME;
    case ELECTION_OP_PROMOTE:
    case ELECTION_OP_DEMOTE:
        return CANDIDATE_NAME_OF_MOVE;
    case ELECTION_OP_GET_TERM:
    case ELECTION_OP_WATCH:
        break;
    }
    return 0; /* no field has this number */
}

/** Tells whether a field is a case of the oneof in input and output: 1 to 8. */
static bool is_case(const struct field *field)
{
    return field->type == BYTES && field->number <= ELECTION_OP_DEMOTE;
}

/** Reads the message of one case; a repeated one merges into the command. */
static bool read_command(struct election__reader body,
                         struct election__command *command)
{
    struct field field;

    while (!at_end(&body)) {
        if (!read_field(&body, &field))
            return false;
        if (is_field(&field, name_number(command->op), BYTES) &&
            !take_string(&field, &command->name, &command->name_size))
            return false;
    }
    return true;
}

enum election_status election__input_decode(const void *input, size_t size,
                                            struct election__command *command)
{
    struct election__reader reader;
    struct field field;
    uint32_t last_case = 0;

    if (!begin_message(&reader, input, size))
        return ELECTION_INVALID;
    while (!at_end(&reader)) {
        if (!read_field(&reader, &field))
            return ELECTION_INVALID;
        if (!is_case(&field))
            continue;
        if (field.number != last_case)
            *command = (struct election__command){
                (enum election_op)field.number, "", 0};
        last_case = field.number;
        if (!read_command(field.body, command))
            return ELECTION_INVALID;
    }
    return last_case == 0 ? ELECTION_UNSUPPORTED : ELECTION_OK;
}

/* ---- outputs ------------------------------------------------------------ */

/** Who wants to know the waiting names of an output. */
struct name_sink {
    election_name_fn *fn; /* NULL = nobody, or nobody any more */
    void *context;
};

static bool read_term(struct election__reader body, struct election_term *term,
                      struct name_sink *sink)
{
    struct field field;
    const char *name;
    size_t size;

    while (!at_end(&body)) {
        if (!read_field(&body, &field))
            return false;
        if (is_field(&field, TERM_LEADER, BYTES)) {
            if (!take_string(&field, &term->leader, &term->leader_size))
                return false;
        } else if (is_field(&field, TERM_CANDIDATES, BYTES)) {
            if (!take_string(&field, &name, &size))
                return false;
            term->candidate_count++;
            if (sink->fn != NULL && !sink->fn(sink->context, name, size))
                sink->fn = NULL;
        } else if (is_field(&field, TERM_INDEX, VARINT)) {
            term->index = field.varint;
        }
    }
    return true;
}

/** Reads the message of one case; a repeated one merges into the term. */
static bool read_answer(struct election__reader body,
                        struct election_term *term, struct name_sink *sink)
{
    struct field field;

    while (!at_end(&body)) {
        if (!read_field(&body, &field))
            return false;
        if (is_field(&field, OUTPUT_TERM, BYTES) &&
            !read_term(field.body, term, sink))
            return false;
    }
    return true;
}

/**
 * Reads all fields of an output. Leaves *reader where the last case of the
 * oneof starts that no other one follows.
 */
static enum election_status read_output(struct election__reader *reader,
                                        struct election_term *term,
                                        struct name_sink *sink)
{
    struct election__reader rest = *reader;
    struct field field;
    uint32_t last_case = 0;

    while (!at_end(&rest)) {
        struct election__reader here = rest;

        if (!read_field(&rest, &field))
            return ELECTION_INVALID;
        if (!is_case(&field))
            continue;
        if (field.number != last_case) {
            *term =
                (struct election_term){.op = (enum election_op)field.number};
            *reader = here;
        }
        last_case = field.number;
        if (!read_answer(field.body, term, sink))
            return ELECTION_INVALID;
    }
    return last_case == 0 ? ELECTION_UNSUPPORTED : ELECTION_OK;
}

enum election_status election__output_decode(const void *output, size_t size,
                                             struct election_term *term,
                                             election_name_fn *fn,
                                             void *context)
{
    struct election__reader reader;
    struct election_term decoded;
    struct name_sink nobody = {NULL, NULL};
    struct name_sink sink = {fn, context};
    enum election_status status;

    if (!begin_message(&reader, output, size))
        return ELECTION_INVALID;
    status = read_output(&reader, &decoded, &nobody);
    if (status != ELECTION_OK)
        return status;
    if (decoded.leader_size == 0)
        decoded.leader = NULL;
    *term = decoded;
    if (fn != NULL)
        (void)read_output(&reader, &decoded, &sink);
    return ELECTION_OK;
}

/* ---- writing ------------------------------------------------------------ */

static size_t varint_size(uint64_t value)
{
    size_t size = 1;

    while (value >= 0x80) {
        value >>= 7;
        size++;
    }
    return size;
}

static uint8_t *write_varint(uint8_t *at, uint64_t value)
{
    while (value >= 0x80) {
        *at++ = (uint8_t)(value | 0x80);
        value >>= 7;
    }
    *at++ = (uint8_t)value;
    return at;
}

static uint8_t *write_tag(uint8_t *at, uint32_t number, int type)
{
    *at++ = (uint8_t)(number << 3 | (uint32_t)type);
    return at;
}

/** Size of a field with a number that is left out if it is 0. */
static size_t number_field_size(uint64_t value)
{
    return value == 0 ? 0 : 1 + varint_size(value);
}

static uint8_t *write_number_field(uint8_t *at, uint32_t number, uint64_t value)
{
    if (value == 0)
        return at;
    return write_varint(write_tag(at, number, VARINT), value);
}

/** Size of a field of so many bytes. */
static size_t bytes_field_size(size_t size)
{
    return 1 + varint_size(size) + size;
}

static uint8_t *write_bytes_head(uint8_t *at, uint32_t number, size_t size)
{
    return write_varint(write_tag(at, number, BYTES), size);
}

static uint8_t *write_string(uint8_t *at, uint32_t number, const char *string,
                             size_t size)
{
    if (size == 0)
        return at;
    at = write_bytes_head(at, number, size);
    memcpy(at, string, size);
    return at + size;
}

/** Size of the message of the command's case. */
static size_t command_size(const struct election__command *command)
{
    return command->name_size == 0 ? 0 : bytes_field_size(command->name_size);
}

size_t election__input_size(const struct election__command *command)
{
    return bytes_field_size(command_size(command));
}

uint8_t *election__input_write(uint8_t *at,
                               const struct election__command *command)
{
    at = write_bytes_head(at, command->op, command_size(command));
    return write_string(at, name_number(command->op), command->name,
                        command->name_size);
}

uint8_t *election__output_open(uint8_t *at, enum election_op op,
                               size_t records_size, uint64_t index)
{
    size_t term_size = records_size + number_field_size(index);

    at = write_bytes_head(at, op, bytes_field_size(term_size));
    return write_bytes_head(at, OUTPUT_TERM, term_size);
}

uint8_t *election__output_close(uint8_t *at, uint64_t index)
{
    return write_number_field(at, TERM_INDEX, index);
}

/* ---- snapshots ---------------------------------------------------------- */

/** Reads a candidate; a repeated one merges. False = malformed or unknown. */
static bool read_candidate(struct election__reader body,
                           struct election_candidate *candidate)
{
    struct field field;

    while (!at_end(&body)) {
        if (!read_field(&body, &field))
            return false;
        if (is_field(&field, SNAPSHOT_NAME, BYTES)) {
            if (!take_string(&field, &candidate->name, &candidate->name_size))
                return false;
        } else if (is_field(&field, SNAPSHOT_SESSION_ID, VARINT)) {
            candidate->session_id = field.varint;
        } else {
            return false;
        }
    }
    return true;
}

bool election__snapshot_decode(const void *snapshot, size_t size,
                               struct election__snapshot *decoded)
{
    struct election__reader reader;
    struct field field;

    if (!begin_message(&reader, snapshot, size))
        return false;
    *decoded = (struct election__snapshot){
        .leader = {"", 0, 0},
        .waiting = reader,
    };
    while (!at_end(&reader)) {
        if (!read_field(&reader, &field))
            return false;
        if (is_field(&field, SNAPSHOT_TERM, VARINT)) {
            decoded->index = field.varint;
        } else if (is_field(&field, SNAPSHOT_LEADER, BYTES)) {
            decoded->has_leader = true;
            if (!read_candidate(field.body, &decoded->leader))
                return false;
        } else if (is_field(&field, SNAPSHOT_CANDIDATES, BYTES)) {
            /* Memory is allocated for as many: they must have cost bytes. */
            if (field.body.end - field.body.at < SNAPSHOT_CANDIDATE_MIN)
                return false;
            decoded->waiting_count++;
        } else {
            return false;
        }
    }
    return true;
}

bool election__snapshot_next(struct election__reader *waiting,
                             struct election_candidate *candidate)
{
    struct field field = {0};

    /* All fields were read once before, by election__snapshot_decode(). */
    do
        (void)read_field(waiting, &field);
    while (!is_field(&field, SNAPSHOT_CANDIDATES, BYTES));
    *candidate = (struct election_candidate){"", 0, 0};
    return read_candidate(field.body, candidate);
}

uint8_t *election__snapshot_write_index(uint8_t *at, uint64_t index)
{
    return write_number_field(at, SNAPSHOT_TERM, index);
}

uint8_t *election__snapshot_write_candidate(uint8_t *at, bool is_leader,
                                            const uint8_t *record,
                                            size_t record_size,
                                            uint64_t session_id)
{
    at = write_bytes_head(at, is_leader ? SNAPSHOT_LEADER : SNAPSHOT_CANDIDATES,
                          record_size + number_field_size(session_id));
    memcpy(at, record, record_size);
    *at = SNAPSHOT_NAME << 3 | BYTES;
    return write_number_field(at + record_size, SNAPSHOT_SESSION_ID,
                              session_id);
}
