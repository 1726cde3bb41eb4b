/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The field numbers of fsm.proto, in its order. Those of the two oneofs, and of
 * the name in each command, stand in ELECTION_OP_MAP.
 */
#ifndef ELECTION_FSM_H
#define ELECTION_FSM_H

enum {
    /* EnterOutput to DemoteOutput */
    ELECTION__OUTPUT_TERM = 1,
    /* Term */
    ELECTION__TERM_LEADER = 1,
    ELECTION__TERM_CANDIDATES = 2,
    ELECTION__TERM_INDEX = 3,
    /* LeaderElectionCandidate */
    ELECTION__CANDIDATE_NAME = 1,
    ELECTION__CANDIDATE_SESSION_ID = 2,
    /* LeaderElectionSnapshot */
    ELECTION__SNAPSHOT_TERM = 1,
    ELECTION__SNAPSHOT_LEADER = 2,
    ELECTION__SNAPSHOT_CANDIDATES = 3
};

#endif
