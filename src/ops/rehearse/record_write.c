/* What was counted during a run, as the report has it. */
#include "ops/rehearse/internal.h"

#define SAMPLES_MAX 400
#define EVENTS_MAX 300

static void halve_samples(struct recorder *rec)
{
    size_t n = 0;
    for (size_t i = 0; i < rec->r->samples.len; i += 2)
        rec->r->samples.items[n++] = rec->r->samples.items[i];
    rec->r->samples.len = n;
    rec->sample_every *= 2;
}

void record_sample(struct recorder *rec, int64_t now, bool always)
{
    if (now < rec->sample_at && !always)
        return;
    struct rehearsal_sample sample = {
        .at_ms = now,
        .old_nodes = rec->old_nodes,
        .new_nodes = rec->new_nodes,
        .old_pods = rec->counts[PLACE_OLD],
        .new_pods = rec->counts[PLACE_NEW],
        .other_pods = rec->counts[PLACE_OTHER],
        .pending = rec->counts[PLACE_WAITING],
        .starting = rec->starting,
    };
    if (rec->r->samples.len && rec->r->samples.items[rec->r->samples.len - 1].at_ms == now)
        rec->r->samples.len--;
    must_push(&rec->r->samples, sample);
    if (rec->r->samples.len >= SAMPLES_MAX)
        halve_samples(rec);
    rec->sample_at = now + rec->sample_every;
}

void record_phase(struct recorder *rec, enum nodes_phase phase, int64_t now)
{
    if (rec->r->phases.len) {
        struct rehearsal_phase *last = &rec->r->phases.items[rec->r->phases.len - 1];
        if (last->phase == phase)
            return;
        last->to_ms = now;
    }
    must_push(&rec->r->phases, (struct rehearsal_phase){phase, now, now});
    record_sample(rec, now, true);
}

void record_round(struct recorder *rec, size_t part, int64_t now)
{
    const struct setting *s = rec->s;
    for (size_t i = rec->r->rounds.len; i < s->parts.len; i++)
        must_push(&rec->r->rounds, ((struct rehearsal_round){-1, s->parts.items[i].fresh_count,
                                                             s->parts.items[i].old_count}));
    rec->r->rounds.items[part].from_ms = now;
    record_event(rec, now, "round", "%zu of %zu: %u new nodes, then %u old ones", part + 1,
                 s->parts.len, s->parts.items[part].fresh_count, s->parts.items[part].old_count);
}

void record_event(struct recorder *rec, int64_t now, const char *kind, const char *fmt, ...)
{
    char text[512];
    va_list ap;
    if (rec->r->events.len >= EVENTS_MAX)
        return;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    must_push(&rec->r->events, (struct rehearsal_event){now, kind, text_of(rec->r, "%s", text)});
}

static void find_examples(struct recorder *rec)
{
    rec->example = mem_must(malloc((rec->w->workloads.len + 1) * sizeof *rec->example));
    memset(rec->example, 0xff, rec->w->workloads.len * sizeof *rec->example);
    world_each_pod(rec->w, p) {
        uint32_t owner = world_top_owner(rec->w, p);
        if (owner != WORLD_NONE && rec->example[owner] == WORLD_NONE)
            rec->example[owner] = p;
    }
}

/* One of the workload's pods; WORLD_NONE. */
static uint32_t example_of(struct recorder *rec, uint32_t workload)
{
    if (!rec->example)
        find_examples(rec);
    return rec->example[workload];
}

/* The least number of Ready pods that its budget asks for; -1 without one of its own. */
static int32_t wanted_by_budget(struct recorder *rec, uint32_t workload)
{
    int32_t wanted = -1;
    uint32_t pod = example_of(rec, workload);
    for (uint32_t i = 0; pod != WORLD_NONE && i < rec->w->pdbs.len; i++)
        if (rec->w->pdbs.items[i].used && world_pdb_covers(rec->w, &rec->w->pdbs.items[i], pod))
            wanted = rec->w->pdbs.items[i].desired;
    return wanted;
}

/* Worth telling: none was Ready, or fewer than its budget asks for, or without a budget than one in
 * four (at least one pod) being away explains. */
static bool is_dip(struct recorder *rec, uint32_t workload)
{
    enum workload_kind kind = rec->w->workloads.items[workload].kind;
    const struct dip *d = &rec->dips[workload];
    int32_t fair = (d->start + 3) / 4 > 1 ? (d->start + 3) / 4 : 1;
    bool comes_and_goes =
        kind == WORKLOAD_JOB || kind == WORKLOAD_CRONJOB || kind == WORKLOAD_DAEMONSET;
    if (comes_and_goes || !d->start)
        return false;
    if (!d->least || d->least >= d->start - fair)
        return !d->least;
    int32_t wanted = wanted_by_budget(rec, workload);
    return wanted < 0 || d->least < wanted;
}

static void write_dip(struct recorder *rec, uint32_t workload, int64_t now)
{
    char name[512];
    const struct outage *o = &rec->outages[workload];
    world_workload_name(rec->w, workload, name, sizeof name);
    struct rehearsal_dip dip = {
        .workload = text_of(rec->r, "%s", name),
        .replicas = rec->w->workloads.items[workload].replicas,
        .least_ready = rec->dips[workload].least,
        .below_ms = o->ms + (o->since >= 0 ? now - o->since : 0),
    };
    must_push(&rec->r->dips, dip);
}

void record_finish(struct recorder *rec, int64_t now)
{
    record_sample(rec, now, true);
    if (rec->r->phases.len)
        rec->r->phases.items[rec->r->phases.len - 1].to_ms = now;
    for (uint32_t i = 0; i < rec->w->workloads.len; i++)
        if (is_dip(rec, i))
            write_dip(rec, i, now);
    for (uint32_t i = 0; i < rec->nodes.len; i++)
        record_close_node(rec, i);
    rec->r->peak_nodes = rec->peak_nodes;
    rec->r->peak_vcpu = rec->peak_vcpu / 1000;
}
