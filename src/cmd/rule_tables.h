/*
 * rule_tables: all rules of the program in one order, whichever folder they come from.
 */
#ifndef TOBAN_CMD_RULE_TABLES_H
#define TOBAN_CMD_RULE_TABLES_H

#include "finding/rule_info.h"

/* The rule of that id, or NULL. */
const struct rule_info *rule_tables_find(const char *id);

/* Walks all rules by id: start with *at = 0, ends with NULL. */
const struct rule_info *rule_tables_next(size_t *at);

#endif
