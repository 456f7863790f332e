/* Attribute values out of JSON, and what DynamoDB says of those that are none. */
#include "pocket/dynamo/attr.h"

#include "base/base64.h"
#include "base/must.h"
#include "pocket/dynamo/decimal.h"

#define INVALID "One or more parameter values were invalid: "

static int refuse(struct attr_fault *f, const char *code, const char *text)
{
    if (!f->code) {
        f->code = code;
        str_adds(&f->text, text);
    }
    return -1;
}

int attr_refuse(struct attr_fault *f, const char *fmt, ...)
{
    if (f->code)
        return -1;
    va_list ap;
    va_start(ap, fmt);
    f->code = "ValidationException";
    str_vaddf(&f->text, fmt, ap);
    va_end(ap);
    return -1;
}

void attr_fault_release(struct attr_fault *f)
{
    str_release(&f->text);
    f->code = NULL;
}

static int wrong_type(struct attr_fault *f)
{
    return refuse(f, "SerializationException", "Unexpected value type in payload");
}

static struct sv keep(struct sv text, struct arena *a)
{
    return sv_n(mem_must(arena_dup(a, text)), text.len);
}

/* --- scalars ------------------------------------------------------------------------------- */

static int read_number(struct sv text, struct arena *a, struct attr *out, struct attr_fault *f)
{
    struct decimal d;
    enum decimal_fault fault = decimal_read(text, &d);
    _cleanup_str_ struct str plain = {0};
    if (fault) {
        decimal_explain(fault, text, &plain);
        return refuse(f, "ValidationException", str_c(&plain));
    }
    decimal_write(&d, &plain);
    out->text = keep(str_sv(&plain), a);
    return 0;
}

static int read_bytes(struct sv text, struct arena *a, struct attr *out, struct attr_fault *f)
{
    char *bytes = mem_must(arena_alloc(a, base64_room(text)));
    out->text.ptr = bytes;
    if (!base64_decode(text, bytes, &out->text.len))
        return refuse(f, "SerializationException", "Invalid Base64 in a binary value");
    return 0;
}

static int read_text(enum attr_type type, const struct doc_node *node, struct arena *a,
                     struct attr *out, struct attr_fault *f)
{
    struct sv text = doc_string(node);
    *out = (struct attr){.type = type};
    if (!text.ptr)
        return wrong_type(f);
    if (type == ATTR_N)
        return read_number(text, a, out, f);
    if (type == ATTR_B)
        return read_bytes(text, a, out, f);
    out->text = keep(text, a);
    return 0;
}

/* --- sets, lists, maps --------------------------------------------------------------------- */

static int duplicates(const struct doc_node *node, struct attr_fault *f)
{
    _cleanup_str_ struct str list = {0};
    doc_each_item(n, node)
        str_addf(&list, "%s%.*s", list.len ? ", " : "", SV_ARG(doc_string(n)));
    return attr_refuse(f, INVALID "Input collection [%s] contains duplicates.", str_c(&list));
}

static int compare_texts(const void *a, const void *b)
{
    return sv_cmp(((const struct attr *)a)->text, ((const struct attr *)b)->text);
}

static bool has_twice(const struct attr *set)
{
    bool twice = false;
    struct attr *sorted = mem_must(malloc(set->count * sizeof *sorted));
    memcpy(sorted, set->items, set->count * sizeof *sorted);
    qsort(sorted, set->count, sizeof *sorted, compare_texts);
    for (uint32_t i = 1; i < set->count; i++)
        twice = twice || sv_eq(sorted[i - 1].text, sorted[i].text);
    free(sorted);
    return twice;
}

static int read_set(const struct doc_node *node, struct arena *a, struct attr *out,
                    struct attr_fault *f)
{
    static const char *const names[] = {
        [ATTR_SS] = "string", [ATTR_NS] = "number", [ATTR_BS] = "binary"};
    if (node->type != DOC_SEQ)
        return wrong_type(f);
    if (!doc_count(node))
        return attr_refuse(f, INVALID "An %s set  may not be empty", names[out->type]);
    for (uint32_t i = 0; i < node->item_count; i++)
        if (read_text((enum attr_type)(out->type - ATTR_SS), node->items[i], a, attr_add(out, a),
                      f) < 0)
            return -1;
    return has_twice(out) ? duplicates(node, f) : 0;
}

static int read_value(const struct doc_node *node, unsigned depth, struct arena *a,
                      struct attr *out, struct attr_fault *f);

static int read_map(const struct doc_node *node, unsigned depth, struct arena *a, struct attr *out,
                    struct attr_fault *f)
{
    *out = (struct attr){.type = ATTR_M};
    if (!node || node->type != DOC_MAP)
        return wrong_type(f);
    out->cap = doc_count(node);
    out->members = mem_must(arena_new_n(a, struct attr_member, out->cap ? out->cap : 1));
    doc_each_pair(p, node) {
        struct attr_member *m = &out->members[out->count++];
        m->name = keep(p->key->text, a);
        if (read_value(p->value, depth, a, &m->value, f) < 0)
            return -1;
    }
    return 0;
}

static int read_list(const struct doc_node *node, unsigned depth, struct arena *a, struct attr *out,
                     struct attr_fault *f)
{
    if (node->type != DOC_SEQ)
        return wrong_type(f);
    for (uint32_t i = 0; i < node->item_count; i++)
        if (read_value(node->items[i], depth, a, attr_add(out, a), f) < 0)
            return -1;
    return 0;
}

static int read_flag(const struct doc_node *node, struct attr *out, struct attr_fault *f)
{
    if (node->type != DOC_BOOL)
        return wrong_type(f);
    out->boolean = node->boolean;
    if (out->type == ATTR_NULL && !out->boolean)
        return attr_refuse(f, INVALID "Null attribute value types must have the value of true");
    return 0;
}

static int read_typed(enum attr_type type, const struct doc_node *node, unsigned depth,
                      struct arena *a, struct attr *out, struct attr_fault *f)
{
    *out = (struct attr){.type = type};
    if (type <= ATTR_B)
        return read_text(type, node, a, out, f);
    if (attr_is_set(out))
        return read_set(node, a, out, f);
    if (type == ATTR_BOOL || type == ATTR_NULL)
        return read_flag(node, out, f);
    if (depth == ATTR_DEPTH_MAX)
        return attr_refuse(f, "Nesting Levels have exceeded supported limits");
    return type == ATTR_M ? read_map(node, depth + 1, a, out, f)
                          : read_list(node, depth + 1, a, out, f);
}

static int read_value(const struct doc_node *node, unsigned depth, struct arena *a,
                      struct attr *out, struct attr_fault *f)
{
    enum attr_type type = ATTR_TYPES;
    const struct doc_node *value = NULL;
    unsigned known = 0;
    if (!node || node->type != DOC_MAP)
        return wrong_type(f);
    doc_each_pair(p, node) {
        enum attr_type t = attr_type_of(p->key->text);
        if (t == ATTR_TYPES)
            continue;
        type = t;
        value = p->value;
        known++;
    }
    if (known == 1)
        return read_typed(type, value, depth, a, out, f);
    return attr_refuse(f, known
                              ? "Supplied AttributeValue has more than one datatypes set, must "
                                "contain exactly one of the supported datatypes"
                              : "Supplied AttributeValue is empty, must contain exactly one of the "
                                "supported datatypes");
}

int attr_read(const struct doc_node *node, struct arena *a, struct attr *out,
              struct attr_fault *fault)
{
    return read_value(node, 0, a, out, fault);
}

int attr_read_map(const struct doc_node *node, struct arena *a, struct attr *out,
                  struct attr_fault *fault)
{
    return read_map(node, 0, a, out, fault);
}
