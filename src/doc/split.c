#include "doc/split.h"

#include <string.h>

static const char *skip_blanks(const char *p, const char *end)
{
    while (p < end && (*p == ' ' || *p == '\t' || *p == '\r'))
        p++;
    return p;
}

bool split_has_content(const char *p, const char *end)
{
    if (p < end && *p == '%')
        return false;
    p = skip_blanks(p, end);
    return p < end && *p != '\n' && *p != '#';
}

const char *split_behind_marker(const char *marker, const char *end, bool *content)
{
    const char *behind = marker + 3, *eol = memchr(behind, '\n', (size_t)(end - behind));
    const char *rest = skip_blanks(behind, end);
    *content = rest < end && *rest != '\n' && *rest != '#';
    if (*content)
        return behind;
    return eol ? eol + 1 : end;
}
