#include "finding/suppress.h"

#include "base/must.h"
#include "base/str.h"
#include "doc/doc.h"

struct reader {
    struct suppress *s;
    struct doc_file *f;
    struct err *err;
};

static uint32_t line_of(const struct reader *r, const struct doc_node *node)
{
    uint32_t line = 0, column = 0;
    doc_position(r->f, node->span.start, &line, &column);
    return line;
}

static int mistake(const struct reader *r, const struct doc_node *at, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

static int mistake(const struct reader *r, const struct doc_node *at, const char *fmt, ...)
{
    _cleanup_str_ struct str text = {0};
    va_list ap;
    va_start(ap, fmt);
    str_vaddf(&text, fmt, ap);
    va_end(ap);
    err_set(r->err, ERR_INPUT, "%s:%u: %s", r->f->name, line_of(r, at), str_c(&text));
    return err_hint(r->err, "docs/format/config.md describes the file");
}

static const char *keep(const struct reader *r, struct sv text)
{
    return mem_must(arena_dup(&r->s->arena, text));
}

static bool is_one_of(struct sv key, const char *const *allowed)
{
    for (; *allowed; allowed++)
        if (sv_is(key, *allowed))
            return true;
    return false;
}

static int check_keys(const struct reader *r, const struct doc_node *map, const char *what,
                      const char *const *allowed, const char *expected)
{
    if (map->type != DOC_MAP)
        return mistake(r, map, "%s must be a map with the keys %s", what, expected);
    doc_each_pair(p, map) {
        if (!is_one_of(p->key->text, allowed))
            return mistake(r, p->key, "unknown key '%.*s' in %s, expected %s", SV_ARG(p->key->text),
                           what, expected);
    }
    return 0;
}

/* A text that may be left out; a date or a number without quotes is a text as well. */
static int take_text(const struct reader *r, const struct doc_node *map, const char *key,
                     const char **out)
{
    const struct doc_node *value = doc_get(map, key);
    *out = NULL;
    if (!value)
        return 0;
    struct sv text = sv_trim(doc_scalar(value));
    if (!text.len)
        return mistake(r, value, "'%s' must be a text that is not empty", key);
    *out = keep(r, text);
    return 0;
}

static int need_text(const struct reader *r, const struct doc_node *map, const char *key,
                     const char *why, const char **out)
{
    if (take_text(r, map, key, out) < 0)
        return -1;
    return *out ? 0 : mistake(r, map, "the suppression has no '%s': %s", key, why);
}

static int take_glob(const struct reader *r, const struct doc_node *at, struct sv pattern,
                     bool ignore_case, struct glob **out)
{
    struct err why = {0};
    *out = glob_new(pattern, ignore_case, &why);
    return *out ? 0 : mistake(r, at, "%s", why.msg);
}

static int take_path(const struct reader *r, const struct doc_node *at, struct suppress_entry *e)
{
    if (!e->path)
        return 0;
    struct sv pattern = sv_of(e->path);
    while (sv_starts(pattern, "./"))
        pattern = sv_n(pattern.ptr + 2, pattern.len - 2);
    while (pattern.len && pattern.ptr[pattern.len - 1] == '/')
        pattern.len--;
    return take_glob(r, at, pattern, false, &e->path_glob);
}

/* "kind/namespace/name", or "kind/name" for any or no namespace. */
static int take_object(const struct reader *r, const struct doc_node *at, struct suppress_entry *e)
{
    if (!e->object)
        return 0;
    struct sv rest = sv_of(e->object), part[4];
    size_t count = 0;
    while (rest.ptr && count < ARRAY_LEN(part))
        part[count++] = sv_split(&rest, '/');
    if (count < 2 || count > 3)
        return mistake(r, at, "'object' is '%s', expected kind/namespace/name or kind/name",
                       e->object);
    if (take_glob(r, at, part[0], true, &e->kind_glob) < 0 ||
        take_glob(r, at, part[count - 1], false, &e->name_glob) < 0)
        return -1;
    return count == 2 || sv_is(part[1], "*") || sv_is(part[1], "**")
               ? 0
               : take_glob(r, at, part[1], false, &e->namespace_glob);
}

static int take_expires(const struct reader *r, const struct doc_node *map,
                        struct suppress_entry *e)
{
    const char *text;
    if (take_text(r, map, "expires", &text) < 0)
        return -1;
    e->has_expires = text != NULL;
    if (text && !date_parse(sv_of(text), &e->expires))
        return mistake(r, doc_get(map, "expires"),
                       "'expires' is '%s', expected a date like 2027-06-30", text);
    return 0;
}

static int fill_entry(const struct reader *r, const struct doc_node *map, struct suppress_entry *e)
{
    static const char *const keys[] = {"rule",  "path",    "object", "reason",
                                       "owner", "expires", NULL};
    if (check_keys(r, map, "a suppression", keys, "rule, path, object, reason, owner, expires") < 0)
        return -1;
    e->line = line_of(r, map);
    if (need_text(r, map, "rule", "name the rule it hides", &e->rule) < 0 ||
        take_text(r, map, "path", &e->path) < 0 || take_text(r, map, "object", &e->object) < 0 ||
        need_text(r, map, "reason", "say why the finding may stay", &e->reason) < 0 ||
        need_text(r, map, "owner", "say who answers for it", &e->owner) < 0 ||
        take_expires(r, map, e) < 0)
        return -1;
    if (strcmp(e->rule, "*") == 0 && !e->path && !e->object)
        return mistake(r, map, "a suppression of every rule needs a 'path' or an 'object'");
    if (take_glob(r, doc_get(map, "rule"), sv_of(e->rule), false, &e->rule_glob) < 0 ||
        take_path(r, doc_get(map, "path"), e) < 0)
        return -1;
    return take_object(r, doc_get(map, "object"), e);
}

static int take_entries(const struct reader *r, const struct doc_node *list)
{
    if (!list || list->type == DOC_NULL)
        return 0;
    if (list->type != DOC_SEQ)
        return mistake(r, list, "'suppress' must be a list of suppressions");
    if (list->item_count > SUPPRESS_ENTRIES_MAX)
        return mistake(r, list, "%u suppressions, at most %d are read", list->item_count,
                       SUPPRESS_ENTRIES_MAX);
    doc_each_item(item, list) {
        /* In the list from the start, so that release finds what a mistake left half-made. */
        mem_must(vec_push(&r->s->entries, (struct suppress_entry){0}) ? r : NULL);
        if (fill_entry(r, item, &r->s->entries.items[r->s->entries.len - 1]) < 0)
            return -1;
    }
    return 0;
}

static int take_root(const struct reader *r, const struct doc_node *root)
{
    static const char *const keys[] = {"suppress", "lifecycle", NULL};
    if (check_keys(r, root, "the configuration", keys, "suppress, lifecycle") < 0)
        return -1;
    return take_text(r, root, "lifecycle", &r->s->lifecycle) < 0
               ? -1
               : take_entries(r, doc_get(root, "suppress"));
}

int suppress_parse(struct suppress *s, const char *name, struct sv text, struct err *err)
{
    _cleanup_doc_ struct doc_file f = {0};
    const struct reader r = {s, &f, err};
    const struct doc_limits limits = {SUPPRESS_FILE_MAX, 16, 8 * SUPPRESS_ENTRIES_MAX * 2, 1};
    s->file = keep(&r, sv_of(name));
    if (doc_parse(&f, name, text, &limits, err) < 0)
        return -1;
    if (f.error_count)
        return err_set(err, ERR_INPUT, "%s:%u:%u: %s", name, f.errors[0].line, f.errors[0].column,
                       f.errors[0].message);
    const struct doc_node *root = NULL;
    for (uint32_t i = 0; i < f.part_count; i++) {
        if (root && f.parts[i].root)
            return mistake(&r, f.parts[i].root, "a second document; the file holds one");
        root = root ? root : f.parts[i].root;
    }
    return root && root->type != DOC_NULL ? take_root(&r, root) : 0;
}
