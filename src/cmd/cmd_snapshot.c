#include "base/io.h"
#include "cmd/cloud_options.h"
#include "cmd/cmd.h"
#include "cmd/snapshot_print.h"
#include "ops/snapshot/snapshot.h"
#include "world/anonymise.h"
#include "world/file.h"

#include <errno.h>
#include <sys/random.h>

#define NOTES_TOLD 5

struct snapshot_run {
    struct cmd_ctx *ctx;
    struct world world;
    struct cloud cloud;
    struct snapshot_report report;
};

static void run_release(struct snapshot_run *r)
{
    snapshot_report_release(&r->report);
    cloud_release(&r->cloud);
    world_release(&r->world);
}

/* ---- reading ---- */

static int read_live(struct snapshot_run *r, struct err *err)
{
    _cleanup_kube_client_ struct kube_client *client = NULL;
    struct kube_options o = {
        .kubeconfig = cmd_value(r->ctx, "kubeconfig"),
        .context = cmd_value(r->ctx, "context"),
    };
    if (kube_client_new(&o, NULL, &client, err) < 0)
        return -1;
    return snapshot_live(client, &r->world, r->ctx->now, &r->report, err);
}

/* Values of --from-json, then the words after the options: so that a shell may fill in `*.json`. */
static int read_files(struct snapshot_run *r, struct err *err)
{
    size_t given = 0, n = 0;
    while (cmd_value_at(r->ctx, "from-json", given))
        given++;
    _cleanup_free_ const char **paths = calloc(given + r->ctx->operand_count + 1, sizeof *paths);
    if (!paths)
        return err_nomem(err, "listing the files");
    for (size_t i = 0; i < given; i++)
        paths[n++] = cmd_value_at(r->ctx, "from-json", i);
    for (size_t i = 0; i < r->ctx->operand_count; i++)
        paths[n++] = r->ctx->operands[i];
    struct snapshot_input in = {
        .paths = paths,
        .path_count = n,
        .version = cmd_version_of(r->ctx, "version"),
        .now = r->ctx->now,
    };
    return snapshot_from_files(&r->world, &r->cloud, &in, &r->report, err);
}

/* ---- writing ---- */

static int anonymise(struct snapshot_run *r, struct err *err)
{
    char random[32];
    const char *salt = cmd_value(r->ctx, "salt");
    if (!salt && getrandom(random, sizeof random, 0) != sizeof random)
        return err_sys(err, errno, "cannot get random bytes for the new names");
    world_anonymise(&r->world, &r->cloud, salt ? sv_of(salt) : sv_n(random, sizeof random));
    snapshot_note_gaps(&r->world, &r->report);
    return 0;
}

static int write_file(struct snapshot_run *r, const char *path, size_t *size, struct err *err)
{
    _cleanup_str_ struct str bytes;
    str_init(&bytes, (size_t)2 << 30);
    if (world_file_save(&r->world, &r->cloud, &bytes, err) < 0)
        return -1;
    *size = bytes.len;
    if (strcmp(path, "-") != 0)
        return io_write_private(path, str_sv(&bytes), err);
    fwrite(str_c(&bytes), 1, bytes.len, r->ctx->out);
    return 0;
}

/* ---- telling ---- */

static void tell_counts(const struct snapshot_run *r, const char *path, size_t size)
{
    _cleanup_summary_ struct summary s;
    _cleanup_str_ struct str counts = {0}, bytes = {0};
    summary_make(&s, &r->world);
    snapshot_print_counts(&s, &counts);
    snapshot_print_number(&bytes, size);
    cmd_say(r->ctx, "%s: %s bytes: %s", strcmp(path, "-") == 0 ? "standard output" : path,
            str_c(&bytes), str_c(&counts));
}

/* The gaps, which are the last notes, are told by themselves. */
static void tell_notes(const struct snapshot_run *r, const char *path)
{
    const struct world *w = &r->world;
    size_t kept = w->notes.len - r->report.gaps.len, total = kept + w->notes_dropped;
    size_t told = kept < NOTES_TOLD ? kept : NOTES_TOLD;
    for (size_t i = 0; i < told; i++)
        cmd_say(r->ctx, "note: %s: %s", world_text(w, w->notes.items[i].subject),
                world_text(w, w->notes.items[i].text));
    if (total > told)
        cmd_say(r->ctx, "%s%zu note%s%s; all of them: toban snapshot --show %s --all",
                told ? "and " : "", total - told, total - told == 1 ? "" : "s", told ? " more" : "",
                path);
}

static int finish(const struct snapshot_run *r, const char *path, size_t size)
{
    tell_counts(r, path, size);
    vec_foreach(m, &r->report.remarks)
        cmd_say(r->ctx, "%s", *m);
    tell_notes(r, path);
    snapshot_tell_gaps(r->ctx, &r->report);
    return r->report.gaps.len ? CMD_PARTLY : CMD_OK;
}

static int make(struct snapshot_run *r, struct err *err)
{
    struct cmd_ctx *ctx = r->ctx;
    const char *path = cmd_value(ctx, "output");
    size_t size = 0;
    if (!path)
        return cmd_usage(ctx, err, "where to? --output FILE is expected");
    bool files = cmd_given(ctx, "from-json");
    if (!files && ctx->operand_count)
        return cmd_usage(ctx, err, "'%s' is not expected: dumps are given with --from-json",
                         ctx->operands[0]);
    if (cloud_options_read(r->ctx, &r->cloud, &r->report, err) < 0 ||
        (files ? read_files(r, err) : read_live(r, err)) < 0)
        return -1;
    if (cmd_given(ctx, "anonymise") && anonymise(r, err) < 0)
        return -1;
    if (write_file(r, path, &size, err) < 0)
        return -1;
    return finish(r, path, size);
}

/* ---- showing ---- */

static int print_summary(struct snapshot_run *r, const char *format, struct err *err)
{
    _cleanup_summary_ struct summary s;
    _cleanup_str_ struct str out = {0};
    summary_make(&s, &r->world);
    struct snapshot_print p = {
        .out = &out,
        .world = &r->world,
        .cloud = &r->cloud,
        .summary = &s,
        .all_notes = cmd_given(r->ctx, "all"),
        .width = r->ctx->width,
    };
    if (strcmp(format, "json") == 0)
        snapshot_print_json(&p);
    else
        snapshot_print_table(&p);
    if (!str_ok(&out))
        return err_nomem(err, "printing the summary");
    fwrite(str_c(&out), 1, out.len, r->ctx->out);
    return CMD_OK;
}

static int show(struct snapshot_run *r, struct err *err)
{
    struct cmd_ctx *ctx = r->ctx;
    const char *path = cmd_value(ctx, "show"), *format = cmd_value(ctx, "output");
    if (!format)
        format = "table";
    if (strcmp(format, "table") != 0 && strcmp(format, "json") != 0)
        return cmd_usage(ctx, err, "--output %s: with --show one of table, json is expected",
                         format);
    if (ctx->operand_count)
        return cmd_usage(ctx, err, "'%s' is not expected with --show", ctx->operands[0]);
    struct snapshot_input in = {.paths = &path, .path_count = 1, .now = ctx->now};
    if (snapshot_open(&r->world, &r->cloud, &in, &r->report, err) < 0)
        return -1;
    return print_summary(r, format, err);
}

static int run_snapshot(struct cmd_ctx *ctx, struct err *err)
{
    _cleanup_(run_release) struct snapshot_run r = {.ctx = ctx};
    world_init(&r.world);
    cloud_init(&r.cloud);
    return cmd_given(ctx, "show") ? show(&r, err) : make(&r, err);
}

static const char *const synopsis[] = {
    "[--context NAME] [--cloud FILE]... [--anonymise] -o FILE",
    "--from-json FILE... [--version V] [--cloud FILE]... [--anonymise] -o FILE",
    "--show FILE [--all] [-o table|json]",
    NULL,
};
static const char *const about[] = {
    "Keeps in one small file what decides where the pods of a cluster go, what may disturb them "
    "and "
    "how long that takes, so that `toban rehearse` can play operations on it, here or elsewhere.",
    "Read are nodes, pods and their controllers, disruption budgets, volumes, claims, storage "
    "classes, attachments, priority classes, namespaces, services, endpoints, ingresses, "
    "autoscalers "
    "and the latest events: in pages, in parallel, at one point in time where the server allows "
    "it. "
    "Nothing is changed. What may not be read is told, together with what is assumed instead.",
    "Secrets and ConfigMaps are never asked for. Environment values, arguments and annotations "
    "(but for a few that schedulers and load balancers obey) do not enter the file. With "
    "`--anonymise` names, namespaces, labels, images and addresses do not either: each is replaced "
    "by the same new name everywhere, so that a rehearsal finds the same.",
    "`--from-json` takes the output of `kubectl get KINDS -A -o json` (plain, `.gz` or `.zst`, "
    "files "
    "or folders of them, `-` for standard input) where toban itself may not run. Secrets in a dump "
    "are passed over.",
    NULL,
};
static const struct cmd_option options[] = {
    {.name = "all", .letter = 'a', .needs = "show", .help = "show all notes"},
    {.name = "anonymise", .help = "rename whatever tells whose cluster it is"},
    CLOUD_OPTION_CLOUD,
    CMD_OPTION_CONTEXT,
    CLOUD_OPTION_ENDPOINT_URL,
    {.name = "from-json",
     .takes = CMD_TAKES_PATH,
     .arg = "FILE",
     .repeatable = true,
     .group = 1,
     .help = "read dumps of `kubectl get -o json` instead of a live cluster"},
    CMD_OPTION_KUBECONFIG,
    {.name = "output",
     .letter = 'o',
     .takes = CMD_TAKES_FILE,
     .arg = "FILE",
     .help =
         "write the snapshot to FILE, readable for its owner only; `-` is standard output; with "
         "`--show` the format: `table` or `json`"},
    CLOUD_OPTION_PROFILE,
    CLOUD_OPTION_REGION,
    {.name = "salt",
     .takes = CMD_TAKES_TEXT,
     .arg = "TEXT",
     .needs = "anonymise",
     .help = "give equal things equal new names in all snapshots made with this TEXT; else they "
             "differ from run to run"},
    {.name = "show",
     .takes = CMD_TAKES_FILE,
     .arg = "FILE",
     .group = 1,
     .help = "print what a snapshot holds"},
    {.name = "version",
     .takes = CMD_TAKES_VERSION,
     .arg = "VERSION",
     .needs = "from-json",
     .help =
         "version of the API server that the dumps are of; default: that of the newest kubelet"},
    {0},
};
static const struct cmd_pair examples[] = {
    {"toban snapshot -o prod.snap", "of the cluster of the current context"},
    {"kubectl get nodes,pods,pdb,pv,pvc -A -o json > prod.json",
     "a dump, made where only kubectl may run"},
    {"toban snapshot --from-json prod.json -o prod.snap", "a snapshot of that dump"},
    {"toban snapshot --anonymise -o share.snap", "one to give away"},
    {"toban snapshot --show prod.snap", "what is in it"},
    {0},
};
static const struct cmd_pair exits[] = {
    {"0", "done"},
    {"1", "failed: the reason is on standard error; no file was written"},
    {"3", "partly done: the file was written, but something could not be read"},
    {"64", "wrong usage"},
    {0},
};

const struct cmd cmd_snapshot = {
    .name = "snapshot",
    .summary = "keep a cluster in a file to rehearse on",
    .synopsis = synopsis,
    .about = about,
    .options = options,
    .operands = {.name = "FILE",
                 .takes = CMD_TAKES_PATH,
                 .min = 0,
                 .max = CMD_MANY,
                 .help = "with `--from-json`: more dumps"},
    .examples = examples,
    .exits = exits,
    .run = run_snapshot,
};
