#include "ops/marks/marks.h"

#include "base/must.h"
#include "kube/list.h"

#include <stdlib.h>
#include <string.h>

void marks_release(struct marks *m)
{
    vec_release(&m->nodes);
    arena_release(&m->arena);
}

static bool is_true(const struct doc_node *annotations, const char *key)
{
    return sv_is(doc_get_string(annotations, key), "true");
}

void marks_parse(const struct doc_node *annotations, struct arena *a, struct mark *out)
{
    struct sv by = doc_get_string(annotations, MARKS_PLAN), plan = sv_split(&by, ' ');
    out->no_scale_down =
        is_true(annotations, "cluster-autoscaler.kubernetes.io/scale-down-disabled");
    out->do_not_disrupt = is_true(annotations, "karpenter.sh/do-not-disrupt") ||
                          is_true(annotations, "karpenter.sh/do-not-evict");
    out->plan = plan.len ? mem_must(arena_dup(a, plan)) : NULL;
    out->by = mem_must(arena_dup(a, sv_starts(by, "by ") ? sv_n(by.ptr + 3, by.len - 3) : by));
}

/* ---- reading ---- */

static int take_node(void *ctx, const struct kube_item *item, struct err *err)
{
    struct marks *m = ctx;
    const struct doc_node *metadata = doc_get(item->root, "metadata");
    struct sv name = doc_get_string(metadata, "name");
    struct mark mark = {0};
    (void)err;
    if (!name.len)
        return 0;
    mark.node = mem_must(arena_dup(&m->arena, name));
    marks_parse(doc_get(metadata, "annotations"), &m->arena, &mark);
    must_push(&m->nodes, mark);
    return 0;
}

static void forget_nodes(void *ctx)
{
    struct marks *m = ctx;
    m->nodes.len = 0;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct mark *)a)->node, ((const struct mark *)b)->node);
}

int marks_read(struct kube_client *c, const char *selector, struct marks *out, struct err *err)
{
    struct kube_list list = {
        .ref = {.version = "v1", .resource = "nodes"},
        .label_selector = selector,
        .shape = KUBE_LIST_METADATA,
        .on_item = take_node,
        .on_restart = forget_nodes,
        .ctx = out,
    };
    if (kube_list_run(c, &list, err) < 0)
        return -1;
    if (out->nodes.len)
        qsort(out->nodes.items, out->nodes.len, sizeof *out->nodes.items, by_name);
    return 0;
}

const struct mark *marks_find(const struct marks *m, const char *node)
{
    struct mark key = {.node = node};
    return m->nodes.len
               ? bsearch(&key, m->nodes.items, m->nodes.len, sizeof *m->nodes.items, by_name)
               : NULL;
}

/* ---- taints ---- */

static const struct {
    const char *taint, *who;
} removers[] = {
    {"ToBeDeletedByClusterAutoscaler", "cluster autoscaler"},
    {"karpenter.sh/disrupted", "Karpenter"},
    {"karpenter.sh/disruption", "Karpenter"},
};

const char *marks_removed_by(const struct world *w, uint32_t node)
{
    const struct world_node *n = &w->nodes.items[node];
    for (uint32_t t = 0; t < n->taint_count; t++)
        for (size_t i = 0; i < sizeof removers / sizeof *removers; i++)
            if (strcmp(world_text(w, n->taints[t].key), removers[i].taint) == 0)
                return removers[i].who;
    return NULL;
}

/* ---- which cluster ---- */

int marks_cluster_id(struct kube_client *c, struct str *out, struct err *err)
{
    struct kube_ref ref = {.version = "v1", .resource = "namespaces", .name = "kube-system"};
    _cleanup_kube_object_ struct kube_object o = {0};
    if (kube_get(c, &ref, &o, err) == 0) {
        struct sv uid = doc_get_string(doc_get(o.root, "metadata"), "uid");
        if (uid.len) {
            str_addv(out, uid);
            return 0;
        }
    } else if (err->class != ERR_DENIED && err->class != ERR_NOT_FOUND) {
        return -1;
    }
    err_clear(err);
    str_adds(out, kube_client_target(c)->server);
    return 0;
}
