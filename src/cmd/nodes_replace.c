/* toban nodes replace: looks at AWS and at the cluster, says what would be done and what stands
 * against it, and has it carried out. */
#include "base/must.h"
#include "cmd/mutate.h"
#include "cmd/nodes_choose.h"
#include "cmd/nodes_verbs.h"
#include "cmd/rehearse_options.h"
#include "cmd/replace_words.h"
#include "ops/drain/order.h"
#include "ops/replace/facts.h"
#include "ops/replace/replace.h"
#include "ops/replace/rounds.h"

#include <string.h>

struct replacing {
    struct cmd_ctx *ctx;
    struct cluster cluster;
    struct nodes_choice choice;
    struct replace_words words;
    struct replace_gathering *gathering;
    struct replace_gathered seen;
    VEC(struct replace_pair) pairs;
    struct rehearsal rehearsal;
    struct arena arena;
    struct mutate mutate;
};

static void replacing_release(struct replacing *r)
{
    mutate_release(&r->mutate);
    rehearsal_release(&r->rehearsal);
    vec_release(&r->pairs);
    replace_gather_free(r->gathering);
    replace_gathered_release(&r->seen);
    replace_words_release(&r->words);
    nodes_choice_release(&r->choice);
    cluster_release(&r->cluster);
    arena_release(&r->arena);
}

/* ---- what there is ---- */

/* AWS is asked while the cluster is read. */
static int look(struct replacing *r, struct err *err)
{
    struct cmd_ctx *ctx = r->ctx;
    r->words.want.server = kube_client_target(r->cluster.client)->server;
    if (replace_gather_begin(&r->words.want, &r->gathering, err) < 0 ||
        cluster_identify(&r->cluster, err) < 0 || cluster_read(&r->cluster, ctx, err) < 0)
        return -1;
    int result = replace_gather_end(r->gathering, &r->seen, err);
    r->gathering = NULL;
    if (result < 0 || nodes_choose(&r->choice, ctx, &r->cluster, NULL, 0, err) < 0)
        return -1;
    r->words.ordered.order.nodes = r->choice.names.items;
    return 0;
}

static void tell_gaps(const struct replacing *r)
{
    cluster_tell_gaps(&r->cluster, r->ctx);
    vec_foreach(g, &r->seen.gaps)
        cmd_say(r->ctx, "%s could not be read: %s%s%s", g->what, g->err.msg,
                *g->err.hint ? "; " : "", g->err.hint);
    vec_foreach(g, &r->seen.report.gaps)
        cmd_say(r->ctx, "%s; assumed: %s", g->what, g->assumed);
}

static size_t count_of(const char *const *list)
{
    size_t n = 0;
    while (list[n])
        n++;
    return n;
}

/* ---- the new groups ---- */

/* Names that are no longer free: those of the cluster, and those that this plan gives. */
static const char *const *taken_names(struct replacing *r)
{
    size_t n = count_of(r->seen.names);
    const char **taken = mem_must(arena_new_n(&r->arena, const char *, n + r->pairs.len + 1));
    memcpy(taken, r->seen.names, n * sizeof *taken);
    vec_foreach(p, &r->pairs)
        taken[n++] = p->green.name;
    taken[n] = NULL;
    return taken;
}

static int add_pair(struct replacing *r, size_t i, struct err *err)
{
    const struct replace_group *g = &r->seen.groups[i];
    struct replace_wish wish = r->words.wish;
    struct replace_pair pair = {.blue = g->blue, .region = r->seen.region};
    const struct replace_seen seen = {
        .names = taken_names(r),
        .cluster_version = r->seen.cluster.version,
        .release = g->release,
        .launch_template = g->launch_template,
    };
    wish.name = r->words.names[0] ? r->words.names[i] : NULL;
    if (replace_copy(&g->blue, &wish, &seen, &r->arena, &pair.green, &r->mutate.found, err) < 0)
        return err_wrap(err, "node group '%s'", g->name);
    must_push(&r->pairs, pair);
    return 0;
}

static int make_pairs(struct replacing *r, struct err *err)
{
    for (size_t i = 0; i < r->seen.group_count; i++)
        if (add_pair(r, i, err) < 0)
            return -1;
    return 0;
}

/* ---- what stands against it ---- */

/* Is there room for all new nodes of all groups beside the old ones? */
static bool all_fit(struct replacing *r)
{
    struct facts_taken taken = {0};
    for (size_t i = 0; i < r->pairs.len; i++) {
        struct replace_facts f;
        struct fit fit;
        facts_of_group(&r->seen, i, &r->pairs.items[i].green, &r->cluster.world, &taken, &r->arena,
                       &f);
        fit_compute(&f.room, &fit);
        if (fit.limit != FIT_ALL)
            return false;
        facts_take(&taken, &f, &fit);
    }
    return true;
}

/* As many at once as there is room for, and as somebody wants. */
static int divide(struct replacing *r, struct replace_pair *pair, const struct replace_facts *f,
                  const struct fit *fit, struct err *err)
{
    struct replace_round *rounds;
    struct nodes_room room = {fit->wanted, fit->at_once, (int64_t)f->room.type.vcpu * 1000};
    bool mends = fit->limit == FIT_ALL || replace_is_divided(fit);
    if (r->words.at_once && r->words.at_once < room.at_once)
        room.at_once = (uint32_t)r->words.at_once;
    if (!room.at_once || !mends)
        return 0;
    int n = rounds_make(&r->cluster.world, pair->blue.name, &room, &r->arena, &rounds, err);
    if (n < 0)
        return -1;
    pair->rounds = rounds;
    pair->round_count = (size_t)n;
    return 0;
}

/* One group without room for a single round: nobody goes in rounds, and that stands against it. */
static void divide_all_or_none(struct replacing *r)
{
    bool all = true;
    vec_foreach(p, &r->pairs)
        all = all && p->round_count;
    vec_foreach(p, &r->pairs)
        p->round_count = all ? p->round_count : 0;
}

static int check_groups(struct replacing *r, struct err *err)
{
    struct facts_taken taken = {0};
    bool rounds = r->words.at_once || !all_fit(r);
    facts_check_cluster(&r->seen, &r->cluster.world, r->words.want.server, &r->mutate.found);
    for (size_t i = 0; i < r->pairs.len; i++) {
        struct replace_facts f;
        struct fit fit;
        facts_of_group(&r->seen, i, &r->pairs.items[i].green, &r->cluster.world, &taken, &r->arena,
                       &f);
        f.may_divide = rounds;
        f.at_once = (uint32_t)r->words.at_once;
        replace_check(&f, &r->mutate.found, &fit);
        if (rounds && divide(r, &r->pairs.items[i], &f, &fit, err) < 0)
            return -1;
        if (rounds)
            facts_exchange(&taken, &f, &fit, &r->seen.cloud);
        else
            facts_take(&taken, &f, &fit);
    }
    divide_all_or_none(r);
    return 0;
}

static const char *new_type(const struct replacing *r)
{
    if (r->words.types[0])
        return r->words.types[0];
    for (size_t i = 0; r->words.wish.template_version && i < r->seen.group_count; i++)
        if (r->seen.groups[i].launch_template)
            return r->seen.groups[i].launch_template->data.instance_type;
    return NULL;
}

static size_t count_rounds(const struct replacing *r)
{
    size_t n = 0;
    vec_foreach(p, &r->pairs)
        n += p->round_count;
    return n;
}

/* As the plan has them. */
static void name_rounds(struct replacing *r, struct rehearse_green *green)
{
    size_t n = count_rounds(r), i = 0;
    struct rehearse_round *rounds = mem_must(arena_new_n(&r->arena, struct rehearse_round, n + 1));
    if (n < 2)
        return;
    for (size_t group = 0; group < r->pairs.len; group++) {
        const struct replace_pair *p = &r->pairs.items[group];
        for (size_t k = 0; k < p->round_count; k++) {
            int64_t before = k ? p->rounds[k - 1].green : 0;
            rounds[i++] = (struct rehearse_round){p->rounds[k].nodes, group,
                                                  (uint32_t)(p->rounds[k].green - before)};
        }
    }
    green->rounds = rounds;
    green->round_count = n;
    green->count = 0; /* the rounds tell */
}

static int rehearse(struct replacing *r, struct err *err)
{
    const char **greens = mem_must(arena_new_n(&r->arena, const char *, r->pairs.len + 1));
    struct rehearse_options o = {.runs = rehearse_usual_runs(&r->cluster.world), .seed = 1};
    struct rehearse_green green = {
        .names = greens,
        .instance_type = new_type(r),
    };
    for (size_t i = 0; i < r->pairs.len; i++) {
        greens[i] = r->pairs.items[i].green.name;
        green.count += (int32_t)r->pairs.items[i].green.scaling.desired.n;
    }
    name_rounds(r, &green);
    if (r->pairs.items[0].green.version)
        version_parse(sv_of(r->pairs.items[0].green.version), &green.version);
    if (order_bind(&r->words.ordered.order, &r->cluster.world, r->ctx->now * 1000, true, &r->arena,
                   &o.nodes, err) < 0)
        return -1;
    o.nodes.soak_ms = r->words.soak_ms;
    return rehearse_replace(&r->cluster.world, &r->seen.cloud, (const char *const *)r->words.groups,
                            &green, &o, &r->rehearsal, err);
}

static int foresee(struct replacing *r, struct err *err)
{
    struct mutate *m = &r->mutate;
    struct nodes_options exact; /* each name is there: a pause that is misspelt would be none */
    const struct drain_order *order = &r->words.ordered.order;
    if (drain_options(order, &r->cluster.world, r->ctx->now * 1000, &r->arena, &exact, err) < 0)
        return err_wrap(err, "%s", r->ctx->cmd->name);
    if (check_groups(r, err) < 0 || rehearse(r, err) < 0 ||
        replace_plan(r->pairs.items, r->pairs.len, order, r->words.ordered.gates.items,
                     r->words.ordered.gates.len, r->words.soak_ms, &m->plan, err) < 0)
        return -1;
    m->rehearsal = &r->rehearsal;
    preflight_take(&m->found, &r->rehearsal);
    mutate_accept_forced(m, order);
    mutate_find_marks(m, &r->choice.marks, order->nodes);
    return 0;
}

int nodes_run_replace(struct cmd_ctx *ctx, struct err *err)
{
    _cleanup_(replacing_release) struct replacing r = {.ctx = ctx};
    struct mutate *m = &r.mutate;
    if (replace_words_read(ctx, &r.words, err) < 0 || cluster_open(&r.cluster, ctx, err) < 0 ||
        mutate_open(m, ctx, &r.cluster, err) < 0 || look(&r, err) < 0)
        return -1;
    tell_gaps(&r);
    if (make_pairs(&r, err) < 0 || foresee(&r, err) < 0)
        return -1;
    int code = mutate_check(m, err);
    if (cmd_given(ctx, "dry-run")) {
        struct trial t = {.nodes = r.words.ordered.order.nodes, .evict = true};
        return code < 0 ? -1 : mutate_try(m, &t, code, err);
    }
    if (code == CMD_OK)
        code = mutate_ask(m);
    if (code != CMD_OK)
        return code;
    return mutate_keep(m, err) < 0 ? -1 : mutate_run(m, err);
}
