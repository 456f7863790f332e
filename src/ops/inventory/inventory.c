#include "ops/inventory/inventory.h"

#include "base/must.h"
#include "sim/eviction.h"

void inventory_release(struct inventory *i)
{
    vec_release(&i->rows);
}

bool inventory_is_refused(const struct world *w, const struct budgets *b, uint32_t pod)
{
    uint32_t covering[2];
    struct eviction_answer answer;
    struct eviction_request r = {
        .w = w,
        .version = w->version,
        .pod = pod,
        .budgets = covering,
        .budget_count = budgets_of_pod(b, pod, covering, 2),
    };
    eviction_decide(&r, &answer);
    return answer.cause != EVICTION_OK;
}

static bool is_bare(const struct world_pod *p)
{
    return p->owner == WORLD_NONE && !p->foreign_owner;
}

static void count_moving(const struct world *w, const struct budgets *b, uint32_t pod,
                         struct inventory_row *row)
{
    const struct world_pod *p = &w->pods.items[pod];
    const struct world_class *c = world_class_of(w, pod);
    row->to_move++;
    row->terminating += p->deleting != 0;
    row->bare += is_bare(p);
    row->kept += c->safe_to_evict_no || c->do_not_disrupt;
    row->blocked += !p->deleting && inventory_is_refused(w, b, pod);
}

static void count_pods(const struct world *w, const struct budgets *b, struct inventory_row *row)
{
    world_each_pod_of_node(w, row->node, p) {
        if (world_pod_is_finished(&w->pods.items[p])) {
            row->finished++;
            continue;
        }
        row->pods++;
        if (world_pod_is_of_node(w, p))
            row->own++;
        else
            count_moving(w, b, p, row);
    }
}

static void count_volumes(const struct world *w, uint32_t *per_node)
{
    vec_foreach(a, &w->attachments)
        if (a->used && a->node != WORLD_NONE)
            per_node[a->node]++;
}

void inventory_make(const struct world *w, const struct marks *marks, struct inventory *out)
{
    struct budgets b;
    uint32_t *volumes = mem_must(calloc(w->nodes.len + 1, sizeof *volumes));
    budgets_init(&b, w, w->version);
    count_volumes(w, volumes);
    vec_foreach(mark, &marks->nodes) {
        uint32_t node = world_find_node(w, sv_of(mark->node));
        if (node == WORLD_NONE)
            continue;
        struct inventory_row row = {
            .node = node,
            .mark = mark,
            .removed_by = marks_removed_by(w, node),
            .volumes = volumes[node],
        };
        count_pods(w, &b, &row);
        must_push(&out->rows, row);
    }
    budgets_release(&b);
    free(volumes);
}
