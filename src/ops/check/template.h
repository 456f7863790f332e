/*
 * template: what can be told of a Helm template without rendering it: which objects its literal
 * lines make, and where a line is computed. Lines only; nothing here knows Go templates beyond
 * their braces.
 */
#ifndef TOBAN_OPS_CHECK_TEMPLATE_H
#define TOBAN_OPS_CHECK_TEMPLATE_H

#include "base/arena.h"
#include "base/sv.h"

/* A value of apiVersion or kind at the start of a line. */
struct template_value {
    struct sv text;   /* literal; absent when it is computed */
    struct sv action; /* the whole written value when it is computed; else absent */
    uint32_t line, column, end_column;
};

#define TEMPLATE_ALTERNATIVES_MAX 6

/* Text between two document markers that names a kind. */
struct template_object {
    struct template_value
        versions[TEMPLATE_ALTERNATIVES_MAX]; /* more than one: a condition picks */
    unsigned version_count;
    struct template_value kind; /* line 0: none found */
    uint32_t first_line, last_line;
    bool used; /* for the caller's marks */
};

/* All objects of the template in order; *count of them, in the arena. NULL without memory or
 * when there is none. */
struct template_object *template_objects(struct arena *a, struct sv text, size_t *count);

/* A word for people on how the value comes about: the included helper's name, or "an expression".
 */
struct sv template_helper(struct sv action);

#endif
