/* What the watches say: to the core, and as events to people. */
#include "ops/drain/drive.h"

/* ---- pods ---- */

struct drive_pod *news_pod(struct drive *d, uint32_t slot, uint32_t uid)
{
    if (slot >= d->pods.len || !uid || d->pods.items[slot].uid != uid)
        return NULL;
    return &d->pods.items[slot];
}

static uint32_t node_of_pod(const struct drive *d, uint32_t slot)
{
    const struct world_pod *p = &d->w->pods.items[slot];
    bool ours = p->used && p->node < d->node_of.len && !world_pod_is_of_node(d->w, slot);
    return ours ? d->node_of.items[p->node] : WORLD_NONE;
}

static void remember(struct drive *d, uint32_t slot)
{
    uint32_t node = node_of_pod(d, slot);
    const struct world_pod *p = &d->w->pods.items[slot];
    char name[512];
    while (d->pods.len <= slot)
        must_push(&d->pods, (struct drive_pod){0});
    struct drive_pod *seen = &d->pods.items[slot];
    if (node == WORLD_NONE || seen->uid == p->uid)
        return;
    world_pod_name(d->w, slot, name, sizeof name);
    *seen = (struct drive_pod){.uid = p->uid, .node = node};
    seen->name = mem_must(
        arena_fmt(&d->h.arena, "%s/%s", world_text(d->w, world_class_of(d->w, slot)->ns), name));
}

void news_begin(struct drive *d)
{
    world_each_pod(d->w, p) {
        remember(d, p);
        if (p < d->pods.len && d->pods.items[p].uid && d->w->pods.items[p].deleting)
            d->pods.items[p].leaving_at = hand_clock_ms();
    }
}

static void pod_gone(struct drive *d, uint32_t slot)
{
    if (slot >= d->pods.len || !d->pods.items[slot].uid)
        return;
    const struct drive_pod *p = &d->pods.items[slot];
    hand_tell(&d->h, "gone", p->name, "pod %s has left node %s", p->name, d->nodes[p->node].name);
    d->pods.items[slot] = (struct drive_pod){0};
}

/* A new one may stand in the place of one whose end was not seen. */
static void pod_told(struct drive *d, const struct world_change *c)
{
    if (c->kind == CHANGE_POD_GONE || c->kind == CHANGE_POD_ADDED)
        pod_gone(d, c->index);
    if (c->kind == CHANGE_POD_GONE)
        return;
    remember(d, c->index);
    struct drive_pod *p = news_pod(d, c->index, d->w->pods.items[c->index].uid);
    if (c->kind == CHANGE_POD_DELETING && p && !p->leaving_at)
        p->leaving_at = hand_clock_ms();
}

/* ---- nodes ---- */

static void node_gone(struct drive *d, uint32_t index)
{
    uint32_t i = index < d->node_of.len ? d->node_of.items[index] : WORLD_NONE;
    if (i == WORLD_NONE)
        return;
    d->node_of.items[index] = WORLD_NONE;
    d->nodes[i].index = WORLD_NONE;
    d->nodes[i].proven = true;
    hand_tell(&d->h, "node-gone", d->nodes[i].name, "node %s: its object is deleted",
              d->nodes[i].name);
}

static void node_told(struct drive *d, const struct world_change *c)
{
    uint32_t i = c->index < d->node_of.len ? d->node_of.items[c->index] : WORLD_NONE;
    const char *name = i == WORLD_NONE ? NULL : d->nodes[i].name;
    if (c->kind == CHANGE_NODE_GONE)
        node_gone(d, c->index);
    else if (name && c->kind == CHANGE_NODE_UNREADY)
        hand_tell(&d->h, "node-not-ready", name, "node %s is not Ready any more", name);
    else if (name && c->kind == CHANGE_NODE_READY)
        hand_tell(&d->h, "node-ready", name, "node %s is Ready again", name);
    else if (name && c->kind == CHANGE_NODE_UNCORDONED)
        hand_tell(&d->h, "uncordoned", name,
                  "node %s was uncordoned by somebody: new pods may come to it", name);
}

/* ---- all ---- */

/* Deleted and registered anew while nobody watched: that is another machine. */
static bool is_another(const struct drive *d, const struct world_change *c)
{
    bool node = c->kind >= CHANGE_NODE_ADDED && c->kind <= CHANGE_NODE_OTHER;
    uint32_t i = node && c->index < d->node_of.len ? d->node_of.items[c->index] : WORLD_NONE;
    return i != WORLD_NONE && c->kind != CHANGE_NODE_GONE &&
           d->w->nodes.items[c->index].uid != d->nodes[i].uid;
}

static void changed(struct drive *d, const struct world_change *told)
{
    const struct world_change gone = {CHANGE_NODE_GONE, told->index};
    const struct world_change *c = is_another(d, told) ? &gone : told;
    switch (c->kind) {
    case CHANGE_POD_ADDED:
    case CHANGE_POD_BOUND:
    case CHANGE_POD_READY:
    case CHANGE_POD_UNREADY:
    case CHANGE_POD_DELETING:
    case CHANGE_POD_GONE:
        pod_told(d, c);
        break;
    case CHANGE_NODE_READY:
    case CHANGE_NODE_UNREADY:
    case CHANGE_NODE_UNCORDONED:
    case CHANGE_NODE_GONE:
        node_told(d, c);
        break;
    default:
        break;
    }
    nodes_change(d->op, c, drive_now(d));
}

static void trouble(struct drive *d, const char *words)
{
    d->lost = true;
    snprintf(d->trouble, sizeof d->trouble, "%s", words);
    hand_trouble(&d->h, d->trouble);
}

static void recovered(struct drive *d)
{
    d->lost = false;
    *d->trouble = '\0';
    hand_recovered(&d->h);
}

int news_take(struct drive *d, struct err *err)
{
    struct follow_item item;
    for (;;) {
        follow_next(d->follow, &item, err);
        switch (item.news) {
        case FOLLOW_NOTHING:
            return 0;
        case FOLLOW_CHANGE:
            changed(d, &item.change);
            break;
        case FOLLOW_TROUBLE:
            trouble(d, item.words ? item.words : "no contact");
            break;
        case FOLLOW_RECOVERED:
            recovered(d);
            break;
        case FOLLOW_FAILED:
            return err_wrap(err, "the cluster cannot be followed any more");
        }
    }
}

/* ---- states ---- */

static void look_at_status(struct drive *d, uint32_t i)
{
    struct drive_node *n = &d->nodes[i];
    if (n->looking || n->proven || n->index == WORLD_NONE || hand_clock_ms() < n->look_due)
        return;
    n->looking = true;
    must_push(&d->ready, call_new_node(d, CALL_STATUS, i));
}

static void tell_state(struct drive *d, struct drive_node *n)
{
    bool empty = !n->left && n->state != NODES_NODE_WAITS;
    if (!empty)
        n->empty_at = 0;
    else if (!n->empty_at)
        n->empty_at = hand_clock_ms();
    if (empty && !n->told_empty && n->state != NODES_NODE_GONE)
        hand_tell(&d->h, "node-empty", n->name, "node %s: its pods are gone%s", n->name,
                  n->volumes ? ", volumes are left" : "");
    n->told_empty = empty;
    bool clean = n->state == NODES_NODE_CLEAN && n->proven;
    if (clean && !n->told_clean)
        hand_tell(&d->h, "node-clean", n->name, "node %s is clean: no pods, no volumes", n->name);
    n->told_clean = clean;
}

static void look_at_nodes(struct drive *d)
{
    struct nodes_node *list = mem_must(calloc(d->node_count + 1, sizeof *list));
    uint32_t count = nodes_list(d->op, list, d->node_count);
    for (uint32_t k = 0; k < count; k++) {
        uint32_t i = list[k].state == NODES_NODE_GONE ? WORLD_NONE : d->node_of.items[list[k].node];
        if (i == WORLD_NONE)
            continue;
        struct drive_node *n = &d->nodes[i];
        n->state = list[k].state;
        n->left = list[k].left;
        n->volumes = list[k].volumes;
        n->pods = n->left > n->pods ? n->left : n->pods;
        if (n->state != NODES_NODE_CLEAN)
            n->proven = false;
        tell_state(d, n);
        if (n->state == NODES_NODE_CLEAN)
            look_at_status(d, i);
    }
    for (uint32_t i = 0; i < d->node_count; i++)
        if (d->nodes[i].index == WORLD_NONE) {
            d->nodes[i].state = NODES_NODE_GONE;
            d->nodes[i].left = d->nodes[i].volumes = 0;
        }
    free(list);
}

static bool is_short(const struct drive *d, uint32_t workload)
{
    vec_foreach(s, &d->short_of)
        if (*s == workload)
            return true;
    return false;
}

static void forget_short(struct drive *d, uint32_t workload)
{
    size_t kept = 0;
    for (size_t i = 0; i < d->short_of.len; i++)
        if (d->short_of.items[i] != workload)
            d->short_of.items[kept++] = d->short_of.items[i];
    d->short_of.len = kept;
}

static void look_at_workloads(struct drive *d)
{
    uint32_t count = nodes_touched(d->op, NULL, 0);
    struct nodes_touched *list = mem_must(calloc(count + 1, sizeof *list));
    nodes_touched(d->op, list, count);
    for (uint32_t i = 0; i < count; i++) {
        bool misses = list[i].ready < list[i].before, known = is_short(d, list[i].workload);
        char name[512];
        if (misses && !known && list[i].ready + calls_asked(d, list[i].workload) < list[i].before)
            must_push(&d->short_of, list[i].workload);
        if (misses || !known)
            continue;
        forget_short(d, list[i].workload);
        world_workload_name(d->w, list[i].workload, name, sizeof name);
        hand_tell(&d->h, "replaced", name, "%s is as Ready as before: %d pod%s", name,
                  list[i].ready, list[i].ready == 1 ? "" : "s");
    }
    free(list);
}

void news_look(struct drive *d)
{
    enum nodes_phase phase = nodes_phase(d->op);
    look_at_nodes(d);
    look_at_workloads(d);
    if (phase != d->phase)
        hand_tell(&d->h, "phase", nodes_phase_names[phase], "%s", nodes_phase_names[phase]);
    d->phase = phase;
}
