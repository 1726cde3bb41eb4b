/* SPDX-License-Identifier: Apache-2.0 */
/** What the files of the naive registry know of one another. */
#ifndef SUPPORT_REGISTRY_MODEL_PARTS_H
#define SUPPORT_REGISTRY_MODEL_PARTS_H

#include "registry_model.h"

/* ---- lists (registry_model_list.c) --------------------------------------- */

/** Appends an item of that size, all zero, and returns it. */
void *registry_model__add(struct registry_model_list *list, size_t size);

/** Takes one item out; those behind it move up. */
void registry_model__remove(struct registry_model_list *list, size_t number,
                            size_t size);

/** Makes one list the same as another. */
void registry_model__copy_list(struct registry_model_list *list,
                               const struct registry_model_list *other,
                               size_t size);

/* The same, of elections, which have memory of their own. */
void registry_model__remove_election(struct registry_model_list *list,
                                     size_t number);
void registry_model__clear_elections(struct registry_model_list *list);
void registry_model__copy_elections(struct registry_model_list *list,
                                    const struct registry_model_list *other);

/** Visits each item of a list: its number, and where it stands. */
#define REGISTRY_MODEL_EACH(type, item, list)                                  \
    for (type *item = (list).items;                                            \
         item != NULL && item < (type *)(list).items + (list).count; item++)

/* ---- names --------------------------------------------------------------- */

/** Makes a name of bytes that keep the rule. */
struct registry_model_name registry_model__name(const void *text, size_t size);

bool registry_model__is_name(const struct registry_model_name *name,
                             const void *text, size_t size);

/* ---- bytes in (registry_model_input.c) ----------------------------------- */

struct registry_model_span {
    const uint8_t *data;
    size_t size;
};

/** A decoded Command; the kind is the number of its field, 0 = none known. */
struct registry_model_command {
    unsigned kind;
    uint64_t epoch, time_ms;
    /* OpenSession */
    struct registry_model_span client_id, data;
    uint64_t incarnation, nonce, timeout_ms;
    /* KeepAlive */
    struct registry_model_list session_ids; /* uint64_t */
    /* CloseSession, Propose */
    uint64_t session_id;
    /* Propose */
    uint64_t sequence, if_index;
    struct registry_model_span election, candidate;
    unsigned op; /* of its input, 0 = none known */
    bool if_vacant, with_output;
    /* Tick */
    bool takes_office;
    uint64_t applied, log_digest;
    /* Upgrade, Recover */
    uint32_t version;
    uint64_t lost_entries;
};

/** Decodes a Command; false if it is malformed. To be freed in both cases. */
bool registry_model__read_command(const void *bytes, size_t size,
                                  struct registry_model_command *command);
void registry_model__free_command(struct registry_model_command *command);

/** A decoded Query. */
struct registry_model_query {
    unsigned kind;
    struct registry_model_span election;
    uint64_t after;
    uint32_t limit;
};

bool registry_model__read_query(const void *bytes, size_t size,
                                struct registry_model_query *query);

/* ---- bytes out (registry_model_wire.c) ----------------------------------- */

/** What a Leadership shows beside index, leader and session. */
enum registry_model_detail {
    REGISTRY_MODEL_BARE,   /* how many wait */
    REGISTRY_MODEL_DATA,   /* and the leader's data */
    REGISTRY_MODEL_ALL_OF, /* and the candidates */
};

/** Appends the Leadership of a name, whether the election exists or not. */
void registry_model__put_leadership(const struct registry_model *model,
                                    struct model_bytes *bytes, unsigned field,
                                    const void *name, size_t size,
                                    enum registry_model_detail detail);

/** Encodes an Event. */
void registry_model__event(const struct registry_model *model,
                           const struct registry_model_name *name,
                           enum election_cause cause, uint64_t by_session_id,
                           enum election_scope scope,
                           struct model_bytes *bytes);

/** The log digest after one more entry. */
uint64_t registry_model__take_in(uint64_t log_digest, uint64_t index,
                                 const uint8_t *entry, size_t size);

uint64_t registry_model__deadline(const struct registry_model *model,
                                  const struct registry_model_session *session);
size_t registry_model__candidacies(const struct registry_model *model,
                                   uint64_t session_id);
/** Counts all candidates, leaders too. */
size_t registry_model__candidates(const struct registry_model *model);

/* ---- the state (registry_model.c) ---------------------------------------- */

/** Takes over what is replicated. */
void registry_model__copy_state(struct registry_model *model,
                                const struct registry_model *other);

/* ---- elections and sessions (registry_model_state.c) --------------------- */

/** Gives out the next id. */
uint64_t registry_model__new_id(struct registry_model *model);

/** Ends sessions in one step. */
void registry_model__end(struct registry_model *model, const uint64_t *ids,
                         size_t count, enum election_cause cause,
                         uint64_t by_session_id);

/** Runs the part of a Propose that its sequence number makes run once. */
enum election_status
registry_model__run(struct registry_model *model,
                    const struct registry_model_command *command);

/** Fails the test if the state cannot be. */
void registry_model__check(const struct registry_model *model);

/* ---- watchers (registry_model_watch.c) ----------------------------------- */

void registry_model__forget_events(struct registry_model *model);

/** Tells what the present entry changed. */
void registry_model__tell(struct registry_model *model);

#endif
