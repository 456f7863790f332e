/*
 * jsonw: writes JSON text into a str. Keeps commas, nesting and escapes right; knows nothing of
 * what is written. Output is UTF-8; bytes that are not valid UTF-8 become U+FFFD.
 */
#ifndef TOBAN_BASE_JSONW_H
#define TOBAN_BASE_JSONW_H

#include "base/str.h"

#define JSONW_DEPTH_MAX 96

struct jsonw {
    struct str *out; /* not owned; its `failed` tells of lack of memory */
    unsigned indent; /* spaces per level; 0: one line */
    unsigned depth;
    bool has_items[JSONW_DEPTH_MAX];
    bool after_key;
};

void jsonw_init(struct jsonw *w, struct str *out, unsigned indent);

/* Open and close; deeper than JSONW_DEPTH_MAX marks the output as failed. */
void jsonw_object(struct jsonw *w);
void jsonw_object_end(struct jsonw *w);
void jsonw_array(struct jsonw *w);
void jsonw_array_end(struct jsonw *w);

/* In an object: a key, to be followed by one value. */
void jsonw_key(struct jsonw *w, const char *key);
void jsonw_key_sv(struct jsonw *w, struct sv key);

void jsonw_sv(struct jsonw *w, struct sv v);    /* an absent view is written as null */
void jsonw_str(struct jsonw *w, const char *s); /* NULL is written as null */
void jsonw_int(struct jsonw *w, long long n);
void jsonw_bool(struct jsonw *w, bool b);
void jsonw_null(struct jsonw *w);
/* Text that is a JSON value already, as it is. */
void jsonw_raw(struct jsonw *w, struct sv json);

/* key and value in one call; a NULL string is written as null. */
void jsonw_kv_str(struct jsonw *w, const char *key, const char *value);
void jsonw_kv_sv(struct jsonw *w, const char *key, struct sv value);
void jsonw_kv_int(struct jsonw *w, const char *key, long long value);
void jsonw_kv_bool(struct jsonw *w, const char *key, bool value);

/* Appends v as a quoted JSON string. */
void jsonw_quote(struct str *out, struct sv v);

#endif
