/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What a registry promises, looked at from outside: by its entries, answers,
 * events and reads. The ledger remembers all that was ever given out, over
 * restores and lost entries too.
 */
#ifndef PROOF_REGISTRY_LEDGER_H
#define PROOF_REGISTRY_LEDGER_H

#include "election/registry.h"

#include "memory.h"

enum { LEDGER_SESSIONS = 512, LEDGER_ELECTIONS = 512, LEDGER_EVENTS = 1024 };

/** A session that lives. */
struct ledger_session {
    uint64_t id;
    uint64_t client; /* a hash of its id */
    uint64_t candidate_count;
    bool is_fresh;     /* all of its timeout is left */
    uint64_t lease_ms; /* until when, in real time, its client may act */
};

/** An election that somebody is in. */
struct ledger_election {
    uint64_t id;
    uint64_t name; /* a hash */
};

struct ledger_event {
    enum election_cause cause;
    uint64_t by_session_id;
};

/** What is true after an entry. */
struct ledger_page {
    struct ledger_session sessions[LEDGER_SESSIONS];
    size_t session_count;
    struct ledger_election elections[LEDGER_ELECTIONS];
    size_t election_count;
    uint64_t candidate_count;
    uint64_t now_ms; /* log time */
};

/** Start from zero. */
struct ledger {
    struct ledger_page page;
    struct ledger_page before;
    struct ledger_event events[LEDGER_EVENTS]; /* of the present entry */
    size_t event_count;
    uint64_t highest_id;
    struct memory tokens;    /* by election: its highest index */
    struct memory tenures;   /* by election and index: who leads */
    struct memory owners;    /* by election and candidate: a session */
    struct memory proposals; /* by session and sequence: the status */
    /* how much of each the ledger has seen */
    size_t tenure_count, session_count, election_count, repeat_count;
    size_t expired_count, stale_count, effect_count;
};

/** An entry, and what it led to. */
struct ledger_line {
    const struct election_registry *registry; /* after it */
    const struct election_buffer *entry;
    const struct election_buffer *result;
    uint64_t sent_ms;    /* real time when its client had sent it */
    uint64_t stamped_ms; /* real time when the Raft leader stamped it */
};

/** Notes an event of the entry that is applied. */
void ledger_note(struct ledger *ledger,
                 const struct election_registry_event *event);

/** Fails the test if an entry broke a promise. */
void ledger_check(struct ledger *ledger, const struct ledger_line *line);

/** Looks anew at a registry into which an old snapshot was put. */
void ledger_reopen(struct ledger *ledger,
                   const struct election_registry *registry);

#endif
