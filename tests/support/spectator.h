/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Who watches a registry in a test. All that the spectators have seen stands in
 * one text, each event as "a:e 2 B +1,C ENTER/7 | ": who, election, index,
 * leader, how many wait and who, cause and session.
 */
#ifndef SUPPORT_SPECTATOR_H
#define SUPPORT_SPECTATOR_H

#include "registry.h"

struct spectator {
    char mark;
    uint64_t id;        /* of the watch */
    uint64_t unwatches; /* another one's id, when it is told; 0 = none */
};

/** What was seen since assert_seen(). */
extern char seen[8192];

/** A stage with the sessions 2 and 3, of which nothing was seen. */
void open_theatre(struct stage *stage);

/** Is told of an event: an election_registry_watch_fn. */
void spectate(void *context, struct election_registry *registry,
              const uint8_t *bytes, size_t size);

/** Watches an election, or all if it is NULL. */
void watch(struct stage *stage, struct spectator *spectator,
           const char *election, enum election_scope scope);

/** Watches all, in the scope TERM. */
void watch_all(struct stage *stage, struct spectator *spectator);

/** Fails the test unless this was seen; starts again with nothing. */
void assert_seen(const char *expected);

#endif
