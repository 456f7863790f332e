#include "doc/splice.h"

/* Reading the text into a changeable tree. */

static struct splice_node *node_new(struct splice *s, enum doc_type type)
{
    struct splice_node *n = s->failed ? NULL : arena_new(&s->arena, struct splice_node);
    if (!n) {
        s->failed = true;
        s->spare_node = (struct splice_node){.type = DOC_NULL};
        return &s->spare_node;
    }
    n->type = type;
    return n;
}

static struct splice_entry *entry_new(struct splice *s, struct splice_node *value)
{
    struct splice_entry *e = s->failed ? NULL : arena_new(&s->arena, struct splice_entry);
    if (!e) {
        s->failed = true;
        s->spare_entry = (struct splice_entry){.value = &s->spare_node};
        return &s->spare_entry;
    }
    e->value = value;
    return e;
}

/* Puts e into node behind `behind`, or in front of all when that is NULL. */
static void link_behind(struct splice *s, struct splice_node *node, struct splice_entry *behind,
                        struct splice_entry *e)
{
    if (s->failed)
        return;
    e->parent = node;
    e->prev = behind;
    e->next = behind ? behind->next : node->first;
    *(e->prev ? &e->prev->next : &node->first) = e;
    *(e->next ? &e->next->prev : &node->last) = e;
}

static struct splice_node *read_node(struct splice *s, const struct doc_node *d, bool home);

static void read_entry(struct splice *s, struct splice_node *n, const struct doc_node *value,
                       const struct doc_pair *pair, bool home)
{
    bool merged = pair && pair->role != DOC_PAIR_OWN;
    struct splice_entry *e = entry_new(s, read_node(s, value, home && !merged));
    if (s->failed)
        return;
    if (pair) {
        e->key = pair->key->text;
        e->pair = pair;
        e->home = n;
        e->merged = pair->role == DOC_PAIR_MERGED;
        e->merge = pair->role == DOC_PAIR_MERGE || pair->role == DOC_PAIR_SHADOWED;
    }
    e->place = n->stood_count;
    n->stood[n->stood_count++] = e;
    link_behind(s, n, n->last, e);
}

static struct splice_node *read_node(struct splice *s, const struct doc_node *d, bool home)
{
    struct splice_node *n = node_new(s, d->type);
    if (s->failed)
        return n;
    n->from = d;
    n->text = d->text;
    home = home && !d->alias_of;
    if (home && !map_put(&s->homes, sv_n((const char *)&n->from, sizeof n->from), n))
        s->failed = true;
    uint32_t count = d->type == DOC_MAP ? d->pair_count : d->type == DOC_SEQ ? d->item_count : 0;
    if (count)
        n->stood = arena_new_n(&s->arena, struct splice_entry *, count);
    if (count && !n->stood)
        s->failed = true;
    for (uint32_t i = 0; i < count && !s->failed; i++) {
        if (d->type == DOC_MAP)
            read_entry(s, n, d->pairs[i].value, &d->pairs[i], home);
        else
            read_entry(s, n, d->items[i], NULL, home);
    }
    return n;
}

int splice_init(struct splice *s, struct doc_file *file, uint32_t part, struct err *err)
{
    *s = (struct splice){.file = file, .part = &file->parts[part]};
    s->root = read_node(s, s->part->root, true);
    return s->failed ? err_nomem(err, "reading a document for changes") : 0;
}

void splice_release(struct splice *s)
{
    if (!s)
        return;
    map_release(&s->homes);
    arena_release(&s->arena);
    s->root = NULL;
}

struct splice_node *splice_of(const struct splice *s, const struct doc_node *node)
{
    return map_get(&s->homes, sv_n((const char *)&node, sizeof node));
}

/* Looking. */

struct splice_entry *splice_first(const struct splice_node *node)
{
    struct splice_entry *e = node ? node->first : NULL;
    return e && e->merge ? splice_next(e) : e;
}

struct splice_entry *splice_next(const struct splice_entry *entry)
{
    struct splice_entry *e = entry ? entry->next : NULL;
    while (e && e->merge)
        e = e->next;
    return e;
}

static struct splice_entry *entry_find(const struct splice_node *map, struct sv key)
{
    if (!splice_is_map(map))
        return NULL;
    for (struct splice_entry *e = map->last; e; e = e->prev)
        if (!e->merge && sv_eq(e->key, key))
            return e;
    return NULL;
}

struct splice_entry *splice_entry_of(const struct splice_node *map, const char *key)
{
    return entry_find(map, sv_of(key));
}

struct splice_node *splice_get(const struct splice_node *map, const char *key)
{
    struct splice_entry *e = splice_entry_of(map, key);
    return e ? e->value : NULL;
}

struct splice_node *splice_at(const struct splice_node *map, const char *path)
{
    struct sv rest = sv_of(path);
    const struct splice_node *at = map;
    while (rest.ptr && at) {
        struct splice_entry *e = entry_find(at, sv_split(&rest, '.'));
        at = e ? e->value : NULL;
    }
    return (struct splice_node *)at;
}

struct sv splice_string(const struct splice_node *node)
{
    return node && node->type == DOC_STRING ? node->text : SV_NONE;
}

struct sv splice_get_string(const struct splice_node *map, const char *key)
{
    return splice_string(splice_get(map, key));
}

bool splice_is_map(const struct splice_node *node)
{
    return node && node->type == DOC_MAP;
}

bool splice_is_seq(const struct splice_node *node)
{
    return node && node->type == DOC_SEQ;
}

uint32_t splice_count(const struct splice_node *node)
{
    uint32_t n = 0;
    for (struct splice_entry *e = splice_first(node); e; e = splice_next(e))
        n++;
    return n;
}

uint32_t splice_offset(const struct splice_node *node)
{
    if (node->from)
        return node->from->span.start;
    for (struct splice_entry *e = node->first; e; e = e->next)
        if (e->pair || e->value->from)
            return splice_entry_offset(e);
    return 0;
}

uint32_t splice_entry_offset(const struct splice_entry *entry)
{
    return entry->pair ? entry->pair->key->span.start : splice_offset(entry->value);
}

/* Changing. */

struct splice_node *splice_new_map(struct splice *s)
{
    return node_new(s, DOC_MAP);
}

struct splice_node *splice_new_seq(struct splice *s)
{
    return node_new(s, DOC_SEQ);
}

static struct splice_node *new_scalar(struct splice *s, enum doc_type type, struct sv text)
{
    struct splice_node *n = node_new(s, type);
    char *copy = s->failed ? NULL : arena_dup(&s->arena, text);
    if (!copy)
        s->failed = true;
    else
        n->text = sv_n(copy, text.len);
    return n;
}

struct splice_node *splice_new_string(struct splice *s, const char *text)
{
    return new_scalar(s, DOC_STRING, sv_of(text));
}

struct splice_node *splice_new_int(struct splice *s, int64_t n)
{
    char buf[24];
    snprintf(buf, sizeof buf, "%lld", (long long)n);
    return new_scalar(s, DOC_INT, sv_of(buf));
}

struct splice_node *splice_new_bool(struct splice *s, bool b)
{
    return new_scalar(s, DOC_BOOL, b ? SV("true") : SV("false"));
}

struct splice_node *splice_copy(struct splice *s, const struct splice_node *node)
{
    struct splice_node *n = node_new(s, node->type);
    if (s->failed)
        return n;
    n->text = node->text;
    if (node->type != DOC_MAP && node->type != DOC_SEQ)
        n->from = node->from;
    for (struct splice_entry *e = splice_first(node); e && !s->failed; e = splice_next(e)) {
        struct splice_entry *copy = entry_new(s, splice_copy(s, e->value));
        copy->key = e->key;
        link_behind(s, n, n->last, copy);
    }
    return n;
}

static struct sv own_text(struct splice *s, const char *text)
{
    char *copy = arena_dup(&s->arena, sv_of(text));
    if (!copy)
        s->failed = true;
    return sv_of(copy);
}

struct splice_entry *splice_put(struct splice *s, struct splice_node *map,
                                struct splice_entry *behind, const char *key,
                                struct splice_node *value)
{
    struct splice_entry *e = entry_new(s, value);
    e->key = own_text(s, key);
    link_behind(s, map, behind ? behind : map->last, e);
    return e;
}

struct splice_entry *splice_put_before(struct splice *s, struct splice_entry *next, const char *key,
                                       struct splice_node *value)
{
    struct splice_entry *e = entry_new(s, value);
    e->key = own_text(s, key);
    link_behind(s, next->parent, next->prev, e);
    return e;
}

struct splice_entry *splice_append(struct splice *s, struct splice_node *seq,
                                   struct splice_node *value)
{
    struct splice_entry *e = entry_new(s, value);
    link_behind(s, seq, seq->last, e);
    return e;
}

void splice_remove(struct splice_entry *e)
{
    if (!e || !e->parent)
        return;
    *(e->prev ? &e->prev->next : &e->parent->first) = e->next;
    *(e->next ? &e->next->prev : &e->parent->last) = e->prev;
    e->parent = NULL;
    e->prev = e->next = NULL;
}

void splice_rename(struct splice *s, struct splice_entry *entry, const char *key)
{
    if (!sv_is(entry->key, key))
        entry->key = own_text(s, key);
}

void splice_move(struct splice *s, struct splice_entry *entry, struct splice_node *map,
                 struct splice_entry *behind, const char *key)
{
    if (s->failed)
        return;
    splice_remove(entry);
    splice_rename(s, entry, key);
    entry->moved = true;
    link_behind(s, map, behind ? behind : map->last, entry);
}

/* As splice_copy, but the copy still knows its text and so its comments. */
static struct splice_node *copy_with_text(struct splice *s, const struct splice_node *node)
{
    struct splice_node *n = node_new(s, node->type);
    if (s->failed)
        return n;
    n->from = node->from;
    n->text = node->text;
    if (node->stood_count)
        n->stood = arena_new_n(&s->arena, struct splice_entry *, node->stood_count);
    if (node->stood_count && !n->stood)
        s->failed = true;
    for (struct splice_entry *e = node->first; e && !s->failed; e = e->next) {
        struct splice_entry *copy = entry_new(s, copy_with_text(s, e->value));
        if (s->failed)
            break;
        copy->key = e->key;
        copy->pair = e->pair;
        copy->merged = e->merged;
        copy->moved = e->moved;
        copy->merge = e->merge;
        copy->place = e->place;
        copy->home = e->home == node ? n : e->home;
        if (e->place < node->stood_count && node->stood[e->place] == e)
            n->stood[e->place] = copy;
        link_behind(s, n, n->last, copy);
    }
    /* what was taken out of the original is missing in the copy too */
    for (uint32_t i = 0; i < node->stood_count && !s->failed; i++)
        if (!n->stood[i]) {
            n->stood[i] = entry_new(s, node->stood[i]->value);
            n->stood[i]->pair = node->stood[i]->pair;
            n->stood[i]->place = i;
        }
    n->stood_count = s->failed ? 0 : node->stood_count;
    return n;
}

struct splice_entry *splice_put_copy(struct splice *s, const struct splice_entry *entry,
                                     struct splice_node *map, struct splice_entry *behind,
                                     const char *key)
{
    struct splice_entry *e = entry_new(s, copy_with_text(s, entry->value));
    e->key = own_text(s, key);
    e->pair = entry->pair;
    e->home = entry->home;
    e->place = entry->place;
    link_behind(s, map, behind ? behind : map->last, e);
    return e;
}

void splice_set_string(struct splice *s, struct splice_node *scalar, const char *text)
{
    if (s->failed || (scalar->type == DOC_STRING && sv_is(scalar->text, text)))
        return;
    scalar->type = DOC_STRING;
    scalar->text = own_text(s, text);
}

/* Comparing. */

bool splice_same(const struct splice_node *a, const struct splice_node *b)
{
    if (a->type != b->type || splice_count(a) != splice_count(b))
        return false;
    if (a->type == DOC_SEQ) {
        struct splice_entry *y = splice_first(b);
        for (struct splice_entry *x = splice_first(a); x; x = splice_next(x), y = splice_next(y))
            if (!splice_same(x->value, y->value))
                return false;
        return true;
    }
    if (a->type == DOC_MAP) {
        for (struct splice_entry *x = splice_first(a); x; x = splice_next(x)) {
            struct splice_entry *y = entry_find(b, x->key);
            if (!y || !splice_same(entry_find(a, x->key)->value, y->value))
                return false;
        }
        return true;
    }
    return a->type == DOC_NULL || sv_eq(a->text, b->text);
}

static bool map_matches(const struct splice_node *a, const struct doc_node *b)
{
    uint32_t seen = 0;
    doc_each_pair(p, b) {
        struct splice_entry *e = entry_find(a, p->key->text);
        if (!e)
            return false;
        seen++;
    }
    if (seen != splice_count(a))
        return false;
    for (struct splice_entry *e = splice_first(a); e; e = splice_next(e)) {
        const struct doc_node *value = NULL;
        doc_each_pair(p, b) {
            if (sv_eq(p->key->text, e->key))
                value = p->value;
        }
        if (!value || !splice_matches(entry_find(a, e->key)->value, value))
            return false;
    }
    return true;
}

bool splice_matches(const struct splice_node *a, const struct doc_node *b)
{
    if (!b || a->type != b->type)
        return false;
    if (a->type == DOC_MAP)
        return map_matches(a, b);
    if (a->type == DOC_SEQ) {
        if (splice_count(a) != b->item_count)
            return false;
        uint32_t i = 0;
        for (struct splice_entry *e = splice_first(a); e; e = splice_next(e))
            if (!splice_matches(e->value, b->items[i++]))
                return false;
        return true;
    }
    return a->type == DOC_NULL || sv_eq(a->text, b->text);
}
