#include "base/must.h"
#include "pocket/api_internal.h"
#include "pocket/show/discovery.h"

typedef VEC(struct discovery_resource) resource_vec;

static void add_sub(resource_vec *v, struct arena *a, const struct discovery_resource *of,
                    const char *sub, const char *verbs)
{
    struct discovery_resource r = *of;
    r.plural = mem_must(arena_fmt(a, "%s/%s", of->plural, sub));
    r.singular = "";
    r.verbs = verbs;
    r.short_names = r.categories = NULL;
    if (strcmp(sub, "scale") == 0) {
        r.kind = "Scale";
        r.kind_group = "autoscaling";
        r.kind_version = "v1";
    } else if (strcmp(sub, "eviction") == 0) {
        r.kind = "Eviction";
        r.kind_group = "policy";
        r.kind_version = "v1";
    } else if (strcmp(sub, "binding") == 0) {
        r.kind = "Binding";
    }
    must_push(v, r);
}

static void add_kind(resource_vec *v, struct arena *a, const struct kind *kind)
{
    const struct discovery_resource r = {
        .group = kind->group,
        .version = kind->version,
        .kind = kind->kind,
        .plural = kind->plural,
        .singular = kind->singular,
        .namespaced = kind->flags & KIND_NAMESPACED,
        .verbs = "create delete deletecollection get list patch update watch",
        .short_names = kind->short_names,
        .categories = kind->categories,
    };
    must_push(v, r);
    if (!kind->custom && strcmp(kind->kind, "Pod") == 0) {
        add_sub(v, a, &r, "binding", "create");
        add_sub(v, a, &r, "eviction", "create");
        add_sub(v, a, &r, "log", "get");
    }
    if (kind->flags & KIND_SCALE)
        add_sub(v, a, &r, "scale", "get patch update");
    if (kind->flags & KIND_STATUS)
        add_sub(v, a, &r, "status", "get patch update");
}

static struct sv part(const struct api_call *call, size_t i)
{
    return i < call->parts.len ? call->parts.items[i] : SV("");
}

static struct doc_node *page_of(struct api_call *call, const struct discovery *d)
{
    struct arena *a = &call->arena;
    bool core = sv_is(part(call, 0), "api");
    size_t n = call->parts.len;
    if (n == 0)
        return discovery_paths(a, d);
    if (sv_is(part(call, 0), "version") && n == 1)
        return discovery_version(a, sv_of(call->api->version));
    if (core && n == 1)
        return discovery_core_versions(a, sv_of(call->api->address));
    if (core && n == 2)
        return discovery_resources(a, d, SV(""), part(call, 1));
    if (!sv_is(part(call, 0), "apis") || n > 3)
        return NULL;
    return n == 1   ? discovery_groups(a, d)
           : n == 2 ? discovery_group(a, d, part(call, 1))
                    : discovery_resources(a, d, part(call, 1), part(call, 2));
}

static bool answer_text(struct api_call *call, int status, const char *text)
{
    call->answer->status = status;
    call->answer->content_type = "text/plain; charset=utf-8";
    str_adds(&call->answer->body, text);
    return true;
}

bool api_index(struct api_call *call)
{
    if (call->parts.len == 1 && (sv_is(part(call, 0), "healthz") || sv_is(part(call, 0), "livez") ||
                                 sv_is(part(call, 0), "readyz")))
        return answer_text(call, 200, "ok");
    resource_vec resources = {0};
    const struct kind *kind;
    for (size_t i = 0; (kind = kinds_at(call->api->kinds, i)); i++)
        if (!kind->gone)
            add_kind(&resources, &call->arena, kind);
    const struct doc_node *page =
        page_of(call, &(struct discovery){resources.items, resources.len});
    if (page)
        api_answer_node(call, 200, page);
    vec_release(&resources);
    return page || answer_text(call, 404, "404 page not found\n");
}
