/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Snapshots of a registry that are written by hand, so that each can be wrong
 * in one way. Nothing here comes from the library.
 */
#ifndef SUPPORT_DRAFT_H
#define SUPPORT_DRAFT_H

#include <stddef.h>
#include <stdint.h>

enum { DRAFT_ITEMS_MAX = 5, DRAFT_SIZE_MAX = 1 << 16 };

/** Bytes that are written one behind the other. */
struct draft_bytes {
    uint8_t data[DRAFT_SIZE_MAX];
    size_t size;
};

struct draft_session {
    uint64_t id;
    const char *client_id;
    size_t client_id_size;
    uint64_t incarnation;
    uint64_t nonce;
    uint64_t timeout_ms;
    uint64_t renewed_ms;
    size_t data_size; /* of bytes "d" */
    uint64_t highest_sequence;
    uint64_t seen;
    size_t statuses_size;
    uint8_t statuses[40];
};

struct draft_candidate {
    const char *name;
    uint64_t session_id;
};

struct draft_election {
    uint64_t id;
    const char *name;
    size_t name_size;
    uint64_t index;
    struct draft_candidate candidates[DRAFT_ITEMS_MAX]; /* leader first */
    size_t candidate_count;
};

/** A whole snapshot. */
struct draft {
    uint64_t version;
    uint64_t applied;
    uint64_t epoch;
    uint64_t stamp_ms;
    uint64_t now_ms;
    uint64_t extended_ms;
    uint64_t index_floor;
    uint64_t id_floor;
    uint64_t log_digest;
    struct draft_session sessions[DRAFT_ITEMS_MAX];
    size_t session_count;
    struct draft_election elections[DRAFT_ITEMS_MAX];
    size_t election_count;
};

/** A sound one: sessions 5 and 6, elections 7 and 9, at log time 10,000. */
struct draft draft_sound(void);

/** Parts of a message. A number of 0 and empty bytes are left out. */
void put_number(struct draft_bytes *bytes, unsigned field, uint64_t value);
void put_fixed64(struct draft_bytes *bytes, unsigned field, uint64_t value);
void put_span(struct draft_bytes *bytes, unsigned field, const void *span,
              size_t size);
/** Bytes as they are. */
void put_raw(struct draft_bytes *bytes, const void *raw, size_t size);

/** Parts of a snapshot. */
void draft_put_head(struct draft_bytes *bytes, const struct draft *draft);
void draft_put_session(struct draft_bytes *bytes,
                       const struct draft_session *session);
void draft_put_election(struct draft_bytes *bytes,
                        const struct draft_election *election);
/** The digest of all bytes so far. */
void draft_put_digest(struct draft_bytes *bytes);

/** Writes all of it. */
void draft_write(struct draft_bytes *bytes, const struct draft *draft);

#endif
