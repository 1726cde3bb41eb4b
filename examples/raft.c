/*
 * Three libraft servers, each with an election as its state machine. The Raft
 * leader is cut off and brought up again by a snapshot: all three must agree.
 */
#include <election/election.h>
#include <raft.h>
#include <raft/fixture.h>
#include <stdlib.h>
#include <string.h>

/* A log entry is a session in 8 bytes, the lowest first, and then an input. */
enum { SESSION_SIZE = 8, SERVERS = 3, TRIES = 9, WAIT = 9999 /* ms */ };

static struct raft_fixture net;
static struct server {
    struct election *election;
    struct raft *raft;
    struct raft_fsm fsm;
    enum election_status status;  /* of the last entry */
    struct election_buffer bytes; /* of the last answer or snapshot */
} servers[SERVERS];

static void require(bool good)
{
    if (!good)
        abort();
}

/* Only the Raft leader encodes an output: nobody reads that of a follower. */
static enum election_status apply_entry(struct server *server,
                                        const struct raft_buffer *entry)
{
    bool leads = raft_state(server->raft) == RAFT_LEADER;
    const uint8_t *bytes = entry->base;
    uint64_t session_id = 0;

    if (entry->len < SESSION_SIZE)
        return ELECTION_INVALID;
    for (int i = 0; i < SESSION_SIZE; i++)
        session_id |= (uint64_t)bytes[i] << 8 * i;
    if (entry->len == SESSION_SIZE) /* no input: the session has ended */
        return election_close_session(server->election, session_id);
    return election_apply(server->election, session_id, bytes + SESSION_SIZE,
                          entry->len - SESSION_SIZE,
                          leads ? &server->bytes : NULL);
}

/* An outcome is never a failure: libraft would stop a follower that fails. */
static int on_apply(struct raft_fsm *fsm, const struct raft_buffer *entry,
                    void **result)
{
    struct server *server = fsm->data;

    server->bytes.size = 0;
    server->status = ELECTION_NOMEM;
    /* Out of memory it tries again, or dies: no replica may skip an entry. */
    for (int i = 0; i < TRIES && server->status == ELECTION_NOMEM; i++)
        server->status = apply_entry(server, entry);
    require(server->status >= 0);
    *result = server; /* always set, never allocated: nobody would free it */
    return 0;
}

/* BUSY puts the snapshot off, where NOMEM would stop a follower for good. */
static int on_snapshot(struct raft_fsm *fsm, struct raft_buffer *bufs[],
                       unsigned *n_bufs)
{
    struct server *server = fsm->data;
    struct raft_buffer *buf = raft_malloc(sizeof *buf);

    if (buf == NULL ||
        election_snapshot(server->election, &server->bytes) != ELECTION_OK ||
        (buf->base = raft_malloc(server->bytes.size + 1)) == NULL) {
        raft_free(buf);
        return RAFT_BUSY;
    }
    buf->len = server->bytes.size;
    if (buf->len > 0)
        memcpy(buf->base, server->bytes.data, buf->len);
    *bufs = buf; /* libraft frees both */
    *n_bufs = 1;
    printf("Server %llu takes a snapshot.\n", server->raft->id);
    return 0;
}

static int on_restore(struct raft_fsm *fsm, struct raft_buffer *buf)
{
    struct server *server = fsm->data;

    if (election_restore(server->election, buf->base, buf->len) != ELECTION_OK)
        return RAFT_CORRUPT; /* and libraft frees the bytes, but only then */
    raft_free(buf->base);
    printf("Server %llu is restored from a snapshot.\n", server->raft->id);
    return 0;
}

static void on_answer(struct raft_apply *request, int status, void *result)
{
    const struct server *server = result;
    struct election_term term;

    require(status == 0);
    printf("Server %llu: %-18s  ", server->raft->id, (char *)request->data);
    if (election_output_decode(server->bytes.data, server->bytes.size, &term,
                               NULL, NULL) == ELECTION_OK)
        printf("tenure %d: %.*s leads, %zu wait  ", (int)term.index,
               (int)term.leader_size, term.leader, term.candidate_count);
    printf("%s\n", election_status_name(server->status));
}

static void propose(char *text, uint64_t session, unsigned op, const char *name)
{
    unsigned leader = raft_fixture_leader_index(&net);
    struct raft_apply request = {.data = text};
    struct election_buffer input = ELECTION_BUFFER_INIT;

    if (name != NULL)
        require(election_input_encode(
                    &(struct election_command){op, name, strlen(name)},
                    &input) == 0);
    uint8_t *bytes = raft_malloc(SESSION_SIZE + input.size);
    struct raft_buffer entry = {bytes, SESSION_SIZE + input.size};
    require(bytes != NULL);
    for (int i = 0; i < SESSION_SIZE; i++)
        bytes[i] = (uint8_t)(session >> 8 * i);
    if (input.size > 0)
        memcpy(bytes + SESSION_SIZE, input.data, input.size);
    election_buffer_free(&input);
    /* One entry at a time: libraft gives back no more than one result. */
    require(!raft_apply(servers[leader].raft, &request, &entry, 1, on_answer));
    require(raft_fixture_step_until_applied(&net, leader, request.index, WAIT));
}

static void start(void)
{
    struct raft_configuration all;

    memset(&net, 0, sizeof net); /* libraft leaves that to its caller */
    require(raft_fixture_initialize(&net) == 0);
    for (unsigned i = 0; i < SERVERS; i++) {
        struct server *server = &servers[i];
        server->fsm = (struct raft_fsm){
            1, server, on_apply, on_snapshot, on_restore, NULL, NULL};
        require(election_create(NULL, &server->election) == ELECTION_OK);
        require(raft_fixture_grow(&net, &server->fsm) == 0);
        server->raft = raft_fixture_get(&net, i);
        raft_set_snapshot_threshold(server->raft, 5);
        raft_set_snapshot_trailing(server->raft, 1);
    }
    require(raft_fixture_configuration(&net, SERVERS, &all) == 0);
    require(!raft_fixture_bootstrap(&net, &all) && !raft_fixture_start(&net));
    raft_configuration_close(&all);
    raft_fixture_elect(&net, 0);
}

int main(void)
{
    start();
    printf("Server %llu is elected Raft leader.\n", net.leader_id);
    propose("alice enters", 1, ELECTION_OP_ENTER, "alice");
    propose("bob enters", 2, ELECTION_OP_ENTER, "bob");
    propose("carol enters", 3, ELECTION_OP_ENTER, "carol");
    propose("alice, once more", 4, ELECTION_OP_ENTER, "alice");
    propose("carol is anointed", 0, ELECTION_OP_ANOINT, "carol");
    for (unsigned i = 1; i < SERVERS; i++) {
        raft_fixture_saturate(&net, 0, i);
        raft_fixture_saturate(&net, i, 0);
    }
    require(raft_fixture_step_until_has_no_leader(&net, WAIT));
    require(raft_fixture_step_until_has_leader(&net, WAIT));
    printf("Server 1 is cut off. Server %llu takes over.\n", net.leader_id);
    propose("alice withdraws", 1, ELECTION_OP_WITHDRAW, "alice");
    propose("dave enters", 4, ELECTION_OP_ENTER, "dave");
    propose("session 3 ends", 3, 0, NULL);
    propose("erin enters", 5, ELECTION_OP_ENTER, "erin");
    for (unsigned i = 1; i < SERVERS; i++) {
        raft_fixture_desaturate(&net, 0, i);
        raft_fixture_desaturate(&net, i, 0);
    }
    printf("Server 1 is connected again.\n");
    require(
        raft_fixture_step_until_applied(&net, SERVERS, net.commit_index, WAIT));
    for (unsigned i = 0; i < SERVERS; i++) {
        struct election *election = servers[i].election;
        struct election_buffer *bytes = &servers[i].bytes;
        struct election_candidate leader;
        require(election_leader(election, &leader) == ELECTION_OK);
        printf("Server %u: tenure %d: %.*s leads, %zu wait\n", i + 1,
               (int)election_index(election), (int)leader.name_size,
               leader.name, election_candidate_count(election));
        require(election_snapshot(election, bytes) == ELECTION_OK);
        require(bytes->size == servers[0].bytes.size &&
                memcmp(bytes->data, servers[0].bytes.data, bytes->size) == 0);
    }
    printf("All three snapshots are equal.\n");
    raft_fixture_close(&net);
    for (int i = 0; i < SERVERS; i++) {
        election_destroy(servers[i].election);
        election_buffer_free(&servers[i].bytes);
    }
    return EXIT_SUCCESS;
}
