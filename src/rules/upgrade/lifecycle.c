#include "rules/upgrade/lifecycle.h"

#include "rules/upgrade/tables.h"

void lifecycle_init(struct lifecycle *l)
{
    *l = (struct lifecycle){
        .rows = table_lifecycle,
        .len = table_lifecycle_len,
        .date = table_lifecycle_date,
    };
}

void lifecycle_release(struct lifecycle *l)
{
    arena_release(&l->arena);
    lifecycle_init(l);
}

static int row_cmp(const struct lifecycle_row *row, struct sv group, struct sv kind)
{
    int c = sv_cmp(sv_of(row->group), group);
    return c ? c : sv_cmp(sv_of(row->kind), kind);
}

/* First row that is not before (group, kind). */
static size_t rows_from(const struct lifecycle *l, struct sv group, struct sv kind)
{
    size_t low = 0, high = l->len;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (row_cmp(&l->rows[mid], group, kind) < 0)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

const struct lifecycle_row *lifecycle_find(const struct lifecycle *l, struct sv group,
                                           struct sv version, struct sv kind)
{
    for (size_t i = rows_from(l, group, kind); i < l->len && !row_cmp(&l->rows[i], group, kind);
         i++)
        if (sv_is(version, l->rows[i].version))
            return &l->rows[i];
    return NULL;
}

bool lifecycle_served(const struct lifecycle_row *row, struct version v)
{
    if (v.set && row->introduced.set && version_cmp(row->introduced, v) > 0)
        return false;
    return version_cmp(row->removed, v) > 0 || !row->removed.set;
}

static const char *served_name(const struct lifecycle_row *row, bool with_kind, struct arena *arena)
{
    const char *slash = *row->group ? "/" : "";
    return arena_fmt(arena, "%s%s%s%s%s", row->group, slash, row->version, with_kind ? "/" : "",
                     with_kind ? row->kind : "");
}

const char *const *lifecycle_served_names(const struct lifecycle *l, struct version v,
                                          struct arena *arena)
{
    const char **names = arena_new_n(arena, const char *, 2 * l->len + 1);
    size_t n = 0, group_start = 0;
    for (size_t i = 0; names && i < l->len; i++) {
        const struct lifecycle_row *row = &l->rows[i];
        if (i && strcmp(row->group, l->rows[i - 1].group) != 0)
            group_start = n;
        if (row->component || !row->resource || !lifecycle_served(row, v))
            continue;
        const char *group_version = served_name(row, false, arena);
        const char *full = served_name(row, true, arena);
        if (!group_version || !full)
            return NULL;
        bool again = false;
        for (size_t k = group_start; k < n && !again; k++)
            again = strcmp(names[k], group_version) == 0;
        if (!again)
            names[n++] = group_version;
        names[n++] = full;
    }
    return (const char *const *)names;
}

struct api_version {
    unsigned major, stage, minor; /* stage: 0 alpha, 1 beta, 2 stable */
};

static unsigned take_number(struct sv *v)
{
    unsigned n = 0;
    for (; v->len && *v->ptr >= '0' && *v->ptr <= '9' && n < 10000; v->ptr++, v->len--)
        n = n * 10 + (unsigned)(*v->ptr - '0');
    return n;
}

static struct api_version api_version_of(struct sv v)
{
    struct api_version out = {.stage = 2};
    if (sv_starts(v, "v"))
        v = sv_n(v.ptr + 1, v.len - 1);
    out.major = take_number(&v);
    if (sv_starts(v, "alpha") || sv_starts(v, "beta")) {
        out.stage = v.ptr[0] == 'b';
        size_t n = out.stage ? 4 : 5;
        v = sv_n(v.ptr + n, v.len - n);
        out.minor = take_number(&v);
    }
    return out;
}

int lifecycle_version_cmp(struct sv a, struct sv b)
{
    struct api_version x = api_version_of(a), y = api_version_of(b);
    if (x.stage != y.stage)
        return x.stage < y.stage ? -1 : 1;
    if (x.major != y.major)
        return x.major < y.major ? -1 : 1;
    return x.minor < y.minor ? -1 : x.minor > y.minor;
}

/* (group, kind) pairs that objects of a row can move to, its own first. */
struct families {
    struct {
        struct sv group, kind;
    } items[LIFECYCLE_STEPS_MAX];
    unsigned count;
};

static void families_add(struct families *f, struct sv group, struct sv kind)
{
    for (unsigned i = 0; i < f->count; i++)
        if (sv_eq(f->items[i].group, group) && sv_eq(f->items[i].kind, kind))
            return;
    if (f->count == LIFECYCLE_STEPS_MAX)
        return;
    f->items[f->count].group = group;
    f->items[f->count++].kind = kind;
}

static struct families families_of(const struct lifecycle *l, const struct lifecycle_row *row)
{
    struct families f = {0};
    families_add(&f, sv_of(row->group), sv_of(row->kind));
    if (row->replacement_kind)
        families_add(&f, sv_of(row->replacement_group), sv_of(row->replacement_kind));
    for (unsigned i = 1; i < f.count; i++) {
        struct sv group = f.items[i].group, kind = f.items[i].kind;
        for (size_t r = rows_from(l, group, kind); r < l->len && !row_cmp(&l->rows[r], group, kind);
             r++)
            if (l->rows[r].replacement_kind)
                families_add(&f, sv_of(l->rows[r].replacement_group),
                             sv_of(l->rows[r].replacement_kind));
    }
    return f;
}

/* How good a candidate is as the next step from a row; 0: not usable. */
enum step_rank {
    STEP_UNUSABLE,
    STEP_AFTER_GAP,          /* comes only after the row is gone */
    STEP_TOUCHES,            /* comes with the release that drops the row */
    STEP_OVERLAPS,           /* some release serves both */
    STEP_OVERLAPS_AND_STAYS, /* and it is served at the target */
    STEP_BOTH_ENDS,          /* served now and at the target */
};

static enum step_rank step_rank(const struct lifecycle_row *row,
                                const struct lifecycle_row *candidate, struct version from,
                                struct version to)
{
    bool served = lifecycle_served(candidate, to);
    int lasts = version_cmp(candidate->removed, row->removed);
    if (lasts < 0 || (lasts == 0 && row->removed.set && !served))
        return STEP_UNUSABLE;
    if (served && from.set && lifecycle_served(candidate, from))
        return STEP_BOTH_ENDS;
    if (!row->removed.set || !candidate->introduced.set)
        return served ? STEP_OVERLAPS_AND_STAYS : STEP_OVERLAPS;
    int start = version_cmp(candidate->introduced, row->removed);
    if (start < 0)
        return served ? STEP_OVERLAPS_AND_STAYS : STEP_OVERLAPS;
    return start == 0 ? STEP_TOUCHES : STEP_AFTER_GAP;
}

static bool step_better(const struct lifecycle_row *a, enum step_rank rank_a,
                        const struct lifecycle_row *b, enum step_rank rank_b)
{
    if (!b || rank_a != rank_b)
        return !b || rank_a > rank_b;
    int stability = lifecycle_version_cmp(sv_of(a->version), sv_of(b->version));
    int removal = version_cmp(a->removed, b->removed);
    if (rank_a <= STEP_OVERLAPS && removal)
        return removal > 0;
    return stability > 0;
}

/* Of its own kind only a more stable version is a way forward, and none of a lower major number
 * (autoscaling/v1 cannot say what v2beta2 says) unless the row itself points down there. */
static bool leads_forward(const struct lifecycle_row *row, const struct lifecycle_row *candidate)
{
    unsigned floor = api_version_of(sv_of(row->version)).major;
    if (row->replacement_version) {
        unsigned named = api_version_of(sv_of(row->replacement_version)).major;
        floor = named < floor ? named : floor;
    }
    if (api_version_of(sv_of(candidate->version)).major < floor)
        return false;
    bool own =
        sv_is(sv_of(row->group), candidate->group) && sv_is(sv_of(row->kind), candidate->kind);
    return !own || lifecycle_version_cmp(sv_of(candidate->version), sv_of(row->version)) > 0 ||
           (row->replacement_version && sv_is(sv_of(candidate->version), row->replacement_version));
}

static const struct lifecycle_row *best_step(const struct lifecycle *l,
                                             const struct families *families,
                                             const struct lifecycle_row *row, struct version from,
                                             struct version to)
{
    const struct lifecycle_row *best = NULL;
    enum step_rank best_rank = STEP_UNUSABLE;
    for (unsigned f = 0; f < families->count; f++) {
        struct sv group = families->items[f].group, kind = families->items[f].kind;
        for (size_t i = rows_from(l, group, kind); i < l->len && !row_cmp(&l->rows[i], group, kind);
             i++) {
            const struct lifecycle_row *c = &l->rows[i];
            if (c == row || !leads_forward(row, c))
                continue;
            enum step_rank rank = step_rank(row, c, from, to);
            if (rank != STEP_UNUSABLE && step_better(c, rank, best, best_rank)) {
                best = c;
                best_rank = rank;
            }
        }
    }
    return best;
}

void lifecycle_path_find(const struct lifecycle *l, const struct lifecycle_row *row,
                         struct version from, struct version to, struct lifecycle_path *out)
{
    *out = (struct lifecycle_path){0};
    struct families families = families_of(l, row);
    while (out->count < LIFECYCLE_STEPS_MAX && !out->complete) {
        const struct lifecycle_row *next = best_step(l, &families, row, from, to);
        if (!next)
            return;
        out->steps[out->count++] = (struct lifecycle_step){
            .row = next, .not_before = next->introduced, .before = row->removed};
        out->complete = lifecycle_served(next, to);
        if (!next->removed.set)
            return;
        row = next;
    }
}

const struct lifecycle_row *lifecycle_successor(const struct lifecycle *l,
                                                const struct lifecycle_row *row,
                                                struct version from, struct version to)
{
    struct lifecycle_path path;
    lifecycle_path_find(l, row, from, to, &path);
    return path.count ? path.steps[0].row : NULL;
}
