/*
 * journal_make: journals that are always the same, and what verifying one says.
 */
#ifndef TOBAN_TESTS_JOURNAL_MAKE_H
#define TOBAN_TESTS_JOURNAL_MAKE_H

#include "journal/journal.h"

/* `groups` transactions of 1, 2, 3, 1, 2, 3, … entries about plans p-1 to p-3. */
void journal_make(struct store *s, unsigned groups);

/* As text. */
void journal_make_export(struct store *s, const struct journal_filter *filter, struct str *out);

/* Faults as "3 altered, 5 missing"; "" when there are none. In *out, emptied before. */
const char *journal_make_faults(struct store *s, const char *head, struct str *out);
const char *journal_make_export_faults(struct sv text, const char *head, struct str *out);

#endif
