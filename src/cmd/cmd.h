/*
 * cmd: what a command of toban is. One file cmd_<name>.c per command ends in one
 * `const struct cmd cmd_<name>`; table.c lists them. Option parsing, --help, the man page, the page
 * in docs/cmd/ and shell completion are all made from this description, so that they cannot differ.
 *
 * A command reads its options from the context, calls the layers below and prints: data to
 * ctx->out, talk to ctx->err. What a feature decides does not live here.
 *
 * Texts are plain sentences; `back quotes` mark what is typed (bold in man pages, code in
 * Markdown).
 */
#ifndef TOBAN_CMD_CMD_H
#define TOBAN_CMD_CMD_H

#include "base/date.h"
#include "base/err.h"
#include "base/version.h"

#include <limits.h>
#include <stdio.h>

enum cmd_exit {
    CMD_OK = 0,       /* clean */
    CMD_FAILED = 1,   /* failed */
    CMD_FINDINGS = 2, /* findings at or above the threshold */
    CMD_PARTLY = 3,   /* partly done: something could not be looked at */
    CMD_USAGE = 64,   /* wrong usage */
};

/* What an option's argument or an operand is: checked where it can be, and completed by shells. */
enum cmd_takes {
    CMD_TAKES_NOTHING, /* a flag */
    CMD_TAKES_TEXT,
    CMD_TAKES_FILE,
    CMD_TAKES_FOLDER,
    CMD_TAKES_PATH,    /* a file or a folder */
    CMD_TAKES_VERSION, /* 1.29 or v1.29.3; refused when it is none */
    CMD_TAKES_WORD,    /* one of `words`; refused when it is none */
    CMD_TAKES_RULE,    /* a rule id */
    CMD_TAKES_COMMAND, /* a command of toban */
};

struct cmd_option {
    const char *name; /* "from"; NULL ends an array of options */
    char letter;      /* 'o', or 0 */
    enum cmd_takes takes;
    const char *arg;          /* "VERSION"; NULL for a flag */
    const char *const *words; /* CMD_TAKES_WORD: allowed, ended by NULL */
    const char *fallback;     /* value when it is not given, shown in the help; or NULL */
    bool repeatable;          /* may be given more than once; else a second one is refused */
    unsigned char group;      /* not 0: options of one group exclude each other */
    const char *needs;        /* another option that must be given too; or NULL */
    const char *help;         /* what it does; starts lower case, no full stop */
};

/* The words after the options. */
struct cmd_operands {
    const char *name; /* "PATH"; NULL: the command takes none */
    enum cmd_takes takes;
    const char *const *words; /* as above; of CMD_TAKES_TEXT: offered, others are taken too */
    unsigned min, max;
    const char *help;
};
#define CMD_MANY UINT_MAX

/* Two columns: an example and what it does, an exit code or variable and its meaning. `left` NULL
 * ends an array. */
struct cmd_pair {
    const char *left, *right;
};

struct cmd_ctx;

struct cmd {
    const char *name;
    const char *summary;         /* one line, imperative, no full stop, at most 60 characters */
    const char *const *synopsis; /* lines without "toban NAME"; ended by NULL; "" for nothing */
    const char *const *about;    /* paragraphs; ended by NULL */
    const struct cmd_option *options; /* ended by name NULL; NULL: none. --help and --color are
                                         added to every command */
    struct cmd_operands operands;
    const struct cmd_pair *examples;  /* ended; NULL: none */
    const struct cmd_pair *exits;     /* own meanings of exit codes, ended; NULL: the common ones */
    const struct cmd_pair *variables; /* of the environment, beside the common ones; or NULL */
    const struct cmd_pair *files;     /* that it reads or writes by itself; or NULL */
    bool hidden;                      /* not listed: only other programs call it */

    /* Does the work. Returns an exit code, or -1 with *err filled, which the top prints; the exit
     * code then is 64 for ERR_USAGE, else 1. */
    int (*run)(struct cmd_ctx *ctx, struct err *err);
};

struct cmd_value {
    const struct cmd_option *option;
    const char *text; /* "" for a flag */
};

struct cmd_ctx {
    const struct cmd *cmd;
    FILE *in, *out, *err; /* data to out, talk to err */
    bool colour;          /* out may be coloured */
    bool colour_err;      /* err may be coloured */
    bool utf8;            /* the terminal or file expects more than ASCII */
    unsigned width;       /* columns of out; 80 when it is no terminal and COLUMNS is not set */
    int64_t now;          /* seconds since 1970, UTC; with TOBAN_TODAY the start of that day */
    date_days today;      /* of the same clock */
    const struct cmd_value *values;
    size_t value_count;
    char *const *operands;
    size_t operand_count;
};

/* All of these take the name of an option of the command's own description; another name is a bug
 * and ends the process. */

/* Was it given on the command line? */
bool cmd_given(const struct cmd_ctx *ctx, const char *option);
/* The value (of the last one when repeatable), else the fallback, else NULL. */
const char *cmd_value(const struct cmd_ctx *ctx, const char *option);
/* Value i, from 0, of a repeatable option; NULL behind the last. The fallback does not count. */
const char *cmd_value_at(const struct cmd_ctx *ctx, const char *option, size_t i);
/* All values of a repeatable option, ended by NULL; the array is the caller's to free. */
const char **cmd_values(const struct cmd_ctx *ctx, const char *option);
/* The value of a CMD_TAKES_VERSION option; VERSION_NONE when there is none. */
struct version cmd_version_of(const struct cmd_ctx *ctx, const char *option);

/* "CMD: text" as a usage error with the hint to read `toban CMD --help`; returns -1. */
int cmd_usage(const struct cmd_ctx *ctx, struct err *err, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* One line of talk on ctx->err: "toban: text". */
void cmd_say(const struct cmd_ctx *ctx, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* An error or a problem as all are shown: "toban: msg" and, when there is one, "  hint: hint". */
void cmd_print_err(const struct cmd_ctx *ctx, const char *msg, const char *hint);

/* "where", as cmd_option.words: the formats of finding reports. */
extern const char *const cmd_report_formats[];

/* Options that mean the same wherever they are; put them in an array of options. */
#define CMD_OPTION_REPORT                                                                          \
    {                                                                                              \
        .name = "output", .letter = 'o', .takes = CMD_TAKES_WORD, .arg = "FORMAT",                 \
        .words = cmd_report_formats, .fallback = "table", .help = "how to print the findings",     \
    }
#define CMD_OPTION_CONFIG                                                                          \
    {                                                                                              \
        .name = "config", .takes = CMD_TAKES_FILE, .arg = "FILE",                                  \
        .help = "read suppressions and settings from FILE instead of the `.toban.yaml` nearest "   \
                "above the first path",                                                            \
    }
#define CMD_OPTION_LIFECYCLE                                                                       \
    {                                                                                              \
        .name = "lifecycle", .takes = CMD_TAKES_FILE, .arg = "FILE",                               \
        .help = "add rows about your own APIs, or replace built-in ones; the format is that of "   \
                "`data/api-lifecycle.tsv`",                                                        \
    }
#define CMD_OPTION_KUBECONFIG                                                                      \
    {                                                                                              \
        .name = "kubeconfig", .takes = CMD_TAKES_FILE, .arg = "FILE",                              \
        .help = "read the cluster's address and login from FILE instead of `$KUBECONFIG` or "      \
                "`~/.kube/config`",                                                                \
    }
#define CMD_OPTION_CONTEXT                                                                         \
    {                                                                                              \
        .name = "context", .takes = CMD_TAKES_TEXT, .arg = "NAME",                                 \
        .help = "use this context of the kubeconfig instead of the current one",                   \
    }
#define CMD_OPTION_STORE                                                                           \
    {                                                                                              \
        .name = "store", .takes = CMD_TAKES_FILE, .arg = "STORE",                                  \
        .help =                                                                                    \
            "keep plans and journal in this file or `dynamodb://TABLE` instead of `$TOBAN_STORE` " \
            "or `~/.local/state/toban/toban.db`",                                                  \
    }

#endif
