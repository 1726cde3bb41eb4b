/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a registry writes, as Google's parser reads it, and what it answers to
 * queries of every form:
 *
 *     proof_registry_answers [--seed SEED] [--cases CASES]
 *
 * A log of drawn commands runs, with watchers. Each result, event and snapshot
 * must be read by Google's parser without anything unknown, and be written by
 * it as the same bytes. Each query must have the verdict of Google's parser,
 * and the answer that follows from the snapshot as Google reads it.
 */
#include <algorithm>

#include "registry_drawing.h"

/** Google must read some bytes, know all in them, and write the same. */
static void judge_written(Message &google, const string &bytes,
                          const char *what)
{
    string again;
    bool is_read = google.ParseFromString(bytes);

    require(is_read && !has_unknown(google), what, bytes);
    {
        google::protobuf::io::StringOutputStream stream(&again);
        google::protobuf::io::CodedOutputStream coded(&stream);

        coded.SetSerializationDeterministic(true);
        google.SerializeToCodedStream(&coded);
    }
    require(again == bytes, what, bytes);
}

static wire::Snapshot snapshot_of(struct election_registry *registry)
{
    struct election_buffer snapshot = ELECTION_BUFFER_INIT;
    wire::Snapshot google;

    rich_snapshot(registry, &snapshot);
    judge_written(google, bytes_of(snapshot), "a snapshot as written");
    election_buffer_free(&snapshot);
    return google;
}

/* ---- what an answer should be ------------------------------------------- */

static const wire::SessionState &session_of(const wire::Snapshot &state,
                                            uint64_t id)
{
    for (const auto &session : state.sessions())
        if (session.id() == id)
            return session;
    return wire::SessionState::default_instance();
}

/** Who leads an election of the snapshot; of none, the floor. */
static wire::Leadership leadership_of(const wire::Snapshot &state,
                                      const wire::ElectionState *election)
{
    wire::Leadership leadership;

    leadership.set_index(state.index_floor());
    if (election == nullptr)
        return leadership;
    const auto &leader = election->election().leader();

    leadership.set_index(election->election().term());
    leadership.set_leader(leader.name());
    leadership.set_leader_session_id(leader.session_id());
    leadership.set_leader_data(session_of(state, leader.session_id()).data());
    leadership.set_waiting(
        static_cast<uint64_t>(election->election().candidates_size()));
    return leadership;
}

static bool is_name(const string &name)
{
    return !name.empty() && name.size() <= 255 &&
           name.find('\0') == string::npos;
}

static void answer_term(const wire::Snapshot &state, const string &name,
                        wire::Answer &answer)
{
    const wire::ElectionState *found = nullptr;

    if (!is_name(name)) {
        answer.set_status(wire::INVALID);
        return;
    }
    for (const auto &election : state.elections())
        if (election.name() == name)
            found = &election;
    *answer.mutable_leadership() = leadership_of(state, found);
    if (found != nullptr)
        for (const auto &candidate : found->election().candidates())
            answer.mutable_leadership()->add_candidates(candidate.name());
}

/** Drops what is too much for one answer. */
template <typename Elements>
static void cut(Elements *elements, const wire::List &list)
{
    size_t limit = list.limit() == 0 ? 1000 : std::min(list.limit(), 10000u);
    size_t size = 0;
    int count = 0;

    for (const auto &element : *elements) {
        size_t length = element.ByteSizeLong();

        size += 1 +
                google::protobuf::io::CodedOutputStream::VarintSize64(length) +
                length;
        if (static_cast<size_t>(count) == limit || (count > 0 && size > 524288))
            break;
        count++;
    }
    elements->DeleteSubrange(count, elements->size() - count);
}

static void answer_elections(const wire::Snapshot &state,
                             const wire::List &list, wire::Elections *answer)
{
    for (const auto &election : state.elections()) {
        if (election.id() <= list.after())
            continue;
        auto *summary = answer->add_elections();

        summary->set_id(election.id());
        summary->set_name(election.name());
        *summary->mutable_leadership() = leadership_of(state, &election);
    }
    cut(answer->mutable_elections(), list);
}

static uint64_t candidacies_of(const wire::Snapshot &state, uint64_t id)
{
    uint64_t count = 0;

    for (const auto &election : state.elections()) {
        count += election.election().leader().session_id() == id;
        for (const auto &candidate : election.election().candidates())
            count += candidate.session_id() == id;
    }
    return count;
}

static void answer_sessions(const wire::Snapshot &state, const wire::List &list,
                            wire::Sessions *answer)
{
    for (const auto &session : state.sessions()) {
        if (session.id() <= list.after())
            continue;
        auto *summary = answer->add_sessions();

        summary->set_id(session.id());
        summary->set_client_id(session.client_id());
        summary->set_incarnation(session.incarnation());
        summary->set_timeout_ms(session.timeout_ms());
        summary->set_remaining_ms(
            std::max(session.renewed_ms(), state.extended_ms()) +
            session.timeout_ms() - state.now_ms());
        summary->set_candidacies(candidacies_of(state, session.id()));
        summary->set_highest_sequence(session.highest_sequence());
        summary->set_data(session.data());
    }
    cut(answer->mutable_sessions(), list);
}

static void answer_status(const wire::Snapshot &state,
                          wire::RegistryStatus *answer)
{
    uint64_t candidates = 0;

    for (const auto &session : state.sessions())
        candidates += candidacies_of(state, session.id());
    answer->set_version(state.version());
    answer->set_epoch(state.epoch());
    answer->set_now_ms(state.now_ms());
    answer->set_index_floor(state.index_floor());
    answer->set_id_floor(state.id_floor());
    answer->set_sessions(static_cast<uint64_t>(state.sessions_size()));
    answer->set_elections(static_cast<uint64_t>(state.elections_size()));
    answer->set_candidates(candidates);
    answer->set_log_digest(state.log_digest());
}

static wire::Answer answer_to(const wire::Snapshot &state,
                              const wire::Query &query)
{
    wire::Answer answer;

    answer.set_applied(state.applied());
    switch (query.query_case()) {
    case wire::Query::kGetTerm:
        answer_term(state, query.get_term().election(), answer);
        break;
    case wire::Query::kListElections:
        answer_elections(state, query.list_elections(),
                         answer.mutable_elections());
        break;
    case wire::Query::kListSessions:
        answer_sessions(state, query.list_sessions(),
                        answer.mutable_sessions());
        break;
    case wire::Query::kGetStatus:
        answer_status(state, answer.mutable_registry());
        break;
    case wire::Query::QUERY_NOT_SET:
        answer.set_status(wire::UNSUPPORTED);
    }
    return answer;
}

/* ---- queries ------------------------------------------------------------ */

/** What is written of a query is what Google writes. */
static void judge_query_encoder(const wire::Query &google, const string &bytes)
{
    static struct election_buffer output;
    const wire::List &list = google.has_list_elections()
                                 ? google.list_elections()
                                 : google.list_sessions();
    struct election_registry_query query = {};

    query.kind =
        static_cast<enum election_registry_query_kind>(google.query_case());
    query.election = google.get_term().election().data();
    query.election_size = google.get_term().election().size();
    query.after = list.after();
    query.limit = list.limit();
    require(election_registry_query_encode(&query, &output) == ELECTION_OK,
            "a query to be written", bytes);
    require(bytes_of(output) == canonical(google), "a query as written", bytes);
}

static void judge_query(struct election_registry *registry,
                        const wire::Snapshot &state, const string &bytes)
{
    static struct election_buffer output;
    wire::Query google;
    wire::Answer expected;
    enum election_status status =
        election_registry_query(registry, bytes.data(), bytes.size(), &output);

    expected.set_applied(state.applied());
    expected.set_status(wire::INVALID);
    if (parse(google, bytes)) {
        expected = answer_to(state, google);
        if (google.query_case() != wire::Query::QUERY_NOT_SET)
            judge_query_encoder(google, bytes);
    }
    require(status == static_cast<int>(expected.status()),
            "the verdict on a query", bytes);
    require(bytes_of(output) == expected.SerializeAsString(),
            "the answer to a query", bytes);
}

static void judge_queries(struct election_registry *registry,
                          unsigned long cases)
{
    wire::Snapshot state = snapshot_of(registry);
    auto judge = [registry, &state](const string &bytes) {
        judge_query(registry, state, bytes);
    };
    auto draw_query = [] { return draw(wire::Query::descriptor()); };

    judge_drawn(cases, draw_query, judge);
    for (unsigned long i = 0; i < cases / 1000; i++)
        judge_damaged(draw_query(), judge);
    for (uint32_t limit : {0u, 1u, 3u, 10000u, 10001u, UINT32_MAX})
        for (uint64_t after = 0; after < state.id_floor() + 2;
             after += 1 + state.id_floor() / 50) {
            wire::Query query;

            query.mutable_list_sessions()->set_after(after);
            query.mutable_list_sessions()->set_limit(limit);
            judge(query.SerializeAsString());
            *query.mutable_list_elections() = wire::List(query.list_sessions());
            judge(query.SerializeAsString());
        }
}

/* ---- a log -------------------------------------------------------------- */

static unsigned long events;

static void judge_told(void *context, struct election_registry *registry,
                       const uint8_t *bytes, size_t size)
{
    wire::Event event;

    (void)context;
    judge_written(event, string(reinterpret_cast<const char *>(bytes), size),
                  "an event as written");
    require(event.applied() == election_registry_applied(registry) &&
                event.has_leadership(),
            "what an event says", "");
    events++;
}

static void draw_propose(wire::Propose *propose)
{
    static const char *const names[] = {"a", "b", "c", "d", "\xc3\xa9", "f"};
    string name = names[below(6)];
    auto *input = propose->mutable_input();

    propose->set_sequence(1 + below(120));
    propose->set_election(names[below(6)]);
    propose->set_if_index(below(9) == 0 ? below(20) : 0);
    propose->set_if_vacant(below(9) == 0);
    propose->set_with_output(below(2) == 0);
    switch (below(10)) {
    case 0:
        input->mutable_withdraw()->set_candidate(name);
        break;
    case 1:
        input->mutable_evict()->set_candidate(name);
        break;
    case 2:
        input->mutable_anoint()->set_candidate(name);
        break;
    case 3:
        input->mutable_promote()->set_candidate(name);
        break;
    case 4:
        input->mutable_demote()->set_candidate(name);
        break;
    case 5:
        input->mutable_get_term();
        break;
    default:
        input->mutable_enter()->set_candidate(below(20) ? name : "");
    }
}

/** The id of a session that lives, or of none. */
static uint64_t any_session(const wire::Snapshot &state)
{
    uint32_t count = static_cast<uint32_t>(state.sessions_size());

    if (count == 0 || below(10) == 0)
        return below(1000);
    return state.sessions(static_cast<int>(below(count))).id();
}

static wire::Command draw_command(const wire::Snapshot &state,
                                  uint64_t *time_ms)
{
    wire::Command command;

    *time_ms += below(30) == 0 ? below(9000) : below(50);
    command.set_epoch(state.epoch());
    command.set_time_ms(*time_ms);
    switch (below(12)) {
    case 0:
    case 1:
        command.mutable_open_session()->set_client_id(
            string(1 + below(3), static_cast<char>(below(3))));
        command.mutable_open_session()->set_incarnation(below(3));
        command.mutable_open_session()->set_nonce(below(2) * 99);
        command.mutable_open_session()->set_timeout_ms(900 + below(9000));
        command.mutable_open_session()->set_data(string(below(2) * 9, 'd'));
        break;
    case 2:
        for (uint32_t i = below(5); i > 0; i--)
            command.mutable_keep_alive()->add_session_ids(any_session(state));
        command.mutable_keep_alive();
        break;
    case 3:
        if (below(4) == 0)
            command.mutable_close_session()->set_session_id(any_session(state));
        else if (below(30) == 0)
            command.mutable_recover()->set_lost_entries(below(9));
        else
            command.mutable_tick()->set_takes_office(below(9) == 0);
        break;
    default:
        draw_propose(command.mutable_propose());
        command.mutable_propose()->set_session_id(any_session(state));
    }
    return command;
}

/** Runs a log, and looks at all that comes out of it. */
static void judge_log(struct election_registry *registry, unsigned long entries)
{
    struct election_buffer output = ELECTION_BUFFER_INIT;
    uint64_t time_ms = 1000000, term_id, leader_id;

    require(election_registry_watch(registry, nullptr, 0, ELECTION_SCOPE_TERM,
                                    judge_told, nullptr,
                                    &term_id) == ELECTION_OK &&
                election_registry_watch(registry, nullptr, 0,
                                        ELECTION_SCOPE_LEADER, judge_told,
                                        nullptr, &leader_id) == ELECTION_OK,
            "a watch", "");
    for (unsigned long i = 0; i < entries; i++) {
        wire::Command command = draw_command(snapshot_of(registry), &time_ms);
        string entry = command.SerializeAsString();
        wire::Result result;
        enum election_status status = election_registry_apply(
            registry, election_registry_applied(registry) + 1 + below(2),
            entry.data(), entry.size(), &output);

        judge_written(result, bytes_of(output), "a result as written");
        require(status == static_cast<int>(result.status()) &&
                    result.applied() == election_registry_applied(registry),
                "what a result says", entry);
    }
    election_buffer_free(&output);
}

/** Lists of so much that an answer cannot hold all of it. */
static void judge_long_lists(void)
{
    struct election_registry *registry = rich_create(nullptr);
    wire::Snapshot state;

    rich_take_office(registry);
    for (int i = 0; i < 1100; i++)
        require(rich_open(registry, std::to_string(i).c_str(), 30000,
                          static_cast<size_t>(i % 1025)) != 0,
                "a session", "");
    state = snapshot_of(registry);
    /* Each start cuts the list at another byte. */
    for (uint64_t after = 0; after < 1110; after += after < 40 ? 1 : 350)
        for (uint32_t limit : {0u, 1u, 500u, 1050u, 10000u, 20000u}) {
            wire::Query query;

            query.mutable_list_sessions()->set_after(after);
            query.mutable_list_sessions()->set_limit(limit);
            judge_query(registry, state, query.SerializeAsString());
        }
    election_registry_destroy(registry);
}

int main(int argc, char **argv)
{
    unsigned long cases = start_run(argc, argv, 1, 20000);
    struct election_registry *registry = rich_create(nullptr);

    rich_fill(registry);
    judge_queries(registry, cases);
    judge_log(registry, cases);
    judge_queries(registry, cases);
    judge_long_lists();
    election_registry_destroy(registry);
    printf("%lu events\n", events);
    return events > 1000 ? end_run(cases / 3) : EXIT_FAILURE;
}
