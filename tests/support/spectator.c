/* SPDX-License-Identifier: Apache-2.0 */
#include "spectator.h"

#include <inttypes.h>
#include <string.h>

#include "cmocka_all.h"

char seen[8192];

static bool add_name(void *context, const char *name, size_t size)
{
    char *names = context;

    assert_true(strlen(names) + size < 1000);
    sprintf(names + strlen(names), ",%.*s", (int)size, name);
    return true;
}

void spectate(void *context, struct election_registry *registry,
              const uint8_t *bytes, size_t size)
{
    struct spectator *spectator = context;
    struct election_registry_event event;
    char names[1024] = "";
    struct election_registry_visitor visitor = {
        .candidate = add_name,
        .context = names,
    };
    size_t used = strlen(seen);

    assert_int_equal(
        election_registry_event_decode(bytes, size, &event, &visitor),
        ELECTION_OK);
    assert_int_equal(event.applied, election_registry_applied(registry));
    snprintf(seen + used, sizeof seen - used,
             "%c:%.*s %" PRIu64 " %.*s +%" PRIu64 "%s %s/%" PRIu64 " | ",
             spectator->mark, (int)event.election_size, event.election,
             event.leadership.index, (int)event.leadership.leader_size,
             event.leadership.leader == NULL ? "" : event.leadership.leader,
             event.leadership.waiting_count, names,
             election_cause_name(event.cause), event.by_session_id);
    if (spectator->unwatches != 0)
        assert_int_equal(
            election_registry_unwatch(registry, spectator->unwatches),
            ELECTION_OK);
}

void assert_seen(const char *expected)
{
    assert_string_equal(seen, expected);
    seen[0] = '\0';
}

void watch(struct stage *stage, struct spectator *spectator,
           const char *election, enum election_scope scope)
{
    size_t size = election == NULL ? 0 : strlen(election);

    assert_int_equal(election_registry_watch(stage->registry, election, size,
                                             scope, spectate, spectator,
                                             &spectator->id),
                     ELECTION_OK);
    assert_int_not_equal(spectator->id, 0);
}

void watch_all(struct stage *stage, struct spectator *spectator)
{
    watch(stage, spectator, NULL, ELECTION_SCOPE_TERM);
}

void open_theatre(struct stage *stage)
{
    seen[0] = '\0';
    stage_open(stage);
    stage_session(stage, "a", 86000000);
    stage_session(stage, "b", 86000000);
}
