/* SPDX-License-Identifier: Apache-2.0 */
#include "election/election.h"

#define TEXT_OF(number) #number
#define VERSION_TEXT(major, minor, patch)                                      \
    TEXT_OF(major) "." TEXT_OF(minor) "." TEXT_OF(patch)

const char *election_version(void)
{
    return VERSION_TEXT(ELECTION_VERSION_MAJOR, ELECTION_VERSION_MINOR,
                        ELECTION_VERSION_PATCH);
}
