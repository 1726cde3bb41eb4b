/** Names and Terms as the shell writes them. */
#ifndef SHELL_TEXT_H
#define SHELL_TEXT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "election/election.h"

/** Tells whether a byte may stand in a name without quotes. */
bool text_is_plain(char byte);

/**
 * Prints a name, in double quotes if it has any byte that is not plain, or is
 * but a hyphen, which stands for no leader.
 */
void text_print_name(FILE *out, const char *name, size_t size);

/**
 * Prints "index=2 leader=bob queue=[alice carol]" from an encoded output, which
 * must be well formed.
 */
void text_print_term(FILE *out, const uint8_t *output, size_t output_size);

/** Prints a status in lower case. */
void text_print_status(FILE *out, enum election_status status);

#endif
