/* SPDX-License-Identifier: Apache-2.0 */
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/** Bytes of the largest file that is read: no snapshot of ours comes near. */
enum { RESTORE_SIZE_MAX = 64 << 20 };

/* ---- writing ------------------------------------------------------------ */

/** Writes to a file that is opened for it. */
static const char *write_file(const char *path, bool syncs, file_writer *writer,
                              void *context)
{
    FILE *file = fopen(path, "wb");
    int problem = 0;

    if (file == NULL)
        return strerror(errno);
    if (!writer(context, file) || fflush(file) != 0 ||
        (syncs && fsync(fileno(file)) != 0))
        problem = errno;
    if (fclose(file) != 0 && problem == 0)
        problem = errno;
    return problem == 0 ? NULL : strerror(problem);
}

/** Makes a change of names in a folder last. */
static void sync_folder(const char *path)
{
    char *folder = strdup(path);
    char *slash;
    int descriptor;

    if (folder == NULL)
        return;
    slash = strrchr(folder, '/');
    if (slash != NULL)
        slash[1] = '\0';
    descriptor = open(slash != NULL ? folder : ".", O_RDONLY);
    if (descriptor >= 0) {
        (void)fsync(descriptor); /* not every file system can */
        (void)close(descriptor);
    }
    free(folder);
}

/** Writes a new file beside the old one, and lets it take its place. */
static const char *replace_file(const char *path, file_writer *writer,
                                void *context)
{
    const char *problem;
    char *fresh = NULL;

    if (asprintf(&fresh, "%s.new", path) < 0)
        return "out of memory";
    problem = write_file(fresh, true, writer, context);
    if (problem == NULL && rename(fresh, path) != 0)
        problem = strerror(errno);
    if (problem == NULL)
        sync_folder(path);
    else
        (void)unlink(fresh);
    free(fresh);
    return problem;
}

const char *file_write(const char *path, file_writer *writer, void *context)
{
    struct stat status;

    if (stat(path, &status) == 0 && !S_ISREG(status.st_mode))
        return write_file(path, false, writer, context);
    return replace_file(path, writer, context);
}

/* ---- reading ------------------------------------------------------------ */

/** Reads a stream to its end. Returns what went wrong, or NULL. */
static const char *read_all(FILE *file, char **bytes, size_t *size)
{
    FILE *memory = open_memstream(bytes, size);
    char block[4096];
    size_t total = 0;
    size_t got;

    if (memory == NULL)
        return "out of memory";
    while (total <= RESTORE_SIZE_MAX &&
           (got = fread(block, 1, sizeof block, file)) > 0) {
        (void)fwrite(block, 1, got, memory);
        total += got;
    }
    if (fclose(memory) != 0)
        return "out of memory";
    if (ferror(file))
        return "could not be read";
    if (total > RESTORE_SIZE_MAX)
        return "larger than 64 MiB, so no snapshot";
    return NULL;
}

const char *file_read(const char *path, char **bytes, size_t *size)
{
    FILE *file = fopen(path, "rb");
    const char *problem;

    *bytes = NULL;
    if (file == NULL)
        return strerror(errno);
    problem = read_all(file, bytes, size);
    (void)fclose(file);
    return problem;
}
