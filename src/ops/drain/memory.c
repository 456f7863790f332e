/* What a plan remembers of a drain from one runner to the next. */
#include "ops/drain/drive.h"

#include "base/jsonw.h"
#include "doc/pull.h"
#include "ops/drain/pins.h"
#include "ops/nodes/workload.h"

#define WORKLOADS_OF_ACT 200

/* ---- what was intended and not settled ---- */

struct open_act {
    const char *key;
    bool happened;
};

struct settling {
    struct drive *d;
    VEC(struct open_act) acts;
};

/* "evict/NAMESPACE/NAME/UID": did the pod go? */
static bool pod_went(const struct drive *d, struct sv rest)
{
    struct sv ns = sv_split(&rest, '/'), name = sv_split(&rest, '/');
    uint32_t pod = world_find_pod(d->w, ns, name);
    return pod == WORLD_NONE || d->w->pods.items[pod].deleting ||
           !sv_eq(strings_get(&d->w->strings, d->w->pods.items[pod].uid), rest);
}

static bool node_was_cordoned(const struct drive *d, struct sv name)
{
    uint32_t node = world_find_node(d->w, name);
    return node == WORLD_NONE || d->w->nodes.items[node].unschedulable;
}

static void see(void *ctx, const struct plan_act *act)
{
    struct settling *s = ctx;
    struct sv rest = sv_of(act->key), kind = sv_split(&rest, '/');
    if (act->state != ACT_INTENDED)
        return;
    bool cordon = sv_is(kind, "cordon");
    if (!cordon && !sv_is(kind, "evict") && !sv_is(kind, "force"))
        return;
    const struct open_act open = {
        mem_must(arena_dup(&s->d->turn, sv_of(act->key))),
        cordon ? node_was_cordoned(s->d, rest) : pod_went(s->d, rest),
    };
    must_push(&s->acts, open);
}

int memory_settle(struct drive *d, struct err *err)
{
    struct settling s = {.d = d};
    plan_acts_each(d->h.run, d->h.step, see, &s);
    vec_foreach(open, &s.acts) {
        struct plan_act act = {open->key, ACT_FAILED, SV_NONE};
        if (open->happened)
            act = (struct plan_act){open->key, ACT_DONE, SV("{\"observed\":true}")};
        must_push(&d->acts, act);
    }
    vec_release(&s.acts);
    return calls_record(d, err);
}

/* ---- which nodes were meant ---- */

void memory_of_nodes(struct drive *d)
{
    pins_load(&d->h, &d->pins);
}

bool memory_is_other(const struct drive *d, const char *node)
{
    uint32_t index = world_find_node(d->w, sv_of(node));
    return index != WORLD_NONE &&
           pins_is_other(&d->pins, node, world_text(d->w, d->w->nodes.items[index].uid));
}

static void note_nodes(struct drive *d)
{
    for (uint32_t i = 0; i < d->node_count; i++) {
        if (d->nodes[i].index == WORLD_NONE)
            continue;
        const char *uid = world_text(d->w, d->w->nodes.items[d->nodes[i].index].uid);
        struct plan_act act = {mem_must(arena_fmt(&d->turn, "node/%s", d->nodes[i].name)), ACT_DONE,
                               pins_data(uid, &d->turn)};
        must_push(&d->acts, act);
    }
}

/* ---- how Ready workloads were ---- */

struct before {
    struct drive *d;
    bool found;
};

static void expect(struct drive *d, struct pull *p)
{
    struct sv key;
    while (pull_key(p, &key)) {
        int64_t ready = 0;
        uint32_t workload;
        struct err err = {0};
        const char *name = mem_must(arena_dup(&d->turn, key));
        if (pull_i64(p, &ready) && ready > 0 && ready <= INT32_MAX &&
            nodes_workload_find(d->w, name, &workload, &err) == 0)
            nodes_expect(d->op, workload, (int32_t)ready);
    }
}

static void recall(void *ctx, const struct plan_act *act)
{
    struct before *b = ctx;
    struct drive *d = b->d;
    struct pull p;
    struct sv key;
    int64_t pods = 0;
    if (strncmp(act->key, "before/", strlen("before/")) != 0 || act->state != ACT_DONE)
        return;
    b->found = true;
    pull_init(&p, act->data, &d->turn);
    if (!pull_map(&p))
        return;
    while (pull_key(&p, &key))
        if (sv_is(key, "pods") && pull_i64(&p, &pods) && pods > 0 && pods < UINT32_MAX)
            d->total_before = (uint32_t)pods;
        else if (sv_is(key, "ready") && pull_map(&p))
            expect(d, &p);
        else if (!sv_is(key, "pods") && !sv_is(key, "ready"))
            pull_skip(&p);
}

static void write_ready(struct drive *d, const struct nodes_touched *list, uint32_t count,
                        struct jsonw *w)
{
    jsonw_key(w, "ready");
    jsonw_object(w);
    for (uint32_t i = 0; i < count; i++) {
        const struct world_workload *wl = &d->w->workloads.items[list[i].workload];
        jsonw_kv_int(w,
                     mem_must(arena_fmt(&d->turn, "%s/%s/%s", workload_kind_name(d->w, wl),
                                        world_text(d->w, wl->ns), world_text(d->w, wl->name))),
                     list[i].before);
    }
    jsonw_object_end(w);
}

/* Before anything is touched. Many workloads are many acts: an item of the store is small. */
static void note_before(struct drive *d)
{
    struct nodes_progress progress;
    uint32_t count = nodes_touched(d->op, NULL, 0);
    struct nodes_touched *list = mem_must(calloc(count + 1, sizeof *list));
    nodes_touched(d->op, list, count);
    nodes_progress(d->op, &progress);
    for (uint32_t from = 0; from == 0 || from < count; from += WORKLOADS_OF_ACT) {
        _cleanup_str_ struct str text = {0};
        struct jsonw w;
        uint32_t n = count - from < WORKLOADS_OF_ACT ? count - from : WORKLOADS_OF_ACT;
        jsonw_init(&w, &text, 0);
        jsonw_object(&w);
        jsonw_kv_int(&w, "pods", progress.pods);
        write_ready(d, list + from, n, &w);
        jsonw_object_end(&w);
        struct plan_act act = {
            mem_must(arena_fmt(&d->turn, "before/%04u", from / WORKLOADS_OF_ACT)), ACT_DONE,
            sv_of(mem_must(arena_dup(&d->turn, str_sv(&text))))};
        must_push(&d->acts, act);
    }
    free(list);
}

int memory_of_before(struct drive *d, struct err *err)
{
    struct before b = {.d = d};
    struct nodes_progress progress;
    plan_acts_each(d->h.run, d->h.step, recall, &b);
    nodes_progress(d->op, &progress);
    if (b.found && d->total_before > progress.pods)
        d->gone_before = d->total_before - progress.pods;
    if (!b.found) {
        note_before(d);
        note_nodes(d);
    }
    return calls_record(d, err);
}
