#include "aws/ini.h"

#include "base/cleanup.h"

static struct sv without_comment(struct sv value)
{
    for (size_t i = 1; i < value.len; i++)
        if ((value.ptr[i] == '#' || value.ptr[i] == ';') &&
            (value.ptr[i - 1] == ' ' || value.ptr[i - 1] == '\t'))
            return sv_trim(sv_n(value.ptr, i));
    return value;
}

static struct sv unquoted(struct sv name)
{
    if (name.len >= 2 && (name.ptr[0] == '"' || name.ptr[0] == '\'') &&
        name.ptr[name.len - 1] == name.ptr[0])
        return sv_n(name.ptr + 1, name.len - 2);
    return name;
}

static bool section_of(struct sv line, struct ini_entry *at)
{
    const char *end = memchr(line.ptr, ']', line.len);
    if (!end)
        return false;
    struct sv name = sv_trim(sv_n(line.ptr + 1, (size_t)(end - line.ptr - 1)));
    static const char *const kinds[] = {"profile", "sso-session", "services"};
    at->kind = SV_NONE;
    at->parent = SV_NONE;
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        size_t n = strlen(kinds[i]);
        if (!sv_starts(name, kinds[i]) || name.len == n || !strchr(" \t", name.ptr[n]))
            continue;
        at->kind = sv_n(name.ptr, n);
        name = sv_trim(sv_n(name.ptr + n, name.len - n));
        break;
    }
    at->section = unquoted(name);
    return true;
}

/* An indented line: "key = value" below a setting without a value is nested in it, all else is
 * more of that value. */
static bool nested(struct sv line, const struct ini_entry *above, struct ini_entry *out)
{
    struct sv value = line;
    *out = *above;
    out->parent = above->key;
    out->key = sv_trim(sv_split(&value, '='));
    if (!above->key.ptr || above->value.len || !value.ptr || !out->key.len)
        return false;
    out->value = without_comment(sv_trim(value));
    return true;
}

int ini_each(const char *name, struct sv text,
             bool (*on_entry)(void *ctx, const struct ini_entry *), void *ctx, struct err *err)
{
    struct ini_entry at = {0};
    struct sv rest = text;
    if (sv_starts(rest, "\xEF\xBB\xBF"))
        rest = sv_n(rest.ptr + 3, rest.len - 3);
    while (rest.ptr) {
        struct sv raw = sv_split(&rest, '\n');
        struct sv line = sv_trim(raw);
        at.line++;
        if (line.len == 0 || line.ptr[0] == '#' || line.ptr[0] == ';')
            continue;
        if (raw.ptr[0] == ' ' || raw.ptr[0] == '\t') {
            struct ini_entry inner;
            if (nested(line, &at, &inner) && !on_entry(ctx, &inner))
                return 0;
            continue;
        }
        if (line.ptr[0] == '[') {
            at.key = SV_NONE;
            if (section_of(line, &at))
                continue;
            return err_set(err, ERR_INPUT, "%s:%u: section without a closing ']'", name, at.line);
        }
        struct sv value = line;
        at.key = sv_trim(sv_split(&value, '='));
        if (!value.ptr || !at.key.len || !at.section.ptr)
            return err_set(err, ERR_INPUT, "%s:%u: expected [section] or key = value", name,
                           at.line);
        at.value = without_comment(sv_trim(value));
        if (!on_entry(ctx, &at))
            return 0;
    }
    return 0;
}
