/* Names of green groups. */
#include "base/must.h"
#include "ops/replace/copy_internal.h"

#include <stdlib.h>
#include <string.h>

#define TRIES 100
#define NUMBER_DIGITS 3 /* what has more is a date or an id */

static bool is_taken(const char *name, const char *const *taken)
{
    for (; taken && *taken; taken++)
        if (strcmp(*taken, name) == 0)
            return true;
    return false;
}

static bool is_letter_or_digit(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

int replace_check_name(const char *name, const char *const *taken, struct err *err)
{
    size_t len = strlen(name);
    bool good = len > 0 && len <= REPLACE_NAME_MAX && is_letter_or_digit(name[0]);
    for (size_t i = 0; good && i < len; i++)
        good = is_letter_or_digit(name[i]) || name[i] == '-' || name[i] == '_';
    if (!good) {
        err_set(err, ERR_USAGE, "node group name '%s' is not one that EKS takes", name);
        return err_hint(err,
                        "at most %d letters, digits, dashes and underscores, a letter or "
                        "digit first",
                        REPLACE_NAME_MAX);
    }
    if (!is_taken(name, taken))
        return 0;
    return err_set(err, ERR_CONFLICT, "there is a node group '%s' already", name);
}

/* base and tail, base cut so that both fit. */
static const char *join(struct sv base, const char *tail, struct arena *a)
{
    size_t room = REPLACE_NAME_MAX - strlen(tail);
    if (base.len > room)
        base.len = room;
    while (base.len > 1 && (base.ptr[base.len - 1] == '-' || base.ptr[base.len - 1] == '_'))
        base.len--;
    return mem_must(arena_fmt(a, "%.*s%s", SV_ARG(base), tail));
}

static bool cut(struct sv *name, const char *tail)
{
    if (!sv_ends(*name, tail) || name->len == strlen(tail))
        return false;
    name->len -= strlen(tail);
    return true;
}

/* web-3: *base is web, returns 3. 0: no number at the end. */
static unsigned number_of(struct sv name, struct sv *base)
{
    size_t digits = 0;
    uint64_t n = 0;
    while (digits < name.len && name.ptr[name.len - digits - 1] >= '0' &&
           name.ptr[name.len - digits - 1] <= '9')
        digits++;
    size_t rest = name.len - digits;
    if (!digits || digits > NUMBER_DIGITS || rest < 2 || name.ptr[rest - 1] != '-' ||
        !sv_to_u64(sv_n(name.ptr + rest, digits), &n) || !n)
        return 0;
    *base = sv_n(name.ptr, rest - 1);
    return (unsigned)n;
}

/* "-green", "-blue" or "" when it counts. */
static const char *colour_of(struct sv *base)
{
    if (cut(base, "-green"))
        return "-blue";
    cut(base, "-blue");
    return "-green";
}

int replace_name(const char *blue, const char *const *taken, struct arena *a, const char **out,
                 struct err *err)
{
    struct sv base = sv_of(blue);
    unsigned number = number_of(base, &base);
    struct sv stem = base;
    const char *colour = colour_of(&stem);
    bool counts = number && stem.len == base.len;
    for (unsigned i = 1; i < TRIES; i++) {
        char tail[32];
        if (counts)
            snprintf(tail, sizeof tail, "-%u", number + i);
        else if (i == 1)
            snprintf(tail, sizeof tail, "%s", colour);
        else
            snprintf(tail, sizeof tail, "%s-%u", colour, i);
        *out = join(counts ? base : stem, tail, a);
        if (!is_taken(*out, taken))
            return 0;
    }
    err_set(err, ERR_CONFLICT, "node group '%s': every name for its successor is taken", blue);
    return err_hint(err, "choose one: --name");
}
