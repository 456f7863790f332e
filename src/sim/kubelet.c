/* What the kubelets do: volumes, images, containers, probes; and the end of a pod. */
#include "sim/kubelet.h"

#include "sim/internal.h"

bool kubelet_is_broken(const struct sim *s, uint32_t class)
{
    return s->classes[class].unready_long && !s->classes[class].ready;
}

/* Volumes are there: once the binding is written, mount them, pull, run the init containers one
 * after the other, start. */
static void start_containers(struct sim *s, uint32_t pod, int64_t wait)
{
    const struct world_pod *p = &s->w.pods.items[pod];
    const struct class_state *c = &s->classes[p->class];
    struct draws *d = &s->draws;
    double missing = images_missing(s, p->node, p->class);
    wait += draw(d, DRAW_SCHEDULE) + draw(d, DRAW_START);
    if (p->claim_count)
        wait += draw(d, DRAW_MOUNT);
    if (missing > 0)
        wait += (int64_t)(missing * (double)draw(d, DRAW_PULL));
    for (unsigned i = 0; i < c->init_count; i++)
        wait += draw(d, DRAW_INIT);
    s->pods.items[pod].stage = STAGE_STARTING;
    pods_plan(s, pod, s->now + wait, EVENT_POD_STARTED);
}

static void hold_or_start(struct sim *s, uint32_t pod, int64_t wait)
{
    const struct world_node *n = &s->w.nodes.items[s->w.pods.items[pod].node];
    if (n->ready && !n->gone)
        start_containers(s, pod, wait);
    else
        s->pods.items[pod].stage = STAGE_HELD;
}

static int64_t *waits_since(struct sim *s, uint32_t pod)
{
    while (s->waits_since.len <= pod)
        must_push(&s->waits_since, 0);
    return &s->waits_since.items[pod];
}

void kubelet_bound(struct sim *s, uint32_t pod)
{
    s->pods.items[pod].stage = STAGE_VOLUMES;
    if (s->w.pods.items[pod].claim_count)
        s->pods.items[pod].waits = volumes_want(s, pod);
    if (s->pods.items[pod].waits)
        *waits_since(s, pod) = s->now;
    else
        hold_or_start(s, pod, 0);
}

void kubelet_volumes_ready(struct sim *s, uint32_t pod)
{
    int64_t waited = s->now - *waits_since(s, pod);
    if (s->pods.items[pod].stage == STAGE_VOLUMES)
        hold_or_start(s, pod, kubelet_notices_ms(waited) - waited);
}

void kubelet_node_ready(struct sim *s, uint32_t node)
{
    world_each_pod_of_node(&s->w, node, p) {
        if (s->pods.items[p].stage == STAGE_HELD)
            start_containers(s, p, 0);
    }
}

static int64_t ready_delay(struct sim *s, const struct class_state *c)
{
    int64_t wait = c->probe_ms, gates = 0;
    if (c->probes)
        wait += draw(&s->draws, DRAW_READY);
    for (unsigned i = 0; i < c->lb_gates; i++) {
        int64_t one = draw(&s->draws, DRAW_LB_READY);
        gates = one > gates ? one : gates;
    }
    return wait + gates;
}

void kubelet_started(struct sim *s, uint32_t pod)
{
    struct world_pod *p = &s->w.pods.items[pod];
    p->phase = POD_RUNNING;
    p->started = sim_seconds(s);
    s->pods.items[pod].stage = STAGE_RUNNING;
    budgets_touch(&s->budgets, pod, 0);
    sim_tell(s, CHANGE_POD_OTHER, pod);
    images_pulled(s, p->node, p->class);
    if (kubelet_is_broken(s, p->class))
        return;
    int64_t wait = ready_delay(s, &s->classes[p->class]);
    if (wait)
        pods_plan(s, pod, s->now + wait, EVENT_POD_READY);
    else
        pods_set_ready(s, pod, true);
}

/* Only what has started must be stopped. */
void kubelet_stop(struct sim *s, uint32_t pod, int grace_s)
{
    const struct world_pod *p = &s->w.pods.items[pod];
    if (p->node == WORLD_NONE || s->nodes.items[p->node].dead)
        return;
    int64_t wait = draw(&s->draws, DRAW_CLEANUP);
    if (p->phase == POD_RUNNING)
        wait +=
            kubelet_stop_ms(s->classes[p->class].prestop_s, grace_s, draw(&s->draws, DRAW_STOP));
    pods_plan(s, pod, s->now + wait, EVENT_POD_GONE);
}
