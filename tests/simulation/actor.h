/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A process with the real client. A slot is a client_id: its processes follow
 * one another, and one that was given up may live on, paused or cut off.
 */
#ifndef SIMULATION_ACTOR_H
#define SIMULATION_ACTOR_H

#include "../support/heap.h"
#include "election/client.h"
#include "network.h"

enum { SLOTS = 5, PROCESSES_MAX = 400, ELECTIONS = 3, NAME_SIZE = 2 };

extern const char *const election_names[ELECTIONS];

struct process {
    unsigned number;
    unsigned slot;
    char name[NAME_SIZE + 1]; /* client_id, and the candidate's name */
    uint64_t nonce;
    uint64_t incarnation;
    struct election_client *client; /* NULL = it has crashed */
    bool is_closed;
    struct heap heap;
    struct clock clock;
    uint64_t wake;
    uint64_t stall_until_us;
    uint64_t timeout_ms;
    uint64_t told[ELECTIONS]; /* token of the tenure that it was told of */
    /* The network's. */
    unsigned node;
    uint64_t connection;
    bool is_broken;
    uint64_t cut_to_us, cut_from_us;
    uint64_t last_to_us, last_from_us;
};

/** All that ever lived. */
extern struct process processes[PROCESSES_MAX];
extern unsigned process_count;

/** The one that a slot has now; NULL = none. */
extern struct process *slots[SLOTS];

void processes_begin(void);
void processes_end(void);

/** Starts a process; it takes the slot. NULL = too many have lived. */
struct process *process_start(unsigned slot, uint64_t incarnation,
                              uint64_t nonce);

void process_crash(struct process *process);

/** Stands still for a while; its clock does not. */
void process_stall(struct process *process, uint64_t for_us);

/** Does one thing that a user may do. */
void process_act(struct process *process);

/** Withdraws everywhere, and then enters, to be in where it was evicted. */
void process_leave_all(struct process *process);
void process_enter_all(struct process *process);

void process_take(struct process *process, const struct message *message);

/** The connection breaks; the process finds out later. */
void process_break(struct process *process);

/** The node is down: where messages keep their order, this is noticed. */
void process_refuse(struct process *process, uint64_t connection);

/** A node has crashed: its connections are gone. */
void processes_lose_node(unsigned node);

/** Asks the client whether it leads, now; 0 = no, else the token. */
uint64_t process_leads(const struct process *process, unsigned election);

#endif
