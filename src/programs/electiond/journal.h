/* SPDX-License-Identifier: Apache-2.0 */
/** What a person should know of a node: one line of standard error each. */
#ifndef ELECTIOND_JOURNAL_H
#define ELECTIOND_JOURNAL_H

#include <stdbool.h>

/** Lines are for people, or for machines: one object of JSON each. */
void journal_be_json(bool is_json);

/**
 * Tells of an event.
 *
 * @param event  Its name, one of those in electiond(8).
 * @param format  What there is to be said of it, as printf() has it.
 */
__attribute__((format(printf, 2, 3))) void journal(const char *event,
                                                   const char *format, ...);

#endif
