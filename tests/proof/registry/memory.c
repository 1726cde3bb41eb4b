/* SPDX-License-Identifier: Apache-2.0 */
#include "memory.h"

#include <stddef.h>

#include "../../support/cmocka_all.h"

/** Returns the slot of a key, or the free one where it would be put. */
static struct memory_slot *slot_of(struct memory *memory, uint64_t key)
{
    size_t at = (size_t)(key ^ key >> 32) % MEMORY_SLOTS;

    assert_true(key != 0);
    while (memory->slots[at].key != 0 && memory->slots[at].key != key)
        at = (at + 1) % MEMORY_SLOTS;
    return &memory->slots[at];
}

uint64_t *memory_find(struct memory *memory, uint64_t key)
{
    struct memory_slot *slot = slot_of(memory, key);

    return slot->key == 0 ? NULL : &slot->value;
}

void memory_put(struct memory *memory, uint64_t key, uint64_t value)
{
    struct memory_slot *slot = slot_of(memory, key);

    if (slot->key == 0)
        memory->count++;
    assert_true(memory->count < MEMORY_SLOTS);
    slot->key = key;
    slot->value = value;
}
