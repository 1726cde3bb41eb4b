/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Carries bytes between processes and nodes, badly. In some worlds what a
 * connection carries stays in order, and what is lost breaks it; in the others
 * messages are dropped, doubled, and overtake one another.
 */
#ifndef SIMULATION_NETWORK_H
#define SIMULATION_NETWORK_H

#include "world.h"

struct process;

enum message_kind {
    MESSAGE_REQUEST, /* to a node: a Command */
    MESSAGE_WATCH,   /* to a node: the name of an election */
    MESSAGE_ANSWER,  /* to a process: a Result */
    MESSAGE_EVENT,   /* to a process: an Event */
    MESSAGE_REFUSAL  /* to a process: this node is not in office */
};

struct message {
    enum message_kind kind;
    struct process *process;
    unsigned node;
    uint64_t connection;
    uint64_t number; /* of the request */
    uint64_t applied;
    size_t size;
    uint8_t bytes[];
};

/** Sends a message, whose header is copied. */
void network_send(struct message header, const void *bytes, size_t size);

/** Hands a message over again then: who stands still reads it afterwards. */
void network_keep(const struct message *message, uint64_t until_us);

#endif
