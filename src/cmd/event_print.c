#include "cmd/event_print.h"

#include "base/duration.h"
#include "base/jsonw.h"
#include "base/text.h"
#include "base/timestamp.h"
#include "cmd/drain_frame.h"
#include "cmd/rehearse_text.h"

#include <inttypes.h>

#define SCHEMA "toban.event/v1"
#define BLOCKED_TOLD 5

/* ---- for people ---- */

static void add_clock(int64_t at_ms, struct str *out)
{
    int64_t s = at_ms / 1000 % 86400;
    str_addf(out, "%02d:%02d:%02d ", (int)(s / 3600), (int)(s / 60 % 60), (int)(s % 60));
}

/* A sentence that says of whom it is. */
static bool names_subject(const struct event *e)
{
    return e->text && sv_has(sv_of(e->text), e->subject);
}

void event_print_line(const struct event *e, struct str *out)
{
    _cleanup_str_ struct str line = {0};
    add_clock(e->at_ms, &line);
    str_adds(&line, e->kind);
    if (e->step)
        str_addf(&line, " %s", e->step);
    if (e->subject && !names_subject(e))
        str_addf(&line, " %s", e->subject);
    if (e->text && *e->text)
        str_addf(&line, ": %s", e->text);
    text_printable(out, str_sv(&line));
    str_addc(out, '\n');
}

static void add_count(struct str *out, uint64_t n, const char *what)
{
    if (n)
        str_addf(out, ", %" PRIu64 " %s", n, what);
}

static void add_blocked(const struct drain_view *v, struct str *out)
{
    struct drain_group groups[BLOCKED_TOLD];
    uint32_t n = drain_frame_groups(v, groups, BLOCKED_TOLD);
    for (uint32_t i = 0; i < n; i++) {
        const struct drain_pod *pod = groups[i].first;
        _cleanup_str_ struct str line = {0};
        add_clock(v->now_ms, &line);
        str_addf(&line, "blocked %s", pod->pod);
        if (groups[i].pods > 1)
            str_addf(&line, " and %u more of %s", groups[i].pods - 1, pod->workload);
        str_addf(&line, ": %s", pod->cause);
        if (pod->fix)
            str_addf(&line, "; fix: %s", pod->fix);
        text_printable(out, str_sv(&line));
        str_addc(out, '\n');
    }
}

void event_print_progress_lines(const struct drain_view *v, struct str *out)
{
    const struct nodes_progress *p = &v->progress;
    char left[DURATION_TEXT_MAX];
    add_clock(v->now_ms, out);
    str_addf(out, "progress %s: %u of %u pods gone, %u of %u nodes clean",
             rehearse_text_phase_name(v->phase), p->pods_gone, p->pods, p->nodes_clean, p->nodes);
    add_count(out, p->leaving, "leaving");
    add_count(out, p->waiting, "waiting");
    add_count(out, v->not_ready, "not Ready yet");
    add_count(out, p->volumes, "volumes attached");
    if (v->remaining_ms >= 0 && v->phase != NODES_PHASE_DONE)
        str_addf(out, ", about %s left", duration_format(v->remaining_ms, left));
    str_addc(out, '\n');
    add_blocked(v, out);
}

/* ---- for programs ---- */

static void kv_time(struct jsonw *j, const char *key, int64_t ms)
{
    char text[TIMESTAMP_TEXT_MAX], exact[TIMESTAMP_TEXT_MAX + 8];
    if (ms <= 0) {
        jsonw_kv_str(j, key, NULL);
        return;
    }
    timestamp_format(ms / 1000, text);
    snprintf(exact, sizeof exact, "%.*s.%03dZ", (int)strcspn(text, "Z"), text, (int)(ms % 1000));
    jsonw_kv_str(j, key, exact);
}

static void kv_seconds(struct jsonw *j, const char *key, int64_t ms)
{
    char text[32];
    jsonw_key(j, key);
    if (ms < 0) {
        jsonw_null(j);
        return;
    }
    snprintf(text, sizeof text, "%" PRId64 ".%03d", ms / 1000, (int)(ms % 1000));
    jsonw_raw(j, sv_of(text));
}

static void begin(struct jsonw *j, int64_t at_ms, const char *plan, const char *kind,
                  struct str *out)
{
    jsonw_init(j, out, 0);
    jsonw_object(j);
    jsonw_kv_str(j, "schema", SCHEMA);
    kv_time(j, "at", at_ms);
    jsonw_kv_str(j, "plan", plan);
    jsonw_kv_str(j, "kind", kind);
}

static void finish(struct jsonw *j, struct str *out)
{
    jsonw_object_end(j);
    str_addc(out, '\n');
}

void event_print_json(const struct event *e, struct str *out)
{
    struct jsonw j;
    begin(&j, e->at_ms, e->plan, e->kind, out);
    if (e->step)
        jsonw_kv_str(&j, "step", e->step);
    if (e->subject)
        jsonw_kv_str(&j, "subject", e->subject);
    jsonw_kv_str(&j, "text", e->text ? e->text : "");
    finish(&j, out);
}

static void write_nodes(struct jsonw *j, const struct drain_view *v)
{
    static const char *const states[] = {[DRAIN_WAITS] = "waits",
                                         [DRAIN_DRAINS] = "drains",
                                         [DRAIN_EMPTY] = "empty",
                                         [DRAIN_CLEAN] = "clean",
                                         [DRAIN_GONE] = "gone"};
    jsonw_key(j, "nodes");
    jsonw_array(j);
    for (uint32_t i = 0; i < v->node_count; i++) {
        const struct drain_node *n = &v->nodes[i];
        jsonw_object(j);
        jsonw_kv_str(j, "name", n->name);
        jsonw_kv_str(j, "state", states[n->state]);
        jsonw_kv_int(j, "pods", n->pods);
        jsonw_kv_int(j, "pods_left", n->pods_left);
        jsonw_kv_int(j, "volumes", n->volumes);
        jsonw_kv_bool(j, "ready", n->ready);
        jsonw_object_end(j);
    }
    jsonw_array_end(j);
}

static void write_blocked(struct jsonw *j, const struct drain_view *v)
{
    struct drain_group groups[DRAIN_GROUPS_MAX];
    uint32_t n = drain_frame_groups(v, groups, DRAIN_GROUPS_MAX);
    jsonw_key(j, "blocked");
    jsonw_array(j);
    for (uint32_t i = 0; i < n; i++) {
        const struct drain_pod *pod = groups[i].first;
        jsonw_object(j);
        jsonw_kv_str(j, "workload", pod->workload);
        jsonw_kv_int(j, "pods", groups[i].pods);
        jsonw_kv_str(j, "example", pod->pod);
        jsonw_kv_str(j, "node", pod->node);
        jsonw_kv_str(j, "cause", pod->cause);
        jsonw_kv_str(j, "fix", pod->fix);
        kv_time(j, "since", pod->since_ms);
        jsonw_object_end(j);
    }
    jsonw_array_end(j);
}

void event_print_progress_json(const char *plan, const struct drain_view *v, struct str *out)
{
    struct jsonw j;
    const struct nodes_progress *p = &v->progress;
    begin(&j, v->now_ms, plan, "progress", out);
    jsonw_kv_str(&j, "phase", rehearse_text_phase_name(v->phase));
    jsonw_kv_int(&j, "pods", p->pods);
    jsonw_kv_int(&j, "pods_gone", p->pods_gone);
    jsonw_kv_int(&j, "leaving", p->leaving);
    jsonw_kv_int(&j, "waiting", p->waiting);
    jsonw_kv_int(&j, "not_ready", v->not_ready);
    jsonw_kv_int(&j, "volumes", p->volumes);
    jsonw_kv_int(&j, "nodes_clean", p->nodes_clean);
    jsonw_kv_int(&j, "evictions", (long long)v->evictions);
    jsonw_kv_int(&j, "refused", (long long)v->refused);
    jsonw_kv_int(&j, "throttled", (long long)v->throttled);
    jsonw_kv_int(&j, "failed", (long long)v->failed);
    kv_seconds(&j, "remaining_s", v->remaining_ms);
    jsonw_kv_str(&j, "trouble", v->trouble);
    write_nodes(&j, v);
    write_blocked(&j, v);
    finish(&j, out);
}

/* ---- before and after ---- */

static void write_steps(struct jsonw *j, const struct plan *p)
{
    jsonw_key(j, "steps");
    jsonw_array(j);
    vec_foreach(s, &p->steps) {
        jsonw_object(j);
        jsonw_kv_str(j, "name", s->name);
        jsonw_kv_str(j, "title", s->title);
        jsonw_object_end(j);
    }
    jsonw_array_end(j);
}

static void write_risks(struct jsonw *j, const struct preflight *found)
{
    jsonw_key(j, "risks");
    jsonw_array(j);
    vec_foreach(item, &found->items) {
        jsonw_object(j);
        jsonw_kv_str(j, "id", item->id);
        jsonw_kv_str(j, "subject", item->subject);
        jsonw_kv_int(j, "pods", item->pods);
        jsonw_kv_bool(j, "blocks", item->blocks);
        jsonw_kv_bool(j, "accepted", item->accepted);
        jsonw_kv_str(j, "text", item->text);
        jsonw_kv_str(j, "fix", item->fix);
        jsonw_object_end(j);
    }
    jsonw_array_end(j);
}

void event_print_preflight_json(int64_t at_ms, const struct plan *p, const struct rehearsal *r,
                                const struct preflight *found, struct str *out)
{
    struct jsonw j;
    begin(&j, at_ms, p->id, "preflight", out);
    jsonw_kv_str(&j, "title", p->title);
    jsonw_kv_str(&j, "cluster", p->cluster);
    jsonw_kv_str(&j, "verdict",
                 !r                                 ? NULL
                 : r->verdict == REHEARSAL_FINISHES ? "finishes"
                                                    : "blocks");
    kv_seconds(&j, "p50_s", r ? r->duration_p50_ms : -1);
    kv_seconds(&j, "p95_s", r ? r->duration_p95_ms : -1);
    jsonw_kv_int(&j, "pods", r ? r->pods_to_move : 0);
    write_steps(&j, p);
    write_risks(&j, found);
    finish(&j, out);
}

void event_print_end_json(const struct event_end *e, struct str *out)
{
    struct jsonw j;
    begin(&j, e->at_ms, e->plan->id, "end", out);
    jsonw_kv_str(&j, "status", plan_status_names[e->plan->status]);
    jsonw_kv_str(&j, "text", e->plan->words ? e->plan->words : "");
    jsonw_kv_int(&j, "exit", e->exit);
    kv_seconds(&j, "took_s", e->took_ms);
    kv_seconds(&j, "forecast_s", e->forecast_ms > 0 ? e->forecast_ms : -1);
    jsonw_kv_int(&j, "pods", e->pods);
    jsonw_kv_int(&j, "pods_gone", e->pods_gone);
    jsonw_kv_int(&j, "evictions", (long long)e->evictions);
    jsonw_kv_int(&j, "refused", (long long)e->refused);
    finish(&j, out);
}
