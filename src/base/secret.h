/*
 * secret: passwords, keys and tokens must not stay behind in freed memory.
 */
#ifndef TOBAN_BASE_SECRET_H
#define TOBAN_BASE_SECRET_H

#include "base/str.h"

#include <string.h>

/* Overwrites and frees a text and leaves NULL behind; nothing for NULL in it. */
static inline void secret_free(char **text)
{
    if (*text)
        explicit_bzero(*text, strlen(*text));
    free(*text);
    *text = NULL;
}

/* As str_release. What was there before the string last grew is not reached: hold secrets of some
 * length in a string that had its room from the start. */
static inline void secret_str_release(struct str *s)
{
    if (s->data)
        explicit_bzero(s->data, s->len);
    str_release(s);
}

#define _cleanup_secret_ _cleanup_(secret_free)
#define _cleanup_secret_str_ _cleanup_(secret_str_release)

#endif
