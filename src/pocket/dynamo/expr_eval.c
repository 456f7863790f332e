/* Conditions and projections against an item. */
#include "base/must.h"
#include "pocket/dynamo/expr.h"

#include <inttypes.h>
#include <stdio.h>

/* --- finding ------------------------------------------------------------------------------- */

static struct attr *step_into(const struct attr *v, const struct expr_step *step)
{
    if (step->name.ptr)
        return v->type == ATTR_M ? attr_get(v, step->name) : NULL;
    return v->type == ATTR_L && step->index < v->count ? &v->items[step->index] : NULL;
}

struct attr *expr_find(const struct attr *item, const struct expr_path *path)
{
    struct attr *v = step_into(item, &path->steps[0]);
    for (uint32_t i = 1; v && i < path->count; i++)
        v = step_into(v, &path->steps[i]);
    return v;
}

/* --- conditions ---------------------------------------------------------------------------- */

static bool starts_character(char c)
{
    return ((unsigned char)c & 0xC0) != 0x80;
}

/* Characters of a text, bytes, items. False: what has no size. */
static bool size_of(const struct attr *v, uint64_t *size)
{
    *size = v->count;
    if (v->type == ATTR_B)
        *size = v->text.len;
    for (size_t i = 0; v->type == ATTR_S && i < v->text.len; i++)
        *size += starts_character(v->text.ptr[i]);
    return v->type != ATTR_N && v->type != ATTR_BOOL && v->type != ATTR_NULL;
}

/* NULL when it is not there. */
static const struct attr *operand(const struct expr *e, const struct attr *item, struct arena *a)
{
    uint64_t size;
    if (e->op == EXPR_VALUE)
        return e->value;
    if (e->op == EXPR_PATH)
        return expr_find(item, &e->path);
    const struct attr *v = operand(e->args[0], item, a);
    if (!v || !size_of(v, &size))
        return NULL;
    struct attr *out = mem_must(arena_new(a, struct attr));
    *out = (struct attr){.type = ATTR_N, .text = sv_of(mem_must(arena_fmt(a, "%" PRIu64, size)))};
    return out;
}

static bool ordered(enum expr_op op, const struct attr *left, const struct attr *right)
{
    int order;
    if (!attr_order(left, right, &order))
        return false;
    switch (op) {
    case EXPR_LT:
        return order < 0;
    case EXPR_LE:
        return order <= 0;
    case EXPR_GT:
        return order > 0;
    default:
        return order >= 0;
    }
}

static bool begins(const struct attr *text, const struct attr *start)
{
    return text->type == start->type && (text->type == ATTR_S || text->type == ATTR_B) &&
           text->text.len >= start->text.len &&
           sv_eq(sv_n(text->text.ptr, start->text.len), start->text);
}

static bool contains(const struct attr *all, const struct attr *part)
{
    if (all->type == ATTR_L || attr_is_set(all))
        return attr_index(all, part) < all->count;
    if (all->type != part->type || (all->type != ATTR_S && all->type != ATTR_B))
        return false;
    return !part->text.len ||
           memmem(all->text.ptr, all->text.len, part->text.ptr, part->text.len) != NULL;
}

static bool is_one_of(const struct expr *e, const struct attr *v, const struct attr *item,
                      struct arena *a)
{
    for (uint32_t i = 1; i < e->count; i++) {
        const struct attr *other = operand(e->args[i], item, a);
        if (other && attr_equal(v, other))
            return true;
    }
    return false;
}

/* Of two or three operands, all of which are there. */
static bool compare(const struct expr *e, const struct attr *left, const struct attr *right,
                    const struct attr *item, struct arena *a)
{
    switch (e->op) {
    case EXPR_EQ:
        return attr_equal(left, right);
    case EXPR_NE:
        return !attr_equal(left, right);
    case EXPR_BEGINS:
        return begins(left, right);
    case EXPR_CONTAINS:
        return contains(left, right);
    case EXPR_TYPE:
        return right->type == ATTR_S && sv_is(right->text, attr_type_names[left->type]);
    case EXPR_BETWEEN: {
        const struct attr *high = operand(e->args[2], item, a);
        return high && ordered(EXPR_GE, left, right) && ordered(EXPR_LE, left, high);
    }
    default:
        return ordered(e->op, left, right);
    }
}

static bool relates(const struct expr *e, const struct attr *item, struct arena *a)
{
    const struct attr *left = operand(e->args[0], item, a);
    if (e->op == EXPR_EXISTS || e->op == EXPR_NOT_EXISTS)
        return (left != NULL) == (e->op == EXPR_EXISTS);
    if (e->op == EXPR_IN)
        return left && is_one_of(e, left, item, a);
    const struct attr *right = operand(e->args[1], item, a);
    if (!left || !right)
        return e->op == EXPR_NE && left != right;
    return compare(e, left, right, item, a);
}

bool expr_holds(const struct expr *e, const struct attr *item, struct arena *a)
{
    if (!e)
        return true;
    if (e->op == EXPR_NOT)
        return !expr_holds(e->args[0], item, a);
    if (e->op != EXPR_AND && e->op != EXPR_OR)
        return relates(e, item, a);
    for (uint32_t i = 0; i < e->count; i++)
        if (expr_holds(e->args[i], item, a) == (e->op == EXPR_OR))
            return e->op == EXPR_OR;
    return e->op == EXPR_AND;
}

/* --- projections --------------------------------------------------------------------------- */

struct choice {
    const struct expr_paths *paths;
    struct arena *arena;
};

/* Paths of which the first `depth` steps lead to v; which: their numbers. False: nothing of it. */
static bool project(const struct choice *c, const struct attr *v, const uint32_t *which,
                    uint32_t count, uint32_t depth, struct attr *out);

static bool fits(const struct expr_step *step, struct sv name, uint32_t index)
{
    return name.ptr ? step->name.ptr && sv_eq(step->name, name)
                    : !step->name.ptr && step->index == index;
}

static bool project_one(const struct choice *c, const struct attr *v, struct sv name,
                        uint32_t index, const uint32_t *which, uint32_t count, uint32_t depth,
                        struct attr *out)
{
    uint32_t *those = mem_must(arena_new_n(c->arena, uint32_t, count)), n = 0;
    for (uint32_t i = 0; i < count; i++) {
        const struct expr_path *p = &c->paths->items[which[i]];
        if (!fits(&p->steps[depth], name, index))
            continue;
        if (p->count == depth + 1) {
            *out = *v;
            return true;
        }
        those[n++] = which[i];
    }
    return n && project(c, v, those, n, depth + 1, out);
}

static bool project(const struct choice *c, const struct attr *v, const uint32_t *which,
                    uint32_t count, uint32_t depth, struct attr *out)
{
    struct attr part;
    *out = (struct attr){.type = v->type};
    if (v->type != ATTR_M && v->type != ATTR_L)
        return false;
    for (uint32_t i = 0; i < v->count; i++) {
        bool map = v->type == ATTR_M;
        struct sv name = map ? v->members[i].name : SV_NONE;
        const struct attr *from = map ? &v->members[i].value : &v->items[i];
        if (!project_one(c, from, name, i, which, count, depth, &part))
            continue;
        *(map ? attr_put(out, name, c->arena) : attr_add(out, c->arena)) = part;
    }
    return out->count > 0;
}

struct attr expr_project(const struct attr *item, const struct expr_paths *paths, struct arena *a)
{
    const struct choice c = {paths, a};
    struct attr out;
    uint32_t *all = mem_must(arena_new_n(a, uint32_t, paths->count + 1));
    for (uint32_t i = 0; i < paths->count; i++)
        all[i] = i;
    if (!project(&c, item, all, paths->count, 0, &out))
        out = (struct attr){.type = ATTR_M};
    return out;
}
