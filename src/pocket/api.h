/*
 * api: the Kubernetes API of the pocket without sockets: a request in, an answer or a watch out.
 *
 * Here are paths, verbs, rights, validation, resourceVersions, finalizers and garbage collection.
 * Not here: HTTP (front), what a controller or a kubelet does (life: it is called by the hooks and
 * writes by pocket_api_write). One thread owns it; time comes by pocket_api_set_time.
 */
#ifndef TOBAN_POCKET_API_H
#define TOBAN_POCKET_API_H

#include "base/str.h"
#include "pocket/kinds.h"
#include "pocket/objects.h"

#define POCKET_ADMIN_USER "kubernetes-admin"

struct pocket_api;
struct pocket_watch;
struct pocket_pages;

struct pocket_api_config {
    const char *version;     /* of Kubernetes: "1.31" */
    const char *admin_token; /* of a user in system:masters */
    const char *address;     /* "127.0.0.1:6443", for /api */
    int64_t unix_ms;         /* the time it starts at */
};

/* Texts of the configuration are copied. Makes the namespaces default, kube-system, kube-public and
 * kube-node-lease. */
struct pocket_api *pocket_api_new(const struct pocket_api_config *config);
/* Watches and pages must have been freed. NULL-safe. */
void pocket_api_free(struct pocket_api *api);

/* Milliseconds since 1970 of the pocket's own clock; never goes back. */
void pocket_api_set_time(struct pocket_api *api, int64_t unix_ms);
struct objects *pocket_api_objects(struct pocket_api *api);
struct kinds *pocket_api_kinds(struct pocket_api *api);

/* A further login: "Bearer token" is this user in these groups (parted by spaces;
 * system:authenticated is added). What it may do, RBAC objects say. */
void pocket_api_add_user(struct pocket_api *api, struct sv token, const char *user,
                         const char *groups);

struct pocket_request {
    struct sv method;       /* "GET" */
    struct sv path;         /* percent-encoded, without query */
    struct sv query;        /* absent: none */
    struct sv accept;       /* absent: JSON */
    struct sv content_type; /* of the body */
    struct sv user_agent;
    struct sv authorization;      /* "Bearer …"; absent: system:anonymous */
    struct sv impersonate_user;   /* absent: the asker acts for themself */
    struct sv impersonate_groups; /* parted by commas; absent: none */
    struct sv body;
};

/*
 * Exactly one of these answers it: body (complete), watch (a stream of events), pages (a list that
 * is written piece by piece), stream (log text or a session that a hook answers). Zeroed before
 * use; pocket_answer_release frees all of it, so take what goes on (steal_ptr).
 */
struct pocket_answer {
    int status;
    const char *content_type;
    struct str headers; /* further "Name: value\r\n" lines: Warning, Retry-After */
    struct str body;
    struct pocket_watch *watch;
    struct pocket_pages *pages;
    void *stream; /* what the hook `session` gave; its owner knows how to go on with it */
};
void pocket_answer_release(struct pocket_answer *a);
#define _cleanup_pocket_answer_ _cleanup_(pocket_answer_release)

/* Always fills *out: what fails is answered with a Status. */
void pocket_api_handle(struct pocket_api *api, const struct pocket_request *request,
                       struct pocket_answer *out);

/* Appends events (each a line of JSON) until `room` bytes are there or there are none. False: the
 * watch ended (its time is over, its version is too old: the last event said so). */
bool pocket_watch_read(struct pocket_watch *w, size_t room, struct str *out);
/* fn is called after each write that a watch may be interested in, and when its time is over: read
 * then. One per watch; called inside pocket_api_* calls, so it must not call back into the API. */
void pocket_watch_listen(struct pocket_watch *w, void (*fn)(void *ctx), void *ctx);
/* NULL-safe. */
void pocket_watch_free(struct pocket_watch *w);

/* Appends about `room` further bytes of the list. False: it is complete. */
bool pocket_pages_read(struct pocket_pages *p, size_t room, struct str *out);
/* NULL-safe. */
void pocket_pages_free(struct pocket_pages *p);

/* Why a hook refuses. Texts are the request's arena's or constant. */
struct pocket_refusal {
    int code;           /* 403, 409, 422, 429, 500 … */
    const char *reason; /* "Forbidden", "TooManyRequests"; NULL: what goes with the code */
    const char *message;
    const char *details;  /* JSON of Status.details, NULL: the object's name and kind */
    unsigned retry_after; /* seconds; 0: none */
};

enum pocket_verb { POCKET_CREATE, POCKET_UPDATE, POCKET_DELETE };

/* One write of a client. */
struct pocket_write {
    enum pocket_verb verb;
    const struct kind *kind;
    struct sv ns, name;
    struct sv subresource;         /* "", "status", "scale", "binding", "eviction" */
    const struct doc_node *before; /* NULL when it is created */
    struct doc_node *now;          /* NULL when it was taken out; made by value.h, in `arena` */
    const char *user;
    struct arena *arena;
    bool dry_run;
};

/* Each may be NULL. */
struct pocket_hooks {
    void *ctx;
    /* Before it is stored, after validation: may change w->now. False with *r filled: refused. */
    bool (*admit)(void *ctx, const struct pocket_write *w, struct pocket_refusal *r);
    /* After it was stored (never for dry runs, never for pocket_api_write's own). */
    void (*wrote)(void *ctx, const struct pocket_write *w);
    /* May this pod be evicted? False with *r filled (429 with details of its budget): no. NULL
     * hook: every pod may. What it allows is deleted with its grace, and told by `wrote`. */
    bool (*evict)(void *ctx, const struct pocket_write *w, struct pocket_refusal *r);
    /* The text of a container's log; appended. container "" is the only one. */
    bool (*log)(void *ctx, const struct doc_node *pod, struct sv container, struct sv query,
                struct str *out, struct pocket_refusal *r);
    /* exec, attach, port-forward: what the front is to go on with, or NULL with *r filled. */
    void *(*session)(void *ctx, const struct doc_node *pod, struct sv subresource, struct sv query,
                     struct pocket_refusal *r);
};
/* Copied. */
void pocket_api_set_hooks(struct pocket_api *api, const struct pocket_hooks *hooks);

/*
 * The simulator's own write: the object (a tree made by value.h, changed in place: uid,
 * creationTimestamp and resourceVersion are filled in) replaces what is there. No rights, no
 * validation, no hooks; finalizers and owners hold. -1 when the kind is unknown or it is too large.
 */
int pocket_api_write(struct pocket_api *api, struct arena *a, struct doc_node *object,
                     struct err *err);
/* As above, from the text of one object with apiVersion and kind. */
int pocket_api_load(struct pocket_api *api, struct sv json, struct err *err);
/* The same for an object of this kind as the simulator's own bytes. apiVersion and kind need not be
 * there; when they are, they come first, then metadata. With uid, creationTimestamp (and generation
 * where the kind counts it) only metadata are read, and all is kept as it is written: the JSON must
 * be right, and keys are not sorted. */
int pocket_api_put(struct pocket_api *api, const struct kind *kind, struct sv json,
                   struct err *err);
/* Takes an object out at once, whatever its finalizers say, and lets the garbage collector do its
 * part. 0 also when there is none. */
int pocket_api_remove(struct pocket_api *api, const struct kind *kind, struct sv ns, struct sv name,
                      struct err *err);
/* A controller's DELETE, with what it owns in the background: finalizers hold, hooks are told. No
 * effect when there is none. */
void pocket_api_delete(struct pocket_api *api, const struct kind *kind, struct sv ns,
                       struct sv name);
/* A parsed copy in the arena that can be changed; NULL when there is none. */
struct doc_node *pocket_api_read(struct pocket_api *api, struct arena *a, const struct kind *kind,
                                 struct sv ns, struct sv name);

#endif
