/* The type of a YAML scalar. kubectl and helm read YAML with Go's yaml.v2, so its rules count, not
 * those of a YAML version: 1.1's words and octals, but no base 60 numbers and no dates. */
#include "base/base64.h"
#include "doc/internal.h"

#include <ctype.h>
#include <locale.h>
#include <math.h>

#define TAG_PREFIX "tag:yaml.org,2002:"
#define SHORT_NUMBER 128

struct word {
    const char *text;
    enum doc_type type;
    double value;
};

static const struct word words[] = {
    {"~", DOC_NULL, 0},
    {"null", DOC_NULL, 0},
    {"Null", DOC_NULL, 0},
    {"NULL", DOC_NULL, 0},
    {"y", DOC_BOOL, 1},
    {"Y", DOC_BOOL, 1},
    {"yes", DOC_BOOL, 1},
    {"Yes", DOC_BOOL, 1},
    {"YES", DOC_BOOL, 1},
    {"true", DOC_BOOL, 1},
    {"True", DOC_BOOL, 1},
    {"TRUE", DOC_BOOL, 1},
    {"on", DOC_BOOL, 1},
    {"On", DOC_BOOL, 1},
    {"ON", DOC_BOOL, 1},
    {"n", DOC_BOOL, 0},
    {"N", DOC_BOOL, 0},
    {"no", DOC_BOOL, 0},
    {"No", DOC_BOOL, 0},
    {"NO", DOC_BOOL, 0},
    {"false", DOC_BOOL, 0},
    {"False", DOC_BOOL, 0},
    {"FALSE", DOC_BOOL, 0},
    {"off", DOC_BOOL, 0},
    {"Off", DOC_BOOL, 0},
    {"OFF", DOC_BOOL, 0},
    {".nan", DOC_FLOAT, NAN},
    {".NaN", DOC_FLOAT, NAN},
    {".NAN", DOC_FLOAT, NAN},
    {".inf", DOC_FLOAT, INFINITY},
    {".Inf", DOC_FLOAT, INFINITY},
    {".INF", DOC_FLOAT, INFINITY},
    {"+.inf", DOC_FLOAT, INFINITY},
    {"+.Inf", DOC_FLOAT, INFINITY},
    {"+.INF", DOC_FLOAT, INFINITY},
    {"-.inf", DOC_FLOAT, -INFINITY},
    {"-.Inf", DOC_FLOAT, -INFINITY},
    {"-.INF", DOC_FLOAT, -INFINITY},
};

/* ---- numbers ---- */

/* strtod wants the decimal point of the process's locale. */
static double to_double(char *z)
{
    char *point = strchr(z, '.');
    char local = localeconv()->decimal_point[0];
    if (point && local != '.')
        *point = local;
    return strtod(z, NULL);
}

bool resolve_number(struct sv text, struct arena *a, double *out)
{
    char small[SHORT_NUMBER];
    char *z = text.len < sizeof small ? small : arena_alloc(a, text.len + 1);
    if (!z)
        return false;
    memcpy(z, text.ptr, text.len);
    z[text.len] = '\0';
    *out = to_double(z);
    return true;
}

static bool digit_value(char c, unsigned base, unsigned *out)
{
    unsigned v = c >= '0' && c <= '9'   ? (unsigned)(c - '0')
                 : c >= 'a' && c <= 'f' ? (unsigned)(c - 'a' + 10)
                 : c >= 'A' && c <= 'F' ? (unsigned)(c - 'A' + 10)
                                        : 99;
    *out = v;
    return v < base;
}

static unsigned take_base(struct sv *v)
{
    if (v->len < 2 || v->ptr[0] != '0')
        return 10;
    char c = (char)(v->ptr[1] | 0x20);
    unsigned base = c == 'x' ? 16 : c == 'o' ? 8 : c == 'b' ? 2 : 0;
    size_t skip = base && v->len > 2 ? 2 : 1;
    v->ptr += skip;
    v->len -= skip;
    return base && skip == 2 ? base : 8;
}

enum int_kind { INT_NO, INT_YES, INT_TOO_LARGE };

/* 12, -0x1F, 0o17, 017, 0b1: with the sign and prefixes of Go's integers. */
static enum int_kind whole_number(struct sv v, int64_t *out)
{
    bool negative = v.len && v.ptr[0] == '-';
    if (v.len && (v.ptr[0] == '-' || v.ptr[0] == '+'))
        v = sv_n(v.ptr + 1, v.len - 1);
    unsigned base = take_base(&v), digit;
    uint64_t n = 0;
    bool large = false;
    for (size_t i = 0; i < v.len; i++) {
        if (!digit_value(v.ptr[i], base, &digit))
            return INT_NO;
        large =
            large || __builtin_mul_overflow(n, base, &n) || __builtin_add_overflow(n, digit, &n);
    }
    if (!v.len)
        return INT_NO;
    if (large || n > (uint64_t)INT64_MAX + negative)
        return INT_TOO_LARGE;
    *out = negative ? (int64_t)(0 - n) : (int64_t)n;
    return INT_YES;
}

static size_t skip_digits(struct sv v, size_t at)
{
    while (at < v.len && isdigit((unsigned char)v.ptr[at]))
        at++;
    return at;
}

static bool is_decimal(struct sv v)
{
    size_t at = v.len && (v.ptr[0] == '-' || v.ptr[0] == '+'), from = at;
    at = skip_digits(v, at);
    size_t count = at - from;
    if (at < v.len && v.ptr[at] == '.') {
        from = ++at;
        at = skip_digits(v, at);
        count += at - from;
    }
    if (!count)
        return false;
    if (at < v.len && (v.ptr[at] | 0x20) == 'e') {
        at++;
        at += at < v.len && (v.ptr[at] == '-' || v.ptr[at] == '+');
        from = at;
        at = skip_digits(v, at);
        if (at == from)
            return false;
    }
    return at == v.len;
}

/* The text without its underscores, which may stand anywhere behind the first digit. */
static struct sv without_underscores(struct sv v, struct arena *a)
{
    if (!memchr(v.ptr, '_', v.len))
        return v;
    char *to = arena_alloc(a, v.len + 1);
    size_t n = 0;
    for (size_t i = 0; to && i < v.len; i++)
        if (v.ptr[i] != '_')
            to[n++] = v.ptr[i];
    return sv_n(to, n);
}

static bool set_number(struct doc_node *n, struct arena *a)
{
    struct sv v = without_underscores(n->text, a);
    if (!v.ptr)
        return false;
    enum int_kind kind = n->text.ptr[0] == '.' ? INT_NO : whole_number(v, &n->integer);
    if (kind == INT_YES)
        n->type = DOC_INT;
    if (kind == INT_YES || (kind == INT_NO && !is_decimal(v)))
        return true;
    double number;
    if (!resolve_number(v, a, &number))
        return false;
    if (isinf(number))
        return true; /* out of range: yaml.v2 leaves it a string */
    n->type = DOC_FLOAT;
    n->number = number;
    return true;
}

/* ---- words and tags ---- */

static const struct word *find_word(struct sv text)
{
    if (text.len > 5)
        return NULL;
    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        if (sv_is(text, words[i].text))
            return &words[i];
    return NULL;
}

static bool set_plain(struct doc_node *n, struct arena *a)
{
    n->type = DOC_STRING;
    if (!n->text.len) {
        n->type = DOC_NULL;
        return true;
    }
    char c = n->text.ptr[0];
    if (!strchr("yYnNtTfFoO~.+-0123456789", c))
        return true;
    const struct word *w = find_word(n->text);
    if (!w)
        return isdigit((unsigned char)c) || c == '.' || c == '+' || c == '-' ? set_number(n, a)
                                                                             : true;
    n->type = w->type;
    if (w->type == DOC_BOOL)
        n->boolean = w->value != 0;
    else if (w->type == DOC_FLOAT)
        n->number = w->value;
    return true;
}

static enum resolve_result set_binary(struct doc_node *n, struct arena *a)
{
    size_t len;
    char *to = arena_alloc(a, base64_room(n->text));
    if (!to)
        return RESOLVE_NOMEM;
    if (!base64_decode(n->text, to, &len))
        return RESOLVE_MISMATCH;
    n->type = DOC_STRING;
    n->text = sv_n(to, len);
    return RESOLVE_OK;
}

static enum resolve_result set_tagged(struct doc_node *n, const char *name, struct arena *a)
{
    static const struct {
        const char *name;
        enum doc_type type;
    } tags[] = {{"null", DOC_NULL}, {"bool", DOC_BOOL}, {"int", DOC_INT}, {"float", DOC_FLOAT}};
    if (strcmp(name, "binary") == 0)
        return set_binary(n, a);
    for (size_t i = 0; i < ARRAY_LEN(tags); i++) {
        if (strcmp(name, tags[i].name) != 0)
            continue;
        if (!set_plain(n, a))
            return RESOLVE_NOMEM;
        if (n->type == DOC_INT && tags[i].type == DOC_FLOAT) {
            n->type = DOC_FLOAT;
            n->number = (double)n->integer;
        }
        return n->type == tags[i].type ? RESOLVE_OK : RESOLVE_MISMATCH;
    }
    return RESOLVE_OK;
}

enum resolve_result resolve_scalar(struct doc_node *n, bool plain, const char *tag, struct arena *a)
{
    n->type = DOC_STRING;
    if (tag && strncmp(tag, TAG_PREFIX, strlen(TAG_PREFIX)) == 0)
        return set_tagged(n, tag + strlen(TAG_PREFIX), a);
    if (tag || !plain)
        return RESOLVE_OK;
    return set_plain(n, a) ? RESOLVE_OK : RESOLVE_NOMEM;
}

enum doc_type resolve_type(struct sv text)
{
    struct arena a = {0};
    struct doc_node n = {.text = text};
    bool ok = set_plain(&n, &a);
    arena_release(&a);
    return ok ? n.type : DOC_NULL;
}

/* ---- keys ---- */

/* A key that is a fraction is written as Go writes a float32: the fewest digits that read back the
 * same, with an exponent below 1e-4 and from 1e6 on. */
static struct sv float_key(double number, struct arena *a)
{
    char digits[64];
    float f = (float)number;
    if (isnan(number))
        return SV(".nan");
    if (isinf(f))
        return f > 0 ? SV(".inf") : SV("-.inf");
    int precision = 0;
    do
        snprintf(digits, sizeof digits, "%.*e", precision, (double)f);
    while (strtof(digits, NULL) != f && precision++ < 9);
    int exponent = atoi(strchr(digits, 'e') + 1);
    bool power = exponent < -4 || exponent >= 6;
    int places = precision > exponent ? precision - exponent : 0;
    char *text = power ? arena_dup(a, sv_of(digits)) : arena_fmt(a, "%.*f", places, (double)f);
    return sv_of(text);
}

bool resolve_key(struct doc_node *key, struct arena *a)
{
    char *text;
    switch (key->type) {
    case DOC_BOOL:
        key->text = key->boolean ? SV("true") : SV("false");
        return true;
    case DOC_INT:
        text = arena_fmt(a, "%lld", (long long)key->integer);
        key->text = sv_of(text);
        return text != NULL;
    case DOC_FLOAT:
        key->text = float_key(key->number, a);
        return key->text.ptr != NULL;
    default:
        return true;
    }
}
