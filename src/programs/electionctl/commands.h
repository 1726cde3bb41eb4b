/* SPDX-License-Identifier: Apache-2.0 */
/** The subcommands. Each returns how the process ends. */
#ifndef ELECTIONCTL_COMMANDS_H
#define ELECTIONCTL_COMMANDS_H

#include <uv.h>

#include "election/wire.h"
#include "options.h"

typedef int command_fn(const struct options *options, uv_loop_t *loop);

/* elect.c */
command_fn command_elect;

/* stand.c: those that stand for election themselves */
command_fn command_enter, command_withdraw, command_fence;

/* operate.c */
command_fn command_anoint, command_promote, command_demote, command_evict;

/* look.c */
command_fn command_term, command_list, command_sessions, command_status,
    command_digest;

/* watch.c */
command_fn command_watch;

/* admin.c */
command_fn command_session, command_snapshot, command_recover;

/* member.c */
command_fn command_member, command_upgrade;

/** Writes down under which name this process stands. False = it is none. */
bool commands_candidate(const struct options *options, char *name, size_t size);

/** Lets the leader propose an operator's command, and prints its status. */
int commands_propose(const struct options *options, uv_loop_t *loop,
                     const struct election_registry_command *asked);

/** Tells whether there are so many arguments; else says what was expected. */
bool commands_check(const struct options *options, int arguments,
                    const char *usage);

#endif
