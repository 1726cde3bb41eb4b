/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A LeaderElectionInput on the wire.
 *
 * What a replica accepts decides its state, so it must be the same for every
 * build and for ever. It is what Google's proto3 parser accepts: fields in any
 * order, unknown fields skipped, groups too, up to 100 levels deep, varints
 * longer than they need be, the last case of a oneof, strings of UTF-8 only.
 * What is written is canonical: ascending fields, no defaults, short varints.
 *
 * Nothing is allocated, and names point into the bytes that were read.
 */
#ifndef ELECTION_INPUT_H
#define ELECTION_INPUT_H

#include "embed.h"

/**
 * Reads an input. INVALID, UNSUPPORTED or OK; the name is then UTF-8, but
 * otherwise not judged.
 */
enum election_status election__input_read(const void *input, size_t size,
                                          struct election_command *command);

#endif
