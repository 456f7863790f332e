/* timestamp: points in time as the Kubernetes API and others write them (RFC 3339). */
#ifndef TOBAN_BASE_TIMESTAMP_H
#define TOBAN_BASE_TIMESTAMP_H

#include "base/sv.h"

/* "2026-11-23T01:02:03Z", with a fraction (dropped) or an offset, as Unix seconds. False when it is
 * not written so; *out is then untouched. */
bool timestamp_parse(struct sv text, int64_t *out);

#define TIMESTAMP_TEXT_MAX 24

/* "2026-11-23T01:02:03Z". */
const char *timestamp_format(int64_t unix_time, char buf[static TIMESTAMP_TEXT_MAX]);

#endif
