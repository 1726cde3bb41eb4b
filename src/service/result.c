/* SPDX-License-Identifier: Apache-2.0 */
#include "service.h"

#include "base/buffer.h"
#include "base/field.h"

/** Field numbers of Result and KeepAliveResult. */
enum { STATUS = 1, APPLIED = 2, KEEP_ALIVE = 4, LOST = 1 };

static size_t ids_size(const uint64_t *ids, size_t count)
{
    size_t size = 0;

    for (size_t i = 0; i < count; i++)
        size += election__varint_size(ids[i]);
    return size;
}

enum election_status service_keep_alive_result(uint64_t applied,
                                               const uint64_t *lost_ids,
                                               size_t lost_count,
                                               struct election_buffer *output)
{
    uint64_t status = lost_count > 0 ? ELECTION_NO_SESSION : ELECTION_OK;
    size_t lost_size = ids_size(lost_ids, lost_count);
    size_t size =
        election__number_size(status) + election__number_size(applied);
    uint8_t *at;

    if (lost_count > 0)
        size += election__bytes_size(election__bytes_size(lost_size));
    if (size == 0) {
        output->size = 0;
        return ELECTION_OK;
    }
    at = election__buffer_place(output, &election__allocator_default, 0, size);
    if (at == NULL)
        return ELECTION_NOMEM;
    at = election__number_write(at, STATUS, status);
    at = election__number_write(at, APPLIED, applied);
    if (lost_count > 0) {
        at = election__bytes_open(at, KEEP_ALIVE,
                                  election__bytes_size(lost_size));
        at = election__bytes_open(at, LOST, lost_size);
    }
    for (size_t i = 0; i < lost_count; i++)
        at = election__varint_write(at, lost_ids[i]);
    output->size = size;
    return ELECTION_OK;
}
