#include "pocket/api.h"

#include "base/must.h"
#include "pocket/api_internal.h"

#define BODY_MAX ((size_t)3 << 20)

static const char *const first_namespaces[] = {"default", "kube-node-lease", "kube-public",
                                               "kube-system"};

static void make_namespace(struct pocket_api *api, const char *name)
{
    char path[] = "/api/v1/namespaces", body[128];
    snprintf(body, sizeof body,
             "{\"apiVersion\":\"v1\",\"kind\":\"Namespace\",\"metadata\":{\"name\":\"%s\"}}", name);
    char login[300];
    snprintf(login, sizeof login, "Bearer %.200s", api->users.items[0].token);
    _cleanup_pocket_answer_ struct pocket_answer answer = {0};
    pocket_api_handle(api,
                      &(struct pocket_request){.method = SV("POST"),
                                               .path = sv_of(path),
                                               .authorization = sv_of(login),
                                               .user_agent = SV("kube-apiserver"),
                                               .body = sv_of(body)},
                      &answer);
}

struct pocket_api *pocket_api_new(const struct pocket_api_config *config)
{
    struct pocket_api *api = mem_must(calloc(1, sizeof *api));
    api->objects = objects_new();
    api->version = mem_must(strdup(config->version));
    struct sv minor = sv_of(config->version), major = sv_split(&minor, '.');
    uint64_t number = 0;
    api->minor = sv_is(major, "1") && sv_to_u64(minor, &number) ? (unsigned)number : 0;
    api->kinds = kinds_new(api->minor);
    api->quotas = kinds_find(api->kinds, SV(""), SV("v1"), SV("resourcequotas"));
    api->limit_ranges = kinds_find(api->kinds, SV(""), SV("v1"), SV("limitranges"));
    api->address = mem_must(strdup(config->address));
    api->now_ms = api->started_ms = config->unix_ms;
    pocket_api_add_user(api, sv_of(config->admin_token), POCKET_ADMIN_USER, "system:masters");
    for (size_t i = 0; i < ARRAY_LEN(first_namespaces); i++)
        make_namespace(api, first_namespaces[i]);
    return api;
}

void pocket_api_free(struct pocket_api *api)
{
    if (!api)
        return;
    for (size_t i = 0; i < API_SNAPSHOTS; i++)
        objects_list_release(&api->snapshots[i].list);
    vec_foreach(user, &api->users) {
        free(user->token);
        free(user->name);
        free(user->groups);
    }
    vec_release(&api->users);
    vec_release(&api->watches);
    api_openapi_release(&api->openapi);
    api_metrics_release(&api->metrics);
    objects_free(api->objects);
    kinds_free(api->kinds);
    free(api->version);
    free(api->address);
    free(api);
}

void pocket_api_set_time(struct pocket_api *api, int64_t unix_ms)
{
    if (unix_ms > api->now_ms)
        api->now_ms = unix_ms;
    api_quota_keep(api);
}

struct objects *pocket_api_objects(struct pocket_api *api)
{
    return api->objects;
}

struct kinds *pocket_api_kinds(struct pocket_api *api)
{
    return api->kinds;
}

void pocket_api_add_user(struct pocket_api *api, struct sv token, const char *user,
                         const char *groups)
{
    char *secret = mem_must(strndup(token.ptr, token.len));
    char *name = mem_must(strdup(user)), *of = mem_must(strdup(groups));
    const struct api_user entry = {.token = secret, .name = name, .groups = of};
    must_push(&api->users, entry);
}

void pocket_api_set_hooks(struct pocket_api *api, const struct pocket_hooks *hooks)
{
    api->hooks = *hooks;
}

void pocket_answer_release(struct pocket_answer *a)
{
    if (!a)
        return;
    str_release(&a->headers);
    str_release(&a->body);
    pocket_watch_free(a->watch);
    pocket_pages_free(a->pages);
    *a = (struct pocket_answer){0};
}

void api_effects(struct pocket_api *api, const struct kind *kind, const struct doc_node *now,
                 bool removed)
{
    if (!api_is_crd(kind))
        return;
    struct sv group = doc_string(doc_at(now, "spec.group"));
    struct sv plural = doc_string(doc_at(now, "spec.names.plural"));
    const struct kind *of;
    if (!removed) {
        kinds_define(api->kinds, now);
        return;
    }
    for (size_t i = 0; (of = kinds_at(api->kinds, i)); i++)
        if (of->custom && !of->gone && sv_is(group, of->group) && sv_is(plural, of->plural))
            api_drop_all(api, of);
    kinds_undefine(api->kinds, group, plural);
}

static const char *verb_of(const struct api_call *call)
{
    struct sv method = call->request->method;
    if (sv_is(method, "GET") || sv_is(method, "HEAD"))
        return api_param_true(call, "watch") ? "watch" : call->name.len ? "get" : "list";
    if (sv_is(method, "POST"))
        return call->name.len && !call->sub.len ? NULL : "create";
    if (!call->name.len)
        return sv_is(method, "DELETE") ? "deletecollection" : NULL;
    return sv_is(method, "PUT")      ? "update"
           : sv_is(method, "PATCH")  ? "patch"
           : sv_is(method, "DELETE") ? "delete"
                                     : NULL;
}

static void act(struct api_call *call, const char *verb)
{
    static const struct {
        const char *verb;
        void (*act)(struct api_call *call);
    } acts[] = {
        {"get", api_get},       {"list", api_list},
        {"watch", api_watch},   {"create", api_create},
        {"update", api_update}, {"patch", api_patch},
        {"delete", api_delete}, {"deletecollection", api_delete_collection},
    };
    for (size_t i = 0; i < ARRAY_LEN(acts); i++)
        if (strcmp(acts[i].verb, verb) == 0)
            acts[i].act(call);
}

/* What takes the place of a deprecated version: the newest of the resource. */
static const char *successor(const struct api_call *call, char buf[static 400])
{
    const struct kind *kind;
    char api_version[320];
    if (api_kind_is(call, "Endpoints"))
        return "discovery.k8s.io/v1 EndpointSlice";
    for (size_t i = 0; (kind = kinds_at(call->api->kinds, i)); i++)
        if (kind->flags & KIND_REVIEW ? strcmp(kind->kind, call->kind->kind) == 0
                                      : kind->store == call->kind->store)
            break;
    snprintf(buf, 400, "%s %s", kind_api_version(kind ? kind : call->kind, api_version),
             kind ? kind->kind : call->kind->kind);
    return buf;
}

static void warn_of_version(struct api_call *call)
{
    const struct kind *kind = call->kind;
    struct str *out = &call->answer->headers;
    char api_version[320], to[400];
    if (!api_is_deprecated(call->api, kind))
        return;
    str_addf(out, "Warning: 299 - \"%s %s is deprecated in v1.%u+",
             kind_api_version(kind, api_version), kind->kind, kind->deprecated);
    if (kind->until)
        str_addf(out, ", unavailable in v1.%u+", kind->until);
    str_addf(out, "; use %s\"\r\n", successor(call, to));
}

static void serve(struct api_call *call, const char *verb)
{
    if (call->kind->flags & KIND_REVIEW)
        api_review(call);
    else if (call->sub.len)
        api_subresource(call);
    else
        act(call, verb);
}

static void dispatch(struct api_call *call, const char *verb)
{
    bool review = call->kind->flags & KIND_REVIEW;
    warn_of_version(call);
    if (!verb || (review && strcmp(verb, "create") != 0))
        api_fail(call, 405, NULL,
                 "the server does not allow this method on the requested resource");
    else if (api_authorize(call, verb)) {
        if (call->request->body.len > BODY_MAX)
            api_fail(call, 413, NULL, "Request entity too large: limit is %zu", BODY_MAX);
        else if (api_fields_param(call))
            serve(call, verb);
        api_metrics_count(call, verb);
    }
}

static void route(struct api_call *call)
{
    if (!api_path_split(call)) {
        api_fail(call, 400, NULL, "the path or the query has a wrong escape");
        return;
    }
    if (!api_authenticate(call))
        return;
    if (!api_path_resource(call)) {
        api_index(call);
        return;
    }
    call->kind = kinds_find(call->api->kinds, call->group, call->version, call->plural);
    const char *verb = verb_of(call);
    bool namespaced = call->kind && call->kind->flags & KIND_NAMESPACED;
    if (!call->kind || (call->ns.ptr && !namespaced)) {
        call->answer->status = 404;
        call->answer->content_type = "text/plain; charset=utf-8";
        str_adds(&call->answer->body, "404 page not found\n");
        return;
    }
    if (!call->ns.ptr && (!namespaced || call->name.len))
        call->ns = SV("");
    dispatch(call, verb);
}

void pocket_api_handle(struct pocket_api *api, const struct pocket_request *request,
                       struct pocket_answer *out)
{
    struct api_call call = {.api = api, .request = request, .answer = out};
    api_quota_keep(api);
    route(&call);
    api_quota_keep(api);
    vec_release(&call.params);
    vec_release(&call.parts);
    arena_release(&call.arena);
}

int pocket_api_write(struct pocket_api *api, struct arena *a, struct doc_node *object,
                     struct err *err)
{
    struct sv api_version = doc_get_string(object, "apiVersion");
    struct sv name = doc_get_string(object, "kind");
    const struct kind *kind = kinds_of_object(api->kinds, api_version, name);
    if (!kind)
        return err_set(err, ERR_NOT_FOUND, "no kind %.*s in %.*s", SV_ARG(name),
                       SV_ARG(api_version));
    struct sv ns = kind->flags & KIND_NAMESPACED ? api_meta(object, "namespace") : SV("");
    const struct object_bytes *bytes =
        objects_get(api->objects, kind->store, ns, api_meta(object, "name"));
    if (bytes && !api_meta(object, "uid").len) {
        const struct doc_node *old = api_parse(a, kind, bytes);
        value_set_text(a, api_metadata(a, object), "uid", api_meta(old, "uid"));
        value_set_text(a, api_metadata(a, object), "creationTimestamp",
                       api_meta(old, "creationTimestamp"));
    }
    api_meta_create(api, a, kind, object);
    return api_store(api, a, kind, object, err);
}

int pocket_api_load(struct pocket_api *api, struct sv json, struct err *err)
{
    _cleanup_doc_ struct doc_file file = {0};
    _cleanup_arena_ struct arena a = {0};
    if (doc_parse_json(&file, "object", json, NULL, err) != 0)
        return -1;
    return pocket_api_write(api, &a, value_clone(&a, file.parts[0].root), err);
}

struct doc_node *pocket_api_read(struct pocket_api *api, struct arena *a, const struct kind *kind,
                                 struct sv ns, struct sv name)
{
    const struct object_bytes *bytes = objects_get(api->objects, kind->store, ns, name);
    return bytes ? api_parse(a, kind, bytes) : NULL;
}

int pocket_api_remove(struct pocket_api *api, const struct kind *kind, struct sv ns, struct sv name,
                      struct err *err)
{
    _cleanup_arena_ struct arena a = {0};
    struct doc_node *object = pocket_api_read(api, &a, kind, ns, name);
    return object ? api_drop(api, &a, kind, object, err) : 0;
}

void pocket_api_delete(struct pocket_api *api, const struct kind *kind, struct sv ns,
                       struct sv name)
{
    const struct api_deletion how = {-1, DELETE_BACKGROUND, SV_NONE, SV_NONE, false};
    _cleanup_arena_ struct arena a = {0};
    struct doc_node *object = pocket_api_read(api, &a, kind, ns, name);
    if (object)
        api_delete_object(api, &a, kind, object, &how, "system:kube-controller-manager");
}
