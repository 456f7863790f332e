/* Volumes that cannot follow their pods: bound to a zone or host, or too many for the new nodes. */
#include "base/must.h"
#include "rules/nodes/internal.h"

static const struct world_pv *pv_of(const struct finder *f, uint32_t claim)
{
    uint32_t pvc = f->w->pod_claims.items[claim];
    uint32_t pv = pvc == WORLD_NONE ? WORLD_NONE : f->w->pvcs.items[pvc].pv;
    return pv == WORLD_NONE ? NULL : &f->w->pvs.items[pv];
}

/* ---- where ---- */

static bool is_in_set(struct sv set, struct sv wanted)
{
    while (set.ptr) {
        const char *end = sv_find(set, "__");
        if (sv_eq(sv_n(set.ptr, end ? (size_t)(end - set.ptr) : set.len), wanted))
            return true;
        set = end ? sv_n(end + 2, set.len - (size_t)(end + 2 - set.ptr)) : SV_NONE;
    }
    return false;
}

/* Volumes of before CSI say their zone by labels, several parted by "__". */
static bool zone_label_holds(const struct finder *f, struct label l, const struct world_node *node)
{
    struct sv key = strings_get(&f->w->strings, l.key);
    if (!sv_ends(key, "/zone") || !node->zone)
        return true;
    return is_in_set(strings_get(&f->w->strings, l.value), strings_get(&f->w->strings, node->zone));
}

static bool volume_reaches(const struct finder *f, const struct world_pv *pv,
                           const struct world_node *node)
{
    for (uint32_t i = 0; i < pv->zone_labels.len; i++)
        if (!zone_label_holds(f, pv->zone_labels.items[i], node))
            return false;
    for (uint32_t i = 0; i < pv->node_term_count; i++)
        if (node_term_matches(&pv->node_terms[i], &f->w->strings, node->labels, node->name))
            return true;
    return !pv->node_term_count;
}

static bool reaches_any(const struct finder *f, const struct world_pv *pv)
{
    vec_foreach(home, &f->homes)
        if (volume_reaches(f, pv, *home))
            return true;
    return false;
}

/* One pod as a unit of its own: volumes differ within a StatefulSet. */
static struct unit unit_of_pod(const struct finder *f, uint32_t pod)
{
    return (struct unit){.workload = world_top_owner(f->w, pod),
                         .class = f->w->pods.items[pod].class,
                         .pod = pod,
                         .pods = 1};
}

static void stays(struct finder *f, uint32_t pod, const struct world_pv *pv)
{
    const struct unit u = unit_of_pod(f, pod);
    uint32_t node = f->w->pods.items[pod].node;
    const struct world_node *here = node == WORLD_NONE ? NULL : &f->w->nodes.items[node];
    const char *zone = here ? world_text(f->w, here->zone) : "";
    struct nodes_risk *risk = risk_add(f, &u, "volume-zone");
    risk->blocks = true;
    if (pv->attachable || pv->zone_labels.len)
        risk_text(risk, "its volume is bound to zone %s, where no other node will be",
                  *zone ? zone : "(unknown)");
    else
        risk_text(risk, "its volume %s is bound to nodes that go", world_text(f->w, pv->name));
    if (pv->attachable || pv->zone_labels.len)
        risk_fix(risk, "start new nodes in that zone too (--zone %s=N): a volume never leaves it",
                 *zone ? zone : "ZONE");
    else
        risk_fix(risk, "restore its data elsewhere: delete claim and pod once other replicas or a "
                       "backup hold it");
}

void rule_volume_zones(struct finder *f)
{
    vec_foreach(pod, &f->moving) {
        const struct world_pod *p = &f->w->pods.items[*pod];
        for (uint32_t i = 0; i < p->claim_count; i++) {
            const struct world_pv *pv = pv_of(f, p->claims + i);
            if (!pv || reaches_any(f, pv))
                continue;
            stays(f, *pod, pv);
            break;
        }
    }
}

/* ---- how many ---- */

/* Volumes that have to go to the new nodes of a zone. */
struct zone_need {
    uint32_t zone, driver;
    uint32_t volumes, pods, pod; /* pod: one of them */
};

struct needs {
    VEC(struct zone_need) list;
};

static struct zone_need *need_of(struct needs *n, uint32_t zone, uint32_t driver, uint32_t pod)
{
    vec_foreach(need, &n->list)
        if (need->zone == zone && need->driver == driver)
            return need;
    mem_must(vec_push(&n->list, (struct zone_need){zone, driver, 0, 0, pod}) ? n : NULL);
    return &n->list.items[n->list.len - 1];
}

static void add_needs(const struct finder *f, uint32_t pod, struct needs *n)
{
    const struct world_pod *p = &f->w->pods.items[pod];
    bool any = false;
    for (uint32_t i = 0; i < p->claim_count && p->node != WORLD_NONE; i++) {
        const struct world_pv *pv = pv_of(f, p->claims + i);
        if (!pv || !pv->attachable)
            continue;
        struct zone_need *need = need_of(n, f->w->nodes.items[p->node].zone, pv->driver, pod);
        need->volumes++;
        need->pods += !any;
        any = true;
    }
}

/* -1: a node without a limit, or that is not known to have the driver, takes any number. */
static int64_t limit_of(const struct world_node *node, uint32_t driver)
{
    for (uint32_t i = 0; i < node->csi_count; i++)
        if (node->csi[i].driver == driver)
            return node->csi[i].count;
    return -1;
}

static int64_t add_room(int64_t room, int64_t more)
{
    return room < 0 || more < 0 ? -1 : room + more;
}

/* What is attached already, by node. */
static uint32_t *count_attached(const struct finder *f, uint32_t driver)
{
    uint32_t *by_node = mem_must(calloc(f->w->nodes.len + 1, sizeof *by_node));
    vec_foreach(a, &f->w->attachments)
        if (a->used && a->node != WORLD_NONE && a->driver == driver)
            by_node[a->node]++;
    return by_node;
}

static int64_t room_left(const struct finder *f, uint32_t node, uint32_t driver, uint32_t attached)
{
    int64_t limit = limit_of(&f->w->nodes.items[node], driver);
    return limit < 0 ? -1 : limit > attached ? limit - attached : 0;
}

static int64_t room_in(const struct finder *f, const struct zone_need *need, uint32_t *nodes)
{
    _cleanup_free_ uint32_t *attached = count_attached(f, need->driver);
    int64_t room = 0;
    for (uint32_t i = 0; i < f->green_count; i++)
        if (f->green[i].zone == need->zone) {
            room = add_room(room, limit_of(&f->green[i], need->driver));
            ++*nodes;
        }
    world_each_node(f->w, n) {
        const struct world_node *node = &f->w->nodes.items[n];
        if (f->old[n] || node->unschedulable || node->zone != need->zone)
            continue;
        room = add_room(room, room_left(f, n, need->driver, attached[n]));
        ++*nodes;
    }
    return room;
}

static void look_at(struct finder *f, const struct zone_need *need)
{
    uint32_t nodes = 0;
    int64_t room = room_in(f, need, &nodes);
    if (!nodes || room < 0 || room >= need->volumes)
        return;
    struct unit u = unit_of_pod(f, need->pod);
    u.pods = need->pods;
    struct nodes_risk *risk = risk_add(f, &u, "attach-limit");
    risk->blocks = true;
    risk_text(risk,
              "%u volumes of %u pods have to stay in zone %s, whose other %u node%s take%s "
              "%lld more",
              need->volumes, need->pods, world_text(f->w, need->zone), nodes, nodes == 1 ? "" : "s",
              nodes == 1 ? "s" : "", (long long)room);
    risk_fix(risk, "start more new nodes in that zone (--zone), or take an instance type with more "
                   "volume slots");
}

void rule_volume_limits(struct finder *f)
{
    struct needs needs = {0};
    vec_foreach(pod, &f->moving)
        add_needs(f, *pod, &needs);
    vec_foreach(need, &needs.list)
        look_at(f, need);
    vec_release(&needs.list);
}
