/* SPDX-License-Identifier: Apache-2.0 */
#include "restore.h"

#include <string.h>

#include "audience.h"
#include "base/buffer.h"
#include "check.h"
#include "core/embed.h"
#include "elections.h"
#include "limits.h"
#include "loading.h"
#include "sessions.h"
#include "watch.h"

/** Most bytes of an output beside its candidates. */
enum { OUTPUT_FRAME_MAX = 32 };

/** A restore that has begun. */
struct election__restore {
    struct election__state state; /* as far as it has come */
    uint64_t received;            /* bytes of the snapshot */
    struct election_buffer rest;  /* of a field that is not complete yet */
    struct election__snapshot_head head;
    uint32_t last_number; /* of a field */
    bool has_head;        /* all fields before the lists were judged */
    struct election__digest digest; /* of all fields so far */
    size_t output_size; /* most that the output of any election may have */
};

size_t election__restore_output_size(const struct election_registry *registry)
{
    return registry->restore == NULL ? 0 : registry->restore->output_size;
}

/* ---- lifetime ----------------------------------------------------------- */

static void drop(struct election_registry *registry)
{
    const struct election_allocator allocator = registry->state.allocator;
    struct election__restore *restore = registry->restore;

    if (restore == NULL)
        return;
    registry->restore = NULL;
    election__state_free(&restore->state);
    election_buffer_free(&restore->rest);
    election__release(&allocator, restore);
}

enum election_status
election_registry_restore_begin(struct election_registry *registry)
{
    struct election__restore *restore;

    if (registry == NULL)
        return ELECTION_MISUSE;
    if (election__registry_is_notifying(registry))
        return ELECTION_BUSY;
    restore = election__allocate(&registry->state.allocator, sizeof *restore);
    if (restore == NULL)
        return ELECTION_NOMEM;
    *restore = (struct election__restore){
        .state = election__state_empty(&registry->state.allocator,
                                       registry->state.hash_seed),
        .rest.allocator = registry->state.allocator,
    };
    drop(registry);
    registry->restore = restore;
    return ELECTION_OK;
}

void election_registry_restore_abort(struct election_registry *registry)
{
    if (registry != NULL)
        drop(registry);
}

/* ---- fields ------------------------------------------------------------- */

/** Judges what stands before the lists, once it is complete. */
static enum election_status finish_head(struct election__restore *restore)
{
    if (restore->has_head)
        return ELECTION_OK;
    restore->has_head = true;
    return election__load_head(&restore->state, &restore->head);
}

/** Loads the element of a list that was read last. */
static enum election_status load_element(struct election_registry *registry)
{
    struct election__restore *restore = registry->restore;
    const struct election__snapshot_head *head = &restore->head;
    enum election_status status = finish_head(restore);
    size_t output_size = head->element_size + OUTPUT_FRAME_MAX;

    if (status != ELECTION_OK)
        return status;
    if (restore->last_number == ELECTION__SNAPSHOT_SESSION)
        return election__load_session(&restore->state, head->element,
                                      head->element_size);
    /* A candidate takes less bytes in an output than it takes here. */
    if (output_size > restore->output_size) {
        if (!election__audience_reserve(registry, output_size))
            return ELECTION_NOMEM;
        restore->output_size = output_size;
    }
    return election__load_election(&restore->state, head->element,
                                   head->element_size);
}

/**
 * Takes one field, which is complete. On NOMEM nothing has changed, so that it
 * can be taken again.
 */
static enum election_status take_field(struct election_registry *registry,
                                       const uint8_t *bytes, size_t size)
{
    static const struct election__reading strict = {true, NULL};
    struct election__restore *restore = registry->restore;
    uint32_t number_before = restore->last_number;
    struct election__reader reader = {bytes, bytes + size, ELECTION__DEPTH_MAX};
    enum election_status status = ELECTION_OK;

    if (!election__item_read(&election__snapshot_message, &reader, &strict,
                             &restore->last_number, &restore->head))
        return ELECTION_CORRUPT;
    switch (restore->last_number) {
    case 1:
        if (restore->head.version > ELECTION__VERSION_KNOWN)
            return ELECTION_VERSION;
        break;
    case ELECTION__SNAPSHOT_SESSION:
    case ELECTION__SNAPSHOT_ELECTION:
        status = load_element(registry);
        break;
    default:
        break;
    }
    if (status == ELECTION_NOMEM)
        restore->last_number = number_before;
    else if (restore->last_number != ELECTION__SNAPSHOT_DIGEST)
        election__digest_add(&restore->digest, bytes, size);
    return status;
}

/* ---- pieces ------------------------------------------------------------- */

enum extent { INCOMPLETE, COMPLETE, MALFORMED };

/** A number could not be read: it may go on, unless it is too long already. */
static enum extent unread(size_t size)
{
    return size < ELECTION__VARINT_SIZE_MAX ? INCOMPLETE : MALFORMED;
}

/**
 * Finds the size of the field that some bytes begin with. Only fields that a
 * snapshot has are looked at closely: others are CORRUPT when they are taken.
 */
static enum extent find_field(const uint8_t *bytes, size_t size,
                              size_t *field_size)
{
    struct election__reader reader = {bytes, bytes + size, 1};
    uint64_t tag, value;

    if (!election__varint_read(&reader, &tag))
        return unread(size);
    *field_size = (size_t)(reader.at - bytes);
    if ((tag & 7) == ELECTION__FIXED64) {
        *field_size += 8;
    } else if ((tag & 7) == ELECTION__VARINT || (tag & 7) == ELECTION__BYTES) {
        if (!election__varint_read(&reader, &value))
            return unread(size - *field_size);
        *field_size = (size_t)(reader.at - bytes);
        if ((tag & 7) == ELECTION__BYTES && value > ELECTION__LENGTH_MAX)
            return MALFORMED;
        if ((tag & 7) == ELECTION__BYTES)
            *field_size += (size_t)value;
    } else {
        return MALFORMED;
    }
    return *field_size <= size ? COMPLETE : INCOMPLETE;
}

/** Keeps the bytes of a field that is not complete. False = no memory. */
static bool keep(struct election__restore *restore, const uint8_t *bytes,
                 size_t size)
{
    struct election_buffer *rest = &restore->rest;
    uint8_t *at = election__buffer_place(rest, &restore->state.allocator,
                                         rest->size, size);

    if (at == NULL)
        return false;
    memcpy(at, bytes, size);
    rest->size += size;
    restore->received += size;
    return true;
}

/** Returns how many bytes more may belong to the field that was kept. */
static size_t missing_size(const struct election__restore *restore, size_t size)
{
    const struct election_buffer *rest = &restore->rest;
    size_t field_size = 0;

    /* Tag and length of the field may be incomplete: byte by byte, then. */
    (void)find_field(rest->data, rest->size, &field_size);
    if (field_size <= rest->size)
        return 1;
    return field_size - rest->size < size ? field_size - rest->size : size;
}

/** Takes the field that was kept, if it is complete now. */
static enum election_status take_kept(struct election_registry *registry)
{
    struct election_buffer *rest = &registry->restore->rest;
    size_t field_size = 0;
    enum extent extent = find_field(rest->data, rest->size, &field_size);
    enum election_status status;

    if (extent == INCOMPLETE)
        return ELECTION_OK;
    if (extent == MALFORMED)
        return ELECTION_CORRUPT;
    status = take_field(registry, rest->data, rest->size);
    if (status == ELECTION_OK)
        election_buffer_free(rest);
    return status;
}

/** Takes bytes that follow those received so far. */
static enum election_status take_bytes(struct election_registry *registry,
                                       const uint8_t *bytes, size_t size)
{
    struct election__restore *restore = registry->restore;
    enum election_status status = ELECTION_OK;
    enum extent extent;

    if (restore->rest.size > 0)
        status = take_kept(registry); /* memory was out for it, maybe */
    while (size > 0 && status == ELECTION_OK) {
        size_t taken = size;

        if (restore->rest.size > 0) {
            taken = missing_size(restore, size);
            if (!keep(restore, bytes, taken))
                return ELECTION_NOMEM;
            status = take_kept(registry);
            bytes += taken;
            size -= taken;
            continue;
        }
        extent = find_field(bytes, size, &taken);
        if (extent == MALFORMED)
            return ELECTION_CORRUPT;
        if (extent == INCOMPLETE)
            return keep(restore, bytes, size) ? ELECTION_OK : ELECTION_NOMEM;
        status = take_field(registry, bytes, taken);
        if (status == ELECTION_OK)
            restore->received += taken;
        bytes += taken;
        size -= taken;
    }
    return status;
}

/** Takes a piece of which so many bytes are known. */
static enum election_status take_unknown(struct election_registry *registry,
                                         const uint8_t *bytes, size_t size,
                                         uint64_t known)
{
    if (size == 0 || known >= size)
        return take_bytes(registry, NULL, 0);
    return take_bytes(registry, bytes + known, size - (size_t)known);
}

enum election_status
election_registry_restore_write(struct election_registry *registry,
                                uint64_t offset, const void *bytes, size_t size,
                                uint64_t *wanted)
{
    struct election__restore *restore;
    enum election_status status = ELECTION_OK;

    if (registry == NULL || registry->restore == NULL ||
        (bytes == NULL && size > 0))
        return ELECTION_MISUSE;
    if (election__registry_is_notifying(registry))
        return ELECTION_BUSY;
    restore = registry->restore;
    if (offset <= restore->received)
        status =
            take_unknown(registry, bytes, size, restore->received - offset);
    if (wanted != NULL)
        *wanted = restore->received;
    if (status != ELECTION_OK && status != ELECTION_NOMEM) {
        drop(registry);
        if (wanted != NULL)
            *wanted = 0;
    }
    return status;
}

/* ---- the commit --------------------------------------------------------- */

/** Tells whether all bytes have come, and are those that were written. */
static bool is_complete(const struct election__restore *restore)
{
    return restore->rest.size == 0 &&
           restore->head.digest == election__digest_end(&restore->digest);
}

/** Notes on each election of either state in what it differs. */
static void compare_states(const struct election__state *old,
                           const struct election__state *restored)
{
    struct election__office *office;
    size_t position = 0;

    while ((office = election__order_next(&restored->elections.order,
                                          &position)) != NULL)
        office->changes =
            ELECTION__TERM_BY_COMMAND | ELECTION__LEADER_BY_COMMAND;
    position = 0;
    while ((office = election__order_next(&old->elections.order, &position)) !=
           NULL) {
        struct election__office *now =
            election__office_find(restored, office->name, office->name_size);
        struct election__news news = {true, true};

        if (now != NULL) {
            news = election__compare(office->election, now->election);
            now->changes = 0;
        }
        if (news.is_of_term || news.is_of_leader)
            office->changes |= ELECTION__TERM_BY_COMMAND;
        if (news.is_of_leader)
            office->changes |= ELECTION__LEADER_BY_COMMAND;
    }
}

/** Tells of the elections of a state, as they are in the registry now. */
static void tell_restored(struct election_registry *registry,
                          const struct election__state *state)
{
    struct election__office *office;
    size_t position = 0;

    while ((office = election__order_next(&state->elections.order,
                                          &position)) != NULL) {
        struct election__message_of message = {
            .name = office->name,
            .name_size = office->name_size,
            .office = election__office_find(&registry->state, office->name,
                                            office->name_size),
            .cause = ELECTION_CAUSE_RESTORED,
            .is_of_term = (office->changes & ELECTION__TERM_BY_COMMAND) != 0,
            .is_of_leader =
                (office->changes & ELECTION__LEADER_BY_COMMAND) != 0,
        };

        office->changes = 0;
        election__audience_inform(registry, &message);
    }
}

/** Puts the restored state in the place of the old one, and tells of it. */
static void replace(struct election_registry *registry)
{
    struct election__restore *restore = registry->restore;
    struct election__state old = registry->state;

    election__sessions_sort(&restore->state);
    restore->state.sessions.quiet_until_ms =
        election__sessions_deadline(&restore->state, &restore->state.clock);
    if (election__audience_is_there(registry))
        compare_states(&old, &restore->state);
    registry->state = restore->state;
    restore->state = election__state_empty(&old.allocator, old.hash_seed);
    drop(registry);
    registry->failed_index = 0;
    registry->digests.count = 0;
    if (registry->state.applied > 0)
        election__digests_put(&registry->digests, registry->state.applied,
                              registry->state.log_digest);
    election__registry_check(registry);
    if (election__audience_is_there(registry)) {
        tell_restored(registry, &old);
        tell_restored(registry, &registry->state);
        election__audience_rest(registry);
    }
    election__state_free(&old);
}

enum election_status
election_registry_restore_commit(struct election_registry *registry)
{
    if (registry == NULL || registry->restore == NULL)
        return ELECTION_MISUSE;
    if (election__registry_is_notifying(registry) || registry->snapshot != NULL)
        return ELECTION_BUSY;
    if (finish_head(registry->restore) != ELECTION_OK ||
        !is_complete(registry->restore)) {
        drop(registry);
        return ELECTION_CORRUPT;
    }
    replace(registry);
    return ELECTION_OK;
}

enum election_status
election_registry_restore(struct election_registry *registry,
                          const void *snapshot, size_t snapshot_size)
{
    enum election_status status;

    if (registry == NULL || (snapshot == NULL && snapshot_size > 0))
        return ELECTION_MISUSE;
    if (registry->snapshot != NULL)
        return ELECTION_BUSY;
    status = election_registry_restore_begin(registry);
    if (status != ELECTION_OK)
        return status;
    status = election_registry_restore_write(registry, 0, snapshot,
                                             snapshot_size, NULL);
    if (status == ELECTION_OK)
        status = election_registry_restore_commit(registry);
    else
        drop(registry);
    return status;
}
