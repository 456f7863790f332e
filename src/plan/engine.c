#include "plan/engine.h"

#include "base/must.h"

static const struct engine_change nothing = {0};

static bool is_gate(const struct plan_step *step)
{
    return strcmp(step->verb, "gate") == 0;
}

static const char *keep_words(struct plan *p, const struct err *why)
{
    return why && why->msg[0] ? mem_must(arena_dup(&p->arena, sv_of(why->msg))) : NULL;
}

/* --- what next ----------------------------------------------------------------------------- */

struct engine_change engine_start(struct plan *p, bool rollback)
{
    const char *kind = p->status == PLAN_READY ? "plan.started" : "plan.resumed";
    if (rollback && !p->back)
        kind = "plan.rolling-back";
    p->back |= rollback;
    p->status = p->back ? PLAN_ROLLING_BACK : PLAN_RUNNING;
    p->words = NULL;
    return (struct engine_change){.plan_kind = kind};
}

static enum engine_move move_of(const struct engine *e, const struct plan_step *step, bool back)
{
    if (back)
        return e->phase == ENGINE_FRESH ? ENGINE_UNDOING : ENGINE_UNDO;
    if (is_gate(step))
        return ENGINE_GATE;
    switch (e->phase) {
    case ENGINE_FRESH:
        return step->begun_ms ? ENGINE_BEGIN : ENGINE_CHECK;
    case ENGINE_CHECKED:
        return ENGINE_BEGIN;
    case ENGINE_BEGUN:
        return ENGINE_ACT;
    case ENGINE_ACTED:
        break;
    }
    return ENGINE_VERIFY;
}

struct engine_next engine_next(struct engine *e, struct plan *p, bool stopping)
{
    struct plan_step *step = p->back ? plan_next_undo(p) : plan_next(p);
    if (e->leave)
        return (struct engine_next){ENGINE_LEAVE, NULL};
    if (!step)
        return (struct engine_next){ENGINE_FINISH, NULL};
    if (stopping)
        return (struct engine_next){ENGINE_PAUSE, step};
    if (!e->at || strcmp(e->at, step->name) != 0)
        *e = (struct engine){.at = step->name};
    return (struct engine_next){move_of(e, step, p->back), step};
}

/* --- what it led to ------------------------------------------------------------------------ */

static bool asks(const struct plan *p)
{
    vec_foreach(question, &p->questions)
        if (!question->answered_by)
            return true;
    return false;
}

/* A runner goes home: because it was told to, or because only a person can help. */
static struct engine_change take_pause(struct engine *e, struct plan *p, struct engine_next next,
                                       const struct err *why)
{
    bool told = next.move == ENGINE_PAUSE;
    bool waits = !told && (next.move == ENGINE_GATE || asks(p));
    const char *words = keep_words(p, why);
    e->leave = true;
    p->status = waits ? PLAN_WAITING : PLAN_PAUSED;
    if (words || !waits)
        p->words = words;
    return (struct engine_change){.plan_kind = waits ? "plan.waiting" : "plan.paused"};
}

static struct engine_change take_failure(struct engine *e, struct plan *p, struct engine_next next,
                                         const struct err *why, int64_t now_ms)
{
    const char *words = keep_words(p, why), *hint = why && why->hint[0] ? why->hint : NULL;
    const char *again = p->back ? "`toban plan rollback %s` tries again, `toban plan abort %s` "
                                  "leaves it as it is"
                                : "`toban plan resume %s` tries again, `toban plan rollback %s` "
                                  "goes back";
    char commands[160];
    snprintf(commands, sizeof commands, again, p->id ? p->id : "ID", p->id ? p->id : "ID");
    e->leave = true;
    next.step->words = words;
    if (!p->back) {
        next.step->state = STEP_FAILED;
        next.step->ended_ms = now_ms;
    }
    p->status = PLAN_STOPPED;
    p->words =
        mem_must(arena_fmt(&p->arena, "step '%s': %s; %s%s%s", next.step->name,
                           words ? words : "failed", hint ? hint : "", hint ? "; " : "", commands));
    const char *kind = p->back              ? "step.undo-failed"
                       : is_gate(next.step) ? "gate.failed"
                                            : "step.failed";
    return (struct engine_change){.step_kind = kind, .plan_kind = "plan.stopped"};
}

static struct engine_change end_step(struct plan *p, struct plan_step *step,
                                     enum plan_step_state state, const struct err *why,
                                     const char *kind, int64_t now_ms)
{
    step->state = state;
    step->words = keep_words(p, why);
    step->ended_ms = now_ms;
    return (struct engine_change){.step_kind = kind};
}

static struct engine_change take_begin(struct engine *e, struct plan_step *step, int64_t now_ms)
{
    e->phase = ENGINE_BEGUN;
    step->state = STEP_BEGUN;
    step->words = NULL;
    step->ended_ms = 0;
    step->attempts++;
    if (!step->begun_ms)
        step->begun_ms = now_ms;
    return (struct engine_change){.step_kind = step->attempts > 1 ? "step.again" : "step.begun"};
}

static struct engine_change take_finish(struct engine *e, struct plan *p)
{
    e->leave = true;
    p->status = p->back ? PLAN_ROLLED_BACK : PLAN_DONE;
    p->words = NULL;
    return (struct engine_change){.plan_kind = p->back ? "plan.rolled-back" : "plan.done"};
}

static struct engine_change take_good(struct engine *e, struct plan *p, struct engine_next next,
                                      enum plan_end end, const struct err *why, int64_t now_ms)
{
    switch (next.move) {
    case ENGINE_CHECK:
        if (end == PLAN_END_NOTHING)
            return end_step(p, next.step, STEP_SKIPPED, why, "step.skipped", now_ms);
        e->phase = ENGINE_CHECKED;
        return nothing;
    case ENGINE_BEGIN:
        return take_begin(e, next.step, now_ms);
    case ENGINE_ACT:
        e->phase = ENGINE_ACTED;
        return nothing;
    case ENGINE_VERIFY:
        return end_step(p, next.step, STEP_DONE, why, "step.done", now_ms);
    case ENGINE_GATE:
        p->status = PLAN_RUNNING;
        p->words = NULL;
        return end_step(p, next.step, STEP_DONE, why, "gate.opened", now_ms);
    case ENGINE_UNDOING:
        e->phase = ENGINE_BEGUN;
        return (struct engine_change){.step_kind = "step.undoing"};
    case ENGINE_UNDO:
        if (end == PLAN_END_KEEP)
            return end_step(p, next.step, STEP_KEPT, why, "step.kept", now_ms);
        return end_step(p, next.step, STEP_UNDONE, why, "step.undone", now_ms);
    case ENGINE_FINISH:
        return take_finish(e, p);
    case ENGINE_PAUSE:
    case ENGINE_LEAVE:
        break;
    }
    return nothing;
}

struct engine_change engine_took(struct engine *e, struct plan *p, struct engine_next next,
                                 enum plan_end end, const struct err *why, int64_t now_ms)
{
    bool kept = end == PLAN_END_KEEP && next.move != ENGINE_UNDO;
    if (next.move == ENGINE_PAUSE || end == PLAN_END_PAUSE)
        return take_pause(e, p, next, why);
    if (end == PLAN_END_FAIL || kept)
        return take_failure(e, p, next, why, now_ms);
    return take_good(e, p, next, end, why, now_ms);
}

struct engine_change engine_reached(struct plan *p, struct plan_step *gate, const char *words,
                                    int64_t now_ms)
{
    gate->state = STEP_BEGUN;
    gate->ended_ms = 0;
    gate->words = NULL;
    gate->attempts++;
    gate->begun_ms = gate->begun_ms ? gate->begun_ms : now_ms;
    p->status = PLAN_WAITING;
    p->words = mem_must(arena_fmt(&p->arena, "%s: %s", gate->name, words));
    return (struct engine_change){.step_kind = "gate.reached"};
}
