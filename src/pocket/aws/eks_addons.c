/* Add-ons: those whose workloads are in the cluster, and which versions EKS offers of them. */
#include "base/must.h"
#include "pocket/aws/eks.h"
#include "pocket/aws/images.h"

#define MINUTE INT64_C(60000)

static const struct {
    const char *name, *workload, *type;
} addons[] = {
    {"vpc-cni", "aws-node", "networking"},
    {"coredns", "coredns", "networking"},
    {"kube-proxy", "kube-proxy", "networking"},
    {"aws-ebs-csi-driver", "ebs-csi-controller", "storage"},
    {"eks-pod-identity-agent", "eks-pod-identity-agent", "security"},
};

/* Newest first. first, last: versions of Kubernetes that it is for. */
static const struct {
    const char *addon, *version, *first, *last;
} offers[] = {
    {"vpc-cni", "v1.20.4-eksbuild.2", "1.28", "1.34"},
    {"vpc-cni", "v1.19.6-eksbuild.7", "1.25", "1.33"},
    {"vpc-cni", "v1.16.0-eksbuild.1", "1.21", "1.29"},
    {"coredns", "v1.12.4-eksbuild.1", "1.31", "1.34"},
    {"coredns", "v1.11.4-eksbuild.24", "1.27", "1.33"},
    {"coredns", "v1.10.1-eksbuild.38", "1.25", "1.28"},
    {"coredns", "v1.8.7-eksbuild.10", "1.21", "1.24"},
    {"aws-ebs-csi-driver", "v1.51.1-eksbuild.1", "1.28", "1.34"},
    {"aws-ebs-csi-driver", "v1.35.0-eksbuild.1", "1.21", "1.31"},
    {"eks-pod-identity-agent", "v1.3.9-eksbuild.3", "1.24", "1.34"},
};

/* What was changed of an add-on. */
struct eks_state {
    VEC(struct eks_addon) set;
};

void eks_begin(struct account *a)
{
    a->eks = mem_must(calloc(1, sizeof *a->eks));
}

void eks_release(struct account *a)
{
    vec_release(&a->eks->set);
    free(a->eks);
}

static bool is_there(const struct account *a, const char *workload)
{
    const struct world *w = pocket_life_world(a->life);
    vec_foreach(l, &w->workloads)
        if (l->used && sv_is(strings_get(&w->strings, l->name), workload) &&
            sv_is(strings_get(&w->strings, l->ns), "kube-system"))
            return true;
    return false;
}

static bool offered(size_t i, const char *addon, const char *kubernetes)
{
    int at = images_version_place(kubernetes);
    return strcmp(offers[i].addon, addon) == 0 && at >= images_version_place(offers[i].first) &&
           at <= images_version_place(offers[i].last);
}

/* kube-proxy has a version for each of Kubernetes. */
static const char *proxy_version(const char *kubernetes, struct arena *arena)
{
    const char *patch = images_patch(kubernetes);
    return patch ? mem_must(arena_fmt(arena, "v%s-eksbuild.2", patch)) : "";
}

/* The one before the newest, as in a cluster that was made some time ago. */
static const char *installed_version(struct service_call *c, const char *addon)
{
    const char *kubernetes = c->account->cluster.version, *found = NULL;
    if (strcmp(addon, "kube-proxy") == 0)
        return proxy_version(kubernetes, c->arena);
    for (size_t i = 0, n = 0; i < ARRAY_LEN(offers) && n < 2; i++)
        if (offered(i, addon, kubernetes)) {
            found = offers[i].version;
            n++;
        }
    return found;
}

static bool find_addon(struct service_call *c, const char *name, struct eks_addon *out)
{
    struct account *a = c->account;
    vec_foreach(s, &a->eks->set) {
        if (strcmp(s->name, name) == 0) {
            *out = *s;
            return true;
        }
    }
    for (size_t i = 0; i < ARRAY_LEN(addons); i++) {
        if (strcmp(addons[i].name, name) != 0 || !is_there(a, addons[i].workload))
            continue;
        *out = (struct eks_addon){
            .name = addons[i].name,
            .cluster = a->cluster.name,
            .status = "ACTIVE",
            .version = installed_version(c, name),
            .created = a->cluster.created,
            .modified = a->cluster.created,
        };
        out->arn = mem_must(arena_fmt(c->arena, "arn:%s:eks:%s:%s:addon/%s/%s/0", a->partition,
                                      a->region, a->id, a->cluster.name, name));
        return true;
    }
    return false;
}

/* --- calls --------------------------------------------------------------------------------- */

int eks_list_addons_call(struct service_call *c)
{
    const struct eks_list_ask *ask = c->in;
    struct eks_names *out = c->out;
    if (eks_find_cluster(c, ask->cluster) < 0)
        return -1;
    for (size_t i = 0; i < ARRAY_LEN(addons); i++)
        if (is_there(c->account, addons[i].workload))
            *(const char **)shape_list_add(&out->names, sizeof(char *), c->arena) = addons[i].name;
    return 0;
}

int eks_describe_addon_call(struct service_call *c)
{
    const struct eks_ask *ask = c->in;
    if (eks_find_cluster(c, ask->cluster) < 0)
        return -1;
    return find_addon(c, ask->addon, c->out) ? 0
                                             : eks_refuse(c, 404, "ResourceNotFoundException", NULL,
                                                          "No addon: %s found in "
                                                          "cluster: %s",
                                                          ask->addon, ask->cluster);
}

static void add_version(struct service_call *c, struct eks_addon_offer *o, const char *version,
                        const char *kubernetes, bool is_default)
{
    struct eks_addon_version *v = NULL;
    shape_each(one, &o->versions)
        if (strcmp(one->version, version) == 0)
            v = one;
    if (!v) {
        v = shape_list_add(&o->versions, sizeof *v, c->arena);
        v->version = version;
        v->requires_configuration = SHAPE_NO;
        *(const char **)shape_list_add(&v->architectures, sizeof(char *), c->arena) = "amd64";
        *(const char **)shape_list_add(&v->architectures, sizeof(char *), c->arena) = "arm64";
    }
    struct eks_addon_compatibility *k = shape_list_add(&v->compatibilities, sizeof *k, c->arena);
    k->cluster_version = kubernetes;
    k->is_default = is_default ? SHAPE_YES : SHAPE_NO;
    *(const char **)shape_list_add(&k->platform_versions, sizeof(char *), c->arena) = "*";
}

/* Newest versions of Kubernetes last, so that the first that fits is the default one. */
static void add_versions(struct service_call *c, struct eks_addon_offer *o, const char *kubernetes)
{
    bool any = false;
    if (strcmp(o->name, "kube-proxy") == 0) {
        add_version(c, o, proxy_version(kubernetes, c->arena), kubernetes, true);
        return;
    }
    for (size_t i = 0; i < ARRAY_LEN(offers); i++) {
        if (!offered(i, o->name, kubernetes))
            continue;
        add_version(c, o, offers[i].version, kubernetes, !any);
        any = true;
    }
}

int eks_addon_versions_call(struct service_call *c)
{
    const struct eks_ask *ask = c->in;
    struct eks_addon_offers *out = c->out;
    for (size_t i = 0; i < ARRAY_LEN(addons); i++) {
        if (ask->addon && strcmp(ask->addon, addons[i].name) != 0)
            continue;
        struct eks_addon_offer o = {
            .name = addons[i].name, .type = addons[i].type, .publisher = "eks", .owner = "aws"};
        for (size_t v = 0; images_versions[v]; v++)
            if (!ask->version || strcmp(ask->version, images_versions[v]) == 0)
                add_versions(c, &o, images_versions[v]);
        if (o.versions.count)
            *(struct eks_addon_offer *)shape_list_add(&out->offers, sizeof o, c->arena) = o;
    }
    if (ask->addon && !out->offers.count)
        return eks_refuse(c, 404, "ResourceNotFoundException", NULL, "Addon %s not found",
                          ask->addon);
    return 0;
}

static bool version_fits(struct service_call *c, const char *addon, const char *version)
{
    const char *kubernetes = c->account->cluster.version;
    if (strcmp(addon, "kube-proxy") == 0)
        return strcmp(version, proxy_version(kubernetes, c->arena)) == 0;
    for (size_t i = 0; i < ARRAY_LEN(offers); i++)
        if (offered(i, addon, kubernetes) && strcmp(offers[i].version, version) == 0)
            return true;
    return false;
}

static void set_addon(struct account *a, const struct eks_addon *now,
                      const struct eks_addon_change *change)
{
    struct eks_addon *to = NULL;
    vec_foreach(s, &a->eks->set)
        if (strcmp(s->name, now->name) == 0)
            to = s;
    if (!to) {
        must_push(&a->eks->set, *now);
        to = &a->eks->set.items[a->eks->set.len - 1];
        to->arn = account_keep(a, now->arn);
        to->version = account_keep(a, now->version);
    }
    to->version = change->version ? account_keep(a, change->version) : to->version;
    to->role = change->role ? account_keep(a, change->role) : to->role;
    to->configuration =
        change->configuration ? account_keep(a, change->configuration) : to->configuration;
    to->status = "UPDATING";
    to->modified = account_now(a);
}

void eks_finish_addon(struct account *a, const struct account_update *u)
{
    vec_foreach(s, &a->eks->set)
        if (strcmp(s->name, u->addon) == 0)
            s->status = "ACTIVE";
}

int eks_update_addon_call(struct service_call *c)
{
    const struct eks_change_addon *in = c->in;
    struct eks_addon now;
    bool mismatch = false;
    if (eks_find_cluster(c, in->ask.cluster) < 0)
        return -1;
    if (!find_addon(c, in->ask.addon, &now))
        return eks_refuse(c, 404, "ResourceNotFoundException", NULL,
                          "No addon: %s found in cluster: %s", in->ask.addon, in->ask.cluster);
    struct account_update *u = eks_repeated(c, in->ask.token, &mismatch);
    if (mismatch)
        return eks_refuse(c, 400, "InvalidParameterException", NULL,
                          "The clientRequestToken %s was used with other parameters",
                          in->ask.token);
    if (!u) {
        if (strcmp(now.status, "ACTIVE") != 0)
            return eks_refuse(c, 409, "ResourceInUseException", NULL,
                              "Addon %s is currently in status %s", now.name, now.status);
        if (in->change.version && !version_fits(c, now.name, in->change.version))
            return eks_refuse(c, 400, "InvalidParameterException", NULL,
                              "Addon version specified is not supported");
        u = eks_begin_update(c, "AddonUpdate", NULL, now.name, in->ask.token,
                             c->account->now_ms + MINUTE);
        eks_add_param(c->account, u, "AddonVersion", in->change.version);
        eks_add_param(c->account, u, "ResolveConflicts", in->change.conflicts);
        set_addon(c->account, &now, &in->change);
    }
    *(struct eks_update *)c->out = u->spec;
    return 0;
}
