#include "journal/entry.h"

struct exporter {
    int (*write)(void *ctx, struct sv line, struct err *err);
    void *ctx;
    struct str line;
    struct journal_end end;
};

static int write_line(struct exporter *x, struct err *err)
{
    return str_ok(&x->line) ? x->write(x->ctx, str_sv(&x->line), err)
                            : err_nomem(err, "exporting the journal");
}

static int export_entry(void *ctx, const struct journal_entry *e, struct err *err)
{
    struct exporter *x = ctx;
    x->end.entries++;
    x->end.last = e->seq;
    memcpy(x->end.head, e->hash, sizeof e->hash);
    str_reset(&x->line);
    journal_entry_json(e, &x->line);
    return write_line(x, err) < 0 ? -1 : 0;
}

static bool is_filter(const struct journal_filter *f)
{
    return f && (f->subject || f->kind || f->from_ms || f->to_ms || f->after || f->last);
}

int journal_export(struct store *s, const struct journal_filter *filter,
                   int (*write)(void *ctx, struct sv line, struct err *err), void *ctx,
                   struct err *err)
{
    struct exporter x = {.write = write, .ctx = ctx, .end.filtered = is_filter(filter)};
    memcpy(x.end.head, journal_no_hash, sizeof x.end.head);
    int rc = journal_read(s, filter, export_entry, &x, err);
    if (rc == 0) {
        str_reset(&x.line);
        journal_end_format(&x.end, &x.line);
        str_addc(&x.line, '\n');
        rc = write_line(&x, err);
    }
    str_release(&x.line);
    return rc < 0 ? -1 : 0;
}
