/* toban plan list, show, pause, approve, abort: what needs no cluster. */
#include "base/must.h"
#include "base/who.h"
#include "cmd/plan_print.h"
#include "cmd/plan_verbs.h"
#include "plan/run.h"
#include "store/lease.h"

#include <string.h>

#define OVER_LISTED 10

static int open_to_read(const struct cmd_ctx *ctx, struct store **out, struct err *err)
{
    return store_open_to_read(cmd_value(ctx, "store"), out, err);
}

/* NULL: nobody has it. */
static const struct lease_holder *look(struct store *s, const char *id, struct lease_holder *out)
{
    struct err err;
    char name[64];
    snprintf(name, sizeof name, "plan/%s", id);
    return lease_look(s, name, out, &err) == 0 ? out : NULL;
}

static int print(const struct cmd_ctx *ctx, const struct str *out, struct err *err)
{
    if (!str_ok(out))
        return err_nomem(err, "printing");
    fwrite(str_c(out), 1, out->len, ctx->out);
    return CMD_OK;
}

static bool is_json(const struct cmd_ctx *ctx)
{
    const char *format = cmd_value(ctx, "output");
    return format && strcmp(format, "json") == 0;
}

/* ---- list ---- */

struct listing {
    struct arena arena;
    bool all;
    size_t over, left_out;
    VEC(struct plan_brief) plans;
};

static void listing_release(struct listing *l)
{
    vec_release(&l->plans);
    arena_release(&l->arena);
}

static const char *keep(struct listing *l, const char *text)
{
    return text ? mem_must(arena_dup(&l->arena, sv_of(text))) : NULL;
}

static int take_plan(void *ctx, const struct plan *p, struct err *err)
{
    struct listing *l = ctx;
    (void)err;
    if (plan_is_over(p) && l->over++ >= OVER_LISTED && !l->all) {
        l->left_out++;
        return 0;
    }
    struct plan_brief brief = {
        .id = keep(l, p->id),
        .status = plan_status_names[p->status],
        .kind = keep(l, p->kind),
        .title = keep(l, p->title),
        .cluster = keep(l, p->cluster),
        .made_by = keep(l, p->made_by),
        .words = keep(l, p->words),
        .made = p->made_ms / 1000,
    };
    must_push(&l->plans, brief);
    return 0;
}

/* Behind plan_each, which must have the store for itself. */
static void find_runners(struct listing *l, struct store *s)
{
    vec_foreach(brief, &l->plans) {
        struct lease_holder holder;
        const struct lease_holder *runner = look(s, brief->id, &holder);
        if (runner && !runner->dead)
            brief->runner = keep(l, runner->who);
    }
}

int plan_run_list(struct cmd_ctx *ctx, struct err *err)
{
    _cleanup_store_ struct store *s = NULL;
    _cleanup_(listing_release) struct listing l = {.all = cmd_given(ctx, "all")};
    _cleanup_str_ struct str out = {0};
    if (open_to_read(ctx, &s, err) == 0) {
        if (plan_each(s, take_plan, &l, err) < 0)
            return -1;
        find_runners(&l, s);
    } else if (err->class != ERR_NOT_FOUND) {
        return -1;
    }
    err_clear(err);
    if (is_json(ctx))
        plan_print_list_json(l.plans.items, l.plans.len, &out);
    else if (l.plans.len)
        plan_print_list(l.plans.items, l.plans.len, ctx->now, &out);
    else
        cmd_say(ctx, "there are no plans yet");
    if (l.left_out)
        cmd_say(ctx, "and %zu more that are over: toban plan list --all", l.left_out);
    return print(ctx, &out, err);
}

/* ---- show ---- */

struct tally {
    struct arena arena;
    VEC(struct plan_acts) kinds;
};

static void tally_release(struct tally *t)
{
    vec_release(&t->kinds);
    arena_release(&t->arena);
}

static struct plan_acts *kind_of(struct tally *t, struct sv name)
{
    vec_foreach(k, &t->kinds)
        if (sv_is(name, k->kind))
            return k;
    struct plan_acts fresh = {.kind = mem_must(arena_dup(&t->arena, name))};
    must_push(&t->kinds, fresh);
    return &t->kinds.items[t->kinds.len - 1];
}

/* What verbs remember in the form of acts, so that they know it when they go on. */
static bool is_memory(struct sv kind)
{
    return sv_is(kind, "before") || sv_is(kind, "node") || sv_is(kind, "chosen");
}

/* Acts are "evict/…", "cordon/…". */
static void count_act(void *ctx, const struct plan_act *act)
{
    struct sv rest = sv_of(act->key), kind = sv_split(&rest, '/');
    if (is_memory(kind))
        return;
    struct plan_acts *k = kind_of(ctx, kind);
    k->open += act->state == ACT_INTENDED;
    k->done += act->state == ACT_DONE;
    k->failed += act->state == ACT_FAILED;
}

int plan_run_show(struct cmd_ctx *ctx, struct err *err)
{
    _cleanup_store_ struct store *s = NULL;
    _cleanup_plan_ struct plan p;
    _cleanup_str_ struct str out = {0};
    _cleanup_(tally_release) struct tally tally = {0};
    struct lease_holder holder;
    plan_init(&p);
    if (open_to_read(ctx, &s, err) < 0 || plan_load(s, ctx->operands[1], &p, err) < 0 ||
        plan_look_acts(s, &p, count_act, &tally, err) < 0)
        return -1;
    struct plan_print show = {
        .out = &out,
        .plan = &p,
        .runner = look(s, p.id, &holder),
        .acts = tally.kinds.items,
        .act_count = tally.kinds.len,
        .now = ctx->now,
        .width = ctx->width,
        .colour = ctx->colour,
        .utf8 = ctx->utf8,
    };
    if (is_json(ctx))
        plan_print_show_json(&show);
    else
        plan_print_show(&show);
    return print(ctx, &out, err);
}

/* ---- for a runner somewhere ---- */

struct visit {
    struct store *store;
    struct plan plan;
    char actor[WHO_TEXT_MAX];
};

static void visit_release(struct visit *v)
{
    plan_release(&v->plan);
    store_free(v->store);
}

static int visit_open(struct visit *v, const struct cmd_ctx *ctx, struct err *err)
{
    plan_init(&v->plan);
    who_am_i(v->actor);
    if (store_open(cmd_value(ctx, "store"), &v->store, err) < 0)
        return -1;
    return plan_load(v->store, ctx->operands[1], &v->plan, err);
}

int plan_run_pause(struct cmd_ctx *ctx, struct err *err)
{
    _cleanup_(visit_release) struct visit v = {0};
    struct lease_holder holder;
    if (visit_open(&v, ctx, err) < 0)
        return -1;
    const struct lease_holder *runner = look(v.store, v.plan.id, &holder);
    if (plan_pause(v.store, v.plan.id, v.actor, err) < 0)
        return -1;
    if (runner && !runner->dead)
        cmd_say(ctx, "plan %s: %s is asked to pause", v.plan.id, runner->who);
    else
        cmd_say(ctx, "plan %s is paused; toban plan resume %s goes on", v.plan.id, v.plan.id);
    return CMD_OK;
}

int plan_run_approve(struct cmd_ctx *ctx, struct err *err)
{
    _cleanup_(visit_release) struct visit v = {0};
    struct lease_holder holder;
    const char *what = ctx->operand_count > 2 ? ctx->operands[2] : NULL;
    if (visit_open(&v, ctx, err) < 0 || plan_approve(v.store, v.plan.id, what, v.actor, err) < 0)
        return -1;
    const struct lease_holder *runner = look(v.store, v.plan.id, &holder);
    if (runner && !runner->dead)
        cmd_say(ctx, "plan %s: approved; %s goes on", v.plan.id, runner->who);
    else
        cmd_say(ctx, "plan %s: approved; nobody runs it: toban plan resume %s", v.plan.id,
                v.plan.id);
    return CMD_OK;
}
