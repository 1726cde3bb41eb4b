/* SPDX-License-Identifier: Apache-2.0 */
/* Between a node and its metrics: what happens that is counted. */
#include "journal.h"
#include "node.h"

/** What the adapter's machine applies by, while that is measured. */
static int (*apply)(struct raft_fsm *machine, const struct raft_buffer *entry,
                    void **result);
static struct metrics *metrics;

static int apply_measured(struct raft_fsm *machine,
                          const struct raft_buffer *entry, void **result)
{
    uint64_t begun_ns = uv_hrtime();
    int status = apply(machine, entry, result);

    metrics_observe(&metrics->apply, uv_hrtime() - begun_ns);
    return status;
}

static void on_event(void *context, struct election_registry *registry,
                     const uint8_t *bytes, size_t size)
{
    struct node *node = context;
    struct election_registry_event event;

    (void)registry;
    if (election_registry_event_decode(bytes, size, &event, NULL) ==
        ELECTION_OK)
        metrics_event(&node->metrics, &event);
}

int measuring_start(struct node *node)
{
    struct raft_fsm *machine = election_raft_fsm(node->adapter);
    uint64_t watch_id;

    if (node->options.metrics[0] == '\0')
        return EXIT_IN_ORDER;
    metrics_begin(&node->metrics);
    metrics = &node->metrics;
    apply = machine->apply;
    machine->apply = apply_measured;
    if (election_registry_watch(node->registry, NULL, 0, ELECTION_SCOPE_LEADER,
                                on_event, node, &watch_id) >= ELECTION_OK)
        return EXIT_IN_ORDER;
    journal("failed", "there is no memory to start");
    return EXIT_FAILED;
}

void measuring_begin(struct node *node)
{
    node->metrics.replayed = raft_last_index(&node->raft);
}

void measuring_check(struct node *node)
{
    struct metrics *counted = &node->metrics;
    struct election_registry_summary summary;
    uv_timeval64_t now;

    if (!counted->is_on ||
        election_registry_sum_up(node->registry, &summary) != ELECTION_OK ||
        summary.epoch == counted->epoch || uv_gettimeofday(&now) != 0)
        return;
    counted->epoch = summary.epoch;
    counted->office_time = (double)now.tv_sec + now.tv_usec / 1e6;
}
