/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "adapter.h"

/** Makes a request with bytes of its own. NULL = no memory. */
static struct election__request *create_request(struct election_raft *adapter,
                                                const void *bytes, size_t size,
                                                election_raft_fn *fn,
                                                void *context)
{
    struct election__request *request =
        election__allocate(&adapter->config.allocator, sizeof *request + size);

    if (request == NULL)
        return NULL;
    *request = (struct election__request){
        .adapter = adapter,
        .fn = fn,
        .context = context,
        .size = size,
    };
    if (size > 0)
        memcpy(request->query, bytes, size);
    return request;
}

/** Tells what came of a request, and releases it. */
static void settle(struct election__request *request,
                   const struct election_buffer *answer)
{
    struct election_raft *adapter = request->adapter;
    election_raft_fn *fn = request->fn;
    void *context = request->context;

    election__release(&adapter->config.allocator, request);
    if (fn == NULL)
        return;
    if (answer != NULL)
        fn(context, ELECTION_RAFT_ANSWERED, answer->data, answer->size);
    else
        fn(context, ELECTION_RAFT_UNKNOWN, NULL, 0);
}

/* ---- proposals ---------------------------------------------------------- */

/**
 * The entry was applied just now, so the output is its own; or its fate is
 * unknown, whatever the status says: a disk that failed here may have others'
 * disks that did not.
 */
static void on_applied(struct raft_apply *apply, int status, void *result)
{
    struct election__request *request = apply->data;
    struct election_raft *adapter = request->adapter;

    (void)result;
    election__office_end(adapter, status);
    settle(request, status == 0 ? &adapter->output : NULL);
}

enum election_status election__entry_append(struct election_raft *adapter,
                                            election_raft_fn *fn, void *context)
{
    struct raft_buffer bytes = election__entry_pad(&adapter->entry);
    struct election__request *request =
        create_request(adapter, NULL, 0, fn, context);
    int status = RAFT_NOMEM;

    if (bytes.base != NULL && request != NULL) {
        request->apply.data = request;
        /* One at a time: of more, one result would come back. */
        status =
            raft_apply(adapter->raft, &request->apply, &bytes, 1, on_applied);
    }
    if (status == 0)
        return ELECTION_OK;
    raft_free(bytes.base);
    election__release(&adapter->config.allocator, request);
    election__office_check(adapter, status);
    return status == RAFT_NOMEM ? ELECTION_NOMEM : ELECTION_BUSY;
}

enum election_status election_raft_propose(struct election_raft *adapter,
                                           const void *command,
                                           size_t command_size,
                                           election_raft_fn *fn, void *context)
{
    enum election_status status;

    if (adapter == NULL || fn == NULL || (command == NULL && command_size > 0))
        return ELECTION_MISUSE;
    status = election_driver_stamp(
        &adapter->driver, adapter->config.registry, command, command_size,
        adapter->config.clock(adapter->config.context), &adapter->entry);
    if (status != ELECTION_OK)
        return status;
    return election__entry_append(adapter, fn, context);
}

/* ---- reads -------------------------------------------------------------- */

static void answer(struct election__request *request)
{
    struct election_raft *adapter = request->adapter;
    struct election_buffer *output = &adapter->output;

    if (election_registry_query(adapter->config.registry, request->query,
                                request->size, output) < 0)
        output = NULL;
    settle(request, output);
}

/** Ends all of a list, by answers or without. */
static void end_reads(struct election__request *request, bool is_answered)
{
    while (request != NULL) {
        struct election__request *next = request->next;

        if (is_answered)
            answer(request);
        else
            settle(request, NULL);
        request = next;
    }
}

static void on_read_barrier(struct raft_barrier *barrier, int status)
{
    struct election_raft *adapter = barrier->data;
    struct election__request *asked = adapter->asked;

    adapter->asked = NULL;
    election__office_end(adapter, status);
    end_reads(asked, status == 0);
}

/** Takes those that wait for the next barrier. */
static struct election__request *take_waiting(struct election_raft *adapter)
{
    struct election__request *waiting = adapter->waiting;

    adapter->waiting = NULL;
    return waiting;
}

void election__reads_go_on(struct election_raft *adapter)
{
    int status;

    if (adapter->waiting == NULL || adapter->asked != NULL)
        return;
    adapter->read_barrier.data = adapter;
    status =
        raft_barrier(adapter->raft, &adapter->read_barrier, on_read_barrier);
    if (status != 0) { /* the next tick tries again */
        election__office_check(adapter, status);
        return;
    }
    adapter->asked = take_waiting(adapter);
}

void election__reads_end(struct election_raft *adapter)
{
    end_reads(take_waiting(adapter), false);
}

enum election_status election_raft_read(struct election_raft *adapter,
                                        const void *query, size_t query_size,
                                        election_raft_fn *fn, void *context)
{
    struct election__request *request;

    if (adapter == NULL || fn == NULL || (query == NULL && query_size > 0))
        return ELECTION_MISUSE;
    if (!adapter->is_leader)
        return ELECTION_BUSY;
    request = create_request(adapter, query, query_size, fn, context);
    if (request == NULL)
        return ELECTION_NOMEM;
    if (adapter->waiting == NULL)
        adapter->waiting_end = &adapter->waiting;
    *adapter->waiting_end = request;
    adapter->waiting_end = &request->next;
    return ELECTION_OK;
}
