/* The pods of a group: proven gone, or moved away by ops/drain when a replacement goes back. */
#include "ops/replace/live_drain.h"

#include "base/must.h"
#include "ops/drain/hand.h"
#include "ops/replace/empty.h"
#include "ops/replace/live.h"
#include "ops/snapshot/snapshot.h"

#include <string.h>

#define ROUNDS 3 /* nodes may join while others are drained */

/* ---- a fresh look ---- */

struct look {
    struct world world;
    struct snapshot_report report;
};

static void look_release(struct look *k)
{
    snapshot_report_release(&k->report);
    world_release(&k->world);
}
#define _cleanup_look_ _cleanup_(look_release)

static int look_take(struct look *k, const struct kube_options *kube, struct err *err)
{
    _cleanup_kube_client_ struct kube_client *c = NULL;
    *k = (struct look){0};
    world_init(&k->world);
    if (kube_client_new(kube, NULL, &c, err) < 0)
        return -1;
    return snapshot_live(c, &k->world, hand_now_ms() / 1000, &k->report, err);
}

int live_group_empty(const struct kube_options *kube, const char *group, struct str *words,
                     struct err *err)
{
    _cleanup_look_ struct look k;
    if (look_take(&k, kube, err) < 0)
        return -1;
    return replace_empty(&k.world, group, words);
}

int live_nodes_empty(void *ctx, const struct shape_texts *names, struct str *words, struct err *err)
{
    struct replace_live *l = ctx;
    _cleanup_look_ struct look k;
    if (look_take(&k, &l->host.drain.kube, err) < 0)
        return -1;
    return replace_nodes_empty(&k.world, names, words);
}

int live_newest(void *ctx, const char *group, struct arena *a, struct shape_texts *names,
                struct shape_texts *machines, struct err *err)
{
    struct replace_live *l = ctx;
    _cleanup_look_ struct look k;
    if (look_take(&k, &l->host.drain.kube, err) < 0)
        return -1;
    replace_newest(&k.world, group, a, names, machines);
    return 0;
}

/* ---- going back ---- */

/* Names of a group's nodes, sorted as the world has them, ended by NULL; in a. */
static const char *const *nodes_of(const struct world *w, const char *group, struct arena *a)
{
    uint32_t id = strings_find(&w->strings, sv_of(group));
    const char **names = mem_must(arena_new_n(a, const char *, w->nodes.len + 1));
    size_t count = 0;
    world_each_node(w, n)
        if (id && w->nodes.items[n].group == id)
            names[count++] =
                mem_must(arena_dup(a, strings_get(&w->strings, w->nodes.items[n].name)));
    names[count] = NULL;
    return names;
}

/* The pace of the order, but now: whoever goes back does not wait for a window, a batch or the
 * leave to touch a workload. */
static struct drain_order order_back(const struct drain_order *there, const char *const *nodes)
{
    return (struct drain_order){
        .nodes = nodes,
        .order = there->order,
        .workload_unavailable = there->workload_unavailable,
        .evictions_per_s = there->evictions_per_s,
        .bare = there->bare,
        .keep_empty_dir_pods = there->keep_empty_dir_pods,
        .in_flight = there->in_flight,
        .volume_timeout_s = there->volume_timeout_s,
    };
}

static enum plan_end act(const char *verb, void *ctx, struct plan_run *run,
                         const struct plan_step *step, struct err *err)
{
    const struct plan_verb *v = drain_verbs();
    while (strcmp(v->name, verb) != 0)
        v++;
    return v->act(ctx, run, step, err);
}

static enum plan_end drain_nodes(struct replace_live *l, struct plan_run *run,
                                 const struct plan_step *step, const char *const *nodes,
                                 struct arena *a, struct err *err)
{
    struct drain_order there, back;
    if (drain_order_parse(plan_run_plan(run)->args, a, &there, err) < 0)
        return PLAN_END_FAIL;
    back = order_back(&there, nodes);
    struct drain_host host = l->host.drain;
    host.order = &back;
    host.forecast_ms = 0;
    enum plan_end end = act("cordon", &host, run, step, err);
    return end == PLAN_END_OK ? act("drain", &host, run, step, err) : end;
}

enum plan_end live_drain_green(void *ctx, struct plan_run *run, const struct plan_step *step,
                               const struct replace_step *s, struct err *err)
{
    struct replace_live *l = ctx;
    _cleanup_str_ struct str words = {0};
    for (unsigned round = 0; round < ROUNDS; round++) {
        _cleanup_look_ struct look k;
        _cleanup_arena_ struct arena a = {0};
        if (look_take(&k, &l->host.drain.kube, err) < 0)
            return PLAN_END_FAIL;
        const char *const *nodes = nodes_of(&k.world, s->green, &a);
        str_reset(&words);
        if (!nodes[0] || (round && replace_empty(&k.world, s->green, &words)))
            return PLAN_END_OK;
        enum plan_end end = drain_nodes(l, run, step, nodes, &a, err);
        if (end != PLAN_END_OK)
            return end;
    }
    err_set(err, ERR_CONFLICT, "pods keep coming to '%s' while it is drained: %s", s->green,
            str_c(&words));
    err_hint(err, "toban plan rollback %s goes on", plan_run_plan(run)->id);
    return PLAN_END_FAIL;
}

static const char *const *list_of(const struct shape_texts *names, struct arena *a)
{
    const char **list = mem_must(arena_new_n(a, const char *, names->count + 1));
    for (uint32_t i = 0; i < names->count; i++)
        list[i] = names->items[i];
    list[names->count] = NULL;
    return list;
}

enum plan_end live_drain_nodes(void *ctx, struct plan_run *run, const struct plan_step *step,
                               const struct shape_texts *names, struct err *err)
{
    _cleanup_arena_ struct arena a = {0};
    return names->count ? drain_nodes(ctx, run, step, list_of(names, &a), &a, err) : PLAN_END_OK;
}
