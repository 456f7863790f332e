/*
 * utf8: just enough to not break characters and to count columns.
 */
#ifndef TOBAN_BASE_UTF8_H
#define TOBAN_BASE_UTF8_H

#include <stddef.h>
#include <stdint.h>

/* Bytes of the well-formed character at p (1..4), or 0 when the bytes there are not one
 * (overlong, surrogate, beyond U+10FFFF, cut off) or n is 0. */
size_t utf8_length(const char *p, size_t n);

/* Writes code point cp at to; returns the bytes written (1..4), 0 for a surrogate or above
 * U+10FFFF. */
size_t utf8_encode(uint32_t cp, char to[static 4]);

/* Columns a terminal uses for the text: East Asian wide characters count 2, combining marks and
 * control characters 0, invalid bytes 1 each. */
size_t utf8_width(const char *p, size_t n);

#endif
