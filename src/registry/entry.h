/* SPDX-License-Identifier: Apache-2.0 */
/**
 * One log entry on its way through the registry. First all memory is set aside
 * that any of its outcomes may need; from then on nothing can fail.
 *
 * Source: proto/REGISTRY.md, One entry
 */
#ifndef ELECTION_ENTRY_H
#define ELECTION_ENTRY_H

#include "base/buffer.h"
#include "changes.h"
#include "messages.h"
#include "registry.h"

struct election__entry {
    struct election_registry *registry;
    uint64_t index;
    struct election_buffer *output; /* NULL = nobody wants the Result */
    struct election__command command;
    bool is_read;                 /* well formed, and of this office */
    struct election__clock clock; /* as it stands after the entry */
    bool expires;                 /* sessions end by their deadlines */

    /* What the command is about, as found before anything changes. */
    struct election__session *session; /* of a Propose, or of the client */
    struct election__office *office;   /* of a Propose; may be the spare;
                                          NULL = its name breaks the rule */
    enum election_status verdict;      /* on the command of a new Propose */
    enum election__sequence sequence;
    enum election_status first_status; /* of a sequence number that was seen */

    size_t lost_size; /* bytes of the ids that a KeepAlive names in vain */

    /* Set aside. */
    struct election__room room;         /* for the Result */
    struct election__session *prepared; /* session */
    uint8_t *data;                      /* of the session */

    /* What came of it. */
    struct election__result result;
    struct election__changes changes;
    enum election_cause cause; /* of what the command changed */
    uint64_t by_session_id;
};

/**
 * Sets aside what the largest outcome needs. False = no memory; what was set
 * aside is still to be given back.
 */
bool election__entry_reserve(struct election__entry *entry);

/** Sets aside what a Result needs that has a status and an index alone. */
bool election__entry_reserve_bare(struct election__entry *entry);

/** Gives back what was set aside and not used. */
void election__entry_release(struct election__entry *entry);

/** Shows a visitor the sessions of a KeepAlive. */
void election__command_show(const struct election__command *command,
                            const struct election_registry_visitor *visitor);

/** Renews the sessions that the command renews. */
void election__entry_renew(struct election__entry *entry);

/** Executes the command; the status stands in the result. */
void election__entry_execute(struct election__entry *entry);

/** Writes the Result into the output, for which there is room. */
void election__entry_answer(struct election__entry *entry);

#endif
