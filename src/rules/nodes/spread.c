/*
 * Hard topology spread and cordoned nodes: a node that takes no pods any more is still a domain
 * with a count of zero, so that every other domain may hold maxSkew pods at most, until the Node
 * object is gone or nodeTaintsPolicy is Honor.
 */
#include "base/must.h"
#include "rules/nodes/internal.h"
#include "sched/shape.h"

struct domains {
    struct index seen; /* by the value of the key: 1 alive */
    uint32_t alive, dead;
};

static bool same_tolerations(const struct world_class *a, const struct world_class *b)
{
    for (uint32_t i = 0; i < a->toleration_count && i < b->toleration_count; i++) {
        const struct toleration *x = &a->tolerations[i], *y = &b->tolerations[i];
        if (x->key != y->key || x->value != y->value || x->exists != y->exists ||
            x->effect != y->effect)
            return false;
    }
    return a->toleration_count == b->toleration_count;
}

static bool same_selector(struct labels a, struct labels b)
{
    return a.len == b.len && (!a.len || memcmp(a.items, b.items, a.len * sizeof *a.items) == 0);
}

/* The answer is the same for all classes that may go to the same nodes. */
static const struct domain_count *known_count(const struct finder *f, const struct world_class *c,
                                              const struct spread *spread)
{
    vec_foreach(k, &f->domain_counts) {
        const struct world_class *other = &f->w->classes.items[k->class];
        if (k->key == spread->topology_key && k->ignore_affinity == spread->ignore_affinity &&
            same_selector(other->node_selector, c->node_selector) && same_tolerations(other, c))
            return k;
    }
    return NULL;
}

static bool takes_pods(const struct world_class *c, const struct world_node *node)
{
    return !node->unschedulable && !taint_not_borne(c->tolerations, c->toleration_count, node);
}

static void add_domain(const struct finder *f, const struct world_class *c,
                       const struct spread *spread, const struct world_node *node, bool alive,
                       struct domains *d)
{
    if (!labels_has(node->labels, spread->topology_key))
        return;
    if (!spread->ignore_affinity && !placement_selects(f, c, node))
        return;
    uint32_t value = labels_value(node->labels, spread->topology_key);
    if (index_get(&d->seen, value) != INDEX_NONE)
        return;
    index_put(&d->seen, value, alive);
    d->alive += alive;
    d->dead += !alive;
}

/* Names of new nodes are not known: each is a domain of its own under the host's name. */
static void add_green(const struct finder *f, const struct world_class *c,
                      const struct spread *spread, struct domains *d)
{
    bool by_host = strcmp(world_text(f->w, spread->topology_key), "kubernetes.io/hostname") == 0;
    for (uint32_t i = 0; i < f->green_count; i++) {
        if (!takes_pods(c, &f->green[i]))
            continue;
        if (!by_host)
            add_domain(f, c, spread, &f->green[i], true, d);
        else if (spread->ignore_affinity || placement_selects(f, c, &f->green[i]))
            d->alive++;
    }
}

static void find_domains(const struct finder *f, const struct world_class *c,
                         const struct spread *spread, struct domains *d)
{
    add_green(f, c, spread, d);
    world_each_node(f->w, n) {
        const struct world_node *node = &f->w->nodes.items[n];
        if (!f->old[n] && takes_pods(c, node))
            add_domain(f, c, spread, node, true, d);
    }
    for (uint32_t i = 0; i < f->count; i++)
        add_domain(f, c, spread, &f->w->nodes.items[f->nodes[i]], false, d);
    index_release(&d->seen);
}

static struct domain_count count_domains(struct finder *f, uint32_t class,
                                         const struct spread *spread)
{
    const struct world_class *c = &f->w->classes.items[class];
    struct domains d = {0};
    const struct domain_count *known = c->has_node_terms ? NULL : known_count(f, c, spread);
    if (known)
        return *known;
    find_domains(f, c, spread, &d);
    struct domain_count count = {.key = spread->topology_key,
                                 .ignore_affinity = spread->ignore_affinity,
                                 .class = class,
                                 .alive = d.alive,
                                 .dead = d.dead};
    if (!c->has_node_terms)
        mem_must(vec_push(&f->domain_counts, count) ? f : NULL);
    return count;
}

/* Pods that the constraint counts: those of the workload, for which it is written nearly always. */
static int64_t pods_to_place(const struct finder *f, const struct unit *u)
{
    const struct world_workload *wl = unit_workload(f, u);
    return wl && wl->replicas > 0 ? wl->replicas : (int64_t)u->pods;
}

static void look_at(struct finder *f, const struct unit *u, const struct spread *spread)
{
    const struct domain_count d = count_domains(f, u->class, spread);
    int64_t room = (int64_t)d.alive * spread->max_skew, pods = pods_to_place(f, u);
    if (!d.dead || pods <= room)
        return;
    struct nodes_risk *risk = risk_add(f, u, "spread-counts-old-nodes");
    risk_text(risk,
              "hard spread by %s, maxSkew %d: %u cordoned old domain%s stay%s at 0 and let the "
              "other %u hold %lld of %lld pods, until the old Node objects are gone",
              world_text(f->w, spread->topology_key), spread->max_skew, d.dead,
              d.dead == 1 ? "" : "s", d.dead == 1 ? "s" : "", d.alive, (long long)room,
              (long long)pods);
    risk_fix(risk, "%s",
             version_at_least(f->w->version, (struct version){1, 26, 0, true})
                 ? "set nodeTaintsPolicy: Honor on the constraint (then cordoned nodes "
                   "do not count), or whenUnsatisfiable: ScheduleAnyway for the move"
                 : "set whenUnsatisfiable: ScheduleAnyway for the move, or drain in "
                   "batches and delete each batch's Node objects before the next");
}

void rule_spread(struct finder *f, const struct unit *u)
{
    const struct world_class *c = unit_class(f, u);
    for (uint32_t i = 0; i < c->spread_count; i++)
        if (c->spreads[i].hard && !c->spreads[i].honor_taints)
            look_at(f, u, &c->spreads[i]);
}
