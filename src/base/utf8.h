/** Which byte strings are UTF-8. */
#ifndef ELECTION_UTF8_H
#define ELECTION_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * Tells whether the bytes are well-formed UTF-8: no overlong form, no
 * surrogate, nothing above U+10FFFF. NUL is a character like any other here.
 *
 * Source: The Unicode Standard 15.0, table 3-7.
 */
bool election__utf8_valid(const uint8_t *bytes, size_t size);

#endif
