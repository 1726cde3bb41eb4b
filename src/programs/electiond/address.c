/* SPDX-License-Identifier: Apache-2.0 */
#include "address.h"

#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PORT_DIGITS_MAX = 5 };

/** An address in its parts. */
struct parts {
    char host[INET_ADDRSTRLEN];
    unsigned ports[2];
};

/** Reads a port that ends where the text does. */
static bool read_port(const char *text, const char *end, unsigned *port)
{
    if (text == end || end - text > PORT_DIGITS_MAX)
        return false;
    *port = 0;
    for (; text < end; text++) {
        if (*text < '0' || *text > '9')
            return false;
        *port = *port * 10 + (unsigned)(*text - '0');
    }
    return *port >= 1 && *port <= UINT16_MAX;
}

/** Reads a host of four numbers. */
static bool read_host(const char *text, const char *end, char *host)
{
    struct in_addr parsed;

    if (end - text >= INET_ADDRSTRLEN)
        return false;
    memcpy(host, text, (size_t)(end - text));
    host[end - text] = '\0';
    return inet_pton(AF_INET, host, &parsed) == 1;
}

/** Reads a host and so many ports. */
static bool split(const char *text, size_t size, int port_count,
                  struct parts *parts)
{
    const char *end = text + size;
    const char *colon = memchr(text, ':', size);
    const char *slash = end;

    if (colon == NULL || !read_host(text, colon, parts->host))
        return false;
    if (port_count == 2)
        slash = memchr(colon, '/', (size_t)(end - colon));
    return slash != NULL && read_port(colon + 1, slash, &parts->ports[0]) &&
           (port_count == 1 || read_port(slash + 1, end, &parts->ports[1]));
}

bool address_read(const char *text, size_t size, char *address)
{
    struct parts parts;

    if (!split(text, size, 1, &parts))
        return false;
    (void)snprintf(address, ADDRESS_SIZE, "%s:%u", parts.host, parts.ports[0]);
    return true;
}

bool address_read_member(const char *text, size_t size, char *member)
{
    struct parts parts;

    if (!split(text, size, 2, &parts))
        return false;
    (void)snprintf(member, ADDRESS_SIZE, "%s:%u/%u", parts.host, parts.ports[0],
                   parts.ports[1]);
    return true;
}

/** Writes down the host of a member with one of its two ports. */
static bool pick(const char *member, int which, char *address)
{
    struct parts parts;

    if (!split(member, strlen(member), 2, &parts))
        return false;
    (void)snprintf(address, ADDRESS_SIZE, "%s:%u", parts.host,
                   parts.ports[which]);
    return true;
}

bool address_for_nodes(const char *member, char *address)
{
    return pick(member, 0, address);
}

bool address_for_clients(const char *member, char *address)
{
    return pick(member, 1, address);
}

struct sockaddr_in address_resolve(const char *address)
{
    struct sockaddr_in resolved = {.sin_family = AF_INET};
    struct parts parts;

    if (split(address, strlen(address), 1, &parts)) {
        resolved.sin_port = htons((uint16_t)parts.ports[0]);
        (void)inet_pton(AF_INET, parts.host, &resolved.sin_addr);
    }
    return resolved;
}

bool address_is_loopback(const char *address)
{
    return strncmp(address, "127.", 4) == 0;
}
