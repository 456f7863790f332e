/* From a world to a simulator that runs: copies it, finds out what is under way in it. */
#include "sim/internal.h"

/* A pod that has been Ready never, or not for so long, will not become Ready by waiting. */
#define HOPE_S 600
/* A pod so long past its grace is held by a finalizer or a dead kubelet. */
#define STUCK_S 300
#define EVICTED_FOR_S 120

static void classify(struct sim *s, uint32_t pod)
{
    const struct world_pod *p = &s->w.pods.items[pod];
    struct class_state *c = &s->classes[p->class];
    if (p->deleting || p->phase != POD_RUNNING)
        return;
    if (p->ready)
        c->ready++;
    else if (s->w.taken - (p->started ? p->started : p->created) > HOPE_S)
        c->unready_long++;
}

static enum pod_stage first_stage(const struct world_pod *p)
{
    if (world_pod_is_finished(p))
        return STAGE_NONE;
    if (p->node == WORLD_NONE)
        return p->phase == POD_PENDING ? STAGE_UNBOUND : STAGE_ORPHAN;
    if (p->deleting)
        return STAGE_LEAVING;
    return p->phase == POD_PENDING ? STAGE_VOLUMES : STAGE_RUNNING;
}

static void enter_pods(struct sim *s)
{
    must_reserve(&s->pods, s->w.pods.cap);
    for (uint32_t i = 0; i < s->w.pods.len; i++) {
        must_push(&s->pods, (struct pod_state){0});
        if (!s->w.pods.items[i].used)
            continue;
        s->pods.items[i].stage = first_stage(&s->w.pods.items[i]);
        s->pods.items[i].belongs = world_pod_is_of_node(&s->w, i);
        classify(s, i);
        pods_count_in(s, i);
    }
}

/* Its grace may have begun before the snapshot; it is no longer than it was, though the cluster's
 * clock may be ahead of ours. */
static void go_on_leaving(struct sim *s, uint32_t pod)
{
    const struct world_pod *p = &s->w.pods.items[pod];
    int64_t left = p->deleting - s->w.taken, grace = world_class_of(&s->w, pod)->grace_s;
    left = left < grace ? left : grace;
    if (s->nodes.items[p->node].dead || left < -STUCK_S)
        return;
    left = left > 0 ? left * 1000 : 0;
    pods_plan(s, pod, left + draw(&s->draws, DRAW_CLEANUP), EVENT_POD_GONE);
}

static void go_on(struct sim *s, uint32_t pod)
{
    const struct world_pod *p = &s->w.pods.items[pod];
    switch ((enum pod_stage)s->pods.items[pod].stage) {
    case STAGE_UNBOUND:
        if (p->deleting)
            pods_remove(s, pod);
        else
            sched_queue_add(s->unbound, pod, 0);
        break;
    case STAGE_ORPHAN:
        pods_await_collector(s, pod);
        break;
    case STAGE_VOLUMES:
        kubelet_bound(s, pod);
        break;
    case STAGE_LEAVING:
        go_on_leaving(s, pod);
        break;
    case STAGE_RUNNING:
        if (!p->ready && !s->nodes.items[p->node].dead &&
            s->w.taken - (p->started ? p->started : p->created) <= HOPE_S)
            pods_plan(s, pod, draw(&s->draws, DRAW_READY), EVENT_POD_READY);
        break;
    default:
        break;
    }
}

/* Evictions that a budget still counts though the pod was not deleted. */
static void enter_disrupted(struct sim *s, const struct world_pdb *pdb)
{
    for (uint32_t i = 0; i < pdb->disrupted_count; i++) {
        const struct disrupted_pod *d = &pdb->disrupted[i];
        int64_t left = d->since + EVICTED_FOR_S - s->w.taken;
        uint32_t pod = world_find_pod(s->source, strings_get(&s->w.strings, pdb->ns),
                                      strings_get(&s->w.strings, d->name));
        if (left < 0 || pod == WORLD_NONE || s->w.pods.items[pod].deleting)
            continue;
        pods_count_out(s, pod);
        s->pods.items[pod].disrupted = true;
        pods_count_in(s, pod);
        pods_plan(s, pod, left * 1000 + 1, EVENT_BUDGET_RECHECK);
    }
}

static bool is_observed(const struct world_pdb *p)
{
    return p->observed_generation >= p->generation;
}

/* The controller has long seen what the snapshot shows, but for budgets that changed just then.
 * What is disrupted is counted by the run from now on. */
static void start_budgets(struct sim *s)
{
    for (size_t i = 0; i < s->w.pdbs.len; i++)
        if (s->w.pdbs.items[i].used)
            enter_disrupted(s, &s->w.pdbs.items[i]);
    budgets_learn(&s->budgets);
    vec_foreach(b, &s->w.pdbs)
        b->disrupted_count = 0;
    for (uint32_t pdb; (pdb = budgets_next_dirty(&s->budgets, 0)) != WORLD_NONE;)
        if (is_observed(&s->w.pdbs.items[pdb]))
            sim_write_budget(s, pdb);
    for (uint32_t i = 0; i < s->w.pdbs.len; i++)
        if (s->w.pdbs.items[i].used && !is_observed(&s->w.pdbs.items[i]))
            budgets_mark(&s->budgets, i);
    if (s->budgets.dirty_len)
        queue_put(&s->queue, draw(&s->draws, DRAW_API_CALL), EVENT_BUDGET_SYNC, 0, 0);
    s->budgets.planned = s->budgets.dirty_len > 0;
    s->budgets.writes = rate_of(s->times.controller_qps, s->times.controller_burst);
}

static void start_parts(struct sim *s, const struct sim_options *o)
{
    struct sched_options so = {.version = s->version, .seed = o->seed};
    struct rate writes = rate_of(s->times.controller_qps, s->times.controller_burst);
    s->sched = sched_new(&s->w, &so);
    s->unbound = sched_queue_new(&s->w, s->version);
    for (unsigned i = 0; i < CONTROLS; i++)
        s->controllers[i] = writes;
    s->bindings = rate_of(s->times.scheduler_qps, 2 * s->times.scheduler_qps);
    s->launching = rate_of(s->times.node_launch_qps, 1);
    budgets_init(&s->budgets, &s->w, s->version);
}

static void choose_times(struct sim *s, const struct sim_options *o)
{
    if (o->times) {
        s->times = *o->times;
        return;
    }
    sim_times_calibrate(&s->w, &s->times, NULL);
    if (s->cloud)
        sim_times_of_cloud(s->cloud, &s->times);
}

/* What the simulator looks up once, before anybody writes of it. */
static void enter_texts(struct world *w)
{
    static const char *const texts[] = {
        "node.kubernetes.io/not-ready",     "node.kubernetes.io/unreachable",
        "node.kubernetes.io/unschedulable", "kubernetes.io/hostname",
        "topology.kubernetes.io/zone",      "topology.kubernetes.io/region",
        "topology.ebs.csi.aws.com/zone",    "statefulset.kubernetes.io/pod-name",
        "apps.kubernetes.io/pod-index",     "ebs.csi.aws.com",
    };
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        strings_puts(&w->strings, texts[i]);
}

/* Names are drawn beside the durations. */
#define SEED_OF_NAMES UINT64_C(0x6e616d6573)

struct sim *sim_new(const struct world *w, const struct cloud *cloud, const struct sim_options *o)
{
    struct sim *s = mem_must((struct sim *)calloc(1, sizeof *s));
    if (o->grows)
        enter_texts(o->grows);
    world_copy(&s->w, w);
    if (o->grows)
        world_copy_index(&s->w);
    s->source = w;
    s->grows = o->grows;
    random_seed(&s->names, o->seed ^ SEED_OF_NAMES);
    s->cloud = cloud;
    s->version = s->w.version = o->version.set ? o->version : w->version;
    choose_times(s, o);
    draws_init(&s->draws, &s->times, o->seed, o->spread_times);
    arena_init(&s->arena, 0);
    queue_init(&s->queue);
    classes_start(s);
    start_parts(s, o);
    nodes_start(s);
    images_start(s);
    schedule_start(s);
    enter_pods(s);
    volumes_start(s);
    start_budgets(s);
    s->known_pdbs = s->w.pdbs.len;
    controllers_start(s);
    for (uint32_t i = 0; i < w->pods.len; i++)
        if (s->w.pods.items[i].used)
            go_on(s, i);
    s->on_change = o->on_change;
    s->on_near = o->on_near;
    s->on_next = o->on_next;
    s->ctx = o->ctx;
    return s;
}

void sim_free(struct sim *s)
{
    if (!s)
        return;
    sched_free(s->sched);
    sched_queue_free(s->unbound);
    controllers_release(s);
    budgets_release(&s->budgets);
    queue_release(&s->queue);
    for (size_t i = 0; i < s->nodes.len; i++)
        free(s->nodes.items[i].images);
    vec_release(&s->pods);
    vec_release(&s->waits_since);
    vec_release(&s->nodes);
    vec_release(&s->attachments);
    vec_release(&s->volumes);
    vec_release(&s->waiters);
    vec_release(&s->launches);
    vec_release(&s->zones);
    vec_release(&s->lost);
    free(s->classes);
    free(s->image_numbers);
    vec_release(&s->class_images);
    arena_release(&s->arena);
    world_release(&s->w);
    free(s);
}
