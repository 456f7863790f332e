/*
 * expr: DynamoDB's expressions: conditions (also of keys and filters), projections, updates. Text
 * in, a tree out; then the tree against an item. What is refused is told in DynamoDB's words.
 * Source: "Using expressions in DynamoDB" of the developer guide.
 *
 * Limits: 4 KB of text, 300 operators and functions in one. Everything lives in the scope's arena.
 */
#ifndef TOBAN_POCKET_DYNAMO_EXPR_H
#define TOBAN_POCKET_DYNAMO_EXPR_H

#include "pocket/dynamo/attr.h"

#define EXPR_TEXT_MAX 4096
#define EXPR_OPERATORS_MAX 300

enum expr_op {
    EXPR_OR,
    EXPR_AND,
    EXPR_NOT,
    EXPR_EQ,
    EXPR_NE,
    EXPR_LT,
    EXPR_LE,
    EXPR_GT,
    EXPR_GE,
    EXPR_BETWEEN,
    EXPR_IN,
    EXPR_EXISTS,
    EXPR_NOT_EXISTS,
    EXPR_TYPE,
    EXPR_BEGINS,
    EXPR_CONTAINS,
    EXPR_SIZE,
    EXPR_IF_NOT_EXISTS,
    EXPR_LIST_APPEND,
    EXPR_PLUS,
    EXPR_MINUS,
    EXPR_PATH,
    EXPR_VALUE,
};

struct expr_step {
    struct sv name; /* absent: an index into a list */
    uint32_t index;
};
struct expr_path {
    struct expr_step *steps; /* the first one has a name */
    uint32_t count, cap;
};
struct expr_paths {
    struct expr_path *items;
    uint32_t count, cap;
};

struct expr {
    enum expr_op op;
    bool parens;
    uint32_t count, cap;
    struct expr **args;
    struct expr_path path;    /* EXPR_PATH */
    const struct attr *value; /* EXPR_VALUE */
};

enum expr_verb { EXPR_SET, EXPR_REMOVE, EXPR_ADD, EXPR_DELETE };
struct expr_action {
    enum expr_verb verb;
    struct expr_path path;
    const struct expr *value; /* NULL: of EXPR_REMOVE */
};
struct expr_update {
    struct expr_action *items;
    uint32_t count, cap;
};

/* What a request gives its expressions to refer to, and notes which of it they did. */
struct expr_scope {
    struct arena *arena;
    struct attr_fault *fault;
    struct attr names, values; /* maps, "#a" to S and ":a" to anything */
    bool *name_used, *value_used;
};

/* Reads ExpressionAttributeNames and ExpressionAttributeValues; either may be NULL. */
int expr_scope_read(struct expr_scope *s, const struct doc_node *names,
                    const struct doc_node *values);
/* After all expressions of the request: refuses what none of them used. */
int expr_scope_check(const struct expr_scope *s);

/* Each -1 after attr_refuse of the scope's fault. kind: "ConditionExpression". */
int expr_read_condition(struct expr_scope *s, const char *kind, struct sv text, struct expr **out);
int expr_read_projection(struct expr_scope *s, struct sv text, struct expr_paths *out);
int expr_read_update(struct expr_scope *s, struct sv text, struct expr_update *out);

/* NULL (no condition) holds. */
bool expr_holds(const struct expr *condition, const struct attr *item, struct arena *a);
/* NULL when it is not there. */
struct attr *expr_find(const struct attr *item, const struct expr_path *path);
/* What the paths name of an item, as an item. Values are shared with it. */
struct attr expr_project(const struct attr *item, const struct expr_paths *paths, struct arena *a);
/* Changes *item, which is not shared with anything. -1 when it cannot be done: *item is spoilt. */
int expr_apply(const struct expr_update *u, struct attr *item, struct arena *a,
               struct attr_fault *fault);
/* The paths that an update changes. */
struct expr_paths expr_update_paths(const struct expr_update *u, struct arena *a);
/* Calls for each path of a condition at the top of the tree and below; stops at true. */
bool expr_names_attribute(const struct expr *e, struct sv name);

#endif
