#include "rules/diff/match.h"

#include "base/must.h"
#include "rules/diff/pods.h"
#include "rules/diff/successor.h"

struct sv match_family(const struct object *o)
{
    static const struct {
        const char *kind, *group;
    } moved[] = {
        {"Deployment", "apps"},
        {"DaemonSet", "apps"},
        {"ReplicaSet", "apps"},
        {"Ingress", "networking.k8s.io"},
        {"NetworkPolicy", "networking.k8s.io"},
        {"PodSecurityPolicy", "policy"},
    };
    for (size_t i = 0; i < ARRAY_LEN(moved); i++)
        if (sv_is(o->group, "extensions") && sv_is(o->kind, moved[i].kind))
            return sv_of(moved[i].group);
    return o->group;
}

struct side {
    const struct diff_objects *objects;
    bool *taken;
};

static bool same_kind(const struct diff_object *a, const struct diff_object *b)
{
    return sv_eq(a->object.kind, b->object.kind) &&
           sv_eq(match_family(&a->object), match_family(&b->object));
}

static bool same_name(const struct diff_object *a, const struct diff_object *b)
{
    return a->object.name.ptr && sv_eq(a->object.name, b->object.name);
}

static bool both_workloads(const struct diff_object *a, const struct diff_object *b)
{
    return pods_template(&a->object) && pods_template(&b->object) &&
           sv_eq(a->namespace, b->namespace);
}

static void add_match(struct match_list *out, struct match m)
{
    if (!vec_push(&out->list, m))
        must_fail_nomem();
}

/* "group/kind/namespace/name" as a map key. */
static struct sv identity(struct arena *a, const struct diff_object *d)
{
    struct sv family = match_family(&d->object);
    return sv_of(
        mem_must(arena_fmt(a, "%.*s/%.*s/%.*s/%.*s", SV_ARG(family), SV_ARG(d->object.kind),
                           SV_ARG(d->namespace), SV_ARG(d->object.name))));
}

/* The first free object of this identity; a file may well name one twice. */
static struct diff_object *first_free(const struct side *o, struct diff_object *from, struct sv id,
                                      struct arena *a)
{
    size_t first = from ? (size_t)(from - o->objects->list.items) : o->objects->list.len;
    for (size_t i = first; i < o->objects->list.len; i++) {
        struct diff_object *d = &o->objects->list.items[i];
        if (!o->taken[i] && (d == from || sv_eq(identity(a, d), id)))
            return d;
    }
    return NULL;
}

static void index_identities(const struct side *s, struct map *by_identity, struct arena *a)
{
    vec_foreach(d, &s->objects->list) {
        struct sv id = identity(a, d);
        if (d->object.name.ptr && !map_get(by_identity, id) && !map_put(by_identity, id, d))
            must_fail_nomem();
    }
}

static void match_same(struct side *o, struct side *n, struct arena *a, struct match_list *out)
{
    struct map by_identity = {0};
    index_identities(o, &by_identity, a);
    for (size_t i = 0; i < n->objects->list.len; i++) {
        struct diff_object *d = &n->objects->list.items[i];
        struct sv id = identity(a, d);
        struct diff_object *was =
            d->object.name.ptr ? first_free(o, map_get(&by_identity, id), id, a) : NULL;
        if (!was)
            continue;
        o->taken[was - o->objects->list.items] = n->taken[i] = true;
        add_match(out, (struct match){MATCH_SAME, was, d, NULL});
    }
    map_release(&by_identity);
}

/* How well n follows o; 0 means "not at all". */
typedef int score_fn(const struct diff_object *o, const struct diff_object *n, const char **why,
                     struct arena *a);

struct candidate {
    int score;
    size_t old_at, new_at;
    const char *because;
};

/* Best first; ties in the order of the inputs, so that a forecast never depends on luck. */
static int by_score(const void *x, const void *y)
{
    const struct candidate *a = x, *b = y;
    if (a->score != b->score)
        return a->score > b->score ? -1 : 1;
    if (a->old_at != b->old_at)
        return a->old_at < b->old_at ? -1 : 1;
    return a->new_at < b->new_at ? -1 : a->new_at > b->new_at;
}

struct candidates {
    VEC(struct candidate) list;
};

static void collect(struct side *o, struct side *n, score_fn *score, struct arena *a,
                    struct candidates *out)
{
    for (size_t i = 0; i < o->objects->list.len; i++) {
        for (size_t k = 0; !o->taken[i] && k < n->objects->list.len; k++) {
            struct candidate c = {.old_at = i, .new_at = k};
            if (n->taken[k])
                continue;
            c.score = score(&o->objects->list.items[i], &n->objects->list.items[k], &c.because, a);
            if (c.score > 0 && !vec_push(&out->list, c))
                must_fail_nomem();
        }
    }
}

static void match_by(struct side *o, struct side *n, enum match_kind kind, score_fn *score,
                     struct arena *a, struct match_list *out)
{
    struct candidates found = {0};
    collect(o, n, score, a, &found);
    if (found.list.len)
        qsort(found.list.items, found.list.len, sizeof *found.list.items, by_score);
    vec_foreach(c, &found.list) {
        if (o->taken[c->old_at] || n->taken[c->new_at])
            continue;
        o->taken[c->old_at] = n->taken[c->new_at] = true;
        add_match(out, (struct match){kind, &o->objects->list.items[c->old_at],
                                      &n->objects->list.items[c->new_at], c->because});
    }
    vec_release(&found.list);
}

static int moved_score(const struct diff_object *o, const struct diff_object *n, const char **why,
                       struct arena *a)
{
    if (!same_name(o, n))
        return 0;
    if (same_kind(o, n) && o->namespace.len && n->namespace.len) {
        *why = mem_must(arena_fmt(a, "namespace %.*s becomes %.*s", SV_ARG(o->namespace),
                                  SV_ARG(n->namespace)));
        return 1;
    }
    if (!both_workloads(o, n) || same_kind(o, n))
        return 0;
    *why = mem_must(
        arena_fmt(a, "kind %.*s becomes %.*s", SV_ARG(o->object.kind), SV_ARG(n->object.kind)));
    return 2;
}

static int successor_match_score(const struct diff_object *o, const struct diff_object *n,
                                 const char **why, struct arena *a)
{
    if (!same_kind(o, n) || !sv_eq(o->namespace, n->namespace))
        return 0;
    return successor_score(o, n, why, a);
}

static void match_rest(struct side *s, bool is_old, struct match_list *out)
{
    for (size_t i = 0; i < s->objects->list.len; i++) {
        const struct diff_object *d = &s->objects->list.items[i];
        if (!s->taken[i])
            add_match(out, (struct match){MATCH_NONE, is_old ? d : NULL, is_old ? NULL : d, NULL});
    }
}

void match_objects(const struct diff_objects *old_side, const struct diff_objects *new_side,
                   struct arena *a, struct match_list *out)
{
    struct side o = {old_side, mem_must(arena_new_n(a, bool, old_side->list.len + 1))};
    struct side n = {new_side, mem_must(arena_new_n(a, bool, new_side->list.len + 1))};
    match_same(&o, &n, a, out);
    match_by(&o, &n, MATCH_SUCCESSOR, successor_match_score, a, out);
    match_by(&o, &n, MATCH_MOVED, moved_score, a, out);
    match_rest(&o, true, out);
    match_rest(&n, false, out);
}
