/*
 * command_line: a command as it would be typed into a shell, for messages that say what to run.
 */
#ifndef TOBAN_CMD_COMMAND_LINE_H
#define TOBAN_CMD_COMMAND_LINE_H

#include "base/str.h"
#include "cmd/cmd.h"

/* Appends a word, quoted where a shell would take it apart or put something in its place. */
void command_line_word(struct str *out, const char *word);

/* Appends the command of ctx with its operands and options, as it was given. */
void command_line_repeat(struct str *out, const struct cmd_ctx *ctx);

#endif
