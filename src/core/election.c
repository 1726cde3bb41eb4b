/* SPDX-License-Identifier: Apache-2.0 */
#include "base/checks.h"
#include "check.h"
#include "command.h"
#include "embed.h"
#include "input.h"
#include "name.h"
#include "op.h"
#include "output.h"
#include "watch.h"

/* ---- lifetime ----------------------------------------------------------- */

static bool is_usable(const struct election_config *config)
{
    return election__allocator_valid(&config->allocator) &&
           config->first_index <= ELECTION_INDEX_MAX;
}

enum election_status election_create(const struct election_config *config,
                                     struct election **election)
{
    static const struct election_config defaults;
    struct election__succession succession;
    struct election_allocator allocator;
    struct election *created;
    uint64_t hash_seed;

    if (config == NULL)
        config = &defaults;
    if (election == NULL || !is_usable(config))
        return ELECTION_MISUSE;
    allocator = config->allocator;
    if (allocator.alloc == NULL)
        allocator = election__allocator_default;
    created = election__allocate(&allocator, sizeof *created);
    if (created == NULL)
        return ELECTION_NOMEM;
    hash_seed = config->hash_seed;
    if (hash_seed == 0)
        hash_seed = (uintptr_t)created;
    if (!election__succession_init(&succession, &allocator, 0, hash_seed)) {
        election__release(&allocator, created);
        return ELECTION_NOMEM;
    }
    *created = (struct election){config->first_index, succession, NULL};
    *election = created;
    return ELECTION_OK;
}

void election_destroy(struct election *election)
{
    struct election_allocator allocator;

    if (election == NULL)
        return;
    assert(!election__is_notifying(election));
    allocator = election->succession.allocator;
    election__watchers_free(election);
    election__succession_free(&election->succession);
    election__release(&allocator, election);
}

/* ---- commands ----------------------------------------------------------- */

void election__trim(struct election *election)
{
    election__succession_trim(&election->succession);
    election__check(election);
}

/** After a change of the Term: gives back, checks, and tells the watchers. */
static inline void finish(struct election *election, uint64_t index_before)
{
    bool is_vacant = election__succession_count(&election->succession) == 0;
    struct election__news news = {
        .is_of_term = true,
        .is_of_leader = is_vacant || election->index != index_before,
    };

    election__trim(election);
    election__notify(election, news);
}

/** Sets all memory aside, and then carries the edit out. OK or NOMEM. */
static enum election_status execute(struct election *election,
                                    enum election_op op,
                                    const struct election__edit *edit,
                                    struct election_buffer *output)
{
    const struct election_allocator *allocator =
        &election->succession.allocator;
    size_t size_max = election__output_size_max(
        election->succession.records_size + election__edit_growth(edit));
    struct election__room answer, event;
    uint64_t index = election->index;

    if (!election__buffer_reserve(output, allocator, size_max, &answer))
        goto no_answer;
    if (!election__watch_reserve(election, size_max, &event))
        goto no_event;
    if (!election__edit_apply(election, edit))
        goto no_edit;
    election__buffer_commit(output, &answer);
    election__watch_commit(election, &event);
    if (output != NULL)
        election__output_encode(election, op, output);
    finish(election, index);
    return ELECTION_OK;

no_edit:
    election__buffer_cancel(&event);
no_event:
    election__buffer_cancel(&answer);
no_answer:
    return ELECTION_NOMEM;
}

/** Answers with the present Term. `status`, or NOMEM. */
static enum election_status reply(const struct election *election,
                                  enum election_op op,
                                  enum election_status status,
                                  struct election_buffer *output)
{
    if (output != NULL && election__answer(election, op, output) < 0)
        return ELECTION_NOMEM;
    return status;
}

/** Answers with nothing. */
static enum election_status refuse(enum election_status status,
                                   struct election_buffer *output)
{
    election__buffer_clear(output);
    return status;
}

enum election_status
election__command_apply(struct election *election, uint64_t session_id,
                        const struct election_command *command,
                        struct election_buffer *output)
{
    struct election__edit edit;
    enum election_status status;

    if (election__op_reads(command->op))
        return reply(election, command->op, ELECTION_OK, output);
    if (!election__name_valid(command->name, command->name_size))
        return refuse(ELECTION_INVALID, output);
    status = election__command_decide(election, session_id, command, &edit);
    if (status != ELECTION_OK)
        return reply(election, command->op, status, output);
    return execute(election, command->op, &edit, output);
}

enum election_status election_apply(struct election *election,
                                    uint64_t session_id, const void *input,
                                    size_t input_size,
                                    struct election_buffer *output)
{
    struct election_command command;
    enum election_status status;

    if (election == NULL || (input == NULL && input_size > 0) ||
        !election__buffer_valid(output))
        return ELECTION_MISUSE;
    if (election__is_notifying(election))
        return ELECTION_BUSY;
    status = election__input_read(input, input_size, &command);
    if (status != ELECTION_OK)
        return refuse(status, output);
    return election__command_apply(election, session_id, &command, output);
}

enum election_status election_query(const struct election *election,
                                    const void *input, size_t input_size,
                                    struct election_buffer *output)
{
    struct election_command command;
    enum election_status status;

    if (election == NULL || output == NULL ||
        (input == NULL && input_size > 0) || !election__buffer_valid(output))
        return ELECTION_MISUSE;
    status = election__input_read(input, input_size, &command);
    if (status == ELECTION_OK && !election__op_reads(command.op))
        status = ELECTION_UNSUPPORTED;
    if (status != ELECTION_OK)
        return refuse(status, output);
    return reply(election, command.op, ELECTION_OK, output);
}

enum election_status election_close_sessions(struct election *election,
                                             const uint64_t *session_ids,
                                             size_t count)
{
    enum election_status status;
    uint64_t index;

    if (election == NULL || (session_ids == NULL && count > 0))
        return ELECTION_MISUSE;
    if (election__is_notifying(election))
        return ELECTION_BUSY;
    index = election->index;
    status = election__sessions_end(election, session_ids, count);
    if (status == ELECTION_OK)
        finish(election, index);
    return status;
}

enum election_status election_close_session(struct election *election,
                                            uint64_t session_id)
{
    return election_close_sessions(election, &session_id, 1);
}

void election__rebase(struct election *election, uint64_t index)
{
    assert(election__succession_count(&election->succession) == 0);
    election->index = index;
}

/* ---- reading ------------------------------------------------------------ */

const struct election_allocator *
election__allocator(const struct election *election)
{
    return &election->succession.allocator;
}

bool election__session_holds(const struct election *election,
                             uint64_t session_id)
{
    return election__roll_find_session(election->succession.roll, session_id) !=
           ELECTION__NOBODY;
}

uint64_t election_index(const struct election *election)
{
    return election == NULL ? 0 : election->index;
}

enum election_status election_leader(const struct election *election,
                                     struct election_candidate *leader)
{
    struct election__place place;

    if (election == NULL || leader == NULL)
        return ELECTION_MISUSE;
    if (!election__succession_begin(&election->succession, &place))
        return ELECTION_NOT_FOUND;
    *leader = election__succession_at(&election->succession, &place);
    return ELECTION_OK;
}

enum election_status election_find(const struct election *election,
                                   const char *name, size_t name_size,
                                   struct election_candidate *candidate,
                                   size_t *rank)
{
    struct election__place place;

    if (election == NULL || (name == NULL && name_size > 0))
        return ELECTION_MISUSE;
    if (!election__succession_find(&election->succession, name, name_size,
                                   &place))
        return ELECTION_NOT_FOUND;
    if (candidate != NULL)
        *candidate = election__succession_at(&election->succession, &place);
    if (rank != NULL)
        *rank = election__succession_rank(&election->succession, &place);
    return ELECTION_OK;
}

size_t election_candidate_count(const struct election *election)
{
    size_t count;

    if (election == NULL)
        return 0;
    count = election__succession_count(&election->succession);
    return count == 0 ? 0 : count - 1;
}

enum election_status election_each_candidate(const struct election *election,
                                             election_candidate_fn *fn,
                                             void *context)
{
    struct election__place place;

    if (election == NULL || fn == NULL)
        return ELECTION_MISUSE;
    if (!election__succession_begin(&election->succession, &place))
        return ELECTION_OK;
    while (election__succession_next(&place)) {
        struct election_candidate candidate =
            election__succession_at(&election->succession, &place);

        if (!fn(context, &candidate))
            break;
    }
    return ELECTION_OK;
}
