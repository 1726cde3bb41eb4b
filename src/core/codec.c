#include "codec.h"

#include "base/utf8.h"

enum {
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
    SNAPSHOT_TERM = 1
};

/* ---- reading ------------------------------------------------------------ */

/** Starts to read a whole message. False = larger than any message may be. */
static bool begin_message(struct election__reader *reader, const void *bytes,
                          size_t size)
{
    static const uint8_t nothing[1];

    reader->at = bytes != NULL ? bytes : nothing;
    reader->end = reader->at + size;
    reader->depth = ELECTION__DEPTH_MAX;
    return size <= ELECTION_MESSAGE_SIZE_MAX;
}

/** Takes a string out of a field. False = not UTF-8. */
static bool take_string(const struct election__field *field,
                        const char **string, size_t *size)
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
static bool is_case(const struct election__field *field)
{
    return field->type == ELECTION__BYTES &&
           field->number <= ELECTION_OP_DEMOTE;
}

/** Reads the message of one case; a repeated one merges into the command. */
static inline bool read_command(struct election__reader *body,
                                struct election__command *command)
{
    struct election__field field;

    while (!election__reader_at_end(body)) {
        if (!election__field_read(body, &field))
            return false;
        if (election__field_is(&field, name_number(command->op),
                               ELECTION__BYTES) &&
            !take_string(&field, &command->name, &command->name_size))
            return false;
    }
    return true;
}

enum election_status election__input_decode(const void *input, size_t size,
                                            struct election__command *command)
{
    struct election__reader reader;
    struct election__field field;
    uint32_t last_case = 0;

    if (!begin_message(&reader, input, size))
        return ELECTION_INVALID;
    while (!election__reader_at_end(&reader)) {
        if (!election__field_read(&reader, &field))
            return ELECTION_INVALID;
        if (!is_case(&field))
            continue;
        if (field.number != last_case)
            *command = (struct election__command){
                (enum election_op)field.number, "", 0};
        last_case = field.number;
        if (!read_command(&field.body, command))
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

static bool read_term(struct election__reader *body, struct election_term *term,
                      struct name_sink *sink)
{
    struct election__field field;
    const char *name;
    size_t size;

    while (!election__reader_at_end(body)) {
        if (!election__field_read(body, &field))
            return false;
        if (election__field_is(&field, TERM_LEADER, ELECTION__BYTES)) {
            if (!take_string(&field, &term->leader, &term->leader_size))
                return false;
        } else if (election__field_is(&field, TERM_CANDIDATES,
                                      ELECTION__BYTES)) {
            if (!take_string(&field, &name, &size))
                return false;
            term->candidate_count++;
            if (sink->fn != NULL && !sink->fn(sink->context, name, size))
                sink->fn = NULL;
        } else if (election__field_is(&field, TERM_INDEX, ELECTION__VARINT)) {
            term->index = field.varint;
        }
    }
    return true;
}

/** Reads the message of one case; a repeated one merges into the term. */
static bool read_answer(struct election__reader *body,
                        struct election_term *term, struct name_sink *sink)
{
    struct election__field field;

    while (!election__reader_at_end(body)) {
        if (!election__field_read(body, &field))
            return false;
        if (election__field_is(&field, OUTPUT_TERM, ELECTION__BYTES) &&
            !read_term(&field.body, term, sink))
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
    struct election__field field;
    uint32_t last_case = 0;

    while (!election__reader_at_end(&rest)) {
        struct election__reader here = rest;

        if (!election__field_read(&rest, &field))
            return ELECTION_INVALID;
        if (!is_case(&field))
            continue;
        if (field.number != last_case) {
            *term =
                (struct election_term){.op = (enum election_op)field.number};
            *reader = here;
        }
        last_case = field.number;
        if (!read_answer(&field.body, term, sink))
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
    struct election_term decoded = {0};
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

static uint8_t *write_string(uint8_t *at, uint32_t number, const char *string,
                             size_t size)
{
    if (size == 0)
        return at;
    at = election__bytes_open(at, number, size);
    memcpy(at, string, size);
    return at + size;
}

/** Size of the message of the command's case. */
static size_t command_size(const struct election__command *command)
{
    return command->name_size == 0 ? 0
                                   : election__bytes_size(command->name_size);
}

size_t election__input_size(const struct election__command *command)
{
    return election__bytes_size(command_size(command));
}

uint8_t *election__input_write(uint8_t *at,
                               const struct election__command *command)
{
    at = election__bytes_open(at, command->op, command_size(command));
    return write_string(at, name_number(command->op), command->name,
                        command->name_size);
}

uint8_t *election__output_open(uint8_t *at, enum election_op op,
                               size_t records_size, uint64_t index)
{
    size_t term_size = records_size + election__number_size(index);

    at = election__bytes_open(at, op, election__bytes_size(term_size));
    return election__bytes_open(at, OUTPUT_TERM, term_size);
}

uint8_t *election__output_close(uint8_t *at, uint64_t index)
{
    return election__number_write(at, TERM_INDEX, index);
}

/* ---- snapshots ---------------------------------------------------------- */

/** Reads a candidate; a repeated one merges. False = malformed or unknown. */
static bool read_candidate(struct election__reader *body,
                           struct election_candidate *candidate)
{
    struct election__field field;

    while (!election__reader_at_end(body)) {
        if (!election__field_read(body, &field))
            return false;
        if (election__field_is(&field, ELECTION__SNAPSHOT_NAME,
                               ELECTION__BYTES)) {
            if (!take_string(&field, &candidate->name, &candidate->name_size))
                return false;
        } else if (election__field_is(&field, ELECTION__SNAPSHOT_SESSION_ID,
                                      ELECTION__VARINT)) {
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
    struct election__field field;

    if (!begin_message(&reader, snapshot, size))
        return false;
    *decoded = (struct election__snapshot){
        .leader = {"", 0, 0},
        .waiting = reader,
    };
    while (!election__reader_at_end(&reader)) {
        if (!election__field_read(&reader, &field))
            return false;
        if (election__field_is(&field, SNAPSHOT_TERM, ELECTION__VARINT)) {
            decoded->index = field.varint;
        } else if (election__field_is(&field, ELECTION__SNAPSHOT_LEADER,
                                      ELECTION__BYTES)) {
            decoded->has_leader = true;
            if (!read_candidate(&field.body, &decoded->leader))
                return false;
        } else if (election__field_is(&field, ELECTION__SNAPSHOT_CANDIDATES,
                                      ELECTION__BYTES)) {
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
    struct election__field field = {0};

    /* All fields were read once before, by election__snapshot_decode(). */
    do
        (void)election__field_read(waiting, &field);
    while (!election__field_is(&field, ELECTION__SNAPSHOT_CANDIDATES,
                               ELECTION__BYTES));
    *candidate = (struct election_candidate){"", 0, 0};
    return read_candidate(&field.body, candidate);
}

uint8_t *election__snapshot_write_index(uint8_t *at, uint64_t index)
{
    return election__number_write(at, SNAPSHOT_TERM, index);
}
