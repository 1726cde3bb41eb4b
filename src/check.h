/** Self-checks of debug builds. */
#ifndef ELECTION_CHECK_H
#define ELECTION_CHECK_H

#include "state.h"

#ifdef NDEBUG
static inline void election__check(const struct election *election)
{
    (void)election;
}
#else
/** Asserts every invariant, where the election is small enough for it. */
void election__check(const struct election *election);
#endif

#endif
