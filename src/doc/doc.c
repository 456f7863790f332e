#include "doc/internal.h"

#include <math.h>

void doc_release(struct doc_file *f)
{
    if (!f)
        return;
    arena_release(&f->arena);
    *f = (struct doc_file){0};
}

/* ---- positions ---- */

static uint32_t count_lines(struct sv text)
{
    uint32_t n = 1;
    for (const char *p = text.ptr, *end = text.ptr + text.len; p && p < end; n++, p++) {
        p = memchr(p, '\n', (size_t)(end - p));
        if (!p)
            break;
    }
    return n;
}

static void build_lines(struct doc_file *f)
{
    uint32_t n = count_lines(f->text), at = 0;
    uint32_t *starts = arena_new_n(&f->arena, uint32_t, n);
    if (!starts)
        return;
    for (uint32_t i = 0; i < n; i++) {
        starts[i] = at;
        const char *nl = memchr(f->text.ptr + at, '\n', f->text.len - at);
        at = nl ? (uint32_t)(nl - f->text.ptr) + 1 : (uint32_t)f->text.len;
    }
    f->line_starts = starts;
    f->line_count = n;
}

static uint32_t line_index(const struct doc_file *f, uint32_t offset)
{
    uint32_t low = 0, high = f->line_count;
    while (high - low > 1) {
        uint32_t mid = low + (high - low) / 2;
        if (f->line_starts[mid] <= offset)
            low = mid;
        else
            high = mid;
    }
    return low;
}

/* Bytes that begin a character; eight at a time, for JSON on one long line. */
static uint32_t count_characters(const char *p, size_t n)
{
    uint32_t count = 0;
    size_t i = 0;
    for (; i + sizeof(uint64_t) <= n; i += sizeof(uint64_t)) {
        uint64_t word;
        memcpy(&word, p + i, sizeof word);
        uint64_t continues = (word >> 7) & (~word >> 6) & 0x0101010101010101u;
        count += 8 - (uint32_t)__builtin_popcountll(continues);
    }
    for (; i < n; i++)
        count += ((unsigned char)p[i] & 0xC0) != 0x80;
    return count;
}

void doc_position(struct doc_file *f, uint32_t offset, uint32_t *line, uint32_t *column)
{
    *line = *column = 1;
    if (!f->text.ptr)
        return;
    if (!f->line_starts)
        build_lines(f);
    if (!f->line_starts)
        return;
    if (offset > f->text.len)
        offset = (uint32_t)f->text.len;
    uint32_t i = line_index(f, offset), start = f->line_starts[i];
    if (i == 0 && sv_starts(f->text, "\xEF\xBB\xBF") && offset >= 3)
        start = 3;
    *line = i + 1;
    *column = 1 + count_characters(f->text.ptr + start, offset - start);
}

/* ---- access ---- */

static bool in_object(const struct doc_pair *p)
{
    return p->role == DOC_PAIR_OWN || p->role == DOC_PAIR_MERGED;
}

struct doc_pair *doc_first_pair(const struct doc_node *map)
{
    if (!map || map->type != DOC_MAP || !map->pair_count)
        return NULL;
    struct doc_pair *p = map->pairs;
    return in_object(p) ? p : doc_next_pair(map, p);
}

struct doc_pair *doc_next_pair(const struct doc_node *map, struct doc_pair *p)
{
    for (p++; map && p < map->pairs + map->pair_count; p++)
        if (in_object(p))
            return p;
    return NULL;
}

static struct doc_pair *find_pair(const struct doc_node *node, struct sv key)
{
    if (!node || node->type != DOC_MAP)
        return NULL;
    for (uint32_t i = node->pair_count; i-- > 0;) {
        struct doc_pair *p = &node->pairs[i];
        if (in_object(p) && sv_eq(p->key->text, key))
            return p;
    }
    return NULL;
}

struct doc_pair *doc_pair_of(const struct doc_node *node, const char *key)
{
    return find_pair(node, sv_of(key));
}

struct doc_node *doc_get(const struct doc_node *node, const char *key)
{
    struct doc_pair *p = doc_pair_of(node, key);
    return p ? p->value : NULL;
}

uint32_t doc_count(const struct doc_node *node)
{
    uint32_t n = 0;
    if (node && node->type == DOC_SEQ)
        return node->item_count;
    doc_each_pair(p, node)
        n++;
    return n;
}

struct doc_node *doc_item(const struct doc_node *node, uint32_t i)
{
    return node && node->type == DOC_SEQ && i < node->item_count ? node->items[i] : NULL;
}

static const struct doc_node *step_into(const struct doc_node *node, struct sv step)
{
    size_t name = 0;
    while (name < step.len && step.ptr[name] != '[')
        name++;
    if (name) {
        struct doc_pair *p = find_pair(node, sv_n(step.ptr, name));
        node = p ? p->value : NULL;
    }
    for (size_t i = name; node && i < step.len && step.ptr[i] == '[';) {
        uint64_t index;
        size_t from = ++i;
        while (i < step.len && step.ptr[i] != ']')
            i++;
        bool number = sv_to_u64(sv_n(step.ptr + from, i - from), &index) && index < UINT32_MAX;
        node = number ? doc_item(node, (uint32_t)index) : NULL;
        i++;
    }
    return node;
}

struct doc_node *doc_at(const struct doc_node *node, const char *path)
{
    struct sv rest = sv_of(path);
    for (struct sv step; node && (step = sv_split(&rest, '.')).ptr;)
        node = step_into(node, step);
    return (struct doc_node *)node;
}

struct sv doc_string(const struct doc_node *node)
{
    return node && node->type == DOC_STRING ? node->text : SV_NONE;
}

struct sv doc_scalar(const struct doc_node *node)
{
    bool scalar = node && node->type != DOC_NULL && node->type < DOC_MAP;
    return scalar ? node->text : SV_NONE;
}

struct sv doc_get_string(const struct doc_node *node, const char *key)
{
    return doc_string(doc_get(node, key));
}

/* ---- equality ---- */

static bool is_number(const struct doc_node *n)
{
    return n->type == DOC_INT || n->type == DOC_FLOAT;
}

static double number_of(const struct doc_node *n)
{
    return n->type == DOC_INT ? (double)n->integer : n->number;
}

static bool numbers_equal(const struct doc_node *a, const struct doc_node *b)
{
    if (a->type == DOC_INT && b->type == DOC_INT)
        return a->integer == b->integer;
    return number_of(a) == number_of(b) || (isnan(number_of(a)) && isnan(number_of(b)));
}

static bool seqs_equal(const struct doc_node *a, const struct doc_node *b)
{
    if (a->item_count != b->item_count)
        return false;
    for (uint32_t i = 0; i < a->item_count; i++)
        if (!doc_equal(a->items[i], b->items[i]))
            return false;
    return true;
}

static bool maps_equal(const struct doc_node *a, const struct doc_node *b)
{
    if (doc_count(a) != doc_count(b))
        return false;
    doc_each_pair(p, a) {
        const struct doc_pair *other = find_pair(b, p->key->text);
        if (!other || !doc_equal(p->value, other->value))
            return false;
    }
    return true;
}

bool doc_equal(const struct doc_node *a, const struct doc_node *b)
{
    if (a == b || !a || !b)
        return a == b;
    if (is_number(a) && is_number(b))
        return numbers_equal(a, b);
    if (a->type != b->type)
        return false;
    switch (a->type) {
    case DOC_NULL:
        return true;
    case DOC_BOOL:
        return a->boolean == b->boolean;
    case DOC_SEQ:
        return seqs_equal(a, b);
    case DOC_MAP:
        return maps_equal(a, b);
    default:
        return sv_eq(a->text, b->text);
    }
}
