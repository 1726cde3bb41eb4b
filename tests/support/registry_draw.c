/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an entry says. Clients retry, lose answers and come too late; Raft
 * leaders stall, step down and are slow to notice.
 */
#include "registry_draw.h"

#include <string.h>

static uint32_t below(struct registry_draw *draw, uint32_t limit)
{
    return random_below(&draw->random, limit);
}

static bool one_in(struct registry_draw *draw, uint32_t count)
{
    return below(draw, count) == 0;
}

void registry_draw_init(struct registry_draw *draw, uint64_t seed)
{
    static const uint32_t clients[] = {2, 4, 8, 30, 150};
    static const uint32_t elections[] = {1, 3, 7, 20, 60};
    static const uint32_t names[] = {2, 5, 20, 60, 60};

    memset(draw, 0, sizeof *draw);
    draw->random.state = seed * 1000003;
    draw->mood.clients = clients[below(draw, 5)];
    draw->mood.elections = elections[below(draw, 5)];
    draw->mood.names = names[below(draw, 5)];
    draw->mood.short_timeouts = below(draw, 11);
    draw->mood.haste = below(draw, 8);
    draw->mood.enters = 2 + below(draw, 6);
    draw->mood.wild_one_in = 2 + below(draw, 12);
    draw->mood.is_orderly = one_in(draw, 2);
}

/* ---- names --------------------------------------------------------------- */

/** Makes a text of its own for each number; the longest ones fill the room. */
static size_t make_text(char *text, uint32_t number, uint32_t size_max)
{
    struct random letters = {number};
    uint32_t size = 2 + random_below(&letters, 6);

    if (random_below(&letters, 8) == 0)
        size = size_max;
    for (uint32_t i = 0; i < size; i++)
        text[i] = (char)('a' + random_below(&letters, 26));
    text[0] = (char)('0' + number % 64);
    return size;
}

/** A name that breaks the rule, or is no text at all. */
static size_t make_bad_name(struct registry_draw *draw, char *text)
{
    size_t size = make_text(text, below(draw, 4), 255);

    switch (below(draw, 4)) {
    case 0:
        return 0;
    case 1:
        text[size / 2] = '\0';
        return size;
    case 2:
        memset(text, 'x', 256);
        return 256;
    default:
        /* Not UTF-8, so that the entry is malformed. */
        text[size / 2] = '\xff';
        return size;
    }
}

/** Draws a name out of so many; the bytes stay until the next but seven. */
static size_t draw_name(struct registry_draw *draw, uint32_t count,
                        const char **name)
{
    static char texts[8][256];
    static unsigned turn;
    char *text = texts[turn++ % 8];

    *name = text;
    if (one_in(draw, 60))
        return make_bad_name(draw, text);
    return make_text(text, below(draw, count), 255);
}

size_t registry_draw_watched(struct registry_draw *draw, const char **name)
{
    static char text[256];

    *name = NULL;
    if (one_in(draw, 2))
        return 0;
    *name = text;
    return make_text(text, below(draw, draw->mood.elections), 255);
}

/* ---- time ---------------------------------------------------------------- */

static uint64_t draw_delay(struct registry_draw *draw)
{
    switch (below(draw, 24)) {
    case 0:
        return 4999 + below(draw, 3);
    case 1:
        return 5000;
    case 2:
        return 999 + below(draw, 3);
    case 3:
        return 6000 + below(draw, 100000);
    case 4:
        return one_in(draw, 10) ? (uint64_t)1 << 40 : 1;
    default:
        return below(draw, 2500);
    }
}

static uint64_t draw_time(struct registry_draw *draw,
                          const struct registry_model *model)
{
    if (one_in(draw, 2000))
        return UINT64_MAX;
    /* The clock of the next leader is another one. */
    if (one_in(draw, 60))
        return one_in(draw, 2) ? 0 : model->stamp_ms - below(draw, 10000);
    if (below(draw, 10) >= draw->mood.haste)
        return model->stamp_ms + (one_in(draw, 3) ? below(draw, 30) : 0);
    return model->stamp_ms + draw_delay(draw);
}

static uint64_t draw_epoch(struct registry_draw *draw,
                           const struct registry_model *model)
{
    if (!one_in(draw, 40))
        return model->epoch;
    switch (below(draw, 4)) {
    case 0:
        return 0;
    case 1:
        return model->epoch + ((uint64_t)1 << 32);
    case 2:
        return model->applied;
    default:
        return model->epoch - 1;
    }
}

/* ---- sessions ------------------------------------------------------------ */

static uint64_t draw_session(struct registry_draw *draw,
                             const struct registry_model *model)
{
    const struct registry_model_session *sessions = model->sessions.items;
    uint32_t count = (uint32_t)model->sessions.count;
    uint64_t id = count > 0 ? sessions[below(draw, count)].id : 1;

    if (draw->id_count > 0 && one_in(draw, 25))
        id = draw->ids[below(draw, (uint32_t)draw->id_count)];
    if (one_in(draw, 100))
        id += (uint64_t)1 << 32;
    if (one_in(draw, 100))
        id = one_in(draw, 2) ? 0 : model->id_floor + below(draw, 2);
    return id;
}

/** Remembers ids, so that those that are no more are used too. */
static void note_ids(struct registry_draw *draw,
                     const struct registry_model *model)
{
    const struct registry_model_session *sessions = model->sessions.items;
    uint32_t count = (uint32_t)model->sessions.count;

    if (count == 0)
        return;
    if (draw->id_count < REGISTRY_DRAW_IDS)
        draw->id_count++;
    draw->ids[below(draw, (uint32_t)draw->id_count)] =
        sessions[below(draw, count)].id;
}

static uint64_t draw_timeout(struct registry_draw *draw)
{
    static const uint64_t odd[] = {
        0,        999,      1001,     1100,       9901, 12345,     85000001,
        86000000, 86000001, 99999999, UINT64_MAX, 1000, 4294968296};

    if (one_in(draw, 12))
        return odd[below(draw, 13)];
    if (below(draw, 10) < draw->mood.short_timeouts)
        return 1000 + 500 * below(draw, 4);
    return 20000 + 1000 * below(draw, 100);
}

static void draw_client(struct registry_draw *draw,
                        struct election_registry_command *command)
{
    static char client_id[65];
    static uint8_t data[1025];

    command->client_id = (const uint8_t *)client_id;
    command->client_id_size =
        make_text(client_id, below(draw, draw->mood.clients), 64);
    /* Ids of clients are bytes. */
    client_id[1] = '\xff';
    if (one_in(draw, 50))
        command->client_id_size = one_in(draw, 2) ? 0 : 65;
    command->data = data;
    command->data_size = one_in(draw, 3) ? below(draw, 6) : 0;
    if (one_in(draw, 40))
        command->data_size = 1023 + below(draw, 3);
    memset(data, (int)below(draw, 3), sizeof data);
}

static void draw_open(struct registry_draw *draw,
                      const struct registry_model *model,
                      struct election_registry_command *command)
{
    const struct registry_model_session *session;
    bool is_calm = draw->mood.is_orderly && !one_in(draw, 8);

    draw_client(draw, command);
    session = registry_model_session_of(model, command->client_id,
                                        command->client_id_size);
    command->incarnation = below(draw, 3);
    command->nonce = below(draw, 3) * UINT64_C(0x123456789abcdef);
    command->timeout_ms = draw_timeout(draw);
    if (session == NULL)
        return;
    command->incarnation = session->incarnation;
    command->nonce = session->nonce;
    if (is_calm || one_in(draw, 3))
        return;
    if (one_in(draw, 3))
        command->nonce++;
    if (one_in(draw, 2))
        command->incarnation += one_in(draw, 9) ? (uint64_t)1 << 32 : 1;
    else if (one_in(draw, 2))
        command->incarnation--;
}

static void draw_keep_alive(struct registry_draw *draw,
                            const struct registry_model *model,
                            struct election_registry_command *command)
{
    static uint64_t ids[24];

    command->session_ids = ids;
    command->session_count = below(draw, one_in(draw, 4) ? 24 : 4);
    for (size_t i = 0; i < command->session_count; i++)
        ids[i] = draw_session(draw, model);
}

/* ---- proposals ----------------------------------------------------------- */

static uint64_t draw_sequence(struct registry_draw *draw,
                              const struct registry_model *model, uint64_t id)
{
    const struct registry_model_session *session =
        registry_model_session(model, id);
    uint64_t highest = session == NULL ? 0 : session->highest_sequence;

    switch (below(draw, 24)) {
    case 0:
        return highest + 2 + below(draw, 4);
    case 1:
        return highest > 10 ? highest - below(draw, 10) : highest + 1;
    case 2:
        return highest > 66 ? highest - 61 - below(draw, 5) : highest + 1;
    case 3:
        return highest + 62 + below(draw, 5);
    case 4:
        return one_in(draw, 10) ? highest + ((uint64_t)1 << 32) : highest + 1;
    case 5:
        return one_in(draw, 30) ? UINT64_MAX - below(draw, 70) : highest;
    case 6:
        return one_in(draw, 3) ? 0 : highest + 1;
    default:
        return highest + 1;
    }
}

static void draw_guards(struct registry_draw *draw,
                        const struct registry_model *model,
                        struct election_registry_command *command)
{
    const struct registry_model_election *election = registry_model_election(
        model, command->election, command->election_size);

    command->with_output = one_in(draw, 3);
    command->if_vacant = one_in(draw, 12);
    if (!one_in(draw, 6))
        return;
    command->if_index = model->index_floor;
    if (election != NULL)
        command->if_index = election->model.index;
    if (one_in(draw, 4))
        command->if_index += one_in(draw, 2) ? 1 : (uint64_t)1 << 32;
}

static void draw_input(struct registry_draw *draw,
                       struct election_registry_command *command)
{
    struct election_command *input = &command->command;

    *input = (struct election_command){.name = ""};
    input->op = (enum election_op)(1 + below(draw, 8));
    if (below(draw, 10) < draw->mood.enters)
        input->op = ELECTION_OP_ENTER;
    if (one_in(draw, 40))
        input->op = (enum election_op)0;
    if (input->op != 0 && input->op != ELECTION_OP_GET_TERM &&
        input->op != ELECTION_OP_WATCH)
        input->name_size = draw_name(draw, draw->mood.names, &input->name);
}

/** Names a candidate that is there, and as a rule the one who may speak. */
static void draw_target(struct registry_draw *draw,
                        const struct registry_model *model,
                        struct election_registry_command *command)
{
    const struct registry_model_election *election = model->elections.items;
    const struct model_candidate *candidate;
    size_t rank;

    if (model->elections.count == 0)
        return;
    election += below(draw, (uint32_t)model->elections.count);
    rank = below(draw, (uint32_t)election->model.queue_count + 1);
    candidate = &election->model.leader;
    if (rank > 0)
        candidate = &election->model.queue[rank - 1];
    command->election = (const char *)election->name.text;
    command->election_size = election->name.size;
    if (command->command.name_size > 0) {
        command->command.name = (const char *)candidate->name;
        command->command.name_size = candidate->name_size;
    }
    if (command->command.op != ELECTION_OP_WITHDRAW || one_in(draw, 4))
        return;
    command->session_id = candidate->session_id;
    command->sequence = draw_sequence(draw, model, command->session_id);
}

/**
 * Keeps a proposal that may be sent again. Names are kept in a place of their
 * own, as those that were drawn do not stay.
 */
static void note_proposal(struct registry_draw *draw,
                          const struct election_registry_command *command)
{
    static char texts[REGISTRY_DRAW_PROPOSALS][2][256];
    size_t number = draw->proposal_count++ % REGISTRY_DRAW_PROPOSALS;
    struct election_registry_command *noted = &draw->proposals[number];

    *noted = *command;
    if (command->election_size > 0)
        memcpy(texts[number][0], command->election, command->election_size);
    if (command->command.name_size > 0)
        memcpy(texts[number][1], command->command.name,
               command->command.name_size);
    noted->election = texts[number][0];
    noted->command.name =
        command->command.name_size > 0 ? texts[number][1] : "";
}

static void draw_propose(struct registry_draw *draw,
                         const struct registry_model *model,
                         struct election_registry_command *command)
{
    size_t noted = draw->proposal_count;

    if (noted > REGISTRY_DRAW_PROPOSALS)
        noted = REGISTRY_DRAW_PROPOSALS;
    if (noted > 0 && one_in(draw, 7)) {
        *command = draw->proposals[below(draw, (uint32_t)noted)];
        if (!one_in(draw, 4))
            return;
    } else {
        command->session_id = draw_session(draw, model);
        command->sequence = draw_sequence(draw, model, command->session_id);
    }
    command->election_size =
        draw_name(draw, draw->mood.elections, &command->election);
    draw_input(draw, command);
    if (command->command.op != ELECTION_OP_ENTER && one_in(draw, 2))
        draw_target(draw, model, command);
    draw_guards(draw, model, command);
    /* Some never arrive the first time. */
    note_proposal(draw, command);
}

/* ---- the rest ------------------------------------------------------------ */

/** Draws how far back the digest lies that a Tick has; 1,024 are kept. */
static uint32_t draw_age(struct registry_draw *draw, size_t count)
{
    if (count > 1026 && one_in(draw, 3))
        return 1022 + below(draw, 4);
    return below(draw, count < 1100 ? (uint32_t)count : 1100);
}

static void draw_tick(struct registry_draw *draw,
                      const struct registry_model *model,
                      struct election_registry_command *command)
{
    const struct registry_model_digest *digests = model->digests.items;
    size_t count = model->digests.count;

    command->takes_office = one_in(draw, 8);
    if (count == 0 || one_in(draw, 3))
        return;
    digests += count - 1 - draw_age(draw, count);
    command->applied = digests->index;
    command->log_digest = digests->digest;
    if (one_in(draw, 20))
        command->log_digest ^= (uint64_t)1 << below(draw, 64);
    if (one_in(draw, 20))
        command->applied += 1 + below(draw, 3);
    if (one_in(draw, 100))
        command->applied += (uint64_t)1 << 32;
}

static uint64_t draw_lost(struct registry_draw *draw)
{
    if (one_in(draw, 4))
        return ((uint64_t)1 << 40) + below(draw, 2);
    return below(draw, 3) * UINT64_C(1000);
}

static enum election_registry_command_kind draw_kind(struct registry_draw *draw)
{
    uint32_t dice = below(draw, 1000);

    if (dice < 120)
        return ELECTION_REGISTRY_OPEN_SESSION;
    if (dice < 220)
        return ELECTION_REGISTRY_KEEP_ALIVE;
    if (dice < (draw->mood.is_orderly ? 225 : 250))
        return ELECTION_REGISTRY_CLOSE_SESSION;
    if (dice < 870)
        return ELECTION_REGISTRY_PROPOSE;
    if (dice < 980)
        return ELECTION_REGISTRY_TICK;
    if (dice < 990)
        return ELECTION_REGISTRY_UPGRADE;
    if (dice < (draw->mood.is_orderly ? 991 : 994))
        return ELECTION_REGISTRY_RECOVER;
    return ELECTION_REGISTRY_NOTHING;
}

static void draw_command(struct registry_draw *draw,
                         const struct registry_model *model,
                         struct election_registry_command *command)
{
    enum election_registry_command_kind kind = draw_kind(draw);

    memset(command, 0, sizeof *command);
    if (kind == ELECTION_REGISTRY_OPEN_SESSION)
        draw_open(draw, model, command);
    else if (kind == ELECTION_REGISTRY_KEEP_ALIVE)
        draw_keep_alive(draw, model, command);
    else if (kind == ELECTION_REGISTRY_CLOSE_SESSION)
        command->session_id = draw_session(draw, model);
    else if (kind == ELECTION_REGISTRY_PROPOSE)
        draw_propose(draw, model, command);
    else if (kind == ELECTION_REGISTRY_TICK)
        draw_tick(draw, model, command);
    else if (kind == ELECTION_REGISTRY_UPGRADE)
        command->version = below(draw, model->limits.version + 2);
    else if (kind == ELECTION_REGISTRY_RECOVER)
        command->lost_entries = draw_lost(draw);
    command->kind = kind;
    command->epoch = draw_epoch(draw, model);
    command->time_ms = draw_time(draw, model);
}

void registry_draw_entry(struct registry_draw *draw,
                         const struct registry_model *model,
                         struct model_bytes *entry)
{
    struct election_registry_command *command = &draw->command;

    note_ids(draw, model);
    draw_command(draw, model, command);
    /* A log begins with an office, as a rule. */
    if (model->epoch == 0 && one_in(draw, 2)) {
        memset(command, 0, sizeof *command);
        command->kind = ELECTION_REGISTRY_TICK;
        command->takes_office = true;
        command->time_ms = random_next(&draw->random) >> below(draw, 60);
    }
    draw->is_writable = !one_in(draw, draw->mood.wild_one_in);
    if (draw->is_writable)
        registry_write(command, entry);
    else
        registry_write_wildly(&draw->random, command, entry);
}

void registry_draw_query(struct registry_draw *draw,
                         const struct registry_model *model,
                         struct model_bytes *query)
{
    struct model_bytes inner = {0};
    uint32_t kind = 1 + below(draw, 5);
    const char *name;
    size_t size = draw_name(draw, draw->mood.elections, &name);

    if (kind == 1 && size > 0)
        model_put_bytes(&inner, 1, name, size);
    if (kind == 2 || kind == 3) {
        model_put_number(&inner, 1,
                         one_in(draw, 2) ? 0 : draw_session(draw, model));
        model_put_number(&inner, 2, one_in(draw, 2) ? 0 : below(draw, 5));
        if (one_in(draw, 8))
            model_put_number(&inner, 2, random_next(&draw->random));
    }
    query->size = 0;
    if (!one_in(draw, 30))
        model_put_bytes(query, kind, inner.data, inner.size);
    if (one_in(draw, 10))
        registry_break(&draw->random, query);
    model_bytes_free(&inner);
}
