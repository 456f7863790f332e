/* What the steps of a replacement do, and how they go back. */
#include "base/must.h"
#include "ops/replace/work.h"

#include <string.h>

/* ---- create ---- */

static enum plan_end create_check(struct work *k, struct err *err)
{
    struct work_seen blue, green;
    enum plan_end end = work_look(k, k->s.blue, &blue, err);
    end = end == PLAN_END_OK ? work_look(k, k->s.green, &green, err) : end;
    if (end != PLAN_END_OK)
        return end;
    if (blue.absent || blue.status != EKS_GROUP_ACTIVE)
        err_set(err, ERR_CONFLICT, "node group '%s' is %s, expected ACTIVE", k->s.blue,
                blue.absent ? "gone" : blue.group.status);
    else if (!green.absent)
        err_set(err, ERR_CONFLICT, "there is a node group '%s' already", k->s.green);
    return err->class ? PLAN_END_FAIL : PLAN_END_OK;
}

/* The plan's own mark tells a later runner, and people, whose it is. */
static struct eks_nodegroup marked(struct work *k)
{
    struct eks_nodegroup spec = k->s.spec;
    struct shape_pairs tags = {0};
    shape_each(t, &k->s.spec.tags)
        *(struct shape_pair *)shape_list_add(&tags, sizeof *t, &k->arena) = *t;
    *(struct shape_pair *)shape_list_add(&tags, sizeof(struct shape_pair), &k->arena) =
        (struct shape_pair){REPLACE_TAG_PLAN, plan_run_plan(k->run)->id};
    spec.tags = tags;
    return spec;
}

static enum plan_end ask_for(struct work *k, struct err *err)
{
    const struct replace_cloud *c = &k->host->cloud;
    struct eks_nodegroup spec = marked(k);
    char token[33];
    plan_token(plan_run_plan(k->run), k->step->name, "create", token);
    if (work_say(k, "create", k->s.green, ACT_INTENDED, err) < 0)
        return PLAN_END_FAIL;
    if (!plan_may_act(k->run))
        return PLAN_END_PAUSE;
    if (c->create(c->ctx, &spec, token, err) == 0)
        return PLAN_END_OK;
    if (work_comes_again(err)) { /* nobody knows whether it happened: the look tells */
        err_clear(err);
        return work_rest(k) < 0 ? PLAN_END_PAUSE : PLAN_END_OK;
    }
    struct err ignored = {0};
    work_say(k, "create", k->s.green, ACT_FAILED, &ignored);
    err_wrap(err, "node group '%s'", k->s.green);
    return PLAN_END_FAIL;
}

static enum plan_end create_act(struct work *k, struct err *err)
{
    struct work_seen green;
    for (;;) {
        enum plan_end end = work_look(k, k->s.green, &green, err);
        if (end == PLAN_END_OK && green.absent)
            end = ask_for(k, err);
        else if (end == PLAN_END_OK)
            break;
        if (end != PLAN_END_OK)
            return end;
    }
    if (!work_is_ours(k, &green.group)) {
        err_set(err, ERR_CONFLICT, "somebody else made a node group '%s'", k->s.green);
        return PLAN_END_FAIL;
    }
    return work_say(k, "create", k->s.green, ACT_DONE, err) < 0 ? PLAN_END_FAIL : PLAN_END_OK;
}

/* ---- delete ---- */

static enum work_answer is_deleted(struct work *k, const char *name, struct err *err)
{
    struct work_seen g;
    enum plan_end end = work_look(k, name, &g, err);
    if (end != PLAN_END_OK)
        return end == PLAN_END_FAIL ? WORK_NEVER : WORK_NOT_YET;
    if (g.absent)
        return WORK_YES;
    if (g.status != EKS_GROUP_DELETE_FAILED)
        return WORK_NOT_YET;
    err_set(err, ERR_CONFLICT, "EKS could not delete node group '%s'%s", name,
            work_issues(k, &g.group));
    work_hint_back(k, err);
    return WORK_NEVER;
}

/* EKS forgets a group before the cluster forgets its nodes. */
static enum work_answer is_gone(struct work *k, const char *name, struct str *words,
                                struct err *err)
{
    const struct replace_cloud *c = &k->host->cloud;
    enum work_answer so = is_deleted(k, name, err);
    return so == WORK_YES ? work_answered(c->gone(c->ctx, name, words, err), words, err) : so;
}

static enum work_answer blue_is_gone(struct work *k, struct str *words, struct err *err)
{
    return is_gone(k, k->s.blue, words, err);
}

static enum work_answer green_is_gone(struct work *k, struct str *words, struct err *err)
{
    return is_gone(k, k->s.green, words, err);
}

static enum plan_end ask_to_delete(struct work *k, const char *name, struct err *err)
{
    const struct replace_cloud *c = &k->host->cloud;
    if (work_say(k, "delete", name, ACT_INTENDED, err) < 0)
        return PLAN_END_FAIL;
    if (!plan_may_act(k->run))
        return PLAN_END_PAUSE;
    if (c->remove(c->ctx, k->s.cluster, name, err) == 0 || err->class == ERR_NOT_FOUND ||
        work_comes_again(err)) {
        err_clear(err);
        return PLAN_END_OK;
    }
    err_wrap(err, "node group '%s'", name);
    return PLAN_END_FAIL;
}

/* Asks again where an answer was lost and nothing happened, but not where EKS has answered that it
 * cannot: after an earlier run's DELETE_FAILED somebody may have mended the reason, after ours not.
 */
static enum plan_end delete_group(struct work *k, const char *name, work_question *gone,
                                  struct err *err)
{
    struct work_seen g;
    for (bool asked = false;; asked = true) {
        enum plan_end end = work_look(k, name, &g, err);
        if (end != PLAN_END_OK)
            return end;
        if (g.absent || g.status == EKS_GROUP_DELETING ||
            (asked && g.status == EKS_GROUP_DELETE_FAILED))
            break;
        end = ask_to_delete(k, name, err);
        if (end == PLAN_END_OK && work_rest(k) < 0)
            end = PLAN_END_PAUSE;
        if (end != PLAN_END_OK)
            return end;
    }
    enum plan_end end = work_await(k, gone, work_delete_ms(k), name, "is gone", err);
    if (end == PLAN_END_OK && work_say(k, "delete", name, ACT_DONE, err) < 0)
        return PLAN_END_FAIL;
    return end;
}

/* The last word before there is no way back: a pod may have come since the drain. */
static enum plan_end prove_empty(struct work *k, struct err *err)
{
    const struct replace_cloud *c = &k->host->cloud;
    _cleanup_str_ struct str words = {0};
    enum work_answer so = work_answered(c->empty(c->ctx, &k->s, &words, err), &words, err);
    if (so != WORK_NOT_YET)
        return so == WORK_YES ? PLAN_END_OK : PLAN_END_FAIL;
    err_set(err, ERR_CONFLICT, "node group '%s' is not deleted, it is not proven empty: %s",
            k->s.blue, str_c(&words));
    work_hint_back(k, err);
    return PLAN_END_FAIL;
}

static enum plan_end delete_act(struct work *k, struct err *err)
{
    struct work_seen blue;
    enum plan_end end = work_look(k, k->s.blue, &blue, err);
    bool goes = blue.absent || blue.status == EKS_GROUP_DELETING;
    if (end == PLAN_END_OK && !goes)
        end = prove_empty(k, err);
    return end == PLAN_END_OK ? delete_group(k, k->s.blue, blue_is_gone, err) : end;
}

/* ---- going back ---- */

static enum plan_end await_undo(struct work *k, struct err *err)
{
    const struct replace_cloud *c = &k->host->cloud;
    enum plan_end end = work_blue_stands(k, err);
    return end == PLAN_END_OK ? c->drain_green(c->ctx, k->run, k->step, &k->s, err) : end;
}

static enum plan_end create_undo(struct work *k, struct err *err)
{
    struct work_seen green;
    enum plan_end end = work_blue_stands(k, err);
    end = end == PLAN_END_OK ? work_look(k, k->s.green, &green, err) : end;
    if (end != PLAN_END_OK || green.absent)
        return end;
    if (!work_is_ours(k, &green.group)) {
        err_set(err, ERR_CONFLICT, "node group '%s' was not made by this plan", k->s.green);
        return PLAN_END_KEEP;
    }
    return delete_group(k, k->s.green, green_is_gone, err);
}

/* ---- waiting for green, for volumes, and the end ---- */

static enum work_answer green_is_ready(struct work *k, struct str *words, struct err *err)
{
    const struct replace_cloud *c = &k->host->cloud;
    struct work_seen g;
    enum plan_end end = work_look(k, k->s.green, &g, err);
    if (end != PLAN_END_OK)
        return end == PLAN_END_FAIL ? WORK_NEVER : WORK_NOT_YET;
    if (!g.absent && (g.status == EKS_GROUP_CREATING || g.status == EKS_GROUP_UPDATING)) {
        str_addf(words, "EKS says %s%s", g.group.status, work_issues(k, &g.group));
        return WORK_NOT_YET;
    }
    if (!g.absent && g.status == EKS_GROUP_ACTIVE)
        return work_answered(c->ready(c->ctx, &k->s, words, err), words, err);
    err_set(err, ERR_CONFLICT, "node group '%s' is %s%s", k->s.green,
            g.absent ? "gone" : g.group.status, work_issues(k, &g.group));
    work_hint_back(k, err);
    return WORK_NEVER;
}

static enum plan_end await_act(struct work *k, struct err *err)
{
    return work_await(k, green_is_ready, work_ready_ms(k), k->s.green, "is ready", err);
}

static enum work_answer is_detached(struct work *k, struct str *words, struct err *err)
{
    const struct replace_cloud *c = &k->host->cloud;
    return work_answered(c->detached(c->ctx, &k->s, words, err), words, err);
}

static enum plan_end detached_act(struct work *k, struct err *err)
{
    return work_await(k, is_detached, work_detach_ms(k), k->s.blue, "is without volumes", err);
}

static enum plan_end replaced_act(struct work *k, struct err *err)
{
    enum plan_end end = work_await(k, blue_is_gone, work_delete_ms(k), k->s.blue, "is gone", err);
    if (end != PLAN_END_OK)
        return end;
    return work_await(k, green_is_ready, work_ready_ms(k), k->s.green, "is ready", err);
}

/* ---- by name ---- */

WORK_VERB(create_check)
WORK_VERB(create_act)
WORK_VERB(create_undo)
WORK_VERB(await_act)
WORK_VERB(await_undo)
WORK_VERB(detached_act)
WORK_VERB(delete_act)
WORK_VERB(work_blue_stands)
WORK_VERB(replaced_act)

const struct plan_verb *replace_verbs(void)
{
    static const struct plan_verb verbs[] = {
        {"create-group", verb_create_check, verb_create_act, NULL, verb_create_undo},
        {"await-group", NULL, verb_await_act, NULL, verb_await_undo},
        {"prove-detached", NULL, verb_detached_act, NULL, NULL},
        {"delete-group", NULL, verb_delete_act, NULL, verb_work_blue_stands},
        {"verify-replaced", NULL, verb_replaced_act, NULL, NULL},
        {0},
    };
    return verbs;
}
