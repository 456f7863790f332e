#include "input/packed.h"

#include "base/io.h"
#include "input/tgz.h"

#include <sys/stat.h>

/* Charts in archives in archives: as deep as anyone packs, and then some. */
#define PACKED_DEPTH_MAX 6u

/* The entries of one chart inside the archive, sorted; their paths begin with `prefix` bytes that
 * name the chart's folder. */
struct chart_files {
    struct collect *c;
    const struct tgz_entry *entries;
    size_t count, prefix;
    const char *path, *separator; /* display name of the chart, and what stands before its files */
    unsigned depth;
};

static void collect_bytes(struct collect *c, const char *path, struct sv bytes,
                          struct chart *parent, bool must_be_chart, unsigned depth);
static void collect_chart(const struct chart_files *f, struct chart *parent);

static struct sv text_at(const struct chart_files *f, const char *below)
{
    for (size_t i = 0; i < f->count; i++)
        if (strcmp(f->entries[i].path + f->prefix, below) == 0)
            return f->entries[i].text;
    return SV_NONE;
}

/* Entries from `at` on that stand in the same folder charts/NAME/. */
static size_t folder_run(const struct chart_files *f, size_t at, size_t folder_len)
{
    size_t n = 1;
    while (at + n < f->count &&
           strncmp(f->entries[at + n].path, f->entries[at].path, folder_len) == 0)
        n++;
    return n;
}

/* What stands under charts/ at entry `at`; returns how many entries that was. */
static size_t collect_inner(const struct chart_files *f, size_t at, struct chart *parent)
{
    const struct tgz_entry *e = &f->entries[at];
    const char *below = e->path + f->prefix, *name = below + strlen("charts/");
    const char *slash = strchr(name, '/');
    if (!slash) {
        if (sv_ends(sv_of(name), ".tgz"))
            collect_bytes(f->c, collect_fmt(f->c, "%s%s%s", f->path, f->separator, below), e->text,
                          parent, true, f->depth + 1);
        return 1;
    }
    struct chart_files inner = {.c = f->c, .entries = e, .separator = "/", .depth = f->depth + 1};
    inner.prefix = (size_t)(slash + 1 - e->path);
    inner.count = folder_run(f, at, inner.prefix);
    inner.path = collect_fmt(f->c, "%s%s%.*s", f->path, f->separator, (int)(slash - below), below);
    if (f->depth < PACKED_DEPTH_MAX)
        collect_chart(&inner, parent);
    return inner.count;
}

static void collect_file(const struct chart_files *f, const struct tgz_entry *e,
                         struct chart *chart)
{
    struct sv below = sv_of(e->path + f->prefix);
    bool template = sv_starts(below, "templates/") && chart_is_template_name(below);
    if (!template && !(sv_starts(below, "crds/") && collect_is_manifest_name(below)))
        return;
    struct input_item item = {.kind = INPUT_FILE,
                              .text = e->text,
                              .chart = &chart->info,
                              .name =
                                  collect_fmt(f->c, "%s%s%s", f->path, f->separator, below.ptr)};
    if (template)
        chart_add_template(f->c, chart, &item, below);
    else
        collect_add(f->c, &item);
}

static void collect_chart(const struct chart_files *f, struct chart *parent)
{
    struct sv text = text_at(f, "Chart.yaml");
    if (!text.ptr)
        return;
    struct chart *chart =
        chart_begin(f->c, f->path, f->separator, text, text_at(f, "requirements.yaml"), parent);
    for (size_t i = 0; i < f->count;) {
        if (sv_starts(sv_of(f->entries[i].path + f->prefix), "charts/")) {
            i += collect_inner(f, i, chart);
            continue;
        }
        collect_file(f, &f->entries[i], chart);
        i++;
    }
}

/* The entries of the folder whose Chart.yaml makes the archive a chart. */
static void collect_top(struct collect *c, const char *path, const struct tgz *t,
                        struct chart *parent, unsigned depth)
{
    for (size_t i = 0; i < t->entries.len; i++) {
        const char *entry = t->entries.items[i].path, *slash = strchr(entry, '/');
        if (!slash || strcmp(slash + 1, "Chart.yaml") != 0)
            continue;
        size_t prefix = (size_t)(slash + 1 - entry), first = i;
        while (first > 0 && strncmp(t->entries.items[first - 1].path, entry, prefix) == 0)
            first--;
        struct chart_files f = {.c = c,
                                .entries = t->entries.items + first,
                                .prefix = prefix,
                                .path = path,
                                .separator = ":",
                                .depth = depth};
        while (first + f.count < t->entries.len &&
               strncmp(f.entries[f.count].path, entry, prefix) == 0)
            f.count++;
        collect_chart(&f, parent);
        return;
    }
}

static void collect_bytes(struct collect *c, const char *path, struct sv bytes,
                          struct chart *parent, bool must_be_chart, unsigned depth)
{
    _cleanup_tgz_ struct tgz t = {0};
    struct err err = {0};
    if (depth > PACKED_DEPTH_MAX) {
        collect_problem(c, path, "archives inside archives too deep, passed over", NULL);
        return;
    }
    if (tgz_read(&t, &c->list->arena, path, bytes, &err) < 0) {
        if (must_be_chart || t.is_chart)
            collect_problem_err(c, path, &err);
        return;
    }
    if (!t.is_chart && must_be_chart)
        collect_problem(c, path, "no chart: there is no Chart.yaml in its top folder",
                        "pack it with `helm package`");
    if (t.is_chart)
        collect_top(c, path, &t, parent, depth);
}

void packed_collect(struct collect *c, const char *path, struct chart *parent, bool named)
{
    _cleanup_str_ struct str bytes = {0};
    struct err err = {0};
    bool must_be_chart = named || parent;
    str_init(&bytes, TGZ_PACKED_MAX + ((size_t)1 << 20));
    if (io_read_file(path, TGZ_PACKED_MAX, &bytes, &err) < 0) {
        if (must_be_chart || err.class != ERR_LIMIT)
            collect_problem_err(c, path, &err);
        return;
    }
    collect_bytes(c, path, str_sv(&bytes), parent, must_be_chart, 1);
}
