/*
 * client: one Kubernetes API server, one login. Requests, retries, limits, and the server's errors
 * in words. Lists are kube/list.h, watches kube/watch.h, what the server offers kube/discovery.h.
 *
 * Blocks the calling thread. A client belongs to one thread at a time; make one per thread.
 * Nothing here knows what kinds mean.
 */
#ifndef TOBAN_KUBE_CLIENT_H
#define TOBAN_KUBE_CLIENT_H

#include "base/err.h"
#include "base/str.h"
#include "base/version.h"
#include "doc/doc.h"
#include "kube/config.h"

#define KUBE_REPLY_MAX ((size_t)256 << 20) /* bytes of one answer (a page of a list) */

struct kube_client;

/* Limits and manners. Zeroed: the defaults in brackets. */
struct kube_limits {
    unsigned max_in_flight;      /* requests at once [6] */
    unsigned qps;                /* requests per second in the long run [50]; the server's own flow
                                    control (429 + Retry-After) is always honoured */
    unsigned burst;              /* requests that may come at once [100] */
    unsigned attempts;           /* per request, the first included [6] */
    unsigned retry_base_ms;      /* first back-off is up to this [250], doubling up to 30 s */
    unsigned idle_timeout_ms;    /* give up a connection without a byte for so long [60000] */
    unsigned connect_timeout_ms; /* [15000] */
    uint64_t seed;               /* of the jitter; 0: from the system */
};

/* A client for what options name (may be NULL: all defaults). Reads kubeconfig and certificates,
 * does not talk to the server yet. limits may be NULL. On failure *out is NULL. */
int kube_client_new(const struct kube_options *options, const struct kube_limits *limits,
                    struct kube_client **out, struct err *err);
/* As above for a target at hand, which must outlive the client. */
int kube_client_new_for(const struct kube_target *target, const struct kube_limits *limits,
                        struct kube_client **out, struct err *err);
/* NULL-safe. */
void kube_client_free(struct kube_client *c);

static inline void kube_client_free_p(struct kube_client **c)
{
    kube_client_free(*c);
}
#define _cleanup_kube_client_ _cleanup_(kube_client_free_p)

/* Address, context, namespace and user that are being used; never NULL. */
const struct kube_target *kube_client_target(const struct kube_client *c);

/* Sentences a person should see once: Warning headers of the server, TLS not verified, and the
 * like. Each is there once; the first 100 are kept. Valid until the next call with c. */
size_t kube_client_notes(const struct kube_client *c, const char *const **notes);

struct kube_version {
    struct version version; /* 1.28.3 */
    char git_version[64];   /* "v1.28.3-eks-4f4795d" */
    char platform[32];      /* "linux/amd64" */
};

/* GET /version. */
int kube_get_version(struct kube_client *c, struct kube_version *out, struct err *err);

/* Which collection, object or part of an object. Strings are borrowed for the call. */
struct kube_ref {
    const char *group;       /* NULL or "": core */
    const char *version;     /* "v1" */
    const char *resource;    /* plural, "deployments" */
    const char *ns;          /* NULL: cluster-wide, or all namespaces */
    const char *name;        /* NULL: the collection */
    const char *subresource; /* "status", "eviction", …; NULL: none */
};

/* "/apis/apps/v1/namespaces/web/deployments/shop", with every part percent-encoded, appended. */
void kube_ref_path(const struct kube_ref *ref, struct str *out);

/* An answer of the server. Zeroed memory is a released object. */
struct kube_object {
    struct str text;
    struct doc_file doc;
    struct doc_node *root; /* the tree of text; NULL until something was answered */
};
void kube_object_release(struct kube_object *o);
#define _cleanup_kube_object_ _cleanup_(kube_object_release)

/* GET one object. ERR_NOT_FOUND when there is none. *out is released first, also on failure. */
int kube_get(struct kube_client *c, const struct kube_ref *ref, struct kube_object *out,
             struct err *err);

enum kube_patch_type {
    KUBE_PATCH_JSON,      /* RFC 6902 */
    KUBE_PATCH_MERGE,     /* RFC 7386 */
    KUBE_PATCH_STRATEGIC, /* built-in kinds only */
    KUBE_PATCH_APPLY,     /* server-side apply; the body may be YAML; needs field_manager */
};

/* Zeroed: a real write. */
struct kube_write_options {
    bool dry_run;              /* the server checks and answers but stores nothing */
    bool force;                /* server-side apply: take fields over */
    const char *field_manager; /* NULL: "toban" */
};

/* POST into the collection (or the subresource, such as an eviction) that ref names. body is JSON.
 * out may be NULL. Sent once only, unless the server itself said "not now" (429, 503 with
 * Retry-After). */
int kube_create(struct kube_client *c, const struct kube_ref *ref, struct sv body,
                const struct kube_write_options *options, struct kube_object *out, struct err *err);
/* PUT. ERR_CONFLICT when metadata.resourceVersion is not the newest. */
int kube_replace(struct kube_client *c, const struct kube_ref *ref, struct sv body,
                 const struct kube_write_options *options, struct kube_object *out,
                 struct err *err);
int kube_patch(struct kube_client *c, const struct kube_ref *ref, enum kube_patch_type type,
               struct sv body, const struct kube_write_options *options, struct kube_object *out,
               struct err *err);

struct kube_delete_options {
    bool dry_run;
    const char *propagation; /* "Foreground", "Background", "Orphan"; NULL: the kind's default */
    const char *uid;         /* only when it is still this object; NULL: any */
    const char *resource_version;
    int grace_seconds; /* 0: the object's own; < 0: none, it goes at once */
};
/* DELETE one object. options may be NULL. ERR_NOT_FOUND when it is gone already. */
int kube_delete(struct kube_client *c, const struct kube_ref *ref,
                const struct kube_delete_options *options, struct err *err);

/* GET of any path below the server, parsed. accept may be NULL (application/json). */
int kube_get_path(struct kube_client *c, const char *path, const char *accept,
                  struct kube_object *out, struct err *err);

/* GET of a text such as /metrics, line by line without its newline, never held as a whole. A line
 * above 1 MiB is an error. Stops when on_line returns false (that is no error). Not tried again
 * once a line was given. */
int kube_get_lines(struct kube_client *c, const char *path,
                   bool (*on_line)(void *ctx, struct sv line), void *ctx, struct err *err);

/* May we? Asks a SelfSubjectAccessReview. verb "list", ref with ns and name as wanted. */
int kube_can_i(struct kube_client *c, const char *verb, const struct kube_ref *ref, bool *allowed,
               struct err *err);

#endif
