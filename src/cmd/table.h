/*
 * table: all commands, sorted by name. A new command is one line here and one file beside it.
 */
#ifndef TOBAN_CMD_TABLE_H
#define TOBAN_CMD_TABLE_H

#include "cmd/cmd.h"

/* Ended by NULL. */
extern const struct cmd *const cmd_table[];

/* Options that every command has; ended by name NULL. */
extern const struct cmd_option cmd_common_options[];

/* Exit codes and variables that mean the same for all commands; ended. */
extern const struct cmd_pair cmd_common_exits[];
extern const struct cmd_pair cmd_common_variables[];

/* The command of that name (hidden ones too), or NULL. */
const struct cmd *cmd_find(struct sv name);

/* The visible command whose name is nearest to the given one, or NULL when none is near. */
const struct cmd *cmd_nearest(struct sv name);

#endif
