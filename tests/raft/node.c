/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One server of libraft with a registry, on raft_uv: its disk and network.
 *
 *     node FOLDER ID THRESHOLD PATIENCE PORT...
 *
 * THRESHOLD is how many entries there are between snapshots, PATIENCE the
 * election timeout in ms; server ID listens at the ID-th port of 127.0.0.1. A
 * line of the standard input asks, one of the output tells:
 *
 *     p NUMBER COMMAND   proposes an encoded Command, in hexadecimal
 *     r NUMBER QUERY     reads, linearizably
 *     q NUMBER QUERY     reads what this server has
 *
 *     NUMBER BYTES       the answer; ? = of unknown fate; ! = not taken
 *     leads, follows, failed
 *
 * The end of the input ends it with status 0, a failure with status 3.
 */
#include <raft/uv.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <uv.h>

#include "election/raft.h"

enum {
    LINE_SIZE = 8192,
    SEGMENT_SIZE = 128 * 1024, /* small, so that many are begun and ended */
    TRAILING = 64,
    FAILED = 3
};

static struct node {
    const char *folder;
    uv_loop_t loop;
    uv_pipe_t input;
    bool is_closing;
    char line[LINE_SIZE];
    size_t line_size;
    struct raft_uv_transport transport;
    struct raft_io io;
    struct raft raft;
    struct election_registry *registry;
    struct election_raft *adapter;
    struct election_buffer answer;
} node;

/** What cannot go wrong in a test, or the test is. */
static void must(bool is_so, const char *what)
{
    if (is_so)
        return;
    fprintf(stderr, "node: %s: %s\n", what, node.raft.errmsg);
    exit(1);
}

static uint64_t read_clock(void *context)
{
    struct timespec now;

    (void)context;
    clock_gettime(CLOCK_BOOTTIME, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* ---- the end ------------------------------------------------------------ */

static void on_raft_closed(struct raft *raft)
{
    (void)raft;
    uv_close((uv_handle_t *)&node.input, NULL);
}

static void stop(void)
{
    node.is_closing = true;
    raft_close(&node.raft, on_raft_closed);
}

static void hear(void *context, enum election_raft_news news)
{
    static const char *const texts[] = {"leads", "follows", "failed"};

    (void)context;
    printf("%s\n", texts[news]);
    if (news == ELECTION_RAFT_FAILED) {
        fflush(stdout);
        _Exit(FAILED);
    }
}

/* ---- requests ----------------------------------------------------------- */

static void print_answer(uint64_t number, const uint8_t *bytes, size_t size)
{
    printf("%llu ", (unsigned long long)number);
    for (size_t i = 0; i < size; i++)
        printf("%02x", bytes[i]);
    printf("\n");
}

static void on_fate(void *context, enum election_raft_fate fate,
                    const uint8_t *bytes, size_t size)
{
    uint64_t number = (uintptr_t)context;

    if (fate == ELECTION_RAFT_ANSWERED)
        print_answer(number, bytes, size);
    else
        printf("%llu ?\n", (unsigned long long)number);
}

/** Turns hexadecimal digits into bytes, in place; returns how many. */
static size_t decode(char *text)
{
    char digits[3] = "";
    size_t size = 0;

    for (; text[2 * size] != '\0' && text[2 * size + 1] != '\0'; size++) {
        memcpy(digits, text + 2 * size, 2);
        text[size] = (char)strtoul(digits, NULL, 16);
    }
    return size;
}

static void ask(char kind, uint64_t number, char *text)
{
    void *context = (void *)(uintptr_t)number;
    size_t size = decode(text);
    enum election_status status;

    if (kind == 'p')
        status =
            election_raft_propose(node.adapter, text, size, on_fate, context);
    else if (kind == 'r')
        status = election_raft_read(node.adapter, text, size, on_fate, context);
    else
        status =
            election_registry_query(node.registry, text, size, &node.answer);
    if (status != ELECTION_OK)
        printf("%llu !\n", (unsigned long long)number);
    else if (kind == 'q')
        print_answer(number, node.answer.data, node.answer.size);
}

static void take_line(char *line)
{
    char *end;
    uint64_t number = strtoull(line + 1, &end, 10);

    must(*end == ' ', "no such line");
    ask(line[0], number, end + 1);
}

static void take_byte(char byte)
{
    must(node.line_size < LINE_SIZE, "the line is too long");
    node.line[node.line_size++] = byte;
    if (byte != '\n')
        return;
    node.line[node.line_size - 1] = '\0';
    node.line_size = 0;
    take_line(node.line);
}

static void provide(uv_handle_t *handle, size_t size, uv_buf_t *buffer)
{
    static char bytes[65536];

    (void)handle;
    (void)size;
    *buffer = uv_buf_init(bytes, sizeof bytes);
}

static void on_input(uv_stream_t *stream, ssize_t size, const uv_buf_t *buffer)
{
    if (size < 0) {
        uv_read_stop(stream);
        stop();
    }
    for (ssize_t i = 0; i < size && !node.is_closing; i++)
        take_byte(buffer->base[i]);
}

/* ---- the beginning ------------------------------------------------------ */

static void create_adapter(void)
{
    struct election_raft_config config = {.clock = read_clock, .fn = hear};

    must(election_registry_create(NULL, &node.registry) == ELECTION_OK,
         "no registry");
    config.registry = node.registry;
    must(election_raft_create(&config, &node.adapter) == ELECTION_OK,
         "no adapter");
}

static void bootstrap(char **ports, unsigned count)
{
    struct raft_configuration all;
    char address[32];
    int status;

    raft_configuration_init(&all);
    for (unsigned i = 0; i < count; i++) {
        snprintf(address, sizeof address, "127.0.0.1:%s", ports[i]);
        must(raft_configuration_add(&all, i + 1, address, RAFT_VOTER) == 0,
             "no configuration");
    }
    status = raft_bootstrap(&node.raft, &all);
    must(status == 0 || status == RAFT_CANTBOOTSTRAP, "no bootstrap");
    raft_configuration_close(&all);
}

static void start_raft(char **arguments, unsigned id, char **ports,
                       unsigned count)
{
    unsigned patience = (unsigned)atoi(arguments[1]);
    char address[32];

    snprintf(address, sizeof address, "127.0.0.1:%s", ports[id - 1]);
    must(raft_uv_tcp_init(&node.transport, &node.loop) == 0, "no transport");
    must(raft_uv_init(&node.io, &node.loop, node.folder, &node.transport) == 0,
         "no I/O");
    raft_uv_set_connect_retry_delay(&node.io, 100);
    raft_uv_set_segment_size(&node.io, SEGMENT_SIZE);
    /* It would set aside what was acknowledged, and go on without. */
    raft_uv_set_auto_recovery(&node.io, false);
    election_raft_wrap(node.adapter, &node.raft, &node.io);
    must(raft_init(&node.raft, &node.io, election_raft_fsm(node.adapter), id,
                   address) == 0,
         "no raft");
    bootstrap(ports, count);
    raft_set_snapshot_threshold(&node.raft, (unsigned)atoi(arguments[0]));
    raft_set_snapshot_trailing(&node.raft, TRAILING);
    raft_set_election_timeout(&node.raft, patience);
    raft_set_heartbeat_timeout(&node.raft, patience / 8);
    /* One that came while a snapshot was taken is lost: do not wait 30 s. */
    raft_set_install_snapshot_timeout(&node.raft, 2 * patience);
    raft_set_pre_vote(&node.raft, true);
    must(raft_start(&node.raft) == 0, "no start");
}

static void start_input(void)
{
    must(uv_pipe_init(&node.loop, &node.input, 0) == 0 &&
             uv_pipe_open(&node.input, 0) == 0 &&
             uv_read_start((uv_stream_t *)&node.input, provide, on_input) == 0,
         "no input");
}

static void end(void)
{
    election_raft_destroy(node.adapter);
    election_registry_destroy(node.registry);
    raft_uv_close(&node.io);
    raft_uv_tcp_close(&node.transport);
    election_buffer_free(&node.answer);
    must(uv_loop_close(&node.loop) == 0, "a handle is left");
}

int main(int argc, char **argv)
{
    if (argc < 6)
        return 2;
    signal(SIGPIPE, SIG_IGN); /* or it dies with the peer that dies */
    setvbuf(stdout, NULL, _IOLBF, LINE_SIZE);
    node.folder = argv[1];
    must(uv_loop_init(&node.loop) == 0, "no loop");
    start_input();
    create_adapter();
    start_raft(argv + 3, (unsigned)atoi(argv[2]), argv + 5, (unsigned)argc - 5);
    uv_run(&node.loop, UV_RUN_DEFAULT);
    end();
}
