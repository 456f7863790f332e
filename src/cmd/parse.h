/*
 * parse: the command line against a command's description, on getopt_long. Unlike getopt, names
 * are never shortened: a script that writes `--verb` must not change its meaning with the next
 * option that starts so.
 */
#ifndef TOBAN_CMD_PARSE_H
#define TOBAN_CMD_PARSE_H

#include "base/vec.h"
#include "cmd/cmd.h"

struct parsed {
    VEC(struct cmd_value) values;
    char **operands; /* inside argv */
    size_t operand_count;
    bool help; /* --help was given: nothing else was checked */
};

/*
 * argv[0] is the command's name and is not looked at; argv is put in another order (operands last).
 * 0, or -1 with an ERR_USAGE that names the word and, when it is near another, that one.
 * Not for threads: getopt keeps its place in a global.
 */
int parse_command(const struct cmd *cmd, int argc, char **argv, struct parsed *out,
                  struct err *err);
void parsed_release(struct parsed *p);

/* Option i of the command and then of the common ones; NULL behind the last. */
const struct cmd_option *parse_option_at(const struct cmd *cmd, size_t i);
/* The option of that name (without dashes), or NULL. */
const struct cmd_option *parse_option_find(const struct cmd *cmd, struct sv name);

#endif
