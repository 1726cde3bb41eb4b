/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the naive registry writes: events, snapshots, answers to reads, and the
 * two digests.
 */
#include "registry_model_parts.h"

#include <string.h>

static const uint64_t c1 = UINT64_C(0x9e3779b97f4a7c15);
static const uint64_t c2 = UINT64_C(0xd6e8feb86659fd93);

/** Mixes in bytes, eight by eight; what is missing at the end is zero. */
static uint64_t mix_words(uint64_t h, const uint8_t *bytes, size_t size)
{
    for (size_t at = 0; at < size; at += 8) {
        uint64_t word = 0;

        for (size_t i = 0; i < 8; i++)
            if (at + i < size)
                word += (uint64_t)bytes[at + i] << 8 * i;
        h = (h ^ word) * c1;
        h = h ^ h >> 32;
    }
    return h;
}

uint64_t registry_model__take_in(uint64_t log_digest, uint64_t index,
                                 const uint8_t *entry, size_t size)
{
    return mix_words(log_digest ^ index * c1 ^ size * c2, entry, size);
}

static uint64_t snapshot_digest(const uint8_t *bytes, size_t size)
{
    uint64_t h = mix_words(0, bytes, size);

    h = (h ^ size) * c1;
    return h ^ h >> 32;
}

static void put_fixed64(struct model_bytes *bytes, unsigned field,
                        uint64_t value)
{
    if (value == 0)
        return;
    model_put_varint(bytes, field * 8 + 1);
    for (unsigned i = 0; i < 8; i++) {
        uint8_t byte = (uint8_t)(value >> 8 * i);

        model_put(bytes, &byte, 1);
    }
}

/** Bytes that are not there are left out. */
static void put_some(struct model_bytes *bytes, unsigned field,
                     const void *data, size_t size)
{
    if (size > 0)
        model_put_bytes(bytes, field, data, size);
}

/** Puts a message that was made before, and releases it. */
static void put_message(struct model_bytes *bytes, unsigned field,
                        struct model_bytes *message)
{
    model_put_bytes(bytes, field, message->data, message->size);
    model_bytes_free(message);
}

/* ---- who leads ----------------------------------------------------------- */

static void put_leader(const struct registry_model *model,
                       struct model_bytes *bytes, const struct model *of,
                       enum registry_model_detail detail)
{
    const struct registry_model_session *session =
        registry_model_session(model, of->leader.session_id);

    model_put_bytes(bytes, 2, of->leader.name, of->leader.name_size);
    model_put_number(bytes, 3, of->leader.session_id);
    if (detail != REGISTRY_MODEL_BARE)
        put_some(bytes, 4, session->data, session->data_size);
    model_put_number(bytes, 5, of->queue_count);
    for (size_t rank = 0; rank < of->queue_count; rank++)
        if (detail == REGISTRY_MODEL_ALL_OF)
            model_put_bytes(bytes, 6, of->queue[rank].name,
                            of->queue[rank].name_size);
}

void registry_model__put_leadership(const struct registry_model *model,
                                    struct model_bytes *bytes, unsigned field,
                                    const void *name, size_t size,
                                    enum registry_model_detail detail)
{
    const struct registry_model_election *election =
        registry_model_election(model, name, size);
    struct model_bytes leadership = {0};

    if (election == NULL) {
        model_put_number(&leadership, 1, model->index_floor);
    } else {
        model_put_number(&leadership, 1, election->model.index);
        put_leader(model, &leadership, &election->model, detail);
    }
    put_message(bytes, field, &leadership);
}

void registry_model__event(const struct registry_model *model,
                           const struct registry_model_name *name,
                           enum election_cause cause, uint64_t by_session_id,
                           enum election_scope scope, struct model_bytes *bytes)
{
    enum registry_model_detail detail = REGISTRY_MODEL_DATA;

    if (scope == ELECTION_SCOPE_TERM)
        detail = REGISTRY_MODEL_ALL_OF;
    bytes->size = 0;
    model_put_number(bytes, 1, model->applied);
    model_put_bytes(bytes, 2, name->text, name->size);
    model_put_number(bytes, 3, (uint64_t)cause);
    model_put_number(bytes, 4, by_session_id);
    registry_model__put_leadership(model, bytes, 5, name->text, name->size,
                                   detail);
}

/* ---- the snapshot -------------------------------------------------------- */

static void put_window(const struct registry_model *model,
                       const struct registry_model_session *session,
                       struct model_bytes *bytes)
{
    uint8_t statuses[32] = {0};
    uint64_t seen = 0;

    if (session->highest_sequence == 0)
        return;
    REGISTRY_MODEL_EACH(struct registry_model_memory, memory, model->memories)
    {
        uint64_t back = session->highest_sequence - memory->sequence;
        unsigned half = back % 2 == 0 ? 1 : 16;

        if (memory->session_id != session->id || back > 63)
            continue;
        seen += UINT64_C(1) << back;
        statuses[back / 2] += (uint8_t)((unsigned)memory->status * half);
    }
    model_put_number(bytes, 8, session->highest_sequence);
    put_fixed64(bytes, 9, seen);
    model_put_bytes(bytes, 10, statuses, sizeof statuses);
}

static void put_session(const struct registry_model *model,
                        const struct registry_model_session *session,
                        struct model_bytes *bytes)
{
    struct model_bytes message = {0};

    model_put_number(&message, 1, session->id);
    put_some(&message, 2, session->client_id, session->client_id_size);
    model_put_number(&message, 3, session->incarnation);
    put_fixed64(&message, 4, session->nonce);
    model_put_number(&message, 5, session->timeout_ms);
    model_put_number(&message, 6, session->renewed_ms);
    put_some(&message, 7, session->data, session->data_size);
    put_window(model, session, &message);
    put_message(bytes, 10, &message);
}

static void put_election(const struct registry_model_election *election,
                         struct model_bytes *bytes)
{
    struct model_bytes message = {0};
    struct model_bytes state = {0};

    model_snapshot(&election->model, &state);
    model_put_number(&message, 1, election->id);
    model_put_bytes(&message, 2, election->name.text, election->name.size);
    put_message(&message, 3, &state);
    put_message(bytes, 11, &message);
}

void registry_model_snapshot(const struct registry_model *model,
                             struct model_bytes *bytes)
{
    bytes->size = 0;
    model_put_number(bytes, 1, model->version);
    model_put_number(bytes, 2, model->applied);
    model_put_number(bytes, 3, model->epoch);
    model_put_number(bytes, 4, model->stamp_ms);
    model_put_number(bytes, 5, model->now_ms);
    model_put_number(bytes, 6, model->extended_ms);
    model_put_number(bytes, 7, model->index_floor);
    model_put_number(bytes, 8, model->id_floor);
    put_fixed64(bytes, 9, model->log_digest);
    REGISTRY_MODEL_EACH(struct registry_model_session, session, model->sessions)
    put_session(model, session, bytes);
    REGISTRY_MODEL_EACH(struct registry_model_election, election,
                        model->elections)
    put_election(election, bytes);
    put_fixed64(bytes, 12, snapshot_digest(bytes->data, bytes->size));
}

/* ---- answers to reads ---------------------------------------------------- */

/** How many elements a list has at most. The tests keep far below 512 KiB. */
static size_t list_limit(uint32_t asked)
{
    if (asked == 0)
        return 1000;
    return asked > 10000 ? 10000 : asked;
}

static void put_elections(const struct registry_model *model,
                          const struct registry_model_query *query,
                          struct model_bytes *answer)
{
    struct model_bytes list = {0};
    size_t count = 0;

    REGISTRY_MODEL_EACH(struct registry_model_election, election,
                        model->elections)
    {
        struct model_bytes summary = {0};

        if (election->id <= query->after || count == list_limit(query->limit))
            continue;
        count++;
        model_put_number(&summary, 1, election->id);
        model_put_bytes(&summary, 2, election->name.text, election->name.size);
        registry_model__put_leadership(model, &summary, 3, election->name.text,
                                       election->name.size,
                                       REGISTRY_MODEL_DATA);
        put_message(&list, 1, &summary);
    }
    put_message(answer, 4, &list);
}

static void put_summary(const struct registry_model *model,
                        const struct registry_model_session *session,
                        struct model_bytes *list)
{
    struct model_bytes summary = {0};

    model_put_number(&summary, 1, session->id);
    put_some(&summary, 2, session->client_id, session->client_id_size);
    model_put_number(&summary, 3, session->incarnation);
    model_put_number(&summary, 4, session->timeout_ms);
    model_put_number(&summary, 5,
                     registry_model__deadline(model, session) - model->now_ms);
    model_put_number(&summary, 6,
                     registry_model__candidacies(model, session->id));
    model_put_number(&summary, 7, session->highest_sequence);
    put_some(&summary, 8, session->data, session->data_size);
    put_message(list, 1, &summary);
}

static void put_sessions(const struct registry_model *model,
                         const struct registry_model_query *query,
                         struct model_bytes *answer)
{
    struct model_bytes list = {0};
    size_t count = 0;

    REGISTRY_MODEL_EACH(struct registry_model_session, session, model->sessions)
    if (session->id > query->after && count++ < list_limit(query->limit))
        put_summary(model, session, &list);
    put_message(answer, 5, &list);
}

static void put_registry_status(const struct registry_model *model,
                                struct model_bytes *answer)
{
    struct model_bytes status = {0};

    model_put_number(&status, 1, model->version);
    model_put_number(&status, 2, model->epoch);
    model_put_number(&status, 3, model->now_ms);
    model_put_number(&status, 4, model->index_floor);
    model_put_number(&status, 5, model->id_floor);
    model_put_number(&status, 6, model->sessions.count);
    model_put_number(&status, 7, model->elections.count);
    model_put_number(&status, 8, registry_model__candidates(model));
    put_fixed64(&status, 9, model->log_digest);
    put_message(answer, 6, &status);
}

static enum election_status judge(const struct registry_model_query *query,
                                  bool is_sound)
{
    if (!is_sound)
        return ELECTION_INVALID;
    if (query->kind == 1 &&
        !model_is_name(query->election.data, query->election.size))
        return ELECTION_INVALID;
    return query->kind == 0 ? ELECTION_UNSUPPORTED : ELECTION_OK;
}

enum election_status registry_model_query(const struct registry_model *model,
                                          const void *bytes, size_t size,
                                          struct model_bytes *answer)
{
    struct registry_model_query query;
    bool is_sound = registry_model__read_query(bytes, size, &query);
    enum election_status status = judge(&query, is_sound);

    answer->size = 0;
    model_put_number(answer, 1, (uint64_t)status);
    model_put_number(answer, 2, model->applied);
    if (status != ELECTION_OK)
        return status;
    if (query.kind == 1)
        registry_model__put_leadership(model, answer, 3, query.election.data,
                                       query.election.size,
                                       REGISTRY_MODEL_ALL_OF);
    else if (query.kind == 2)
        put_elections(model, &query, answer);
    else if (query.kind == 3)
        put_sessions(model, &query, answer);
    else
        put_registry_status(model, answer);
    return status;
}
