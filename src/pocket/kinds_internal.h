/* The table of built-in kinds; for kinds.c only. */
#ifndef TOBAN_POCKET_KINDS_INTERNAL_H
#define TOBAN_POCKET_KINDS_INTERNAL_H

#include "pocket/kinds.h"

/* Versions of one resource follow each other, the preferred one first. */
extern const struct kind kinds_builtin[];
extern const size_t kinds_builtin_len;

#endif
