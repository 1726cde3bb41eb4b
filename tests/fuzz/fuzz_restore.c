/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Snapshots of any bytes: restored whole or not at all; what was restored is
 * sound, has canonical bytes, and goes on.
 */
#include <string.h>

#include "core/check.h"
#include "fuzz.h"

static void check_canonical(const struct election *election,
                            const struct election_buffer *snapshot)
{
    struct election_buffer again = ELECTION_BUFFER_INIT;
    struct election *other;

    require(election_create(NULL, &other) == ELECTION_OK);
    require(election_restore(other, snapshot->data, snapshot->size) ==
            ELECTION_OK);
    require(election_snapshot(other, &again) == ELECTION_OK);
    require(again.size == snapshot->size);
    require(again.size == 0 ||
            memcmp(again.data, snapshot->data, again.size) == 0);
    require(election_index(other) == election_index(election));
    election_destroy(other);
    election_buffer_free(&again);
}

/** Whoever leads and whoever waits last can be moved and removed. */
static void play_on(struct election *election)
{
    struct election_buffer input = ELECTION_BUFFER_INIT;
    struct election_candidate leader;

    while (election_leader(election, &leader) == ELECTION_OK) {
        size_t count = election_candidate_count(election);
        uint64_t session_id = leader.session_id;

        require(election_input_encode(
                    &(struct election_command){ELECTION_OP_DEMOTE, leader.name,
                                               leader.name_size},
                    &input) == ELECTION_OK);
        require(election_apply(election, 0, input.data, input.size, NULL) ==
                (count > 0 ? ELECTION_OK : ELECTION_UNCHANGED));
        require(election_close_session(election, session_id) == ELECTION_OK);
        require(count == 0 || election_candidate_count(election) < count);
        election__check_whole(election);
    }
    require(election_candidate_count(election) == 0);
    election_buffer_free(&input);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct election_buffer snapshot = ELECTION_BUFFER_INIT;
    struct election *election;
    enum election_status status;

    require(election_create(NULL, &election) == ELECTION_OK);
    status = election_restore(election, data, size);
    require(status == ELECTION_OK || status == ELECTION_CORRUPT);
    require(election_snapshot(election, &snapshot) == ELECTION_OK);
    if (status == ELECTION_CORRUPT)
        require(snapshot.size == 0);
    check_canonical(election, &snapshot);
    play_on(election);
    election_buffer_free(&snapshot);
    election_destroy(election);
    return 0;
}
