/* SPDX-License-Identifier: Apache-2.0 */
/* Reads: the Answer to a Query, and the lists of elections and sessions. */
#include "base/buffer.h"
#include "base/checks.h"
#include "core/embed.h"
#include "elections.h"
#include "leadership.h"
#include "registry.h"
#include "sessions.h"

/** Most bytes of status and index. */
enum { BARE_ANSWER_SIZE_MAX = 2 + 11 };

/** Writes an Answer without lists. OK or NOMEM. */
static enum election_status
write_answer(const struct election_registry *registry,
             const struct election__answer *answer,
             struct election_buffer *output)
{
    uint8_t *at = election__buffer_place(
        output, &registry->state.allocator, 0,
        election__message_size(&election__answer_message, answer));

    if (at == NULL)
        return ELECTION_NOMEM;
    at = election__message_write(&election__answer_message, at, answer);
    output->size = (size_t)(at - output->data);
    return ELECTION_OK;
}

/* ---- one election, or the registry -------------------------------------- */

static enum election_status
get_term(const struct election_registry *registry,
         const struct election_registry_query *query,
         struct election__answer *answer)
{
    const struct election__office *office;

    if (!election__election_name_valid(query->election, query->election_size))
        return ELECTION_INVALID;
    office = election__office_find(&registry->state, query->election,
                                   query->election_size);
    answer->which.number = ELECTION_REGISTRY_ANSWER_LEADERSHIP;
    answer->leadership = election__leadership_of(&registry->state, office);
    election__leadership_add_data(&registry->state, &answer->leadership);
    if (office != NULL)
        answer->leadership.candidates = office->election;
    return ELECTION_OK;
}

enum election_status
election_registry_sum_up(const struct election_registry *registry,
                         struct election_registry_summary *summary)
{
    const struct election__state *state;

    if (registry == NULL || summary == NULL)
        return ELECTION_MISUSE;
    state = &registry->state;
    *summary = (struct election_registry_summary){
        .version = state->version,
        .epoch = state->clock.epoch,
        .now_ms = state->clock.now_ms,
        .index_floor = state->index_floor,
        .id_floor = state->id_floor,
        .session_count = state->sessions.order.count,
        .election_count = state->elections.order.count,
        .candidate_count = state->candidate_count,
    };
    return ELECTION_OK;
}

static enum election_status get_status(const struct election_registry *registry,
                                       struct election__answer *answer)
{
    struct election_registry_summary summary;
    enum election_status status = election_registry_sum_up(registry, &summary);

    answer->which.number = ELECTION_REGISTRY_ANSWER_STATUS;
    answer->version = summary.version;
    answer->epoch = summary.epoch;
    answer->now_ms = summary.now_ms;
    answer->index_floor = summary.index_floor;
    answer->id_floor = summary.id_floor;
    answer->session_count = summary.session_count;
    answer->election_count = summary.election_count;
    answer->candidate_count = summary.candidate_count;
    answer->log_digest = election_registry_log_digest(registry);
    return status;
}

/* ---- lists -------------------------------------------------------------- */

/** A page of a list: its elements are counted first, and then written. */
struct list_page {
    const struct election__state *state;
    const struct election__order *order;
    bool is_of_elections;
    size_t first; /* position */
    size_t count; /* of elements */
    size_t size;  /* bytes of all elements, as fields */
};

/** An element, of one kind or the other. */
struct element {
    const struct election__message *message;
    union {
        struct election__election_summary election;
        struct election_registry_session session;
    } summary;
};

static struct element element_of(const struct list_page *page, const void *item)
{
    struct element element;

    if (page->is_of_elections) {
        element.message = &election__election_summary_message;
        element.summary.election = election__office_summary(page->state, item);
    } else {
        element.message = &election__session_summary_message;
        element.summary.session = election__session_summary(page->state, item);
    }
    return element;
}

/** Finds out how many elements a page has. */
static void measure(struct list_page *page, uint32_t limit)
{
    size_t position = page->first;
    const void *item;

    if (limit == 0)
        limit = ELECTION_LIST_LIMIT_DEFAULT;
    if (limit > ELECTION_LIST_LIMIT_MAX)
        limit = ELECTION_LIST_LIMIT_MAX;
    while (page->count < limit &&
           (item = election__order_next(page->order, &position)) != NULL) {
        struct element element = element_of(page, item);
        size_t size = election__bytes_size(
            election__message_size(element.message, &element.summary));

        if (page->count > 0 && page->size + size > ELECTION_LIST_SIZE_MAX)
            break;
        page->count++;
        page->size += size;
    }
}

static uint8_t *write_elements(const struct list_page *page, uint8_t *at)
{
    size_t position = page->first;

    for (size_t i = 0; i < page->count; i++) {
        struct element element =
            element_of(page, election__order_next(page->order, &position));

        at = election__bytes_open(
            at, ELECTION__LIST_ELEMENT,
            election__message_size(element.message, &element.summary));
        at = election__message_write(element.message, at, &element.summary);
    }
    return at;
}

static enum election_status write_list(const struct election_registry *registry,
                                       const struct election__query *query,
                                       struct election__answer *answer,
                                       struct election_buffer *output)
{
    const struct election__state *state = &registry->state;
    struct list_page page = {.state = state, .order = &state->sessions.order};
    uint32_t number = ELECTION__ANSWER_SESSIONS;
    uint8_t *at;

    if (query->which.number == ELECTION_REGISTRY_LIST_ELECTIONS) {
        page.is_of_elections = true;
        page.order = &state->elections.order;
        number = ELECTION__ANSWER_ELECTIONS;
    }
    page.first = election__order_after(page.order, query->view.after);
    measure(&page, query->view.limit);
    at = election__buffer_place(output, &state->allocator, 0,
                                BARE_ANSWER_SIZE_MAX +
                                    election__bytes_size(page.size));
    if (at == NULL)
        return ELECTION_NOMEM;
    at = election__message_write(&election__answer_message, at, answer);
    at = election__bytes_open(at, number, page.size);
    at = write_elements(&page, at);
    output->size = (size_t)(at - output->data);
    assert(output->size <= output->capacity);
    return ELECTION_OK;
}

/* ---- the calls ---------------------------------------------------------- */

enum election_status
election_registry_query(const struct election_registry *registry,
                        const void *query, size_t query_size,
                        struct election_buffer *output)
{
    struct election__query read = {.which = {0}};
    struct election__answer answer = {.which = {0}};
    enum election_status status = ELECTION_INVALID;

    if (registry == NULL || output == NULL ||
        (query == NULL && query_size > 0) || !election__buffer_valid(output))
        return ELECTION_MISUSE;
    answer.applied = registry->state.applied;
    if (election__message_open(&election__query_message, query, query_size,
                               &read)) {
        switch (read.which.number) {
        case ELECTION_REGISTRY_GET_TERM:
            status = get_term(registry, &read.view, &answer);
            break;
        case ELECTION_REGISTRY_LIST_ELECTIONS:
        case ELECTION_REGISTRY_LIST_SESSIONS:
            return write_list(registry, &read, &answer, output);
        case ELECTION_REGISTRY_GET_STATUS:
            status = get_status(registry, &answer);
            break;
        default:
            status = ELECTION_UNSUPPORTED;
            break;
        }
    }
    answer.status = (uint32_t)status;
    if (write_answer(registry, &answer, output) != ELECTION_OK)
        return ELECTION_NOMEM;
    return status;
}

enum election_status election_registry_each_election(
    const struct election_registry *registry, uint64_t after,
    election_registry_election_fn *fn, void *context)
{
    const struct election__order *order;
    const struct election__office *office;
    size_t position;

    if (registry == NULL || fn == NULL)
        return ELECTION_MISUSE;
    order = &registry->state.elections.order;
    position = election__order_after(order, after);
    while ((office = election__order_next(order, &position)) != NULL) {
        struct election__election_summary summary =
            election__office_summary(&registry->state, office);
        struct election_registry_election shown = {summary.id, summary.name,
                                                   summary.name_size,
                                                   summary.leadership.view};

        if (!fn(context, &shown))
            break;
    }
    return ELECTION_OK;
}

enum election_status
election_registry_each_session(const struct election_registry *registry,
                               uint64_t after, election_registry_session_fn *fn,
                               void *context)
{
    const struct election__order *order;
    const struct election__session *session;
    size_t position;

    if (registry == NULL || fn == NULL)
        return ELECTION_MISUSE;
    order = &registry->state.sessions.order;
    position = election__order_after(order, after);
    while ((session = election__order_next(order, &position)) != NULL) {
        struct election_registry_session shown =
            election__session_summary(&registry->state, session);

        if (!fn(context, &shown))
            break;
    }
    return ELECTION_OK;
}

static enum election_status
show_session(const struct election_registry *registry,
             const struct election__session *found,
             struct election_registry_session *session)
{
    if (found == NULL)
        return ELECTION_NO_SESSION;
    *session = election__session_summary(&registry->state, found);
    return ELECTION_OK;
}

enum election_status
election_registry_session(const struct election_registry *registry, uint64_t id,
                          struct election_registry_session *session)
{
    if (registry == NULL || session == NULL)
        return ELECTION_MISUSE;
    return show_session(registry, election__session_find(&registry->state, id),
                        session);
}

enum election_status
election_registry_session_of(const struct election_registry *registry,
                             const uint8_t *client_id, size_t client_id_size,
                             struct election_registry_session *session)
{
    if (registry == NULL || client_id == NULL || session == NULL)
        return ELECTION_MISUSE;
    return show_session(registry,
                        election__session_of_client(&registry->state, client_id,
                                                    client_id_size),
                        session);
}
