#include "ops/replace/work.h"

#include "base/must.h"
#include "ops/drain/hand.h"

#include <poll.h>
#include <string.h>

#define LOOK_MS 5000
#define LOOK_FIRST 10 /* the first waits are shorter by this */

enum plan_end work_do(void *ctx, struct plan_run *run, const struct plan_step *step,
                      work_body *body, struct err *err)
{
    struct work k = {.host = ctx, .run = run, .step = step};
    enum plan_end end = PLAN_END_FAIL;
    if (replace_step_parse(step->args, &k.arena, &k.s, err) == 0)
        end = body(&k, err);
    arena_release(&k.arena);
    return end;
}

/* ---- asking ---- */

bool work_comes_again(const struct err *err)
{
    return err->class == ERR_REMOTE || err->class == ERR_THROTTLED;
}

/* Until the next look, which comes later and later; -1: the runner stops. */
int work_rest(struct work *k)
{
    struct pollfd fd = {.fd = plan_wake_fd(k->run), .events = POLLIN};
    int64_t most = k->host->look_every_ms ? k->host->look_every_ms : LOOK_MS;
    if (plan_stopping(k->run))
        return -1;
    k->rest_ms = k->rest_ms ? k->rest_ms + k->rest_ms / 4 + 1 : most / LOOK_FIRST + 1;
    k->rest_ms = k->rest_ms < most ? k->rest_ms : most;
    if (poll(&fd, 1, (int)k->rest_ms) > 0)
        plan_poll(k->run);
    return plan_stopping(k->run) ? -1 : 0;
}

/* Asks until there is an answer. */
enum plan_end work_look(struct work *k, const char *group, struct work_seen *out, struct err *err)
{
    const struct replace_cloud *c = &k->host->cloud;
    for (;;) {
        struct err why = {0};
        *out = (struct work_seen){0};
        if (c->describe(c->ctx, k->s.cluster, group, &k->arena, &out->group, &why) == 0) {
            out->status = eks_group_status(out->group.status);
            return PLAN_END_OK;
        }
        if (why.class == ERR_NOT_FOUND) {
            out->absent = true;
            return PLAN_END_OK;
        }
        if (!work_comes_again(&why)) {
            *err = why;
            return PLAN_END_FAIL;
        }
        if (k->host->waits)
            k->host->waits(k->host->drain.ctx, k->step, why.msg);
        if (work_rest(k) < 0)
            return PLAN_END_PAUSE;
    }
}

bool work_is_ours(const struct work *k, const struct eks_nodegroup *g)
{
    const char *id = plan_run_plan(k->run)->id;
    shape_each(t, &g->tags)
        if (strcmp(t->key, REPLACE_TAG_PLAN) == 0)
            return strcmp(t->value, id) == 0;
    return false;
}

int work_say(struct work *k, const char *what, const char *group, enum plan_act_state state,
             struct err *err)
{
    struct plan_act act = {.key = mem_must(arena_fmt(&k->arena, "%s/%s", what, group)),
                           .state = state};
    return plan_record(k->run, k->step, &act, 1, err);
}

int work_hint_back(const struct work *k, struct err *err)
{
    const char *id = plan_run_plan(k->run)->id;
    return err_hint(err, "toban plan resume %s goes on, toban plan rollback %s goes back", id, id);
}

const char *work_issues(struct work *k, const struct eks_nodegroup *g)
{
    const char *text = "";
    shape_each(i, &g->health.issues)
        text = mem_must(arena_fmt(&k->arena, "%s: %s %s", text, i->code ? i->code : "",
                                  i->message ? i->message : ""));
    return text;
}

enum plan_end work_blue_stands(struct work *k, struct err *err)
{
    struct work_seen blue;
    enum plan_end end = work_look(k, k->s.blue, &blue, err);
    if (end != PLAN_END_OK)
        return end;
    if (!blue.absent && blue.status != EKS_GROUP_DELETING && blue.status != EKS_GROUP_DELETE_FAILED)
        return PLAN_END_OK;
    err_set(err, ERR_CONFLICT,
            "node group '%s' is deleted, so '%s' stays; the reverse is a "
            "replacement of its own: toban nodes replace --cloud eks:%s --nodegroup %s --name %s",
            k->s.blue, k->s.green, k->s.cluster, k->s.green, k->s.blue);
    return PLAN_END_KEEP;
}

/* ---- waiting ---- */

/* One of the host's questions: what the network did is asked again. */
enum work_answer work_answered(int result, struct str *words, struct err *err)
{
    if (result > 0)
        return WORK_YES;
    if (result == 0)
        return WORK_NOT_YET;
    if (!work_comes_again(err))
        return WORK_NEVER;
    str_adds(words, err->msg);
    err_clear(err);
    return WORK_NOT_YET;
}

enum plan_end work_await(struct work *k, work_question *ask, int64_t limit_ms, const char *group,
                         const char *what, struct err *err)
{
    int64_t begun = hand_clock_ms();
    for (;;) {
        _cleanup_str_ struct str words = {0};
        enum work_answer so = ask(k, &words, err);
        if (so != WORK_NOT_YET)
            return so == WORK_YES ? PLAN_END_OK : PLAN_END_FAIL;
        if (k->host->waits)
            k->host->waits(k->host->drain.ctx, k->step, str_c(&words));
        if (hand_clock_ms() - begun >= limit_ms) {
            err_set(err, ERR_CONFLICT, "'%s %s' is not so after %lld s%s%s", group, what,
                    (long long)(limit_ms / 1000), words.len ? ": " : "", str_c(&words));
            work_hint_back(k, err);
            return PLAN_END_FAIL;
        }
        if (work_rest(k) < 0)
            return PLAN_END_PAUSE;
    }
}
