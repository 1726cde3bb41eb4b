/* SPDX-License-Identifier: Apache-2.0 */
/* What is done at the operator's socket; and a look into a snapshot. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ask.h"
#include "commands.h"
#include "election/registry.h"
#include "print.h"

/* ---- commands ----------------------------------------------------------- */

static bool keep_result(void *context, const struct service_response *response)
{
    return election_registry_result_decode(response->message.bytes,
                                           response->message.size, context,
                                           NULL) == ELECTION_OK;
}

int commands_propose(const struct options *options, uv_loop_t *loop,
                     const struct election_registry_command *asked)
{
    struct election_buffer bytes = ELECTION_BUFFER_INIT;
    struct election_registry_result result;
    struct ask ask;
    int ended = EXIT_SOFTWARE;

    ask_open(&ask, loop, options, NULL);
    if (election_registry_command_encode(asked, &bytes) == ELECTION_OK)
        ended = ask_for(&ask,
                        (struct service_request){
                            .kind = SERVICE_COMMAND,
                            .message = {bytes.data, bytes.size},
                        },
                        keep_result, &result);
    ask_close(&ask);
    election_buffer_free(&bytes);
    if (ended != EXIT_DONE)
        return ended;
    print_begin();
    print_status(result.status);
    print_number("applied", result.applied);
    print_end();
    if (result.status != ELECTION_OK && result.status != ELECTION_UNCHANGED)
        return EXIT_NO;
    return EXIT_DONE;
}

int command_session(const struct options *options, uv_loop_t *loop)
{
    struct election_registry_command asked = {
        .kind = ELECTION_REGISTRY_CLOSE_SESSION};
    char *end = "";

    if (!commands_check(options, 2, "session close ID"))
        return EXIT_USAGE;
    asked.session_id = strtoull(options->words[2], &end, 10);
    if (strcmp(options->words[1], "close") != 0 || *end != '\0' ||
        asked.session_id == 0) {
        print_error("session close ID was expected; --help shows all");
        return EXIT_USAGE;
    }
    return commands_propose(options, loop, &asked);
}

int command_recover(const struct options *options, uv_loop_t *loop)
{
    const struct election_registry_command asked = {
        .kind = ELECTION_REGISTRY_RECOVER,
        .lost_entries = options->lost_entries,
    };

    if (!commands_check(options, 0, "recover --lost N"))
        return EXIT_USAGE;
    if (!options->has_lost_entries ||
        options->lost_entries > ELECTION_LOST_ENTRIES_MAX) {
        print_error("recover --lost N: how many entries were lost, at most "
                    "2^40; rather too many than too few");
        return EXIT_USAGE;
    }
    return commands_propose(options, loop, &asked);
}

/* ---- snapshots ---------------------------------------------------------- */

/** A file that is being written. */
struct saving {
    FILE *file;
    uint64_t size;
    int error;
};

/** Takes a piece. A snapshot that begins anew replaces what was written. */
static bool take_piece(void *context, const struct service_response *response)
{
    struct saving *saving = context;
    const struct service_span *bytes = &response->message;

    if (response->kind != SERVICE_PIECE)
        return false;
    if (response->offset == 0 && ftruncate(fileno(saving->file), 0) != 0)
        saving->error = errno;
    if (fseek(saving->file, (long)response->offset, SEEK_SET) != 0 ||
        fwrite(bytes->bytes, 1, bytes->size, saving->file) != bytes->size)
        saving->error = errno;
    saving->size = response->offset + bytes->size;
    return saving->size >= response->size || saving->error != 0;
}

static int fail_file(const char *path, int error)
{
    print_error("%s: %s", path, strerror(error));
    return EXIT_FILE;
}

/** Writes it beside, and names it once it is whole. */
static int save(const struct options *options, uv_loop_t *loop,
                const char *path)
{
    char beside[4096];
    struct saving saving = {NULL, 0, 0};
    struct ask ask;
    int ended, file;

    (void)snprintf(beside, sizeof beside, "%s.part", path);
    /* It has the id of each client, which is a secret. */
    file = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    saving.file = file < 0 ? NULL : fdopen(file, "wb");
    if (saving.file == NULL)
        return fail_file(beside, errno);
    ask_open(&ask, loop, options, NULL);
    ended =
        ask_for(&ask, (struct service_request){.kind = SERVICE_GET_SNAPSHOT},
                take_piece, &saving);
    ask_close(&ask);
    if ((fflush(saving.file) != 0 || fsync(fileno(saving.file)) != 0) &&
        saving.error == 0)
        saving.error = errno;
    if (fclose(saving.file) != 0 && saving.error == 0)
        saving.error = errno;
    if (ended == EXIT_DONE && saving.error == 0 && rename(beside, path) != 0)
        saving.error = errno;
    if (ended == EXIT_DONE && saving.error != 0)
        ended = fail_file(path, saving.error);
    if (ended != EXIT_DONE) {
        (void)remove(beside);
        return ended;
    }
    print_begin();
    print_word("file", path);
    print_number("bytes", saving.size);
    print_end();
    return EXIT_DONE;
}

/** Reads a whole file into a registry. */
static int load(const char *path, struct election_registry *registry)
{
    static uint8_t bytes[65536];
    FILE *file = fopen(path, "rb");
    enum election_status status = election_registry_restore_begin(registry);
    uint64_t offset = 0;
    size_t size;

    if (file == NULL)
        return fail_file(path, errno);
    while (status == ELECTION_OK &&
           (size = fread(bytes, 1, sizeof bytes, file)) > 0) {
        status = election_registry_restore_write(registry, offset, bytes, size,
                                                 NULL);
        offset += size;
    }
    (void)fclose(file);
    if (status == ELECTION_OK)
        status = election_registry_restore_commit(registry);
    if (status == ELECTION_OK)
        return EXIT_DONE;
    print_error("%s: %s", path, election_status_text(status));
    return status == ELECTION_NOMEM ? EXIT_SOFTWARE : EXIT_NO;
}

static void print_snapshot(struct election_registry *registry)
{
    const struct election_registry_query query = {
        .kind = ELECTION_REGISTRY_GET_STATUS};
    struct election_buffer buffer = ELECTION_BUFFER_INIT;
    struct election_buffer output = ELECTION_BUFFER_INIT;
    struct election_registry_answer answer;

    if (election_registry_query_encode(&query, &buffer) == ELECTION_OK &&
        election_registry_query(registry, buffer.data, buffer.size, &output) ==
            ELECTION_OK &&
        election_registry_answer_decode(output.data, output.size, &answer,
                                        NULL) == ELECTION_OK) {
        print_begin();
        print_number("version", answer.version);
        print_number("applied", answer.applied);
        print_number("sessions", answer.session_count);
        print_number("elections", answer.election_count);
        print_number("candidates", answer.candidate_count);
        print_number("index_floor", answer.index_floor);
        print_digest("log_digest", answer.log_digest);
        print_end();
    }
    election_buffer_free(&buffer);
    election_buffer_free(&output);
}

static int inspect(const char *path)
{
    struct election_registry *registry;
    int ended;

    if (election_registry_create(NULL, &registry) != ELECTION_OK) {
        print_error("there is no memory");
        return EXIT_SOFTWARE;
    }
    ended = load(path, registry);
    if (ended == EXIT_DONE)
        print_snapshot(registry);
    election_registry_destroy(registry);
    return ended;
}

int command_snapshot(const struct options *options, uv_loop_t *loop)
{
    if (!commands_check(options, 2, "snapshot save|inspect FILE"))
        return EXIT_USAGE;
    if (strcmp(options->words[1], "save") == 0)
        return save(options, loop, options->words[2]);
    if (strcmp(options->words[1], "inspect") == 0)
        return inspect(options->words[2]);
    print_error("snapshot save|inspect FILE was expected; --help shows all");
    return EXIT_USAGE;
}
