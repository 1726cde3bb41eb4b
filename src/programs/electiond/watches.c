/* SPDX-License-Identifier: Apache-2.0 */
#include "watches.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

struct watch {
    struct watch *next;
    struct connection *connection;
    uint64_t request_id;
    uint64_t after;    /* not begun before so much is applied */
    uint64_t watch_id; /* of the registry; 0 = not begun */
    bool with_candidates;
    void *pending; /* parcels that may be replaced: a tree, by election */
    size_t election_size; /* 0 = all */
    char election[];
};

/* ---- events that wait --------------------------------------------------- */

/** Who is looked for in the tree. */
struct sought {
    const char *name;
    size_t size;
};

static struct sought name_of(const struct parcel *parcel)
{
    return (struct sought){parcel->name, parcel->name_size};
}

static int compare_names(struct sought a, struct sought b)
{
    if (a.size != b.size)
        return a.size < b.size ? -1 : 1;
    return memcmp(a.name, b.name, a.size);
}

static int compare_parcels(const void *a, const void *b)
{
    return compare_names(name_of(a), name_of(b));
}

/** The first one is what is sought. */
static int compare_sought(const void *sought, const void *parcel)
{
    return compare_names(*(const struct sought *)sought, name_of(parcel));
}

static struct parcel *find_pending(const struct watch *watch,
                                   struct sought sought)
{
    struct parcel **found = tfind(&sought, &watch->pending, compare_sought);

    return found == NULL ? NULL : *found;
}

void watch_sent(struct parcel *parcel)
{
    (void)tdelete(parcel, &parcel->watch->pending, compare_parcels);
    parcel->watch = NULL;
}

static void on_event(void *context, struct election_registry *registry,
                     const uint8_t *bytes, size_t size)
{
    struct watch *watch = context;
    struct election_registry_event event;
    struct service_response response = {
        .id = watch->request_id,
        .kind = SERVICE_EVENT,
        .message = {bytes, size},
    };
    struct parcel *parcel;

    (void)registry;
    if (election_registry_event_decode(bytes, size, &event, NULL) !=
        ELECTION_OK)
        return;
    parcel = find_pending(watch,
                          (struct sought){event.election, event.election_size});
    if (parcel != NULL) {
        connection_replace(watch->connection, parcel, &response);
        return;
    }
    parcel = connection_send_event(watch->connection, watch, &response,
                                   event.election, event.election_size);
    /* Without memory it is sent all the same, and others after it. */
    if (parcel != NULL &&
        tsearch(parcel, &watch->pending, compare_parcels) == NULL)
        parcel->watch = NULL;
}

/* ---- watches ------------------------------------------------------------ */

static void keep_parcel(void *parcel)
{
    ((struct parcel *)parcel)->watch = NULL;
}

static void free_watch(struct watch *watch)
{
    if (watch->watch_id != 0)
        (void)election_registry_unwatch(watch->connection->node->registry,
                                        watch->watch_id);
    tdestroy(watch->pending, keep_parcel);
    free(watch);
}

void watches_drop(struct connection *connection)
{
    while (connection->watches != NULL) {
        struct watch *watch = connection->watches;

        connection->watches = watch->next;
        free_watch(watch);
    }
    connection->watch_count = 0;
}

/** Begins a watch, if all that the client knows was applied here. */
static void begin(struct watch *watch)
{
    struct connection *connection = watch->connection;
    struct election_registry *registry = connection->node->registry;
    enum election_scope scope = ELECTION_SCOPE_LEADER;
    uint64_t id = watch->request_id;
    enum election_status status;

    if (watch->watch_id != 0 ||
        election_registry_applied(registry) < watch->after)
        return;
    connection->waiting_count--;
    if (watch->with_candidates)
        scope = ELECTION_SCOPE_TERM;
    status = election_registry_watch(
        registry, watch->election_size > 0 ? watch->election : NULL,
        watch->election_size, scope, on_event, watch, &watch->watch_id);
    if (connection->is_closing) /* too much came: the watch is no more */
        return;
    if (status == ELECTION_OK)
        connection_send(connection, &(struct service_response){
                                        .id = id,
                                        .kind = SERVICE_WATCHING,
                                    });
    else
        connection_drop(connection, "there is no memory for its watch");
}

void watches_turn(struct connection *connection)
{
    struct watch *watch = connection->watches;

    if (connection->waiting_count == 0)
        return;
    while (watch != NULL && !connection->is_closing) {
        struct watch *next = watch->next;

        begin(watch);
        watch = next;
    }
}

static bool is_name(const struct service_span *election)
{
    return election->size <= ELECTION_NAME_SIZE_MAX &&
           memchr(election->bytes, '\0', election->size) == NULL;
}

void watches_begin(struct connection *connection,
                   const struct service_request *request)
{
    const struct service_span *election = &request->election;
    struct watch *watch;

    if (election->size > 0 && !is_name(election)) {
        requests_refuse(connection, request->id,
                        "no election can have this name");
        return;
    }
    if (connection->watch_count == WATCHES_MAX) {
        requests_refuse(connection, request->id,
                        "a connection can have 4096 watches");
        return;
    }
    watch = calloc(1, sizeof *watch + election->size);
    if (watch == NULL) {
        connection_drop(connection, "there is no memory for its watch");
        return;
    }
    watch->connection = connection;
    watch->request_id = request->id;
    watch->after = request->after;
    watch->with_candidates = request->with_candidates;
    watch->election_size = election->size;
    if (election->size > 0)
        memcpy(watch->election, election->bytes, election->size);
    watch->next = connection->watches;
    connection->watches = watch;
    connection->watch_count++;
    connection->waiting_count++;
    begin(watch);
}

void watches_end(struct connection *connection, uint64_t request_id,
                 uint64_t watch_id)
{
    struct watch **link = &connection->watches;

    while (*link != NULL && (*link)->request_id != watch_id)
        link = &(*link)->next;
    if (*link != NULL) {
        struct watch *watch = *link;

        *link = watch->next;
        connection->watch_count--;
        connection->waiting_count -= watch->watch_id == 0;
        free_watch(watch);
    }
    connection_send(connection, &(struct service_response){
                                    .id = request_id,
                                    .kind = SERVICE_WATCHING,
                                    .has_ended = true,
                                });
}
