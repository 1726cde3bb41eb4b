/* SPDX-License-Identifier: Apache-2.0 */
/** What all fuzz targets share. */
#ifndef FUZZ_FUZZ_H
#define FUZZ_FUZZ_H

#include <stdint.h>
#include <stdlib.h>

#include "election/election.h"

/** One case; libFuzzer calls it, and replay.c does. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/** Stops the fuzzer at a case that breaks a promise. */
static inline void require(bool condition)
{
    if (!condition)
        abort();
}

#endif
