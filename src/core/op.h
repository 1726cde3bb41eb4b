/* SPDX-License-Identifier: Apache-2.0 */
/** What distinguishes the operations, taken from their table in election.h. */
#ifndef ELECTION_OP_H
#define ELECTION_OP_H

#include "base/field.h"
#include "election/election.h"

/* Sets of operations: bit i stands for the operation with the value i. */
enum {
#define OP_BIT(name, value, name_field) | 1 << (value)
    ELECTION__OPS = 0 ELECTION_OP_MAP(OP_BIT),
#undef OP_BIT
#define OP_BIT_OF_READ(name, value, name_field) | !(name_field) << (value)
    ELECTION__OPS_THAT_READ = 0 ELECTION_OP_MAP(OP_BIT_OF_READ)
#undef OP_BIT_OF_READ
};

_Static_assert(ELECTION__OPS == 0x1fe, "operations are 1 to 8, without a gap");

/** Tells whether there is an operation of this number. */
static inline bool election__op_exists(uint32_t number)
{
    return number < 32 && ((uint32_t)ELECTION__OPS >> number & 1) != 0;
}

/** Tells whether a field is a case of the oneof in input and output. */
static inline bool election__field_is_case(const struct election__field *field)
{
    return field->type == ELECTION__BYTES && election__op_exists(field->number);
}

/** Tells whether an operation only reads the Term. */
static inline bool election__op_reads(enum election_op op)
{
    return ((uint32_t)ELECTION__OPS_THAT_READ >> op & 1) != 0;
}

/** Returns the number of the field that carries the name; 0 = none does. */
static inline uint32_t election__op_name_field(enum election_op op)
{
    static const uint8_t fields[] = {
#define OP_NAME_FIELD(name, value, name_field) [value] = (name_field),
        ELECTION_OP_MAP(OP_NAME_FIELD)
#undef OP_NAME_FIELD
    };

    return fields[op];
}

#endif
