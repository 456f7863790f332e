#include "cmd/drain_read.h"

#include "base/must.h"
#include "cmd/pace_options.h"

#include <string.h>

void drain_ordered_release(struct drain_ordered *o)
{
    vec_release(&o->gates);
    free(o->pauses);
    free(o->force);
    arena_release(&o->arena);
    *o = (struct drain_ordered){0};
}

static int read_gates(const struct cmd_ctx *ctx, struct drain_ordered *o, struct err *err)
{
    const char *text;
    for (size_t i = 0; (text = cmd_value_at(ctx, "gate", i)); i++) {
        struct gate g = {0};
        if (gate_parse(text, &o->arena, &g, err) < 0)
            return err_wrap(err, "nodes: --gate");
        must_push(&o->gates, g);
    }
    return 0;
}

static int check_force(const struct cmd_ctx *ctx, const char *const *force, struct err *err)
{
    for (const char *const *f = force; *f; f++) {
        struct sv rest = sv_of(*f), ns = sv_split(&rest, '/');
        if (!ns.len || !rest.len || memchr(rest.ptr, '/', rest.len))
            return cmd_usage(ctx, err,
                             "--force: '%s' names no pod, expected NAMESPACE/POD like shop/cart-0",
                             *f);
    }
    return 0;
}

int drain_read(const struct cmd_ctx *ctx, struct drain_ordered *o, struct err *err)
{
    struct nodes_options pace = {0};
    int64_t volumes_ms = 0;
    o->pauses = cmd_values(ctx, "pause-before");
    o->force = cmd_values(ctx, "force");
    if (pace_read(ctx, &pace, err) < 0 || check_force(ctx, o->force, err) < 0 ||
        pace_read_span(ctx, "volume-timeout", &volumes_ms, err) < 0 || read_gates(ctx, o, err) < 0)
        return -1;
    o->order = (struct drain_order){
        .order = pace.order,
        .max_unavailable = pace.max_unavailable,
        .batch = pace.batch,
        .workload_unavailable = pace.workload_unavailable,
        .batch_soak_ms = pace.batch_soak_ms,
        .pod_timeout_ms = pace.pod_timeout_ms,
        .evictions_per_s = pace.evictions_per_s,
        .window_from_min = pace.window_from_min,
        .window_to_min = pace.window_to_min,
        .pause_before = o->pauses[0] ? o->pauses : NULL,
        .bare = pace.bare,
        .keep_empty_dir_pods = pace.keep_empty_dir_pods,
        .force = o->force[0] ? o->force : NULL,
        .volume_timeout_s = (unsigned)((volumes_ms + 999) / 1000),
    };
    return 0;
}
