/* toban plan resume, rollback and abort: what goes on with a plan, back, or gives it up. */
#include "base/must.h"
#include "cmd/mutate.h"
#include "cmd/plan_print.h"
#include "cmd/plan_verbs.h"
#include "cmd/rehearse_options.h"
#include "ops/drain/order.h"
#include "ops/replace/left.h"
#include "ops/replace/replace.h"

#include <string.h>

struct going {
    struct cmd_ctx *ctx;
    struct cluster cluster;
    struct marks marks;
    struct rehearsal rehearsal;
    struct drain_order order;
    struct arena arena;
    struct mutate mutate;
};

static void going_release(struct going *g)
{
    mutate_release(&g->mutate);
    rehearsal_release(&g->rehearsal);
    marks_release(&g->marks);
    cluster_release(&g->cluster);
    arena_release(&g->arena);
}

/* ---- the right plan on the right cluster ---- */

static int check_going(const struct plan *p, bool rollback, struct err *err)
{
    if (plan_is_over(p)) {
        _cleanup_str_ struct str next = {0};
        plan_print_next(p, NULL, &next);
        err_set(err, ERR_CONFLICT, "plan %s is %s: it cannot go %s%s", p->id,
                plan_status_names[p->status], rollback ? "back" : "on",
                rollback && replace_is(p) && p->status == PLAN_DONE
                    ? ", its old node groups are deleted; the reverse is a replacement of its own"
                    : "");
        if (rollback && next.len)
            return err_hint(err, "%s", str_c(&next));
        return err_hint(err, "toban plan show %s", p->id);
    }
    if (!p->back || rollback)
        return 0;
    err_set(err, ERR_CONFLICT, "plan %s is going back: it cannot go on", p->id);
    return err_hint(err, "toban plan rollback %s", p->id);
}

static int check_cluster(const struct plan *p, const struct cluster *c, struct err *err)
{
    if (strcmp(p->cluster_id, str_c(&c->id)) == 0)
        return 0;
    err_set(err, ERR_CONFLICT, "plan %s is for cluster %s, but this is %s", p->id, p->cluster,
            str_c(&c->name));
    return err_hint(err, "--context chooses another one; they are told apart by %s and %s",
                    p->cluster_id, str_c(&c->id));
}

/* ---- what is ahead ---- */

static bool is_done(const struct plan_step *s)
{
    return s->state == STEP_DONE || s->state == STEP_SKIPPED;
}

static bool is_ahead(const struct plan *p, const char *verb)
{
    vec_foreach(s, &p->steps)
        if (strcmp(s->verb, verb) == 0 && !is_done(s))
            return true;
    return false;
}

static const char **claimed_nodes(const struct plan *p)
{
    size_t n = 0;
    const char **nodes = mem_must(calloc(p->claims.len + 1, sizeof *nodes));
    vec_foreach(claim, &p->claims)
        if (strncmp(*claim, "node/", 5) == 0)
            nodes[n++] = *claim + 5;
    return nodes;
}

/* Nodes that were deleted meanwhile are drained. */
static bool any_is_there(const struct marks *marks, const char *const *nodes)
{
    for (; *nodes; nodes++)
        if (marks_find(marks, *nodes))
            return true;
    return false;
}

static bool new_nodes_are_there(const struct plan *p)
{
    vec_foreach(s, &p->steps)
        if (strcmp(s->verb, "await-group") == 0 && !is_done(s))
            return false;
    return true;
}

/* New nodes that are still to come are simulated. */
static int rehearse_replace_left(struct going *g, struct err *err)
{
    struct rehearse_options o = {.runs = rehearse_usual_runs(&g->cluster.world), .seed = 1};
    struct rehearse_green green = {0};
    const char *const *blue;
    replace_groups(&g->mutate.plan, &g->arena, &blue, &green.names);
    if (replace_in_rounds(&g->mutate.plan)) {
        struct rehearse_round *rounds;
        green.round_count = replace_rounds_left(&g->mutate.plan, &g->arena, &rounds);
        green.rounds = rounds;
    }
    if (order_bind(&g->order, &g->cluster.world, g->ctx->now * 1000, true, &g->arena, &o.nodes,
                   err) < 0)
        return -1;
    return rehearse_replace(&g->cluster.world, &g->cluster.cloud, blue, &green, &o, &g->rehearsal,
                            err);
}

static int rehearse_left(struct going *g, struct err *err)
{
    const struct plan *p = &g->mutate.plan;
    if (replace_is(p) && (replace_in_rounds(p) || !new_nodes_are_there(p)))
        return rehearse_replace_left(g, err);
    return mutate_rehearse_drain(&g->cluster, &g->order, g->ctx->now, &g->rehearsal, err);
}

static int foresee(struct going *g, struct err *err)
{
    struct mutate *m = &g->mutate;
    if (cluster_read(&g->cluster, g->ctx, err) < 0 ||
        marks_read(g->cluster.client, NULL, &g->marks, err) < 0)
        return -1;
    cluster_tell_gaps(&g->cluster, g->ctx);
    _cleanup_free_ const char **nodes = claimed_nodes(&m->plan);
    mutate_find_marks(m, &g->marks, nodes);
    if (m->rollback || !is_ahead(&m->plan, "drain") || !any_is_there(&g->marks, nodes))
        return 0;
    if (drain_order_parse(m->plan.args, &g->arena, &g->order, err) < 0 || rehearse_left(g, err) < 0)
        return -1;
    m->rehearsal = &g->rehearsal;
    preflight_take(&m->found, &g->rehearsal);
    mutate_accept_forced(m, &g->order);
    return 0;
}

static int open_plan(struct going *g, const char *id, bool rollback, struct err *err)
{
    struct mutate *m = &g->mutate;
    if (mutate_open(m, g->ctx, &g->cluster, err) < 0)
        return -1;
    m->rollback = rollback;
    if (!m->store)
        return err_set(err, ERR_NOT_FOUND, "there are no plans yet");
    if (plan_load(m->store, id, &m->plan, err) < 0 || check_going(&m->plan, rollback, err) < 0)
        return -1;
    return cluster_open(&g->cluster, g->ctx, err) < 0 || cluster_identify(&g->cluster, err) < 0
               ? -1
               : check_cluster(&m->plan, &g->cluster, err);
}

int plan_run_resume(struct cmd_ctx *ctx, const char *id, bool rollback, struct err *err)
{
    _cleanup_(going_release) struct going g = {.ctx = ctx};
    if (open_plan(&g, id, rollback, err) < 0 || foresee(&g, err) < 0)
        return -1;
    int code = mutate_check(&g.mutate, err);
    if (code != CMD_OK || cmd_given(ctx, "dry-run"))
        return code;
    code = mutate_ask(&g.mutate);
    return code != CMD_OK ? code : mutate_run(&g.mutate, err);
}

/* ---- giving up ---- */

static void tell_left(const struct cmd_ctx *ctx, const struct plan *p)
{
    cmd_say(ctx, "plan %s, %s, ends here and leaves everything as it is:", p->id, p->title);
    vec_foreach(s, &p->steps)
        if (s->state != STEP_PENDING && s->state != STEP_SKIPPED && strcmp(s->verb, "gate") != 0)
            cmd_say(ctx, "  %s: %s", plan_step_state_names[s->state], s->title);
    if (drain_is_in(p->kind))
        cmd_say(ctx, "nodes that it cordoned stay cordoned: toban nodes undrain lets pods onto "
                     "them again");
    if (replace_is(p))
        cmd_say(ctx, "node groups that it made stay, and cost money, until somebody deletes one of "
                     "each pair");
}

int plan_run_abort(struct cmd_ctx *ctx, struct err *err)
{
    _cleanup_mutate_ struct mutate m = {0};
    if (mutate_open(&m, ctx, NULL, err) < 0 ||
        plan_load(m.store, ctx->operands[1], &m.plan, err) < 0)
        return -1;
    if (plan_is_over(&m.plan))
        return err_set(err, ERR_CONFLICT, "plan %s is %s already", m.plan.id,
                       plan_status_names[m.plan.status]);
    tell_left(ctx, &m.plan);
    int code = mutate_ask(&m);
    if (code != CMD_OK)
        return code;
    if (plan_abort(m.store, m.plan.id, m.actor, err) < 0)
        return -1;
    cmd_say(ctx, "plan %s is aborted", m.plan.id);
    return CMD_OK;
}
