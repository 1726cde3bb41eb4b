/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Addresses. That of a member has both of its ports, "IPV4:RAFTPORT/CLIENTPORT"
 * as in --peers, and stands so in Raft's configuration, thus in the log: so all
 * nodes know where the clients of each are to go.
 */
#ifndef ELECTIOND_ADDRESS_H
#define ELECTIOND_ADDRESS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>

enum {
    ADDRESS_SIZE = 32 /* "255.255.255.255:65535/65535" and a NUL */
};

/** Reads "IPV4:PORT", of this size. False = it is none. */
bool address_read(const char *text, size_t size, char *address);

/** Reads "IPV4:RAFTPORT/CLIENTPORT", of this size. False = it is none. */
bool address_read_member(const char *text, size_t size, char *member);

/** Writes down where other nodes reach a member; false = it says none. */
bool address_for_nodes(const char *member, char *address);

/** Writes down where clients reach a member; false = it says none. */
bool address_for_clients(const char *member, char *address);

/** Returns "IPV4:PORT", which was read before, as sockets have it. */
struct sockaddr_in address_resolve(const char *address);

/** Tells whether only this machine can reach it. */
bool address_is_loopback(const char *address);

#endif
