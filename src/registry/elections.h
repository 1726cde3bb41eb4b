/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Elections: how they are found by name, founded, and dropped.
 *
 * An election exists while somebody is in it. Its place, the office, outlives
 * it to the end of the entry that made it vacant, so that whoever enters in the
 * same entry finds it; but it has no id then.
 */
#ifndef ELECTION_ELECTIONS_H
#define ELECTION_ELECTIONS_H

#include "state.h"

/** Tells whether a text of UTF-8 may be the name of an election. */
bool election__election_name_valid(const char *name, size_t name_size);

/** Finds an office by name, even one that is vacant just now, or NULL. */
struct election__office *
election__office_find(const struct election__state *state, const char *name,
                      size_t name_size);

/** Makes an office with room for a name; NULL = no memory. */
struct election__office *
election__office_create(const struct election__state *state,
                        size_t name_capacity);

/** Releases an office that nobody can find. NULL = nothing to do. */
void election__office_free(const struct election_allocator *allocator,
                           struct election__office *office);

/** Makes room to found one more election. False = no memory. */
bool election__office_reserve(struct election__state *state);

/** Names an office that has room for it, so that it is found. */
void election__office_name(struct election__state *state,
                           struct election__office *office, const char *name,
                           size_t name_size);

/** Somebody is in an election for the first time: it has an id from now on. */
void election__office_found(struct election__state *state,
                            struct election__office *office, uint64_t id);

/** An election is vacant: it is no more, and its index is never used again. */
void election__office_drop(struct election__state *state,
                           struct election__office *office);

/** Takes an office out that does not exist, so that nobody finds it. */
void election__office_retire(struct election__state *state,
                             struct election__office *office);

/** Tells whether nobody is in an office's election. */
bool election__office_is_vacant(const struct election__office *office);

/** Gives back what is not in proportion to the elections. */
void election__elections_trim(struct election__state *state);

#endif
