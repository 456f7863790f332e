#include "base/must.h"
#include "journal/entry.h"

struct reader {
    struct store *store;
    const struct journal_filter *filter;
    int (*each)(void *ctx, const struct journal_entry *e, struct err *err);
    void *ctx;
    struct arena arena; /* of the entry at hand */
    VEC(char *) kept;   /* with `last`: newest first */
};

static void reader_release(struct reader *r)
{
    arena_release(&r->arena);
    for (size_t i = 0; i < r->kept.len; i++)
        free(r->kept.items[i]);
    vec_release(&r->kept);
}

static bool subject_fits(const char *subject, const char *wanted)
{
    size_t n = strlen(wanted);
    return strncmp(subject, wanted, n) == 0 && (subject[n] == '\0' || subject[n] == '/');
}

static bool fits(const struct journal_filter *f, const struct journal_entry *e)
{
    return (!f->subject || subject_fits(e->subject, f->subject)) &&
           (!f->kind || sv_starts(sv_of(e->kind), f->kind)) &&
           (!f->from_ms || e->at_ms >= f->from_ms) && (!f->to_ms || e->at_ms < f->to_ms) &&
           e->seq > f->after;
}

/* Entry of the item, into r->arena. */
static int read_item(struct reader *r, const struct store_item *item, struct journal_entry *e,
                     struct err *err)
{
    char sort[JOURNAL_SORT_MAX];
    arena_reset(&r->arena);
    if (journal_line_read(item->body, &r->arena, e) == LINE_GOOD &&
        strcmp(journal_sort(e->seq, sort), item->sort) == 0)
        return 0;
    err_set(err, ERR_INPUT, "%s: journal entry '%s' was altered", store_where(r->store),
            item->sort + strlen(JOURNAL_ENTRY_PREFIX));
    return err_hint(err, "'toban journal verify --store %s' tells more", store_where(r->store));
}

static int pass_on(void *ctx, const struct store_item *item, struct err *err)
{
    struct reader *r = ctx;
    struct journal_entry e;
    if (read_item(r, item, &e, err) < 0)
        return -1;
    return fits(r->filter, &e) ? r->each(r->ctx, &e, err) : 0;
}

/* Backwards, until enough are kept. */
static int keep(void *ctx, const struct store_item *item, struct err *err)
{
    struct reader *r = ctx;
    struct journal_entry e;
    if (read_item(r, item, &e, err) < 0)
        return -1;
    if (e.seq <= r->filter->after)
        return 1;
    if (!fits(r->filter, &e))
        return 0;
    must_push(&r->kept, mem_must(strndup(item->body.ptr, item->body.len)));
    return r->kept.len >= r->filter->last;
}

static int pass_on_kept(struct reader *r, struct err *err)
{
    struct journal_entry e;
    int rc = 0;
    for (size_t i = r->kept.len; rc == 0 && i-- > 0;) {
        arena_reset(&r->arena);
        journal_line_read(sv_of(r->kept.items[i]), &r->arena, &e);
        rc = r->each(r->ctx, &e, err);
    }
    return rc < 0 ? -1 : 0;
}

int journal_read(struct store *s, const struct journal_filter *filter,
                 int (*each)(void *ctx, const struct journal_entry *e, struct err *err), void *ctx,
                 struct err *err)
{
    static const struct journal_filter all = {0};
    char after[JOURNAL_SORT_MAX];
    _cleanup_(reader_release) struct reader r = {
        .store = s,
        .filter = filter ? filter : &all,
        .each = each,
        .ctx = ctx,
    };
    struct store_query q = {
        .partition = JOURNAL_PARTITION,
        .prefix = JOURNAL_ENTRY_PREFIX,
        .backwards = r.filter->last > 0,
    };
    if (!q.backwards && r.filter->after)
        q.after = journal_sort(r.filter->after, after);
    if (store_list(s, &q, q.backwards ? keep : pass_on, &r, err) < 0)
        return -1;
    return q.backwards ? pass_on_kept(&r, err) : 0;
}
