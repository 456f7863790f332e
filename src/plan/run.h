/*
 * run: carries a plan out. One runner per plan (a lease with fencing), each change of state and
 * each intent in the journal before the act, resumable after kill -9, pausable, undoable.
 *
 * A verb does its work through the run it is given: it says what it is going to do (plan_record
 * with ACT_INTENDED, synced), asks plan_may_act right before doing it, does it, says how it went.
 * After a kill the same verb is called again; plan_act_state tells it what was intended or done
 * before, and what was only intended it must look at before it acts again.
 *
 * This is the only file of plan/ with I/O (the store), a clock and a thread (which renews the lease
 * and looks for requests to pause).
 */
#ifndef TOBAN_PLAN_RUN_H
#define TOBAN_PLAN_RUN_H

#include "plan/plan.h"
#include "store/store.h"

struct plan_run;
struct plan_act;

/* What a verb says when it ends. */
enum plan_end {
    PLAN_END_OK,
    PLAN_END_NOTHING, /* check: there is nothing to do; skips act and verify */
    PLAN_END_PAUSE, /* it was asked to stop, or waits for a person and may not stay; go on later */
    PLAN_END_FAIL,  /* err says why and what to run next */
    PLAN_END_KEEP,  /* undo: this cannot be undone; err says why */
};

/* How a step is done. ctx is the host's. All may take long and must return soon after plan_stopping
 * is true. check is called until the step has begun; from then on (also after a kill, a pause or a
 * failure) act is called again, since it alone knows its own traces; then verify. */
struct plan_verb {
    const char *name;
    /* Nothing is changed: may it be done now? NULL: yes. */
    enum plan_end (*check)(void *ctx, struct plan_run *run, const struct plan_step *step,
                           struct err *err);
    enum plan_end (*act)(void *ctx, struct plan_run *run, const struct plan_step *step,
                         struct err *err);
    /* Looks at the world: is it as it should be? NULL: act has proven it. */
    enum plan_end (*verify)(void *ctx, struct plan_run *run, const struct plan_step *step,
                            struct err *err);
    /* Goes back; called for steps that have begun too. NULL: nothing to undo. */
    enum plan_end (*undo)(void *ctx, struct plan_run *run, const struct plan_step *step,
                          struct err *err);
};

/* What the runner needs from outside of plan/. */
struct plan_host {
    void *ctx;
    const struct plan_verb *verbs; /* ended by a NULL name */
    /* Looks at a metric or asks a webhook. */
    void (*observe)(void *ctx, const struct plan *p, const struct plan_step *gate,
                    struct gate_sight *out);
    /* Told of everything that happens, for showing it: "step.begun", "step.done", "gate.waits", …
     * p is current. May be NULL. Called on the runner's thread. */
    void (*tell)(void *ctx, const struct plan *p, const struct plan_step *step, const char *kind,
                 const char *words);
};

struct plan_run_options {
    const char *actor;   /* "ann@bastion-1" */
    int64_t ttl_ms;      /* of the lease; 0: LEASE_TTL_MS */
    int64_t patience_ms; /* for a runner that may be dead; 0: ttl + ttl/4. One that is proven dead
                            is replaced at once, one that is seen to renew its lease refuses us */
    int stop_fd;         /* readable: pause (a signal's pipe); <= 0: none */
    bool wait_at_gates;  /* stay and wait; false: return as soon as a person must act */
    bool rollback;       /* go back instead of on */
    const char *const *accept; /* ids of risks that this start accepts too, ended by NULL; kept in
                                  the plan and journaled; NULL: none */
};

/* Keeps a new plan: gives it an id, puts its claims. ERR_CONFLICT: a claim is another plan's, which
 * the message names. ERR_LIMIT: the plan, its args, forecast or claims are larger than
 * STORE_BODY_MAX. Journals "plan.made". */
int plan_create(struct store *s, struct plan *p, const char *actor, struct err *err);

/* ERR_NOT_FOUND with a hint to `toban plan list`. `id` may be shortened as long as it is unique. */
int plan_load(struct store *s, const char *id, struct plan *out, struct err *err);
/* Newest first. */
int plan_each(struct store *s, int (*each)(void *ctx, const struct plan *p, struct err *err),
              void *ctx, struct err *err);

/* All acts of the plan that were spoken of, step by step, for looking at it. */
int plan_look_acts(struct store *s, const struct plan *p,
                   void (*each)(void *ctx, const struct plan_act *act), void *ctx, struct err *err);

/* Runs until it is over, paused, stopped, or (without wait_at_gates) waits for a person. 0: look at
 * p->status; p was loaded, is read again when the lease is held (what pointed into it is gone) and
 * is kept current. A plan that was going back goes on with that, with or without o->rollback. -1:
 * could not run: ERR_CONFLICT it is over, or another runner has it or has taken it over (the
 * message says who; nothing was done after that moment), or the store failed before an act. */
int plan_run(struct store *s, struct plan *p, const struct plan_host *host,
             const struct plan_run_options *o, struct err *err);

/* ---- for people, while a runner may be at it ---- */

/* Asks the runner to pause; without a runner the plan is paused at once, unless it rests anyway. */
int plan_pause(struct store *s, const char *id, const char *actor, struct err *err);
/* Approves the gate or question `what` (NULL: the only one that is open). ERR_CONFLICT when nothing
 * waits for approval. */
int plan_approve(struct store *s, const char *id, const char *what, const char *actor,
                 struct err *err);
/* Ends the plan as it is and gives its claims back. ERR_CONFLICT: a runner is at it; pause first.
 */
int plan_abort(struct store *s, const char *id, const char *actor, struct err *err);

/* ---- for verbs ---- */

enum plan_act_state {
    ACT_UNKNOWN,  /* never spoken of */
    ACT_INTENDED, /* was going to; whether it happened must be looked at */
    ACT_DONE,
    ACT_FAILED, /* did not happen; may be tried again */
};

struct plan_act {
    const char *key; /* "evict/shop/cart-1/UID": unique in the step, stable over runs */
    enum plan_act_state state;
    struct sv data; /* JSON object with what is worth knowing later; absent: what was recorded for
                       this key before, else {} */
};

const struct plan *plan_run_plan(const struct plan_run *run);

/* Journals and remembers, any number, in as few transactions as possible, synced, guarded by the
 * lease. -1: nothing may be done: the lease is lost, the disk is full, …. */
int plan_record(struct plan_run *run, const struct plan_step *step, const struct plan_act *acts,
                size_t count, struct err *err);
enum plan_act_state plan_act_state(const struct plan_run *run, const struct plan_step *step,
                                   const char *key);
/* All acts of a step that were spoken of, by any run, in order of their keys; data as recorded
 * last. For undo. */
void plan_acts_each(const struct plan_run *run, const struct plan_step *step,
                    void (*each)(void *ctx, const struct plan_act *act), void *ctx);

/* Right before an act: is the lease still ours by the clock? False: do not act. Any thread. */
bool plan_may_act(const struct plan_run *run);
/* Pause was asked for, or the lease is lost: end soon. Any thread. */
bool plan_stopping(const struct plan_run *run);
/* Readable when plan_stopping became true or an answer came (drained by plan_poll), to wait on. */
int plan_wake_fd(const struct plan_run *run);
void plan_poll(struct plan_run *run);

/* A question to a person; asking twice is the same question. Journaled, shown by `toban plan show`.
 */
int plan_ask(struct plan_run *run, const struct plan_step *step, const char *name, const char *text,
             struct err *err);
bool plan_answered(struct plan_run *run, const char *name);

/* Something worth keeping that is no act ("node n1 is empty"), of a step or (NULL) of the plan;
 * journaled lazily: written with the next plan_record or at the end of the step. */
void plan_note(struct plan_run *run, const struct plan_step *step, const char *kind,
               struct sv data);

#endif
