/* SPDX-License-Identifier: Apache-2.0 */
#include "election/message.h"

#include <string.h>

#include "base/allocator.h"
#include "core/embed.h"

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

/* The numbers of operations are those of the cases. */
#define INPUT_CASE(name)                                                       \
    ATOMIX__MULTIRAFT__ELECTION__V1__LEADER_ELECTION_INPUT__INPUT_##name
#define SAME_NUMBER(name, value, name_field)                                   \
    _Static_assert(INPUT_CASE(name) == (value), "another number in "           \
                                                "fsm.proto");
ELECTION_OP_MAP(SAME_NUMBER)

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
                                         struct election_command *command)
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
    if (name == NULL)
        name = "";
    *command = (struct election_command){(enum election_op)input->input_case,
                                         name, strlen(name)};
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
    char *own; /* name that the command names; empty for a read */
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

/** Whose names are copied into a draft: all but the one. */
struct copying {
    const struct draft *draft;
    const struct election_command *command;
    bool has_failed;
};

/** Copies one name, unless it is the one that the command names. */
static bool draft_name(void *context,
                       const struct election_candidate *candidate)
{
    struct copying *copying = context;
    const struct draft *draft = copying->draft;
    char *copy;

    if (candidate->name_size == copying->command->name_size &&
        memcmp(candidate->name, copying->command->name, candidate->name_size) ==
            0)
        return true;
    copy = copy_name(draft->allocator, candidate->name, candidate->name_size);
    copying->has_failed = copy == NULL;
    if (copy != NULL)
        draft->term->candidates[draft->term->n_candidates++] = copy;
    return copy != NULL;
}

/** Copies the names of all candidates but the one that the command names. */
static bool draft_names(const struct draft *draft,
                        const struct election *election,
                        const struct election_command *command)
{
    struct copying copying = {draft, command, false};
    struct election_candidate leader;
    /* The leader, those who wait, and one who enters. */
    size_t count_max = 1 + election_candidate_count(election) + 1;

    draft->term->candidates =
        election__allocate(draft->allocator, count_max * sizeof(char *));
    if (draft->term->candidates == NULL)
        return false;
    if (election_leader(election, &leader) == ELECTION_OK &&
        draft_name(&copying, &leader))
        (void)election_each_candidate(election, draft_name, &copying);
    return !copying.has_failed;
}

static bool begin_draft(struct draft *draft, const struct election *election,
                        const struct election_command *command)
{
    *draft = (struct draft){.allocator = election__allocator(election)};
    draft->own = copy_name(draft->allocator, command->name, command->name_size);
    return draft->own != NULL && draft_messages(draft, command->op) &&
           draft_names(draft, election, command);
}

/** Gives the candidate that the command names its rank, if it is still in. */
static void place_own(const struct draft *draft,
                      const struct election *election)
{
    char **names = draft->term->candidates;
    size_t *count = &draft->term->n_candidates;
    size_t rank;

    if (election_find(election, draft->own, strlen(draft->own), NULL, &rank) !=
        ELECTION_OK) {
        election__release(draft->allocator, draft->own);
        return;
    }
    memmove(names + rank + 1, names + rank, (*count - rank) * sizeof *names);
    names[rank] = draft->own;
    ++*count;
}

static output_message *finish_draft(const struct draft *draft,
                                    const struct election *election)
{
    term_message *term = draft->term;

    place_own(draft, election);
    term->index = election_index(election);
    if (term->n_candidates > 0) {
        term->leader = term->candidates[0];
        term->n_candidates--;
        memmove(term->candidates, term->candidates + 1,
                term->n_candidates * sizeof *term->candidates);
    }
    return draft->output;
}

static enum election_status
apply_with_answer(struct election *election, uint64_t session_id,
                  const struct election_command *command,
                  output_message **output)
{
    struct draft draft;
    enum election_status status = ELECTION_NOMEM;

    if (begin_draft(&draft, election, command))
        status = election__command_apply(election, session_id, command, NULL);
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
    struct election_command command;
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
        return election__command_apply(election, session_id, &command, NULL);
    return apply_with_answer(election, session_id, &command, output);
}
