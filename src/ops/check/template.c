#include "ops/check/template.h"

#include "base/vec.h"

struct scanner {
    VEC(struct template_object) objects;
    struct template_object now;
    uint32_t line;
};

static void finish_object(struct scanner *s)
{
    if (s->now.version_count) {
        s->now.last_line = s->line;
        (void)vec_push(&s->objects, s->now);
    }
    s->now = (struct template_object){.first_line = s->line};
}

static struct sv unquoted(struct sv v)
{
    if (v.len >= 2 && (v.ptr[0] == '"' || v.ptr[0] == '\'') && v.ptr[v.len - 1] == v.ptr[0])
        return sv_n(v.ptr + 1, v.len - 2);
    return v;
}

/* Columns count bytes: what stands before the value is `key:` and blanks. */
static struct template_value value_of(const struct scanner *s, struct sv line, size_t key_length)
{
    struct sv raw = sv_n(line.ptr + key_length, line.len - key_length);
    struct template_value v = {.line = s->line};
    const char *comment = sv_find(raw, " #");
    if (comment && !sv_has(raw, "{{"))
        raw.len = (size_t)(comment - raw.ptr);
    raw = sv_trim(raw);
    v.column = (uint32_t)(raw.ptr - line.ptr) + 1;
    v.end_column = v.column + (uint32_t)raw.len;
    if (sv_has(raw, "{{"))
        v.action = raw;
    else
        v.text = unquoted(raw);
    return v;
}

static void take_line(struct scanner *s, struct sv line)
{
    static const char version_key[] = "apiVersion:", kind_key[] = "kind:";
    struct template_object *o = &s->now;
    if (sv_starts(line, "---")) {
        finish_object(s);
    } else if (sv_starts(line, version_key)) {
        /* Behind a complete object without a marker between: the next turn of a range. */
        if (o->kind.line && o->version_count && o->versions[0].line < o->kind.line)
            finish_object(s);
        if (o->version_count < TEMPLATE_ALTERNATIVES_MAX)
            o->versions[o->version_count++] = value_of(s, line, sizeof version_key - 1);
    } else if (sv_starts(line, kind_key)) {
        if (o->kind.line && o->version_count)
            finish_object(s);
        o->kind = value_of(s, line, sizeof kind_key - 1);
    }
}

struct template_object *template_objects(struct arena *a, struct sv text, size_t *count)
{
    struct scanner s = {.now = {.first_line = 1}};
    while (text.ptr) {
        struct sv line = sv_split(&text, '\n');
        s.line++;
        if (sv_ends(line, "\r"))
            line.len--;
        take_line(&s, line);
    }
    finish_object(&s);
    *count = s.objects.len;
    struct template_object *out = arena_new_n(a, struct template_object, s.objects.len + 1);
    if (out && s.objects.len)
        memcpy(out, s.objects.items, s.objects.len * sizeof *out);
    vec_release(&s.objects);
    return *count ? out : NULL;
}

struct sv template_helper(struct sv action)
{
    static const char *const words[] = {"include ", "template "};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        const char *at = sv_find(action, words[i]);
        if (!at)
            continue;
        struct sv rest =
            sv_n(at + strlen(words[i]), action.len - (size_t)(at - action.ptr) - strlen(words[i]));
        rest = sv_trim(rest);
        if (rest.len && rest.ptr[0] == '"') {
            rest = sv_n(rest.ptr + 1, rest.len - 1);
            return sv_split(&rest, '"');
        }
    }
    return SV("an expression");
}
