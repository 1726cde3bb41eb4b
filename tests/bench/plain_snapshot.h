/* SPDX-License-Identifier: Apache-2.0 */
/** A registry's snapshot, read by protobuf-c the plain way. */
#ifndef BENCH_PLAIN_SNAPSHOT_H
#define BENCH_PLAIN_SNAPSHOT_H

#include <stddef.h>
#include <stdint.h>

/** Tells how long unpacking takes by a clock; freeing is not counted. */
double plain_unpack_ns(const uint8_t *bytes, size_t size,
                       double (*clock)(void));

#endif
