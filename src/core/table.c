/* SPDX-License-Identifier: Apache-2.0 */
#include "table.h"

#define OCCUPIED UINT32_C(0x80000000)
#define ID_MASK UINT32_C(0xffff)

static uint32_t cell_value(uint32_t hash, uint16_t id)
{
    return OCCUPIED | (hash & 0x7fff) << 16 | id;
}

bool election__table_probe(const struct election__table *table, uint32_t hash,
                           uint32_t *cell, uint16_t *id)
{
    uint32_t wanted = cell_value(hash, 0);
    uint32_t at = *cell & table->mask;

    for (; table->cells[at] != 0; at = (at + 1) & table->mask)
        if ((table->cells[at] & ~ID_MASK) == wanted)
            break;
    *cell = at;
    *id = (uint16_t)(table->cells[at] & ID_MASK);
    return table->cells[at] != 0;
}

void election__table_put(const struct election__table *table, uint32_t cell,
                         uint32_t hash, uint16_t id)
{
    table->cells[cell] = cell_value(hash, id);
}

void election__table_erase(const struct election__table *table, uint32_t cell,
                           election__table_hash_fn *hash_of,
                           const void *context)
{
    uint32_t gap = cell;
    uint32_t at = (gap + 1) & table->mask;

    for (; table->cells[at] != 0; at = (at + 1) & table->mask) {
        uint16_t id = (uint16_t)(table->cells[at] & ID_MASK);
        uint32_t home = election__table_home(table, hash_of(context, id));

        /* A probe from home to here crosses the gap: move it there. */
        if (((at - home) & table->mask) >= ((at - gap) & table->mask)) {
            table->cells[gap] = table->cells[at];
            gap = at;
        }
    }
    table->cells[gap] = 0;
}

uint32_t election__table_cell(const struct election__table *table,
                              uint32_t hash, uint16_t id)
{
    uint32_t at = election__table_home(table, hash);

    while (table->cells[at] != cell_value(hash, id))
        at = (at + 1) & table->mask;
    return at;
}
