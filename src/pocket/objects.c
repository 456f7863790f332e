#include "pocket/objects.h"

#include "base/map.h"
#include "base/must.h"
#include "pocket/objects_shelf.h"

struct objects {
    VEC(struct shelf) shelves; /* by store */
    struct places places;
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

void objects_free(struct objects *o)
{
    if (!o)
        return;
    objects_forget(o, 0);
    vec_foreach(shelf, &o->shelves)
        shelf_release(shelf);
    vec_release(&o->shelves);
    places_release(&o->places);
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

struct object_bytes *objects_get(const struct objects *o, size_t store, struct sv ns,
                                 struct sv name)
{
    const struct entry *e = places_find(&o->places, store, ns, name);
    return e ? e->bytes : NULL;
}

size_t objects_count(const struct objects *o, size_t store)
{
    return store < o->shelves.len ? o->shelves.items[store].live : 0;
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

static struct object_bytes *bytes_new(struct objects *o, const struct sv *parts, size_t count,
                                      struct err *err)
{
    size_t len = 0;
    for (size_t i = 0; i < count; i++)
        len += parts[i].len;
    if (len > OBJECT_BYTES_MAX) {
        err_set(err, ERR_LIMIT, "object is %zu bytes, at most %zu are kept", len, OBJECT_BYTES_MAX);
        return NULL;
    }
    struct object_bytes *b = malloc(sizeof *b + len);
    if (!b) {
        err_nomem(err, "keeping an object");
        return NULL;
    }
    *b = (struct object_bytes){1, (uint32_t)len, o->version + 1};
    char *to = b->json;
    for (size_t i = 0; i < count; to += parts[i++].len)
        if (parts[i].len)
            memcpy(to, parts[i].ptr, parts[i].len);
    return b;
}

int objects_put(struct objects *o, const struct object_text *text, struct err *err)
{
    struct object_bytes *now = bytes_new(o, text->parts, text->part_count, err);
    if (!now)
        return -1;
    while (o->shelves.len <= text->store)
        must_push(&o->shelves, (struct shelf){0});
    struct entry *e = places_find(&o->places, text->store, text->ns, text->name);
    bool added = !e;
    if (added)
        e = shelf_add(&o->shelves.items[text->store], &o->places, text->store, text->ns,
                      text->name);
    remember(o, text->store, added ? CHANGE_ADDED : CHANGE_MODIFIED, now, e->bytes);
    object_bytes_unref(e->bytes);
    e->bytes = now;
    own(o, e, text->owners, text->owner_count);
    return 0;
}

int objects_remove(struct objects *o, size_t store, struct sv ns, struct sv name, struct sv json,
                   struct err *err)
{
    struct entry *e = places_find(&o->places, store, ns, name);
    if (!e)
        return 0;
    struct object_bytes *now = bytes_new(o, &json, 1, err);
    if (!now)
        return -1;
    remember(o, store, CHANGE_DELETED, now, e->bytes);
    object_bytes_unref(now);
    object_bytes_unref(e->bytes);
    e->bytes = NULL;
    disown(e);
    shelf_take(&o->shelves.items[store], &o->places, e);
    return 0;
}

void objects_list(const struct objects *o, size_t store, struct sv ns, object_bytes_vec *out)
{
    if (store < o->shelves.len)
        shelf_list(&o->shelves.items[store], ns, out);
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
        must_push(out, (struct object_place){e->store, entry_ns(e), entry_name(e)});
    }
}
