/**
 * The wire format: which bytes are accepted, and which are written.
 *
 * What a replica accepts decides its state, so it must be the same for every
 * build and for ever. It is what Google's proto3 parser accepts: fields in any
 * order, unknown fields skipped, groups too, up to 100 levels deep, varints
 * longer than they need be, the last case of a oneof, strings of UTF-8 only.
 * What is written is canonical: ascending fields, no defaults, short varints.
 *
 * Nothing here allocates, and names point into the bytes that were read.
 */
#ifndef ELECTION_CODEC_H
#define ELECTION_CODEC_H

#include "election/election.h"
#include "base/field.h"
#include "record.h"

/** A decoded input. The name is UTF-8 but otherwise not yet judged. */
struct election__command {
    enum election_op op;
    const char *name;
    size_t name_size;
};

/** The parts of a snapshot that stand once. */
struct election__snapshot {
    uint64_t index;
    bool has_leader;
    struct election_candidate leader;
    size_t waiting_count;
    struct election__reader waiting; /* for election__snapshot_next() */
};

/** Field numbers in a snapshot. */
enum {
    ELECTION__SNAPSHOT_LEADER = 2,
    ELECTION__SNAPSHOT_CANDIDATES = 3,
    ELECTION__SNAPSHOT_NAME = 1,
    ELECTION__SNAPSHOT_SESSION_ID = 2
};

enum {
    /** Most bytes of an output, apart from the records. */
    ELECTION__OUTPUT_FRAME_MAX = 6 + 6 + 11,
    /** Most bytes of one candidate in a snapshot. */
    ELECTION__SNAPSHOT_CANDIDATE_MAX = 3 + 3 + ELECTION_NAME_SIZE_MAX + 11,
    /** Most bytes of a snapshot's index. */
    ELECTION__SNAPSHOT_INDEX_MAX = 11
};

/** Decodes an input. INVALID, UNSUPPORTED or OK. */
enum election_status election__input_decode(const void *input, size_t size,
                                            struct election__command *command);

/** Tells how many bytes election__input_write() writes. */
size_t election__input_size(const struct election__command *command);

/** Writes an input; returns the end. */
uint8_t *election__input_write(uint8_t *at,
                               const struct election__command *command);

/** Writes what stands before the records of an output; returns their place. */
uint8_t *election__output_open(uint8_t *at, enum election_op op,
                               size_t records_size, uint64_t index);

/** Writes what stands after the records; returns the end. */
uint8_t *election__output_close(uint8_t *at, uint64_t index);

/**
 * Decodes an output, and shows its waiting names if `fn` is given. INVALID,
 * UNSUPPORTED or OK; *term is set, and `fn` called, only with OK.
 */
enum election_status election__output_decode(const void *output, size_t size,
                                             struct election_term *term,
                                             election_name_fn *fn,
                                             void *context);

/**
 * Decodes the parts of a snapshot that stand once. False = malformed, a field
 * that is not known, or a waiting candidate too short to have a name.
 */
bool election__snapshot_decode(const void *snapshot, size_t size,
                               struct election__snapshot *decoded);

/**
 * Decodes the next of the waiting candidates, of whom one must be left. False =
 * malformed.
 */
bool election__snapshot_next(struct election__reader *waiting,
                             struct election_candidate *candidate);

/** Writes the index, which comes first in a snapshot; returns the end. */
uint8_t *election__snapshot_write_index(uint8_t *at, uint64_t index);

/**
 * Writes one candidate of a snapshot; returns the end. The name is taken from
 * its record, where it stands as it does here but for the tag.
 */
static inline uint8_t *election__snapshot_write_candidate(uint8_t *at,
                                                          bool is_leader,
                                                          const uint8_t *record,
                                                          size_t record_size,
                                                          uint64_t session_id)
{
    uint32_t number =
        is_leader ? ELECTION__SNAPSHOT_LEADER : ELECTION__SNAPSHOT_CANDIDATES;
    uint8_t *body = at + 2; /* behind the tag and, mostly, all of the size */
    uint8_t *end = election__number_write(
        body + record_size, ELECTION__SNAPSHOT_SESSION_ID, session_id);
    size_t size = (size_t)(end - body);

    election__record_copy(body, record, record_size);
    *body = ELECTION__SNAPSHOT_NAME << 3 | ELECTION__BYTES;
    if (size >= 0x80)
        memmove(body + 1, body, size);
    return election__bytes_open(at, number, size) + size;
}

#endif
