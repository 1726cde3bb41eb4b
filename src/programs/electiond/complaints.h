/* SPDX-License-Identifier: Apache-2.0 */
/** What is told of an address once a minute, however often it happens. */
#ifndef ELECTIOND_COMPLAINTS_H
#define ELECTIOND_COMPLAINTS_H

#include <stdbool.h>
#include <stdint.h>

#include "options.h"

enum { COMPLAINTS_MAX = 64 };

struct complaints {
    struct complaint {
        char address[ADDRESS_SIZE];
        uint64_t told_ms; /* 0 = unused */
    } last[COMPLAINTS_MAX];
};

/** Tells whether to tell of this address now, and notes that it was. */
bool complaints_add(struct complaints *complaints, const char *address,
                    uint64_t now_ms);

#endif
