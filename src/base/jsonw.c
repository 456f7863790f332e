#include "base/jsonw.h"

#include "base/utf8.h"

void jsonw_init(struct jsonw *w, struct str *out, unsigned indent)
{
    *w = (struct jsonw){.out = out, .indent = indent};
}

static void newline(struct jsonw *w)
{
    if (!w->indent)
        return;
    str_addc(w->out, '\n');
    str_fill(w->out, ' ', (size_t)w->indent * w->depth);
}

/* Comma and line before an item of an object or array. */
static void before_item(struct jsonw *w)
{
    if (w->after_key) {
        w->after_key = false;
        return;
    }
    if (!w->depth)
        return;
    if (w->has_items[w->depth - 1])
        str_addc(w->out, ',');
    w->has_items[w->depth - 1] = true;
    newline(w);
}

static void open_level(struct jsonw *w, char c)
{
    before_item(w);
    if (w->depth >= JSONW_DEPTH_MAX) {
        w->out->failed = true;
        return;
    }
    str_addc(w->out, c);
    w->has_items[w->depth++] = false;
}

static void close_level(struct jsonw *w, char c)
{
    if (!w->depth)
        return;
    w->depth--;
    if (w->has_items[w->depth])
        newline(w);
    str_addc(w->out, c);
}

void jsonw_object(struct jsonw *w)
{
    open_level(w, '{');
}

void jsonw_object_end(struct jsonw *w)
{
    close_level(w, '}');
}

void jsonw_array(struct jsonw *w)
{
    open_level(w, '[');
}

void jsonw_array_end(struct jsonw *w)
{
    close_level(w, ']');
}

static void quote_char(struct str *out, unsigned char c)
{
    switch (c) {
    case '"':
        str_adds(out, "\\\"");
        break;
    case '\\':
        str_adds(out, "\\\\");
        break;
    case '\n':
        str_adds(out, "\\n");
        break;
    case '\r':
        str_adds(out, "\\r");
        break;
    case '\t':
        str_adds(out, "\\t");
        break;
    default:
        str_addf(out, "\\u%04x", c);
    }
}

/* Most texts are nothing but these. */
static inline bool is_plain(unsigned char c)
{
    return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

static size_t plain_end(struct sv v, size_t i)
{
    while (i < v.len && is_plain((unsigned char)v.ptr[i]))
        i++;
    return i;
}

void jsonw_quote(struct str *out, struct sv v)
{
    size_t start = plain_end(v, 0);
    str_addc(out, '"');
    str_add(out, v.ptr, start);
    for (size_t i = start, plain = start; i < v.len;) {
        size_t n = utf8_length(v.ptr + i, v.len - i);
        unsigned char c = (unsigned char)v.ptr[i];
        bool special = n == 0 || c < 0x20 || c == '"' || c == '\\' || c == 0x7f;
        size_t step = n ? n : 1;
        if (special) {
            str_add(out, v.ptr + plain, i - plain);
            if (n)
                quote_char(out, c);
            else
                str_adds(out, "\xEF\xBF\xBD");
            plain = i + step;
        }
        i += step;
        if (i >= v.len)
            str_add(out, v.ptr + plain, v.len - plain);
    }
    str_addc(out, '"');
}

void jsonw_key_sv(struct jsonw *w, struct sv key)
{
    before_item(w);
    jsonw_quote(w->out, key);
    str_adds(w->out, w->indent ? ": " : ":");
    w->after_key = true;
}

void jsonw_key(struct jsonw *w, const char *key)
{
    jsonw_key_sv(w, sv_of(key));
}

void jsonw_raw(struct jsonw *w, struct sv json)
{
    before_item(w);
    str_addv(w->out, json);
}

void jsonw_null(struct jsonw *w)
{
    jsonw_raw(w, SV("null"));
}

void jsonw_sv(struct jsonw *w, struct sv v)
{
    if (!v.ptr) {
        jsonw_null(w);
        return;
    }
    before_item(w);
    jsonw_quote(w->out, v);
}

void jsonw_str(struct jsonw *w, const char *s)
{
    jsonw_sv(w, sv_of(s));
}

void jsonw_int(struct jsonw *w, long long n)
{
    before_item(w);
    str_addf(w->out, "%lld", n);
}

void jsonw_bool(struct jsonw *w, bool b)
{
    jsonw_raw(w, b ? SV("true") : SV("false"));
}

void jsonw_kv_str(struct jsonw *w, const char *key, const char *value)
{
    jsonw_key(w, key);
    jsonw_str(w, value);
}

void jsonw_kv_sv(struct jsonw *w, const char *key, struct sv value)
{
    jsonw_key(w, key);
    jsonw_sv(w, value);
}

void jsonw_kv_int(struct jsonw *w, const char *key, long long value)
{
    jsonw_key(w, key);
    jsonw_int(w, value);
}

void jsonw_kv_bool(struct jsonw *w, const char *key, bool value)
{
    jsonw_key(w, key);
    jsonw_bool(w, value);
}
