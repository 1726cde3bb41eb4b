/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A deliberately naive registry, written from proto/REGISTRY.md: arrays, linear
 * search, unlimited memory, its own decoder and encoders. It shares no code and
 * no design with src. What happens inside one election is left to model.h.
 *
 * After each entry it checks what must hold whatever the entries are, and fails
 * the test otherwise: no candidate without a living session, no token and no id
 * that was given out before, and no leader of a session that ends.
 */
#ifndef SUPPORT_REGISTRY_MODEL_H
#define SUPPORT_REGISTRY_MODEL_H

#include "election/registry.h"
#include "model.h"

/** Most of each that there may be; tests can lower them. */
struct registry_model_limits {
    size_t sessions;
    size_t elections;
    size_t candidates;
    size_t session_candidates;
    size_t waiting;
    uint32_t version; /* the highest that is known */
};

struct registry_model_session {
    uint64_t id;
    uint8_t client_id[ELECTION_CLIENT_ID_SIZE_MAX];
    size_t client_id_size;
    uint64_t incarnation;
    uint64_t nonce;
    uint64_t timeout_ms;
    uint64_t renewed_ms;
    uint8_t data[ELECTION_DATA_SIZE_MAX];
    size_t data_size;
    uint64_t highest_sequence;
};

/** What a sequence number led to. None is ever forgotten. */
struct registry_model_memory {
    uint64_t session_id;
    uint64_t sequence;
    enum election_status status;
};

struct registry_model_name {
    uint8_t text[ELECTION_NAME_SIZE_MAX];
    size_t size;
};

struct registry_model_election {
    uint64_t id; /* 0 = the Enter that would create it is being tried */
    struct registry_model_name name;
    struct model model;
};

/** A digest that this replica had. */
struct registry_model_digest {
    uint64_t index;
    uint64_t digest;
};

/** The highest token that was ever given out in an election of that name. */
struct registry_model_token {
    struct registry_model_name name;
    uint64_t index;
};

/** What the present entry did to an election. */
struct registry_model_change {
    struct registry_model_name name;
    enum election_cause cause; /* of the last change */
    uint64_t by_session_id;
    bool is_of_leader; /* index, leader or vacancy changed too */
    enum election_cause leader_cause;
    uint64_t leader_by_session_id;
};

struct registry_model_watcher {
    uint64_t id;
    bool is_of_all;
    struct registry_model_name name;
    enum election_scope scope;
};

/** An event that a watcher must have been told. */
struct registry_model_event {
    uint64_t watcher_id;
    struct model_bytes bytes;
};

/** Any number of items of one type. */
struct registry_model_list {
    void *items;
    size_t count;
    size_t capacity;
};

struct registry_model {
    struct registry_model_limits limits;
    /* what is replicated */
    uint64_t applied;
    uint64_t log_digest;
    uint64_t epoch, stamp_ms, now_ms, extended_ms;
    uint64_t index_floor, id_floor;
    uint32_t version;
    struct registry_model_list sessions;  /* struct registry_model_session */
    struct registry_model_list memories;  /* struct registry_model_memory */
    struct registry_model_list elections; /* struct registry_model_election */
    /* what only this replica knows */
    struct registry_model_list digests; /* struct registry_model_digest */
    uint64_t failed_index;              /* the only one that may follow */
    /* what was ever given out, also before an old state came back */
    struct registry_model_list tokens; /* struct registry_model_token */
    uint64_t highest_id;
    /* the present entry */
    struct registry_model_list before;  /* struct registry_model_election */
    struct registry_model_list changes; /* struct registry_model_change */
    /* who watches, and what they were told by the last call */
    uint64_t watch_count;
    struct registry_model_list watchers; /* struct registry_model_watcher */
    struct registry_model_list events;   /* struct registry_model_event */
};

/** Starts a registry without anything. */
void registry_model_init(struct registry_model *model,
                         const struct registry_model_limits *limits);
void registry_model_free(struct registry_model *model);

/** Makes one the same as another, without its watchers. */
void registry_model_copy(struct registry_model *model,
                         const struct registry_model *other);

/** Applies an entry; the Result is left as it was if the status is below 0. */
enum election_status registry_model_apply(struct registry_model *model,
                                          uint64_t index, const void *entry,
                                          size_t size,
                                          struct model_bytes *result);

/** Says that the library had no memory for the entry of that index. */
void registry_model_fail(struct registry_model *model, uint64_t index);

/** Answers a read. */
enum election_status registry_model_query(const struct registry_model *model,
                                          const void *query, size_t size,
                                          struct model_bytes *answer);

/** Encodes the state. */
void registry_model_snapshot(const struct registry_model *model,
                             struct model_bytes *bytes);

/** Takes over the state of another one, as by its snapshot. */
void registry_model_restore(struct registry_model *model,
                            const struct registry_model *other);

/** Adds a watcher, of all if the name is NULL. Returns its number. */
uint64_t registry_model_watch(struct registry_model *model, const void *name,
                              size_t size, enum election_scope scope);
void registry_model_unwatch(struct registry_model *model, uint64_t watcher_id);

/* ---- looking at it ------------------------------------------------------ */

struct registry_model_session *
registry_model_session(const struct registry_model *model, uint64_t id);

/** Returns the session of a client, or NULL. */
struct registry_model_session *
registry_model_session_of(const struct registry_model *model,
                          const void *client_id, size_t size);

/** Returns the election of that name, or NULL. */
struct registry_model_election *
registry_model_election(const struct registry_model *model, const void *name,
                        size_t size);

/** Returns the digest that it had at that index, or NULL if it forgot. */
const struct registry_model_digest *
registry_model_digest(const struct registry_model *model, uint64_t index);

#endif
