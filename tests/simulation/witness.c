/* SPDX-License-Identifier: Apache-2.0 */
#include "witness.h"

#include <string.h>

#include "tenures.h"

enum { SEQUENCES_MAX = 2000, OPS = 9 };

/** A proposal, as the log has it. */
struct done {
    bool is_done;
    enum election_status status;
};

/** What is known of a process. */
struct record {
    uint64_t heard_index; /* the latest entry of which it got an answer */
    struct done done[SEQUENCES_MAX];
    uint32_t called[OPS][ELECTIONS];
    uint32_t executed[OPS][ELECTIONS];
};

static struct record records[PROCESSES_MAX];
static unsigned begun; /* records that are in use */
struct witness_counts witness_counts;

void witness_begin(void)
{
    memset(records, 0, begun * sizeof *records);
    begun = 0;
}

static struct record *record_of(const struct process *process)
{
    if (begun <= process->number)
        begun = process->number + 1;
    return &records[process->number];
}

/* ---- proposals ---------------------------------------------------------- */

static void witness_effect(const struct deed *deed,
                           const struct process *process)
{
    struct record *record = record_of(process);
    struct done *done;
    unsigned op = (unsigned)deed->command.command.op;
    unsigned election = (unsigned)deed->command.election_size - 1;

    if (deed->command.sequence >= SEQUENCES_MAX) {
        world_fail("too many proposals for the checker");
        return;
    }
    done = &record->done[deed->command.sequence];
    if (deed->result.is_repeated) {
        witness_counts.repeats++;
        if (!done->is_done || done->status != deed->result.status)
            world_fail("a repeat has another status than at first");
        return;
    }
    witness_counts.proposals++;
    if (done->is_done)
        world_fail("proposal %llu of process %u took effect twice",
                   (unsigned long long)deed->command.sequence, process->number);
    *done = (struct done){true, deed->result.status};
    record->executed[op][election]++;
    if (op != ELECTION_OP_ENTER &&
        record->executed[op][election] > record->called[op][election])
        world_fail("process %u asked for op %u once less than it was done",
                   process->number, op);
}

void witness_deed(const struct deed *deed)
{
    const struct session *session = calendar_find(deed->command.session_id);

    if (deed->command.kind != ELECTION_REGISTRY_PROPOSE || session == NULL ||
        deed->result.status == ELECTION_NO_SESSION ||
        deed->result.status == ELECTION_STALE)
        return;
    witness_effect(deed, session->process);
}

void checker_called(const struct process *process, enum election_op op,
                    unsigned election)
{
    record_of(process)->called[op][election]++;
}

void checker_answered(const struct process *process, uint64_t sequence,
                      enum election_status status)
{
    const struct done *done = &record_of(process)->done[sequence];

    if (!done->is_done || done->status != status)
        world_fail("process %u was told %d of proposal %llu, which is not so",
                   process->number, (int)status, (unsigned long long)sequence);
}

/* ---- leading ------------------------------------------------------------ */

void checker_hears(const struct process *process, const struct message *message)
{
    struct record *record = record_of(process);

    if (message->kind == MESSAGE_ANSWER &&
        record->heard_index < message->applied)
        record->heard_index = message->applied;
}

/**
 * A client that was deposed by a command may be told so for one timeout more.
 * An answer to what came after the command renews its lease, though: if that
 * comes before the event, nothing is promised. Where messages keep their order,
 * the event comes first.
 */
static void check_deposed(const struct process *process,
                          const struct tenure *tenure)
{
    uint64_t timeout_ms = tenure->session->timeout_ms;
    bool is_over = world.now_us > tenure->ended_us + timeout_ms * MS;

    witness_counts.deposed++;
    if (!is_over)
        return;
    if (!world.is_ordered &&
        record_of(process)->heard_index >= tenure->ended_index)
        witness_counts.outlasted++;
    else
        world_fail(
            "process %u is told that it leads, %llu ms after a command "
            "deposed it",
            process->number,
            (unsigned long long)((world.now_us - tenure->ended_us) / MS));
}

static void check_leading(const struct process *process, unsigned election,
                          uint64_t token)
{
    struct tenure *tenure = tenures_find(election, token);

    witness_counts.looks++;
    if (tenure == NULL || tenure->session->process != process) {
        world_fail("process %u has a token that is not its own",
                   process->number);
        return;
    }
    switch (tenure->ending) {
    case ENDING_NONE:
        break;
    case ENDING_EXPIRY:
        world_fail("process %u leads %s by a session that has expired",
                   process->number, election_names[election]);
        break;
    case ENDING_SELF:
        world_fail("process %u leads %s after it has left", process->number,
                   election_names[election]);
        break;
    case ENDING_OTHERS:
        check_deposed(process, tenure);
        break;
    }
}

void checker_process(struct process *process)
{
    for (unsigned i = 0; i < ELECTIONS; i++) {
        uint64_t token = process_leads(process, i);

        if (token != 0)
            check_leading(process, i, token);
    }
}

/* ---- when nothing fails ------------------------------------------------- */

void checker_leaders_live(void)
{
    for (unsigned i = 0; i < SLOTS; i++)
        if (slots[i] == NULL || calendar_of(slots[i]) == NULL)
            world_fail("the process of slot %u has no session", i);
    for (unsigned i = 0; i < ELECTIONS; i++) {
        const struct tenure *tenure = tenures_present(i);

        if (tenure != NULL &&
            process_leads(tenure->session->process, i) != tenure->token)
            world_fail("process %u leads %s, and does not know",
                       tenure->session->process->number, election_names[i]);
    }
}

void checker_all_are_in(void)
{
    for (unsigned i = 0; i < ELECTIONS; i++)
        if (tenures_present(i) == NULL)
            world_fail("nobody leads %s", election_names[i]);
}
