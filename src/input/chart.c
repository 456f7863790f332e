#include "input/chart.h"

#include "doc/doc.h"

static const char *text_of(struct arena *arena, const struct doc_node *map, const char *key)
{
    struct sv v = doc_scalar(doc_get(map, key));
    return mem_must(arena_dup(arena, v.ptr ? v : SV("")));
}

static const char *text_or_null(struct arena *arena, const struct doc_node *map, const char *key)
{
    const char *text = text_of(arena, map, key);
    return *text ? text : NULL;
}

static void read_dependencies(struct arena *arena, const struct doc_node *list,
                              struct input_chart *out)
{
    uint32_t n = list && list->type == DOC_SEQ ? doc_count(list) : 0;
    if (!n)
        return;
    size_t have = out->dependency_count, total = have + n;
    struct input_dependency *all = mem_must(arena_new_n(arena, struct input_dependency, total));
    for (size_t i = 0; i < have; i++)
        all[i] = out->dependencies[i];
    for (uint32_t i = 0; i < n; i++) {
        const struct doc_node *d = doc_item(list, i);
        all[have + i] =
            (struct input_dependency){.name = text_of(arena, d, "name"),
                                      .version = text_of(arena, d, "version"),
                                      .alias = text_or_null(arena, d, "alias"),
                                      .repository = text_or_null(arena, d, "repository")};
    }
    out->dependencies = all;
    out->dependency_count = total;
}

/* The first document as a map; its first syntax error becomes err. */
static const struct doc_node *parse_map(struct doc_file *f, const char *name, struct sv text,
                                        struct err *err)
{
    if (doc_parse(f, name, text, NULL, err) < 0)
        return NULL;
    if (f->error_count) {
        err_set(err, ERR_INPUT, "%s:%u:%u: %s", name, f->errors[0].line, f->errors[0].column,
                f->errors[0].message);
        return NULL;
    }
    for (uint32_t i = 0; i < f->part_count; i++)
        if (f->parts[i].root && f->parts[i].root->type == DOC_MAP)
            return f->parts[i].root;
    err_set(err, ERR_INPUT, "%s: holds no map", name);
    return NULL;
}

int chart_parse(struct arena *arena, const char *name, struct sv text, struct input_chart *out,
                struct err *err)
{
    _cleanup_doc_ struct doc_file f = {0};
    const struct doc_node *root = parse_map(&f, name, text, err);
    if (!root)
        return -1;
    out->name = text_of(arena, root, "name");
    out->version = text_of(arena, root, "version");
    out->app_version = text_of(arena, root, "appVersion");
    out->kube_version = text_of(arena, root, "kubeVersion");
    out->library = sv_is(doc_get_string(root, "type"), "library");
    read_dependencies(arena, doc_get(root, "dependencies"), out);
    if (!*out->name || strchr(out->name, '/'))
        return err_set(err, ERR_INPUT, "%s: 'name' must be the name of the chart", name);
    return 0;
}

int chart_parse_requirements(struct arena *arena, const char *name, struct sv text,
                             struct input_chart *out, struct err *err)
{
    _cleanup_doc_ struct doc_file f = {0};
    const struct doc_node *root = parse_map(&f, name, text, err);
    if (!root)
        return -1;
    read_dependencies(arena, doc_get(root, "dependencies"), out);
    return 0;
}

static const char *last_part(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash && slash[1] ? slash + 1 : path;
}

/* A dependency may give its chart another name, and one chart may serve several: each of them is
 * a name that helm writes. NULL behind the last. */
static const char *name_in_parent(const struct chart *chart, size_t nth)
{
    const struct input_chart *parent = chart->info.parent;
    for (size_t i = 0; i < parent->dependency_count; i++) {
        const struct input_dependency *d = &parent->dependencies[i];
        if (strcmp(d->name, chart->info.name) == 0 && nth-- == 0)
            return d->alias ? d->alias : d->name;
    }
    return NULL;
}

static const char *full_name(struct collect *c, const struct chart *chart)
{
    if (!chart->up)
        return chart->info.name;
    const char *name = name_in_parent(chart, 0);
    return collect_fmt(c, "%s/charts/%s", chart->up->full_name, name ? name : chart->info.name);
}

static void read_files(struct collect *c, struct chart *chart, const char *separator,
                       struct sv text, struct sv requirements)
{
    struct err err = {0};
    const char *path = chart->info.path;
    const char *at = collect_fmt(c, "%s%sChart.yaml", path, separator);
    if (chart_parse(&c->list->arena, at, text, &chart->info, &err) < 0) {
        chart->unrendered = true;
        collect_problem_err(c, at, &err);
    }
    at = collect_fmt(c, "%s%srequirements.yaml", path, separator);
    if (requirements.len &&
        chart_parse_requirements(&c->list->arena, at, requirements, &chart->info, &err) < 0)
        collect_problem_err(c, at, &err);
}

struct chart *chart_begin(struct collect *c, const char *path, const char *separator,
                          struct sv text, struct sv requirements, struct chart *parent)
{
    struct chart *chart = mem_must(arena_new(&c->list->arena, struct chart));
    chart->info = (struct input_chart){.name = "",
                                       .version = "",
                                       .app_version = "",
                                       .kube_version = "",
                                       .path = path,
                                       .parent = parent ? &parent->info : NULL};
    read_files(c, chart, separator, text, requirements);
    if (!chart->info.name[0])
        chart->info.name = last_part(path);
    chart->top = parent ? parent->top : chart;
    chart->up = parent;
    chart->full_name = full_name(c, chart);
    if (!parent && !vec_push(&c->charts, chart))
        must_fail_nomem();
    return chart;
}

static void add_source(struct chart *chart, const char *source, struct input_item *item)
{
    if (!map_put(&chart->top->sources, sv_of(source), item))
        must_fail_nomem();
}

void chart_add_template(struct collect *c, struct chart *chart, struct input_item *item,
                        struct sv below)
{
    item->kind = INPUT_TEMPLATE;
    item->chart = &chart->info;
    item->source = collect_fmt(c, "%s/%.*s", chart->full_name, SV_ARG(below));
    struct input_item *kept = collect_add(c, item);
    add_source(chart, kept->source, kept);
    const char *name;
    for (size_t n = 1; chart->up && (name = name_in_parent(chart, n)); n++)
        add_source(chart,
                   collect_fmt(c, "%s/charts/%s/%.*s", chart->up->full_name, name, SV_ARG(below)),
                   kept);
}

bool chart_owns(struct sv name)
{
    static const char *const own[] = {"Chart.yaml", "requirements.yaml", "values.schema.json"};
    for (size_t i = 0; i < ARRAY_LEN(own); i++)
        if (sv_is(name, own[i]))
            return true;
    return sv_starts(name, "values") && (sv_ends(name, ".yaml") || sv_ends(name, ".yml"));
}

bool chart_is_template_name(struct sv name)
{
    return collect_is_manifest_name(name) || sv_ends(name, ".tpl");
}
