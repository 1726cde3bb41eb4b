/* SPDX-License-Identifier: Apache-2.0 */
/* Compiled as C99, C11 and C++17: the headers must suit all three. */
#include <election/election.h>
#include <election/client.h>
#include <election/message.h>
#include <election/registry.h>

int main(void)
{
    struct election_buffer buffer = ELECTION_BUFFER_INIT;
    struct election_config config = {{NULL, NULL, NULL}, 0, 0};
    struct election *election = NULL;
    enum election_status status = election_create(&config, &election);

    if (status == ELECTION_OK)
        status = election_snapshot(election, &buffer);
    election_buffer_free(&buffer);
    election_destroy(election);
    election_registry_destroy(NULL);
    election_client_destroy(NULL);
    return status == ELECTION_OK ? 0 : 1;
}
