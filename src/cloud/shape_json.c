#include "cloud/shape.h"

#include "base/must.h"
#include "base/timestamp.h"

#include <math.h>

/* Where texts go, and, when somebody wants to know, the names of what is not understood. */
struct reading {
    struct arena *arena;
    struct shape_texts *unknown;
};

static int read_object(const struct reading *r, const struct shape *s, const struct doc_node *node,
                       void *out, struct err *err);

static int refuse(const struct shape_field *f, const char *wanted, struct err *err)
{
    return err_set(err, ERR_INPUT, "%s is no %s", f->name, wanted);
}

static bool is_a(const struct doc_node *node, enum doc_type type)
{
    return node && node->type == type;
}

static int take_text(const struct doc_node *node, struct arena *arena, const char **out)
{
    struct sv text = doc_string(node);
    if (!text.ptr)
        return -1;
    *out = mem_must(arena_dup(arena, text));
    return 0;
}

/* Seconds since 1970 as a number, with a fraction, or as RFC 3339. */
static bool take_time(const struct doc_node *node, int64_t *out)
{
    if (node->type == DOC_STRING)
        return timestamp_parse(node->text, out);
    if (node->type == DOC_INT)
        *out = node->integer;
    else if (node->type == DOC_FLOAT && fabs(node->number) < 1e15)
        *out = (int64_t)floor(node->number);
    else
        return false;
    return true;
}

static int take_number(const struct shape_field *f, const struct doc_node *node, void *at,
                       struct err *err)
{
    if (f->kind == SHAPE_TIME)
        return take_time(node, at) ? 0 : refuse(f, "point in time", err);
    if (f->kind == SHAPE_NUMBER) {
        if (node->type != DOC_INT && node->type != DOC_FLOAT)
            return refuse(f, "number", err);
        double n = node->type == DOC_INT ? (double)node->integer : node->number;
        *(struct shape_number *)at = (struct shape_number){true, n};
        return 0;
    }
    /* Some services write whole numbers as 3.0. */
    bool whole =
        node->type == DOC_FLOAT && floor(node->number) == node->number && fabs(node->number) < 1e15;
    if (node->type != DOC_INT && !whole)
        return refuse(f, "whole number", err);
    *(struct shape_int *)at =
        shape_int(node->type == DOC_INT ? node->integer : (int64_t)node->number);
    return 0;
}

static int take_texts(const struct reading *r, const struct shape_field *f,
                      const struct doc_node *node, void *at, struct err *err)
{
    if (!is_a(node, DOC_SEQ))
        return refuse(f, "list", err);
    doc_each_item(item, node) {
        const char **text = shape_list_add(at, sizeof *text, r->arena);
        if (take_text(item, r->arena, text))
            return refuse(f, "list of texts", err);
    }
    return 0;
}

static int take_pairs(const struct reading *r, const struct shape_field *f,
                      const struct doc_node *node, void *at, struct err *err)
{
    if (!is_a(node, DOC_MAP))
        return refuse(f, "map", err);
    doc_each_pair(pair, node) {
        struct shape_pair *p = shape_list_add(at, sizeof *p, r->arena);
        if (take_text(pair->value, r->arena, &p->value))
            return refuse(f, "map of texts", err);
        p->key = mem_must(arena_dup(r->arena, pair->key->text));
    }
    return 0;
}

static int take_structs(const struct reading *r, const struct shape_field *f,
                        const struct doc_node *node, void *at, struct err *err)
{
    if (!is_a(node, DOC_SEQ))
        return refuse(f, "list", err);
    doc_each_item(item, node) {
        void *one = shape_list_add(at, f->of->size, r->arena);
        if (read_object(r, f->of, item, one, err))
            return err_wrap(err, "%s", f->name);
    }
    return 0;
}

static int take_keyed(const struct reading *r, const struct shape_field *f,
                      const struct doc_node *node, void *at, struct err *err)
{
    if (!is_a(node, DOC_MAP))
        return refuse(f, "map", err);
    doc_each_pair(pair, node) {
        void *one = shape_list_add(at, f->of->size, r->arena);
        *(const char **)one = mem_must(arena_dup(r->arena, pair->key->text));
        if (read_object(r, f->of, pair->value, one, err))
            return err_wrap(err, "%s", f->name);
    }
    return 0;
}

static int take(const struct reading *r, const struct shape_field *f, const struct doc_node *node,
                void *at, struct err *err)
{
    switch (f->kind) {
    case SHAPE_TEXT:
        return take_text(node, r->arena, at) ? refuse(f, "text", err) : 0;
    case SHAPE_INT:
    case SHAPE_NUMBER:
    case SHAPE_TIME:
        return take_number(f, node, at, err);
    case SHAPE_BOOL:
        if (node->type != DOC_BOOL)
            return refuse(f, "true or false", err);
        *(enum shape_flag *)at = node->boolean ? SHAPE_YES : SHAPE_NO;
        return 0;
    case SHAPE_STRUCT:
        return read_object(r, f->of, node, at, err) ? err_wrap(err, "%s", f->name) : 0;
    case SHAPE_TEXTS:
        return take_texts(r, f, node, at, err);
    case SHAPE_PAIRS:
        return take_pairs(r, f, node, at, err);
    case SHAPE_STRUCTS:
        return take_structs(r, f, node, at, err);
    case SHAPE_KEYED:
        return take_keyed(r, f, node, at, err);
    }
    return 0;
}

static bool is_empty(const struct doc_node *node)
{
    bool holds = node->type == DOC_MAP || node->type == DOC_SEQ;
    return node->type == DOC_NULL || (holds && doc_count(node) == 0);
}

static void note_unknown(const struct reading *r, const struct shape *s,
                         const struct doc_node *node)
{
    doc_each_pair(pair, node) {
        bool known = is_empty(pair->value);
        for (unsigned i = 0; i < s->count && !known; i++)
            known =
                sv_is(pair->key->text, s->fields[i].wire ? s->fields[i].wire : s->fields[i].name);
        if (known)
            continue;
        const char **name = shape_list_add(r->unknown, sizeof *name, r->arena);
        *name = mem_must(arena_dup(r->arena, pair->key->text));
    }
}

static int read_object(const struct reading *above, const struct shape *s,
                       const struct doc_node *node, void *out, struct err *err)
{
    struct reading r = *above;
    if (!is_a(node, DOC_MAP))
        return err_set(err, ERR_INPUT, "there is no object");
    if (s->keeps)
        r.unknown = (struct shape_texts *)((char *)out + s->unknown);
    if (r.unknown)
        note_unknown(&r, s, node);
    for (unsigned i = 0; i < s->count; i++) {
        const struct shape_field *f = &s->fields[i];
        const struct doc_node *value = doc_get(node, f->wire ? f->wire : f->name);
        bool given = value && value->type != DOC_NULL;
        if (!given && f->must)
            return err_set(err, ERR_INPUT, "%s is missing", f->name);
        if (given && take(&r, f, value, (char *)out + f->offset, err))
            return -1;
    }
    return 0;
}

int shape_from_json(const struct shape *s, const struct doc_node *node, struct arena *arena,
                    void *out, struct err *err)
{
    const struct reading r = {arena, NULL};
    return read_object(&r, s, node, out, err);
}

/* --- writing ------------------------------------------------------------------------------- */

/* As the service wants it, as awscli prints it, or as a service answers. */
enum manner { TO_SERVICE, TO_PRINT, TO_CLIENT };

struct writing {
    struct jsonw w;
    enum manner manner;
};

static void put_object(const struct shape *s, const void *in, struct writing *to);

static void put_list(const struct shape_field *f, const void *at, struct writing *to)
{
    const struct shape_texts *texts = at;
    SHAPE_LIST(char) structs;
    jsonw_array(&to->w);
    if (f->kind == SHAPE_TEXTS) {
        shape_each(text, texts)
            jsonw_str(&to->w, *text);
    } else {
        memcpy(&structs, at, sizeof structs);
        for (uint32_t i = 0; i < structs.count; i++)
            put_object(f->of, structs.items + (size_t)i * f->of->size, to);
    }
    jsonw_array_end(&to->w);
}

static void put_keyed(const struct shape_field *f, const void *at, struct writing *to)
{
    SHAPE_LIST(char) structs;
    memcpy(&structs, at, sizeof structs);
    jsonw_object(&to->w);
    for (uint32_t i = 0; i < structs.count; i++) {
        const char *one = structs.items + (size_t)i * f->of->size;
        jsonw_key(&to->w, *(const char *const *)one);
        put_object(f->of, one, to);
    }
    jsonw_object_end(&to->w);
}

static void put_pairs(const struct shape_pairs *pairs, struct writing *to)
{
    jsonw_object(&to->w);
    shape_each(pair, pairs)
        jsonw_kv_str(&to->w, pair->key, pair->value);
    jsonw_object_end(&to->w);
}

static void put(const struct shape_field *f, const void *at, struct writing *to)
{
    char text[48];
    switch (f->kind) {
    case SHAPE_TEXT:
        jsonw_str(&to->w, *(const char *const *)at);
        return;
    case SHAPE_INT:
        jsonw_int(&to->w, ((const struct shape_int *)at)->n);
        return;
    case SHAPE_NUMBER:
        snprintf(text, sizeof text, "%.17g", ((const struct shape_number *)at)->n);
        jsonw_raw(&to->w, sv_of(text));
        return;
    case SHAPE_BOOL:
        jsonw_bool(&to->w, *(const enum shape_flag *)at == SHAPE_YES);
        return;
    case SHAPE_TIME:
        jsonw_int(&to->w, *(const int64_t *)at);
        return;
    case SHAPE_STRUCT:
        put_object(f->of, at, to);
        return;
    case SHAPE_PAIRS:
        put_pairs(at, to);
        return;
    case SHAPE_TEXTS:
    case SHAPE_STRUCTS:
        put_list(f, at, to);
        return;
    case SHAPE_KEYED:
        put_keyed(f, at, to);
        return;
    }
}

static bool is_written(const struct shape_field *f, const void *in, const struct writing *to)
{
    bool collection = f->kind == SHAPE_TEXTS || f->kind == SHAPE_STRUCTS || f->kind == SHAPE_PAIRS;
    if (to->manner == TO_SERVICE && f->place != SHAPE_BODY)
        return false;
    if (to->manner == TO_CLIENT && collection && to->w.depth == 1)
        return true;
    return shape_given(f, in);
}

static void put_object(const struct shape *s, const void *in, struct writing *to)
{
    jsonw_object(&to->w);
    for (unsigned i = 0; i < s->count; i++) {
        const struct shape_field *f = &s->fields[i];
        if (!is_written(f, in, to))
            continue;
        jsonw_key(&to->w, f->wire && to->manner != TO_PRINT ? f->wire : f->name);
        put(f, (const char *)in + f->offset, to);
    }
    jsonw_object_end(&to->w);
}

static void write_object(const struct shape *s, const void *in, enum manner manner, struct str *out)
{
    struct writing to = {.manner = manner};
    jsonw_init(&to.w, out, 0);
    put_object(s, in, &to);
}

void shape_to_json(const struct shape *s, const void *in, struct str *out)
{
    write_object(s, in, TO_SERVICE, out);
}

void shape_to_answer(const struct shape *s, const void *in, struct str *out)
{
    write_object(s, in, TO_CLIENT, out);
}

void shape_print(const struct shape *s, const void *in, struct str *out)
{
    write_object(s, in, TO_PRINT, out);
}
