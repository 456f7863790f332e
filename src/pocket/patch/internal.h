/* What the files of this folder share. */
#ifndef TOBAN_POCKET_PATCH_INTERNAL_H
#define TOBAN_POCKET_PATCH_INTERNAL_H

#include "pocket/patch/patch.h"

/* Fills *e; the text goes into the arena. Returns NULL, so that callers write `return refuse(…)`.
 */
struct doc_node *patch_refuse(struct arena *a, struct patch_error *e, int code, const char *reason,
                              const char *fmt, ...) __attribute__((format(printf, 5, 6)));

#endif
