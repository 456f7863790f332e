/* Insights: what EKS finds that stands against the next version, read from the cluster. */
#include "base/must.h"
#include "base/version.h"
#include "pocket/aws/eks.h"
#include "pocket/aws/images.h"

#define DAY_S 86400

struct check {
    const char *id, *name, *description, *recommendation;
};
static const struct check checks[] = {
    {"3d2c7b1e-5a1f-4c0e-9b2d-0a6f4e1c7d01", "Kubelet version skew",
     "Checks for kubelet versions of worker nodes in the cluster to see if upgrade would cause "
     "non compliance with supported Kubernetes kubelet version skew policy.",
     "Upgrade the worker nodes to match the Kubernetes version of your cluster control plane."},
    {"3d2c7b1e-5a1f-4c0e-9b2d-0a6f4e1c7d02", "kube-proxy version skew",
     "Checks version of kube-proxy in cluster to see if upgrade would cause non compliance with "
     "supported Kubernetes kube-proxy version skew policy.",
     "Upgrade kube-proxy to match the Kubernetes version of your cluster control plane."},
    {"3d2c7b1e-5a1f-4c0e-9b2d-0a6f4e1c7d03", "EKS add-on version compatibility",
     "Checks version of installed EKS add-ons to ensure they are compatible with the next version "
     "of Kubernetes.",
     "Upgrade the add-ons to a version that is compatible with the next version of Kubernetes."},
    {"3d2c7b1e-5a1f-4c0e-9b2d-0a6f4e1c7d04", "Cluster health issues",
     "Checks for any cluster health issues that prevent successful upgrade to the next Kubernetes "
     "version on EKS.",
     "Resolve the issues that DescribeCluster lists."},
};
#define CHECK_KUBELET 0

/* Kubelets may be three minors behind from 1.28 on, two before. */
static bool too_old(struct version kubelet, struct version next)
{
    int behind = (int)next.minor - (int)kubelet.minor;
    return behind > (next.minor >= 28 ? 3 : 2);
}

static void look_at_kubelets(struct service_call *c, struct version next, struct eks_insight *out)
{
    const struct world *w = pocket_life_world(c->account->life);
    vec_foreach(n, &w->nodes) {
        struct version kubelet;
        if (!n->used || !version_parse(strings_get(&w->strings, n->kubelet_version), &kubelet) ||
            !too_old(kubelet, next))
            continue;
        struct eks_insight_resource *r = shape_list_add(&out->resources, sizeof *r, c->arena);
        r->uri = mem_must(arena_fmt(c->arena, "/api/v1/nodes/%s", strings_c(&w->strings, n->name)));
        r->status = (struct eks_insight_status){"ERROR", NULL};
    }
}

static struct eks_insight tell(struct service_call *c, unsigned i)
{
    struct account *a = c->account;
    struct version now, next = VERSION_NONE;
    char text[VERSION_TEXT_MAX];
    if (version_parse(sv_of(a->cluster.version), &now))
        next = version_next_minor(now);
    struct eks_insight out = {
        .id = checks[i].id,
        .name = checks[i].name,
        .category = "UPGRADE_READINESS",
        .version = mem_must(arena_fmt(c->arena, "%s", version_format(next, false, text))),
        .description = checks[i].description,
        .refreshed = account_now(a) - account_now(a) % DAY_S,
        .changed = a->cluster.created,
        .recommendation = checks[i].recommendation,
    };
    if (i == CHECK_KUBELET)
        look_at_kubelets(c, next, &out);
    out.status = out.resources.count
                     ? (struct eks_insight_status){"ERROR", "Node versions found outside of the "
                                                            "supported skew."}
                     : (struct eks_insight_status){"PASSING", "No issues found."};
    return out;
}

int eks_list_insights_call(struct service_call *c)
{
    const struct eks_ask *ask = c->in;
    struct eks_insights *out = c->out;
    bool wanted = !ask->categories.count || shape_has(&ask->categories, "UPGRADE_READINESS");
    if (eks_find_cluster(c, ask->cluster) < 0)
        return -1;
    for (unsigned i = 0; wanted && i < ARRAY_LEN(checks); i++) {
        struct eks_insight one = tell(c, i);
        /* A summary only. */
        one.resources.count = 0;
        one.recommendation = NULL;
        *(struct eks_insight *)shape_list_add(&out->insights, sizeof one, c->arena) = one;
    }
    return 0;
}

int eks_describe_insight_call(struct service_call *c)
{
    const struct eks_ask *ask = c->in;
    if (eks_find_cluster(c, ask->cluster) < 0)
        return -1;
    for (unsigned i = 0; i < ARRAY_LEN(checks); i++) {
        if (strcmp(checks[i].id, ask->id) != 0)
            continue;
        *(struct eks_insight *)c->out = tell(c, i);
        return 0;
    }
    return service_refuse(c, 404, "ResourceNotFoundException", "No insight found for ID: %s",
                          ask->id);
}
