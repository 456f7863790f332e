#include "cmd/drain_read.h"
#include "cmd/mutate.h"
#include "cmd/nodes_choose.h"
#include "cmd/nodes_verbs.h"

struct drain_run {
    struct cmd_ctx *ctx;
    struct cluster cluster;
    struct nodes_choice choice;
    struct drain_ordered ordered;
    struct rehearsal rehearsal;
    struct arena arena;
    struct mutate mutate;
};

static void run_release(struct drain_run *r)
{
    mutate_release(&r->mutate);
    rehearsal_release(&r->rehearsal);
    drain_ordered_release(&r->ordered);
    nodes_choice_release(&r->choice);
    cluster_release(&r->cluster);
    arena_release(&r->arena);
}

static int read_cluster(struct drain_run *r, struct err *err)
{
    struct cmd_ctx *ctx = r->ctx;
    if (cluster_identify(&r->cluster, err) < 0 || cluster_read(&r->cluster, ctx, err) < 0 ||
        nodes_choose(&r->choice, ctx, &r->cluster, ctx->operands + 1, ctx->operand_count - 1, err) <
            0)
        return -1;
    cluster_tell_gaps(&r->cluster, ctx);
    r->ordered.order.nodes = r->choice.names.items;
    return 0;
}

/* ---- the checks ---- */

static int foresee(struct drain_run *r, struct err *err)
{
    struct mutate *m = &r->mutate;
    struct nodes_options exact; /* each name is there: a pause that is misspelt would be none */
    if (drain_options(&r->ordered.order, &r->cluster.world, r->ctx->now * 1000, &r->arena, &exact,
                      err) < 0)
        return err_wrap(err, "%s", r->ctx->cmd->name);
    if (mutate_rehearse_drain(&r->cluster, &r->ordered.order, r->ctx->now, &r->rehearsal, err) <
            0 ||
        drain_plan(&r->ordered.order, r->ordered.gates.items, r->ordered.gates.len, &m->plan, err) <
            0)
        return -1;
    m->rehearsal = &r->rehearsal;
    preflight_take(&m->found, &r->rehearsal);
    mutate_accept_forced(m, &r->ordered.order);
    mutate_find_marks(m, &r->choice.marks, r->ordered.order.nodes);
    return 0;
}

int nodes_run_drain(struct cmd_ctx *ctx, struct err *err)
{
    _cleanup_(run_release) struct drain_run r = {.ctx = ctx};
    struct mutate *m = &r.mutate;
    if (drain_read(ctx, &r.ordered, err) < 0 || cluster_open(&r.cluster, ctx, err) < 0 ||
        mutate_open(m, ctx, &r.cluster, err) < 0 || read_cluster(&r, err) < 0 ||
        foresee(&r, err) < 0)
        return -1;
    int code = mutate_check(m, err);
    if (cmd_given(ctx, "dry-run")) {
        struct trial t = {.nodes = r.ordered.order.nodes, .evict = true};
        return code < 0 ? -1 : mutate_try(m, &t, code, err);
    }
    if (code == CMD_OK)
        code = mutate_ask(m);
    if (code != CMD_OK)
        return code;
    return mutate_keep(m, err) < 0 ? -1 : mutate_run(m, err);
}
