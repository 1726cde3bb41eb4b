/* SPDX-License-Identifier: Apache-2.0 */
#include "exposition.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "members.h"

const char *exposition_find_fault(struct node *node)
{
    if (node->is_leaving)
        return "it leaves";
    if (node->raft.configuration.n == 0)
        return "it waits to be added to a cluster";
    if (election_raft_leads(node->adapter) ||
        (raft_state(&node->raft) != RAFT_LEADER &&
         server_leader_address(node) != NULL))
        return NULL;
    return "it knows no leader: there may be no quorum";
}

/* ---- how they are written ----------------------------------------------- */

static void head(FILE *out, const char *name, const char *type,
                 const char *help)
{
    fprintf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void gauge(FILE *out, const char *name, const char *help, double value)
{
    head(out, name, "gauge", help);
    fprintf(out, "%s %.17g\n", name, value);
}

static void whole(FILE *out, const char *name, const char *type,
                  const char *help, uint64_t value)
{
    head(out, name, type, help);
    fprintf(out, "%s %" PRIu64 "\n", name, value);
}

static void histogram(FILE *out, const char *name, const char *help,
                      const struct histogram *histogram)
{
    uint64_t bound_ns = histogram->least_ns, count = 0;

    head(out, name, "histogram", help);
    for (int i = 0; i < METRICS_BUCKETS - 1; i++) {
        count += histogram->counts[i];
        fprintf(out, "%s_bucket{le=\"%.9g\"} %" PRIu64 "\n", name,
                (double)bound_ns / 1e9, count);
        bound_ns <<= histogram->shift;
    }
    count += histogram->counts[METRICS_BUCKETS - 1];
    fprintf(out,
            "%s_bucket{le=\"+Inf\"} %" PRIu64 "\n%s_sum %.9f\n"
            "%s_count %" PRIu64 "\n",
            name, count, name, (double)histogram->sum_ns / 1e9, name, count);
}

/* ---- groups of them ----------------------------------------------------- */

static void put_role(FILE *out, struct node *node)
{
    head(out, "election_node_info", "gauge", "What this node is.");
    fprintf(out,
            "election_node_info{node=\"%" PRIu64 "\",release=\"%s\","
            "registry_version=\"%d\"} 1\n",
            node->options.id, election_version(), ELECTION_REGISTRY_VERSION);
    whole(out, "election_has_leader", "gauge",
          "1 = this node leads, or knows who does.",
          exposition_find_fault(node) == NULL);
    whole(out, "election_raft_leader", "gauge", "1 = it is the Raft leader.",
          raft_state(&node->raft) == RAFT_LEADER);
    whole(out, "election_in_office", "gauge",
          "1 = it is the Raft leader, and serves clients.",
          election_raft_leads(node->adapter));
    whole(out, "election_raft_term", "gauge", "Raft's term.",
          node->raft.current_term);
    whole(out, "election_members", "gauge", "Members of the cluster.",
          node->raft.configuration.n);
    whole(out, "election_voters", "gauge", "Those of them that have a vote.",
          members_voter_count(node));
    whole(out, "election_log_last_index", "gauge",
          "The last entry that this node has.", raft_last_index(&node->raft));
    whole(out, "election_applied_index", "gauge",
          "The last entry that it has applied.",
          raft_last_applied(&node->raft));
}

static void put_registry(FILE *out, struct node *node)
{
    struct election_registry_summary status;

    if (election_registry_sum_up(node->registry, &status) != ELECTION_OK)
        return;
    whole(out, "election_registry_version", "gauge",
          "Whose rules the registry goes by: an upgrade raises it.",
          status.version);
    whole(out, "election_sessions", "gauge", "Sessions.", status.session_count);
    whole(out, "election_elections", "gauge", "Elections.",
          status.election_count);
    whole(out, "election_candidates", "gauge", "Candidates in all of them.",
          status.candidate_count);
    head(out, "election_log_time_seconds_total", "counter",
         "By which sessions expire: it stands while there is no leader.");
    fprintf(out, "election_log_time_seconds_total %.3f\n",
            (double)status.now_ms / 1000);
    gauge(out, "election_office_timestamp_seconds",
          "When this node saw that the Raft leader took office, which extends "
          "all sessions.",
          node->metrics.office_time);
}

/** A counter for each outcome there is. */
static void put_proposals(FILE *out, const struct metrics *metrics)
{
    static const struct {
        int value;
        const char *name;
    } statuses[] = {
#define STATUS(name, value, text) {value, #name},
        ELECTION_STATUS_MAP(STATUS)
#undef STATUS
    };

    head(out, "election_proposals_total", "counter",
         "Commands that this node proposed, by the status of their Result.");
    for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++)
        if (statuses[i].value >= 0)
            fprintf(out,
                    "election_proposals_total{status=\"%s\"} %" PRIu64 "\n",
                    statuses[i].name, metrics->proposals[statuses[i].value]);
    fprintf(out,
            "election_proposals_total{status=\"UNKNOWN_FATE\"} %" PRIu64 "\n",
            metrics->unknown_count);
    head(out, "election_reads_total", "counter", "Queries answered here.");
    fprintf(out,
            "election_reads_total{kind=\"linearizable\"} %" PRIu64 "\n"
            "election_reads_total{kind=\"local\"} %" PRIu64 "\n",
            metrics->linearizable_count, metrics->local_count);
}

/** A counter for each cause there is. */
static void put_causes(FILE *out, const char *name, const char *help,
                       const uint64_t *counts)
{
    static const enum election_cause causes[] = {
#define CAUSE(name, value) ELECTION_CAUSE_##name,
        ELECTION_CAUSE_MAP(CAUSE)
#undef CAUSE
    };

    head(out, name, "counter", help);
    for (size_t i = 0; i < sizeof causes / sizeof *causes; i++)
        if (causes[i] != ELECTION_CAUSE_INITIAL &&
            causes[i] != ELECTION_CAUSE_RESTORED)
            fprintf(out, "%s{cause=\"%s\"} %" PRIu64 "\n", name,
                    election_cause_name(causes[i]), counts[causes[i]]);
}

/* ---- the disk, and the process ------------------------------------------ */

/** raft_uv names a snapshot "snapshot-TERM-INDEX-MILLISECONDS". */
static int is_snapshot(const struct dirent *entry)
{
    unsigned long long term, index, ms;
    int end = 0;

    return sscanf(entry->d_name, "snapshot-%llu-%llu-%llu%n", &term, &index,
                  &ms, &end) == 3 &&
           entry->d_name[end] == '\0';
}

static void put_snapshot(FILE *out, const struct node *node)
{
    struct dirent **entries = NULL;
    int count = scandir(node->folder.log, &entries, is_snapshot, NULL);
    struct stat newest = {0}, there;
    char path[2 * PATH_SIZE];

    for (int i = 0; i < count; i++) {
        (void)snprintf(path, sizeof path, "%s/%s", node->folder.log,
                       entries[i]->d_name);
        if (stat(path, &there) == 0 && there.st_mtime >= newest.st_mtime)
            newest = there;
        free(entries[i]);
    }
    free(entries);
    if (newest.st_mtime == 0)
        return;
    whole(out, "election_snapshot_bytes", "gauge",
          "Bytes of the latest snapshot, as it is on the disk.",
          (uint64_t)newest.st_size);
    gauge(out, "election_snapshot_age_seconds", "How long ago it was written.",
          difftime(time(NULL), newest.st_mtime));
}

static void put_process(FILE *out)
{
    int files = folder_count("/proc/self/fd"); /* with that folder itself */
    size_t bytes = 0;
    uv_rusage_t usage;

    (void)uv_resident_set_memory(&bytes);
    whole(out, "process_resident_memory_bytes", "gauge", "Resident memory.",
          bytes);
    whole(out, "process_open_fds", "gauge", "Open files.",
          files > 0 ? (uint64_t)files - 1 : 0);
    if (uv_getrusage(&usage) != 0)
        return;
    head(out, "process_cpu_seconds_total", "counter", "CPU time.");
    fprintf(out, "process_cpu_seconds_total %.6f\n",
            (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
                (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) /
                    1e6);
}

static void put_clients(FILE *out, const struct node *node)
{
    whole(out, "election_connections", "gauge", "Connections of clients.",
          node->connection_count);
    whole(out, "election_requests_waiting", "gauge",
          "Requests that wait for an answer.", node->ticket_count);
    whole(out, "election_queued_bytes", "gauge",
          "Bytes that clients have not taken yet.", node->queued_size);
}

char *exposition_write(struct node *node, size_t *size)
{
    const struct metrics *metrics = &node->metrics;
    char *text = NULL;
    FILE *out = open_memstream(&text, size);

    if (out == NULL)
        return NULL;
    put_role(out, node);
    put_registry(out, node);
    put_proposals(out, metrics);
    put_causes(out, "election_tenures_total",
               "Tenures that began, by what began them.", metrics->tenures);
    put_causes(out, "election_vacancies_total",
               "Elections that were left without a leader, by what did it.",
               metrics->vacancies);
    histogram(out, "election_apply_seconds", "Applying one entry.",
              &metrics->apply);
    histogram(out, "election_commit_seconds",
              "From a command's arrival to its Result, at the leader.",
              &metrics->commit);
    put_clients(out, node);
    put_snapshot(out, node);
    put_process(out);
    if (fclose(out) == 0)
        return text;
    free(text);
    return NULL;
}
