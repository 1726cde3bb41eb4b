/* SPDX-License-Identifier: Apache-2.0 */
#include "options.h"

#include <arpa/inet.h>
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
    "  --restore FILE          make DIR of a snapshot, and end\n"
    "  --peers N=IPV4:RAFTPORT/CLIENTPORT,...\n"
    "                          all nodes, this one too; without, it is alone\n"
    "  --raft IPV4:PORT        where it listens for nodes, if not as in "
    "--peers\n"
    "  --client IPV4:PORT      where it listens for clients, likewise\n"
    "  --socket PATH           the operator's socket, if not DIR/socket\n"
    "  --token-file FILE       clients must know what is in it\n"
    "  --config FILE           more options, one in a line, without --\n"
    "  --log-json              one object of JSON for each event\n"
    "  --election-timeout MS   how long it misses its Raft leader: 1000\n"
    "  --log-size BYTES        applied before the log is compacted: 8388608\n"
    "  --connections N         most connections of clients: 1000\n"
    "  --sessions N            most sessions: 100000\n"
    "  --elections N           most elections: 100000\n"
    "  --candidacies N         most candidacies of one client: 1000\n"
    "  --help, --version\n"
    "\n"
    "Without --peers it listens at 127.0.0.1, port 7400 for nodes and 7401 for "
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

/** Puts an address together. False = it is none of IPv4, or no port. */
static bool make_address(const char *host, size_t host_size, const char *port,
                         size_t port_size, char *address)
{
    struct in_addr parsed;
    char text[INET_ADDRSTRLEN];
    uint64_t number;

    if (host_size >= sizeof text ||
        !read_number(port, port_size, 1, UINT16_MAX, &number))
        return false;
    memcpy(text, host, host_size);
    text[host_size] = '\0';
    if (inet_pton(AF_INET, text, &parsed) != 1)
        return false;
    (void)snprintf(address, ADDRESS_SIZE, "%s:%" PRIu64, text, number);
    return true;
}

static bool read_address(const char *text, char *address)
{
    const char *colon = strchr(text, ':');

    return colon != NULL && make_address(text, (size_t)(colon - text),
                                         colon + 1, strlen(colon + 1), address);
}

/** Reads "N=IPV4:RAFTPORT/CLIENTPORT", of this size. */
static bool read_peer(const char *text, size_t size, struct peer *peer)
{
    const char *end = text + size;
    const char *equal = memchr(text, '=', size);
    const char *colon, *slash;

    if (equal == NULL)
        return false;
    colon = memchr(equal, ':', (size_t)(end - equal));
    if (colon == NULL)
        return false;
    slash = memchr(colon, '/', (size_t)(end - colon));
    return slash != NULL &&
           read_number(text, (size_t)(equal - text), 1, INT64_MAX, &peer->id) &&
           make_address(equal + 1, (size_t)(colon - equal - 1), colon + 1,
                        (size_t)(slash - colon - 1), peer->raft) &&
           make_address(equal + 1, (size_t)(colon - equal - 1), slash + 1,
                        (size_t)(end - slash - 1), peer->client);
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
        return read_address(value, options->raft);
    if (strcmp(name, "client") == 0)
        return read_address(value, options->client);
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

const struct peer *options_self(const struct options *options)
{
    for (unsigned i = 0; i < options->peer_count; i++)
        if (options->peers[i].id == options->id)
            return &options->peers[i];
    return NULL;
}

static bool is_loopback(const char *address)
{
    return strncmp(address, "127.", 4) == 0;
}

/** A node without peers is its own cluster. */
static void stand_alone(struct options *options)
{
    struct peer *self = &options->peers[0];

    options->peer_count = 1;
    self->id = options->id;
    memcpy(self->raft, options->raft, ADDRESS_SIZE);
    memcpy(self->client, options->client, ADDRESS_SIZE);
    if (self->raft[0] == '\0')
        (void)strcpy(self->raft, "127.0.0.1:7400");
    if (self->client[0] == '\0')
        (void)strcpy(self->client, "127.0.0.1:7401");
}

/** Returns what is missing, or does not fit together; NULL = nothing. */
static const char *find_fault(const struct options *options)
{
    for (unsigned i = 0; i < options->peer_count; i++)
        for (unsigned j = 0; j < i; j++)
            if (options->peers[i].id == options->peers[j].id)
                return "two of the --peers have one number";
            else if (strcmp(options->peers[i].raft, options->peers[j].raft) ==
                     0)
                return "two of the --peers have one address";
    if (options_self(options) == NULL)
        return "this node, --id, is not among the --peers";
    if (options->token.size == 0 &&
        (!is_loopback(options->client) || !is_loopback(options->raft)))
        return "who listens beyond loopback must ask for a token: "
               "--token-file";
    return NULL;
}

/** Fills in what was not said. */
static bool complete(struct options *options)
{
    const struct peer *self;
    const char *fault = NULL;

    if (options->id == 0)
        fault = "--id is missing";
    else if (options->data == NULL)
        fault = "--data is missing";
    if (fault == NULL && options->peer_count == 0)
        stand_alone(options);
    if (options->restored != NULL)
        options->is_new = true;
    self = options_self(options);
    if (fault == NULL && self != NULL) {
        if (options->raft[0] == '\0')
            memcpy(options->raft, self->raft, ADDRESS_SIZE);
        if (options->client[0] == '\0')
            memcpy(options->client, self->client, ADDRESS_SIZE);
    }
    if (fault == NULL)
        fault = find_fault(options);
    if (fault != NULL)
        fprintf(stderr, "electiond: %s; --help shows all\n", fault);
    return fault == NULL;
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
    if (!read_arguments(options, argc, argv) || !complete(options))
        return OPTIONS_WRONG;
    return OPTIONS_GOOD;
}
