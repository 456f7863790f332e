#include "base/text.h"
#include "cmd/cmd.h"
#include "cmd/mutate.h"
#include "cmd/nodes_verbs.h"
#include "cmd/pace_options.h"

#include <string.h>

static const char *const verbs[] = {
    [VERB_LIST] = "list",     [VERB_DRAIN] = "drain",       [VERB_UNDRAIN] = "undrain",
    [VERB_CORDON] = "cordon", [VERB_UNCORDON] = "uncordon", NULL};

#define DRAIN (1u << VERB_DRAIN)
#define CHANGES (DRAIN | 1u << VERB_UNDRAIN | 1u << VERB_CORDON | 1u << VERB_UNCORDON)

/* Options that mean nothing to some of the words. */
static const struct {
    const char *option;
    unsigned verbs;
} limited[] = {
    {"accept", CHANGES},       {"bare", DRAIN},      {"batch", DRAIN},
    {"batch-soak", DRAIN},     {"dry-run", CHANGES}, {"force", DRAIN},
    {"gate", DRAIN},           {"order", DRAIN},     {"max-unavailable", DRAIN},
    {"keep-empty-dir", DRAIN}, {"rate", DRAIN},      {"pause-before", DRAIN},
    {"pod-timeout", DRAIN},    {"no-wait", CHANGES}, {"store", CHANGES},
    {"window", DRAIN},         {"yes", CHANGES},     {"workload-unavailable", DRAIN},
    {"volume-timeout", DRAIN},
};

/* ---- checks that need no cluster ---- */

static int no_such_verb(const struct cmd_ctx *ctx, struct err *err)
{
    const char *word = ctx->operands[0];
    for (size_t i = 0; verbs[i]; i++)
        if (text_near(sv_of(word), sv_of(verbs[i])))
            return cmd_usage(ctx, err, "'%s' is nothing to do with nodes, did you mean '%s'?", word,
                             verbs[i]);
    return cmd_usage(ctx, err,
                     "'%s' is nothing to do with nodes, expected list, drain, undrain, cordon or "
                     "uncordon",
                     word);
}

static int check_limited(const struct cmd_ctx *ctx, enum nodes_verb verb, struct err *err)
{
    for (size_t i = 0; i < ARRAY_LEN(limited); i++)
        if (cmd_given(ctx, limited[i].option) && !(limited[i].verbs & 1u << verb))
            return cmd_usage(ctx, err, "--%s is not for '%s'%s", limited[i].option, verbs[verb],
                             limited[i].verbs == DRAIN ? ", only for 'drain'" : "");
    return 0;
}

static int check_output(const struct cmd_ctx *ctx, enum nodes_verb verb, struct err *err)
{
    const char *format = cmd_value(ctx, "output"), *other = verb == VERB_LIST ? "table" : "lines";
    if (!format || strcmp(format, "json") == 0 || strcmp(format, other) == 0)
        return 0;
    return cmd_usage(ctx, err, "--output %s: for '%s' one of %s, json is expected", format,
                     verbs[verb], other);
}

static int check_choice(const struct cmd_ctx *ctx, enum nodes_verb verb, struct err *err)
{
    bool named = ctx->operand_count > 1;
    bool described = cmd_given(ctx, "selector") || cmd_given(ctx, "nodegroup");
    if (named && described)
        return cmd_usage(ctx, err,
                         "'%s' is not expected: either nodes are named, or described by --selector "
                         "and --nodegroup",
                         ctx->operands[1]);
    if (verb != VERB_LIST && !named && !described)
        return cmd_usage(ctx, err, "%s what? NODE, --selector or --nodegroup is expected",
                         verbs[verb]);
    return 0;
}

static int run_nodes(struct cmd_ctx *ctx, struct err *err)
{
    enum nodes_verb verb = VERB_LIST;
    while (verb < NODES_VERBS && strcmp(verbs[verb], ctx->operands[0]) != 0)
        verb++;
    if (verb == NODES_VERBS)
        return no_such_verb(ctx, err);
    if (check_limited(ctx, verb, err) < 0 || check_output(ctx, verb, err) < 0 ||
        check_choice(ctx, verb, err) < 0)
        return -1;
    if (verb == VERB_LIST)
        return nodes_run_list(ctx, err);
    return verb == VERB_DRAIN ? nodes_run_drain(ctx, err) : nodes_run_cordon(ctx, verb, err);
}

/* ---- the description ---- */

static const char *const formats[] = {"table", "lines", "json", NULL};
static const char *const synopsis[] = {
    "list [-l SELECTOR] [-g GROUP]... [-o table|json] [NODE...]",
    "drain [--gate GATE]... [--dry-run] [--yes] [--accept RISK-ID]... NODE...",
    "drain (-l SELECTOR | -g GROUP...) [OPTION...]",
    "(undrain | cordon | uncordon) [--dry-run] [--yes] NODE...",
    NULL,
};
static const char *const about[] = {
    "Nodes of a live cluster: what is on them, and emptying them under control.",
    "`list` shows each node with what a drain would find on it now, and who has marked it.",
    "`drain` cordons all the nodes first and then evicts their pods side by side, as fast as "
    "disruption budgets allow: a refusal is waited for and tried again, never passed by. A pod "
    "that "
    "is free never waits behind one that is blocked; pods of a StatefulSet go one at a time; a "
    "workload without a budget is treated as if it had one. A node is done when its pods are gone "
    "and its volumes have left, the drain is done when the replacements are Ready.",
    "Before anything is changed the drain is rehearsed on a simulated copy of the cluster as it is "
    "now, with the same order and pace, and the verdict is shown. What blocks must be mended, or "
    "accepted by its id (`--accept`). Then it asks, unless `--yes` says so already. `--dry-run` "
    "stops there, after it has asked the API server for each pod what an eviction would answer.",
    "While it runs, a terminal shows nodes, pods, and what is blocked by what with what would free "
    "it; elsewhere there is one line for each event, or JSON (docs/format/events.md). Ctrl-C "
    "pauses "
    "at a good place, and `toban plan resume` goes on, also after a crash. Every act is in the "
    "journal before it is done (`toban journal show`).",
    "`cordon` and `uncordon` let no new pods onto a node, and let them again. `undrain` goes back "
    "after a drain: the nodes take pods again; pods that moved stay where they are.",
    NULL,
};
static const struct cmd_option options[] = {
    MUTATE_OPTION_ACCEPT,
    PACE_OPTION_BARE,
    PACE_OPTION_BATCH,
    PACE_OPTION_BATCH_SOAK,
    CMD_OPTION_CONTEXT,
    MUTATE_OPTION_DRY_RUN,
    {.name = "force",
     .takes = CMD_TAKES_TEXT,
     .arg = "NAMESPACE/POD",
     .repeatable = true,
     .help = "delete this pod when its budget refuses to let it be evicted"},
    {.name = "gate",
     .takes = CMD_TAKES_TEXT,
     .arg = "GATE",
     .repeatable = true,
     .help = "between cordon and drain, wait for `approval`, `soak:10m`, "
             "`window:22:00-04:00,mon-fri`, "
             "`metric:prometheus=URL,query=QUERY,below=0.01` or `webhook:URL`"},
    PACE_OPTION_KEEP_EMPTY_DIR,
    CMD_OPTION_KUBECONFIG,
    PACE_OPTION_MAX_UNAVAILABLE,
    MUTATE_OPTION_NO_WAIT,
    {.name = "nodegroup",
     .letter = 'g',
     .takes = CMD_TAKES_TEXT,
     .arg = "GROUP",
     .repeatable = true,
     .help = "all nodes of this node group or node pool"},
    PACE_OPTION_ORDER,
    {.name = "output",
     .letter = 'o',
     .takes = CMD_TAKES_WORD,
     .arg = "FORMAT",
     .words = formats,
     .help = "list: `table` or `json`; else `lines` or `json` for what happens"},
    PACE_OPTION_PAUSE_BEFORE("; `toban plan approve` answers"),
    PACE_OPTION_POD_TIMEOUT,
    PACE_OPTION_RATE,
    {.name = "selector",
     .letter = 'l',
     .takes = CMD_TAKES_TEXT,
     .arg = "SELECTOR",
     .help = "all nodes with these labels, written as for kubectl: `pool=web,zone!=a`"},
    CMD_OPTION_STORE,
    {.name = "volume-timeout",
     .takes = CMD_TAKES_TEXT,
     .arg = "DURATION",
     .help = "stop when volumes have not left a node without pods for so long; default: wait"},
    PACE_OPTION_WINDOW,
    PACE_OPTION_WORKLOAD_UNAVAILABLE,
    MUTATE_OPTION_YES,
    {0},
};
static const struct cmd_pair examples[] = {
    {"toban nodes list", "what is on the nodes, and what would be in the way"},
    {"toban nodes drain ip-10-0-1-23.eu-west-1.compute.internal --dry-run",
     "could it be drained now?"},
    {"toban nodes drain -g game-2023 --max-unavailable 25% --gate soak:10m",
     "a whole group, a quarter at a time, ten minutes after it was cordoned"},
    {"toban nodes drain -l pool=batch --gate approval --yes --no-wait -o json",
     "cordon, then leave the rest to whoever approves it"},
    {"toban nodes undrain -g game-2023", "let pods onto the nodes again"},
    {0},
};

const struct cmd cmd_nodes = {
    .name = "nodes",
    .summary = "list, drain and cordon the nodes of a live cluster",
    .synopsis = synopsis,
    .about = about,
    .options = options,
    .operands = {.name = "WHAT",
                 .takes = CMD_TAKES_TEXT,
                 .words = verbs,
                 .min = 1,
                 .max = CMD_MANY,
                 .help = "`list`, `drain`, `undrain`, `cordon` or `uncordon`, then names of nodes"},
    .examples = examples,
    .exits = mutate_exits,
    .run = run_nodes,
};
