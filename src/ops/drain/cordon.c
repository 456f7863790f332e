#include "ops/drain/cordon.h"

#include "base/must.h"
#include "ops/drain/node_change.h"
#include "ops/drain/node_look.h"
#include "ops/drain/pins.h"

struct changes {
    VEC(struct node_change) list;
    VEC(struct plan_act) missed; /* intended once, and not what happened */
};

/* ---- the nodes of the order, as they are now ---- */

struct view_of_nodes {
    struct node_look *items;
    size_t count;
};

static size_t count_nodes(const struct hand *h)
{
    size_t n = 0;
    while (h->order.nodes[n])
        n++;
    return n;
}

static enum plan_end look(struct hand *h, struct view_of_nodes *v, struct err *err)
{
    v->count = count_nodes(h);
    v->items = mem_must(arena_new_n(&h->arena, struct node_look, v->count + 1));
    return node_look_all(h, h->order.nodes, v->count, v->items, err);
}

static const char *key_of(struct hand *h, const char *act, const char *node)
{
    return mem_must(arena_fmt(&h->arena, "%s/%s", act, node));
}

/* A plan that only cordons is over when it has: it leaves no mark. */
static bool leaves_mark(const struct hand *h)
{
    return drain_is_in(plan_run_plan(h->run)->kind);
}

static bool is_ours(const struct hand *h, const struct node_look *n)
{
    return n->mark.plan && strcmp(n->mark.plan, plan_run_plan(h->run)->id) == 0;
}

static bool is_accepted(const struct plan *p, const char *risk, const char *subject)
{
    size_t len = strlen(risk);
    vec_foreach(id, &p->accepted)
        if (strncmp(*id, risk, len) == 0 && (*id)[len] == ':' &&
            strcmp(*id + len + 1, subject) == 0)
            return true;
    return false;
}

/* ---- cordon ---- */

static int check_foreign(const struct hand *h, const char *node, const struct node_look *n,
                         struct err *err)
{
    const struct plan *p = plan_run_plan(h->run);
    if (!n->mark.plan || is_ours(h, n) || is_accepted(p, "foreign-drain", node) ||
        is_accepted(p, "ended-plan", n->mark.plan))
        return 0;
    err_set(err, ERR_CONFLICT, "node %s is in the hands of plan %s (by %s)", node, n->mark.plan,
            n->mark.by && *n->mark.by ? n->mark.by : "unknown");
    return err_hint(err, "let that plan end, or make this one with --accept foreign-drain:%s",
                    node);
}

static enum plan_end check_all(void *ctx, struct plan_run *run, const struct plan_step *step,
                               bool foreign_too, struct err *err)
{
    _cleanup_hand_ struct hand h = {0};
    struct view_of_nodes v;
    if (hand_open(&h, ctx, run, step, err) < 0)
        return PLAN_END_FAIL;
    enum plan_end end = look(&h, &v, err);
    for (size_t i = 0; end == PLAN_END_OK && i < v.count; i++) {
        const char *node = h.order.nodes[i];
        if (v.items[i].gone)
            err_set(err, ERR_NOT_FOUND, "node %s is not there", node);
        if (v.items[i].gone || (foreign_too && check_foreign(&h, node, &v.items[i], err) < 0))
            end = PLAN_END_FAIL;
    }
    return end;
}

enum plan_end cordon_check(void *ctx, struct plan_run *run, const struct plan_step *step,
                           struct err *err)
{
    return check_all(ctx, run, step, true, err);
}

enum plan_end uncordon_check(void *ctx, struct plan_run *run, const struct plan_step *step,
                             struct err *err)
{
    return check_all(ctx, run, step, false, err);
}

static struct node_change change_of(struct hand *h, const char *node, const struct node_look *n,
                                    const char *act)
{
    return (struct node_change){.node = node,
                                .uid = n->uid,
                                .key = key_of(h, act, node),
                                .data = n->uid ? pins_data(n->uid, &h->arena) : SV_NONE,
                                .mark = FLAG_KEEP};
}

/* A patch sets flag and mark at once, so that a mark of ours proves whose cordon it is. */
static bool we_did_it(const struct hand *h, const struct node_look *n, enum plan_act_state state)
{
    return n->unschedulable && state != ACT_UNKNOWN && (is_ours(h, n) || !leaves_mark(h));
}

static void plan_cordon(struct hand *h, const char *node, const struct node_look *n,
                        struct changes *todo)
{
    struct node_change c = change_of(h, node, n, "cordon");
    enum plan_act_state state = plan_act_state(h->run, h->step, c.key);
    c.cordon = FLAG_SET;
    c.mark = leaves_mark(h) ? FLAG_SET : FLAG_KEEP;
    c.told = "cordoned";
    if (we_did_it(h, n, state)) {
        c.observed = true;
        if (state != ACT_DONE)
            must_push(&todo->list, c);
        return;
    }
    if (!n->unschedulable) {
        must_push(&todo->list, c);
        return;
    }
    hand_tell(h, "kept", node, "node %s was cordoned before: it stays so when going back", node);
    if (!leaves_mark(h))
        return;
    if (state == ACT_INTENDED)
        must_push(&todo->missed, (struct plan_act){c.key, ACT_FAILED, SV_NONE});
    c = change_of(h, node, n, "mark");
    c.mark = FLAG_SET;
    c.observed = is_ours(h, n);
    if (!c.observed || plan_act_state(h->run, h->step, c.key) != ACT_DONE)
        must_push(&todo->list, c);
}

enum plan_end cordon_act(void *ctx, struct plan_run *run, const struct plan_step *step,
                         struct err *err)
{
    _cleanup_hand_ struct hand h = {0};
    struct view_of_nodes v;
    struct changes todo = {0};
    if (hand_open(&h, ctx, run, step, err) < 0)
        return PLAN_END_FAIL;
    enum plan_end end = look(&h, &v, err);
    for (size_t i = 0; end == PLAN_END_OK && i < v.count; i++)
        if (!v.items[i].gone)
            plan_cordon(&h, h.order.nodes[i], &v.items[i], &todo);
    if (end == PLAN_END_OK && todo.missed.len &&
        plan_record(run, step, todo.missed.items, todo.missed.len, err) < 0)
        end = PLAN_END_FAIL;
    if (end == PLAN_END_OK)
        end = node_change_all(&h, todo.list.items, todo.list.len, err);
    vec_release(&todo.list);
    vec_release(&todo.missed);
    return end;
}

static enum plan_end verify_all(void *ctx, struct plan_run *run, const struct plan_step *step,
                                bool cordoned, struct err *err)
{
    _cleanup_hand_ struct hand h = {0};
    struct view_of_nodes v;
    if (hand_open(&h, ctx, run, step, err) < 0)
        return PLAN_END_FAIL;
    enum plan_end end = look(&h, &v, err);
    for (size_t i = 0; end == PLAN_END_OK && i < v.count; i++) {
        if (v.items[i].gone || v.items[i].unschedulable == cordoned)
            continue;
        err_set(err, ERR_CONFLICT, "node %s is %s again: somebody else is at it", h.order.nodes[i],
                cordoned ? "uncordoned" : "cordoned");
        err_hint(err, "find out who; going on does it once more");
        end = PLAN_END_FAIL;
    }
    return end;
}

enum plan_end cordon_verify(void *ctx, struct plan_run *run, const struct plan_step *step,
                            struct err *err)
{
    return verify_all(ctx, run, step, true, err);
}

/* ---- going back ---- */

struct undone {
    struct hand *h;
    VEC(const char *) nodes; /* keys of acts, the first of each node: "cordon/n1", "mark/n2" */
};

static void remember(void *ctx, const struct plan_act *act)
{
    struct undone *u = ctx;
    bool spoken = act->state == ACT_DONE || act->state == ACT_INTENDED;
    struct sv key = sv_of(act->key);
    if (spoken &&
        (sv_starts(key, "cordon/") || sv_starts(key, "mark/") || sv_starts(key, "uncordon/")))
        must_push(&u->nodes, mem_must(arena_dup(&u->h->arena, key)));
}

static void plan_undo(struct hand *h, const char *act, const struct node_look *n,
                      struct changes *todo)
{
    const char *node = strchr(act, '/') + 1;
    struct node_change c = change_of(h, node, n, "undo");
    bool was_cordon = act[0] == 'c', was_uncordon = act[0] == 'u';
    if (n->gone)
        return;
    if (n->mark.plan && !is_ours(h, n)) {
        hand_tell(h, "kept", node, "node %s is in the hands of plan %s now: left as it is", node,
                  n->mark.plan);
        return;
    }
    c.cordon = was_cordon ? FLAG_CLEAR : was_uncordon ? FLAG_SET : FLAG_KEEP;
    c.mark = was_uncordon ? FLAG_KEEP : FLAG_CLEAR;
    c.told = was_cordon ? "uncordoned" : was_uncordon ? "cordoned" : NULL;
    c.observed = n->unschedulable == (c.cordon == FLAG_SET) && !n->mark.plan;
    if (c.cordon == FLAG_KEEP) {
        c.observed = !n->mark.plan;
        hand_tell(h, "kept", node, "node %s was cordoned before this plan: it stays so", node);
    }
    must_push(&todo->list, c);
}

static enum plan_end go_back(struct undone *u, struct err *err)
{
    struct hand *h = u->h;
    struct changes todo = {0};
    const char **names = mem_must(arena_new_n(&h->arena, const char *, u->nodes.len + 1));
    struct node_look *looks = mem_must(arena_new_n(&h->arena, struct node_look, u->nodes.len + 1));
    for (size_t i = 0; i < u->nodes.len; i++)
        names[i] = strchr(u->nodes.items[i], '/') + 1;
    enum plan_end end = node_look_all(h, names, u->nodes.len, looks, err);
    for (size_t i = 0; end == PLAN_END_OK && i < u->nodes.len; i++)
        plan_undo(h, u->nodes.items[i], &looks[i], &todo);
    if (end == PLAN_END_OK)
        end = node_change_all(h, todo.list.items, todo.list.len, err);
    vec_release(&todo.list);
    return end;
}

enum plan_end cordon_undo(void *ctx, struct plan_run *run, const struct plan_step *step,
                          struct err *err)
{
    _cleanup_hand_ struct hand h = {0};
    struct undone u = {.h = &h};
    if (hand_open(&h, ctx, run, step, err) < 0)
        return PLAN_END_FAIL;
    plan_acts_each(run, step, remember, &u);
    enum plan_end end = go_back(&u, err);
    vec_release(&u.nodes);
    return end;
}

enum plan_end uncordon_undo(void *ctx, struct plan_run *run, const struct plan_step *step,
                            struct err *err)
{
    return cordon_undo(ctx, run, step, err);
}

/* ---- uncordon ---- */

static enum plan_end change_if(struct hand *h, bool unmark_only, struct err *err)
{
    struct view_of_nodes v;
    struct changes todo = {0};
    enum plan_end end = look(h, &v, err);
    for (size_t i = 0; end == PLAN_END_OK && i < v.count; i++) {
        const struct node_look *n = &v.items[i];
        const char *node = h->order.nodes[i];
        struct node_change c = change_of(h, node, n, unmark_only ? "unmark" : "uncordon");
        bool wanted = unmark_only ? is_ours(h, n) : n->unschedulable || n->mark.plan;
        c.mark = FLAG_CLEAR;
        c.cordon = unmark_only ? FLAG_KEEP : FLAG_CLEAR;
        c.told = unmark_only ? NULL : "uncordoned";
        c.observed = !wanted;
        if (!n->gone && (wanted || plan_act_state(h->run, h->step, c.key) == ACT_INTENDED))
            must_push(&todo.list, c);
    }
    if (end == PLAN_END_OK)
        end = node_change_all(h, todo.list.items, todo.list.len, err);
    vec_release(&todo.list);
    return end;
}

enum plan_end cordon_unmark(struct hand *h, struct err *err)
{
    return change_if(h, true, err);
}

enum plan_end uncordon_act(void *ctx, struct plan_run *run, const struct plan_step *step,
                           struct err *err)
{
    _cleanup_hand_ struct hand h = {0};
    if (hand_open(&h, ctx, run, step, err) < 0)
        return PLAN_END_FAIL;
    return change_if(&h, false, err);
}

enum plan_end uncordon_verify(void *ctx, struct plan_run *run, const struct plan_step *step,
                              struct err *err)
{
    return verify_all(ctx, run, step, false, err);
}
