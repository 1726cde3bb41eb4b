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
    struct model_candidate *queue;
    size_t queue_count;
    size_t capacity; /* of the queue; it grows */
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

/** Makes one model the same as another. */
void model_copy(struct model *model, const struct model *other);

/** Runs a command or read on the model. */
enum election_status model_apply(struct model *model, enum election_op op,
                                 uint64_t session_id, const void *name,
                                 size_t name_size);

/** Closes a session of the model. */
enum election_status model_close(struct model *model, uint64_t session_id);

/** Closes several sessions of the model in one step. */
enum election_status model_close_all(struct model *model,
                                     const uint64_t *session_ids, size_t count);

/** Tells whether a candidate of that name waits or leads. */
bool model_has(const struct model *model, const void *name, size_t size);

/** Tells whether bytes are UTF-8, and whether they keep the name rule. */
bool model_is_utf8(const void *text, size_t size);
bool model_is_name(const void *name, size_t size);

/** Encodes the Term as the answer to `op`. */
void model_output(const struct model *model, enum election_op op,
                  struct model_bytes *bytes);

/** Encodes the state. */
void model_snapshot(const struct model *model, struct model_bytes *bytes);

/* Append to bytes; a number that is 0 is left out, as in proto3. */
void model_put(struct model_bytes *bytes, const void *data, size_t size);
void model_put_varint(struct model_bytes *bytes, uint64_t value);
void model_put_number(struct model_bytes *bytes, unsigned field,
                      uint64_t value);
void model_put_bytes(struct model_bytes *bytes, unsigned field,
                     const void *data, size_t size);

void model_bytes_free(struct model_bytes *bytes);

/** Tells whether the bytes are the same. */
bool model_bytes_equal(const struct model_bytes *bytes, const uint8_t *data,
                       size_t size);

#endif
