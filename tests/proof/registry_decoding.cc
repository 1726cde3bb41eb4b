/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The registry's messages of every form, judged by this library and by Google's
 * parser:
 *
 *     proof_registry_decoding [--seed SEED] [--cases CASES]
 *
 * Each case is drawn field by field from the descriptors, half of them are
 * damaged then, and every bit and prefix of some good ones is tried too. The
 * verdict must be the same, and so must each value that is read. What the
 * encoders write of a command is what Google writes of it.
 */
#include "registry_drawing.h"

/** What a visitor was shown, in order. */
struct seen {
    Text ids;
    Text names;
    Text elements;
};

/* ---- views as text ------------------------------------------------------ */

static void add_leadership(Text &text,
                           const struct election_registry_leadership &view)
{
    text << view.index << span(view.leader, view.leader_size)
         << view.leader_session_id
         << span(view.leader_data, view.leader_data_size) << view.waiting_count;
}

static void add_leadership(Text &text, const wire::Leadership &google)
{
    text << google.index() << google.leader() << google.leader_session_id()
         << google.leader_data() << google.waiting();
}

static Text names_of(const wire::Leadership &google)
{
    Text names;

    for (const string &name : google.candidates())
        names << name;
    return names;
}

static bool see_id(void *context, uint64_t id)
{
    static_cast<struct seen *>(context)->ids << id;
    return true;
}

static bool see_name(void *context, const char *name, size_t size)
{
    static_cast<struct seen *>(context)->names << span(name, size);
    return true;
}

static bool see_election(void *context,
                         const struct election_registry_election *shown)
{
    Text &text = static_cast<struct seen *>(context)->elements;

    text << shown->id << span(shown->name, shown->name_size);
    add_leadership(text, shown->leadership);
    return true;
}

static bool see_session(void *context,
                        const struct election_registry_session *shown)
{
    static_cast<struct seen *>(context)->elements
        << shown->id << span(shown->client_id, shown->client_id_size)
        << shown->incarnation << shown->timeout_ms << shown->remaining_ms
        << shown->candidate_count << shown->highest_sequence
        << span(shown->data, shown->data_size);
    return true;
}

static struct election_registry_visitor visitor_of(struct seen &seen)
{
    return {see_id, see_name, see_election, see_session, &seen};
}

static uint64_t number_of(int value)
{
    return static_cast<uint64_t>(value);
}

/** The status that is read of one on the wire. */
static uint64_t status_here(int value)
{
    if (value >= ELECTION_OK && value <= ELECTION_ABORTED)
        return number_of(value);
    return ELECTION_UNSUPPORTED;
}

/** The same of a cause. */
static uint64_t cause_here(int value)
{
    if (value >= ELECTION_CAUSE_INITIAL && value <= ELECTION_CAUSE_RESTORED)
        return number_of(value);
    return ELECTION_CAUSE_UNKNOWN;
}

/** A status, or a cause, that this library knows; else what stands for it. */
static uint64_t status_of(int number)
{
    if (number < 0 || number > wire::ABORTED)
        return ELECTION_UNSUPPORTED;
    return number_of(number);
}

static uint64_t cause_of(int number)
{
    if (number < 0 || number > wire::RESTORED)
        return ELECTION_CAUSE_UNKNOWN;
    return number_of(number);
}

/* ---- commands ----------------------------------------------------------- */

static string text_of(const struct election_registry_command &command)
{
    Text text;

    text << command.kind << command.epoch << command.time_ms
         << span(command.client_id, command.client_id_size)
         << command.incarnation << command.nonce << command.timeout_ms
         << span(command.data, command.data_size) << command.session_count
         << command.session_id << command.sequence
         << span(command.election, command.election_size)
         << number_of(command.command.op)
         << span(command.command.name, command.command.name_size)
         << command.if_index << command.if_vacant << command.with_output
         << command.takes_office << command.applied << command.log_digest
         << command.version << command.lost_entries;
    return text.text;
}

/** The operation of an input as Google reads it, and the name in it. */
static void add_input(Text &text, const Message &input)
{
    int number = 0;
    const Message *message = case_of(input, &number);
    string name;

    if (message != nullptr && message->GetDescriptor()->field_count() > 0)
        name = message->GetReflection()->GetString(
            *message, message->GetDescriptor()->field(0));
    text << number_of(number) << name;
}

static string text_of(const wire::Command &google)
{
    const wire::OpenSession &open = google.open_session();
    const wire::Propose &propose = google.propose();
    Text text;

    text << number_of(google.command_case()) << google.epoch()
         << google.time_ms() << open.client_id() << open.incarnation()
         << open.nonce() << open.timeout_ms() << open.data()
         << number_of(google.keep_alive().session_ids_size())
         << google.close_session().session_id() + propose.session_id()
         << propose.sequence() << propose.election();
    add_input(text, propose.input());
    text << propose.if_index() << propose.if_vacant() << propose.with_output()
         << google.tick().takes_office() << google.tick().applied()
         << google.tick().log_digest() << google.upgrade().version()
         << google.recover().lost_entries();
    return text.text;
}

/** What is written of a command that was read, is what Google writes. */
static void judge_encoder(struct election_registry_command command,
                          wire::Command &google, const string &bytes)
{
    static struct election_buffer output;
    const auto &ids = google.keep_alive().session_ids();

    command.session_ids = ids.data();
    require(election_registry_command_encode(&command, &output) == ELECTION_OK,
            "a command to be written", bytes);
    /* An input without a command that is known is not written at all. */
    if (google.has_propose() && command.command.op == 0)
        google.mutable_propose()->clear_input();
    require(bytes_of(output) == canonical(google), "a command as written",
            bytes);
}

static void judge_command(const string &bytes)
{
    struct election_registry_command command;
    struct seen seen;
    struct election_registry_visitor visitor = visitor_of(seen);
    wire::Command google;
    Text ids;
    enum election_status status = election_registry_command_decode(
        bytes.data(), bytes.size(), &command, &visitor);

    if (!parse(google, bytes)) {
        require(status == ELECTION_INVALID, "a command Google refuses", bytes);
        require(seen.ids.text.empty(), "ids of what is refused", bytes);
        return;
    }
    if (google.command_case() == wire::Command::COMMAND_NOT_SET) {
        require(status == ELECTION_UNSUPPORTED, "a command of no case", bytes);
        return;
    }
    require(status == ELECTION_OK, "a command Google accepts", bytes);
    require(text_of(command) == text_of(google), "a command's values", bytes);
    for (uint64_t id : google.keep_alive().session_ids())
        ids << id;
    require(seen.ids.text == ids.text, "the ids of sessions", bytes);
    judge_encoder(command, google, bytes);
}

/* ---- what is answered --------------------------------------------------- */

/** Counts outputs in a Result: their content is not looked at, nor merged. */
static int outputs_in(const string &bytes)
{
    google::protobuf::UnknownFieldSet fields, inner;
    int count = 0;

    if (!fields.ParseFromString(bytes))
        return 0;
    for (int i = 0; i < fields.field_count(); i++) {
        const auto &field = fields.field(i);

        if (field.number() != wire::Result::kProposeFieldNumber ||
            field.type() !=
                google::protobuf::UnknownField::TYPE_LENGTH_DELIMITED)
            continue;
        if (!inner.ParseFromString(field.length_delimited()))
            return 0;
        for (int j = 0; j < inner.field_count(); j++)
            count += inner.field(j).number() ==
                         wire::ProposeResult::kOutputFieldNumber &&
                     inner.field(j).type() ==
                         google::protobuf::UnknownField::TYPE_LENGTH_DELIMITED;
    }
    return count;
}

static void judge_result(const string &bytes)
{
    struct election_registry_result result;
    struct seen seen;
    struct election_registry_visitor visitor = visitor_of(seen);
    wire::Result google;
    Text ours, theirs, ids;
    enum election_status status = election_registry_result_decode(
        bytes.data(), bytes.size(), &result, &visitor);
    int outputs = outputs_in(bytes);

    if (!parse(google, bytes)) {
        require(status == ELECTION_INVALID || outputs > 0,
                "a result Google refuses", bytes);
        return;
    }
    require(status == ELECTION_OK, "a result Google accepts", bytes);
    ours << number_of(result.status) << result.applied << result.kind
         << result.session_id << result.incarnation << result.timeout_ms
         << result.lost_count << result.has_leadership;
    add_leadership(ours, result.leadership);
    ours << result.is_repeated;
    theirs << status_here(google.status()) << google.applied()
           << number_of(google.result_case()) << google.session().session_id()
           << google.session().incarnation() << google.session().timeout_ms()
           << number_of(google.keep_alive().lost_session_ids_size())
           << google.propose().has_leadership();
    add_leadership(theirs, google.propose().leadership());
    theirs << google.propose().repeated();
    require(ours.text == theirs.text, "a result's values", bytes);
    for (uint64_t id : google.keep_alive().lost_session_ids())
        ids << id;
    require(seen.ids.text == ids.text, "the ids of lost sessions", bytes);
    require(seen.names.text == names_of(google.propose().leadership()).text,
            "the candidates in a result", bytes);
    if (outputs == 1 && google.has_propose() && result.output_size > 0) {
        atomix::multiraft::election::v1::LeaderElectionOutput output;

        require(output.ParseFromArray(result.output,
                                      static_cast<int>(result.output_size)) &&
                    output.SerializeAsString() ==
                        google.propose().output().SerializeAsString(),
                "the output in a result", bytes);
    }
}

/** All elements of the lists of an answer, one after the other. */
static Text elements_of(const wire::Answer &google)
{
    Text text;

    for (const auto &election : google.elections().elections()) {
        text << election.id() << election.name();
        add_leadership(text, election.leadership());
    }
    for (const auto &session : google.sessions().sessions())
        text << session.id() << session.client_id() << session.incarnation()
             << session.timeout_ms() << session.remaining_ms()
             << session.candidacies() << session.highest_sequence()
             << session.data();
    return text;
}

static void judge_answer(const string &bytes)
{
    struct election_registry_answer answer;
    struct seen seen;
    struct election_registry_visitor visitor = visitor_of(seen);
    wire::Answer google;
    Text ours, theirs;
    enum election_status status = election_registry_answer_decode(
        bytes.data(), bytes.size(), &answer, &visitor);

    if (!parse(google, bytes)) {
        require(status == ELECTION_INVALID, "an answer Google refuses", bytes);
        return;
    }
    const wire::RegistryStatus &registry = google.registry();

    require(status == ELECTION_OK, "an answer Google accepts", bytes);
    ours << number_of(answer.status) << answer.applied << answer.kind;
    add_leadership(ours, answer.leadership);
    ours << answer.version << answer.epoch << answer.now_ms
         << answer.index_floor << answer.id_floor << answer.session_count
         << answer.election_count << answer.candidate_count
         << answer.log_digest;
    theirs << status_here(google.status()) << google.applied()
           << number_of(google.answer_case());
    add_leadership(theirs, google.leadership());
    theirs << registry.version() << registry.epoch() << registry.now_ms()
           << registry.index_floor() << registry.id_floor()
           << registry.sessions() << registry.elections()
           << registry.candidates() << registry.log_digest();
    require(ours.text == theirs.text, "an answer's values", bytes);
    require(seen.names.text == names_of(google.leadership()).text,
            "the candidates in an answer", bytes);
    require(seen.elements.text == elements_of(google).text,
            "the list in an answer", bytes);
}

static void judge_event(const string &bytes)
{
    struct election_registry_event event;
    struct seen seen;
    struct election_registry_visitor visitor = visitor_of(seen);
    wire::Event google;
    Text ours, theirs;
    enum election_status status = election_registry_event_decode(
        bytes.data(), bytes.size(), &event, &visitor);

    if (!parse(google, bytes)) {
        require(status == ELECTION_INVALID, "an event Google refuses", bytes);
        return;
    }
    require(status == ELECTION_OK, "an event Google accepts", bytes);
    ours << event.applied << span(event.election, event.election_size)
         << number_of(event.cause) << event.by_session_id;
    add_leadership(ours, event.leadership);
    theirs << google.applied() << google.election()
           << cause_here(google.cause()) << google.by_session_id();
    add_leadership(theirs, google.leadership());
    require(ours.text == theirs.text, "an event's values", bytes);
    require(seen.names.text == names_of(google.leadership()).text,
            "the candidates in an event", bytes);
}

/* ---- the cases ---------------------------------------------------------- */

/** Cases of one message: drawn, and some good ones bit by bit. */
template <typename Judge>
static void judge_all(unsigned long cases, const Descriptor *descriptor,
                      Judge judge)
{
    judge_drawn(
        cases, [descriptor] { return draw(descriptor); }, judge);
    for (unsigned long i = 0; i < cases / 1000; i++)
        judge_damaged(draw(descriptor), judge);
}

int main(int argc, char **argv)
{
    unsigned long cases = start_run(argc, argv, 1, 50000);

    judge_all(2 * cases, wire::Command::descriptor(), judge_command);
    judge_all(cases, wire::Result::descriptor(), judge_result);
    judge_all(cases, wire::Answer::descriptor(), judge_answer);
    judge_all(cases, wire::Event::descriptor(), judge_event);
    return end_run(cases);
}
