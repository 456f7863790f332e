/* internal: what the files of pocket/plane share. Nobody else includes it. */
#ifndef TOBAN_POCKET_PLANE_INTERNAL_H
#define TOBAN_POCKET_PLANE_INTERNAL_H

#include "base/must.h"
#include "pocket/plane/plane.h"

struct plane {
    const struct world *w;
    const struct cloud *cloud;
    struct plane_times times;
    struct arena texts;
    const char *region, *account;
    void (*ports)(void *ctx, struct sv ns, struct sv service, struct plane_ports *out);
    void *ports_ctx;
    const char *(*address)(const void *ctx, uint32_t pod, char out[static ADDRESS_TEXT_MAX]);
    const void *address_ctx;
    uint64_t seed, made; /* ids that were made */
    bool starting;       /* what is found is as it has been for long */
    VEC(struct plane_balancer *) balancers, old_balancers;
    VEC(struct plane_group *) groups, old_groups;
    VEC(struct plane_listener *) old_listeners;
    VEC(struct plane_rule *) old_rules;
    VEC(bool) served; /* by service of the world: has a load balancer */
};

/* ---- make.c ---- */

const char *plane_text(struct arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* 16 hexadecimal digits, as ARNs end with. */
const char *plane_make_id(struct plane *p, struct arena *a);
/* 0 to below - 1; equal for equal seed, text and moment. */
uint64_t plane_draw(const struct plane *p, const char *text, int64_t now, uint64_t below);

/* ---- services.c ---- */

void plane_service_enter(struct plane *p, uint32_t service, int64_t now);
/* Does the load balancer controller look at this pod for this group? */
bool plane_selects(const struct plane *p, const struct plane_group *g, uint32_t pod);

/* ---- pods.c ---- */

/* The record of a pod in the group; NULL when it has none. */
struct plane_pod *plane_find_pod(const struct plane_group *g, uint32_t pod);
/* The same, made when there is none, as the world shows it. */
struct plane_pod *plane_track_pod(struct plane *p, struct plane_group *g, uint32_t pod,
                                  int64_t now);
void plane_pod_changed(struct plane *p, struct plane_group *g, const struct world_change *c,
                       int64_t now);
void plane_release_pods(struct plane_group *g);
/* Frees records that nobody needs any more. */
void plane_sweep_pods(struct plane *p, struct plane_group *g, int64_t now);
/* Takes new connections at that moment? */
bool plane_pod_answers(const struct plane_pod *pod, int64_t now);

/* ---- targets.c ---- */

void plane_release_targets(struct plane_group *g);
/* The controller registers the pod: seen at `now`, called and routed when it has reacted. */
void plane_enter_pod(struct plane *p, struct plane_group *g, struct plane_pod *pod, int64_t now);
void plane_leave_pod(struct plane *p, struct plane_group *g, const struct plane_pod *pod,
                     int64_t now);
/* The target of this pod is healthy: its gate says so. */
void plane_pass_pod(struct plane *p, struct plane_group *g, struct plane_pod *pod, int64_t now);
void plane_enter_nodes(struct plane *p, struct plane_group *g, int64_t now);
void plane_node_changed(struct plane *p, struct plane_group *g, const struct world_change *c,
                        int64_t now);
/* Brings the checks of all targets up to now, and forgets those that are drained. */
void plane_settle(struct plane *p, struct plane_group *g, int64_t now);
/* Gets requests at that moment when it is healthy. */
static inline bool plane_is_routed(const struct plane_target *t, int64_t now)
{
    return t->routed <= now && now < t->unrouted;
}
/* A pod behind this target that kube-proxy of its node, or the address itself, leads to; NULL. */
struct plane_pod *plane_behind(const struct plane *p, const struct plane_group *g,
                               const struct plane_target *t, uint64_t turn, int64_t now);

#endif
