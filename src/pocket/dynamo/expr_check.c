/* Whether operands fit their operator or function, before any item is looked at. */
#include "pocket/dynamo/expr_internal.h"

#define VALID_TYPES "{B,NULL,SS,BOOL,L,BS,N,NS,S,M}"

#define BIT(type) (1u << (type))
#define SETS (BIT(ATTR_SS) | BIT(ATTR_NS) | BIT(ATTR_BS))
#define ORDERED (BIT(ATTR_S) | BIT(ATTR_N) | BIT(ATTR_B))
#define ANY 0u

/* operands: how many, 0: two and more. The rest is of functions only: types that a value may have
 * as each of the operands, and whether the first has to be a path. */
static const struct rule {
    const char *name;
    unsigned operands;
    bool path;
    unsigned types[2];
} rules[] = {
    [EXPR_OR] = {"OR", 0, false, {ANY, ANY}},
    [EXPR_AND] = {"AND", 0, false, {ANY, ANY}},
    [EXPR_NOT] = {"NOT", 1, false, {ANY, ANY}},
    [EXPR_EQ] = {"=", 2, false, {ANY, ANY}},
    [EXPR_NE] = {"<>", 2, false, {ANY, ANY}},
    [EXPR_LT] = {"<", 2, false, {ORDERED, ORDERED}},
    [EXPR_LE] = {"<=", 2, false, {ORDERED, ORDERED}},
    [EXPR_GT] = {">", 2, false, {ORDERED, ORDERED}},
    [EXPR_GE] = {">=", 2, false, {ORDERED, ORDERED}},
    [EXPR_BETWEEN] = {"BETWEEN", 3, false, {ORDERED, ORDERED}},
    [EXPR_IN] = {"IN", 0, false, {ANY, ANY}},
    [EXPR_EXISTS] = {"attribute_exists", 1, true, {ANY, ANY}},
    [EXPR_NOT_EXISTS] = {"attribute_not_exists", 1, true, {ANY, ANY}},
    [EXPR_TYPE] = {"attribute_type", 2, true, {ANY, BIT(ATTR_S)}},
    [EXPR_BEGINS] = {"begins_with",
                     2,
                     false,
                     {BIT(ATTR_S) | BIT(ATTR_B), BIT(ATTR_S) | BIT(ATTR_B)}},
    [EXPR_CONTAINS] = {"contains", 2, false, {BIT(ATTR_S) | BIT(ATTR_B) | BIT(ATTR_L) | SETS, ANY}},
    [EXPR_SIZE] = {"size",
                   1,
                   false,
                   {BIT(ATTR_S) | BIT(ATTR_B) | BIT(ATTR_L) | BIT(ATTR_M) | SETS, ANY}},
    [EXPR_IF_NOT_EXISTS] = {"if_not_exists", 2, true, {ANY, ANY}},
    [EXPR_LIST_APPEND] = {"list_append", 2, false, {BIT(ATTR_L), BIT(ATTR_L)}},
    [EXPR_PLUS] = {"+", 2, false, {BIT(ATTR_N), BIT(ATTR_N)}},
    [EXPR_MINUS] = {"-", 2, false, {BIT(ATTR_N), BIT(ATTR_N)}},
    [EXPR_PATH] = {"path", 0, false, {ANY, ANY}},
    [EXPR_VALUE] = {"value", 0, false, {ANY, ANY}},
};

const char *expr_op_name(enum expr_op op)
{
    return rules[op].name;
}

bool expr_is_condition(enum expr_op op)
{
    return op <= EXPR_CONTAINS;
}

/* Which operands a function may have that are functions themselves. */
static bool may_hold(enum expr_op outer, enum expr_op inner)
{
    if (inner >= EXPR_PATH)
        return true;
    if (outer == EXPR_IF_NOT_EXISTS || outer == EXPR_LIST_APPEND || outer == EXPR_PLUS ||
        outer == EXPR_MINUS)
        return inner == EXPR_IF_NOT_EXISTS || inner == EXPR_LIST_APPEND;
    return inner == EXPR_SIZE && outer != EXPR_SIZE;
}

static int check_operand(struct expr_reader *r, const struct expr *e, uint32_t i)
{
    const struct expr *arg = e->args[i];
    unsigned types = rules[e->op].types[i ? 1 : 0];
    if (!may_hold(e->op, arg->op))
        return expr_invalid(r,
                            "The function is not allowed to be used this way in an expression; "
                            "function: %s",
                            expr_op_name(arg->op));
    if (i == 0 && rules[e->op].path && arg->op != EXPR_PATH)
        return expr_invalid(r,
                            "Operator or function requires a document path; operator or function: "
                            "%s",
                            expr_op_name(e->op));
    if (arg->op != EXPR_VALUE || types == ANY || BIT(arg->value->type) & types)
        return 0;
    return expr_invalid(r,
                        "Incorrect operand type for operator or function; operator or function: "
                        "%s, operand type: %s",
                        expr_op_name(e->op), attr_type_names[arg->value->type]);
}

static void write_value(const struct attr *v, struct str *out)
{
    struct jsonw w;
    str_addf(out, "AttributeValue: {%s:", attr_type_names[v->type]);
    if (attr_is_scalar(v) && v->type != ATTR_B) {
        str_addv(out, v->text);
    } else {
        jsonw_init(&w, out, 0);
        attr_write(v, &w);
    }
    str_addc(out, '}');
}

static int check_between(struct expr_reader *r, const struct expr *e)
{
    const struct expr *low = e->args[1], *high = e->args[2];
    _cleanup_str_ struct str from = {0}, to = {0};
    int order;
    if (low->op != EXPR_VALUE || high->op != EXPR_VALUE)
        return 0;
    bool comparable = attr_order(low->value, high->value, &order);
    if (comparable && order <= 0)
        return 0;
    write_value(low->value, &from);
    write_value(high->value, &to);
    return expr_invalid(r,
                        "The BETWEEN operator requires %s; lower bound operand: %s, upper bound "
                        "operand: %s",
                        comparable ? "upper bound to be greater than or equal to lower bound"
                                   : "same data type for lower and upper bounds",
                        str_c(&from), str_c(&to));
}

static bool same_path(const struct expr *a, const struct expr *b)
{
    if (a->op != EXPR_PATH || b->op != EXPR_PATH || a->path.count != b->path.count)
        return false;
    for (uint32_t i = 0; i < a->path.count; i++) {
        const struct expr_step *x = &a->path.steps[i], *y = &b->path.steps[i];
        if (x->index != y->index || !sv_eq(x->name, y->name))
            return false;
    }
    return true;
}

static int check_distinct(struct expr_reader *r, const struct expr *e)
{
    _cleanup_str_ struct str path = {0};
    for (uint32_t i = 1; i < e->count; i++) {
        if (!same_path(e->args[0], e->args[i]))
            continue;
        expr_write_path(&e->args[0]->path, &path);
        return expr_invalid(r,
                            "The first operand must be distinct from the remaining operands for "
                            "this operator or function; operator: %s, first operand: %s",
                            expr_op_name(e->op), str_c(&path));
    }
    return 0;
}

static int check_type_name(struct expr_reader *r, const struct expr *e)
{
    const struct expr *name = e->args[1];
    if (name->op != EXPR_VALUE || attr_type_of(name->value->text) != ATTR_TYPES)
        return 0;
    return expr_invalid(r,
                        "Invalid attribute type name found; type: %.*s, valid types: " VALID_TYPES,
                        SV_ARG(name->value->text));
}

int expr_check(struct expr_reader *r, const struct expr *e)
{
    if (rules[e->op].operands && e->count != rules[e->op].operands)
        return expr_invalid(r,
                            "Incorrect number of operands for operator or function; operator or "
                            "function: %s, number of operands: %u",
                            expr_op_name(e->op), e->count);
    for (uint32_t i = 0; i < e->count; i++)
        if (check_operand(r, e, i) < 0)
            return -1;
    if (e->op == EXPR_TYPE)
        return check_type_name(r, e);
    if (expr_is_condition(e->op) && check_distinct(r, e) < 0)
        return -1;
    return e->op == EXPR_BETWEEN ? check_between(r, e) : 0;
}
