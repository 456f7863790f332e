/*
 * trial: asks the API server what it would answer to a drain, with dryRun: the cordon of each node,
 * the eviction of each pod that would have to go. Admission, webhooks, rights and budgets all have
 * their say, and nothing is changed. Each pod is asked about for itself: what other evictions would
 * use up of a budget is what the rehearsal is for.
 */
#ifndef TOBAN_OPS_TRIAL_TRIAL_H
#define TOBAN_OPS_TRIAL_TRIAL_H

#include "kube/client.h"
#include "world/eviction.h"

struct trial_answer {
    const char *node; /* of a cordon; NULL */
    const char *pod;  /* "shop/cart-1"; NULL */
    const struct eviction_answer *answer;
    const char *words; /* in one line */
};

/* Zeroed but for `nodes`: asks about the cordon only. */
struct trial {
    const char *const *nodes;                              /* names, ended by NULL */
    bool uncordon;                                         /* the other way */
    bool evict;                                            /* pods too */
    void (*each)(void *ctx, const struct trial_answer *a); /* may be NULL */
    void *ctx;

    /* Filled in. */
    uint32_t nodes_asked, pods_asked;
    uint32_t agreed;  /* answers that would let it happen now */
    uint32_t waits;   /* pods whose budget refuses now, or that the server has no time for */
    uint32_t refused; /* answers that waiting does not change: rights, webhooks, several budgets */
};

/* -1: could not be asked at all. The world tells nodes' pods. */
int trial_run(struct trial *t, struct kube_client *c, const struct world *w, struct err *err);

#endif
