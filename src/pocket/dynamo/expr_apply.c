/* Updates against an item. All that is read is of the item as it was. */
#include "base/must.h"
#include "pocket/dynamo/decimal.h"
#include "pocket/dynamo/expr.h"

#include <stdlib.h>

struct applying {
    const struct attr *old;
    struct attr *item;
    struct arena *arena;
    struct attr_fault *fault;
};

static int no_attribute(const struct applying *p)
{
    return attr_refuse(
        p->fault, "The provided expression refers to an attribute that does not exist in the item");
}

static int wrong_type(const struct applying *p)
{
    return attr_refuse(p->fault, "An operand in the update expression has an incorrect data type");
}

static int wrong_path(const struct applying *p)
{
    return attr_refuse(p->fault,
                       "The document path provided in the update expression is invalid for update");
}

/* --- values -------------------------------------------------------------------------------- */

static int add_numbers(const struct applying *p, const struct attr *a, const struct attr *b,
                       bool minus, struct attr *out)
{
    struct decimal x, y, sum;
    _cleanup_str_ struct str text = {0};
    if (a->type != ATTR_N || b->type != ATTR_N)
        return wrong_type(p);
    enum decimal_fault fault = decimal_read(a->text, &x);
    fault = fault ? fault : decimal_read(b->text, &y);
    fault = fault ? fault : decimal_add(&x, &y, minus, &sum);
    if (fault) {
        decimal_explain(fault, SV_NONE, &text);
        return attr_refuse(p->fault, "%s", str_c(&text));
    }
    decimal_write(&sum, &text);
    *out = (struct attr){.type = ATTR_N,
                         .text = sv_n(mem_must(arena_dup(p->arena, str_sv(&text))), text.len)};
    return 0;
}

static int append_list(const struct applying *p, const struct attr *a, const struct attr *b,
                       struct attr *out)
{
    if (a->type != ATTR_L || b->type != ATTR_L)
        return wrong_type(p);
    *out = attr_copy(a, p->arena);
    for (uint32_t i = 0; i < b->count; i++)
        *attr_add(out, p->arena) = attr_copy(&b->items[i], p->arena);
    return 0;
}

static int value_of(const struct applying *p, const struct expr *e, struct attr *out);

static int value_of_two(const struct applying *p, const struct expr *e, struct attr *out)
{
    struct attr a, b;
    if (value_of(p, e->args[0], &a) < 0 || value_of(p, e->args[1], &b) < 0)
        return -1;
    return e->op == EXPR_LIST_APPEND ? append_list(p, &a, &b, out)
                                     : add_numbers(p, &a, &b, e->op == EXPR_MINUS, out);
}

/* A value of the item's own. */
static int value_of(const struct applying *p, const struct expr *e, struct attr *out)
{
    const struct attr *found = e->value;
    if (e->op == EXPR_PLUS || e->op == EXPR_MINUS || e->op == EXPR_LIST_APPEND)
        return value_of_two(p, e, out);
    if (e->op == EXPR_PATH)
        found = expr_find(p->old, &e->path);
    if (e->op == EXPR_IF_NOT_EXISTS) {
        found = expr_find(p->old, &e->args[0]->path);
        if (!found)
            return value_of(p, e->args[1], out);
    }
    if (!found)
        return no_attribute(p);
    *out = attr_copy(found, p->arena);
    return 0;
}

/* --- places -------------------------------------------------------------------------------- */

/* What holds the last step of a path; NULL when there is no such thing. */
static struct attr *holder_of(const struct applying *p, const struct expr_path *path)
{
    struct expr_path to = *path;
    to.count--;
    struct attr *holder = to.count ? expr_find(p->item, &to) : p->item;
    enum attr_type type = path->steps[to.count].name.ptr ? ATTR_M : ATTR_L;
    return holder && holder->type == type ? holder : NULL;
}

/* The place of a path, made when it is not there. */
static struct attr *place_of(const struct applying *p, const struct expr_path *path)
{
    const struct expr_step *last = &path->steps[path->count - 1];
    struct attr *holder = holder_of(p, path);
    if (!holder)
        return NULL;
    if (last->name.ptr)
        return attr_put(holder, last->name, p->arena);
    return last->index < holder->count ? &holder->items[last->index] : attr_add(holder, p->arena);
}

static int put_at(const struct applying *p, const struct expr_path *path, struct attr value)
{
    struct attr *place = place_of(p, path);
    if (!place)
        return wrong_path(p);
    *place = value;
    return 0;
}

static int remove_at(const struct applying *p, const struct expr_path *path)
{
    const struct expr_step *last = &path->steps[path->count - 1];
    struct attr *holder = holder_of(p, path);
    if (!holder)
        return wrong_path(p);
    if (last->name.ptr)
        attr_drop(holder, last->name);
    else if (last->index < holder->count)
        attr_drop_at(holder, last->index);
    return 0;
}

/* --- actions ------------------------------------------------------------------------------- */

static int add_to(const struct applying *p, const struct expr_action *x)
{
    const struct attr *old = expr_find(p->old, &x->path), *more = x->value->value;
    struct attr sum;
    if (!old)
        return put_at(p, &x->path, attr_copy(more, p->arena));
    if (old->type != more->type)
        return wrong_type(p);
    if (more->type == ATTR_N)
        return add_numbers(p, old, more, false, &sum) < 0 ? -1 : put_at(p, &x->path, sum);
    sum = attr_copy(old, p->arena);
    for (uint32_t i = 0; i < more->count; i++)
        if (attr_index(old, &more->items[i]) == old->count)
            *attr_add(&sum, p->arena) = more->items[i];
    return put_at(p, &x->path, sum);
}

static int delete_from(const struct applying *p, const struct expr_action *x)
{
    const struct attr *old = expr_find(p->old, &x->path), *less = x->value->value;
    if (!old)
        return holder_of(p, &x->path) ? 0 : wrong_path(p);
    if (old->type != less->type)
        return wrong_type(p);
    struct attr rest = attr_copy(old, p->arena);
    for (uint32_t i = rest.count; i-- > 0;)
        if (attr_index(less, &rest.items[i]) < less->count)
            attr_drop_at(&rest, i);
    return rest.count ? put_at(p, &x->path, rest) : remove_at(p, &x->path);
}

static int set_to(const struct applying *p, const struct expr_action *x)
{
    struct attr value;
    return value_of(p, x->value, &value) < 0 ? -1 : put_at(p, &x->path, value);
}

/* Later places in a list come first, so that the earlier ones keep theirs. */
static int later_first(const void *left, const void *right)
{
    const struct expr_path *a = &(*(const struct expr_action *const *)left)->path;
    const struct expr_path *b = &(*(const struct expr_action *const *)right)->path;
    for (uint32_t i = 0; i < a->count && i < b->count; i++) {
        const struct expr_step *x = &a->steps[i], *y = &b->steps[i];
        if (x->name.ptr && y->name.ptr) {
            int order = sv_cmp(x->name, y->name);
            if (order)
                return order;
        } else if (x->index != y->index) {
            return x->index > y->index ? -1 : 1;
        }
    }
    return 0;
}

static int remove_all(const struct applying *p, const struct expr_update *u)
{
    const struct expr_action **those =
        mem_must(arena_new_n(p->arena, const struct expr_action *, u->count + 1));
    uint32_t n = 0;
    for (uint32_t i = 0; i < u->count; i++)
        if (u->items[i].verb == EXPR_REMOVE)
            those[n++] = &u->items[i];
    qsort(those, n, sizeof *those, later_first);
    for (uint32_t i = 0; i < n; i++)
        if (remove_at(p, &those[i]->path) < 0)
            return -1;
    return 0;
}

int expr_apply(const struct expr_update *u, struct attr *item, struct arena *a,
               struct attr_fault *fault)
{
    static int (*const acts[])(const struct applying *, const struct expr_action *) = {
        [EXPR_SET] = set_to, [EXPR_ADD] = add_to, [EXPR_DELETE] = delete_from};
    struct attr old = attr_copy(item, a);
    const struct applying p = {&old, item, a, fault};
    for (uint32_t i = 0; i < u->count; i++)
        if (u->items[i].verb != EXPR_REMOVE && acts[u->items[i].verb](&p, &u->items[i]) < 0)
            return -1;
    return remove_all(&p, u);
}
