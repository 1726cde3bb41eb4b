/* SPDX-License-Identifier: Apache-2.0 */
/** What is told: a line of fields each, for people or as JSON. */
#ifndef ELECTIONCTL_PRINT_H
#define ELECTIONCTL_PRINT_H

#include "election/wire.h"

/** Lines are objects of JSON from now on. */
void print_as_json(bool is_json);

/** Begins a line, and ends it. */
void print_begin(void);
void print_end(void);

/** A field. Texts that have no end have a size. */
void print_text(const char *name, const char *text, size_t size);
void print_word(const char *name, const char *word);
void print_number(const char *name, uint64_t number);
void print_flag(const char *name, bool flag);
void print_digest(const char *name, uint64_t digest);
void print_hex(const char *name, const uint8_t *bytes, size_t size);

/** A list of texts. */
void print_list_begin(const char *name);
void print_list_text(const char *text, size_t size);
void print_list_end(void);

/** A candidate in a list, as a decoder shows it. */
election_name_fn print_candidate;

/** Who leads: index, leader, session, address, waiting. */
void print_leadership(const struct election_registry_leadership *leadership);

/** What came of a command. */
void print_status(enum election_status status);

/** Says on standard error what went wrong. */
__attribute__((format(printf, 1, 2))) void print_error(const char *format, ...);

#endif
