/* SPDX-License-Identifier: Apache-2.0 */
#include "plain_snapshot.h"

#include <stdlib.h>

#include "election/registry/v1/registry.pb-c.h"

double plain_unpack_ns(const uint8_t *bytes, size_t size, double (*clock)(void))
{
    double start_ns = clock();
    Election__Registry__V1__Snapshot *snapshot =
        election__registry__v1__snapshot__unpack(NULL, size, bytes);
    double end_ns = clock();

    if (snapshot == NULL)
        abort();
    protobuf_c_message_free_unpacked(&snapshot->base, NULL);
    return end_ns - start_ns;
}
