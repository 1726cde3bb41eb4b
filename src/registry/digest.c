/* SPDX-License-Identifier: Apache-2.0 */
#include "digest.h"

#include <string.h>

#include "base/field.h"

#define C1 UINT64_C(0x9e3779b97f4a7c15)
#define C2 UINT64_C(0xd6e8feb86659fd93)

static uint64_t mix(uint64_t hash, uint64_t word)
{
    hash = (hash ^ word) * C1;
    return hash ^ hash >> 32;
}

/** Takes in whole words, and the rest filled up with zeros. */
static uint64_t mix_bytes(uint64_t hash, const uint8_t *bytes, size_t size)
{
    uint8_t last[8] = {0};

    for (; size >= 8; bytes += 8, size -= 8)
        hash = mix(hash, election__fixed64_at(bytes));
    if (size == 0)
        return hash;
    memcpy(last, bytes, size);
    return mix(hash, election__fixed64_at(last));
}

uint64_t election__digest_entry(uint64_t digest, uint64_t index,
                                const void *entry, size_t size)
{
    return mix_bytes(digest ^ index * C1 ^ size * C2, entry, size);
}

void election__digest_add(struct election__digest *digest, const void *bytes,
                          size_t size)
{
    const uint8_t *at = bytes;
    size_t held = digest->size % 8;
    size_t whole;

    digest->size += size;
    if (held > 0) {
        size_t taken = size < 8 - held ? size : 8 - held;

        if (taken > 0)
            memcpy(digest->tail + held, at, taken);
        if (held + taken < 8)
            return;
        digest->hash = mix_bytes(digest->hash, digest->tail, 8);
        at += taken;
        size -= taken;
    }
    whole = size - size % 8;
    digest->hash = mix_bytes(digest->hash, at, whole);
    if (size > whole)
        memcpy(digest->tail, at + whole, size - whole);
}

uint64_t election__digest_end(const struct election__digest *digest)
{
    uint64_t hash =
        mix_bytes(digest->hash, digest->tail, (size_t)(digest->size % 8));

    return mix(hash, digest->size);
}

void election__digests_put(struct election__digests *digests, uint64_t index,
                           uint64_t digest)
{
    size_t place = (size_t)(digests->count++ % ELECTION_DIGESTS_MAX);

    digests->ring[place].index = index;
    digests->ring[place].digest = digest;
}

bool election__digests_differ(const struct election__digests *digests,
                              uint64_t index, uint64_t digest)
{
    uint64_t to = digests->count;
    uint64_t from = to < ELECTION_DIGESTS_MAX ? 0 : to - ELECTION_DIGESTS_MAX;

    while (from < to) {
        uint64_t middle = from + (to - from) / 2;
        size_t place = (size_t)(middle % ELECTION_DIGESTS_MAX);

        if (digests->ring[place].index == index)
            return digests->ring[place].digest != digest;
        if (digests->ring[place].index < index)
            from = middle + 1;
        else
            to = middle;
    }
    return false;
}
