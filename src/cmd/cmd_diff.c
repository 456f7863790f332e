#include "base/io.h"
#include "cmd/diff_print.h"
#include "ops/diff/side.h"

struct diff_run {
    struct cmd_ctx *ctx;
    struct side old_side, new_side;
    struct diff_report report;
    struct version version;
};

static void run_release(struct diff_run *r)
{
    diff_report_release(&r->report);
    side_release(&r->old_side);
    side_release(&r->new_side);
}

static size_t print_problems(const struct cmd_ctx *ctx, const struct side *s)
{
    vec_foreach(p, &s->problems) {
        char line[2048];
        snprintf(line, sizeof line, "%s: %s", p->where, p->message);
        cmd_print_err(ctx, line, p->hint);
    }
    vec_foreach(n, &s->inputs.notes)
        cmd_say(ctx, "%s", *n);
    return s->problems.len;
}

static int load_path(struct diff_run *r, struct side *s, const char *path,
                     const char *values_option, struct err *err)
{
    _cleanup_free_ const char **values = cmd_values(r->ctx, values_option);
    _cleanup_free_ const char **set = cmd_values(r->ctx, "set");
    struct input_options o = {
        .values = values,
        .set = set,
        .release = cmd_value(r->ctx, "release"),
        .namespace = cmd_value(r->ctx, "namespace"),
        .kube_version = cmd_value(r->ctx, "version"),
    };
    return side_load(s, &path, 1, &o, err);
}

static int load_files(struct diff_run *r, struct err *err)
{
    bool own = cmd_given(r->ctx, "old-values");
    if (load_path(r, &r->old_side, r->ctx->operands[0], own ? "old-values" : "values", err) < 0)
        return -1;
    return load_path(r, &r->new_side, r->ctx->operands[1], "values", err);
}

static int load_live(struct diff_run *r, struct err *err)
{
    _cleanup_kube_client_ struct kube_client *client = NULL;
    struct kube_options o = {
        .kubeconfig = cmd_value(r->ctx, "kubeconfig"),
        .context = cmd_value(r->ctx, "context"),
        .namespace = cmd_value(r->ctx, "namespace"),
    };
    struct kube_version v;
    if (load_path(r, &r->new_side, r->ctx->operands[0], "values", err) < 0 ||
        kube_client_new(&o, NULL, &client, err) < 0 || kube_get_version(client, &v, err) < 0)
        return -1;
    if (!r->version.set)
        r->version = v.version;
    return side_load_live(&r->old_side, &r->new_side, client, err);
}

static void print_report(struct diff_run *r, struct str *out)
{
    const struct cmd_ctx *ctx = r->ctx;
    const char *format = cmd_value(ctx, "output");
    bool live = cmd_given(ctx, "live");
    struct diff_print p = {
        .out = out,
        .width = ctx->width,
        .colour = ctx->colour,
        .utf8 = ctx->utf8,
        .all = cmd_given(ctx, "all"),
        .old_name = live ? "live" : ctx->operands[0],
        .new_name = live ? ctx->operands[0] : ctx->operands[1],
        .version = r->version,
    };
    if (strcmp(format, "json") == 0)
        diff_print_json(&p, &r->report);
    else if (strcmp(format, "markdown") == 0)
        diff_print_markdown(&p, &r->report);
    else
        diff_print_table(&p, &r->report);
}

/* A side that could not be read at all would look like everything being added or removed. */
static bool is_missing(const struct side *s)
{
    return s->problems.len && !s->objects.list.len;
}

static int print_forecast(struct diff_run *r, struct err *err)
{
    struct diff_options o = {
        .version = r->version,
        .live = cmd_given(r->ctx, "live"),
        .force = cmd_given(r->ctx, "force"),
    };
    _cleanup_str_ struct str out = {0};
    diff_compare(&r->old_side.objects, &r->new_side.objects, &o, &r->report);
    print_report(r, &out);
    if (!str_ok(&out))
        return err_nomem(err, "printing the forecast");
    fwrite(str_c(&out), 1, out.len, r->ctx->out);
    return 0;
}

static int finish(struct diff_run *r, struct err *err)
{
    bool missing = is_missing(&r->old_side) || is_missing(&r->new_side);
    if (!missing && print_forecast(r, err) < 0)
        return -1;
    size_t problems = print_problems(r->ctx, &r->old_side) + print_problems(r->ctx, &r->new_side);
    if (missing)
        cmd_say(r->ctx, "nothing is foretold: one side could not be read");
    if (problems)
        return CMD_PARTLY;
    return diff_print_costly(&r->report) ? CMD_FINDINGS : CMD_OK;
}

static int run_diff(struct cmd_ctx *ctx, struct err *err)
{
    _cleanup_(run_release) struct diff_run r = {
        .ctx = ctx,
        .version = cmd_version_of(ctx, "version"),
    };
    bool live = cmd_given(ctx, "live");
    if (live && ctx->operand_count != 1)
        return cmd_usage(ctx, err, "with --live one PATH is expected, found %zu",
                         ctx->operand_count);
    if (!live && ctx->operand_count != 2)
        return cmd_usage(ctx, err, "OLD and NEW are expected, found %zu of them",
                         ctx->operand_count);
    if ((live ? load_live(&r, err) : load_files(&r, err)) < 0)
        return -1;
    return finish(&r, err);
}

static const char *const formats[] = {"table", "json", "markdown", NULL};
static const char *const synopsis[] = {
    "[--values FILE]... [--version V] [-o FORMAT] OLD NEW",
    "--live [--context NAME] [-o FORMAT] PATH",
    NULL,
};
static const char *const about[] = {
    "Foretells what applying NEW over OLD does to every object: unchanged, in place, rollout, "
    "rejected (a field that cannot change differs), replaced silently (another name takes over "
    "while "
    "selector or labels say it is the successor) or re-created, and what is lost then: pods, "
    "volume, "
    "address, rights, or the contents.",
    "OLD and NEW are files, folders, charts or kustomizations. With `--live` PATH is compared with "
    "the objects of the cluster; fields that others wrote there count only when they were applied "
    "before.",
    "Also noted: node ports that move, selectors that match no pod any more, backends, claims and "
    "scale targets that are gone.",
    NULL,
};
static const struct cmd_option options[] = {
    {.name = "all", .letter = 'a', .help = "list unchanged objects too"},
    CMD_OPTION_CONTEXT,
    {.name = "force",
     .help = "foretell what a forced replace does: what would be rejected is re-created"},
    CMD_OPTION_KUBECONFIG,
    {.name = "live", .help = "compare PATH with the objects of the cluster"},
    {.name = "namespace",
     .letter = 'n',
     .takes = CMD_TAKES_TEXT,
     .arg = "NAME",
     .help = "namespace of objects that name none, and of the rendered release"},
    {.name = "old-values",
     .takes = CMD_TAKES_FILE,
     .arg = "FILE",
     .repeatable = true,
     .help = "values file for rendering OLD, when it needs others than NEW"},
    {.name = "output",
     .letter = 'o',
     .takes = CMD_TAKES_WORD,
     .arg = "FORMAT",
     .words = formats,
     .fallback = "table",
     .help = "how to print the forecast"},
    {.name = "release",
     .takes = CMD_TAKES_TEXT,
     .arg = "NAME",
     .help = "release name for rendering charts"},
    {.name = "set",
     .takes = CMD_TAKES_TEXT,
     .arg = "KEY=VALUE",
     .repeatable = true,
     .help = "value for rendering charts"},
    {.name = "values",
     .letter = 'f',
     .takes = CMD_TAKES_FILE,
     .arg = "FILE",
     .repeatable = true,
     .help = "values file for rendering charts"},
    {.name = "version",
     .takes = CMD_TAKES_VERSION,
     .arg = "VERSION",
     .help = "Kubernetes version whose rules count; default: the cluster's with `--live`, else the "
             "newest known"},
    {0},
};
static const struct cmd_pair examples[] = {
    {"toban diff renders/old.yaml renders/new.yaml", "what the new render does to the old one"},
    {"toban diff charts/ingress-old charts/ingress-new --release edge -f values.yaml",
     "the same from two charts, rendered with helm"},
    {"toban diff --live manifests/", "what applying a folder does to the cluster"},
    {0},
};
static const struct cmd_pair exits[] = {
    {"0", "every object can be applied as it is"},
    {"1", "failed: the reason is on standard error"},
    {"2", "something is rejected, re-created or replaced silently"},
    {"3", "partly done: something could not be read"},
    {"64", "wrong usage"},
    {0},
};

const struct cmd cmd_diff = {
    .name = "diff",
    .summary = "foretell what applying a change does to each object",
    .synopsis = synopsis,
    .about = about,
    .options = options,
    .operands = {.name = "PATH",
                 .takes = CMD_TAKES_PATH,
                 .min = 1,
                 .max = 2,
                 .help = "a file, folder, chart or kustomization; `-` is standard input"},
    .examples = examples,
    .exits = exits,
    .run = run_diff,
};
