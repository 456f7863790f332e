#include "doc_check.h"

#include "base/jsonw.h"
#include "doc/edit.h"
#include "doc/emit.h"
#include "doc/scan.h"

#include <ctype.h>
#include <stdarg.h>

__attribute__((noreturn, format(printf, 2, 3))) static void broken(struct sv text, const char *fmt,
                                                                   ...)
{
    va_list ap;
    va_start(ap, fmt);
    vfprintf(stderr, fmt, ap);
    va_end(ap);
    fprintf(stderr, "\n---- in this text of %zu bytes ----\n", text.len);
    fwrite(text.ptr, 1, text.len, stderr);
    fprintf(stderr, "\n----\n");
    abort();
}

static bool parse(struct doc_file *f, struct sv text)
{
    return doc_parse(f, "text", text, NULL, NULL) == 0;
}

static struct sv slice(struct sv text, struct doc_span s)
{
    return sv_n(text.ptr + s.start, s.end - s.start);
}

static bool is_scalar(const struct doc_node *n)
{
    return n->type < DOC_MAP;
}

/* ---- tree ---- */

struct tree {
    struct sv text;
    bool plain_breaks; /* LF and CRLF are the only line breaks */
    bool other_rules;  /* JSON, or YAML with tags: a scalar alone may be read differently */
};

static bool has_plain_breaks(struct sv text)
{
    for (const char *p = text.ptr; p < text.ptr + text.len; p++)
        if (*p == '\r' && (p + 1 == text.ptr + text.len || p[1] != '\n'))
            return false;
    return !sv_has(text, "\xC2\x85") && !sv_has(text, "\xE2\x80\xA8") &&
           !sv_has(text, "\xE2\x80\xA9");
}

static bool has_indicated_indent(struct sv raw)
{
    for (size_t i = 1; i < raw.len && raw.ptr[i] != '\n' && raw.ptr[i] != ' '; i++)
        if (raw.ptr[i] >= '0' && raw.ptr[i] <= '9')
            return true;
    return false;
}

/* Alone in a document some texts must mean something else: "-" is a list there, "a:" a map, and the
 * dots or dashes that end a line of it a marker. */
static bool means_other(const struct doc_node *n, struct sv raw)
{
    bool block = n->style == DOC_LITERAL || n->style == DOC_FOLDED;
    return (block && has_indicated_indent(raw)) || sv_ends(raw, ":") || sv_is(raw, "-") ||
           sv_is(raw, "?") || sv_has(raw, "\n---") || sv_has(raw, "\n...");
}

/* The range of a scalar, alone in a document, must be read as the same text. */
static void check_alone(const struct tree *t, const struct doc_node *n)
{
    struct sv raw = slice(t->text, n->span);
    bool block = n->style == DOC_LITERAL || n->style == DOC_FOLDED;
    if (!raw.len || t->other_rules || !t->plain_breaks || means_other(n, raw))
        return;
    _cleanup_str_ struct str alone = {0};
    _cleanup_doc_ struct doc_file f;
    str_addc(&alone, ' ');
    str_addv(&alone, raw);
    bool ended = n->text.len && n->text.ptr[n->text.len - 1] == '\n';
    if (block && ended)
        str_addc(&alone, '\n');
    if (!parse(&f, str_sv(&alone)) || f.error_count || f.part_count != 1 || !f.parts[0].root)
        broken(t->text, "the scalar '%.*s' cannot be read alone", SV_ARG(raw));
    if (!sv_eq(f.parts[0].root->text, n->text))
        broken(t->text, "the scalar '%.*s' is '%.*s' alone, not '%.*s'", SV_ARG(raw),
               SV_ARG(f.parts[0].root->text), SV_ARG(n->text));
}

static void check_span(const struct tree *t, const struct doc_node *n, struct doc_span within)
{
    if (n->span.start > n->span.end || n->span.start < within.start || n->span.end > within.end)
        broken(t->text, "range %u-%u is not within %u-%u", n->span.start, n->span.end, within.start,
               within.end);
}

static void check_node(const struct tree *t, const struct doc_node *n, struct doc_span within);

static void check_pairs(const struct tree *t, const struct doc_node *n)
{
    struct doc_span rest = n->span;
    for (uint32_t i = 0; i < n->pair_count; i++) {
        const struct doc_pair *p = &n->pairs[i];
        if (p->role == DOC_PAIR_MERGED)
            continue;
        check_span(t, p->key, rest);
        if (p->key->type == DOC_STRING && !p->key->alias_of)
            check_alone(t, p->key);
        rest.start = p->key->span.end;
        check_node(t, p->value, rest);
        rest.start = p->value->span.end;
    }
    doc_each_pair(p, n) {
        const struct doc_pair *found = NULL;
        for (struct doc_pair *q = p; (q = doc_next_pair(n, q));)
            found = sv_eq(q->key->text, p->key->text) ? q : found;
        if (found)
            broken(t->text, "the key '%.*s' counts twice", SV_ARG(p->key->text));
    }
}

static void check_node(const struct tree *t, const struct doc_node *n, struct doc_span within)
{
    check_span(t, n, within);
    if (n->alias_of)
        return;
    if (is_scalar(n))
        check_alone(t, n);
    if (n->type == DOC_MAP && n->pair_count < 64)
        check_pairs(t, n);
    struct doc_span rest = n->span;
    doc_each_item(item, n) {
        check_node(t, item, rest);
        rest.start = item->span.end;
    }
}

static void check_written(struct sv text, const struct doc_node *root)
{
    _cleanup_str_ struct str yaml = {0}, json = {0};
    _cleanup_doc_ struct doc_file f = {0}, g = {0};
    str_init(&yaml, (size_t)4 << 20);
    str_init(&json, (size_t)4 << 20);
    bool small = emit_yaml(root, 0, &yaml, NULL) == 0 && emit_json(root, 2, &json, NULL) == 0;
    bool read = parse(&f, str_sv(&yaml)) && parse(&g, str_sv(&json));
    if (!small || !read)
        return;
    if (f.error_count || f.part_count != 1 || !doc_equal(root, f.parts[0].root))
        broken(text, "written as YAML it is another tree:\n%s", str_c(&yaml));
    if (g.error_count || g.part_count != 1)
        broken(text, "written as JSON it cannot be read:\n%s", str_c(&json));
}

void doc_check_tree(struct sv text)
{
    _cleanup_doc_ struct doc_file f;
    if (!parse(&f, text))
        return;
    struct tree t = {text, has_plain_breaks(text), f.format == DOC_JSON || sv_has(text, "!")};
    uint32_t line, column;
    for (uint32_t i = 0; i < f.error_count; i++)
        doc_position(&f, f.errors[i].offset, &line, &column);
    for (uint32_t i = 0; i < f.part_count; i++) {
        if (!f.parts[i].root)
            continue;
        check_node(&t, f.parts[i].root, f.parts[i].span);
        check_written(text, f.parts[i].root);
    }
}

/* ---- scan ---- */

static void check_field(struct sv text, const char *name, struct sv scanned, struct sv parsed)
{
    if (!sv_eq(scanned, parsed) || !scanned.ptr != !parsed.ptr)
        broken(text, "%s: '%.*s'%s by its lines, but '%.*s'%s to the parser", name, SV_ARG(scanned),
               scanned.ptr ? "" : " (absent)", SV_ARG(parsed), parsed.ptr ? "" : " (absent)");
}

static void check_envelope(struct sv text, const struct scan_doc *d, const struct doc_node *root)
{
    const struct doc_node *metadata = doc_get(root, "metadata");
    if (d->empty)
        broken(text, "a document with content is called empty");
    check_field(text, "apiVersion", d->api_version, doc_get_string(root, "apiVersion"));
    check_field(text, "kind", d->kind, doc_get_string(root, "kind"));
    check_field(text, "name", d->name, doc_get_string(metadata, "name"));
    check_field(text, "namespace", d->namespace, doc_get_string(metadata, "namespace"));
}

static void check_part_alone(struct sv text, const struct scan_doc *d, const struct doc_node *root)
{
    _cleanup_doc_ struct doc_file f;
    if (doc_parse_span(&f, "text", text, d->span, NULL, NULL) < 0)
        return;
    if (f.part_count != 1 || !doc_equal(f.parts[0].root, root))
        broken(text, "the document at byte %u is another one when parsed alone", d->span.start);
}

static void check_place(struct doc_file *f, const struct scan_doc *d, uint32_t part)
{
    uint32_t line, column;
    if (part >= f->part_count)
        broken(f->text, "the scanner finds more documents than the %u of the parser", part);
    struct doc_span span = f->parts[part].span;
    if (d->span.start != span.start || d->span.end != span.end)
        broken(f->text, "document %u is at %u-%u, not at %u-%u", part, span.start, span.end,
               d->span.start, d->span.end);
    doc_position(f, d->span.start, &line, &column);
    if (line != d->line)
        broken(f->text, "document %u begins on line %u, not %u", part, line, d->line);
}

unsigned doc_check_scan(struct sv text)
{
    _cleanup_doc_ struct doc_file f;
    struct scan s;
    struct scan_doc d;
    unsigned sure = 0;
    uint32_t part = 0;
    if (!parse(&f, text) || f.format == DOC_JSON)
        return 0;
    bool utf16 = f.error_count && !f.part_count;
    scan_init(&s, text);
    for (; !utf16 && scan_next(&s, &d); part++) {
        check_place(&f, &d, part);
        const struct doc_node *root = f.parts[part].root;
        sure += !d.doubt;
        if (root && !d.doubt)
            check_envelope(text, &d, root);
        if (root)
            check_part_alone(text, &d, root);
    }
    if (part != f.part_count)
        broken(text, "the scanner finds %u documents, the parser %u", part, f.part_count);
    return sure;
}

/* ---- edit ---- */

struct changes {
    struct sv text;
    uint64_t seed;
    struct edit_list edits;
    VEC(const struct doc_node *) nodes;
};

static uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

/* libyaml takes a block scalar below its key or dash without indentation, but nothing else there;
 * and a plain scalar like ":x" right behind an anchor's name, but no quote. */
static bool may_replace(const struct changes *c, const struct doc_node *n)
{
    char before = n->span.start ? c->text.ptr[n->span.start - 1] : ' ';
    bool hangs = before == '\n' && (n->style == DOC_LITERAL || n->style == DOC_FOLDED);
    bool sticks = isalnum((unsigned char)before) || before == '_' || before == '-';
    return is_scalar(n) && n->span.end > n->span.start && !hangs && !sticks;
}

static void pick(struct changes *c, const struct doc_node *n)
{
    if (n->alias_of)
        return;
    if (may_replace(c, n) && next_random(&c->seed) % 3 == 0) {
        edit_replace(&c->edits, n->span, SV("\"n e: w\""));
        if (!vec_push(&c->nodes, n))
            abort();
    }
    for (uint32_t i = 0; n->type == DOC_MAP && i < n->pair_count; i++)
        if (n->pairs[i].role != DOC_PAIR_MERGED && n->pairs[i].role != DOC_PAIR_MERGE)
            pick(c, n->pairs[i].value);
    doc_each_item(item, n)
        pick(c, item);
}

static bool was_picked(const struct changes *c, const struct doc_node *n)
{
    vec_foreach(p, &c->nodes)
        if (*p == n)
            return true;
    return false;
}

static void check_same(const struct changes *c, const struct doc_node *old,
                       const struct doc_node *new)
{
    if (!old->alias_of != !new->alias_of)
        broken(c->text, "an edit made or unmade an alias");
    if (old->alias_of)
        return;
    if (was_picked(c, old)) {
        if (new->type != DOC_STRING || !sv_is(new->text, "n e: w"))
            broken(c->text, "after its edit a scalar is '%.*s'", SV_ARG(new->text));
        return;
    }
    if (old->type != new->type || (is_scalar(old) && !sv_eq(old->text, new->text)))
        broken(c->text, "a value beside an edit went from '%.*s' to '%.*s'", SV_ARG(old->text),
               SV_ARG(new->text));
    if (old->type == DOC_SEQ && old->item_count != new->item_count)
        broken(c->text, "a list beside an edit has %u items, not %u", new->item_count,
               old->item_count);
    for (uint32_t i = 0; old->type == DOC_SEQ && i < old->item_count; i++)
        check_same(c, old->items[i], new->items[i]);
    for (uint32_t i = 0; old->type == DOC_MAP && i < old->pair_count; i++) {
        if (old->pairs[i].key->alias_of)
            return; /* the key itself may have been edited at its anchor */
        if (i >= new->pair_count || !sv_eq(old->pairs[i].key->text, new->pairs[i].key->text))
            broken(c->text, "a map beside an edit has other keys");
        if (old->pairs[i].role == DOC_PAIR_OWN)
            check_same(c, old->pairs[i].value, new->pairs[i].value);
    }
}

/* Between the edits the bytes are those of the source. */
static void check_bytes(const struct changes *c, struct sv out)
{
    size_t from = 0, at = 0;
    vec_foreach(e, &c->edits.edits) {
        size_t n = e->span.start - from;
        if (out.len - at < n + e->text.len || memcmp(out.ptr + at, c->text.ptr + from, n) != 0 ||
            memcmp(out.ptr + at + n, e->text.ptr, e->text.len) != 0)
            broken(c->text, "other bytes than those of the edit at %u changed", e->span.start);
        at += n + e->text.len;
        from = e->span.end;
    }
    if (!sv_eq(sv_n(out.ptr + at, out.len - at), sv_n(c->text.ptr + from, c->text.len - from)))
        broken(c->text, "bytes behind the last edit changed");
}

static void check_changes(struct changes *c, const struct doc_file *old)
{
    _cleanup_str_ struct str out = {0};
    _cleanup_doc_ struct doc_file new;
    struct err err = {0};
    if (edit_apply(&c->edits, c->text, &out, &err) < 0)
        broken(c->text, "the edits cannot be applied: %s", err.msg);
    check_bytes(c, str_sv(&out));
    if (!parse(&new, str_sv(&out)) || new.error_count || new.part_count != old->part_count)
        broken(c->text, "after edits it cannot be read: %s\n%s",
               new.error_count ? new.errors[0].message : "other documents", str_c(&out));
    for (uint32_t i = 0; i < old->part_count; i++)
        if (old->parts[i].root)
            check_same(c, old->parts[i].root, new.parts[i].root);
}

/* Where an edit can make another document of it by right: a tag asks for another type, and libyaml
 * takes a line of tabs behind a plain scalar but not behind a quote. */
static bool may_edit(const struct doc_file *f)
{
    return !f->error_count && !sv_has(f->text, "!") && !sv_has(f->text, "\t") &&
           has_plain_breaks(f->text);
}

unsigned doc_check_edit(struct sv text, uint64_t seed)
{
    _cleanup_doc_ struct doc_file f;
    if (!parse(&f, text) || !may_edit(&f))
        return 0;
    struct changes c = {.text = text, .seed = seed ? seed : 1};
    for (uint32_t i = 0; i < f.part_count; i++)
        if (f.parts[i].root)
            pick(&c, f.parts[i].root);
    unsigned count = (unsigned)c.nodes.len;
    check_changes(&c, &f);
    edit_release(&c.edits);
    vec_release(&c.nodes);
    return count;
}

/* ---- JSON ---- */

void doc_check_json(struct sv text)
{
    _cleanup_doc_ struct doc_file f = {0}, again = {0};
    _cleanup_str_ struct str out = {0};
    bool read = doc_parse_json(&f, "text", text, NULL, NULL) == 0;
    if (!read || emit_json(f.parts[0].root, 0, &out, NULL) < 0)
        return;
    if (doc_parse_json(&again, "text", str_sv(&out), NULL, NULL) < 0)
        broken(text, "written again it is no JSON: %s", str_c(&out));
    if (!doc_equal(f.parts[0].root, again.parts[0].root))
        broken(text, "written again it is another tree: %s", str_c(&out));
}
