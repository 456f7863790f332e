#include "input/collect.h"

char *collect_dup(struct collect *c, struct sv text)
{
    return mem_must(arena_dup(&c->list->arena, text));
}

static char *vformat(struct collect *c, const char *fmt, va_list ap)
{
    _cleanup_str_ struct str s = {0};
    str_vaddf(&s, fmt, ap);
    return collect_dup(c, str_sv(&s));
}

char *collect_fmt(struct collect *c, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    char *text = vformat(c, fmt, ap);
    va_end(ap);
    return text;
}

struct input_item *collect_add(struct collect *c, const struct input_item *item)
{
    struct input_item *kept = mem_must(arena_new(&c->list->arena, struct input_item));
    *kept = *item;
    if (!vec_push(&c->list->items, kept))
        must_fail_nomem();
    return kept;
}

void collect_problem(struct collect *c, const char *where, const char *message, const char *hint)
{
    struct input_problem p = {.where = collect_dup(c, sv_of(where)),
                              .message = collect_dup(c, sv_of(message)),
                              .hint = hint && *hint ? collect_dup(c, sv_of(hint)) : NULL};
    if (!vec_push(&c->list->problems, p))
        must_fail_nomem();
}

void collect_problem_err(struct collect *c, const char *where, const struct err *err)
{
    size_t n = strlen(where);
    bool repeated = strncmp(err->msg, where, n) == 0 && strncmp(err->msg + n, ": ", 2) == 0;
    collect_problem(c, where, repeated ? err->msg + n + 2 : err->msg, err->hint);
}

void collect_note(struct collect *c, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    const char *note = vformat(c, fmt, ap);
    va_end(ap);
    vec_foreach(old, &c->list->notes)
        if (strcmp(*old, note) == 0)
            return;
    if (!vec_push(&c->list->notes, note))
        must_fail_nomem();
}

static void drop_last_part(struct str *s)
{
    const char *slash = memrchr(str_c(s), '/', s->len);
    s->len = slash ? (size_t)(slash - s->data) : 0;
    s->data[s->len] = '\0';
}

static bool ends_in_dotdot(const struct str *s)
{
    struct sv v = str_sv(s);
    return sv_is(v, "..") || sv_ends(v, "/..");
}

static char *clean(struct collect *c, const char *path, bool resolve)
{
    _cleanup_str_ struct str s = {0};
    bool absolute = path[0] == '/';
    for (struct sv rest = sv_of(path); rest.ptr;) {
        struct sv part = sv_split(&rest, '/');
        if (!part.len || sv_is(part, "."))
            continue;
        if (resolve && sv_is(part, "..") && s.len && !ends_in_dotdot(&s)) {
            drop_last_part(&s);
            continue;
        }
        if (resolve && sv_is(part, "..") && absolute)
            continue;
        if (s.len || absolute)
            str_addc(&s, '/');
        str_addv(&s, part);
    }
    if (!s.len)
        str_adds(&s, absolute ? "/" : ".");
    return collect_dup(c, str_sv(&s));
}

char *collect_clean_path(struct collect *c, const char *path)
{
    return clean(c, path, true);
}

char *collect_tidy_path(struct collect *c, const char *path)
{
    return clean(c, path, false);
}

bool collect_is_manifest_name(struct sv name)
{
    return sv_ends(name, ".yaml") || sv_ends(name, ".yml") || sv_ends(name, ".json");
}
