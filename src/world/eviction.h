/*
 * eviction: what one asks of the eviction subresource and what it answers; the same words for the
 * simulator, which makes the answers, and for a live API server, which gives them. Data only.
 */
#ifndef TOBAN_WORLD_EVICTION_H
#define TOBAN_WORLD_EVICTION_H

#include "world/world.h"

enum eviction_cause {
    EVICTION_OK,           /* 201: the pod is being deleted (or would be, on a dry run) */
    EVICTION_BUDGET,       /* 429 with cause DisruptionBudget: the budget is used up */
    EVICTION_NOT_OBSERVED, /* 429: the budget's controller has not seen its newest version yet */
    EVICTION_THROTTLED,    /* 429 without that cause: the API server is busy */
    EVICTION_MANY_BUDGETS, /* 500: more than one budget covers the pod */
    EVICTION_FORBIDDEN,    /* 403: negative allowance, too many disrupted pods, or no right */
    EVICTION_GONE,         /* 404, or another pod of that name: nothing left to evict */
    EVICTION_CONFLICT,     /* 409: changed meanwhile */
    EVICTION_WEBHOOK,      /* an admission webhook refused */
    EVICTION_FAILED,       /* anything else */
};

struct eviction_answer {
    enum eviction_cause cause;
    int code;          /* HTTP */
    int retry_after_s; /* 0: the answer had none */
    uint32_t pdb;      /* the budget it was about; WORLD_NONE */
    char message[256]; /* as the API server says it; "" when OK */
    char detail[352];  /* message of the answer's cause, which names the budget; "" without one */
};

#endif
