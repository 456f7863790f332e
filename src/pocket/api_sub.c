#include "base/must.h"
#include "pocket/api_internal.h"
#include "pocket/show/cell.h"

static struct doc_node *current(struct api_call *call)
{
    const struct object_bytes *bytes =
        objects_get(call->api->objects, call->kind->store, call->ns, call->name);
    if (!bytes)
        api_fail_not_found(call);
    return bytes ? api_parse(&call->arena, call->kind, bytes) : NULL;
}

/* The labels of a selector as text: "a=b,c in (d,e)". */
static struct sv selector_text(struct api_call *call, const struct doc_node *object)
{
    const char *path = call->kind->scale_selector;
    if (call->kind->custom)
        return path ? doc_string(doc_at(object, path)) : SV_NONE;
    struct cell_ctx c = {&call->arena, 0};
    bool plain = strcmp(call->kind->kind, "ReplicationController") == 0;
    struct sv text = doc_string((plain ? cell_labels : cell_selector)(&c, object, "spec.selector"));
    return sv_is(text, "<none>") ? SV_NONE : text;
}

static int64_t number_at(const struct doc_node *object, const char *path)
{
    const struct doc_node *node = path ? doc_at(object, path) : NULL;
    return node && node->type == DOC_INT ? node->integer : 0;
}

static struct doc_node *scale_of(struct api_call *call, const struct doc_node *object)
{
    static const char *const meta[] = {"name", "namespace", "uid", "resourceVersion",
                                       "creationTimestamp"};
    struct arena *a = &call->arena;
    const struct kind *kind = call->kind;
    struct doc_node *scale = value_map(a), *metadata = value_map(a), *status = value_map(a);
    value_set_text(a, scale, "apiVersion", SV("autoscaling/v1"));
    value_set_text(a, scale, "kind", SV("Scale"));
    for (size_t i = 0; i < ARRAY_LEN(meta); i++)
        if (api_meta(object, meta[i]).len)
            value_set_text(a, metadata, meta[i], api_meta(object, meta[i]));
    value_set(a, scale, SV("metadata"), metadata);
    value_set_int(a, value_need_map(a, scale, SV("spec")), "replicas",
                  number_at(object, kind->custom ? kind->scale_spec : "spec.replicas"));
    value_set_int(a, status, "replicas",
                  number_at(object, kind->custom ? kind->scale_status : "status.replicas"));
    struct sv selector = selector_text(call, object);
    if (selector.len)
        value_set_text(a, status, "selector", selector);
    value_set(a, scale, SV("status"), status);
    return scale;
}

/* The Scale that a PUT or a patch makes of this one. NULL: answered. */
static struct doc_node *scale_wanted(struct api_call *call, const struct doc_node *scale)
{
    if (sv_is(call->request->method, "PUT"))
        return api_parse_body(call, true);
    struct outline outline = outline_of_kind(SV("autoscaling/v1"), SV("Scale"));
    return api_patched(call, &outline, scale);
}

static bool wanted_replicas(struct api_call *call, const struct doc_node *scale, int64_t *out)
{
    const struct doc_node *wanted = scale_wanted(call, scale);
    const struct doc_node *n = doc_at(wanted, "spec.replicas");
    struct sv version = doc_string(doc_at(wanted, "metadata.resourceVersion"));
    if (!wanted)
        return false;
    if (version.len && !sv_eq(version, api_meta(scale, "resourceVersion")))
        return api_fail_modified(call);
    *out = n && n->type == DOC_INT ? n->integer : 0;
    if (*out >= 0)
        return true;
    const char *message = mem_must(
        arena_fmt(&call->arena,
                  "Scale.autoscaling \"%.*s\" is invalid: spec.replicas: Invalid value: %lld: must "
                  "be greater than or equal to 0",
                  SV_ARG(call->name), (long long)*out));
    return api_fail(call, 422, NULL, "%s", message);
}

/* Sets a number at a path of names parted by dots. */
static void set_at(struct arena *a, struct doc_node *map, const char *path, int64_t n)
{
    struct sv rest = sv_of(path), key = sv_split(&rest, '.');
    for (; rest.ptr; key = sv_split(&rest, '.'))
        map = value_need_map(a, map, key);
    value_set(a, map, key, value_int(a, n));
}

static void scale(struct api_call *call)
{
    struct doc_node *before = current(call);
    int64_t replicas = 0;
    if (!before)
        return;
    struct doc_node *shown = scale_of(call, before);
    if (sv_is(call->request->method, "GET")) {
        api_answer_node(call, 200, shown);
        return;
    }
    if (!wanted_replicas(call, shown, &replicas))
        return;
    struct doc_node *now = value_clone(&call->arena, before);
    set_at(&call->arena, now, call->kind->custom ? call->kind->scale_spec : "spec.replicas",
           replicas);
    if (api_replace(call, before, now))
        api_answer_node(call, 200, scale_of(call, now));
}

static void answer_created(struct api_call *call)
{
    call->answer->status = 201;
    call->answer->content_type = "application/json";
    str_adds(&call->answer->body, "{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"metadata\":{},"
                                  "\"status\":\"Success\",\"code\":201}\n");
}

static void evict(struct api_call *call)
{
    struct pocket_refusal refusal = {0};
    struct doc_node *pod = current(call);
    const struct pocket_hooks *hooks = &call->api->hooks;
    if (!pod)
        return;
    const struct doc_node *body = api_parse_body(call, true);
    if (!body)
        return;
    const struct doc_node *options = doc_get(body, "deleteOptions");
    const struct doc_node *grace = doc_get(options, "gracePeriodSeconds");
    struct pocket_write w = {
        POCKET_DELETE, call->kind,
        call->ns,      call->name,
        call->sub,     pod,
        NULL,          api_user_name(call),
        &call->arena,  api_dry_run(call) || doc_count(doc_get(options, "dryRun")) > 0};
    if (hooks->evict && !hooks->evict(hooks->ctx, &w, &refusal)) {
        api_fail_refusal(call, &refusal);
        return;
    }
    struct api_deletion how = {grace && grace->type == DOC_INT ? grace->integer : -1,
                               DELETE_BACKGROUND, SV_NONE, SV_NONE, w.dry_run};
    api_delete_object(call->api, &call->arena, call->kind, pod, &how, api_user_name(call));
    answer_created(call);
}

static void bind(struct api_call *call)
{
    struct doc_node *before = current(call);
    const struct doc_node *body = before ? api_parse_body(call, true) : NULL;
    if (!body)
        return;
    struct sv node = doc_string(doc_at(body, "target.name"));
    struct sv had = doc_string(doc_at(before, "spec.nodeName"));
    if (had.len) {
        api_fail(call, 409, NULL,
                 "Operation cannot be fulfilled on pods/binding \"%.*s\": pod %.*s is already "
                 "assigned to node \"%.*s\"",
                 SV_ARG(call->name), SV_ARG(call->name), SV_ARG(had));
        return;
    }
    struct doc_node *now = value_clone(&call->arena, before);
    value_set_text(&call->arena, value_need_map(&call->arena, now, SV("spec")), "nodeName", node);
    if (api_replace(call, before, now)) {
        str_reset(&call->answer->body);
        answer_created(call);
    }
}

static void show_log(struct api_call *call)
{
    struct pocket_refusal refusal = {0};
    const struct doc_node *pod = current(call);
    const struct pocket_hooks *hooks = &call->api->hooks;
    struct sv container = api_param(call, "container");
    if (!pod)
        return;
    call->answer->status = 200;
    call->answer->content_type = "text/plain";
    if (hooks->log && !hooks->log(hooks->ctx, pod, container.ptr ? container : SV(""),
                                  call->request->query, &call->answer->body, &refusal))
        api_fail_refusal(call, &refusal);
}

static void session(struct api_call *call)
{
    struct pocket_refusal refusal = {501, "NotImplemented", "nothing answers sessions", NULL, 0};
    const struct doc_node *pod = current(call);
    const struct pocket_hooks *hooks = &call->api->hooks;
    if (!pod)
        return;
    if (hooks->session)
        call->answer->stream =
            hooks->session(hooks->ctx, pod, call->sub, call->request->query, &refusal);
    if (call->answer->stream)
        call->answer->status = 101;
    else
        api_fail_refusal(call, &refusal);
}

/* The finalizers of a namespace's spec, and nothing else; without one it need not be empty to go.
 */
static void finalize(struct api_call *call)
{
    struct err err = {0};
    struct doc_node *before = current(call), *body = before ? api_parse_body(call, false) : NULL;
    if (!body)
        return;
    struct doc_node *now = value_clone(&call->arena, before);
    struct doc_node *spec = value_need_map(&call->arena, now, SV("spec"));
    const struct doc_node *wanted = doc_at(body, "spec.finalizers");
    value_unset(spec, SV("finalizers"));
    if (doc_count(wanted))
        value_set(&call->arena, spec, SV("finalizers"), value_clone(&call->arena, wanted));
    bool goes = api_meta(now, "deletionTimestamp").len && !doc_count(wanted) &&
                !doc_count(doc_at(now, "metadata.finalizers"));
    if (api_dry_run(call))
        goes = false;
    else if (goes && api_drop(call->api, &call->arena, call->kind, now, &err) != 0)
        api_fail(call, 500, NULL, "%s", err.msg);
    if (err.class == ERR_NONE && (goes || api_replace(call, before, now)))
        api_answer_node(call, 200, now);
}

static bool plain_verb(struct api_call *call)
{
    if (sv_is(call->request->method, "GET"))
        api_get(call);
    else if (sv_is(call->request->method, "PUT"))
        api_update(call);
    else if (sv_is(call->request->method, "PATCH"))
        api_patch(call);
    else
        return api_fail(call, 405, NULL,
                        "the server does not allow this method on the requested resource");
    return true;
}

void api_subresource(struct api_call *call)
{
    bool pod = !call->kind->custom && strcmp(call->kind->kind, "Pod") == 0;
    bool post = sv_is(call->request->method, "POST");
    if (sv_is(call->sub, "status") && call->kind->flags & KIND_STATUS)
        plain_verb(call);
    else if (sv_is(call->sub, "scale") && call->kind->flags & KIND_SCALE)
        scale(call);
    else if (post && sv_is(call->sub, "token") && !call->kind->custom &&
             strcmp(call->kind->kind, "ServiceAccount") == 0)
        api_token(call);
    else if (api_kind_is(call, "Namespace") && sv_is(call->sub, "finalize") &&
             sv_is(call->request->method, "PUT"))
        finalize(call);
    else if (pod && post && sv_is(call->sub, "eviction"))
        evict(call);
    else if (pod && post && sv_is(call->sub, "binding"))
        bind(call);
    else if (pod && sv_is(call->sub, "log"))
        show_log(call);
    else if (pod && (sv_is(call->sub, "exec") || sv_is(call->sub, "attach") ||
                     sv_is(call->sub, "portforward")))
        session(call);
    else
        api_fail(call, 404, NULL, "the server could not find the requested resource");
}
