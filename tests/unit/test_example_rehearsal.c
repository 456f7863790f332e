/* What the rehearsal says of the example cluster: that each of its traps is found where it is, and
 * that nothing is in the way when they are gone. */
#include "ops/rehearse/rehearse.h"

#include "base/cleanup.h"

#include "example.h"
#include "unit.h"

static const char *const groups[] = {"game-2023", NULL};

struct play {
    struct world w;
    struct cloud cloud;
    struct rehearsal r;
};

static void rehearse(struct play *p, const char *folder, const struct rehearse_green *green,
                     unsigned runs)
{
    struct rehearse_options o = {.runs = runs, .seed = 1};
    struct err err = {0};
    *p = (struct play){0};
    example_read(folder, &p->w, &p->cloud);
    p->w.version = (struct version){1, 28, 0, true};
    if (rehearse_replace(&p->w, &p->cloud, groups, green, &o, &p->r, &err))
        fail_msg("%s", err.msg);
}

static void end(struct play *p)
{
    rehearsal_release(&p->r);
    cloud_release(&p->cloud);
    world_release(&p->w);
}

static void expect_blocker(const struct rehearsal *r, const char *rule, const char *workload)
{
    vec_foreach(b, &r->blockers)
        if (strcmp(b->rule, rule) == 0 && strcmp(b->workload, workload) == 0)
            return;
    fail_msg("no blocker %s of %s", rule, workload);
}

static void expect_risk(const struct rehearsal *r, const char *rule, const char *workload)
{
    vec_foreach(k, &r->risks)
        if (strcmp(k->rule, rule) == 0 && strcmp(k->workload, workload) == 0)
            return;
    fail_msg("no risk %s of %s", rule, workload);
}

static void expect_unschedulable(const struct rehearsal *r, const char *workload,
                                 const char *reason)
{
    vec_foreach(u, &r->unschedulable)
        if (strcmp(u->workload, workload) == 0 && strstr(u->reason, reason))
            return;
    fail_msg("%s is not unschedulable for '%s'", workload, reason);
}

static void every_trap_is_found(void **state)
{
    struct rehearse_green green = {0};
    struct play p;
    rehearse(&p, EXAMPLE_CLUSTER, &green, 1);
    assert_int_equal(p.r.verdict, REHEARSAL_BLOCKS);
    expect_blocker(&p.r, "budget-allows-none", "Deployment games/match-coordinator");
    expect_blocker(&p.r, "many-budgets", "Deployment social/chat");
    expect_blocker(&p.r, "bare-pod", "Pod games/map-import");

    expect_unschedulable(&p.r, "Deployment games/replay-encoder", "node affinity/selector");
    expect_unschedulable(&p.r, "Deployment games/anti-cheat", "node affinity/selector");
    expect_unschedulable(&p.r, "Deployment matchmaking/matchmaker", "topology spread constraints");

    expect_risk(&p.r, "never-moves", "Deployment games/replay-encoder");
    expect_risk(&p.r, "never-moves", "Deployment games/anti-cheat");
    expect_risk(&p.r, "budget-unhealthy", "Deployment social/translator");
    expect_risk(&p.r, "not-ready", "Deployment social/translator");
    expect_risk(&p.r, "spread-counts-old-nodes", "Deployment matchmaking/matchmaker");
    expect_risk(&p.r, "lb-no-prestop", "Deployment games/lobby");
    expect_risk(&p.r, "lb-short-grace", "Deployment payments/payments");
    expect_risk(&p.r, "do-not-disrupt", "Deployment games/match");
    expect_risk(&p.r, "local-data", "Deployment games/content-sync");
    expect_risk(&p.r, "job-would-restart", "CronJob social/rank-recount");
    vec_foreach(k, &p.r.risks)
        if (strcmp(k->workload, "Deployment games/match-gateway") == 0)
            fail_msg("%s of match-gateway: %s", k->rule, k->text);
    end(&p);
}

static void addresses_do_not_suffice(void **state)
{
    struct rehearse_green green = {0};
    struct play p;
    rehearse(&p, EXAMPLE_CLUSTER, &green, 1);
    assert_int_equal(p.r.subnets.len, 3);
    vec_foreach(s, &p.r.subnets) {
        assert_int_equal(s->needed, 6 * 30);
        assert_true(s->free >= 0 && s->free < s->needed);
    }
    end(&p);
}

static void mended_it_finishes(void **state)
{
    struct rehearse_green green = {0};
    struct play p;
    rehearse(&p, EXAMPLE_MENDED, &green, 10);
    assert_int_equal(p.r.verdict, REHEARSAL_FINISHES);
    assert_int_equal(p.r.blockers.len, 0);
    assert_int_equal(p.r.unschedulable.len, 0);
    assert_int_equal(p.r.runs_blocked, 0);
    assert_int_equal(p.r.pods_lost, 0);
    vec_foreach(s, &p.r.subnets)
        assert_true(s->free >= s->needed);
    vec_foreach(k, &p.r.risks)
        if (strncmp(k->rule, "lb-", 3) == 0)
            fail_msg("%s: %s", k->workload, k->text);
    assert_int_equal(p.r.peak_nodes, 24 + 18);
    assert_int_equal(p.r.peak_vcpu, 36 * 4 + 6 * 2);
    /* Sieges have half an hour, and go one after the other as their budget says. */
    assert_true(p.r.duration_p50_ms > 30 * 60 * 1000);
    assert_true(p.r.duration_p95_ms >= p.r.duration_p50_ms);
    assert_true(p.r.cost_usd > 0);
    end(&p);
}

static void smaller_green_is_suggested(void **state)
{
    struct rehearse_green green = {.suggest = true};
    struct play p;
    rehearse(&p, EXAMPLE_MENDED, &green, 1);
    assert_int_equal(p.r.verdict, REHEARSAL_FINISHES);
    assert_non_null(p.r.suggestion);
    assert_true(p.r.peak_nodes < 24 + 18);
    end(&p);
}

static void too_few_new_nodes_block(void **state)
{
    struct rehearse_green green = {.count = 6};
    struct play p;
    rehearse(&p, EXAMPLE_MENDED, &green, 1);
    assert_int_equal(p.r.verdict, REHEARSAL_BLOCKS);
    expect_unschedulable(&p.r, "StatefulSet data/kafka", "Insufficient cpu");
    end(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_trap_is_found),     cmocka_unit_test(addresses_do_not_suffice),
        cmocka_unit_test(mended_it_finishes),      cmocka_unit_test(smaller_green_is_suggested),
        cmocka_unit_test(too_few_new_nodes_block),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
