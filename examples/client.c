/* SPDX-License-Identifier: Apache-2.0
 *
 * Two clients and one registry; a loop carries the bytes, as a network would.
 * Ann leads until she is cut off: she stops by herself, before her session ends
 * and bob leads. Then she is back, in a new session, and waits.
 */
#include <election/client.h>
#include <election/registry.h>

#include <stdio.h>
#include <stdlib.h>

enum { ANN, BOB, CLIENTS };
static char *names[CLIENTS] = {"ann", "bob"};
static struct election_client *clients[CLIENTS];
static bool is_cut[CLIENTS]; /* from the network */
static struct election_registry *registry;
static struct election_driver driver;
static uint64_t now_ms;
static struct election_buffer command, entry, output;

static void require(enum election_status status)
{
    if (status < 0)
        exit(EXIT_FAILURE);
}

static void apply(void)
{
    require(election_registry_apply(registry,
                                    election_registry_applied(registry) + 1,
                                    entry.data, entry.size, &output));
}

static void carry_event(void *context, struct election_registry *told,
                        const uint8_t *event, size_t event_size)
{
    (void)context;
    (void)told;
    for (int i = 0; i < CLIENTS; i++)
        if (!is_cut[i])
            require(
                election_client_event(clients[i], now_ms, event, event_size));
}

static void hear(void *context, const struct election_client *client,
                 const struct election_client_report *report)
{
    (void)client;
    if (report->news == ELECTION_CLIENT_GAINED ||
        report->news == ELECTION_CLIENT_LOST)
        printf("%4d ms: %s %s, token %d\n", (int)now_ms, (char *)context,
               report->news == ELECTION_CLIENT_LOST ? "stops" : "leads",
               (int)report->index);
}

static void carry(int i)
{
    struct election_client_request request;

    do {
        require(
            election_client_request(clients[i], now_ms, &command, &request));
        if (request.number == 0 || is_cut[i] || request.watch != NULL)
            continue;
        require(election_driver_stamp(&driver, registry, command.data,
                                      command.size, now_ms, &entry));
        apply();
        require(election_client_response(clients[i], now_ms, request.number,
                                         output.data, output.size));
    } while (request.number != 0);
}

int main(void)
{
    struct election_client_config config = {
        .client_id_size = 3, .timeout_ms = 2000, .fn = hear};
    uint64_t wait_ms;

    require(election_registry_create(NULL, &registry));
    election_driver_lead(&driver);
    for (int i = 0; i < CLIENTS; i++) {
        config.context = names[i];
        config.client_id = (const uint8_t *)names[i];
        require(election_client_create(&config, &clients[i]));
        require(election_client_enter(clients[i], "db", 2, names[i], 3, NULL));
    }
    require(election_registry_watch(registry, "db", 2, ELECTION_SCOPE_LEADER,
                                    carry_event, NULL, NULL));
    for (now_ms = 100; now_ms < 8000; now_ms += 100) {
        is_cut[ANN] = now_ms > 2000 && now_ms < 5000;
        require(
            election_driver_next(&driver, registry, now_ms, &entry, &wait_ms));
        if (entry.size > 0)
            apply();
        for (int i = 0; i < CLIENTS; i++)
            carry(i);
    }
}
