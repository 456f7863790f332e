/* Conditions: OR binds weaker than AND, AND weaker than NOT. */
#include "pocket/dynamo/expr_internal.h"

static int read_or(struct expr_reader *r, struct expr **out);

static bool comparator_of(const struct expr_reader *r, enum expr_op *op)
{
    for (*op = EXPR_EQ; *op <= EXPR_GE; ++*op)
        if (expr_is_sign(r, expr_op_name(*op)))
            return true;
    return false;
}

/* The operator that was just read, with its first operand. */
static int begin_operator(struct expr_reader *r, enum expr_op op, struct expr *left,
                          struct expr **out)
{
    *out = expr_node(r, op);
    expr_add_arg(r, *out, left);
    return expr_count(r);
}

static int add_operand(struct expr_reader *r, struct expr *e)
{
    struct expr *arg;
    if (expr_read_operand(r, &arg) < 0)
        return -1;
    expr_add_arg(r, e, arg);
    return 0;
}

static int read_compared(struct expr_reader *r, enum expr_op op, struct expr *left,
                         struct expr **out)
{
    expr_next(r);
    if (begin_operator(r, op, left, out) < 0 || add_operand(r, *out) < 0)
        return -1;
    return expr_check(r, *out);
}

static int read_between(struct expr_reader *r, struct expr *left, struct expr **out)
{
    if (begin_operator(r, EXPR_BETWEEN, left, out) < 0 || add_operand(r, *out) < 0)
        return -1;
    if (!expr_take_word(r, "AND"))
        return expr_syntax(r);
    return add_operand(r, *out) < 0 ? -1 : expr_check(r, *out);
}

static int read_in(struct expr_reader *r, struct expr *left, struct expr **out)
{
    if (begin_operator(r, EXPR_IN, left, out) < 0 || expr_demand_sign(r, "(") < 0)
        return -1;
    do {
        if (add_operand(r, *out) < 0)
            return -1;
    } while (expr_take_sign(r, ","));
    if (expr_demand_sign(r, ")") < 0)
        return -1;
    if ((*out)->count > 101)
        return expr_invalid(r,
                            "Too many operands for operator or function; operator or function: IN, "
                            "number of operands: %u",
                            (*out)->count - 1);
    return expr_check(r, *out);
}

static int not_here(struct expr_reader *r, enum expr_op op)
{
    if (op == EXPR_IF_NOT_EXISTS || op == EXPR_LIST_APPEND)
        return expr_invalid(r,
                            "The function is not allowed in a condition expression; function: %s",
                            expr_op_name(op));
    return op == EXPR_SIZE
               ? expr_invalid(r,
                              "The function is not allowed to be used this way in an expression; "
                              "function: %s",
                              expr_op_name(op))
               : expr_syntax(r);
}

static int read_comparison(struct expr_reader *r, struct expr **out)
{
    struct expr *left;
    enum expr_op op;
    if (expr_read_operand(r, &left) < 0)
        return -1;
    if (comparator_of(r, &op))
        return read_compared(r, op, left, out);
    if (expr_take_word(r, "BETWEEN"))
        return read_between(r, left, out);
    if (expr_take_word(r, "IN"))
        return read_in(r, left, out);
    *out = left;
    return expr_is_condition(left->op) ? 0 : not_here(r, left->op);
}

static int read_parens(struct expr_reader *r, struct expr **out)
{
    if (read_or(r, out) < 0 || expr_demand_sign(r, ")") < 0)
        return -1;
    if ((*out)->parens)
        return expr_invalid(r, "The expression has redundant parentheses;");
    (*out)->parens = true;
    return 0;
}

static int read_not(struct expr_reader *r, struct expr **out)
{
    struct expr *inner;
    if (expr_take_sign(r, "("))
        return read_parens(r, out);
    if (!expr_take_word(r, "NOT"))
        return read_comparison(r, out);
    if (expr_count(r) < 0 || read_not(r, &inner) < 0)
        return -1;
    *out = expr_node(r, EXPR_NOT);
    expr_add_arg(r, *out, inner);
    return 0;
}

/* One level: parts with the same word between them. */
static int read_chain(struct expr_reader *r, enum expr_op op,
                      int (*part)(struct expr_reader *, struct expr **), struct expr **out)
{
    struct expr *next, *chain = NULL;
    if (part(r, out) < 0)
        return -1;
    while (expr_take_word(r, expr_op_name(op))) {
        if (expr_count(r) < 0 || part(r, &next) < 0)
            return -1;
        if (!chain) {
            chain = expr_node(r, op);
            expr_add_arg(r, chain, *out);
            *out = chain;
        }
        expr_add_arg(r, chain, next);
    }
    return 0;
}

static int read_and(struct expr_reader *r, struct expr **out)
{
    return read_chain(r, EXPR_AND, read_not, out);
}

static int read_or(struct expr_reader *r, struct expr **out)
{
    return read_chain(r, EXPR_OR, read_and, out);
}

int expr_read_condition(struct expr_scope *s, const char *kind, struct sv text, struct expr **out)
{
    struct expr_reader r;
    if (expr_begin(&r, s, kind, text) < 0 || read_or(&r, out) < 0)
        return -1;
    return expr_demand_end(&r);
}

bool expr_names_attribute(const struct expr *e, struct sv name)
{
    if (e->op == EXPR_PATH)
        return sv_eq(e->path.steps[0].name, name);
    for (uint32_t i = 0; i < e->count; i++)
        if (expr_names_attribute(e->args[i], name))
            return true;
    return false;
}
