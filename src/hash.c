#include "hash.h"

#include <string.h>

struct state {
    uint64_t a, b, c, d;
};

static inline uint64_t rotate(uint64_t word, int bits)
{
    return word << bits | word >> (64 - bits);
}

static inline void stir(struct state *s)
{
    s->a += s->b;
    s->c += s->d;
    s->b = rotate(s->b, 13) ^ s->a;
    s->d = rotate(s->d, 16) ^ s->c;
    s->a = rotate(s->a, 32);
    s->c += s->b;
    s->a += s->d;
    s->b = rotate(s->b, 17) ^ s->c;
    s->d = rotate(s->d, 21) ^ s->a;
    s->c = rotate(s->c, 32);
}

static inline void absorb(struct state *s, uint64_t word)
{
    s->d ^= word;
    stir(s);
    s->a ^= word;
}

uint32_t election__hash(uint64_t seed, const void *bytes, size_t size)
{
    struct state s = {
        seed ^ UINT64_C(0x736f6d6570736575),
        seed ^ UINT64_C(0x646f72616e646f6d),
        seed ^ UINT64_C(0x6c7967656e657261),
        seed ^ UINT64_C(0x7465646279746573),
    };
    const unsigned char *at = bytes;
    size_t left = size;
    uint64_t word;

    for (; left >= sizeof word; left -= sizeof word) {
        memcpy(&word, at, sizeof word);
        absorb(&s, word);
        at += sizeof word;
    }
    word = (uint64_t)size << 56;
    for (size_t i = 0; i < left; i++)
        word |= (uint64_t)at[i] << 8 * i;
    absorb(&s, word);
    s.c ^= 0xff;
    stir(&s);
    stir(&s);
    stir(&s);
    word = s.a ^ s.b ^ s.c ^ s.d;
    return (uint32_t)(word ^ word >> 32);
}
