/* SPDX-License-Identifier: Apache-2.0 */
#include "options.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "election/registry.h"

enum { LINE_SIZE = 4096 };

static const char usage[] =
    "electiond is a node of an election service.\n"
    "\n"
    "  electiond --id N --data DIR [OPTION]...\n"
    "\n"
    "  --id N                  this node's number, from 1\n"
    "  --data DIR              where it keeps its log and its snapshots\n"
    "  --new                   it is a new node: make DIR. Without, DIR must be"
    "\n"
    "                          there, so that a node that has lost its disk"
    "\n"
    "                          does not come back as if it knew\n"
    "  --join                  it is a new node of a cluster that is there: it"
    "\n"
    "                          waits for electionctl member add\n"
    "  --restore FILE          make DIR of a snapshot, and end\n"
    "  --peers N=IPV4:RAFTPORT/CLIENTPORT,...\n"
    "                          all nodes of a new cluster, this one too; "
    "without,\n"
    "                          it is alone. With --join, this one will do. "
    "Later\n"
    "                          the log knows who belongs to the cluster\n"
    "  --raft IPV4:PORT        where it listens for nodes, if not as in "
    "--peers\n"
    "  --client IPV4:PORT      where it listens for clients, likewise\n"
    "  --socket PATH           the operator's socket, if not DIR/socket\n"
    "  --token-file FILE       clients must know what is in it\n"
    "  --config FILE           more options, one in a line, without --\n"
    "  --metrics IPV4:PORT     /metrics and /healthz over HTTP\n"
    "  --log-json              one object of JSON for each event\n"
    "  --election-timeout MS   how long it misses its Raft leader: 1000\n"
    "  --log-size BYTES        applied before the log is compacted: 8388608\n"
    "  --connections N         most connections of clients: 1000\n"
    "  --sessions N            most sessions: 100000\n"
    "  --elections N           most elections: 100000\n"
    "  --candidacies N         most candidacies of one client: 1000\n"
    "  --help, --version\n"
    "\n"
    "Without --peers a new node listens at 127.0.0.1, port 7400 for nodes and "
    "7401 for "
    "clients.\nelectiond(8) tells more.\n";

/* ---- values ------------------------------------------------------------- */

/** Reads a whole number between two limits, from a text of this size. */
static bool read_number(const char *text, size_t size, uint64_t least,
                        uint64_t most, uint64_t *number)
{
    uint64_t value = 0;

    if (size == 0 || size > 19)
        return false;
    for (size_t i = 0; i < size; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        value = value * 10 + (uint64_t)(text[i] - '0');
    }
    *number = value;
    return value >= least && value <= most;
}

/** Reads "N=IPV4:RAFTPORT/CLIENTPORT", of this size. */
static bool read_peer(const char *text, size_t size, struct peer *peer)
{
    const char *equal = memchr(text, '=', size);

    return equal != NULL &&
           read_number(text, (size_t)(equal - text), 1, INT64_MAX, &peer->id) &&
           address_read_member(equal + 1, size - (size_t)(equal + 1 - text),
                               peer->address);
}

static bool read_peers(struct options *options, const char *text)
{
    options->peer_count = 0;
    for (;;) {
        size_t size = strcspn(text, ",");

        if (options->peer_count == PEERS_MAX ||
            !read_peer(text, size, &options->peers[options->peer_count]))
            return false;
        options->peer_count++;
        if (text[size] == '\0')
            return true;
        text += size + 1;
    }
}

static bool read_token(struct options *options, const char *path)
{
    const char *fault = service_token_read(&options->token, path);

    if (fault != NULL)
        fprintf(stderr, "electiond: %s: %s\n", path, fault);
    return fault == NULL;
}

/* ---- options ------------------------------------------------------------ */

/** Tells whether the text is a number within limits, and puts it there. */
static bool set_number(const char *value, uint64_t least, uint64_t most,
                       uint64_t *number)
{
    return read_number(value, strlen(value), least, most, number);
}

/** A text outlives the line of a file that it came from. */
static const char *keep(const char *text)
{
    return strdup(text);
}

/** Sets what has a value. False = it is no such value. */
static bool set_value(struct options *options, const char *name,
                      const char *value)
{
    if (strcmp(name, "id") == 0)
        return set_number(value, 1, INT64_MAX, &options->id);
    if (strcmp(name, "data") == 0)
        return (options->data = keep(value)) != NULL && *value != '\0';
    if (strcmp(name, "socket") == 0)
        return (options->socket = keep(value)) != NULL && *value != '\0';
    if (strcmp(name, "restore") == 0)
        return (options->restored = keep(value)) != NULL && *value != '\0';
    if (strcmp(name, "peers") == 0)
        return read_peers(options, value);
    if (strcmp(name, "raft") == 0)
        return address_read(value, strlen(value), options->raft);
    if (strcmp(name, "client") == 0)
        return address_read(value, strlen(value), options->client);
    if (strcmp(name, "metrics") == 0)
        return address_read(value, strlen(value), options->metrics);
    if (strcmp(name, "token-file") == 0)
        return read_token(options, value);
    if (strcmp(name, "election-timeout") == 0)
        return set_number(value, 100, 60000, &options->patience_ms);
    if (strcmp(name, "log-size") == 0)
        return set_number(value, 4096, INT64_MAX, &options->log_size_min);
    if (strcmp(name, "connections") == 0)
        return set_number(value, 1, 1000000, &options->connections_max);
    if (strcmp(name, "sessions") == 0)
        return set_number(value, 1, ELECTION_SESSIONS_MAX,
                          &options->sessions_max);
    if (strcmp(name, "elections") == 0)
        return set_number(value, 1, ELECTION_ELECTIONS_MAX,
                          &options->elections_max);
    if (strcmp(name, "candidacies") == 0)
        return set_number(value, 1, ELECTION_SESSION_CANDIDATES_MAX,
                          &options->candidates_max);
    return false;
}

/** Sets what has no value. False = there is no such. */
static bool set_flag(struct options *options, const char *name)
{
    if (strcmp(name, "new") == 0)
        options->is_new = true;
    else if (strcmp(name, "join") == 0)
        options->is_new = options->joins = true;
    else if (strcmp(name, "log-json") == 0)
        options->logs_json = true;
    else
        return false;
    return true;
}

/** Reads a line of a file: a name and, but for flags, a value. */
static bool read_line(struct options *options, char *line)
{
    char *name = line + strspn(line, " \t");
    char *value = name + strcspn(name, " \t\n");

    for (size_t size = strlen(line); size > 0; size--) {
        if (strchr(" \t\r\n", line[size - 1]) == NULL)
            break;
        line[size - 1] = '\0';
    }
    if (*name == '\0' || *name == '#')
        return true;
    if (*value == '\0')
        return set_flag(options, name);
    *value++ = '\0';
    value += strspn(value, " \t");
    if (*value == '\0')
        return set_flag(options, name);
    return set_value(options, name, value);
}

static bool read_file(struct options *options, const char *path)
{
    char line[LINE_SIZE];
    FILE *file = fopen(path, "r");
    unsigned number = 0;
    bool is_good = true;

    if (file == NULL) {
        fprintf(stderr, "electiond: %s: %s\n", path, strerror(errno));
        return false;
    }
    while (is_good && fgets(line, sizeof line, file) != NULL) {
        number++;
        is_good = read_line(options, line);
    }
    (void)fclose(file);
    if (!is_good)
        fprintf(stderr, "electiond: %s, line %u: no such option, or value\n",
                path, number);
    return is_good;
}

/* ---- all of it ---------------------------------------------------------- */

/** Returns this node among the peers; NULL = it is not. */
static const struct peer *find_self(const struct options *options)
{
    for (unsigned i = 0; i < options->peer_count; i++)
        if (options->peers[i].id == options->id)
            return &options->peers[i];
    return NULL;
}

/** A new node without peers is its own cluster. */
static void stand_alone(struct options *options)
{
    struct peer *self = &options->peers[0];
    const char *raft = options->raft, *client = options->client;
    char text[2 * ADDRESS_SIZE];

    if (raft[0] == '\0')
        raft = "127.0.0.1:7400";
    if (client[0] == '\0')
        client = "127.0.0.1:7401";
    options->peer_count = 1;
    self->id = options->id;
    (void)snprintf(text, sizeof text, "%s/%s", raft, strchr(client, ':') + 1);
    (void)address_read_member(text, strlen(text), self->address);
}

/** Returns which two of the peers are one; NULL = none. */
static const char *find_double(const struct options *options)
{
    for (unsigned i = 0; i < options->peer_count; i++)
        for (unsigned j = 0; j < i; j++) {
            const struct peer *a = &options->peers[i], *b = &options->peers[j];

            if (a->id == b->id)
                return "two of the --peers have one number";
            if (strcmp(a->address, b->address) == 0)
                return "two of the --peers have one address";
        }
    return NULL;
}

const char *options_settle(struct options *options, const char *address)
{
    if (options->raft[0] == '\0')
        (void)address_for_nodes(address, options->raft);
    if (options->client[0] == '\0')
        (void)address_for_clients(address, options->client);
    memmove(options->address, address, strlen(address) + 1);
    if (options->token.size == 0 && options->restored == NULL &&
        (!address_is_loopback(options->client) ||
         !address_is_loopback(options->raft)))
        return "who listens beyond loopback must ask for a token: "
               "--token-file";
    return NULL;
}

/** Returns what is missing, or does not fit together; NULL = nothing. */
static const char *complete(struct options *options)
{
    const struct peer *self;
    const char *fault;

    if (options->id == 0)
        return "--id is missing";
    if (options->data == NULL)
        return "--data is missing";
    if (options->restored != NULL && options->joins)
        return "a node can't --join and be made of a snapshot: --restore";
    if (options->restored != NULL)
        options->is_new = true;
    if (options->peer_count == 0 && !options->is_new)
        return NULL; /* its folder knows the rest */
    if (options->peer_count == 0)
        stand_alone(options);
    self = find_self(options);
    if (self == NULL)
        return "this node, --id, is not among the --peers";
    fault = find_double(options);
    if (fault != NULL)
        return fault;
    return options_settle(options, self->address);
}

/** A file of options names no other one. */
static bool set_argument(struct options *options, const char *name,
                         const char *value)
{
    if (strcmp(name, "config") == 0)
        return read_file(options, value);
    return set_value(options, name, value);
}

static bool read_arguments(struct options *options, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        const char *name = argv[i];

        if (strncmp(name, "--", 2) == 0 && set_flag(options, name + 2))
            continue;
        if (strncmp(name, "--", 2) != 0 || i + 1 == argc ||
            !set_argument(options, name + 2, argv[i + 1])) {
            fprintf(stderr,
                    "electiond: %s %s: no such option, or value; "
                    "--help shows all\n",
                    name, i + 1 < argc ? argv[i + 1] : "");
            return false;
        }
        i++;
    }
    return true;
}

enum options_outcome options_read(struct options *options, int argc,
                                  char **argv)
{
    const char *fault;

    *options = (struct options){
        .connections_max = 1000,
        .sessions_max = 100000,
        .elections_max = 100000,
        .candidates_max = 1000,
        .patience_ms = 1000,
        .log_size_min = 8388608,
    };
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0) {
            fputs(usage, stdout);
            return OPTIONS_HELP;
        }
        if (strcmp(argv[i], "--version") == 0) {
            printf("electiond %s\n", election_version());
            return OPTIONS_HELP;
        }
    }
    if (!read_arguments(options, argc, argv))
        return OPTIONS_WRONG;
    fault = complete(options);
    if (fault == NULL)
        return OPTIONS_GOOD;
    fprintf(stderr, "electiond: %s; --help shows all\n", fault);
    return OPTIONS_WRONG;
}
