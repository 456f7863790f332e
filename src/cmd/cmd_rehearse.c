#include "base/io.h"
#include "cmd/cloud_options.h"
#include "cmd/cmd.h"
#include "cmd/pace_options.h"
#include "cmd/rehearse_options.h"
#include "cmd/rehearse_print.h"
#include "cmd/snapshot_print.h"
#include "ops/snapshot/snapshot.h"

#include <errno.h>
#include <time.h>

struct run {
    struct cmd_ctx *ctx;
    struct rehearse_order order;
    struct world world;
    struct cloud cloud;
    struct snapshot_report report;
    struct rehearsal rehearsal;
};

static void run_release(struct run *r)
{
    rehearsal_release(&r->rehearsal);
    snapshot_report_release(&r->report);
    cloud_release(&r->cloud);
    world_release(&r->world);
    rehearse_order_release(&r->order);
}

static int64_t clock_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* ---- the world ---- */

static int load_live(struct run *r, struct err *err)
{
    _cleanup_kube_client_ struct kube_client *client = NULL;
    struct kube_options o = {
        .kubeconfig = cmd_value(r->ctx, "kubeconfig"),
        .context = cmd_value(r->ctx, "context"),
    };
    if (kube_client_new(&o, NULL, &client, err) < 0)
        return -1;
    if (snapshot_live(client, &r->world, r->ctx->now, &r->report, err) < 0)
        return -1;
    return snapshot_settle(&r->world, err);
}

static int load_files(struct run *r, struct err *err)
{
    _cleanup_free_ const char **paths = cmd_values(r->ctx, "world");
    struct snapshot_input in = {.paths = paths, .now = r->ctx->now};
    while (paths[in.path_count])
        in.path_count++;
    return snapshot_open(&r->world, &r->cloud, &in, &r->report, err);
}

static int load(struct run *r, struct err *err)
{
    if ((cmd_given(r->ctx, "live") ? load_live(r, err) : load_files(r, err)) < 0 ||
        cloud_options_read(r->ctx, &r->cloud, &r->report, err) < 0)
        return -1;
    return rehearse_order_bind(r->ctx, &r->world, &r->order, err);
}

/* ---- the report ---- */

static int write_page(struct run *r, const char *path, struct err *err)
{
    _cleanup_str_ struct str page = {0};
    rehearse_print_html(&(struct rehearse_print){.out = &page}, &r->rehearsal);
    if (!str_ok(&page))
        return err_nomem(err, "drawing the page");
    if (io_write_atomic(path, str_sv(&page), err) < 0)
        return -1;
    cmd_say(r->ctx, "%s: the report as a page, for a browser", path);
    return 0;
}

static void (*printer_of(const char *format))(const struct rehearse_print *,
                                              const struct rehearsal *)
{
    if (strcmp(format, "json") == 0)
        return rehearse_print_json;
    if (strcmp(format, "markdown") == 0)
        return rehearse_print_markdown;
    return strcmp(format, "html") == 0 ? rehearse_print_html : rehearse_print_table;
}

static int print(struct run *r, struct err *err)
{
    const struct cmd_ctx *ctx = r->ctx;
    const char *page = cmd_value(ctx, "report");
    _cleanup_str_ struct str out = {0};
    struct rehearse_print p = {
        .out = &out, .width = ctx->width, .colour = ctx->colour, .utf8 = ctx->utf8};
    printer_of(cmd_value(ctx, "output"))(&p, &r->rehearsal);
    if (!str_ok(&out))
        return err_nomem(err, "printing the rehearsal");
    fwrite(str_c(&out), 1, out.len, ctx->out);
    return page ? write_page(r, page, err) : 0;
}

static void tell_gaps(const struct run *r)
{
    vec_foreach(m, &r->report.remarks)
        cmd_say(r->ctx, "%s", *m);
    snapshot_tell_gaps(r->ctx, &r->report);
}

static int exit_code(const struct rehearsal *r)
{
    bool blocks = r->verdict != REHEARSAL_FINISHES;
    vec_foreach(risk, &r->risks)
        blocks = blocks || risk->blocks;
    return r->missing.len ? CMD_PARTLY : blocks ? CMD_FINDINGS : CMD_OK;
}

/* ---- the rehearsal ---- */

static int rehearse(struct run *r, struct err *err)
{
    const struct rehearse_order *o = &r->order;
    switch (o->kind) {
    case REHEARSAL_DRAIN:
        return rehearse_drain(&r->world, &r->cloud, o->names, &o->options, &r->rehearsal, err);
    case REHEARSAL_FAIL:
        return rehearse_fail(&r->world, &r->cloud, o->names, &o->options, &r->rehearsal, err);
    default:
        return rehearse_replace(&r->world, &r->cloud, o->names, &o->green, &o->options,
                                &r->rehearsal, err);
    }
}

static int run_rehearse(struct cmd_ctx *ctx, struct err *err)
{
    _cleanup_(run_release) struct run r = {.ctx = ctx};
    world_init(&r.world);
    cloud_init(&r.cloud);
    if (rehearse_order_read(ctx, &r.order, err) < 0)
        return -1;
    int64_t start = clock_ms();
    if (load(&r, err) < 0)
        return -1;
    int64_t loaded = clock_ms();
    if (rehearse(&r, err) < 0)
        return -1;
    r.rehearsal.load_ms = loaded - start;
    r.rehearsal.run_ms = clock_ms() - loaded;
    tell_gaps(&r);
    return print(&r, err) < 0 ? -1 : exit_code(&r.rehearsal);
}

/* ---- the description ---- */

static const char *const formats[] = {"table", "json", "markdown", "html", NULL};
static const char *const synopsis[] = {
    "nodes (--world FILE | --live) --nodegroup GROUP... [--instance-type TYPE] [--count N] "
    "[--suggest] [-o FORMAT]",
    "drain (--world FILE | --live) [-o FORMAT] NODE...",
    "fail (--world FILE | --live) [-o FORMAT] NODE|ZONE...",
    NULL,
};
static const char *const about[] = {
    "Runs an operation on a simulated copy of the cluster, in virtual time, with the very code "
    "that carries it out on a real one, and says how it goes: which evictions block and on which "
    "budget, which pods find no place and why, how long it takes, how many nodes, addresses and "
    "dollars it needs. Nothing is changed in the cluster.",
    "`nodes` replaces node groups: new nodes start, all old ones are cordoned and drained, volumes "
    "are waited for, the old nodes are deleted. `drain` only drains nodes. `fail` shows what "
    "happens when nodes or whole zones die now.",
    "The cluster is a snapshot of `toban snapshot`, dumps of `kubectl get -A -o json` (files or "
    "folders), or the live one. Times are the cluster's own where it has enough of them, else "
    "documented defaults; `--time` sets one. Durations are drawn anew in each run, so that the "
    "answer is a range: half of the runs end by its start, 19 of 20 by its end. Equal seeds give "
    "equal answers.",
    "Risks that can be seen without running anything are listed too, by rule: see "
    "docs/rehearse.md.",
    NULL,
};
static const struct cmd_option options[] = {
    {.name = "ami",
     .takes = CMD_TAKES_TEXT,
     .arg = "AMI",
     .help = "nodes: image of the new nodes; told in the report only"},
    {.name = "at-once",
     .takes = CMD_TAKES_TEXT,
     .arg = "N",
     .help = "nodes: in rounds, so many new nodes at a time, each time as many old ones end; "
             "several groups one after the other; default: all"},
    PACE_OPTION_BARE,
    PACE_OPTION_BATCH,
    PACE_OPTION_BATCH_SOAK,
    CLOUD_OPTION_CLOUD,
    CMD_OPTION_CONTEXT,
    {.name = "count",
     .takes = CMD_TAKES_TEXT,
     .arg = "N",
     .group = 2,
     .help = "nodes: start so many new nodes in all; default: as many as there are old ones"},
    CLOUD_OPTION_ENDPOINT_URL,
    {.name = "instance-type",
     .takes = CMD_TAKES_TEXT,
     .arg = "TYPE",
     .help = "nodes: instance type of the new nodes; default: that of the old ones"},
    PACE_OPTION_KEEP_EMPTY_DIR,
    CMD_OPTION_KUBECONFIG,
    {.name = "limit",
     .takes = CMD_TAKES_TEXT,
     .arg = "DURATION",
     .fallback = "7d",
     .help = "virtual time after which a run counts as blocked"},
    {.name = "live", .group = 1, .help = "read the cluster of the kubeconfig"},
    PACE_OPTION_MAX_UNAVAILABLE,
    {.name = "nodegroup",
     .letter = 'g',
     .takes = CMD_TAKES_TEXT,
     .arg = "GROUP",
     .repeatable = true,
     .help = "nodes: the node group to replace"},
    PACE_OPTION_ORDER,
    {.name = "output",
     .letter = 'o',
     .takes = CMD_TAKES_WORD,
     .arg = "FORMAT",
     .words = formats,
     .fallback = "table",
     .help = "how to print the report"},
    PACE_OPTION_PAUSE_BEFORE("; the rehearsal takes the answer as given"),
    PACE_OPTION_POD_TIMEOUT,
    CLOUD_OPTION_PROFILE,
    PACE_OPTION_RATE,
    CLOUD_OPTION_REGION,
    {.name = "report",
     .takes = CMD_TAKES_FILE,
     .arg = "FILE",
     .help = "write the report as a page with charts to FILE, too"},
    {.name = "runs",
     .takes = CMD_TAKES_TEXT,
     .arg = "N",
     .help = "repeat the rehearsal with other durations; default: 20, with more than 20,000 pods "
             "5; with 1 every duration is its median"},
    {.name = "seed",
     .takes = CMD_TAKES_TEXT,
     .arg = "N",
     .fallback = "1",
     .help = "where chance starts from"},
    {.name = "soak",
     .takes = CMD_TAKES_TEXT,
     .arg = "DURATION",
     .help = "nodes: wait between the last batch and the deletion of the old nodes"},
    {.name = "start",
     .takes = CMD_TAKES_TEXT,
     .arg = "HH:MM",
     .needs = "window",
     .help = "time of the day, UTC, at which the operation starts; default: now"},
    {.name = "suggest",
     .group = 2,
     .help = "nodes: find the smallest number of new nodes on which everything fits"},
    {.name = "time",
     .takes = CMD_TAKES_TEXT,
     .arg = "NAME=DURATION",
     .repeatable = true,
     .help = "how long something takes: `pull=30s`, or with its 95th percentile `pull=30s/90s`; "
             "docs/simulator.md lists the names"},
    {.name = "version",
     .takes = CMD_TAKES_VERSION,
     .arg = "VERSION",
     .help = "nodes: kubelet version of the new nodes; default: that of the old ones"},
    PACE_OPTION_WINDOW,
    PACE_OPTION_WORKLOAD_UNAVAILABLE,
    {.name = "world",
     .letter = 'w',
     .takes = CMD_TAKES_PATH,
     .arg = "FILE",
     .repeatable = true,
     .group = 1,
     .help = "read the cluster from a snapshot, or from dumps of `kubectl get -o json`"},
    {.name = "zone",
     .takes = CMD_TAKES_TEXT,
     .arg = "ZONE=N",
     .repeatable = true,
     .group = 2,
     .help = "nodes: start so many new nodes in this zone; other zones keep their number"},
    {0},
};
static const struct cmd_pair examples[] = {
    {"toban rehearse nodes --live --nodegroup blue --report plan.html",
     "replace a node group by one like it, and draw the course"},
    {"toban rehearse nodes -w prod.snap -g blue --instance-type m6i.xlarge --suggest",
     "how few nodes of another type are enough?"},
    {"toban rehearse nodes -w prod.snap -g blue --batch 25% --batch-soak 10m",
     "in four batches, with time to look at the graphs"},
    {"toban rehearse nodes -w prod.snap -g blue --at-once 6",
     "in rounds, where there is room for six more"},
    {"toban rehearse drain -w prod.snap ip-10-0-1-23.eu-west-1.compute.internal",
     "what stands in the way of draining one node?"},
    {"toban rehearse fail -w prod.snap eu-west-1b", "what if this zone dies now?"},
    {0},
};
static const struct cmd_pair exits[] = {
    {"0", "it finishes, and nothing that blocks was found"},
    {"1", "failed: the reason is on standard error"},
    {"2", "it blocks, or pods were found that can never move"},
    {"3", "partly done: something of the cluster could not be read"},
    {"64", "wrong usage"},
    {0},
};

const struct cmd cmd_rehearse = {
    .name = "rehearse",
    .summary = "play a node operation on a simulated copy of a cluster",
    .synopsis = synopsis,
    .about = about,
    .options = options,
    .operands = {.name = "WHAT",
                 .takes = CMD_TAKES_TEXT,
                 .words = rehearse_words,
                 .min = 1,
                 .max = CMD_MANY,
                 .help = "`nodes`, `drain` or `fail`, then names of nodes (or zones)"},
    .examples = examples,
    .exits = exits,
    .run = run_rehearse,
};
