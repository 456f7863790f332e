#include "world/apply.h"

#include "base/must.h"
#include "world/code_kinds.h"

#include <stdio.h>
#include <xxhash.h>

/* One world, told so that it can be held against another: names for numbers. */
struct told {
    struct codec c;
    struct code_order order;
    uint64_t (*digests)[2]; /* of the classes */
    struct str text;
};

static void tell(struct told *t, const struct code_kind *kind, uint32_t index)
{
    str_reset(&t->text);
    kind->code(&t->c, (void *)code_item(t->c.w, kind, index));
    arena_reset(&t->c.scratch);
}

static void told_init(struct told *t, const struct world *w)
{
    *t = (struct told){.c = {.mode = CODEC_NAMES, .w = (struct world *)w, .watched = ""}};
    str_init(&t->text, 0);
    t->c.out = &t->text;
    code_order_make(&t->order, w);
    code_order_use(&t->order, &t->c);
    t->digests = mem_must(calloc(w->classes.len + 1, sizeof *t->digests));
    for (uint32_t i = 0; i < w->classes.len; i++) {
        tell(t, &code_kinds[0], i);
        XXH128_hash_t h = XXH3_128bits(str_c(&t->text), t->text.len);
        t->digests[i][0] = h.low64;
        t->digests[i][1] = h.high64;
    }
    t->c.digests = (const uint64_t(*)[2])t->digests;
}

static void told_release(struct told *t)
{
    codec_release(&t->c);
    code_order_release(&t->order);
    free(t->digests);
    str_release(&t->text);
}

/* The name of the field in which the two texts begin to differ. */
static const char *field_of(struct told *t, const struct code_kind *kind, uint32_t index,
                            const struct str *other)
{
    size_t at = 0;
    while (at < t->text.len && at < other->len && t->text.data[at] == other->data[at])
        at++;
    t->c.watch = at;
    t->c.watched = NULL;
    tell(t, kind, index);
    const char *field = t->c.watched ? t->c.watched : "its end";
    t->c.watched = "";
    const char *member = strstr(field, "->");
    return member ? member + 2 : field;
}

/* The class that an item points at by the field; WORLD_NONE when it is another field. */
static uint32_t class_at(const struct told *t, const struct code_kind *kind, uint32_t index,
                         const char *field)
{
    const void *item = code_item(t->c.w, kind, index);
    if (strcmp(field, "class") == 0)
        return ((const struct world_pod *)item)->class;
    return strcmp(field, "template") == 0 ? ((const struct world_workload *)item)->template
                                          : WORLD_NONE;
}

static void say_difference(struct told *a, struct told *b, const struct code_kind *kind,
                           uint32_t ia, uint32_t ib, char *why, size_t cap)
{
    struct code_key key;
    char name[256];
    kind->key(a->c.w, code_item(a->c.w, kind, ia), &key);
    code_key_print(kind, &key, name, sizeof name);
    const char *field = field_of(a, kind, ia, &b->text);
    uint32_t ca = class_at(a, kind, ia, field), cb = class_at(b, kind, ib, field);
    if (ca == WORLD_NONE || cb == WORLD_NONE) {
        snprintf(why, cap, "%s: %s differs", name, field);
        return;
    }
    tell(a, &code_kinds[0], ca);
    tell(b, &code_kinds[0], cb);
    snprintf(why, cap, "%s: %s: %s differs", name, field,
             field_of(a, &code_kinds[0], ca, &b->text));
}

static void say_missing(const struct told *t, const struct code_kind *kind, uint32_t index,
                        const char *which, char *why, size_t cap)
{
    struct code_key key;
    char name[256];
    kind->key(t->c.w, code_item(t->c.w, kind, index), &key);
    code_key_print(kind, &key, name, sizeof name);
    snprintf(why, cap, "%s is in the %s world only", name, which);
}

static int compare_keys(const struct told *a, const struct told *b, const struct code_kind *kind,
                        uint32_t ia, uint32_t ib)
{
    struct code_key ka, kb;
    kind->key(a->c.w, code_item(a->c.w, kind, ia), &ka);
    kind->key(b->c.w, code_item(b->c.w, kind, ib), &kb);
    ka.more = kb.more = ka.uid = kb.uid = SV_NONE; /* a difference of these is told by name */
    return code_key_compare(&ka, &kb);
}

static bool kinds_equal(struct told *a, struct told *b, size_t k, char *why, size_t cap)
{
    const struct code_kind *kind = &code_kinds[k];
    uint32_t i = 0, la = a->order.of[k].len, lb = b->order.of[k].len;
    for (; i < la && i < lb; i++) {
        uint32_t ia = a->order.of[k].items[i], ib = b->order.of[k].items[i];
        int order = compare_keys(a, b, kind, ia, ib);
        if (order) {
            bool first = order < 0;
            say_missing(first ? a : b, kind, first ? ia : ib, first ? "first" : "second", why, cap);
            return false;
        }
        tell(a, kind, ia);
        tell(b, kind, ib);
        if (!sv_eq(str_sv(&a->text), str_sv(&b->text))) {
            say_difference(a, b, kind, ia, ib, why, cap);
            return false;
        }
    }
    if (i < la)
        say_missing(a, kind, a->order.of[k].items[i], "first", why, cap);
    if (i < lb)
        say_missing(b, kind, b->order.of[k].items[i], "second", why, cap);
    return la == lb;
}

bool world_equal(const struct world *a, const struct world *b, char *why, size_t cap)
{
    _cleanup_(told_release) struct told ta, tb;
    told_init(&ta, a);
    told_init(&tb, b);
    bool equal = version_cmp(a->version, b->version) == 0;
    snprintf(why, cap, "%s", equal ? "" : "the server's version differs");
    for (size_t k = 0; k < CODE_KINDS && equal; k++)
        if (!code_kinds[k].note && code_kinds[k].ref != REF_CLASS)
            equal = kinds_equal(&ta, &tb, k, why, cap);
    return equal;
}
