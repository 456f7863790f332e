#include "sim/eviction.h"

#include <stdio.h>

static const char too_many[] = "Cannot evict pod as it would violate the pod's disruption budget.";
static const char many_budgets[] = "This pod has more than one PodDisruptionBudget, which the "
                                   "eviction subresource does not support.";

static bool since(struct version v, uint16_t minor)
{
    return version_at_least(v, (struct version){1, minor, 0, true});
}

/* Such a pod is not healthy for any budget: it goes without asking one. */
static bool ignores_budgets(const struct world_pod *pod)
{
    return pod->phase == POD_PENDING || world_pod_is_finished(pod) || pod->deleting;
}

/* A pod that is not ready takes nothing from a budget that has enough others. From 1.27 the budget
 * may also let it go in every case (unhealthyPodEvictionPolicy). */
static bool is_free_as_unhealthy(const struct world_pod *pod, const struct world_pdb *b,
                                 struct version v)
{
    if (pod->ready)
        return false;
    if (since(v, 27) && b->unhealthy == UNHEALTHY_ALWAYS)
        return true;
    return b->healthy >= b->desired && b->desired > 0;
}

static void refuse(struct eviction_answer *a, enum eviction_cause cause, int code,
                   const char *message)
{
    a->cause = cause;
    a->code = code;
    snprintf(a->message, sizeof a->message, "%s", message);
}

static bool forbid(struct eviction_answer *a, const char *budget, const char *why)
{
    refuse(a, EVICTION_FORBIDDEN, 403, "");
    snprintf(a->message, sizeof a->message, "poddisruptionbudget.policy \"%s\" is forbidden: %s",
             budget, why);
    return false;
}

static void refuse_used_up(const struct eviction_request *r, const struct world_pdb *b,
                           const char *name, struct eviction_answer *a)
{
    bool tells_why = since(r->version, 35);
    refuse(a, EVICTION_BUDGET, 429, too_many);
    if (tells_why && r->sync_error)
        snprintf(a->detail, sizeof a->detail,
                 "The disruption budget %s does not allow evicting pods currently because it "
                 "failed sync: %s",
                 name, r->sync_error);
    else if (!tells_why || b->healthy <= b->desired)
        snprintf(a->detail, sizeof a->detail,
                 "The disruption budget %s needs %d healthy pods and has %d currently", name,
                 b->desired, b->healthy);
    else
        snprintf(a->detail, sizeof a->detail,
                 "The disruption budget %s does not allow evicting pods currently", name);
}

static bool ask_budget(const struct eviction_request *r, const struct world_pdb *b,
                       struct eviction_answer *a)
{
    const char *name = world_text(r->w, b->name);
    if (b->observed_generation < b->generation) {
        refuse(a, EVICTION_NOT_OBSERVED, 429, too_many);
        a->retry_after_s = since(r->version, 22) ? 10 : 0;
        snprintf(a->detail, sizeof a->detail,
                 "The disruption budget %s is still being processed by the server.", name);
        return false;
    }
    if (b->allowed < 0)
        return forbid(a, name, "pdb disruptions allowed is negative");
    if (r->disrupted > EVICTION_DISRUPTED_MAX)
        return forbid(a, name,
                      "DisruptedPods map too big - too many evictions not confirmed by PDB "
                      "controller");
    if (b->allowed == 0) {
        refuse_used_up(r, b, name, a);
        return false;
    }
    return true;
}

bool eviction_decide(const struct eviction_request *r, struct eviction_answer *answer)
{
    const struct world_pod *pod = &r->w->pods.items[r->pod];
    *answer = (struct eviction_answer){.cause = EVICTION_OK, .code = 201, .pdb = WORLD_NONE};
    if (ignores_budgets(pod) || !r->budget_count)
        return false;
    answer->pdb = r->budgets[0];
    if (r->budget_count > 1) {
        refuse(answer, EVICTION_MANY_BUDGETS, 500, many_budgets);
        return false;
    }
    const struct world_pdb *b = &r->w->pdbs.items[r->budgets[0]];
    if (is_free_as_unhealthy(pod, b, r->version))
        return false;
    return ask_budget(r, b, answer);
}

void eviction_not_found(const char *pod, struct eviction_answer *answer)
{
    *answer = (struct eviction_answer){.pdb = WORLD_NONE};
    refuse(answer, EVICTION_GONE, 404, "");
    snprintf(answer->message, sizeof answer->message, "pods \"%s\" not found", pod);
}
