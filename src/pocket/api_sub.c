#include "base/must.h"
#include "pocket/api_internal.h"

static struct doc_node *current(struct api_call *call)
{
    const struct object_bytes *bytes =
        objects_get(call->api->objects, call->kind->store, call->ns, call->name);
    if (!bytes)
        api_fail_not_found(call);
    return bytes ? api_parse(&call->arena, call->kind, bytes) : NULL;
}

static struct doc_node *scale_of(struct arena *a, const struct doc_node *object)
{
    static const char *const meta[] = {"name", "namespace", "uid", "resourceVersion",
                                       "creationTimestamp"};
    struct doc_node *scale = value_map(a), *metadata = value_map(a);
    value_set_text(a, scale, "apiVersion", SV("autoscaling/v1"));
    value_set_text(a, scale, "kind", SV("Scale"));
    for (size_t i = 0; i < ARRAY_LEN(meta); i++)
        if (api_meta(object, meta[i]).len)
            value_set_text(a, metadata, meta[i], api_meta(object, meta[i]));
    value_set(a, scale, SV("metadata"), metadata);
    const struct doc_node *wanted = doc_at(object, "spec.replicas");
    const struct doc_node *have = doc_at(object, "status.replicas");
    value_set_int(a, value_need_map(a, scale, SV("spec")), "replicas",
                  wanted && wanted->type == DOC_INT ? wanted->integer : 0);
    value_set_int(a, value_need_map(a, scale, SV("status")), "replicas",
                  have && have->type == DOC_INT ? have->integer : 0);
    return scale;
}

/* The number of replicas a PUT or a merge patch of a Scale asks for. */
static bool wanted_replicas(struct api_call *call, int64_t *out)
{
    _cleanup_doc_ struct doc_file file = {0};
    struct err err = {0};
    if (doc_parse(&file, "body", call->request->body, NULL, &err) != 0 || file.part_count != 1)
        return api_fail(call, 400, NULL, "error decoding Scale");
    const struct doc_node *n = doc_at(file.parts[0].root, "spec.replicas");
    if (!n || n->type != DOC_INT || n->integer < 0)
        return api_fail(call, 422, NULL,
                        "spec.replicas: Invalid value: must be greater than or equal to 0");
    *out = n->integer;
    return true;
}

static void scale(struct api_call *call)
{
    struct doc_node *before = current(call);
    int64_t replicas;
    if (!before)
        return;
    if (sv_is(call->request->method, "GET")) {
        api_answer_node(call, 200, scale_of(&call->arena, before));
        return;
    }
    if (!wanted_replicas(call, &replicas))
        return;
    struct doc_node *now = value_clone(&call->arena, before);
    value_set_int(&call->arena, value_need_map(&call->arena, now, SV("spec")), "replicas",
                  replicas);
    if (api_replace(call, before, now))
        api_answer_node(call, 200, scale_of(&call->arena, now));
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
    _cleanup_doc_ struct doc_file file = {0};
    struct err err = {0};
    struct pocket_refusal refusal = {0};
    struct doc_node *pod = current(call);
    const struct pocket_hooks *hooks = &call->api->hooks;
    if (!pod)
        return;
    if (doc_parse(&file, "body", call->request->body, NULL, &err) != 0 || file.part_count != 1) {
        api_fail(call, 400, NULL, "error decoding Eviction");
        return;
    }
    const struct doc_node *options = doc_get(file.parts[0].root, "deleteOptions");
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
    _cleanup_doc_ struct doc_file file = {0};
    struct err err = {0};
    struct doc_node *before = current(call);
    if (!before)
        return;
    if (doc_parse(&file, "body", call->request->body, NULL, &err) != 0 || file.part_count != 1) {
        api_fail(call, 400, NULL, "error decoding Binding");
        return;
    }
    struct sv node = doc_string(doc_at(file.parts[0].root, "target.name"));
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
