#include "input/ignore.h"

#include "base/vec.h"

#include <ctype.h>

/* --- brackets -----------------------------------------------------------------------------------
 */

enum bracket { BRACKET_NO, BRACKET_YES, BRACKET_BROKEN };

static int class_has(struct sv name, unsigned char c)
{
    static const struct {
        const char *name;
        int (*has)(int);
    } classes[] = {{"alnum", isalnum}, {"alpha", isalpha}, {"blank", isblank},
                   {"cntrl", iscntrl}, {"digit", isdigit}, {"graph", isgraph},
                   {"lower", islower}, {"print", isprint}, {"punct", ispunct},
                   {"space", isspace}, {"upper", isupper}, {"xdigit", isxdigit}};
    for (size_t i = 0; i < ARRAY_LEN(classes); i++)
        if (sv_is(name, classes[i].name))
            return c < 0x80 && classes[i].has(c) != 0;
    return -1;
}

/* A named class at p[at] == "[:": 1 when there is one (*at moves behind it), 0 when these are plain
 * characters, -1 when it is broken. */
static int bracket_class(struct sv p, size_t *at, unsigned char c, bool *hit)
{
    size_t end = *at + 2;
    while (end < p.len && p.ptr[end] != ']')
        end++;
    if (end == p.len)
        return -1;
    if (end < *at + 3 || p.ptr[end - 1] != ':')
        return 0;
    int has = class_has(sv_n(p.ptr + *at + 2, end - *at - 3), c);
    if (has < 0)
        return -1;
    *hit |= has > 0;
    *at = end + 1;
    return 1;
}

/* The end of a range whose '-' stands at p[at]: false when the dash is a plain character. */
static bool bracket_range_end(struct sv p, size_t *at, unsigned char *last, bool *broken)
{
    size_t i = *at + 1;
    if (i >= p.len || p.ptr[i] == ']')
        return false;
    if (p.ptr[i] == '\\' && ++i >= p.len) {
        *broken = true;
        return false;
    }
    *last = (unsigned char)p.ptr[i];
    *at = i + 1;
    return true;
}

/* Matches c against the bracket whose '[' stands at p[*at]; *at moves behind the ']'. */
static enum bracket bracket_match(struct sv p, size_t *at, unsigned char c)
{
    size_t i = *at + 1;
    bool hit = false, broken = false, first = true;
    bool negated = i < p.len && (p.ptr[i] == '!' || p.ptr[i] == '^');
    i += negated;
    unsigned char before = 0, last = 0; /* `before`: what a range may start with */
    for (; i < p.len && (first || p.ptr[i] != ']'); first = false) {
        unsigned char now = (unsigned char)p.ptr[i];
        if (now == '-' && before && bracket_range_end(p, &i, &last, &broken)) {
            hit |= before <= c && c <= last;
            before = 0;
            continue;
        }
        if (now == '[' && i + 1 < p.len && p.ptr[i + 1] == ':') {
            int found = bracket_class(p, &i, c, &hit);
            broken |= found < 0;
            before = 0;
            if (found > 0)
                continue;
        }
        if (now == '\\' && ++i < p.len)
            now = (unsigned char)p.ptr[i];
        if (broken || i >= p.len)
            return BRACKET_BROKEN;
        hit |= now == c;
        before = now;
        i++;
    }
    if (broken || i >= p.len)
        return BRACKET_BROKEN;
    *at = i + 1;
    return hit != negated && c != '/' ? BRACKET_YES : BRACKET_NO;
}

/* --- wildmatch ----------------------------------------------------------------------------------
 */

/* Where to go on when the text does not match any more: pattern at `p`, text from `t` on. */
struct retry {
    size_t p, t;
    bool set;
};

struct match {
    struct sv pattern, text;
    size_t p, t;
    struct retry star, deep; /* the last '*' and the last '**' */
    bool broken;
};

/* One element that is no star against one character. */
static bool match_one(struct match *m)
{
    unsigned char c = (unsigned char)m->text.ptr[m->t];
    size_t p = m->p;
    bool hit;
    if (m->pattern.ptr[p] == '?') {
        hit = c != '/';
        p++;
    } else if (m->pattern.ptr[p] == '[') {
        enum bracket b = bracket_match(m->pattern, &p, c);
        m->broken |= b == BRACKET_BROKEN;
        hit = b == BRACKET_YES;
    } else {
        if (m->pattern.ptr[p] == '\\' && ++p == m->pattern.len)
            return false;
        hit = (unsigned char)m->pattern.ptr[p] == c;
        p++;
    }
    if (!hit)
        return false;
    m->p = p;
    m->t++;
    return true;
}

static bool at_slash(struct sv pattern, size_t p)
{
    return p < pattern.len &&
           (pattern.ptr[p] == '/' ||
            (pattern.ptr[p] == '\\' && p + 1 < pattern.len && pattern.ptr[p + 1] == '/'));
}

static void begin_star(struct match *m)
{
    size_t start = m->p;
    while (m->p < m->pattern.len && m->pattern.ptr[m->p] == '*')
        m->p++;
    bool deep = m->p - start > 1 && (start == 0 || m->pattern.ptr[start - 1] == '/') &&
                (m->p == m->pattern.len || at_slash(m->pattern, m->p));
    if (!deep) {
        m->star = (struct retry){m->p, m->t, true};
        return;
    }
    m->deep = (struct retry){m->p, m->t, true};
    m->star.set = false;
    if (m->p < m->pattern.len && m->pattern.ptr[m->p] == '/')
        m->p++; /* no folder at all is the first try */
}

/* The nearest star takes one character more. */
static bool take_more(struct match *m)
{
    if (m->star.set && m->star.t < m->text.len && m->text.ptr[m->star.t] != '/') {
        m->p = m->star.p;
        m->t = ++m->star.t;
        return true;
    }
    if (!m->deep.set || m->deep.t > m->text.len)
        return false;
    m->star.set = false;
    m->p = m->deep.p;
    m->t = m->deep.t++;
    return true;
}

bool ignore_wildmatch(struct sv pattern, struct sv text)
{
    struct match m = {.pattern = pattern, .text = text};
    while (!m.broken) {
        if (m.p < pattern.len && pattern.ptr[m.p] == '*')
            begin_star(&m);
        else if (m.p == pattern.len && m.t == text.len)
            return true;
        else if (m.p < pattern.len && m.t < text.len && match_one(&m))
            continue;
        else if (!take_more(&m))
            return false;
    }
    return false;
}

/* --- rules --------------------------------------------------------------------------------------
 */

/* Spaces at the end do not count unless a backslash stands before them. */
static struct sv without_trailing_spaces(struct sv line)
{
    size_t keep = 0;
    for (size_t i = 0; i < line.len; i++) {
        if (line.ptr[i] == '\\' && i + 1 < line.len)
            keep = ++i + 1;
        else if (line.ptr[i] != ' ')
            keep = i + 1;
    }
    return sv_n(line.ptr, keep);
}

static uint32_t literal_length(struct sv pattern)
{
    size_t n = 0;
    while (n < pattern.len && !strchr("*?[\\", pattern.ptr[n]))
        n++;
    return (uint32_t)n;
}

static bool rule_of(struct sv line, struct ignore_rule *rule)
{
    if (line.len && line.ptr[line.len - 1] == '\r')
        line.len--;
    if (!line.len || line.ptr[0] == '#')
        return false;
    struct sv p = without_trailing_spaces(line);
    *rule = (struct ignore_rule){.negated = sv_starts(p, "!")};
    p = sv_n(p.ptr + rule->negated, p.len - rule->negated);
    rule->folders_only = sv_ends(p, "/");
    p.len -= rule->folders_only;
    rule->name_only = !memchr(p.ptr, '/', p.len);
    if (sv_starts(p, "/"))
        p = sv_n(p.ptr + 1, p.len - 1);
    rule->pattern = p;
    rule->literal = literal_length(p);
    return p.len > 0;
}

const struct ignore_set *ignore_parse(struct arena *arena, struct sv text, size_t base,
                                      const struct ignore_set *less)
{
    if (sv_starts(text, "\xEF\xBB\xBF"))
        text = sv_n(text.ptr + 3, text.len - 3);
    size_t lines = 1, count = 0;
    for (size_t i = 0; i < text.len; i++)
        lines += text.ptr[i] == '\n';
    struct ignore_rule *rules = arena_new_n(arena, struct ignore_rule, lines);
    struct ignore_set *set = arena_new(arena, struct ignore_set);
    if (!rules || !set)
        return less;
    for (struct sv rest = text; rest.ptr;)
        count += rule_of(sv_split(&rest, '\n'), &rules[count]);
    *set = (struct ignore_set){.less = less, .base = base, .rules = rules, .rule_count = count};
    return count ? set : less;
}

/* git compares the literal beginning first and gives only the rest to the matcher, so that "a**" +
 * "/b" means there what a leading double star means; the same is done here. */
static bool rule_matches(const struct ignore_rule *rule, struct sv path, struct sv name,
                         bool is_folder)
{
    if (rule->folders_only && !is_folder)
        return false;
    struct sv text = rule->name_only ? name : path, p = rule->pattern;
    size_t n = rule->literal;
    if (n > text.len || memcmp(p.ptr, text.ptr, n) != 0)
        return false;
    if (n == p.len)
        return n == text.len;
    return ignore_wildmatch(sv_n(p.ptr + n, p.len - n), sv_n(text.ptr + n, text.len - n));
}

bool ignore_match(const struct ignore_set *set, struct sv path, bool is_folder)
{
    const char *slash = path.len ? memrchr(path.ptr, '/', path.len) : NULL;
    struct sv name = slash ? sv_n(slash + 1, path.len - (size_t)(slash + 1 - path.ptr)) : path;
    for (; set; set = set->less) {
        if (set->base > path.len)
            continue;
        struct sv below = sv_n(path.ptr + set->base, path.len - set->base);
        for (size_t i = set->rule_count; i-- > 0;)
            if (rule_matches(&set->rules[i], below, name, is_folder))
                return !set->rules[i].negated;
    }
    return false;
}
