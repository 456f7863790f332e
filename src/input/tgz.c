#include "input/tgz.h"

#include "base/str.h"
#include "input/archive_api.h"

/* helm writes Chart.yaml first; other packers keep it near. */
#define LOOK_FOR_CHART 200u

struct reading {
    struct tgz *out;
    struct archive_api api;
    struct archive *archive;
    const char *name;
    uint64_t unpacked;
};

static void reading_end(struct reading *r)
{
    if (r->archive)
        r->api.read_free(r->archive);
}

static int broken(const struct reading *r, struct err *err)
{
    const char *why = r->api.error_string(r->archive);
    err_set(err, ERR_INPUT, "%s: cannot be unpacked: %s", r->name, why ? why : "unknown reason");
    return err_hint(err, "a packed chart is a tar file inside gzip, as helm package makes it");
}

static int over_limit(const struct reading *r, size_t limit, const char *of, struct err *err)
{
    err_set(err, ERR_LIMIT, "%s: unpacks to more than the limit of %zu %s", r->name, limit, of);
    return err_hint(err, "no real chart is that large; unpack it yourself if you trust it");
}

/* NULL when the name leads out of the archive. */
static const char *inner_path(const char *path)
{
    while (path[0] == '.' && path[1] == '/')
        path += 2;
    if (path[0] == '/' || strchr(path, '\\'))
        return NULL;
    for (struct sv rest = sv_of(path); rest.ptr;)
        if (sv_is(sv_split(&rest, '/'), ".."))
            return NULL;
    return path;
}

static bool is_useful(struct sv path)
{
    static const char *const ends[] = {".yaml", ".yml", ".json", ".tpl", ".tgz"};
    for (size_t i = 0; i < ARRAY_LEN(ends); i++)
        if (sv_ends(path, ends[i]))
            return true;
    return false;
}

static bool is_chart_yaml(const char *path)
{
    const char *slash = strchr(path, '/');
    return slash && strcmp(slash + 1, "Chart.yaml") == 0;
}

/* One block of the entry: 1, at its end 0, -1 with err. Holes of sparse files count in full. */
static int next_block(struct reading *r, const void **block, size_t *n, uint64_t *end,
                      struct err *err)
{
    la_int64_t offset = 0;
    int rc = r->api.read_data_block(r->archive, block, n, &offset);
    if (rc == ARCHIVE_EOF)
        return 0;
    if (rc != ARCHIVE_OK)
        return broken(r, err);
    uint64_t now = (uint64_t)offset + *n;
    r->unpacked += now > *end ? now - *end : 0;
    *end = now > *end ? now : *end;
    return r->unpacked > TGZ_UNPACKED_MAX ? over_limit(r, TGZ_UNPACKED_MAX, "bytes", err) : 1;
}

static int read_text(struct reading *r, const char *path, struct sv *text, struct err *err)
{
    _cleanup_str_ struct str s = {0};
    str_init(&s, TGZ_ENTRY_MAX);
    const void *block;
    size_t n;
    uint64_t end = 0;
    int rc;
    while ((rc = next_block(r, &block, &n, &end, err)) > 0) {
        if (end <= TGZ_ENTRY_MAX && end - n >= s.len)
            str_fill(&s, '\0', (size_t)(end - n) - s.len);
        str_add(&s, block, n);
        if (!str_ok(&s))
            return err_set(err, ERR_LIMIT, "%s: entry '%s' is larger than the limit of %zu bytes",
                           r->name, path, TGZ_ENTRY_MAX);
    }
    if (rc < 0)
        return -1;
    char *copy = arena_dup(r->out->arena, str_sv(&s));
    if (!copy)
        return err_nomem(err, "unpacking a chart");
    *text = sv_n(copy, s.len);
    return 0;
}

static int skip_text(struct reading *r, struct err *err)
{
    const void *block;
    size_t n;
    uint64_t end = 0;
    int rc;
    while ((rc = next_block(r, &block, &n, &end, err)) > 0)
        ;
    return rc;
}

static int read_entry(struct reading *r, struct archive_entry *entry, struct err *err)
{
    const char *raw = r->api.entry_pathname(entry);
    const char *path = raw ? inner_path(raw) : NULL;
    if (!path)
        return err_set(err, ERR_INPUT,
                       "%s: entry '%s' leads out of the archive; nothing of it is used", r->name,
                       raw ? raw : "");
    if (r->api.entry_filetype(entry) != AE_IFREG || r->api.entry_hardlink(entry))
        return 0;
    if (!is_useful(sv_of(path)))
        return skip_text(r, err);
    struct tgz_entry e = {.path = arena_dup(r->out->arena, sv_of(path))};
    if (!e.path || read_text(r, path, &e.text, err) < 0)
        return e.path ? -1 : err_nomem(err, "unpacking a chart");
    r->out->is_chart |= is_chart_yaml(path);
    return vec_push(&r->out->entries, e) ? 0 : err_nomem(err, "unpacking a chart");
}

static int by_path(const void *a, const void *b)
{
    return strcmp(((const struct tgz_entry *)a)->path, ((const struct tgz_entry *)b)->path);
}

static int read_all(struct reading *r, struct err *err)
{
    struct archive_entry *entry;
    for (unsigned count = 0;; count++) {
        int rc = r->api.read_next_header(r->archive, &entry);
        if (rc == ARCHIVE_EOF || (count >= LOOK_FOR_CHART && !r->out->is_chart))
            return 0;
        if (rc != ARCHIVE_OK && rc != ARCHIVE_WARN)
            return broken(r, err);
        if (count >= TGZ_ENTRIES_MAX)
            return over_limit(r, TGZ_ENTRIES_MAX, "entries", err);
        if (read_entry(r, entry, err) < 0)
            return -1;
    }
}

int tgz_read(struct tgz *out, struct arena *arena, const char *name, struct sv bytes,
             struct err *err)
{
    *out = (struct tgz){.arena = arena};
    _cleanup_(reading_end) struct reading r = {.out = out, .name = name};
    if (archive_api_load(&r.api, err) < 0)
        return -1;
    r.archive = r.api.read_new();
    if (!r.archive)
        return err_nomem(err, "unpacking a chart");
    r.api.read_support_filter_gzip(r.archive);
    r.api.read_support_format_tar(r.archive);
    if (r.api.read_open_memory(r.archive, bytes.ptr, bytes.len) != ARCHIVE_OK)
        return broken(&r, err);
    if (read_all(&r, err) < 0)
        return -1;
    if (out->entries.len)
        qsort(out->entries.items, out->entries.len, sizeof *out->entries.items, by_path);
    return 0;
}

void tgz_release(struct tgz *t)
{
    if (!t)
        return;
    vec_release(&t->entries);
}
