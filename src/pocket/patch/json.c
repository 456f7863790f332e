#include "pocket/patch/internal.h"

#define OPERATIONS_MAX 10000u
#define COPIED_MAX ((size_t)3 << 20) /* as the API server: all that copies add, in bytes */

struct run {
    struct arena *a;
    struct doc_node *root;
    size_t copied;
};

/* One step of a pointer: `~1` is '/', `~0` is '~'. */
static struct sv unescaped(struct arena *a, struct sv step)
{
    if (!memchr(step.ptr, '~', step.len))
        return step;
    char *out = arena_dup(a, step);
    size_t n = 0;
    for (size_t i = 0; i < step.len; i++) {
        char c = step.ptr[i], next = i + 1 < step.len ? step.ptr[i + 1] : 0;
        bool escape = c == '~' && (next == '0' || next == '1');
        out[n++] = escape ? (next == '0' ? '~' : '/') : c;
        i += escape;
    }
    return sv_n(out, n);
}

/* The index a step names among `size` places; a negative one counts from the end. */
static bool index_of(struct sv step, uint32_t size, uint32_t *out)
{
    uint64_t n;
    bool negative = step.len > 1 && step.ptr[0] == '-';
    if (!sv_to_u64(negative ? sv_n(step.ptr + 1, step.len - 1) : step, &n))
        return false;
    negative = negative && n > 0;
    if (negative ? n > size : n >= size)
        return false;
    *out = negative ? size - (uint32_t)n : (uint32_t)n;
    return true;
}

static struct doc_node *child(const struct doc_node *parent, struct sv step)
{
    uint32_t i;
    if (parent->type == DOC_MAP)
        return value_get(parent, step);
    if (parent->type == DOC_SEQ && index_of(step, parent->item_count, &i))
        return parent->items[i];
    return NULL;
}

/* The collection that holds the pointer's last step; NULL when there is none. */
static struct doc_node *parent_of(struct run *r, struct sv path, struct sv *last)
{
    if (!path.len || path.ptr[0] != '/')
        return NULL;
    struct sv rest = sv_n(path.ptr + 1, path.len - 1);
    struct doc_node *at = r->root;
    for (;;) {
        struct sv step = unescaped(r->a, sv_split(&rest, '/'));
        if (at->type != DOC_MAP && at->type != DOC_SEQ)
            return NULL;
        if (!rest.ptr) {
            *last = step;
            return at;
        }
        if (!(at = child(at, step)))
            return NULL;
    }
}

static struct doc_node *find(struct run *r, struct sv path)
{
    struct sv last;
    if (!path.len)
        return r->root;
    const struct doc_node *parent = parent_of(r, path, &last);
    return parent ? child(parent, last) : NULL;
}

static bool add(struct run *r, struct sv path, struct doc_node *value)
{
    struct sv last;
    uint32_t i;
    if (!path.len) {
        r->root = value;
        return true;
    }
    struct doc_node *parent = parent_of(r, path, &last);
    if (!parent)
        return false;
    if (parent->type == DOC_MAP) {
        value_set(r->a, parent, last, value);
        return true;
    }
    if (sv_is(last, "-"))
        i = parent->item_count;
    else if (!index_of(last, parent->item_count + 1, &i))
        return false;
    value_insert(r->a, parent, i, value);
    return true;
}

static bool drop(struct run *r, struct sv path)
{
    struct sv last;
    uint32_t i;
    struct doc_node *parent = parent_of(r, path, &last);
    if (!parent)
        return false;
    if (parent->type == DOC_MAP)
        return value_unset(parent, last);
    if (!index_of(last, parent->item_count, &i))
        return false;
    value_remove(parent, i);
    return true;
}

static bool replace(struct run *r, struct sv path, struct doc_node *value)
{
    struct sv last;
    uint32_t i;
    if (!path.len)
        return add(r, path, value);
    struct doc_node *parent = parent_of(r, path, &last);
    if (!parent || !child(parent, last))
        return false;
    if (parent->type == DOC_MAP)
        value_set(r->a, parent, last, value);
    else if (index_of(last, parent->item_count, &i))
        parent->items[i] = value;
    return true;
}

/* A missing key equals null, as in the server's library; a missing item does not. */
static bool test(struct run *r, struct sv path, const struct doc_node *value)
{
    struct sv last;
    const struct doc_node *found = find(r, path);
    const struct doc_node *parent = path.len ? parent_of(r, path, &last) : NULL;
    if (!found)
        return parent && parent->type == DOC_MAP && value->type == DOC_NULL;
    return doc_equal(found, value);
}

static bool move(struct run *r, struct sv from, struct sv path)
{
    struct doc_node *value = from.len ? find(r, from) : NULL;
    bool inside = path.len > from.len && memcmp(path.ptr, from.ptr, from.len) == 0 &&
                  path.ptr[from.len] == '/';
    return value && !inside && drop(r, from) && add(r, path, value);
}

static bool copy(struct run *r, struct sv from, struct sv path)
{
    const struct doc_node *value = find(r, from);
    if (!value)
        return false;
    r->copied += value_json(r->a, value).len;
    return r->copied <= COPIED_MAX && add(r, path, value_clone(r->a, value));
}

static bool operate(struct run *r, const struct doc_node *operation)
{
    struct sv op = doc_get_string(operation, "op"), path = doc_get_string(operation, "path");
    struct sv from = doc_get_string(operation, "from");
    const struct doc_node *value = doc_get(operation, "value");
    if (!path.ptr)
        return false;
    if (sv_is(op, "remove"))
        return drop(r, path);
    if (sv_is(op, "move"))
        return from.ptr && move(r, from, path);
    if (sv_is(op, "copy"))
        return from.ptr && copy(r, from, path);
    struct doc_node *own = value_clone(r->a, value);
    if (sv_is(op, "add"))
        return value && add(r, path, own);
    if (sv_is(op, "replace"))
        return value && replace(r, path, own);
    return sv_is(op, "test") && test(r, path, own);
}

static const char *type_word(const struct doc_node *node)
{
    static const char *const words[] = {"null",   "bool",   "number", "number",
                                        "string", "object", "array"};
    return words[node ? node->type : DOC_NULL];
}

struct doc_node *patch_json(struct arena *a, const struct doc_node *object,
                            const struct doc_node *patch, struct patch_error *e)
{
    struct run r = {.a = a};
    if (!patch || patch->type != DOC_SEQ)
        return patch_refuse(a, e, 400, "BadRequest",
                            "json: cannot unmarshal %s into Go value of type jsonpatch.Patch",
                            type_word(patch));
    doc_each_item(item, patch)
        if (item->type != DOC_MAP)
            return patch_refuse(
                a, e, 400, "BadRequest",
                "json: cannot unmarshal %s into Go value of type jsonpatch.Operation",
                type_word(item));
    if (patch->item_count > OPERATIONS_MAX)
        return patch_refuse(a, e, 413, "RequestEntityTooLarge",
                            "The allowed maximum operations in a JSON patch is %u, got %u",
                            OPERATIONS_MAX, patch->item_count);
    r.root = value_clone(a, object);
    doc_each_item(operation, patch)
        if (!operate(&r, operation))
            return patch_refuse(a, e, 422, "Invalid",
                                "the server rejected our request due to an error in our request");
    return r.root;
}
