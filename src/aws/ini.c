#include "aws/ini.h"

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
    at->kind = SV_NONE;
    if (sv_starts(name, "profile ") || sv_starts(name, "profile\t")) {
        at->kind = sv_n(name.ptr, 7);
        name = sv_trim(sv_n(name.ptr + 7, name.len - 7));
    }
    at->section = unquoted(name);
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
        if (raw.ptr[0] == ' ' || raw.ptr[0] == '\t')
            continue;
        if (line.ptr[0] == '[') {
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
