/* SPDX-License-Identifier: Apache-2.0 */
#include "registry_line.h"

#include <string.h>

#include "text.h"

static const char registry_help[] =
    "office                   the Raft leader takes office\n"
    "at TIME_MS               its clock stands there from now on\n"
    "tick [applied=N digest=N]\n"
    "                         time passes, and nothing else\n"
    "open CLIENT TIMEOUT_MS [incarnation=N] [nonce=N] [data=TEXT]\n"
    "                         open a session, or renew it\n"
    "keepalive SESSION...     renew sessions\n"
    "end SESSION              end a session: all its candidates leave\n"
    "propose SESSION SEQUENCE ELECTION COMMAND [NAME]\n"
    "        [if_index=N] [if_vacant] [with_output]\n"
    "                         run a command of one election, once:\n"
    "                         enter, withdraw, anoint, promote, demote, "
    "evict,\n"
    "                         term, watch, or none\n"
    "upgrade VERSION          let replicas do what that version knows\n"
    "recover LOST_ENTRIES     after an old snapshot was put back\n"
    "leader ELECTION          show who leads, and who waits\n"
    "elections, sessions [after=N] [limit=N]\n"
    "                         show all\n"
    "status                   show what else there is\n"
    "watch [ELECTION] [leader]\n"
    "                         show an event for each change: of all elections\n"
    "                         or one, of the Term or the leader\n"
    "unwatch                  show no more events\n"
    "snapshot FILE, restore FILE\n"
    "                         write the state, or replace it\n"
    "index N, epoch N         the next entry has this index, or this office\n"
    "entry BYTES              apply bytes as they are\n"
    "help, quit               show this text, leave\n"
    "Before anything else there is an office. A session's number is what open\n"
    "answers. Words with blanks or other bytes stand in double quotes, with\n"
    "\\\", \\\\ and \\xHH. A comment starts with #.\n";

const char *election__registry_line_help(void)
{
    return registry_help;
}

typedef bool scan_fn(struct election__scanner *scanner,
                     struct election__registry_line *line);

/* ---- options ------------------------------------------------------------ */

/** An option of a line: a flag, or a number or text behind "name=". */
struct option {
    const char *name;
    bool *flag;
    uint64_t *number;
    struct election__word *text;
};

/** Reads "name=", and leaves its value to be read. False = another word. */
static bool scan_option_name(struct election__scanner *scanner,
                             const char *name)
{
    size_t size = strlen(name);
    size_t left = (size_t)(scanner->end - scanner->at);

    if (left <= size || memcmp(scanner->at, name, size) != 0 ||
        scanner->at[size] != '=')
        return false;
    scanner->at += size + 1;
    return true;
}

static bool scan_value(struct election__scanner *scanner,
                       const struct option *option)
{
    struct election__word word = {NULL, 0, false};

    if (!election__scan_word(scanner, &word))
        return false;
    if (option->text != NULL) {
        *option->text = word;
        return true;
    }
    return election__word_number(&word, option->number) ||
           election__scan_fail(scanner, "%s= takes a number from 0 to 2^64 - 1",
                               option->name);
}

/** Tells whether the word looks like "name=". */
static bool has_value(const struct election__scanner *scanner)
{
    const char *at = scanner->at;

    while (at < scanner->end && (election__text_is_plain(*at) || *at == '_'))
        at++;
    return at < scanner->end && *at == '=';
}

/** Reads one option. */
static bool scan_option(struct election__scanner *scanner,
                        const struct option *options, size_t count)
{
    struct election__word word = {NULL, 0, false};

    for (size_t i = 0; i < count; i++)
        if (options[i].flag == NULL &&
            scan_option_name(scanner, options[i].name))
            return scan_value(scanner, &options[i]);
    if (has_value(scanner))
        return election__scan_fail(scanner, "unknown option; help shows all");
    if (!election__scan_word(scanner, &word))
        return false;
    for (size_t i = 0; i < count; i++)
        if (options[i].flag != NULL &&
            election__word_is(&word, options[i].name)) {
            *options[i].flag = true;
            return true;
        }
    return election__scan_fail(scanner, "unknown option; help shows all");
}

static bool scan_options(struct election__scanner *scanner,
                         const struct option *options, size_t count)
{
    while (election__scan_find(scanner))
        if (!scan_option(scanner, options, count))
            return false;
    return true;
}

/* ---- entries ------------------------------------------------------------ */

static bool scan_office(struct election__scanner *scanner,
                        struct election__registry_line *line)
{
    (void)scanner;
    line->command.takes_office = true;
    return true;
}

static bool scan_tick(struct election__scanner *scanner,
                      struct election__registry_line *line)
{
    const struct option options[] = {
        {.name = "applied", .number = &line->command.applied},
        {.name = "digest", .number = &line->command.log_digest},
    };

    return scan_options(scanner, options, 2);
}

static bool scan_open(struct election__scanner *scanner,
                      struct election__registry_line *line)
{
    struct election_registry_command *open = &line->command;
    struct election__word client = {NULL, 0, false};
    struct election__word data = {NULL, 0, false};
    const struct option options[] = {
        {.name = "incarnation", .number = &open->incarnation},
        {.name = "nonce", .number = &open->nonce},
        {.name = "data", .text = &data},
    };

    if (!election__scan_name(scanner, "a client", &client) ||
        !election__scan_number(scanner, "a timeout", &open->timeout_ms) ||
        !scan_options(scanner, options, 3))
        return false;
    open->client_id = (const uint8_t *)client.text;
    open->client_id_size = client.size;
    open->data = (const uint8_t *)data.text;
    open->data_size = data.size;
    return true;
}

static bool scan_keep_alive(struct election__scanner *scanner,
                            struct election__registry_line *line)
{
    struct election_registry_command *keep_alive = &line->command;

    keep_alive->session_ids = line->session_ids;
    while (election__scan_find(scanner)) {
        if (keep_alive->session_count == ELECTION__REGISTRY_IDS_MAX)
            return election__scan_fail(scanner, "more than %d sessions",
                                       ELECTION__REGISTRY_IDS_MAX);
        if (!election__scan_number(
                scanner, "a session",
                &line->session_ids[keep_alive->session_count]))
            return false;
        keep_alive->session_count++;
    }
    return true;
}

static bool scan_end(struct election__scanner *scanner,
                     struct election__registry_line *line)
{
    return election__scan_number(scanner, "a session",
                                 &line->command.session_id);
}

/** Reads a command of an election. */
static bool scan_input(struct election__scanner *scanner,
                       struct election_command *command)
{
    static const struct {
        const char *word;
        enum election_op op;
        bool has_name;
    } inputs[] = {
        {"enter", ELECTION_OP_ENTER, true},
        {"withdraw", ELECTION_OP_WITHDRAW, true},
        {"anoint", ELECTION_OP_ANOINT, true},
        {"promote", ELECTION_OP_PROMOTE, true},
        {"demote", ELECTION_OP_DEMOTE, true},
        {"evict", ELECTION_OP_EVICT, true},
        {"term", ELECTION_OP_GET_TERM, false},
        {"watch", ELECTION_OP_WATCH, false},
        {"none", (enum election_op)0, false},
    };
    struct election__word word = {NULL, 0, false};
    struct election__word name = {NULL, 0, false};

    if (!election__scan_operand(scanner, "a command", &word))
        return false;
    for (size_t i = 0; i < sizeof inputs / sizeof *inputs; i++) {
        if (!election__word_is(&word, inputs[i].word))
            continue;
        if (inputs[i].has_name &&
            !election__scan_name(scanner, "a name", &name))
            return false;
        *command =
            (struct election_command){inputs[i].op, name.text, name.size};
        return true;
    }
    return election__scan_fail(scanner, "unknown command of an election");
}

static bool scan_propose(struct election__scanner *scanner,
                         struct election__registry_line *line)
{
    struct election_registry_command *propose = &line->command;
    struct election__word election = {NULL, 0, false};
    const struct option options[] = {
        {.name = "if_index", .number = &propose->if_index},
        {.name = "if_vacant", .flag = &propose->if_vacant},
        {.name = "with_output", .flag = &propose->with_output},
    };

    if (!election__scan_number(scanner, "a session", &propose->session_id) ||
        !election__scan_number(scanner, "a sequence", &propose->sequence) ||
        !election__scan_name(scanner, "an election", &election) ||
        !scan_input(scanner, &propose->command))
        return false;
    propose->election = election.text;
    propose->election_size = election.size;
    return scan_options(scanner, options, 3);
}

static bool scan_upgrade(struct election__scanner *scanner,
                         struct election__registry_line *line)
{
    uint64_t version = 0;

    if (!election__scan_number(scanner, "a version", &version))
        return false;
    line->command.version = (uint32_t)version;
    return version <= UINT32_MAX ||
           election__scan_fail(scanner, "a version has 32 bits");
}

static bool scan_recover(struct election__scanner *scanner,
                         struct election__registry_line *line)
{
    return election__scan_number(scanner, "the number of lost entries",
                                 &line->command.lost_entries);
}

/* ---- the rest ----------------------------------------------------------- */

static bool scan_nothing(struct election__scanner *scanner,
                         struct election__registry_line *line)
{
    (void)scanner;
    (void)line;
    return true;
}

static bool scan_time(struct election__scanner *scanner,
                      struct election__registry_line *line)
{
    return election__scan_number(scanner, "a time", &line->number);
}

static bool scan_index(struct election__scanner *scanner,
                       struct election__registry_line *line)
{
    return election__scan_number(scanner, "an index", &line->number);
}

static bool scan_bytes(struct election__scanner *scanner,
                       struct election__registry_line *line)
{
    return election__scan_operand(scanner, "a word", &line->text);
}

static bool scan_leader(struct election__scanner *scanner,
                        struct election__registry_line *line)
{
    struct election__word election = {NULL, 0, false};

    if (!election__scan_name(scanner, "an election", &election))
        return false;
    line->query.election = election.text;
    line->query.election_size = election.size;
    return true;
}

static bool scan_list(struct election__scanner *scanner,
                      struct election__registry_line *line)
{
    uint64_t limit = 0;
    const struct option options[] = {
        {.name = "after", .number = &line->query.after},
        {.name = "limit", .number = &limit},
    };

    if (!scan_options(scanner, options, 2))
        return false;
    line->query.limit = (uint32_t)limit;
    return limit <= UINT32_MAX ||
           election__scan_fail(scanner, "a limit has 32 bits");
}

static bool scan_watch(struct election__scanner *scanner,
                       struct election__registry_line *line)
{
    struct election__word word = {NULL, 0, false};

    while (election__scan_find(scanner)) {
        if (line->scope == ELECTION_SCOPE_LEADER)
            return election__scan_fail(scanner,
                                       "nothing more may follow leader");
        if (!election__scan_word(scanner, &word))
            return false;
        if (election__word_is(&word, "leader"))
            line->scope = ELECTION_SCOPE_LEADER;
        else if (line->text.text == NULL)
            line->text = word;
        else
            return election__scan_fail(scanner, "one election, or all");
    }
    return true;
}

static const struct registry_word {
    const char *word;
    enum election__registry_verb verb;
    int kind; /* of a command or query */
    scan_fn *scan;
} registry_words[] = {
    {"office", ELECTION__REGISTRY_COMMAND, ELECTION_REGISTRY_TICK, scan_office},
    {"at", ELECTION__REGISTRY_AT, 0, scan_time},
    {"tick", ELECTION__REGISTRY_COMMAND, ELECTION_REGISTRY_TICK, scan_tick},
    {"open", ELECTION__REGISTRY_COMMAND, ELECTION_REGISTRY_OPEN_SESSION,
     scan_open},
    {"keepalive", ELECTION__REGISTRY_COMMAND, ELECTION_REGISTRY_KEEP_ALIVE,
     scan_keep_alive},
    {"end", ELECTION__REGISTRY_COMMAND, ELECTION_REGISTRY_CLOSE_SESSION,
     scan_end},
    {"propose", ELECTION__REGISTRY_COMMAND, ELECTION_REGISTRY_PROPOSE,
     scan_propose},
    {"upgrade", ELECTION__REGISTRY_COMMAND, ELECTION_REGISTRY_UPGRADE,
     scan_upgrade},
    {"recover", ELECTION__REGISTRY_COMMAND, ELECTION_REGISTRY_RECOVER,
     scan_recover},
    {"leader", ELECTION__REGISTRY_QUERY, ELECTION_REGISTRY_GET_TERM,
     scan_leader},
    {"elections", ELECTION__REGISTRY_QUERY, ELECTION_REGISTRY_LIST_ELECTIONS,
     scan_list},
    {"sessions", ELECTION__REGISTRY_QUERY, ELECTION_REGISTRY_LIST_SESSIONS,
     scan_list},
    {"status", ELECTION__REGISTRY_QUERY, ELECTION_REGISTRY_GET_STATUS,
     scan_nothing},
    {"watch", ELECTION__REGISTRY_WATCH, 0, scan_watch},
    {"unwatch", ELECTION__REGISTRY_UNWATCH, 0, scan_nothing},
    {"snapshot", ELECTION__REGISTRY_SNAPSHOT, 0, scan_bytes},
    {"restore", ELECTION__REGISTRY_RESTORE, 0, scan_bytes},
    {"index", ELECTION__REGISTRY_INDEX, 0, scan_index},
    {"epoch", ELECTION__REGISTRY_EPOCH, 0, scan_index},
    {"entry", ELECTION__REGISTRY_ENTRY, 0, scan_bytes},
    {"help", ELECTION__REGISTRY_HELP, 0, scan_nothing},
    {"quit", ELECTION__REGISTRY_QUIT, 0, scan_nothing},
};

const char *election__registry_line_word(size_t i)
{
    if (i >= sizeof registry_words / sizeof *registry_words)
        return NULL;
    return registry_words[i].word;
}

static const struct registry_word *
find_registry_verb(const struct election__word *word)
{
    for (size_t i = 0; i < sizeof registry_words / sizeof *registry_words; i++)
        if (election__word_is(word, registry_words[i].word))
            return &registry_words[i];
    return NULL;
}

bool election__registry_line_parse(char *bytes, size_t size,
                                   struct election__registry_line *line,
                                   char *error)
{
    struct election__scanner scanner = {bytes, bytes + size, error};
    struct election__word word = {NULL, 0, false};
    const struct registry_word *verb;

    *line = (struct election__registry_line){.verb = ELECTION__REGISTRY_BLANK};
    if (!election__scan_find(&scanner))
        return true;
    if (!election__scan_word(&scanner, &word))
        return false;
    verb = find_registry_verb(&word);
    if (verb == NULL)
        return election__scan_fail(&scanner, "unknown command; help lists all");
    line->verb = verb->verb;
    if (verb->verb == ELECTION__REGISTRY_COMMAND)
        line->command.kind = (enum election_registry_command_kind)verb->kind;
    if (verb->verb == ELECTION__REGISTRY_QUERY)
        line->query.kind = (enum election_registry_query_kind)verb->kind;
    if (!verb->scan(&scanner, line))
        return false;
    if (election__scan_find(&scanner))
        return election__scan_fail(&scanner, "nothing more may follow %s",
                                   verb->word);
    return true;
}
