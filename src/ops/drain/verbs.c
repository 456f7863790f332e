/* The verbs by name, and what going back means for a drain. */
#include "ops/drain/cordon.h"
#include "ops/drain/drive.h"
#include "ops/drain/verify.h"

static void count_evicted(void *ctx, const struct plan_act *act)
{
    struct sv key = sv_of(act->key);
    if (act->state == ACT_DONE && (sv_starts(key, "evict/") || sv_starts(key, "force/")))
        ++*(unsigned *)ctx;
}

/* Nodes that the drain itself has cordoned are uncordoned; pods stay where they went. */
static enum plan_end undo_drain(void *ctx, struct plan_run *run, const struct plan_step *step,
                                struct err *err)
{
    unsigned evicted = 0;
    enum plan_end end = cordon_undo(ctx, run, step, err);
    plan_acts_each(run, step, count_evicted, &evicted);
    if (end != PLAN_END_OK || !evicted)
        return end;
    err_set(err, ERR_CONFLICT, "%u pod%s evicted: they stay where they are now", evicted,
            evicted == 1 ? " was" : "s were");
    return PLAN_END_KEEP;
}

const struct plan_verb *drain_verbs(void)
{
    static const struct plan_verb verbs[] = {
        {"cordon", cordon_check, cordon_act, cordon_verify, cordon_undo},
        {"uncordon", uncordon_check, uncordon_act, uncordon_verify, uncordon_undo},
        {"drain", drive_check, drive_act, NULL, undo_drain},
        {"verify-drained", NULL, verify_act, NULL, NULL},
        {0},
    };
    return verbs;
}
