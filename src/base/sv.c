#include "base/sv.h"

#include <strings.h>

int sv_cmp(struct sv a, struct sv b)
{
    size_t n = a.len < b.len ? a.len : b.len;
    int c = n ? memcmp(a.ptr, b.ptr, n) : 0;
    if (c)
        return c;
    return a.len < b.len ? -1 : a.len > b.len;
}

const char *sv_find(struct sv hay, const char *needle)
{
    return hay.ptr ? memmem(hay.ptr, hay.len, needle, strlen(needle)) : NULL;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct sv sv_trim(struct sv v)
{
    while (v.len && is_blank(v.ptr[0]))
        v.ptr++, v.len--;
    while (v.len && is_blank(v.ptr[v.len - 1]))
        v.len--;
    return v;
}

struct sv sv_split(struct sv *rest, char sep)
{
    if (!rest->ptr)
        return SV_NONE;
    const char *at = memchr(rest->ptr, sep, rest->len);
    if (!at) {
        struct sv last = *rest;
        *rest = SV_NONE;
        return last;
    }
    struct sv part = {rest->ptr, (size_t)(at - rest->ptr)};
    rest->ptr = at + 1;
    rest->len -= part.len + 1;
    return part;
}

bool sv_to_u64(struct sv v, uint64_t *out)
{
    uint64_t n = 0;
    for (size_t i = 0; i < v.len; i++) {
        unsigned digit = (unsigned)(unsigned char)v.ptr[i] - '0';
        if (digit > 9 || __builtin_mul_overflow(n, 10, &n) || __builtin_add_overflow(n, digit, &n))
            return false;
    }
    if (v.len == 0)
        return false;
    *out = n;
    return true;
}

bool sv_ieq(struct sv a, struct sv b)
{
    return a.len == b.len && (a.len == 0 || strncasecmp(a.ptr, b.ptr, a.len) == 0);
}
