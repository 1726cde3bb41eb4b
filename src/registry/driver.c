/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Raft leader's half. It knows its own office by the Tick that began it:
 * the state's epoch is above what was applied when it was proposed, and its
 * stamp is the one that was put in. Should another leader's late Tick look the
 * same, commands carry that office's epoch until the own Tick is applied, and
 * are INVALID then: they were appended after it.
 *
 * Source: proto/REGISTRY.md, Time
 */
#include <string.h>

#include "base/buffer.h"
#include "messages.h"
#include "registry.h"
#include "sessions.h"

/** Most bytes that stamps take. */
enum { STAMPS_SIZE_MAX = 2 * 11 };

void election_driver_lead(struct election_driver *driver)
{
    if (driver != NULL)
        *driver = (struct election_driver){.is_leader = true};
}

void election_driver_follow(struct election_driver *driver)
{
    if (driver != NULL)
        *driver = (struct election_driver){.is_leader = false};
}

/** Finds out whether the office is taken, or was lost. */
static void look(struct election_driver *driver,
                 const struct election__state *state)
{
    if (driver->epoch != 0 && driver->epoch != state->clock.epoch) {
        driver->epoch = 0;
        driver->has_proposed = false;
    }
    if (driver->has_proposed && state->clock.epoch > driver->tick_applied &&
        state->clock.stamp_ms == driver->tick_ms) {
        driver->has_proposed = false;
        driver->epoch = state->clock.epoch;
    }
}

static uint64_t elapsed(uint64_t since_ms, uint64_t time_ms)
{
    return time_ms > since_ms ? time_ms - since_ms : 0;
}

/** Returns how long no Tick is due; 0 = one is due now. */
static uint64_t wait_of(const struct election_driver *driver,
                        const struct election__state *state, uint64_t time_ms)
{
    const struct election__clock *clock = &state->clock;
    uint64_t since_ms = elapsed(driver->last_ms, time_ms);
    uint64_t ticked_ms = elapsed(driver->tick_ms, time_ms);
    uint64_t wait_ms, deadline_ms, proposed_ms;

    /* Whatever else is proposed: no other entry carries a digest. */
    wait_ms = ticked_ms < ELECTION_TICK_MS ? ELECTION_TICK_MS - ticked_ms : 0;
    if (driver->epoch == 0)
        return driver->has_proposed ? wait_ms : 0;
    if (state->sessions.order.count == 0)
        return UINT64_MAX;
    /* Log time, once all that was proposed is applied. */
    proposed_ms =
        election__sum(clock->now_ms, elapsed(clock->stamp_ms, driver->last_ms));
    deadline_ms = election__sessions_deadline(state, clock);
    if (deadline_ms < proposed_ms)
        return wait_ms; /* a proposal is on its way that ends it */
    if (deadline_ms - proposed_ms < since_ms)
        return 0;
    if (deadline_ms - proposed_ms - since_ms < wait_ms)
        wait_ms = deadline_ms - proposed_ms - since_ms + 1;
    return wait_ms;
}

enum election_status
election_driver_next(struct election_driver *driver,
                     const struct election_registry *registry, uint64_t time_ms,
                     struct election_buffer *output, uint64_t *wait_ms)
{
    struct election_registry_command tick = {
        .kind = ELECTION_REGISTRY_TICK,
        .time_ms = time_ms,
    };
    enum election_status status;

    if (driver == NULL || registry == NULL || output == NULL ||
        wait_ms == NULL || !election__buffer_valid(output))
        return ELECTION_MISUSE;
    election__buffer_clear(output);
    *wait_ms = UINT64_MAX;
    if (!driver->is_leader)
        return ELECTION_OK;
    look(driver, &registry->state);
    *wait_ms = wait_of(driver, &registry->state, time_ms);
    if (*wait_ms > 0)
        return ELECTION_OK;
    tick.epoch = driver->epoch;
    tick.takes_office = driver->epoch == 0;
    tick.applied = registry->state.applied;
    tick.log_digest = registry->state.log_digest;
    status = election_registry_command_encode(&tick, output);
    if (status != ELECTION_OK)
        return status;
    driver->last_ms = time_ms;
    driver->tick_ms = time_ms;
    if (tick.takes_office) {
        driver->has_proposed = true;
        driver->tick_applied = registry->state.applied;
    }
    *wait_ms = wait_of(driver, &registry->state, time_ms);
    return ELECTION_OK;
}

/** Copies all fields of a command but its stamps; returns the end. */
static uint8_t *copy_unstamped(struct election__reader *reader, uint8_t *to)
{
    struct election__field field;

    while (!election__reader_at_end(reader)) {
        const uint8_t *start = reader->at;

        (void)election__field_read(reader, &field); /* it was read before */
        if (field.type == ELECTION__VARINT &&
            (field.number == ELECTION__COMMAND_EPOCH ||
             field.number == ELECTION__COMMAND_TIME_MS))
            continue;
        memcpy(to, start, (size_t)(reader->at - start));
        to += reader->at - start;
    }
    return to;
}

enum election_status
election_driver_stamp(struct election_driver *driver,
                      const struct election_registry *registry,
                      const void *command, size_t command_size,
                      uint64_t time_ms, struct election_buffer *output)
{
    struct election__command read = {.which = {0}};
    struct election__reader reader;
    uint8_t *at;

    if (driver == NULL || registry == NULL || output == NULL ||
        (command == NULL && command_size > 0) ||
        !election__buffer_valid(output))
        return ELECTION_MISUSE;
    if (driver->is_leader)
        look(driver, &registry->state);
    if (!driver->is_leader || driver->epoch == 0)
        return ELECTION_BUSY;
    if (command_size > ELECTION_MESSAGE_SIZE_MAX - STAMPS_SIZE_MAX ||
        !election__message_open(&election__command_message, command,
                                command_size, &read))
        return ELECTION_INVALID;
    at = election__buffer_place(output, &registry->state.allocator, 0,
                                STAMPS_SIZE_MAX + command_size);
    if (at == NULL)
        return ELECTION_NOMEM;
    at = election__number_write(at, ELECTION__COMMAND_EPOCH, driver->epoch);
    at = election__number_write(at, ELECTION__COMMAND_TIME_MS, time_ms);
    (void)election__reader_open(&reader, command, command_size);
    at = copy_unstamped(&reader, at);
    output->size = (size_t)(at - output->data);
    driver->last_ms = time_ms;
    return ELECTION_OK;
}
