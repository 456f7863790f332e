/* What the new nodes need while the old ones are still there: addresses and money. */
#include "base/map.h"
#include "ops/rehearse/internal.h"
#include "world/instance.h"

#include <inttypes.h>

/* Nodes' bars of the chart, by name: they know how many pods each had. */
static void index_bars(const struct rehearsal *r, struct map *bars)
{
    vec_foreach(n, &r->nodes)
        if (!map_put(bars, sv_of(n->name), n))
            must_fail_nomem();
}

static bool is_group_subnet(const struct setting *s, const struct cloud_subnet *subnet)
{
    vec_foreach(x, &s->shapes) {
        const struct world_node *n = &s->w->nodes.items[x->like];
        const struct cloud_group *g = cloud_find_group(s->cloud, world_text(s->w, n->group));
        for (uint32_t i = 0; g && i < g->subnet_count; i++)
            if (strcmp(g->subnets[i], subnet->id) == 0)
                return true;
    }
    return false;
}

/* The group's subnet of the zone; with several of them the one with most room. */
static const struct cloud_subnet *subnet_of(const struct setting *s, const char *zone)
{
    const struct cloud_subnet *best = NULL;
    if (!s->cloud)
        return NULL;
    vec_foreach(n, &s->cloud->subnets)
        if (strcmp(n->zone, zone) == 0 && is_group_subnet(s, n) &&
            (!best || n->free_ips > best->free_ips))
            best = n;
    return best;
}

static struct rehearsal_subnet *entry_of(const struct setting *s, const char *zone,
                                         struct rehearsal *r)
{
    vec_foreach(e, &r->subnets)
        if (strcmp(e->zone, zone) == 0)
            return e;
    const struct cloud_subnet *n = subnet_of(s, zone);
    struct rehearsal_subnet e = {
        .subnet = n ? text_of(r, "%s", n->id) : "unknown",
        .zone = text_of(r, "%s", zone),
        .free = n ? n->free_ips : -1,
    };
    must_push(&r->subnets, e);
    return &r->subnets.items[r->subnets.len - 1];
}

/* What is taken beyond the start, while rounds come and go. */
struct taken {
    int64_t addresses, nodes;
};

struct costing {
    const struct setting *s;
    struct rehearsal *r;
    struct map bars;
    VEC(struct taken) taken; /* by subnet of r */
    int64_t end;             /* of the operation */
    double hours;            /* of nodes beyond the start */
};

static const struct rehearsal_node *bar_of(const struct costing *c, const struct world_node *n)
{
    return map_get(&c->bars, strings_get(&c->s->w->strings, n->name));
}

static int64_t held_by(const struct costing *c, const struct world_node *n)
{
    struct instance_type t;
    const struct rehearsal_node *bar = bar_of(c, n);
    uint32_t pods = bar ? bar->pods : 0;
    if (instance_lookup(c->s->cloud, strings_get(&c->s->w->strings, n->instance_type), &t))
        return instance_ips_held(&t, pods, false);
    return pods + 1;
}

static bool is_entered(const struct rehearsal *r, const char *zone)
{
    vec_foreach(e, &r->subnets)
        if (strcmp(e->zone, zone) == 0)
            return true;
    return false;
}

/* What a new node takes of its zone, or an old one gives back to it; the most that is taken at once
 * counts. */
static void take(struct costing *c, const struct world_node *n, int sign)
{
    if (sign < 0 && !is_entered(c->r, world_text(c->s->w, n->zone)))
        return;
    struct rehearsal_subnet *subnet = entry_of(c->s, world_text(c->s->w, n->zone), c->r);
    size_t i = (size_t)(subnet - c->r->subnets.items);
    while (c->taken.len <= i)
        must_push(&c->taken, (struct taken){0});
    struct taken *t = &c->taken.items[i];
    t->addresses += sign * held_by(c, n);
    t->nodes += sign;
    if (t->addresses > subnet->needed)
        subnet->needed = t->addresses;
    if (t->nodes > (int64_t)subnet->new_nodes)
        subnet->new_nodes = (uint32_t)t->nodes;
}

static void add_price(struct costing *c, const struct world_node *n, double hours)
{
    struct instance_type t;
    c->hours += hours;
    if (c->r->cost_usd < 0)
        return;
    if (!instance_lookup(c->s->cloud, strings_get(&c->s->w->strings, n->instance_type), &t) ||
        !t.usd_micros_hour)
        c->r->cost_usd = -1;
    else
        c->r->cost_usd += (double)t.usd_micros_hour / 1e6 * hours;
}

static double hours_since(const struct costing *c, int64_t from)
{
    return (double)(c->end - from) / 3600000;
}

/* A round that never began takes nothing. */
static bool part_comes(struct costing *c, size_t i)
{
    const struct part *p = &c->s->parts.items[i];
    int64_t from = in_rounds(c->s) ? c->r->rounds.items[i].from_ms : 0;
    for (uint32_t k = 0; from >= 0 && k < p->fresh_count; k++) {
        take(c, &c->s->fresh.items[p->fresh + k], 1);
        add_price(c, &c->s->fresh.items[p->fresh + k], hours_since(c, from));
    }
    return from >= 0;
}

/* Old nodes of all rounds but the last make room for the new ones of the next. */
static void part_goes(struct costing *c, const struct part *p)
{
    for (uint32_t k = 0; k < p->old_count; k++) {
        const struct world_node *n = &c->s->w->nodes.items[c->s->turns[p->old + k]];
        const struct rehearsal_node *bar = bar_of(c, n);
        if (!bar || bar->gone_ms < 0)
            continue;
        take(c, n, -1);
        add_price(c, n, -hours_since(c, bar->gone_ms));
    }
}

/* Without an address for each new node it cannot start; with fewer than the CNI keeps for its pods
 * it starts, but pods may wait for the old ones' addresses. */
static void judge_subnet(const struct rehearsal_subnet *n, struct rehearsal *r)
{
    if (n->free < 0 || n->free >= n->needed)
        return;
    bool blocks = n->free < n->new_nodes;
    struct rehearsal_risk risk = {
        .id = text_of(r, "addresses:%s", n->subnet),
        .rule = "addresses",
        .workload = text_of(r, "Subnet %s", n->subnet),
        .blocks = blocks,
        .text = text_of(r,
                        "%" PRId64 " addresses are free in %s, %u new nodes and their pods take "
                        "%" PRId64 "%s",
                        n->free, n->zone, n->new_nodes, n->needed,
                        blocks ? ": some cannot start" : ": pods may find none for a while"),
        .fix = "replace the group in rounds (--at-once), or give the new nodes subnets "
               "with more room, or let the CNI keep fewer addresses ready (WARM_IP_TARGET)",
    };
    must_push(&r->risks, risk);
    if (blocks)
        r->verdict = REHEARSAL_BLOCKS;
}

static void tell_basis(const struct costing *c)
{
    const char *date = table_instance_types_date;
    struct rehearsal *r = c->r;
    if (r->cost_usd < 0)
        return;
    if (in_rounds(c->s))
        r->cost_basis = text_of(r,
                                "on-demand prices of us-east-1 as of %s, %.1f h of nodes beyond "
                                "those at the start",
                                date, c->hours);
    else
        r->cost_basis = text_of(r, "on-demand prices of us-east-1 as of %s, new nodes for %.1f h",
                                date, hours_since(c, 0));
}

/* Old and new side by side: from the start until the old ones are deleted, or the work is done. */
void cost_fill(const struct setting *s, struct rehearsal *r)
{
    struct costing c = {.s = s, .r = r};
    c.end = r->samples.len ? r->samples.items[r->samples.len - 1].at_ms : 0;
    if (!s->fresh.len) {
        r->cost_usd = -1;
        return;
    }
    index_bars(r, &c.bars);
    for (size_t i = 0; i < s->parts.len && part_comes(&c, i); i++)
        if (i + 1 < s->parts.len)
            part_goes(&c, &s->parts.items[i]);
    map_release(&c.bars);
    vec_release(&c.taken);
    vec_foreach(subnet, &r->subnets)
        judge_subnet(subnet, r);
    tell_basis(&c);
}
