/* json: compact JSON of an object with some of its fields replaced; everything else stays byte
 * for byte. Pure. */
#ifndef TOBAN_POCKET_LIFE_JSON_H
#define TOBAN_POCKET_LIFE_JSON_H

#include "base/arena.h"
#include "base/jsonw.h"

/* One field: outer.inner, or outer alone (inner NULL). */
struct life_edit {
    const char *outer, *inner;
    struct sv raw; /* the new value; absent: the field goes */
};

/* Appends json with the edits. `scratch` takes decoded keys; its memory grows. */
void life_json_edit(struct str *out, struct sv json, const struct life_edit *edits, size_t n,
                    struct arena *scratch);
/* The bytes of a value; absent when it is not there or null. */
struct sv life_json_at(struct sv json, const char *outer, const char *inner, struct arena *scratch);
/* The same, as text and as a number. */
struct sv life_json_text(struct sv json, const char *outer, const char *inner,
                         struct arena *scratch);
int64_t life_json_int(struct sv json, const char *outer, const char *inner, int64_t otherwise,
                      struct arena *scratch);
/* Keys in order, nulls and the labels that controllers add left out: equal templates give equal
 * text.
 */
void life_json_canon(struct str *out, struct sv json, struct arena *scratch);

#endif
