/* SPDX-License-Identifier: Apache-2.0 */
#include "chains.h"

enum { BITS_MIN = 3 };

static size_t size_of(const struct election__chains *chains)
{
    return (size_t)1 << chains->bits;
}

static struct election__chained **head_of(const struct election__chains *chains,
                                          uint64_t hash)
{
    return &chains->heads[hash >> (64 - chains->bits)].first;
}

static void push(struct election__chains *chains,
                 struct election__chained *item)
{
    struct election__chained **head = head_of(chains, item->hash);

    item->next = *head;
    *head = item;
}

/** Puts all items into a row of another size. False = no memory. */
static bool resize(struct election__chains *chains,
                   const struct election_allocator *allocator, unsigned bits)
{
    struct election__chains resized = {NULL, chains->count, bits};

    resized.heads = election__allocate(allocator, size_of(&resized) *
                                                      sizeof *resized.heads);
    if (resized.heads == NULL)
        return false;
    for (size_t i = 0; i < size_of(&resized); i++)
        resized.heads[i].first = NULL;
    for (size_t i = 0; chains->heads != NULL && i < size_of(chains); i++) {
        struct election__chained *item = chains->heads[i].first;

        while (item != NULL) {
            struct election__chained *next = item->next;

            push(&resized, item);
            item = next;
        }
    }
    election__release(allocator, chains->heads);
    *chains = resized;
    return true;
}

bool election__chains_reserve(struct election__chains *chains,
                              const struct election_allocator *allocator)
{
    if (chains->heads == NULL)
        return resize(chains, allocator, BITS_MIN);
    if (chains->count < size_of(chains))
        return true;
    return resize(chains, allocator, chains->bits + 1);
}

void election__chains_add(struct election__chains *chains,
                          struct election__chained *item, uint64_t hash)
{
    item->hash = hash;
    push(chains, item);
    chains->count++;
}

void election__chains_remove(struct election__chains *chains,
                             const struct election__chained *item)
{
    struct election__chained **at = head_of(chains, item->hash);

    while (*at != item)
        at = &(*at)->next;
    *at = item->next;
    chains->count--;
}

void election__chains_trim(struct election__chains *chains,
                           const struct election_allocator *allocator)
{
    unsigned bits = chains->bits;

    if (chains->heads == NULL)
        return;
    while (bits > BITS_MIN && chains->count < (size_t)1 << (bits - 2))
        bits--;
    if (bits < chains->bits)
        (void)resize(chains, allocator, bits);
}

void election__chains_free(struct election__chains *chains,
                           const struct election_allocator *allocator)
{
    election__release(allocator, chains->heads);
    *chains = (struct election__chains){NULL, 0, 0};
}
