/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inputs, outputs and snapshots of every form, judged by this library and by
 * Google's parser:
 *
 *     proof_decoding FOLDER [--seed SEED] [--cases CASES]
 *
 * FOLDER holds the golden files. Each case is drawn field by field: known and
 * unknown fields of every wire type, repeated, reordered and merged, varints
 * longer than they need be, groups inside groups, strings good and bad; then
 * half of them are damaged. On top come every prefix and every flipped bit of
 * the golden files. Verdict and value must be the same, but for two rules that
 * are the library's own: the name rule, and that a snapshot may hold no unknown
 * field.
 */
#include <algorithm>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>

#include "atomix/multiraft/election/v1/fsm.pb.h"
#include "drawing.h"
#include "election/election.h"

namespace wire = atomix::multiraft::election::v1;
/* ---- drawing ------------------------------------------------------------ */

static string any_input()
{
    return message(3, [] {
        return bytes_field(1 + below(8), message(2, [] {
                               return bytes_field(1 + below(2), any_string());
                           }));
    });
}

static string any_term()
{
    return message(5, [] {
        uint32_t number = 1 + below(3);

        return number == 3 ? tag(3, 0) + varint(any_number(), 10)
                           : bytes_field(number, any_string());
    });
}

static string any_output()
{
    return message(3, [] {
        return bytes_field(1 + below(8), message(2, [] {
                               return bytes_field(1, any_term());
                           }));
    });
}

static string any_candidate()
{
    string name = bytes_field(1, any_string());
    string session = tag(2, 0) + varint(any_number(), 10);

    if (below(10) == 0)
        return name + session + any_field(below(5), 0);
    if (below(10) == 0)
        return session + name;
    return below(3) == 0 ? name : name + session;
}

static string any_snapshot()
{
    string bytes = below(20) == 0 ? "" : tag(1, 0) + varint(any_number(), 10);

    if (below(10) != 0)
        bytes += bytes_field(2, any_candidate());
    for (uint32_t i = below(4); i > 0; i--)
        bytes += bytes_field(3, any_candidate());
    if (below(10) == 0)
        bytes += bytes_field(2, any_candidate());
    if (below(15) == 0)
        bytes += any_field(below(5), 0);
    return bytes;
}

/* ---- judging ------------------------------------------------------------ */

static void judge_input(const string &bytes)
{
    wire::LeaderElectionInput google;
    struct election_command command;
    enum election_status status =
        election_input_decode(bytes.data(), bytes.size(), &command);
    const Message *message;
    int number = 0;
    string name;

    if (!parse(google, bytes)) {
        require(status == ELECTION_INVALID, "an input Google refuses", bytes);
        return;
    }
    message = case_of(google, &number);
    if (message == nullptr) {
        require(status == ELECTION_UNSUPPORTED, "an input of no case", bytes);
        return;
    }
    require(status == ELECTION_OK, "an input Google accepts", bytes);
    require(command.op == number, "the case of an input", bytes);
    if (message->GetDescriptor()->field_count() > 0)
        name = message->GetReflection()->GetString(
            *message, message->GetDescriptor()->field(0));
    require(name == string(command.name, command.name_size),
            "the name in an input", bytes);
}

static bool add_name(void *context, const char *name, size_t size)
{
    static_cast<std::vector<string> *>(context)->push_back(string(name, size));
    return true;
}

static void judge_output(const string &bytes)
{
    wire::LeaderElectionOutput google;
    struct election_term term;
    std::vector<string> names;
    enum election_status status = election_output_decode(
        bytes.data(), bytes.size(), &term, add_name, &names);
    const Message *message;
    int number = 0;

    if (!parse(google, bytes)) {
        require(status == ELECTION_INVALID, "an output Google refuses", bytes);
        return;
    }
    message = case_of(google, &number);
    if (message == nullptr) {
        require(status == ELECTION_UNSUPPORTED, "an output of no case", bytes);
        return;
    }
    const auto &expected =
        static_cast<const wire::Term &>(message->GetReflection()->GetMessage(
            *message, message->GetDescriptor()->field(0)));

    require(status == ELECTION_OK, "an output Google accepts", bytes);
    require(term.op == number, "the case of an output", bytes);
    require(term.index == expected.index(), "the index", bytes);
    require(string(term.leader == nullptr ? "" : term.leader,
                   term.leader_size) == expected.leader(),
            "the leader", bytes);
    require(term.candidate_count == names.size() &&
                std::equal(names.begin(), names.end(),
                           expected.candidates().begin(),
                           expected.candidates().end()),
            "the candidates", bytes);
}

/** The rules of a snapshot that are the library's own. */
static bool is_sound(const wire::LeaderElectionSnapshot &snapshot)
{
    std::set<string> names;
    bool is_sound = !has_unknown(snapshot) && snapshot.term() >> 63 == 0;

    if (snapshot.has_leader() ? snapshot.term() == 0
                              : snapshot.candidates_size() > 0)
        return false;
    if (snapshot.has_leader())
        names.insert(snapshot.leader().name());
    for (const auto &candidate : snapshot.candidates())
        is_sound = names.insert(candidate.name()).second && is_sound;
    for (const auto &name : names)
        is_sound = is_sound && !name.empty() && name.size() <= 255 &&
                   name.find('\0') == string::npos;
    return is_sound;
}

static void judge_snapshot(const string &bytes)
{
    static struct election *election;
    static struct election_buffer again;
    wire::LeaderElectionSnapshot google;
    enum election_status status;

    if (election == nullptr &&
        election_create(nullptr, &election) != ELECTION_OK)
        exit(EXIT_FAILURE);
    status = election_restore(election, bytes.data(), bytes.size());
    if (!parse(google, bytes) || !is_sound(google)) {
        require(status == ELECTION_CORRUPT, "a snapshot to be refused", bytes);
        return;
    }
    require(status == ELECTION_OK, "a snapshot to be accepted", bytes);
    require(election_snapshot(election, &again) == ELECTION_OK, "memory", "");
    require(string(reinterpret_cast<char *>(again.data), again.size) ==
                google.SerializeAsString(),
            "the value of a snapshot", bytes);
}

/* ---- the cases ---------------------------------------------------------- */

static string unhex(const string &word)
{
    string bytes;

    for (size_t i = 0; word != "-" && i + 1 < word.size(); i += 2)
        bytes += static_cast<char>(std::stoi(word.substr(i, 2), nullptr, 16));
    return bytes;
}

static void judge_files(const string &folder)
{
    std::ifstream edges(folder + "/edges.txt");
    string line, word;

    while (std::getline(edges, line))
        if (line[0] != '#' && std::istringstream(line) >> word)
            judge_damaged(unhex(word), judge_input);
    for (const char *name : {"queue", "names", "vacant", "sessions"}) {
        std::ifstream file(folder + "/v1/" + name + ".snapshot",
                           std::ios::binary);

        require(file.good(), "no such file", name);
        judge_damaged(string(std::istreambuf_iterator<char>(file), {}),
                      judge_snapshot);
    }
}

int main(int argc, char **argv)
{
    unsigned long cases = start_run(argc, argv, 2, 100000);

    if (argc < 2)
        return EXIT_FAILURE;
    judge_files(argv[1]);
    judge_drawn(cases, any_input, judge_input);
    judge_drawn(cases, any_output, judge_output);
    judge_drawn(cases, any_snapshot, judge_snapshot);
    return end_run(cases / 2);
}
