#include "ops/replace/phase.h"

#include "base/must.h"
#include "ops/replace/replace.h"

#include <stdlib.h>
#include <string.h>

#define GROW "grow-group"

static const struct plan_step *step_of(const struct plan *p, const char *name, size_t number)
{
    char full[48];
    snprintf(full, sizeof full, "%s-%zu", name, number);
    vec_foreach(s, &p->steps)
        if (strcmp(s->name, full) == 0)
            return s;
    return NULL;
}

static bool is_at(const struct plan_step *s, enum plan_step_state state)
{
    return s && s->state == state;
}

static const struct stage {
    const char *verb;
    bool own;   /* there is one for each group */
    bool round; /* there may be one for each round */
    const char *begun, *done, *failed;
} stages[] = {
    {"create-group", true, true, "new group is asked for", "new group is made",
     "new group is not made"},
    {"await-group", true, true, "new nodes join", "new nodes are ready", "new nodes are not ready"},
    {"cordon", false, true, "old nodes are cordoned", "old nodes are cordoned", "not cordoned"},
    {"drain", false, true, "old nodes are drained", "old nodes are drained", "drain stopped"},
    {"verify-drained", false, true, "old nodes are proven empty", "old nodes are empty",
     "old nodes are not empty"},
    {"end-nodes", false, true, "old machines end", "old machines have ended", "old machines stay"},
    {GROW, false, true, "more new nodes join", "more new nodes are ready",
     "more new nodes are not ready"},
    {"prove-detached", true, false, "volumes leave", "old nodes are empty", "volumes stay"},
    {"gate", false, false, "waits at a gate", "has passed a gate", "stopped at a gate"},
    {"delete-group", true, false, "old group is deleted", "old group is gone",
     "old group is not deleted"},
    {"verify-replaced", true, false, "proven", "replaced", "not as it was"},
};

static const struct stage *stage_of(const struct plan_step *s)
{
    for (size_t i = 0; i < ARRAY_LEN(stages); i++)
        if (strcmp(stages[i].verb, s->verb) == 0)
            return &stages[i];
    return NULL;
}

/* "delete-2" is group 2's. */
static bool has_number(const struct plan_step *s, size_t number)
{
    const char *dash = strrchr(s->name, '-');
    return dash && strtoul(dash + 1, NULL, 10) == number;
}

/* Steps without an owner are about the groups that were made right before: in rounds one, else all
 * of them. */
struct about {
    size_t from, to;
    bool shared; /* such a step has come since */
};

static void pass_step(struct about *a, const struct plan_step *s, const struct stage *stage)
{
    if (strcmp(s->verb, "create-group") == 0) {
        a->to++;
        a->from = a->shared ? a->to : a->from;
        a->shared = false;
    }
    a->shared = a->shared || !stage->own;
}

static const char *text_of(const struct plan_step *s, const struct stage *stage)
{
    return s->state == STEP_FAILED  ? stage->failed
           : s->state == STEP_BEGUN ? stage->begun
                                    : stage->done;
}

/* The last step that has begun tells where a group is. A round begins where the group grows. */
static void look_on(const struct plan *p, size_t number, struct replace_phase *out)
{
    struct about about = {.from = 1};
    unsigned round = 1, rounds = 1;
    bool within = false;
    out->text = "waits";
    vec_foreach(s, &p->steps) {
        const struct stage *stage = stage_of(s);
        if (!stage)
            continue;
        pass_step(&about, s, stage);
        bool ours = stage->own ? has_number(s, number) : number >= about.from && number <= about.to;
        bool grows = ours && strcmp(s->verb, GROW) == 0;
        rounds += grows;
        if (s->state == STEP_PENDING || !ours)
            continue;
        round += grows;
        within = stage->round;
        out->text = text_of(s, stage);
    }
    out->round = within && rounds > 1 ? round : 0;
    out->rounds = out->round ? rounds : 0;
}

/* The first that is about a group: the last to go back. */
static const struct plan_step *first_cordon(const struct plan *p, const struct plan_step *create)
{
    for (const struct plan_step *s = create; s && s < p->steps.items + p->steps.len; s++)
        if (strcmp(s->verb, "cordon") == 0)
            return s;
    return NULL;
}

static const char *text_back(const struct plan *p, size_t number)
{
    const struct plan_step *create = step_of(p, "create", number);
    const struct plan_step *ready = step_of(p, "ready", number);
    const struct plan_step *cordon = first_cordon(p, create);
    if (is_at(create, STEP_KEPT))
        return "new group stays";
    if (is_at(create, STEP_PENDING) || is_at(create, STEP_UNDONE))
        return "as it was";
    if (is_at(ready, STEP_UNDONE) || is_at(ready, STEP_PENDING))
        return "new group is deleted";
    if (is_at(cordon, STEP_UNDONE) || is_at(cordon, STEP_PENDING))
        return "new nodes are drained";
    return "old nodes take pods again";
}

size_t replace_phases(const struct plan *p, struct arena *a, struct replace_phase *out, size_t cap)
{
    const char *const *blue, *const *green;
    if (!replace_is(p))
        return 0;
    size_t n = replace_groups(p, a, &blue, &green);
    for (size_t i = 0; i < n && i < cap; i++) {
        out[i] = (struct replace_phase){.blue = blue[i], .green = green[i]};
        if (p->back)
            out[i].text = text_back(p, i + 1);
        else
            look_on(p, i + 1, &out[i]);
    }
    return n;
}
