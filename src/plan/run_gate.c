/* A run at a gate: looks, remembers, waits. What the looks mean is gate.c. */
#include "plan/run_internal.h"

#include <poll.h>

#define NAP_MAX_MS 60000 /* clocks of the day jump */

/* The memory of a gate is kept with the plan; what changes for people is journaled too. */
static int observe(struct plan_run *run, struct plan_step *step, struct err *err)
{
    struct gate_sight sight = {0};
    struct gate_memory before = step->memory;
    if (run->host->observe)
        run->host->observe(run->host->ctx, run->plan, step, &sight);
    else
        snprintf(sight.words, sizeof sight.words, "nobody here can ask");
    gate_saw(&step->gate, &step->memory, &sight, run_now_ms());
    bool same = !!before.good_ms == !!step->memory.good_ms && before.seen_ms &&
                !!before.failures == !!step->memory.failures;
    struct engine_change change = {.step_kind = same ? NULL : "gate.saw"};
    if (run_commit(run, step, change, step->memory.said, NULL, 0, err)) {
        step->memory = before;
        return -1;
    }
    if (change.step_kind)
        run_tell(run, step, change.step_kind, step->memory.said);
    return 0;
}

static void nap(struct plan_run *run, int64_t wake_ms)
{
    struct pollfd fd = {.fd = plan_wake_fd(run), .events = POLLIN};
    int64_t ms = wake_ms - run_now_ms();
    if (ms > 0)
        poll(&fd, 1, ms < NAP_MAX_MS ? (int)ms : NAP_MAX_MS);
}

static int took(struct plan_run *run, struct plan_step *step, enum plan_end end, const char *words,
                struct err *err)
{
    struct err why = {0};
    err_set(&why, ERR_NONE, "%s", words);
    return run_took(run, (struct engine_next){ENGINE_GATE, step}, end, &why, err);
}

static int wait_at(struct plan_run *run, struct plan_step *step, int64_t wake_ms, const char *words,
                   struct err *err)
{
    if (step->gate.kind == GATE_APPROVAL && !run->options->wait_at_gates)
        return took(run, step, PLAN_END_PAUSE, words, err);
    run_tell(run, step, "gate.waits", words);
    nap(run, wake_ms);
    return 0;
}

int run_gate(struct plan_run *run, struct plan_step *step, struct err *err)
{
    char words[GATE_SAID_MAX + 256];
    int64_t wake_ms = 0;
    if (step->state == STEP_FAILED)
        step->memory = (struct gate_memory){.approved_by = step->memory.approved_by,
                                            .approved_ms = step->memory.approved_ms};
    enum gate_say say =
        gate_decide(&step->gate, &step->memory, run_now_ms(), &wake_ms, words, sizeof words);
    bool waits = say == GATE_WAIT || say == GATE_OBSERVE;
    if (waits && (step->state != STEP_BEGUN || run->plan->status != PLAN_WAITING))
        return run_reached(run, step, words, err);
    switch (say) {
    case GATE_OPEN:
        return took(run, step, PLAN_END_OK, words, err);
    case GATE_FAILED:
        return took(run, step, PLAN_END_FAIL, words, err);
    case GATE_OBSERVE:
        return observe(run, step, err);
    case GATE_WAIT:
        break;
    }
    return wait_at(run, step, wake_ms, words, err);
}
