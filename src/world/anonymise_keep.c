#include "world/anonymise_keep.h"

#include "base/cleanup.h"

static const char *const common[] = {
    "default",
    "kube-system",
    "kube-public",
    "kube-node-lease",
    "default-scheduler",
    "system-cluster-critical",
    "system-node-critical",
    "ebs.csi.aws.com",
    "efs.csi.aws.com",
    "fsx.csi.aws.com",
    "kubernetes.io/aws-ebs",
    "kubernetes.io/no-provisioner",
    "pod-template-hash",
    "controller-revision-hash",
    "pod-template-generation",
    "job-name",
    "controller-uid",
    "k8s-app",
    "app",
    "metadata.name",
    "true",
    "false",
    "latest",
};

bool anonymise_is_common(struct sv text)
{
    for (size_t i = 0; i < ARRAY_LEN(common); i++)
        if (sv_is(text, common[i]))
            return true;
    /* Longer numbers name accounts. */
    size_t digits = 0;
    while (digits < text.len && text.ptr[digits] >= '0' && text.ptr[digits] <= '9')
        digits++;
    return digits == text.len && text.len <= 9;
}

/* Domains whose owners, and not the people of a cluster, choose the names behind them. */
static const char *const domains[] = {
    "kubernetes.io",
    "k8s.io",
    "eks.amazonaws.com",
    "k8s.amazonaws.com",
    "vpc.amazonaws.com",
    "karpenter.sh",
    "karpenter.k8s.aws",
    "elbv2.k8s.aws",
    "target-health.elbv2.k8s.aws",
    "topology.k8s.aws",
    "topology.ebs.csi.aws.com",
    "alpha.eksctl.io",
    "helm.sh",
};

/* Within these, what follows is chosen by people. */
static const char *const open_prefixes[] = {
    "kubernetes.io/cluster/",   "k8s.io/cluster-autoscaler/",   "node-restriction.kubernetes.io/",
    "node-role.kubernetes.io/", "target-health.elbv2.k8s.aws/",
};

/* Images come from there, whose names tell what runs. */
#define REGISTRY "registry."

static bool is_known_domain(struct sv domain)
{
    if (sv_starts(domain, REGISTRY))
        return false;
    for (size_t i = 0; i < ARRAY_LEN(domains); i++) {
        struct sv known = sv_of(domains[i]);
        if (sv_eq(domain, known))
            return true;
        if (domain.len > known.len && domain.ptr[domain.len - known.len - 1] == '.' &&
            sv_ends(domain, domains[i]))
            return true;
    }
    return false;
}

size_t anonymise_known_key(struct sv key)
{
    const char *slash = key.len ? memchr(key.ptr, '/', key.len) : NULL;
    if (!slash || !is_known_domain(sv_n(key.ptr, (size_t)(slash - key.ptr))))
        return 0;
    for (size_t i = 0; i < ARRAY_LEN(open_prefixes); i++)
        if (sv_starts(key, open_prefixes[i]))
            return strlen(open_prefixes[i]);
    /* A path is no key. */
    size_t name = (size_t)(slash - key.ptr) + 1;
    bool plain = true;
    for (size_t i = name; i < key.len; i++)
        plain = plain && key.ptr[i] != '/' && key.ptr[i] != ':' && key.ptr[i] != '@';
    return plain ? key.len : 0;
}

static const char *const telling_keys[] = {
    "topology.kubernetes.io/zone",
    "topology.kubernetes.io/region",
    "failure-domain.beta.kubernetes.io/zone",
    "failure-domain.beta.kubernetes.io/region",
    "topology.ebs.csi.aws.com/zone",
    "topology.k8s.aws/zone-id",
    "node.kubernetes.io/instance-type",
    "beta.kubernetes.io/instance-type",
    "beta.kubernetes.io/arch",
    "beta.kubernetes.io/os",
    "kubernetes.io/arch",
    "kubernetes.io/os",
    "eks.amazonaws.com/capacityType",
    "eks.amazonaws.com/compute-type",
    "karpenter.sh/capacity-type",
};

bool anonymise_keeps_values(struct sv key)
{
    for (size_t i = 0; i < ARRAY_LEN(telling_keys); i++)
        if (sv_is(key, telling_keys[i]))
            return true;
    return sv_starts(key, "karpenter.k8s.aws/instance-");
}

/* ---- where such texts are ---- */

struct keeper {
    const struct world *w;
    bool *keep;
};

static bool keeps(const struct keeper *k, uint32_t key)
{
    return anonymise_keeps_values(strings_get(&k->w->strings, key));
}

static void keep_labels(struct keeper *k, struct labels l)
{
    for (uint32_t i = 0; i < l.len; i++)
        if (keeps(k, l.items[i].key))
            k->keep[l.items[i].value] = true;
}

static void keep_selector(struct keeper *k, const struct selector *s)
{
    for (uint32_t i = 0; i < s->len; i++)
        for (uint32_t v = 0; keeps(k, s->items[i].key) && v < s->items[i].value_count; v++)
            k->keep[s->items[i].values[v]] = true;
}

static void keep_terms(struct keeper *k, const struct node_term *terms, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        keep_selector(k, &terms[i].labels);
}

static void keep_resources(struct keeper *k, const struct resources *r)
{
    for (uint32_t i = 0; i < r->scalar_count; i++)
        k->keep[r->scalars[i].name] = true;
}

static void keep_of_class(struct keeper *k, const struct world_class *c)
{
    keep_resources(k, &c->request);
    keep_resources(k, &c->request_old);
    keep_labels(k, c->node_selector);
    keep_terms(k, c->node_terms, c->node_term_count);
    for (uint32_t i = 0; i < c->node_preference_count; i++)
        keep_terms(k, &c->node_preferences[i].term, 1);
}

static void keep_of_node(struct keeper *k, const struct world_node *n)
{
    keep_resources(k, &n->capacity);
    keep_resources(k, &n->allocatable);
    keep_labels(k, n->labels);
    k->keep[n->zone] = k->keep[n->region] = true;
    k->keep[n->instance_type] = k->keep[n->kubelet_version] = true;
}

void anonymise_keep(const struct world *w, bool *keep)
{
    struct keeper k = {w, keep};
    vec_foreach(c, &w->classes)
        keep_of_class(&k, c);
    world_each_node(w, n)
        keep_of_node(&k, &w->nodes.items[n]);
    vec_foreach(p, &w->pvs) {
        keep_terms(&k, p->node_terms, p->node_term_count);
        keep_labels(&k, p->zone_labels);
    }
    vec_foreach(s, &w->storage_classes)
        for (uint32_t i = 0; i < s->topology_count; i++)
            keep_selector(&k, &s->topologies[i]);
    for (size_t i = 1; i < w->strings.texts.len; i++)
        keep[i] = keep[i] || anonymise_is_common(w->strings.texts.items[i]);
    keep[STRINGS_NONE] = true;
}
