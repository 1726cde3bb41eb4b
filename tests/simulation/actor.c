/* SPDX-License-Identifier: Apache-2.0 */
#include "actor.h"

#include <stdlib.h>
#include <string.h>

#include "checker.h"
#include "log.h"
#include "node.h"
#include "resource.h"

const char *const election_names[ELECTIONS] = {"a", "bb", "ccc"};
struct process processes[PROCESSES_MAX];
unsigned process_count;
struct process *slots[SLOTS];

static struct election_buffer command;

static void wake(void *context, uint64_t number);

static void wake_after(struct process *process, uint64_t delay_us)
{
    world_after(delay_us, wake, process, ++process->wake);
}

static void run_short(struct process *process)
{
    if (mishap(10))
        process->heap.allowed = dice(3);
}

/* ---- lifetime ----------------------------------------------------------- */

static unsigned election_of(const struct election_client_report *report)
{
    unsigned i = 0;

    while (i < ELECTIONS - 1 &&
           strlen(election_names[i]) != report->election_size)
        i++;
    return i;
}

static void hear(void *context, const struct election_client *client,
                 const struct election_client_report *report)
{
    struct process *process = context;
    unsigned election = election_of(report);

    (void)client;
    world_trace(report->news);
    if (report->news == ELECTION_CLIENT_GAINED) {
        if (process->told[election] != 0)
            world_fail("process %u gained twice", process->number);
        process->told[election] = report->index;
    } else if (report->news == ELECTION_CLIENT_LOST) {
        if (process->told[election] != report->index)
            world_fail("process %u lost what it had not", process->number);
        process->told[election] = 0;
    } else if (report->news == ELECTION_CLIENT_ANSWERED) {
        checker_answered(process, report->sequence, report->status);
    } else if (report->news == ELECTION_CLIENT_CLOSED) {
        process->is_closed = true;
    }
}

static void connect(struct process *process)
{
    process->connection++;
    process->is_broken = false;
    process->node = mishap(200) ? dice(NODES) : log_leader();
}

struct process *process_start(unsigned slot, uint64_t incarnation,
                              uint64_t nonce)
{
    struct process *process = &processes[process_count];
    struct election_client_config config;

    if (process_count == PROCESSES_MAX)
        return NULL;
    *process = (struct process){
        .number = process_count++,
        .slot = slot,
        .name = {'p', (char)('0' + slot)},
        .nonce = nonce,
        .incarnation = incarnation,
        .clock = clock_draw(),
        .timeout_ms = 1000 + (uint64_t)dice(4) * 1234,
    };
    heap_init(&process->heap);
    config = (struct election_client_config){
        .allocator = heap_allocator(&process->heap),
        .client_id = (const uint8_t *)process->name,
        .client_id_size = NAME_SIZE,
        .incarnation = incarnation,
        .nonce = nonce,
        .timeout_ms = process->timeout_ms,
        .fn = hear,
        .context = process,
    };
    if (election_client_create(&config, &process->client) != ELECTION_OK)
        world_fail("no client");
    slots[slot] = process;
    connect(process);
    wake_after(process, 0);
    return process;
}

void process_crash(struct process *process)
{
    election_client_destroy(process->client);
    process->client = NULL;
    if (!heap_is_empty(&process->heap))
        world_fail("process %u has lost memory", process->number);
    world_after(between(0, SECOND), node_hang_up, process, process->connection);
    if (slots[process->slot] == process)
        slots[process->slot] = NULL;
}

void processes_begin(void)
{
    process_count = 0;
    memset(slots, 0, sizeof slots);
}

void processes_end(void)
{
    for (unsigned i = 0; i < process_count; i++)
        if (processes[i].client != NULL)
            process_crash(&processes[i]);
    election_buffer_free(&command);
}

/* ---- connections -------------------------------------------------------- */

static void disconnect(void *context, uint64_t connection)
{
    struct process *process = context;

    if (process->client == NULL || process->connection != connection)
        return;
    world_after(between(0, 3 * SECOND), node_hang_up, process, connection);
    connect(process);
    election_client_disconnected(process->client);
    wake_after(process, between(MS, 50 * MS));
}

static void disconnect_after(struct process *process, uint64_t delay_us)
{
    world_after(delay_us, disconnect, process, process->connection);
}

void process_break(struct process *process)
{
    if (process->is_broken)
        return;
    process->is_broken = true;
    disconnect_after(process, between(0, 2 * SECOND));
}

void process_refuse(struct process *process, uint64_t connection)
{
    if (world.is_ordered && process->connection == connection)
        process_break(process);
}

void processes_lose_node(unsigned node)
{
    for (unsigned i = 0; i < process_count; i++)
        if (processes[i].client != NULL && processes[i].node == node)
            disconnect_after(&processes[i], between(0, 300 * MS));
}

/* ---- running ------------------------------------------------------------ */

static void send(struct process *process,
                 const struct election_client_request *request)
{
    struct message message = {
        .kind = MESSAGE_REQUEST,
        .process = process,
        .node = process->node,
        .connection = process->connection,
        .number = request->number,
    };

    if (request->watch == NULL) {
        network_send(message, command.data, command.size);
        return;
    }
    message.kind = MESSAGE_WATCH;
    network_send(message, request->watch, request->watch_size);
}

/** Sends what is due. */
static void run(struct process *process)
{
    struct election_client_request request = {.number = 0};
    uint64_t wait_ms;
    enum election_status status;

    do {
        run_short(process);
        status = election_client_request(
            process->client, clock_ms(&process->clock), &command, &request);
        process->heap.allowed = HEAP_UNLIMITED;
        if (status == ELECTION_OK && request.number != 0)
            send(process, &request);
    } while (status == ELECTION_OK && request.number != 0);
    if (status != ELECTION_OK && status != ELECTION_NOMEM)
        world_fail("request is %d", (int)status);
    checker_process(process);
    resource_visit(process);
    wait_ms =
        election_client_wait_ms(process->client, clock_ms(&process->clock));
    if (wait_ms == 0)
        wait_ms = 20; /* no memory, or no place */
    if (wait_ms < 100000)
        wake_after(process, wait_ms * MS + dice(2000));
}

static void wake(void *context, uint64_t number)
{
    struct process *process = context;

    if (number != process->wake || process->client == NULL)
        return;
    if (process->stall_until_us > world.now_us)
        wake_after(process, process->stall_until_us - world.now_us);
    else
        run(process);
}

void process_stall(struct process *process, uint64_t for_us)
{
    process->stall_until_us =
        world_later(process->stall_until_us, world.now_us + for_us);
    wake_after(process, process->stall_until_us - world.now_us);
}

static void hand_over(struct process *process, const struct message *message)
{
    uint64_t time_ms = clock_ms(&process->clock);
    enum election_status status;

    checker_hears(process, message);
    if (message->kind == MESSAGE_EVENT)
        status = election_client_event(process->client, time_ms, message->bytes,
                                       message->size);
    else
        status =
            election_client_response(process->client, time_ms, message->number,
                                     message->bytes, message->size);
    if (status != ELECTION_OK && status != ELECTION_UNCHANGED)
        world_fail("process %u: %d for message kind %d", process->number,
                   (int)status, (int)message->kind);
}

void process_take(struct process *process, const struct message *message)
{
    if (process->client == NULL ||
        (world.is_ordered && process->connection != message->connection))
        return;
    if (process->stall_until_us > world.now_us) {
        network_keep(message, process->stall_until_us);
        return;
    }
    if (message->kind == MESSAGE_REFUSAL) {
        if (process->connection == message->connection)
            disconnect_after(process, between(20 * MS, 60 * MS));
        return;
    }
    hand_over(process, message);
    checker_process(process);
    wake_after(process, 0);
}

/* ---- what a user may do ------------------------------------------------- */

static void note_call(struct process *process, enum election_op op,
                      unsigned election, enum election_status status)
{
    if (status == ELECTION_OK)
        checker_called(process, op, election);
}

static void operate(struct process *process, unsigned election)
{
    static const enum election_op ops[] = {
        ELECTION_OP_ANOINT, ELECTION_OP_PROMOTE, ELECTION_OP_DEMOTE,
        ELECTION_OP_EVICT};
    enum election_op op = ops[dice(4)];
    char name[NAME_SIZE] = {'p', (char)('0' + dice(SLOTS))};

    note_call(process, op, election,
              election_client_operate(
                  process->client, op, election_names[election],
                  strlen(election_names[election]), name, NAME_SIZE, 0, NULL));
}

static void enter(struct process *process, unsigned election)
{
    const char *name = election_names[election];

    note_call(process, ELECTION_OP_ENTER, election,
              election_client_enter(process->client, name, strlen(name),
                                    process->name, NAME_SIZE, NULL));
}

static void withdraw(struct process *process, unsigned election)
{
    const char *name = election_names[election];

    note_call(process, ELECTION_OP_WITHDRAW, election,
              election_client_withdraw(process->client, name, strlen(name),
                                       process->name, NAME_SIZE, NULL));
}

void process_act(struct process *process)
{
    unsigned election = dice(ELECTIONS);
    uint32_t number = dice(100);

    run_short(process);
    if (number < 60)
        enter(process, election);
    else if (number < 85)
        withdraw(process, election);
    else if (number < 97)
        operate(process, election);
    else if (election_client_close(process->client) < 0)
        world_fail("close");
    process->heap.allowed = HEAP_UNLIMITED;
    checker_process(process);
    wake_after(process, 0);
}

void process_leave_all(struct process *process)
{
    for (unsigned i = 0; i < ELECTIONS; i++)
        withdraw(process, i);
    wake_after(process, 0);
}

void process_enter_all(struct process *process)
{
    for (unsigned i = 0; i < ELECTIONS; i++)
        enter(process, i);
    wake_after(process, 0);
}

uint64_t process_leads(const struct process *process, unsigned election)
{
    uint64_t index = 0;

    if (process->client == NULL ||
        !election_client_leads(process->client, election_names[election],
                               strlen(election_names[election]), process->name,
                               NAME_SIZE, clock_ms(&process->clock), &index))
        return 0;
    return index;
}
