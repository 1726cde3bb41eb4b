#include "command.h"

#include "name.h"

/** The election, and the candidate that the command names. */
struct subject {
    struct election__succession *succession;
    const struct election_allocator *allocator;
    struct election_candidate named; /* by whom: the command's session */
    struct election__place place;
    bool is_present;
};

static enum election_status edited(bool is_done)
{
    return is_done ? ELECTION_OK : ELECTION_NOMEM;
}

static uint64_t owner_of(const struct subject *s)
{
    return election__succession_owner(s->succession, &s->place);
}

static enum election_status enter(const struct subject *s)
{
    if (s->is_present)
        return owner_of(s) == s->named.session_id ? ELECTION_UNCHANGED
                                                  : ELECTION_CONFLICT;
    if (election__succession_count(s->succession) > ELECTION_WAITING_MAX)
        return ELECTION_FULL;
    return edited(
        election__succession_append(s->succession, s->allocator, &s->named));
}

static enum election_status evict(const struct subject *s)
{
    if (!s->is_present)
        return ELECTION_NOT_FOUND;
    election__succession_remove(s->succession, s->allocator, &s->place);
    return ELECTION_OK;
}

static enum election_status withdraw(const struct subject *s)
{
    if (!s->is_present)
        return ELECTION_UNCHANGED;
    if (owner_of(s) != s->named.session_id)
        return ELECTION_NOT_OWNER;
    return evict(s);
}

static enum election_status anoint(const struct subject *s)
{
    if (!s->is_present)
        return ELECTION_NOT_FOUND;
    if (election__succession_is_first(&s->place))
        return ELECTION_UNCHANGED;
    return edited(election__succession_move_to_front(s->succession,
                                                     s->allocator, &s->place));
}

static enum election_status promote(const struct subject *s)
{
    struct election__place ahead = s->place;

    if (!s->is_present)
        return ELECTION_NOT_FOUND;
    if (election__succession_is_first(&s->place))
        return ELECTION_UNCHANGED;
    election__succession_previous(&ahead);
    return edited(election__succession_swap_with_next(s->succession,
                                                      s->allocator, &ahead));
}

static enum election_status demote(const struct subject *s)
{
    if (!s->is_present)
        return ELECTION_NOT_FOUND;
    if (election__succession_is_last(&s->place))
        return ELECTION_UNCHANGED;
    return edited(election__succession_swap_with_next(s->succession,
                                                      s->allocator, &s->place));
}

typedef enum election_status command_fn(const struct subject *subject);

/** The commands by their numbers; the reads are none. */
static command_fn *const commands[] = {
    [ELECTION_OP_ENTER] = enter,   [ELECTION_OP_WITHDRAW] = withdraw,
    [ELECTION_OP_ANOINT] = anoint, [ELECTION_OP_PROMOTE] = promote,
    [ELECTION_OP_EVICT] = evict,   [ELECTION_OP_DEMOTE] = demote,
};

/** The one place where the index steps: somebody else leads than before. */
static void start_tenure(struct election *election, uint32_t leader_before)
{
    const struct election__succession *succession = &election->succession;

    if (election__succession_count(succession) > 0 &&
        election__succession_leader(succession) != leader_before)
        election->index++;
}

enum election_status
election__command_judge(const struct election__command *command)
{
    if (election__op_reads(command->op) ||
        election__name_valid(command->name, command->name_size))
        return ELECTION_OK;
    return ELECTION_INVALID;
}

enum election_status
election__command_run(struct election *election, uint64_t session_id,
                      const struct election__command *command)
{
    uint32_t leader = election__succession_leader(&election->succession);
    struct subject subject = {
        .succession = &election->succession,
        .allocator = &election->allocator,
        .named = {command->name, command->name_size, session_id},
    };
    enum election_status status;

    subject.is_present =
        election__succession_find(&election->succession, command->name,
                                  command->name_size, &subject.place);
    status = commands[command->op](&subject);
    if (status == ELECTION_OK)
        start_tenure(election, leader);
    return status;
}

enum election_status election__session_close(struct election *election,
                                             uint64_t session_id)
{
    uint32_t leader = election__succession_leader(&election->succession);

    if (!election__succession_remove_session(&election->succession,
                                             &election->allocator, session_id))
        return ELECTION_UNCHANGED;
    start_tenure(election, leader);
    return ELECTION_OK;
}
