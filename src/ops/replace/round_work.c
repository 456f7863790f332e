#include "ops/replace/round_work.h"

#include "base/must.h"
#include "ops/drain/hand.h"

#define LOOK_SERVES 20 /* machines, until the next look */

/* ---- sizes ---- */

/* One try; *heard: EKS has taken it. What is not known is asked again, under the same token. */
static enum plan_end ask_size(struct work *k, const char *group, const struct eks_scaling *to,
                              const char *key, bool *heard, struct err *err)
{
    const struct replace_cloud *c = &k->host->cloud;
    char token[33];
    plan_token(plan_run_plan(k->run), k->step->name, key, token);
    if (work_say(k, key, group, ACT_INTENDED, err) < 0)
        return PLAN_END_FAIL;
    if (!plan_may_act(k->run))
        return PLAN_END_PAUSE;
    *heard = c->resize(c->ctx, k->s.cluster, group, to, token, err) == 0;
    if (!*heard && err->class != ERR_CONFLICT && !work_comes_again(err)) {
        err_wrap(err, "node group '%s'", group);
        return PLAN_END_FAIL;
    }
    err_clear(err);
    return PLAN_END_OK;
}

static enum plan_end not_resized(struct work *k, const char *group, const struct work_seen *g,
                                 struct err *err)
{
    err_set(err, ERR_CONFLICT, "node group '%s' is not of its new size, but %s%s", group,
            g->absent ? "gone" : g->group.status, work_issues(k, &g->group));
    work_hint_back(k, err);
    return PLAN_END_FAIL;
}

/* Once a step under each key. Not told from the size that EKS shows: machines that Auto Scaling
 * has ended need not be off it. */
enum plan_end round_resize(struct work *k, const char *group, const struct eks_scaling *to,
                           const char *key, struct err *err)
{
    int64_t begun = hand_clock_ms();
    struct work_seen g;
    if (plan_act_state(k->run, k->step, mem_must(arena_fmt(&k->arena, "%s/%s", key, group))) ==
        ACT_DONE)
        return PLAN_END_OK;
    for (bool heard = false;;) {
        enum plan_end end = work_look(k, group, &g, err);
        bool rests = !g.absent && g.status == EKS_GROUP_ACTIVE;
        if (end == PLAN_END_OK && rests && heard)
            return work_say(k, key, group, ACT_DONE, err) < 0 ? PLAN_END_FAIL : PLAN_END_OK;
        if (end == PLAN_END_OK && rests)
            end = ask_size(k, group, to, key, &heard, err);
        if (end != PLAN_END_OK)
            return end;
        if (g.absent || hand_clock_ms() - begun >= work_ready_ms(k))
            return not_resized(k, group, &g, err);
        if (work_rest(k) < 0)
            return PLAN_END_PAUSE;
    }
}

/* ---- machines ---- */

static enum plan_end ask_to_end(struct work *k, const char *machine, struct err *err)
{
    const struct replace_cloud *c = &k->host->cloud;
    if (work_say(k, "end", machine, ACT_INTENDED, err) < 0)
        return PLAN_END_FAIL;
    if (!plan_may_act(k->run))
        return PLAN_END_PAUSE;
    if (c->end_machine(c->ctx, machine, err) < 0 && err->class != ERR_NOT_FOUND &&
        !work_comes_again(err))
        return PLAN_END_FAIL;
    err_clear(err);
    return PLAN_END_OK;
}

/* One that was asked to end and still serves is asked again. *again: it has to be looked at once
 * more. */
static enum plan_end end_machine(struct work *k, const struct replace_machines *there,
                                 const char *machine, bool *again, struct err *err)
{
    const char *key = mem_must(arena_fmt(&k->arena, "end/%s", machine));
    if (plan_act_state(k->run, k->step, key) == ACT_DONE)
        return PLAN_END_OK;
    if (!shape_has(&there->on, machine))
        return work_say(k, "end", machine, ACT_DONE, err) < 0 ? PLAN_END_FAIL : PLAN_END_OK;
    *again = true;
    return ask_to_end(k, machine, err);
}

/* A look is good for LOOK_SERVES of them: ended twice, a machine would take a second place of its
 * group along. */
static enum plan_end end_some(struct work *k, const char *group, const struct shape_texts *machines,
                              uint32_t from, bool *again, struct err *err)
{
    const struct replace_cloud *c = &k->host->cloud;
    _cleanup_arena_ struct arena a = {0};
    struct replace_machines there;
    enum plan_end end = PLAN_END_OK;
    if (c->machines(c->ctx, k->s.cluster, group, &a, &there, err) < 0) {
        if (!work_comes_again(err))
            return PLAN_END_FAIL;
        err_clear(err);
        *again = true;
        return PLAN_END_OK;
    }
    for (uint32_t i = from; i < machines->count && i - from < LOOK_SERVES; i++)
        end = end == PLAN_END_OK ? end_machine(k, &there, machines->items[i], again, err) : end;
    return end;
}

enum plan_end round_end_each(struct work *k, const char *group, const struct shape_texts *machines,
                             struct err *err)
{
    for (bool again = true; again;) {
        enum plan_end end = PLAN_END_OK;
        again = false;
        for (uint32_t i = 0; i < machines->count && end == PLAN_END_OK; i += LOOK_SERVES)
            end = end_some(k, group, machines, i, &again, err);
        if (end != PLAN_END_OK)
            return end;
        if (again && work_rest(k) < 0)
            return PLAN_END_PAUSE;
    }
    return PLAN_END_OK;
}

enum work_answer round_gone(struct work *k, const char *group, const struct shape_texts *machines,
                            struct str *words, struct err *err)
{
    const struct replace_cloud *c = &k->host->cloud;
    _cleanup_arena_ struct arena a = {0};
    struct replace_machines there;
    if (c->machines(c->ctx, k->s.cluster, group, &a, &there, err) < 0)
        return work_answered(-1, words, err);
    shape_each(m, machines)
        if (shape_has(&there.on, *m) || shape_has(&there.ending, *m)) {
            str_addf(words, "machine %s is still there", *m);
            return work_answered(0, words, err);
        }
    return WORK_YES;
}

enum plan_end round_end(struct work *k, const char *group, const struct shape_texts *machines,
                        work_question *gone, struct err *err)
{
    k->rest_ms = 0;
    enum plan_end end = round_end_each(k, group, machines, err);
    if (end != PLAN_END_OK)
        return end;
    return work_await(k, gone, work_delete_ms(k), group, "has none of these machines left", err);
}
