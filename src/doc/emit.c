#include "doc/emit.h"

#include "base/jsonw.h"
#include "doc/internal.h"

#include <locale.h>
#include <math.h>

/* ---- JSON ---- */

/* The fewest digits that read back the same, with a point in every locale; whole numbers without
 * an exponent, as Go writes them. */
static void shortest(double number, char text[static 40])
{
    int digits = 1;
    if (number == trunc(number) && fabs(number) < 1e21) {
        snprintf(text, 40, "%.0f", number);
        return;
    }
    do
        snprintf(text, 40, "%.*g", digits, number);
    while (strtod(text, NULL) != number && digits++ < 17);
    char *comma = strchr(text, localeconv()->decimal_point[0]);
    if (comma)
        *comma = '.';
}

static void json_number(struct jsonw *w, const struct doc_node *n)
{
    char text[40];
    if (n->type == DOC_FLOAT && !isfinite(n->number)) {
        jsonw_sv(w, n->text); /* JSON has no word for it */
        return;
    }
    if (n->type == DOC_INT)
        snprintf(text, sizeof text, "%lld", (long long)n->integer);
    else
        shortest(n->number, text);
    jsonw_raw(w, sv_of(text));
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
            jsonw_key_sv(w, p->key->text);
            json_node(w, p->value);
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
