#include "base/text.h"
#include "cmd/cloud_options.h"
#include "cmd/cmd.h"
#include "cmd/mutate.h"
#include "cmd/nodes_verbs.h"
#include "cmd/pace_options.h"

#include <string.h>

static const char *const verbs[] = {
    [VERB_LIST] = "list",         [VERB_DRAIN] = "drain",       [VERB_UNDRAIN] = "undrain",
    [VERB_REPLACE] = "replace",   [VERB_ROLLBACK] = "rollback", [VERB_CORDON] = "cordon",
    [VERB_UNCORDON] = "uncordon", [VERB_NOTICES] = "notices",   NULL};

#define DRAIN (1u << VERB_DRAIN)
#define REPLACE (1u << VERB_REPLACE)
#define MOVES (DRAIN | REPLACE)
#define GROUPS (REPLACE | 1u << VERB_ROLLBACK)
#define NOTICES (1u << VERB_NOTICES)
#define AWS (GROUPS | NOTICES)
#define CHANGES (MOVES | GROUPS | 1u << VERB_UNDRAIN | 1u << VERB_CORDON | 1u << VERB_UNCORDON)
#define NAMED (~AWS) /* takes names of nodes and --selector */
#define GROUPED (~(1u << VERB_ROLLBACK | NOTICES))

/* Options that mean nothing to some of the words. */
static const struct {
    const char *option;
    unsigned verbs;
} limited[] = {
    {"accept", CHANGES},
    {"ami-type", REPLACE},
    {"at-once", REPLACE},
    {"bare", MOVES},
    {"batch", MOVES},
    {"batch-soak", MOVES},
    {"capacity-type", REPLACE},
    {"cloud", REPLACE | NOTICES},
    {"desired", REPLACE},
    {"dry-run", CHANGES},
    {"endpoint-url", AWS},
    {"family", REPLACE},
    {"follow", NOTICES},
    {"force", MOVES},
    {"gate", MOVES},
    {"instance-type", REPLACE},
    {"keep-empty-dir", MOVES},
    {"max-unavailable", MOVES},
    {"name", REPLACE},
    {"no-wait", CHANGES},
    {"nodegroup", GROUPED},
    {"order", MOVES},
    {"pause-before", MOVES},
    {"pod-timeout", MOVES},
    {"profile", AWS},
    {"queue", NOTICES},
    {"rate", MOVES},
    {"region", AWS},
    {"release", REPLACE},
    {"selector", NAMED},
    {"soak", REPLACE},
    {"store", CHANGES},
    {"subnet", REPLACE},
    {"take", NOTICES},
    {"template-version", REPLACE},
    {"version", REPLACE},
    {"volume-timeout", MOVES},
    {"window", MOVES},
    {"workload-unavailable", MOVES},
    {"yes", CHANGES},
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
                     "'%s' is nothing to do with nodes, expected list, notices, drain, undrain, "
                     "replace, rollback, cordon or uncordon",
                     word);
}

static int check_limited(const struct cmd_ctx *ctx, enum nodes_verb verb, struct err *err)
{
    for (size_t i = 0; i < ARRAY_LEN(limited); i++)
        if (cmd_given(ctx, limited[i].option) && !(limited[i].verbs & 1u << verb))
            return cmd_usage(ctx, err, "--%s is not for '%s'%s", limited[i].option, verbs[verb],
                             limited[i].verbs == MOVES     ? ", only for 'drain' and 'replace'"
                             : limited[i].verbs == REPLACE ? ", only for 'replace'"
                             : limited[i].verbs == NOTICES ? ", only for 'notices'"
                             : limited[i].verbs == (REPLACE | NOTICES)
                                 ? ", only for 'replace' and 'notices'"
                                 : "");
    return 0;
}

static int check_output(const struct cmd_ctx *ctx, enum nodes_verb verb, struct err *err)
{
    const char *format = cmd_value(ctx, "output"), *other = "lines";
    if (verb == VERB_LIST || verb == VERB_NOTICES)
        other = "table";
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

/* Node groups as EKS has them, not nodes. */
static int check_replace(const struct cmd_ctx *ctx, enum nodes_verb verb, struct err *err)
{
    if (verb == VERB_ROLLBACK && ctx->operand_count > 2)
        return cmd_usage(ctx, err, "'%s' is not expected after '%s'", ctx->operands[2],
                         ctx->operands[1]);
    if (verb == VERB_ROLLBACK)
        return 0;
    if (ctx->operand_count > 1)
        return cmd_usage(ctx, err,
                         "'%s' is not expected: node groups are replaced, named by --nodegroup",
                         ctx->operands[1]);
    if (!cmd_given(ctx, "nodegroup"))
        return cmd_usage(ctx, err, "replace what? --nodegroup is expected");
    if (!cmd_given(ctx, "cloud"))
        return cmd_usage(ctx, err, "replace where? --cloud eks:NAME is expected");
    return 0;
}

/* A queue, named by itself or by the cluster. */
static int check_notices(const struct cmd_ctx *ctx, struct err *err)
{
    const char *cloud = cmd_value(ctx, "cloud"), *queue = cmd_value(ctx, "queue");
    if (ctx->operand_count > 1)
        return cmd_usage(ctx, err, "'%s' is not expected: a queue is read, named by --queue",
                         ctx->operands[1]);
    if (cloud && (strncmp(cloud, "eks:", 4) != 0 || !cloud[4]))
        return cmd_usage(ctx, err, "--cloud %s: eks:NAME is expected", cloud);
    if (queue ? !*queue : !cloud)
        return cmd_usage(ctx, err,
                         "notices of which queue? --queue or --cloud eks:NAME is expected");
    return 0;
}

static int check_words(const struct cmd_ctx *ctx, enum nodes_verb verb, struct err *err)
{
    if (verb == VERB_NOTICES)
        return check_notices(ctx, err);
    return GROUPS & 1u << verb ? check_replace(ctx, verb, err) : check_choice(ctx, verb, err);
}

static int run_nodes(struct cmd_ctx *ctx, struct err *err)
{
    enum nodes_verb verb = VERB_LIST;
    while (verb < NODES_VERBS && strcmp(verbs[verb], ctx->operands[0]) != 0)
        verb++;
    if (verb == NODES_VERBS)
        return no_such_verb(ctx, err);
    if (check_limited(ctx, verb, err) < 0 || check_output(ctx, verb, err) < 0 ||
        check_words(ctx, verb, err) < 0)
        return -1;
    switch (verb) {
    case VERB_LIST:
        return nodes_run_list(ctx, err);
    case VERB_NOTICES:
        return nodes_run_notices(ctx, err);
    case VERB_DRAIN:
        return nodes_run_drain(ctx, err);
    case VERB_REPLACE:
        return nodes_run_replace(ctx, err);
    case VERB_ROLLBACK:
        return nodes_run_rollback(ctx, err);
    default:
        return nodes_run_cordon(ctx, verb, err);
    }
}

/* ---- the description ---- */

static const char *const formats[] = {"table", "lines", "json", NULL};
static const char *const capacity_types[] = {"ON_DEMAND", "SPOT", NULL};
static const char *const families[] = {"al2", "al2023", "bottlerocket", NULL};
static const char *const synopsis[] = {
    "list [-l SELECTOR] [-g GROUP]... [-o table|json] [NODE...]",
    "notices (--queue NAME|URL | --cloud eks:NAME) [--take] [--follow] [-o table|json]",
    "drain [--gate GATE]... [--dry-run] [--yes] [--accept RISK-ID]... NODE...",
    "drain (-l SELECTOR | -g GROUP...) [OPTION...]",
    "replace --cloud eks:NAME -g GROUP... [OPTION...]",
    "rollback [PLAN] [--dry-run] [--yes]",
    "(undrain | cordon | uncordon) [--dry-run] [--yes] NODE...",
    NULL,
};
static const char *const about[] = {
    "Nodes of a live cluster: what is on them, emptying them under control, and replacing whole "
    "node "
    "groups of EKS by new ones.",
    "`list` shows each node with what a drain would find on it now, and who has marked it.",
    "`notices` reads the queue onto which an EventBridge rule puts what AWS is about to do to "
    "machines: Spot interruptions (two minutes ahead), rebalance recommendations, scale-in, "
    "maintenance, changes of state; also when SNS is in between. It tells which node that is, "
    "which "
    "pods are on it, and what of them has no other Ready replica or has local data. It drains "
    "nothing by itself. Without `--take` it only looks; where more than nine messages wait, that "
    "hides them from other readers for two seconds. A look counts as a receiving: on a queue with "
    "a dead-letter queue it refuses to. With `--take` what was printed is deleted: others who read "
    "the same queue (AWS Node Termination Handler, Karpenter) miss it, and who has printed and was "
    "killed before the deletion prints it again. What cannot be read stays on the queue.",
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
    "`replace` asks EKS for a green managed node group like each blue one, with the newest image "
    "or "
    "what options say, waits until its nodes can take what the old ones had, drains the old ones "
    "as "
    "`drain` does, proves them empty, waits once more (`--soak`), and deletes them. What AWS has "
    "to "
    "say against it (quotas, addresses, offers, other hands on the group) is shown before anything "
    "is changed, beside the rehearsal. `rollback` goes back as long as an old group is there: it "
    "takes pods again, the new one is drained and deleted; without PLAN it is the only replacement "
    "that is not over. See docs/replace.md.",
    "`cordon` and `uncordon` let no new pods onto a node, and let them again. `undrain` goes back "
    "after a drain: the nodes take pods again; pods that moved stay where they are.",
    NULL,
};
static const struct cmd_option options[] = {
    MUTATE_OPTION_ACCEPT,
    {.name = "ami-type",
     .takes = CMD_TAKES_TEXT,
     .arg = "TYPE",
     .help = "replace: AMI type of the new nodes, like `AL2023_ARM_64_STANDARD`"},
    {.name = "at-once",
     .takes = CMD_TAKES_TEXT,
     .arg = "N",
     .help = "replace: so many new nodes at a time, each time as many old ones end, several groups "
             "one after the other; default: all, or as many as there is room for"},
    PACE_OPTION_BARE,
    PACE_OPTION_BATCH,
    PACE_OPTION_BATCH_SOAK,
    {.name = "capacity-type",
     .takes = CMD_TAKES_WORD,
     .arg = "TYPE",
     .words = capacity_types,
     .help = "replace: how the new nodes are bought; default: as the old ones"},
    {.name = "cloud",
     .takes = CMD_TAKES_TEXT,
     .arg = "eks:NAME",
     .help = "replace: name of the cluster for EKS; notices: the queue has its name"},
    CMD_OPTION_CONTEXT,
    {.name = "desired",
     .takes = CMD_TAKES_TEXT,
     .arg = "N",
     .help = "replace: so many new nodes; default: as the old group has"},
    MUTATE_OPTION_DRY_RUN,
    CLOUD_OPTION_ENDPOINT_URL_WITH(NULL),
    {.name = "family",
     .takes = CMD_TAKES_WORD,
     .arg = "FAMILY",
     .words = families,
     .help = "replace: another operating system for the same machines"},
    {.name = "follow",
     .help = "notices: wait for further ones until Ctrl-C; JSON is one line for each"},
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
    {.name = "instance-type",
     .takes = CMD_TAKES_TEXT,
     .arg = "TYPE",
     .repeatable = true,
     .help = "replace: instance type of the new nodes; default: as the old ones"},
    PACE_OPTION_KEEP_EMPTY_DIR,
    CMD_OPTION_KUBECONFIG,
    PACE_OPTION_MAX_UNAVAILABLE,
    {.name = "name",
     .takes = CMD_TAKES_TEXT,
     .arg = "GROUP",
     .repeatable = true,
     .help = "replace: name of the new group, one for each `--nodegroup`; default: `-green` and "
             "`-blue` take turns"},
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
    CLOUD_OPTION_PROFILE_WITH(NULL),
    {.name = "queue",
     .takes = CMD_TAKES_TEXT,
     .arg = "NAME|URL",
     .help = "notices: the queue to read; default: the one named as the cluster of `--cloud`"},
    PACE_OPTION_RATE,
    CLOUD_OPTION_REGION_WITH(NULL),
    {.name = "release",
     .takes = CMD_TAKES_TEXT,
     .arg = "RELEASE",
     .help = "replace: release of the image, like `1.31.2-20241121`; default: the newest"},
    {.name = "selector",
     .letter = 'l',
     .takes = CMD_TAKES_TEXT,
     .arg = "SELECTOR",
     .help = "all nodes with these labels, written as for kubectl: `pool=web,zone!=a`"},
    {.name = "soak",
     .takes = CMD_TAKES_TEXT,
     .arg = "DURATION",
     .fallback = "10m",
     .help = "replace: wait between the proof that the old nodes are empty and their deletion"},
    CMD_OPTION_STORE,
    {.name = "subnet",
     .takes = CMD_TAKES_TEXT,
     .arg = "ID",
     .repeatable = true,
     .help = "replace: subnet of the new nodes; default: as the old ones"},
    {.name = "take",
     .help = "notices: delete from the queue what was printed; others who read it miss it then"},
    {.name = "template-version",
     .takes = CMD_TAKES_TEXT,
     .arg = "N",
     .help = "replace: version of the launch template; default: as the old group has"},
    {.name = "version",
     .takes = CMD_TAKES_TEXT,
     .arg = "VERSION",
     .help = "replace: Kubernetes version of the new nodes; default: as the old ones"},
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
    {"toban nodes notices --queue prod-interruptions", "which machines is AWS about to take?"},
    {"toban nodes drain ip-10-0-1-23.eu-west-1.compute.internal --dry-run",
     "could it be drained now?"},
    {"toban nodes drain -g game-2023 --max-unavailable 25% --gate soak:10m",
     "a whole group, a quarter at a time, ten minutes after it was cordoned"},
    {"toban nodes drain -l pool=batch --gate approval --yes --no-wait -o json",
     "cordon, then leave the rest to whoever approves it"},
    {"toban nodes undrain -g game-2023", "let pods onto the nodes again"},
    {"toban nodes replace --cloud eks:prod -g web --dry-run", "could the group be replaced now?"},
    {"toban nodes replace --cloud eks:prod -g web -g db --family bottlerocket",
     "both in one plan, with another operating system"},
    {"toban nodes rollback", "go back, as long as the old group is there"},
    {0},
};

const struct cmd cmd_nodes = {
    .name = "nodes",
    .summary = "list, drain, cordon and replace the nodes of a cluster",
    .synopsis = synopsis,
    .about = about,
    .options = options,
    .operands = {.name = "WHAT",
                 .takes = CMD_TAKES_TEXT,
                 .words = verbs,
                 .min = 1,
                 .max = CMD_MANY,
                 .help = "`list`, `drain`, `undrain`, `cordon` or `uncordon`, then names of nodes; "
                         "`notices`; `replace`; or `rollback` and a plan"},
    .examples = examples,
    .exits = mutate_exits,
    .run = run_nodes,
};
