#include "base/must.h"
#include "base/timestamp.h"
#include "pocket/api_internal.h"

#define FOREGROUND "foregroundDeletion"

static bool has_finalizer(const struct doc_node *object, const char *name)
{
    doc_each_item(item, doc_at(object, "metadata.finalizers"))
        if (sv_is(doc_string(item), name))
            return true;
    return false;
}

static void add_finalizer(struct arena *a, struct doc_node *object, const char *name)
{
    struct doc_node *meta = api_metadata(a, object), *list = doc_get(meta, "finalizers");
    if (has_finalizer(object, name))
        return;
    if (!list || list->type != DOC_SEQ)
        value_set(a, meta, SV("finalizers"), list = value_list(a));
    value_push(a, list, value_text(a, sv_of(name)));
}

static void drop_finalizer(struct doc_node *object, const char *name)
{
    struct doc_node *meta = doc_get(object, "metadata"), *list = doc_get(meta, "finalizers");
    for (uint32_t i = 0; i < doc_count(list);)
        if (sv_is(doc_string(list->items[i]), name))
            value_remove(list, i);
        else
            i++;
    if (list && doc_count(list) == 0)
        value_unset(meta, SV("finalizers"));
}

static struct doc_node *dependent_at(const struct pocket_api *api, struct arena *a,
                                     const struct object_place *place, const struct kind **kind)
{
    *kind = kinds_of_store(api->kinds, place->store);
    const struct object_bytes *bytes =
        *kind ? objects_get(api->objects, place->store, place->ns, place->name) : NULL;
    return bytes ? api_parse(a, *kind, bytes) : NULL;
}

static bool owner_lives(const struct pocket_api *api, struct arena *a, const struct doc_node *ref,
                        struct sv ns)
{
    const struct kind *kind =
        kinds_of_object(api->kinds, doc_get_string(ref, "apiVersion"), doc_get_string(ref, "kind"));
    if (!kind)
        return false;
    struct sv where = kind->flags & KIND_NAMESPACED ? ns : SV("");
    const struct object_bytes *bytes =
        objects_get(api->objects, kind->store, where, doc_get_string(ref, "name"));
    return bytes && sv_eq(api_meta(api_parse(a, kind, bytes), "uid"), doc_get_string(ref, "uid"));
}

/* Takes the owner out of the references; false: there is no other owner that lives. */
static bool disowned(const struct pocket_api *api, struct arena *a, struct doc_node *object,
                     struct sv uid)
{
    struct doc_node *meta = api_metadata(a, object), *refs = doc_get(meta, "ownerReferences");
    bool other = false;
    for (uint32_t i = 0; i < doc_count(refs);) {
        if (sv_eq(doc_get_string(refs->items[i], "uid"), uid)) {
            value_remove(refs, i);
            continue;
        }
        other = other || owner_lives(api, a, refs->items[i], api_meta(object, "namespace"));
        i++;
    }
    if (doc_count(refs) == 0)
        value_unset(meta, SV("ownerReferences"));
    return other;
}

/* Every dependent of an owner that goes: kept without it, or deleted. */
static void collect(struct pocket_api *api, struct arena *a, struct sv uid, bool orphan,
                    bool foreground)
{
    object_place_vec places = {0};
    objects_dependents(api->objects, uid, &places);
    vec_foreach(place, &places) { /* names are borrowed until the first write */
        place->ns = sv_of(mem_must(arena_dup(a, place->ns)));
        place->name = sv_of(mem_must(arena_dup(a, place->name)));
    }
    vec_foreach(place, &places) {
        const struct kind *kind;
        struct doc_node *object = dependent_at(api, a, place, &kind);
        if (!object)
            continue;
        struct doc_node *kept = value_clone(a, object);
        struct err err = {0};
        if (disowned(api, a, kept, uid) || orphan) {
            api_store(api, a, kind, kept, &err);
            continue;
        }
        struct api_deletion how = {-1, foreground ? DELETE_FOREGROUND : DELETE_BACKGROUND, SV_NONE,
                                   SV_NONE, false};
        api_delete_object(api, a, kind, object, &how,
                          "system:serviceaccount:kube-system:"
                          "generic-garbage-collector");
    }
    vec_release(&places);
}

static size_t dependent_count(const struct pocket_api *api, struct sv uid)
{
    object_place_vec places = {0};
    objects_dependents(api->objects, uid, &places);
    size_t n = places.len;
    vec_release(&places);
    return n;
}

/* An owner that waited (foreground) for its last dependent goes. */
static void release_owners(struct pocket_api *api, struct arena *a, const struct doc_node *object)
{
    doc_each_item(ref, doc_at(object, "metadata.ownerReferences")) {
        const struct kind *kind = kinds_of_object(api->kinds, doc_get_string(ref, "apiVersion"),
                                                  doc_get_string(ref, "kind"));
        const struct object_bytes *bytes =
            kind ? objects_get(api->objects, kind->store,
                               kind->flags & KIND_NAMESPACED ? api_meta(object, "namespace")
                                                             : SV(""),
                               doc_get_string(ref, "name"))
                 : NULL;
        struct doc_node *owner = bytes ? api_parse(a, kind, bytes) : NULL;
        struct err err = {0};
        if (!owner || !has_finalizer(owner, FOREGROUND) ||
            dependent_count(api, doc_get_string(ref, "uid")) > 0)
            continue;
        drop_finalizer(owner, FOREGROUND);
        if (doc_count(doc_at(owner, "metadata.finalizers")) > 0)
            api_store(api, a, kind, owner, &err);
        else
            api_drop(api, a, kind, owner, &err);
    }
}

static const struct kind *namespace_kind(const struct pocket_api *api)
{
    return kinds_find(api->kinds, SV(""), SV("v1"), SV("namespaces"));
}

static bool namespace_empty(const struct pocket_api *api, struct sv ns)
{
    bool empty = true;
    for (size_t store = 0; empty && store < kinds_stores(api->kinds); store++) {
        const struct kind *kind = kinds_of_store(api->kinds, store);
        object_bytes_vec list = {0};
        if (kind && kind->flags & KIND_NAMESPACED)
            objects_list(api->objects, store, ns, &list);
        empty = list.len == 0;
        objects_list_release(&list);
    }
    return empty;
}

/* A namespace that is being terminated goes with the last object in it. */
static void close_namespace(struct pocket_api *api, struct arena *a, struct sv name)
{
    const struct kind *kind = namespace_kind(api);
    const struct object_bytes *bytes = objects_get(api->objects, kind->store, SV(""), name);
    struct doc_node *ns = bytes ? api_parse(a, kind, bytes) : NULL;
    struct err err = {0};
    if (ns && api_meta(ns, "deletionTimestamp").len && namespace_empty(api, name))
        api_drop(api, a, kind, ns, &err);
}

static void empty_namespace(struct pocket_api *api, struct arena *a, struct sv name)
{
    const struct api_deletion how = {-1, DELETE_BACKGROUND, SV_NONE, SV_NONE, false};
    for (size_t store = 0; store < kinds_stores(api->kinds); store++) {
        const struct kind *kind = kinds_of_store(api->kinds, store);
        object_bytes_vec list = {0};
        if (kind && kind->flags & KIND_NAMESPACED)
            objects_list(api->objects, store, name, &list);
        vec_foreach(bytes, &list) {
            struct doc_node *object = api_parse(a, kind, *bytes);
            if (objects_get(api->objects, store, name, api_meta(object, "name")) == *bytes)
                api_delete_object(api, a, kind, object, &how,
                                  "system:serviceaccount:kube-system:namespace-controller");
        }
        objects_list_release(&list);
    }
}

static int take_out(struct pocket_api *api, struct arena *a, const struct kind *kind,
                    struct doc_node *object, struct err *err)
{
    _cleanup_str_ struct str json = {0};
    const char *version =
        mem_must(arena_fmt(a, "%llu", (unsigned long long)objects_next_version(api->objects)));
    value_set_text(a, api_metadata(a, object), "resourceVersion", sv_of(version));
    struct doc_node *stored = value_clone(a, object);
    value_unset(stored, SV("apiVersion"));
    value_unset(stored, SV("kind"));
    if (!value_write(stored, &json))
        return err_set(err, ERR_LIMIT, "the object is nested too deeply");
    struct sv ns = kind->flags & KIND_NAMESPACED ? api_meta(object, "namespace") : SV("");
    return objects_remove(api->objects, kind->store, ns, api_meta(object, "name"), str_sv(&json),
                          err);
}

int api_drop(struct pocket_api *api, struct arena *a, const struct kind *kind,
             struct doc_node *object, struct err *err)
{
    if (take_out(api, a, kind, object, err) != 0)
        return -1;
    api_effects(api, kind, object, true);
    api_notice(api);
    collect(api, a, api_meta(object, "uid"), has_finalizer(object, "orphan"), false);
    release_owners(api, a, object);
    if (kind->flags & KIND_NAMESPACED)
        close_namespace(api, a, api_meta(object, "namespace"));
    return 0;
}

void api_drop_all(struct pocket_api *api, const struct kind *kind)
{
    object_bytes_vec list = {0};
    objects_list(api->objects, kind->store, SV_NONE, &list);
    vec_foreach(bytes, &list) {
        _cleanup_arena_ struct arena a = {0};
        struct err err = {0};
        api_drop(api, &a, kind, api_parse(&a, kind, *bytes), &err);
    }
    objects_list_release(&list);
}

static int64_t grace_of(const struct kind *kind, const struct doc_node *object,
                        const struct api_deletion *how)
{
    const struct doc_node *own = doc_at(object, "spec.terminationGracePeriodSeconds");
    struct sv phase = doc_string(doc_at(object, "status.phase"));
    if (kind->custom || strcmp(kind->kind, "Pod") != 0)
        return 0;
    if (!doc_get_string(doc_get(object, "spec"), "nodeName").len || sv_is(phase, "Succeeded") ||
        sv_is(phase, "Failed"))
        return 0;
    if (how->grace >= 0)
        return how->grace;
    return own && own->type == DOC_INT && own->integer >= 0 ? own->integer : 30;
}

static void mark(struct pocket_api *api, struct arena *a, struct doc_node *object, int64_t grace)
{
    char when[TIMESTAMP_TEXT_MAX];
    struct doc_node *meta = api_metadata(a, object);
    timestamp_format(api->now_ms / 1000 + grace, when);
    value_set_text(a, meta, "deletionTimestamp", sv_of(when));
    value_set_int(a, meta, "deletionGracePeriodSeconds", grace);
}

/* True when a deletion that is under way would not become shorter. */
static bool marked_already(const struct doc_node *object, int64_t grace)
{
    const struct doc_node *had = doc_at(object, "metadata.deletionGracePeriodSeconds");
    return api_meta(object, "deletionTimestamp").len && (!had || had->integer <= grace);
}

static bool mark_and_tell(struct pocket_api *api, struct arena *a, const struct kind *kind,
                          struct doc_node *object, int64_t grace, const char *user)
{
    struct err err = {0};
    struct doc_node *before = value_clone(a, object);
    if (marked_already(object, grace))
        return false;
    mark(api, a, object, grace);
    if (api_store(api, a, kind, object, &err) == 0 && api->hooks.wrote)
        api->hooks.wrote(api->hooks.ctx,
                         &(struct pocket_write){POCKET_DELETE, kind, api_meta(object, "namespace"),
                                                api_meta(object, "name"), SV(""), before, object,
                                                user, a, false});
    return false;
}

bool api_delete_object(struct pocket_api *api, struct arena *a, const struct kind *kind,
                       struct doc_node *object, const struct api_deletion *how, const char *user)
{
    struct err err = {0};
    struct sv uid = api_meta(object, "uid");
    bool is_namespace = kind == namespace_kind(api);
    int64_t grace = grace_of(kind, object, how);
    if (how->dry_run)
        return true;
    if (how->policy == DELETE_ORPHAN)
        collect(api, a, uid, true, false);
    if (how->policy == DELETE_FOREGROUND && dependent_count(api, uid) > 0) {
        add_finalizer(a, object, FOREGROUND);
        mark_and_tell(api, a, kind, object, grace, user);
        collect(api, a, uid, false, true);
        return dependent_count(api, uid) == 0;
    }
    if (is_namespace) {
        struct doc_node *status = value_need_map(a, object, SV("status"));
        value_set_text(a, status, "phase", SV("Terminating"));
        mark_and_tell(api, a, kind, object, 0, user);
        empty_namespace(api, a, api_meta(object, "name"));
        close_namespace(api, a, api_meta(object, "name"));
        return false;
    }
    if (grace > 0 || doc_count(doc_at(object, "metadata.finalizers")) > 0)
        return mark_and_tell(api, a, kind, object, grace, user);
    struct doc_node *before = value_clone(a, object);
    if (api_drop(api, a, kind, object, &err) == 0 && api->hooks.wrote)
        api->hooks.wrote(api->hooks.ctx,
                         &(struct pocket_write){POCKET_DELETE, kind, api_meta(object, "namespace"),
                                                api_meta(object, "name"), SV(""), before, NULL,
                                                user, a, false});
    return true;
}

static void policy_of(struct api_deletion *how, struct sv policy)
{
    if (sv_is(policy, "Foreground"))
        how->policy = DELETE_FOREGROUND;
    else if (sv_is(policy, "Orphan"))
        how->policy = DELETE_ORPHAN;
}

static bool read_options(struct api_call *call, struct api_deletion *how)
{
    uint64_t grace;
    *how = (struct api_deletion){-1, DELETE_BACKGROUND, SV_NONE, SV_NONE, api_dry_run(call)};
    policy_of(how, api_param(call, "propagationPolicy"));
    if (sv_to_u64(api_param(call, "gracePeriodSeconds"), &grace) && grace < INT32_MAX)
        how->grace = (int64_t)grace;
    if (!call->request->body.len)
        return true;
    const struct doc_node *options = api_parse_body(call, false);
    if (!options)
        return false;
    const struct doc_node *seconds = doc_get(options, "gracePeriodSeconds");
    if (seconds && seconds->type == DOC_INT)
        how->grace = seconds->integer < 0 ? 1 : seconds->integer;
    policy_of(how, doc_get_string(options, "propagationPolicy"));
    how->uid = doc_string(doc_at(options, "preconditions.uid"));
    how->version = doc_string(doc_at(options, "preconditions.resourceVersion"));
    how->dry_run = how->dry_run || doc_count(doc_get(options, "dryRun")) > 0;
    return true;
}

static bool precondition(struct api_call *call, const char *what, struct sv wanted, struct sv have)
{
    char resource[320];
    if (!wanted.len || sv_eq(wanted, have))
        return true;
    return api_fail(call, 409, NULL,
                    "Operation cannot be fulfilled on %s \"%.*s\": Precondition failed: %s in "
                    "precondition: %.*s, %s in object meta: %.*s",
                    kind_resource(call->kind, resource), SV_ARG(call->name), what, SV_ARG(wanted),
                    what, SV_ARG(have));
}

/* Kinds whose deletion is answered with the object rather than with a Status. */
static bool shows_deleted(const struct kind *kind)
{
    static const char *const kinds[] = {
        "Pod",         "PersistentVolumeClaim", "PersistentVolume", "ServiceAccount",
        "PodTemplate", "ResourceQuota"};
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
        if (!kind->custom && strcmp(kind->kind, kinds[i]) == 0)
            return true;
    return false;
}

void api_delete(struct api_call *call)
{
    struct api_deletion how;
    const struct object_bytes *bytes =
        objects_get(call->api->objects, call->kind->store, call->ns, call->name);
    if (!bytes) {
        api_fail_not_found(call);
        return;
    }
    struct doc_node *object = api_parse(&call->arena, call->kind, bytes);
    if (!read_options(call, &how) || !precondition(call, "UID", how.uid, api_meta(object, "uid")) ||
        !precondition(call, "ResourceVersion", how.version, api_meta(object, "resourceVersion")))
        return;
    bool gone =
        api_delete_object(call->api, &call->arena, call->kind, object, &how, api_user_name(call));
    if (gone && !shows_deleted(call->kind))
        api_answer_deleted(call, object);
    else
        api_answer_node(call, 200, object);
}

void api_delete_collection(struct api_call *call)
{
    struct api_deletion how;
    struct api_filter filter;
    if (!read_options(call, &how) || !api_filter_of(call, &filter))
        return;
    object_bytes_vec list = {0};
    objects_list(call->api->objects, call->kind->store, call->ns, &list);
    vec_foreach(bytes, &list) {
        if (!api_filter_matches(&filter, call->kind, *bytes))
            continue;
        struct doc_node *object = api_parse(&call->arena, call->kind, *bytes);
        if (objects_get(call->api->objects, call->kind->store,
                        call->kind->flags & KIND_NAMESPACED ? api_meta(object, "namespace")
                                                            : SV(""),
                        api_meta(object, "name")) == *bytes)
            api_delete_object(call->api, &call->arena, call->kind, object, &how,
                              api_user_name(call));
    }
    objects_list_release(&list);
    api_filter_release(&filter);
    call->answer->status = 200;
    call->answer->content_type = "application/json";
    str_adds(&call->answer->body, "{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"metadata\":{},"
                                  "\"status\":\"Success\",\"details\":{");
    str_addf(&call->answer->body, "\"kind\":\"%s\"}}\n", call->kind->plural);
}
