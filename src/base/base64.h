/*
 * base64: the standard alphabet of RFC 4648 section 4, as Kubernetes, YAML's !!binary and Helm
 * write it. In decoding, line ends are passed over.
 */
#ifndef TOBAN_BASE_BASE64_H
#define TOBAN_BASE_BASE64_H

#include "base/str.h"

/* Bytes that decoding `text` needs room for, at most. */
static inline size_t base64_room(struct sv text)
{
    return text.len / 4 * 3 + 3;
}

/* Decodes into `to` (base64_room bytes) and sets *len. Padding may be left out. False when another
 * character stands there or the text is cut off; *len is then undefined. */
bool base64_decode(struct sv text, char *to, size_t *len);

/* Appends the bytes in base64, padded, without line ends. */
void base64_encode(struct sv bytes, struct str *out);

#endif
