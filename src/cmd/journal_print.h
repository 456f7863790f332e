/*
 * journal_print: entries of the journal, and what checking it found, for people and as JSON.
 */
#ifndef TOBAN_CMD_JOURNAL_PRINT_H
#define TOBAN_CMD_JOURNAL_PRINT_H

#include "cmd/cmd.h"
#include "cmd/columns.h"
#include "journal/journal.h"

/* The heading, then a row for each entry. Print with columns_print. */
void journal_print_begin(struct columns *c);
void journal_print_entry(struct columns *c, const struct journal_entry *e);

/* `source`: what was checked. */
void journal_print_proof(const struct journal_proof *p, const char *source, struct str *out);
void journal_print_proof_json(const struct journal_proof *p, const char *source, struct str *out);

#endif
