#include "doc/emit.h"

#include "base/jsonw.h"
#include "base/utf8.h"
#include "doc/internal.h"

#include <locale.h>
#include <math.h>

#define SIMPLE_KEY_MAX 160 /* bytes; YAML takes 1024 characters, escapes counted */

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
        v.ptr[v.len - 1] == ':' || sv_starts(v, "..."))
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

/* Line breaks of YAML 1.1 that are none in JSON, and what libyaml does not take as it is. */
static bool needs_escape(uint32_t cp)
{
    return cp < 0x20 || (cp >= 0x7F && cp < 0xA0) || cp == 0x2028 || cp == 0x2029 || cp == 0xFEFF ||
           cp == 0xFFFE || cp == 0xFFFF;
}

static uint32_t decode(const char *p, size_t n)
{
    uint32_t cp = (unsigned char)*p;
    if (n > 1)
        cp &= 0x7Fu >> n;
    for (size_t i = 1; i < n; i++)
        cp = cp << 6 | ((unsigned char)p[i] & 0x3F);
    return cp;
}

static void quote(struct sv text, struct str *out)
{
    str_addc(out, '"');
    for (size_t i = 0; i < text.len;) {
        const char *p = text.ptr + i;
        size_t n = utf8_length(p, text.len - i);
        uint32_t cp = n ? decode(p, n) : 0xFFFD;
        i += n ? n : 1;
        if (cp == '\n' || cp == '\t')
            str_adds(out, cp == '\n' ? "\\n" : "\\t");
        else if (cp == '"' || cp == '\\')
            str_addf(out, "\\%c", (int)cp);
        else if (needs_escape(cp) || !n)
            str_addf(out, "\\u%04X", cp);
        else
            str_add(out, p, n);
    }
    str_addc(out, '"');
}

void emit_yaml_string(struct sv text, struct str *out)
{
    if (plain_characters(text) && stays_string(text))
        str_addv(out, text);
    else
        quote(text, out);
}

static void yaml_value(const struct doc_node *n, unsigned column, struct str *out);

static bool is_filled(const struct doc_node *n)
{
    return n && (n->type == DOC_MAP || n->type == DOC_SEQ) && doc_count(n);
}

/* With its colon. A long key is no "simple key" to YAML and needs a `?`. */
static void yaml_key(struct sv key, unsigned column, struct str *out)
{
    bool simple = key.len <= SIMPLE_KEY_MAX;
    str_adds(out, simple ? "" : "? ");
    emit_yaml_string(key, out);
    if (!simple) {
        str_addc(out, '\n');
        str_fill(out, ' ', column);
    }
    str_addc(out, ':');
}

static void yaml_map(const struct doc_node *n, unsigned column, struct str *out)
{
    bool first = true;
    doc_each_pair(p, n) {
        if (!first)
            str_fill(out, ' ', column);
        first = false;
        yaml_key(p->key->text, column, out);
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
