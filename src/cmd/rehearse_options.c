#include "cmd/rehearse_options.h"

#include "base/must.h"
#include "base/text.h"
#include "cmd/pace_options.h"
#include "ops/nodes/workload.h"

#define RUNS_MAX 10000
#define RUNS_USUAL 20
#define RUNS_LARGE 5
#define LARGE_PODS 20000
#define COUNT_MAX 100000

const char *const rehearse_words[] = {
    [REHEARSAL_REPLACE] = "nodes", [REHEARSAL_DRAIN] = "drain", [REHEARSAL_FAIL] = "fail", NULL};

/* Options that mean nothing to the later words. */
static const struct {
    const char *option;
    enum rehearsal_kind last; /* that it is for */
} limited[] = {
    {"nodegroup", REHEARSAL_REPLACE},
    {"instance-type", REHEARSAL_REPLACE},
    {"count", REHEARSAL_REPLACE},
    {"zone", REHEARSAL_REPLACE},
    {"version", REHEARSAL_REPLACE},
    {"ami", REHEARSAL_REPLACE},
    {"at-once", REHEARSAL_REPLACE},
    {"suggest", REHEARSAL_REPLACE},
    {"soak", REHEARSAL_REPLACE},
    {"order", REHEARSAL_DRAIN},
    {"max-unavailable", REHEARSAL_DRAIN},
    {"batch", REHEARSAL_DRAIN},
    {"batch-soak", REHEARSAL_DRAIN},
    {"pod-timeout", REHEARSAL_DRAIN},
    {"window", REHEARSAL_DRAIN},
    {"start", REHEARSAL_DRAIN},
    {"pause-before", REHEARSAL_DRAIN},
    {"workload-unavailable", REHEARSAL_DRAIN},
    {"rate", REHEARSAL_DRAIN},
    {"bare", REHEARSAL_DRAIN},
    {"keep-empty-dir", REHEARSAL_DRAIN},
};

void rehearse_order_release(struct rehearse_order *o)
{
    free(o->names);
    free(o->zones);
    free(o->spans);
    free(o->pauses);
    vec_release(&o->pause_at);
}

/* ---- groups of values ---- */

static int read_start(const struct cmd_ctx *ctx, struct nodes_options *o, struct err *err)
{
    const char *start = cmd_value(ctx, "start");
    int minutes;
    if (!start)
        return 0;
    if (!pace_parse_clock(sv_of(start), &minutes) || minutes == 24 * 60)
        return cmd_usage(ctx, err,
                         "--start: '%s' is no time of the day, expected one like 22:00 "
                         "(UTC)",
                         start);
    o->day_offset_ms = (int64_t)minutes * 60000;
    return 0;
}

static int check_zones(const struct cmd_ctx *ctx, const char *const *zones, struct err *err)
{
    for (; *zones; zones++) {
        uint64_t n;
        struct sv rest = sv_of(*zones), zone = sv_split(&rest, '=');
        if (!zone.len || !sv_to_u64(rest, &n) || n > COUNT_MAX)
            return cmd_usage(ctx, err,
                             "--zone: '%s' is not expected, but ZONE=N like "
                             "eu-west-1a=4",
                             *zones);
    }
    return 0;
}

static int read_green(const struct cmd_ctx *ctx, struct rehearse_order *o, struct err *err)
{
    uint64_t count = 0, at_once = 0;
    if (pace_read_number(ctx, "count", 1, COUNT_MAX, &count, err) < 0 ||
        pace_read_number(ctx, "at-once", 1, COUNT_MAX, &at_once, err) < 0)
        return -1;
    o->zones = cmd_values(ctx, "zone");
    o->green = (struct rehearse_green){
        .instance_type = cmd_value(ctx, "instance-type"),
        .count = (int32_t)count,
        .zones = o->zones[0] ? o->zones : NULL,
        .version = cmd_version_of(ctx, "version"),
        .ami = cmd_value(ctx, "ami"),
        .suggest = cmd_given(ctx, "suggest"),
        .at_once = (uint32_t)at_once,
    };
    return check_zones(ctx, o->zones, err);
}

/* On a copy of the defaults, for their own sake: the world's own times are known later. */
static int check_times(struct rehearse_order *o, struct err *err)
{
    struct sim_times scratch = sim_times_default;
    for (const char *const *t = o->spans; *t; t++)
        if (sim_times_set(&scratch, *t, err) < 0)
            return err_wrap(err, "rehearse: --time");
    return 0;
}

static int read_runs(const struct cmd_ctx *ctx, struct rehearse_order *o, struct err *err)
{
    uint64_t runs = 0;
    o->options.seed = 1;
    if (pace_read_number(ctx, "runs", 1, RUNS_MAX, &runs, err) < 0 ||
        pace_read_number(ctx, "seed", 0, INT64_MAX, &o->options.seed, err) < 0 ||
        pace_read_span(ctx, "limit", &o->options.limit_ms, err) < 0)
        return -1;
    o->options.runs = (unsigned)runs;
    return 0;
}

/* ---- words ---- */

static int no_such_word(const struct cmd_ctx *ctx, const char *word, struct err *err)
{
    for (size_t i = 0; rehearse_words[i]; i++)
        if (text_near(sv_of(word), sv_of(rehearse_words[i])))
            return cmd_usage(ctx, err, "'%s' cannot be rehearsed, did you mean '%s'?", word,
                             rehearse_words[i]);
    return cmd_usage(ctx, err, "'%s' cannot be rehearsed, expected nodes, drain or fail", word);
}

static int check_limited(const struct cmd_ctx *ctx, enum rehearsal_kind kind, struct err *err)
{
    for (size_t i = 0; i < ARRAY_LEN(limited); i++) {
        if (!cmd_given(ctx, limited[i].option) || kind <= limited[i].last)
            continue;
        return cmd_usage(ctx, err, "--%s is not for '%s', only for 'nodes'%s", limited[i].option,
                         rehearse_words[kind],
                         limited[i].last == REHEARSAL_REPLACE ? "" : " and 'drain'");
    }
    return 0;
}

static int read_names(const struct cmd_ctx *ctx, struct rehearse_order *o, struct err *err)
{
    size_t n = ctx->operand_count - 1;
    if (o->kind == REHEARSAL_REPLACE) {
        o->names = cmd_values(ctx, "nodegroup");
        if (n)
            return cmd_usage(ctx, err, "'%s' is not expected: node groups are named by --nodegroup",
                             ctx->operands[1]);
        return o->names[0] ? 0 : cmd_usage(ctx, err, "which nodes? --nodegroup GROUP is expected");
    }
    if (!n)
        return cmd_usage(ctx, err,
                         o->kind == REHEARSAL_DRAIN
                             ? "drain what? NODE is expected, at least one"
                             : "what fails? NODE or ZONE is expected, at least one");
    o->names = mem_must(calloc(n + 1, sizeof *o->names));
    for (size_t i = 0; i < n; i++)
        o->names[i] = ctx->operands[i + 1];
    return 0;
}

static int read_word(const struct cmd_ctx *ctx, struct rehearse_order *o, struct err *err)
{
    const char *word = ctx->operands[0];
    while (rehearse_words[o->kind] && strcmp(rehearse_words[o->kind], word) != 0)
        o->kind++;
    if (!rehearse_words[o->kind])
        return no_such_word(ctx, word, err);
    if (read_names(ctx, o, err) < 0 || check_limited(ctx, o->kind, err) < 0)
        return -1;
    if (!cmd_given(ctx, "world") && !cmd_given(ctx, "live"))
        return cmd_usage(ctx, err, "on which cluster? --world FILE or --live is expected");
    return 0;
}

int rehearse_order_read(const struct cmd_ctx *ctx, struct rehearse_order *o, struct err *err)
{
    struct nodes_options *nodes = &o->options.nodes;
    o->spans = cmd_values(ctx, "time");
    o->pauses = cmd_values(ctx, "pause-before");
    if (read_word(ctx, o, err) < 0 || pace_read(ctx, nodes, err) < 0 ||
        pace_read_span(ctx, "soak", &nodes->soak_ms, err) < 0 || read_start(ctx, nodes, err) < 0 ||
        read_green(ctx, o, err) < 0 || read_runs(ctx, o, err) < 0)
        return -1;
    return check_times(o, err);
}

unsigned rehearse_usual_runs(const struct world *w)
{
    return w->live_pods > LARGE_PODS ? RUNS_LARGE : RUNS_USUAL;
}

int rehearse_order_bind(const struct cmd_ctx *ctx, const struct world *w, struct rehearse_order *o,
                        struct err *err)
{
    for (const char *const *p = o->pauses; *p; p++) {
        uint32_t workload;
        if (nodes_workload_find(w, *p, &workload, err) < 0)
            return -1;
        mem_must(vec_push(&o->pause_at, workload) ? o : NULL);
    }
    o->options.nodes.pause_before = o->pause_at.items;
    o->options.nodes.pause_count = (uint32_t)o->pause_at.len;
    o->options.times = o->spans;
    if (!o->options.runs)
        o->options.runs = rehearse_usual_runs(w);
    return 0;
}
