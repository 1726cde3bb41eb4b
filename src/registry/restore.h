/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A restore in pieces. A second state is built beside the old one as the bytes
 * come, message by message, so that the commit needs no memory.
 */
#ifndef ELECTION_REGISTRY_RESTORE_H
#define ELECTION_REGISTRY_RESTORE_H

#include "registry.h"

/**
 * Returns the most bytes of the output of any election that was restored so
 * far; 0 if no restore was begun.
 */
size_t election__restore_output_size(const struct election_registry *registry);

#endif
