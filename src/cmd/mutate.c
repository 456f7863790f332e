#include "cmd/mutate.h"

#include "base/must.h"
#include "cmd/command_line.h"
#include "cmd/event_print.h"
#include "cmd/plan_print.h"
#include "cmd/preflight_print.h"
#include "cmd/progress.h"
#include "cmd/rehearse_text.h"
#include "cmd/terminal.h"

#include <string.h>

const struct cmd_pair mutate_exits[] = {
    {"0", "done; with `--dry-run`: it could be done"},
    {"1", "failed or stopped: the reason is on standard error; what was done is in the journal"},
    {"2", "refused, nothing was changed: the rehearsal blocks, or nobody said yes"},
    {"3", "partly done: paused, or waiting (`toban plan resume`), or not all went back, or not all "
          "could be looked at"},
    {"64", "wrong usage"},
    {0},
};

/* ---- opening ---- */

static int open_store(struct mutate *m, struct err *err)
{
    const char *where = cmd_value(m->ctx, "store");
    if (!cmd_given(m->ctx, "dry-run"))
        return store_open(where, &m->store, err) < 0 ? -1 : store_probe(m->store, err);
    if (store_open_to_read(where, &m->store, err) == 0)
        return 0;
    if (err->class != ERR_NOT_FOUND)
        return -1;
    err_clear(err);
    return 0;
}

int mutate_open(struct mutate *m, struct cmd_ctx *ctx, struct cluster *cluster, struct err *err)
{
    const char *format = cmd_value(ctx, "output");
    *m = (struct mutate){
        .ctx = ctx, .cluster = cluster, .json = format && strcmp(format, "json") == 0};
    plan_init(&m->plan);
    who_am_i(m->actor);
    return open_store(m, err);
}

void mutate_release(struct mutate *m)
{
    plan_release(&m->plan);
    preflight_release(&m->found);
    store_free(m->store);
}

/* ---- what others have written on the nodes ---- */

/* A mark that its plan has left behind counts no more. */
static bool is_over(struct mutate *m, const char *plan)
{
    struct plan known;
    struct err err = {0};
    plan_init(&known);
    bool over = m->store && plan_load(m->store, plan, &known, &err) == 0 &&
                strcmp(known.id, plan) == 0 && plan_is_over(&known);
    plan_release(&known);
    return over;
}

/* It is accepted from the start, and thereby in the plan that is made. */
static void add_ended(struct mutate *m, const struct mark *mark)
{
    _cleanup_str_ struct str id = {0}, subject = {0};
    str_addf(&id, "ended-plan:%s", mark->plan);
    str_addf(&subject, "Plan %s", mark->plan);
    preflight_add(&m->found, &(struct preflight_item){
                                 .id = str_c(&id),
                                 .subject = str_c(&subject),
                                 .text = "its mark is still on the node, but it is over: the mark "
                                         "counts no more",
                                 .fix = NULL,
                                 .accepted = true,
                             });
}

static void add_item(struct mutate *m, const char *rule, const char *node, bool blocks,
                     const char *text, const char *fix)
{
    _cleanup_str_ struct str id = {0}, subject = {0};
    str_addf(&id, "%s:%s", rule, node);
    str_addf(&subject, "Node %s", node);
    struct preflight_item item = {
        .id = str_c(&id), .subject = str_c(&subject), .text = text, .fix = fix, .blocks = blocks};
    preflight_add(&m->found, &item);
}

static void add_foreign(struct mutate *m, const struct mark *mark)
{
    _cleanup_str_ struct str text = {0}, fix = {0};
    if (m->plan.id && strcmp(mark->plan, m->plan.id) == 0)
        return;
    if (is_over(m, mark->plan)) {
        add_ended(m, mark);
        return;
    }
    str_addf(&text, "plan %s%s%s has this node", mark->plan, *mark->by ? " of " : "", mark->by);
    str_addf(&fix, "wait until it is over, or end it where it was started: toban plan show %s",
             mark->plan);
    add_item(m, "foreign-drain", mark->node, true, str_c(&text), str_c(&fix));
}

static void add_autoscaler(struct mutate *m, const struct mark *mark)
{
    const struct world *w = &m->cluster->world;
    uint32_t node = world_find_node(w, sv_of(mark->node));
    const char *who = node == WORLD_NONE ? NULL : marks_removed_by(w, node);
    if (who) {
        _cleanup_str_ struct str text = {0};
        str_addf(&text, "%s is removing this node already", who);
        add_item(m, "autoscaler-removes", mark->node, false, str_c(&text),
                 "leave it to it, unless it does not get on");
    }
    if (mark->do_not_disrupt)
        add_item(m, "node-do-not-disrupt", mark->node, m->rehearsal,
                 "karpenter.sh/do-not-disrupt on the node asks to leave it alone",
                 "ask who set it, then accept it");
}

void mutate_find_marks(struct mutate *m, const struct marks *marks, const char *const *names)
{
    for (; *names; names++) {
        const struct mark *mark = marks_find(marks, *names);
        if (!mark)
            continue;
        if (mark->plan)
            add_foreign(m, mark);
        add_autoscaler(m, mark);
    }
}

/* ---- showing and asking ---- */

static void show(struct mutate *m)
{
    _cleanup_str_ struct str text = {0};
    const struct cmd_ctx *ctx = m->ctx;
    struct preflight_print p = {
        .out = &text,
        .plan = &m->plan,
        .rehearsal = m->rehearsal,
        .found = &m->found,
        .width = terminal_width(ctx->err),
        .colour = ctx->colour_err,
        .utf8 = ctx->utf8,
        .back = m->rollback,
    };
    preflight_print(&p);
    fflush(ctx->out);
    fwrite(str_c(&text), 1, text.len, ctx->err);
    if (!m->json)
        return;
    str_reset(&text);
    event_print_preflight_json(progress_now_ms(), &m->plan, m->rehearsal, &m->found, &text);
    fwrite(str_c(&text), 1, text.len, ctx->out);
    fflush(ctx->out);
}

static int refuse(struct mutate *m, size_t open)
{
    _cleanup_str_ struct str command = {0};
    char line[160];
    command_line_repeat(&command, m->ctx);
    vec_foreach(item, &m->found.items) {
        if (!item->blocks || item->accepted)
            continue;
        str_adds(&command, " --accept ");
        command_line_word(&command, item->id);
    }
    snprintf(line, sizeof line, "%s: refused: %zu %s not accepted; nothing was changed",
             m->ctx->cmd->name, open, open == 1 ? "thing that blocks is" : "things that block are");
    cmd_print_err(m->ctx, line, NULL);
    fputs("  to go on in spite of it:\n  ", m->ctx->err);
    fwrite(str_c(&command), 1, command.len, m->ctx->err);
    fputc('\n', m->ctx->err);
    return CMD_FINDINGS;
}

/* Whoever is asked must see where. */
static void name_cluster(struct mutate *m)
{
    struct plan *p = &m->plan;
    p->cluster = mem_must(arena_dup(&p->arena, str_sv(&m->cluster->name)));
    p->cluster_id = mem_must(arena_dup(&p->arena, str_sv(&m->cluster->id)));
}

int mutate_check(struct mutate *m, struct err *err)
{
    _cleanup_free_ const char **ids = cmd_values(m->ctx, "accept");
    if (!m->plan.id)
        name_cluster(m);
    preflight_accept_known(&m->found, m->plan.accepted.items, m->plan.accepted.len);
    if (preflight_accept(&m->found, ids, err) < 0) {
        show(m);
        return err_wrap(err, "%s", m->ctx->cmd->name);
    }
    show(m);
    size_t open = preflight_open(&m->found);
    return open ? refuse(m, open) : CMD_OK;
}

static bool says_yes(FILE *in)
{
    char answer[16];
    if (!fgets(answer, sizeof answer, in))
        return false;
    answer[strcspn(answer, "\r\n")] = '\0';
    return strcasecmp(answer, "y") == 0 || strcasecmp(answer, "yes") == 0;
}

int mutate_ask(struct mutate *m)
{
    const struct cmd_ctx *ctx = m->ctx;
    char line[160];
    if (cmd_given(ctx, "yes"))
        return CMD_OK;
    if (!isatty(fileno(ctx->in)) || !isatty(fileno(ctx->err))) {
        snprintf(line, sizeof line,
                 "%s: refused: nobody can be asked, since this is no terminal; nothing was changed",
                 ctx->cmd->name);
        cmd_print_err(ctx, line, "--yes goes on without asking");
        return CMD_FINDINGS;
    }
    fputs("Go on? [y/N] ", ctx->err);
    fflush(ctx->err);
    if (says_yes(ctx->in))
        return CMD_OK;
    cmd_say(ctx, "nothing was changed");
    return CMD_FINDINGS;
}

/* ---- keeping it ---- */

const char **mutate_accepted(const struct mutate *m)
{
    size_t n = 0;
    const char **ids = mem_must(calloc(m->found.items.len + 1, sizeof *ids));
    vec_foreach(item, &m->found.items)
        if (item->accepted)
            ids[n++] = item->id;
    return ids;
}

static void accept_into_plan(struct mutate *m)
{
    _cleanup_free_ const char **ids = mutate_accepted(m);
    for (size_t i = 0; ids[i]; i++)
        must_push(&m->plan.accepted, mem_must(arena_dup(&m->plan.arena, sv_of(ids[i]))));
}

static void keep_forecast(struct mutate *m)
{
    _cleanup_str_ struct str text = {0};
    const struct rehearsal *r = m->rehearsal;
    if (!r)
        return;
    struct plan_forecast f = {r->verdict == REHEARSAL_FINISHES, r->duration_p50_ms,
                              r->duration_p95_ms, r->pods_to_move};
    plan_forecast_format(&f, &text);
    m->plan.forecast = sv_of(mem_must(arena_dup(&m->plan.arena, str_sv(&text))));
}

int mutate_keep(struct mutate *m, struct err *err)
{
    accept_into_plan(m);
    keep_forecast(m);
    return plan_create(m->store, &m->plan, m->actor, err);
}
