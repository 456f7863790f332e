/* The smallest set of new nodes with which no more pods are left behind than with the full number:
 * what blocks for other reasons than room does so either way. */
#include "ops/rehearse/internal.h"

static bool leaves_behind(struct setting *s, struct err *err, uint32_t *pods)
{
    if (green_build(s, err) < 0)
        return false;
    *pods = run_once(s, s->o->seed, false, NULL).left_behind;
    return true;
}

/* Every shape at `part` of `of` of its full count, at least one. */
static void scale(struct setting *s, const uint32_t *full, uint32_t part, uint32_t of)
{
    for (uint32_t i = 0; i < s->shapes.len; i++) {
        uint64_t n = ((uint64_t)full[i] * part + of - 1) / of;
        s->shapes.items[i].fresh = n ? (uint32_t)n : 1;
    }
}

static uint32_t most(const uint32_t *full, size_t n)
{
    uint32_t max = 1;
    for (size_t i = 0; i < n; i++)
        max = full[i] > max ? full[i] : max;
    return max;
}

/* All shapes together, by halving; leaves the smallest that fits. */
static int shrink_all(struct setting *s, const uint32_t *full, uint32_t limit, struct err *err)
{
    uint32_t of = most(full, s->shapes.len), low = 0, high = of;
    while (high - low > 1) {
        uint32_t middle = (low + high) / 2;
        uint32_t left;
        scale(s, full, middle, of);
        if (!leaves_behind(s, err, &left))
            return -1;
        *(left <= limit ? &high : &low) = middle;
    }
    scale(s, full, high, of);
    return 0;
}

/* Then each shape alone, one node at a time. */
static int shrink_each(struct setting *s, uint32_t limit, struct err *err)
{
    vec_foreach(x, &s->shapes) {
        uint32_t left = 0;
        while (left <= limit && x->fresh > 1) {
            x->fresh--;
            if (!leaves_behind(s, err, &left))
                return -1;
        }
        x->fresh += left > limit;
    }
    return 0;
}

static void describe(struct setting *s, struct rehearsal *r)
{
    _cleanup_str_ struct str text = {0};
    uint32_t all = 0;
    vec_foreach(x, &s->shapes) {
        const struct world_node *n = &s->w->nodes.items[x->like];
        str_addf(&text, "%s%u in %s", text.len ? ", " : "", x->fresh,
                 n->zone ? world_text(s->w, n->zone) : "no zone");
        all += x->fresh;
    }
    const char *type = s->fresh.len ? world_text(s->w, s->fresh.items[0].instance_type) : "node";
    r->suggestion = text_of(r, "%u %s: %s", all, type, str_c(&text));
}

int suggest_counts(struct setting *s, struct rehearsal *r, struct err *err)
{
    uint32_t *full = mem_must(calloc(s->shapes.len + 1, sizeof *full)), limit;
    for (uint32_t i = 0; i < s->shapes.len; i++)
        full[i] = s->shapes.items[i].fresh;
    int result = 0;
    if (!leaves_behind(s, err, &limit) || shrink_all(s, full, limit, err) < 0 ||
        shrink_each(s, limit, err) < 0 || green_build(s, err) < 0)
        result = -1;
    else
        describe(s, r);
    free(full);
    return result;
}
