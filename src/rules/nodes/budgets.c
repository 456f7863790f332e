/* Budgets: what the eviction subresource would answer however long one waits. */
#include "base/str.h"
#include "rules/nodes/internal.h"

#define BUDGETS_TOLD 4

static void budget_name(const struct finder *f, uint32_t pdb, struct str *out)
{
    const struct world_pdb *b = &f->w->pdbs.items[pdb];
    str_addf(out, "%s/%s", world_text(f->w, b->ns), world_text(f->w, b->name));
}

/* "minAvailable 50%" */
static void bound_text(const struct world_pdb *b, struct str *out)
{
    const struct int_or_percent *v =
        b->max_unavailable.set ? &b->max_unavailable : &b->min_available;
    str_addf(out, "%s %d%s", b->max_unavailable.set ? "maxUnavailable" : "minAvailable", v->value,
             v->percent ? "%" : "");
}

static void many_budgets(struct finder *f, const struct unit *u, const uint32_t *pdbs, uint32_t n)
{
    _cleanup_str_ struct str names = {0};
    for (uint32_t i = 0; i < n && i < BUDGETS_TOLD; i++) {
        str_adds(&names, i ? ", " : "");
        budget_name(f, pdbs[i], &names);
    }
    struct nodes_risk *risk = risk_add(f, u, "many-budgets");
    risk->blocks = true;
    risk_text(risk, "%u budgets cover it (%s%s): the API server answers every eviction with 500", n,
              str_c(&names), n > BUDGETS_TOLD ? ", …" : "");
    risk_fix(risk, "narrow the selectors until one budget covers each pod, or delete all but one "
                   "of them for the move");
}

static bool counts_by_scale(const struct world_pdb *b)
{
    return b->max_unavailable.set || b->min_available.percent;
}

static void cannot_count(struct finder *f, const struct unit *u, uint32_t pdb)
{
    _cleanup_str_ struct str name = {0}, bound = {0};
    budget_name(f, pdb, &name);
    bound_text(&f->w->pdbs.items[pdb], &bound);
    struct nodes_risk *risk = risk_add(f, u, "budget-cannot-count");
    risk->blocks = true;
    risk_text(risk,
              "budget %s allows 0: %s needs the scale of every pod's controller, and one of its "
              "pods has none that can be asked",
              str_c(&name), str_c(&bound));
    risk_fix(risk,
             "write minAvailable as a whole number in budget %s, or narrow its selector to pods "
             "of a Deployment, ReplicaSet or StatefulSet",
             str_c(&name));
}

static void allows_none(struct finder *f, const struct unit *u, uint32_t pdb,
                        const struct budget_status *s)
{
    _cleanup_str_ struct str name = {0}, bound = {0};
    const struct world_pdb *b = &f->w->pdbs.items[pdb];
    budget_name(f, pdb, &name);
    bound_text(b, &bound);
    bool rounds = counts_by_scale(b) && b->min_available.percent && b->min_available.value < 100;
    bool zero = b->max_unavailable.set && b->max_unavailable.value <= 0;
    struct nodes_risk *risk = risk_add(f, u, "budget-allows-none");
    risk->blocks = true;
    if (!s->expected)
        risk_text(risk, "budget %s allows 0: it expects no pods (%s of 0 replicas)", str_c(&name),
                  str_c(&bound));
    else if (rounds)
        risk_text(risk, "budget %s allows 0: %s of %d replica%s rounds up to %d", str_c(&name),
                  str_c(&bound), s->expected, s->expected == 1 ? "" : "s", s->desired);
    else
        risk_text(risk, "budget %s allows 0: %s of %d replica%s", str_c(&name), str_c(&bound),
                  s->expected, s->expected == 1 ? "" : "s");
    if (zero)
        risk_fix(risk, "let budget %s allow one: maxUnavailable 1", str_c(&name));
    else
        risk_fix(risk,
                 "scale to %d first (and the HPA's minimum, if there is one), or write "
                 "maxUnavailable 1 in budget %s",
                 s->desired + 1, str_c(&name));
}

static void unhealthy(struct finder *f, const struct unit *u, uint32_t pdb,
                      const struct budget_status *s)
{
    _cleanup_str_ struct str name = {0};
    budget_name(f, pdb, &name);
    struct nodes_risk *risk = risk_add(f, u, "budget-unhealthy");
    risk_text(risk, "budget %s allows 0 now: %d of %d pods are Ready, %d must be", str_c(&name),
              s->healthy, s->expected, s->desired);
    risk_fix(risk, "find out why the others are not Ready before the old nodes are cordoned: with "
                   "every eviction the budget waits for them");
}

void rule_budgets(struct finder *f, const struct unit *u)
{
    uint32_t pdbs[BUDGETS_TOLD];
    struct budget_status s;
    uint32_t n = budgets_of_pod(&f->budgets, u->pod, pdbs, BUDGETS_TOLD);
    if (n > 1) {
        many_budgets(f, u, pdbs, n);
        return;
    }
    if (n == 0)
        return;
    budgets_status(&f->budgets, pdbs[0], &s);
    if (!s.known)
        cannot_count(f, u, pdbs[0]);
    else if (s.expected <= 0 || s.desired >= s.expected)
        allows_none(f, u, pdbs[0], &s);
    else if (!s.allowed)
        unhealthy(f, u, pdbs[0], &s);
}
