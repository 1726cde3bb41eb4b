/* SPDX-License-Identifier: Apache-2.0 */
/* Who belongs to the cluster; and what all of them must know first. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ask.h"
#include "commands.h"
#include "election/registry.h"
#include "print.h"

/** A member, as a node tells of it. */
struct member {
    uint64_t id;
    uint64_t role;
    bool is_leader;
    char nodes[NODE_SIZE];   /* where other nodes reach it: HOST:PORT */
    char clients[NODE_SIZE]; /* where clients do */
};

struct members {
    struct member all[NODES_MAX];
    unsigned count;
};

/* ---- who they are ------------------------------------------------------- */

/** Splits "HOST:RAFTPORT/CLIENTPORT". */
static void split(struct member *member, const struct service_span *address)
{
    char text[NODE_SIZE];
    char *colon, *slash;

    (void)snprintf(text, sizeof text, "%.*s", (int)address->size,
                   (const char *)address->bytes);
    colon = strchr(text, ':');
    slash = strchr(text, '/');
    if (colon == NULL || slash == NULL || slash < colon)
        return;
    *slash = '\0';
    (void)snprintf(member->nodes, NODE_SIZE, "%s", text);
    *colon = '\0';
    (void)snprintf(member->clients, NODE_SIZE, "%.60s:%.60s", text, slash + 1);
}

/** Returns the member of that number; NULL = there is none. */
static struct member *find(struct members *members, uint64_t id)
{
    for (unsigned i = 0; i < members->count; i++)
        if (members->all[i].id == id)
            return &members->all[i];
    return NULL;
}

/** A list that broke off begins anew. */
static bool take_member(void *context, const struct service_response *response)
{
    struct members *members = context;
    struct member *member = find(members, response->node_id);

    if (response->kind != SERVICE_MEMBER ||
        (member == NULL && members->count == NODES_MAX))
        return true;
    if (member == NULL)
        member = &members->all[members->count++];
    *member = (struct member){
        .id = response->node_id,
        .role = response->role,
        .is_leader = response->is_leader,
    };
    split(member, &response->text);
    return response->is_last;
}

static int find_members(const struct options *options, uv_loop_t *loop,
                        struct members *members)
{
    struct ask ask;
    int ended;

    members->count = 0;
    ask_open(&ask, loop, options, NULL);
    ended = ask_for(&ask, (struct service_request){.kind = SERVICE_GET_MEMBERS},
                    take_member, members);
    ask_close(&ask);
    return ended;
}

static const char *role_of(const struct member *member)
{
    static const char *const roles[] = {
        [SERVICE_STAND_BY] = "stand-by",
        [SERVICE_VOTER] = "voter",
        [SERVICE_SPARE] = "spare",
    };

    if (member->role < sizeof roles / sizeof *roles)
        return roles[member->role];
    return "unknown";
}

static int list(const struct options *options, uv_loop_t *loop)
{
    struct members members;
    int ended = find_members(options, loop, &members);

    for (unsigned i = 0; ended == EXIT_DONE && i < members.count; i++) {
        const struct member *member = &members.all[i];

        print_begin();
        print_number("node", member->id);
        print_word("raft", member->nodes);
        print_word("client", member->clients);
        print_word("role", role_of(member));
        print_flag("leads", member->is_leader);
        print_end();
    }
    return ended;
}

/** Tells whether a member answers its clients, and says which it is. */
static bool answers(const struct options *options, uv_loop_t *loop,
                    const struct member *member,
                    struct service_response *welcome)
{
    struct options direct = *options;
    struct election_registry_answer answer;

    direct.socket = NULL;
    return ask_node(&direct, loop, member->clients, welcome, &answer) ==
               EXIT_DONE &&
           welcome->node_id == member->id;
}

/* ---- changes ------------------------------------------------------------ */

/** Tells whether a member lives, where it has been added: if a dead one got a
 * vote, there might be no quorum any more, and so no way back. */
static bool may_vote(const struct options *options, uv_loop_t *loop,
                     uint64_t id)
{
    struct service_response welcome;
    struct members members;
    const struct member *member;

    if (find_members(options, loop, &members) != EXIT_DONE)
        return false;
    member = find(&members, id);
    if (member == NULL || answers(options, loop, member, &welcome))
        return true;
    print_error("node %" PRIu64 " does not answer at %s: it gets no vote", id,
                member->clients);
    return false;
}

/** Reads "N", or "N=ADDRESS". False = it is not that. */
static bool read_change(struct service_request *request, const char *text)
{
    char *end;

    request->node_id = strtoull(text, &end, 10);
    if (request->node_id == 0 || *text < '0' || *text > '9')
        return false;
    if (request->change != SERVICE_ADD)
        return *end == '\0';
    request->address = service_text(end + 1);
    return *end == '=';
}

static int change(const struct options *options, uv_loop_t *loop,
                  enum service_change kind)
{
    struct service_request request = {
        .kind = SERVICE_CHANGE_MEMBER,
        .change = kind,
    };
    struct ask ask;
    int ended;

    if (!read_change(&request, options->words[2])) {
        print_error("member add N=IPV4:RAFTPORT/CLIENTPORT, or member "
                    "promote|remove N was expected; --help shows all");
        return EXIT_USAGE;
    }
    if (kind == SERVICE_PROMOTE && !may_vote(options, loop, request.node_id))
        return EXIT_NO;
    ask_open(&ask, loop, options, NULL);
    ask.link.silence_ms = options->patience_ms; /* it may take its time */
    ended = ask_for(&ask, request, NULL, NULL);
    ask_close(&ask);
    if (ended != EXIT_DONE)
        return ended;
    print_begin();
    print_status(ELECTION_OK);
    print_end();
    return EXIT_DONE;
}

int command_member(const struct options *options, uv_loop_t *loop)
{
    static const struct {
        const char *name;
        enum service_change kind;
    } changes[] = {
        {"add", SERVICE_ADD},
        {"promote", SERVICE_PROMOTE},
        {"remove", SERVICE_REMOVE},
    };

    if (options->word_count == 2 && strcmp(options->words[1], "list") == 0)
        return list(options, loop);
    if (!commands_check(options, 2, "member list, or add|promote|remove N"))
        return EXIT_USAGE;
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++)
        if (strcmp(options->words[1], changes[i].name) == 0)
            return change(options, loop, changes[i].kind);
    print_error("member add|promote|remove was expected; --help shows all");
    return EXIT_USAGE;
}

/* ---- what all of them know ---------------------------------------------- */

/** Tells whether a member knows a version; else says why not. */
static bool knows(const struct options *options, uv_loop_t *loop,
                  const struct member *member)
{
    struct service_response welcome;

    if (!answers(options, loop, member, &welcome)) {
        print_error("node %" PRIu64 " at %s does not tell which version it "
                    "knows: start it, or remove it",
                    member->id, member->clients);
        return false;
    }
    if (welcome.registry_version >= options->version)
        return true;
    print_error("node %" PRIu64 " at %s knows version %" PRIu64
                " at most: install a newer electiond there first",
                member->id, member->clients, welcome.registry_version);
    return false;
}

int command_upgrade(const struct options *options, uv_loop_t *loop)
{
    const struct election_registry_command asked = {
        .kind = ELECTION_REGISTRY_UPGRADE,
        .version = (uint32_t)options->version,
    };
    struct members members;
    bool is_known = true;
    int ended;

    if (!commands_check(options, 0, "upgrade [--to N]"))
        return EXIT_USAGE;
    if (options->version > UINT32_MAX) {
        print_error("there is no such version");
        return EXIT_USAGE;
    }
    ended = find_members(options, loop, &members);
    if (ended != EXIT_DONE)
        return ended;
    /* One that does not know it would stop, for good. */
    for (unsigned i = 0; i < members.count; i++)
        is_known &= knows(options, loop, &members.all[i]);
    return is_known ? commands_propose(options, loop, &asked) : EXIT_NO;
}
