/*
 * objects: what etcd is to an API server: objects as compact JSON bytes under a key, one counter of
 * versions, and a ring of the last changes that watches read.
 *
 * Bytes of an object never change: a write makes new ones. They are counted (struct object_bytes),
 * so that a list or a watch may hold the old ones while the store goes on. Nothing is known here of
 * verbs, rights and validation (api.h). One thread.
 *
 * A change that falls out of the ring (OBJECTS_RING_CHANGES, OBJECTS_RING_BYTES) is lost to
 * watches: they are told, as of a version that is too old.
 */
#ifndef TOBAN_POCKET_OBJECTS_H
#define TOBAN_POCKET_OBJECTS_H

#include "base/err.h"
#include "base/sv.h"
#include "base/vec.h"

#define OBJECTS_RING_CHANGES ((size_t)1 << 17)
#define OBJECTS_RING_BYTES ((size_t)96 << 20)
#define OBJECT_BYTES_MAX ((size_t)3 << 19) /* etcd's limit of a request: 1.5 MiB */

struct object_bytes {
    uint32_t refs, len;
    uint64_t version; /* resourceVersion of these bytes */
    char json[];
};

static inline struct sv object_bytes_sv(const struct object_bytes *b)
{
    return sv_n(b->json, b->len);
}
struct object_bytes *object_bytes_ref(struct object_bytes *b);
/* NULL-safe. */
void object_bytes_unref(struct object_bytes *b);

enum change_type { CHANGE_ADDED, CHANGE_MODIFIED, CHANGE_DELETED };

/* One change. `now` of a deletion is the object's last state with the version of the deletion. */
struct object_change {
    uint64_t version;
    size_t store;
    enum change_type type;
    struct object_bytes *now, *before; /* before: NULL when added */
};

struct objects;

/* Ends the process without memory. */
struct objects *objects_new(void);
/* NULL-safe. */
void objects_free(struct objects *o);

/* The version of the last change; versions count up from 1. */
uint64_t objects_version(const struct objects *o);
/* The version the next write gets: to be written into its JSON as metadata.resourceVersion. */
uint64_t objects_next_version(const struct objects *o);

/* What is put where. */
struct object_text {
    size_t store;
    struct sv ns, name;     /* ns empty: none */
    const struct sv *parts; /* of its JSON, one behind the other; they hold the next version */
    size_t part_count;
    const struct sv *owners; /* uids of its ownerReferences */
    size_t owner_count;
};
/* Makes or replaces an object; all is copied. -1 without memory or above OBJECT_BYTES_MAX; nothing
 * happened then. */
int objects_put(struct objects *o, const struct object_text *text, struct err *err);
/* Takes it out; json is its last state with the next version. -1 as above; nothing happens when
 * there is none (0). */
int objects_remove(struct objects *o, size_t store, struct sv ns, struct sv name, struct sv json,
                   struct err *err);

/* Borrowed until the next write; NULL when there is none. */
struct object_bytes *objects_get(const struct objects *o, size_t store, struct sv ns,
                                 struct sv name);
size_t objects_count(const struct objects *o, size_t store);

typedef VEC(struct object_bytes *) object_bytes_vec;
/* All objects of a store in the order of namespace/name, each with a reference that the caller
 * gives back (objects_list_release). ns absent: of all namespaces. */
void objects_list(const struct objects *o, size_t store, struct sv ns, object_bytes_vec *out);
void objects_list_release(object_bytes_vec *v);

/* An object as its place says. */
struct object_place {
    size_t store;
    struct sv ns, name; /* borrowed until the next write */
};
typedef VEC(struct object_place) object_place_vec;
/* Where the objects are whose ownerReferences hold this uid; appended. */
void objects_dependents(const struct objects *o, struct sv uid, object_place_vec *out);

/*
 * The first change behind `version`; *at is where to go on (0 before the first call with this
 * version). NULL: there is none yet. *lost is set when the change behind `version` is in the ring
 * no more. Borrowed until the next write.
 */
const struct object_change *objects_change_after(const struct objects *o, uint64_t version,
                                                 bool *lost);
/* Forgets changes until at most n are kept, as a compaction does. */
void objects_forget(struct objects *o, size_t n);

#endif
