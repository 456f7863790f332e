/* Reading updates: sections of actions, each section once. */
#include "pocket/dynamo/expr_internal.h"

static const char *const verbs[] = {
    [EXPR_SET] = "SET", [EXPR_REMOVE] = "REMOVE", [EXPR_ADD] = "ADD", [EXPR_DELETE] = "DELETE"};

/* --- what is assigned ---------------------------------------------------------------------- */

static int read_part(struct expr_reader *r, struct expr **out)
{
    if (expr_read_operand(r, out) < 0)
        return -1;
    if ((*out)->op > EXPR_SIZE)
        return 0;
    return expr_invalid(r, "The function is not allowed in an update expression; function: %s",
                        expr_op_name((*out)->op));
}

static int read_sum(struct expr_reader *r, struct expr **out)
{
    struct expr *left;
    if (read_part(r, out) < 0)
        return -1;
    bool plus = expr_is_sign(r, "+");
    if (!plus && !expr_is_sign(r, "-"))
        return 0;
    expr_next(r);
    left = *out;
    *out = expr_node(r, plus ? EXPR_PLUS : EXPR_MINUS);
    expr_add_arg(r, *out, left);
    if (expr_count(r) < 0 || read_part(r, &left) < 0)
        return -1;
    expr_add_arg(r, *out, left);
    return expr_check(r, *out);
}

/* The words that DynamoDB has for types here and nowhere else. */
static const char *long_name(enum attr_type type)
{
    static const char *const names[ATTR_TYPES] = {
        [ATTR_S] = "STRING",      [ATTR_N] = "NUMBER",      [ATTR_B] = "BINARY",
        [ATTR_SS] = "STRING_SET", [ATTR_NS] = "NUMBER_SET", [ATTR_BS] = "BINARY_SET",
        [ATTR_BOOL] = "BOOLEAN",  [ATTR_NULL] = "NULL",     [ATTR_L] = "LIST",
        [ATTR_M] = "MAP"};
    return names[type];
}

/* The operand of ADD or DELETE: a value. */
static int read_amount(struct expr_reader *r, enum expr_verb verb, struct expr **out)
{
    if (r->type != EXPR_COLON)
        return expr_syntax(r);
    if (expr_read_operand(r, out) < 0)
        return -1;
    const struct attr *v = (*out)->value;
    if (attr_is_set(v) || (verb == EXPR_ADD && v->type == ATTR_N))
        return 0;
    return expr_invalid(r,
                        "Incorrect operand type for operator or function; operator: %s, operand "
                        "type: %s, typeSet: ALLOWED_FOR_%s_OPERAND",
                        verbs[verb], long_name(v->type), verbs[verb]);
}

/* --- sections ------------------------------------------------------------------------------ */

static void add_action(struct expr_reader *r, struct expr_update *u, struct expr_action action)
{
    if (u->count == u->cap) {
        uint32_t cap = u->cap ? u->cap * 2 : 4;
        struct expr_action *items = mem_must(arena_new_n(r->scope->arena, struct expr_action, cap));
        if (u->count)
            memcpy(items, u->items, u->count * sizeof *items);
        u->items = items;
        u->cap = cap;
    }
    u->items[u->count++] = action;
}

static int read_action(struct expr_reader *r, enum expr_verb verb, struct expr_update *u)
{
    struct expr_action action = {.verb = verb};
    struct expr *value = NULL;
    if (expr_read_path(r, &action.path) < 0 || expr_count(r) < 0)
        return -1;
    if (verb == EXPR_SET && (expr_demand_sign(r, "=") < 0 || read_sum(r, &value) < 0))
        return -1;
    if ((verb == EXPR_ADD || verb == EXPR_DELETE) && read_amount(r, verb, &value) < 0)
        return -1;
    action.value = value;
    add_action(r, u, action);
    return 0;
}

static int read_section(struct expr_reader *r, bool seen[static ARRAY_LEN(verbs)],
                        struct expr_update *u)
{
    unsigned verb = 0;
    while (verb < ARRAY_LEN(verbs) && !expr_is_word(r, verbs[verb]))
        verb++;
    if (verb == ARRAY_LEN(verbs))
        return expr_syntax(r);
    expr_next(r);
    if (seen[verb])
        return expr_invalid(r, "The \"%s\" section can only be used once in an update expression;",
                            verbs[verb]);
    seen[verb] = true;
    do {
        if (read_action(r, (enum expr_verb)verb, u) < 0)
            return -1;
    } while (expr_take_sign(r, ","));
    return 0;
}

struct expr_paths expr_update_paths(const struct expr_update *u, struct arena *a)
{
    struct expr_paths paths = {.count = u->count, .cap = u->count};
    paths.items = mem_must(arena_new_n(a, struct expr_path, u->count + 1));
    for (uint32_t i = 0; i < u->count; i++)
        paths.items[i] = u->items[i].path;
    return paths;
}

int expr_read_update(struct expr_scope *s, struct sv text, struct expr_update *out)
{
    struct expr_reader r;
    bool seen[ARRAY_LEN(verbs)] = {false};
    *out = (struct expr_update){0};
    if (expr_begin(&r, s, "UpdateExpression", text) < 0)
        return -1;
    while (r.type != EXPR_END)
        if (read_section(&r, seen, out) < 0)
            return -1;
    struct expr_paths paths = expr_update_paths(out, s->arena);
    return expr_check_overlap(&r, &paths);
}
