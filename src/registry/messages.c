/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tables of registry.proto, in its order. The index of a row is the number
 * of the field.
 */
#include "messages.h"

#define ITEM(KIND, type, member)                                               \
    {                                                                          \
        .kind = ELECTION__##KIND, .offset = offsetof(type, member)             \
    }
#define SPAN(KIND, type, member)                                               \
    {                                                                          \
        .kind = ELECTION__##KIND, .offset = offsetof(type, member),            \
        .beside = offsetof(type, member##_size)                                \
    }
/** A case of a oneof, whose fields lie in the same object. */
#define CASE(name)                                                             \
    {                                                                          \
        .kind = ELECTION__MESSAGE, .is_case = true, .message = &(name)         \
    }
#define LEADERSHIP(type)                                                       \
    {                                                                          \
        .kind = ELECTION__MESSAGE, .offset = offsetof(type, leadership),       \
        .beside = offsetof(type, has_leadership),                              \
        .message = &leadership_message                                         \
    }
#define MESSAGE(items_)                                                        \
    {                                                                          \
        .items = (items_), .count = sizeof(items_) / sizeof *(items_)          \
    }
/** A message with a oneof, whose cases lie from a member to the end. */
#define ONEOF(items_, type, first)                                             \
    {                                                                          \
        .items = (items_), .count = sizeof(items_) / sizeof *(items_),         \
        .which = offsetof(type, which), .cases = offsetof(type, first),        \
        .cases_end = sizeof(type)                                              \
    }

/* ---- Command ------------------------------------------------------------ */

#define COMMAND(KIND, member) ITEM(KIND, struct election__command, view.member)
#define COMMAND_SPAN(KIND, member)                                             \
    SPAN(KIND, struct election__command, view.member)

static const struct election__item open_session_items[] = {
    [1] = COMMAND_SPAN(SPAN, client_id), [2] = COMMAND(UINT64, incarnation),
    [3] = COMMAND(NUMBER64, nonce),      [4] = COMMAND(UINT64, timeout_ms),
    [5] = COMMAND_SPAN(SPAN, data),
};
static const struct election__message open_session_message =
    MESSAGE(open_session_items);

static const struct election__item keep_alive_items[] = {
    [1] = {.kind = ELECTION__NUMBERS,
           .offset = offsetof(struct election__command, view.session_ids),
           .beside = offsetof(struct election__command, view.session_count)},
};
static const struct election__message keep_alive_message =
    MESSAGE(keep_alive_items);

static const struct election__item close_session_items[] = {
    [1] = COMMAND(UINT64, session_id),
};
static const struct election__message close_session_message =
    MESSAGE(close_session_items);

static const struct election__item propose_items[] = {
    [1] = COMMAND(UINT64, session_id),    [2] = COMMAND(UINT64, sequence),
    [3] = COMMAND_SPAN(STRING, election), [4] = COMMAND(INPUT, command),
    [5] = COMMAND(UINT64, if_index),      [6] = COMMAND(FLAG, if_vacant),
    [7] = COMMAND(FLAG, with_output),
};
static const struct election__message propose_message = MESSAGE(propose_items);

static const struct election__item tick_items[] = {
    [1] = COMMAND(FLAG, takes_office),
    [2] = COMMAND(UINT64, applied),
    [3] = COMMAND(NUMBER64, log_digest),
};
static const struct election__message tick_message = MESSAGE(tick_items);

static const struct election__item upgrade_items[] = {
    [1] = COMMAND(UINT32, version),
};
static const struct election__message upgrade_message = MESSAGE(upgrade_items);

static const struct election__item recover_items[] = {
    [1] = COMMAND(UINT64, lost_entries),
};
static const struct election__message recover_message = MESSAGE(recover_items);

static const struct election__item command_items[] = {
    [ELECTION__COMMAND_EPOCH] = COMMAND(UINT64, epoch),
    [ELECTION__COMMAND_TIME_MS] = COMMAND(UINT64, time_ms),
    [3] = CASE(open_session_message),
    [4] = CASE(keep_alive_message),
    [5] = CASE(close_session_message),
    [6] = CASE(propose_message),
    [7] = CASE(tick_message),
    [8] = CASE(upgrade_message),
    [9] = CASE(recover_message),
};
const struct election__message election__command_message =
    ONEOF(command_items, struct election__command, view.client_id);

/* ---- Leadership --------------------------------------------------------- */

static const struct election__item leadership_items[] = {
    [1] = ITEM(UINT64, struct election__leadership, view.index),
    [2] = SPAN(STRING, struct election__leadership, view.leader),
    [3] = ITEM(UINT64, struct election__leadership, view.leader_session_id),
    [4] = SPAN(SPAN, struct election__leadership, view.leader_data),
    [5] = ITEM(UINT64, struct election__leadership, view.waiting_count),
    [6] = ITEM(NAMES, struct election__leadership, candidates),
};
static const struct election__message leadership_message =
    MESSAGE(leadership_items);

/* ---- Result ------------------------------------------------------------- */

#define RESULT(KIND, member) ITEM(KIND, struct election__result, member)

static const struct election__item session_result_items[] = {
    [1] = RESULT(UINT64, session_id),
    [2] = RESULT(UINT64, incarnation),
    [3] = RESULT(UINT64, timeout_ms),
};
static const struct election__message session_result_message =
    MESSAGE(session_result_items);

static const struct election__item keep_alive_result_items[] = {
    [ELECTION__KEEP_ALIVE_LOST] = {.kind = ELECTION__NUMBERS,
                                   .offset =
                                       offsetof(struct election__result, lost),
                                   .beside = offsetof(struct election__result,
                                                      lost_count)},
};
static const struct election__message keep_alive_result_message =
    MESSAGE(keep_alive_result_items);

static const struct election__item propose_result_items[] = {
    [1] = LEADERSHIP(struct election__result),
    [2] = {.kind = ELECTION__OUTPUT,
           .offset = offsetof(struct election__result, output),
           .beside = offsetof(struct election__result, output_size),
           .answer = offsetof(struct election__result, answer)},
    [3] = RESULT(FLAG, is_repeated),
};
static const struct election__message propose_result_message =
    MESSAGE(propose_result_items);

static const struct election__item result_items[] = {
    [1] = RESULT(UINT32, status),
    [2] = RESULT(UINT64, applied),
    [3] = CASE(session_result_message),
    [ELECTION__RESULT_KEEP_ALIVE] = CASE(keep_alive_result_message),
    [5] = CASE(propose_result_message),
};
const struct election__message election__result_message =
    ONEOF(result_items, struct election__result, session_id);

/* ---- Query -------------------------------------------------------------- */

#define QUERY(KIND, member) ITEM(KIND, struct election__query, view.member)

static const struct election__item get_term_items[] = {
    [1] = SPAN(STRING, struct election__query, view.election),
};
static const struct election__message get_term_message =
    MESSAGE(get_term_items);

static const struct election__item list_items[] = {
    [1] = QUERY(UINT64, after),
    [2] = QUERY(UINT32, limit),
};
static const struct election__message list_message = MESSAGE(list_items);

static const struct election__message get_status_message = {.items =
                                                                list_items};

static const struct election__item query_items[] = {
    [1] = CASE(get_term_message),
    [2] = CASE(list_message),
    [3] = CASE(list_message),
    [4] = CASE(get_status_message),
};
const struct election__message election__query_message =
    ONEOF(query_items, struct election__query, view.election);

/* ---- Answer ------------------------------------------------------------- */

static const struct election__item election_summary_items[] = {
    [1] = ITEM(UINT64, struct election__election_summary, id),
    [2] = SPAN(STRING, struct election__election_summary, name),
    [3] = LEADERSHIP(struct election__election_summary),
};
const struct election__message election__election_summary_message =
    MESSAGE(election_summary_items);

static const struct election__item elections_items[] = {
    [ELECTION__LIST_ELEMENT] = {.kind = ELECTION__ELECTION_LIST,
                                .message = &election__election_summary_message},
};
static const struct election__message elections_message =
    MESSAGE(elections_items);

#define SESSION(KIND, member)                                                  \
    ITEM(KIND, struct election_registry_session, member)

static const struct election__item session_summary_items[] = {
    [1] = SESSION(UINT64, id),
    [2] = SPAN(SPAN, struct election_registry_session, client_id),
    [3] = SESSION(UINT64, incarnation),
    [4] = SESSION(UINT64, timeout_ms),
    [5] = SESSION(UINT64, remaining_ms),
    [6] = SESSION(UINT64, candidate_count),
    [7] = SESSION(UINT64, highest_sequence),
    [8] = SPAN(SPAN, struct election_registry_session, data),
};
const struct election__message election__session_summary_message =
    MESSAGE(session_summary_items);

static const struct election__item sessions_items[] = {
    [ELECTION__LIST_ELEMENT] = {.kind = ELECTION__SESSION_LIST,
                                .message = &election__session_summary_message},
};
static const struct election__message sessions_message =
    MESSAGE(sessions_items);

#define ANSWER(KIND, member) ITEM(KIND, struct election__answer, member)

static const struct election__item registry_status_items[] = {
    [1] = ANSWER(UINT32, version),        [2] = ANSWER(UINT64, epoch),
    [3] = ANSWER(UINT64, now_ms),         [4] = ANSWER(UINT64, index_floor),
    [5] = ANSWER(UINT64, id_floor),       [6] = ANSWER(UINT64, session_count),
    [7] = ANSWER(UINT64, election_count), [8] = ANSWER(UINT64, candidate_count),
    [9] = ANSWER(NUMBER64, log_digest),
};
static const struct election__message registry_status_message =
    MESSAGE(registry_status_items);

static const struct election__item answer_items[] = {
    [1] = ANSWER(UINT32, status),
    [2] = ANSWER(UINT64, applied),
    [3] = {.kind = ELECTION__MESSAGE,
           .is_case = true,
           .offset = offsetof(struct election__answer, leadership),
           .message = &leadership_message},
    [ELECTION__ANSWER_ELECTIONS] = CASE(elections_message),
    [ELECTION__ANSWER_SESSIONS] = CASE(sessions_message),
    [6] = CASE(registry_status_message),
};
const struct election__message election__answer_message =
    ONEOF(answer_items, struct election__answer, leadership);

/* ---- Event -------------------------------------------------------------- */

static const struct election__item event_items[] = {
    [1] = ITEM(UINT64, struct election__event, applied),
    [2] = SPAN(STRING, struct election__event, election),
    [3] = ITEM(UINT32, struct election__event, cause),
    [4] = ITEM(UINT64, struct election__event, by_session_id),
    [5] = LEADERSHIP(struct election__event),
};
const struct election__message election__event_message = MESSAGE(event_items);

/* ---- Snapshot ----------------------------------------------------------- */

#define HEAD(KIND, member) ITEM(KIND, struct election__snapshot_head, member)

static const struct election__item snapshot_items[] = {
    [1] = HEAD(UINT32, version),
    [2] = HEAD(UINT64, applied),
    [3] = HEAD(UINT64, epoch),
    [4] = HEAD(UINT64, stamp_ms),
    [5] = HEAD(UINT64, now_ms),
    [6] = HEAD(UINT64, extended_ms),
    [7] = HEAD(UINT64, index_floor),
    [8] = HEAD(UINT64, id_floor),
    [9] = HEAD(NUMBER64, log_digest),
    [ELECTION__SNAPSHOT_SESSION] =
        SPAN(ELEMENT, struct election__snapshot_head, element),
    [ELECTION__SNAPSHOT_ELECTION] =
        SPAN(ELEMENT, struct election__snapshot_head, element),
    [ELECTION__SNAPSHOT_DIGEST] = HEAD(NUMBER64, digest),
};
const struct election__message election__snapshot_message =
    MESSAGE(snapshot_items);

#define STATE(KIND, member) ITEM(KIND, struct election__session_state, member)
#define STATE_SPAN(member) SPAN(SPAN, struct election__session_state, member)

static const struct election__item session_state_items[] = {
    [1] = STATE(UINT64, id),          [2] = STATE_SPAN(client_id),
    [3] = STATE(UINT64, incarnation), [4] = STATE(NUMBER64, nonce),
    [5] = STATE(UINT64, timeout_ms),  [6] = STATE(UINT64, renewed_ms),
    [7] = STATE_SPAN(data),           [8] = STATE(UINT64, highest_sequence),
    [9] = STATE(NUMBER64, seen),      [10] = STATE_SPAN(statuses),
};
const struct election__message election__session_state_message =
    MESSAGE(session_state_items);

static const struct election__item election_state_items[] = {
    [1] = ITEM(UINT64, struct election__election_state, id),
    [2] = SPAN(STRING, struct election__election_state, name),
    [ELECTION__ELECTION_STATE_ELECTION] =
        SPAN(SPAN, struct election__election_state, election),
};
const struct election__message election__election_state_message =
    MESSAGE(election_state_items);
