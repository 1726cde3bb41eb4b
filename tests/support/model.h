/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A deliberately naive election, written from proto/SEMANTICS.md: arrays,
 * linear search, its own encoder. It shares no code and no design with src.
 */
#ifndef SUPPORT_MODEL_H
#define SUPPORT_MODEL_H

#include "election/election.h"

struct model_candidate {
    unsigned char name[ELECTION_NAME_SIZE_MAX];
    size_t name_size;
    uint64_t session_id;
};

struct model {
    uint64_t index;
    bool has_leader;
    struct model_candidate leader;
    struct model_candidate *queue; /* room for ELECTION_WAITING_MAX */
    size_t queue_count;
};

/** Bytes of a model's own making. */
struct model_bytes {
    uint8_t *data;
    size_t size;
    size_t capacity;
};

/** Starts a model that nobody has entered, with room for so many to wait. */
void model_init(struct model *model, size_t waiting_max);
void model_free(struct model *model);

/** Makes one model the same as another, which has no more who wait. */
void model_copy(struct model *model, const struct model *other);

/** Runs a command or read on the model. */
enum election_status model_apply(struct model *model, enum election_op op,
                                 uint64_t session_id, const void *name,
                                 size_t name_size);

/** Closes a session of the model. */
enum election_status model_close(struct model *model, uint64_t session_id);

/** Encodes the Term as the answer to `op`. */
void model_output(const struct model *model, enum election_op op,
                  struct model_bytes *bytes);

/** Encodes the state. */
void model_snapshot(const struct model *model, struct model_bytes *bytes);

void model_bytes_free(struct model_bytes *bytes);

/** Tells whether the bytes are the same. */
bool model_bytes_equal(const struct model_bytes *bytes, const uint8_t *data,
                       size_t size);

#endif
