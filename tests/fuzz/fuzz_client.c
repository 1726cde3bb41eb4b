/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A client, given any answers, events and times: it leads never longer than
 * the longest timeout after the first sending of the latest request that was
 * answered, and takes no more memory than what it was asked to do needs.
 *
 * A case is a series of actions: a byte that says which, and what it needs.
 */
#include <string.h>

#include "election/client.h"
#include "election/registry.h"
#include "fuzz.h"

enum {
    SENDINGS_MAX = 4096,
    SEQUENCES_MAX = 4096,
    NAMES = 4,
    /** An election, a candidate and one proposal of it, at most. */
    BLOCK_SIZE_MAX = 1024
};

/** What is known of a client from the outside. */
struct watcher {
    struct election_client *client;
    uint64_t now_ms;
    uint64_t latest_ms;   /* it was given */
    uint64_t answered_ms; /* first sending of the latest that was answered */
    bool is_answered;
    uint64_t last_number;
    uint64_t first_ms[SENDINGS_MAX]; /* of each number */
    uint64_t sequence_ms[SEQUENCES_MAX];
    size_t calls; /* that may take memory */
    size_t blocks;
};

/** The bytes of a case that are left. */
struct bytes {
    const uint8_t *data;
    size_t size;
};

static void *take_block(void *context, size_t size)
{
    struct watcher *watcher = context;

    watcher->blocks++;
    require(size <= BLOCK_SIZE_MAX + sizeof(struct election_client *) * 1024);
    return malloc(size);
}

static void give_block(void *context, void *block)
{
    struct watcher *watcher = context;

    require(watcher->blocks > 0);
    watcher->blocks--;
    free(block);
}

static uint8_t next_byte(struct bytes *bytes)
{
    if (bytes->size == 0)
        return 0;
    bytes->size--;
    return *bytes->data++;
}

static const char *name_of(uint8_t byte)
{
    static const char *const names[NAMES] = {"A", "B", "e", "f"};

    return names[byte % NAMES];
}

/** Nobody leads for longer than any lease may run. */
static void check(const struct watcher *watcher)
{
    uint64_t now_ms = watcher->now_ms;
    uint64_t passed_ms;

    if (now_ms < watcher->latest_ms)
        now_ms = watcher->latest_ms;
    passed_ms = now_ms - watcher->answered_ms;
    for (uint8_t i = 0; i < NAMES * NAMES; i++) {
        const char *election = name_of(i / NAMES);
        const char *name = name_of(i);

        if (election_client_leads(watcher->client, election, 1, name, 1, now_ms,
                                  NULL))
            require(watcher->is_answered &&
                    passed_ms < ELECTION_TIMEOUT_MS_MAX &&
                    election_client_lease_ms(watcher->client, now_ms) > 0);
    }
    /* The client, and three blocks for each call. */
    require(watcher->blocks <= 1 + 3 * watcher->calls);
}

static void send(struct watcher *watcher)
{
    struct election_buffer output = ELECTION_BUFFER_INIT;
    struct election_client_request request;
    struct election_registry_command command = {0};
    uint64_t first_ms = watcher->latest_ms;

    watcher->calls++; /* it may enter again */
    require(election_client_request(watcher->client, watcher->now_ms, &output,
                                    &request) == ELECTION_OK);
    if (request.number != 0) {
        require(request.number == watcher->last_number + 1);
        require(request.number < SENDINGS_MAX);
        watcher->last_number = request.number;
        if (request.watch == NULL)
            require(election_registry_command_decode(output.data, output.size,
                                                     &command,
                                                     NULL) == ELECTION_OK);
        if (command.kind == ELECTION_REGISTRY_PROPOSE) {
            require(command.sequence < SEQUENCES_MAX);
            if (watcher->sequence_ms[command.sequence] == 0)
                watcher->sequence_ms[command.sequence] = first_ms + 1;
            first_ms = watcher->sequence_ms[command.sequence] - 1;
        }
        watcher->first_ms[request.number] = first_ms;
    }
    election_buffer_free(&output);
}

/** Copies what is handed over, so that reading on is caught. */
static void hand_over(struct watcher *watcher, uint64_t number,
                      struct bytes *bytes)
{
    size_t size = next_byte(bytes) % 64;
    enum election_status status;
    uint8_t *copy;

    if (size > bytes->size)
        size = bytes->size;
    copy = malloc(size > 0 ? size : 1);
    require(copy != NULL);
    if (size > 0)
        memcpy(copy, bytes->data, size);
    bytes->data += size;
    bytes->size -= size;
    if (number == 0)
        status =
            election_client_event(watcher->client, watcher->now_ms, copy, size);
    else
        status = election_client_response(watcher->client, watcher->now_ms,
                                          number, copy, size);
    require(status == ELECTION_OK || status == ELECTION_UNCHANGED ||
            status == ELECTION_INVALID);
    if (number != 0 && status == ELECTION_OK) {
        uint64_t first_ms = watcher->first_ms[number % SENDINGS_MAX];

        if (!watcher->is_answered || watcher->answered_ms < first_ms)
            watcher->answered_ms = first_ms;
        watcher->is_answered = true;
    }
    free(copy);
}

static void do_something(struct watcher *watcher, struct bytes *bytes)
{
    uint8_t byte = next_byte(bytes);
    const char *election = name_of(byte);
    const char *name = name_of(byte / NAMES);
    enum election_op op = (enum election_op)(byte / 16);
    enum election_status status;

    watcher->calls++;
    if (byte >= 0xf0)
        status = election_client_close(watcher->client);
    else if (op == ELECTION_OP_ENTER)
        status =
            election_client_enter(watcher->client, election, 1, name, 1, NULL);
    else if (op == ELECTION_OP_WITHDRAW)
        status = election_client_withdraw(watcher->client, election, 1, name, 1,
                                          NULL);
    else
        status = election_client_operate(watcher->client, op, election, 1, name,
                                         1, byte % 3, NULL);
    require(status >= 0 || status == ELECTION_MISUSE);
}

static void act(struct watcher *watcher, struct bytes *bytes)
{
    uint8_t byte = next_byte(bytes);

    switch (byte % 8) {
    case 0:
        do_something(watcher, bytes);
        break;
    case 1:
        election_client_disconnected(watcher->client);
        break;
    case 2:
        watcher->now_ms += (uint64_t)next_byte(bytes) << byte / 8;
        break;
    case 3:
        watcher->now_ms -= next_byte(bytes); /* back, or below its origin */
        break;
    case 4:
        hand_over(watcher, 0, bytes);
        break;
    case 5:
        hand_over(watcher, watcher->last_number - byte / 8, bytes);
        break;
    default:
        if (watcher->latest_ms < watcher->now_ms)
            watcher->latest_ms = watcher->now_ms;
        send(watcher);
    }
    if (watcher->latest_ms < watcher->now_ms &&
        (byte % 8 == 4 || byte % 8 == 5))
        watcher->latest_ms = watcher->now_ms;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct watcher watcher;
    struct bytes bytes = {data, size};
    struct election_client_config config = {
        .allocator = {take_block, give_block, &watcher},
        .client_id = (const uint8_t *)"c",
        .client_id_size = 1,
    };

    if (size > 4000)
        return 0;
    watcher = (struct watcher){.now_ms = 1000};
    config.timeout_ms = next_byte(&bytes) % 2 == 0 ? 1000 : 86000000;
    config.incarnation = next_byte(&bytes) - (uint64_t)2;
    config.drift_ppm = next_byte(&bytes) * 1700u; /* half must be left */
    require(election_client_create(&config, &watcher.client) == ELECTION_OK);
    while (bytes.size > 0) {
        act(&watcher, &bytes);
        check(&watcher);
    }
    election_client_destroy(watcher.client);
    require(watcher.blocks == 0);
    return 0;
}
