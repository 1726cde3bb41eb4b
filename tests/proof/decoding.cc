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
#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <google/protobuf/stubs/logging.h>

#include "atomix/multiraft/election/v1/fsm.pb.h"
#include "election/election.h"

extern "C" {
#include "../support/random.h"
#include "election/election.h"
}

namespace wire = atomix::multiraft::election::v1;
using google::protobuf::Message;
using std::string;

static struct random draws;
static unsigned long verdicts[2]; /* refused, accepted */

static uint32_t below(uint32_t limit)
{
    return random_below(&draws, limit);
}

static void require(bool condition, const char *what, const string &bytes)
{
    if (condition)
        return;
    fprintf(stderr, "%s:", what);
    for (unsigned char byte : bytes)
        fprintf(stderr, " %02x", byte);
    fprintf(stderr, "\n");
    exit(EXIT_FAILURE);
}

/* ---- drawing ------------------------------------------------------------ */

/** A varint, now and then with bytes that it does not need. */
static string varint(uint64_t value, int size_max)
{
    string bytes;
    int padding = below(12) == 0 ? static_cast<int>(below(10)) : 0;

    while (value >= 0x80 || (padding > 0 && bytes.size() + 1 < 11u)) {
        if (value < 0x80)
            padding--;
        bytes += static_cast<char>(value | 0x80);
        value >>= 7;
        if (static_cast<int>(bytes.size()) >= size_max && below(4) != 0)
            break;
    }
    bytes += static_cast<char>(value & 0x7f);
    return bytes;
}

static string tag(uint32_t number, uint32_t type)
{
    return varint(static_cast<uint64_t>(number) << 3 | type, 4);
}

static string bytes_field(uint32_t number, const string &body)
{
    return tag(number, 2) + varint(body.size(), 4) + body;
}

static string any_string()
{
    static const char *const pool[] = {
        "a",
        "b",
        "cc",
        "\xc3\xa9",
        "\xff",
        "\xc0\x80",
        "\xed\xa0\x80",
        "\xf0\x9f\x98\x80",
        "a\xe2\x82",
        "",
        "abcdefghij\x80",
        "node-17",
    };
    uint32_t which = below(20);

    if (which < 12)
        return pool[which];
    if (which == 12)
        return string(127 + below(3), 'n');
    if (which == 13)
        return string(254 + below(3), 'n');
    if (which == 14)
        return string("a\0b", 3);
    return string(1, static_cast<char>('a' + below(26)));
}

static uint64_t any_number()
{
    return random_next(&draws) >> below(64);
}

static string any_field(uint32_t number, int depth);

static string group(uint32_t number, int depth)
{
    string body;

    for (uint32_t i = below(3); i > 0; i--)
        body += any_field(below(12), depth + 1);
    /* Seldom another group's end, or none. */
    if (below(20) == 0)
        return tag(number, 3) + body + (below(2) ? tag(number + 1, 4) : "");
    return tag(number, 3) + body + tag(number, 4);
}

/** A field of any wire type, with a number that may well be known. */
static string any_field(uint32_t number, int depth)
{
    if (below(300) == 0)
        return string(95 + below(10), static_cast<char>(9 << 3 | 3)) +
               string(95 + below(10), static_cast<char>(9 << 3 | 4));
    switch (below(depth > 4 ? 5 : 6)) {
    case 0:
        return tag(number, 0) + varint(any_number(), 10);
    case 1:
        return tag(number, 1) + string(8, 'x');
    case 2:
        return tag(number, 5) + string(4, 'x');
    case 3:
        return below(40) == 0 ? tag(number, 4 + below(4)) : string();
    case 4:
        return bytes_field(number, any_string());
    default:
        return group(number, depth);
    }
}

/** A message: fields drawn by `known`, and seldom others between them. */
template <typename Known>
static string message(uint32_t fields_max, Known known)
{
    string bytes;

    for (uint32_t i = below(fields_max + 1); i > 0; i--) {
        if (below(6) == 0)
            bytes += any_field(below(12), 0);
        bytes += known();
    }
    return bytes;
}

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

static void damage(string &bytes)
{
    for (uint32_t i = 1 + below(3); i > 0 && !bytes.empty(); i--) {
        size_t at = below(static_cast<uint32_t>(bytes.size()));

        switch (below(4)) {
        case 0:
            bytes[at] = static_cast<char>(bytes[at] ^ 1 << below(8));
            break;
        case 1:
            bytes.erase(at, 1 + below(3));
            break;
        case 2:
            bytes.insert(at, 1, static_cast<char>(below(256)));
            break;
        default:
            bytes.resize(at);
        }
    }
}

/* ---- judging ------------------------------------------------------------ */

static bool parse(Message &message, const string &bytes)
{
    bool is_parsed =
        message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));

    verdicts[is_parsed]++;
    return is_parsed;
}

/** The message of the oneof's case that is set, and its number. */
static const Message *case_of(const Message &message, int *number)
{
    const auto *oneof = message.GetDescriptor()->oneof_decl(0);
    const auto *reflection = message.GetReflection();
    const auto *field = reflection->GetOneofFieldDescriptor(message, oneof);

    if (field == nullptr)
        return nullptr;
    *number = field->number();
    return &reflection->GetMessage(message, field);
}

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

static bool has_unknown(const Message &message)
{
    const auto *reflection = message.GetReflection();
    std::vector<const google::protobuf::FieldDescriptor *> fields;

    if (!reflection->GetUnknownFields(message).empty())
        return true;
    reflection->ListFields(message, &fields);
    for (const auto *field : fields) {
        if (field->message_type() == nullptr)
            continue;
        if (!field->is_repeated() &&
            has_unknown(reflection->GetMessage(message, field)))
            return true;
        for (int i = 0;
             field->is_repeated() && i < reflection->FieldSize(message, field);
             i++)
            if (has_unknown(reflection->GetRepeatedMessage(message, field, i)))
                return true;
    }
    return false;
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

/** Every prefix, and every flipped bit. */
template <typename Judge>
static void judge_damaged(const string &bytes, Judge judge)
{
    for (size_t size = 0; size <= bytes.size(); size++)
        judge(bytes.substr(0, size));
    for (size_t bit = 0; bit < 8 * bytes.size(); bit++) {
        string flipped = bytes;

        flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ 1 << bit % 8);
        judge(flipped);
    }
}

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

template <typename Draw, typename Judge>
static void judge_drawn(unsigned long cases, Draw draw, Judge judge)
{
    for (unsigned long i = 0; i < cases; i++) {
        string bytes = draw();

        if (below(2) == 0)
            damage(bytes);
        judge(bytes);
    }
}

int main(int argc, char **argv)
{
    unsigned long cases = 100000;
    uint64_t seed = 1;

    google::protobuf::SetLogHandler(nullptr);
    for (int i = 2; i + 1 < argc; i += 2) {
        if (strcmp(argv[i], "--seed") == 0)
            seed = strtoull(argv[i + 1], nullptr, 10);
        if (strcmp(argv[i], "--cases") == 0)
            cases = strtoul(argv[i + 1], nullptr, 10);
    }
    if (argc < 2)
        return EXIT_FAILURE;
    printf("seed %" PRIu64 "\n", seed);
    draws.state = seed;
    judge_files(argv[1]);
    judge_drawn(cases, any_input, judge_input);
    judge_drawn(cases, any_output, judge_output);
    judge_drawn(cases, any_snapshot, judge_snapshot);
    printf("%lu refused and %lu accepted by Google's parser, and by ours\n",
           verdicts[0], verdicts[1]);
    /* Both kinds must come often, or the cases say little. */
    return verdicts[0] > cases / 2 && verdicts[1] > cases / 2 ? EXIT_SUCCESS
                                                              : EXIT_FAILURE;
}
