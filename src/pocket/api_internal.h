/* What the files of the API share. */
#ifndef TOBAN_POCKET_API_INTERNAL_H
#define TOBAN_POCKET_API_INTERNAL_H

#include "pocket/api.h"
#include "pocket/show/selector.h"
#include "pocket/value.h"

#define API_SNAPSHOTS 16

struct api_user {
    char *token, *name, *groups;
};

/* A list that a client reads in chunks. */
struct api_snapshot {
    uint64_t id, version;
    object_bytes_vec list;
    bool selected; /* by selectors: what remains is not told */
};

struct pocket_api {
    struct objects *objects;
    struct kinds *kinds;
    struct pocket_hooks hooks;
    char *version, *address;
    int64_t now_ms;
    uint64_t random;
    uint64_t snapshot_count;
    uint32_t service_count;
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

/* ---- api_path.c */
/* Splits path and query into call->parts and call->params. False: an escape is wrong. */
bool api_path_split(struct api_call *call);
/* Fills group, version, plural, ns, name, sub from the parts of a resource's path; false for other
 * paths. */
bool api_path_resource(struct api_call *call);
/* Value of a parameter; absent when it is not given. */
struct sv api_param(const struct api_call *call, const char *key);
bool api_param_true(const struct api_call *call, const char *key);

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
bool api_fail_not_found(struct api_call *call);
/* A Status as one line of JSON. */
void api_status_write(struct str *out, int code, const char *reason, const char *message,
                      struct sv details);
/* "default/Success" of what was deleted. */
void api_answer_deleted(struct api_call *call, const struct doc_node *object);
/* Answers with a tree. */
void api_answer_node(struct api_call *call, int code, const struct doc_node *node);
void api_answer_bytes(struct api_call *call, int code, const struct object_bytes *bytes);

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
/* What an object gets that does not say it. */
void api_default(struct api_call *call, struct doc_node *object);

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
struct pocket_pages *api_pages_new(const struct kind *kind, struct sv head,
                                   const object_bytes_vec *list, size_t from, size_t to);

/* ---- api_write.c */
void api_create(struct api_call *call);
void api_update(struct api_call *call);
void api_patch(struct api_call *call);
/* Replaces `before` by `now` as the request's user: metadata, validation, hooks, store. False:
 * answered. */
bool api_replace(struct api_call *call, struct doc_node *before, struct doc_node *now);
/* The request's body as an object. NULL: answered. */
struct doc_node *api_body(struct api_call *call);
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
const char *api_user_name(const struct api_call *call);

/* ---- api_sub.c */
void api_subresource(struct api_call *call);

/* ---- api_auth.c */
/* Who asks. False: answered with 401. */
bool api_authenticate(struct api_call *call);
/* May they? False: answered with 403. */
bool api_authorize(struct api_call *call, const char *verb);
const struct api_user *api_user_of(const struct pocket_api *api, struct sv token);
struct api_ask {
    struct sv verb, group, resource, sub, name, ns; /* ns "": of all; name may be empty */
};
bool api_allowed(struct pocket_api *api, const struct api_user *user, const struct api_ask *ask);

/* ---- api_index.c */
/* Paths that name no object: discovery, version, health. False: it is none of them. */
bool api_index(struct api_call *call);

#endif
