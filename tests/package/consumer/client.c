/* SPDX-License-Identifier: Apache-2.0 */
/* Needs libelection-client. */
#include <election/client.h>

#include <stdio.h>

int main(void)
{
    struct election_client_config config = {
        .client_id = (const uint8_t *)"alice",
        .client_id_size = 5,
        .incarnation = 1,
        .timeout_ms = 10000,
    };
    struct election_client_request request = {.number = 0};
    struct election_buffer output = ELECTION_BUFFER_INIT;
    struct election_client *client;

    if (election_client_create(&config, &client) != ELECTION_OK ||
        election_client_request(client, 1, &output, &request) != ELECTION_OK)
        return 1;
    if (request.number == 1 && output.size > 0 &&
        !election_client_leads(client, "db", 2, "alice", 5, 1, NULL))
        printf("tenure 1: alice leads\n"); /* as the others print */
    election_buffer_free(&output);
    election_client_destroy(client);
    return 0;
}
