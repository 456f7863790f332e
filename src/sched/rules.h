/*
 * rules: what differs between the versions of kube-scheduler, as one table. docs/scheduler.md gives
 * the source of each line. Everything else in sched/ asks these fields and never a version.
 */
#ifndef TOBAN_SCHED_RULES_H
#define TOBAN_SCHED_RULES_H

#include "base/version.h"
#include "sched/sched.h"

enum balanced_formula {
    BALANCED_DIFFERENCE, /* 100 (1 - |cpu - memory|), 0 for a full node; 100m and 200 MiB for
                            containers that ask for nothing */
    BALANCED_DEVIATION,  /* 100 (1 - standard deviation), of what is asked for */
    BALANCED_CHANGE,     /* how much better or worse the pod makes that, around 75 */
};

/* Since which minor version of 1.x. */
struct sched_rules {
    unsigned minor;
    int32_t weights[SCORE_PLUGINS];
    enum balanced_formula balanced;
    bool balanced_skips_best_effort; /* pods that ask for neither get 0 everywhere */
    bool zero_requests_pass;         /* else compared like any other on a crowded node */
    bool sidecars;                   /* restartable init containers are added up */
    bool fit_final;                  /* more than the node ever has: preemption cannot help */
    bool affinity_true_range;        /* normalised by true minimum and maximum, else with 0 in it */
    bool spread_counts_eligible;     /* pods of nodes outside the pod's own do not count */
    bool spread_policies;            /* nodeAffinityPolicy, nodeTaintsPolicy */
    bool spread_min_domains;
    bool spread_skips;                /* no score for pods without constraints, else 100 */
    bool spread_rounds;               /* to the nearest, else towards zero */
    bool default_spread_partly;       /* nodes without a zone still spread by host name */
    bool limits_count_attachments;    /* volumes still attached without a pod take a slot */
    bool migrated_ebs;                /* in-tree EBS volumes count for the CSI driver */
    bool once_pod;                    /* ReadWriteOncePod is enforced */
    bool lost_claim_early;            /* a lost claim fails before any node is looked at */
    bool images_of_init;              /* images of init containers count */
    bool nominated_first;             /* the nominated node is tried alone */
    bool names_narrow;                /* metadata.name in affinity narrows the list of nodes */
    bool prefilter_once;              /* a refusal of the pod as such is told once, not per node */
    bool tells_preemption;            /* "preemption: 0/40 nodes are available: …" */
    bool tells_narrowed;              /* nodes left out by name are told apart */
    bool double_stop;                 /* the preemption part ends in two full stops */
    bool victims_sorted;              /* most important first, whatever their budgets */
    bool tells_claims;                /* "no new claims to deallocate, " before that */
    const char *reason_affinity;      /* NodeAffinity */
    const char *reason_affinity_each; /* InterPodAffinity, told with each; NULL: not told */
    const char *reason_taint;         /* two %s, or none */
    const char *reason_pv_gone;
};

/* The rules of a version; unset or newer than known: the newest. */
struct sched_rules sched_rules_of(struct version v);

#endif
