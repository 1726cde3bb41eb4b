/* SPDX-License-Identifier: Apache-2.0 */
#include <time.h>

#include "service.h"

uint64_t service_clock_ms(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_BOOTTIME, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}
