#include "cmd/rehearse_text.h"

#include "base/date.h"
#include "base/map.h"
#include "base/must.h"

static const struct {
    const char *name, *title;
} phases[NODES_PHASES] = {
    [NODES_PHASE_START] = {"start", "start new nodes"},
    [NODES_PHASE_CORDON] = {"cordon", "cordon"},
    [NODES_PHASE_DRAIN] = {"drain", "drain"},
    [NODES_PHASE_BATCH_SOAK] = {"batch-soak", "soak between batches"},
    [NODES_PHASE_SOAK] = {"soak", "soak"},
    [NODES_PHASE_TERMINATE] = {"terminate", "delete old nodes"},
    [NODES_PHASE_DONE] = {"done", "done"},
};

const char *rehearse_text_old(const struct rehearsal *r)
{
    static const char *const names[] = {
        [REHEARSAL_REPLACE] = "old", [REHEARSAL_DRAIN] = "drained", [REHEARSAL_FAIL] = "dead"};
    return names[r->kind];
}

void rehearse_text_count(struct str *out, uint64_t n, const char *one, const char *many)
{
    str_addf(out, "%llu %s%s", (unsigned long long)n, n == 1 || !many ? one : many,
             n != 1 && !many ? "s" : "");
}

/* Ranges like "41 min to 55 min" lose the first unit. */
void rehearse_text_range(int64_t from_ms, int64_t to_ms, struct str *out)
{
    char from[DURATION_TEXT_MAX], to[DURATION_TEXT_MAX];
    duration_format(from_ms, from);
    duration_format(to_ms, to);
    char *unit = strchr(from, ' '), *to_unit = strchr(to, ' ');
    if (strcmp(from, to) == 0) {
        str_adds(out, to);
        return;
    }
    if (unit && to_unit && strcmp(unit, to_unit) == 0)
        *unit = '\0';
    str_addf(out, "%s to %s", from, to);
}

static void count_workload(struct map *seen, const char *workload)
{
    if (workload)
        mem_must(map_put(seen, sv_of(workload), (void *)workload) ? seen : NULL);
}

size_t rehearse_text_blocked(const struct rehearsal *r)
{
    _cleanup_(map_release) struct map seen = {0};
    vec_foreach(b, &r->blockers)
        count_workload(&seen, b->workload);
    vec_foreach(u, &r->unschedulable)
        count_workload(&seen, u->workload);
    return seen.len;
}

static const char *blocking_rule(const struct rehearsal *r)
{
    vec_foreach(risk, &r->risks)
        if (risk->blocks)
            return risk->rule;
    return NULL;
}

/* The last one that began. */
static void add_round(const struct rehearsal *r, struct str *out)
{
    size_t begun = 0;
    while (begun < r->rounds.len && r->rounds.items[begun].from_ms >= 0)
        begun++;
    if (begun)
        str_addf(out, " in round %zu of %zu", begun, r->rounds.len);
}

void rehearse_text_verdict(const struct rehearsal *r, struct str *out)
{
    bool fails = r->kind == REHEARSAL_FAIL;
    size_t blocked = rehearse_text_blocked(r);
    if (r->verdict == REHEARSAL_FINISHES) {
        str_adds(out, fails ? "Recovers in " : "Finishes in ");
        rehearse_text_range(r->duration_p50_ms, r->duration_p95_ms, out);
        return;
    }
    str_adds(out, fails ? "Does not recover" : "Blocks");
    add_round(r, out);
    if (blocked) {
        str_adds(out, ": ");
        rehearse_text_count(out, blocked, "workload", NULL);
    } else if (blocking_rule(r)) {
        str_addf(out, ": %s", blocking_rule(r));
    }
}

/* Pods of dead nodes do not move: they end, and others take their place. */
static void add_moved(const struct rehearsal *r, struct str *out)
{
    if (!r->pods_to_move)
        str_adds(out, r->kind == REHEARSAL_FAIL ? "No pod is hit" : "No pod has to move");
    else if (r->kind == REHEARSAL_FAIL)
        rehearse_text_count(out, r->pods_to_move, "pod is hit", "pods are hit");
    else if (r->pods_moved >= r->pods_to_move && r->pods_to_move > 1)
        str_addf(out, "All %u pods move", r->pods_to_move);
    else
        str_addf(out, "%u of %u pods move", r->pods_moved, r->pods_to_move);
}

static void add_pods(const struct rehearsal *r, struct str *out)
{
    add_moved(r, out);
    if (r->pods_lost) {
        str_adds(out, ", ");
        rehearse_text_count(out, r->pods_lost, "is", "are");
        str_adds(out, " lost: nobody re-creates them");
    }
}

void rehearse_text_outcome(const struct rehearsal *r, struct str *out)
{
    add_pods(r, out);
    str_adds(out, "; ");
    if (r->runs_blocked && r->runs > 1)
        str_addf(out, "%u of %u runs block", r->runs_blocked, r->runs);
    else
        rehearse_text_count(out, r->runs, "run", NULL);
    str_addf(out, ", seed %llu", (unsigned long long)r->seed);
}

void rehearse_text_source(const struct rehearsal *r, struct str *out)
{
    size_t start = out->len;
    if (r->cluster && *r->cluster)
        str_adds(out, r->cluster);
    if (r->version && *r->version)
        str_addf(out, "%sKubernetes %s", out->len > start ? ", " : "", r->version);
    if (r->taken > 0) {
        char day[DATE_TEXT_MAX];
        int64_t minute = r->taken / 60 % 1440;
        str_addf(out, "%sread %s %02lld:%02lld UTC", out->len > start ? ", " : "",
                 date_format((date_days)(r->taken / 86400), day), (long long)minute / 60,
                 (long long)minute % 60);
    }
}

void rehearse_text_groups(const struct rehearsal_group *groups, size_t n, struct str *out)
{
    if (!n)
        str_adds(out, "none");
    for (size_t i = 0; i < n; i++) {
        str_adds(out, i == 0 ? "" : i + 1 == n ? " and " : ", ");
        str_addf(out, "%u", groups[i].nodes);
        if (groups[i].instance_types && *groups[i].instance_types)
            str_addf(out, " %s", groups[i].instance_types);
        else
            str_adds(out, groups[i].nodes == 1 ? " node" : " nodes");
        if (groups[i].name && *groups[i].name)
            str_addf(out, " (%s)", groups[i].name);
    }
}

void rehearse_text_dip(const struct rehearsal_dip *d, struct str *out)
{
    char buf[DURATION_TEXT_MAX];
    str_addf(out, "%d of %d Ready at the worst", d->least_ready, d->replicas);
    if (d->below_ms > 0)
        str_addf(out, ", none for %s", duration_format(d->below_ms, buf));
}

void rehearse_text_cost(const struct rehearsal *r, struct str *out)
{
    if (r->cost_usd < 0) {
        str_adds(out, "not known");
        return;
    }
    str_addf(out, "$%.2f", r->cost_usd);
    if (r->cost_basis && *r->cost_basis)
        str_addf(out, " (%s)", r->cost_basis);
}

bool rehearse_text_is_telling(const struct rehearsal_event *e)
{
    return strcmp(e->kind, "phase") != 0 && strncmp(e->kind, "node-", 5) != 0;
}

const char *rehearse_text_phase_name(enum nodes_phase phase)
{
    return phases[phase].name;
}

const char *rehearse_text_phase_title(enum nodes_phase phase)
{
    return phases[phase].title;
}

const char *rehearse_text_phase_takes(const struct rehearsal_phase *p,
                                      char buf[static DURATION_TEXT_MAX])
{
    return p->phase == NODES_PHASE_DONE ? "" : duration_format(p->to_ms - p->from_ms, buf);
}

static int64_t later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

int64_t rehearse_text_end(const struct rehearsal *r)
{
    int64_t end = 1;
    vec_foreach(s, &r->samples)
        end = later(end, s->at_ms);
    vec_foreach(p, &r->phases)
        end = later(end, p->to_ms);
    vec_foreach(n, &r->nodes)
        end = later(end, later(later(n->ready_ms, n->gone_ms), later(n->empty_ms, n->clean_ms)));
    return end;
}

const struct rehearsal_sample *rehearse_text_sample(const struct rehearsal *r, int64_t at_ms)
{
    size_t low = 0, high = r->samples.len;
    if (!high)
        return NULL;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (r->samples.items[middle].at_ms <= at_ms)
            low = middle;
        else
            high = middle;
    }
    return &r->samples.items[low];
}
