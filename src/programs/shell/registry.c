/* SPDX-License-Identifier: Apache-2.0 */
#include "registry.h"

#include <errno.h>
#include <string.h>

#include "file.h"

/* ---- watching ----------------------------------------------------------- */

static void print_term_event(void *context, struct election_registry *registry,
                             const uint8_t *event, size_t event_size)
{
    struct shell *shell = context;

    (void)registry;
    election__registry_text_event(&shell->text, ELECTION_SCOPE_TERM, event,
                                  event_size);
}

static void print_leader_event(void *context,
                               struct election_registry *registry,
                               const uint8_t *event, size_t event_size)
{
    struct shell *shell = context;

    (void)registry;
    election__registry_text_event(&shell->text, ELECTION_SCOPE_LEADER, event,
                                  event_size);
}

static void watch(struct shell *shell,
                  const struct election__registry_line *line)
{
    election_registry_watch_fn *fn = print_term_event;
    enum election_status status;

    if (shell->watch_count == SHELL_WATCHES_MAX) {
        shell_complain(shell, "no more watches; unwatch ends all");
        return;
    }
    if (line->scope == ELECTION_SCOPE_LEADER)
        fn = print_leader_event;
    status = election_registry_watch(shell->player.registry, line->text.text,
                                     line->text.size, line->scope, fn, shell,
                                     &shell->watch_ids[shell->watch_count]);
    shell->watch_count += status == ELECTION_OK;
    election__text_status(&shell->text, status);
    election__text_put(&shell->text, "\n");
}

static void unwatch(struct shell *shell)
{
    enum election_status status = ELECTION_OK;

    if (shell->watch_count == 0)
        status = ELECTION_UNCHANGED;
    while (shell->watch_count > 0)
        (void)election_registry_unwatch(shell->player.registry,
                                        shell->watch_ids[--shell->watch_count]);
    election__text_status(&shell->text, status);
    election__text_put(&shell->text, "\n");
}

/* ---- files -------------------------------------------------------------- */

static bool write_registry(void *context, FILE *file)
{
    struct election_registry_snapshot *snapshot;
    char bytes[4096];
    size_t size = 0;
    bool is_written = true;

    if (election_registry_snapshot_begin(context, &snapshot) != ELECTION_OK) {
        errno = ENOMEM;
        return false;
    }
    do {
        if (election_registry_snapshot_read(snapshot, bytes, sizeof bytes,
                                            &size) != ELECTION_OK ||
            fwrite(bytes, 1, size, file) != size)
            is_written = false;
    } while (size > 0 && is_written);
    election_registry_snapshot_end(snapshot);
    return is_written;
}

static void print_bare(struct shell *shell, enum election_status status)
{
    election__registry_text_bare(
        &shell->text, status,
        election_registry_applied(shell->player.registry));
    election__text_put(&shell->text, "\n");
}

static void snapshot(struct shell *shell,
                     const struct election__registry_line *line)
{
    const char *problem;
    char *path;

    if (!shell_open_path(shell, line->text.text, line->text.size, &path))
        return;
    problem = file_write(path, write_registry, shell->player.registry);
    if (problem == NULL)
        print_bare(shell, ELECTION_OK);
    shell_close_path(shell, path, problem);
}

/**
 * Restores from a stream, piece by piece: what is no snapshot is refused before
 * much of it was read, so there need be no limit.
 */
static enum election_status restore_stream(struct election_registry *registry,
                                           FILE *file)
{
    char bytes[65536];
    uint64_t offset = 0;
    size_t size;
    enum election_status status = election_registry_restore_begin(registry);

    while (status == ELECTION_OK &&
           (size = fread(bytes, 1, sizeof bytes, file)) > 0)
        status = election_registry_restore_write(registry, offset, bytes, size,
                                                 &offset);
    if (status == ELECTION_OK && !ferror(file))
        return election_registry_restore_commit(registry);
    election_registry_restore_abort(registry);
    return status;
}

static void restore(struct shell *shell,
                    const struct election__registry_line *line)
{
    const char *problem = NULL;
    enum election_status status;
    char *path;
    FILE *file;

    if (!shell_open_path(shell, line->text.text, line->text.size, &path))
        return;
    file = fopen(path, "rb");
    if (file == NULL) {
        shell_close_path(shell, path, strerror(errno));
        return;
    }
    status = restore_stream(shell->player.registry, file);
    if (status == ELECTION_OK && ferror(file))
        problem = "could not be read";
    else
        print_bare(shell, status);
    (void)fclose(file);
    shell_close_path(shell, path, problem);
}

/* ---- lines -------------------------------------------------------------- */

static void execute(struct shell *shell,
                    const struct election__registry_line *line)
{
    enum election_status status;

    switch (line->verb) {
    case ELECTION__REGISTRY_BLANK:
        break;
    case ELECTION__REGISTRY_WATCH:
        watch(shell, line);
        break;
    case ELECTION__REGISTRY_UNWATCH:
        unwatch(shell);
        break;
    case ELECTION__REGISTRY_SNAPSHOT:
        snapshot(shell, line);
        break;
    case ELECTION__REGISTRY_RESTORE:
        restore(shell, line);
        break;
    case ELECTION__REGISTRY_HELP:
        fputs(shell_help(SHELL_REGISTRY), shell->out);
        break;
    case ELECTION__REGISTRY_QUIT:
        shell->has_quit = true;
        break;
    default:
        (void)election__registry_play_line(&shell->player, line, &shell->text,
                                           &status);
        election__text_put(&shell->text, "\n");
        break;
    }
}

void registry_run(struct shell *shell, char *bytes, size_t size)
{
    char error[ELECTION__LINE_ERROR_SIZE];
    struct election__registry_line line;

    if (election__registry_line_parse(bytes, size, &line, error))
        execute(shell, &line);
    else
        shell_complain(shell, error);
}
