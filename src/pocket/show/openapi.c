#include "pocket/show/openapi.h"

#include "base/must.h"
#include "pocket/outline.h"

/* Where definitions stand, and what v3 has that v2 has not. */
struct style {
    const char *prefix;
    bool third;
};
static const struct style second = {"#/definitions/", false};
static const struct style third = {"#/components/schemas/", true};

static const char *full_name(struct arena *a, const char *type)
{
    return mem_must(arena_fmt(a, "io.k8s.%s", type));
}

static struct doc_node *reference(struct arena *a, const struct style *style, const char *name)
{
    struct doc_node *out = value_map(a);
    value_set_text(a, out, "$ref", sv_of(mem_must(arena_fmt(a, "%s%s", style->prefix, name))));
    return out;
}

/* The schema of a word of the table: "[]type", "map[]type", "string:format", a type. */
static struct doc_node *schema_of(struct arena *a, const struct style *style, const char *of)
{
    size_t count;
    struct doc_node *out = value_map(a);
    if (strncmp(of, "[]", 2) == 0) {
        value_set_text(a, out, "type", SV("array"));
        value_set(a, out, SV("items"), schema_of(a, style, of + 2));
        return out;
    }
    if (strncmp(of, "map[]", 5) == 0) {
        value_set_text(a, out, "type", SV("object"));
        value_set(a, out, SV("additionalProperties"), schema_of(a, style, of + 5));
        return out;
    }
    if (outline_fields(of, &count))
        return reference(a, style, full_name(a, of));
    struct sv format = sv_of(of), type = sv_split(&format, ':');
    if (!sv_is(type, "any"))
        value_set_text(a, out, "type", type);
    if (format.ptr)
        value_set_text(a, out, "format", format);
    return out;
}

static void set_joining(struct arena *a, struct doc_node *schema, const struct outline_field *row)
{
    if (*row->list && strncmp(row->of, "[]", 2) == 0)
        value_set_text(a, schema, "x-kubernetes-list-type", sv_of(row->list));
    if (*row->strategy)
        value_set_text(a, schema, "x-kubernetes-patch-strategy", sv_of(row->strategy));
    if (row->merge_key)
        value_set_text(a, schema, "x-kubernetes-patch-merge-key", sv_of(row->merge_key));
    if (!row->keys)
        return;
    struct doc_node *keys = value_list(a);
    for (size_t i = 0; row->keys[i]; i++)
        value_push(a, keys, value_text(a, sv_of(row->keys[i])));
    value_set(a, schema, SV("x-kubernetes-list-map-keys"), keys);
}

/* In v3 a reference has no siblings: it stands in allOf. */
static struct doc_node *property(struct arena *a, const struct style *style,
                                 const struct outline_field *row)
{
    struct doc_node *schema = schema_of(a, style, row->of);
    bool reference_only = value_get(schema, SV("$ref")) != NULL;
    if (style->third && reference_only) {
        struct doc_node *outer = value_map(a), *all = value_list(a);
        value_push(a, all, schema);
        value_set(a, outer, SV("allOf"), all);
        value_set(a, outer, SV("default"), value_map(a));
        schema = outer;
        size_t count;
        const struct outline_field *fields = outline_fields(row->of, &count);
        if (fields && !*fields->field)
            value_unset(schema, SV("default"));
    }
    set_joining(a, schema, row);
    return schema;
}

static void set_kind(struct arena *a, struct doc_node *schema, struct sv group, struct sv version,
                     struct sv kind)
{
    struct doc_node *list = value_get(schema, SV("x-kubernetes-group-version-kind"));
    struct doc_node *gvk = value_map(a);
    if (!list) {
        list = value_list(a);
        value_set(a, schema, SV("x-kubernetes-group-version-kind"), list);
    }
    value_set_text(a, gvk, "group", group);
    value_set_text(a, gvk, "version", version);
    value_set_text(a, gvk, "kind", kind);
    value_push(a, list, gvk);
}

/* Adds a type and all it refers to. */
static void add_type(struct arena *a, const struct style *style, struct doc_node *definitions,
                     const char *of)
{
    size_t count;
    while (strncmp(of, "[]", 2) == 0 || strncmp(of, "map[]", 5) == 0)
        of += *of == '[' ? 2 : 5;
    const struct outline_field *fields = outline_fields(of, &count);
    if (!fields || value_get(definitions, sv_of(full_name(a, of))))
        return;
    struct doc_node *schema = value_map(a), *properties = value_map(a), *required = value_list(a);
    value_set(a, definitions, sv_of(full_name(a, of)), schema);
    if (!*fields->field) {
        struct doc_node *leaf = schema_of(a, style, fields->of);
        doc_each_pair(p, leaf)
            value_set(a, schema, p->key->text, p->value);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        value_set(a, properties, sv_of(fields[i].field), property(a, style, &fields[i]));
        if (fields[i].required)
            value_push(a, required, value_text(a, sv_of(fields[i].field)));
        add_type(a, style, definitions, fields[i].of);
    }
    value_set_text(a, schema, "type", SV("object"));
    value_set(a, schema, SV("properties"), properties);
    if (required->item_count)
        value_set(a, schema, SV("required"), required);
}

static const struct outline_kind *find_kind(const struct discovery_resource *r)
{
    for (size_t i = 0; i < table_kube_kinds_len; i++)
        if (strcmp(table_kube_kinds[i].group, r->group) == 0 &&
            strcmp(table_kube_kinds[i].version, r->version) == 0 &&
            strcmp(table_kube_kinds[i].kind, r->kind) == 0)
            return &table_kube_kinds[i];
    return NULL;
}

/* "org.example.v1.Widget" of example.org/v1 Widget. */
static const char *custom_name(struct arena *a, const struct openapi_custom *custom)
{
    const char *name = mem_must(arena_fmt(a, "%s.%s", custom->version, custom->kind));
    struct sv rest = sv_of(custom->group);
    while (rest.ptr) {
        struct sv part = sv_split(&rest, '.');
        name = mem_must(arena_fmt(a, "%.*s.%s", SV_ARG(part), name));
    }
    return name;
}

static void add_custom(struct arena *a, const struct style *style, struct doc_node *definitions,
                       const struct openapi_custom *custom)
{
    struct doc_node *schema = custom->schema ? value_clone(a, custom->schema) : value_map(a);
    if (schema->type != DOC_MAP)
        return;
    value_set_text(a, schema, "type", SV("object"));
    if (custom->schema) {
        struct doc_node *properties = value_need_map(a, schema, SV("properties"));
        const char *meta = "apimachinery.pkg.apis.meta.v1.ObjectMeta";
        value_set(a, properties, SV("apiVersion"), schema_of(a, style, "string"));
        value_set(a, properties, SV("kind"), schema_of(a, style, "string"));
        value_set(a, properties, SV("metadata"), schema_of(a, style, meta));
        add_type(a, style, definitions, meta);
    }
    set_kind(a, schema, sv_of(custom->group), sv_of(custom->version), sv_of(custom->kind));
    value_set(a, definitions, sv_of(custom_name(a, custom)), schema);
}

/* The query parameters of a patch: clients ask here whether the server knows dry runs and checks
 * fields itself. */
static struct doc_node *patch_parameters(struct arena *a, const struct style *style)
{
    static const char *const names[][2] = {{"dryRun", "string"},
                                           {"fieldManager", "string"},
                                           {"fieldValidation", "string"},
                                           {"force", "boolean"}};
    struct doc_node *list = value_list(a);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct doc_node *one = value_map(a), *schema = value_map(a);
        value_set_text(a, one, "name", sv_of(names[i][0]));
        value_set_text(a, one, "in", SV("query"));
        value_set_text(a, style->third ? schema : one, "type", sv_of(names[i][1]));
        if (style->third)
            value_set(a, one, SV("schema"), schema);
        value_push(a, list, one);
    }
    return list;
}

static void add_path(struct arena *a, const struct style *style, struct doc_node *paths,
                     const struct discovery_resource *r)
{
    const char *root = *r->group ? mem_must(arena_fmt(a, "/apis/%s", r->group)) : "/api";
    const char *path =
        mem_must(arena_fmt(a, "%s/%s%s/%s/{name}", root, r->version,
                           r->namespaced ? "/namespaces/{namespace}" : "", r->plural));
    struct doc_node *item = value_map(a), *patch = value_map(a), *gvk = value_map(a);
    struct doc_node *responses = value_map(a), *ok = value_map(a);
    value_set_text(a, gvk, "group", sv_of(r->group));
    value_set_text(a, gvk, "version", sv_of(r->version));
    value_set_text(a, gvk, "kind", sv_of(r->kind));
    value_set_text(a, ok, "description", SV("OK"));
    value_set(a, responses, SV("200"), ok);
    value_set(a, patch, SV("parameters"), patch_parameters(a, style));
    value_set(a, patch, SV("responses"), responses);
    value_set_text(a, patch, "x-kubernetes-action", SV("patch"));
    value_set(a, patch, SV("x-kubernetes-group-version-kind"), gvk);
    value_set(a, item, SV("patch"), patch);
    value_set(a, paths, sv_of(path), item);
}

/* Definitions and paths of the resources of one version; of all with an absent version. */
static size_t fill(struct arena *a, const struct openapi *o, const struct style *style,
                   struct sv group, struct sv version, struct doc_node *definitions,
                   struct doc_node *paths)
{
    size_t found = 0;
    for (size_t i = 0; i < o->discovery->count; i++) {
        const struct discovery_resource *r = &o->discovery->resources[i];
        bool asked = !version.ptr || (sv_is(group, r->group) && sv_is(version, r->version));
        const struct outline_kind *kind = find_kind(r);
        if (!asked || strchr(r->plural, '/'))
            continue;
        found++;
        if (strstr(r->verbs, "patch"))
            add_path(a, style, paths, r);
        if (!kind || value_get(definitions, sv_of(full_name(a, kind->type))))
            continue;
        add_type(a, style, definitions, kind->type);
        set_kind(a, value_get(definitions, sv_of(full_name(a, kind->type))), sv_of(kind->group),
                 sv_of(kind->version), sv_of(kind->kind));
    }
    for (size_t i = 0; i < o->custom_count; i++)
        if (!version.ptr ||
            (sv_is(group, o->customs[i].group) && sv_is(version, o->customs[i].version)))
            add_custom(a, style, definitions, &o->customs[i]);
    return found;
}

static struct doc_node *document(struct arena *a, const char *key, const char *version,
                                 struct doc_node *paths)
{
    struct doc_node *out = value_map(a), *info = value_map(a);
    value_set_text(a, out, key, sv_of(version));
    value_set_text(a, info, "title", SV("Kubernetes"));
    value_set_text(a, info, "version", SV("pocket"));
    value_set(a, out, SV("info"), info);
    value_set(a, out, SV("paths"), paths);
    return out;
}

struct doc_node *openapi_v2(struct arena *a, const struct openapi *o)
{
    struct doc_node *definitions = value_map(a), *paths = value_map(a);
    fill(a, o, &second, SV_NONE, SV_NONE, definitions, paths);
    struct doc_node *out = document(a, "swagger", "2.0", paths);
    value_set(a, out, SV("definitions"), definitions);
    return out;
}

struct doc_node *openapi_v3(struct arena *a, const struct openapi *o, struct sv group,
                            struct sv version)
{
    struct doc_node *definitions = value_map(a), *paths = value_map(a), *components = value_map(a);
    if (!version.ptr || !fill(a, o, &third, group, version, definitions, paths))
        return NULL;
    struct doc_node *out = document(a, "openapi", "3.0.0", paths);
    value_set(a, components, SV("schemas"), definitions);
    value_set(a, out, SV("components"), components);
    return out;
}

struct doc_node *openapi_v3_index(struct arena *a, const struct openapi *o, struct sv hash)
{
    struct doc_node *out = value_map(a), *paths = value_map(a);
    for (size_t i = 0; i < o->discovery->count; i++) {
        const struct discovery_resource *r = &o->discovery->resources[i];
        const char *path = *r->group ? mem_must(arena_fmt(a, "apis/%s/%s", r->group, r->version))
                                     : mem_must(arena_fmt(a, "api/%s", r->version));
        if (value_get(paths, sv_of(path)))
            continue;
        struct doc_node *entry = value_map(a);
        const char *url = mem_must(arena_fmt(a, "/openapi/v3/%s?hash=%.*s", path, SV_ARG(hash)));
        value_set_text(a, entry, "serverRelativeURL", sv_of(url));
        value_set(a, paths, sv_of(path), entry);
    }
    value_set(a, out, SV("paths"), paths);
    return out;
}
