#include "pocket/objects.h"

#include "base/map.h"
#include "base/must.h"

/* A node of a treap: ordered by key, a heap by `prio`, which a hash of the key gives. */
struct entry {
    struct entry *left, *right;
    struct object_bytes *bytes;
    struct owner **owners;
    uint32_t owner_count, prio, key_len, ns_len;
    size_t store;
    char key[]; /* "namespace/name" */
};

struct owner {
    VEC(struct entry *) dependents;
    size_t uid_len;
    char uid[];
};

struct tree {
    struct entry *root;
    size_t count;
};

struct objects {
    VEC(struct tree) trees;
    struct map owners; /* uid -> struct owner; those without dependents stay */
    struct object_change *ring;
    uint64_t version;
    size_t kept, kept_bytes; /* of the ring: the last `kept` versions */
};

struct object_bytes *object_bytes_ref(struct object_bytes *b)
{
    b->refs++;
    return b;
}

void object_bytes_unref(struct object_bytes *b)
{
    if (b && --b->refs == 0)
        free(b);
}

struct objects *objects_new(void)
{
    struct objects *o = mem_must(calloc(1, sizeof *o));
    o->ring = mem_must(calloc(OBJECTS_RING_CHANGES, sizeof *o->ring));
    return o;
}

static void entry_free(struct entry *e)
{
    object_bytes_unref(e->bytes);
    free(e->owners);
    free(e);
}

static void tree_free(struct entry *e)
{
    if (!e)
        return;
    tree_free(e->left);
    tree_free(e->right);
    entry_free(e);
}

void objects_free(struct objects *o)
{
    if (!o)
        return;
    objects_forget(o, 0);
    vec_foreach(tree, &o->trees)
        tree_free(tree->root);
    vec_release(&o->trees);
    size_t at = 0;
    for (const struct map_slot *slot; (slot = map_next(&o->owners, &at));) {
        struct owner *owner = slot->value;
        vec_release(&owner->dependents);
        free(owner);
    }
    map_release(&o->owners);
    free(o->ring);
    free(o);
}

uint64_t objects_version(const struct objects *o)
{
    return o->version;
}

uint64_t objects_next_version(const struct objects *o)
{
    return o->version + 1;
}

static struct object_change *change_at(const struct objects *o, uint64_t version)
{
    return &o->ring[version % OBJECTS_RING_CHANGES];
}

static void forget_oldest(struct objects *o)
{
    struct object_change *change = change_at(o, o->version - o->kept + 1);
    o->kept_bytes -= change->now->len;
    object_bytes_unref(change->now);
    object_bytes_unref(change->before);
    o->kept--;
}

void objects_forget(struct objects *o, size_t n)
{
    while (o->kept > n)
        forget_oldest(o);
}

static void remember(struct objects *o, size_t store, enum change_type type,
                     struct object_bytes *now, struct object_bytes *before)
{
    while (o->kept == OBJECTS_RING_CHANGES ||
           (o->kept > 0 && o->kept_bytes + now->len > OBJECTS_RING_BYTES))
        forget_oldest(o);
    o->version++;
    *change_at(o, o->version) = (struct object_change){
        o->version, store, type, object_bytes_ref(now), before ? object_bytes_ref(before) : NULL};
    o->kept++;
    o->kept_bytes += now->len;
}

const struct object_change *objects_change_after(const struct objects *o, uint64_t version,
                                                 bool *lost)
{
    *lost = version > o->version || o->version - version > o->kept;
    return *lost || version == o->version ? NULL : change_at(o, version + 1);
}

/* Compares "a/" with "b/", which is not the order of a and b: '-' and '.' come before '/'. */
static int ns_cmp(struct sv a, struct sv b)
{
    size_t n = a.len < b.len ? a.len : b.len;
    int order = n ? memcmp(a.ptr, b.ptr, n) : 0;
    if (order || a.len == b.len)
        return order;
    return a.len < b.len ? '/' - (unsigned char)b.ptr[n] : (unsigned char)a.ptr[n] - '/';
}

/* As "namespace/name" compares with the entry's key. */
static int key_cmp(const struct entry *e, struct sv ns, struct sv name)
{
    struct sv entry_name = sv_n(e->key + e->ns_len + 1, e->key_len - e->ns_len - 1);
    int order = ns_cmp(ns, sv_n(e->key, e->ns_len));
    return order ? order : sv_cmp(name, entry_name);
}

static struct entry *find(const struct objects *o, size_t store, struct sv ns, struct sv name)
{
    struct entry *e = store < o->trees.len ? o->trees.items[store].root : NULL;
    while (e) {
        int order = key_cmp(e, ns, name);
        if (order == 0)
            return e;
        e = order < 0 ? e->left : e->right;
    }
    return NULL;
}

struct object_bytes *objects_get(const struct objects *o, size_t store, struct sv ns,
                                 struct sv name)
{
    struct entry *e = find(o, store, ns, name);
    return e ? e->bytes : NULL;
}

size_t objects_count(const struct objects *o, size_t store)
{
    return store < o->trees.len ? o->trees.items[store].count : 0;
}

static struct entry *insert(struct entry *at, struct entry *e)
{
    if (!at)
        return e;
    struct sv ns = sv_n(e->key, e->ns_len);
    struct sv name = sv_n(e->key + e->ns_len + 1, e->key_len - e->ns_len - 1);
    if (key_cmp(at, ns, name) < 0) {
        at->left = insert(at->left, e);
        if (at->left->prio <= at->prio)
            return at;
        struct entry *up = at->left;
        at->left = up->right;
        up->right = at;
        return up;
    }
    at->right = insert(at->right, e);
    if (at->right->prio <= at->prio)
        return at;
    struct entry *up = at->right;
    at->right = up->left;
    up->left = at;
    return up;
}

static struct entry *join(struct entry *low, struct entry *high)
{
    if (!low || !high)
        return low ? low : high;
    if (low->prio > high->prio) {
        low->right = join(low->right, high);
        return low;
    }
    high->left = join(low, high->left);
    return high;
}

static uint32_t prio_of(const char *key, size_t len)
{
    uint32_t hash = 2166136261u;
    for (size_t i = 0; i < len; i++)
        hash = (hash ^ (unsigned char)key[i]) * 16777619u;
    hash ^= hash >> 16;
    hash *= 0x85ebca6bu;
    return hash ^ hash >> 13;
}

static struct entry *entry_new(size_t store, struct sv ns, struct sv name)
{
    size_t len = ns.len + 1 + name.len;
    struct entry *e = mem_must(calloc(1, sizeof *e + len + 1));
    if (ns.len)
        memcpy(e->key, ns.ptr, ns.len);
    e->key[ns.len] = '/';
    memcpy(e->key + ns.len + 1, name.ptr, name.len);
    e->key_len = (uint32_t)len;
    e->ns_len = (uint32_t)ns.len;
    e->store = store;
    e->prio = prio_of(e->key, len);
    return e;
}

static struct owner *owner_of(struct objects *o, struct sv uid)
{
    struct owner *owner = map_get(&o->owners, uid);
    if (owner)
        return owner;
    owner = mem_must(calloc(1, sizeof *owner + uid.len + 1));
    memcpy(owner->uid, uid.ptr, uid.len);
    owner->uid_len = uid.len;
    if (!map_put(&o->owners, sv_n(owner->uid, uid.len), owner))
        must_fail_nomem();
    return owner;
}

static void disown(struct entry *e)
{
    for (uint32_t i = 0; i < e->owner_count; i++) {
        struct owner *owner = e->owners[i];
        vec_foreach(dependent, &owner->dependents)
            if (*dependent == e) {
                *dependent = owner->dependents.items[--owner->dependents.len];
                break;
            }
    }
    free(e->owners);
    e->owners = NULL;
    e->owner_count = 0;
}

static bool owned_by(const struct entry *e, const struct sv *owners, size_t count)
{
    if (e->owner_count != count)
        return false;
    for (size_t i = 0; i < count; i++)
        if (!sv_eq(sv_n(e->owners[i]->uid, e->owners[i]->uid_len), owners[i]))
            return false;
    return true;
}

static void own(struct objects *o, struct entry *e, const struct sv *owners, size_t count)
{
    if (owned_by(e, owners, count))
        return;
    disown(e);
    if (count == 0)
        return;
    e->owners = mem_must(calloc(count, sizeof *e->owners));
    for (size_t i = 0; i < count; i++) {
        e->owners[e->owner_count++] = owner_of(o, owners[i]);
        must_push(&e->owners[i]->dependents, e);
    }
}

static struct object_bytes *bytes_new(struct objects *o, struct sv json, struct err *err)
{
    if (json.len > OBJECT_BYTES_MAX) {
        err_set(err, ERR_LIMIT, "object is %zu bytes, at most %zu are kept", json.len,
                OBJECT_BYTES_MAX);
        return NULL;
    }
    struct object_bytes *b = malloc(sizeof *b + json.len);
    if (!b) {
        err_nomem(err, "keeping an object");
        return NULL;
    }
    *b = (struct object_bytes){1, (uint32_t)json.len, o->version + 1};
    memcpy(b->json, json.ptr, json.len);
    return b;
}

int objects_put(struct objects *o, size_t store, struct sv ns, struct sv name, struct sv json,
                const struct sv *owners, size_t owner_count, struct err *err)
{
    struct object_bytes *now = bytes_new(o, json, err);
    if (!now)
        return -1;
    while (o->trees.len <= store)
        must_push(&o->trees, (struct tree){0});
    struct tree *tree = &o->trees.items[store];
    struct entry *e = find(o, store, ns, name);
    bool added = !e;
    if (added) {
        e = entry_new(store, ns, name);
        tree->root = insert(tree->root, e);
        tree->count++;
    }
    remember(o, store, added ? CHANGE_ADDED : CHANGE_MODIFIED, now, e->bytes);
    object_bytes_unref(e->bytes);
    e->bytes = now;
    own(o, e, owners, owner_count);
    return 0;
}

static struct entry *cut_out(struct entry *at, const struct entry *e)
{
    if (at == e)
        return join(at->left, at->right);
    int order = key_cmp(at, sv_n(e->key, e->ns_len),
                        sv_n(e->key + e->ns_len + 1, e->key_len - e->ns_len - 1));
    if (order < 0)
        at->left = cut_out(at->left, e);
    else
        at->right = cut_out(at->right, e);
    return at;
}

int objects_remove(struct objects *o, size_t store, struct sv ns, struct sv name, struct sv json,
                   struct err *err)
{
    struct entry *e = find(o, store, ns, name);
    if (!e)
        return 0;
    struct object_bytes *now = bytes_new(o, json, err);
    if (!now)
        return -1;
    remember(o, store, CHANGE_DELETED, now, e->bytes);
    object_bytes_unref(now);
    struct tree *tree = &o->trees.items[store];
    tree->root = cut_out(tree->root, e);
    tree->count--;
    disown(e);
    entry_free(e);
    return 0;
}

static void gather(const struct entry *e, struct sv ns, object_bytes_vec *out)
{
    if (!e)
        return;
    int order = ns.ptr ? ns_cmp(ns, sv_n(e->key, e->ns_len)) : 0;
    if (order <= 0)
        gather(e->left, ns, out);
    if (order == 0)
        must_push(out, object_bytes_ref(e->bytes));
    if (order >= 0)
        gather(e->right, ns, out);
}

void objects_list(const struct objects *o, size_t store, struct sv ns, object_bytes_vec *out)
{
    if (store < o->trees.len)
        gather(o->trees.items[store].root, ns, out);
}

void objects_list_release(object_bytes_vec *v)
{
    vec_foreach(bytes, v)
        object_bytes_unref(*bytes);
    vec_release(v);
}

void objects_dependents(const struct objects *o, struct sv uid, object_place_vec *out)
{
    const struct owner *owner = uid.ptr ? map_get(&o->owners, uid) : NULL;
    if (!owner)
        return;
    vec_foreach(dependent, &owner->dependents) {
        const struct entry *e = *dependent;
        must_push(out,
                  (struct object_place){e->store, sv_n(e->key, e->ns_len),
                                        sv_n(e->key + e->ns_len + 1, e->key_len - e->ns_len - 1)});
    }
}
