#include "ops/drain/verify.h"

#include "base/map.h"
#include "base/must.h"
#include "kube/list.h"
#include "ops/drain/cordon.h"
#include "ops/drain/node_look.h"

#define TOLD_MAX 3
#define LISTED_MAX 20 /* nodes up to which each one's pods are asked for by themselves */

struct proof {
    struct hand *h;
    struct map nodes; /* names of the order, without those that are others' by now */
    struct str pods, volumes;
    uint32_t pod_count, volume_count;
};

static void release(struct proof *p)
{
    map_release(&p->nodes);
    str_release(&p->pods);
    str_release(&p->volumes);
}

static void forget(void *ctx)
{
    struct proof *p = ctx;
    str_reset(&p->pods);
    str_reset(&p->volumes);
    p->pod_count = p->volume_count = 0;
}

bool verify_is_left(const struct doc_node *pod)
{
    const struct doc_node *metadata = doc_get(pod, "metadata");
    const struct doc_node *owners = doc_get(metadata, "ownerReferences");
    if (doc_get(doc_get(metadata, "annotations"), "kubernetes.io/config.mirror"))
        return false;
    doc_each_item(o, owners) {
        const struct doc_node *controller = doc_get(o, "controller");
        if (controller && controller->type == DOC_BOOL && controller->boolean &&
            sv_is(doc_get_string(o, "kind"), "DaemonSet") &&
            sv_starts(doc_get_string(o, "apiVersion"), "apps/"))
            return false;
    }
    return true;
}

static int take_pod(void *ctx, const struct kube_item *item, struct err *err)
{
    struct proof *p = ctx;
    struct sv node = doc_string(doc_at(item->root, "spec.nodeName"));
    const struct doc_node *metadata = doc_get(item->root, "metadata");
    (void)err;
    if (!node.len || !map_get(&p->nodes, node) || !verify_is_left(item->root))
        return 0;
    if (p->pod_count++ < TOLD_MAX)
        str_addf(&p->pods, "%s%.*s/%.*s on %.*s", p->pods.len ? ", " : "",
                 SV_ARG(doc_get_string(metadata, "namespace")),
                 SV_ARG(doc_get_string(metadata, "name")), SV_ARG(node));
    return 0;
}

static int take_attachment(void *ctx, const struct kube_item *item, struct err *err)
{
    struct proof *p = ctx;
    struct sv node = doc_string(doc_at(item->root, "spec.nodeName"));
    (void)err;
    if (!node.len || !map_get(&p->nodes, node))
        return 0;
    if (p->volume_count++ < TOLD_MAX)
        str_addf(&p->volumes, "%s%.*s on %.*s", p->volumes.len ? ", " : "",
                 SV_ARG(doc_get_string(doc_get(item->root, "metadata"), "name")), SV_ARG(node));
    return 0;
}

static int list_pods_of(struct proof *p, const char *node, struct err *err)
{
    _cleanup_str_ struct str field = {0};
    struct kube_list list = {
        .ref = {.version = "v1", .resource = "pods"},
        .on_item = take_pod,
        .ctx = p,
    };
    if (!node)
        list.on_restart = forget;
    else
        str_addf(&field, "spec.nodeName=%s", node);
    list.field_selector = node ? str_c(&field) : NULL;
    return kube_list_run(p->h->client, &list, err);
}

static int list_pods(struct proof *p, size_t count, struct err *err)
{
    if (count > LISTED_MAX)
        return list_pods_of(p, NULL, err);
    for (const char *const *n = p->h->order.nodes; *n; n++)
        if (map_get(&p->nodes, sv_of(*n)) && list_pods_of(p, *n, err) < 0)
            return -1;
    return 0;
}

/* Who may not list attachments has node status as the other witness. */
static int list_attachments(struct proof *p, struct err *err)
{
    struct kube_list list = {
        .ref = {.group = "storage.k8s.io", .version = "v1", .resource = "volumeattachments"},
        .on_item = take_attachment,
        .ctx = p,
    };
    if (kube_list_run(p->h->client, &list, err) == 0)
        return 0;
    if (err->class != ERR_DENIED)
        return -1;
    hand_tell(p->h, "gap", "volumeattachments", "%s: the nodes' own status is taken for it",
              err->msg);
    err_clear(err);
    return 0;
}

static enum plan_end look_at_nodes(struct proof *p, size_t count, struct err *err)
{
    struct hand *h = p->h;
    struct node_look *looks = mem_must(arena_new_n(&h->arena, struct node_look, count + 1));
    enum plan_end end = node_look_all(h, h->order.nodes, count, looks, err);
    for (size_t i = 0; end == PLAN_END_OK && i < count; i++) {
        static char here;
        if (!looks[i].other && !map_put(&p->nodes, sv_of(h->order.nodes[i]), &here))
            must_fail_nomem();
        if (!looks[i].volumes || looks[i].other)
            continue;
        if (p->volume_count < TOLD_MAX)
            str_addf(&p->volumes, "%s%u in the status of %s", p->volumes.len ? ", " : "",
                     looks[i].volumes, h->order.nodes[i]);
        p->volume_count += looks[i].volumes;
    }
    return end;
}

static int judge(const struct proof *p, struct err *err)
{
    const struct plan *plan = plan_run_plan(p->h->run);
    if (p->pod_count)
        err_set(err, ERR_CONFLICT, "%u pod%s came to the drained nodes since: %s%s", p->pod_count,
                p->pod_count == 1 ? "" : "s", str_c(&p->pods),
                p->pod_count > TOLD_MAX ? ", …" : "");
    else if (p->volume_count)
        err_set(err, ERR_CONFLICT, "volumes are attached to the drained nodes: %s%s",
                str_c(&p->volumes), p->volume_count > TOLD_MAX ? ", …" : "");
    else
        return 0;
    return err_hint(err, "drain them again in a plan of its own; this one: toban plan abort %s",
                    plan->id);
}

static enum plan_end prove(struct proof *p, struct err *err)
{
    size_t count = 0;
    while (p->h->order.nodes[count])
        count++;
    enum plan_end end = look_at_nodes(p, count, err);
    if (end != PLAN_END_OK)
        return end;
    return list_pods(p, count, err) < 0 || list_attachments(p, err) < 0 || judge(p, err) < 0
               ? PLAN_END_FAIL
               : PLAN_END_OK;
}

enum plan_end verify_act(void *ctx, struct plan_run *run, const struct plan_step *step,
                         struct err *err)
{
    _cleanup_hand_ struct hand h = {0};
    _cleanup_(release) struct proof p = {.h = &h};
    if (hand_open(&h, ctx, run, step, err) < 0)
        return PLAN_END_FAIL;
    enum plan_end end = prove(&p, err);
    return end == PLAN_END_OK ? cordon_unmark(&h, err) : end;
}
