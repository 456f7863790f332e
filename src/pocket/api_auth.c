#include "base/must.h"
#include "pocket/api_internal.h"

static bool word_in(const char *words, struct sv word)
{
    struct sv rest = sv_of(words);
    while (rest.ptr)
        if (sv_eq(sv_split(&rest, ' '), word))
            return true;
    return false;
}

static bool listed(const struct doc_node *list, struct sv value)
{
    doc_each_item(item, list)
        if (sv_is(doc_string(item), "*") || sv_eq(doc_string(item), value))
            return true;
    return false;
}

/* Paths end in a star for all below. */
static bool path_listed(const struct doc_node *list, struct sv path)
{
    doc_each_item(item, list) {
        struct sv known = doc_string(item);
        bool all = known.len && known.ptr[known.len - 1] == '*';
        if (sv_eq(known, path) ||
            (all && path.len >= known.len - 1 && memcmp(known.ptr, path.ptr, known.len - 1) == 0))
            return true;
    }
    return false;
}

static bool rule_allows(struct arena *a, const struct doc_node *rule, const struct api_ask *ask)
{
    struct sv resource = ask->resource;
    if (ask->path.ptr)
        return listed(doc_get(rule, "verbs"), ask->verb) &&
               path_listed(doc_get(rule, "nonResourceURLs"), ask->path);
    if (ask->sub.len)
        resource =
            sv_of(mem_must(arena_fmt(a, "%.*s/%.*s", SV_ARG(ask->resource), SV_ARG(ask->sub))));
    const struct doc_node *names = doc_get(rule, "resourceNames");
    return listed(doc_get(rule, "verbs"), ask->verb) &&
           listed(doc_get(rule, "apiGroups"), ask->group) &&
           listed(doc_get(rule, "resources"), resource) &&
           (doc_count(names) == 0 || (ask->name.len && listed(names, ask->name)));
}

static bool subject_is(const struct doc_node *subject, const struct api_user *user)
{
    struct sv kind = doc_get_string(subject, "kind"), name = doc_get_string(subject, "name");
    const char *who = user ? user->name : "system:anonymous";
    if (sv_is(kind, "User"))
        return sv_is(name, who);
    if (sv_is(kind, "Group"))
        return user ? word_in(user->groups, name) || sv_is(name, "system:authenticated")
                    : sv_is(name, "system:unauthenticated");
    char account[600];
    snprintf(account, sizeof account, "system:serviceaccount:%.*s:%.*s",
             SV_ARG(doc_get_string(subject, "namespace")), SV_ARG(name));
    return sv_is(kind, "ServiceAccount") && strcmp(account, who) == 0;
}

static const struct kind *rbac(const struct pocket_api *api, const char *plural)
{
    return kinds_find(api->kinds, SV("rbac.authorization.k8s.io"), SV("v1"), sv_of(plural));
}

struct rule_walk {
    struct pocket_api *api;
    const struct api_user *user;
    bool (*fn)(void *ctx, const struct doc_node *rule);
    void *ctx;
};

/* False: fn wants no more. */
static bool walk_role(const struct rule_walk *w, struct arena *a, const struct doc_node *ref,
                      struct sv ns)
{
    bool cluster = sv_is(doc_get_string(ref, "kind"), "ClusterRole");
    const struct kind *kind = rbac(w->api, cluster ? "clusterroles" : "roles");
    const struct object_bytes *bytes = objects_get(
        w->api->objects, kind->store, cluster ? SV("") : ns, doc_get_string(ref, "name"));
    const struct doc_node *role = bytes ? api_parse(a, kind, bytes) : NULL;
    doc_each_item(rule, doc_get(role, "rules"))
        if (!w->fn(w->ctx, rule))
            return false;
    return true;
}

static bool walk_bindings(const struct rule_walk *w, const struct kind *kind, struct sv ns)
{
    _cleanup_arena_ struct arena a = {0};
    object_bytes_vec list = {0};
    bool more = true;
    objects_list(w->api->objects, kind->store, ns, &list);
    for (size_t i = 0; i < list.len && more; i++) {
        const struct doc_node *binding = api_parse(&a, kind, list.items[i]);
        bool subject = false;
        doc_each_item(one, doc_get(binding, "subjects"))
            subject = subject || subject_is(one, w->user);
        more = !subject || walk_role(w, &a, doc_get(binding, "roleRef"), ns);
    }
    objects_list_release(&list);
    return more;
}

void api_each_rule(struct pocket_api *api, const struct api_user *user, struct sv ns,
                   bool (*fn)(void *ctx, const struct doc_node *rule), void *ctx)
{
    const struct rule_walk w = {api, user, fn, ctx};
    if (walk_bindings(&w, rbac(api, "clusterrolebindings"), SV("")) && ns.len)
        walk_bindings(&w, rbac(api, "rolebindings"), ns);
}

bool api_is_master(const struct api_user *user)
{
    return user && word_in(user->groups, SV("system:masters"));
}

struct asking {
    struct arena a;
    const struct api_ask *ask;
    bool allowed;
};

static bool try_rule(void *ctx, const struct doc_node *rule)
{
    struct asking *asking = ctx;
    asking->allowed = rule_allows(&asking->a, rule, asking->ask);
    return !asking->allowed;
}

/* What everybody with a login may do: ask about oneself, read discovery. */
static bool basic(const struct api_user *user, const struct api_ask *ask)
{
    bool asks = sv_is(ask->verb, "create") && sv_starts(ask->resource, "selfsubject");
    bool reads = ask->path.ptr && (sv_is(ask->verb, "get") || sv_is(ask->verb, "head"));
    static const char *const pages[] = {"/api",     "/apis",   "/healthz", "/livez",
                                        "/openapi", "/readyz", "/version"};
    if (user && asks)
        return true;
    for (size_t i = 0; user && reads && i < ARRAY_LEN(pages); i++)
        if (sv_starts(ask->path, pages[i]))
            return true;
    return false;
}

bool api_allowed(struct pocket_api *api, const struct api_user *user, const struct api_ask *ask)
{
    struct asking asking = {.ask = ask};
    if (api_is_master(user) || basic(user, ask))
        return true;
    api_each_rule(api, user, ask->ns, try_rule, &asking);
    arena_release(&asking.a);
    return asking.allowed;
}

bool api_authorize(struct api_call *call, const char *verb)
{
    const struct api_ask ask = {.verb = sv_of(verb),
                                .group = call->group,
                                .resource = call->plural,
                                .sub = call->sub,
                                .name = call->name,
                                .ns = call->ns};
    if (api_allowed(call->api, call->user, &ask))
        return true;
    char resource[320], where[320] = "at the cluster scope", name[320] = "";
    if (call->ns.len)
        snprintf(where, sizeof where, "in the namespace \"%.*s\"", SV_ARG(call->ns));
    if (call->name.len)
        snprintf(name, sizeof name, " \"%.*s\"", SV_ARG(call->name));
    return api_fail(call, 403, NULL,
                    "%s%s is forbidden: User \"%s\" cannot %s resource \"%.*s%s%.*s\" in API group "
                    "\"%.*s\" %s",
                    kind_resource(call->kind, resource), name, api_user_name(call), verb,
                    SV_ARG(call->plural), call->sub.len ? "/" : "", SV_ARG(call->sub),
                    SV_ARG(call->group), where);
}
