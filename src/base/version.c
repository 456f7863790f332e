#include "base/version.h"

#include <ctype.h>
#include <stdio.h>

static bool take_number(struct sv *v, uint16_t *out)
{
    unsigned n = 0;
    size_t digits = 0;
    while (digits < v->len && isdigit((unsigned char)v->ptr[digits]) && n <= 6553)
        n = n * 10 + (unsigned)(v->ptr[digits++] - '0');
    if (!digits || n > UINT16_MAX)
        return false;
    v->ptr += digits;
    v->len -= digits;
    *out = (uint16_t)n;
    return true;
}

static bool take_dot(struct sv *v)
{
    if (!v->len || v->ptr[0] != '.')
        return false;
    v->ptr++;
    v->len--;
    return true;
}

bool version_parse(struct sv text, struct version *out)
{
    struct version v = {.set = true};
    if (text.len && text.ptr[0] == 'v')
        text = sv_n(text.ptr + 1, text.len - 1);
    if (!take_number(&text, &v.major) || !take_dot(&text) || !take_number(&text, &v.minor))
        return false;
    if (take_dot(&text) && !take_number(&text, &v.patch))
        return false;
    if (text.len && isalnum((unsigned char)text.ptr[0]))
        return false;
    *out = v;
    return true;
}

int version_cmp(struct version a, struct version b)
{
    if (!a.set || !b.set)
        return (int)b.set - (int)a.set;
    if (a.major != b.major)
        return a.major < b.major ? -1 : 1;
    if (a.minor != b.minor)
        return a.minor < b.minor ? -1 : 1;
    return a.patch < b.patch ? -1 : a.patch > b.patch;
}

const char *version_format(struct version v, bool with_patch, char buf[static VERSION_TEXT_MAX])
{
    buf[0] = '\0';
    if (v.set && with_patch)
        snprintf(buf, VERSION_TEXT_MAX, "%u.%u.%u", v.major, v.minor, v.patch);
    else if (v.set)
        snprintf(buf, VERSION_TEXT_MAX, "%u.%u", v.major, v.minor);
    return buf;
}
