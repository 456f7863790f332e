#include "rules/diff/immutable.h"

#include "rules/diff/condition.h"
#include "rules/diff/match.h"

/* ---- paths ---- */

/* Takes the next step of a changed field's path: "spec.ports[http].port" gives spec, ports, http,
 * port. What stands in brackets is one step, dots and all. */
static bool next_step(struct sv *path, struct sv *step)
{
    if (path->len && path->ptr[0] == '.')
        *path = sv_n(path->ptr + 1, path->len - 1);
    if (!path->len)
        return false;
    if (path->ptr[0] == '[') {
        const char *end = memchr(path->ptr, ']', path->len);
        size_t n = end ? (size_t)(end - path->ptr) : path->len;
        *step = sv_n(path->ptr + 1, n - 1);
        size_t used = end ? n + 1 : n;
        *path = sv_n(path->ptr + used, path->len - used);
        return true;
    }
    size_t n = 0;
    while (n < path->len && path->ptr[n] != '.' && path->ptr[n] != '[')
        n++;
    *step = sv_n(path->ptr, n);
    *path = sv_n(path->ptr + n, path->len - n);
    return true;
}

enum relation {
    PATHS_APART,
    PATHS_WITHIN, /* the field is the pattern's place or lies under it */
    PATHS_ABOVE,  /* the field contains the pattern's place */
};

static enum relation relate(struct sv field, struct sv pattern)
{
    while (pattern.ptr && pattern.len && !sv_is(pattern, ".")) {
        struct sv step, wanted = sv_split(&pattern, '.');
        if (!next_step(&field, &step))
            return PATHS_ABOVE;
        if (!sv_is(wanted, "*") && !sv_eq(step, wanted))
            return PATHS_APART;
    }
    return PATHS_WITHIN;
}

static bool under_exception(struct sv field, struct sv base, struct sv exceptions)
{
    char pattern[256];
    for (struct sv one; (one = sv_split(&exceptions, ',')).ptr;) {
        bool whole = sv_is(base, ".");
        int n = snprintf(pattern, sizeof pattern, "%.*s%s%.*s", whole ? 0 : (int)base.len, base.ptr,
                         whole ? "" : ".", SV_ARG(one));
        if (relate(field, sv_n(pattern, (size_t)n)) == PATHS_WITHIN)
            return true;
    }
    return false;
}

static bool path_concerns(const struct immutable_rule *r, const struct diff_field *f,
                          struct sv *base)
{
    struct sv rest = sv_of(r->path), field = sv_of(f->path);
    *base = sv_split(&rest, '~');
    if (relate(field, *base) == PATHS_APART)
        return false;
    return !rest.ptr || !under_exception(field, *base, rest);
}

/* ---- rows ---- */

static bool version_in(const struct immutable_rule *r, struct version v)
{
    if (!v.set)
        return !r->to.set;
    return (!r->from.set || version_cmp(v, r->from) >= 0) &&
           (!r->to.set || version_cmp(v, r->to) < 0);
}

static bool names(const char *wanted, struct sv have)
{
    return strcmp(wanted, "*") == 0 || sv_is(have, wanted);
}

static const struct doc_node *value_at(const struct doc_node *root, struct sv base)
{
    const struct doc_node *at = root;
    for (struct sv step; at && !sv_is(base, ".") && (step = sv_split(&base, '.')).ptr;) {
        char key[64];
        uint64_t index;
        snprintf(key, sizeof key, "%.*s", SV_ARG(step));
        at = sv_to_u64(step, &index) ? doc_item(at, (uint32_t)index) : doc_get(at, key);
    }
    return at;
}

static bool in_shared_item(const struct diff_field *f)
{
    const char *bracket = strrchr(f->path, ']');
    return bracket && (bracket[1] != '\0' || (f->old_value && f->new_value));
}

static bool row_holds(const struct immutable_rule *r, struct sv base, const struct diff_object *o,
                      const struct diff_object *n, const struct diff_field *f)
{
    struct condition_view v = {
        .old_root = o->object.root,
        .new_root = n->object.root,
        .old_value = value_at(o->object.root, base),
        .new_value = value_at(n->object.root, base),
        .field = f,
        .inside_item = in_shared_item(f),
    };
    return condition_holds(r->condition, &v);
}

const struct immutable_rule *immutable_find(const struct diff_object *o,
                                            const struct diff_object *n, const struct diff_field *f,
                                            struct version version)
{
    for (size_t i = 0; i < table_immutable_len; i++) {
        const struct immutable_rule *r = &table_immutable[i];
        struct sv base;
        if (!names(r->kind, n->object.kind) || !names(r->group, match_family(&n->object)))
            continue;
        if (version_in(r, version) && path_concerns(r, f, &base) && row_holds(r, base, o, n, f))
            return r;
    }
    return NULL;
}
