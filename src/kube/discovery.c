#include "kube/discovery.h"

#include "kube/call.h"

#define AGGREGATED                                                                                 \
    "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,"                        \
    "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json"

struct kube_discovery_cache {
    struct arena arena;
    struct kube_discovery public;
    VEC(struct kube_resource) resources;
    VEC(struct kube_discovery_gap) gaps;
};

void kube_discovery_cache_free(struct kube_discovery_cache *d)
{
    if (!d)
        return;
    arena_release(&d->arena);
    vec_release(&d->resources);
    vec_release(&d->gaps);
    free(d);
}

static const char *keep(struct kube_discovery_cache *d, struct sv text)
{
    return arena_dup(&d->arena, text.ptr ? text : SV(""));
}

static unsigned verbs_of(const struct doc_node *list)
{
    static const char *const names[] = {"get",    "list",  "watch",  "create",
                                        "update", "patch", "delete", "deletecollection"};
    unsigned verbs = 0;
    for (uint32_t i = 0; i < doc_count(list); i++)
        for (unsigned v = 0; v < ARRAY_LEN(names); v++)
            if (sv_is(doc_string(doc_item(list, i)), names[v]))
                verbs |= 1u << v;
    return verbs;
}

static int add_resource(struct kube_discovery_cache *d, const struct kube_resource *r,
                        struct err *err)
{
    struct kube_resource added = *r;
    if (!r->resource || !r->kind)
        return err_nomem(err, "discovery");
    /* Groups list their versions best first, so the first one seen is the preferred one. */
    added.preferred = !kube_discovery_find(&d->public, r->group, NULL, r->resource);
    if (!vec_push(&d->resources, added))
        return err_nomem(err, "discovery");
    d->public.resources = d->resources.items;
    d->public.resource_count = d->resources.len;
    return 0;
}

static int add_gap(struct kube_discovery_cache *d, const char *group, const char *version,
                   const char *reason, struct err *err)
{
    struct kube_discovery_gap gap = {
        .group_version = arena_fmt(&d->arena, "%s%s%s", group, *group ? "/" : "", version),
        .reason = keep(d, sv_of(reason))};
    if (!gap.group_version || !gap.reason || !vec_push(&d->gaps, gap))
        return err_nomem(err, "discovery");
    d->public.gaps = d->gaps.items;
    d->public.gap_count = d->gaps.len;
    return 0;
}

/* --- aggregated: all in two answers --------------------------------------------------------- */

static int take_version(struct kube_discovery_cache *d, const char *group,
                        const struct doc_node *node, struct err *err)
{
    const char *version = keep(d, doc_get_string(node, "version"));
    const struct doc_node *list = doc_get(node, "resources");
    if (!version)
        return err_nomem(err, "discovery");
    if (sv_is(doc_get_string(node, "freshness"), "Stale") &&
        add_gap(d, group, version, "its server does not answer; what it served before is listed",
                err))
        return -1;
    for (uint32_t i = 0; i < doc_count(list); i++) {
        const struct doc_node *item = doc_item(list, i);
        const struct kube_resource r = {
            .group = group,
            .version = version,
            .resource = keep(d, doc_get_string(item, "resource")),
            .kind = keep(d, doc_get_string(doc_get(item, "responseKind"), "kind")),
            .verbs = verbs_of(doc_get(item, "verbs")),
            .namespaced = sv_is(doc_get_string(item, "scope"), "Namespaced")};
        if (add_resource(d, &r, err))
            return -1;
    }
    return 0;
}

static int take_aggregated(struct kube_discovery_cache *d, const struct doc_node *root,
                           struct err *err)
{
    const struct doc_node *groups = doc_get(root, "items");
    for (uint32_t i = 0; i < doc_count(groups); i++) {
        const struct doc_node *item = doc_item(groups, i);
        const struct doc_node *versions = doc_get(item, "versions");
        const char *group = keep(d, doc_get_string(doc_get(item, "metadata"), "name"));
        if (!group)
            return err_nomem(err, "discovery");
        for (uint32_t v = 0; v < doc_count(versions); v++)
            if (take_version(d, group, doc_item(versions, v), err))
                return -1;
    }
    return 0;
}

/* --- one by one: older servers ---------------------------------------------------------------- */

struct lookup {
    const char *group, *version;
    struct kube_call call;
};

struct lookups {
    VEC(struct lookup *) items;
};

static void lookups_release(struct lookups *l)
{
    vec_foreach(item, &l->items) {
        kube_call_release(&(*item)->call);
        free(*item);
    }
    vec_release(&l->items);
}

static int plan_lookup(struct kube_discovery_cache *d, struct lookups *l, const char *group,
                       struct sv version, struct err *err)
{
    struct lookup *item = calloc(1, sizeof *item);
    if (!item || !vec_push(&l->items, item)) {
        free(item);
        return err_nomem(err, "discovery");
    }
    item->group = group;
    item->version = keep(d, version);
    item->call = (struct kube_call){.method = "GET", .idempotent = true, .owner = item};
    kube_call_init(&item->call);
    if (!item->version)
        return err_nomem(err, "discovery");
    str_adds(&item->call.path, *group ? "/apis/" : "/api");
    http_escape(&item->call.path, sv_of(group), "");
    str_addc(&item->call.path, '/');
    http_escape(&item->call.path, version, "");
    snprintf(item->call.what, sizeof item->call.what, "discover %s/%s", group, item->version);
    return 0;
}

static int plan_core(struct kube_discovery_cache *d, struct lookups *l, const struct doc_node *root,
                     struct err *err)
{
    const struct doc_node *versions = doc_get(root, "versions");
    for (uint32_t i = 0; i < doc_count(versions); i++)
        if (plan_lookup(d, l, "", doc_string(doc_item(versions, i)), err))
            return -1;
    return 0;
}

/* The preferred version of a group first. */
static int plan_group(struct kube_discovery_cache *d, struct lookups *l,
                      const struct doc_node *item, struct err *err)
{
    const struct doc_node *versions = doc_get(item, "versions");
    const char *group = keep(d, doc_get_string(item, "name"));
    struct sv best = doc_get_string(doc_get(item, "preferredVersion"), "version");
    if (!group)
        return err_nomem(err, "discovery");
    if (best.len && plan_lookup(d, l, group, best, err))
        return -1;
    for (uint32_t v = 0; v < doc_count(versions); v++) {
        struct sv version = doc_get_string(doc_item(versions, v), "version");
        if (version.len && !sv_eq(version, best) && plan_lookup(d, l, group, version, err))
            return -1;
    }
    return 0;
}

static int take_resources(struct kube_discovery_cache *d, const struct lookup *l, struct err *err)
{
    _cleanup_doc_ struct doc_file doc = {0};
    if (doc_parse_json(&doc, "answer", str_sv(&l->call.response.body), NULL, err))
        return err_wrap(err, "%s", l->call.what);
    const struct doc_node *list = doc_get(doc.part_count ? doc.parts[0].root : NULL, "resources");
    for (uint32_t i = 0; i < doc_count(list); i++) {
        const struct doc_node *item = doc_item(list, i);
        const struct doc_node *namespaced = doc_get(item, "namespaced");
        struct sv name = doc_get_string(item, "name");
        if (name.len == 0 || memchr(name.ptr, '/', name.len))
            continue;
        const struct kube_resource r = {.group = l->group,
                                        .version = l->version,
                                        .resource = keep(d, name),
                                        .kind = keep(d, doc_get_string(item, "kind")),
                                        .verbs = verbs_of(doc_get(item, "verbs")),
                                        .namespaced = namespaced && namespaced->type == DOC_BOOL &&
                                                      namespaced->boolean};
        if (add_resource(d, &r, err))
            return -1;
    }
    return 0;
}

/* A version that is still listed but answers "not found" has just gone with its definition: that is
 * nothing missing. */
static int take_lookup(struct kube_discovery_cache *d, const struct lookup *item, struct err *err)
{
    if (!item->call.result)
        return take_resources(d, item, err);
    if (item->call.err.class == ERR_NOT_FOUND)
        return 0;
    return add_gap(d, item->group, item->version, item->call.err.msg, err);
}

static int run_lookups(struct kube_client *c, struct kube_discovery_cache *d, struct lookups *l,
                       struct err *err)
{
    _cleanup_free_ struct kube_call **calls = calloc(l->items.len + 1, sizeof *calls);
    if (!calls)
        return err_nomem(err, "discovery");
    for (size_t i = 0; i < l->items.len; i++)
        calls[i] = &l->items.items[i]->call;
    kube_calls_run(c, calls, l->items.len);
    for (size_t i = 0; i < l->items.len; i++)
        if (take_lookup(d, l->items.items[i], err))
            return -1;
    return 0;
}

/* --- both --------------------------------------------------------------------------------- */

static bool is_aggregated(const struct kube_object *o)
{
    return sv_is(doc_get_string(o->root, "kind"), "APIGroupDiscoveryList");
}

/* A server may know the aggregated form for one address and not for the other. */
static int take_answer(struct kube_discovery_cache *d, struct lookups *l,
                       const struct kube_object *answer, bool core, struct err *err)
{
    if (is_aggregated(answer))
        return take_aggregated(d, answer->root, err);
    if (core)
        return plan_core(d, l, answer->root, err);
    const struct doc_node *groups = doc_get(answer->root, "groups");
    for (uint32_t i = 0; i < doc_count(groups); i++)
        if (plan_group(d, l, doc_item(groups, i), err))
            return -1;
    return 0;
}

static int discover(struct kube_client *c, struct kube_discovery_cache *d, struct err *err)
{
    _cleanup_kube_object_ struct kube_object core = {0};
    _cleanup_kube_object_ struct kube_object groups = {0};
    _cleanup_(lookups_release) struct lookups l = {0};
    if (kube_get_path(c, "/api", AGGREGATED, &core, err) ||
        kube_get_path(c, "/apis", AGGREGATED, &groups, err))
        return -1;
    if (take_answer(d, &l, &core, true, err) || take_answer(d, &l, &groups, false, err))
        return -1;
    return run_lookups(c, d, &l, err);
}

int kube_discover(struct kube_client *c, const struct kube_discovery **out, struct err *err)
{
    *out = NULL;
    if (!c->discovery) {
        struct kube_discovery_cache *d = calloc(1, sizeof *d);
        if (!d)
            return err_nomem(err, "discovery");
        if (discover(c, d, err)) {
            kube_discovery_cache_free(d);
            return -1;
        }
        c->discovery = d;
    }
    *out = &c->discovery->public;
    return 0;
}

const struct kube_resource *kube_discovery_find(const struct kube_discovery *d, const char *group,
                                                const char *version, const char *resource)
{
    for (size_t i = 0; i < d->resource_count; i++) {
        const struct kube_resource *r = &d->resources[i];
        if (strcmp(r->resource, resource) == 0 && strcmp(r->group, group) == 0 &&
            (version ? strcmp(r->version, version) == 0 : r->preferred))
            return r;
    }
    return NULL;
}

const struct kube_resource *kube_discovery_find_kind(const struct kube_discovery *d,
                                                     const char *group, const char *version,
                                                     const char *kind)
{
    for (size_t i = 0; i < d->resource_count; i++) {
        const struct kube_resource *r = &d->resources[i];
        if (strcmp(r->kind, kind) == 0 && strcmp(r->group, group) == 0 &&
            (version ? strcmp(r->version, version) == 0 : r->preferred))
            return r;
    }
    return NULL;
}
