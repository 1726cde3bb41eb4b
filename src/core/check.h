/** Self-checks of debug builds. */
#ifndef ELECTION_CHECK_H
#define ELECTION_CHECK_H

#include "state.h"

#ifdef NDEBUG
static inline void election__check(const struct election *election)
{
    (void)election;
}
static inline void election__check_whole(const struct election *election)
{
    (void)election;
}
#else
/** Asserts the invariants, if the election is small enough to be looked at. */
void election__check(const struct election *election);

/** The same of an election of any size. */
void election__check_whole(const struct election *election);
#endif

#endif
