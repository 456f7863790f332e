/* Questions about rights and logins: SubjectAccessReview and its kin, TokenReview. */
#include "base/must.h"
#include "pocket/api_internal.h"

static struct sv text_at(const struct doc_node *node, const char *path)
{
    struct sv text = doc_string(doc_at(node, path));
    return text.ptr ? text : SV("");
}

static struct api_ask ask_of(const struct doc_node *spec)
{
    const struct doc_node *resource = doc_get(spec, "resourceAttributes");
    const struct doc_node *path = doc_get(spec, "nonResourceAttributes");
    if (path)
        return (struct api_ask){
            .verb = text_at(path, "verb"), .path = text_at(path, "path"), .ns = SV("")};
    return (struct api_ask){
        .verb = text_at(resource, "verb"),
        .group = text_at(resource, "group"),
        .resource = text_at(resource, "resource"),
        .sub = text_at(resource, "subresource"),
        .name = text_at(resource, "name"),
        .ns = text_at(resource, "namespace"),
    };
}

/* The user that a SubjectAccessReview names. */
static struct api_user user_of(struct arena *a, const struct doc_node *spec)
{
    const char *groups = "";
    doc_each_item(group, doc_get(spec, "groups"))
        groups = mem_must(
            arena_fmt(a, "%s%s%.*s", groups, *groups ? " " : "", SV_ARG(doc_string(group))));
    const char *name = mem_must(arena_dup(a, text_at(spec, "user")));
    return (struct api_user){.name = mem_must(arena_fmt(a, "%s", name)),
                             .groups = mem_must(arena_fmt(a, "%s", groups))};
}

static bool refuse(struct api_call *call, const char *field, const char *message)
{
    api_cause_vec causes = {0};
    must_push(&causes, (struct api_cause){"FieldValueInvalid", field, message});
    bool ok = api_fail_invalid(call, &causes);
    vec_release(&causes);
    return ok;
}

static bool sound(struct api_call *call, const struct doc_node *spec, bool self)
{
    bool resource = doc_get(spec, "resourceAttributes"),
         path = doc_get(spec, "nonResourceAttributes");
    if (resource == path)
        return refuse(call, "spec.resourceAttributes",
                      resource ? "Invalid value: cannot be specified in combination with "
                                 "nonResourceAttributes"
                               : "Invalid value: \"null\": exactly one of nonResourceAttributes or "
                                 "resourceAttributes must be specified");
    if (!self && !text_at(spec, "user").len && !doc_count(doc_get(spec, "groups")))
        return refuse(call, "spec.user",
                      "Invalid value: \"\": at least one of user or group must be specified");
    if (call->ns.len && !sv_eq(call->ns, text_at(spec, "resourceAttributes.namespace")))
        return refuse(call, "spec.resourceAttributes.namespace",
                      "Invalid value: must match metadata.namespace");
    return true;
}

static bool review_access(struct api_call *call, const struct doc_node *spec,
                          struct doc_node *status)
{
    bool self = sv_starts(call->plural, "self");
    if (!sound(call, spec, self))
        return false;
    struct api_ask ask = ask_of(spec);
    struct api_user other = user_of(&call->arena, spec);
    value_set_bool(&call->arena, status, "allowed",
                   api_allowed(call->api, self ? call->user : &other, &ask));
    return true;
}

/* ---- rules ---- */

struct rules {
    struct arena *a;
    struct doc_node *resources, *paths;
};

static bool add_rule(void *ctx, const struct doc_node *rule)
{
    struct rules *r = ctx;
    bool paths = doc_get(rule, "nonResourceURLs") != NULL;
    value_push(r->a, paths ? r->paths : r->resources, value_clone(r->a, rule));
    return true;
}

static void add_words(struct arena *a, struct doc_node *rule, const char *key, struct sv words)
{
    struct doc_node *list = value_list(a);
    while (words.ptr)
        value_push(a, list, value_text(a, sv_split(&words, ' ')));
    value_set(a, rule, sv_of(key), list);
}

/* What needs no binding: api_allowed's own rules. */
static void add_basic(struct api_call *call, struct rules *r)
{
    bool master = api_is_master(call->user);
    struct doc_node *rule = value_map(r->a), *paths = value_map(r->a);
    if (!call->user)
        return;
    add_words(r->a, rule, "verbs", master ? SV("*") : SV("create"));
    add_words(r->a, rule, "apiGroups", master ? SV("*") : SV("authorization.k8s.io"));
    add_words(r->a, rule, "resources",
              master ? SV("*") : SV("selfsubjectaccessreviews selfsubjectrulesreviews"));
    add_words(r->a, paths, "verbs", master ? SV("*") : SV("get"));
    add_words(r->a, paths, "nonResourceURLs",
              master ? SV("*")
                     : SV("/api /api/* /apis /apis/* /healthz /livez /openapi /openapi/* /readyz "
                          "/version /version/"));
    value_push(r->a, r->resources, rule);
    value_push(r->a, r->paths, paths);
}

static bool review_rules(struct api_call *call, const struct doc_node *spec,
                         struct doc_node *status)
{
    struct arena *a = &call->arena;
    struct rules r = {a, value_list(a), value_list(a)};
    struct sv ns = text_at(spec, "namespace");
    if (!ns.len)
        return api_fail(call, 400, NULL, "no namespace on request");
    add_basic(call, &r);
    api_each_rule(call->api, call->user, ns, add_rule, &r);
    value_set(a, status, SV("resourceRules"), r.resources);
    value_set(a, status, SV("nonResourceRules"), r.paths);
    value_set_bool(a, status, "incomplete", false);
    return true;
}

/* ---- logins ---- */

static struct doc_node *user_info(struct arena *a, const struct api_user *user)
{
    struct doc_node *info = value_map(a);
    const char *groups = user ? mem_must(arena_fmt(a, "%s%ssystem:authenticated", user->groups,
                                                   *user->groups ? " " : ""))
                              : "system:unauthenticated";
    value_set_text(a, info, "username", sv_of(user ? user->name : "system:anonymous"));
    add_words(a, info, "groups", sv_of(groups));
    return info;
}

static bool review_token(struct api_call *call, const struct doc_node *spec,
                         struct doc_node *status)
{
    struct sv token = text_at(spec, "token");
    const struct api_user *user = api_user_of(call->api, token);
    if (!token.len)
        return api_fail(call, 400, NULL, "token is required for TokenReview in authentication");
    if (user) {
        value_set_bool(&call->arena, status, "authenticated", true);
        value_set(&call->arena, status, SV("user"), user_info(&call->arena, user));
    } else {
        value_set(&call->arena, status, SV("user"), value_map(&call->arena));
        value_set_text(&call->arena, status, "error", SV("invalid bearer token"));
    }
    return true;
}

static bool review_self(struct api_call *call, struct doc_node *status)
{
    value_set(&call->arena, status, SV("userInfo"), user_info(&call->arena, call->user));
    return true;
}

void api_review(struct api_call *call)
{
    struct doc_node *review = api_body(call);
    if (!review)
        return;
    struct doc_node *status = value_map(&call->arena), *meta = api_metadata(&call->arena, review);
    const struct doc_node *spec = doc_get(review, "spec");
    bool ok = sv_is(call->plural, "tokenreviews")              ? review_token(call, spec, status)
              : sv_is(call->plural, "selfsubjectreviews")      ? review_self(call, status)
              : sv_is(call->plural, "selfsubjectrulesreviews") ? review_rules(call, spec, status)
                                                               : review_access(call, spec, status);
    if (!ok)
        return;
    value_set(&call->arena, meta, SV("creationTimestamp"), value_null(&call->arena));
    if (call->ns.len)
        value_set_text(&call->arena, meta, "namespace", call->ns);
    value_set(&call->arena, review, SV("status"), status);
    api_answer_node(call, 201, review);
}
