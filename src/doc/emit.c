#include "doc/emit.h"

#include "base/jsonw.h"
#include "doc/internal.h"

#include <math.h>

/* ---- JSON ---- */

static void json_number(struct jsonw *w, const struct doc_node *n)
{
    char text[40];
    if (n->type == DOC_INT)
        snprintf(text, sizeof text, "%lld", (long long)n->integer);
    else
        snprintf(text, sizeof text, "%.17g", n->number);
    if (n->type == DOC_FLOAT && !isfinite(n->number))
        jsonw_str(w, text);
    else
        jsonw_raw(w, sv_of(text));
}

/* With duplicate keys the last one counts. */
static bool is_last(const struct doc_node *map, const struct doc_pair *p)
{
    for (const struct doc_pair *later = p + 1; later < map->pairs + map->pair_count; later++)
        if (later->role == DOC_PAIR_OWN && sv_eq(later->key->text, p->key->text))
            return false;
    return true;
}

static void json_node(struct jsonw *w, const struct doc_node *n)
{
    switch (n ? n->type : DOC_NULL) {
    case DOC_NULL:
        jsonw_null(w);
        break;
    case DOC_BOOL:
        jsonw_bool(w, n->boolean);
        break;
    case DOC_INT:
    case DOC_FLOAT:
        json_number(w, n);
        break;
    case DOC_STRING:
        jsonw_sv(w, n->text);
        break;
    case DOC_SEQ:
        jsonw_array(w);
        doc_each_item(item, n)
            json_node(w, item);
        jsonw_array_end(w);
        break;
    case DOC_MAP:
        jsonw_object(w);
        doc_each_pair(p, n) {
            if (is_last(n, p)) {
                jsonw_key_sv(w, p->key->text);
                json_node(w, p->value);
            }
        }
        jsonw_object_end(w);
        break;
    }
}

int emit_json(const struct doc_node *node, unsigned indent, struct str *out, struct err *err)
{
    struct jsonw w;
    jsonw_init(&w, out, indent);
    json_node(&w, node);
    return str_ok(out) ? 0 : err_nomem(err, "writing JSON");
}

/* ---- YAML ---- */

static bool plain_characters(struct sv v)
{
    if (!v.len || strchr("-?:,[]{}#&*!|>'\"%@` \t", v.ptr[0]) || v.ptr[v.len - 1] == ' ' ||
        v.ptr[v.len - 1] == ':')
        return false;
    for (size_t i = 0; i < v.len; i++) {
        unsigned char c = (unsigned char)v.ptr[i];
        bool comment = c == '#' && v.ptr[i - 1] == ' ';
        bool colon = c == ':' && i + 1 < v.len && v.ptr[i + 1] == ' ';
        if (c < 0x20 || c >= 0x7f || comment || colon)
            return false;
    }
    return true;
}

static bool stays_string(struct sv v)
{
    return resolve_type(v) == DOC_STRING && !sv_is(v, "<<") && !sv_is(v, "=");
}

void emit_yaml_string(struct sv text, struct str *out)
{
    if (plain_characters(text) && stays_string(text))
        str_addv(out, text);
    else
        jsonw_quote(out, text);
}

static void yaml_value(const struct doc_node *n, unsigned column, struct str *out);

static bool is_filled(const struct doc_node *n)
{
    return n && (n->type == DOC_MAP || n->type == DOC_SEQ) && doc_count(n);
}

static void yaml_map(const struct doc_node *n, unsigned column, struct str *out)
{
    bool first = true;
    doc_each_pair(p, n) {
        if (!is_last(n, p))
            continue;
        if (!first)
            str_fill(out, ' ', column);
        first = false;
        emit_yaml_string(p->key->text, out);
        str_addc(out, ':');
        if (is_filled(p->value)) {
            bool seq = p->value->type == DOC_SEQ;
            str_addc(out, '\n');
            str_fill(out, ' ', seq ? column : column + 2);
            yaml_value(p->value, seq ? column : column + 2, out);
        } else {
            str_addc(out, ' ');
            yaml_value(p->value, column, out);
        }
    }
}

static void yaml_seq(const struct doc_node *n, unsigned column, struct str *out)
{
    for (uint32_t i = 0; i < n->item_count; i++) {
        if (i)
            str_fill(out, ' ', column);
        str_adds(out, "- ");
        yaml_value(n->items[i], column + 2, out);
    }
}

static void yaml_scalar(const struct doc_node *n, struct str *out)
{
    struct jsonw w;
    if (n && n->type == DOC_STRING) {
        emit_yaml_string(n->text, out);
    } else if (n && n->type == DOC_FLOAT && !isfinite(n->number)) {
        str_addv(out, n->text);
    } else {
        jsonw_init(&w, out, 0);
        json_node(&w, n);
    }
    str_addc(out, '\n');
}

static void yaml_value(const struct doc_node *n, unsigned column, struct str *out)
{
    if (!is_filled(n))
        yaml_scalar(n, out);
    else if (n->type == DOC_MAP)
        yaml_map(n, column, out);
    else
        yaml_seq(n, column, out);
}

int emit_yaml(const struct doc_node *node, unsigned column, struct str *out, struct err *err)
{
    yaml_value(node, column, out);
    return str_ok(out) ? 0 : err_nomem(err, "writing YAML");
}
