#include "cmd/pace_options.h"

#include "base/cleanup.h"
#include "base/duration.h"
#include "ops/nodes/workload.h"

#define RATE_MAX 1000
#define COUNT_MAX 100000

const char *const pace_orders[] = {[NODES_BY_NAME] = "name",
                                   [NODES_OLDEST] = "oldest",
                                   [NODES_EMPTIEST] = "emptiest",
                                   [NODES_BY_ZONE] = "zone",
                                   NULL};

int pace_read_span(const struct cmd_ctx *ctx, const char *option, int64_t *out, struct err *err)
{
    const char *text = cmd_value(ctx, option);
    if (!text || duration_parse(sv_of(text), out))
        return 0;
    return cmd_usage(ctx, err, "--%s: '%s' is no duration, expected one like 90s, 5m or 1h30m",
                     option, text);
}

int pace_read_number(const struct cmd_ctx *ctx, const char *option, uint64_t least, uint64_t most,
                     uint64_t *out, struct err *err)
{
    const char *text = cmd_value(ctx, option);
    uint64_t n;
    if (!text)
        return 0;
    if (!sv_to_u64(sv_of(text), &n) || n < least || n > most)
        return cmd_usage(ctx, err, "--%s: '%s' is no number from %llu to %llu", option, text,
                         (unsigned long long)least, (unsigned long long)most);
    *out = n;
    return 0;
}

static int read_share(const struct cmd_ctx *ctx, const char *option, struct int_or_percent *out,
                      struct err *err)
{
    const char *text = cmd_value(ctx, option);
    struct sv digits = sv_of(text);
    uint64_t n;
    if (!text)
        return 0;
    bool percent = sv_ends(digits, "%");
    digits.len -= percent;
    if (!sv_to_u64(digits, &n) || n < 1 || n > (percent ? 100 : COUNT_MAX))
        return cmd_usage(ctx, err, "--%s: '%s' is neither a number from 1 nor 1%% to 100%%", option,
                         text);
    *out = (struct int_or_percent){true, percent, (int32_t)n};
    return 0;
}

bool pace_parse_clock(struct sv text, int *out)
{
    struct sv rest = text, hour = sv_split(&rest, ':');
    uint64_t h, m;
    if (hour.len != 2 || rest.len != 2 || !sv_to_u64(hour, &h) || !sv_to_u64(rest, &m) || m > 59 ||
        h * 60 + m > 24 * 60)
        return false;
    *out = (int)(h * 60 + m);
    return true;
}

static int read_window(const struct cmd_ctx *ctx, struct nodes_options *o, struct err *err)
{
    const char *text = cmd_value(ctx, "window");
    struct sv rest = sv_of(text), from = sv_split(&rest, '-');
    o->day_offset_ms = ctx->now % 86400 * 1000;
    if (!text)
        return 0;
    if (!pace_parse_clock(from, &o->window_from_min) ||
        !pace_parse_clock(rest, &o->window_to_min) || o->window_from_min == o->window_to_min)
        return cmd_usage(ctx, err,
                         "--window: '%s' is no part of a day, expected one like "
                         "22:00-05:30 (UTC)",
                         text);
    o->window_from_min %= 24 * 60;
    o->window_to_min %= 24 * 60;
    return 0;
}

static enum nodes_order order_of(const struct cmd_ctx *ctx)
{
    enum nodes_order i = NODES_BY_NAME;
    while (strcmp(pace_orders[i], cmd_value(ctx, "order")) != 0)
        i++;
    return i;
}

static int check_pauses(const struct cmd_ctx *ctx, struct err *err)
{
    const char *name;
    for (size_t i = 0; (name = cmd_value_at(ctx, "pause-before", i)); i++)
        if (!nodes_workload_is_named(name))
            return cmd_usage(ctx, err,
                             "--pause-before: '%s' names no workload, expected one like "
                             "statefulset/data/mongo",
                             name);
    return 0;
}

int pace_read(const struct cmd_ctx *ctx, struct nodes_options *o, struct err *err)
{
    uint64_t rate = 0;
    o->order = order_of(ctx);
    o->bare = cmd_given(ctx, "bare");
    o->keep_empty_dir_pods = cmd_given(ctx, "keep-empty-dir");
    if (read_share(ctx, "max-unavailable", &o->max_unavailable, err) < 0 ||
        read_share(ctx, "batch", &o->batch, err) < 0 ||
        read_share(ctx, "workload-unavailable", &o->workload_unavailable, err) < 0 ||
        pace_read_span(ctx, "batch-soak", &o->batch_soak_ms, err) < 0 ||
        pace_read_span(ctx, "pod-timeout", &o->pod_timeout_ms, err) < 0 ||
        pace_read_number(ctx, "rate", 1, RATE_MAX, &rate, err) < 0 || read_window(ctx, o, err) < 0)
        return -1;
    o->evictions_per_s = (unsigned)rate;
    return check_pauses(ctx, err);
}
