/* Words, names and paths. */
#include "pocket/dynamo/expr_internal.h"

#include <ctype.h>

/* --- tokens -------------------------------------------------------------------------------- */

static bool in_word(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

static size_t sign_length(struct sv rest)
{
    static const char *const signs[] = {"<>", "<=", ">=", "(", ")", "[", "]",
                                        ".",  ",",  "=",  "<", ">", "+", "-"};
    for (size_t i = 0; i < ARRAY_LEN(signs); i++)
        if (sv_starts(rest, signs[i]))
            return strlen(signs[i]);
    return 0;
}

static enum expr_token type_at(struct sv rest, size_t *len)
{
    char c = *rest.ptr;
    *len = 1;
    if (c == '#' || c == ':' || in_word(c)) {
        while (*len < rest.len && in_word(rest.ptr[*len]))
            ++*len;
        if (c == '#' || c == ':')
            return *len == 1 ? EXPR_STRANGE : c == '#' ? EXPR_HASH : EXPR_COLON;
        if (!isdigit((unsigned char)c))
            return EXPR_WORD;
        for (size_t i = 1; i < *len; i++)
            if (!isdigit((unsigned char)rest.ptr[i]))
                return EXPR_STRANGE;
        return EXPR_NUMBER;
    }
    size_t sign = sign_length(rest);
    *len = sign ? sign : 1;
    return sign ? EXPR_SIGN : EXPR_STRANGE;
}

static void scan(struct expr_reader *r)
{
    size_t len = 0;
    while (r->at < r->text.len && isspace((unsigned char)r->text.ptr[r->at]))
        r->at++;
    struct sv rest = sv_n(r->text.ptr + r->at, r->text.len - r->at);
    r->type = rest.len ? type_at(rest, &len) : EXPR_END;
    r->token = sv_n(rest.ptr, len);
    r->at += len;
}

void expr_next(struct expr_reader *r)
{
    if (r->token.ptr)
        r->before = (size_t)(r->token.ptr - r->text.ptr);
    scan(r);
}

int expr_begin(struct expr_reader *r, struct expr_scope *s, const char *kind, struct sv text)
{
    *r = (struct expr_reader){.scope = s, .kind = kind, .text = text};
    if (text.len > EXPR_TEXT_MAX)
        return expr_invalid(r,
                            "Expression size has exceeded the maximum allowed size; expression "
                            "size: %zu",
                            text.len);
    expr_next(r);
    r->before = r->token.ptr ? (size_t)(r->token.ptr - text.ptr) : 0;
    return r->type == EXPR_END ? expr_invalid(r, "The expression can not be empty;") : 0;
}

int expr_invalid(struct expr_reader *r, const char *fmt, ...)
{
    _cleanup_str_ struct str text = {0};
    va_list ap;
    va_start(ap, fmt);
    str_vaddf(&text, fmt, ap);
    va_end(ap);
    return attr_refuse(r->scope->fault, "Invalid %s: %s", r->kind, str_c(&text));
}

int expr_syntax(struct expr_reader *r)
{
    struct sv token = r->type == EXPR_END ? SV("<EOF>") : r->token;
    size_t from = r->before;
    scan(r);
    return expr_invalid(r, "Syntax error; token: \"%.*s\", near: \"%.*s\"", SV_ARG(token),
                        SV_ARG(sv_n(r->text.ptr + from, r->at - from)));
}

bool expr_is_sign(const struct expr_reader *r, const char *sign)
{
    return r->type == EXPR_SIGN && sv_is(r->token, sign);
}

bool expr_is_word(const struct expr_reader *r, const char *keyword)
{
    return r->type == EXPR_WORD && sv_ieq(r->token, sv_of(keyword));
}

bool expr_take_sign(struct expr_reader *r, const char *sign)
{
    if (!expr_is_sign(r, sign))
        return false;
    expr_next(r);
    return true;
}

bool expr_take_word(struct expr_reader *r, const char *keyword)
{
    if (!expr_is_word(r, keyword))
        return false;
    expr_next(r);
    return true;
}

int expr_demand_sign(struct expr_reader *r, const char *sign)
{
    return expr_take_sign(r, sign) ? 0 : expr_syntax(r);
}

int expr_demand_end(struct expr_reader *r)
{
    return r->type == EXPR_END ? 0 : expr_syntax(r);
}

/* --- paths --------------------------------------------------------------------------------- */

static void add_step(struct expr_reader *r, struct expr_path *path, struct expr_step step)
{
    if (path->count == path->cap) {
        uint32_t cap = path->cap ? path->cap * 2 : 4;
        struct expr_step *steps = mem_must(arena_new_n(r->scope->arena, struct expr_step, cap));
        if (path->count)
            memcpy(steps, path->steps, path->count * sizeof *steps);
        path->steps = steps;
        path->cap = cap;
    }
    path->steps[path->count++] = step;
}

static int read_name(struct expr_reader *r, struct expr_path *out)
{
    struct sv name = r->token;
    if (r->type == EXPR_HASH) {
        const struct attr *real = expr_look_up(&r->scope->names, r->scope->name_used, name);
        if (!real)
            return expr_invalid(r,
                                "An expression attribute name used in the document path is not "
                                "defined; attribute name: %.*s",
                                SV_ARG(name));
        name = real->text;
    } else if (r->type != EXPR_WORD) {
        return expr_syntax(r);
    } else if (expr_is_reserved(name)) {
        return expr_invalid(r, "Attribute name is a reserved keyword; reserved keyword: %.*s",
                            SV_ARG(name));
    } else {
        name = sv_n(mem_must(arena_dup(r->scope->arena, name)), name.len);
    }
    add_step(r, out, (struct expr_step){.name = name});
    expr_next(r);
    return 0;
}

static int read_index(struct expr_reader *r, struct expr_path *out)
{
    uint64_t n;
    if (r->type != EXPR_NUMBER)
        return expr_syntax(r);
    if (!sv_to_u64(r->token, &n) || n > UINT32_MAX)
        return expr_invalid(r, "List index is not within the allowable range; index: [%.*s]",
                            SV_ARG(r->token));
    add_step(r, out, (struct expr_step){.index = (uint32_t)n});
    expr_next(r);
    return expr_demand_sign(r, "]");
}

int expr_read_path(struct expr_reader *r, struct expr_path *out)
{
    *out = (struct expr_path){0};
    if (read_name(r, out) < 0)
        return -1;
    for (;;) {
        if (out->count > ATTR_DEPTH_MAX)
            return expr_invalid(r,
                                "The document path has too many nesting elements; nesting "
                                "levels: %u",
                                out->count);
        if (expr_take_sign(r, ".")) {
            if (read_name(r, out) < 0)
                return -1;
        } else if (expr_take_sign(r, "[")) {
            if (read_index(r, out) < 0)
                return -1;
        } else {
            return 0;
        }
    }
}

void expr_write_path(const struct expr_path *path, struct str *out)
{
    str_addc(out, '[');
    for (uint32_t i = 0; i < path->count; i++) {
        const struct expr_step *s = &path->steps[i];
        str_adds(out, i ? ", " : "");
        if (s->name.ptr)
            str_addv(out, s->name);
        else
            str_addf(out, "[%u]", s->index);
    }
    str_addc(out, ']');
}

static bool same_step(const struct expr_step *a, const struct expr_step *b)
{
    return a->name.ptr && b->name.ptr ? sv_eq(a->name, b->name)
                                      : !a->name.ptr && !b->name.ptr && a->index == b->index;
}

static int check_two(struct expr_reader *r, const struct expr_path *a, const struct expr_path *b)
{
    _cleanup_str_ struct str one = {0}, two = {0};
    uint32_t i = 0;
    while (i < a->count && i < b->count && same_step(&a->steps[i], &b->steps[i]))
        i++;
    bool overlap = i == a->count || i == b->count;
    if (!overlap && !a->steps[i].name.ptr == !b->steps[i].name.ptr)
        return 0;
    expr_write_path(a, &one);
    expr_write_path(b, &two);
    return expr_invalid(r,
                        "Two document paths %s with each other; must remove or rewrite one of "
                        "these paths; path one: %s, path two: %s",
                        overlap ? "overlap" : "conflict", str_c(&one), str_c(&two));
}

int expr_check_overlap(struct expr_reader *r, const struct expr_paths *paths)
{
    for (uint32_t i = 0; i < paths->count; i++)
        for (uint32_t j = i + 1; j < paths->count; j++)
            if (check_two(r, &paths->items[i], &paths->items[j]) < 0)
                return -1;
    return 0;
}

/* --- nodes --------------------------------------------------------------------------------- */

int expr_count(struct expr_reader *r)
{
    if (++r->operators <= EXPR_OPERATORS_MAX)
        return 0;
    return expr_invalid(r, "The expression contains too many operators; maximum: %d",
                        EXPR_OPERATORS_MAX);
}

struct expr *expr_node(struct expr_reader *r, enum expr_op op)
{
    struct expr *e = mem_must(arena_new(r->scope->arena, struct expr));
    e->op = op;
    return e;
}

void expr_add_arg(struct expr_reader *r, struct expr *e, struct expr *arg)
{
    if (e->count == e->cap) {
        uint32_t cap = e->cap ? e->cap * 2 : 2;
        struct expr **args = mem_must(arena_new_n(r->scope->arena, struct expr *, cap));
        if (e->count)
            memcpy(args, e->args, e->count * sizeof *args);
        e->args = args;
        e->cap = cap;
    }
    e->args[e->count++] = arg;
}

static int read_value(struct expr_reader *r, struct expr **out)
{
    const struct attr *value = expr_look_up(&r->scope->values, r->scope->value_used, r->token);
    if (!value)
        return expr_invalid(r,
                            "An expression attribute value used in expression is not defined; "
                            "attribute value: %.*s",
                            SV_ARG(r->token));
    *out = expr_node(r, EXPR_VALUE);
    (*out)->value = value;
    expr_next(r);
    return 0;
}

static bool function_of(struct sv name, enum expr_op *op)
{
    for (*op = EXPR_EXISTS; *op <= EXPR_LIST_APPEND; ++*op)
        if (sv_is(name, expr_op_name(*op)))
            return true;
    return false;
}

static int read_function(struct expr_reader *r, struct sv name, struct expr **out)
{
    enum expr_op op;
    if (!function_of(name, &op))
        return expr_invalid(r, "Invalid function name; function: %.*s", SV_ARG(name));
    if (expr_count(r) < 0)
        return -1;
    *out = expr_node(r, op);
    do {
        struct expr *arg;
        if (expr_read_operand(r, &arg) < 0)
            return -1;
        expr_add_arg(r, *out, arg);
    } while (expr_take_sign(r, ","));
    return expr_demand_sign(r, ")") < 0 ? -1 : expr_check(r, *out);
}

int expr_read_operand(struct expr_reader *r, struct expr **out)
{
    if (r->type == EXPR_COLON)
        return read_value(r, out);
    if (r->type == EXPR_WORD) {
        /* A word before "(" is a function, which no path may be called. */
        struct expr_reader ahead = *r;
        expr_next(&ahead);
        if (expr_take_sign(&ahead, "(")) {
            struct sv name = r->token;
            *r = ahead;
            return read_function(r, name, out);
        }
    }
    *out = expr_node(r, EXPR_PATH);
    return expr_read_path(r, &(*out)->path);
}

int expr_read_projection(struct expr_scope *s, struct sv text, struct expr_paths *out)
{
    struct expr_reader r;
    *out = (struct expr_paths){0};
    if (expr_begin(&r, s, "ProjectionExpression", text) < 0)
        return -1;
    do {
        struct expr_path path;
        if (expr_read_path(&r, &path) < 0)
            return -1;
        if (out->count == out->cap) {
            uint32_t cap = out->cap ? out->cap * 2 : 4;
            struct expr_path *items = mem_must(arena_new_n(s->arena, struct expr_path, cap));
            if (out->count)
                memcpy(items, out->items, out->count * sizeof *items);
            out->items = items;
            out->cap = cap;
        }
        out->items[out->count++] = path;
    } while (expr_take_sign(&r, ","));
    return expr_demand_end(&r) < 0 ? -1 : expr_check_overlap(&r, out);
}
