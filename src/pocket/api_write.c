#include "base/must.h"
#include "pocket/api_internal.h"
#include "pocket/patch/patch.h"

bool api_dry_run(const struct api_call *call)
{
    return sv_is(api_param(call, "dryRun"), "All");
}

static struct pocket_write write_of(struct api_call *call, enum pocket_verb verb,
                                    const struct doc_node *before, struct doc_node *now)
{
    return (struct pocket_write){verb,         call->kind,       call->ns, call->name,
                                 call->sub,    before,           now,      api_user_name(call),
                                 &call->arena, api_dry_run(call)};
}

static bool admit(struct api_call *call, const struct pocket_write *w)
{
    struct pocket_refusal refusal = {0};
    const struct pocket_hooks *hooks = &call->api->hooks;
    return !hooks->admit || hooks->admit(hooks->ctx, w, &refusal) ||
           api_fail_refusal(call, &refusal);
}

static bool keep(struct api_call *call, const struct pocket_write *w)
{
    struct err err = {0};
    if (w->dry_run)
        return true;
    if (api_store(call->api, &call->arena, call->kind, w->now, &err) != 0)
        return api_fail(call, err.class == ERR_LIMIT ? 413 : 500, NULL, "%s", err.msg);
    if (call->api->hooks.wrote)
        call->api->hooks.wrote(call->api->hooks.ctx, w);
    return true;
}

static bool valid(struct api_call *call, const struct doc_node *before, const struct doc_node *now)
{
    api_cause_vec causes = {0};
    api_validate(call, before, now, &causes);
    bool ok = causes.len == 0 || api_fail_invalid(call, &causes);
    vec_release(&causes);
    return ok;
}

/* Who writes, for managedFields. */
static struct patch_writer writer_of(struct api_call *call)
{
    char api_version[320];
    struct sv manager = api_param(call, "fieldManager");
    struct sv agent = call->request->user_agent;
    kind_api_version(call->kind, api_version);
    const char *kept = mem_must(arena_dup(&call->arena, sv_of(api_version)));
    return (struct patch_writer){
        .manager = manager.len ? manager
                   : agent.len ? sv_split(&agent, '/')
                               : SV("unknown"),
        .api_version = sv_of(kept),
        .subresource = call->sub.len ? call->sub : SV_NONE,
        .time = api_time(call->api, &call->arena),
        .force = api_param_true(call, "force"),
    };
}

static struct outline outline_of(const struct api_call *call)
{
    char api_version[320];
    if (call->kind->custom)
        return outline_of_schema(call->kind->schema);
    return outline_of_kind(sv_of(kind_api_version(call->kind, api_version)),
                           sv_of(call->kind->kind));
}

static bool applying(const struct api_call *call)
{
    return sv_is(call->request->method, "PATCH") &&
           patch_type_of(call->request->content_type) == PATCH_APPLY;
}

static void track(struct api_call *call, const struct doc_node *before, struct doc_node *now)
{
    struct patch_writer who = writer_of(call);
    struct outline outline = outline_of(call);
    if (!applying(call))
        patch_track_update(&call->arena, &outline, before, now, &who);
}

static bool namespace_ready(struct api_call *call)
{
    if (!(call->kind->flags & KIND_NAMESPACED))
        return true;
    const struct kind *kind = kinds_find(call->api->kinds, SV(""), SV("v1"), SV("namespaces"));
    const struct object_bytes *bytes =
        objects_get(call->api->objects, kind->store, SV(""), call->ns);
    if (!bytes) {
        const char *message =
            mem_must(arena_fmt(&call->arena, "namespaces \"%.*s\" not found", SV_ARG(call->ns)));
        const char *details = mem_must(arena_fmt(
            &call->arena, "{\"name\":\"%.*s\",\"kind\":\"namespaces\"}", SV_ARG(call->ns)));
        return api_fail_details(call, 404, NULL, message, sv_of(details));
    }
    const struct doc_node *ns = api_parse(&call->arena, kind, bytes);
    char resource[320];
    if (api_meta(ns, "deletionTimestamp").len)
        return api_fail(call, 403, NULL,
                        "%s \"%.*s\" is forbidden: unable to create new content in namespace %.*s "
                        "because it is being terminated",
                        kind_resource(call->kind, resource), SV_ARG(call->name), SV_ARG(call->ns));
    return true;
}

/* Name and namespace of what is to be created agree with the path. */
static bool name_new(struct api_call *call, struct doc_node *object)
{
    struct arena *a = &call->arena;
    struct doc_node *meta = api_metadata(a, object);
    struct sv ns = api_meta(object, "namespace"), prefix = api_meta(object, "generateName");
    if (ns.len && call->ns.len && !sv_eq(ns, call->ns))
        return api_fail(call, 400, NULL,
                        "the namespace of the provided object does not match the namespace sent "
                        "on the request");
    if (call->ns.len)
        value_set_text(a, meta, "namespace", call->ns);
    else
        value_unset(meta, SV("namespace"));
    if (!api_meta(object, "name").len && prefix.len)
        value_set_text(a, meta, "name", api_new_name(call->api, a, prefix));
    call->name = api_meta(object, "name");
    if (api_meta(object, "resourceVersion").len)
        return api_fail(call, 500, NULL,
                        "resourceVersion should not be set on objects to be created");
    static const char *const servers[] = {
        "uid",        "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds",
        "generation", "selfLink"};
    for (size_t i = 0; i < ARRAY_LEN(servers); i++)
        value_unset(meta, sv_of(servers[i]));
    return true;
}

static void create(struct api_call *call, struct doc_node *object)
{
    char resource[320];
    if (!name_new(call, object) || !namespace_ready(call))
        return;
    if (objects_get(call->api->objects, call->kind->store, call->ns, call->name)) {
        api_fail(call, 409, "AlreadyExists", "%s \"%.*s\" already exists",
                 kind_resource(call->kind, resource), SV_ARG(call->name));
        return;
    }
    if (call->kind->flags & KIND_STATUS)
        value_unset(object, SV("status"));
    api_meta_create(call->api, &call->arena, call->kind, object);
    api_default(call, object);
    api_limits_default(call, object);
    if (!valid(call, NULL, object) || !api_limits_check(call, object) ||
        !api_quota_check(call, NULL, object))
        return;
    struct pocket_write w = write_of(call, POCKET_CREATE, NULL, object);
    if (!admit(call, &w))
        return;
    track(call, NULL, object);
    api_allocate(call, object);
    if (keep(call, &w))
        api_answer_node(call, 201, object);
}

void api_create(struct api_call *call)
{
    struct doc_node *object = api_body(call);
    if (!call->ns.ptr)
        call->ns = SV("");
    if (object)
        create(call, object);
}

static struct doc_node *current(struct api_call *call)
{
    const struct object_bytes *bytes =
        objects_get(call->api->objects, call->kind->store, call->ns, call->name);
    return bytes ? api_parse(&call->arena, call->kind, bytes) : NULL;
}

static bool conflict(struct api_call *call, const char *why)
{
    char resource[320];
    return api_fail(call, 409, NULL, "Operation cannot be fulfilled on %s \"%.*s\": %s",
                    kind_resource(call->kind, resource), SV_ARG(call->name), why);
}

bool api_fail_modified(struct api_call *call)
{
    return conflict(call, "the object has been modified; please apply your changes to the latest "
                          "version and try again");
}

static bool same_object(struct api_call *call, const struct doc_node *before,
                        const struct doc_node *now)
{
    struct sv name = api_meta(now, "name"), ns = api_meta(now, "namespace");
    struct sv version = api_meta(now, "resourceVersion"), uid = api_meta(now, "uid");
    if (name.len && !sv_eq(name, call->name))
        return api_fail(call, 400, NULL,
                        "the name of the object (%.*s) does not match the name on the URL (%.*s)",
                        SV_ARG(name), SV_ARG(call->name));
    if (ns.len && !sv_eq(ns, call->ns))
        return api_fail(call, 400, NULL,
                        "the namespace of the object (%.*s) does not match the namespace on the "
                        "request (%.*s)",
                        SV_ARG(ns), SV_ARG(call->ns));
    if (uid.len && !sv_eq(uid, api_meta(before, "uid")))
        return conflict(call, mem_must(arena_fmt(&call->arena,
                                                 "Precondition failed: UID in precondition: %.*s, "
                                                 "UID in object meta: %.*s",
                                                 SV_ARG(uid), SV_ARG(api_meta(before, "uid")))));
    if (version.len && !sv_eq(version, api_meta(before, "resourceVersion")))
        return api_fail_modified(call);
    if (!version.len && call->kind->custom) {
        api_cause_vec causes = {0};
        must_push(&causes,
                  (struct api_cause){"FieldValueInvalid", "metadata.resourceVersion",
                                     "Invalid value: 0x0: must be specified for an update"});
        bool ok = api_fail_invalid(call, &causes);
        vec_release(&causes);
        return ok;
    }
    return true;
}

static void carry(struct arena *a, const struct doc_node *from, struct doc_node *to,
                  const char *key)
{
    const struct doc_node *value = doc_get(from, key);
    if (value)
        value_set(a, to, sv_of(key), value_clone(a, value));
    else
        value_unset(to, sv_of(key));
}

/* What a client cannot change is as before. */
static void keep_servers(struct api_call *call, const struct doc_node *before, struct doc_node *now)
{
    static const char *const servers[] = {
        "name",       "namespace",         "uid",
        "generation", "creationTimestamp", "deletionTimestamp",
        "selfLink",   "resourceVersion",   "deletionGracePeriodSeconds"};
    struct doc_node *meta = api_metadata(&call->arena, now);
    for (size_t i = 0; i < ARRAY_LEN(servers); i++)
        carry(&call->arena, doc_get(before, "metadata"), meta, servers[i]);
    if (sv_is(call->sub, "status")) {
        doc_each_pair(pair, before)
            if (!sv_is(pair->key->text, "metadata") && !sv_is(pair->key->text, "status"))
                value_set(&call->arena, now, pair->key->text,
                          value_clone(&call->arena, pair->value));
    } else if (call->kind->flags & KIND_STATUS && !call->sub.len) {
        carry(&call->arena, before, now, "status");
    }
}

static bool differs(const struct doc_node *before, const struct doc_node *now, bool with_status)
{
    doc_each_pair(pair, now)
        if (!sv_is(pair->key->text, "metadata") &&
            (with_status || !sv_is(pair->key->text, "status")) &&
            !doc_equal(value_get(before, pair->key->text), pair->value))
            return true;
    doc_each_pair(pair, before)
        if ((with_status || !sv_is(pair->key->text, "status")) && !value_get(now, pair->key->text))
            return true;
    return false;
}

static bool meta_differs(const struct doc_node *before, const struct doc_node *now)
{
    const struct doc_node *old = doc_get(before, "metadata"), *new = doc_get(now, "metadata");
    return !doc_equal(old, new);
}

/* An object that only waited for its finalizers goes with the last one. */
static bool released(const struct kind *kind, const struct doc_node *now)
{
    bool emptied_first = !kind->custom && strcmp(kind->kind, "Namespace") == 0;
    const struct doc_node *grace = doc_at(now, "metadata.deletionGracePeriodSeconds");
    return !emptied_first && api_meta(now, "deletionTimestamp").len &&
           doc_count(doc_at(now, "metadata.finalizers")) == 0 &&
           (!grace || (grace->type == DOC_INT && grace->integer == 0));
}

bool api_replace(struct api_call *call, struct doc_node *before, struct doc_node *now)
{
    if (!same_object(call, before, now))
        return false;
    keep_servers(call, before, now);
    api_default(call, now);
    api_carry_allocated(call, before, now);
    if (!valid(call, before, now) || !api_quota_check(call, before, now))
        return false;
    struct pocket_write w = write_of(call, POCKET_UPDATE, before, now);
    if (!admit(call, &w))
        return false;
    if (!doc_get(doc_get(now, "metadata"), "managedFields"))
        carry(&call->arena, doc_get(before, "metadata"), api_metadata(&call->arena, now),
              "managedFields");
    if (!differs(before, now, true) && !meta_differs(before, now))
        return true;
    const struct doc_node *generation = doc_at(before, "metadata.generation");
    if (call->kind->flags & KIND_GENERATION && differs(before, now, false))
        value_set_int(&call->arena, api_metadata(&call->arena, now), "generation",
                      generation && generation->type == DOC_INT ? generation->integer + 1 : 1);
    track(call, before, now);
    api_allocate(call, now);
    struct err err = {0};
    if (!w.dry_run && released(call->kind, now)) {
        if (api_drop(call->api, &call->arena, call->kind, now, &err) != 0)
            return api_fail(call, 500, NULL, "%s", err.msg);
        return true;
    }
    return keep(call, &w);
}

void api_update(struct api_call *call)
{
    struct doc_node *now = api_body(call), *before = now ? current(call) : NULL;
    if (!now)
        return;
    if (!before)
        api_fail_not_found(call);
    else if (api_replace(call, before, now))
        api_answer_node(call, 200, now);
}

/* A patch that cannot be carried out is no fault of the object: the Status names none. */
static bool fail_patch(struct api_call *call, const struct patch_error *e)
{
    _cleanup_str_ struct str details = {0};
    if (e->code != 422 && e->code != 409)
        return api_fail(call, e->code, e->reason, "%s", e->message);
    api_causes_details(e->causes, e->cause_count, &details);
    return api_fail_details(call, e->code, e->reason, e->message, str_sv(&details));
}

static struct doc_node *patched(struct api_call *call, enum patch_type type,
                                const struct outline *outline, const struct doc_node *before,
                                const struct doc_node *patch)
{
    struct patch_error e = {0};
    struct doc_node *now = NULL;
    struct patch_writer who = writer_of(call);
    if (type == PATCH_JSON)
        now = patch_json(&call->arena, before, patch, &e);
    else if (type == PATCH_MERGE)
        now = patch_merge(&call->arena, before, patch, &e);
    else if (type == PATCH_APPLY)
        now = patch_apply(&call->arena, outline, before, patch, &who, &e);
    else
        now = patch_strategic(&call->arena, outline, before, patch, &e);
    if (!now)
        fail_patch(call, &e);
    return now;
}

/* Server-side apply makes what is not there. */
static void apply_new(struct api_call *call, const struct doc_node *intent)
{
    struct outline outline = outline_of(call);
    struct doc_node *object = patched(call, PATCH_APPLY, &outline, NULL, intent);
    if (!object)
        return;
    struct doc_node *meta = api_metadata(&call->arena, object);
    if (!api_meta(object, "name").len)
        value_set_text(&call->arena, meta, "name", call->name);
    create(call, object);
}

static bool fail_patch_type(struct api_call *call)
{
    return api_fail(
        call, 415, NULL,
        "the body of the request was in an unknown format - accepted media types include: "
        "application/json-patch+json, application/merge-patch+json%s, application/apply-patch+yaml",
        call->kind->custom ? "" : ", application/strategic-merge-patch+json");
}

struct doc_node *api_patched(struct api_call *call, const struct outline *outline,
                             const struct doc_node *before)
{
    enum patch_type type = patch_type_of(call->request->content_type);
    if (type == PATCH_NONE) {
        fail_patch_type(call);
        return NULL;
    }
    const struct doc_node *patch = api_parse_body(call, false);
    return patch ? patched(call, type == PATCH_APPLY ? PATCH_MERGE : type, outline, before, patch)
                 : NULL;
}

/* What a simulator wrote that the kind does not have is no fault of the patch. */
static void clean(struct api_call *call, struct doc_node *before)
{
    struct fields_report report = {0};
    struct outline outline = outline_of(call);
    if (call->kind->custom)
        api_prune_custom(call, before, &report);
    else
        fields_prune(&outline, before);
    fields_report_release(&report);
}

void api_patch(struct api_call *call)
{
    enum patch_type type = patch_type_of(call->request->content_type);
    if (type == PATCH_NONE) {
        fail_patch_type(call);
        return;
    }
    if (type == PATCH_APPLY && !api_param(call, "fieldManager").len) {
        api_fail(call, 400, NULL,
                 "PatchOptions.meta.k8s.io \"\" is invalid: fieldManager: Required "
                 "value: is required for apply patch");
        return;
    }
    struct doc_node *before = current(call);
    if (!before && (type != PATCH_APPLY || call->sub.len)) {
        api_fail_not_found(call);
        return;
    }
    if (before)
        clean(call, before);
    struct doc_node *patch = api_parse_body(call, false);
    if (patch && !before) {
        apply_new(call, patch);
        return;
    }
    struct outline outline = outline_of(call);
    struct doc_node *now = patch ? patched(call, type, &outline, before, patch) : NULL;
    if (now && (type == PATCH_APPLY || api_patch_fields(call, &outline, patch, now)) &&
        api_replace(call, before, now))
        api_answer_node(call, 200, now);
}
