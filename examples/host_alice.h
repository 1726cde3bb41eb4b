/* SPDX-License-Identifier: Apache-2.0
 *
 * A client of host.c. In earnest it is another process, and election_client
 * does this for it, sessions and retries included.
 */
#ifndef HOST_ALICE_H
#define HOST_ALICE_H

#include <election/registry.h>

/* Makes her command of a step: open, enter, withdraw. False = no such step. */
bool alice_asks(const char *step, uint64_t sequence,
                struct election_buffer *command);

/* Gives her the answer. False = it cannot be read. */
bool alice_hears(const struct election_buffer *result);

/* Gives her an event. */
void alice_watches(void *context, struct election_registry *registry,
                   const uint8_t *event, size_t event_size);

#endif
