#include "plan/plan.h"

#include "base/must.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

const char *const plan_status_names[PLAN_STATUSES] = {
    [PLAN_READY] = "ready",     [PLAN_RUNNING] = "running",
    [PLAN_WAITING] = "waiting", [PLAN_PAUSED] = "paused",
    [PLAN_STOPPED] = "stopped", [PLAN_ROLLING_BACK] = "rolling-back",
    [PLAN_DONE] = "done",       [PLAN_ROLLED_BACK] = "rolled-back",
    [PLAN_ABORTED] = "aborted",
};

const char *const plan_step_state_names[STEP_STATES] = {
    [STEP_PENDING] = "pending", [STEP_BEGUN] = "begun",     [STEP_DONE] = "done",
    [STEP_FAILED] = "failed",   [STEP_SKIPPED] = "skipped", [STEP_UNDONE] = "undone",
    [STEP_KEPT] = "kept",
};

void plan_init(struct plan *p)
{
    *p = (struct plan){0};
}

void plan_release(struct plan *p)
{
    if (!p)
        return;
    vec_release(&p->accepted);
    vec_release(&p->claims);
    vec_release(&p->steps);
    vec_release(&p->questions);
    arena_release(&p->arena);
    plan_init(p);
}

static const char *copy(struct plan *p, const char *text)
{
    return text ? mem_must(arena_dup(&p->arena, sv_of(text))) : NULL;
}

struct plan_step *plan_add(struct plan *p, const char *name, const char *verb, const char *title,
                           struct sv args)
{
    struct plan_step step = {.name = copy(p, name), .verb = copy(p, verb), .title = copy(p, title)};
    if (args.ptr)
        step.args = sv_n(mem_must(arena_dup(&p->arena, args)), args.len);
    must_push(&p->steps, step);
    return &p->steps.items[p->steps.len - 1];
}

struct plan_step *plan_add_gate(struct plan *p, const char *name, const struct gate *g)
{
    _cleanup_str_ struct str title = {0};
    gate_describe(g, &title);
    struct plan_step *step = plan_add(p, name, "gate", str_c(&title), SV_NONE);
    step->gate = *g;
    step->gate.source = copy(p, g->source);
    step->gate.url = copy(p, g->url);
    step->gate.query = copy(p, g->query);
    return step;
}

struct plan_step *plan_find_step(struct plan *p, const char *name)
{
    vec_foreach(step, &p->steps)
        if (strcmp(step->name, name) == 0)
            return step;
    return NULL;
}

bool plan_is_over(const struct plan *p)
{
    return p->status == PLAN_DONE || p->status == PLAN_ROLLED_BACK || p->status == PLAN_ABORTED;
}

struct plan_step *plan_next(struct plan *p)
{
    vec_foreach(step, &p->steps)
        if (step->state != STEP_DONE && step->state != STEP_SKIPPED)
            return step;
    return NULL;
}

static bool may_have_acted(const struct plan_step *step)
{
    return step->state == STEP_DONE || step->state == STEP_BEGUN ||
           (step->state == STEP_FAILED && step->begun_ms);
}

struct plan_step *plan_next_undo(struct plan *p)
{
    for (size_t i = p->steps.len; i-- > 0;) {
        struct plan_step *step = &p->steps.items[i];
        if (strcmp(step->verb, "gate") != 0 && may_have_acted(step))
            return step;
    }
    return NULL;
}

/* Lengths go in, so that no two lists of texts look the same. */
static void hash_text(XXH3_state_t *state, const char *text)
{
    uint64_t n = text ? strlen(text) : 0;
    XXH3_128bits_update(state, &n, sizeof n);
    if (n)
        XXH3_128bits_update(state, text, n);
}

void plan_token(const struct plan *p, const char *step, const char *key, char out[33])
{
    XXH3_state_t state;
    XXH3_128bits_reset(&state);
    hash_text(&state, p->id);
    hash_text(&state, p->cluster_id);
    hash_text(&state, p->made_by);
    XXH3_128bits_update(&state, &p->made_ms, sizeof p->made_ms);
    hash_text(&state, step);
    hash_text(&state, key);
    XXH128_hash_t hash = XXH3_128bits_digest(&state);
    snprintf(out, 33, "%016llx%016llx", (unsigned long long)hash.high64,
             (unsigned long long)hash.low64);
}
