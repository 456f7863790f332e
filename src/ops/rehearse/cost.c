/* What the new nodes need while the old ones are still there: addresses and money. */
#include "base/map.h"
#include "ops/rehearse/internal.h"
#include "world/instance.h"

#include <inttypes.h>

/* New nodes' bars of the chart, by name: they know how many pods came to each. */
static void index_bars(const struct rehearsal *r, struct map *bars)
{
    vec_foreach(n, &r->nodes)
        if (n->is_new && !map_put(bars, sv_of(n->name), n))
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

static void add_addresses(const struct setting *s, const struct world_node *n,
                          const struct map *bars, struct rehearsal *r)
{
    struct instance_type t;
    const struct rehearsal_node *bar = map_get(bars, strings_get(&s->w->strings, n->name));
    uint32_t pods = bar ? bar->pods : 0;
    int64_t needed = pods + 1;
    if (instance_lookup(s->cloud, strings_get(&s->w->strings, n->instance_type), &t))
        needed = instance_ips_held(&t, pods, false);
    struct rehearsal_subnet *subnet = entry_of(s, world_text(s->w, n->zone), r);
    subnet->needed += needed;
    subnet->new_nodes++;
}

static void add_price(const struct setting *s, const struct world_node *n, double hours,
                      struct rehearsal *r)
{
    struct instance_type t;
    if (r->cost_usd < 0)
        return;
    if (!instance_lookup(s->cloud, strings_get(&s->w->strings, n->instance_type), &t) ||
        !t.usd_micros_hour)
        r->cost_usd = -1;
    else
        r->cost_usd += (double)t.usd_micros_hour / 1e6 * hours;
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
        .fix = "replace the group in parts (--count, then again), or give the new nodes subnets "
               "with more room, or let the CNI keep fewer addresses ready (WARM_IP_TARGET)",
    };
    must_push(&r->risks, risk);
    if (blocks)
        r->verdict = REHEARSAL_BLOCKS;
}

/* Old and new side by side: from the start until the old ones are deleted, or the work is done. */
void cost_fill(const struct setting *s, struct rehearsal *r)
{
    int64_t end = r->samples.len ? r->samples.items[r->samples.len - 1].at_ms : 0;
    double hours = (double)end / 3600000;
    if (!s->fresh.len) {
        r->cost_usd = -1;
        return;
    }
    struct map bars = {0};
    index_bars(r, &bars);
    vec_foreach(n, &s->fresh) {
        add_addresses(s, n, &bars, r);
        add_price(s, n, hours, r);
    }
    map_release(&bars);
    vec_foreach(subnet, &r->subnets)
        judge_subnet(subnet, r);
    if (r->cost_usd >= 0)
        r->cost_basis = text_of(r, "on-demand prices of us-east-1 as of %s, new nodes for %.1f h",
                                table_instance_types_date, hours);
}
