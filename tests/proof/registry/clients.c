/* SPDX-License-Identifier: Apache-2.0 */
#include "clients.h"

#include <inttypes.h>
#include <string.h>

#include "../../support/cmocka_all.h"

const char *const clients_elections[CLIENTS_ELECTIONS] = {
    "a",
    "orders/eu-west/leader",
    "Wahl\xc3\xbc",
    "d",
    "e",
    "backup",
    "g",
    "an election with a longer name than the others have, for buffers to grow",
    "i",
    "j",
    "k",
    "l",
};

static uint32_t dice(struct clients *clients, uint32_t sides)
{
    return random_below(clients->random, sides);
}

static void encode(const struct election_registry_command *command,
                   struct election_buffer *output)
{
    assert_int_equal(election_registry_command_encode(command, output),
                     ELECTION_OK);
}

/* ---- lifetime ----------------------------------------------------------- */

void clients_init(struct clients *clients, struct random *random)
{
    memset(clients, 0, sizeof *clients);
    clients->random = random;
    for (size_t i = 0; i < CLIENTS; i++) {
        struct client *client = &clients->clients[i];

        client->id_size =
            (size_t)snprintf(client->id, sizeof client->id, "%0*u",
                             (int)(i * 2 + 1), (unsigned)i);
        client->incarnation = 1;
        client->nonce = random_next(random);
        /* Some are not round. */
        client->timeout_ms = 1000 + (uint64_t)dice(clients, 10) * 4321;
    }
}

void clients_free(struct clients *clients)
{
    for (size_t i = 0; i < CLIENTS; i++)
        for (size_t j = 0; j < CLIENTS_REQUESTS; j++)
            election_buffer_free(&clients->clients[i].requests[j].bytes);
}

/* ---- sessions ----------------------------------------------------------- */

static struct election_registry_command opening(const struct client *client)
{
    return (struct election_registry_command){
        .kind = ELECTION_REGISTRY_OPEN_SESSION,
        .client_id = (const uint8_t *)client->id,
        .client_id_size = client->id_size,
        .incarnation = client->incarnation,
        .nonce = client->nonce,
        .timeout_ms = client->timeout_ms,
        .data = client->data,
        .data_size = client->data[0] % (sizeof client->data + 1),
    };
}

static void speak_open(struct clients *clients, struct client *client,
                       struct election_buffer *output)
{
    struct election_registry_command open;

    if (dice(clients, 3) == 0)
        client->data[0] = (uint8_t)dice(clients, 256);
    open = opening(client);
    encode(&open, output);
}

/** Opens a session in a way that is refused, now or always. */
static void speak_open_badly(struct clients *clients, struct client *client,
                             struct election_buffer *output)
{
    static const uint8_t data[ELECTION_DATA_SIZE_MAX + 1];
    struct election_registry_command open = opening(client);

    switch (dice(clients, 6)) {
    case 0:
        open.nonce++;
        break;
    case 1:
        open.incarnation--;
        break;
    case 2:
        open.client_id_size = 0;
        break;
    case 3:
        open.timeout_ms = dice(clients, ELECTION_TIMEOUT_MS_MIN);
        break;
    case 4:
        open.timeout_ms = ELECTION_TIMEOUT_MS_MAX + 1;
        break;
    default:
        open.data = data;
        open.data_size = sizeof data;
        break;
    }
    encode(&open, output);
}

/** Keeps alive its own session, and others, known or not. */
static void speak_alive(struct clients *clients, struct client *client,
                        struct election_buffer *output)
{
    uint64_t ids[8];
    size_t count = 0;

    ids[count++] = client->session_id;
    for (uint32_t more = dice(clients, sizeof ids / sizeof *ids); more > 0;
         more--)
        ids[count++] = clients->clients[dice(clients, CLIENTS)].session_id;
    encode(
        &(struct election_registry_command){
            .kind = ELECTION_REGISTRY_KEEP_ALIVE,
            .session_ids = ids,
            .session_count = count,
        },
        output);
}

/** The process is another one now; the old one's session may live on. */
static void start_again(struct clients *clients, struct client *client)
{
    client->incarnation++;
    client->nonce = random_next(clients->random);
    client->session_id = 0;
}

/* ---- proposals ---------------------------------------------------------- */

/** Guards that hold, or may hold, or cannot. */
static void guard(struct clients *clients,
                  struct election_registry_command *propose)
{
    switch (dice(clients, 12)) {
    case 0:
        propose->if_vacant = true;
        break;
    case 1:
        propose->if_index = 1 + dice(clients, 60);
        break;
    default:
        break;
    }
}

/** The elections fill, are emptied again, and so on. */
static enum election_op draw_op(struct clients *clients)
{
    bool is_filling = clients->proposals++ / 300 % 2 == 0;
    uint32_t number = dice(clients, 100);

    if (number < (is_filling ? 60 : 10))
        return ELECTION_OP_ENTER;
    if (number < (is_filling ? 70 : 40))
        return ELECTION_OP_WITHDRAW;
    if (number < 80)
        return ELECTION_OP_EVICT;
    return (enum election_op)(1 + dice(clients, 8));
}

/** Names of candidates: in some elections few; some long, some bad. */
static size_t draw_name(struct clients *clients, const char *election,
                        char *name, size_t capacity)
{
    uint32_t number = dice(clients, election[0] % 2 == 0 ? 60 : 4);
    uint32_t width = number % 13 == 3 ? 200 + number : 1 + number % 5;

    if (dice(clients, 60) == 0)
        return 0;
    return (size_t)snprintf(name, capacity, "%0*" PRIu32, (int)width, number);
}

static const char *draw_election(struct clients *clients)
{
    uint32_t number;

    if (dice(clients, 80) == 0)
        return ""; /* which breaks the rule */
    number = dice(clients, CLIENTS_ELECTIONS);
    return clients_elections[number];
}

/** A new proposal, which it remembers. */
static void speak_new(struct clients *clients, struct client *client,
                      struct election_buffer *output)
{
    char name[ELECTION_NAME_SIZE_MAX + 1];
    struct election_registry_command propose = {
        .kind = ELECTION_REGISTRY_PROPOSE,
        .session_id = client->session_id,
        .election = draw_election(clients),
    };
    struct client_request *request;

    propose.with_output = dice(clients, 4) == 0;
    propose.election_size = strlen(propose.election);
    propose.command.op = draw_op(clients);
    propose.command.name = name;
    if (propose.command.op != ELECTION_OP_GET_TERM &&
        propose.command.op != ELECTION_OP_WATCH)
        propose.command.name_size =
            draw_name(clients, propose.election, name, sizeof name);
    guard(clients, &propose);
    client->sequence += dice(clients, 30) == 0 ? dice(clients, 70) : 1;
    propose.sequence = client->sequence;
    request = &client->requests[client->sequence % CLIENTS_REQUESTS];
    request->session_id = client->session_id;
    encode(&propose, &request->bytes);
    encode(&propose, output);
}

/** Sends again what it sent before, in any order. */
static void speak_again(struct clients *clients, struct client *client,
                        struct election_buffer *output)
{
    uint32_t most = dice(clients, 3) == 0 ? CLIENTS_REQUESTS : 4;
    uint32_t back = dice(clients, most);
    const struct client_request *request =
        &client->requests[(client->sequence + CLIENTS_REQUESTS - back) %
                          CLIENTS_REQUESTS];
    struct election_registry_command again;

    if (request->bytes.size == 0)
        return;
    assert_int_equal(election_registry_command_decode(request->bytes.data,
                                                      request->bytes.size,
                                                      &again, NULL),
                     ELECTION_OK);
    encode(&again, output);
}

/* ---- speaking and hearing ----------------------------------------------- */

static void speak_with_session(struct clients *clients, struct client *client,
                               uint64_t now_ms, struct election_buffer *output)
{
    uint32_t number = dice(clients, 1000);

    if (number < 550) {
        speak_new(clients, client, output);
    } else if (number < 750) {
        speak_again(clients, client, output);
    } else if (number < 930) {
        speak_alive(clients, client, output);
    } else if (number < 950) {
        speak_open(clients, client, output);
    } else if (number < 960) {
        encode(
            &(struct election_registry_command){
                .kind = ELECTION_REGISTRY_CLOSE_SESSION,
                .session_id = client->session_id,
            },
            output);
    } else if (number < 980) {
        client->silent_until_ms = now_ms + dice(clients, 60000);
    } else if (number < 985) {
        start_again(clients, client);
    } else {
        speak_open_badly(clients, client, output);
    }
}

void clients_speak(struct clients *clients, size_t number, uint64_t now_ms,
                   struct election_buffer *command)
{
    struct client *client = &clients->clients[number];

    command->size = 0;
    if (now_ms < client->silent_until_ms)
        return;
    if (client->session_id == 0)
        speak_open(clients, client, command);
    else
        speak_with_session(clients, client, now_ms, command);
}

void clients_hear(struct clients *clients, size_t number,
                  const struct election_buffer *result)
{
    struct client *client = &clients->clients[number];
    struct election_registry_result read;

    assert_int_equal(election_registry_result_decode(result->data, result->size,
                                                     &read, NULL),
                     ELECTION_OK);
    if (read.status == ELECTION_NO_SESSION)
        client->session_id = 0;
    if (read.kind != ELECTION_REGISTRY_RESULT_SESSION)
        return;
    /* Another process of this client has come first. */
    if (read.incarnation > client->incarnation)
        client->incarnation = read.incarnation + 1;
    if (read.session_id == 0)
        return;
    client->session_id = read.session_id;
    if (client->numbered_id != read.session_id)
        client->sequence = 0;
    client->numbered_id = read.session_id;
}
