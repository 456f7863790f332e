#include "base/must.h"
#include "pocket/show/selector_internal.h"

#define LABEL_NAME_MAX 63
#define LABEL_PREFIX_MAX 253

struct lexer {
    struct sv text;
    size_t at;
    struct err *err;
};

static bool is_special(char c)
{
    return strchr("=!(),<>", c) != NULL;
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* The next token without taking it: an operator or a word; the empty view at the end. */
static struct sv peek(struct lexer *l)
{
    while (l->at < l->text.len && is_space(l->text.ptr[l->at]))
        l->at++;
    struct sv rest = sv_n(l->text.ptr + l->at, l->text.len - l->at);
    if (!rest.len || !rest.ptr[0])
        return sv_n(rest.ptr, 0);
    if (sv_starts(rest, "==") || sv_starts(rest, "!="))
        return sv_n(rest.ptr, 2);
    if (is_special(rest.ptr[0]))
        return sv_n(rest.ptr, 1);
    size_t n = 0;
    while (n < rest.len && rest.ptr[n] && !is_special(rest.ptr[n]) && !is_space(rest.ptr[n]))
        n++;
    return sv_n(rest.ptr, n);
}

static struct sv take(struct lexer *l)
{
    struct sv token = peek(l);
    l->at += token.len;
    return token;
}

static bool is_word(struct sv token)
{
    return token.len && !is_special(token.ptr[0]);
}

/* comma: what stands before "expected", which the server does not put everywhere. */
static bool wrong(struct lexer *l, struct sv found, const char *comma, const char *expected)
{
    err_set(l->err, ERR_INPUT, "unable to parse requirement: found '%.*s'%s expected: %s",
            SV_ARG(found), comma, expected);
    return false;
}

static bool name_char(char c, bool edge)
{
    bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    return letter || (!edge && (c == '-' || c == '_' || c == '.'));
}

/* The name part of a label's key, or a label's value (which may be empty). */
static bool is_name(struct sv v, size_t most)
{
    if (!v.len || v.len > most)
        return false;
    for (size_t i = 0; i < v.len; i++)
        if (!name_char(v.ptr[i], i == 0 || i + 1 == v.len))
            return false;
    return true;
}

static bool check_key(struct lexer *l, struct sv key)
{
    struct sv rest = key, first = sv_split(&rest, '/');
    if (rest.ptr ? is_name(first, LABEL_PREFIX_MAX) && is_name(rest, LABEL_NAME_MAX)
                 : is_name(first, LABEL_NAME_MAX))
        return true;
    err_set(l->err, ERR_INPUT,
            "unable to parse requirement: invalid label key \"%.*s\": name part must consist of "
            "alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric "
            "character",
            SV_ARG(key));
    return false;
}

static bool check_value(struct lexer *l, struct sv key, struct sv value)
{
    if (!value.len || is_name(value, LABEL_NAME_MAX))
        return true;
    err_set(l->err, ERR_INPUT,
            "unable to parse requirement: invalid label value: \"%.*s\": at key: \"%.*s\": a valid "
            "label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', "
            "and must start and end with an alphanumeric character",
            SV_ARG(value), SV_ARG(key));
    return false;
}

static bool add_value(struct lexer *l, struct selector *s, struct selector_term *t, struct sv value)
{
    if (!check_value(l, t->key, value))
        return false;
    struct sv *more = mem_must(arena_new_n(&s->arena, struct sv, t->value_count + 1));
    if (t->value_count)
        memcpy(more, t->values, t->value_count * sizeof *more);
    more[t->value_count++] = value;
    t->values = more;
    return true;
}

/* `(a,b,)`: an empty place is the empty value. */
static bool take_set(struct lexer *l, struct selector *s, struct selector_term *t)
{
    struct sv token = take(l);
    if (!sv_is(token, "("))
        return wrong(l, token, "", "'('");
    for (;;) {
        token = peek(l);
        struct sv value = is_word(token) ? take(l) : sv_n(token.ptr, 0);
        if (!add_value(l, s, t, value))
            return false;
        token = take(l);
        if (sv_is(token, ")"))
            return true;
        if (!sv_is(token, ","))
            return wrong(l, token, ",", "',', or ')'");
    }
}

static bool take_operator(struct lexer *l, struct selector *s, struct selector_term *t)
{
    struct sv token = take(l);
    bool greater = sv_is(token, ">"), less = sv_is(token, "<"), differs = sv_is(token, "!=");
    if (sv_is(token, "in") || sv_is(token, "notin")) {
        t->op = sv_is(token, "in") ? SELECTOR_IN : SELECTOR_NOT_IN;
        return take_set(l, s, t);
    }
    if (!greater && !less && !differs && !sv_is(token, "=") && !sv_is(token, "=="))
        return wrong(l, token, ",", "in, notin, =, ==, !=, gt, lt");
    t->op = greater   ? SELECTOR_GREATER
            : less    ? SELECTOR_LESS
            : differs ? SELECTOR_NOT_IN
                      : SELECTOR_IN;
    token = peek(l);
    if (token.len && !is_word(token) && !sv_is(token, ","))
        return wrong(l, token, ",", "identifier");
    uint64_t number;
    struct sv value = is_word(token) ? take(l) : sv_n(token.ptr, 0);
    if ((greater || less) && !sv_to_u64(value, &number)) {
        err_set(
            l->err, ERR_INPUT,
            "unable to parse requirement: for 'Gt', 'Lt' operators, the value must be an integer");
        return false;
    }
    return add_value(l, s, t, value);
}

static bool take_term(struct lexer *l, struct selector *s)
{
    struct selector_term t = {.op = SELECTOR_EXISTS};
    struct sv token = take(l);
    bool absent = sv_is(token, "!");
    if (absent)
        token = take(l);
    if (!is_word(token))
        return wrong(l, token, ",", "identifier");
    t.key = token;
    if (!check_key(l, t.key))
        return false;
    token = peek(l);
    if (absent)
        t.op = SELECTOR_ABSENT;
    else if (token.len && !sv_is(token, ",") && !take_operator(l, s, &t))
        return false;
    must_push(&s->terms, t);
    return true;
}

static bool take_terms(struct lexer *l, struct selector *s)
{
    if (!peek(l).len)
        return true;
    for (;;) {
        if (!take_term(l, s))
            return false;
        struct sv token = take(l);
        if (!token.len)
            return true;
        if (!sv_is(token, ","))
            return wrong(l, token, ",", "',' or 'end of string'");
        token = peek(l);
        if (!is_word(token) && !sv_is(token, "!"))
            return wrong(l, token, ",", "identifier after ','");
    }
}

struct selector *selector_parse(struct sv text, struct err *err)
{
    struct selector *s = selector_new();
    struct lexer l = {.err = err};
    l.text = sv_n(mem_must(arena_dup(&s->arena, text)), text.len);
    if (take_terms(&l, s))
        return s;
    selector_free(s);
    return NULL;
}
