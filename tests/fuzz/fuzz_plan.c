/* Any bytes as a plan: what is understood is written so that it is understood again, as the same;
 * the engine comes to an end with it, and no secret of an address is shown. */
#include "fuzz.h"

#include "plan/engine.h"

static void check(bool holds)
{
    if (!holds)
        abort();
}

/* All goes well, but for every seventh move. */
static void play(struct plan *p, bool back)
{
    struct engine e = {0};
    struct err why = {.msg = "bad luck"};
    size_t limit = 8 * p->steps.len + 8;
    engine_start(p, back);
    for (size_t i = 0;; i++) {
        struct engine_next next = engine_next(&e, p, false);
        if (next.move == ENGINE_LEAVE)
            break;
        check(i < limit);
        engine_took(&e, p, next, i % 7 == 6 && next.step ? PLAN_END_FAIL : PLAN_END_OK, &why, 1);
    }
    check(plan_is_over(p) || p->status == PLAN_STOPPED);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    _cleanup_plan_ struct plan p = {0}, q = {0};
    _cleanup_str_ struct str first = {0}, second = {0}, shown = {0};
    struct err err = {0};
    if (plan_parse(sv_n((const char *)data, size), &p, &err)) {
        check(err.class != ERR_NONE && err.msg[0]);
        return 0;
    }
    plan_format(&p, &first);
    check(plan_parse(str_sv(&first), &q, &err) == 0);
    plan_format(&q, &second);
    check(sv_eq(str_sv(&first), str_sv(&second)));
    plan_format_public(&p, &shown);
    check(str_ok(&shown));
    play(&p, false);
    play(&q, true);
    return 0;
}
