/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A hash table of candidate ids: open addressing with linear probing.
 *
 * A cell is 0 where it is empty, else
 *
 *     | 1 | tag: low 15 bits of the hash | id: 16 bits |
 *
 * The tag saves most looks at candidates that are not meant. The upper bits of
 * the hash tell the home, the cell where a probe starts. The table knows no
 * keys: its user compares them, and tells the hash of an id when asked.
 */
#ifndef ELECTION_TABLE_H
#define ELECTION_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct election__table {
    uint32_t *cells;
    uint32_t mask; /* number of cells - 1; that number is a power of two */
};

/** Returns the hash under which an id was inserted. */
typedef uint32_t election__table_hash_fn(const void *context, uint16_t id);

/** Returns the cell at which a probe for this hash starts. */
static inline uint32_t election__table_home(const struct election__table *table,
                                            uint32_t hash)
{
    return hash >> 14 & table->mask;
}

/**
 * Steps a probe to the next id that may be the one: starts at *cell and leaves
 * *cell there. False = the end of the probe; then *cell is empty, and is where
 * to put an id of this hash. To go on, start again one cell further.
 */
bool election__table_probe(const struct election__table *table, uint32_t hash,
                           uint32_t *cell, uint16_t *id);

/**
 * Puts an id into the cell that its probe has ended at. At least one cell must
 * remain empty.
 */
void election__table_put(const struct election__table *table, uint32_t cell,
                         uint32_t hash, uint16_t id);

/** Empties a cell, and closes the gap it leaves in the probes across it. */
void election__table_erase(const struct election__table *table, uint32_t cell,
                           election__table_hash_fn *hash_of,
                           const void *context);

/** Finds the cell of an id that is there. */
uint32_t election__table_cell(const struct election__table *table,
                              uint32_t hash, uint16_t id);

#endif
