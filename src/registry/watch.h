/* SPDX-License-Identifier: Apache-2.0 */
/** What watchers are told of, and when. */
#ifndef ELECTION_REGISTRY_WATCH_H
#define ELECTION_REGISTRY_WATCH_H

#include "registry.h"

/** Tells whether a callback runs, so that nothing may change. */
bool election__registry_is_notifying(const struct election_registry *registry);

/** Tells whether anybody watches anything. */
bool election__audience_is_there(const struct election_registry *registry);

/** Tells whether somebody watches the Term of an election. */
bool election__audience_wants(const struct election_registry *registry,
                              const char *name, size_t name_size);

/**
 * Makes room for an event with an output of so many bytes; what is there
 * already stays. False = no memory.
 */
bool election__audience_reserve(struct election_registry *registry,
                                size_t output_size);

/** Tells of an election what an entry changed, as its flags say. */
void election__audience_tell(struct election_registry *registry,
                             const struct election__office *office,
                             enum election_cause cause, uint64_t by_session_id);

/** What is told of an election, and to whom. */
struct election__message_of {
    const char *name;
    size_t name_size;
    const struct election__office *office; /* NULL = it does not exist */
    enum election_cause cause;
    bool is_of_term;
    bool is_of_leader;
};

/** Tells of an election outside of an entry: of a restore. */
void election__audience_inform(struct election_registry *registry,
                               const struct election__message_of *message);

#endif
