#include "cmd/cmd.h"
#include "cmd/config.h"
#include "cmd/report.h"
#include "ops/check/check.h"
#include "ops/live/live.h"
#include "rules/upgrade/hops.h"

struct check_cmd {
    struct cmd_ctx *ctx;
    struct config config;
    struct lifecycle lifecycle;
    struct rules_target target;
    struct input_list inputs;
    struct rules_result result;
    struct kube_client *client; /* NULL: no cluster is looked at */
    struct live_options live;
};

static void check_cmd_release(struct check_cmd *c)
{
    kube_client_free(c->client);
    rules_result_release(&c->result);
    input_release(&c->inputs);
    lifecycle_release(&c->lifecycle);
    config_release(&c->config);
}

static int load_lifecycle(struct check_cmd *c, struct err *err)
{
    c->target.lifecycle = &c->lifecycle;
    return config_lifecycle(&c->config, cmd_value(c->ctx, "lifecycle"), &c->lifecycle, err);
}

static void warn_of_old_data(struct check_cmd *c)
{
    date_days made;
    if (!date_parse(sv_of(c->lifecycle.date), &made))
        return;
    long age = (long)c->ctx->today - made;
    if (age > LIFECYCLE_OLD_DAYS)
        finding_add_note(&c->result.set,
                         "the API data of %s is %ld days old: what was deprecated or removed since "
                         "then is not known; get a newer toban",
                         c->lifecycle.date, age);
}

static int connect_cluster(struct check_cmd *c, struct err *err)
{
    struct kube_options kube = {
        .kubeconfig = cmd_value(c->ctx, "kubeconfig"),
        .context = cmd_value(c->ctx, "context"),
    };
    if (kube_client_new(&kube, NULL, &c->client, err) < 0)
        return -1;
    c->live.target = c->target;
    c->live.include_deprecated = cmd_given(c->ctx, "include-deprecated-endpoints");
    if (live_target(c->client, &c->live, err) < 0)
        return -1;
    c->target = c->live.target;
    return 0;
}

/* A cluster that cannot be reached does not keep the paths from being checked. */
static void open_cluster(struct check_cmd *c)
{
    struct err err = {0};
    if (!cmd_given(c->ctx, "live") || connect_cluster(c, &err) == 0)
        return;
    const char *context = cmd_value(c->ctx, "context");
    const char *where = c->client ? live_cluster(c->client) : context ? context : "cluster";
    finding_add_problem(&c->result.set, where, err.msg, *err.hint ? err.hint : NULL);
    kube_client_free(steal_ptr(c->client));
}

static void look_at_cluster(struct check_cmd *c)
{
    struct err err = {0};
    if (!c->client)
        return;
    c->live.target = c->target;
    if (live_check(c->client, &c->live, &c->result, &err) < 0)
        finding_add_problem(&c->result.set, live_cluster(c->client), err.msg,
                            *err.hint ? err.hint : NULL);
}

static int set_target(struct check_cmd *c, struct err *err)
{
    c->target.from = cmd_version_of(c->ctx, "from");
    c->target.to = cmd_version_of(c->ctx, "to");
    open_cluster(c);
    if (!c->target.to.set)
        c->target.to = hops_newest();
    if (c->target.from.set && version_cmp(c->target.from, c->target.to) > 0) {
        char from[VERSION_TEXT_MAX], to[VERSION_TEXT_MAX];
        return cmd_usage(c->ctx, err, "--from %s is later than --to %s",
                         version_format(c->target.from, false, from),
                         version_format(c->target.to, false, to));
    }
    return 0;
}

static int look_at_inputs(struct check_cmd *c, struct err *err)
{
    static const char *const here[] = {"."};
    const struct cmd_ctx *ctx = c->ctx;
    _cleanup_free_ const char **values = cmd_values(ctx, "values");
    _cleanup_free_ const char **set = cmd_values(ctx, "set");
    _cleanup_arena_ struct arena arena = {0};
    char to[VERSION_TEXT_MAX];
    struct input_options input = {
        .values = values,
        .set = set,
        .namespace = cmd_value(ctx, "namespace"),
        .kube_version = version_format(c->target.to, false, to),
        .api_versions = lifecycle_served_names(&c->lifecycle, c->target.to, &arena),
    };
    struct check_options options = {.target = c->target};
    if (cmd_given(ctx, "live") && !ctx->operand_count)
        return 0;
    const char *const *paths = ctx->operand_count ? (const char *const *)ctx->operands : here;
    size_t count = ctx->operand_count ? ctx->operand_count : 1;
    if (input_collect(paths, count, &input, &c->inputs, err) < 0)
        return -1;
    return check_inputs(&c->inputs, &options, &c->result, err);
}

static int report(struct check_cmd *c, struct err *err)
{
    const char *fail_on = cmd_value(c->ctx, "fail-on");
    struct rule_table rules = rules_table();
    struct report_meta meta = {
        .data_date = c->lifecycle.date,
        .cluster = c->client ? live_cluster(c->client) : NULL,
        .from = c->target.from,
        .to = c->target.to,
        .fail_never = strcmp(fail_on, "never") == 0,
        .fail_on = strcmp(fail_on, "deprecated") == 0 ? FINDING_DEPRECATED : FINDING_REMOVED,
        .rules = &rules,
    };
    rules_settle(&c->result, &c->target);
    config_apply(&c->config, &c->result.set, c->ctx->today);
    return cmd_report(c->ctx, &c->result.set, &meta, err);
}

static int run_check(struct cmd_ctx *ctx, struct err *err)
{
    _cleanup_(check_cmd_release) struct check_cmd c = {.ctx = ctx};
    const char *start = ctx->operand_count ? ctx->operands[0] : NULL;
    if (config_load(&c.config, cmd_value(ctx, "config"), start, err) < 0 ||
        load_lifecycle(&c, err) < 0 || set_target(&c, err) < 0)
        return -1;
    warn_of_old_data(&c);
    look_at_cluster(&c);
    if (look_at_inputs(&c, err) < 0)
        return -1;
    return report(&c, err);
}

static const char *const thresholds[] = {"removed", "deprecated", "never", NULL};
static const char *const synopsis[] = {
    "[--from VERSION] [--to VERSION] [-o FORMAT] [--fail-on LEVEL] [PATH...]",
    "--live [--context NAME] [--kubeconfig FILE] [--from VERSION] [--to VERSION] [-o FORMAT] "
    "[--fail-on LEVEL] [PATH...]",
    NULL,
};
static const char *const about[] = {
    "Says what the next Kubernetes upgrades will break, and before which of them it has to be "
    "done: "
    "API versions that are deprecated or no longer served, and what breaks beside them - fields, "
    "annotations, labels, images and node set up. `toban explain RULE` tells why a rule exists and "
    "what to do.",
    "PATH is a file, a folder (walked whole, `.gitignore` is honoured), `-` for standard input, a "
    "Helm chart as folder or `.tgz`, or a Kustomize folder. Without PATH the working folder is "
    "checked. Charts are rendered with helm and Kustomize folders built with kubectl where these "
    "are installed; findings name the line that somebody wrote, in the template or the base.",
    "With `--live` the cluster itself is looked at, and PATH only where one is given: the deployed "
    "revisions of Helm releases, who wrote each object in which version, the versions that custom "
    "resource definitions still store, the API server's own count of deprecated requests, and "
    "everything that is looked for in files. It changes nothing, reads no Secret but those of Helm "
    "releases, and never asks through a deprecated version itself where another serves the kind. "
    "All evidence about an object is one finding, with its age; an object that was applied anew "
    "is clean at once.",
    "`removed` means that it breaks at or before the version given by `--to`; `deprecated` that it "
    "still works there but will not for ever; `warning` that somebody should look. Custom "
    "resources "
    "are judged by the version of the component they belong to, where the input shows it; else the "
    "finding names the version of the component from which on it holds, one level milder.",
    "Something that cannot be read does not stop the rest from being checked. The exit code then "
    "is "
    "3, also when there are findings; `-o json` tells both.",
    NULL,
};
static const struct cmd_option options[] = {
    {.name = "from",
     .takes = CMD_TAKES_VERSION,
     .arg = "VERSION",
     .help = "the version that runs now; replacements are then chosen that it already serves; with "
             "`--live` that of the cluster"},
    {.name = "to",
     .takes = CMD_TAKES_VERSION,
     .arg = "VERSION",
     .help = "the version to go to, also several minors away; without it the newest that EKS has, "
             "with `--live` the minor after that of the cluster"},
    {.name = "live", .help = "look at a running cluster"},
    {.name = "context",
     .takes = CMD_TAKES_TEXT,
     .arg = "NAME",
     .needs = "live",
     .help = "use this context of the kubeconfig instead of the current one"},
    {.name = "kubeconfig",
     .takes = CMD_TAKES_FILE,
     .arg = "FILE",
     .needs = "live",
     .help = "read the cluster's address and login from FILE instead of `$KUBECONFIG` or "
             "`~/.kube/config`"},
    {.name = "include-deprecated-endpoints",
     .needs = "live",
     .help = "also read kinds that only deprecated versions serve; the server counts that as use"},
    {.name = "fail-on",
     .takes = CMD_TAKES_WORD,
     .arg = "LEVEL",
     .words = thresholds,
     .fallback = "removed",
     .help = "exit with 2 when there is a finding this bad or worse"},
    CMD_OPTION_REPORT,
    {.name = "values",
     .letter = 'f',
     .takes = CMD_TAKES_FILE,
     .arg = "FILE",
     .repeatable = true,
     .help = "render charts with the values of FILE"},
    {.name = "set",
     .takes = CMD_TAKES_TEXT,
     .arg = "KEY=VALUE",
     .repeatable = true,
     .help = "render charts with this value"},
    {.name = "namespace",
     .letter = 'n',
     .takes = CMD_TAKES_TEXT,
     .arg = "NAME",
     .help = "render charts for this namespace"},
    CMD_OPTION_LIFECYCLE,
    CMD_OPTION_CONFIG,
    {0},
};
static const struct cmd_pair examples[] = {
    {"toban check", "what stands in the way of the newest EKS version, in this folder"},
    {"toban check --from 1.21 --to 1.25 deploy/", "four upgrades ahead, hop by hop"},
    {"toban check --live --to 1.25", "what four upgrades will break in the current cluster"},
    {"helm template . | toban check -", "what a chart renders elsewhere"},
    {"toban check -o sarif --fail-on deprecated . >toban.sarif", "for a code scanner in CI"},
    {0},
};
static const struct cmd_pair exits[] = {
    {"0", "no finding at or above the level of `--fail-on`"},
    {"1", "failed: the reason is on standard error"},
    {"2", "there are such findings"},
    {"3", "something could not be looked at; findings of the rest are printed"},
    {"64", "wrong usage"},
    {0},
};
static const struct cmd_pair variables[] = {
    {"TOBAN_HELM", "the helm to render charts with, instead of the one on PATH"},
    {"TOBAN_KUBECTL", "the kubectl to build Kustomize folders with, instead of the one on PATH"},
    {0},
};
static const struct cmd_pair files[] = {
    {".toban.yaml", "suppressions and settings; the nearest above the first path"},
    {0},
};

const struct cmd cmd_check = {
    .name = "check",
    .summary = "say what the next Kubernetes upgrades will break",
    .synopsis = synopsis,
    .about = about,
    .options = options,
    .operands = {.name = "PATH",
                 .takes = CMD_TAKES_PATH,
                 .max = CMD_MANY,
                 .help = "file, folder, chart or `-`; the working folder when there is none"},
    .examples = examples,
    .exits = exits,
    .variables = variables,
    .files = files,
    .run = run_check,
};
