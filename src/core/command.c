/* SPDX-License-Identifier: Apache-2.0 */
#include "command.h"

#include "base/utf8.h"
#include "embed.h"
#include "name.h"
#include "op.h"

/** A command, and the candidate that it names. */
struct subject {
    const struct election__succession *succession;
    const struct election_command *command;
    uint64_t session_id; /* of the command */
    bool is_present;     /* the candidate is in the election, at `place` */
    struct election__place place;
};

/* ---- the table ---------------------------------------------------------- */

static bool is_own(const struct subject *s)
{
    return election__succession_owner(s->succession, &s->place) ==
           s->session_id;
}

static enum election_status enter(const struct subject *s,
                                  struct election__edit *edit)
{
    if (s->is_present)
        return is_own(s) ? ELECTION_UNCHANGED : ELECTION_CONFLICT;
    if (election__succession_count(s->succession) > ELECTION_WAITING_MAX)
        return ELECTION_FULL;
    edit->kind = ELECTION__APPEND;
    edit->entrant = (struct election_candidate){
        s->command->name, s->command->name_size, s->session_id};
    return ELECTION_OK;
}

static enum election_status evict(const struct subject *s,
                                  struct election__edit *edit)
{
    if (!s->is_present)
        return ELECTION_NOT_FOUND;
    edit->kind = ELECTION__REMOVE;
    return ELECTION_OK;
}

static enum election_status withdraw(const struct subject *s,
                                     struct election__edit *edit)
{
    if (!s->is_present)
        return ELECTION_UNCHANGED;
    if (!is_own(s))
        return ELECTION_NOT_OWNER;
    return evict(s, edit);
}

static enum election_status anoint(const struct subject *s,
                                   struct election__edit *edit)
{
    if (!s->is_present)
        return ELECTION_NOT_FOUND;
    if (election__succession_is_first(&s->place))
        return ELECTION_UNCHANGED;
    edit->kind = ELECTION__MOVE_TO_FRONT;
    return ELECTION_OK;
}

static enum election_status promote(const struct subject *s,
                                    struct election__edit *edit)
{
    if (!s->is_present)
        return ELECTION_NOT_FOUND;
    if (election__succession_is_first(&s->place))
        return ELECTION_UNCHANGED;
    edit->kind = ELECTION__SWAP;
    election__succession_previous(&edit->place);
    return ELECTION_OK;
}

static enum election_status demote(const struct subject *s,
                                   struct election__edit *edit)
{
    if (!s->is_present)
        return ELECTION_NOT_FOUND;
    if (election__succession_is_last(&s->place))
        return ELECTION_UNCHANGED;
    edit->kind = ELECTION__SWAP;
    return ELECTION_OK;
}

enum election_status
election__command_decide(const struct election *election, uint64_t session_id,
                         const struct election_command *command,
                         struct election__edit *edit)
{
    struct subject s = {
        &election->succession, command, session_id, false, {NULL, 0}};

    s.is_present = election__succession_find(s.succession, command->name,
                                             command->name_size, &s.place);
    edit->place = s.place;
    switch (command->op) {
    case ELECTION_OP_ENTER:
        return enter(&s, edit);
    case ELECTION_OP_WITHDRAW:
        return withdraw(&s, edit);
    case ELECTION_OP_ANOINT:
        return anoint(&s, edit);
    case ELECTION_OP_PROMOTE:
        return promote(&s, edit);
    case ELECTION_OP_EVICT:
        return evict(&s, edit);
    case ELECTION_OP_DEMOTE:
        return demote(&s, edit);
    case ELECTION_OP_GET_TERM:
    case ELECTION_OP_WATCH:
        break;
    }
    return ELECTION_UNCHANGED;
}

enum election_status
election__command_judge(const struct election_command *command)
{
    if (!election__op_exists((uint32_t)command->op))
        return ELECTION_UNSUPPORTED;
    if (election__op_reads(command->op))
        return ELECTION_OK;
    if (!election__name_valid(command->name, command->name_size) ||
        !election__utf8_valid((const uint8_t *)command->name,
                              command->name_size))
        return ELECTION_INVALID;
    return ELECTION_OK;
}

/* ---- carrying it out ---------------------------------------------------- */

/** The one place where the index steps: somebody else leads than before. */
static void start_tenure(struct election *election, uint32_t leader_before)
{
    const struct election__succession *succession = &election->succession;

    if (election__succession_count(succession) > 0 &&
        election__succession_leader(succession) != leader_before)
        election->index++;
}

size_t election__edit_growth(const struct election__edit *edit)
{
    if (edit->kind != ELECTION__APPEND)
        return 0;
    return election__record_size(edit->entrant.name_size);
}

static bool edit_succession(struct election__succession *succession,
                            const struct election__edit *edit)
{
    switch (edit->kind) {
    case ELECTION__APPEND:
        return election__succession_append(succession, &edit->entrant);
    case ELECTION__MOVE_TO_FRONT:
        return election__succession_move_to_front(succession, &edit->place);
    case ELECTION__SWAP:
        return election__succession_swap_with_next(succession, &edit->place);
    case ELECTION__REMOVE:
        break;
    }
    election__succession_remove(succession, &edit->place);
    return true;
}

bool election__edit_apply(struct election *election,
                          const struct election__edit *edit)
{
    uint32_t leader = election__succession_leader(&election->succession);

    if (!edit_succession(&election->succession, edit))
        return false;
    start_tenure(election, leader);
    return true;
}

enum election_status election__reserve(struct election *election,
                                       const struct election_command *command)
{
    struct election__succession *succession = &election->succession;
    bool is_reserved = true;

    switch (command->op) {
    case ELECTION_OP_ENTER:
        is_reserved = election__succession_reserve(
            succession, election__record_size(command->name_size));
        break;
    case ELECTION_OP_ANOINT:
    case ELECTION_OP_PROMOTE:
    case ELECTION_OP_DEMOTE:
        is_reserved = election__succession_reserve_move(succession);
        break;
    case ELECTION_OP_WITHDRAW:
    case ELECTION_OP_EVICT:
    case ELECTION_OP_GET_TERM:
    case ELECTION_OP_WATCH:
        break;
    }
    return is_reserved ? ELECTION_OK : ELECTION_NOMEM;
}

/* ---- sessions that end -------------------------------------------------- */

uint32_t election__leave_begin(const struct election *election)
{
    return election__succession_leader(&election->succession);
}

void election__leave(struct election *election, uint64_t session_id)
{
    (void)election__succession_remove_session(&election->succession,
                                              session_id);
}

void election__leave_end(struct election *election, uint32_t leader_before)
{
    start_tenure(election, leader_before);
}

enum election_status election__sessions_end(struct election *election,
                                            const uint64_t *session_ids,
                                            size_t count)
{
    uint32_t leader = election__leave_begin(election);
    size_t before = election__succession_count(&election->succession);

    for (size_t i = 0; i < count; i++)
        election__leave(election, session_ids[i]);
    if (election__succession_count(&election->succession) == before)
        return ELECTION_UNCHANGED;
    start_tenure(election, leader);
    return ELECTION_OK;
}
