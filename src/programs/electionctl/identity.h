/* SPDX-License-Identifier: Apache-2.0 */
/** Who a client is: a secret id, which may outlive the process in a file. */
#ifndef ELECTIONCTL_IDENTITY_H
#define ELECTIONCTL_IDENTITY_H

#include <stdbool.h>
#include <stdint.h>

enum { IDENTITY_SIZE = 16 /* bytes */ };

struct identity {
    uint8_t client_id[IDENTITY_SIZE];
    uint64_t incarnation; /* higher than any before */
    uint64_t nonce;
};

/**
 * Makes an identity, or takes that of a file, which is made if it is not there,
 * and kept locked while the process lives.
 *
 * @param path  NULL = a new one.
 * @return  False = that failed; it was said why.
 */
bool identity_open(struct identity *identity, const char *path);

#endif
