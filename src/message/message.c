#include "election/message.h"

#include <string.h>

#include "core/command.h"
#include "base/utf8.h"
#include "core/watch.h"

/*
 * The eight cases of each oneof are alike but for their types, so they are
 * reached through protobuf-c's descriptors: the number of a case is that of the
 * operation, and its message has at most one field, the candidate or the Term.
 */

typedef Atomix__Multiraft__Election__V1__LeaderElectionInput input_message;
typedef Atomix__Multiraft__Election__V1__LeaderElectionOutput output_message;
typedef Atomix__Multiraft__Election__V1__LeaderElectionOutput__OutputCase
    output_case;
typedef Atomix__Multiraft__Election__V1__Term term_message;

static const ProtobufCMessageDescriptor *const input_type =
    &atomix__multiraft__election__v1__leader_election_input__descriptor;
static const ProtobufCMessageDescriptor *const output_type =
    &atomix__multiraft__election__v1__leader_election_output__descriptor;
static const ProtobufCMessageDescriptor *const term_type =
    &atomix__multiraft__election__v1__term__descriptor;

static void *get_pointer(const void *message, size_t offset)
{
    void *pointer;

    memcpy(&pointer, (const char *)message + offset, sizeof pointer);
    return pointer;
}

static void set_pointer(void *message, size_t offset, const void *pointer)
{
    memcpy((char *)message + offset, &pointer, sizeof pointer);
}

/* ---- the input ---------------------------------------------------------- */

/** Reads the command of a message. UNSUPPORTED, MISUSE, INVALID or OK. */
static enum election_status read_message(const input_message *input,
                                         struct election__command *command)
{
    const ProtobufCFieldDescriptor *field =
        protobuf_c_message_descriptor_get_field(input_type,
                                                (unsigned)input->input_case);
    const ProtobufCMessage *message;
    const char *name = NULL;

    if (field == NULL)
        return ELECTION_UNSUPPORTED;
    message = get_pointer(input, field->offset);
    if (message == NULL || message->descriptor != field->descriptor)
        return ELECTION_MISUSE;
    if (message->descriptor->n_fields > 0)
        name = get_pointer(message, message->descriptor->fields[0].offset);
    command->op = (enum election_op)input->input_case;
    command->name = name != NULL ? name : "";
    command->name_size = strlen(command->name);
    if (!election__utf8_valid((const uint8_t *)command->name,
                              command->name_size))
        return ELECTION_INVALID;
    return election__command_judge(command);
}

/* ---- the output --------------------------------------------------------- */

/**
 * An answer in the making. All its memory is allocated before the command runs,
 * and put in order after it, when nothing can fail any more. That works without
 * knowing the rules, as a command moves, adds or removes only the candidate it
 * names: all others keep their order.
 */
struct draft {
    const struct election_allocator *allocator;
    output_message *output;
    term_message *term;
    char *own; /* name that the command names; NULL for a read */
};

static void *allocate_message(const struct election_allocator *allocator,
                              const ProtobufCMessageDescriptor *type)
{
    void *message = election__allocate(allocator, type->sizeof_message);

    if (message != NULL)
        protobuf_c_message_init(type, message);
    return message;
}

static char *copy_name(const struct election_allocator *allocator,
                       const char *name, size_t size)
{
    char *copy = election__allocate(allocator, size + 1);

    if (copy != NULL) {
        memcpy(copy, name, size);
        copy[size] = '\0';
    }
    return copy;
}

static void cancel_draft(const struct draft *draft)
{
    ProtobufCAllocator allocator = {
        .alloc = draft->allocator->alloc,
        .free = draft->allocator->free,
        .allocator_data = draft->allocator->context,
    };

    election__release(draft->allocator, draft->own);
    if (draft->output != NULL)
        protobuf_c_message_free_unpacked(&draft->output->base, &allocator);
}

/** Allocates the messages around the names: output, its case, Term. */
static bool draft_messages(struct draft *draft, enum election_op op)
{
    const ProtobufCFieldDescriptor *field =
        protobuf_c_message_descriptor_get_field(output_type, op);
    const ProtobufCMessageDescriptor *answer_type = field->descriptor;
    void *answer;

    draft->output = allocate_message(draft->allocator, output_type);
    if (draft->output == NULL)
        return false;
    answer = allocate_message(draft->allocator, answer_type);
    if (answer == NULL)
        return false;
    draft->output->output_case = (output_case)op;
    set_pointer(draft->output, field->offset, answer);
    draft->term = allocate_message(draft->allocator, term_type);
    set_pointer(answer, answer_type->fields[0].offset, draft->term);
    return draft->term != NULL;
}

/** Copies the names of all candidates but the one that the command names. */
static bool draft_names(const struct draft *draft,
                        const struct election *election,
                        const struct election__command *command)
{
    const struct election__succession *succession = &election->succession;
    size_t count_max = election__succession_count(succession) + 1;
    struct election__place place;
    bool is_there;

    draft->term->candidates =
        election__allocate(draft->allocator, count_max * sizeof(char *));
    if (draft->term->candidates == NULL)
        return false;
    is_there = election__succession_begin(succession, &place);
    for (; is_there; is_there = election__succession_next(&place)) {
        struct election_candidate candidate =
            election__succession_at(succession, &place);
        char *copy;

        if (candidate.name_size == command->name_size &&
            memcmp(candidate.name, command->name, command->name_size) == 0)
            continue;
        copy = copy_name(draft->allocator, candidate.name, candidate.name_size);
        if (copy == NULL)
            return false;
        draft->term->candidates[draft->term->n_candidates++] = copy;
    }
    return true;
}

static bool begin_draft(struct draft *draft, const struct election *election,
                        const struct election__command *command)
{
    *draft = (struct draft){.allocator = &election->allocator};
    if (!election__op_reads(command->op)) {
        draft->own =
            copy_name(draft->allocator, command->name, command->name_size);
        if (draft->own == NULL)
            return false;
    }
    return draft_messages(draft, command->op) &&
           draft_names(draft, election, command);
}

/** Tells how many candidates stand before a place. */
static size_t rank_of(const struct election__succession *succession,
                      const struct election__place *place)
{
    struct election__place at;
    size_t rank = 0;

    (void)election__succession_begin(succession, &at);
    for (; at.page != place->page; at.page = at.page->next)
        rank += at.page->count;
    return rank + place->position;
}

/** Gives the candidate that the command names its rank, if it is still in. */
static void place_own(const struct draft *draft,
                      const struct election__succession *succession)
{
    char **names = draft->term->candidates;
    size_t *count = &draft->term->n_candidates;
    struct election__place place;
    size_t rank;

    if (draft->own == NULL)
        return;
    if (!election__succession_find(succession, draft->own, strlen(draft->own),
                                   &place)) {
        election__release(draft->allocator, draft->own);
        return;
    }
    rank = rank_of(succession, &place);
    memmove(names + rank + 1, names + rank, (*count - rank) * sizeof *names);
    names[rank] = draft->own;
    ++*count;
}

static output_message *finish_draft(const struct draft *draft,
                                    const struct election *election)
{
    term_message *term = draft->term;

    place_own(draft, &election->succession);
    term->index = election->index;
    if (term->n_candidates > 0) {
        term->leader = term->candidates[0];
        term->n_candidates--;
        memmove(term->candidates, term->candidates + 1,
                term->n_candidates * sizeof *term->candidates);
    }
    return draft->output;
}

static enum election_status
execute_with_answer(struct election *election, uint64_t session_id,
                    const struct election__command *command,
                    output_message **output)
{
    struct draft draft;
    enum election_status status = ELECTION_NOMEM;

    if (begin_draft(&draft, election, command))
        status = election__execute(election, session_id, command, NULL);
    if (status < 0)
        cancel_draft(&draft);
    else
        *output = finish_draft(&draft, election);
    return status;
}

enum election_status election_apply_message(struct election *election,
                                            uint64_t session_id,
                                            const input_message *input,
                                            output_message **output)
{
    struct election__command command;
    enum election_status status;

    if (election == NULL || input == NULL ||
        input->base.descriptor != input_type)
        return ELECTION_MISUSE;
    if (election__is_notifying(election))
        return ELECTION_BUSY;
    status = read_message(input, &command);
    if (status > ELECTION_OK && output != NULL)
        *output = NULL;
    if (status != ELECTION_OK)
        return status;
    if (output == NULL)
        return election__execute(election, session_id, &command, NULL);
    return execute_with_answer(election, session_id, &command, output);
}
