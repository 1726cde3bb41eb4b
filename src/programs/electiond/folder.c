/* SPDX-License-Identifier: Apache-2.0 */
#include "folder.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "journal.h"

enum { MARK_SIZE = 1024, FORMAT = 1 };

static void tell_error(const char *path)
{
    journal("no-data", "%s: %s", path, strerror(errno));
}

/** Whose folder it is, and of which cluster: who its members are. */
static void write_mark(char *text, const struct options *options)
{
    size_t size =
        (size_t)snprintf(text, MARK_SIZE, "electiond %d\nnode %" PRIu64 "\n",
                         FORMAT, options->id);

    for (unsigned i = 0; i < options->peer_count; i++)
        size += (size_t)snprintf(text + size, MARK_SIZE - size,
                                 "member %" PRIu64 " %s\n",
                                 options->peers[i].id, options->peers[i].raft);
}

/** Tells whether the mark is that of this node, in a format known here. */
static bool is_ours(const struct folder *folder, const char *mark,
                    const struct options *options)
{
    char expected[MARK_SIZE];
    int format = 0;

    write_mark(expected, options);
    if (strcmp(mark, expected) == 0)
        return true;
    if (sscanf(mark, "electiond %d", &format) == 1 && format != FORMAT)
        journal("no-data", "%s is of format %d, and this program knows %d",
                folder->mark, format, FORMAT);
    else
        journal("no-data",
                "%s was made for another node, or for other --peers: the "
                "members of a cluster can't be changed yet, but by a snapshot: "
                "--restore",
                folder->mark);
    return false;
}

/** Opens and locks the mark, and reads it. It is empty until all is made. */
static bool open_mark(struct folder *folder, int flags, char *mark)
{
    ssize_t size;

    folder->lock = open(folder->mark, O_RDWR | O_CLOEXEC | flags, 0600);
    if (folder->lock < 0) {
        tell_error(folder->mark);
        return false;
    }
    if (flock(folder->lock, LOCK_EX | LOCK_NB) != 0) {
        journal("no-data", "%s is in use by another process", folder->mark);
        return false;
    }
    size = pread(folder->lock, mark, MARK_SIZE - 1, 0);
    mark[size > 0 ? size : 0] = '\0';
    return true;
}

static bool open_old(struct folder *folder, const struct options *options)
{
    char mark[MARK_SIZE] = "";

    if (access(folder->mark, F_OK) == 0 && !open_mark(folder, 0, mark))
        return false;
    if (mark[0] != '\0')
        return is_ours(folder, mark, options);
    journal("no-data",
            "%s has no node. A node of a new cluster is started with --new. "
            "One that has lost its data must not come back as if it knew, "
            "by --new least of all: put its data back, or make all nodes anew "
            "of a snapshot, by --restore",
            options->data);
    return false;
}

static bool make(const char *path)
{
    if (mkdir(path, 0700) == 0 || errno == EEXIST)
        return true;
    tell_error(path);
    return false;
}

static bool open_new(struct folder *folder, const struct options *options)
{
    char mark[MARK_SIZE] = "";

    if (!make(options->data) || !open_mark(folder, O_CREAT, mark))
        return false;
    if (mark[0] == '\0')
        return make(folder->log);
    journal("no-data", "%s has a node already: start it without --new",
            options->data);
    return false;
}

bool folder_open(struct folder *folder, const struct options *options)
{
    int size = snprintf(folder->mark, PATH_SIZE, "%s/electiond", options->data);

    (void)snprintf(folder->log, PATH_SIZE, "%s/log", options->data);
    folder->lock = -1;
    if (size < 0 || size >= PATH_SIZE) {
        errno = ENAMETOOLONG;
        tell_error(options->data);
        return false;
    }
    if (options->is_new)
        return open_new(folder, options);
    return open_old(folder, options);
}

/** Brings the names in a folder onto the disk. */
static bool sync_names(const char *path)
{
    int descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool is_synced = descriptor >= 0 && fsync(descriptor) == 0;

    if (!is_synced)
        tell_error(path);
    if (descriptor >= 0)
        (void)close(descriptor);
    return is_synced;
}

bool folder_mark(struct folder *folder, const struct options *options)
{
    char mark[MARK_SIZE];
    ssize_t size;

    write_mark(mark, options);
    size = (ssize_t)strlen(mark);
    if (pwrite(folder->lock, mark, (size_t)size, 0) != size ||
        fsync(folder->lock) != 0) {
        tell_error(folder->mark);
        return false;
    }
    return sync_names(options->data);
}

bool folder_is_there(const struct folder *folder)
{
    struct stat opened, named;

    return fstat(folder->lock, &opened) == 0 &&
           stat(folder->mark, &named) == 0 && opened.st_dev == named.st_dev &&
           opened.st_ino == named.st_ino;
}
