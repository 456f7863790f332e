#include "doc/split.h"

#include <string.h>

static const char *skip_blanks(const char *p, const char *end)
{
    while (p < end && (*p == ' ' || *p == '\t' || *p == '\r'))
        p++;
    return p;
}

/* A comment ends at any line break of YAML 1.1: a lone CR, NEL, LS and PS too. */
static bool has_odd_break(const char *p, const char *end)
{
    for (; p < end && *p != '\n'; p++) {
        bool lone_cr = *p == '\r' && p + 1 < end && p[1] != '\n';
        bool nel = *p == '\xC2' && end - p > 1 && p[1] == '\x85';
        bool ls_ps =
            *p == '\xE2' && end - p > 2 && p[1] == '\x80' && (p[2] == '\xA8' || p[2] == '\xA9');
        if (lone_cr || nel || ls_ps)
            return true;
    }
    return false;
}

static bool is_content(const char *p, const char *end)
{
    const char *text = skip_blanks(p, end);
    return text < end && *text != '\n' && (*text != '#' || has_odd_break(text, end));
}

bool split_has_content(const char *p, const char *end)
{
    if (p < end && *p == '%')
        return has_odd_break(p, end);
    return is_content(p, end);
}

const char *split_behind_marker(const char *marker, const char *end, bool *content)
{
    const char *behind = marker + 3, *eol = memchr(behind, '\n', (size_t)(end - behind));
    *content = is_content(behind, end);
    if (*content)
        return behind;
    return eol ? eol + 1 : end;
}
