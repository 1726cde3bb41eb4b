/* SPDX-License-Identifier: Apache-2.0 */
#include "folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "journal.h"

enum { MARK_SIZE = 1024, FORMAT = 2 };

/** What the mark says: whose folder it is. Its last digit may change. */
static const char mark_format[] = "electiond %d\n"
                                  "node %" PRIu64 "\n"
                                  "address %s\n"
                                  "joined %d\n";

static void tell_error(const char *path)
{
    journal("no-data", "%s: %s", path, strerror(errno));
}

/** Reads a mark. False = it is none of a format known here; that was told. */
static bool read_mark(struct folder *folder, const char *mark, uint64_t *id)
{
    int format = 0, has_joined = 0;
    char address[ADDRESS_SIZE] = "";
    int count = sscanf(mark,
                       "electiond %d node %" SCNu64 " address %31s"
                       " joined %d",
                       &format, id, address, &has_joined);

    folder->has_joined = has_joined != 0;
    if (count == 4 && format == FORMAT &&
        address_read_member(address, strlen(address), folder->address))
        return true;
    if (count >= 1 && format != FORMAT)
        journal("no-data", "%s is of format %d, and this program knows %d",
                folder->mark, format, FORMAT);
    else
        journal("no-data", "%s is damaged", folder->mark);
    return false;
}

/** Tells whether the mark is that of this node. */
static bool is_ours(struct folder *folder, const char *mark,
                    const struct options *options)
{
    uint64_t id = 0;

    if (!read_mark(folder, mark, &id))
        return false;
    if (id == options->id && (options->peer_count == 0 ||
                              strcmp(folder->address, options->address) == 0))
        return true;
    journal("no-data",
            "%s was made for node %" PRIu64 " at %s. A member that is to have "
            "another number or address is removed, and added as a new one: "
            "electionctl member",
            folder->mark, id, folder->address);
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
            "by --new least of all: put its data back, or remove it and let "
            "another one --join: electionctl member; or, where most are lost, "
            "make all nodes anew of a snapshot, by --restore",
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

int folder_count(const char *path)
{
    DIR *folder = opendir(path);
    const struct dirent *entry;
    int count = 0;

    if (folder == NULL)
        return -1;
    while ((entry = readdir(folder)) != NULL)
        count +=
            strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    (void)closedir(folder);
    return count;
}

static bool open_new(struct folder *folder, const struct options *options)
{
    char mark[MARK_SIZE] = "";

    if (!make(options->data) || !open_mark(folder, O_CREAT, mark))
        return false;
    if (mark[0] != '\0') {
        journal("no-data",
                "%s has a node already: start it without --new or --join",
                options->data);
        return false;
    }
    if (!make(folder->log))
        return false;
    if (folder_count(folder->log) == 0)
        return true;
    journal("no-data",
            "%s was made by half, or is not a node's: empty it first",
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

/** Writes some of the mark, at an offset, onto the disk. */
static bool write_mark(const struct folder *folder, const char *text,
                       size_t offset)
{
    ssize_t size = (ssize_t)strlen(text);

    if (pwrite(folder->lock, text, (size_t)size, (off_t)offset) == size &&
        fsync(folder->lock) == 0)
        return true;
    tell_error(folder->mark);
    return false;
}

bool folder_mark(struct folder *folder, const struct options *options)
{
    char mark[MARK_SIZE];

    folder->has_joined = !options->joins;
    (void)snprintf(mark, sizeof mark, mark_format, FORMAT, options->id,
                   options->address, folder->has_joined);
    return write_mark(folder, mark, 0) && sync_names(options->data);
}

bool folder_join(struct folder *folder)
{
    struct stat mark;

    folder->has_joined = true;
    if (fstat(folder->lock, &mark) == 0 && mark.st_size >= 2)
        return write_mark(folder, "1", (size_t)mark.st_size - 2);
    tell_error(folder->mark);
    return false;
}

bool folder_is_there(const struct folder *folder)
{
    struct stat opened, named;

    return fstat(folder->lock, &opened) == 0 &&
           stat(folder->mark, &named) == 0 && opened.st_dev == named.st_dev &&
           opened.st_ino == named.st_ino;
}
