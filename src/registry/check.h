/* SPDX-License-Identifier: Apache-2.0 */
/** What must hold after every entry; looks only with ELECTION_CHECKS. */
#ifndef ELECTION_REGISTRY_CHECK_H
#define ELECTION_REGISTRY_CHECK_H

#include "registry.h"

#ifdef ELECTION_CHECKS
void election__registry_check(const struct election_registry *registry);
#else
static inline void
election__registry_check(const struct election_registry *registry)
{
    (void)registry;
}
#endif

#endif
