#include "base/text.h"
#include "cmd/cloud_options.h"
#include "cmd/cmd.h"
#include "cmd/mutate.h"
#include "cmd/plan_verbs.h"
#include "store/store.h"

#include <string.h>

static const char *const words[] = {[PLAN_WORD_LIST] = "list",         [PLAN_WORD_SHOW] = "show",
                                    [PLAN_WORD_RESUME] = "resume",     [PLAN_WORD_PAUSE] = "pause",
                                    [PLAN_WORD_APPROVE] = "approve",   [PLAN_WORD_ABORT] = "abort",
                                    [PLAN_WORD_ROLLBACK] = "rollback", NULL};

#define BIT(word) (1u << PLAN_WORD_##word)
#define RUNS (BIT(RESUME) | BIT(ROLLBACK))

/* Options that mean nothing to some of the words. */
static const struct {
    const char *option;
    unsigned words;
} limited[] = {
    {"accept", RUNS},
    {"all", BIT(LIST)},
    {"context", RUNS},
    {"dry-run", RUNS},
    {"endpoint-url", RUNS},
    {"profile", RUNS},
    {"region", RUNS},
    {"no-wait", RUNS},
    {"kubeconfig", RUNS},
    {"yes", RUNS | BIT(ABORT)},
    {"output", RUNS | BIT(LIST) | BIT(SHOW)},
};

static int no_such_word(const struct cmd_ctx *ctx, struct err *err)
{
    const char *word = ctx->operands[0];
    for (size_t i = 0; words[i]; i++)
        if (text_near(sv_of(word), sv_of(words[i])))
            return cmd_usage(ctx, err, "'%s' is nothing to do with plans, did you mean '%s'?", word,
                             words[i]);
    return cmd_usage(ctx, err,
                     "'%s' is nothing to do with plans, expected list, show, resume, pause, "
                     "approve, abort or rollback",
                     word);
}

static int check_limited(const struct cmd_ctx *ctx, enum plan_word word, struct err *err)
{
    for (size_t i = 0; i < ARRAY_LEN(limited); i++)
        if (cmd_given(ctx, limited[i].option) && !(limited[i].words & 1u << word))
            return cmd_usage(ctx, err, "--%s is not for '%s'", limited[i].option, words[word]);
    return 0;
}

static int check_output(const struct cmd_ctx *ctx, enum plan_word word, struct err *err)
{
    const char *format = cmd_value(ctx, "output");
    const char *other = RUNS & 1u << word ? "lines" : "table";
    if (!format || strcmp(format, "json") == 0 || strcmp(format, other) == 0)
        return 0;
    return cmd_usage(ctx, err, "--output %s: for '%s' one of %s, json is expected", format,
                     words[word], other);
}

static int check_operands(const struct cmd_ctx *ctx, enum plan_word word, struct err *err)
{
    size_t most = word == PLAN_WORD_LIST ? 1 : word == PLAN_WORD_APPROVE ? 3 : 2;
    if (word != PLAN_WORD_LIST && ctx->operand_count < 2)
        return cmd_usage(ctx, err, "%s which plan? PLAN is expected", words[word]);
    if (ctx->operand_count > most)
        return cmd_usage(ctx, err, "'%s' is not expected after '%s'", ctx->operands[most],
                         ctx->operands[most - 1]);
    return 0;
}

/* A plan that was made is somewhere: a store that is made now cannot have it. */
static int check_store(const struct cmd_ctx *ctx, struct err *err)
{
    _cleanup_store_ struct store *s = NULL;
    struct err why = {0};
    if (store_open_to_read(cmd_value(ctx, "store"), &s, &why) == 0 || why.class != ERR_NOT_FOUND)
        return 0;
    *err = why;
    return *err->hint
               ? -1
               : err_hint(err, "name the store that has the plan with --store FILE or TOBAN_STORE");
}

static int run_plan(struct cmd_ctx *ctx, struct err *err)
{
    enum plan_word word = PLAN_WORD_LIST;
    while (word < PLAN_WORDS && strcmp(words[word], ctx->operands[0]) != 0)
        word++;
    if (word == PLAN_WORDS)
        return no_such_word(ctx, err);
    if (check_limited(ctx, word, err) < 0 || check_output(ctx, word, err) < 0 ||
        check_operands(ctx, word, err) < 0 || (word != PLAN_WORD_LIST && check_store(ctx, err) < 0))
        return -1;
    switch (word) {
    case PLAN_WORD_SHOW:
        return plan_run_show(ctx, err);
    case PLAN_WORD_PAUSE:
        return plan_run_pause(ctx, err);
    case PLAN_WORD_APPROVE:
        return plan_run_approve(ctx, err);
    case PLAN_WORD_ABORT:
        return plan_run_abort(ctx, err);
    case PLAN_WORD_RESUME:
    case PLAN_WORD_ROLLBACK:
        return plan_run_resume(ctx, ctx->operands[1], word == PLAN_WORD_ROLLBACK, err);
    default:
        return plan_run_list(ctx, err);
    }
}

/* ---- the description ---- */

static const char *const formats[] = {"table", "lines", "json", NULL};
static const char *const synopsis[] = {
    "list [--all] [-o table|json]",
    "show PLAN [-o table|json]",
    "resume PLAN [--dry-run] [--yes] [--accept RISK-ID]... [-o lines|json]",
    "pause PLAN",
    "approve PLAN [WHAT]",
    "rollback PLAN [--dry-run] [--yes] [-o lines|json]",
    "abort PLAN [--yes]",
    NULL,
};
static const char *const about[] = {
    "Every change that toban makes is a plan: steps that are written into a journal before they "
    "are "
    "done, so that a plan can be paused, and goes on where it was after a crash, without doing "
    "anything twice.",
    "`list` shows plans and who runs them, `show` all about one. PLAN is an id such as `p-7k2m4q`, "
    "or as much of it as names one plan only.",
    "`resume` goes on with a plan that is paused, has stopped, waits, or whose runner was killed. "
    "It "
    "looks at the cluster anew first: what is left is rehearsed, and it asks as the command did "
    "that made the plan. Only one runner can have a plan; another one is told who has it.",
    "`pause` asks the runner to stop at the next good place. `approve` opens a gate or answers a "
    "question; WHAT is needed when more than one is open.",
    "`rollback` goes back step by step: nodes that the plan cordoned take pods again. Pods that "
    "have moved stay where they are. Of a replacement of node groups the new group is drained and "
    "deleted, as long as the old one is there. `abort` ends a plan and leaves everything as it is.",
    NULL,
};
static const struct cmd_option options[] = {
    MUTATE_OPTION_ACCEPT,
    {.name = "all", .letter = 'a', .help = "list: all plans that are over, not only the latest"},
    CMD_OPTION_CONTEXT,
    MUTATE_OPTION_DRY_RUN,
    CLOUD_OPTION_ENDPOINT_URL_WITH(NULL),
    CMD_OPTION_KUBECONFIG,
    MUTATE_OPTION_NO_WAIT,
    {.name = "output",
     .letter = 'o',
     .takes = CMD_TAKES_WORD,
     .arg = "FORMAT",
     .words = formats,
     .help = "list and show: `table` or `json`; else `lines` or `json` for what happens"},
    CLOUD_OPTION_PROFILE_WITH(NULL),
    CLOUD_OPTION_REGION_WITH(NULL),
    CMD_OPTION_STORE,
    MUTATE_OPTION_YES,
    {0},
};
static const struct cmd_pair examples[] = {
    {"toban plan list", "what is going on, and what was left"},
    {"toban plan show p-7k2m4q", "how far it is, and what it waits for"},
    {"toban plan approve p-7k2m4q", "open the gate at which it waits"},
    {"toban plan resume p-7k2m4q", "go on after Ctrl-C, a crash or a failure"},
    {"toban plan rollback p-7k2m4q --dry-run", "what would be undone?"},
    {0},
};

const struct cmd cmd_plan = {
    .name = "plan",
    .summary = "show, resume, approve and undo plans",
    .synopsis = synopsis,
    .about = about,
    .options = options,
    .operands = {.name = "WHAT",
                 .takes = CMD_TAKES_TEXT,
                 .words = words,
                 .min = 1,
                 .max = 3,
                 .help = "`list`, or `show`, `resume`, `pause`, `approve`, `abort` or `rollback` "
                         "and a plan"},
    .examples = examples,
    .exits = mutate_exits,
    .run = run_plan,
};
