/* SPDX-License-Identifier: Apache-2.0 */
/*
 * electionctl: elections from a shell; see electionctl(1).
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "commands.h"
#include "election/election.h"
#include "link.h"
#include "print.h"

static const char usage[] =
    "electionctl elects leaders, and looks after elections.\n"
    "\n"
    "  electionctl elect NAME [--as CANDIDATE] [--address A] [--ttl 10s]\n"
    "      [--identity FILE] [--once] -- COMMAND...\n"
    "                                run COMMAND while it leads NAME\n"
    "  electionctl term NAME         who leads, and who waits\n"
    "  electionctl watch NAME        the same, and each change\n"
    "  electionctl list [--watch]    all elections\n"
    "  electionctl status            all nodes, and whether there is a quorum\n"
    "  electionctl digest            what each node has applied\n"
    "  electionctl anoint|promote|demote|evict NAME CANDIDATE [--if-index N]\n"
    "  electionctl enter NAME [CANDIDATE]\n"
    "                                stand for NAME until interrupted\n"
    "  electionctl withdraw NAME --identity FILE\n"
    "                                end the session of that identity\n"
    "  electionctl fence NAME        a token above all that were given out\n"
    "\n"
    "With --socket PATH, the operator's socket of the node that leads:\n"
    "\n"
    "  electionctl sessions\n"
    "  electionctl session close ID\n"
    "  electionctl member list\n"
    "  electionctl member add N=IPV4:RAFTPORT/CLIENTPORT\n"
    "                                let a node that was started with --join "
    "in\n"
    "  electionctl member promote N  give it a vote, once it has caught up\n"
    "  electionctl member remove N\n"
    "  electionctl snapshot save FILE\n"
    "  electionctl recover --lost N  after an old snapshot was put back\n"
    "  electionctl upgrade [--to N]  let all nodes do what is new\n"
    "\n"
    "  electionctl snapshot inspect FILE\n"
    "\n"
    "  --cluster HOST:PORT,...       the nodes, or those of ELECTION_CLUSTER\n"
    "  --token-file FILE             what the nodes want to know, or that of\n"
    "                                ELECTION_TOKEN_FILE\n"
    "  --timeout 10s                 until it gives up\n"
    "  --json                        a line is an object\n"
    "  --help, --version\n";

static const struct subcommand {
    const char *name;
    command_fn *run;
} subcommands[] = {
    {"elect", command_elect},     {"term", command_term},
    {"watch", command_watch},     {"list", command_list},
    {"status", command_status},   {"digest", command_digest},
    {"anoint", command_anoint},   {"promote", command_promote},
    {"demote", command_demote},   {"evict", command_evict},
    {"enter", command_enter},     {"withdraw", command_withdraw},
    {"fence", command_fence},     {"sessions", command_sessions},
    {"session", command_session}, {"snapshot", command_snapshot},
    {"recover", command_recover}, {"upgrade", command_upgrade},
    {"member", command_member},
};

bool commands_candidate(const struct options *options, char *name, size_t size)
{
    char host[128] = "host";

    if (options->candidate != NULL) {
        (void)snprintf(name, size, "%s", options->candidate);
        if (strlen(options->candidate) >= size)
            print_error("a name has 255 bytes at most");
        return strlen(options->candidate) < size;
    }
    (void)gethostname(host, sizeof host - 1);
    (void)snprintf(name, size, "%s-%ld", host, (long)getpid());
    return true;
}

bool commands_check(const struct options *options, int arguments,
                    const char *expected)
{
    if (options->word_count == arguments + 1 && options->command == NULL)
        return true;
    print_error("%s was expected; --help shows all", expected);
    return false;
}

static int run(const struct options *options)
{
    const char *name = options->word_count > 0 ? options->words[0] : "";
    uv_loop_t loop;
    int exit_status;

    for (size_t i = 0; i < sizeof subcommands / sizeof *subcommands; i++) {
        if (strcmp(subcommands[i].name, name) != 0)
            continue;
        if (uv_loop_init(&loop) != 0) {
            print_error("there is no memory");
            return EXIT_SOFTWARE;
        }
        exit_status = subcommands[i].run(options, &loop);
        if (link_is_looking_up()) { /* that may take long, for nothing */
            (void)fflush(stdout);
            _exit(exit_status);
        }
        (void)uv_run(&loop, UV_RUN_DEFAULT); /* what is being closed */
        (void)uv_loop_close(&loop);
        return exit_status;
    }
    if (options->word_count == 0)
        print_error("a command was expected; --help shows all");
    else
        print_error("%s: no such command; --help shows all", name);
    return EXIT_USAGE;
}

int main(int argc, char **argv)
{
    struct options options;
    int exit_status;

    switch (options_read(&options, argc, argv)) {
    case OPTIONS_HELP:
        if (strcmp(options.words[0], "--version") == 0)
            printf("electionctl %s\n", election_version());
        else
            fputs(usage, stdout);
        return EXIT_DONE;
    case OPTIONS_WRONG:
        return EXIT_USAGE;
    case OPTIONS_GOOD:
        break;
    }
    (void)signal(SIGPIPE, SIG_IGN);
    print_as_json(options.is_json);
    exit_status = run(&options);
    if (fflush(stdout) != 0 || ferror(stdout)) {
        print_error("the output could not be written");
        return EXIT_FILE;
    }
    return exit_status;
}
