#include "pocket/outline.h"

#define OBJECT_META "apimachinery.pkg.apis.meta.v1.ObjectMeta"

static int compare_field(const struct outline_field *row, const char *type, struct sv field)
{
    int order = strcmp(row->type, type);
    return order ? order : sv_cmp(sv_of(row->field), field);
}

/* The first row that is not before (type, field). */
static size_t lower_bound(const char *type, struct sv field)
{
    size_t low = 0, high = table_kube_fields_len;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (compare_field(&table_kube_fields[mid], type, field) < 0)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

const struct outline_field *outline_fields(const char *type, size_t *count)
{
    size_t first = lower_bound(type, SV("")), end = first;
    while (end < table_kube_fields_len && strcmp(table_kube_fields[end].type, type) == 0)
        end++;
    *count = end - first;
    return *count ? &table_kube_fields[first] : NULL;
}

static const struct outline_field *find_field(const char *type, struct sv field)
{
    size_t at = lower_bound(type, field);
    bool found =
        at < table_kube_fields_len && compare_field(&table_kube_fields[at], type, field) == 0;
    return found ? &table_kube_fields[at] : NULL;
}

/* The list's nature as server-side apply sees it: list type first, else what strategic merge says.
 */
static enum outline_list list_of(const struct outline_field *row)
{
    if (!row)
        return OUTLINE_LIST_ATOMIC;
    if (*row->list)
        return strcmp(row->list, "map") == 0   ? OUTLINE_LIST_MAP
               : strcmp(row->list, "set") == 0 ? OUTLINE_LIST_SET
                                               : OUTLINE_LIST_ATOMIC;
    if (!strstr(row->strategy, "merge"))
        return OUTLINE_LIST_ATOMIC;
    return row->merge_key ? OUTLINE_LIST_MAP : OUTLINE_LIST_SET;
}

/* What a word of the table's column `of` stands for. */
static struct outline of_word(const char *of, const struct outline_field *row)
{
    struct outline s = {.row = row, .of = of};
    size_t count;
    if (strncmp(of, "[]", 2) == 0) {
        s.form = OUTLINE_LIST;
        s.list = list_of(row);
        s.keys = row ? row->keys : NULL;
        return s;
    }
    s.atomic = row && strcmp(row->list, "atomic") == 0;
    if (strncmp(of, "map[]", 5) == 0) {
        s.form = OUTLINE_MAP;
        return s;
    }
    const struct outline_field *fields = outline_fields(of, &count);
    if (!fields)
        s.form = strcmp(of, "object") && strcmp(of, "any") ? OUTLINE_SCALAR : OUTLINE_ANY;
    else if (!*fields->field)
        s.form = strcmp(fields->of, "object") && strcmp(fields->of, "any") ? OUTLINE_SCALAR
                                                                           : OUTLINE_ANY;
    else
        s.form = OUTLINE_OBJECT;
    return s;
}

static bool is_kind(const struct outline_kind *row, struct sv group, struct sv version,
                    struct sv kind)
{
    return sv_is(kind, row->kind) && sv_is(version, row->version) && sv_is(group, row->group);
}

struct outline outline_of_kind(struct sv api_version, struct sv kind)
{
    struct sv version = api_version, group = sv_split(&version, '/');
    if (!version.ptr) {
        version = group;
        group = SV("");
    }
    for (size_t i = 0; i < table_kube_kinds_len; i++)
        if (is_kind(&table_kube_kinds[i], group, version, kind)) {
            struct outline s = of_word(table_kube_kinds[i].type, NULL);
            s.root = true;
            return s;
        }
    return (struct outline){.form = OUTLINE_ANY, .root = true};
}

static bool is_true(const struct doc_node *schema, const char *key)
{
    const struct doc_node *flag = doc_get(schema, key);
    return flag && flag->type == DOC_BOOL && flag->boolean;
}

static struct outline list_of_schema(const struct doc_node *schema)
{
    struct sv type = doc_get_string(schema, "x-kubernetes-list-type");
    struct outline s = {.form = OUTLINE_LIST, .schema = schema};
    s.list = sv_is(type, "map")   ? OUTLINE_LIST_MAP
             : sv_is(type, "set") ? OUTLINE_LIST_SET
                                  : OUTLINE_LIST_ATOMIC;
    s.key_node = doc_get(schema, "x-kubernetes-list-map-keys");
    if (s.list == OUTLINE_LIST_MAP && !doc_count(s.key_node))
        s.list = OUTLINE_LIST_ATOMIC;
    return s;
}

static struct outline of_schema(const struct doc_node *schema)
{
    struct sv type = doc_get_string(schema, "type");
    struct outline s = {.form = OUTLINE_ANY, .schema = schema};
    if (is_true(schema, "x-kubernetes-int-or-string"))
        s.form = OUTLINE_SCALAR;
    else if (sv_is(type, "array"))
        return list_of_schema(schema);
    else if (sv_is(type, "object") || (!type.ptr && doc_get(schema, "properties")))
        s.form = doc_get(schema, "properties")             ? OUTLINE_OBJECT
                 : doc_get(schema, "additionalProperties") ? OUTLINE_MAP
                                                           : OUTLINE_ANY;
    else if (type.ptr)
        s.form = OUTLINE_SCALAR;
    s.atomic = sv_is(doc_get_string(schema, "x-kubernetes-map-type"), "atomic");
    return s;
}

struct outline outline_of_schema(const struct doc_node *schema)
{
    struct outline s = of_schema(schema);
    s.root = true;
    return s;
}

static const struct doc_node *property(const struct doc_node *schema, struct sv key)
{
    const struct doc_node *properties = doc_get(schema, "properties");
    doc_each_pair(p, properties)
        if (sv_eq(p->key->text, key))
            return p->value;
    return NULL;
}

static struct outline schema_field(const struct outline *s, struct sv key)
{
    const struct doc_node *found = property(s->schema, key);
    const struct doc_node *more = doc_get(s->schema, "additionalProperties");
    if (found)
        return of_schema(found);
    if (more && more->type == DOC_MAP)
        return of_schema(more);
    return (struct outline){.form = OUTLINE_ANY};
}

struct outline outline_field(const struct outline *s, struct sv key)
{
    if (s->root && !s->of && sv_is(key, "metadata"))
        return of_word(OBJECT_META, NULL);
    if (s->schema)
        return schema_field(s, key);
    if (s->form == OUTLINE_MAP && s->of)
        return of_word(s->of + strlen("map[]"), NULL);
    if (s->form != OUTLINE_OBJECT)
        return (struct outline){.form = OUTLINE_ANY};
    const struct outline_field *row = find_field(s->of, key);
    return row ? of_word(row->of, row) : (struct outline){.form = OUTLINE_ANY};
}

struct outline outline_item(const struct outline *s)
{
    if (s->form != OUTLINE_LIST)
        return (struct outline){.form = OUTLINE_ANY};
    const struct doc_node *items = doc_get(s->schema, "items");
    if (items)
        return of_schema(items);
    return s->of ? of_word(s->of + strlen("[]"), NULL) : (struct outline){.form = OUTLINE_ANY};
}

bool outline_has(const struct outline *s, struct sv key)
{
    if (s->form != OUTLINE_OBJECT)
        return true;
    bool common = sv_is(key, "metadata") || sv_is(key, "apiVersion") || sv_is(key, "kind");
    if (!s->schema)
        return find_field(s->of, key) != NULL;
    return (s->root && common) || property(s->schema, key) ||
           is_true(s->schema, "x-kubernetes-preserve-unknown-fields") ||
           doc_get(s->schema, "additionalProperties");
}

struct sv outline_key(const struct outline *s, size_t i)
{
    if (s->key_node)
        return doc_string(doc_item(s->key_node, (uint32_t)i));
    if (!s->keys)
        return i == 0 && s->row && s->row->merge_key ? sv_of(s->row->merge_key) : SV_NONE;
    for (size_t k = 0; s->keys[k]; k++)
        if (k == i)
            return sv_of(s->keys[k]);
    return SV_NONE;
}

struct sv outline_key_default(const struct outline *s, struct sv key)
{
    if (!s->schema)
        return sv_is(key, "protocol") ? SV("TCP") : SV_NONE;
    struct outline item = outline_item(s);
    return doc_string(doc_get(property(item.schema, key), "default"));
}
