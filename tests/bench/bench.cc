/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How fast the election is, as ratios inside one run: against protobuf-c used
 * the plain way, and against memcpy of the same bytes.
 *
 *     bench --report      the table of ratios against the goals
 *     bench [OPTIONS]     Google Benchmark's own output and options
 *
 * N is the number of those who wait, so there are N + 1 candidates. Names have
 * 18 bytes and, where nothing else is said, come at random. Cases run
 * interleaved, several times, and the table takes the median of each.
 */
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include "election/message.h"

extern "C" {
#include "../support/random.h"
}

typedef Atomix__Multiraft__Election__V1__LeaderElectionInput input_message;
typedef Atomix__Multiraft__Election__V1__LeaderElectionOutput output_message;
typedef Atomix__Multiraft__Election__V1__LeaderElectionSnapshot
    snapshot_message;
using bytes = std::vector<uint8_t>;

enum { LARGE = 65535 };

static void require(bool condition)
{
    if (!condition)
        abort();
}

/* ---- an election with N who wait ---------------------------------------- */

static size_t heap_size, heap_calls;

static void *count_alloc(void *, size_t size)
{
    size_t *block = static_cast<size_t *>(malloc(sizeof(size_t) * 2 + size));

    require(block != nullptr);
    heap_size += block[0] = size;
    heap_calls++;
    return block + 2;
}

static void count_free(void *, void *pointer)
{
    size_t *block = static_cast<size_t *>(pointer) - 2;

    heap_size -= block[0];
    free(block);
}

static bytes encode(enum election_op op, const std::string &name)
{
    struct election_buffer buffer = ELECTION_BUFFER_INIT;

    struct election_command command = {op, name.data(), name.size()};
    require(election_input_encode(&command, &buffer) == ELECTION_OK);
    bytes encoded(buffer.data, buffer.data + buffer.size);
    election_buffer_free(&buffer);
    return encoded;
}

static std::string name_of(size_t number)
{
    char name[32];

    snprintf(name, sizeof name, "candidate-%08zu", number);
    return name;
}

/** Each name has a session of its own: the log index that opened it. */
static uint64_t session_of(size_t number)
{
    return 1000000 + number;
}

/** An election, and inputs for each of its names. */
struct scene {
    struct election *election = nullptr;
    struct election_buffer output = ELECTION_BUFFER_INIT;
    std::vector<uint32_t> order; /* names at random, each once */
    std::map<int, std::vector<bytes>> inputs;

    explicit scene(size_t waiting, bool is_counted = false)
    {
        size_t count = waiting + 1;
        struct election_config config = {
            {count_alloc, count_free, nullptr}, 1, 0};
        struct random random = {count};

        require(election_create(is_counted ? &config : nullptr, &election) ==
                ELECTION_OK);
        for (uint32_t i = 0; i < count; i++)
            order.push_back(i);
        for (int op = ELECTION_OP_ENTER; op <= ELECTION_OP_DEMOTE; op++)
            for (size_t i = 0; i < count && op != ELECTION_OP_GET_TERM &&
                               op != ELECTION_OP_WATCH;
                 i++)
                inputs[op].push_back(
                    encode(static_cast<enum election_op>(op), name_of(i)));
        for (size_t i = 0; i < count; i++)
            apply(ELECTION_OP_ENTER, i, nullptr);
        for (size_t i = count; i > 1; i--)
            std::swap(order[i - 1],
                      order[random_below(&random, static_cast<uint32_t>(i))]);
    }

    scene(const scene &) = delete;

    ~scene()
    {
        election_destroy(election);
        election_buffer_free(&output);
    }

    void apply(int op, size_t number, struct election_buffer *to)
    {
        const bytes &input = inputs[op][number];
        enum election_status status = election_apply(
            election, session_of(number), input.data(), input.size(), to);

        benchmark::DoNotOptimize(status);
    }

    void get_term(struct election_buffer *to)
    {
        static const uint8_t input[] = {0x32, 0};

        require(election_apply(election, 0, input, sizeof input, to) ==
                ELECTION_OK);
    }
};

/**
 * Elections are filled once and shared by the cases of one size: those that
 * commands are applied to, and those that stay in the order of entering or in
 * one at random.
 */
enum wear { IN_USE, ENTERED, SHUFFLED };

static scene &scene_of(size_t waiting, enum wear wear = IN_USE)
{
    static std::map<std::pair<size_t, enum wear>, std::unique_ptr<scene>>
        scenes;
    std::unique_ptr<scene> &found = scenes[{waiting, wear}];

    if (!found) {
        found = std::make_unique<scene>(waiting);
        for (uint32_t number : found->order)
            if (wear == SHUFFLED)
                found->apply(ELECTION_OP_ANOINT, number, nullptr);
    }
    return *found;
}

/* ---- the cases ---------------------------------------------------------- */

/** Entries one behind the other in memory, as a log hands them out. */
struct stream {
    struct entry {
        uint64_t session_id;
        uint32_t size;
        uint8_t input[36];
    };
    scene &on;
    std::vector<entry> entries;
    size_t per_name;
    size_t at = 0;

    stream(size_t count, const std::vector<int> &ops)
        : on(scene_of(count)), per_name(ops.size())
    {
        for (uint32_t number : on.order)
            for (int op : ops) {
                const bytes &input = on.inputs[op][number];
                entry e = {session_of(number),
                           static_cast<uint32_t>(input.size()),
                           {}};

                require(input.size() <= sizeof e.input);
                memcpy(e.input, input.data(), input.size());
                entries.push_back(e);
            }
    }

    stream(const stream &) = delete;

    /** Whoever left comes back, so that the next case finds all. */
    ~stream()
    {
        while (at % per_name != 0)
            next(nullptr);
    }

    void next(struct election_buffer *to)
    {
        const entry &e = entries[at];

        require(election_apply(on.election, e.session_id, e.input, e.size,
                               to) >= 0);
        at = at + 1 == entries.size() ? 0 : at + 1;
    }
};

/* Each name in turn leaves and comes again in both ways, and is moved. */
static const std::vector<int> mixed = {
    ELECTION_OP_EVICT,    ELECTION_OP_ENTER, ELECTION_OP_PROMOTE,
    ELECTION_OP_WITHDRAW, ELECTION_OP_ENTER, ELECTION_OP_ANOINT,
};

static void apply_case(benchmark::State &state, size_t count,
                       std::vector<int> ops, bool has_output)
{
    stream entries(count, ops);
    struct election_buffer *to = has_output ? &entries.on.output : nullptr;

    for (auto _ : state)
        entries.next(to);
}

static void memcpy_case(benchmark::State &state, size_t count)
{
    scene &on = scene_of(count);

    on.get_term(&on.output);
    bytes copy(on.output.size);
    for (auto _ : state) {
        memcpy(copy.data(), on.output.data, copy.size());
        benchmark::ClobberMemory();
    }
}

static void get_term_case(benchmark::State &state, size_t count, enum wear wear)
{
    scene &on = scene_of(count, wear);

    for (auto _ : state)
        on.get_term(&on.output);
}

/** protobuf-c the plain way: the input in, the output out, no election. */
static void plain_case(benchmark::State &state, size_t count)
{
    scene &on = scene_of(count);
    const bytes &input = on.inputs[ELECTION_OP_ENTER][0];
    bytes packed;

    on.get_term(&on.output);
    output_message *output =
        atomix__multiraft__election__v1__leader_election_output__unpack(
            nullptr, on.output.size, on.output.data);
    packed.resize(on.output.size);
    for (auto _ : state) {
        input_message *decoded =
            atomix__multiraft__election__v1__leader_election_input__unpack(
                nullptr, input.size(), input.data());

        benchmark::DoNotOptimize(decoded);
        atomix__multiraft__election__v1__leader_election_input__free_unpacked(
            decoded, nullptr);
        require(protobuf_c_message_get_packed_size(&output->base) ==
                packed.size());
        protobuf_c_message_pack(&output->base, packed.data());
        benchmark::ClobberMemory();
    }
    atomix__multiraft__election__v1__leader_election_output__free_unpacked(
        output, nullptr);
}

/** A session that owns ten of so many comes and goes. */
static void close_case(benchmark::State &state, size_t count)
{
    scene &on = scene_of(count);
    std::vector<bytes> inputs;

    for (size_t i = 0; i < 10; i++)
        inputs.push_back(encode(ELECTION_OP_ENTER, name_of(900000 + i)));
    for (auto _ : state) {
        for (const bytes &input : inputs)
            benchmark::DoNotOptimize(election_apply(
                on.election, UINT64_MAX, input.data(), input.size(), nullptr));
        benchmark::DoNotOptimize(
            election_close_session(on.election, UINT64_MAX));
    }
}

static void watch_nothing(void *, struct election *, const uint8_t *event,
                          size_t)
{
    benchmark::DoNotOptimize(event);
}

static void watch_case(benchmark::State &state, size_t watchers)
{
    scene on(1000);
    size_t at = 0;

    for (size_t i = 0; i < watchers; i++)
        require(election_watch(on.election, watch_nothing, nullptr, nullptr) ==
                ELECTION_OK);
    for (auto _ : state) {
        on.apply(ELECTION_OP_ANOINT, on.order[at], nullptr);
        at = (at + 1) % on.order.size();
    }
}

static void snapshot_case(benchmark::State &state, enum wear wear)
{
    scene &on = scene_of(LARGE, wear);

    for (auto _ : state)
        require(election_snapshot(on.election, &on.output) == ELECTION_OK);
}

static void restore_case(benchmark::State &state, enum wear wear)
{
    scene &on = scene_of(LARGE, wear);
    struct election *restored;

    require(election_snapshot(on.election, &on.output) == ELECTION_OK);
    require(election_create(nullptr, &restored) == ELECTION_OK);
    for (auto _ : state)
        require(election_restore(restored, on.output.data, on.output.size) ==
                ELECTION_OK);
    election_destroy(restored);
}

static void plain_snapshot_case(benchmark::State &state)
{
    scene &on = scene_of(LARGE, ENTERED);
    bytes packed;

    require(election_snapshot(on.election, &on.output) == ELECTION_OK);
    snapshot_message *message =
        atomix__multiraft__election__v1__leader_election_snapshot__unpack(
            nullptr, on.output.size, on.output.data);
    packed.resize(on.output.size);
    for (auto _ : state) {
        require(protobuf_c_message_get_packed_size(&message->base) ==
                packed.size());
        protobuf_c_message_pack(&message->base, packed.data());
        benchmark::ClobberMemory();
    }
    atomix__multiraft__election__v1__leader_election_snapshot__free_unpacked(
        message, nullptr);
}

/** Unpacking alone: what it costs to free is not counted. */
static void plain_restore_case(benchmark::State &state)
{
    scene &on = scene_of(LARGE, ENTERED);

    require(election_snapshot(on.election, &on.output) == ELECTION_OK);
    for (auto _ : state) {
        snapshot_message *message =
            atomix__multiraft__election__v1__leader_election_snapshot__unpack(
                nullptr, on.output.size, on.output.data);

        state.PauseTiming();
        protobuf_c_message_free_unpacked(&message->base, nullptr);
        state.ResumeTiming();
    }
}

/* ---- the report --------------------------------------------------------- */

/** Single commands that a follower applies; the first two leave N as it is. */
static const std::map<std::string, std::vector<int>> commands = {
    {"evict+enter", {ELECTION_OP_EVICT, ELECTION_OP_ENTER}},
    {"withdraw+enter", {ELECTION_OP_WITHDRAW, ELECTION_OP_ENTER}},
    {"anoint", {ELECTION_OP_ANOINT}},
    {"promote", {ELECTION_OP_PROMOTE}},
    {"demote", {ELECTION_OP_DEMOTE}},
};

static void register_cases(void)
{
    auto add = [](const std::string &name, auto function, auto... arguments) {
        return benchmark::RegisterBenchmark(
            name.c_str(),
            [=](benchmark::State &state) { function(state, arguments...); });
    };

    for (size_t count : {3, 10, 1000, +LARGE}) {
        std::string n = "/" + std::to_string(count);

        add("apply" + n, apply_case, count, mixed, true);
        add("plain" + n, plain_case, count);
        add("memcpy" + n, memcpy_case, count);
    }
    for (size_t count : {3, +LARGE})
        for (const auto &command : commands)
            add("follow/" + command.first + "/" + std::to_string(count),
                apply_case, count, command.second, false);
    for (size_t count : {20, LARGE - 10})
        add("close/" + std::to_string(count), close_case, count);
    add("get_term/entered", get_term_case, size_t{1000}, ENTERED);
    add("get_term/shuffled", get_term_case, size_t{1000}, SHUFFLED);
    add("watch/1", watch_case, size_t{1});
    add("watch/100", watch_case, size_t{100});
    add("snapshot/entered", snapshot_case, ENTERED);
    add("snapshot/shuffled", snapshot_case, SHUFFLED);
    add("plain_snapshot", plain_snapshot_case);
    add("restore/entered", restore_case, ENTERED);
    add("restore/shuffled", restore_case, SHUFFLED);
    add("plain_restore", plain_restore_case);
}

/** Keeps every run's processor time for the medians. */
class collector : public benchmark::ConsoleReporter
{
  public:
    std::map<std::string, std::vector<double>> times;

    void ReportRuns(const std::vector<Run> &runs) override
    {
        for (const Run &run : runs)
            if (run.run_type == Run::RT_Iteration)
                times[run.run_name.function_name].push_back(
                    run.GetAdjustedCPUTime());
    }

    bool ReportContext(const Context &) override
    {
        return true;
    }

    double median(const std::string &name)
    {
        std::vector<double> &found = times[name];

        require(!found.empty());
        std::sort(found.begin(), found.end());
        return found[found.size() / 2];
    }

    double ratio(const std::string &name, const std::string &to)
    {
        return median(name) / median(to);
    }
};

static bool has_missed;

static void print_row(const char *what, double value, const char *goal,
                      bool is_reached)
{
    printf("| %-47s | %8.2f | %-13s | %s |\n", what, value, goal,
           is_reached ? "yes" : "NO ");
    has_missed = has_missed || !is_reached;
}

static void at_least(const char *what, double value, double goal)
{
    char text[32];

    snprintf(text, sizeof text, "at least %.1f", goal);
    print_row(what, value, text, value >= goal);
}

static void at_most(const char *what, double value, double goal)
{
    char text[32];

    snprintf(text, sizeof text, "at most %.4g", goal);
    print_row(what, value, text, value <= goal);
}

static void report_heap(void)
{
    heap_size = 0;
    {
        scene small(2, true);
        at_most("heap with 3 names of 18 bytes, bytes",
                static_cast<double>(heap_size), 320);
    }
    heap_size = 0;
    {
        scene large(LARGE, true);
        at_most("heap, N = 65,535, bytes each but the name",
                static_cast<double>(heap_size) / LARGE - 18, 64);
    }
    scene warm(1000, true);
    size_t calls = 0;

    for (int round = 0; round < 3; round++) {
        calls = heap_calls;
        for (size_t i = 0; i < warm.order.size(); i++)
            for (int op : mixed)
                warm.apply(op, warm.order[i], &warm.output);
    }
    at_most("allocations in 6,006 warm applies, N = 1,000",
            static_cast<double>(heap_calls - calls), 0);
}

static int report(collector &c)
{
    printf("| %-47s | %8s | %-13s | %s |\n", "ratio", "measured", "goal",
           "ok ");
    printf("| --- | ---: | --- | --- |\n");
    at_least("plain protobuf-c / apply, N = 3", c.ratio("plain/3", "apply/3"),
             3.5);
    at_least("plain protobuf-c / apply, N = 10",
             c.ratio("plain/10", "apply/10"), 3.5);
    at_most("(apply - apply N = 3) / memcpy, N = 1,000",
            (c.median("apply/1000") - c.median("apply/3")) /
                c.median("memcpy/1000"),
            2);
    at_most("(apply - apply N = 3) / memcpy, N = 65,535",
            (c.median("apply/65535") - c.median("apply/3")) /
                c.median("memcpy/65535"),
            2);
    for (const auto &command : commands) {
        std::string what =
            "follower, " + command.first + ", N = 65,535 / N = 3";

        at_most(what.c_str(),
                c.ratio("follow/" + command.first + "/65535",
                        "follow/" + command.first + "/3"),
                5);
    }
    at_most("10 enter and close, among 65,525 / among 20",
            c.ratio("close/65525", "close/20"), 5);
    at_most("GetTerm / memcpy, N = 1,000",
            c.ratio("get_term/entered", "memcpy/1000"), 1.3);
    at_most("the same, candidates shuffled",
            c.ratio("get_term/shuffled", "memcpy/1000"), 1.3);
    at_most("event to 100 watchers / to 1, N = 1,000",
            c.ratio("watch/100", "watch/1"), 2);
    at_least("protobuf-c size + pack / snapshot, N = 65,535",
             c.ratio("plain_snapshot", "snapshot/entered"), 8);
    at_least("the same, candidates shuffled",
             c.ratio("plain_snapshot", "snapshot/shuffled"), 8);
    at_least("protobuf-c unpack / restore, N = 65,535",
             c.ratio("plain_restore", "restore/entered"), 4);
    at_least("the same, candidates shuffled",
             c.ratio("plain_restore", "restore/shuffled"), 4);
    report_heap();
    printf("\nnanoseconds:");
    for (const char *name :
         {"apply/3", "plain/3", "apply/10", "plain/10", "apply/1000",
          "memcpy/1000", "apply/65535", "memcpy/65535", "get_term/entered",
          "get_term/shuffled", "snapshot/entered", "snapshot/shuffled",
          "plain_snapshot", "restore/entered", "restore/shuffled",
          "plain_restore"})
        printf(" %s %.0f", name, c.median(name));
    printf("\n");
    return has_missed ? EXIT_FAILURE : EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
    bool is_report = argc > 1 && strcmp(argv[1], "--report") == 0;
    std::vector<char *> arguments(argv, argv + argc);
    static char repetitions[] = "--benchmark_repetitions=15";
    static char interleaving[] = "--benchmark_enable_random_interleaving=true";
    static char min_time[] = "--benchmark_min_time=0.05";
    collector collected;

    if (is_report) {
        arguments[1] = repetitions;
        arguments.insert(arguments.begin() + 1, {interleaving, min_time});
    }
    argc = static_cast<int>(arguments.size());
    benchmark::Initialize(&argc, arguments.data());
    register_cases();
    if (!is_report) {
        benchmark::RunSpecifiedBenchmarks();
        return EXIT_SUCCESS;
    }
    benchmark::RunSpecifiedBenchmarks(&collected);
    return report(collected);
}
