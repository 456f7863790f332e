/* The readers of expressions among themselves: expr_text.c knows words and paths, the others what
 * they mean. Nobody else includes it. */
#ifndef TOBAN_POCKET_DYNAMO_EXPR_INTERNAL_H
#define TOBAN_POCKET_DYNAMO_EXPR_INTERNAL_H

#include "base/must.h"
#include "pocket/dynamo/expr.h"

enum expr_token {
    EXPR_END,
    EXPR_WORD,  /* a name, a keyword, a function */
    EXPR_HASH,  /* "#name" */
    EXPR_COLON, /* ":value" */
    EXPR_NUMBER,
    EXPR_SIGN, /* "(", "<=", … */
    EXPR_STRANGE,
};

struct expr_reader {
    struct expr_scope *scope;
    const char *kind;
    struct sv text;
    size_t at;     /* behind the token */
    size_t before; /* where the token before it begins */
    enum expr_token type;
    struct sv token;
    unsigned operators;
};

/* -1 also when the text is empty or too long. */
int expr_begin(struct expr_reader *r, struct expr_scope *s, const char *kind, struct sv text);
void expr_next(struct expr_reader *r);
/* Always -1. */
int expr_syntax(struct expr_reader *r);
/* "Invalid KIND: …"; always -1. */
int expr_invalid(struct expr_reader *r, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

bool expr_is_sign(const struct expr_reader *r, const char *sign);
bool expr_is_word(const struct expr_reader *r, const char *keyword);
bool expr_take_sign(struct expr_reader *r, const char *sign);
bool expr_take_word(struct expr_reader *r, const char *keyword);
/* expr_syntax when it is not there. */
int expr_demand_sign(struct expr_reader *r, const char *sign);
int expr_demand_end(struct expr_reader *r);

/* One more operator or function. */
int expr_count(struct expr_reader *r);
struct expr *expr_node(struct expr_reader *r, enum expr_op op);
void expr_add_arg(struct expr_reader *r, struct expr *e, struct expr *arg);

int expr_read_path(struct expr_reader *r, struct expr_path *out);
/* A path, a value, or a function with its arguments. */
int expr_read_operand(struct expr_reader *r, struct expr **out);
/* Whether the operands fit the operator or function. */
int expr_check(struct expr_reader *r, const struct expr *e);

const char *expr_op_name(enum expr_op op);
bool expr_is_condition(enum expr_op op);
/* "[a, [0], b]" */
void expr_write_path(const struct expr_path *path, struct str *out);
/* Refuses two paths of which one is the other or a part of it, or that take one thing for a list
 * and a map. */
int expr_check_overlap(struct expr_reader *r, const struct expr_paths *paths);

/* expr_scope.c: what a map of the scope has under a name, which counts as used then; NULL. */
const struct attr *expr_look_up(const struct attr *map, bool *used, struct sv name);

/* words.c: "name" in any case. */
bool expr_is_reserved(struct sv word);

#endif
