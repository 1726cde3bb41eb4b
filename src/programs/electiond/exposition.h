/* SPDX-License-Identifier: Apache-2.0 */
/** The metrics of a node as Prometheus reads them: its text format 0.0.4. */
#ifndef ELECTIOND_EXPOSITION_H
#define ELECTIOND_EXPOSITION_H

#include "node.h"

/**
 * Writes all of them.
 *
 * @return  A text to be freed; NULL = no memory.
 */
char *exposition_write(struct node *node, size_t *size);

/** Tells whether clients are served here. NULL = they are; else why not. */
const char *exposition_find_fault(struct node *node);

#endif
