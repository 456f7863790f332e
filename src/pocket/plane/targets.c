/* Targets: registered, checked, deregistered, drained. */
#include "pocket/address.h"
#include "pocket/plane/internal.h"

/* Since then kube-proxy falls back to endpoints that terminate but still serve. */
static const unsigned terminating_since = 26;

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t between(const struct plane *p, const char *text, int64_t now, int64_t low,
                       int64_t high)
{
    return high > low ? low + (int64_t)plane_draw(p, text, now, (uint64_t)(high - low + 1)) : low;
}

static int64_t reaction(const struct plane *p, const char *id, int64_t now)
{
    return between(p, id, now, p->times.react_least_ms, p->times.react_most_ms);
}

static int64_t routing(const struct plane *p, const char *id, int64_t now)
{
    return between(p, id, now ^ 1, p->times.route_least_ms, p->times.route_most_ms);
}

/* ---- who is behind ---- */

static bool is_listed(const struct plane *p, const struct plane_pod *pod, int64_t now)
{
    int64_t lag = p->times.proxy_ms, seen = now - lag;
    return pod->listed <= seen && seen < pod->unlisted;
}

static bool is_serving_last(const struct plane *p, const struct plane_pod *pod, int64_t now)
{
    return p->w->version.set && p->w->version.minor >= terminating_since &&
           pod->listed <= now - p->times.proxy_ms && plane_pod_answers(pod, now);
}

static struct plane_pod *nth_endpoint(const struct plane *p, const struct plane_group *g,
                                      const struct plane_target *t, uint64_t turn, int64_t now,
                                      bool (*is)(const struct plane *, const struct plane_pod *,
                                                 int64_t))
{
    uint64_t count = 0, at = 0;
    vec_foreach(pod, &g->pods)
        count += (!g->local || (*pod)->at_node == t->node) && is(p, *pod, now);
    if (count == 0)
        return NULL;
    vec_foreach(pod, &g->pods)
        if ((!g->local || (*pod)->at_node == t->node) && is(p, *pod, now) && at++ == turn % count)
            return *pod;
    return NULL;
}

struct plane_pod *plane_behind(const struct plane *p, const struct plane_group *g,
                               const struct plane_target *t, uint64_t turn, int64_t now)
{
    if (!g->instances)
        return t->pod;
    struct plane_pod *pod = nth_endpoint(p, g, t, turn, now, is_listed);
    return pod ? pod : nth_endpoint(p, g, t, turn, now, is_serving_last);
}

/* ---- health checks ---- */

static bool passes(const struct plane *p, const struct plane_group *g, const struct plane_target *t,
                   int64_t now)
{
    if (t->dies <= now)
        return false;
    const struct plane_pod *pod = plane_behind(p, g, t, (uint64_t)now, now);
    return pod && plane_pod_answers(pod, now);
}

static void check(const struct plane *p, const struct plane_group *g, struct plane_target *t)
{
    bool pass = passes(p, g, t, t->checked);
    enum elbv2_state says = pass ? ELBV2_HEALTHY : ELBV2_UNHEALTHY;
    int32_t needed = !pass ? g->unhealthy : t->health == ELBV2_INITIAL ? 1 : g->healthy;
    if (t->health == says) {
        t->streak = 0;
    } else if (++t->streak >= needed) {
        t->health = says;
        t->streak = 0;
    }
}

/* A pod behind a gate is held back by it until its target is healthy: both are one event. */
static bool waits_for_gate(const struct plane_target *t)
{
    return t->pod && t->pod->gated && t->pod->listed == PLANE_NEVER && !t->by_client;
}

/* A check that finds nothing new when nothing changes any more is the last that matters. */
static void settle(const struct plane *p, const struct plane_group *g, struct plane_target *t,
                   int64_t now)
{
    int64_t period = (g->interval_s > 0 ? g->interval_s : 1) * INT64_C(1000);
    if (!g->checks && t->routed <= now)
        t->health = ELBV2_HEALTHY;
    while (g->checks && t->checked <= now && t->checked < t->leaves) {
        enum elbv2_state before = t->health;
        if (!waits_for_gate(t))
            check(p, g, t);
        bool last = t->checked > g->quiet && !t->streak && t->health == before;
        t->checked += last ? ((now - t->checked) / period + 1) * period : period;
    }
}

static void forget_target(struct plane_target *t)
{
    free((char *)t->id);
    free((char *)t->zone);
    if (t->pod)
        t->pod->held--;
}

void plane_release_targets(struct plane_group *g)
{
    vec_foreach(t, &g->targets)
        forget_target(t);
    vec_release(&g->targets);
}

void plane_settle(struct plane *p, struct plane_group *g, int64_t now)
{
    size_t kept = 0;
    for (size_t i = 0; i < g->targets.len; i++) {
        struct plane_target *t = &g->targets.items[i];
        settle(p, g, t, now);
        if (t->gone <= now)
            forget_target(t);
        else
            g->targets.items[kept++] = *t;
    }
    g->targets.len = kept;
    plane_sweep_pods(p, g, now);
}

static struct plane_health health_of(const struct plane_target *t, int64_t now)
{
    if (t->health == ELBV2_HEALTHY)
        return (struct plane_health){ELBV2_HEALTHY, NULL, NULL};
    if (t->health == ELBV2_INITIAL)
        return now < t->routed ? (struct plane_health){ELBV2_INITIAL, "Elb.RegistrationInProgress",
                                                       "Target registration is in progress"}
                               : (struct plane_health){ELBV2_INITIAL, "Elb.InitialHealthChecking",
                                                       "Initial health checks in progress"};
    bool silent =
        t->dies <= now || (!t->pod && t->node == WORLD_NONE) || (t->pod && t->pod->silent);
    return silent ? (struct plane_health){ELBV2_UNHEALTHY, "Target.Timeout", "Request timed out"}
                  : (struct plane_health){ELBV2_UNHEALTHY, "Target.FailedHealthChecks",
                                          "Health checks failed"};
}

struct plane_health plane_health(struct plane *p, struct plane_group *g, struct plane_target *t,
                                 int64_t now)
{
    settle(p, g, t, now);
    if (now < t->registered || t->gone <= now)
        return (struct plane_health){ELBV2_UNUSED, "Target.NotRegistered",
                                     "Target is not registered to the target group"};
    if (t->leaves <= now)
        return (struct plane_health){ELBV2_DRAINING, "Target.DeregistrationInProgress",
                                     "Target deregistration is in progress"};
    if (!plane_uses(p, NULL, g->arn))
        return (struct plane_health){ELBV2_UNUSED, "Target.NotInUse",
                                     "Target group is not configured to receive traffic from the "
                                     "load balancer"};
    return health_of(t, now);
}

/* ---- coming and going ---- */

static struct plane_target *find(struct plane_group *g, const char *id, int32_t port)
{
    vec_foreach(t, &g->targets)
        if (t->port == port && strcmp(t->id, id) == 0)
            return t;
    return NULL;
}

/* What is registered anew stands at the beginning, also when it was draining. */
static struct plane_target *put(struct plane *p, struct plane_group *g, const char *id,
                                int32_t port, int64_t registered)
{
    struct plane_target *t = find(g, id, port);
    if (!t) {
        must_push(&g->targets, (struct plane_target){.id = mem_must(strdup(id))});
        t = &g->targets.items[g->targets.len - 1];
    }
    if (t->pod)
        t->pod->held--;
    free((char *)t->zone);
    int64_t routed = p->starting ? registered : registered + routing(p, id, registered);
    *t = (struct plane_target){
        .id = t->id,
        .port = port,
        .node = WORLD_NONE,
        .registered = registered,
        .routed = routed,
        .checked = routed,
        .leaves = PLANE_NEVER,
        .unrouted = PLANE_NEVER,
        .gone = PLANE_NEVER,
        .dies = PLANE_NEVER,
        .health = p->starting ? ELBV2_HEALTHY : ELBV2_INITIAL,
    };
    return t;
}

static void stand_behind(struct plane_target *t, struct plane_pod *pod)
{
    t->pod = pod;
    t->zone = mem_must(strdup(pod->zone));
    pod->held++;
}

static void leave(const struct plane *p, const struct plane_group *g, struct plane_target *t,
                  int64_t at)
{
    if (t->leaves != PLANE_NEVER)
        return;
    t->leaves = at > t->registered ? at : t->registered;
    t->unrouted = t->leaves + routing(p, t->id, t->leaves);
    t->gone = t->leaves + g->delay_s * INT64_C(1000);
    if (t->gone < t->unrouted)
        t->gone = t->unrouted;
}

static struct plane_target *target_of(struct plane_group *g, const struct plane_pod *pod)
{
    vec_foreach(t, &g->targets)
        if (t->pod == pod)
            return t;
    return NULL;
}

static bool is_bound(const struct plane *p, const struct plane_group *g,
                     const struct plane_pod *pod)
{
    return !g->instances && pod->pod != WORLD_NONE && plane_selects(p, g, pod->pod);
}

static const char *address_of(const struct plane *p, uint32_t pod,
                              char out[static ADDRESS_TEXT_MAX])
{
    const struct world_pod *in = &p->w->pods.items[pod];
    if (p->address)
        return p->address(p->address_ctx, pod, out);
    if (!world_class_of(p->w, pod)->host_network || in->node == WORLD_NONE)
        return address_of_pod(pod, out);
    return address_of_node_named(sv_of(world_text(p->w, p->w->nodes.items[in->node].name)),
                                 in->node, out);
}

void plane_enter_pod(struct plane *p, struct plane_group *g, struct plane_pod *pod, int64_t now)
{
    struct plane_target *t = target_of(g, pod);
    char id[ADDRESS_TEXT_MAX];
    if ((t && t->leaves == PLANE_NEVER) || !is_bound(p, g, pod))
        return;
    address_of(p, pod->pod, id);
    int64_t at = p->starting ? now : now + reaction(p, id, now);
    stand_behind(put(p, g, id, g->port, at), pod);
}

void plane_leave_pod(struct plane *p, struct plane_group *g, const struct plane_pod *pod,
                     int64_t now)
{
    struct plane_target *t = target_of(g, pod);
    if (t && !t->by_client)
        leave(p, g, t, now + reaction(p, t->id, now));
}

void plane_pass_pod(struct plane *p, struct plane_group *g, struct plane_pod *pod, int64_t now)
{
    struct plane_target *t = target_of(g, pod);
    if (!t || t->leaves != PLANE_NEVER)
        return;
    t->registered = least(t->registered, now);
    t->routed = least(t->routed, now);
    t->checked = now + g->interval_s * INT64_C(1000);
    t->health = ELBV2_HEALTHY;
    t->streak = 0;
}

/* ---- nodes ---- */

static struct sv instance_of(const struct world *w, uint32_t node)
{
    struct sv id = strings_get(&w->strings, w->nodes.items[node].provider_id);
    for (size_t i = id.len; i-- > 0;)
        if (id.ptr[i] == '/')
            return sv_n(id.ptr + i + 1, id.len - i - 1);
    return id;
}

static bool takes_traffic(const struct world *w, uint32_t node)
{
    const struct world_node *n = &w->nodes.items[node];
    uint32_t key =
        strings_find(&w->strings, SV("node.kubernetes.io/exclude-from-external-load-balancers"));
    return n->used && n->ready && !(key && labels_has(n->labels, key)) && instance_of(w, node).len;
}

static struct plane_target *target_at(struct plane_group *g, uint32_t node)
{
    vec_foreach(t, &g->targets)
        if (t->node == node)
            return t;
    return NULL;
}

static void stand_on(const struct plane *p, struct plane_target *t, uint32_t node)
{
    const struct world_node *n = &p->w->nodes.items[node];
    t->node = node;
    t->zone = mem_must(strdup(world_text(p->w, n->zone)));
}

static void enter_node(struct plane *p, struct plane_group *g, uint32_t node, int64_t now)
{
    char id[64];
    struct sv instance = instance_of(p->w, node);
    struct plane_target *t = target_at(g, node);
    if (t && t->leaves == PLANE_NEVER)
        return;
    snprintf(id, sizeof id, "%.*s", SV_ARG(instance));
    int64_t at = p->starting ? now : now + reaction(p, id, now);
    stand_on(p, put(p, g, id, g->port, at), node);
}

void plane_enter_nodes(struct plane *p, struct plane_group *g, int64_t now)
{
    world_each_node(p->w, n)
        if (takes_traffic(p->w, n))
            enter_node(p, g, n, now);
}

static void machine_died(struct plane_group *g, uint32_t node, int64_t now)
{
    g->quiet = now > g->quiet ? now : g->quiet;
    vec_foreach(pod, &g->pods) {
        if ((*pod)->at_node != node || (*pod)->pod == WORLD_NONE)
            continue;
        (*pod)->silent = (*pod)->silent || (*pod)->closes > now;
        (*pod)->closes = least((*pod)->closes, now);
        (*pod)->dies = least((*pod)->dies, now);
    }
    vec_foreach(t, &g->targets)
        if (t->node == node)
            t->dies = least(t->dies, now);
}

void plane_node_changed(struct plane *p, struct plane_group *g, const struct world_change *c,
                        int64_t now)
{
    bool gone = c->kind == CHANGE_NODE_GONE;
    if (gone || p->w->nodes.items[c->index].gone)
        machine_died(g, c->index, now);
    if (!g->instances || !g->service)
        return;
    struct plane_target *t = target_at(g, c->index);
    if (!gone && takes_traffic(p->w, c->index))
        enter_node(p, g, c->index, now);
    else if (t && !t->by_client)
        leave(p, g, t, now + reaction(p, t->id, now));
    if (t && gone) /* the place is given to the next node */
        t->node = WORLD_NONE;
}

/* ---- calls ---- */

static uint32_t node_of_instance(const struct world *w, const char *id)
{
    world_each_node(w, n)
        if (sv_is(instance_of(w, n), id))
            return n;
    return WORLD_NONE;
}

/* The pod that has the address, unless it is in its host's network. */
static uint32_t pod_of_address(const struct plane *p, const char *address)
{
    char text[ADDRESS_TEXT_MAX];
    world_each_pod(p->w, pod)
        if (!world_class_of(p->w, pod)->host_network && p->w->pods.items[pod].node != WORLD_NONE &&
            strcmp(address_of(p, pod, text), address) == 0)
            return pod;
    return WORLD_NONE;
}

void plane_register(struct plane *p, struct plane_group *g, const char *id, int32_t port,
                    int64_t now)
{
    if (!port)
        port = g->port;
    struct plane_target *t = find(g, id, port);
    if (t && t->leaves > now && t->registered <= now)
        return;
    uint32_t node = g->instances ? node_of_instance(p->w, id) : WORLD_NONE;
    uint32_t at = g->instances ? WORLD_NONE : pod_of_address(p, id);
    struct plane_pod *pod = at == WORLD_NONE ? NULL : plane_track_pod(p, g, at, now);
    t = put(p, g, id, port, now);
    t->by_client = true;
    if (pod)
        stand_behind(t, pod);
    else if (node != WORLD_NONE)
        stand_on(p, t, node);
}

bool plane_deregister(struct plane *p, struct plane_group *g, const char *id, int32_t port,
                      int64_t now)
{
    bool found = false;
    vec_foreach(t, &g->targets)
        if ((!port || t->port == port) && strcmp(t->id, id) == 0) {
            leave(p, g, t, now);
            found = true;
        }
    return found;
}
