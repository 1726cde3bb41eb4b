/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Queries of any bytes to a registry that has something of everything: answers
 * are well formed, say what the call says, and change nothing.
 */
#include <string.h>

#include "../support/rich.h"
#include "fuzz.h"

/** What the lists of an answer showed. */
struct seen {
    uint64_t last_id;
    size_t count;
};

static bool see_candidate(void *context, const char *name, size_t size)
{
    struct seen *seen = context;

    require(name != NULL && size > 0 && size <= ELECTION_NAME_SIZE_MAX);
    seen->count++;
    return true;
}

static bool see_election(void *context,
                         const struct election_registry_election *shown)
{
    struct seen *seen = context;

    require(shown->id > seen->last_id);
    require(shown->leadership.leader_size > 0);
    seen->last_id = shown->id;
    seen->count++;
    return true;
}

static bool see_session(void *context,
                        const struct election_registry_session *shown)
{
    struct seen *seen = context;

    require(shown->id > seen->last_id);
    require(shown->client_id_size > 0);
    seen->last_id = shown->id;
    seen->count++;
    return true;
}

static void check_answer(enum election_status status,
                         const struct election_buffer *output, uint64_t applied)
{
    struct seen seen = {0, 0};
    const struct election_registry_visitor visitor = {
        .candidate = see_candidate,
        .election = see_election,
        .session = see_session,
        .context = &seen,
    };
    struct election_registry_answer answer;

    require(election_registry_answer_decode(output->data, output->size, &answer,
                                            &visitor) == ELECTION_OK);
    require(answer.status == status && answer.applied == applied);
    require((answer.kind == ELECTION_REGISTRY_ANSWER_BARE) ==
            (status != ELECTION_OK));
    if (answer.kind == ELECTION_REGISTRY_ANSWER_LEADERSHIP)
        require(answer.leadership.waiting_count == seen.count);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct election_registry *registry;
    static struct election_buffer before;
    struct election_buffer output = ELECTION_BUFFER_INIT;
    enum election_status status;

    if (registry == NULL) {
        registry = rich_create(NULL);
        rich_fill(registry);
        rich_snapshot(registry, &before);
    }
    status = election_registry_query(registry, data, size, &output);
    require(status == ELECTION_OK || status == ELECTION_INVALID ||
            status == ELECTION_UNSUPPORTED);
    check_answer(status, &output, election_registry_applied(registry));
    require(rich_has_snapshot(registry, before.data, before.size));
    election_buffer_free(&output);
    return 0;
}
