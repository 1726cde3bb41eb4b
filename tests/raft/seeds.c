/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The adapter on three servers of libraft, in worlds where much goes wrong.
 *
 *     election_raft_seeds [--seed N] [--seeds COUNT] [--unwrapped]
 *
 * Each seed is a run of its own, and the same again, in a process of its own:
 * an adapter that sees two logs ends it. None may fail; without the wrap, one
 * must, as libraft 0.15 then gives two logs to two servers.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "world.h"

static int show_usage(void)
{
    fprintf(stderr, "usage: election_raft_seeds [--seed N] [--seeds COUNT] "
                    "[--unwrapped]\n");
    return EXIT_FAILURE;
}

/** Plays a seed and writes what was counted. */
static void play(uint64_t seed, bool is_wrapped, int to)
{
    fate_play(seed, is_wrapped);
    if (write(to, &world.counts, sizeof world.counts) !=
        (ssize_t)sizeof world.counts)
        exit(EXIT_FAILURE);
    exit(EXIT_SUCCESS);
}

/** The same in a process of its own. Returns whether no promise was broken. */
static bool try_seed(uint64_t seed, bool is_wrapped, struct counts *counts)
{
    int ends[2], status;
    pid_t child;
    bool has_counted;

    fflush(stdout);
    if (pipe(ends) != 0 || (child = fork()) < 0) {
        perror("election_raft_seeds");
        exit(EXIT_FAILURE);
    }
    if (child == 0)
        play(seed, is_wrapped, ends[1]);
    close(ends[1]);
    has_counted =
        read(ends[0], counts, sizeof *counts) == (ssize_t)sizeof *counts;
    close(ends[0]);
    if (waitpid(child, &status, 0) != child)
        return false;
    if (WIFSIGNALED(status))
        printf("seed %" PRIu64 ": signal %d\n", seed, WTERMSIG(status));
    return has_counted && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static void add(struct counts *sum, const struct counts *counts)
{
    sum->seconds += counts->seconds;
    sum->offices += counts->offices;
    sum->proposals += counts->proposals;
    sum->answered += counts->answered;
    sum->unknown += counts->unknown;
    sum->reads += counts->reads;
    sum->read_answered += counts->read_answered;
    sum->snapshots += counts->snapshots;
    sum->restores += counts->restores;
}

static void show(const struct counts *sum)
{
    printf("%" PRIu64 " simulated seconds, %" PRIu64 " offices; %" PRIu64
           " proposals, %" PRIu64 " answered, %" PRIu64 " unknown; %" PRIu64
           " reads, %" PRIu64 " answered; %" PRIu64 " snapshots, %" PRIu64
           " restored\n",
           sum->seconds, sum->offices, sum->proposals, sum->answered,
           sum->unknown, sum->reads, sum->read_answered, sum->snapshots,
           sum->restores);
}

int main(int argc, char **argv)
{
    uint64_t seed = 1, count = 1, failed = 0;
    bool is_wrapped = true;
    struct counts counts, sum = {0};

    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--unwrapped") == 0)
            is_wrapped = false;
        else if (strcmp(argv[i], "--seed") == 0 && i + 1 < argc)
            seed = strtoull(argv[++i], NULL, 10);
        else if (strcmp(argv[i], "--seeds") == 0 && i + 1 < argc)
            count = strtoull(argv[++i], NULL, 10);
        else
            return show_usage();
    }
    for (uint64_t i = 0; i < count; i++) {
        if (try_seed(seed + i, is_wrapped, &counts))
            add(&sum, &counts);
        else
            failed++;
    }
    printf("%" PRIu64 " seeds, %" PRIu64 " failed\n", count, failed);
    show(&sum);
    return (failed == 0) == is_wrapped ? EXIT_SUCCESS : EXIT_FAILURE;
}
