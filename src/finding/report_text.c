#include "finding/report_text.h"

#include "base/must.h"

static int cmp_text(const char *a, const char *b)
{
    return sv_cmp(sv_of(a), sv_of(b));
}

static int cmp_groups(const struct finding *a, const struct finding *b)
{
    int order = version_cmp(a->before, b->before);
    order = order ? order : (int)a->severity - (int)b->severity;
    order = order ? order : cmp_text(a->rule, b->rule);
    order = order ? order : cmp_text(a->fix, b->fix);
    order = order ? order : cmp_text(a->message, b->message);
    return order ? order : cmp_text(a->hint, b->hint);
}

/* Findings of one group stay in the order of the set. */
static int cmp_for_sort(const void *a, const void *b)
{
    const struct finding *x = *(const struct finding *const *)a;
    const struct finding *y = *(const struct finding *const *)b;
    int order = cmp_groups(x, y);
    return order ? order : (x > y) - (x < y);
}

void report_order_of(const struct finding_set *set, struct report_order *out)
{
    vec_foreach(f, &set->findings)
        if (finding_is_open(f))
            mem_must(vec_push(&out->items, f) ? out : NULL);
    if (out->items.len > 1)
        qsort(out->items.items, out->items.len, sizeof *out->items.items, cmp_for_sort);
}

void report_order_release(struct report_order *o)
{
    vec_release(&o->items);
}

size_t report_hop_end(const struct report_order *o, size_t start)
{
    size_t i = start;
    while (i < o->items.len &&
           version_cmp(o->items.items[i]->before, o->items.items[start]->before) == 0)
        i++;
    return i;
}

size_t report_group_end(const struct report_order *o, size_t start)
{
    size_t i = start;
    while (i < o->items.len && cmp_groups(o->items.items[i], o->items.items[start]) == 0)
        i++;
    return i;
}

/* Objects, not findings: one object may break several rules. What has no kind counts by place. */
static void object_key(const struct finding_subject *at, struct str *key)
{
    str_reset(key);
    str_addf(key, "%s\n%s\n%s\n%s\n%s", at->cluster ? at->cluster : "", at->file ? at->file : "",
             at->kind ? at->kind : "", at->namespace ? at->namespace : "",
             at->name ? at->name : "");
    if (!at->name)
        str_addf(key, "\n%u", at->line);
}

static size_t count_stopping(const struct finding_set *set, struct version before)
{
    struct map seen = {0};
    struct arena keys = {0};
    _cleanup_str_ struct str key = {0};
    vec_foreach(f, &set->findings) {
        if (!finding_is_open(f) || f->severity != FINDING_REMOVED ||
            (before.set && version_cmp(before, f->before) != 0))
            continue;
        object_key(&f->subject, &key);
        if (map_get(&seen, str_sv(&key)))
            continue;
        char *kept = mem_must(arena_dup(&keys, str_sv(&key)));
        mem_must(map_put(&seen, sv_of(kept), kept) ? kept : NULL);
    }
    size_t count = seen.len;
    map_release(&seen);
    arena_release(&keys);
    return count;
}

static void upgrade_name(const struct report_meta *meta, struct str *out)
{
    char from[VERSION_TEXT_MAX], to[VERSION_TEXT_MAX];
    str_adds(out, "upgrade");
    if (meta->from.set)
        str_addf(out, " from %s", version_format(meta->from, false, from));
    if (meta->to.set)
        str_addf(out, " to %s", version_format(meta->to, false, to));
}

static void stopping_by_hop(const struct finding_set *set, struct str *out)
{
    char text[VERSION_TEXT_MAX];
    struct version last = VERSION_NONE;
    const char *glue = ": ";
    vec_foreach(f, &set->findings) {
        if (!finding_is_open(f) || f->severity != FINDING_REMOVED || !f->before.set ||
            (last.set && version_cmp(last, f->before) == 0))
            continue;
        last = f->before;
        str_addf(out, "%s%zu before %s", glue, count_stopping(set, last),
                 version_format(last, false, text));
        glue = ", ";
    }
}

void report_headline(const struct finding_set *set, const struct report_meta *meta, struct str *out)
{
    size_t stopping = count_stopping(set, VERSION_NONE);
    if (!stopping) {
        bool blind = !set->objects && set->problems.len;
        str_adds(out,
                 blind ? "Nothing could be looked at for the " : "Nothing found that stops the ");
        upgrade_name(meta, out);
        return;
    }
    str_adds(out, "The ");
    upgrade_name(meta, out);
    str_addf(out, " is stopped by %zu %s", stopping, stopping == 1 ? "object" : "objects");
    stopping_by_hop(set, out);
}

static void add_count(struct str *out, size_t n, const char *one, const char *many)
{
    if (n)
        str_addf(out, "%s%zu %s", out->len ? ", " : "", n, n == 1 ? one : many);
}

void report_others(const struct finding_set *set, struct str *out)
{
    struct report_counts n;
    _cleanup_str_ struct str text = {0};
    report_count(set, &n);
    add_count(&text, n.by_severity[FINDING_DEPRECATED], "deprecated", "deprecated");
    add_count(&text, n.by_severity[FINDING_WARNING], "warning", "warnings");
    add_count(&text, n.by_severity[FINDING_INFO], "remark", "remarks");
    add_count(&text, n.suppressed, "suppressed", "suppressed");
    str_addv(out, str_sv(&text));
}

void report_coverage(const struct finding_set *set, const struct report_meta *meta, struct str *out)
{
    str_addf(out, "%llu %s", (unsigned long long)set->objects,
             set->objects == 1 ? "object" : "objects");
    if (set->files)
        str_addf(out, " in %llu %s", (unsigned long long)set->files,
                 set->files == 1 ? "file" : "files");
    str_adds(out, " checked");
    if (meta->cluster)
        str_addf(out, ", cluster %s", meta->cluster);
    if (meta->data_date)
        str_addf(out, ", life-cycle data of %s", meta->data_date);
    if (set->problems.len)
        str_addf(out, "; %zu could not be checked", set->problems.len);
}

void report_hop_title(const struct finding *first, const struct report_meta *meta, struct str *out)
{
    char text[VERSION_TEXT_MAX];
    if (!first->before.set) {
        str_adds(out, "Not bound to a Kubernetes version");
        return;
    }
    bool later = meta->to.set && version_cmp(first->before, meta->to) > 0;
    str_addf(out, "%s %s", later ? "After this upgrade, before" : "Before",
             version_format(first->before, false, text));
}

void report_replacement(const struct finding *f, struct str *out)
{
    const char *version = f->replacement_api_version;
    if (!version || strstr(f->message, version) || (f->fix && strstr(f->fix, version)))
        return;
    str_adds(out, version);
    if (f->replacement_kind)
        str_addf(out, " %s", f->replacement_kind);
}

/* What is read from files is told by the place; what was seen elsewhere has to be told. */
static bool is_read_from_files(const char *source)
{
    static const char *const sources[] = {"manifest",    "chart",           "chart-template",
                                          "helm-render", "kustomize-build", "configuration"};
    for (size_t i = 0; i < ARRAY_LEN(sources); i++)
        if (strcmp(source, sources[i]) == 0)
            return true;
    return false;
}

void report_evidence(const struct finding *f, struct str *out)
{
    const char *last = "";
    vec_foreach(e, &f->evidence) {
        if (is_read_from_files(e->source))
            continue;
        str_adds(out, *last ? "; " : "");
        if (strcmp(last, e->source) != 0)
            str_addf(out, "%s%s", e->source, e->detail ? ": " : "");
        str_adds(out, e->detail ? e->detail : "");
        if (e->seen)
            str_addf(out, ", %.10s", e->seen);
        last = e->source;
    }
}
