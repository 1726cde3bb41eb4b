/* SPDX-License-Identifier: Apache-2.0 */
#include "election/election.h"

const char *election_status_name(enum election_status status)
{
    switch (status) {
#define STATUS_NAME(name, value, text)                                         \
    case ELECTION_##name:                                                      \
        return #name;
        ELECTION_STATUS_MAP(STATUS_NAME)
#undef STATUS_NAME
    }
    return "UNKNOWN";
}

const char *election_status_text(enum election_status status)
{
    switch (status) {
#define STATUS_TEXT(name, value, text)                                         \
    case ELECTION_##name:                                                      \
        return text;
        ELECTION_STATUS_MAP(STATUS_TEXT)
#undef STATUS_TEXT
    }
    return "unknown status";
}
