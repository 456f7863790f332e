/* What mutating commands look at before they ask: a rehearsal, and the API server's own word. */
#include "base/must.h"
#include "cmd/mutate.h"
#include "cmd/rehearse_options.h"
#include "ops/drain/order.h"
#include "ops/nodes/explain.h"

#include <string.h>

#define REFUSALS_TOLD 20

/* ---- the rehearsal ---- */

/* Those of the order that are still there. */
static const char **nodes_left(const struct world *w, const char *const *nodes)
{
    size_t n = 0, kept = 0;
    while (nodes[n])
        n++;
    const char **left = mem_must(calloc(n + 1, sizeof *left));
    for (size_t i = 0; i < n; i++)
        if (world_find_node(w, sv_of(nodes[i])) != WORLD_NONE)
            left[kept++] = nodes[i];
    return left;
}

int mutate_rehearse_drain(struct cluster *c, const struct drain_order *o, int64_t now,
                          struct rehearsal *out, struct err *err)
{
    _cleanup_arena_ struct arena a = {0};
    _cleanup_free_ const char **nodes = nodes_left(&c->world, o->nodes);
    struct rehearse_options options = {.runs = rehearse_usual_runs(&c->world), .seed = 1};
    if (order_bind(o, &c->world, now * 1000, true, &a, &options.nodes, err) < 0)
        return -1;
    if (!nodes[0])
        return err_set(err, ERR_NOT_FOUND, "none of the nodes is in %s any more", str_c(&c->name));
    return rehearse_drain(&c->world, &c->cloud, nodes, &options, out, err);
}

/* ---- forced pods ---- */

/* Is it a pod of this name ("Deployment shop/cart", "Pod shop/one")? */
static bool is_of(const struct world *w, uint32_t pod, const char *subject)
{
    _cleanup_arena_ struct arena a = {0};
    return strcmp(nodes_workload_of(w, pod, &a), subject) == 0;
}

static bool is_forced(const struct world *w, const struct drain_order *o, uint32_t pod)
{
    for (const char *const *f = o->force; f && *f; f++) {
        struct sv rest = sv_of(*f), ns = sv_split(&rest, '/');
        if (world_find_pod(w, ns, rest) == pod)
            return true;
    }
    return false;
}

/* All pods that the drain has to move of it: a forced one does not speak for its neighbours. */
static bool all_are_forced(const struct world *w, const struct drain_order *o, const char *subject)
{
    uint32_t pods = 0;
    for (const char *const *name = o->nodes; *name; name++) {
        uint32_t node = world_find_node(w, sv_of(*name));
        if (node == WORLD_NONE)
            continue;
        world_each_pod_of_node(w, node, p) {
            const struct world_pod *pod = &w->pods.items[p];
            if (pod->deleting || world_pod_is_finished(pod) || !is_of(w, p, subject))
                continue;
            if (!is_forced(w, o, p))
                return false;
            pods++;
        }
    }
    return pods;
}

static bool is_about_budgets(const char *id)
{
    static const char *const rules[] = {
        "budget-allows-none:", "budget-cannot-count:", "budget-unhealthy:", "many-budgets:"};
    for (size_t i = 0; i < ARRAY_LEN(rules); i++)
        if (sv_starts(sv_of(id), rules[i]))
            return true;
    return false;
}

void mutate_accept_forced(struct mutate *m, const struct drain_order *o)
{
    if (!o->force || !*o->force)
        return;
    vec_foreach(item, &m->found.items)
        if (!item->accepted && is_about_budgets(item->id))
            item->accepted = all_are_forced(&m->cluster->world, o, item->subject);
}

/* ---- the API server ---- */

struct telling {
    struct mutate *m;
    uint32_t told, all;
};

static void tell_answer(void *ctx, const struct trial_answer *a)
{
    struct telling *t = ctx;
    if (a->answer->cause == EVICTION_OK || a->answer->cause == EVICTION_GONE)
        return;
    if (t->all++ >= REFUSALS_TOLD)
        return;
    t->told++;
    cmd_say(t->m->ctx, "%s %s: %s", a->pod ? "pod" : "node", a->pod ? a->pod : a->node, a->words);
}

static void tell_count(const struct mutate *m, const struct trial *t)
{
    _cleanup_str_ struct str text = {0};
    str_addf(&text, "the API server was asked about %u %s", t->nodes_asked,
             t->nodes_asked == 1 ? "node" : "nodes");
    if (t->evict)
        str_addf(&text, " and %u %s", t->pods_asked, t->pods_asked == 1 ? "pod" : "pods");
    str_addf(&text, ": %u %s", t->agreed, t->agreed == 1 ? "yes" : "times yes");
    if (t->waits)
        str_addf(&text, ", %u not now", t->waits);
    if (t->refused)
        str_addf(&text, ", %u refused", t->refused);
    cmd_say(m->ctx, "%s; nothing was changed", str_c(&text));
}

int mutate_try(struct mutate *m, const struct trial *order, int code, struct err *err)
{
    struct telling telling = {.m = m};
    struct trial t = *order;
    t.each = tell_answer;
    t.ctx = &telling;
    if (trial_run(&t, m->cluster->client, &m->cluster->world, err) < 0)
        return -1;
    if (telling.all > telling.told)
        cmd_say(m->ctx, "and %u more such answers", telling.all - telling.told);
    tell_count(m, &t);
    return t.refused ? CMD_FINDINGS : code;
}
