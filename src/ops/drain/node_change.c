#include "ops/drain/node_change.h"

#include "base/jsonw.h"
#include "base/must.h"
#include "ops/drain/node_look.h"
#include "ops/marks/marks.h"

const char *node_change_mark(const struct plan *p, struct arena *a)
{
    return mem_must(arena_fmt(a, "%s by %s", p->id ? p->id : "", p->made_by ? p->made_by : ""));
}

static void write_mark(struct jsonw *w, const struct node_change *c, const char *mark)
{
    if (c->mark == FLAG_KEEP)
        return;
    jsonw_key(w, "annotations");
    jsonw_object(w);
    jsonw_kv_str(w, MARKS_PLAN, c->mark == FLAG_SET ? mark : NULL);
    jsonw_object_end(w);
}

void node_change_body(const struct node_change *c, const char *mark, struct str *out)
{
    struct jsonw w;
    jsonw_init(&w, out, 0);
    jsonw_object(&w);
    jsonw_key(&w, "metadata");
    jsonw_object(&w);
    jsonw_kv_str(&w, "uid", c->uid);
    write_mark(&w, c, mark);
    jsonw_object_end(&w);
    if (c->cordon != FLAG_KEEP) {
        jsonw_key(&w, "spec");
        jsonw_object(&w);
        jsonw_key(&w, "unschedulable");
        if (c->cordon == FLAG_SET)
            jsonw_bool(&w, true);
        else
            jsonw_null(&w);
        jsonw_object_end(&w);
    }
    jsonw_object_end(&w);
}

/* ---- many ---- */

struct patches {
    struct hand *h;
    const struct node_change *changes;
    size_t count;
    struct errand *errands;
    struct str *bodies;
};

static int record_intents(const struct patches *p, struct err *err)
{
    struct plan_act *acts = mem_must(calloc(p->count + 1, sizeof *acts));
    for (size_t i = 0; i < p->count; i++) {
        const struct node_change *c = &p->changes[i];
        acts[i] = (struct plan_act){c->key, c->observed ? ACT_DONE : ACT_INTENDED, c->data};
    }
    int result = p->count ? plan_record(p->h->run, p->h->step, acts, p->count, err) : 0;
    free(acts);
    return result;
}

static void prepare(struct patches *p)
{
    const char *mark = node_change_mark(plan_run_plan(p->h->run), &p->h->arena);
    for (size_t i = 0; i < p->count; i++) {
        struct errand *e = &p->errands[i];
        node_change_body(&p->changes[i], mark, &p->bodies[i]);
        e->once = true;
        e->done = p->changes[i].observed;
        e->status = e->done ? 200 : 0;
        e->flight = (struct kube_flight){
            .method = "PATCH",
            .ref = {.version = "v1", .resource = "nodes", .name = p->changes[i].node},
            .query = "fieldManager=toban",
            .body = str_sv(&p->bodies[i]),
            .patch = KUBE_PATCH_MERGE,
        };
    }
}

/* ---- patches without an answer ---- */

static bool is_as_wanted(const struct patches *p, const struct node_change *c,
                         const struct node_look *n)
{
    const char *plan = plan_run_plan(p->h->run)->id;
    bool cordon = c->cordon == FLAG_KEEP || n->unschedulable == (c->cordon == FLAG_SET);
    bool marked = n->mark.plan && strcmp(n->mark.plan, plan) == 0;
    return cordon && (c->mark == FLAG_KEEP || (c->mark == FLAG_SET ? marked : !n->mark.plan));
}

/* Looks whether it happened before it is asked for again: no change is made twice. */
static enum plan_end look_at_unsure(struct patches *p, size_t *left, struct err *err)
{
    struct node_look look = {0};
    *left = 0;
    for (size_t i = 0; i < p->count; i++) {
        struct errand *e = &p->errands[i];
        if (!e->unsure)
            continue;
        enum plan_end end = node_look_all(p->h, &p->changes[i].node, 1, &look, err);
        if (end != PLAN_END_OK)
            return end;
        e->unsure = false;
        if (look.gone || is_as_wanted(p, &p->changes[i], &look)) {
            e->status = look.gone ? 404 : 200;
        } else {
            errand_again(e);
            ++*left;
        }
    }
    return PLAN_END_OK;
}

static enum plan_end run_all(struct patches *p, struct err *err)
{
    size_t left = 0;
    do {
        if (hand_run(p->h, p->errands, p->count) < 0)
            return hand_end(p->h, err);
        enum plan_end end = look_at_unsure(p, &left, err);
        if (end != PLAN_END_OK)
            return end;
    } while (left);
    return PLAN_END_OK;
}

static bool happened(const struct errand *e)
{
    return e->status == 404 || (e->done && !e->unsure && e->err.class == ERR_NONE);
}

static int record_outcomes(const struct patches *p, struct err *err)
{
    struct plan_act *acts = mem_must(calloc(p->count + 1, sizeof *acts));
    size_t n = 0;
    for (size_t i = 0; i < p->count; i++)
        if (p->errands[i].done && !p->errands[i].unsure && !p->changes[i].observed)
            acts[n++] = (struct plan_act){
                p->changes[i].key, happened(&p->errands[i]) ? ACT_DONE : ACT_FAILED, SV_NONE};
    int result = n ? plan_record(p->h->run, p->h->step, acts, n, err) : 0;
    free(acts);
    return result;
}

static void tell(const struct patches *p)
{
    for (size_t i = 0; i < p->count; i++) {
        const struct node_change *c = &p->changes[i];
        if (c->told && !c->observed && happened(&p->errands[i]))
            hand_tell(p->h, c->told, c->node, "node %s: %s", c->node,
                      p->errands[i].status == 404 ? "it is gone" : c->told);
    }
}

static int first_error(const struct patches *p, struct err *err)
{
    for (size_t i = 0; i < p->count; i++)
        if (p->errands[i].done && !p->errands[i].unsure && !happened(&p->errands[i])) {
            *err = p->errands[i].err;
            return err_wrap(err, "node %s", p->changes[i].node);
        }
    return 0;
}

static enum plan_end carry_out(struct patches *p, struct err *err)
{
    if (record_intents(p, err) < 0)
        return PLAN_END_FAIL;
    prepare(p);
    enum plan_end end = run_all(p, err);
    tell(p);
    if (record_outcomes(p, err) < 0 || first_error(p, err) < 0)
        return PLAN_END_FAIL;
    return end;
}

enum plan_end node_change_all(struct hand *h, const struct node_change *changes, size_t count,
                              struct err *err)
{
    struct patches p = {
        .h = h,
        .changes = changes,
        .count = count,
        .errands = mem_must(calloc(count + 1, sizeof(struct errand))),
        .bodies = mem_must(calloc(count + 1, sizeof(struct str))),
    };
    enum plan_end end = carry_out(&p, err);
    for (size_t i = 0; i < count; i++) {
        errand_release(&p.errands[i]);
        str_release(&p.bodies[i]);
    }
    free(p.errands);
    free(p.bodies);
    return end;
}
