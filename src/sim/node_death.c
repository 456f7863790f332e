/* Nodes that die without a word: NotReady after the grace period, taints at the pace that the node
 * life-cycle controller allows itself for the zone, then each pod as long as it tolerates that. */
#include "sim/internal.h"

/* node-eviction-rate, secondary-node-eviction-rate, unhealthy-zone-threshold, and up to how many
 * nodes a zone counts as small: defaults of kube-controller-manager. */
#define TAINTS_PER_S 0.1
#define TAINTS_PER_S_UNHEALTHY 0.01
#define UNHEALTHY_PERCENT 55
#define SMALL_ZONE 50

static struct zone_state *zone_of(struct sim *s, uint32_t zone)
{
    for (size_t i = 0; i < s->zones.len; i++)
        if (s->zones.items[i].zone == zone)
            return &s->zones.items[i];
    must_push(&s->zones, (struct zone_state){.zone = zone});
    return &s->zones.items[s->zones.len - 1];
}

/* Nodes per second that may be tainted; 0: none, the fault is taken to be elsewhere. A zone without
 * any ready node is treated as a healthy one, unless all zones are like that. */
static double taint_rate(const struct zone_state *z, bool any_ready)
{
    uint32_t unready = z->nodes - z->ready;
    if (!any_ready)
        return 0;
    if (z->ready && unready > 2 && unready * 100 >= z->nodes * UNHEALTHY_PERCENT)
        return z->nodes > SMALL_ZONE ? TAINTS_PER_S_UNHEALTHY : 0;
    return TAINTS_PER_S;
}

static void measure_zones(struct sim *s)
{
    bool any_ready = false;
    for (size_t i = 0; i < s->zones.len; i++)
        s->zones.items[i].nodes = s->zones.items[i].ready = 0;
    world_each_node(&s->w, n) {
        struct zone_state *z = zone_of(s, s->w.nodes.items[n].zone);
        z->nodes++;
        z->ready += s->w.nodes.items[n].ready;
        any_ready = any_ready || s->w.nodes.items[n].ready;
    }
    for (size_t i = 0; i < s->zones.len; i++) {
        struct zone_state *z = &s->zones.items[i];
        double rate = taint_rate(z, any_ready);
        z->stopped = rate <= 0;
        z->evictions.gap_ms = rate > 0 ? 1000 / rate : 0;
    }
}

void nodes_after_loss(struct sim *s)
{
    measure_zones(s);
    for (size_t i = 0; i < s->lost.len; i++) {
        uint32_t node = s->lost.items[i];
        if (!s->w.nodes.items[node].used || s->w.nodes.items[node].ready)
            continue;
        struct zone_state *z = zone_of(s, s->w.nodes.items[node].zone);
        if (!z->stopped)
            node_plan(s, node, rate_take(&z->evictions, s->now), EVENT_NODE_TAINTED);
    }
    s->lost.len = 0;
}

void node_lost(struct sim *s, uint32_t node)
{
    s->w.nodes.items[node].ready = false;
    node_set_health(s, node, true);
    sim_tell(s, CHANGE_NODE_UNREADY, node);
    world_each_pod_of_node(&s->w, node, p)
        pods_set_ready(s, p, false);
    if (!s->lost.len) /* all nodes that are lost in this moment are seen together */
        queue_put(&s->queue, s->now, EVENT_AFTER_LOSS, 0, 0);
    must_push(&s->lost, node);
}

int64_t node_tolerated(const struct world_class *c, const struct taint *t)
{
    int64_t least = 0;
    bool found = false;
    for (uint32_t i = 0; i < c->toleration_count; i++) {
        const struct toleration *o = &c->tolerations[i];
        bool same = o->key ? o->key == t->key && (o->exists || o->value == t->value) : o->exists;
        if (!same || (o->effect != TAINT_ANY && o->effect != t->effect))
            continue;
        if (o->seconds >= 0 && (!found || least < 0 || o->seconds < least))
            least = o->seconds;
        else if (o->seconds < 0 && !found)
            least = -1;
        found = true;
    }
    return least;
}

void node_tainted(struct sim *s, uint32_t node)
{
    s->nodes.items[node].tainted = true;
    node_set_health(s, node, true);
    world_each_pod_of_node(&s->w, node, p) {
        int64_t seconds = node_tolerated(world_class_of(&s->w, p), &s->silent[1]);
        if (seconds >= 0 && !s->w.pods.items[p].deleting && !s->w.pods.items[p].mirror)
            pods_plan(s, p, s->now + seconds * 1000, EVENT_POD_EXPIRED);
    }
}

void sim_node_die(struct sim *s, uint32_t node)
{
    if (node >= s->w.nodes.len || !s->w.nodes.items[node].used || s->nodes.items[node].dead)
        return;
    s->nodes.items[node].dead = true;
    s->w.nodes.items[node].gone = true;
    world_each_pod_of_node(&s->w, node, p)
        pods_forget_plans(s, p);
    sim_tell(s, CHANGE_NODE_OTHER, node);
    node_plan(s, node, s->now + s->times.node_grace_ms, EVENT_NODE_LOST);
}
