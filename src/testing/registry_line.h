/* SPDX-License-Identifier: Apache-2.0 */
/** One line of the registry's language, taken apart. */
#ifndef ELECTION_TESTING_REGISTRY_LINE_H
#define ELECTION_TESTING_REGISTRY_LINE_H

#include "election/registry.h"
#include "words.h"

enum election__registry_verb {
    ELECTION__REGISTRY_BLANK,
    ELECTION__REGISTRY_COMMAND, /* an entry, stamped and applied */
    ELECTION__REGISTRY_ENTRY,   /* an entry of any bytes */
    ELECTION__REGISTRY_AT,      /* the clock stands at `number` */
    ELECTION__REGISTRY_EPOCH,   /* the next entry has the epoch `number` */
    ELECTION__REGISTRY_INDEX,   /* the next entry has the index `number` */
    ELECTION__REGISTRY_QUERY,
    ELECTION__REGISTRY_WATCH,
    ELECTION__REGISTRY_UNWATCH,
    ELECTION__REGISTRY_SNAPSHOT,
    ELECTION__REGISTRY_RESTORE,
    ELECTION__REGISTRY_HELP,
    ELECTION__REGISTRY_QUIT
};

/** Most sessions that one line may name. */
enum { ELECTION__REGISTRY_IDS_MAX = 64 };

struct election__registry_line {
    enum election__registry_verb verb;
    struct election_registry_command command; /* without stamps */
    struct election_registry_query query;
    uint64_t session_ids[ELECTION__REGISTRY_IDS_MAX];
    uint64_t number;
    struct election__word text; /* bytes, file, or the election to watch */
    enum election_scope scope;
};

/** Takes a line apart, as election__line_parse() does. */
ELECTION_API bool
election__registry_line_parse(char *bytes, size_t size,
                              struct election__registry_line *line,
                              char *error);

/** Returns the i-th word that a line may start with; NULL = there is none. */
ELECTION_API const char *election__registry_line_word(size_t i);

/** Returns the help text, a line for each word and some more. */
ELECTION_API const char *election__registry_line_help(void);

#endif
