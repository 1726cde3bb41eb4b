/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Applies log entries that are already structs of the protobuf-c code
 * generated from fsm.proto. For hosts that decode their entries anyway; all
 * others need only election.h and no protobuf-c.
 */
#ifndef ELECTION_MESSAGE_H
#define ELECTION_MESSAGE_H

#include "election/election.h"

/* The generated unions have no name, which C99 compilers allow but note. */
#if defined(__GNUC__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpedantic"
#endif
#include "atomix/multiraft/election/v1/fsm.pb-c.h"
#if defined(__GNUC__)
#pragma GCC diagnostic pop
#endif

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Applies one log entry given as a message: election_apply() in other clothes,
 * with the same outcome as for the message's bytes.
 *
 * A string of protobuf-c ends at its first NUL, its decoder lets bytes pass
 * that other decoders refuse, and of a oneof case that comes twice it takes the
 * second where others merge the two. So replicas must not mix the two ways:
 * what was decoded by protobuf-c on one replica must be so on all.
 *
 * What election.h says of all its functions holds here too. The library is
 * libelection-message.
 *
 * @param session_id  The session that proposed the entry.
 * @param input  The entry; the message of its case must not be NULL.
 * @param output  Where to put the answer, which is the caller's, to release by
 *     atomix__multiraft__election__v1__leader_election_output__free_unpacked()
 *     with a ProtobufCAllocator of the election's own functions (NULL if it
 *     uses malloc). NULL = no answer is made.
 *
 * @retval ELECTION_OK  As from election_apply(), like the other outcomes.
 * @retval ELECTION_INVALID  The name breaks the name rule. *output is NULL.
 * @retval ELECTION_UNSUPPORTED  No case that this version knows. *output is
 *     NULL.
 * @retval ELECTION_NOMEM  The allocator returned NULL.
 * @retval ELECTION_BUSY  Called from inside a watch callback.
 * @retval ELECTION_MISUSE  Also if `input` was not initialised.
 *
 * Calls: each watcher once if there is news for it, before *output is set.
 * Cost: as election_apply(); with an output an allocation for each candidate.
 */
ELECTION_API ELECTION_MUST_USE enum election_status election_apply_message(
    struct election *election, uint64_t session_id,
    const Atomix__Multiraft__Election__V1__LeaderElectionInput *input,
    Atomix__Multiraft__Election__V1__LeaderElectionOutput **output);

#ifdef __cplusplus
}
#endif

#endif
