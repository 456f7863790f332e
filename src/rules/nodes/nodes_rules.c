#include "rules/nodes/internal.h"

#include "base/must.h"

const struct nodes_rule nodes_rules[] = {
    {"never-moves", "only the old nodes satisfy the pods' node selector or required node affinity"},
    {"untolerated-taint", "the nodes that the selector leaves have a taint that is not tolerated"},
    {"volume-zone", "a bound volume lives in a zone or on a host where no other node will be"},
    {"attach-limit", "the new nodes of a zone take fewer volumes than have to move there"},
    {"spread-counts-old-nodes",
     "hard topology spread counts cordoned, empty old nodes as domains with nothing in them"},
    {"other-architecture",
     "the pods have only been seen on another CPU architecture than that of nodes they may go to"},
    {"budget-allows-none", "a budget can never allow an eviction, however healthy its pods are"},
    {"budget-unhealthy", "a budget allows nothing now, because pods are not Ready"},
    {"budget-cannot-count", "a budget's controller cannot tell how many pods there should be"},
    {"many-budgets", "two budgets cover one pod: the API server answers evictions with 500"},
    {"bare-pod", "nobody creates the pod again"},
    {"owner-gone", "the controller that the pod names is not there any more"},
    {"job-would-restart", "the work of a Job's pod starts again, and counts as a failure"},
    {"single-replica", "the only pod of its workload: nothing serves while it moves"},
    {"not-ready", "pods are not Ready before anything was touched"},
    {"do-not-disrupt", "an annotation asks to leave the pod alone; a drain does not read it"},
    {"tolerates-cordon", "the pods may be put back on the nodes that they have to leave"},
    {"local-data", "an emptyDir or hostPath volume stays behind"},
    {"lb-no-prestop", "a load balancer still sends to the pod after it has stopped"},
    {"lb-short-grace", "the pod is killed before its preStop hook or its last requests end"},
    {0},
};

struct nodes_risk *risk_add(struct finder *f, const struct unit *u, const char *rule)
{
    mem_must(vec_push(&f->out->list,
                      (struct nodes_risk){
                          .rule = rule, .workload = u->workload, .pod = u->pod, .pods = u->pods})
                 ? f
                 : NULL);
    return &f->out->list.items[f->out->list.len - 1];
}

/* ---- where pods may go ---- */

static bool same_kind(const struct world_node *a, const struct world_node *b)
{
    return a->zone == b->zone && a->group == b->group && a->instance_type == b->instance_type;
}

static bool has_home_like(const struct finder *f, const struct world_node *node)
{
    vec_foreach(home, &f->homes)
        if (same_kind(*home, node))
            return true;
    return false;
}

/* New nodes of one kind differ by name only, which no selector can know in advance. */
static void find_homes(struct finder *f)
{
    for (uint32_t i = 0; i < f->green_count; i++)
        if (!has_home_like(f, &f->green[i]))
            mem_must(vec_push(&f->homes, &f->green[i]) ? f : NULL);
    world_each_node(f->w, n) {
        const struct world_node *node = &f->w->nodes.items[n];
        if (!f->old[n] && !node->unschedulable && !node->gone)
            mem_must(vec_push(&f->homes, node) ? f : NULL);
    }
}

/* ---- units ---- */

static bool moves(const struct world *w, uint32_t pod)
{
    const struct world_pod *p = &w->pods.items[pod];
    return !p->deleting && !world_pod_is_finished(p) && !world_pod_is_of_node(w, pod);
}

static struct unit *unit_for(struct finder *f, uint32_t pod)
{
    const struct world_pod *p = &f->w->pods.items[pod];
    uint32_t workload = world_top_owner(f->w, pod);
    uint64_t key = (uint64_t)p->class << 32 | workload;
    uint32_t at = index_get(&f->unit_of, key);
    if (at != INDEX_NONE)
        return &f->units.items[at];
    index_put(&f->unit_of, key, (uint32_t)f->units.len);
    mem_must(vec_push(&f->units, (struct unit){.workload = workload,
                                               .class = p->class,
                                               .pod = pod,
                                               .owned_by = p->owner})
                 ? f
                 : NULL);
    return &f->units.items[f->units.len - 1];
}

static void enter(struct finder *f, uint32_t pod)
{
    const struct world_pod *p = &f->w->pods.items[pod];
    struct unit *u = unit_for(f, pod);
    u->pods++;
    u->orphaned += p->owner_gone;
    u->bare += p->owner == WORLD_NONE && !p->foreign_owner && !p->owner_gone;
    u->unready_pod = p->ready || u->unready ? u->unready_pod : pod;
    u->unready += !p->ready;
    mem_must(vec_push(&f->moving, pod) ? f : NULL);
}

static void find_units(struct finder *f)
{
    for (uint32_t i = 0; i < f->count; i++)
        world_each_pod_of_node(f->w, f->nodes[i], pod)
            if (moves(f->w, pod))
                enter(f, pod);
}

static void count_budgets(struct finder *f)
{
    budgets_init(&f->budgets, f->w, f->w->version);
    if (f->w->pdbs.len)
        world_each_pod(f->w, pod)
            budgets_count(&f->budgets, pod, false, 1);
    budgets_learn(&f->budgets);
}

/* ---- order ---- */

static int compare(const void *a, const void *b)
{
    const struct nodes_risk *x = a, *y = b;
    if (x->blocks != y->blocks)
        return x->blocks ? -1 : 1;
    if (x->workload != y->workload)
        return x->workload < y->workload ? -1 : 1;
    int order = strcmp(x->rule, y->rule);
    order = order ? order : strcmp(x->text, y->text);
    return order ? order : (x->pod > y->pod) - (x->pod < y->pod);
}

static bool same(const struct nodes_risk *a, const struct nodes_risk *b)
{
    return a->workload == b->workload && strcmp(a->rule, b->rule) == 0 &&
           strcmp(a->text, b->text) == 0;
}

/* Classes of one workload that say the same (two of its ReplicaSets) are one entry. */
static void sort_and_join(struct nodes_risks *out)
{
    size_t n = 0;
    if (out->list.len)
        qsort(out->list.items, out->list.len, sizeof *out->list.items, compare);
    for (size_t i = 0; i < out->list.len; i++) {
        if (n && same(&out->list.items[n - 1], &out->list.items[i]))
            out->list.items[n - 1].pods += out->list.items[i].pods;
        else
            out->list.items[n++] = out->list.items[i];
    }
    out->list.len = n;
}

static void finder_init(struct finder *f)
{
    f->old = mem_must(calloc(f->w->nodes.len + 1, sizeof *f->old));
    for (uint32_t i = 0; i < f->count; i++)
        f->old[f->nodes[i]] = true;
    find_homes(f);
    find_units(f);
    count_budgets(f);
}

static void finder_release(struct finder *f)
{
    free(f->old);
    vec_release(&f->homes);
    vec_release(&f->units);
    vec_release(&f->moving);
    vec_release(&f->domain_counts);
    index_release(&f->unit_of);
    budgets_release(&f->budgets);
}

void nodes_risks_find(const struct world *w, const struct cloud *cloud, const uint32_t *nodes,
                      uint32_t count, const struct world_node *green, uint32_t green_count,
                      struct nodes_risks *out)
{
    static unit_rule *const each[] = {rule_selectors,   rule_taints,   rule_spread, rule_budgets,
                                      rule_controllers, rule_lone,     rule_cordon, rule_marks,
                                      rule_local_data,  rule_readiness};
    _cleanup_(finder_release) struct finder f = {.w = w,
                                                 .cloud = cloud,
                                                 .nodes = nodes,
                                                 .count = count,
                                                 .green = green,
                                                 .green_count = green_count,
                                                 .out = out};
    finder_init(&f);
    vec_foreach(u, &f.units)
        for (size_t i = 0; i < ARRAY_LEN(each); i++)
            each[i](&f, u);
    rule_volume_zones(&f);
    rule_volume_limits(&f);
    rule_architectures(&f);
    rule_balancers(&f);
    sort_and_join(out);
}

void nodes_risks_release(struct nodes_risks *r)
{
    vec_release(&r->list);
}
