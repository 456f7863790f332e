#include <errno.h>

#include "cmd/cmd.h"
#include "cmd/config.h"
#include "cmd/migrate_print.h"
#include "ops/migrate/release.h"
#include "rules/upgrade/hops.h"

enum mode { MODE_SHOW, MODE_DIFF, MODE_WRITE };

static const char *const mode_names[] = {"show", "diff", "write"};

static enum mode mode_of(const struct cmd_ctx *ctx)
{
    bool json = strcmp(cmd_value(ctx, "output"), "json") == 0;
    if (cmd_given(ctx, "write"))
        return MODE_WRITE;
    bool release = cmd_given(ctx, "helm-release") && !json;
    return cmd_given(ctx, "diff") || release ? MODE_DIFF : MODE_SHOW;
}

/* With --write, what came from standard input goes to standard output. */
static bool pass_through(const struct migrate_files *m, struct str *out)
{
    bool any = false;
    vec_foreach(file, &m->files) {
        struct migrate_file *f = *file;
        if (!f->standard_input)
            continue;
        str_addv(out, f->result.changed ? str_sv(&f->result.text) : str_sv(&f->old));
        f->written = f->result.changed;
        any = true;
    }
    return any;
}

static void say_totals(const struct cmd_ctx *ctx, const struct migrate_totals *t, enum mode mode)
{
    const char *next =
        mode == MODE_SHOW && t->changes ? ": `--diff` shows the changes, `--write` makes them" : "";
    cmd_say(ctx, "%zu object%s of %zu in %zu file%s %s, %zu decision%s left to you%s", t->changes,
            t->changes == 1 ? "" : "s", t->objects, mode == MODE_WRITE ? t->written : t->changed,
            (mode == MODE_WRITE ? t->written : t->changed) == 1 ? "" : "s",
            mode == MODE_WRITE ? "rewritten" : "to rewrite", t->decisions,
            t->decisions == 1 ? "" : "s", next);
}

static int print_all(const struct cmd_ctx *ctx, struct migrate_files *m,
                     const struct migrate_options *o, enum mode mode, struct err *err)
{
    _cleanup_str_ struct str out = {0};
    str_init(&out, 0);
    bool json = strcmp(cmd_value(ctx, "output"), "json") == 0;
    bool filter = mode == MODE_WRITE && pass_through(m, &out);
    if (json && !filter) {
        struct migrate_report r = {o->lifecycle->date, mode_names[mode],
                                   o->from.set ? o->from : m->floor, o->to};
        migrate_print_json(&r, m, &out);
    } else if (mode == MODE_DIFF) {
        migrate_print_diff(ctx, m, &out);
    } else if (!filter) {
        migrate_print_text(ctx, m, &out);
    }
    if (!str_ok(&out))
        return err_nomem(err, "printing the migration");
    if (fwrite(str_c(&out), 1, out.len, ctx->out) != out.len)
        return err_sys(err, errno, "standard output");
    if ((mode == MODE_DIFF || filter) && !json)
        migrate_say_remarks(ctx, m);
    migrate_say_problems(ctx, m);
    struct migrate_totals t;
    migrate_count(m, &t);
    if (!json)
        say_totals(ctx, &t, mode);
    return t.problems ? CMD_PARTLY : t.decisions ? CMD_FINDINGS : CMD_OK;
}

static int run_files(struct cmd_ctx *ctx, const struct migrate_options *o, struct err *err)
{
    _cleanup_migrate_files_ struct migrate_files m = {0};
    enum mode mode = mode_of(ctx);
    if (migrate_files_load(&m, (const char *const *)ctx->operands, ctx->operand_count, o, err))
        return -1;
    if (mode == MODE_WRITE)
        migrate_files_write(&m);
    return print_all(ctx, &m, o, mode, err);
}

static int run_release(struct cmd_ctx *ctx, struct migrate_options *o, struct err *err)
{
    _cleanup_kube_client_ struct kube_client *client = NULL;
    _cleanup_migrate_release_ struct migrate_release r = {0};
    struct kube_options k = {
        .kubeconfig = cmd_value(ctx, "kubeconfig"),
        .context = cmd_value(ctx, "context"),
        .namespace = cmd_value(ctx, "namespace"),
    };
    enum mode mode = mode_of(ctx);
    int64_t number = 0;
    if (kube_client_new(&k, NULL, &client, err) ||
        migrate_release_load(&r, client, cmd_value(ctx, "helm-release"),
                             kube_client_target(client)->namespace, o, err))
        return -1;
    if (!o->from.set)
        o->from = r.server;
    if (mode == MODE_WRITE && migrate_release_write(&r, client, ctx->now, &number, err))
        return -1;
    int code = print_all(ctx, &r.files, o, mode, err);
    if (number && code >= 0)
        cmd_say(ctx, "revision %lld of the Helm release %s holds the rewritten manifests",
                (long long)number, r.name);
    return code;
}

static int run_migrate(struct cmd_ctx *ctx, struct err *err)
{
    _cleanup_config_ struct config config = {0};
    _cleanup_(lifecycle_release) struct lifecycle lifecycle = {0};
    struct migrate_options o = {
        .lifecycle = &lifecycle,
        .from = cmd_version_of(ctx, "from"),
        .to = cmd_version_of(ctx, "to"),
    };
    bool release = cmd_given(ctx, "helm-release");
    if (release != (ctx->operand_count == 0))
        return cmd_usage(ctx, err,
                         release ? "--helm-release takes no PATH" : "needs PATH, at least one");
    const char *start = ctx->operand_count ? ctx->operands[0] : NULL;
    if (config_load(&config, cmd_value(ctx, "config"), start, err) < 0 ||
        config_lifecycle(&config, cmd_value(ctx, "lifecycle"), &lifecycle, err) < 0)
        return -1;
    if (!o.to.set)
        o.to = hops_newest();
    if (o.from.set && version_cmp(o.from, o.to) > 0)
        return cmd_usage(ctx, err, "--from %s is later than --to %s", cmd_value(ctx, "from"),
                         cmd_value(ctx, "to") ? cmd_value(ctx, "to") : "(the newest known)");
    return release ? run_release(ctx, &o, err) : run_files(ctx, &o, err);
}

static const char *const formats[] = {"text", "json", NULL};
static const char *const synopsis[] = {
    "[--from VERSION] [--to VERSION] [--diff | --write] [-o FORMAT] PATH...",
    "--helm-release NAME [-n NAMESPACE] [--to VERSION] [--write] [-o FORMAT]",
    NULL,
};
static const char *const about[] = {
    "Rewrites manifests to API versions that are served both before and after an upgrade, with "
    "every change of fields that this needs. Where a new version has another default, the old one "
    "is written out, so that the objects go on meaning what they meant.",
    "Only the bytes that must change do: comments, order, quotes, indentation, anchors and line "
    "ends stay. Each result is read again and compared with what was meant before it is written. "
    "Running it again changes nothing.",
    "Where a person must choose, the object stays as it is, and what is to be decided is said with "
    "file and line. Charts are changed in their templates, where the lines in question are "
    "literal. Packed charts are only read.",
    "Without `--diff` or `--write` it lists what would change.",
    "`--helm-release` does the same with the manifests that Helm 3 keeps of a release in the "
    "cluster, because its next upgrade fails when they name a version that is gone. With `--write` "
    "they become a new revision, and the old one is superseded; the objects themselves are not "
    "touched. The chart must be rewritten too.",
    NULL,
};
static const struct cmd_option options[] = {
    CMD_OPTION_CONFIG,
    CMD_OPTION_CONTEXT,
    {.name = "diff", .group = 1, .help = "print the changes as a unified diff, for `git apply`"},
    {.name = "from",
     .takes = CMD_TAKES_VERSION,
     .arg = "VERSION",
     .help =
         "Kubernetes version before the upgrade; default: the lowest that serves what is found"},
    {.name = "helm-release",
     .takes = CMD_TAKES_TEXT,
     .arg = "NAME",
     .help =
         "rewrite the manifests stored with this Helm 3 release; a diff unless `--write` is given"},
    CMD_OPTION_KUBECONFIG,
    {.name = "namespace",
     .letter = 'n',
     .takes = CMD_TAKES_TEXT,
     .arg = "NAME",
     .needs = "helm-release",
     .help = "namespace of the release; default: that of the context"},
    CMD_OPTION_LIFECYCLE,
    {.name = "output",
     .letter = 'o',
     .takes = CMD_TAKES_WORD,
     .arg = "FORMAT",
     .words = formats,
     .fallback = "text",
     .help = "how to list changes and decisions"},
    {.name = "to",
     .takes = CMD_TAKES_VERSION,
     .arg = "VERSION",
     .help = "Kubernetes version after the upgrade; default: the newest of EKS that is known"},
    {.name = "write",
     .letter = 'w',
     .group = 1,
     .help = "rewrite the files, each in one step; what came from standard input goes to standard "
             "output"},
    {0},
};
static const struct cmd_pair examples[] = {
    {"toban migrate manifests/ --to 1.25", "list what would be rewritten, and what is to decide"},
    {"toban migrate manifests/ --to 1.25 --diff | git apply", "the same as `--write`"},
    {"toban migrate --write charts/ overlays/", "rewrite for the newest version of EKS"},
    {"toban migrate --helm-release shop -n web --to 1.25 --write",
     "store the rewritten manifests of a release as a new revision"},
    {"kubectl get ingress x -o yaml | toban migrate --write -", "as a filter"},
    {0},
};
static const struct cmd_pair exits[] = {
    {"0", "nothing is left to decide"},
    {"1", "failed: the reason is on standard error"},
    {"2", "decisions are left to a person"},
    {"3", "partly done: something could not be read or written"},
    {"64", "wrong usage"},
    {0},
};

const struct cmd cmd_migrate = {
    .name = "migrate",
    .summary = "rewrite manifests to API versions that stay served",
    .synopsis = synopsis,
    .about = about,
    .options = options,
    .operands = {.name = "PATH",
                 .takes = CMD_TAKES_PATH,
                 .min = 0,
                 .max = CMD_MANY,
                 .help = "a file, folder or chart; `-` is standard input"},
    .examples = examples,
    .exits = exits,
    .run = run_migrate,
};
