#include "pocket/show/custom.h"

static struct sv skip(struct sv path, size_t n)
{
    return sv_n(path.ptr + n, path.len - n);
}

static const struct doc_node *key(const struct doc_node *node, struct sv name)
{
    return value_get(node, name);
}

/* Takes `.name`; a backslash makes the next character part of the name. */
static const struct doc_node *step_name(const struct doc_node *node, struct sv *path)
{
    char name[128];
    size_t n = 0, i = 1;
    for (; i < path->len && path->ptr[i] != '.' && path->ptr[i] != '['; i++) {
        i += path->ptr[i] == '\\' && i + 1 < path->len;
        if (n < sizeof name)
            name[n++] = path->ptr[i];
    }
    *path = skip(*path, i);
    return n ? key(node, sv_n(name, n)) : node;
}

static struct sv unquoted(struct sv text)
{
    text = sv_trim(text);
    bool quoted = text.len >= 2 && (text.ptr[0] == '"' || text.ptr[0] == '\'');
    return quoted ? sv_n(text.ptr + 1, text.len - 2) : text;
}

/* The first item of a list for which `@.key=="text"` holds. */
static const struct doc_node *step_filter(const struct doc_node *node, struct sv filter)
{
    const char *equals = sv_find(filter, "==");
    if (!equals || !sv_starts(filter, "@"))
        return NULL;
    struct sv inner = sv_trim(sv_n(filter.ptr + 1, (size_t)(equals - filter.ptr) - 1));
    struct sv want = unquoted(sv_n(equals + 2, filter.len - (size_t)(equals + 2 - filter.ptr)));
    doc_each_item(item, node) {
        struct sv have = doc_scalar(custom_at(item, inner));
        if (have.ptr && sv_eq(have, want))
            return item;
    }
    return NULL;
}

/* Takes `[…]`. */
static const struct doc_node *step_bracket(const struct doc_node *node, struct sv *path)
{
    const char *end = sv_find(*path, ")]");
    bool filter = sv_starts(*path, "[?(");
    uint64_t index;
    if (!filter)
        end = memchr(path->ptr, ']', path->len);
    if (!end)
        return NULL;
    size_t open = filter ? 3 : 1;
    struct sv inside = sv_n(path->ptr + open, (size_t)(end - path->ptr) - open);
    *path = skip(*path, (size_t)(end - path->ptr) + (filter ? 2 : 1));
    if (filter)
        return step_filter(node, inside);
    if (sv_is(inside, "*"))
        return doc_item(node, 0);
    if (sv_to_u64(inside, &index))
        return index < UINT32_MAX ? doc_item(node, (uint32_t)index) : NULL;
    return key(node, unquoted(inside));
}

const struct doc_node *custom_at(const struct doc_node *object, struct sv path)
{
    const struct doc_node *node = object;
    while (path.len && node) {
        if (path.ptr[0] == '.')
            node = step_name(node, &path);
        else if (path.ptr[0] == '[')
            node = step_bracket(node, &path);
        else
            return NULL;
    }
    return node;
}

struct doc_node *custom_cell(struct cell_ctx *c, const struct doc_node *object,
                             const struct doc_node *column)
{
    struct sv type = doc_get_string(column, "type");
    const struct doc_node *value = custom_at(object, doc_get_string(column, "jsonPath"));
    if (!value || value->type == DOC_NULL)
        return value_null(c->a);
    if (sv_is(type, "date"))
        return value_text(c->a, cell_since(c, doc_string(value)));
    if (sv_is(type, "string"))
        return value_text(c->a, value->type == DOC_MAP || value->type == DOC_SEQ
                                    ? value_json(c->a, value)
                                    : doc_scalar(value));
    bool number = value->type == DOC_INT || value->type == DOC_FLOAT;
    bool fits = (sv_is(type, "integer") && value->type == DOC_INT) ||
                (sv_is(type, "number") && number) ||
                (sv_is(type, "boolean") && value->type == DOC_BOOL);
    return fits ? value_clone(c->a, value) : value_null(c->a);
}
