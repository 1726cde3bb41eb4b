/* SPDX-License-Identifier: Apache-2.0 */
#include "identity.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "print.h"

enum {
    TEXT_SIZE = 128,
    /** Sessions that one process can lose before its incarnations are those of
     * a later start: 2 to this power. */
    SESSION_BITS = 16
};

static bool draw(void *bytes, size_t size)
{
    if (getrandom(bytes, size, 0) == (ssize_t)size)
        return true;
    print_error("no random numbers: %s", strerror(errno));
    return false;
}

/** The time of the start, and then the sessions that are lost. */
static uint64_t start_incarnation(uint64_t last)
{
    struct timespec now;
    uint64_t started;

    (void)clock_gettime(CLOCK_REALTIME, &now);
    started = ((uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000)
              << SESSION_BITS;
    if (started <= last)
        started = ((last >> SESSION_BITS) + 1) << SESSION_BITS;
    return started;
}

/** Reads "client HEX incarnation N". False = it is none. */
static bool parse(const char *text, struct identity *identity)
{
    const char *at = text + strlen("client ");

    if (strncmp(text, "client ", strlen("client ")) != 0)
        return false;
    for (size_t i = 0; i < IDENTITY_SIZE; i++, at += 2) {
        unsigned byte;

        if (sscanf(at, "%2x", &byte) != 1)
            return false;
        identity->client_id[i] = (uint8_t)byte;
    }
    return sscanf(at, "\nincarnation %" SCNu64, &identity->incarnation) == 1;
}

static size_t format(const struct identity *identity, char *text)
{
    size_t size = (size_t)snprintf(text, TEXT_SIZE, "client ");

    for (size_t i = 0; i < IDENTITY_SIZE; i++)
        size += (size_t)snprintf(text + size, TEXT_SIZE - size, "%02x",
                                 identity->client_id[i]);
    /* Always of one length: written over, nothing of the old one is left. */
    size += (size_t)snprintf(text + size, TEXT_SIZE - size,
                             "\nincarnation %020" PRIu64 "\n",
                             identity->incarnation);
    return size;
}

static bool fail(const char *path, const char *why)
{
    print_error("%s: %s", path, why);
    return false;
}

/** Takes the file's identity, with a higher incarnation, which is noted. */
static bool take_file(struct identity *identity, const char *path, int file)
{
    char text[TEXT_SIZE] = "";
    ssize_t size;

    if (flock(file, LOCK_EX | LOCK_NB) != 0)
        return fail(path, "in use by another process, which acts for it");
    size = pread(file, text, sizeof text - 1, 0);
    if (size < 0)
        return fail(path, strerror(errno));
    if (fchmod(file, 0600) != 0) /* who knows it acts for this client */
        return fail(path, strerror(errno));
    if (size == 0 && !draw(identity->client_id, IDENTITY_SIZE))
        return false;
    if (size > 0 && !parse(text, identity))
        return fail(path, "it is no identity: remove it, or name another one");
    identity->incarnation = start_incarnation(identity->incarnation);
    size = (ssize_t)format(identity, text);
    if (pwrite(file, text, (size_t)size, 0) != size || fsync(file) != 0)
        return fail(path, strerror(errno));
    return true;
}

bool identity_open(struct identity *identity, const char *path)
{
    int file;

    *identity = (struct identity){{0}, 0, 0};
    if (!draw(&identity->nonce, sizeof identity->nonce))
        return false;
    if (path == NULL) {
        identity->incarnation = start_incarnation(0);
        return draw(identity->client_id, IDENTITY_SIZE);
    }
    file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (file < 0)
        return fail(path, strerror(errno));
    return take_file(identity, path, file); /* stays open: it is the lock */
}
