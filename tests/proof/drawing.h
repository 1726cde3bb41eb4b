/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Bytes that are drawn, to be judged by this library and by Google's parser.
 */
#ifndef PROOF_DRAWING_H
#define PROOF_DRAWING_H

#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include <google/protobuf/message.h>
#include <google/protobuf/stubs/logging.h>

extern "C" {
#include "../support/random.h"
}

using google::protobuf::Message;
using std::string;

inline struct random draws;
inline unsigned long verdicts[2]; /* refused, accepted */

inline uint32_t below(uint32_t limit)
{
    return random_below(&draws, limit);
}

inline void require(bool condition, const char *what, const string &bytes)
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
inline string varint(uint64_t value, int size_max)
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

inline string tag(uint32_t number, uint32_t type)
{
    return varint(static_cast<uint64_t>(number) << 3 | type, 4);
}

inline string bytes_field(uint32_t number, const string &body)
{
    return tag(number, 2) + varint(body.size(), 4) + body;
}

inline string any_string()
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

inline uint64_t any_number()
{
    return random_next(&draws) >> below(64);
}

inline string any_field(uint32_t number, int depth);

inline string group(uint32_t number, int depth)
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
inline string any_field(uint32_t number, int depth)
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
inline string message(uint32_t fields_max, Known known)
{
    string bytes;

    for (uint32_t i = below(fields_max + 1); i > 0; i--) {
        if (below(6) == 0)
            bytes += any_field(below(12), 0);
        bytes += known();
    }
    return bytes;
}

inline void damage(string &bytes)
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

inline bool parse(Message &message, const string &bytes)
{
    bool is_parsed =
        message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));

    verdicts[is_parsed]++;
    return is_parsed;
}

/** The message of the oneof's case that is set, and its number. */
inline const Message *case_of(const Message &message, int *number)
{
    const auto *oneof = message.GetDescriptor()->oneof_decl(0);
    const auto *reflection = message.GetReflection();
    const auto *field = reflection->GetOneofFieldDescriptor(message, oneof);

    if (field == nullptr)
        return nullptr;
    *number = field->number();
    return &reflection->GetMessage(message, field);
}

inline bool has_unknown(const Message &message)
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

/* ---- the cases ---------------------------------------------------------- */

/** Every prefix, and every flipped bit. */
template <typename Judge>
inline void judge_damaged(const string &bytes, Judge judge)
{
    for (size_t size = 0; size <= bytes.size(); size++)
        judge(bytes.substr(0, size));
    for (size_t bit = 0; bit < 8 * bytes.size(); bit++) {
        string flipped = bytes;

        flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ 1 << bit % 8);
        judge(flipped);
    }
}

template <typename Draw, typename Judge>
inline void judge_drawn(unsigned long cases, Draw draw, Judge judge)
{
    for (unsigned long i = 0; i < cases; i++) {
        string bytes = draw();

        if (below(2) == 0)
            damage(bytes);
        judge(bytes);
    }
}

/* ---- the run ------------------------------------------------------------ */

/** Reads [--seed SEED] [--cases CASES] from a place on, and says the seed. */
inline unsigned long start_run(int argc, char **argv, int from,
                               unsigned long cases)
{
    uint64_t seed = 1;

    google::protobuf::SetLogHandler(nullptr);
    for (int i = from; i + 1 < argc; i += 2) {
        if (strcmp(argv[i], "--seed") == 0)
            seed = strtoull(argv[i + 1], nullptr, 10);
        if (strcmp(argv[i], "--cases") == 0)
            cases = strtoul(argv[i + 1], nullptr, 10);
    }
    printf("seed %" PRIu64 "\n", seed);
    draws.state = seed;
    return cases;
}

/** Says the verdicts. Both must come often, or the cases say little. */
inline int end_run(unsigned long least)
{
    printf("%lu refused and %lu accepted by Google's parser, and by ours\n",
           verdicts[0], verdicts[1]);
    if (verdicts[0] <= least || verdicts[1] <= least)
        return EXIT_FAILURE;
    return EXIT_SUCCESS;
}

#endif
