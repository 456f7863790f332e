#include "base/jsonw.h"
#include "cmd/rehearse_print.h"
#include "cmd/rehearse_text.h"

static const char *const kinds[] = {
    [REHEARSAL_REPLACE] = "replace",
    [REHEARSAL_DRAIN] = "drain",
    [REHEARSAL_FAIL] = "fail",
};

/* Seconds with milliseconds: what programs expect of a key that ends in _s. */
static void kv_seconds(struct jsonw *w, const char *key, int64_t ms)
{
    char text[32];
    jsonw_key(w, key);
    if (ms < 0) {
        jsonw_null(w);
        return;
    }
    snprintf(text, sizeof text, "%lld.%03lld", (long long)ms / 1000, (long long)ms % 1000);
    jsonw_raw(w, sv_of(text));
}

static void kv_dollars(struct jsonw *w, const char *key, double usd)
{
    char text[64];
    jsonw_key(w, key);
    if (usd < 0) {
        jsonw_null(w);
        return;
    }
    snprintf(text, sizeof text, "%.4f", usd);
    jsonw_raw(w, sv_of(text));
}

static void begin_array(struct jsonw *w, const char *key)
{
    jsonw_key(w, key);
    jsonw_array(w);
}

static void begin_object(struct jsonw *w, const char *key)
{
    jsonw_key(w, key);
    jsonw_object(w);
}

static void texts(struct jsonw *w, const char *key, const char *const *items, size_t n)
{
    begin_array(w, key);
    for (size_t i = 0; i < n; i++)
        jsonw_str(w, items[i]);
    jsonw_array_end(w);
}

static void head(struct jsonw *w, const struct rehearsal *r)
{
    jsonw_kv_str(w, "schema", "toban.rehearsal/v1");
    jsonw_kv_str(w, "kind", kinds[r->kind]);
    jsonw_kv_str(w, "operation", r->operation);
    jsonw_kv_str(w, "cluster", r->cluster);
    jsonw_kv_str(w, "version", r->version);
    jsonw_key(w, "taken");
    if (r->taken > 0)
        jsonw_int(w, (long long)r->taken);
    else
        jsonw_null(w);
    jsonw_kv_str(w, "verdict", r->verdict == REHEARSAL_FINISHES ? "finishes" : "blocks");
    begin_object(w, "duration_s");
    kv_seconds(w, "p50", r->duration_p50_ms);
    kv_seconds(w, "p95", r->duration_p95_ms);
    jsonw_object_end(w);
    begin_object(w, "runs");
    jsonw_kv_int(w, "all", r->runs);
    jsonw_kv_int(w, "blocked", r->runs_blocked);
    jsonw_kv_int(w, "seed", (long long)r->seed);
    jsonw_object_end(w);
}

static void blockers(struct jsonw *w, const struct rehearsal *r)
{
    begin_array(w, "blockers");
    vec_foreach(b, &r->blockers) {
        jsonw_object(w);
        jsonw_kv_str(w, "id", b->id);
        jsonw_kv_str(w, "rule", b->rule);
        jsonw_kv_str(w, "workload", b->workload);
        jsonw_kv_int(w, "pods", b->pods);
        jsonw_kv_str(w, "example", b->example);
        jsonw_kv_str(w, "cause", b->cause);
        jsonw_kv_str(w, "fix", b->fix);
        jsonw_object_end(w);
    }
    jsonw_array_end(w);
}

static void unschedulable(struct jsonw *w, const struct rehearsal *r)
{
    begin_array(w, "unschedulable");
    vec_foreach(u, &r->unschedulable) {
        jsonw_object(w);
        jsonw_kv_str(w, "workload", u->workload);
        jsonw_kv_int(w, "pods", u->pods);
        jsonw_kv_str(w, "reason", u->reason);
        jsonw_kv_str(w, "fix", u->fix);
        jsonw_object_end(w);
    }
    jsonw_array_end(w);
}

static void risks(struct jsonw *w, const struct rehearsal *r, const char *key, bool never_move)
{
    begin_array(w, key);
    vec_foreach(risk, &r->risks) {
        if (rehearse_risks_is_never_move(risk) != never_move)
            continue;
        jsonw_object(w);
        jsonw_kv_str(w, "id", risk->id);
        jsonw_kv_str(w, "rule", risk->rule);
        jsonw_kv_str(w, "workload", risk->workload);
        jsonw_kv_int(w, "pods", risk->pods);
        jsonw_kv_bool(w, "blocks", risk->blocks);
        jsonw_kv_str(w, "cause", risk->text);
        jsonw_kv_str(w, "fix", risk->fix);
        jsonw_object_end(w);
    }
    jsonw_array_end(w);
}

static void dips(struct jsonw *w, const struct rehearsal *r)
{
    begin_array(w, "dips");
    vec_foreach(d, &r->dips) {
        jsonw_object(w);
        jsonw_kv_str(w, "workload", d->workload);
        jsonw_kv_int(w, "replicas", d->replicas);
        jsonw_kv_int(w, "least_ready", d->least_ready);
        kv_seconds(w, "none_ready_s", d->below_ms);
        jsonw_object_end(w);
    }
    jsonw_array_end(w);
}

static void pods(struct jsonw *w, const struct rehearsal *r)
{
    begin_object(w, "pods");
    jsonw_kv_int(w, "to_move", r->pods_to_move);
    jsonw_kv_int(w, "moved", r->pods_moved);
    jsonw_kv_int(w, "lost", r->pods_lost);
    jsonw_kv_int(w, "evictions", (long long)r->evictions);
    jsonw_kv_int(w, "refused", (long long)r->refused);
    jsonw_object_end(w);
}

static void peak(struct jsonw *w, const struct rehearsal *r)
{
    begin_object(w, "peak");
    jsonw_kv_int(w, "nodes", r->peak_nodes);
    jsonw_kv_int(w, "vcpu", (long long)r->peak_vcpu);
    begin_array(w, "ips_by_subnet");
    vec_foreach(s, &r->subnets) {
        jsonw_object(w);
        jsonw_kv_str(w, "subnet", s->subnet);
        jsonw_kv_str(w, "zone", s->zone);
        jsonw_kv_int(w, "new_nodes", s->new_nodes);
        jsonw_kv_int(w, "needed", (long long)s->needed);
        jsonw_key(w, "free");
        if (s->free < 0)
            jsonw_null(w);
        else
            jsonw_int(w, (long long)s->free);
        jsonw_object_end(w);
    }
    jsonw_array_end(w);
    jsonw_object_end(w);
    begin_object(w, "cost");
    kv_dollars(w, "usd", r->cost_usd);
    jsonw_kv_str(w, "basis", r->cost_basis);
    jsonw_object_end(w);
}

static void groups(struct jsonw *w, const char *key, const struct rehearsal_group *items, size_t n)
{
    begin_array(w, key);
    for (size_t i = 0; i < n; i++) {
        jsonw_object(w);
        jsonw_kv_str(w, "name", items[i].name);
        jsonw_kv_int(w, "nodes", items[i].nodes);
        jsonw_kv_str(w, "instance_types", items[i].instance_types);
        jsonw_object_end(w);
    }
    jsonw_array_end(w);
}

/* Only where there are some: without them all nodes go at once. */
static void rounds(struct jsonw *w, const struct rehearsal *r)
{
    if (!r->rounds.len)
        return;
    begin_array(w, "rounds");
    vec_foreach(round, &r->rounds) {
        jsonw_object(w);
        kv_seconds(w, "from_s", round->from_ms);
        jsonw_kv_int(w, "new_nodes", round->new_nodes);
        jsonw_kv_int(w, "old_nodes", round->old_nodes);
        jsonw_object_end(w);
    }
    jsonw_array_end(w);
}

static void samples(struct jsonw *w, const struct rehearsal *r)
{
    begin_array(w, "timeline");
    vec_foreach(s, &r->samples) {
        jsonw_object(w);
        kv_seconds(w, "at_s", s->at_ms);
        jsonw_kv_int(w, "old_nodes", s->old_nodes);
        jsonw_kv_int(w, "new_nodes", s->new_nodes);
        jsonw_kv_int(w, "old_pods", s->old_pods);
        jsonw_kv_int(w, "new_pods", s->new_pods);
        jsonw_kv_int(w, "other_pods", s->other_pods);
        jsonw_kv_int(w, "pending", s->pending);
        jsonw_kv_int(w, "starting", s->starting);
        jsonw_object_end(w);
    }
    jsonw_array_end(w);
}

static void phases_and_events(struct jsonw *w, const struct rehearsal *r)
{
    begin_array(w, "phases");
    vec_foreach(p, &r->phases) {
        jsonw_object(w);
        jsonw_kv_str(w, "phase", rehearse_text_phase_name(p->phase));
        kv_seconds(w, "from_s", p->from_ms);
        kv_seconds(w, "to_s", p->to_ms);
        jsonw_object_end(w);
    }
    jsonw_array_end(w);
    begin_array(w, "events");
    vec_foreach(e, &r->events) {
        jsonw_object(w);
        kv_seconds(w, "at_s", e->at_ms);
        jsonw_kv_str(w, "kind", e->kind);
        jsonw_kv_str(w, "text", e->text);
        jsonw_object_end(w);
    }
    jsonw_array_end(w);
}

static void nodes(struct jsonw *w, const struct rehearsal *r)
{
    begin_array(w, "nodes");
    vec_foreach(n, &r->nodes) {
        jsonw_object(w);
        jsonw_kv_str(w, "name", n->name);
        jsonw_kv_str(w, "zone", n->zone);
        jsonw_kv_bool(w, "new", n->is_new);
        jsonw_kv_int(w, "pods", n->pods);
        kv_seconds(w, "ready_s", n->ready_ms);
        kv_seconds(w, "drain_from_s", n->drain_from_ms);
        kv_seconds(w, "empty_s", n->empty_ms);
        kv_seconds(w, "clean_s", n->clean_ms);
        kv_seconds(w, "gone_s", n->gone_ms);
        jsonw_object_end(w);
    }
    jsonw_array_end(w);
}

void rehearse_print_json(const struct rehearse_print *p, const struct rehearsal *r)
{
    struct jsonw w;
    jsonw_init(&w, p->out, 2);
    jsonw_object(&w);
    head(&w, r);
    blockers(&w, r);
    unschedulable(&w, r);
    risks(&w, r, "never_move", true);
    risks(&w, r, "risks", false);
    dips(&w, r);
    pods(&w, r);
    peak(&w, r);
    groups(&w, "old_groups", r->old_groups.items, r->old_groups.len);
    groups(&w, "new_groups", r->new_groups.items, r->new_groups.len);
    rounds(&w, r);
    jsonw_kv_str(&w, "suggestion", r->suggestion);
    samples(&w, r);
    phases_and_events(&w, r);
    nodes(&w, r);
    texts(&w, "assumptions", r->assumptions.items, r->assumptions.len);
    texts(&w, "missing", r->missing.items, r->missing.len);
    begin_object(&w, "timings");
    jsonw_kv_int(&w, "load_ms", (long long)r->load_ms);
    jsonw_kv_int(&w, "run_ms", (long long)r->run_ms);
    jsonw_object_end(&w);
    jsonw_object_end(&w);
    str_addc(p->out, '\n');
}
