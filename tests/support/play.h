/* SPDX-License-Identifier: Apache-2.0 */
/** Short words to play an election with, and to say how it must stand. */
#ifndef SUPPORT_PLAY_H
#define SUPPORT_PLAY_H

#include "election/election.h"

/** Applies a command without output. */
enum election_status play(struct election *election, enum election_op op,
                          uint64_t session_id, const char *name);

/** Applies a command with output. */
enum election_status play_with(struct election *election, enum election_op op,
                               uint64_t session_id, const char *name,
                               struct election_buffer *output);

/** Enters names given as "A/1 B/2": name, slash, session. Each must join. */
void play_enter_all(struct election *election, const char *entries);

/** Fails the test unless the Term reads so: "2 B [A C]"; nobody is "-". */
void assert_term(const struct election *election, const char *term);

/** The same of an encoded output; also says what it answers. */
void assert_output(const struct election_buffer *output, enum election_op op,
                   const char *term);
void assert_output_bytes(const uint8_t *output, size_t size,
                         enum election_op op, const char *term);

/** Fails the test unless both buffers hold the same bytes. */
void assert_same_bytes(const struct election_buffer *a,
                       const struct election_buffer *b);

/** Takes a snapshot into a new buffer, or fails the test. */
struct election_buffer snapshot_of(const struct election *election);

/** Makes a distinct name of `size` bytes, at least 8, from a number. */
const char *numbered_name(unsigned number, size_t size);

#endif
