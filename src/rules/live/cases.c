#include "rules/live/cases.h"

#include "base/must.h"

#include "base/str.h"

#include <stdlib.h>

static void split_api_version(struct sv text, struct sv *group, struct sv *version)
{
    struct sv rest = text, first = sv_split(&rest, '/');
    *group = rest.ptr ? first : SV("");
    *version = rest.ptr ? rest : first;
}

static bool concerns(const struct live *l, const struct lifecycle_row *row)
{
    if (row->component)
        return row->removed.set || row->deprecated.set;
    return (row->removed.set && version_cmp(row->removed, l->target->to) <= 0) ||
           (row->deprecated.set && version_cmp(row->deprecated, l->target->to) <= 0);
}

const struct lifecycle_row *cases_row(const struct live *l, struct sv api_version, struct sv kind)
{
    struct sv group, version;
    split_api_version(api_version, &group, &version);
    const struct lifecycle_row *row = lifecycle_find(l->target->lifecycle, group, version, kind);
    return row && concerns(l, row) ? row : NULL;
}

static const char *copy(struct live *l, struct sv v)
{
    return v.ptr ? mem_must(arena_dup(&l->arena, v)) : NULL;
}

/* Kinds that moved to another group are one object there and here: the group of the last successor
 * of the same kind stands for both. */
static const char *home_group(const struct live *l, const struct lifecycle_row *row)
{
    const struct lifecycle_row *to =
        lifecycle_successor(l->target->lifecycle, row, VERSION_NONE, VERSION_NONE);
    return to && strcmp(to->kind, row->kind) == 0 ? to->group : row->group;
}

static struct live_case *case_of(struct live *l, const struct object *o,
                                 const struct lifecycle_row *row)
{
    _cleanup_str_ struct str key = {0};
    str_addf(&key, "%s/%s/%.*s/%.*s", home_group(l, row), row->kind, SV_ARG(o->namespace),
             SV_ARG(o->name));
    struct live_case *c = map_get(&l->case_index, str_sv(&key));
    if (c)
        return c;
    c = mem_must(arena_new(&l->arena, struct live_case));
    c->key = sv_of(copy(l, str_sv(&key)));
    c->kind = row->kind;
    c->namespace = o->namespace.len ? copy(l, o->namespace) : NULL;
    c->name = copy(l, o->name);
    if (!vec_push(&l->cases, c) || !map_put(&l->case_index, c->key, c))
        must_fail_nomem();
    return c;
}

static bool same_text(const char *a, const char *b)
{
    return sv_eq(sv_of(a), sv_of(b));
}

void cases_add(struct live *l, const struct object *o, const struct lifecycle_row *row,
               const struct live_evidence *evidence)
{
    struct live_case *c = case_of(l, o, row);
    vec_foreach(e, &c->evidence)
        if (same_text(e->source, evidence->source) && same_text(e->detail, evidence->detail) &&
            same_text(e->seen, evidence->seen))
            return;
    struct live_evidence kept = {
        .api_version = sv_of(copy(l, evidence->api_version)),
        .row = row,
        .source = evidence->source,
        .detail = copy(l, sv_of(evidence->detail)),
        .seen = copy(l, sv_of(evidence->seen)),
    };
    if (!vec_push(&c->evidence, kept))
        must_fail_nomem();
}

/* What goes first is the reason to act. */
static bool is_worse(const struct lifecycle_row *a, const struct lifecycle_row *b)
{
    int removed = version_cmp(a->removed, b->removed);
    return removed ? removed < 0 : version_cmp(a->deprecated, b->deprecated) < 0;
}

/* Newest first; what has no age last. */
static int by_age(const void *a, const void *b)
{
    const struct live_evidence *x = a, *y = b;
    int age = sv_cmp(sv_of(y->seen), sv_of(x->seen));
    int source = age ? age : strcmp(x->source, y->source);
    return source ? source : sv_cmp(sv_of(x->detail), sv_of(y->detail));
}

static void settle(struct live *l, struct live_case *c)
{
    const struct live_evidence *worst = &c->evidence.items[0];
    qsort(c->evidence.items, c->evidence.len, sizeof *c->evidence.items, by_age);
    vec_foreach(e, &c->evidence)
        if (is_worse(e->row, worst->row))
            worst = e;
    struct object o = {
        .api_version = worst->api_version,
        .kind = sv_of(c->kind),
        .namespace = sv_of(c->namespace),
        .name = sv_of(c->name),
    };
    split_api_version(o.api_version, &o.group, &o.version);
    vec_foreach(e, &c->evidence) {
        struct rules_place place = {
            .cluster = l->cluster, .source = e->source, .detail = e->detail, .seen = e->seen};
        rules_judge_version(l->result, l->target, &place, &o);
    }
}

void cases_settle(struct live *l)
{
    vec_foreach(c, &l->cases)
        settle(l, *c);
}
