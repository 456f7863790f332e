#include "base/text.h"
#include "base/utf8.h"
#include "finding/report_text.h"

#define ROW_INDENT 6

struct painter {
    const struct report_meta *meta;
    struct str *out;
    unsigned width;
};

static const char *const severity_colours[] = {
    [FINDING_REMOVED] = "1;31",
    [FINDING_DEPRECATED] = "1;33",
    [FINDING_WARNING] = "1;35",
    [FINDING_INFO] = "1;36",
};
static const char *const severity_labels[] = {"REMOVED", "DEPRECATED", "WARNING", "INFO"};

static void colour(const struct painter *p, const char *code)
{
    if (p->meta->colour)
        str_addf(p->out, "\033[%sm", code);
}

/* Text from outside, made harmless for the terminal, wrapped; ends the line. */
static void wrapped(const struct painter *p, const char *text, unsigned column, unsigned indent)
{
    _cleanup_str_ struct str safe = {0};
    text_printable(&safe, sv_of(text));
    text_wrap(p->out, str_sv(&safe), column, indent, p->width);
}

static void labelled(const struct painter *p, const char *label, const char *code, const char *text)
{
    unsigned column = ROW_INDENT + (unsigned)strlen(label) + 1;
    str_fill(p->out, ' ', ROW_INDENT);
    colour(p, code);
    str_adds(p->out, label);
    colour(p, "0");
    str_addc(p->out, ' ');
    wrapped(p, text, column, column);
    str_addc(p->out, '\n');
}

/* What a row shows: the object and where it stands; the place alone where there is no object. */
struct row {
    struct str left, right;
    unsigned left_columns, right_columns;
};

static void row_release(struct row *r)
{
    str_release(&r->left);
    str_release(&r->right);
}

static void row_of(const struct painter *p, const struct finding *f, struct row *r)
{
    _cleanup_str_ struct str object = {0}, place = {0};
    const char *cluster = f->subject.cluster;
    report_object(&f->subject, &object);
    if (f->subject.file || !cluster || !p->meta->cluster || strcmp(cluster, p->meta->cluster) != 0)
        report_place(&f->subject, false, &place);
    text_printable(&r->left, object.len ? str_sv(&object) : str_sv(&place));
    if (object.len)
        text_printable(&r->right, str_sv(&place));
    r->left_columns = (unsigned)utf8_width(str_c(&r->left), r->left.len);
    r->right_columns = (unsigned)utf8_width(str_c(&r->right), r->right.len);
}

/* The column of the places when all rows of the group fit on a line each, else 0. */
static unsigned place_column(const struct painter *p, const struct finding *const *group, size_t n)
{
    unsigned left = 0, right = 0;
    for (size_t i = 0; i < n; i++) {
        _cleanup_(row_release) struct row r = {0};
        row_of(p, group[i], &r);
        left = r.left_columns > left ? r.left_columns : left;
        right = r.right_columns > right ? r.right_columns : right;
    }
    return ROW_INDENT + left + 2 + right <= p->width ? ROW_INDENT + left + 2 : 0;
}

static void dim_line(const struct painter *p, const struct str *text)
{
    if (!text->len)
        return;
    str_fill(p->out, ' ', ROW_INDENT + 2);
    colour(p, "2");
    wrapped(p, str_c(text), ROW_INDENT + 2, ROW_INDENT + 2);
    colour(p, "0");
    str_addc(p->out, '\n');
}

static void row(const struct painter *p, const struct finding *f, unsigned column)
{
    _cleanup_(row_release) struct row r = {0};
    _cleanup_str_ struct str evidence = {0};
    row_of(p, f, &r);
    str_fill(p->out, ' ', ROW_INDENT);
    str_addv(p->out, str_sv(&r.left));
    if (r.right.len && column) {
        str_fill(p->out, ' ', column - ROW_INDENT - r.left_columns);
    } else if (r.right.len) {
        str_addc(p->out, '\n');
        str_fill(p->out, ' ', ROW_INDENT + 2);
    }
    str_addv(p->out, str_sv(&r.right));
    str_addc(p->out, '\n');
    report_evidence(f, &evidence);
    dim_line(p, &evidence);
}

static void group_head(const struct painter *p, const struct finding *f)
{
    const char *label = severity_labels[f->severity];
    unsigned column = 2 + (unsigned)strlen(label) + 2;
    str_adds(p->out, "  ");
    colour(p, severity_colours[f->severity]);
    str_adds(p->out, label);
    colour(p, "0");
    str_adds(p->out, "  ");
    _cleanup_str_ struct str safe = {0}, rule = {0};
    text_printable(&safe, sv_of(f->message));
    text_printable(&rule, sv_of(f->rule));
    unsigned at = text_wrap(p->out, str_sv(&safe), column, column, p->width);
    if (at + 3 + rule.len > p->width) {
        str_addc(p->out, '\n');
        str_fill(p->out, ' ', column - 1);
    }
    colour(p, "2");
    str_addf(p->out, " [%s]", str_c(&rule));
    colour(p, "0");
    str_addc(p->out, '\n');
}

/* Groups of one rule that are mended the same way stand together, with the fix below the last. */
static bool shares_fix(const struct finding *a, const struct finding *b)
{
    return a->severity == b->severity && strcmp(a->rule, b->rule) == 0 && a->fix && b->fix &&
           strcmp(a->fix, b->fix) == 0 && version_cmp(a->before, b->before) == 0;
}

static void group(const struct painter *p, const struct finding *const *items, size_t n,
                  const struct finding *next)
{
    const struct finding *first = items[0];
    _cleanup_str_ struct str replacement = {0};
    unsigned column = place_column(p, items, n);
    group_head(p, first);
    for (size_t i = 0; i < n; i++)
        row(p, items[i], column);
    report_replacement(first, &replacement);
    if (first->hint)
        labelled(p, "note:", "2", first->hint);
    if (replacement.len)
        labelled(p, "use:", "32", str_c(&replacement));
    if (next && shares_fix(first, next))
        return;
    if (first->fix)
        labelled(p, "fix:", "32", first->fix);
    if (next)
        str_addc(p->out, '\n');
}

static void hop(const struct painter *p, const struct report_order *order, size_t start, size_t end)
{
    _cleanup_str_ struct str title = {0};
    report_hop_title(order->items.items[start], p->meta, &title);
    str_addf(&title, " (%zu)", end - start);
    str_addc(p->out, '\n');
    colour(p, "1");
    str_adds(p->out, str_c(&title));
    colour(p, "0");
    str_addc(p->out, '\n');
    for (size_t i = 0; i < title.len; i++)
        str_adds(p->out, p->meta->utf8 ? "\xE2\x94\x80" : "-");
    str_adds(p->out, "\n\n");
    for (size_t i = start, next; i < end; i = next) {
        next = report_group_end(order, i);
        group(p, order->items.items + i, next - i, next < end ? order->items.items[next] : NULL);
    }
}

static void sentence(const struct painter *p, const char *code, const struct str *text)
{
    if (!text->len)
        return;
    colour(p, code);
    wrapped(p, str_c(text), 0, 0);
    colour(p, "0");
    str_addc(p->out, '\n');
}

static void head(const struct painter *p, const struct finding_set *set)
{
    _cleanup_str_ struct str headline = {0}, others = {0}, coverage = {0};
    struct report_counts n;
    report_count(set, &n);
    report_headline(set, p->meta, &headline);
    report_others(set, &others);
    report_coverage(set, p->meta, &coverage);
    if (others.len && n.by_severity[FINDING_REMOVED]) {
        _cleanup_str_ struct str also = {0};
        str_addf(&also, "Also %s", str_c(&others));
        sentence(p, "1;31", &headline);
        sentence(p, "0", &also);
    } else {
        if (others.len)
            str_addf(&headline, "; %s", str_c(&others));
        sentence(p, n.by_severity[FINDING_REMOVED] ? "1;31" : "1;32", &headline);
    }
    sentence(p, "2", &coverage);
}

void report_table(const struct finding_set *set, const struct report_meta *meta, struct str *out)
{
    const struct painter p = {meta, out, meta->width ? meta->width : 80};
    _cleanup_(report_order_release) struct report_order order = {0};
    report_order_of(set, &order);
    head(&p, set);
    for (size_t i = 0, next; i < order.items.len; i = next) {
        next = report_hop_end(&order, i);
        hop(&p, &order, i, next);
    }
    if (!order.items.len)
        return;
    str_addc(out, '\n');
    wrapped(&p, "'toban explain RULE' tells why a rule is there and where it is written.", 0, 0);
    str_addc(out, '\n');
}
