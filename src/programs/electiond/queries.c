/* SPDX-License-Identifier: Apache-2.0 */
#include "queries.h"

bool queries_ask(struct node *node, const struct election_registry_query *query,
                 struct election_registry_answer *answer)
{
    return election_registry_query_encode(query, &node->command) ==
               ELECTION_OK &&
           election_registry_query(node->registry, node->command.data,
                                   node->command.size,
                                   &node->answer) == ELECTION_OK &&
           election_registry_answer_decode(node->answer.data, node->answer.size,
                                           answer, NULL) == ELECTION_OK;
}

struct election_registry_answer queries_status(struct node *node)
{
    const struct election_registry_query query = {
        .kind = ELECTION_REGISTRY_GET_STATUS};
    struct election_registry_answer answer = {0};

    if (!queries_ask(node, &query, &answer))
        answer.session_count = answer.election_count = UINT64_MAX;
    return answer;
}
