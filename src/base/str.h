/*
 * str: a growing byte string with a cap from birth.
 *
 * Appends never fail in the middle of a caller's code: the first append that meets the cap or no
 * memory sets `failed`, later ones do nothing, and the user asks once at the end with str_ok.
 * data is always terminated by a NUL that does not count in len, also when empty.
 */
#ifndef TOBAN_BASE_STR_H
#define TOBAN_BASE_STR_H

#include "base/cleanup.h"
#include "base/sv.h"

#include <stdarg.h>

#define STR_DEFAULT_MAX ((size_t)256 << 20)

struct str {
    char *data;
    size_t len, cap, max;
    bool failed;
};

/* An empty string that may grow to `max` bytes (0: STR_DEFAULT_MAX). Allocates nothing. */
void str_init(struct str *s, size_t max);
/* Frees the memory and leaves an empty, usable string. NULL-safe, and safe on zeroed memory. */
void str_release(struct str *s);
/* Length 0, no longer failed, memory kept. */
void str_reset(struct str *s);

void str_add(struct str *s, const void *bytes, size_t n);
void str_adds(struct str *s, const char *cstr);
void str_addv(struct str *s, struct sv v);
void str_addc(struct str *s, char c);
/* n times c. */
void str_fill(struct str *s, char c, size_t n);
void str_addf(struct str *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void str_vaddf(struct str *s, const char *fmt, va_list ap);

/* Room for n more bytes, at the returned place; the caller then adds what it wrote to len.
 * NULL (and failed) when the cap or the memory does not allow it. */
char *str_room(struct str *s, size_t n);

static inline bool str_ok(const struct str *s)
{
    return !s->failed;
}

/* The content as a C string; "" when nothing was ever added. Owned by s. */
static inline const char *str_c(const struct str *s)
{
    return s->data ? s->data : "";
}

static inline struct sv str_sv(const struct str *s)
{
    return sv_n(str_c(s), s->len);
}

/* The content as a malloc'ed string for the caller to free; s is empty afterwards.
 * NULL when s has failed or there is no memory. */
char *str_steal(struct str *s);

#define _cleanup_str_ _cleanup_(str_release)

#endif
