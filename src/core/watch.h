/* SPDX-License-Identifier: Apache-2.0 */
/** The watchers of an election, and the events they are given. */
#ifndef ELECTION_WATCH_H
#define ELECTION_WATCH_H

#include "embed.h"
#include "state.h"

/**
 * Sets aside room for an event of so many bytes, if anybody watches the Term.
 * False = no memory.
 */
bool election__watch_reserve(const struct election *election, size_t size,
                             struct election__room *room);

/** Gives the room to the buffer that events are encoded in. */
void election__watch_commit(struct election *election,
                            const struct election__room *room);

/**
 * Tells each watcher for whom there is news, in the order of registration. The
 * Term is encoded once, if anybody watches it. There is room: it was made when
 * a watcher registered, and for each change that could make the Term longer.
 */
void election__notify(struct election *election, struct election__news news);

/** Releases all watchers. */
void election__watchers_free(struct election *election);

#endif
