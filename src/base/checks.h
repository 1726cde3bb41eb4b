/* SPDX-License-Identifier: Apache-2.0 */
/**
 * assert() for the library: it looks only in a build with ELECTION_CHECKS, like
 * all self-checks, whatever the build type makes of NDEBUG.
 */
#ifndef ELECTION_BASE_CHECKS_H
#define ELECTION_BASE_CHECKS_H

#if defined(ELECTION_CHECKS)
#undef NDEBUG
#elif !defined(NDEBUG)
#define NDEBUG
#endif
#include <assert.h>

#endif
