/*
 * work: one step of a replacement being done: what its verbs act with. Asking until there is an
 * answer, waiting until something is so, saying what was intended and done.
 */
#ifndef TOBAN_OPS_REPLACE_WORK_H
#define TOBAN_OPS_REPLACE_WORK_H

#include "ops/replace/replace.h"

/* Patience where the host names none. */
#define WORK_READY_MS ((int64_t)30 * 60 * 1000)
#define WORK_DETACH_MS ((int64_t)10 * 60 * 1000)
#define WORK_DELETE_MS ((int64_t)60 * 60 * 1000)

struct work {
    const struct replace_host *host;
    struct plan_run *run;
    const struct plan_step *step;
    struct arena arena;
    struct replace_step s;
    int64_t rest_ms; /* the next wait */
};

typedef enum plan_end work_body(struct work *k, struct err *err);
/* Does `body` with the work of a verb's step; ctx is the verb's. */
enum plan_end work_do(void *ctx, struct plan_run *run, const struct plan_step *step,
                      work_body *body, struct err *err);
/* Defines verb_BODY, for the table of a plan's verbs. */
#define WORK_VERB(body)                                                                            \
    static enum plan_end verb_##body(void *ctx, struct plan_run *run,                              \
                                     const struct plan_step *step, struct err *err)                \
    {                                                                                              \
        return work_do(ctx, run, step, body, err);                                                 \
    }

static inline int64_t work_ready_ms(const struct work *k)
{
    return k->host->ready_ms ? k->host->ready_ms : WORK_READY_MS;
}
static inline int64_t work_detach_ms(const struct work *k)
{
    return k->host->detach_ms ? k->host->detach_ms : WORK_DETACH_MS;
}
static inline int64_t work_delete_ms(const struct work *k)
{
    return k->host->delete_ms ? k->host->delete_ms : WORK_DELETE_MS;
}

/* What the network did, or a pace that was too fast: may be asked again. */
bool work_comes_again(const struct err *err);
/* Until the next look, which comes later and later; -1: the runner stops. */
int work_rest(struct work *k);

struct work_seen {
    struct eks_nodegroup group;
    enum eks_group_status status;
    bool absent;
};
/* Asks until there is an answer; texts are in the work's arena. */
enum plan_end work_look(struct work *k, const char *group, struct work_seen *out, struct err *err);
/* Was the group made by this plan? */
bool work_is_ours(const struct work *k, const struct eks_nodegroup *g);
/* PLAN_END_OK: blue can take pods back; PLAN_END_KEEP: it is deleted, or being deleted. */
enum plan_end work_blue_stands(struct work *k, struct err *err);
/* ": CODE MESSAGE" of each health issue; "" for none. */
const char *work_issues(struct work *k, const struct eks_nodegroup *g);

/* Records the act "WHAT/NAME". */
int work_say(struct work *k, const char *what, const char *name, enum plan_act_state state,
             struct err *err);
/* Hints at resume and rollback; returns -1. */
int work_hint_back(const struct work *k, struct err *err);

enum work_answer { WORK_NOT_YET, WORK_YES, WORK_NEVER /* err is set */ };
typedef enum work_answer work_question(struct work *k, struct str *words, struct err *err);
/* One of the host's answers (1, 0, -1): what may be asked again is not yet. */
enum work_answer work_answered(int result, struct str *words, struct err *err);
/* Asks until it is so. After limit_ms it fails: "'GROUP WHAT' is not so after …". */
enum plan_end work_await(struct work *k, work_question *ask, int64_t limit_ms, const char *group,
                         const char *what, struct err *err);

#endif
