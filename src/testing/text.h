/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Names, Terms and statuses in words, as the shell's language has them. What is
 * written goes to a function, so that it may go anywhere.
 */
#ifndef ELECTION_TESTING_TEXT_H
#define ELECTION_TESTING_TEXT_H

#include "election/election.h"

/** Where a text goes. */
struct election__text {
    void (*put)(void *context, const char *bytes, size_t size);
    void *context;
    bool is_raw; /* UTF-8 is shown as it is, not as \xHH */
};

/** Tells whether a byte may stand in a word without quotes. */
ELECTION_API bool election__text_is_plain(char byte);

/** Writes a string. */
ELECTION_API void election__text_put(const struct election__text *text,
                                     const char *string);

/** Writes a number. */
ELECTION_API void election__text_number(const struct election__text *text,
                                        uint64_t number);

/**
 * Writes a name, in double quotes if it has any byte that is not plain, or is
 * but a hyphen, which stands for no leader.
 */
ELECTION_API void election__text_name(const struct election__text *text,
                                      const char *name, size_t size);

/** Writes "index=2 leader=bob queue=[alice carol]". */
ELECTION_API void election__text_term(const struct election__text *text,
                                      const struct election *election);

/** Writes a string in lower case. */
ELECTION_API void election__text_lower(const struct election__text *text,
                                       const char *string);

/** Writes a status in lower case. */
ELECTION_API void election__text_status(const struct election__text *text,
                                        enum election_status status);

/** Returns what makes a name INVALID, in words; NULL if nothing does. */
ELECTION_API const char *election__text_fault(const char *name, size_t size);

/** A caller's memory for a text, and how much was to be written there. */
struct election__text_room {
    char *bytes;
    size_t capacity;
    size_t size;
};

/** Lets a text go to a caller's memory, cut to fit. */
struct election__text election__text_room(struct election__text_room *room);

/** Ends it by a NUL, and returns the size of the whole text. */
size_t election__text_room_end(const struct election__text_room *room);

#endif
