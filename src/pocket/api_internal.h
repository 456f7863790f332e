/* What the files of the API share. */
#ifndef TOBAN_POCKET_API_INTERNAL_H
#define TOBAN_POCKET_API_INTERNAL_H

#include "pocket/amount.h"
#include "pocket/api.h"
#include "pocket/api_metrics.h"
#include "pocket/fields.h"
#include "pocket/patch/patch.h"
#include "pocket/schema.h"
#include "pocket/show/discovery.h"
#include "pocket/show/selector.h"
#include "pocket/show/table.h"
#include "pocket/value.h"

#define API_SNAPSHOTS 16

struct api_user {
    char *token, *name, *groups;
    int64_t expires_ms; /* since 1970; 0: never */
};

/* A list that a client reads in chunks. */
struct api_snapshot {
    uint64_t id, version;
    object_bytes_vec list;
    bool selected; /* by selectors: what remains is not told */
};

/* The OpenAPI v2 document as it was last asked for. */
struct api_openapi {
    unsigned long made; /* kinds_changes it shows; 0: none */
    struct str json, protobuf;
};

struct pocket_api {
    struct objects *objects;
    struct kinds *kinds;
    struct pocket_hooks hooks;
    char *version, *address;
    unsigned minor; /* 31 of "1.31" */
    struct api_openapi openapi;
    int64_t now_ms, started_ms;
    uint64_t random;
    struct api_metrics metrics;
    const struct kind *limit_ranges, *quotas;
    uint64_t counted; /* the version up to which quotas know of changes; 0: of none */
    bool counting;
    uint64_t snapshot_count;
    uint32_t service_count, node_port_count;
    struct api_snapshot snapshots[API_SNAPSHOTS];
    VEC(struct api_user) users;
    VEC(struct pocket_watch *) watches;
};

struct api_param {
    struct sv key, value;
};

/* One request on its way. */
struct api_call {
    struct pocket_api *api;
    const struct pocket_request *request;
    struct pocket_answer *answer;
    struct arena arena;
    const struct api_user *user; /* NULL: anonymous */
    struct sv group, version, plural, ns, name, sub;
    const struct kind *kind;
    VEC(struct api_param) params;
    VEC(struct sv) parts; /* of the path, decoded */
};

/* A built-in kind of this name. */
static inline bool api_kind_is(const struct api_call *call, const char *kind)
{
    return !call->kind->custom && strcmp(call->kind->kind, kind) == 0;
}

/* Does this Kubernetes warn of the kind's version? */
static inline bool api_is_deprecated(const struct pocket_api *api, const struct kind *kind)
{
    return kind->deprecated && api->minor >= kind->deprecated;
}

/* ---- api_path.c */
/* Splits path and query into call->parts and call->params. False: an escape is wrong. */
bool api_path_split(struct api_call *call);
/* Fills group, version, plural, ns, name, sub from the parts of a resource's path; false for other
 * paths. */
bool api_path_resource(struct api_call *call);
/* Value of a parameter; absent when it is not given. */
struct sv api_param(const struct api_call *call, const char *key);
bool api_param_true(const struct api_call *call, const char *key);

/* ---- api_view.c */
/* The form in which a client wants objects. */
enum api_form { VIEW_OBJECT, VIEW_TABLE, VIEW_METADATA };
struct api_view {
    enum api_form form;
    const struct kind *kind;
    struct table_request table;
    struct sv version; /* of meta.k8s.io; constant */
};
/* What Accept asks for. False: answered (406, 400). */
bool api_view_of(struct api_call *call, struct api_view *view);
/* An object as this view shows it: a Table of one row with its head; a row or item of a list. */
void api_view_object(struct api_view *view, const struct object_bytes *bytes, struct str *out);
void api_view_item(const struct api_view *view, const struct object_bytes *bytes, struct str *out);
/* A list up to its first item; metadata is JSON. "]}" ends it. */
void api_view_head(const struct api_view *view, struct sv metadata, struct str *out);

/* The media types of Accept one after the other: *rest is moved. */
struct api_media {
    struct sv type, as, group, version;
};
struct api_media api_media_next(struct sv *rest);

/* ---- api_status.c */
struct api_cause {
    const char *reason, *field, *message;
};
typedef VEC(struct api_cause) api_cause_vec;
/* Answers with a Status about call->kind and call->name; returns false. reason NULL: what goes with
 * the code. */
bool api_fail(struct api_call *call, int code, const char *reason, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
/* As above about another name or resource; details as JSON. */
bool api_fail_details(struct api_call *call, int code, const char *reason, const char *message,
                      struct sv details);
bool api_fail_refusal(struct api_call *call, const struct pocket_refusal *r);
/* 422 about the fields named in causes. */
bool api_fail_invalid(struct api_call *call, const api_cause_vec *causes);
void api_add_cause(api_cause_vec *causes, const char *reason, const char *field,
                   const char *message);
/* Details of a Status with nothing but causes, as JSON. */
void api_causes_details(const struct patch_cause *causes, size_t count, struct str *out);
bool api_fail_not_found(struct api_call *call);
/* 403: 'pods "a" is forbidden: …', as admission says it; returns false. */
bool api_forbid(struct api_call *call, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* A Status as one line of JSON. */
void api_status_write(struct str *out, int code, const char *reason, const char *message,
                      struct sv details);
/* "default/Success" of what was deleted. */
void api_answer_deleted(struct api_call *call, const struct doc_node *object);
/* Answers with a tree. */
void api_answer_node(struct api_call *call, int code, const struct doc_node *node);

/* ---- api_meta.c */
/* The stored bytes as an object of this kind: with apiVersion and kind. Appended. */
void api_print(const struct kind *kind, const struct object_bytes *bytes, struct str *out);
struct doc_node *api_parse(struct arena *a, const struct kind *kind,
                           const struct object_bytes *bytes);
/* Writes the object under the next version. */
int api_store(struct pocket_api *api, struct arena *a, const struct kind *kind,
              struct doc_node *object, struct err *err);
struct sv api_time(const struct pocket_api *api, struct arena *a);
struct sv api_new_uid(struct pocket_api *api, struct arena *a);
struct sv api_new_name(struct pocket_api *api, struct arena *a, struct sv prefix);
struct doc_node *api_metadata(struct arena *a, struct doc_node *object);
/* Fills what a new object's metadata lack. */
void api_meta_create(struct pocket_api *api, struct arena *a, const struct kind *kind,
                     struct doc_node *object);
struct sv api_meta(const struct doc_node *object, const char *key);

/* ---- api_valid.c */
/* Appends what is wrong with an object (before NULL: a new one). */
void api_validate(struct api_call *call, const struct doc_node *before, const struct doc_node *now,
                  api_cause_vec *causes);
/* The part of it that looks at what was there. */
void api_validate_change(struct api_call *call, const struct doc_node *before,
                         const struct doc_node *now, api_cause_vec *causes);
/* A map of texts as Go prints it: map[string]string{"a":"b"}. NULL: a nil one. */
const char *api_go_texts(struct arena *a, const struct doc_node *map);
/* What an object gets that does not say it. */
void api_default(struct api_call *call, struct doc_node *object);

/* ---- api_limits.c: LimitRanges */
/* What a new pod's containers get that they do not say. */
void api_limits_default(struct api_call *call, struct doc_node *object);
/* False: it asks for too little or too much; answered with 403. */
bool api_limits_check(struct api_call *call, const struct doc_node *object);

/* ---- api_usage.c: what an object counts for in a ResourceQuota */
/* The kind is the one that is stored. Names live as long as the object and the arena. */
void api_usage(struct arena *a, const struct kind *kind, const struct doc_node *object,
               struct amounts *out);
/* Is it among what the scopes of the quota's spec choose? */
bool api_usage_in_scope(const struct kind *kind, const struct doc_node *object,
                        const struct doc_node *spec);
/* Resources of the list that a pod's containers have to say and do not: "cpu,memory", with the
 * names of these "cpu for: app; memory for: app"; appended. */
void api_usage_missing(const struct doc_node *pod, const struct amounts *hard, bool names,
                       struct str *out);

/* ---- api_quota.c */
/* May an object be made, or become another one? False: answered with 403. before NULL: a new one.
 */
bool api_quota_check(struct api_call *call, const struct doc_node *before,
                     const struct doc_node *now);
/* Brings the status of all quotas up to the last change. */
void api_quota_keep(struct pocket_api *api);

/* ---- api_allocate.c */
/* What the server adds by itself; nobody owns it. */
void api_allocate(struct api_call *call, struct doc_node *object);
/* What it added before stays where an update does not say it. */
void api_carry_allocated(struct api_call *call, const struct doc_node *before,
                         struct doc_node *now);

/* ---- api_crd.c */
bool api_is_crd(const struct kind *kind);
/* Names and conversion of a definition. */
void api_default_crd(struct api_call *call, struct doc_node *object);
/* Its status: it takes effect at once. */
void api_establish(struct api_call *call, struct doc_node *object);
void api_validate_crd(struct api_call *call, const struct doc_node *object, api_cause_vec *causes);
/* By the schema of the request's custom kind; without one nothing is done. */
void api_default_custom(struct api_call *call, struct doc_node *object);
void api_validate_custom(struct api_call *call, const struct doc_node *object,
                         api_cause_vec *causes);
/* Leaves out what the schema does not have, and adds it to the report. */
void api_prune_custom(struct api_call *call, struct doc_node *object, struct fields_report *report);

/* ---- api_read.c */
void api_get(struct api_call *call);
void api_list(struct api_call *call);
/* Selectors of the request. False: answered. */
struct api_filter {
    struct selector *labels, *fields;
};
bool api_filter_of(struct api_call *call, struct api_filter *filter);
void api_filter_release(struct api_filter *filter);
bool api_filter_any(const struct api_filter *filter);
bool api_filter_matches(const struct api_filter *filter, const struct kind *kind,
                        const struct object_bytes *bytes);

/* ---- watch.c, pages.c */
void api_watch(struct api_call *call);
void api_notice(struct pocket_api *api);
struct pocket_pages *api_pages_new(const struct api_view *view, struct sv head,
                                   const object_bytes_vec *list, size_t from, size_t to);

/* ---- api_body.c */
/* The request's body as a tree of value.h; checked: fields its kind does not have are told as
 * fieldValidation says, and left out. NULL: answered. */
struct doc_node *api_parse_body(struct api_call *call, bool checked);
/* The request's body as an object of its kind. NULL: answered. */
struct doc_node *api_body(struct api_call *call);
enum api_fields { API_FIELDS_IGNORE, API_FIELDS_WARN, API_FIELDS_STRICT };
enum api_fields api_fields_mode(const struct api_call *call);
/* False: fieldValidation has no known value; answered. */
bool api_fields_param(struct api_call *call);
/* "strict decoding error: …" of all faults. */
void api_fields_text(const struct fields_report *r, struct str *out);
/* A Warning header for each fault, where they are wanted. */
void api_fields_warn(struct api_call *call, const struct fields_report *r);
/* As api_parse_body, of what a patch made. False: answered. */
bool api_patch_fields(struct api_call *call, const struct outline *outline,
                      const struct doc_node *patch, struct doc_node *now);

/* ---- api_write.c */
void api_create(struct api_call *call);
void api_update(struct api_call *call);
void api_patch(struct api_call *call);
/* 409: somebody else was faster. */
bool api_fail_modified(struct api_call *call);
/* What the request's patch makes of an object of this outline, which nobody owns. NULL: answered.
 */
struct doc_node *api_patched(struct api_call *call, const struct outline *outline,
                             const struct doc_node *before);
/* Replaces `before` by `now` as the request's user: metadata, validation, hooks, store. False:
 * answered. */
bool api_replace(struct api_call *call, struct doc_node *before, struct doc_node *now);
bool api_dry_run(const struct api_call *call);
/* After a stored write: kinds that come and go with definitions. */
void api_effects(struct pocket_api *api, const struct kind *kind, const struct doc_node *now,
                 bool removed);

/* ---- api_delete.c */
struct api_deletion {
    int64_t grace; /* seconds; -1: the object's own */
    enum { DELETE_BACKGROUND, DELETE_FOREGROUND, DELETE_ORPHAN } policy;
    struct sv uid, version; /* preconditions; absent: none */
    bool dry_run;
};
void api_delete(struct api_call *call);
void api_delete_collection(struct api_call *call);
/* Deletes as far as finalizers and grace allow. True when the object is gone; *left is its last
 * state. */
bool api_delete_object(struct pocket_api *api, struct arena *a, const struct kind *kind,
                       struct doc_node *object, const struct api_deletion *how, const char *user);
/* Takes it out of the store and collects what it owned. */
int api_drop(struct pocket_api *api, struct arena *a, const struct kind *kind,
             struct doc_node *object, struct err *err);
/* The same with every object of a kind. */
void api_drop_all(struct pocket_api *api, const struct kind *kind);
const char *api_user_name(const struct api_call *call);

/* ---- api_sub.c */
void api_subresource(struct api_call *call);

/* ---- api_login.c */
/* Who asks, or for whom. False: answered with 401 or 403. */
bool api_authenticate(struct api_call *call);
/* NULL: nobody has this token, or it is over. */
const struct api_user *api_user_of(const struct pocket_api *api, struct sv token);
/* Answers a TokenRequest about the service account of the path. */
void api_token(struct api_call *call);

/* ---- api_auth.c */
/* May they? False: answered with 403. */
bool api_authorize(struct api_call *call, const char *verb);
struct api_ask {
    struct sv verb, group, resource, sub, name, ns; /* ns "": of all; name may be empty */
    struct sv path;                                 /* of what is no resource; absent: it is one */
};
bool api_allowed(struct pocket_api *api, const struct api_user *user, const struct api_ask *ask);
/* Calls fn with each rule that holds for the user in a namespace ("": cluster-wide ones only), and
 * stops when it says false. Nodes live until fn returns. */
void api_each_rule(struct pocket_api *api, const struct api_user *user, struct sv ns,
                   bool (*fn)(void *ctx, const struct doc_node *rule), void *ctx);
bool api_is_master(const struct api_user *user);

/* ---- api_review.c */
/* Answers a question about rights and logins. */
void api_review(struct api_call *call);

/* ---- api_openapi.c */
/* Answers /openapi/…. False: nothing is there. */
bool api_openapi(struct api_call *call, const struct discovery *d);
void api_openapi_release(struct api_openapi *o);

/* ---- api_index.c */
/* Paths that name no object: discovery, version, health. False: it is none of them. */
bool api_index(struct api_call *call);

#endif
