/** The watchers of an election, and the one event they are all given. */
#ifndef ELECTION_WATCH_H
#define ELECTION_WATCH_H

#include "state.h"

/** Tells whether anybody watches. */
bool election__is_watched(const struct election *election);

/** Tells whether a watch callback is running. */
bool election__is_notifying(const struct election *election);

/**
 * Sets aside room for an event of so many bytes, if anybody watches. False =
 * no memory.
 */
bool election__watch_reserve(const struct election *election, size_t size,
                             struct election__room *room);

/** Gives the room to the buffer that events are encoded in. */
void election__watch_commit(struct election *election,
                            const struct election__room *room);

/**
 * Encodes the Term once and tells each watcher. There is room: it was made when
 * a watcher registered, and for each change that could make the Term longer.
 */
void election__notify(struct election *election);

/** Releases all watchers. */
void election__watchers_free(struct election *election);

#endif
