/* metadata: names, labels, the annotations that are read, the controller. */
#include "world/load_internal.h"

const char *const load_annotations[] = {
    "kubernetes.io/config.mirror",
    "cluster-autoscaler.kubernetes.io/safe-to-evict",
    "karpenter.sh/do-not-disrupt",
    "karpenter.sh/do-not-evict",
    "volume.beta.kubernetes.io/storage-class",
    "service.beta.kubernetes.io/aws-load-balancer-nlb-target-type",
    "service.beta.kubernetes.io/aws-load-balancer-type",
    "alb.ingress.kubernetes.io/target-type",
    NULL,
};

static void read_annotations(struct load *l, struct pull *p)
{
    __typeof__(l->meta.annotation) *a = &l->meta.annotation;
    struct sv key;
    each_key(p, key)
    {
        if (KEY(key, "kubernetes.io/config.mirror")) {
            a->mirror = true;
            pull_skip(p);
        } else if (KEY(key, "cluster-autoscaler.kubernetes.io/safe-to-evict")) {
            a->safe_to_evict_no = load_is(p, "false");
        } else if (KEY(key, "karpenter.sh/do-not-disrupt") ||
                   KEY(key, "karpenter.sh/do-not-evict")) {
            a->do_not_disrupt |= load_is(p, "true");
        } else if (KEY(key, "volume.beta.kubernetes.io/storage-class")) {
            load_text_id(l, p, &a->storage_class);
        } else if (KEY(key, "service.beta.kubernetes.io/aws-load-balancer-nlb-target-type") ||
                   KEY(key, "alb.ingress.kubernetes.io/target-type")) {
            a->ip_targets |= load_is(p, "ip");
        } else if (KEY(key, "service.beta.kubernetes.io/aws-load-balancer-type")) {
            a->ip_targets |= load_is(p, "nlb-ip");
        } else {
            pull_skip(p);
        }
    }
}

/* ---- the controller ---- */

struct reference {
    struct sv api_version, kind, name, uid;
    bool controller;
};

/* Kinds of other groups may have the names of known ones (StatefulSet.apps.kruise.io). */
static uint32_t kind_id(struct load *l, const struct reference *r)
{
    static const char *const groups[] = {"apps/", "batch/", "extensions/"};
    const char *slash =
        r->api_version.len ? memchr(r->api_version.ptr, '/', r->api_version.len) : NULL;
    bool own = !slash;
    for (size_t i = 0; i < ARRAY_LEN(groups); i++)
        own |= sv_starts(r->api_version, groups[i]);
    if (own || workload_kind_parse(r->kind) == WORKLOAD_OTHER)
        return strings_put(&l->w->strings, r->kind);
    return strings_puts(&l->w->strings,
                        mem_must(arena_fmt(&l->scratch, "%.*s.%.*s", SV_ARG(r->kind),
                                           (int)(slash - r->api_version.ptr), r->api_version.ptr)));
}

static uint32_t put_owner(struct load *l, const struct reference *r)
{
    uint32_t uid = strings_put(&l->w->strings, r->uid);
    uint32_t at = uid ? index_get(&l->owner_by_uid, uid) : INDEX_NONE;
    if (at != INDEX_NONE)
        return at;
    struct owner o = {.kind = kind_id(l, r),
                      .name = strings_put(&l->w->strings, r->name),
                      .uid = uid,
                      .workload = WORLD_NONE,
                      .example = WORLD_NONE};
    must_push(&l->owners, o);
    if (uid)
        index_put(&l->owner_by_uid, uid, (uint32_t)l->owners.len - 1);
    return (uint32_t)l->owners.len - 1;
}

static void read_reference(struct pull *p, struct reference *r)
{
    struct sv key;
    *r = (struct reference){0};
    each_key(p, key)
    {
        if (KEY(key, "apiVersion"))
            pull_string(p, &r->api_version);
        else if (KEY(key, "kind"))
            pull_string(p, &r->kind);
        else if (KEY(key, "name"))
            pull_string(p, &r->name);
        else if (KEY(key, "uid"))
            pull_string(p, &r->uid);
        else if (KEY(key, "controller"))
            pull_bool(p, &r->controller);
        else
            pull_skip(p);
    }
}

static void read_owners(struct load *l, struct pull *p)
{
    each_item(p, reference)
    {
        struct reference r;
        read_reference(p, &r);
        if (r.controller && r.kind.len && r.name.len)
            l->meta.owner = put_owner(l, &r);
    }
}

static bool read_names(struct load *l, struct pull *p, struct sv key)
{
    struct meta *m = &l->meta;
    if (KEY(key, "name"))
        load_text_id(l, p, &m->name);
    else if (KEY(key, "namespace"))
        load_text_id(l, p, &m->ns);
    else if (KEY(key, "uid"))
        load_text_id(l, p, &m->uid);
    else
        return false;
    return true;
}

void load_meta(struct load *l, struct pull *p)
{
    struct meta *m = &l->meta;
    struct sv key;
    each_key(p, key)
    {
        if (read_names(l, p, key))
            continue;
        if (KEY(key, "labels"))
            m->labels = load_labels(l, p, &l->scratch);
        else if (KEY(key, "annotations"))
            read_annotations(l, p);
        else if (KEY(key, "creationTimestamp"))
            load_time(p, &m->created);
        else if (KEY(key, "deletionTimestamp"))
            load_time(p, &m->deleting);
        else if (KEY(key, "generation"))
            pull_i64(p, &m->generation);
        else if (KEY(key, "ownerReferences"))
            read_owners(l, p);
        else
            pull_skip(p);
    }
    if (m->owner != WORLD_NONE && !l->owners.items[m->owner].ns)
        l->owners.items[m->owner].ns = m->ns;
}
