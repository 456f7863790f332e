/* What the steps of a replacement do, and how they go back. */
#include "base/must.h"
#include "ops/drain/hand.h"
#include "ops/replace/replace.h"

#include <poll.h>
#include <string.h>

#define LOOK_MS 5000
#define READY_MS ((int64_t)30 * 60 * 1000)
#define DETACH_MS ((int64_t)10 * 60 * 1000)
#define DELETE_MS ((int64_t)60 * 60 * 1000)

/* One step being done. */
struct work {
    const struct replace_host *host;
    struct plan_run *run;
    const struct plan_step *step;
    struct arena arena;
    struct replace_step s;
};

static int work_open(struct work *k, void *ctx, struct plan_run *run, const struct plan_step *step,
                     struct err *err)
{
    *k = (struct work){.host = ctx, .run = run, .step = step};
    return replace_step_parse(step->args, &k->arena, &k->s, err);
}

static void work_close(struct work *k)
{
    arena_release(&k->arena);
}
#define _cleanup_work_ _cleanup_(work_close)

/* ---- asking ---- */

static int64_t or_default(int64_t ms, int64_t otherwise)
{
    return ms ? ms : otherwise;
}

static bool comes_again(const struct err *err)
{
    return err->class == ERR_REMOTE || err->class == ERR_THROTTLED;
}

/* Until the next look; -1: the runner stops. */
static int rest(struct work *k)
{
    struct pollfd fd = {.fd = plan_wake_fd(k->run), .events = POLLIN};
    if (plan_stopping(k->run))
        return -1;
    if (poll(&fd, 1, (int)or_default(k->host->look_every_ms, LOOK_MS)) > 0)
        plan_poll(k->run);
    return plan_stopping(k->run) ? -1 : 0;
}

struct seen {
    struct eks_nodegroup group;
    enum eks_group_status status;
    bool absent;
};

/* Asks until there is an answer. */
static enum plan_end look(struct work *k, const char *group, struct seen *out, struct err *err)
{
    const struct replace_cloud *c = &k->host->cloud;
    for (;;) {
        struct err why = {0};
        *out = (struct seen){0};
        if (c->describe(c->ctx, k->s.cluster, group, &k->arena, &out->group, &why) == 0) {
            out->status = eks_group_status(out->group.status);
            return PLAN_END_OK;
        }
        if (why.class == ERR_NOT_FOUND) {
            out->absent = true;
            return PLAN_END_OK;
        }
        if (!comes_again(&why)) {
            *err = why;
            return PLAN_END_FAIL;
        }
        if (rest(k) < 0)
            return PLAN_END_PAUSE;
    }
}

static bool is_ours(const struct work *k, const struct eks_nodegroup *g)
{
    const char *id = plan_run_plan(k->run)->id;
    shape_each(t, &g->tags)
        if (strcmp(t->key, REPLACE_TAG_PLAN) == 0)
            return strcmp(t->value, id) == 0;
    return false;
}

static int say(struct work *k, const char *what, const char *group, enum plan_act_state state,
               struct err *err)
{
    struct plan_act act = {.key = mem_must(arena_fmt(&k->arena, "%s/%s", what, group)),
                           .state = state};
    return plan_record(k->run, k->step, &act, 1, err);
}

static int hint_back(const struct work *k, struct err *err)
{
    const char *id = plan_run_plan(k->run)->id;
    return err_hint(err, "toban plan resume %s goes on, toban plan rollback %s goes back", id, id);
}

static const char *issues_of(struct work *k, const struct eks_nodegroup *g)
{
    const char *text = "";
    shape_each(i, &g->health.issues)
        text = mem_must(arena_fmt(&k->arena, "%s: %s %s", text, i->code ? i->code : "",
                                  i->message ? i->message : ""));
    return text;
}

/* ---- waiting ---- */

enum say_so { NOT_YET, YES, NEVER /* err is set */ };
typedef enum say_so question(struct work *k, struct str *words, struct err *err);

/* One of the host's questions: what the network did is asked again. */
static enum say_so answer(int result, struct str *words, struct err *err)
{
    if (result > 0)
        return YES;
    if (result == 0)
        return NOT_YET;
    if (!comes_again(err))
        return NEVER;
    str_adds(words, err->msg);
    err_clear(err);
    return NOT_YET;
}

static enum plan_end await(struct work *k, question *ask, int64_t limit_ms, const char *what,
                           struct err *err)
{
    int64_t begun = hand_clock_ms();
    for (;;) {
        _cleanup_str_ struct str words = {0};
        enum say_so so = ask(k, &words, err);
        if (so != NOT_YET)
            return so == YES ? PLAN_END_OK : PLAN_END_FAIL;
        if (hand_clock_ms() - begun >= limit_ms) {
            err_set(err, ERR_CONFLICT, "%s is not so after %lld s%s%s", what,
                    (long long)(limit_ms / 1000), words.len ? ": " : "", str_c(&words));
            hint_back(k, err);
            return PLAN_END_FAIL;
        }
        if (rest(k) < 0)
            return PLAN_END_PAUSE;
    }
}

/* ---- create ---- */

static enum plan_end create_check(void *ctx, struct plan_run *run, const struct plan_step *step,
                                  struct err *err)
{
    _cleanup_work_ struct work k;
    struct seen blue, green;
    if (work_open(&k, ctx, run, step, err) < 0)
        return PLAN_END_FAIL;
    enum plan_end end = look(&k, k.s.blue, &blue, err);
    end = end == PLAN_END_OK ? look(&k, k.s.green, &green, err) : end;
    if (end != PLAN_END_OK)
        return end;
    if (blue.absent || blue.status != EKS_GROUP_ACTIVE)
        err_set(err, ERR_CONFLICT, "node group '%s' is %s, expected ACTIVE", k.s.blue,
                blue.absent ? "gone" : blue.group.status);
    else if (!green.absent)
        err_set(err, ERR_CONFLICT, "there is a node group '%s' already", k.s.green);
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
    if (say(k, "create", k->s.green, ACT_INTENDED, err) < 0)
        return PLAN_END_FAIL;
    if (!plan_may_act(k->run))
        return PLAN_END_PAUSE;
    if (c->create(c->ctx, &spec, token, err) == 0)
        return PLAN_END_OK;
    if (comes_again(err)) { /* nobody knows whether it happened: the look tells */
        err_clear(err);
        return rest(k) < 0 ? PLAN_END_PAUSE : PLAN_END_OK;
    }
    struct err ignored = {0};
    say(k, "create", k->s.green, ACT_FAILED, &ignored);
    err_wrap(err, "node group '%s'", k->s.green);
    return PLAN_END_FAIL;
}

static enum plan_end create_act(void *ctx, struct plan_run *run, const struct plan_step *step,
                                struct err *err)
{
    _cleanup_work_ struct work k;
    struct seen green;
    if (work_open(&k, ctx, run, step, err) < 0)
        return PLAN_END_FAIL;
    for (;;) {
        enum plan_end end = look(&k, k.s.green, &green, err);
        if (end == PLAN_END_OK && green.absent)
            end = ask_for(&k, err);
        else if (end == PLAN_END_OK)
            break;
        if (end != PLAN_END_OK)
            return end;
    }
    if (!is_ours(&k, &green.group)) {
        err_set(err, ERR_CONFLICT, "somebody else made a node group '%s'", k.s.green);
        return PLAN_END_FAIL;
    }
    return say(&k, "create", k.s.green, ACT_DONE, err) < 0 ? PLAN_END_FAIL : PLAN_END_OK;
}

/* ---- delete ---- */

static enum say_so is_deleted(struct work *k, const char *name, struct err *err)
{
    struct seen g;
    enum plan_end end = look(k, name, &g, err);
    if (end != PLAN_END_OK)
        return end == PLAN_END_FAIL ? NEVER : NOT_YET;
    if (g.absent)
        return YES;
    if (g.status != EKS_GROUP_DELETE_FAILED)
        return NOT_YET;
    err_set(err, ERR_CONFLICT, "EKS could not delete node group '%s'%s", name,
            issues_of(k, &g.group));
    hint_back(k, err);
    return NEVER;
}

static enum say_so blue_is_deleted(struct work *k, struct str *words, struct err *err)
{
    (void)words;
    return is_deleted(k, k->s.blue, err);
}

static enum say_so green_is_deleted(struct work *k, struct str *words, struct err *err)
{
    (void)words;
    return is_deleted(k, k->s.green, err);
}

static enum plan_end ask_to_delete(struct work *k, const char *name, struct err *err)
{
    const struct replace_cloud *c = &k->host->cloud;
    if (say(k, "delete", name, ACT_INTENDED, err) < 0)
        return PLAN_END_FAIL;
    if (!plan_may_act(k->run))
        return PLAN_END_PAUSE;
    if (c->remove(c->ctx, k->s.cluster, name, err) == 0 || err->class == ERR_NOT_FOUND ||
        comes_again(err)) {
        err_clear(err);
        return PLAN_END_OK;
    }
    err_wrap(err, "node group '%s'", name);
    return PLAN_END_FAIL;
}

/* Asks again where an answer was lost and nothing happened. */
static enum plan_end delete_group(struct work *k, const char *name, question *gone, struct err *err)
{
    struct seen g;
    for (;;) {
        enum plan_end end = look(k, name, &g, err);
        if (end != PLAN_END_OK)
            return end;
        if (g.absent || g.status == EKS_GROUP_DELETING)
            break;
        end = ask_to_delete(k, name, err);
        if (end == PLAN_END_OK && rest(k) < 0)
            end = PLAN_END_PAUSE;
        if (end != PLAN_END_OK)
            return end;
    }
    enum plan_end end = await(k, gone, or_default(k->host->delete_ms, DELETE_MS),
                              mem_must(arena_fmt(&k->arena, "'%s is deleted'", name)), err);
    if (end == PLAN_END_OK && say(k, "delete", name, ACT_DONE, err) < 0)
        return PLAN_END_FAIL;
    return end;
}

/* The last word before there is no way back: a pod may have come since the drain. */
static enum plan_end prove_empty(struct work *k, struct err *err)
{
    const struct replace_cloud *c = &k->host->cloud;
    _cleanup_str_ struct str words = {0};
    enum say_so so = answer(c->empty(c->ctx, &k->s, &words, err), &words, err);
    if (so != NOT_YET)
        return so == YES ? PLAN_END_OK : PLAN_END_FAIL;
    err_set(err, ERR_CONFLICT, "node group '%s' is not deleted, it is not proven empty: %s",
            k->s.blue, str_c(&words));
    hint_back(k, err);
    return PLAN_END_FAIL;
}

static enum plan_end delete_act(void *ctx, struct plan_run *run, const struct plan_step *step,
                                struct err *err)
{
    _cleanup_work_ struct work k;
    struct seen blue;
    if (work_open(&k, ctx, run, step, err) < 0)
        return PLAN_END_FAIL;
    enum plan_end end = look(&k, k.s.blue, &blue, err);
    bool goes = blue.absent || blue.status == EKS_GROUP_DELETING;
    if (end == PLAN_END_OK && !goes)
        end = prove_empty(&k, err);
    return end == PLAN_END_OK ? delete_group(&k, k.s.blue, blue_is_deleted, err) : end;
}

/* ---- going back ---- */

/* PLAN_END_OK: blue can take the pods back. */
static enum plan_end blue_stands(struct work *k, struct err *err)
{
    struct seen blue;
    enum plan_end end = look(k, k->s.blue, &blue, err);
    if (end != PLAN_END_OK)
        return end;
    if (!blue.absent && blue.status != EKS_GROUP_DELETING && blue.status != EKS_GROUP_DELETE_FAILED)
        return PLAN_END_OK;
    err_set(err, ERR_CONFLICT,
            "node group '%s' is deleted, so '%s' stays; the reverse is a "
            "replacement of its own: toban nodes replace %s --name %s",
            k->s.blue, k->s.green, k->s.green, k->s.blue);
    return PLAN_END_KEEP;
}

static enum plan_end delete_undo(void *ctx, struct plan_run *run, const struct plan_step *step,
                                 struct err *err)
{
    _cleanup_work_ struct work k;
    return work_open(&k, ctx, run, step, err) < 0 ? PLAN_END_FAIL : blue_stands(&k, err);
}

static enum plan_end await_undo(void *ctx, struct plan_run *run, const struct plan_step *step,
                                struct err *err)
{
    _cleanup_work_ struct work k;
    if (work_open(&k, ctx, run, step, err) < 0)
        return PLAN_END_FAIL;
    const struct replace_cloud *c = &k.host->cloud;
    enum plan_end end = blue_stands(&k, err);
    return end == PLAN_END_OK ? c->drain_green(c->ctx, run, step, &k.s, err) : end;
}

static enum plan_end create_undo(void *ctx, struct plan_run *run, const struct plan_step *step,
                                 struct err *err)
{
    _cleanup_work_ struct work k;
    struct seen green;
    if (work_open(&k, ctx, run, step, err) < 0)
        return PLAN_END_FAIL;
    enum plan_end end = blue_stands(&k, err);
    end = end == PLAN_END_OK ? look(&k, k.s.green, &green, err) : end;
    if (end != PLAN_END_OK || green.absent)
        return end;
    if (!is_ours(&k, &green.group)) {
        err_set(err, ERR_CONFLICT, "node group '%s' was not made by this plan", k.s.green);
        return PLAN_END_KEEP;
    }
    return delete_group(&k, k.s.green, green_is_deleted, err);
}

/* ---- waiting for green, for volumes, and the end ---- */

static enum say_so green_is_ready(struct work *k, struct str *words, struct err *err)
{
    const struct replace_cloud *c = &k->host->cloud;
    struct seen g;
    enum plan_end end = look(k, k->s.green, &g, err);
    if (end != PLAN_END_OK)
        return end == PLAN_END_FAIL ? NEVER : NOT_YET;
    if (!g.absent && (g.status == EKS_GROUP_CREATING || g.status == EKS_GROUP_UPDATING)) {
        str_addf(words, "EKS says %s%s", g.group.status, issues_of(k, &g.group));
        return NOT_YET;
    }
    if (!g.absent && g.status == EKS_GROUP_ACTIVE)
        return answer(c->ready(c->ctx, &k->s, words, err), words, err);
    err_set(err, ERR_CONFLICT, "node group '%s' is %s%s", k->s.green,
            g.absent ? "gone" : g.group.status, issues_of(k, &g.group));
    hint_back(k, err);
    return NEVER;
}

static enum plan_end await_act(void *ctx, struct plan_run *run, const struct plan_step *step,
                               struct err *err)
{
    _cleanup_work_ struct work k;
    if (work_open(&k, ctx, run, step, err) < 0)
        return PLAN_END_FAIL;
    return await(&k, green_is_ready, or_default(k.host->ready_ms, READY_MS),
                 mem_must(arena_fmt(&k.arena, "'%s is ready'", k.s.green)), err);
}

static enum say_so is_detached(struct work *k, struct str *words, struct err *err)
{
    const struct replace_cloud *c = &k->host->cloud;
    return answer(c->detached(c->ctx, &k->s, words, err), words, err);
}

static enum plan_end detached_act(void *ctx, struct plan_run *run, const struct plan_step *step,
                                  struct err *err)
{
    _cleanup_work_ struct work k;
    if (work_open(&k, ctx, run, step, err) < 0)
        return PLAN_END_FAIL;
    return await(&k, is_detached, or_default(k.host->detach_ms, DETACH_MS),
                 mem_must(arena_fmt(&k.arena, "'%s is without volumes'", k.s.blue)), err);
}

static enum plan_end replaced_act(void *ctx, struct plan_run *run, const struct plan_step *step,
                                  struct err *err)
{
    _cleanup_work_ struct work k;
    if (work_open(&k, ctx, run, step, err) < 0)
        return PLAN_END_FAIL;
    enum plan_end end = await(&k, blue_is_deleted, or_default(k.host->delete_ms, DELETE_MS),
                              mem_must(arena_fmt(&k.arena, "'%s is deleted'", k.s.blue)), err);
    if (end != PLAN_END_OK)
        return end;
    return await(&k, green_is_ready, or_default(k.host->ready_ms, READY_MS),
                 mem_must(arena_fmt(&k.arena, "'%s is ready'", k.s.green)), err);
}

const struct plan_verb *replace_verbs(void)
{
    static const struct plan_verb verbs[] = {
        {"create-group", create_check, create_act, NULL, create_undo},
        {"await-group", NULL, await_act, NULL, await_undo},
        {"prove-detached", NULL, detached_act, NULL, NULL},
        {"delete-group", NULL, delete_act, NULL, delete_undo},
        {"verify-replaced", NULL, replaced_act, NULL, NULL},
        {0},
    };
    return verbs;
}
