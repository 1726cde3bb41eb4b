/* SPDX-License-Identifier: Apache-2.0 */
#include "options.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "election/registry.h"

static bool complain(const char *what, const char *text)
{
    fprintf(stderr, "electionctl: %s: %s; --help shows all\n", text, what);
    return false;
}

/* ---- values ------------------------------------------------------------- */

/** Reads the digits that a text begins with. False = none, or too many. */
static bool read_digits(const char *text, const char **end, uint64_t *number)
{
    char *stop;

    if (*text < '0' || *text > '9')
        return false;
    errno = 0;
    *number = strtoull(text, &stop, 10);
    *end = stop;
    return errno == 0;
}

static bool read_number(const char *text, uint64_t *number)
{
    const char *end;

    return (read_digits(text, &end, number) && *end == '\0') ||
           complain("a whole number was expected", text);
}

/** Reads "10s", "1500ms" or "2m". */
static bool read_duration(const char *text, uint64_t *duration_ms)
{
    static const struct unit {
        const char *name;
        uint64_t ms;
    } units[] = {{"ms", 1}, {"s", 1000}, {"m", 60000}, {"h", 3600000}};
    const char *end;

    if (read_digits(text, &end, duration_ms))
        for (size_t i = 0; i < sizeof units / sizeof *units; i++)
            if (strcmp(end, units[i].name) == 0 &&
                *duration_ms <= UINT32_MAX / units[i].ms) {
                *duration_ms *= units[i].ms;
                return true;
            }
    return complain("a duration such as 10s or 1500ms was expected", text);
}

static bool read_ttl(const char *text, uint64_t *ttl_ms)
{
    if (!read_duration(text, ttl_ms))
        return false;
    return (*ttl_ms >= ELECTION_TIMEOUT_MS_MIN &&
            *ttl_ms <= ELECTION_TIMEOUT_MS_MAX) ||
           complain("a session lives for 1s to 86000s", text);
}

/** Reads "host:port,host:port". */
static bool read_nodes(struct options *options, const char *text)
{
    options->node_count = 0;
    for (;;) {
        size_t size = strcspn(text, ",");
        char *node = options->nodes[options->node_count];

        if (options->node_count == NODES_MAX)
            return complain("there can be 16 nodes", text);
        if (size >= NODE_SIZE || memchr(text, ':', size) == NULL)
            return complain("HOST:PORT was expected", text);
        memcpy(node, text, size);
        node[size] = '\0';
        options->node_count++;
        if (text[size] == '\0')
            return true;
        text += size + 1;
    }
}

static bool read_token(struct options *options, const char *path)
{
    const char *fault = service_token_read(&options->token, path);

    return fault == NULL || complain(fault, path);
}

static bool read_lost(struct options *options, const char *text)
{
    options->has_lost_entries = true;
    return read_number(text, &options->lost_entries);
}

/* ---- options ------------------------------------------------------------ */

/** Sets what has a value. False = it is no such value, or no such option. */
static bool set_value(struct options *options, const char *name,
                      const char *value)
{
    if (strcmp(name, "--cluster") == 0)
        return read_nodes(options, value);
    if (strcmp(name, "--socket") == 0)
        return (options->socket = value) != NULL;
    if (strcmp(name, "--token-file") == 0)
        return read_token(options, value);
    if (strcmp(name, "--timeout") == 0)
        return read_duration(value, &options->patience_ms);
    if (strcmp(name, "--as") == 0)
        return (options->candidate = value) != NULL;
    if (strcmp(name, "--address") == 0)
        return (options->address = value) != NULL;
    if (strcmp(name, "--ttl") == 0)
        return read_ttl(value, &options->ttl_ms);
    if (strcmp(name, "--identity") == 0)
        return (options->identity = value) != NULL;
    if (strcmp(name, "--if-index") == 0)
        return read_number(value, &options->if_index) &&
               (options->if_index > 0 ||
                complain("an index that may be compared is above 0", value));
    if (strcmp(name, "--lost") == 0)
        return read_lost(options, value);
    if (strcmp(name, "--to") == 0)
        return read_number(value, &options->version);
    return complain("no such option", name);
}

/** Sets what has no value. False = there is no such. */
static bool set_flag(struct options *options, const char *name)
{
    if (strcmp(name, "--json") == 0)
        options->is_json = true;
    else if (strcmp(name, "--once") == 0)
        options->is_once = true;
    else if (strcmp(name, "--watch") == 0)
        options->is_watching = true;
    else
        return false;
    return true;
}

static bool read_arguments(struct options *options, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        char *argument = argv[i];

        if (strcmp(argument, "--") == 0) {
            options->command = argv + i + 1;
            return *options->command != NULL ||
                   complain("a command was expected behind it", argument);
        }
        if (argument[0] != '-') {
            options->words[options->word_count++] = argument;
            continue;
        }
        if (set_flag(options, argument))
            continue;
        if (i + 1 == argc)
            return complain("no such option, or without its value", argument);
        if (!set_value(options, argument, argv[++i]))
            return false;
    }
    return true;
}

/** What the environment says, unless the command line does. */
static bool read_environment(struct options *options)
{
    const char *cluster = getenv("ELECTION_CLUSTER");
    const char *token = getenv("ELECTION_TOKEN_FILE");

    if (cluster == NULL || *cluster == '\0')
        cluster = "127.0.0.1:7401";
    return (options->node_count > 0 || read_nodes(options, cluster)) &&
           (options->token.size > 0 || token == NULL || *token == '\0' ||
            read_token(options, token));
}

enum options_outcome options_read(struct options *options, int argc,
                                  char **argv)
{
    *options = (struct options){
        .patience_ms = 10000,
        .ttl_ms = 10000,
        .version = ELECTION_REGISTRY_VERSION,
    };
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
        if (strcmp(argv[i], "--help") == 0 ||
            strcmp(argv[i], "--version") == 0) {
            options->words = argv + i;
            return OPTIONS_HELP;
        }
    options->words = argv; /* the first of them are read when it is set */
    if (!read_arguments(options, argc, argv) || !read_environment(options))
        return OPTIONS_WRONG;
    return OPTIONS_GOOD;
}
