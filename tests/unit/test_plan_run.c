#include "plan_rig.h"

#include "unit.h"

static const struct plan_run_options as_ann = {.actor = "ann@desk"};

static void test_runs_to_its_end(void **state)
{
    struct rig r;
    struct err err = {0};
    _cleanup_plan_ struct plan made = {0}, p = {0};
    rig_init(&r);
    rig_plan(&r, &made);
    if (rig_run(&r, made.id, &as_ann, &p, &err))
        fail_msg("%s", err.msg);
    assert_int_equal(p.status, PLAN_DONE);
    rig_check_ledger(&r, 1, 0);
    assert_string_equal(r.told, "plan.started step.begun step.done step.begun step.done step.begun "
                                "step.done plan.done ");
    rig_release(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_runs_to_its_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
