/*
 * sv: a string view, pointer and length, not terminated and not owned.
 * Valid as long as the text it points into. A view with ptr NULL is "absent"; length 0 with a
 * pointer is the empty string.
 */
#ifndef TOBAN_BASE_SV_H
#define TOBAN_BASE_SV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct sv {
    const char *ptr;
    size_t len;
};

/* For printf("%.*s", SV_ARG(v)). */
#define SV_ARG(v) ((int)(v).len), ((v).ptr ? (v).ptr : "")
#define SV(literal) ((struct sv){(literal), sizeof(literal) - 1})
#define SV_NONE ((struct sv){NULL, 0})

static inline struct sv sv_of(const char *cstr)
{
    return (struct sv){cstr, cstr ? strlen(cstr) : 0};
}

static inline struct sv sv_n(const char *p, size_t n)
{
    return (struct sv){p, n};
}

static inline bool sv_eq(struct sv a, struct sv b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

static inline bool sv_is(struct sv a, const char *cstr)
{
    return sv_eq(a, sv_of(cstr));
}

static inline bool sv_starts(struct sv a, const char *prefix)
{
    size_t n = strlen(prefix);
    return a.len >= n && memcmp(a.ptr, prefix, n) == 0;
}

static inline bool sv_ends(struct sv a, const char *suffix)
{
    size_t n = strlen(suffix);
    return a.len >= n && memcmp(a.ptr + a.len - n, suffix, n) == 0;
}

/* Order by bytes, shorter first on a tie: <0, 0, >0. */
int sv_cmp(struct sv a, struct sv b);

/* First place of needle in hay, or NULL. An empty needle is found at the start. */
const char *sv_find(struct sv hay, const char *needle);

static inline bool sv_has(struct sv hay, const char *needle)
{
    return sv_find(hay, needle) != NULL;
}

/* Without leading and trailing spaces, tabs, CR and LF. */
struct sv sv_trim(struct sv v);

/* Cuts *rest at the first `sep`: returns the part before and moves *rest behind it. The last part
 * leaves *rest absent (ptr NULL); on an absent *rest returns an absent view. */
struct sv sv_split(struct sv *rest, char sep);

/* Whole view as a decimal number without sign. False when it is empty, has another character or
 * is too large for 64 bits; *out is then untouched. */
bool sv_to_u64(struct sv v, uint64_t *out);

/* ASCII-only, case-insensitive equality. */
bool sv_ieq(struct sv a, struct sv b);

#endif
