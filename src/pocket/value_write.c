#include "base/jsonw.h"
#include "base/vec.h"
#include "doc/emit.h"
#include "pocket/value.h"

#include <stdlib.h>

#define FEW 32u

static int by_key(const void *left, const void *right)
{
    const struct doc_pair *const *a = left, *const *b = right;
    return sv_cmp((*a)->key->text, (*b)->key->text);
}

static void write_node(struct jsonw *w, const struct doc_node *node);

static void write_pairs(struct jsonw *w, const struct doc_node *map, const struct doc_pair **order)
{
    size_t count = 0;
    doc_each_pair(p, map)
        order[count++] = p;
    qsort(order, count, sizeof(const struct doc_pair *), by_key);
    for (size_t i = 0; i < count; i++) {
        jsonw_key_sv(w, order[i]->key->text);
        write_node(w, order[i]->value);
    }
}

static void write_map(struct jsonw *w, const struct doc_node *map)
{
    const struct doc_pair *few[FEW] = {0};
    jsonw_object(w);
    if (map->pair_count <= FEW) {
        write_pairs(w, map, few);
    } else {
        const struct doc_pair **many = calloc(map->pair_count, sizeof(const struct doc_pair *));
        if (many)
            write_pairs(w, map, many);
        else
            w->out->failed = true;
        free(many);
    }
    jsonw_object_end(w);
}

static void write_node(struct jsonw *w, const struct doc_node *node)
{
    if (w->out->failed)
        return;
    if (node && node->type == DOC_MAP) {
        write_map(w, node);
    } else if (node && node->type == DOC_SEQ) {
        jsonw_array(w);
        doc_each_item(item, node)
            write_node(w, item);
        jsonw_array_end(w);
    } else if (node && node->type == DOC_STRING) {
        jsonw_sv(w, node->text);
    } else if (node && node->type == DOC_INT) {
        jsonw_int(w, node->integer);
    } else if (node && node->type == DOC_BOOL) {
        jsonw_bool(w, node->boolean);
    } else if (node && node->type == DOC_FLOAT) {
        _cleanup_str_ struct str number = {0};
        if (emit_json(node, 0, &number, NULL) < 0)
            w->out->failed = true;
        else
            jsonw_raw(w, str_sv(&number));
    } else {
        jsonw_null(w);
    }
}

bool value_write(const struct doc_node *node, struct str *out)
{
    struct jsonw w;
    jsonw_init(&w, out, 0);
    write_node(&w, node);
    return str_ok(out);
}

struct sv value_json(struct arena *a, const struct doc_node *node)
{
    _cleanup_str_ struct str text;
    str_init(&text, 0);
    if (!value_write(node, &text))
        return SV_NONE;
    const char *copy = arena_dup(a, str_sv(&text));
    return copy ? sv_n(copy, text.len) : SV_NONE;
}
