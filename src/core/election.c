#include "state.h"

#include <assert.h>

#include "check.h"
#include "command.h"
#include "watch.h"

enum election_status election_create(const struct election_config *config,
                                     struct election **election)
{
    struct election_allocator allocator = election__allocator_default;
    struct election *created;
    uint64_t hash_seed;

    if (election == NULL)
        return ELECTION_MISUSE;
    if (config != NULL && !election__allocator_valid(&config->allocator))
        return ELECTION_MISUSE;
    if (config != NULL && config->allocator.alloc != NULL)
        allocator = config->allocator;
    created = election__allocate(&allocator, sizeof *created);
    if (created == NULL)
        return ELECTION_NOMEM;
    hash_seed = (uintptr_t)created;
    if (config != NULL && config->hash_seed != 0)
        hash_seed = config->hash_seed;
    created->allocator = allocator;
    created->index = 0;
    created->watchers = NULL;
    if (!election__succession_init(&created->succession, &allocator, 0,
                                   hash_seed)) {
        election__release(&allocator, created);
        return ELECTION_NOMEM;
    }
    *election = created;
    return ELECTION_OK;
}

void election_destroy(struct election *election)
{
    struct election_allocator allocator;

    if (election == NULL)
        return;
    assert(!election__is_notifying(election));
    allocator = election->allocator;
    election__watchers_free(election);
    election__succession_free(&election->succession, &allocator);
    election__release(&allocator, election);
}

void election__output_encode(const struct election *election,
                             enum election_op op,
                             struct election_buffer *output)
{
    const struct election__succession *succession = &election->succession;
    uint8_t *records = election__output_open(
        output->data, op, succession->records_size, election->index);
    uint8_t *end = election__succession_copy(succession, records);

    /* The first record is the leader's, which has a field of its own. */
    if (end != records)
        *records = ELECTION__TAG_TERM_LEADER;
    end = election__output_close(end, election->index);
    output->size = (size_t)(end - output->data);
}

/** Tells how large an output may be once the command has run. */
static size_t answer_size_max(const struct election *election,
                              const struct election__command *command)
{
    return election__output_size_max(election->succession.records_size +
                                     election__record_size(command->name_size));
}

/** Answers a read. */
static enum election_status answer_read(const struct election *election,
                                        enum election_op op,
                                        struct election_buffer *output)
{
    struct election__room answer;

    if (output == NULL)
        return ELECTION_OK;
    if (!election__buffer_reserve(
            output, &election->allocator,
            election__output_size_max(election->succession.records_size),
            &answer))
        return ELECTION_NOMEM;
    election__buffer_commit(output, &answer);
    election__output_encode(election, op, output);
    return ELECTION_OK;
}

enum election_status election__execute(struct election *election,
                                       uint64_t session_id,
                                       const struct election__command *command,
                                       struct election_buffer *output)
{
    struct election__room answer, event;
    enum election_status status;
    size_t size_max;

    if (election__op_reads(command->op))
        return answer_read(election, command->op, output);
    size_max = answer_size_max(election, command);
    if (!election__buffer_reserve(output, &election->allocator, size_max,
                                  &answer))
        return ELECTION_NOMEM;
    status = election__watch_reserve(election, size_max, &event)
                 ? election__command_run(election, session_id, command)
                 : ELECTION_NOMEM;
    if (status < 0) {
        election__buffer_cancel(&event);
        election__buffer_cancel(&answer);
        return status;
    }
    election__buffer_commit(output, &answer);
    election__watch_commit(election, &event);
    if (output != NULL)
        election__output_encode(election, command->op, output);
    election__check(election);
    if (status == ELECTION_OK)
        election__notify(election);
    return status;
}

enum election_status election_apply(struct election *election,
                                    uint64_t session_id, const void *input,
                                    size_t input_size,
                                    struct election_buffer *output)
{
    struct election__command command;
    enum election_status status;

    if (election == NULL || (input == NULL && input_size > 0) ||
        !election__buffer_valid(output))
        return ELECTION_MISUSE;
    if (election__is_notifying(election))
        return ELECTION_BUSY;
    status = election__input_decode(input, input_size, &command);
    if (status == ELECTION_OK)
        status = election__command_judge(&command);
    if (status != ELECTION_OK) {
        election__buffer_clear(output);
        return status;
    }
    return election__execute(election, session_id, &command, output);
}

enum election_status election_query(const struct election *election,
                                    const void *input, size_t input_size,
                                    struct election_buffer *output)
{
    struct election__command command;
    enum election_status status;

    if (election == NULL || output == NULL ||
        (input == NULL && input_size > 0) || !election__buffer_valid(output))
        return ELECTION_MISUSE;
    status = election__input_decode(input, input_size, &command);
    if (status == ELECTION_OK && !election__op_reads(command.op))
        status = ELECTION_UNSUPPORTED;
    if (status != ELECTION_OK) {
        election__buffer_clear(output);
        return status;
    }
    return answer_read(election, command.op, output);
}

enum election_status election_close_session(struct election *election,
                                            uint64_t session_id)
{
    enum election_status status;

    if (election == NULL)
        return ELECTION_MISUSE;
    if (election__is_notifying(election))
        return ELECTION_BUSY;
    status = election__session_close(election, session_id);
    election__check(election);
    if (status == ELECTION_OK)
        election__notify(election);
    return status;
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
