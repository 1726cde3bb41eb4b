/* SPDX-License-Identifier: Apache-2.0 */
#include "names.h"

#include "base/hash.h"
#include "table.h"

/* ---- the table ---------------------------------------------------------- */

/** Returns the table, whose cells stand behind the heads of the chains. */
static struct election__table table_of(const struct election__roll *roll)
{
    uint32_t capacity = election__roll_capacity(roll);

    return (struct election__table){election__roll_heads(roll) + capacity,
                                    ELECTION__ROLL_CELLS * capacity - 1};
}

static uint32_t hash_of_entry(const void *context, uint16_t id)
{
    const struct election__roll *roll = context;

    return roll->entries[id].name_hash;
}

/* ---- finding ------------------------------------------------------------ */

static inline bool has_name(const struct election__place *place,
                            const char *name, size_t name_size)
{
    const uint8_t *record = election__page_record(place->page, place->position);
    size_t size;
    const char *bytes = election__record_name(record, &size);

    /* Names that differ do so at their ends, most often. */
    return size == name_size && bytes[size - 1] == name[size - 1] &&
           memcmp(bytes, name, size) == 0;
}

static inline bool find_in_pages(struct election__page *first, const char *name,
                                 size_t name_size,
                                 struct election__place *place)
{
    struct election__place at = {first, 0};

    for (; at.page != NULL; at.page = at.page->next)
        for (at.position = 0; at.position < at.page->count; at.position++)
            if (has_name(&at, name, name_size)) {
                *place = at;
                return true;
            }
    return false;
}

bool election__names_find(const struct election__roll *roll,
                          struct election__page *first, const char *name,
                          size_t name_size, struct election__place *place)
{
    struct election__table table;
    uint32_t hash, cell;
    uint16_t id;

    if (!election__names_indexed(roll))
        return find_in_pages(first, name, name_size, place);
    table = table_of(roll);
    hash = election__hash(roll->hash_seed, name, name_size);
    cell = election__table_home(&table, hash);
    for (; election__table_probe(&table, hash, &cell, &id); cell++) {
        if (roll->entries[id].name_hash != hash)
            continue;
        *place = election__roll_place(roll, id);
        if (has_name(place, name, name_size))
            return true;
    }
    return false;
}

/* ---- adding ------------------------------------------------------------- */

void election__names_hash(struct election__roll *roll, uint16_t id,
                          const char *name, size_t name_size)
{
    if (election__names_indexed(roll))
        roll->entries[id].name_hash =
            election__hash(roll->hash_seed, name, name_size);
}

/** The name of a candidate, as long as its record stays where it is. */
static const char *name_of(const struct election__roll *roll, uint16_t id,
                           size_t *size)
{
    struct election__place place = election__roll_place(roll, id);

    return election__record_name(
        election__page_record(place.page, place.position), size);
}

/** Tells whether a name is the one of another candidate. */
static bool are_namesakes(const struct election__roll *roll, uint16_t id,
                          uint16_t other)
{
    struct election__place place = election__roll_place(roll, other);
    size_t size;
    const char *name = name_of(roll, id, &size);

    return has_name(&place, name, size);
}

/** Enters a name into the table. False = it is there. */
static bool index_name(struct election__roll *roll, uint16_t id)
{
    struct election__table table = table_of(roll);
    uint32_t hash = roll->entries[id].name_hash;
    uint32_t cell = election__table_home(&table, hash);
    uint16_t other;

    for (; election__table_probe(&table, hash, &cell, &other); cell++)
        if (roll->entries[other].name_hash == hash &&
            are_namesakes(roll, id, other))
            return false;
    election__table_put(&table, cell, hash, id);
    return true;
}

bool election__names_index(struct election__roll *roll, uint32_t from,
                           uint32_t to)
{
    if (!election__names_indexed(roll))
        return true;
    for (uint32_t id = from; id < to; id++)
        if (!index_name(roll, (uint16_t)id))
            return false;
    return true;
}

void election__names_rebuild(struct election__roll *roll, bool are_hashed)
{
    for (uint32_t id = 0; id < roll->count && !are_hashed; id++) {
        size_t size;
        const char *name = name_of(roll, (uint16_t)id, &size);

        election__names_hash(roll, (uint16_t)id, name, size);
    }
    (void)election__names_index(roll, 0, roll->count);
}

/* ---- removing ----------------------------------------------------------- */

void election__names_remove(struct election__roll *roll, uint16_t id)
{
    struct election__table table;
    uint32_t cell;

    if (!election__names_indexed(roll))
        return;
    table = table_of(roll);
    cell = election__table_cell(&table, roll->entries[id].name_hash, id);
    election__table_erase(&table, cell, hash_of_entry, roll);
}
