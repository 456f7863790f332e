#include "pocket/life/json.h"

#include "base/must.h"
#include "base/vec.h"
#include "doc/pull.h"

#include <stdlib.h>

/* ---- edits ---- */

struct editing {
    struct jsonw j;
    const struct life_edit *edits;
    size_t n;
    struct arena *scratch;
};

static bool is_edited(const struct editing *e, const char *outer, struct sv key, bool *deeper)
{
    bool here = false;
    *deeper = false;
    for (size_t i = 0; i < e->n; i++) {
        const struct life_edit *d = &e->edits[i];
        if (outer)
            here |= d->inner && strcmp(d->outer, outer) == 0 && sv_is(key, d->inner);
        else if (sv_is(key, d->outer))
            *(d->inner ? deeper : &here) = true;
    }
    return here;
}

/* Fields that were taken out above, or never there. */
static void add_inner(struct editing *e, const char *outer)
{
    for (size_t i = 0; i < e->n; i++)
        if (e->edits[i].inner && strcmp(e->edits[i].outer, outer) == 0 && e->edits[i].raw.ptr) {
            jsonw_key(&e->j, e->edits[i].inner);
            jsonw_raw(&e->j, e->edits[i].raw);
        }
}

static void edit_inner(struct editing *e, const char *outer, struct pull *p)
{
    struct sv key, raw;
    bool deeper;
    jsonw_object(&e->j);
    if (pull_map(p))
        while (pull_key(p, &key)) {
            if (!pull_raw(p, &raw) || is_edited(e, outer, key, &deeper))
                continue;
            jsonw_key_sv(&e->j, key);
            jsonw_raw(&e->j, raw);
        }
    add_inner(e, outer);
    jsonw_object_end(&e->j);
}

static const char *outer_of(const struct editing *e, struct sv key)
{
    for (size_t i = 0; i < e->n; i++)
        if (sv_is(key, e->edits[i].outer))
            return e->edits[i].outer;
    return NULL;
}

/* Objects that the edits ask for and that were not there. */
static void add_outer(struct editing *e, unsigned seen)
{
    for (size_t i = 0; i < e->n; i++) {
        const struct life_edit *d = &e->edits[i];
        if (!d->inner && d->raw.ptr) {
            jsonw_key(&e->j, d->outer);
            jsonw_raw(&e->j, d->raw);
        }
        if (!d->inner || !d->raw.ptr || seen >> i & 1)
            continue;
        for (size_t k = i; k < e->n; k++)
            if (strcmp(e->edits[k].outer, d->outer) == 0)
                seen |= 1u << k;
        jsonw_key(&e->j, d->outer);
        jsonw_object(&e->j);
        add_inner(e, d->outer);
        jsonw_object_end(&e->j);
    }
}

void life_json_edit(struct str *out, struct sv json, const struct life_edit *edits, size_t n,
                    struct arena *scratch)
{
    struct editing e = {.edits = edits, .n = n, .scratch = scratch};
    struct pull p;
    struct sv key, raw;
    unsigned seen = 0;
    bool deeper;
    jsonw_init(&e.j, out, 0);
    pull_init(&p, json, scratch);
    jsonw_object(&e.j);
    if (pull_map(&p))
        while (pull_key(&p, &key)) {
            bool here = is_edited(&e, NULL, key, &deeper);
            if (deeper) {
                for (size_t i = 0; i < n; i++)
                    if (sv_is(key, edits[i].outer))
                        seen |= 1u << i;
                jsonw_key_sv(&e.j, key);
                edit_inner(&e, outer_of(&e, key), &p);
            } else if (pull_raw(&p, &raw) && !here) {
                jsonw_key_sv(&e.j, key);
                jsonw_raw(&e.j, raw);
            }
        }
    add_outer(&e, seen);
    jsonw_object_end(&e.j);
}

/* ---- asking ---- */

static bool find(struct pull *p, const char *wanted)
{
    struct sv key;
    if (!pull_map(p))
        return false;
    while (pull_key(p, &key)) {
        if (sv_is(key, wanted))
            return true;
        pull_skip(p);
    }
    return false;
}

static bool seek(struct pull *p, struct sv json, const char *outer, const char *inner,
                 struct arena *scratch)
{
    pull_init(p, json, scratch);
    return json.ptr && find(p, outer) && (!inner || find(p, inner)) && pull_peek(p) != PULL_NULL;
}

struct sv life_json_at(struct sv json, const char *outer, const char *inner, struct arena *scratch)
{
    struct pull p;
    struct sv raw = SV_NONE;
    if (seek(&p, json, outer, inner, scratch))
        pull_raw(&p, &raw);
    return raw;
}

struct sv life_json_text(struct sv json, const char *outer, const char *inner,
                         struct arena *scratch)
{
    struct pull p;
    struct sv text = SV_NONE;
    if (!seek(&p, json, outer, inner, scratch) || !pull_scalar(&p, &text))
        return SV_NONE;
    return text;
}

int64_t life_json_int(struct sv json, const char *outer, const char *inner, int64_t otherwise,
                      struct arena *scratch)
{
    struct pull p;
    int64_t n;
    return seek(&p, json, outer, inner, scratch) && pull_i64(&p, &n) ? n : otherwise;
}

/* ---- one text for equal values ---- */

struct field {
    struct sv key, raw;
};

static int compare_field(const void *a, const void *b)
{
    const struct field *x = a, *y = b;
    return sv_cmp(x->key, y->key);
}

static void canon(struct jsonw *j, struct sv json, struct arena *scratch);

static void canon_map(struct jsonw *j, struct pull *p, struct arena *scratch)
{
    VEC(struct field) fields = {0};
    struct field f;
    if (pull_map(p))
        while (pull_key(p, &f.key)) {
            bool null = pull_peek(p) == PULL_NULL || sv_is(f.key, "pod-template-hash") ||
                        sv_is(f.key, "controller-revision-hash");
            if (pull_raw(p, &f.raw) && !null)
                must_push(&fields, f);
        }
    if (fields.len)
        qsort(fields.items, fields.len, sizeof *fields.items, compare_field);
    jsonw_object(j);
    vec_foreach(one, &fields) {
        jsonw_key_sv(j, one->key);
        canon(j, one->raw, scratch);
    }
    jsonw_object_end(j);
    vec_release(&fields);
}

static void canon(struct jsonw *j, struct sv json, struct arena *scratch)
{
    struct pull p;
    struct sv raw;
    pull_init(&p, json, scratch);
    enum pull_type type = pull_peek(&p);
    if (type == PULL_MAP) {
        canon_map(j, &p, scratch);
    } else if (type == PULL_SEQ) {
        jsonw_array(j);
        if (pull_seq(&p))
            while (pull_item(&p))
                if (pull_raw(&p, &raw))
                    canon(j, raw, scratch);
        jsonw_array_end(j);
    } else if (pull_raw(&p, &raw)) {
        jsonw_raw(j, raw);
    }
}

void life_json_canon(struct str *out, struct sv json, struct arena *scratch)
{
    struct jsonw j;
    jsonw_init(&j, out, 0);
    if (json.ptr)
        canon(&j, json, scratch);
}
