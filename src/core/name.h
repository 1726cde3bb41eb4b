/* SPDX-License-Identifier: Apache-2.0 */
/** The name rule: 1 to 255 bytes of UTF-8 without NUL. */
#ifndef ELECTION_NAME_H
#define ELECTION_NAME_H

#include <string.h>

#include "election/election.h"

/**
 * Tells whether a name that is known to be UTF-8 keeps the rest of the rule.
 * Whoever takes bytes in checks for UTF-8, as there it decides whether they
 * are a message at all.
 */
static inline bool election__name_valid(const char *name, size_t size)
{
    return size >= 1 && size <= ELECTION_NAME_SIZE_MAX &&
           memchr(name, '\0', size) == NULL;
}

#endif
