/* Validation by a schema. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "pocket/schema.h"

#include "base/map.h"
#include "base/must.h"
#include "base/timestamp.h"

#include <math.h>
#include <pcre2.h>

#define MATCH_LIMIT 100000 /* steps of a pattern: beyond it the text counts as fitting */

struct check {
    struct arena *a;
    struct str path;
    schema_fault_vec *out;
    bool root;
};

static void check(struct check *c, const struct doc_node *schema, const struct doc_node *value);

static void cut(struct str *s, size_t length)
{
    if (s->data)
        s->data[length] = 0;
    s->len = length;
}

static void add(struct check *c, const char *reason, const char *message)
{
    const struct schema_fault fault = {reason, mem_must(arena_dup(c->a, str_sv(&c->path))),
                                       message};
    must_push(c->out, fault);
}

/* "Invalid value: VALUE: PATH in body RULE" */
static void add_invalid(struct check *c, const struct doc_node *value, const char *rule)
{
    struct sv shown = value_json(c->a, value);
    add(c, "FieldValueInvalid",
        mem_must(arena_fmt(c->a, "Invalid value: %.*s: %s in body %s", SV_ARG(shown),
                           str_c(&c->path), rule)));
}

static bool flag(const struct doc_node *schema, const char *key)
{
    const struct doc_node *node = doc_get(schema, key);
    return node && node->type == DOC_BOOL && node->boolean;
}

static bool number_of(const struct doc_node *node, double *out)
{
    if (!node || (node->type != DOC_INT && node->type != DOC_FLOAT))
        return false;
    *out = node->type == DOC_INT ? (double)node->integer : node->number;
    return true;
}

static const char *type_name(const struct doc_node *value)
{
    switch (value->type) {
    case DOC_NULL:
        return "null";
    case DOC_BOOL:
        return "boolean";
    case DOC_INT:
        return "integer";
    case DOC_FLOAT:
        return "number";
    case DOC_STRING:
        return "string";
    case DOC_MAP:
        return "object";
    case DOC_SEQ:
        break;
    }
    return "array";
}

static bool type_fits(const struct doc_node *schema, struct sv type, const struct doc_node *value)
{
    const char *have = type_name(value);
    if (value->type == DOC_NULL)
        return flag(schema, "nullable");
    if (flag(schema, "x-kubernetes-int-or-string"))
        return value->type == DOC_INT || value->type == DOC_STRING;
    if (value->type == DOC_FLOAT && sv_is(type, "integer"))
        return trunc(value->number) == value->number;
    return !type.len || sv_is(type, have) || (sv_is(type, "number") && value->type == DOC_INT);
}

static void check_type(struct check *c, struct sv type, const struct doc_node *value)
{
    const char *have = type_name(value);
    add(c, "FieldValueTypeInvalid",
        mem_must(arena_fmt(c->a, "Invalid value: \"%s\": %s in body must be of type %.*s: \"%s\"",
                           have, str_c(&c->path), SV_ARG(type.len ? type : SV("object")), have)));
}

static void check_enum(struct check *c, const struct doc_node *list, const struct doc_node *value)
{
    _cleanup_str_ struct str known = {0};
    doc_each_item(item, list) {
        if (doc_equal(item, value))
            return;
        struct sv text = value_json(c->a, item);
        str_addf(&known, "%s%.*s", known.len ? ", " : "", SV_ARG(text));
    }
    struct sv shown = value_json(c->a, value);
    add(c, "FieldValueNotSupported",
        mem_must(arena_fmt(c->a, "Unsupported value: %.*s: supported values: %s", SV_ARG(shown),
                           str_c(&known))));
}

/* ---- numbers ---- */

static void check_number(struct check *c, const struct doc_node *schema,
                         const struct doc_node *value)
{
    const struct doc_node *least = doc_get(schema, "minimum"), *most = doc_get(schema, "maximum");
    bool above = flag(schema, "exclusiveMinimum"), below = flag(schema, "exclusiveMaximum");
    double have = 0, limit, step;
    number_of(value, &have);
    if (number_of(least, &limit) && (have < limit || (above && have <= limit)))
        add_invalid(c, value,
                    mem_must(arena_fmt(c->a, "should be greater than %s%.*s",
                                       above ? "" : "or equal to ", SV_ARG(doc_scalar(least)))));
    if (number_of(most, &limit) && (have > limit || (below && have >= limit)))
        add_invalid(c, value,
                    mem_must(arena_fmt(c->a, "should be less than %s%.*s",
                                       below ? "" : "or equal to ", SV_ARG(doc_scalar(most)))));
    if (number_of(doc_get(schema, "multipleOf"), &step) && step > 0 && fmod(have, step) != 0)
        add_invalid(c, value,
                    mem_must(arena_fmt(c->a, "should be a multiple of %.*s",
                                       SV_ARG(doc_scalar(doc_get(schema, "multipleOf"))))));
}

/* ---- texts ---- */

static bool pattern_fits(struct sv pattern, struct sv text)
{
    int error;
    size_t at;
    pcre2_code *code =
        pcre2_compile((PCRE2_SPTR)pattern.ptr, pattern.len, PCRE2_UTF, &error, &at, NULL);
    if (!code)
        return true;
    pcre2_match_data *data = mem_must(pcre2_match_data_create_from_pattern(code, NULL));
    pcre2_match_context *context = mem_must(pcre2_match_context_create(NULL));
    pcre2_set_match_limit(context, MATCH_LIMIT);
    int found = pcre2_match(code, (PCRE2_SPTR)text.ptr, text.len, 0, 0, data, context);
    pcre2_match_context_free(context);
    pcre2_match_data_free(data);
    pcre2_code_free(code);
    return found != PCRE2_ERROR_NOMATCH;
}

/* Characters of UTF-8. */
static int64_t length_of(struct sv text)
{
    int64_t n = 0;
    for (size_t i = 0; i < text.len; i++)
        n += ((unsigned char)text.ptr[i] & 0xc0) != 0x80;
    return n;
}

/* Whether a count keeps within two keys of the schema; *limit is the one that it breaks. */
static int beyond(const struct doc_node *schema, const char *least, const char *most, int64_t count,
                  long long *limit)
{
    const struct doc_node *low = doc_get(schema, least), *high = doc_get(schema, most);
    if (low && low->type == DOC_INT && count < low->integer) {
        *limit = low->integer;
        return -1;
    }
    if (high && high->type == DOC_INT && count > high->integer) {
        *limit = high->integer;
        return 1;
    }
    return 0;
}

static void check_text(struct check *c, const struct doc_node *schema, const struct doc_node *value)
{
    struct sv pattern = doc_get_string(schema, "pattern");
    long long limit = 0;
    int64_t when;
    int side = beyond(schema, "minLength", "maxLength", length_of(value->text), &limit);
    if (side)
        add_invalid(c, value,
                    mem_must(arena_fmt(c->a, "should be at %s %lld chars long",
                                       side < 0 ? "least" : "most", limit)));
    if (pattern.len && !pattern_fits(pattern, value->text))
        add_invalid(c, value, mem_must(arena_fmt(c->a, "should match '%.*s'", SV_ARG(pattern))));
    if (sv_is(doc_get_string(schema, "format"), "date-time") &&
        !timestamp_parse(value->text, &when))
        add_invalid(
            c, value,
            mem_must(arena_fmt(c->a, "must be of type date-time: \"%.*s\"", SV_ARG(value->text))));
}

/* ---- lists ---- */

/* What an item of a list "map" is known by; the whole item of a "set". */
static struct sv identity_of(struct check *c, const struct doc_node *schema,
                             const struct doc_node *item)
{
    const struct doc_node *keys = doc_get(schema, "x-kubernetes-list-map-keys");
    if (sv_is(doc_get_string(schema, "x-kubernetes-list-type"), "set"))
        return value_json(c->a, item);
    struct doc_node *own = value_map(c->a);
    doc_each_item(key, keys) {
        struct doc_node *part = value_get(item, doc_string(key));
        if (part)
            value_set(c->a, own, doc_string(key), part);
    }
    return value_json(c->a, own);
}

static void check_doubles(struct check *c, const struct doc_node *schema,
                          const struct doc_node *value)
{
    struct sv type = doc_get_string(schema, "x-kubernetes-list-type");
    struct map seen = {0};
    size_t length = c->path.len;
    if (!sv_is(type, "set") && !sv_is(type, "map"))
        return;
    for (uint32_t i = 0; i < value->item_count; i++) {
        struct sv id = identity_of(c, schema, value->items[i]);
        if (map_get(&seen, id)) {
            str_addf(&c->path, "[%u]", i);
            add(c, "FieldValueDuplicate",
                mem_must(arena_fmt(c->a, "Duplicate value: %.*s", SV_ARG(id))));
            cut(&c->path, length);
        } else if (!map_put(&seen, id, value->items[i])) {
            must_fail_nomem();
        }
    }
    map_release(&seen);
}

static void check_items(struct check *c, const struct doc_node *schema,
                        const struct doc_node *value)
{
    const struct doc_node *items = doc_get(schema, "items");
    size_t length = c->path.len;
    long long limit = 0;
    int side = beyond(schema, "minItems", "maxItems", value->item_count, &limit);
    if (side < 0)
        add(c, "FieldValueInvalid",
            mem_must(arena_fmt(c->a,
                               "Invalid value: %u: %s in body should have at least %lld items",
                               value->item_count, str_c(&c->path), limit)));
    if (side > 0)
        add(c, "FieldValueTooMany",
            mem_must(arena_fmt(c->a, "Too many: %u: must have at most %lld items",
                               value->item_count, limit)));
    for (uint32_t i = 0; items && i < value->item_count; i++) {
        str_addf(&c->path, "[%u]", i);
        check(c, items, value->items[i]);
        cut(&c->path, length);
    }
    check_doubles(c, schema, value);
}

/* ---- objects ---- */

static void check_key(struct check *c, const struct doc_node *schema, struct sv key,
                      const struct doc_node *value)
{
    size_t length = c->path.len;
    str_addf(&c->path, "%s%.*s", length ? "." : "", SV_ARG(key));
    if (value)
        check(c, schema, value);
    else
        add(c, "FieldValueRequired", "Required value");
    cut(&c->path, length);
}

static bool is_common(struct sv key)
{
    return sv_is(key, "apiVersion") || sv_is(key, "kind") || sv_is(key, "metadata");
}

static void check_fields(struct check *c, const struct doc_node *schema,
                         const struct doc_node *value, bool root)
{
    const struct doc_node *more = doc_get(schema, "additionalProperties");
    long long limit = 0;
    int side = beyond(schema, "minProperties", "maxProperties", value->pair_count, &limit);
    if (side)
        add_invalid(c, value,
                    mem_must(arena_fmt(c->a, "should have at %s %lld properties",
                                       side < 0 ? "least" : "most", limit)));
    doc_each_item(name, doc_get(schema, "required"))
        if (!value_get(value, doc_string(name)))
            check_key(c, schema, doc_string(name), NULL);
    doc_each_pair(p, value) {
        const struct doc_node *inner = value_get(doc_get(schema, "properties"), p->key->text);
        if (!inner && more && more->type == DOC_MAP)
            inner = more;
        if (inner && !(root && is_common(p->key->text)))
            check_key(c, inner, p->key->text, p->value);
    }
}

/* ---- joined schemas ---- */

static bool fits(struct check *c, const struct doc_node *schema, const struct doc_node *value)
{
    schema_fault_vec faults = {0};
    struct check inner = {.a = c->a, .out = &faults};
    check(&inner, schema, value);
    bool ok = faults.len == 0;
    str_release(&inner.path);
    vec_release(&faults);
    return ok;
}

static size_t count_fitting(struct check *c, const struct doc_node *list,
                            const struct doc_node *value)
{
    size_t n = 0;
    doc_each_item(schema, list)
        n += fits(c, schema, value);
    return n;
}

static void check_joined(struct check *c, const struct doc_node *schema,
                         const struct doc_node *value)
{
    const struct doc_node *any = doc_get(schema, "anyOf"), *one = doc_get(schema, "oneOf");
    const struct doc_node *not = doc_get(schema, "not");
    doc_each_item(inner, doc_get(schema, "allOf"))
        check(c, inner, value);
    if (doc_count(any) && !count_fitting(c, any, value))
        add_invalid(c, value, "must validate at least one schema (anyOf)");
    size_t fitting = doc_count(one) ? count_fitting(c, one, value) : 1;
    if (fitting == 0)
        add_invalid(c, value, "must validate one and only one schema (oneOf). Found none valid");
    if (fitting > 1)
        add_invalid(c, value,
                    mem_must(arena_fmt(c->a,
                                       "must validate one and only one schema (oneOf). Found %zu "
                                       "valid alternatives",
                                       fitting)));
    if (not &&fits(c, not, value))
        add_invalid(c, value, "must not validate the schema (not)");
}

static void check(struct check *c, const struct doc_node *schema, const struct doc_node *value)
{
    struct sv type = doc_get_string(schema, "type");
    const struct doc_node *list = doc_get(schema, "enum");
    bool root = c->root;
    c->root = false;
    if (!type_fits(schema, type, value)) {
        check_type(c, type, value);
        return;
    }
    if (value->type == DOC_NULL)
        return;
    if (doc_count(list))
        check_enum(c, list, value);
    if (value->type == DOC_INT || value->type == DOC_FLOAT)
        check_number(c, schema, value);
    else if (value->type == DOC_STRING)
        check_text(c, schema, value);
    else if (value->type == DOC_SEQ)
        check_items(c, schema, value);
    else if (value->type == DOC_MAP)
        check_fields(c, schema, value, root);
    check_joined(c, schema, value);
}

void schema_check(struct arena *a, const struct doc_node *schema, const struct doc_node *object,
                  schema_fault_vec *out)
{
    struct check c = {.a = a, .out = out, .root = true};
    check(&c, schema, object);
    str_release(&c.path);
}
