#include "sched/rules.h"

enum { OLDEST = 20, NEWEST = 36 };

static unsigned minor_of(struct version v)
{
    if (!v.set || v.major > 1 || v.minor > NEWEST)
        return NEWEST;
    return v.minor < OLDEST ? OLDEST : v.minor;
}

static void set_weights(struct sched_rules *r)
{
    bool user_first = r->minor >= 23;
    r->weights[SCORE_BALANCED] = 1;
    r->weights[SCORE_IMAGE] = 1;
    r->weights[SCORE_AFFINITY] = user_first ? 2 : 1;
    r->weights[SCORE_LEAST] = 1;
    r->weights[SCORE_NODE_AFFINITY] = user_first ? 2 : 1;
    r->weights[SCORE_AVOID] = r->minor < 22 ? 10000 : 0;
    r->weights[SCORE_SPREAD] = 2;
    r->weights[SCORE_TAINT] = user_first ? 3 : 1;
}

static enum balanced_formula balanced_of(unsigned minor)
{
    return minor < 22 ? BALANCED_DIFFERENCE : minor < 36 ? BALANCED_DEVIATION : BALANCED_CHANGE;
}

static void set_texts(struct sched_rules *r)
{
    unsigned m = r->minor;
    r->reason_affinity = m < 22 ? "node(s) didn't match Pod's node affinity"
                                : "node(s) didn't match Pod's node affinity/selector";
    r->reason_affinity_each = m < 21   ? "node(s) didn't match pod affinity/anti-affinity"
                              : m < 22 ? "node(s) didn't match pod affinity/anti-affinity rules"
                                       : NULL;
    r->reason_taint = m < 24   ? "node(s) had taint {%s: %s}, that the pod didn't tolerate"
                      : m < 35 ? "node(s) had untolerated taint {%s: %s}"
                               : "node(s) had untolerated taint(s)";
    r->reason_pv_gone = m < 22 ? "pvc(s) bound to non-existent pv(s)"
                               : "node(s) unavailable due to one or more pvc(s) bound to "
                                 "non-existent pv(s)";
}

struct sched_rules sched_rules_of(struct version v)
{
    unsigned m = minor_of(v);
    struct sched_rules r = {
        .minor = m,
        .balanced = balanced_of(m),
        .balanced_skips_best_effort = m >= 33,
        .zero_requests_pass = m >= 28,
        .sidecars = m >= 28,
        .fit_final = m >= 34,
        .affinity_true_range = m >= 23,
        .spread_counts_eligible = m >= 22,
        .spread_policies = m >= 26,
        .spread_min_domains = m >= 25,
        .spread_skips = m >= 27,
        .spread_rounds = m >= 24,
        .default_spread_partly = m >= 24,
        .limits_count_attachments = m >= 32,
        .migrated_ebs = m >= 23,
        .once_pod = m >= 27,
        .lost_claim_early = m >= 22,
        .images_of_init = m >= 28,
        .nominated_first = m >= 22,
        .names_narrow = m >= 25,
        .prefilter_once = m >= 26,
        .tells_preemption = m >= 24,
        .tells_narrowed = m >= 30,
        .double_stop = m >= 26 && m <= 28,
        .victims_sorted = m >= 32,
        .tells_claims = m >= 34,
    };
    set_weights(&r);
    set_texts(&r);
    return r;
}
