/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Clients of an election service, whichever it is.
 *
 *     load SIDE ADDRESS[,ADDRESS...] CASE NUMBER...
 *
 * SIDE is electiond, plain, etcd (by transactions) or etcd-election. ADDRESS is
 * that of the node which leads, as IPV4:PORT; of others too where that is to be
 * killed. The cases:
 *
 *     cycle CLIENTS SECONDS        each campaigns and resigns, again and again,
 *                                  for an election of its own
 *     fill ELECTIONS SESSIONS TTL  leads so many elections by so many sessions,
 *                                  which live on
 *     crowd ELECTIONS SESSIONS TTL
 *                                  each session enters each election: at
 *                                  electiond as at a plain node, or it waits
 *     hold COUNT TTL ROLE          so many clients keep their sessions alive,
 *                                  and campaign for an election each. Two
 *                                  processes contend whose ROLEs are 2 * n and
 *                                  2 * n + 1. A line of each that leads: the
 *                                  time, by CLOCK_MONOTONIC, in ms
 *     keep COUNT TTL ROLE          so many sessions are kept alive. A line when
 *                                  all are there
 *
 * Times are in ms but where SECONDS stands. The first three print one object of
 * JSON; the others end with their parent or after ten minutes.
 */
#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <functional>
#include <mutex>
#include <sstream>
#include <sys/prctl.h>
#include <thread>
#include <unistd.h>
#include <vector>

#include "party.h"

typedef std::chrono::steady_clock Clock;
typedef std::chrono::milliseconds Milliseconds;

static constexpr int longest_s = 600;
static constexpr int threads_max = 64;
static constexpr int patience_ms = 10000;
static constexpr int pace_ms = 50;
static constexpr int cycle_ttl_ms = 600000;

static MakeParty *make_party;
static Addresses addresses;

static double ms_between(Clock::time_point from, Clock::time_point to)
{
    return std::chrono::duration<double, std::milli>(to - from).count();
}

/** A name of 18 or 19 bytes, whatever the numbers. */
static std::string name_of(const char *what, int role, int number)
{
    char name[64];

    (void)snprintf(name, sizeof name, "%s-%02d-%06d", what, role, number);
    return name;
}

/** Runs it in so many threads; an exception in one ends the process. */
static void run(int threads, const std::function<void(int)> &body)
{
    std::vector<std::thread> all;

    for (int i = 0; i < threads; i++)
        all.emplace_back([i, &body] {
            try {
                body(i);
            } catch (const std::exception &fault) {
                (void)fprintf(stderr, "load: %s\n", fault.what());
                std::_Exit(1);
            }
        });
    for (std::thread &thread : all)
        thread.join();
}

/* ---- campaign, resign, campaign ----------------------------------------- */

/** How long single calls took, in ms; and all of them. */
struct Times {
    std::vector<double> campaigns, pairs;
    double all = 0;
};

/** Of a sorted list. */
static double percentile(const std::vector<double> &sorted, int percent)
{
    return sorted[(sorted.size() - 1) * (size_t)percent / 100];
}

static void print_times(const char *what, std::vector<double> *times)
{
    std::sort(times->begin(), times->end());
    printf("\"%s\": {\"p50\": %.3f, \"p99\": %.3f, \"max\": %.3f}", what,
           percentile(*times, 50), percentile(*times, 99), times->back());
}

static void cycle_one(int client, int seconds, std::atomic<int> *missing,
                      Times *times)
{
    auto party = make_party(addresses, name_of("candidate", 0, client));
    std::string election = name_of("election", 0, client);
    Clock::time_point begun;

    party->open(cycle_ttl_ms);
    missing->fetch_sub(1);
    while (missing->load() > 0)
        std::this_thread::sleep_for(Milliseconds(1));
    begun = Clock::now();
    while (times->all < 1000.0 * seconds) {
        Clock::time_point start = Clock::now(), between;

        party->campaign(election);
        between = Clock::now();
        party->resign();
        times->campaigns.push_back(ms_between(start, between));
        times->pairs.push_back(ms_between(start, Clock::now()));
        times->all = ms_between(begun, Clock::now());
    }
    party->close();
}

static void cycle(int clients, int seconds)
{
    std::vector<Times> each((size_t)clients);
    std::atomic<int> missing(clients);
    Times all;

    run(clients, [&](int client) {
        cycle_one(client, seconds, &missing, &each[(size_t)client]);
    });
    for (const Times &one : each) {
        all.campaigns.insert(all.campaigns.end(), one.campaigns.begin(),
                             one.campaigns.end());
        all.pairs.insert(all.pairs.end(), one.pairs.begin(), one.pairs.end());
        all.all = std::max(all.all, one.all);
    }
    printf("{\"pairs\": %zu, \"seconds\": %.3f, ", all.pairs.size(),
           all.all / 1000);
    print_times("campaign", &all.campaigns);
    printf(", ");
    print_times("pair", &all.pairs);
    printf("}\n");
}

/* ---- many elections ----------------------------------------------------- */

/** A session leads each `step`th election; or enters all, where it is 1. */
static void fill(int elections, int sessions, int ttl_ms, int step)
{
    std::atomic<int> next(0);
    Clock::time_point start = Clock::now();

    run(std::min(sessions, threads_max), [&](int) {
        int session;

        while ((session = next.fetch_add(1)) < sessions) {
            auto party =
                make_party(addresses, name_of("candidate", 1, session));

            party->open(ttl_ms);
            for (int i = session % step; i < elections; i += step)
                party->campaign(name_of("election", 1, i));
        }
    });
    printf("{\"seconds\": %.3f}\n", ms_between(start, Clock::now()) / 1000);
}

/* ---- sessions that live ------------------------------------------------- */

/** Tries until it succeeds: a node may be away for a while, but not forever. */
static void insist(Party *party)
{
    Clock::time_point end = Clock::now() + Milliseconds(patience_ms);

    for (;;) {
        try {
            party->keep_alive();
            return;
        } catch (const std::exception &) {
            if (Clock::now() > end)
                throw;
        }
        std::this_thread::sleep_for(Milliseconds(pace_ms));
    }
}

/** Renews it a third of its time after the last renewal, like most clients. */
static void keep(Party *party, int ttl_ms, int phase_ms)
{
    Clock::time_point due = Clock::now() + Milliseconds(phase_ms);

    for (;;) {
        std::this_thread::sleep_until(due);
        insist(party);
        due += Milliseconds(ttl_ms / 3);
    }
}

static void hold(int count, int ttl_ms, int role)
{
    std::mutex printing;

    run(count, [&](int client) {
        auto party = make_party(addresses, name_of("candidate", role, client));

        /* Not all at once, so that leases end at different times. */
        std::this_thread::sleep_for(Milliseconds(ttl_ms / 3 * client / count));
        party->open(ttl_ms);
        std::thread keeper(run, 1, [&](int) { keep(party.get(), ttl_ms, 0); });
        party->campaign(name_of("election", role / 2, client));
        {
            std::lock_guard<std::mutex> guard(printing);
            auto now = Clock::now().time_since_epoch();

            printf("%.3f\n",
                   std::chrono::duration<double, std::milli>(now).count());
            (void)fflush(stdout);
        }
        keeper.join();
    });
}

/** Of each thread some, evenly in time: a node may take its time to answer. */
static void keep_some(const std::vector<Party *> &some, int ttl_ms, int thread)
{
    double step_us = 1000.0 * ttl_ms / 3 / (double)some.size();
    Clock::time_point start = Clock::now();

    for (size_t turn = 0;; turn++) {
        double due_us = step_us * ((double)turn + (double)thread / threads_max);

        std::this_thread::sleep_until(
            start + std::chrono::microseconds((int64_t)due_us));
        some[turn % some.size()]->keep_alive();
    }
}

static void keep_all(int count, int ttl_ms, int role)
{
    std::vector<std::unique_ptr<Party>> all;

    for (int i = 0; i < count; i++) {
        all.push_back(make_party(addresses, name_of("candidate", role, i)));
        all.back()->open(ttl_ms);
    }
    printf("ready\n");
    (void)fflush(stdout);
    run(std::min(count, threads_max), [&](int thread) {
        std::vector<Party *> some;

        for (int i = thread; i < count; i += threads_max)
            some.push_back(all[(size_t)i].get());
        keep_some(some, ttl_ms, thread);
    });
}

/* ---- the command line --------------------------------------------------- */

static bool choose(const std::string &side)
{
    if (side == "electiond")
        make_party = make_electiond;
    if (side == "plain")
        make_party = make_plain;
#ifdef BENCH_ETCD
    if (side == "etcd")
        make_party = make_etcd;
    if (side == "etcd-election")
        make_party = make_etcd_election;
#endif
    return make_party != nullptr;
}

static bool run_case(const std::string &name, const std::vector<int> &numbers)
{
    if (name == "cycle" && numbers.size() == 2)
        cycle(numbers[0], numbers[1]);
    else if (name == "fill" && numbers.size() == 3)
        fill(numbers[0], numbers[1], numbers[2], numbers[1]);
    else if (name == "crowd" && numbers.size() == 3)
        fill(numbers[0], numbers[1], numbers[2], 1);
    else if (name == "hold" && numbers.size() == 3)
        hold(numbers[0], numbers[1], numbers[2]);
    else if (name == "keep" && numbers.size() == 3)
        keep_all(numbers[0], numbers[1], numbers[2]);
    else
        return false;
    return true;
}

int main(int argc, char **argv)
{
    std::vector<int> numbers;

    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    (void)alarm(longest_s);
    if (argc < 5 || !choose(argv[1]))
        return 2;
    std::stringstream list(argv[2]);
    for (std::string address; std::getline(list, address, ',');)
        addresses.push_back(address);
    for (int i = 4; i < argc; i++)
        numbers.push_back(std::atoi(argv[i]));
    try {
        return run_case(argv[3], numbers) ? 0 : 2;
    } catch (const std::exception &fault) {
        (void)fprintf(stderr, "load: %s\n", fault.what());
        return 1;
    }
}
