/* SPDX-License-Identifier: Apache-2.0 */
#include "checker.h"

#include <stdlib.h>
#include <string.h>

#include "../support/hash.h"
#include "tenures.h"
#include "witness.h"

enum { SNAPSHOT_EVERY = 64 };

static struct election_registry *registry; /* applies at once */
static struct election_buffer output, snapshot;
static struct election_buffer heard; /* events, each after its size */

/** Adds bytes at the end of a buffer. */
static void buffer_add(struct election_buffer *buffer, const void *bytes,
                       size_t size)
{
    if (size > buffer->capacity - buffer->size) {
        buffer->capacity = 2 * buffer->capacity + size;
        buffer->data = realloc(buffer->data, buffer->capacity);
        if (buffer->data == NULL)
            abort();
    }
    memcpy(buffer->data + buffer->size, bytes, size);
    buffer->size += size;
}

/* ---- snapshots ---------------------------------------------------------- */

/** Takes a snapshot. False = no memory. */
static bool save(struct election_registry *saved, struct election_buffer *to)
{
    struct election_registry_snapshot *open;
    uint8_t piece[512];
    size_t size;

    if (election_registry_snapshot_begin(saved, &open) != ELECTION_OK)
        return false;
    to->size = 0;
    do {
        if (election_registry_snapshot_read(open, piece, sizeof piece, &size) !=
            ELECTION_OK)
            world_fail("a snapshot cannot be read");
        if (size > 0)
            buffer_add(to, piece, size);
    } while (size > 0 && !world.has_failed);
    election_registry_snapshot_end(open);
    return true;
}

void checker_replica(struct election_registry *replica, unsigned node,
                     size_t applied, enum election_status status,
                     struct election_buffer *disk, size_t *disk_applied)
{
    const struct entry *entry = log_at(applied - 1);

    if (election_registry_log_digest(replica) != entry->digest)
        world_fail("node %u has another log at %llu", node,
                   (unsigned long long)entry->index);
    if (status != entry->status)
        world_fail("node %u: status %d, not %d, at %llu", node, (int)status,
                   (int)entry->status, (unsigned long long)entry->index);
    if (entry->state_hash == 0 || world.has_failed)
        return;
    if (!save(replica, disk))
        world_fail("no snapshot");
    *disk_applied = applied;
    if ((hash_bytes(disk->data, disk->size) | 1) != entry->state_hash)
        world_fail("node %u has another state at %llu", node,
                   (unsigned long long)entry->index);
}

/* ---- reading an entry --------------------------------------------------- */

static bool name_session(void *context, uint64_t session_id)
{
    struct deed *deed = context;

    if (deed->named_count < NAMED_MAX)
        deed->named[deed->named_count++] = session_id;
    return true;
}

static struct process *find_opener(uint64_t nonce)
{
    for (unsigned i = 0; i < process_count; i++)
        if (processes[i].nonce == nonce)
            return &processes[i];
    return NULL;
}

/** Reads what was committed; false = the library refused it as malformed. */
static bool read(struct deed *deed)
{
    const struct entry *entry = deed->entry;
    struct election_registry_visitor visitor = {
        .session_id = name_session,
        .context = deed,
    };
    bool is_of_office;

    if (election_registry_command_decode(entry->bytes, entry->size,
                                         &deed->command,
                                         &visitor) != ELECTION_OK ||
        election_registry_result_decode(output.data, output.size, &deed->result,
                                        NULL) != ELECTION_OK) {
        world_fail("entry %llu cannot be read",
                   (unsigned long long)entry->index);
        return false;
    }
    if (deed->command.kind == ELECTION_REGISTRY_OPEN_SESSION)
        deed->opener = find_opener(deed->command.nonce);
    is_of_office =
        deed->command.takes_office ||
        (calendar_office() != 0 && deed->command.epoch == calendar_office());
    if (!is_of_office && entry->office == calendar_office() &&
        entry->office != 0)
        world_fail("entry %llu has not the stamp of who appended it",
                   (unsigned long long)entry->index);
    if (is_of_office == (entry->status == ELECTION_INVALID))
        world_fail("entry %llu: INVALID, or not, against its office",
                   (unsigned long long)entry->index);
    return is_of_office;
}

/* ---- how things stand --------------------------------------------------- */

struct census {
    size_t sessions;
    uint64_t candidates;
    size_t elections;
    uint64_t seats;
};

static bool count_session(void *context,
                          const struct election_registry_session *shown)
{
    struct census *census = context;
    const struct session *session = calendar_find(shown->id);

    census->sessions++;
    census->candidates += shown->candidate_count;
    if (session == NULL || session->ending != ENDING_NONE)
        world_fail("session %llu should have ended",
                   (unsigned long long)shown->id);
    return true;
}

static bool count_election(void *context,
                           const struct election_registry_election *shown)
{
    struct census *census = context;
    const struct tenure *tenure =
        tenures_present((unsigned)shown->name_size - 1);

    census->elections++;
    census->seats += 1 + shown->leadership.waiting_count;
    if (tenure == NULL || tenure->token != shown->leadership.index ||
        tenure->session->id != shown->leadership.leader_session_id)
        world_fail("who leads %s was not told",
                   election_names[shown->name_size - 1]);
    else if (tenure->session->ending != ENDING_NONE)
        world_fail("a session that ended leads on");
    return true;
}

/** Compares what is with what was told, and what must be. */
static void take_census(void)
{
    struct census census = {0, 0, 0, 0};
    size_t led = 0;

    (void)election_registry_each_session(registry, 0, count_session, &census);
    (void)election_registry_each_election(registry, 0, count_election, &census);
    for (unsigned i = 0; i < ELECTIONS; i++)
        led += tenures_present(i) != NULL;
    if (census.sessions != calendar_count())
        world_fail("%zu sessions live, and %zu should", census.sessions,
                   calendar_count());
    if (census.candidates != census.seats)
        world_fail("%llu candidates of sessions, %llu in elections",
                   (unsigned long long)census.candidates,
                   (unsigned long long)census.seats);
    if (census.elections != led)
        world_fail("the end of an election was not told");
}

static void hear(void *context, struct election_registry *told,
                 const uint8_t *event, size_t event_size)
{
    struct election_buffer *to = context;
    uint32_t size = (uint32_t)event_size;

    (void)told;
    buffer_add(to, &size, sizeof size);
    buffer_add(to, event, event_size);
}

/** Takes in the events of an entry, when its sessions are known. */
static void take_events(void)
{
    for (size_t at = 0; at < heard.size;) {
        struct election_registry_event event;
        uint32_t size;

        memcpy(&size, heard.data + at, sizeof size);
        at += sizeof size;
        if (election_registry_event_decode(heard.data + at, size, &event,
                                           NULL) != ELECTION_OK)
            world_fail("an event cannot be read");
        else
            tenures_hear(&event);
        at += size;
    }
}

void checker_commit(struct entry *entry)
{
    struct deed deed = {.entry = entry};

    heard.size = 0;
    entry->status = election_registry_apply(registry, entry->index,
                                            entry->bytes, entry->size, &output);
    entry->digest = election_registry_log_digest(registry);
    world_trace(entry->digest);
    if (read(&deed)) {
        calendar_pass(&deed);
        take_events();
        witness_deed(&deed);
    }
    take_census();
    if (heard.size > 0)
        for (unsigned i = 0; i < process_count; i++)
            checker_process(&processes[i]);
    if (entry->index % SNAPSHOT_EVERY == 0 && save(registry, &snapshot))
        entry->state_hash = hash_bytes(snapshot.data, snapshot.size) | 1;
}

uint64_t checker_session_of(const struct process *process)
{
    const struct session *session = calendar_of(process);

    return session == NULL ? 0 : session->id;
}

void checker_begin(void)
{
    struct election_registry_config config = {.hash_seed = 99};

    calendar_begin();
    tenures_begin();
    witness_begin();
    if (election_registry_create(&config, &registry) != ELECTION_OK ||
        election_registry_watch(registry, NULL, 0, ELECTION_SCOPE_LEADER, hear,
                                &heard, NULL) != ELECTION_OK)
        world_fail("no registry");
}

void checker_end(void)
{
    election_registry_destroy(registry);
    election_buffer_free(&output);
    election_buffer_free(&snapshot);
    election_buffer_free(&heard);
}
