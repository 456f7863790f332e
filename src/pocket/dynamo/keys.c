#include "pocket/dynamo/keys.h"

#include "base/must.h"
#include "pocket/dynamo/decimal.h"

#include <xxhash.h>

#define HASH_MAX 2048
#define RANGE_MAX 1024
#define INVALID "One or more parameter values were invalid: "

/* --- as bytes ------------------------------------------------------------------------------ */

static void add_big_endian(struct str *out, uint64_t n, unsigned bytes)
{
    while (bytes-- > 0)
        str_addc(out, (char)(n >> (8 * bytes)));
}

static void add_value(struct str *out, const struct attr *v)
{
    uint8_t order[DECIMAL_ORDER_MAX];
    struct decimal d;
    if (v->type != ATTR_N)
        str_addv(out, v->text);
    else if (decimal_read(v->text, &d) == DECIMAL_OK)
        str_add(out, order, decimal_order(&d, order));
}

/* What the keys of a partition begin with. */
static void add_partition(struct str *out, const struct attr *hash)
{
    _cleanup_str_ struct str value = {0};
    add_value(&value, hash);
    add_big_endian(out, XXH3_64bits(str_c(&value), value.len), 8);
    add_big_endian(out, value.len, 2);
    str_addv(out, str_sv(&value));
}

static void write_key(const struct attr *hash, const struct attr *range, struct str *out)
{
    add_partition(out, hash);
    if (range)
        add_value(out, range);
}

/* --- keys of items and requests ------------------------------------------------------------ */

bool key_has(const struct key_schema *s, struct sv name)
{
    return sv_eq(name, s->hash.name) || (s->range.name.ptr && sv_eq(name, s->range.name));
}

static int check_value(const struct key_part *p, const struct attr *v, size_t max,
                       struct attr_fault *fault)
{
    if (!v->text.len)
        return attr_refuse(fault,
                           "One or more parameter values are not valid. The AttributeValue for a "
                           "key attribute cannot contain an empty %s value. Key: %.*s",
                           v->type == ATTR_B ? "binary" : "string", SV_ARG(p->name));
    if (attr_size(v) <= max)
        return 0;
    return max == HASH_MAX
               ? attr_refuse(fault, INVALID "Size of hashkey has exceeded the maximum size limit "
                                            "of2048 bytes")
               : attr_refuse(fault, INVALID "Aggregated size of all range keys has exceeded the "
                                            "size limit of 1024 bytes");
}

static int find_part(const struct key_part *p, const struct attr *item, size_t max,
                     const struct attr **out, struct attr_fault *fault)
{
    *out = attr_get(item, p->name);
    if (!*out)
        return attr_refuse(fault, INVALID "Missing the key %.*s in the item", SV_ARG(p->name));
    if ((*out)->type != p->type)
        return attr_refuse(fault, INVALID "Type mismatch for key %.*s expected: %s actual: %s",
                           SV_ARG(p->name), attr_type_names[p->type],
                           attr_type_names[(*out)->type]);
    return check_value(p, *out, max, fault);
}

int key_of_item(const struct key_schema *s, const struct attr *item, struct str *out,
                struct attr_fault *fault)
{
    const struct attr *hash, *range = NULL;
    if (find_part(&s->hash, item, HASH_MAX, &hash, fault) < 0)
        return -1;
    if (s->range.name.ptr && find_part(&s->range, item, RANGE_MAX, &range, fault) < 0)
        return -1;
    write_key(hash, range, out);
    return 0;
}

static bool has_part(const struct key_part *p, const struct attr *key)
{
    const struct attr *v = p->name.ptr ? attr_get(key, p->name) : NULL;
    return v ? v->type == p->type : !p->name.ptr;
}

int key_of_key(const struct key_schema *s, const struct attr *key, struct str *out,
               struct attr_fault *fault)
{
    if (key->count != (s->range.name.ptr ? 2u : 1u) || !has_part(&s->hash, key) ||
        !has_part(&s->range, key))
        return attr_refuse(fault, "The provided key element does not match the schema");
    return key_of_item(s, key, out, fault);
}

struct attr key_attributes(const struct key_schema *s, const struct attr *item, struct arena *a)
{
    struct attr out = {.type = ATTR_M};
    const struct key_part *parts[] = {&s->hash, &s->range};
    for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
        const struct attr *v = parts[i]->name.ptr ? attr_get(item, parts[i]->name) : NULL;
        if (v)
            *attr_put(&out, parts[i]->name, a) = *v;
    }
    return out;
}

/* --- ranges -------------------------------------------------------------------------------- */

void key_range_release(struct key_range *r)
{
    str_release(&r->low);
    str_release(&r->high);
}

/* The first text above all that begin with this one; empty: there is none. */
static void step_over(struct str *text)
{
    while (text->len && (unsigned char)text->data[text->len - 1] == 0xFF)
        text->len--;
    if (text->len)
        text->data[text->len - 1]++;
}

static bool is_on(const struct expr *e, struct sv name)
{
    return e->args[0]->op == EXPR_PATH && e->args[0]->path.count == 1 &&
           sv_eq(e->args[0]->path.steps[0].name, name);
}

static bool is_plain(const struct expr *e)
{
    switch (e->op) {
    case EXPR_EQ:
    case EXPR_LT:
    case EXPR_LE:
    case EXPR_GT:
    case EXPR_GE:
    case EXPR_BETWEEN:
    case EXPR_BEGINS:
        break;
    default:
        return false;
    }
    for (uint32_t i = 1; i < e->count; i++)
        if (e->args[i]->op != EXPR_VALUE)
            return false;
    return e->args[0]->op == EXPR_PATH;
}

/* The conditions on the hash and the sort key. */
static int sort_out(const struct key_schema *s, const struct expr *e, const struct expr **hash,
                    const struct expr **sort, struct attr_fault *fault)
{
    const struct expr *const *parts = e->op == EXPR_AND ? (const struct expr *const *)e->args : &e;
    uint32_t count = e->op == EXPR_AND ? e->count : 1;
    if (count > 2)
        return attr_refuse(fault, "Conditions can be of length 1 or 2 only");
    for (uint32_t i = 0; i < count; i++) {
        if (!is_plain(parts[i]))
            return attr_refuse(fault, "Query key condition not supported");
        if (is_on(parts[i], s->hash.name))
            *hash = parts[i];
        else if (s->range.name.ptr && is_on(parts[i], s->range.name))
            *sort = parts[i];
    }
    if (!*hash)
        return attr_refuse(fault, "Query condition missed key schema element: %.*s",
                           SV_ARG(s->hash.name));
    if ((*hash)->op != EXPR_EQ)
        return attr_refuse(fault, "Query key condition not supported");
    if (count == 2 && !*sort)
        return s->range.name.ptr
                   ? attr_refuse(fault, "Query condition missed key schema element: %.*s",
                                 SV_ARG(s->range.name))
                   : attr_refuse(fault, "Query key condition not supported");
    return 0;
}

static int check_types(const struct key_part *p, const struct expr *e, size_t max,
                       struct attr_fault *fault)
{
    for (uint32_t i = 1; i < e->count; i++) {
        const struct attr *v = e->args[i]->value;
        if (v->type != p->type || (e->op == EXPR_BEGINS && v->type == ATTR_N))
            return attr_refuse(fault,
                               INVALID "Condition parameter type does not match schema type");
        if (check_value(p, v, max, fault) < 0)
            return -1;
    }
    return 0;
}

/* The bounds begin as those of the whole partition. */
static void narrow(const struct expr *e, struct sv partition, struct key_range *out)
{
    const struct attr *first = e->args[1]->value, *last = e->args[e->count - 1]->value;
    bool above = e->op == EXPR_GT || e->op == EXPR_GE;
    bool below = e->op == EXPR_LT || e->op == EXPR_LE;
    if (!below)
        add_value(&out->low, first);
    if (e->op == EXPR_GT)
        str_addc(&out->low, '\0');
    if (above)
        return;
    str_reset(&out->high);
    str_addv(&out->high, partition);
    add_value(&out->high, last);
    if (e->op == EXPR_BEGINS)
        step_over(&out->high);
    else if (e->op != EXPR_LT)
        str_addc(&out->high, '\0');
}

int key_range_read(const struct key_schema *s, const struct expr *condition, struct key_range *out,
                   struct attr_fault *fault)
{
    const struct expr *hash = NULL;
    if (sort_out(s, condition, &hash, &out->sort, fault) < 0 ||
        check_types(&s->hash, hash, HASH_MAX, fault) < 0 ||
        (out->sort && check_types(&s->range, out->sort, RANGE_MAX, fault) < 0))
        return -1;
    _cleanup_str_ struct str partition = {0};
    out->hash = *hash->args[1]->value;
    add_partition(&partition, &out->hash);
    str_addv(&out->low, str_sv(&partition));
    str_addv(&out->high, str_sv(&partition));
    step_over(&out->high);
    if (out->sort)
        narrow(out->sort, str_sv(&partition), out);
    return 0;
}

void key_range_segment(uint64_t segment, uint64_t total, struct key_range *out)
{
    uint64_t width = UINT64_MAX / total;
    add_big_endian(&out->low, segment * width, 8);
    if (segment + 1 < total)
        add_big_endian(&out->high, (segment + 1) * width, 8);
}

void key_range_after(struct key_range *r, struct sv key, bool backwards)
{
    if (backwards) {
        if (!r->high.len || sv_cmp(key, str_sv(&r->high)) < 0) {
            str_reset(&r->high);
            str_addv(&r->high, key);
        }
    } else if (sv_cmp(key, str_sv(&r->low)) >= 0) {
        str_reset(&r->low);
        str_addv(&r->low, key);
        str_addc(&r->low, '\0');
    }
}
