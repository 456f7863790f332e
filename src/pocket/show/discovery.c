#include "pocket/show/discovery.h"

#include "base/must.h"

#include <stdlib.h>

static bool of_version(const struct discovery_resource *r, struct sv group, struct sv version)
{
    return sv_is(group, r->group) && sv_is(version, r->version);
}

static struct sv group_version(struct arena *a, const char *group, const char *version)
{
    return sv_of(*group ? mem_must(arena_fmt(a, "%s/%s", group, version)) : version);
}

/* True when an earlier resource has the same group (and version, unless NULL). */
static bool seen(const struct discovery *d, size_t at, bool with_version)
{
    const struct discovery_resource *r = &d->resources[at];
    for (size_t i = 0; i < at; i++)
        if (strcmp(d->resources[i].group, r->group) == 0 &&
            (!with_version || strcmp(d->resources[i].version, r->version) == 0))
            return true;
    return false;
}

struct doc_node *discovery_core_versions(struct arena *a, struct sv server_address)
{
    struct doc_node *out = value_map(a), *versions = value_list(a), *servers = value_list(a);
    struct doc_node *server = value_map(a);
    value_set_text(a, out, "kind", SV("APIVersions"));
    value_push(a, versions, value_text(a, SV("v1")));
    value_set(a, out, SV("versions"), versions);
    value_set_text(a, server, "clientCIDR", SV("0.0.0.0/0"));
    value_set_text(a, server, "serverAddress", server_address);
    value_push(a, servers, server);
    value_set(a, out, SV("serverAddressByClientCIDRs"), servers);
    return out;
}

static struct doc_node *version_entry(struct arena *a, const struct discovery_resource *r)
{
    struct doc_node *entry = value_map(a);
    value_set_text(a, entry, "groupVersion", group_version(a, r->group, r->version));
    value_set_text(a, entry, "version", sv_of(r->version));
    return entry;
}

static struct doc_node *group_entry(struct arena *a, const struct discovery *d, const char *group)
{
    struct doc_node *entry = value_map(a), *versions = value_list(a);
    value_set_text(a, entry, "name", sv_of(group));
    for (size_t i = 0; i < d->count; i++)
        if (strcmp(d->resources[i].group, group) == 0 && !seen(d, i, true))
            value_push(a, versions, version_entry(a, &d->resources[i]));
    value_set(a, entry, SV("versions"), versions);
    value_set(a, entry, SV("preferredVersion"), doc_item(versions, 0));
    return entry;
}

struct doc_node *discovery_groups(struct arena *a, const struct discovery *d)
{
    struct doc_node *out = value_map(a), *groups = value_list(a);
    value_set_text(a, out, "kind", SV("APIGroupList"));
    value_set_text(a, out, "apiVersion", SV("v1"));
    for (size_t i = 0; i < d->count; i++)
        if (*d->resources[i].group && !seen(d, i, false))
            value_push(a, groups, group_entry(a, d, d->resources[i].group));
    value_set(a, out, SV("groups"), groups);
    return out;
}

struct doc_node *discovery_group(struct arena *a, const struct discovery *d, struct sv group)
{
    for (size_t i = 0; i < d->count; i++)
        if (group.len && sv_is(group, d->resources[i].group)) {
            struct doc_node *out = group_entry(a, d, d->resources[i].group);
            value_set_text(a, out, "kind", SV("APIGroup"));
            value_set_text(a, out, "apiVersion", SV("v1"));
            return out;
        }
    return NULL;
}

static int by_text(const void *left, const void *right)
{
    const struct doc_node *const *a = left, *const *b = right;
    return sv_cmp((*a)->text, (*b)->text);
}

/* Words parted by spaces as a list; sorted when asked. */
static struct doc_node *words(struct arena *a, const char *text, bool sorted)
{
    struct doc_node *list = value_list(a);
    struct sv rest = sv_of(text ? text : "");
    while (rest.ptr) {
        struct sv word = sv_split(&rest, ' ');
        if (word.len)
            value_push(a, list, value_text(a, word));
    }
    if (sorted && list->item_count)
        qsort(list->items, list->item_count, sizeof(struct doc_node *), by_text);
    return list;
}

static void set_words(struct arena *a, struct doc_node *map, const char *key, const char *text)
{
    struct doc_node *list = words(a, text, false);
    if (list->item_count)
        value_set(a, map, sv_of(key), list);
}

static struct doc_node *resource_entry(struct arena *a, const struct discovery_resource *r)
{
    struct doc_node *entry = value_map(a);
    value_set_text(a, entry, "name", sv_of(r->plural));
    value_set_text(a, entry, "singularName", sv_of(r->singular ? r->singular : ""));
    value_set_bool(a, entry, "namespaced", r->namespaced);
    value_set_text(a, entry, "kind", sv_of(r->kind));
    if (r->kind_version) {
        value_set_text(a, entry, "group", sv_of(r->kind_group ? r->kind_group : ""));
        value_set_text(a, entry, "version", sv_of(r->kind_version));
    }
    value_set(a, entry, SV("verbs"), words(a, r->verbs, true));
    set_words(a, entry, "shortNames", r->short_names);
    set_words(a, entry, "categories", r->categories);
    return entry;
}

static int by_plural(const void *left, const void *right)
{
    const struct discovery_resource *const *a = left, *const *b = right;
    return strcmp((*a)->plural, (*b)->plural);
}

/* The resources of one version by name; *count of them. */
static const struct discovery_resource **sorted(struct arena *a, const struct discovery *d,
                                                struct sv group, struct sv version, size_t *count)
{
    const struct discovery_resource **list =
        mem_must(arena_new_n(a, const struct discovery_resource *, d->count + 1));
    *count = 0;
    for (size_t i = 0; i < d->count; i++)
        if (of_version(&d->resources[i], group, version))
            list[(*count)++] = &d->resources[i];
    qsort(list, *count, sizeof *list, by_plural);
    return list;
}

struct doc_node *discovery_resources(struct arena *a, const struct discovery *d, struct sv group,
                                     struct sv version)
{
    size_t count;
    const struct discovery_resource **list = sorted(a, d, group, version, &count);
    struct doc_node *out = value_map(a), *resources = value_list(a);
    if (!count)
        return NULL;
    value_set_text(a, out, "kind", SV("APIResourceList"));
    if (group.len)
        value_set_text(a, out, "apiVersion", SV("v1"));
    value_set_text(a, out, "groupVersion", group_version(a, list[0]->group, list[0]->version));
    for (size_t i = 0; i < count; i++)
        value_push(a, resources, resource_entry(a, list[i]));
    value_set(a, out, SV("resources"), resources);
    return out;
}

/* ---- aggregated ---- */

static struct doc_node *response_kind(struct arena *a, const struct discovery_resource *r)
{
    struct doc_node *kind = value_map(a);
    bool own = r->kind_version != NULL;
    value_set_text(a, kind, "group", sv_of(own ? (r->kind_group ? r->kind_group : "") : r->group));
    value_set_text(a, kind, "version", sv_of(own ? r->kind_version : r->version));
    value_set_text(a, kind, "kind", sv_of(r->kind));
    return kind;
}

static struct doc_node *aggregated_resource(struct arena *a, const struct discovery_resource *r,
                                            const char *name)
{
    struct doc_node *entry = value_map(a);
    bool sub = strchr(r->plural, '/') != NULL;
    value_set_text(a, entry, sub ? "subresource" : "resource", sv_of(name));
    value_set(a, entry, SV("responseKind"), response_kind(a, r));
    value_set(a, entry, SV("verbs"), words(a, r->verbs, true));
    if (sub)
        return entry;
    value_set_text(a, entry, "scope", r->namespaced ? SV("Namespaced") : SV("Cluster"));
    value_set_text(a, entry, "singularResource", sv_of(r->singular ? r->singular : ""));
    set_words(a, entry, "shortNames", r->short_names);
    set_words(a, entry, "categories", r->categories);
    return entry;
}

/* The entry a subresource hangs under; a nameless one is made for those without a resource. */
static struct doc_node *owner_entry(struct arena *a, struct doc_node *resources, struct sv plural)
{
    doc_each_item(entry, resources)
        if (sv_eq(doc_get_string(entry, "resource"), plural))
            return entry;
    struct doc_node *entry = value_map(a);
    value_set_text(a, entry, "resource", plural);
    value_push(a, resources, entry);
    return entry;
}

static struct doc_node *aggregated_version(struct arena *a, const struct discovery *d,
                                           const struct discovery_resource *of)
{
    size_t count;
    const struct discovery_resource **list =
        sorted(a, d, sv_of(of->group), sv_of(of->version), &count);
    struct doc_node *out = value_map(a), *resources = value_list(a);
    for (size_t i = 0; i < count; i++) {
        struct sv rest = sv_of(list[i]->plural), plural = sv_split(&rest, '/');
        if (!rest.ptr) {
            value_push(a, resources, aggregated_resource(a, list[i], list[i]->plural));
            continue;
        }
        struct doc_node *owner = owner_entry(a, resources, plural);
        struct doc_node *subs = value_get(owner, SV("subresources"));
        if (!subs)
            value_set(a, owner, SV("subresources"), subs = value_list(a));
        value_push(a, subs, aggregated_resource(a, list[i], rest.ptr));
    }
    value_set_text(a, out, "version", sv_of(of->version));
    value_set(a, out, SV("resources"), resources);
    value_set_text(a, out, "freshness", SV("Current"));
    return out;
}

static struct doc_node *aggregated_group(struct arena *a, const struct discovery *d,
                                         const char *group)
{
    struct doc_node *out = value_map(a), *meta = value_map(a), *versions = value_list(a);
    if (*group)
        value_set_text(a, meta, "name", sv_of(group));
    value_set(a, meta, SV("creationTimestamp"), value_null(a));
    value_set(a, out, SV("metadata"), meta);
    for (size_t i = 0; i < d->count; i++)
        if (strcmp(d->resources[i].group, group) == 0 && !seen(d, i, true))
            value_push(a, versions, aggregated_version(a, d, &d->resources[i]));
    value_set(a, out, SV("versions"), versions);
    return out;
}

struct doc_node *discovery_aggregated(struct arena *a, const struct discovery *d, bool core,
                                      struct sv version)
{
    struct doc_node *out = value_map(a), *items = value_list(a);
    value_set_text(a, out, "kind", SV("APIGroupDiscoveryList"));
    value_set_text(a, out, "apiVersion",
                   sv_of(mem_must(arena_fmt(a, "apidiscovery.k8s.io/%.*s", SV_ARG(version)))));
    value_set(a, out, SV("metadata"), value_map(a));
    for (size_t i = 0; i < d->count; i++)
        if (core == !*d->resources[i].group && !seen(d, i, false))
            value_push(a, items, aggregated_group(a, d, d->resources[i].group));
    value_set(a, out, SV("items"), items);
    return out;
}

struct sv discovery_aggregated_wanted(struct sv accept, unsigned minor)
{
    struct sv rest = accept;
    while (rest.ptr) {
        struct sv one = sv_split(&rest, ',');
        if (sv_has(one, "as=APIGroupDiscoveryList") && sv_has(one, "g=apidiscovery.k8s.io") &&
            sv_has(one, "application/json")) {
            if (sv_has(one, "v=v2beta1") && minor >= 27 && minor < 33)
                return SV("v2beta1");
            if (sv_has(one, "v=v2") && !sv_has(one, "v=v2beta1") && minor >= 30)
                return SV("v2");
        } else if (sv_starts(sv_trim(one), "application/json") || sv_has(one, "*/*")) {
            break;
        }
    }
    return SV_NONE;
}

/* ---- the rest ---- */

struct doc_node *discovery_version(struct arena *a, struct sv minor_version)
{
    struct doc_node *out = value_map(a);
    struct sv minor = minor_version, major = sv_split(&minor, '.');
    value_set_text(a, out, "major", major);
    value_set_text(a, out, "minor", sv_of(mem_must(arena_fmt(a, "%.*s+", SV_ARG(minor)))));
    value_set_text(a, out, "gitVersion",
                   sv_of(mem_must(arena_fmt(a, "v%.*s.0-eks-pocket", SV_ARG(minor_version)))));
    value_set_text(a, out, "gitCommit", SV("0000000000000000000000000000000000000000"));
    value_set_text(a, out, "gitTreeState", SV("clean"));
    value_set_text(a, out, "buildDate", SV("1970-01-01T00:00:00Z"));
    value_set_text(a, out, "goVersion", SV("none"));
    value_set_text(a, out, "compiler", SV("none"));
    value_set_text(a, out, "platform", SV("linux/amd64"));
    return out;
}

struct doc_node *discovery_paths(struct arena *a, const struct discovery *d)
{
    struct doc_node *out = value_map(a), *paths = value_list(a);
    const char *const before[] = {"/api", "/api/v1", "/apis"};
    const char *const behind[] = {"/healthz",    "/livez",  "/metrics", "/openapi/v2",
                                  "/openapi/v3", "/readyz", "/version"};
    for (size_t i = 0; i < sizeof before / sizeof *before; i++)
        value_push(a, paths, value_text(a, sv_of(before[i])));
    for (size_t i = 0; i < d->count; i++) {
        const struct discovery_resource *r = &d->resources[i];
        if (*r->group && !seen(d, i, false))
            value_push(a, paths,
                       value_text(a, sv_of(mem_must(arena_fmt(a, "/apis/%s", r->group)))));
        if (*r->group && !seen(d, i, true))
            value_push(
                a, paths,
                value_text(a, sv_of(mem_must(arena_fmt(a, "/apis/%s/%s", r->group, r->version)))));
    }
    for (size_t i = 0; i < sizeof behind / sizeof *behind; i++)
        value_push(a, paths, value_text(a, sv_of(behind[i])));
    value_set(a, out, SV("paths"), paths);
    return out;
}
