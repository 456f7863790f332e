#include "cmd/snapshot_print.h"

#include "base/jsonw.h"
#include "base/text.h"
#include "base/timestamp.h"

#include <inttypes.h>

void snapshot_print_number(struct str *out, size_t n)
{
    char digits[24];
    int len = snprintf(digits, sizeof digits, "%zu", n);
    for (int i = 0; i < len; i++) {
        if (i && (len - i) % 3 == 0)
            str_addc(out, ',');
        str_addc(out, digits[i]);
    }
}

static void add_plural(struct str *out, const char *kind, size_t count)
{
    struct sv v = sv_of(kind);
    bool es = sv_ends(v, "s") || sv_ends(v, "x");
    bool ies = sv_ends(v, "y");
    snapshot_print_number(out, count);
    str_addf(out, " %.*s%s", (int)(v.len - (count != 1 && ies)), kind,
             count == 1 ? ""
             : ies      ? "ies"
             : es       ? "es"
                        : "s");
}

void snapshot_print_counts(const struct summary *s, struct str *out)
{
    vec_foreach(k, &s->kinds) {
        if (k != s->kinds.items)
            str_adds(out, ", ");
        add_plural(out, k->kind, k->count);
    }
}

void snapshot_tell_gaps(const struct cmd_ctx *ctx, const struct snapshot_report *report)
{
    vec_foreach(g, &report->gaps) {
        char line[ERR_MSG_MAX * 2];
        snprintf(line, sizeof line, "%s; assumed: %s", g->what, g->assumed);
        cmd_print_err(ctx, line, g->hint);
    }
}

/* ---- table ---- */

static void print_head(const struct snapshot_print *p)
{
    const struct world *w = p->world;
    char version[VERSION_TEXT_MAX], taken[TIMESTAMP_TEXT_MAX];
    str_adds(p->out, "snapshot of ");
    text_printable(p->out, strings_get(&w->strings, w->source));
    str_addf(p->out, "\n  taken    %s\n", timestamp_format(w->taken, taken));
    str_addf(p->out, "  version  %s\n",
             w->version.set ? version_format(w->version, true, version) : "unknown");
    if (w->resource_version)
        str_addf(p->out, "  at       resourceVersion %s\n", world_text(w, w->resource_version));
    str_adds(p->out, "  holds    ");
    _cleanup_str_ struct str counts = {0};
    snapshot_print_counts(p->summary, &counts);
    text_wrap(p->out, str_sv(&counts), 11, 11, p->width);
    str_addc(p->out, '\n');
}

static void print_pods(const struct snapshot_print *p)
{
    const struct summary *s = p->summary;
    str_adds(p->out, "  pods     ");
    snapshot_print_number(p->out, s->bound);
    str_adds(p->out, " on nodes, ");
    snapshot_print_number(p->out, s->pending);
    str_adds(p->out, " waiting, ");
    snapshot_print_number(p->out, s->finished);
    str_adds(p->out, " finished; ");
    add_plural(p->out, "class", s->classes);
    str_adds(p->out, " of equal pods\n");
}

static void print_texts(const struct snapshot_print *p, const uint32_t *ids, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        str_adds(p->out, i ? ", " : "");
        text_printable(p->out, strings_get(&p->world->strings, ids[i]));
    }
}

static void print_group(const struct snapshot_print *p, const struct summary_group *g)
{
    str_adds(p->out, "  ");
    text_printable(p->out, g->group ? strings_get(&p->world->strings, g->group) : SV("(no group)"));
    str_adds(p->out, ": ");
    add_plural(p->out, "node", g->nodes);
    if (g->ready < g->nodes)
        str_addf(p->out, " (%zu not Ready)", g->nodes - g->ready);
    if (g->cordoned)
        str_addf(p->out, " (%zu cordoned)", g->cordoned);
    str_adds(p->out, ", ");
    add_plural(p->out, "pod", g->pods);
    str_addf(p->out, ", %" PRId64 ".%" PRId64 " vCPU, %" PRId64 " GiB", g->cpu / 1000,
             g->cpu / 100 % 10, g->memory >> 30);
    if (g->types.len) {
        str_adds(p->out, ", ");
        print_texts(p, g->types.items, g->types.len);
    }
    if (g->zones.len) {
        str_adds(p->out, " in ");
        print_texts(p, g->zones.items, g->zones.len);
    }
    str_addc(p->out, '\n');
}

static void print_cloud(const struct snapshot_print *p)
{
    const struct cloud *c = p->cloud;
    if (!c->groups.len && !c->subnets.len && !c->instances.len && !c->target_groups.len &&
        !c->launch_templates.len && !c->instance_types.len) {
        str_adds(p->out, "\nno facts from AWS: give them with --cloud FILE\n");
        return;
    }
    str_adds(p->out, "\nfrom AWS: ");
    add_plural(p->out, "node group", c->groups.len);
    str_adds(p->out, ", ");
    add_plural(p->out, "subnet", c->subnets.len);
    str_adds(p->out, ", ");
    add_plural(p->out, "launch template", c->launch_templates.len);
    str_adds(p->out, ", ");
    add_plural(p->out, "instance type", c->instance_types.len);
    str_adds(p->out, ", ");
    add_plural(p->out, "instance", c->instances.len);
    str_adds(p->out, ", ");
    add_plural(p->out, "target group", c->target_groups.len);
    str_addc(p->out, '\n');
}

static void print_notes(const struct snapshot_print *p)
{
    const struct world *w = p->world;
    size_t total = w->notes.len + w->notes_dropped;
    size_t shown =
        p->all_notes || w->notes.len <= SNAPSHOT_PRINT_NOTES ? w->notes.len : SNAPSHOT_PRINT_NOTES;
    if (!total)
        return;
    str_adds(p->out, "\n");
    add_plural(p->out, "note", total);
    str_adds(p->out, ": what was not as it should be, and what is assumed instead\n");
    for (size_t i = 0; i < shown; i++) {
        _cleanup_str_ struct str line = {0};
        text_printable(&line, strings_get(&w->strings, w->notes.items[i].subject));
        str_adds(&line, ": ");
        text_printable(&line, strings_get(&w->strings, w->notes.items[i].text));
        str_adds(p->out, "  ");
        text_wrap(p->out, str_sv(&line), 2, 4, p->width);
        str_addc(p->out, '\n');
    }
    if (shown < w->notes.len)
        str_addf(p->out, "  and %zu more: --all shows them\n", w->notes.len - shown);
    if (w->notes_dropped)
        str_addf(p->out, "  and %u more that were only counted\n", w->notes_dropped);
}

void snapshot_print_table(const struct snapshot_print *p)
{
    print_head(p);
    print_pods(p);
    str_adds(p->out, "\nnode groups\n");
    vec_foreach(g, &p->summary->groups)
        print_group(p, g);
    if (!p->summary->groups.len)
        str_adds(p->out, "  none\n");
    print_cloud(p);
    print_notes(p);
}

/* ---- JSON ---- */

static void json_text(struct jsonw *j, const struct world *w, const char *key, uint32_t id)
{
    jsonw_kv_sv(j, key, id ? strings_get(&w->strings, id) : SV_NONE);
}

static void json_texts(struct jsonw *j, const struct world *w, const char *key, const uint32_t *ids,
                       size_t len)
{
    jsonw_key(j, key);
    jsonw_array(j);
    for (size_t i = 0; i < len; i++)
        jsonw_sv(j, strings_get(&w->strings, ids[i]));
    jsonw_array_end(j);
}

static void json_head(struct jsonw *j, const struct snapshot_print *p)
{
    const struct world *w = p->world;
    char version[VERSION_TEXT_MAX], taken[TIMESTAMP_TEXT_MAX];
    jsonw_kv_str(j, "schema", "toban.snapshot/v1");
    jsonw_kv_str(j, "taken", timestamp_format(w->taken, taken));
    json_text(j, w, "source", w->source);
    jsonw_kv_str(j, "version", w->version.set ? version_format(w->version, true, version) : NULL);
    json_text(j, w, "resource_version", w->resource_version);
}

static void json_counts(struct jsonw *j, const struct summary *s)
{
    jsonw_key(j, "objects");
    jsonw_object(j);
    vec_foreach(k, &s->kinds)
        jsonw_kv_int(j, k->kind, (long long)k->count);
    jsonw_object_end(j);
    jsonw_key(j, "pods");
    jsonw_object(j);
    jsonw_kv_int(j, "on_nodes", (long long)s->bound);
    jsonw_kv_int(j, "waiting", (long long)s->pending);
    jsonw_kv_int(j, "finished", (long long)s->finished);
    jsonw_kv_int(j, "classes", (long long)s->classes);
    jsonw_object_end(j);
}

static void json_groups(struct jsonw *j, const struct snapshot_print *p)
{
    jsonw_key(j, "node_groups");
    jsonw_array(j);
    vec_foreach(g, &p->summary->groups) {
        jsonw_object(j);
        json_text(j, p->world, "name", g->group);
        jsonw_kv_int(j, "nodes", (long long)g->nodes);
        jsonw_kv_int(j, "ready", (long long)g->ready);
        jsonw_kv_int(j, "cordoned", (long long)g->cordoned);
        jsonw_kv_int(j, "pods", (long long)g->pods);
        jsonw_kv_int(j, "cpu_milli", g->cpu);
        jsonw_kv_int(j, "memory_bytes", g->memory);
        json_texts(j, p->world, "instance_types", g->types.items, g->types.len);
        json_texts(j, p->world, "zones", g->zones.items, g->zones.len);
        jsonw_object_end(j);
    }
    jsonw_array_end(j);
}

static void json_cloud(struct jsonw *j, const struct cloud *c)
{
    jsonw_key(j, "cloud");
    jsonw_object(j);
    jsonw_kv_int(j, "node_groups", (long long)c->groups.len);
    jsonw_kv_int(j, "subnets", (long long)c->subnets.len);
    jsonw_kv_int(j, "launch_templates", (long long)c->launch_templates.len);
    jsonw_kv_int(j, "instance_types", (long long)c->instance_types.len);
    jsonw_kv_int(j, "instances", (long long)c->instances.len);
    jsonw_kv_int(j, "target_groups", (long long)c->target_groups.len);
    jsonw_object_end(j);
}

static void json_notes(struct jsonw *j, const struct world *w)
{
    jsonw_key(j, "notes");
    jsonw_array(j);
    vec_foreach(n, &w->notes) {
        jsonw_object(j);
        json_text(j, w, "subject", n->subject);
        json_text(j, w, "text", n->text);
        jsonw_object_end(j);
    }
    jsonw_array_end(j);
    jsonw_kv_int(j, "notes_dropped", w->notes_dropped);
}

void snapshot_print_json(const struct snapshot_print *p)
{
    struct jsonw j;
    jsonw_init(&j, p->out, 2);
    jsonw_object(&j);
    json_head(&j, p);
    json_counts(&j, p->summary);
    json_groups(&j, p);
    json_cloud(&j, p->cloud);
    json_notes(&j, p->world);
    jsonw_object_end(&j);
    str_addc(p->out, '\n');
}
