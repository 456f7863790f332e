/* shape_scalar: single values as the texts of XML and forms. Within cloud/ only. */
#ifndef TOBAN_CLOUD_SHAPE_SCALAR_H
#define TOBAN_CLOUD_SHAPE_SCALAR_H

#include "cloud/shape.h"

#define SHAPE_SCALAR_MAX 48

/* Reads text into the member at `at`. -1 (ERR_INPUT): it is of another type. */
int shape_scalar_parse(const struct shape_field *f, struct sv text, struct arena *arena, void *at,
                       struct err *err);
/* The member as text: in buf, or the member's own. */
struct sv shape_scalar_text(const struct shape_field *f, const void *at,
                            char buf[static SHAPE_SCALAR_MAX]);

#endif
