/* The eviction verb, and the disruption controller's writes of what it asks. */
#include "sim/eviction.h"

#include "sim/internal.h"

void sim_write_budget(struct sim *s, uint32_t pdb)
{
    struct world_pdb *p = &s->w.pdbs.items[pdb];
    struct budget_status st;
    budgets_status(&s->budgets, pdb, &st);
    s->budgets.state[pdb].disrupted = s->budgets.state[pdb].held;
    bool observed = !st.known || p->observed_generation == p->generation;
    if (p->expected == st.expected && p->desired == st.desired && p->healthy == st.healthy &&
        p->allowed == st.allowed && observed)
        return;
    rate_take(&s->budgets.writes, s->now);
    p->expected = st.expected;
    p->desired = st.desired;
    p->healthy = st.healthy;
    p->allowed = st.allowed;
    if (st.known)
        p->observed_generation = p->generation;
    sim_tell(s, CHANGE_PDB, pdb);
}

void sim_sync_budgets(struct sim *s)
{
    struct budgets *b = &s->budgets;
    if (b->planned || !b->dirty_len)
        return;
    for (uint32_t pdb; (pdb = budgets_next_dirty(b, s->now)) != WORLD_NONE;)
        sim_write_budget(s, pdb);
    if (!b->dirty_len)
        return;
    b->planned = true;
    queue_put(&s->queue, rate_when(&b->writes, s->now), EVENT_BUDGET_SYNC, 0, 0);
}

/* What a newer API server says of a budget whose status could not be told. */
static const char *sync_error(const struct sim *s, uint32_t pod)
{
    uint32_t owner = s->w.pods.items[pod].owner;
    enum workload_kind kind =
        owner == WORLD_NONE ? WORKLOAD_OTHER : s->w.workloads.items[owner].kind;
    if (kind == WORKLOAD_JOB)
        return "jobs.batch does not implement the scale subresource";
    if (kind == WORKLOAD_DAEMONSET)
        return "daemonsets.apps does not implement the scale subresource";
    return "found no controllers for its pods";
}

static void take_from_budget(struct sim *s, uint32_t pod, uint32_t pdb)
{
    s->w.pdbs.items[pdb].allowed--;
    s->budgets.state[pdb].disrupted++;
    sim_tell(s, CHANGE_PDB, pdb);
}

struct eviction_answer sim_evict(struct sim *s, uint32_t pod, int grace_s, bool dry_run)
{
    struct eviction_answer a;
    uint32_t budgets[2];
    if (!sim_is_pod(s, pod)) {
        eviction_not_found("", &a);
        return a;
    }
    fetch_hosts(s, pod);
    sim_sync_budgets(s);
    struct eviction_request r = {.w = &s->w,
                                 .version = s->version,
                                 .pod = pod,
                                 .budgets = budgets,
                                 .budget_count = budgets_of_pod(&s->budgets, pod, budgets, 2)};
    if (r.budget_count) {
        struct budget_status status;
        budgets_status(&s->budgets, budgets[0], &status);
        r.disrupted = s->budgets.state[budgets[0]].disrupted;
        r.sync_error = status.known ? NULL : sync_error(s, pod);
    }
    bool takes = eviction_decide(&r, &a);
    s->stats.evictions += !dry_run && a.cause == EVICTION_OK;
    s->stats.refused += !dry_run && a.cause != EVICTION_OK;
    if (dry_run || a.cause != EVICTION_OK)
        return a;
    if (takes)
        take_from_budget(s, pod, a.pdb);
    pods_delete(s, pod, grace_s);
    sim_sync_budgets(s);
    return a;
}
