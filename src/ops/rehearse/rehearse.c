/* From what the user names to runs, and from runs to the report. */
#include "base/date.h"
#include "ops/nodes/explain.h"
#include "ops/rehearse/internal.h"
#include "rules/nodes/nodes_rules.h"

void rehearsal_release(struct rehearsal *r)
{
    if (!r)
        return;
    vec_release(&r->blockers);
    vec_release(&r->unschedulable);
    vec_release(&r->risks);
    vec_release(&r->dips);
    vec_release(&r->samples);
    vec_release(&r->events);
    vec_release(&r->phases);
    vec_release(&r->rounds);
    vec_release(&r->nodes);
    vec_release(&r->old_groups);
    vec_release(&r->new_groups);
    vec_release(&r->subnets);
    vec_release(&r->assumptions);
    vec_release(&r->missing);
    arena_release(&r->arena);
    *r = (struct rehearsal){0};
}

void setting_release(struct setting *s)
{
    free(s->old);
    free(s->turns);
    vec_release(&s->parts);
    vec_release(&s->shapes);
    vec_release(&s->fresh);
    vec_release(&s->greens);
    arena_release(&s->arena);
}

/* ---- what is named ---- */

static void add_old(struct setting *s, uint32_t node)
{
    for (uint32_t i = 0; i < s->old_count; i++)
        if (s->old[i] == node)
            return;
    s->old[s->old_count++] = node;
}

static uint32_t add_group(struct setting *s, const char *name)
{
    uint32_t id = strings_find(&s->w->strings, sv_of(name)), before = s->old_count;
    world_each_node(s->w, n)
        if (id && s->w->nodes.items[n].group == id)
            s->old[s->old_count++] = n;
    return s->old_count - before;
}

static void list_groups(const struct world *w, struct str *out)
{
    for (uint32_t n = 0; n < w->nodes.len; n++) {
        bool seen = !w->nodes.items[n].used || !w->nodes.items[n].group;
        for (uint32_t k = 0; k < n && !seen; k++)
            seen = w->nodes.items[k].used && w->nodes.items[k].group == w->nodes.items[n].group;
        if (!seen && out->len < 300)
            str_addf(out, "%s%s", out->len ? ", " : "", world_text(w, w->nodes.items[n].group));
    }
}

static int find_groups(struct setting *s, const char *const *groups, struct err *err)
{
    for (const char *const *g = groups; *g; g++) {
        bool twice = false;
        for (const char *const *k = groups; k < g; k++)
            twice = twice || strcmp(*k, *g) == 0;
        if (twice || add_group(s, *g))
            continue;
        _cleanup_str_ struct str names = {0};
        list_groups(s->w, &names);
        err_set(err, ERR_NOT_FOUND, "node group '%s': no node of %s belongs to it", *g,
                world_text(s->w, s->w->source));
        return err_hint(err, "its groups are: %s", names.len ? str_c(&names) : "none");
    }
    return 0;
}

/* Those that are still there, of the groups' rounds. */
static void find_rounds(struct setting *s, const struct rehearse_green *green)
{
    for (size_t i = 0; i < green->round_count; i++)
        for (const char *const *name = green->rounds[i].nodes; *name; name++) {
            uint32_t node = world_find_node(s->w, sv_of(*name));
            if (node != WORLD_NONE)
                add_old(s, node);
        }
}

static int find_nodes(struct setting *s, const char *const *names, struct err *err)
{
    for (const char *const *n = names; *n; n++) {
        uint32_t node = world_find_node(s->w, sv_of(*n));
        if (node == WORLD_NONE) {
            err_set(err, ERR_NOT_FOUND, "node '%s' is not in %s", *n,
                    world_text(s->w, s->w->source));
            return err_hint(err, "kubectl get nodes lists their names");
        }
        add_old(s, node);
    }
    return 0;
}

static int find_nodes_or_zones(struct setting *s, const char *const *names, struct err *err)
{
    for (const char *const *n = names; *n; n++) {
        uint32_t node = world_find_node(s->w, sv_of(*n));
        uint32_t zone = strings_find(&s->w->strings, sv_of(*n));
        bool found = node != WORLD_NONE;
        if (found)
            add_old(s, node);
        world_each_node(s->w, k)
            if (zone && s->w->nodes.items[k].zone == zone) {
                add_old(s, k);
                found = true;
            }
        if (!found)
            return err_set(err, ERR_NOT_FOUND, "'%s' is neither a node nor a zone of %s", *n,
                           world_text(s->w, s->w->source));
    }
    return 0;
}

/* ---- the report's frame ---- */

/* Controllers that are not Kubernetes' own: what they do when a pod goes is not known. */
static void assume_foreign(const struct setting *s, struct rehearsal *r)
{
    for (uint32_t i = 0; i < s->w->workloads.len; i++) {
        const struct world_workload *wl = &s->w->workloads.items[i];
        char name[512];
        if (!wl->used || wl->kind != WORKLOAD_OTHER || !wl->pod_count)
            continue;
        world_workload_name(s->w, i, name, sizeof name);
        must_push(&r->assumptions,
                  text_of(r,
                          "%s: its controller is not known here; taken to make pods again as a "
                          "ReplicaSet does",
                          name));
    }
}

static void describe_world(const struct setting *s, struct rehearsal *r)
{
    char version[VERSION_TEXT_MAX];
    r->cluster = text_of(r, "%s", world_text(s->w, s->w->source));
    r->version = text_of(r, "%s", version_format(s->w->version, false, version));
    r->taken = s->w->taken;
    r->seed = s->o->seed;
    vec_foreach(n, &s->w->notes) {
        const char *text =
            text_of(r, "%s: %s", world_text(s->w, n->subject), world_text(s->w, n->text));
        if (world_note_is_gap(s->w, n))
            must_push(&r->missing, text);
        else
            must_push(&r->assumptions, text);
    }
    if (s->w->notes_dropped)
        must_push(&r->assumptions,
                  text_of(r, "%u more notes on the input are not listed", s->w->notes_dropped));
    assume_foreign(s, r);
}

static const char *operation_text(const char *verb, const char *const *names, struct rehearsal *r)
{
    const char *text = verb;
    unsigned count = 0;
    for (const char *const *n = names; *n; n++, count++)
        if (count < 5)
            text = text_of(r, "%s %s", text, *n);
    return count <= 5 ? text : text_of(r, "%s and %u more", text, count - 5);
}

static void add_group_row(const struct setting *s, uint32_t group, uint32_t type, uint32_t count,
                          struct rehearsal *r, bool fresh)
{
    const char *name = world_text(s->w, group), *t = world_text(s->w, type);
    __typeof__(&r->old_groups) list = fresh ? (void *)&r->new_groups : &r->old_groups;
    vec_foreach(g, list)
        if (!strcmp(g->name, name) && !strcmp(g->instance_types, t)) {
            g->nodes += count;
            return;
        }
    struct rehearsal_group g = {text_of(r, "%s", name), count, text_of(r, "%s", t)};
    must_push(list, g);
}

static void describe_groups(const struct setting *s, struct rehearsal *r)
{
    for (uint32_t i = 0; i < s->old_count; i++) {
        const struct world_node *n = &s->w->nodes.items[s->old[i]];
        add_group_row(s, n->group, n->instance_type, 1, r, false);
    }
    vec_foreach(n, &s->fresh)
        add_group_row(s, n->group, n->instance_type, 1, r, true);
}

static void foresee_risks(const struct setting *s, struct rehearsal *r)
{
    struct nodes_risks found = {0};
    nodes_risks_find(s->w, s->cloud, s->old, s->old_count, s->fresh.items, (uint32_t)s->fresh.len,
                     &found);
    vec_foreach(k, &found.list) {
        const char *workload = nodes_workload_of(s->w, k->pod, &r->arena);
        struct rehearsal_risk risk = {
            .id = text_of(r, "%s:%s", k->rule, strchr(workload, ' ') + 1),
            .rule = k->rule,
            .workload = workload,
            .pods = k->pods,
            .blocks = k->blocks,
            .text = text_of(r, "%s", k->text),
            .fix = text_of(r, "%s", k->fix),
        };
        must_push(&r->risks, risk);
    }
    nodes_risks_release(&found);
}

/* ---- runs ---- */

struct drawn {
    int64_t duration_ms;
    uint64_t seed;
};

static int by_duration(const void *a, const void *b)
{
    const struct drawn *x = a, *y = b;
    if (x->duration_ms != y->duration_ms)
        return x->duration_ms < y->duration_ms ? -1 : 1;
    return x->seed < y->seed ? -1 : x->seed > y->seed;
}

/* Nearest rank. */
static struct drawn percentile(const struct drawn *sorted, unsigned n, unsigned percent)
{
    unsigned rank = (n * percent + 99) / 100;
    return sorted[rank ? rank - 1 : 0];
}

/* The run that is told is another one: what the first left behind is forgotten. */
static void forget_run(struct rehearsal *r)
{
    r->dips.len = r->samples.len = r->events.len = r->phases.len = r->nodes.len = 0;
    r->rounds.len = 0;
    r->pods_to_move = r->pods_moved = r->pods_lost = 0;
}

/* More than one run in twenty that blocks is no plan to rely on: one of them is told then, else the
 * one that took as long as half of them. */
static void spread_runs(const struct setting *s, unsigned runs, struct rehearsal *r)
{
    struct drawn *times = mem_must(calloc(runs, sizeof *times));
    unsigned finished = 0;
    uint64_t blocked = 0;
    for (unsigned i = 0; i < runs; i++) {
        uint64_t seed = s->o->seed + i + 1;
        struct run_result one = run_once(s, seed, true, NULL);
        if (one.finished)
            times[finished++] = (struct drawn){one.duration_ms, seed};
        else
            blocked = seed;
    }
    qsort(times, finished, sizeof *times, by_duration);
    r->runs = runs;
    r->runs_blocked = runs - finished;
    if (r->runs_blocked * 20 > runs)
        r->verdict = REHEARSAL_BLOCKS;
    r->duration_p50_ms = finished ? percentile(times, finished, 50).duration_ms : -1;
    r->duration_p95_ms = finished ? percentile(times, finished, 95).duration_ms : -1;
    forget_run(r);
    run_once(s, r->verdict == REHEARSAL_BLOCKS ? blocked : percentile(times, finished, 50).seed,
             true, r);
    free(times);
}

static bool is_blocker(const struct rehearsal *r, const char *id)
{
    vec_foreach(b, &r->blockers)
        if (strcmp(b->id, id) == 0)
            return true;
    return false;
}

/* What was foreseen and then happened is told once, as what happened. */
static void drop_blockers_from_risks(struct rehearsal *r)
{
    size_t kept = 0;
    for (size_t i = 0; i < r->risks.len; i++)
        if (!is_blocker(r, r->risks.items[i].id))
            r->risks.items[kept++] = r->risks.items[i];
    r->risks.len = kept;
}

static void play_all(const struct setting *s, struct rehearsal *r)
{
    struct run_result first = run_once(s, s->o->seed, false, r);
    unsigned runs = s->o->runs ? s->o->runs : 1;
    r->verdict = first.finished ? REHEARSAL_FINISHES : REHEARSAL_BLOCKS;
    r->duration_p50_ms = r->duration_p95_ms = first.finished ? first.duration_ms : -1;
    r->runs = 1;
    r->runs_blocked = !first.finished;
    if (runs > 1 && first.finished)
        spread_runs(s, runs, r);
    drop_blockers_from_risks(r);
    cost_fill(s, r);
    if (r->verdict == REHEARSAL_BLOCKS)
        r->duration_p50_ms = r->duration_p95_ms = -1;
}

static int calibrate(struct setting *s, struct rehearsal *r, struct err *err)
{
    unsigned calibrated = 0;
    sim_times_calibrate(s->w, &s->times, &calibrated);
    if (s->cloud)
        sim_times_of_cloud(s->cloud, &s->times);
    for (const char *const *t = s->o->times; t && *t; t++)
        if (sim_times_set(&s->times, *t, err) < 0)
            return -1;
    if (!calibrated)
        must_push(&r->assumptions, "durations are defaults: the snapshot has too few timestamps of "
                                   "its own (see toban rehearse --help on --time)");
    return 0;
}

static struct setting setting_of(struct world *w, const struct cloud *cloud,
                                 const struct rehearse_options *o)
{
    struct setting s = {.w = w, .cloud = cloud, .o = o};
    s.old = mem_must(calloc(w->nodes.len + 1, sizeof *s.old));
    s.turns = mem_must(calloc(w->nodes.len + 1, sizeof *s.turns));
    return s;
}

int rehearse_replace(struct world *w, const struct cloud *cloud, const char *const *groups,
                     const struct rehearse_green *green, const struct rehearse_options *o,
                     struct rehearsal *out, struct err *err)
{
    _cleanup_setting_ struct setting s = setting_of(w, cloud, o);
    s.green = green;
    s.groups = groups;
    s.terminate = true;
    out->kind = REHEARSAL_REPLACE;
    out->operation = operation_text("replace the nodes of", groups, out);
    if (green->rounds)
        find_rounds(&s, green);
    else if (find_groups(&s, groups, err) < 0)
        return -1;
    describe_world(&s, out);
    if (calibrate(&s, out, err) < 0)
        return -1;
    green_find_shapes(&s);
    if (green_set_counts(&s, err) < 0)
        return -1;
    if (green->suggest && suggest_counts(&s, out, err) < 0)
        return -1;
    if (green_build(&s, err) < 0)
        return -1;
    describe_groups(&s, out);
    foresee_risks(&s, out);
    play_all(&s, out);
    return 0;
}

static int rehearse_old_only(struct setting *s, struct rehearsal *out, struct err *err)
{
    rounds_plan(s);
    describe_world(s, out);
    if (calibrate(s, out, err) < 0)
        return -1;
    describe_groups(s, out);
    play_all(s, out);
    return 0;
}

int rehearse_drain(struct world *w, const struct cloud *cloud, const char *const *nodes,
                   const struct rehearse_options *o, struct rehearsal *out, struct err *err)
{
    _cleanup_setting_ struct setting s = setting_of(w, cloud, o);
    out->kind = REHEARSAL_DRAIN;
    out->operation = operation_text("drain", nodes, out);
    if (find_nodes(&s, nodes, err) < 0)
        return -1;
    foresee_risks(&s, out);
    return rehearse_old_only(&s, out, err);
}

int rehearse_fail(struct world *w, const struct cloud *cloud, const char *const *names,
                  const struct rehearse_options *o, struct rehearsal *out, struct err *err)
{
    _cleanup_setting_ struct setting s = setting_of(w, cloud, o);
    s.dies = true;
    out->kind = REHEARSAL_FAIL;
    out->operation = operation_text("sudden death of", names, out);
    if (find_nodes_or_zones(&s, names, err) < 0)
        return -1;
    return rehearse_old_only(&s, out, err);
}
