/* Drives the scheduler: takes pods in its queue's order, binds at the client's pace, preempts. */
#include "sim/internal.h"

/* The flush comes after 5 minutes (before 1.24: one), looks every 30 s, and may meet a back-off. */
#define FLUSHED_AFTER_MS 345000
#define FLUSHED_AFTER_OLD_MS 105000

void schedule_start(struct sim *s)
{
    const struct world *w = &s->w;
    s->lowest_priority = INT32_MAX;
    s->open_changes = s->all_changes = 1;
    for (uint32_t i = 0; i < w->classes.len; i++)
        if (w->classes.items[i].priority < s->lowest_priority)
            s->lowest_priority = w->classes.items[i].priority;
}

/* All waiting pods have been tried since the last change, the periodic flush included: without a
 * new change they would be refused for ever. */
static bool is_in_vain(const struct sim *s, int64_t next)
{
    int64_t flushed = sim_since(s, 24) ? FLUSHED_AFTER_MS : FLUSHED_AFTER_OLD_MS;
    return next > s->changed + flushed &&
           sched_queue_len(s->unbound) == sched_queue_stuck(s->unbound);
}

int64_t schedule_next(const struct sim *s)
{
    int64_t at = sched_queue_next(s->unbound), paced = rate_when(&s->bindings, s->now);
    int64_t earliest = s->schedule_from > paced ? s->schedule_from : paced;
    if (at == INT64_MAX || is_in_vain(s, at))
        return INT64_MAX;
    return at > earliest ? at : earliest;
}

/* A pod that leaves a cordoned node makes no room that could be preempted, but may free what an
 * affinity of somebody forbids elsewhere. */
static bool leaves_a_closed_node(const struct sim *s, uint32_t pod)
{
    uint32_t node = s->w.pods.items[pod].node;
    return node != WORLD_NONE && s->w.nodes.items[node].unschedulable &&
           !s->classes[s->w.pods.items[pod].class].repels;
}

void schedule_changed(struct sim *s, enum change_kind kind, uint32_t index)
{
    switch (kind) {
    case CHANGE_POD_DELETING:
    case CHANGE_POD_GONE:
        s->all_changes++;
        s->open_changes += !leaves_a_closed_node(s, index);
        break;
    case CHANGE_POD_ADDED:
    case CHANGE_POD_READY:
    case CHANGE_POD_UNREADY:
    case CHANGE_POD_UNSCHEDULABLE:
    case CHANGE_PDB:
        break;
    default:
        s->all_changes++;
        s->open_changes++;
    }
}

static bool has_affinity(const struct world_class *c)
{
    return c->affinity_count || c->anti_affinity_count || c->spread_count;
}

/* What stands for all that decides about preemption by a pod of this class; 0: nothing does. */
static uint64_t state_of_things(const struct sim *s, uint32_t pod)
{
    if (s->w.pods.items[pod].claim_count)
        return 0;
    return has_affinity(world_class_of(&s->w, pod)) ? s->all_changes : s->open_changes;
}

/* Victims are deleted, not evicted: no budget is asked. The pod waits for their node. */
static void preempt(struct sim *s, uint32_t pod)
{
    struct sched_preemption p = {0};
    const struct world_class *c = world_class_of(&s->w, pod);
    struct class_state *known = &s->classes[s->w.pods.items[pod].class];
    uint64_t things = state_of_things(s, pod);
    if (c->preempt_never || c->priority <= s->lowest_priority ||
        (things && known->in_vain == things))
        return;
    sched_preempt(s->sched, pod, &p);
    known->in_vain = p.node == WORLD_NONE ? things : 0;
    if (p.node != WORLD_NONE && s->w.pods.items[pod].nominated != p.node) {
        s->w.pods.items[pod].nominated = p.node;
        sim_tell(s, CHANGE_POD_OTHER, pod);
    }
    for (size_t i = 0; i < p.victims.len; i++) {
        s->stats.preempted++;
        pods_delete(s, p.victims.items[i], -1);
    }
    sched_preemption_release(&p);
}

static void bind(struct sim *s, uint32_t pod, uint32_t node)
{
    fetch_node(s, node);
    sched_queue_remove(s->unbound, pod);
    rate_take(&s->bindings, s->now);
    if (s->w.pods.items[pod].claim_count)
        volumes_provision(s, pod, node);
    pods_bind(s, pod, node);
}

void schedule_run(struct sim *s)
{
    s->schedule_from = s->now + 1; /* unless a pod is taken now */
    while (rate_when(&s->bindings, s->now) <= s->now) {
        struct sched_choice choice;
        uint32_t pod = sched_queue_pop(s->unbound, s->now);
        if (pod == WORLD_NONE)
            break;
        s->schedule_from = s->now;
        sched_pick(s->sched, pod, &choice);
        if (choice.node != WORLD_NONE) {
            bind(s, pod, choice.node);
            continue;
        }
        sched_queue_unschedulable(s->unbound, pod, s->now);
        sim_tell(s, CHANGE_POD_UNSCHEDULABLE, pod);
        preempt(s, pod);
    }
}
