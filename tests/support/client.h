/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Short words to play a client with: what it sends and tells is noted as text,
 * and it is answered by a real registry or by hand.
 */
#ifndef SUPPORT_CLIENT_H
#define SUPPORT_CLIENT_H

#include "election/client.h"
#include "heap.h"
#include "registry.h"

enum { ACTOR_TEXT_SIZE = 1 << 14, ACTOR_REQUESTS_MAX = 256 };

/** A client, what it has told and sent, and a registry, if it is wanted. */
struct actor {
    struct heap heap;
    struct election_client *client;
    uint64_t now_ms;
    struct election_buffer output;
    struct election_client_request request; /* the last one */
    char told[ACTOR_TEXT_SIZE];
    char sent[ACTOR_TEXT_SIZE];
    bool is_opening; /* the next answer opens a session: of some tests */
    bool has_stage;
    struct stage stage;
};

/** A client "c" of incarnation 5, nonce 6, timeout 10,000, data "d". */
struct election_client_config actor_config(struct actor *actor);

/** Starts a play at 1,000,000 ms, with no client yet. */
void actor_prepare(struct actor *actor);

/** Creates it at 1,000,000 ms; actor_open_with() as a test likes it. */
void actor_open(struct actor *actor);
void actor_open_with(struct actor *actor,
                     const struct election_client_config *config);

/** The same with a registry behind it, which answers actor_step(). */
void actor_open_staged(struct actor *actor);

/** Destroys all; fails the test if a block is still live. */
void actor_close(struct actor *actor);

/* ---- what it shall do --------------------------------------------------- */

/** Enters, withdraws, operates: returns the sequence, or fails the test. */
uint64_t actor_enter(struct actor *actor, const char *election,
                     const char *name);
uint64_t actor_withdraw(struct actor *actor, const char *election,
                        const char *name);
uint64_t actor_operate(struct actor *actor, enum election_op op,
                       const char *election, const char *name);

/* ---- what it sends ------------------------------------------------------ */

/**
 * Asks for one request at the actor's time, and fails the test unless it reads
 * so: "OPEN 5", "KEEP_ALIVE 7", "CLOSE 7", "ENTER 1 7 e A", "WATCH e", or "" if
 * nothing is due. Checks wait_ms() too. Returns its number.
 */
uint64_t assert_sent(struct actor *actor, const char *expected);

/** Takes one request, whatever it is; its text is `sent`. 0 = none is due. */
uint64_t actor_next(struct actor *actor);

/** Nothing is due now, nor for so long; then this is. Time goes on. */
uint64_t assert_sent_after(struct actor *actor, uint64_t wait_ms,
                           const char *expected);

/** Lets the registry answer all that is due, and tells its events. */
void actor_step(struct actor *actor);

/* ---- what it is answered ------------------------------------------------ */

/** An answer that is written by hand: only what is not 0 is there. */
struct actor_answer {
    enum election_status status;
    uint64_t applied;
    bool has_session; /* SessionResult */
    uint64_t session_id;
    uint64_t timeout_ms;
    bool has_leadership; /* ProposeResult */
    uint64_t index;
    const char *leader;
    uint64_t leader_session_id;
    bool is_repeated;
};

/** The answer to a Propose: who leads since when. NULL = nobody. */
struct actor_answer actor_led_by(uint64_t applied, uint64_t index,
                                 const char *leader,
                                 uint64_t leader_session_id);

/** Answers a request; returns what response() returns. */
enum election_status actor_answer(struct actor *actor, uint64_t number,
                                  struct actor_answer answer);

/** Answers so, of an index at which nothing was known, and expects OK. */
void actor_granted(struct actor *actor, uint64_t number, uint64_t session_id);
void actor_status(struct actor *actor, uint64_t number,
                  enum election_status status);

/** Gives an event: who leads since when. NULL = nobody. */
enum election_status actor_event(struct actor *actor, uint64_t applied,
                                 const char *election,
                                 enum election_cause cause, uint64_t index,
                                 const char *leader,
                                 uint64_t leader_session_id);

/** Opens session 7 at once: sent and granted at the actor's time. */
void actor_session(struct actor *actor);

/** Hears from its next KeepAlive that session 7 is gone, and opens this one. */
void actor_lose_session(struct actor *actor, uint64_t session_id);

/** Enters, is answered and shown an event: A of e leads at this index. */
void actor_lead(struct actor *actor, uint64_t index);

/* ---- what it tells ------------------------------------------------------ */

/**
 * Fails the test unless it has told just this since the last time, each with a
 * "; " behind it: "GAINED e A 2", "LOST e A 2 LEASE", "CHANGED e 2 A/7",
 * "ANSWERED 1 OK", "SESSION_LOST", "UNKNOWN 1 OK", "CLOSED OK".
 */
void assert_told(struct actor *actor, const char *expected);

/** Fails the test unless it does nothing any more, and takes nothing. */
void assert_closed(struct actor *actor);

/** Tells whether a candidate leads, and checks that the index fits. */
bool actor_leads_at(const struct actor *actor, const char *election,
                    const char *name, uint64_t time_ms, uint64_t index);

#endif
