/* SPDX-License-Identifier: Apache-2.0
 *
 * An election cannot stop a leader that is paused: it wakes up, still believes
 * that it leads, and writes. The resource can stop it: it is shown the index
 * of the writer's tenure, the fencing token, with each write, and refuses one
 * that is lower than the highest it has seen.
 */
#include <election/election.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The resource: a store that several leaders write to, one after another. */
struct store {
    uint64_t highest_token; /* kept with the data, and as durable */
    char data[32];
};

static void require(bool good, const char *what)
{
    if (good)
        return;
    fprintf(stderr, "fencing: not so: %s\n", what);
    exit(EXIT_FAILURE);
}

/* Returns false if somebody who led later was here already. */
static bool store_admits(struct store *store, uint64_t token)
{
    if (token < store->highest_token)
        return false;
    store->highest_token = token;
    return true;
}

/* To compare and to write must be one step: nobody may come in between. */
static bool store_write(struct store *store, uint64_t token, const char *data)
{
    bool admitted = store_admits(store, token);

    if (admitted)
        snprintf(store->data, sizeof store->data, "%s", data);
    printf("  token %" PRIu64 " writes \"%s\": %s\n", token, data,
           admitted ? "written" : "refused");
    return admitted;
}

static void apply(struct election *election, uint64_t session_id,
                  enum election_op op, const char *name)
{
    struct election_command command = {op, name, strlen(name)};
    struct election_buffer input = ELECTION_BUFFER_INIT;

    require(election_input_encode(&command, &input) == ELECTION_OK &&
                election_apply(election, session_id, input.data, input.size,
                               NULL) == ELECTION_OK,
            "each command changes the election");
    election_buffer_free(&input);
}

int main(void)
{
    struct store store = {0, ""};
    struct election *election;
    uint64_t alice;
    uint64_t bob;
    uint64_t guard;

    require(election_create(NULL, &election) == ELECTION_OK, "there is memory");
    apply(election, 1, ELECTION_OP_ENTER, "alice");
    alice = election_index(election); /* hers for as long as she leads */
    apply(election, 2, ELECTION_OP_ENTER, "bob");
    printf("alice leads, bob waits.\n");
    require(store_write(&store, alice, "from alice"), "a leader writes");

    printf("alice is paused, her session ends, bob leads.\n");
    require(election_close_session(election, 1) == ELECTION_OK, "alice is out");
    bob = election_index(election);
    require(store_write(&store, bob, "from bob"), "the next leader writes");
    printf("alice wakes up and does not know.\n");
    require(!store_write(&store, alice, "late, alice"), "alice is refused");

    printf("bob is evicted. Nobody waits, so no higher token stops him.\n");
    apply(election, 0, ELECTION_OP_EVICT, "bob");
    require(store_write(&store, bob, "late, bob"), "bob's token still passes");
    printf("An operator enters, shows the token to the store, withdraws.\n");
    apply(election, 9, ELECTION_OP_ENTER, "guard");
    guard = election_index(election);
    require(store_admits(&store, guard), "the operator's token is the highest");
    apply(election, 9, ELECTION_OP_WITHDRAW, "guard");
    require(!store_write(&store, bob, "later, bob"), "bob is refused");
    require(strcmp(store.data, "late, bob") == 0, "what is refused is lost");
    printf("The store has seen token %" PRIu64 ".\n", store.highest_token);
    election_destroy(election);
    return EXIT_SUCCESS;
}
