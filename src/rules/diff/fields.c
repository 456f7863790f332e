#include "rules/diff/fields.h"

#include "base/base64.h"
#include "base/must.h"
#include "rules/diff/defaults.h"

#include <math.h>
#include <stdlib.h>

struct walk {
    const struct fields_query *q;
    struct sv kind;
};

static void compare(const struct walk *w, const char *path, const struct doc_node *o,
                    const struct doc_node *n, const struct doc_node *applied);

/* ---- values ---- */

static double suffix_factor(struct sv s)
{
    static const struct {
        const char *suffix;
        double factor;
    } known[] = {
        {"", 1},        {"n", 1e-9},     {"u", 1e-6},        {"m", 1e-3},    {"k", 1e3},
        {"M", 1e6},     {"G", 1e9},      {"T", 1e12},        {"P", 1e15},    {"E", 1e18},
        {"Ki", 1024},   {"Mi", 1048576}, {"Gi", 1073741824}, {"Ti", 0x1p40}, {"Pi", 0x1p50},
        {"Ei", 0x1p60},
    };
    for (size_t i = 0; i < ARRAY_LEN(known); i++)
        if (sv_is(s, known[i].suffix))
            return known[i].factor;
    return 0;
}

static bool quantity(struct sv v, double *out)
{
    char text[64];
    if (!v.len || v.len >= sizeof text || !strchr("+-.0123456789", v.ptr[0]))
        return false;
    memcpy(text, v.ptr, v.len);
    text[v.len] = '\0';
    char *end;
    double n = strtod(text, &end);
    double factor = suffix_factor(sv_of(end));
    if (end == text || factor == 0 || !isfinite(n))
        return false;
    *out = n * factor;
    return true;
}

int fields_compare_quantities(struct sv a, struct sv b)
{
    double x, y;
    if (!quantity(a, &x) || !quantity(b, &y))
        return FIELDS_NO_QUANTITY;
    if (fabs(x - y) <= fabs(x) * 1e-12)
        return 0;
    return x < y ? -1 : 1;
}

static bool holds_quantities(const char *path)
{
    static const char *const places[] = {".requests.", ".limits.",   "spec.capacity.",
                                         "spec.hard.", ".sizeLimit", ".overhead."};
    for (size_t i = 0; i < ARRAY_LEN(places); i++)
        if (strstr(path, places[i]))
            return true;
    return false;
}

/* The API types leave empty lists out. */
static bool is_null(const struct doc_node *n)
{
    return !n || n->type == DOC_NULL || (n->type == DOC_SEQ && !n->item_count);
}

static bool same_value(const char *path, const struct doc_node *o, const struct doc_node *n)
{
    if (doc_equal(o, n))
        return true;
    return holds_quantities(path) && fields_compare_quantities(doc_scalar(o), doc_scalar(n)) == 0;
}

static uint32_t line_of(const struct diff_object *of, const struct doc_node *n)
{
    uint32_t line, column;
    if (!n || !of->file)
        return 0;
    doc_position(of->file, n->span.start, &line, &column);
    return line;
}

static void add_field(const struct walk *w, const char *path, const struct doc_node *o,
                      const struct doc_node *n)
{
    struct diff_field f = {
        .path = path,
        .old_value = is_null(o) ? NULL : o,
        .new_value = is_null(n) ? NULL : n,
    };
    f.old_line = line_of(w->q->old_object, f.old_value);
    f.new_line = line_of(w->q->new_object, f.new_value);
    if (!vec_push(&w->q->out->fields, f))
        must_fail_nomem();
}

/* ---- maps ---- */

/* Server-side bookkeeping: never part of what a user applies. */
static bool is_bookkeeping(const char *path)
{
    static const char *const places[] = {
        "status",
        "metadata.managedFields",
        "metadata.resourceVersion",
        "metadata.uid",
        "metadata.generation",
        "metadata.selfLink",
        "metadata.creationTimestamp",
        "metadata.namespace",
        "metadata.annotations[kubectl.kubernetes.io/last-applied-configuration]",
        "metadata.annotations[deployment.kubernetes.io/revision]",
        "metadata.annotations[meta.helm.sh/release-name]",
        "metadata.annotations[meta.helm.sh/release-namespace]",
    };
    for (size_t i = 0; i < ARRAY_LEN(places); i++)
        if (strcmp(path, places[i]) == 0)
            return true;
    return false;
}

static const char *child_path(const struct walk *w, const char *path, struct sv key)
{
    bool plain = !sv_has(key, ".") && !sv_has(key, "/") && !sv_has(key, "[");
    if (!plain)
        return mem_must(arena_fmt(w->q->arena, "%s[%.*s]", path, SV_ARG(key)));
    return mem_must(arena_fmt(w->q->arena, "%s%s%.*s", path, *path ? "." : "", SV_ARG(key)));
}

static struct doc_node *get_sv(const struct doc_node *map, struct sv key)
{
    struct doc_node *found = NULL;
    doc_each_pair(p, map) {
        if (sv_eq(p->key->text, key))
            found = p->value;
    }
    return found;
}

/* A key that is written twice counts once, with its last value, as everywhere. */
static void compare_maps(const struct walk *w, const char *path, const struct doc_node *o,
                         const struct doc_node *n, const struct doc_node *applied)
{
    doc_each_pair(p, n) {
        struct sv key = p->key->text;
        if (get_sv(n, key) == p->value)
            compare(w, child_path(w, path, key), get_sv(o, key), p->value, get_sv(applied, key));
    }
    doc_each_pair(p, o) {
        struct sv key = p->key->text;
        if (get_sv(o, key) == p->value && !get_sv(n, key))
            compare(w, child_path(w, path, key), p->value, NULL, get_sv(applied, key));
    }
}

/* ---- lists ---- */

static struct doc_node *item_named(const struct doc_node *seq, const char *key, struct sv name)
{
    doc_each_item(item, seq) {
        if (sv_eq(doc_scalar(doc_get(item, key)), name))
            return item;
    }
    return NULL;
}

/* Each item has a name, and none has that of another: a port may be there for TCP and for UDP. */
static bool names_each(const struct doc_node *seq, const char *key)
{
    doc_each_item(item, seq) {
        struct sv name = doc_scalar(doc_get(item, key));
        if (!name.ptr || item_named(seq, key, name) != item)
            return false;
    }
    return true;
}

/* The key that names the items of this list on both sides (patchMergeKey in the API types), or
 * NULL when it is compared by position. */
static const char *list_key(const struct doc_node *a, const struct doc_node *b)
{
    static const char *const keys[] = {"name", "mountPath", "devicePath", "containerPort",
                                       "port", "key",       "ip"};
    for (size_t i = 0; i < ARRAY_LEN(keys); i++)
        if (names_each(a, keys[i]) && names_each(b, keys[i]))
            return keys[i];
    return NULL;
}

static const char *item_path(const struct walk *w, const char *path, struct sv name)
{
    return mem_must(arena_fmt(w->q->arena, "%s[%.*s]", path, SV_ARG(name)));
}

static void compare_named(const struct walk *w, const char *path, const char *key,
                          const struct doc_node *o, const struct doc_node *n,
                          const struct doc_node *applied)
{
    doc_each_item(item, n) {
        struct sv name = doc_scalar(doc_get(item, key));
        compare(w, item_path(w, path, name), item_named(o, key, name), item,
                item_named(applied, key, name));
    }
    doc_each_item(gone, o) {
        struct sv name = doc_scalar(doc_get(gone, key));
        if (!item_named(n, key, name))
            compare(w, item_path(w, path, name), gone, NULL, item_named(applied, key, name));
    }
}

/* Such a list is replaced as a whole: an item that is gone is gone, also where others wrote it. */
static void compare_by_position(const struct walk *w, const char *path, const struct doc_node *o,
                                const struct doc_node *n, const struct doc_node *applied)
{
    uint32_t most = doc_count(o) > doc_count(n) ? doc_count(o) : doc_count(n);
    for (uint32_t i = 0; i < most; i++) {
        char index[12];
        snprintf(index, sizeof index, "%u", i);
        const struct doc_node *was = doc_item(o, i), *is = doc_item(n, i);
        compare(w, item_path(w, path, sv_of(index)), was, is, is ? doc_item(applied, i) : was);
    }
}

static void compare_lists(const struct walk *w, const char *path, const struct doc_node *o,
                          const struct doc_node *n, const struct doc_node *applied)
{
    const char *key = list_key(o, n);
    if (key)
        compare_named(w, path, key, o, n, applied);
    else
        compare_by_position(w, path, o, n, applied);
}

/* ---- any ---- */

/* Secrets: stringData is written only, the server keeps it under data. */
static bool is_kept_as_data(const struct walk *w, const char *path, const struct doc_node *n)
{
    static const char prefix[] = "stringData.";
    if (!sv_is(w->kind, "Secret") || strncmp(path, prefix, sizeof prefix - 1) != 0)
        return false;
    const struct doc_node *data = doc_get(w->q->old_object->object.root, "data");
    struct sv kept = doc_string(get_sv(data, sv_of(path + sizeof prefix - 1)));
    size_t len;
    char *plain = mem_must(arena_alloc(w->q->arena, base64_room(kept)));
    return kept.ptr && base64_decode(kept, plain, &len) && sv_eq(sv_n(plain, len), doc_scalar(n));
}

/* A map that is gone from the manifest takes along what was applied of it, and nothing else. */
static void compare_gone_map(const struct walk *w, const char *path, const struct doc_node *o,
                             const struct doc_node *applied)
{
    doc_each_pair(p, o) {
        struct sv key = p->key->text;
        compare(w, child_path(w, path, key), p->value, NULL, get_sv(applied, key));
    }
}

static void compare_absent(const struct walk *w, const char *path, const struct doc_node *o,
                           const struct doc_node *n, const struct doc_node *applied)
{
    const struct doc_node *there = is_null(o) ? n : o;
    bool gone = is_null(n);
    if (defaults_is_default(w->kind, path, there) || (!gone && is_kept_as_data(w, path, n)))
        return;
    if (gone && w->q->live && is_null(applied))
        return;
    if (gone && w->q->live && o->type == DOC_MAP && applied->type == DOC_MAP)
        compare_gone_map(w, path, o, applied);
    else if (!gone && sv_is(w->kind, "Secret") && strcmp(path, "stringData") == 0)
        compare_maps(w, path, NULL, n, applied);
    else
        add_field(w, path, o, n);
}

static void compare(const struct walk *w, const char *path, const struct doc_node *o,
                    const struct doc_node *n, const struct doc_node *applied)
{
    if (is_bookkeeping(path) || (is_null(o) && is_null(n)))
        return;
    if (is_null(o) || is_null(n))
        compare_absent(w, path, o, n, applied);
    else if (o->type == DOC_MAP && n->type == DOC_MAP)
        compare_maps(w, path, o, n, applied);
    else if (o->type == DOC_SEQ && n->type == DOC_SEQ)
        compare_lists(w, path, o, n, applied);
    else if (!same_value(path, o, n))
        add_field(w, path, o, n);
}

void fields_compare(const struct fields_query *q)
{
    struct walk w = {.q = q, .kind = q->new_object->object.kind};
    compare(&w, "", q->old_object->object.root, q->new_object->object.root,
            q->old_object->last_applied);
}
