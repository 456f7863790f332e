/* What was done, for who looks at a plan without running it. */
#include "plan/run_internal.h"

int plan_look_acts(struct store *s, const struct plan *p,
                   void (*each)(void *ctx, const struct plan_act *act), void *ctx, struct err *err)
{
    struct plan_run run = {.store = s, .plan = (struct plan *)p};
    int result = run_load_acts(&run, err);
    if (result == 0)
        vec_foreach(step, &p->steps)
            plan_acts_each(&run, step, each, ctx);
    map_release(&run.acts);
    arena_release(&run.arena);
    return result;
}
