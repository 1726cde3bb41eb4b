/* SPDX-License-Identifier: Apache-2.0 */
#include "model.h"

#include <stdlib.h>
#include <string.h>

static void *allocate(size_t size)
{
    void *memory = calloc(1, size);

    if (memory == NULL)
        abort();
    return memory;
}

void model_init(struct model *model, size_t waiting_max)
{
    memset(model, 0, sizeof *model);
    /* One more: a demotion puts the leader in before the head goes out. */
    model->capacity = waiting_max + 2;
    model->queue = allocate(model->capacity * sizeof *model->queue);
}

void model_free(struct model *model)
{
    free(model->queue);
}

/** Makes room for so many to wait. */
static void make_room(struct model *model, size_t count)
{
    if (count <= model->capacity)
        return;
    model->capacity = 2 * count;
    model->queue =
        realloc(model->queue, model->capacity * sizeof *model->queue);
    if (model->queue == NULL)
        abort();
}

void model_copy(struct model *model, const struct model *other)
{
    make_room(model, other->queue_count);
    memcpy(model->queue, other->queue,
           other->queue_count * sizeof *model->queue);
    model->queue_count = other->queue_count;
    model->index = other->index;
    model->has_leader = other->has_leader;
    model->leader = other->leader;
}

/* ---- the state ---------------------------------------------------------- */

/** One byte after another, as the Unicode Standard defines characters. */
bool model_is_utf8(const void *text, size_t size)
{
    const unsigned char *name = text;
    size_t i = 0;

    while (i < size) {
        unsigned long point = name[i];
        int tails = 0;

        if (point >= 0xf0)
            tails = 3;
        else if (point >= 0xe0)
            tails = 2;
        else if (point >= 0x80)
            tails = 1;
        if (tails == 1 && point < 0xc0)
            return false;
        if (tails > 0)
            point &= tails == 3 ? 0x07 : tails == 2 ? 0x0f : 0x1f;
        if (tails == 3 && name[i] >= 0xf8)
            return false;
        for (int tail = 1; tail <= tails; tail++) {
            if (i + (size_t)tail >= size || (name[i + (size_t)tail] >> 6) != 2)
                return false;
            point = point * 64 + (name[i + (size_t)tail] & 63);
        }
        if ((tails == 1 && point < 0x80) || (tails == 2 && point < 0x800) ||
            (tails == 3 && point < 0x10000) || point > 0x10ffff ||
            (point >= 0xd800 && point < 0xe000))
            return false;
        i += (size_t)tails + 1;
    }
    return true;
}

bool model_is_name(const void *text, size_t size)
{
    const unsigned char *name = text;

    if (size < 1 || size > 255)
        return false;
    for (size_t i = 0; i < size; i++)
        if (name[i] == 0)
            return false;
    return model_is_utf8(name, size);
}

static bool has_name(const struct model_candidate *candidate,
                     const unsigned char *name, size_t size)
{
    if (candidate->name_size != size)
        return false;
    for (size_t i = 0; i < size; i++)
        if (candidate->name[i] != name[i])
            return false;
    return true;
}

static void insert(struct model *model, size_t rank,
                   struct model_candidate candidate)
{
    make_room(model, model->queue_count + 1);
    for (size_t i = model->queue_count; i > rank; i--)
        model->queue[i] = model->queue[i - 1];
    model->queue[rank] = candidate;
    model->queue_count++;
}

static struct model_candidate take(struct model *model, size_t rank)
{
    struct model_candidate taken = model->queue[rank];

    model->queue_count--;
    for (size_t i = rank; i < model->queue_count; i++)
        model->queue[i] = model->queue[i + 1];
    return taken;
}

static void lead(struct model *model, struct model_candidate candidate)
{
    model->leader = candidate;
    model->has_leader = true;
    model->index++;
}

/** The leader is gone: the head of the queue leads, or nobody. */
static void succeed(struct model *model)
{
    if (model->queue_count > 0)
        lead(model, take(model, 0));
    else
        model->has_leader = false;
}

/** One who waits leads; the old leader goes to the front of the queue. */
static void replace(struct model *model, size_t rank)
{
    struct model_candidate next = take(model, rank);

    insert(model, 0, model->leader);
    lead(model, next);
}

static enum election_status enter(struct model *model, uint64_t session_id,
                                  const unsigned char *name, size_t size)
{
    struct model_candidate candidate;

    memset(&candidate, 0, sizeof candidate);
    memcpy(candidate.name, name, size);
    candidate.name_size = size;
    candidate.session_id = session_id;
    if (!model->has_leader)
        lead(model, candidate);
    else if (model->queue_count == 65535)
        return ELECTION_FULL;
    else
        insert(model, model->queue_count, candidate);
    return ELECTION_OK;
}

static enum election_status of_leader(struct model *model, enum election_op op,
                                      uint64_t session_id)
{
    uint64_t owner = model->leader.session_id;

    if (op == ELECTION_OP_ENTER)
        return owner == session_id ? ELECTION_UNCHANGED : ELECTION_CONFLICT;
    if (op == ELECTION_OP_WITHDRAW && owner != session_id)
        return ELECTION_NOT_OWNER;
    if (op == ELECTION_OP_WITHDRAW || op == ELECTION_OP_EVICT) {
        succeed(model);
        return ELECTION_OK;
    }
    if (op == ELECTION_OP_DEMOTE && model->queue_count > 0) {
        replace(model, 0);
        return ELECTION_OK;
    }
    return ELECTION_UNCHANGED;
}

static enum election_status of_waiting(struct model *model, size_t rank,
                                       enum election_op op, uint64_t session_id)
{
    uint64_t owner = model->queue[rank].session_id;

    if (op == ELECTION_OP_ENTER)
        return owner == session_id ? ELECTION_UNCHANGED : ELECTION_CONFLICT;
    if (op == ELECTION_OP_WITHDRAW && owner != session_id)
        return ELECTION_NOT_OWNER;
    if (op == ELECTION_OP_WITHDRAW || op == ELECTION_OP_EVICT)
        (void)take(model, rank);
    else if (op == ELECTION_OP_ANOINT ||
             (op == ELECTION_OP_PROMOTE && rank == 0))
        replace(model, rank);
    else if (op == ELECTION_OP_PROMOTE)
        insert(model, rank - 1, take(model, rank));
    else if (rank + 1 == model->queue_count)
        return ELECTION_UNCHANGED;
    else
        insert(model, rank + 1, take(model, rank));
    return ELECTION_OK;
}

static enum election_status of_unknown(struct model *model, enum election_op op,
                                       uint64_t session_id,
                                       const unsigned char *name, size_t size)
{
    if (op == ELECTION_OP_ENTER)
        return enter(model, session_id, name, size);
    return op == ELECTION_OP_WITHDRAW ? ELECTION_UNCHANGED : ELECTION_NOT_FOUND;
}

enum election_status model_apply(struct model *model, enum election_op op,
                                 uint64_t session_id, const void *name,
                                 size_t name_size)
{
    if (op == ELECTION_OP_GET_TERM || op == ELECTION_OP_WATCH)
        return ELECTION_OK;
    if (!model_is_name(name, name_size))
        return ELECTION_INVALID;
    if (model->has_leader && has_name(&model->leader, name, name_size))
        return of_leader(model, op, session_id);
    for (size_t rank = 0; rank < model->queue_count; rank++)
        if (has_name(&model->queue[rank], name, name_size))
            return of_waiting(model, rank, op, session_id);
    return of_unknown(model, op, session_id, name, name_size);
}

bool model_has(const struct model *model, const void *name, size_t size)
{
    if (model->has_leader && has_name(&model->leader, name, size))
        return true;
    for (size_t rank = 0; rank < model->queue_count; rank++)
        if (has_name(&model->queue[rank], name, size))
            return true;
    return false;
}

static bool is_owned(const struct model_candidate *candidate,
                     const uint64_t *session_ids, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (candidate->session_id == session_ids[i])
            return true;
    return false;
}

enum election_status model_close_all(struct model *model,
                                     const uint64_t *session_ids, size_t count)
{
    bool has_left = false;

    for (size_t rank = 0; rank < model->queue_count;)
        if (is_owned(&model->queue[rank], session_ids, count)) {
            (void)take(model, rank);
            has_left = true;
        } else {
            rank++;
        }
    /* Those who wait went first, so the one who follows is a survivor. */
    if (model->has_leader && is_owned(&model->leader, session_ids, count)) {
        succeed(model);
        has_left = true;
    }
    return has_left ? ELECTION_OK : ELECTION_UNCHANGED;
}

enum election_status model_close(struct model *model, uint64_t session_id)
{
    return model_close_all(model, &session_id, 1);
}

/* ---- its bytes ---------------------------------------------------------- */

void model_put(struct model_bytes *bytes, const void *data, size_t size)
{
    if (bytes->size + size > bytes->capacity) {
        bytes->capacity = 2 * (bytes->size + size);
        bytes->data = realloc(bytes->data, bytes->capacity);
        if (bytes->data == NULL)
            abort();
    }
    if (size > 0)
        memcpy(bytes->data + bytes->size, data, size);
    bytes->size += size;
}

void model_put_varint(struct model_bytes *bytes, uint64_t value)
{
    do {
        uint8_t byte = (uint8_t)(value % 128 + (value >= 128 ? 128 : 0));

        model_put(bytes, &byte, 1);
        value /= 128;
    } while (value > 0);
}

void model_put_number(struct model_bytes *bytes, unsigned field, uint64_t value)
{
    if (value == 0)
        return;
    model_put_varint(bytes, field * 8);
    model_put_varint(bytes, value);
}

void model_put_bytes(struct model_bytes *bytes, unsigned field,
                     const void *data, size_t size)
{
    model_put_varint(bytes, field * 8 + 2);
    model_put_varint(bytes, size);
    model_put(bytes, data, size);
}

void model_bytes_free(struct model_bytes *bytes)
{
    free(bytes->data);
    memset(bytes, 0, sizeof *bytes);
}

bool model_bytes_equal(const struct model_bytes *bytes, const uint8_t *data,
                       size_t size)
{
    return bytes->size == size &&
           (size == 0 || memcmp(bytes->data, data, size) == 0);
}

void model_output(const struct model *model, enum election_op op,
                  struct model_bytes *bytes)
{
    struct model_bytes term = {0};
    struct model_bytes answer = {0};

    if (model->has_leader)
        model_put_bytes(&term, 1, model->leader.name, model->leader.name_size);
    for (size_t rank = 0; rank < model->queue_count; rank++)
        model_put_bytes(&term, 2, model->queue[rank].name,
                        model->queue[rank].name_size);
    model_put_number(&term, 3, model->index);
    model_put_bytes(&answer, 1, term.data, term.size);
    bytes->size = 0;
    model_put_bytes(bytes, (unsigned)op, answer.data, answer.size);
    model_bytes_free(&term);
    model_bytes_free(&answer);
}

static void put_candidate(struct model_bytes *bytes, unsigned field,
                          const struct model_candidate *candidate)
{
    struct model_bytes message = {0};

    model_put_bytes(&message, 1, candidate->name, candidate->name_size);
    model_put_number(&message, 2, candidate->session_id);
    model_put_bytes(bytes, field, message.data, message.size);
    model_bytes_free(&message);
}

void model_snapshot(const struct model *model, struct model_bytes *bytes)
{
    bytes->size = 0;
    model_put_number(bytes, 1, model->index);
    if (model->has_leader)
        put_candidate(bytes, 2, &model->leader);
    for (size_t rank = 0; rank < model->queue_count; rank++)
        put_candidate(bytes, 3, &model->queue[rank]);
}
