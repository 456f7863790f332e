/*
 * patch: the four ways in which a client of Kubernetes changes an object, and who owns what in it.
 *
 * Pure: trees in, a new tree in the arena out; the inputs stay as they are. Here are the rules of
 * JSON Patch (RFC 6902), JSON Merge Patch (RFC 7386), strategic merge patch and server-side apply,
 * with the words in which the API server refuses. Not here: reading bodies, resourceVersion,
 * defaulting, validation, storage (the objects' side).
 */
#ifndef TOBAN_POCKET_PATCH_PATCH_H
#define TOBAN_POCKET_PATCH_PATCH_H

#include "pocket/outline.h"
#include "pocket/value.h"

enum patch_type {
    PATCH_NONE,
    PATCH_JSON,      /* application/json-patch+json */
    PATCH_MERGE,     /* application/merge-patch+json */
    PATCH_STRATEGIC, /* application/strategic-merge-patch+json */
    PATCH_APPLY,     /* application/apply-patch+yaml: the body is YAML */
};

/* One cause of a Status. */
struct patch_cause {
    const char *reason, *message, *field;
};

/* Why a patch was refused, as the Status says it. Texts are in the arena or constant. */
struct patch_error {
    int code;           /* 400, 404, 409, 415, 422, 500 */
    const char *reason; /* "BadRequest", "Invalid", "Conflict", … */
    const char *message;
    struct patch_cause *causes;
    size_t cause_count;
};

/* The type a Content-Type names (parameters are ignored), PATCH_NONE for others. */
enum patch_type patch_type_of(struct sv content_type);

/*
 * Applies an RFC 6902 patch to *object. Returns the new object, NULL with *e filled: 400 for a
 * patch that is none, 422 for one that cannot be applied (also a failed test), as the API server
 * does. At most 10,000 operations (413).
 */
struct doc_node *patch_json(struct arena *a, const struct doc_node *object,
                            const struct doc_node *patch, struct patch_error *e);

/* RFC 7386. A patch that is no object is refused (400). */
struct doc_node *patch_merge(struct arena *a, const struct doc_node *object,
                             const struct doc_node *patch, struct patch_error *e);

/*
 * Strategic merge patch with the merge keys of `outline` and the directives $patch
 * (delete, replace, merge), $deleteFromPrimitiveList, $setElementOrder and $retainKeys. Custom
 * kinds have none: 415, as the server answers. NULL with *e filled when it is refused.
 */
struct doc_node *patch_strategic(struct arena *a, const struct outline *outline,
                                 const struct doc_node *object, const struct doc_node *patch,
                                 struct patch_error *e);

/* Who changes the object and when. */
struct patch_writer {
    struct sv manager;     /* fieldManager, or the user agent up to its first '/' */
    struct sv api_version; /* of the request: what managedFields say */
    struct sv subresource; /* "status", "scale"; absent: the object itself */
    struct sv time;        /* RFC 3339 in whole seconds */
    bool force;            /* apply only: take fields over from others */
};

/*
 * Server-side apply: *live (NULL: the object is made) with *intent of the writer's manager. The
 * result has metadata.managedFields. What the manager applied before, does not apply now and nobody
 * else owns is removed. Without force fields of other managers with another value are refused: 409
 * with one FieldManagerConflict cause each. NULL with *e filled when it is refused.
 */
struct doc_node *patch_apply(struct arena *a, const struct outline *outline,
                             const struct doc_node *live, const struct doc_node *intent,
                             const struct patch_writer *who, struct patch_error *e);

/*
 * Bookkeeping of every write that is no apply: *next (made by value.h; changed in place) is about
 * to replace *live (NULL: it is created). Fields that differ become the writer's (operation Update)
 * and are taken from all others. Those that *next brought are what this begins with (kubectl
 * rewrites them by a patch), those of *live where it brought none; an empty list clears them. The
 * time of the writer's entry changes only with its fields.
 */
void patch_track_update(struct arena *a, const struct outline *outline, const struct doc_node *live,
                        struct doc_node *next, const struct patch_writer *who);

#endif
