/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Clients of a registry, without manners: they repeat themselves, go silent,
 * come back as another process, and ask for what cannot be.
 */
#ifndef PROOF_REGISTRY_CLIENTS_H
#define PROOF_REGISTRY_CLIENTS_H

#include "../../support/random.h"
#include "election/registry.h"

enum {
    CLIENTS = 24,
    CLIENTS_REQUESTS = 100, /* more than the window of a session */
    CLIENTS_NONE = CLIENTS  /* no client: an answer that nobody waits for */
};

/** A proposal that a client may send again. */
struct client_request {
    uint64_t session_id;
    struct election_buffer bytes;
};

struct client {
    char id[ELECTION_CLIENT_ID_SIZE_MAX];
    size_t id_size;
    uint64_t incarnation;
    uint64_t nonce;
    uint64_t timeout_ms;
    uint64_t session_id; /* 0 = none that it knows of */
    uint64_t sequence;
    uint64_t numbered_id; /* the session that `sequence` counts for */
    uint64_t silent_until_ms;
    uint8_t data[8];
    struct client_request requests[CLIENTS_REQUESTS];
};

struct clients {
    struct random *random;
    uint32_t proposals; /* so far */
    struct client clients[CLIENTS];
};

void clients_init(struct clients *clients, struct random *random);
void clients_free(struct clients *clients);

/** The elections that they know, and how many there are. */
enum { CLIENTS_ELECTIONS = 12 };
extern const char *const clients_elections[CLIENTS_ELECTIONS];

/**
 * Lets a client say something, an encoded Command; empty = it is silent.
 *
 * @param now_ms  Real time.
 */
void clients_speak(struct clients *clients, size_t number, uint64_t now_ms,
                   struct election_buffer *command);

/** Lets a client hear an answer. */
void clients_hear(struct clients *clients, size_t number,
                  const struct election_buffer *result);

#endif
