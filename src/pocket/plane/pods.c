/* Pods as those see them who send them requests: from when on they answer, and until when. */
#include "pocket/plane/internal.h"
#include "sim/kubelet.h"

/* Records are looked over when there are so many, and then when they have doubled. */
#define SWEEP_FROM 64

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

bool plane_pod_answers(const struct plane_pod *pod, int64_t now)
{
    return pod->opens <= now && now < pod->closes;
}

struct plane_pod *plane_find_pod(const struct plane_group *g, uint32_t pod)
{
    for (size_t i = g->pods.len; i-- > 0;)
        if (g->pods.items[i]->pod == pod)
            return g->pods.items[i];
    return NULL;
}

/* ---- records ---- */

static char *copy(const struct world *w, uint32_t text)
{
    return mem_must(strdup(world_text(w, text)));
}

static void place(const struct plane *p, struct plane_pod *pod)
{
    uint32_t node = p->w->pods.items[pod->pod].node;
    if (node == WORLD_NONE || node == pod->at_node)
        return;
    free((char *)pod->node);
    free((char *)pod->zone);
    pod->at_node = node;
    pod->node = copy(p->w, p->w->nodes.items[node].name);
    pod->zone = copy(p->w, p->w->nodes.items[node].zone);
}

static void pod_free(struct plane_pod *pod)
{
    free((char *)pod->name);
    free((char *)pod->ns);
    free((char *)pod->node);
    free((char *)pod->zone);
    free(pod);
}

void plane_release_pods(struct plane_group *g)
{
    vec_foreach(pod, &g->pods)
        pod_free(*pod);
    vec_release(&g->pods);
}

void plane_sweep_pods(struct plane *p, struct plane_group *g, int64_t now)
{
    size_t kept = 0;
    for (size_t i = 0; i < g->pods.len; i++) {
        struct plane_pod *pod = g->pods.items[i];
        if (pod->pod == WORLD_NONE && !pod->held && pod->unlisted + p->times.proxy_ms < now)
            pod_free(pod);
        else
            g->pods.items[kept++] = pod;
    }
    g->pods.len = kept;
    g->sweep = kept < SWEEP_FROM / 2 ? SWEEP_FROM : 2 * kept;
}

/* Until then a check may find something new. */
static void expect_change(struct plane_group *g, int64_t at)
{
    if (at != PLANE_NEVER && at > g->quiet)
        g->quiet = at;
}

static void expect_changes(const struct plane *p, struct plane_group *g,
                           const struct plane_pod *pod, int64_t now)
{
    const int64_t seen[] = {pod->listed, pod->unlisted}, lag = p->times.proxy_ms;
    expect_change(g, now);
    expect_change(g, pod->opens);
    expect_change(g, pod->closes);
    for (size_t i = 0; i < ARRAY_LEN(seen); i++)
        if (seen[i] != PLANE_NEVER)
            expect_change(g, seen[i] + lag);
}

static struct plane_pod *add(struct plane *p, struct plane_group *g, uint32_t at)
{
    const struct world_class *c = world_class_of(p->w, at);
    char name[300];
    struct plane_pod *pod = mem_must(calloc(1, sizeof *pod));
    world_pod_name(p->w, at, name, sizeof name);
    *pod = (struct plane_pod){
        .name = mem_must(strdup(name)),
        .ns = copy(p->w, c->ns),
        .node = mem_must(strdup("")),
        .zone = mem_must(strdup("")),
        .pod = at,
        .at_node = WORLD_NONE,
        .gated = c->lb_gates > 0,
        .listed = PLANE_NEVER,
        .unlisted = PLANE_NEVER,
        .opens = PLANE_NEVER,
        .closes = PLANE_NEVER,
        .dies = PLANE_NEVER,
    };
    place(p, pod);
    must_push(&g->pods, pod);
    return pod;
}

/* ---- what happens to them ---- */

/* Its containers run. When its probes can have passed the program takes connections, which is when
 * a target behind a gate is registered. */
static void started(struct plane *p, struct plane_group *g, struct plane_pod *pod, int64_t now)
{
    if (pod->opens != PLANE_NEVER || !pod->gated)
        return;
    pod->opens = now + kubelet_probe_ms(world_class_of(p->w, pod->pod));
    plane_enter_pod(p, g, pod, pod->opens);
}

static void became_ready(struct plane *p, struct plane_group *g, struct plane_pod *pod, int64_t now)
{
    pod->ready = true;
    pod->opens = least(pod->opens, now);
    pod->listed = p->starting ? now - p->times.proxy_ms : now;
    pod->unlisted = PLANE_NEVER;
    plane_enter_pod(p, g, pod, pod->opens);
    if (pod->gated)
        plane_pass_pod(p, g, pod, now);
}

static void became_unready(struct plane *p, struct plane_group *g, struct plane_pod *pod,
                           int64_t now)
{
    pod->ready = false;
    pod->unlisted = least(pod->unlisted, now);
    if (!pod->gated)
        plane_leave_pod(p, g, pod, now);
}

/* From SIGTERM on the program takes no new connections and finishes what it has begun, as well
 * behaved ones do; preStop comes before that. */
static void deleting(struct plane *p, struct plane_group *g, struct plane_pod *pod, int64_t now)
{
    const struct world_pod *in = &p->w->pods.items[pod->pod];
    int64_t left = in->deleting - (p->w->taken + now / 1000);
    int grace = left > 0 && left < INT32_MAX ? (int)left : 0;
    int64_t term = kubelet_stop_ms(world_class_of(p->w, pod->pod)->prestop_s, grace, 0);
    pod->unlisted = least(pod->unlisted, now);
    pod->closes = least(pod->closes, now + term);
    pod->dies = least(pod->dies, now + grace * INT64_C(1000));
    plane_leave_pod(p, g, pod, now);
}

static void gone(struct plane *p, struct plane_group *g, struct plane_pod *pod, int64_t now)
{
    pod->pod = WORLD_NONE;
    pod->unlisted = least(pod->unlisted, now);
    pod->closes = least(pod->closes, now);
    pod->dies = least(pod->dies, now);
    plane_leave_pod(p, g, pod, now);
}

/* As it stands now, for who comes later. */
static void catch_up(struct plane *p, struct plane_group *g, struct plane_pod *pod, int64_t now)
{
    const struct world_pod *in = &p->w->pods.items[pod->pod];
    if (in->phase == POD_RUNNING)
        started(p, g, pod, now);
    if (in->ready)
        became_ready(p, g, pod, now);
    if (in->deleting)
        deleting(p, g, pod, now);
}

struct plane_pod *plane_track_pod(struct plane *p, struct plane_group *g, uint32_t at, int64_t now)
{
    struct plane_pod *pod = plane_find_pod(g, at);
    if (pod)
        return pod;
    if (g->pods.len >= (g->sweep ? g->sweep : SWEEP_FROM))
        plane_settle(p, g, now);
    pod = add(p, g, at);
    catch_up(p, g, pod, now);
    expect_changes(p, g, pod, now);
    return pod;
}

void plane_pod_changed(struct plane *p, struct plane_group *g, const struct world_change *c,
                       int64_t now)
{
    struct plane_pod *pod = plane_find_pod(g, c->index);
    if (!pod && c->kind != CHANGE_POD_GONE && plane_selects(p, g, c->index)) {
        plane_track_pod(p, g, c->index, now);
        return;
    }
    if (!pod)
        return;
    place(p, pod);
    if (c->kind == CHANGE_POD_OTHER && p->w->pods.items[c->index].phase == POD_RUNNING)
        started(p, g, pod, now);
    else if (c->kind == CHANGE_POD_READY)
        became_ready(p, g, pod, now);
    else if (c->kind == CHANGE_POD_UNREADY)
        became_unready(p, g, pod, now);
    else if (c->kind == CHANGE_POD_DELETING)
        deleting(p, g, pod, now);
    else if (c->kind == CHANGE_POD_GONE)
        gone(p, g, pod, now);
    expect_changes(p, g, pod, now);
}
