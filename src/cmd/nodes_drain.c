#include "base/must.h"
#include "cmd/mutate.h"
#include "cmd/nodes_choose.h"
#include "cmd/nodes_verbs.h"
#include "cmd/pace_options.h"
#include "cmd/rehearse_options.h"

#include <string.h>

struct drain_run {
    struct cmd_ctx *ctx;
    struct cluster cluster;
    struct nodes_choice choice;
    struct drain_order order;
    VEC(struct gate) gates;
    const char **pauses, **force;
    struct rehearsal rehearsal;
    struct arena arena;
    struct mutate mutate;
};

static void run_release(struct drain_run *r)
{
    mutate_release(&r->mutate);
    rehearsal_release(&r->rehearsal);
    vec_release(&r->gates);
    free(r->pauses);
    free(r->force);
    nodes_choice_release(&r->choice);
    cluster_release(&r->cluster);
    arena_release(&r->arena);
}

/* ---- the order ---- */

static int read_gates(struct drain_run *r, struct err *err)
{
    const char *text;
    for (size_t i = 0; (text = cmd_value_at(r->ctx, "gate", i)); i++) {
        struct gate g = {0};
        if (gate_parse(text, &r->arena, &g, err) < 0)
            return err_wrap(err, "nodes: --gate");
        must_push(&r->gates, g);
    }
    return 0;
}

static int check_force(const struct drain_run *r, struct err *err)
{
    for (const char *const *f = r->force; *f; f++) {
        struct sv rest = sv_of(*f), ns = sv_split(&rest, '/');
        if (!ns.len || !rest.len || memchr(rest.ptr, '/', rest.len))
            return cmd_usage(r->ctx, err,
                             "--force: '%s' names no pod, expected NAMESPACE/POD like shop/cart-0",
                             *f);
    }
    return 0;
}

/* What can be wrong without a cluster is refused before it is asked. */
static int read_order(struct drain_run *r, struct err *err)
{
    struct nodes_options pace = {0};
    int64_t volumes_ms = 0;
    r->pauses = cmd_values(r->ctx, "pause-before");
    r->force = cmd_values(r->ctx, "force");
    if (pace_read(r->ctx, &pace, err) < 0 || check_force(r, err) < 0 ||
        pace_read_span(r->ctx, "volume-timeout", &volumes_ms, err) < 0 || read_gates(r, err) < 0)
        return -1;
    r->order = (struct drain_order){
        .order = pace.order,
        .max_unavailable = pace.max_unavailable,
        .batch = pace.batch,
        .workload_unavailable = pace.workload_unavailable,
        .batch_soak_ms = pace.batch_soak_ms,
        .pod_timeout_ms = pace.pod_timeout_ms,
        .evictions_per_s = pace.evictions_per_s,
        .window_from_min = pace.window_from_min,
        .window_to_min = pace.window_to_min,
        .pause_before = r->pauses[0] ? r->pauses : NULL,
        .bare = pace.bare,
        .keep_empty_dir_pods = pace.keep_empty_dir_pods,
        .force = r->force[0] ? r->force : NULL,
        .volume_timeout_s = (unsigned)((volumes_ms + 999) / 1000),
    };
    return 0;
}

static int read_cluster(struct drain_run *r, struct err *err)
{
    struct cmd_ctx *ctx = r->ctx;
    if (cluster_identify(&r->cluster, err) < 0 || cluster_read(&r->cluster, ctx, err) < 0 ||
        nodes_choose(&r->choice, ctx, &r->cluster, ctx->operands + 1, ctx->operand_count - 1, err) <
            0)
        return -1;
    cluster_tell_gaps(&r->cluster, ctx);
    r->order.nodes = r->choice.names.items;
    return 0;
}

/* ---- the checks ---- */

static int foresee(struct drain_run *r, struct err *err)
{
    struct mutate *m = &r->mutate;
    struct nodes_options exact; /* each name is there: a pause that is misspelt would be none */
    if (drain_options(&r->order, &r->cluster.world, r->ctx->now * 1000, &r->arena, &exact, err) < 0)
        return err_wrap(err, "%s", r->ctx->cmd->name);
    if (mutate_rehearse_drain(&r->cluster, &r->order, r->ctx->now, &r->rehearsal, err) < 0 ||
        drain_plan(&r->order, r->gates.items, r->gates.len, &m->plan, err) < 0)
        return -1;
    m->rehearsal = &r->rehearsal;
    preflight_take(&m->found, &r->rehearsal);
    mutate_accept_forced(m, &r->order);
    mutate_find_marks(m, &r->choice.marks, r->order.nodes);
    return 0;
}

int nodes_run_drain(struct cmd_ctx *ctx, struct err *err)
{
    _cleanup_(run_release) struct drain_run r = {.ctx = ctx};
    struct mutate *m = &r.mutate;
    if (read_order(&r, err) < 0 || cluster_open(&r.cluster, ctx, err) < 0 ||
        mutate_open(m, ctx, &r.cluster, err) < 0 || read_cluster(&r, err) < 0 ||
        foresee(&r, err) < 0)
        return -1;
    int code = mutate_check(m, err);
    if (cmd_given(ctx, "dry-run")) {
        struct trial t = {.nodes = r.order.nodes, .evict = true};
        return code < 0 ? -1 : mutate_try(m, &t, code, err);
    }
    if (code == CMD_OK)
        code = mutate_ask(m);
    if (code != CMD_OK)
        return code;
    return mutate_keep(m, err) < 0 ? -1 : mutate_run(m, err);
}
