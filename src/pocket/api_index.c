#include "base/must.h"
#include "pocket/api_internal.h"
#include "pocket/show/discovery.h"

#include <ctype.h>

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
    if (kind->flags & KIND_REVIEW)
        v->items[v->len - 1].verbs = "create";
    if (!kind->custom && strcmp(kind->kind, "Pod") == 0) {
        add_sub(v, a, &r, "attach", "create get");
        add_sub(v, a, &r, "binding", "create");
        add_sub(v, a, &r, "eviction", "create");
        add_sub(v, a, &r, "exec", "create get");
        add_sub(v, a, &r, "log", "get");
        add_sub(v, a, &r, "portforward", "create get");
    }
    if (!kind->custom && strcmp(kind->kind, "Namespace") == 0)
        add_sub(v, a, &r, "finalize", "update");
    if (kind->flags & KIND_SCALE)
        add_sub(v, a, &r, "scale", "get patch update");
    if (kind->flags & KIND_STATUS)
        add_sub(v, a, &r, "status", "get patch update");
}

static struct sv part(const struct api_call *call, size_t i)
{
    return i < call->parts.len ? call->parts.items[i] : SV("");
}

/* The aggregated form, which a client asks for by Accept; NULL: it does not, or the version has
 * none. */
static struct doc_node *aggregated(struct api_call *call, const struct discovery *d, bool core)
{
    struct sv version = discovery_aggregated_wanted(call->request->accept, call->api->minor);
    if (!version.ptr)
        return NULL;
    call->answer->content_type =
        sv_is(version, "v2")
            ? "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
            : "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList";
    return discovery_aggregated(&call->arena, d, core, version);
}

static struct doc_node *page_of_apis(struct api_call *call, const struct discovery *d)
{
    struct arena *a = &call->arena;
    size_t n = call->parts.len;
    struct doc_node *all = n == 1 ? aggregated(call, d, false) : NULL;
    return n == 1   ? (all ? all : discovery_groups(a, d))
           : n == 2 ? discovery_group(a, d, part(call, 1))
           : n == 3 ? discovery_resources(a, d, part(call, 1), part(call, 2))
                    : NULL;
}

static struct doc_node *page_of(struct api_call *call, const struct discovery *d)
{
    struct arena *a = &call->arena;
    size_t n = call->parts.len;
    if (n == 0)
        return discovery_paths(a, d);
    if (sv_is(part(call, 0), "version") && n == 1)
        return discovery_version(a, sv_of(call->api->version));
    if (sv_is(part(call, 0), "apis"))
        return page_of_apis(call, d);
    if (!sv_is(part(call, 0), "api") || n > 2)
        return NULL;
    if (n == 2)
        return discovery_resources(a, d, SV(""), part(call, 1));
    struct doc_node *all = aggregated(call, d, true);
    return all ? all : discovery_core_versions(a, sv_of(call->api->address));
}

static bool answer_text(struct api_call *call, int status, const char *text)
{
    call->answer->status = status;
    call->answer->content_type = "text/plain; charset=utf-8";
    str_adds(&call->answer->body, text);
    return true;
}

static bool answer_page(struct api_call *call, const struct discovery *d)
{
    if (sv_is(part(call, 0), "openapi") && api_openapi(call, d))
        return true;
    const struct doc_node *page = page_of(call, d);
    const char *type = call->answer->content_type;
    if (!page)
        return answer_text(call, 404, "404 page not found\n");
    api_answer_node(call, 200, page);
    if (type)
        call->answer->content_type = type;
    return true;
}

static bool health(const struct api_call *call)
{
    struct sv first = part(call, 0);
    return sv_is(first, "healthz") || sv_is(first, "livez") || sv_is(first, "readyz");
}

/* Health and version are for everybody; discovery for whoever has a login, and the rest as roles
 * say. */
static bool may_read(const struct api_call *call, struct sv verb)
{
    const struct api_ask ask = {.verb = verb, .path = call->request->path, .ns = SV("")};
    return health(call) || sv_is(part(call, 0), "version") ||
           api_allowed(call->api, call->user, &ask);
}

static bool forbid(struct api_call *call, struct sv verb)
{
    const struct pocket_request *r = call->request;
    return api_fail_details(
        call, 403, NULL,
        mem_must(arena_fmt(&call->arena, "forbidden: User \"%s\" cannot %.*s path \"%.*s\"",
                           api_user_name(call), SV_ARG(verb), SV_ARG(r->path))),
        SV("{}"));
}

/* Of what is no resource it is the method. */
static struct sv verb_of(struct api_call *call)
{
    char *text = mem_must(arena_dup(&call->arena, call->request->method));
    for (char *c = text; *c; c++)
        *c = (char)tolower((unsigned char)*c);
    return sv_of(text);
}

bool api_index(struct api_call *call)
{
    struct sv verb = verb_of(call);
    if (!may_read(call, verb))
        return forbid(call, verb);
    if (health(call))
        return answer_text(call, 200, "ok");
    if (sv_is(part(call, 0), "metrics") && call->parts.len == 1) {
        api_metrics_show(call);
        return true;
    }
    resource_vec resources = {0};
    const struct kind *kind;
    for (size_t i = 0; (kind = kinds_at(call->api->kinds, i)); i++)
        if (!kind->gone && !kind->hidden)
            add_kind(&resources, &call->arena, kind);
    answer_page(call, &(struct discovery){resources.items, resources.len});
    vec_release(&resources);
    return true;
}
