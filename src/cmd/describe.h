/*
 * describe: the parts of a command's description that help, man page and Markdown page share, and
 * its texts' `back quotes`.
 */
#ifndef TOBAN_CMD_DESCRIBE_H
#define TOBAN_CMD_DESCRIBE_H

#include "base/str.h"
#include "cmd/cmd.h"

/* What an option does with its allowed words, fallback and whether it may be repeated. */
void describe_option(struct str *out, const struct cmd_option *o);

/* The own meanings of exit codes, or the common ones. */
const struct cmd_pair *describe_exits(const struct cmd *cmd);

/* Appends text with its back quotes taken out. */
void describe_plain(struct str *out, const char *text);

/* The writers: each appends a whole page. `width` is that of the text in columns. */
void help_overview(struct str *out, unsigned width);
void help_command(struct str *out, const struct cmd *cmd, unsigned width);
void man_overview(struct str *out);
void man_command(struct str *out, const struct cmd *cmd);
void markdown_overview(struct str *out);
void markdown_command(struct str *out, const struct cmd *cmd);

#endif
