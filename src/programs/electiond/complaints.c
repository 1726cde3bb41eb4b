/* SPDX-License-Identifier: Apache-2.0 */
#include "complaints.h"

#include <stdio.h>
#include <string.h>

enum { MINUTE_MS = 60000 };

/** Finds the address, or the place of the one that was told of first. */
static struct complaint *find(struct complaints *complaints,
                              const char *address)
{
    struct complaint *found = &complaints->last[0];

    for (int i = 0; i < COMPLAINTS_MAX; i++) {
        struct complaint *complaint = &complaints->last[i];

        if (strcmp(complaint->address, address) == 0)
            return complaint;
        if (complaint->told_ms < found->told_ms)
            found = complaint;
    }
    return found;
}

/** With more addresses than places, a minute must pass at each place. */
bool complaints_add(struct complaints *complaints, const char *address,
                    uint64_t now_ms)
{
    struct complaint *complaint = find(complaints, address);

    if (complaint->told_ms != 0 && now_ms - complaint->told_ms < MINUTE_MS)
        return false;
    complaint->told_ms = now_ms;
    (void)snprintf(complaint->address, sizeof complaint->address, "%s",
                   address);
    return true;
}
