/*
 * main: the process around a command - open standard streams, the clock, signals, one printed
 * error, the exit code. What commands do is in cmd_<name>.c.
 */
#include "cmd/describe.h"
#include "cmd/memory.h"
#include "cmd/parse.h"
#include "cmd/table.h"
#include "cmd/terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <time.h>

extern const struct cmd cmd_help, cmd_version;

/* A file opened later must not become standard output by accident. */
static void ensure_standard_streams(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0 && errno == EBADF && open("/dev/null", O_RDWR) != fd)
            _exit(CMD_FAILED);
}

static int set_clock(struct cmd_ctx *ctx, struct err *err)
{
    const char *today = getenv("TOBAN_TODAY");
    if (!today || !*today) {
        ctx->now = (int64_t)time(NULL);
        ctx->today = (date_days)(ctx->now / 86400);
        return 0;
    }
    if (!date_parse(sv_of(today), &ctx->today))
        return err_set(err, ERR_USAGE, "TOBAN_TODAY: '%s' is no date, expected one like 2027-06-30",
                       today);
    ctx->now = (int64_t)ctx->today * 86400;
    return 0;
}

static void set_streams(struct cmd_ctx *ctx, const char *color)
{
    ctx->colour = terminal_colour(ctx->out, color);
    ctx->colour_err = terminal_colour(ctx->err, color);
}

/* As if nobody had caught the signal: quietly, and the shell sees why. */
static void end_by_sigpipe(void)
{
    signal(SIGPIPE, SIG_DFL);
    raise(SIGPIPE);
}

/* What was printed must have arrived: a full disk is a failure, a reader that left is not. */
static int finish_output(const struct cmd_ctx *ctx, int code)
{
    bool failed_before = ferror(ctx->out) != 0;
    errno = 0;
    if (fflush(ctx->out) == 0 && !failed_before && fclose(ctx->out) == 0)
        return code;
    if (errno == EPIPE)
        end_by_sigpipe();
    char text[256];
    snprintf(text, sizeof text, "cannot write to standard output%s%s", errno ? ": " : "",
             errno ? strerror(errno) : "");
    cmd_print_err(ctx, text, NULL);
    return CMD_FAILED;
}

static int fail(const struct cmd_ctx *ctx, const struct err *err)
{
    fflush(ctx->out);
    cmd_print_err(ctx, err->msg, err->hint);
    return err->class == ERR_USAGE ? CMD_USAGE : CMD_FAILED;
}

static int print_help(struct cmd_ctx *ctx)
{
    _cleanup_str_ struct str text = {0};
    help_command(&text, ctx->cmd, ctx->width);
    fwrite(str_c(&text), 1, text.len, ctx->out);
    return CMD_OK;
}

static int run_command(struct cmd_ctx *ctx, int argc, char **argv, struct err *err)
{
    _cleanup_(parsed_release) struct parsed parsed = {0};
    if (parse_command(ctx->cmd, argc, argv, &parsed, err) < 0)
        return -1;
    ctx->values = parsed.values.items;
    ctx->value_count = parsed.values.len;
    ctx->operands = parsed.operands;
    ctx->operand_count = parsed.operand_count;
    set_streams(ctx, cmd_value(ctx, "color"));
    return parsed.help ? print_help(ctx) : ctx->cmd->run(ctx, err);
}

/* `toban`, `toban --help` and `toban --version` are the commands of that name. */
static const struct cmd *choose(int argc, char **argv, struct err *err)
{
    const char *word = argc > 1 ? argv[1] : "--help";
    if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0)
        return &cmd_help;
    if (strcmp(word, "--version") == 0 || strcmp(word, "-V") == 0)
        return &cmd_version;
    const struct cmd *found = cmd_find(sv_of(word));
    if (found)
        return found;
    const struct cmd *near = cmd_nearest(sv_of(word));
    err_set(err, ERR_USAGE, "unknown %s '%s'%s%s%s", word[0] == '-' ? "option" : "command", word,
            near ? ", did you mean '" : "", near ? near->name : "", near ? "'?" : "");
    err_hint(err, "see 'toban --help'");
    return NULL;
}

static int run(struct cmd_ctx *ctx, int argc, char **argv, struct err *err)
{
    static char name[] = "toban";
    static char *no_words[] = {name, NULL};
    ctx->cmd = choose(argc, argv, err);
    if (!ctx->cmd || set_clock(ctx, err) < 0)
        return -1;
    return argc > 1 ? run_command(ctx, argc - 1, argv + 1, err)
                    : run_command(ctx, 1, no_words, err);
}

int main(int argc, char **argv)
{
    ensure_standard_streams();
    memory_keep();
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN); /* a limit on files is told like a full disk */
    struct err err = {0};
    struct cmd_ctx ctx = {
        .in = stdin,
        .out = stdout,
        .err = stderr,
        .width = terminal_width(stdout),
        .utf8 = terminal_utf8(),
    };
    set_streams(&ctx, "auto");
    int code = run(&ctx, argc, argv, &err);
    return finish_output(&ctx, code < 0 ? fail(&ctx, &err) : code);
}
