/* SPDX-License-Identifier: Apache-2.0 */
#include "registry.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cmocka_all.h"

enum { TEXT_SIZE = 4096, STEP_MS = 2000 };

/* ---- the stage ---------------------------------------------------------- */

void stage_open_bare(struct stage *stage)
{
    struct election_registry_config config = {.hash_seed = 1};

    *stage = (struct stage){.time_ms = 1000};
    heap_init(&stage->heap);
    config.allocator = heap_allocator(&stage->heap);
    assert_int_equal(election_registry_create(&config, &stage->registry),
                     ELECTION_OK);
}

void stage_open(struct stage *stage)
{
    stage_open_bare(stage);
    stage_take_office(stage);
}

void stage_close(struct stage *stage)
{
    election_buffer_free(&stage->entry);
    election_buffer_free(&stage->output);
    election_registry_destroy(stage->registry);
    heap_assert_empty(&stage->heap);
}

void stage_encode(struct stage *stage,
                  const struct election_registry_command *command)
{
    struct election_registry_command stamped = *command;

    stamped.epoch = stage->epoch;
    stamped.time_ms = stage->time_ms;
    assert_int_equal(election_registry_command_encode(&stamped, &stage->entry),
                     ELECTION_OK);
}

enum election_status stage_apply_at(struct stage *stage, uint64_t index)
{
    enum election_status status =
        election_registry_apply(stage->registry, index, stage->entry.data,
                                stage->entry.size, &stage->output);

    if (status < 0)
        return status;
    assert_int_equal(election_registry_result_decode(stage->output.data,
                                                     stage->output.size,
                                                     &stage->result, NULL),
                     ELECTION_OK);
    assert_int_equal(stage->result.status, status);
    if (status != ELECTION_SKIPPED) {
        assert_int_equal(stage->result.applied, index);
        stage->index = index;
    }
    assert_int_equal(stage->result.applied,
                     election_registry_applied(stage->registry));
    return status;
}

enum election_status
stage_apply(struct stage *stage,
            const struct election_registry_command *command)
{
    stage_encode(stage, command);
    return stage_apply_at(stage, stage->index + 1);
}

void stage_take_office(struct stage *stage)
{
    struct election_registry_command tick = {
        .kind = ELECTION_REGISTRY_TICK,
        .takes_office = true,
    };

    assert_int_equal(stage_apply(stage, &tick), ELECTION_OK);
    stage->epoch = stage->index;
}

void stage_wait(struct stage *stage, uint64_t ms)
{
    struct election_registry_command tick = {.kind = ELECTION_REGISTRY_TICK};

    while (ms > 0) {
        uint64_t step_ms = ms < STEP_MS ? ms : STEP_MS;

        stage->time_ms += step_ms;
        ms -= step_ms;
        assert_int_equal(stage_apply(stage, &tick), ELECTION_OK);
    }
}

/* ---- commands ----------------------------------------------------------- */

struct election_registry_command open_of(const char *client_id,
                                         uint64_t timeout_ms)
{
    return (struct election_registry_command){
        .kind = ELECTION_REGISTRY_OPEN_SESSION,
        .client_id = (const uint8_t *)client_id,
        .client_id_size = strlen(client_id),
        .incarnation = 1,
        .nonce = 1,
        .timeout_ms = timeout_ms,
    };
}

uint64_t stage_session(struct stage *stage, const char *client_id,
                       uint64_t timeout_ms)
{
    struct election_registry_command open = open_of(client_id, timeout_ms);

    assert_int_equal(stage_apply(stage, &open), ELECTION_OK);
    assert_int_equal(stage->result.kind, ELECTION_REGISTRY_RESULT_SESSION);
    return stage->result.session_id;
}

struct election_registry_command
propose_of(uint64_t session_id, uint64_t sequence, const char *election,
           enum election_op op, const char *name)
{
    return (struct election_registry_command){
        .kind = ELECTION_REGISTRY_PROPOSE,
        .session_id = session_id,
        .sequence = sequence,
        .election = election,
        .election_size = strlen(election),
        .command = {op, name, strlen(name)},
    };
}

enum election_status stage_propose(struct stage *stage, uint64_t session_id,
                                   uint64_t sequence, const char *election,
                                   enum election_op op, const char *name)
{
    struct election_registry_command propose =
        propose_of(session_id, sequence, election, op, name);

    return stage_apply(stage, &propose);
}

void stage_enter(struct stage *stage, uint64_t session_id, uint64_t sequence,
                 const char *election, const char *name)
{
    assert_int_equal(stage_propose(stage, session_id, sequence, election,
                                   ELECTION_OP_ENTER, name),
                     ELECTION_OK);
}

enum election_status stage_close_session(struct stage *stage,
                                         uint64_t session_id)
{
    struct election_registry_command close = {
        .kind = ELECTION_REGISTRY_CLOSE_SESSION,
        .session_id = session_id,
    };

    return stage_apply(stage, &close);
}

/* ---- how it stands ------------------------------------------------------ */

/** Answers a query into a buffer of its own. */
static struct election_buffer
answer_of(const struct stage *stage,
          const struct election_registry_query *query)
{
    struct election_buffer bytes = ELECTION_BUFFER_INIT;
    struct election_buffer answer = ELECTION_BUFFER_INIT;

    assert_int_equal(election_registry_query_encode(query, &bytes),
                     ELECTION_OK);
    assert_int_equal(election_registry_query(stage->registry, bytes.data,
                                             bytes.size, &answer),
                     ELECTION_OK);
    election_buffer_free(&bytes);
    return answer;
}

/** What is said without a query is the same. */
static void assert_summary(const struct stage *stage,
                           const struct election_registry_answer *answer)
{
    struct election_registry_summary summary;

    assert_int_equal(election_registry_sum_up(stage->registry, &summary),
                     ELECTION_OK);
    assert_int_equal(summary.version, answer->version);
    assert_int_equal(summary.epoch, answer->epoch);
    assert_int_equal(summary.now_ms, answer->now_ms);
    assert_int_equal(summary.index_floor, answer->index_floor);
    assert_int_equal(summary.id_floor, answer->id_floor);
    assert_int_equal(summary.session_count, answer->session_count);
    assert_int_equal(summary.election_count, answer->election_count);
    assert_int_equal(summary.candidate_count, answer->candidate_count);
}

struct election_registry_answer stage_status(const struct stage *stage)
{
    struct election_registry_query query = {
        .kind = ELECTION_REGISTRY_GET_STATUS,
    };
    struct election_buffer bytes = answer_of(stage, &query);
    struct election_registry_answer answer;

    assert_int_equal(
        election_registry_answer_decode(bytes.data, bytes.size, &answer, NULL),
        ELECTION_OK);
    assert_int_equal(answer.kind, ELECTION_REGISTRY_ANSWER_STATUS);
    assert_summary(stage, &answer);
    election_buffer_free(&bytes);
    return answer;
}

/** Writes "2 B/7 " or "2 - "; returns its length. */
static size_t
write_leadership(char text[TEXT_SIZE],
                 const struct election_registry_leadership *leadership)
{
    int size = snprintf(text, TEXT_SIZE, "%" PRIu64 " - ", leadership->index);

    if (leadership->leader != NULL)
        size = snprintf(text, TEXT_SIZE, "%" PRIu64 " %.*s/%" PRIu64 " ",
                        leadership->index, (int)leadership->leader_size,
                        leadership->leader, leadership->leader_session_id);
    assert_in_range(size, 1, TEXT_SIZE - 1);
    return (size_t)size;
}

void assert_leadership(const struct election_registry_leadership *leadership,
                       const char *expected)
{
    char text[TEXT_SIZE];
    size_t size = write_leadership(text, leadership);

    snprintf(text + size, sizeof text - size, "+%" PRIu64,
             leadership->waiting_count);
    assert_string_equal(text, expected);
}

static bool add_candidate(void *context, const char *name, size_t size)
{
    char *text = context;
    size_t used = strlen(text);

    assert_true(used + size + 2 < TEXT_SIZE);
    snprintf(text + used, TEXT_SIZE - used, "%.*s ", (int)size, name);
    return true;
}

void assert_election(const struct stage *stage, const char *election,
                     const char *expected)
{
    struct election_registry_query query = {
        .kind = ELECTION_REGISTRY_GET_TERM,
        .election = election,
        .election_size = strlen(election),
    };
    struct election_buffer bytes = answer_of(stage, &query);
    struct election_registry_answer answer;
    char text[TEXT_SIZE], names[TEXT_SIZE] = "";
    struct election_registry_visitor visitor = {
        .candidate = add_candidate,
        .context = names,
    };
    size_t size;

    assert_int_equal(election_registry_answer_decode(bytes.data, bytes.size,
                                                     &answer, &visitor),
                     ELECTION_OK);
    assert_int_equal(answer.applied,
                     election_registry_applied(stage->registry));
    size = write_leadership(text, &answer.leadership);
    if (names[0] != '\0')
        names[strlen(names) - 1] = '\0';
    assert_true(size + strlen(names) + 3 < sizeof text);
    text[size] = '[';
    strcpy(text + size + 1, names);
    strcat(text, "]");
    assert_string_equal(text, expected);
    election_buffer_free(&bytes);
}

void assert_bare(const struct stage *stage)
{
    const struct election_registry_result *result = &stage->result;

    assert_int_equal(result->kind, ELECTION_REGISTRY_RESULT_BARE);
    assert_int_equal(result->session_id, 0);
    assert_int_equal(result->lost_count, 0);
    assert_false(result->has_leadership);
    assert_null(result->output);
    assert_false(result->is_repeated);
}

/* ---- snapshots and events ----------------------------------------------- */

struct election_buffer registry_snapshot_of(struct election_registry *registry)
{
    struct election_registry_snapshot *snapshot;
    struct election_buffer bytes = ELECTION_BUFFER_INIT;
    size_t size;

    assert_int_equal(election_registry_snapshot_begin(registry, &snapshot),
                     ELECTION_OK);
    bytes.capacity = (size_t)election_registry_snapshot_size(snapshot) + 1;
    bytes.data = malloc(bytes.capacity);
    assert_non_null(bytes.data);
    do {
        assert_int_equal(
            election_registry_snapshot_read(snapshot, bytes.data + bytes.size,
                                            bytes.capacity - bytes.size, &size),
            ELECTION_OK);
        bytes.size += size;
    } while (size > 0);
    assert_int_equal(bytes.size, election_registry_snapshot_size(snapshot));
    election_registry_snapshot_end(snapshot);
    return bytes;
}

void count_registry_event(void *context, struct election_registry *registry,
                          const uint8_t *event, size_t event_size)
{
    unsigned *count = context;

    (void)registry;
    (void)event;
    (void)event_size;
    ++*count;
}
