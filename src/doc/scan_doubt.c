#include "doc/scan_doubt.h"

static const char *find(const char *p, const char *end, char c)
{
    return memchr(p, (unsigned char)c, (size_t)(end - p));
}

bool scan_has_template(struct sv text)
{
    const char *p = text.ptr, *end = p + text.len;
    while (p < end && (p = find(p, end, '{'))) {
        if (p + 1 < end && p[1] == '{')
            return true;
        p++;
    }
    return false;
}

static bool has_lone_cr(struct sv text)
{
    const char *p = text.ptr, *end = p + text.len;
    while (p < end && (p = find(p, end, '\r'))) {
        if (p + 1 == end || p[1] != '\n')
            return true;
        p++;
    }
    return false;
}

static bool has_sequence(struct sv text, const char *bytes, size_t n)
{
    const char *p = text.ptr, *end = p + text.len;
    while (p < end && (p = find(p, end, bytes[0]))) {
        if ((size_t)(end - p) >= n && memcmp(p, bytes, n) == 0)
            return true;
        p++;
    }
    return false;
}

bool scan_has_odd_break(struct sv text)
{
    return has_lone_cr(text) || has_sequence(text, "\xC2\x85", 2) ||
           has_sequence(text, "\xE2\x80\xA8", 3) || has_sequence(text, "\xE2\x80\xA9", 3);
}

/* ---- quotes ---- */

static const char *skip_spaces(const char *p, const char *end)
{
    while (p < end && (*p == ' ' || *p == '\t'))
        p++;
    return p;
}

/* Behind the quote that closes the one at p; NULL when the line ends first. */
static const char *close_quote(const char *p, const char *end)
{
    char quote = *p++;
    for (; p < end; p++) {
        if (quote == '"' && *p == '\\')
            p++;
        else if (*p == quote && quote == '\'' && p + 1 < end && p[1] == quote)
            p++;
        else if (*p == quote)
            return p + 1;
    }
    return NULL;
}

/* Can a quoted text begin here, behind the last character `before` that is no blank (or 0)? What
 * stands in the middle of a plain text cannot. */
static bool may_open(char before, bool spaced)
{
    return !before || strchr("[{,", before) || (before == ':' && spaced);
}

/* What may follow a closed quote, so that no second one can hide behind it. */
static bool may_follow(const char *p, const char *end)
{
    const char *next = skip_spaces(p, end);
    return next == end || strchr(",]}:", *next) || (*next == '#' && next > p);
}

/* The sequence dashes and `?` that a line may begin with. */
static const char *skip_indicators(const char *p, const char *end)
{
    p = skip_spaces(p, end);
    while (end - p >= 2 && (*p == '-' || *p == '?') && (p[1] == ' ' || p[1] == '\t'))
        p = skip_spaces(p + 1, end);
    return p;
}

static bool line_leaves_open(const char *p, const char *end)
{
    char before = 0;
    bool spaced = true;
    for (p = skip_indicators(p, end); p < end;) {
        char c = *p;
        if (c == '#' && spaced)
            return false;
        if ((c == '&' || c == '!') && may_open(before, spaced))
            return true;
        if ((c == '"' || c == '\'') && (may_open(before, spaced) || before == ':')) {
            p = before == ':' && !spaced ? NULL : close_quote(p, end);
            if (!p || !may_follow(p, end))
                return true;
            before = '"';
            spaced = false;
            continue;
        }
        spaced = c == ' ' || c == '\t';
        before = spaced ? before : c;
        p++;
    }
    return false;
}

static bool has_open(struct sv text, char quote)
{
    const char *p = text.ptr, *end = p + text.len;
    while (p < end && (p = find(p, end, quote))) {
        const char *line = p, *eol = find(p, end, '\n');
        while (line > text.ptr && line[-1] != '\n')
            line--;
        eol = eol ? eol : end;
        const char *stop = eol > line && eol[-1] == '\r' ? eol - 1 : eol;
        if (line_leaves_open(line, stop))
            return true;
        p = eol;
    }
    return false;
}

bool scan_has_open_quote(struct sv text)
{
    return has_open(text, '"') || has_open(text, '\'');
}
