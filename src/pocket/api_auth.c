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

const struct api_user *api_user_of(const struct pocket_api *api, struct sv token)
{
    vec_foreach(user, &api->users)
        if (sv_is(token, user->token))
            return user;
    return NULL;
}

const char *api_user_name(const struct api_call *call)
{
    return call->user ? call->user->name : "system:anonymous";
}

bool api_authenticate(struct api_call *call)
{
    struct sv text = call->request->authorization;
    call->user = sv_starts(text, "Bearer ")
                     ? api_user_of(call->api, sv_n(text.ptr + 7, text.len - 7))
                     : NULL;
    if (call->user || !text.len)
        return true;
    return api_fail_details(call, 401, NULL, "Unauthorized", SV_NONE);
}

static bool listed(const struct doc_node *list, struct sv value)
{
    doc_each_item(item, list)
        if (sv_is(doc_string(item), "*") || sv_eq(doc_string(item), value))
            return true;
    return false;
}

static bool rule_allows(struct arena *a, const struct doc_node *rule, const struct api_ask *ask)
{
    struct sv resource = ask->resource;
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

static bool role_allows(struct pocket_api *api, struct arena *a, const struct doc_node *ref,
                        struct sv ns, const struct api_ask *ask)
{
    bool cluster = sv_is(doc_get_string(ref, "kind"), "ClusterRole");
    const struct kind *kind = rbac(api, cluster ? "clusterroles" : "roles");
    const struct object_bytes *bytes =
        objects_get(api->objects, kind->store, cluster ? SV("") : ns, doc_get_string(ref, "name"));
    const struct doc_node *role = bytes ? api_parse(a, kind, bytes) : NULL;
    doc_each_item(rule, doc_get(role, "rules"))
        if (rule_allows(a, rule, ask))
            return true;
    return false;
}

static bool bindings_allow(struct pocket_api *api, const struct api_user *user,
                           const struct kind *kind, struct sv ns, const struct api_ask *ask)
{
    _cleanup_arena_ struct arena a = {0};
    object_bytes_vec list = {0};
    bool allowed = false;
    objects_list(api->objects, kind->store, ns, &list);
    vec_foreach(bytes, &list) {
        const struct doc_node *binding = api_parse(&a, kind, *bytes);
        bool subject = false;
        doc_each_item(one, doc_get(binding, "subjects"))
            subject = subject || subject_is(one, user);
        allowed =
            allowed || (subject && role_allows(api, &a, doc_get(binding, "roleRef"), ns, ask));
    }
    objects_list_release(&list);
    return allowed;
}

bool api_allowed(struct pocket_api *api, const struct api_user *user, const struct api_ask *ask)
{
    if (user && word_in(user->groups, SV("system:masters")))
        return true;
    return bindings_allow(api, user, rbac(api, "clusterrolebindings"), SV(""), ask) ||
           (ask->ns.len && bindings_allow(api, user, rbac(api, "rolebindings"), ask->ns, ask));
}

bool api_authorize(struct api_call *call, const char *verb)
{
    struct api_ask ask = {sv_of(verb), call->group, call->plural, call->sub, call->name, call->ns};
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
