/* SPDX-License-Identifier: Apache-2.0 */
#include "draft.h"

#include <string.h>

#include "cmocka_all.h"

#define C1 UINT64_C(0x9e3779b97f4a7c15)

struct draft draft_sound(void)
{
    return (struct draft){
        .version = 1,
        .applied = 20,
        .epoch = 3,
        .stamp_ms = 500,
        .now_ms = 10000,
        .extended_ms = 4000,
        .index_floor = 2,
        .id_floor = 12,
        .log_digest = 77,
        .sessions = {{.id = 5,
                      .client_id = "a",
                      .client_id_size = 1,
                      .incarnation = 1,
                      .nonce = 1,
                      .timeout_ms = 9000,
                      .renewed_ms = 9000,
                      .data_size = 3,
                      .highest_sequence = 2,
                      .seen = 3,
                      .statuses_size = 32,
                      .statuses = {0xb1}},
                     {.id = 6,
                      .client_id = "b",
                      .client_id_size = 1,
                      .timeout_ms = 9000,
                      .renewed_ms = 10000}},
        .session_count = 2,
        .elections = {{.id = 7,
                       .name = "e",
                       .name_size = 1,
                       .index = 3,
                       .candidates = {{"A", 5}, {"B", 6}, {"C", 5}},
                       .candidate_count = 3},
                      {.id = 9,
                       .name = "f",
                       .name_size = 1,
                       .index = 1,
                       .candidates = {{"A", 6}},
                       .candidate_count = 1}},
        .election_count = 2,
    };
}

/* ---- bytes -------------------------------------------------------------- */

void put_raw(struct draft_bytes *bytes, const void *raw, size_t size)
{
    assert_true(size <= sizeof bytes->data - bytes->size);
    if (size > 0)
        memcpy(bytes->data + bytes->size, raw, size);
    bytes->size += size;
}

static void put_varint(struct draft_bytes *bytes, uint64_t value)
{
    uint8_t byte;

    do {
        byte = (uint8_t)(value & 0x7f);
        value >>= 7;
        if (value != 0)
            byte |= 0x80;
        put_raw(bytes, &byte, 1);
    } while (value != 0);
}

void put_number(struct draft_bytes *bytes, unsigned field, uint64_t value)
{
    if (value == 0)
        return;
    put_varint(bytes, field << 3);
    put_varint(bytes, value);
}

void put_fixed64(struct draft_bytes *bytes, unsigned field, uint64_t value)
{
    if (value == 0)
        return;
    put_varint(bytes, field << 3 | 1);
    for (unsigned i = 0; i < 8; i++) {
        uint8_t byte = (uint8_t)(value >> 8 * i);

        put_raw(bytes, &byte, 1);
    }
}

void put_span(struct draft_bytes *bytes, unsigned field, const void *span,
              size_t size)
{
    if (size == 0)
        return;
    put_varint(bytes, field << 3 | 2);
    put_varint(bytes, size);
    put_raw(bytes, span, size);
}

/* ---- a snapshot --------------------------------------------------------- */

void draft_put_head(struct draft_bytes *bytes, const struct draft *draft)
{
    put_number(bytes, 1, draft->version);
    put_number(bytes, 2, draft->applied);
    put_number(bytes, 3, draft->epoch);
    put_number(bytes, 4, draft->stamp_ms);
    put_number(bytes, 5, draft->now_ms);
    put_number(bytes, 6, draft->extended_ms);
    put_number(bytes, 7, draft->index_floor);
    put_number(bytes, 8, draft->id_floor);
    put_fixed64(bytes, 9, draft->log_digest);
}

/** Both are too large for the stack of a thread; tests have one thread. */
static struct draft_bytes inner, innermost;

void draft_put_session(struct draft_bytes *bytes,
                       const struct draft_session *session)
{
    static uint8_t data[2048];

    memset(data, 'd', sizeof data);
    inner.size = 0;
    put_number(&inner, 1, session->id);
    put_span(&inner, 2, session->client_id, session->client_id_size);
    put_number(&inner, 3, session->incarnation);
    put_fixed64(&inner, 4, session->nonce);
    put_number(&inner, 5, session->timeout_ms);
    put_number(&inner, 6, session->renewed_ms);
    put_span(&inner, 7, data, session->data_size);
    put_number(&inner, 8, session->highest_sequence);
    put_fixed64(&inner, 9, session->seen);
    put_span(&inner, 10, session->statuses, session->statuses_size);
    put_span(bytes, 10, inner.data, inner.size);
}

static void put_candidate(struct draft_bytes *bytes, unsigned field,
                          const struct draft_candidate *candidate)
{
    static struct draft_bytes one;

    one.size = 0;
    put_span(&one, 1, candidate->name, strlen(candidate->name));
    put_number(&one, 2, candidate->session_id);
    put_span(bytes, field, one.data, one.size);
}

void draft_put_election(struct draft_bytes *bytes,
                        const struct draft_election *election)
{
    innermost.size = 0;
    put_number(&innermost, 1, election->index);
    for (size_t i = 0; i < election->candidate_count; i++)
        put_candidate(&innermost, i == 0 ? 2 : 3, &election->candidates[i]);
    inner.size = 0;
    put_number(&inner, 1, election->id);
    put_span(&inner, 2, election->name, election->name_size);
    put_span(&inner, 3, innermost.data, innermost.size);
    put_span(bytes, 11, inner.data, inner.size);
}

void draft_put_digest(struct draft_bytes *bytes)
{
    uint64_t h = 0;

    for (size_t at = 0; at < bytes->size; at += 8) {
        uint64_t w = 0;

        for (size_t i = at; i < at + 8 && i < bytes->size; i++)
            w |= (uint64_t)bytes->data[i] << 8 * (i - at);
        h = (h ^ w) * C1;
        h ^= h >> 32;
    }
    h = (h ^ bytes->size) * C1;
    h ^= h >> 32;
    put_fixed64(bytes, 12, h);
}

void draft_write(struct draft_bytes *bytes, const struct draft *draft)
{
    bytes->size = 0;
    draft_put_head(bytes, draft);
    for (size_t i = 0; i < draft->session_count; i++)
        draft_put_session(bytes, &draft->sessions[i]);
    for (size_t i = 0; i < draft->election_count; i++)
        draft_put_election(bytes, &draft->elections[i]);
    draft_put_digest(bytes);
}
