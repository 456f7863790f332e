/* Life-cycle rows of the user's own APIs: the same columns as the built-in table. */
#include "rules/upgrade/lifecycle.h"

#include "base/vec.h"

#include <stdlib.h>

enum column {
    COL_GROUP,
    COL_VERSION,
    COL_KIND,
    COL_INTRODUCED,
    COL_DEPRECATED,
    COL_REMOVED,
    COL_REPLACEMENT_GROUP,
    COL_REPLACEMENT_VERSION,
    COL_REPLACEMENT_KIND,
    COL_SOURCE,
    COL_RESOURCE,
    COL_NAMESPACED,
    COL_COMPONENT,
    COL_REMOVAL_BASIS,
    COL_COUNT,
};

static const char *const column_names[COL_COUNT] = {
    "group",
    "version",
    "kind",
    "introduced",
    "deprecated",
    "removed",
    "replacement_group",
    "replacement_version",
    "replacement_kind",
    "source",
    "resource",
    "namespaced",
    "component",
    "removal_basis",
};

#define CELLS_MAX 32

struct loader {
    struct arena *arena;
    const char *name;
    uint32_t line;
    int cell_of[COL_COUNT]; /* position of each column; -1: left out */
    unsigned cells;
    bool have_header;
    VEC(struct lifecycle_row) rows;
};

static unsigned split_cells(struct sv line, struct sv cells[CELLS_MAX])
{
    unsigned n = 0;
    while (line.ptr && n < CELLS_MAX)
        cells[n++] = sv_trim(sv_split(&line, '\t'));
    return n;
}

static int read_header(struct loader *ld, struct sv line, struct err *err)
{
    struct sv cells[CELLS_MAX];
    ld->cells = split_cells(line, cells);
    for (unsigned c = 0; c < COL_COUNT; c++)
        ld->cell_of[c] = -1;
    for (unsigned i = 0; i < ld->cells; i++) {
        unsigned c = 0;
        while (c < COL_COUNT && !sv_is(cells[i], column_names[c]))
            c++;
        if (c == COL_COUNT)
            return err_set(err, ERR_INPUT, "%s:%u: no column is called '%.*s'", ld->name, ld->line,
                           SV_ARG(cells[i]));
        ld->cell_of[c] = (int)i;
    }
    for (unsigned c = COL_GROUP; c <= COL_KIND; c++)
        if (ld->cell_of[c] < 0)
            return err_set(err, ERR_INPUT,
                           "%s:%u: column '%s' is missing; the first line must name the columns, "
                           "parted by tabs",
                           ld->name, ld->line, column_names[c]);
    ld->have_header = true;
    return 0;
}

static struct sv cell(const struct loader *ld, const struct sv *cells, enum column c)
{
    return ld->cell_of[c] < 0 ? SV("") : cells[ld->cell_of[c]];
}

static int take_version(const struct loader *ld, const struct sv *cells, enum column c,
                        struct version *out, struct err *err)
{
    struct sv text = cell(ld, cells, c);
    if (!text.len || version_parse(text, out))
        return 0;
    return err_set(err, ERR_INPUT, "%s:%u: %s '%.*s' is no version; write it like 1.25 or v1.6.0",
                   ld->name, ld->line, column_names[c], SV_ARG(text));
}

static const char *take_text(struct loader *ld, const struct sv *cells, enum column c,
                             const char *when_empty)
{
    struct sv text = cell(ld, cells, c);
    return text.len ? arena_dup(ld->arena, text) : when_empty;
}

static int read_row(struct loader *ld, struct sv line, struct err *err)
{
    struct sv cells[CELLS_MAX];
    unsigned n = split_cells(line, cells);
    if (n != ld->cells)
        return err_set(err, ERR_INPUT, "%s:%u: %u cells, but the first line names %u columns",
                       ld->name, ld->line, n, ld->cells);
    struct lifecycle_row row = {
        .group = take_text(ld, cells, COL_GROUP, ""),
        .version = take_text(ld, cells, COL_VERSION, ""),
        .kind = take_text(ld, cells, COL_KIND, ""),
        .resource = take_text(ld, cells, COL_RESOURCE, NULL),
        .namespaced = !sv_is(cell(ld, cells, COL_NAMESPACED), "false"),
        .source = take_text(ld, cells, COL_SOURCE, ld->name),
        .basis = take_text(ld, cells, COL_REMOVAL_BASIS, ""),
    };
    if (!row.version || !row.kind || !row.group)
        return err_nomem(err, ld->name);
    if (!*row.version || !*row.kind)
        return err_set(err, ERR_INPUT, "%s:%u: %s is empty", ld->name, ld->line,
                       *row.version ? "kind" : "version");
    if (take_version(ld, cells, COL_INTRODUCED, &row.introduced, err) ||
        take_version(ld, cells, COL_DEPRECATED, &row.deprecated, err) ||
        take_version(ld, cells, COL_REMOVED, &row.removed, err))
        return -1;
    if (cell(ld, cells, COL_REPLACEMENT_KIND).len || cell(ld, cells, COL_REPLACEMENT_VERSION).len) {
        row.replacement_group = take_text(ld, cells, COL_REPLACEMENT_GROUP, "");
        row.replacement_version = take_text(ld, cells, COL_REPLACEMENT_VERSION, row.version);
        row.replacement_kind = take_text(ld, cells, COL_REPLACEMENT_KIND, row.kind);
    }
    if (!sv_is(cell(ld, cells, COL_COMPONENT), "kubernetes"))
        row.component = take_text(ld, cells, COL_COMPONENT, NULL);
    if (!vec_push(&ld->rows, row))
        return err_nomem(err, ld->name);
    return 0;
}

static int row_order(const void *a, const void *b)
{
    const struct lifecycle_row *x = a, *y = b;
    int c = strcmp(x->group, y->group);
    c = c ? c : strcmp(x->kind, y->kind);
    return c ? c : strcmp(x->version, y->version);
}

/* Merges the sorted new rows over the sorted old ones. */
static int merge_rows(struct lifecycle *l, struct loader *ld, struct err *err)
{
    qsort(ld->rows.items, ld->rows.len, sizeof *ld->rows.items, row_order);
    struct lifecycle_row *out =
        arena_alloc_n(ld->arena, l->len + ld->rows.len + 1, sizeof(struct lifecycle_row));
    if (!out)
        return err_nomem(err, ld->name);
    size_t n = 0, o = 0, i = 0;
    while (o < l->len || i < ld->rows.len) {
        int c = o == l->len         ? 1
                : i == ld->rows.len ? -1
                                    : row_order(&l->rows[o], &ld->rows.items[i]);
        if (c < 0) {
            out[n++] = l->rows[o++];
            continue;
        }
        if (i + 1 < ld->rows.len && !row_order(&ld->rows.items[i], &ld->rows.items[i + 1])) {
            i++; /* written twice: the later line counts */
            continue;
        }
        out[n++] = ld->rows.items[i++];
        o += c == 0;
    }
    l->rows = out;
    l->len = n;
    return 0;
}

static int read_lines(struct loader *ld, struct sv table, struct err *err)
{
    while (table.ptr) {
        struct sv line = sv_split(&table, '\n');
        ld->line++;
        if (sv_ends(line, "\r"))
            line.len--;
        if (!sv_trim(line).len || line.ptr[0] == '#')
            continue;
        if (ld->have_header ? read_row(ld, line, err) : read_header(ld, line, err))
            return -1;
    }
    if (!ld->have_header)
        return err_set(err, ERR_INPUT,
                       "%s: no line names the columns; expected 'group', 'version', "
                       "'kind' and more, parted by tabs",
                       ld->name);
    return 0;
}

int lifecycle_load(struct lifecycle *l, const char *name, struct sv table, struct err *err)
{
    struct loader ld = {.arena = &l->arena};
    ld.name = arena_dup(&l->arena, sv_of(name));
    int rc = ld.name ? read_lines(&ld, table, err) : err_nomem(err, name);
    if (!rc && ld.rows.len)
        rc = merge_rows(l, &ld, err);
    vec_release(&ld.rows);
    return rc;
}
