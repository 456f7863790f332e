/*
 * engine: what a plan does next, and what the plan is after that was done. Pure: no store, no
 * clock, no verbs; the driver (run.c) does what is said and says how it went. Not for others than
 * plan/.
 *
 *     forward   check -> begin -> act -> verify, a step that has begun from `begin` on
 *     back      undoing -> undo, from the last step to the first
 *
 * begin and undoing are nothing but records: they are on the disk before a verb may act.
 */
#ifndef TOBAN_PLAN_ENGINE_H
#define TOBAN_PLAN_ENGINE_H

#include "plan/plan.h"
#include "plan/run.h"

enum engine_move {
    ENGINE_CHECK,
    ENGINE_BEGIN,
    ENGINE_ACT,
    ENGINE_VERIFY,
    ENGINE_GATE,
    ENGINE_UNDOING,
    ENGINE_UNDO,
    ENGINE_FINISH,
    ENGINE_PAUSE,
    ENGINE_LEAVE, /* nothing more in this run */
};

enum engine_phase { ENGINE_FRESH, ENGINE_CHECKED, ENGINE_BEGUN, ENGINE_ACTED };

/* Zeroed at the start of a run. */
struct engine {
    const char *at; /* name of the step that phase is about */
    enum engine_phase phase;
    bool leave;
};

struct engine_next {
    enum engine_move move;
    struct plan_step *step; /* NULL: of the whole plan */
};

/* What is to be journaled with the changed plan; NULL: nothing changed that must be kept. */
struct engine_change {
    const char *step_kind; /* "step.begun", … */
    const char *plan_kind; /* "plan.stopped", … */
};

/* Takes the plan up: status, direction. */
struct engine_change engine_start(struct plan *p, bool rollback);

struct engine_next engine_next(struct engine *e, struct plan *p, bool stopping);

/* What was said was done, and ended so; why tells the reason of all but PLAN_END_OK (its words may
 * be empty). Gates: PLAN_END_OK open, PLAN_END_FAIL failed, PLAN_END_PAUSE the runner goes home.
 * When a step ends because the runner was told to stop, next.move is ENGINE_PAUSE. */
struct engine_change engine_took(struct engine *e, struct plan *p, struct engine_next next,
                                 enum plan_end end, const struct err *why, int64_t now_ms);

/* The plan came to a gate and has to wait. */
struct engine_change engine_reached(struct plan *p, struct plan_step *gate, const char *words,
                                    int64_t now_ms);

#endif
