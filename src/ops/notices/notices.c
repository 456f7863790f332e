#include "ops/notices/notices.h"

#include "base/must.h"
#include "ops/inventory/inventory.h"

void notices_release(struct notices *n)
{
    vec_release(&n->rows);
    arena_release(&n->arena);
}

static const char *keep(struct notices *n, const char *text)
{
    return text ? mem_must(arena_dup(&n->arena, sv_of(text))) : NULL;
}

static bool same_text(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

/* ---- one row each ---- */

static bool is_same(const struct notice_row *r, const struct notice *notice, const char *instance,
                    const char *message)
{
    if (!same_text(r->instance, instance))
        return false;
    if (notice->id && same_text(r->id, notice->id))
        return true;
    if (!instance)
        return !notice->id && same_text(r->message, message);
    return r->kind == notice->kind && (r->kind != NOTICE_STATE || same_text(r->what, notice->what));
}

static size_t add_row(struct notices *n, const struct notice *notice, const char *instance,
                      const char *message)
{
    vec_foreach(r, &n->rows)
        if (is_same(r, notice, instance, message))
            return 0;
    const struct notice_row row = {
        .message = keep(n, message),
        .kind = notice->kind,
        .id = keep(n, notice->id),
        .title = keep(n, notice->title),
        .what = keep(n, notice->what),
        .instance = keep(n, instance),
        .group = keep(n, notice->group),
        .at = notice->at,
        .leave_by = notice->leave_by,
        .ahead = notice_is_ahead(notice),
    };
    must_push(&n->rows, row);
    return 1;
}

size_t notices_add(struct notices *n, const struct notice *notice, const char *message)
{
    size_t added = 0;
    for (uint32_t i = 0; i < notice->instance_count; i++)
        added += add_row(n, notice, notice->instances[i], message);
    if (!notice->instance_count)
        added += add_row(n, notice, NULL, message);
    return added;
}

/* ---- what is there ---- */

/* "aws:///eu-west-1a/i-0abc" */
static bool is_machine(struct sv provider_id, const char *instance)
{
    size_t len = strlen(instance);
    return provider_id.len > len && provider_id.ptr[provider_id.len - len - 1] == '/' &&
           sv_ends(provider_id, instance);
}

static uint32_t find_node(const struct world *w, const char *instance)
{
    world_each_node(w, n) {
        uint32_t id = w->nodes.items[n].provider_id;
        if (id != STRINGS_NONE && is_machine(strings_get(&w->strings, id), instance))
            return n;
    }
    return WORLD_NONE;
}

/* A local volume is not attached by anybody, and only its node can have it. */
static bool is_local(const struct world *w, uint32_t pod)
{
    const struct world_pod *p = &w->pods.items[pod];
    const struct world_class *c = world_class_of(w, pod);
    for (uint32_t i = 0; i < p->claim_count; i++) {
        uint32_t claim = w->pod_claims.items[p->claims + i];
        uint32_t pv = claim == WORLD_NONE ? WORLD_NONE : w->pvcs.items[claim].pv;
        if (pv != WORLD_NONE && !w->pvs.items[pv].attachable && w->pvs.items[pv].node_term_count)
            return true;
    }
    return c->empty_dir || c->host_path;
}

static bool has_others(const struct world *w, uint32_t owner, uint32_t node)
{
    world_each_pod(w, p) {
        const struct world_pod *pod = &w->pods.items[p];
        if (pod->ready && !pod->deleting && pod->node != node && world_top_owner(w, p) == owner)
            return true;
    }
    return false;
}

static void write_name(const struct world *w, uint32_t owner, uint32_t pod, char *out, size_t cap)
{
    char name[254];
    if (owner != WORLD_NONE) {
        world_workload_name(w, owner, out, cap);
        return;
    }
    world_pod_name(w, pod, name, sizeof name);
    snprintf(out, cap, "Pod %s/%s", world_text(w, world_class_of(w, pod)->ns), name);
}

static struct notice_workload *workload_of(struct notices *n, struct notice_row *r,
                                           const struct world *w, uint32_t pod, uint32_t node)
{
    char name[600];
    uint32_t owner = world_top_owner(w, pod);
    write_name(w, owner, pod, name, sizeof name);
    for (uint32_t i = 0; i < r->workload_count; i++)
        if (strcmp(r->workloads[i].name, name) == 0)
            return &r->workloads[i];
    struct notice_workload *known = &r->workloads[r->workload_count++];
    known->name = keep(n, name);
    known->alone = owner == WORLD_NONE || !has_others(w, owner, node);
    return known;
}

static void look_at_pods(struct notices *n, struct notice_row *r, const struct world *w,
                         const struct budgets *b, uint32_t node)
{
    uint32_t most = w->nodes.items[node].pod_count;
    r->workloads = mem_must(arena_new_n(&n->arena, struct notice_workload, most + 1));
    r->pods = r->own = r->workload_count = 0;
    world_each_pod_of_node(w, node, p) {
        if (world_pod_is_finished(&w->pods.items[p]))
            continue;
        if (world_pod_is_of_node(w, p)) {
            r->own++;
            continue;
        }
        struct notice_workload *wl = workload_of(n, r, w, p, node);
        r->pods++;
        wl->pods++;
        wl->blocked += !w->pods.items[p].deleting && inventory_is_refused(w, b, p);
        wl->local |= is_local(w, p);
    }
}

void notices_look(struct notices *n, size_t first, const struct world *w)
{
    struct budgets b;
    budgets_init(&b, w, w->version);
    for (size_t i = first; i < n->rows.len; i++) {
        struct notice_row *r = &n->rows.items[i];
        uint32_t node = r->instance ? find_node(w, r->instance) : WORLD_NONE;
        if (node == WORLD_NONE)
            continue;
        const struct world_node *found = &w->nodes.items[node];
        r->node = keep(n, world_text(w, found->name));
        r->cordoned = found->unschedulable;
        if (found->group != STRINGS_NONE)
            r->group = keep(n, world_text(w, found->group));
        look_at_pods(n, r, w, &b, node);
    }
    budgets_release(&b);
}

/* ---- order ---- */

static int compare(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

static int by_time(const void *x, const void *y)
{
    const struct notice_row *a = x, *b = y;
    int order = compare(!a->leave_by, !b->leave_by);
    order = order ? order : compare(a->leave_by, b->leave_by);
    order = order ? order : compare(a->at, b->at);
    order = order ? order : compare(a->kind, b->kind);
    order = order ? order : strcmp(a->instance ? a->instance : "", b->instance ? b->instance : "");
    return order ? order : strcmp(a->message, b->message);
}

void notices_sort(struct notices *n, size_t first)
{
    if (n->rows.len > first + 1)
        qsort(n->rows.items + first, n->rows.len - first, sizeof *n->rows.items, by_time);
}

bool notices_may_drain(const struct notice_row *r, int64_t now)
{
    return r->ahead && r->node && r->pods && (!r->leave_by || r->leave_by > now);
}
