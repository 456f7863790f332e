#include "input/kustomize.h"

#include "doc/object.h"

/* kubectl adds "-" and ten characters of a hash to what it generates. */
#define HASH_TAIL 11u
#define DEPTH_MAX 32u

struct built {
    const struct input_item *item;
    struct map exact; /* "kind/name" as built -> struct input_origin */
    struct map raw;   /* "kind/name" as written, for kinds whose names Kustomize leaves alone */
};

struct input_origins {
    VEC(struct built) built;
    struct map objects; /* name of a member file -> its struct objects */
};

/* The objects of one file, read once however many overlays use it. */
struct objects {
    VEC(struct input_origin) list; /* name: the kind */
};

struct index {
    struct kustomize *k;
    struct input_origins *origins;
    struct built *built;
};

static struct sv key_of(struct arena *arena, struct sv kind, const char *prefix, struct sv name,
                        const char *suffix)
{
    return sv_of(
        mem_must(arena_fmt(arena, "%.*s/%s%.*s%s", SV_ARG(kind), prefix, SV_ARG(name), suffix)));
}

static void put_first(struct map *m, struct sv key, struct input_origin *origin)
{
    if (!map_get(m, key) && !map_put(m, key, origin))
        must_fail_nomem();
}

struct gathering {
    struct kustomize *k;
    struct objects *objects;
    const struct input_item *item;
};

static int gather(void *ctx, struct doc_file *file, struct object *o)
{
    struct gathering *g = ctx;
    if (!o->name.len)
        return 0;
    const char *name = collect_dup(g->k->c, o->name);
    struct input_origin origin = {.item = g->item,
                                  .name = collect_dup(g->k->c, o->kind),
                                  .object_name = sv_n(name, o->name.len)};
    if (!vec_push(&g->objects->list, origin))
        must_fail_nomem();
    return 0;
}

/* Errors are left to whoever checks the file itself. */
static struct objects *objects_of(struct index *ix, const struct input_item *item)
{
    struct objects *o = map_get(&ix->origins->objects, sv_of(item->name));
    if (o)
        return o;
    o = mem_must(arena_new(&ix->k->c->list->arena, struct objects));
    if (!map_put(&ix->origins->objects, sv_of(item->name), o))
        must_fail_nomem();
    _cleanup_str_ struct str buf = {0};
    _cleanup_doc_ struct doc_file file = {0};
    struct sv text;
    struct gathering g = {.k = ix->k, .objects = o, .item = item};
    if (input_load(item, &buf, &text, NULL) == 0 &&
        doc_parse(&file, item->name, text, NULL, NULL) == 0)
        object_each(&file, gather, &g);
    return o;
}

static void index_object(struct index *ix, const struct input_origin *object, const char *prefix,
                         const char *suffix)
{
    struct arena *arena = &ix->k->c->list->arena;
    struct input_origin *origin = mem_must(arena_new(arena, struct input_origin));
    struct sv kind = sv_of(object->name);
    *origin = (struct input_origin){object->item, object->item->name, object->object_name};
    put_first(&ix->built->exact, key_of(arena, kind, prefix, object->object_name, suffix), origin);
    put_first(&ix->built->raw, key_of(arena, kind, "", object->object_name, ""), origin);
}

static void index_generated(struct index *ix, const struct kustomize_folder *f, const char *name,
                            const char *prefix, const char *suffix)
{
    struct arena *arena = &ix->k->c->list->arena;
    struct input_origin *origin = mem_must(arena_new(arena, struct input_origin));
    *origin = (struct input_origin){NULL, f->file, sv_of(name)};
    put_first(&ix->built->exact, key_of(arena, SV("generated"), prefix, sv_of(name), suffix),
              origin);
}

/* The outer prefix stands before the inner one, the outer suffix behind the inner one. */
static void index_folder(struct index *ix, const struct kustomize_folder *f, const char *prefix,
                         const char *suffix, unsigned depth)
{
    struct arena *arena = &ix->k->c->list->arena;
    if (depth > DEPTH_MAX)
        return;
    const char *before = mem_must(arena_fmt(arena, "%s%s", prefix, f->prefix));
    const char *behind = mem_must(arena_fmt(arena, "%s%s", f->suffix, suffix));
    vec_foreach(m, &f->members)
        if (!m->patch)
            vec_foreach(object, &objects_of(ix, m->item)->list)
                index_object(ix, object, before, behind);
    vec_foreach(name, &f->generated)
        index_generated(ix, f, *name, before, behind);
    vec_foreach(inner, &f->inner)
        index_folder(ix, *inner, before, behind, depth + 1);
}

void origins_add(struct kustomize *k, const struct input_item *built,
                 const struct kustomize_folder *root)
{
    struct input_list *list = k->c->list;
    if (!list->origins)
        list->origins = mem_must(arena_new(&list->arena, struct input_origins));
    if (!vec_push(&list->origins->built, (struct built){.item = built}))
        must_fail_nomem();
    struct index ix = {.k = k,
                       .origins = list->origins,
                       .built = &list->origins->built.items[list->origins->built.len - 1]};
    index_folder(&ix, root, "", "", 0);
}

void origins_free(struct input_origins *o)
{
    if (!o)
        return;
    vec_foreach(b, &o->built) {
        map_release(&b->exact);
        map_release(&b->raw);
    }
    vec_release(&o->built);
    size_t at = 0;
    for (const struct map_slot *s; (s = map_next(&o->objects, &at));)
        vec_release(&((struct objects *)s->value)->list);
    map_release(&o->objects);
}

static const struct input_origin *look_up(const struct built *b, struct sv kind, struct sv name)
{
    _cleanup_str_ struct str key = {0};
    str_addf(&key, "%.*s/%.*s", SV_ARG(kind), SV_ARG(name));
    const struct input_origin *found = map_get(&b->exact, str_sv(&key));
    if (found || (!sv_is(kind, "ConfigMap") && !sv_is(kind, "Secret")))
        return found ? found : map_get(&b->raw, str_sv(&key));
    str_reset(&key);
    str_addf(&key, "generated/%.*s", SV_ARG(name));
    found = map_get(&b->exact, str_sv(&key));
    if (found || name.len <= HASH_TAIL)
        return found;
    return map_get(&b->exact, sv_n(str_c(&key), key.len - HASH_TAIL));
}

bool input_origin_of(const struct input_list *list, const struct input_item *built, struct sv kind,
                     struct sv name, struct input_origin *out)
{
    if (!list->origins)
        return false;
    vec_foreach(b, &list->origins->built) {
        if (b->item != built)
            continue;
        const struct input_origin *found = look_up(b, kind, name);
        if (found)
            *out = *found;
        return found != NULL;
    }
    return false;
}
