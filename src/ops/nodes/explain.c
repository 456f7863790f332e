#include "ops/nodes/explain.h"

#include "base/must.h"

#define text_in(a, ...) mem_must(arena_fmt((a), __VA_ARGS__))

const char *nodes_workload_of(const struct world *w, uint32_t pod, struct arena *a)
{
    char name[512];
    uint32_t owner = world_top_owner(w, pod);
    if (owner != WORLD_NONE) {
        world_workload_name(w, owner, name, sizeof name);
        return text_in(a, "%s", name);
    }
    world_pod_name(w, pod, name, sizeof name);
    return text_in(a, "Pod %s/%s", world_text(w, world_class_of(w, pod)->ns), name);
}

static const char *pdb_name(const struct world *w, uint32_t pdb, struct arena *a)
{
    const struct world_pdb *b = &w->pdbs.items[pdb];
    return text_in(a, "%s/%s", world_text(w, b->ns), world_text(w, b->name));
}

static const char *bound_of(const struct world_pdb *b, struct arena *a)
{
    bool least = b->min_available.set;
    struct int_or_percent v = least ? b->min_available : b->max_unavailable;
    return text_in(a, "%s %d%s", least ? "minAvailable" : "maxUnavailable", v.value,
                   v.percent ? "%" : "");
}

static struct nodes_cause budget_counts_none(const char *name, const char *bound, struct arena *a)
{
    return (struct nodes_cause){
        "budget-cannot-count",
        text_in(a,
                "budget %s allows 0: its controller cannot count the pods (%s needs a controller "
                "with a scale)",
                name, bound),
        text_in(a,
                "use an integer minAvailable in budget %s, or delete it for the time of the work",
                name),
        WORLD_NONE};
}

/* A pod that the API server let go and then did not delete, so that the budget counts it as gone
 * for a while; WORLD_NONE. */
static uint32_t cut_off(const struct world *w, const struct world_pdb *b)
{
    for (uint32_t i = 0; i < b->disrupted_count; i++) {
        struct sv name = strings_get(&w->strings, b->disrupted[i].name);
        uint32_t pod = world_find_pod(w, strings_get(&w->strings, b->ns), name);
        if (pod != WORLD_NONE && !w->pods.items[pod].deleting)
            return pod;
    }
    return WORLD_NONE;
}

static struct nodes_cause counts_cut_off(const struct world *w, const char *name, uint32_t pod,
                                         struct arena *a)
{
    return (struct nodes_cause){
        "budget-unhealthy",
        text_in(a, "budget %s counts %s/%s as gone: its eviction was accepted and cut off", name,
                world_text(w, world_class_of(w, pod)->ns), world_text(w, w->pods.items[pod].name)),
        "wait: the disruption controller forgets that after two minutes", WORLD_NONE};
}

static struct nodes_cause budget_cause(const struct world *w, uint32_t pdb, uint32_t pod,
                                       struct arena *a)
{
    const struct world_pdb *b = &w->pdbs.items[pdb];
    const char *name = pdb_name(w, pdb, a), *workload = nodes_workload_of(w, pod, a);
    const char *bound = bound_of(b, a);
    if (b->expected <= 0)
        return budget_counts_none(name, bound, a);
    if (b->desired >= b->expected)
        return (struct nodes_cause){
            "budget-allows-none",
            text_in(a, "budget %s allows 0: %s of %d replica%s", name, bound, b->expected,
                    b->expected == 1 ? "" : "s"),
            text_in(a, "scale %s to %d first, or let budget %s allow one pod to be away", workload,
                    b->expected + 1, name),
            WORLD_NONE};
    if (b->healthy > b->desired)
        return (struct nodes_cause){
            "budget-unhealthy",
            text_in(a, "budget %s lets %d of %d be away at once: others are on their way", name,
                    b->expected - b->desired, b->expected),
            text_in(a, "wait: its turn comes when new pods of %s are Ready", workload), WORLD_NONE};
    uint32_t cut = cut_off(w, b);
    if (cut != WORLD_NONE)
        return counts_cut_off(w, name, cut, a);
    return (struct nodes_cause){
        "budget-unhealthy",
        text_in(a, "budget %s allows 0: only %d of %d are Ready, and it asks for %d", name,
                b->healthy, b->expected, b->desired),
        text_in(a,
                "find out why pods of %s do not become Ready (see the pods that cannot be placed)",
                workload),
        world_top_owner(w, pod)};
}

static struct nodes_cause budgets_cause(const struct world *w, uint32_t pod, struct arena *a)
{
    const char *names = NULL;
    uint32_t count = 0;
    for (uint32_t i = 0; i < w->pdbs.len; i++) {
        if (!w->pdbs.items[i].used || !world_pdb_covers(w, &w->pdbs.items[i], pod))
            continue;
        const char *name = pdb_name(w, i, a);
        names = names ? text_in(a, "%s and %s", names, name) : name;
        count++;
    }
    return (struct nodes_cause){
        "many-budgets",
        text_in(a, "%u budgets cover it (%s): the API answers each eviction with an error", count,
                names ? names : "unknown"),
        "narrow the selectors until one budget covers the pod", WORLD_NONE};
}

/* The direct controller's pods, or those of the ReplicaSets or Jobs that it has. */
static uint32_t count_ready(const struct world *w, uint32_t workload)
{
    uint32_t ready = 0;
    for (uint32_t i = 0; i < w->workloads.len; i++) {
        const struct world_workload *wl = &w->workloads.items[i];
        if (!wl->used || (i != workload && wl->owner != workload))
            continue;
        world_each_pod_of_workload(w, i, p)
            ready += w->pods.items[p].ready && !w->pods.items[p].deleting;
    }
    return ready;
}

static struct nodes_cause workload_cause(const struct world *w, uint32_t workload, bool stateful,
                                         struct arena *a)
{
    char name[512];
    uint32_t ready = count_ready(w, workload);
    world_workload_name(w, workload, name, sizeof name);
    if ((int64_t)ready >= w->workloads.items[workload].replicas)
        return (struct nodes_cause){
            stateful ? "stateful" : "unhealthy",
            text_in(a, "as many pods of %s are on their way as may be away at once", name),
            stateful ? "wait: its pods go one at a time"
                     : "wait until they are Ready again, or raise --workload-unavailable",
            WORLD_NONE};
    return (struct nodes_cause){
        stateful ? "stateful" : "unhealthy",
        text_in(a, "only %u of %d pods of %s are Ready: no more may go", ready,
                w->workloads.items[workload].replicas, name),
        stateful ? "find out why the missing one does not become Ready; its pods go one at a time"
                 : "find out why the missing ones do not become Ready, or raise "
                   "--workload-unavailable",
        workload};
}

static struct nodes_cause leaving_cause(const struct world *w, uint32_t pod, struct arena *a)
{
    uint32_t node = w->pods.items[pod].node;
    if (node != WORLD_NONE && !w->nodes.items[node].ready)
        return (struct nodes_cause){
            "leaving",
            text_in(a, "it is terminating, and its node %s is not Ready to end it",
                    world_text(w, w->nodes.items[node].name)),
            "mend the node's kubelet, or delete the Node object when its machine is gone",
            WORLD_NONE};
    return (struct nodes_cause){"leaving", "it is terminating but does not go away",
                                "look for finalizers and for a kubelet that does not answer",
                                WORLD_NONE};
}

static struct nodes_cause pause_cause(const struct world *w, uint32_t workload, struct arena *a)
{
    char name[512];
    world_workload_name(w, workload, name, sizeof name);
    return (struct nodes_cause){"pause", text_in(a, "waits for approval to touch %s", name),
                                "agree to it: toban plan approve", WORLD_NONE};
}

struct nodes_cause nodes_explain(const struct world *w, const struct nodes_blocked *b,
                                 struct arena *a)
{
    switch (b->why) {
    case NODES_BLOCK_BUDGET:
        return budget_cause(w, b->index, b->pod, a);
    case NODES_BLOCK_BUDGETS:
        return budgets_cause(w, b->pod, a);
    case NODES_BLOCK_WORKLOAD:
    case NODES_BLOCK_STATEFUL:
        return workload_cause(w, b->index, b->why == NODES_BLOCK_STATEFUL, a);
    case NODES_BLOCK_BARE:
        return (struct nodes_cause){
            "bare-pod", "no controller would create it again: evicting deletes it",
            "give it a controller, or delete it yourself, or say --bare", WORLD_NONE};
    case NODES_BLOCK_LOCAL:
        return (struct nodes_cause){"local-data",
                                    "the contents of its emptyDir volume would be lost",
                                    "move the data, or leave out --keep-empty-dir", WORLD_NONE};
    case NODES_BLOCK_RETURNS:
        return (struct nodes_cause){
            "returns",
            "its pods come back to the cordoned nodes each time: they tolerate "
            "node.kubernetes.io/unschedulable",
            "take that toleration (or the one for all taints: operator Exists without a key) out "
            "of its pod template, at least for the move",
            WORLD_NONE};
    case NODES_BLOCK_LEAVING:
        return leaving_cause(w, b->pod, a);
    case NODES_BLOCK_PAUSE:
        return pause_cause(w, b->index, a);
    case NODES_BLOCK_WINDOW:
        return (struct nodes_cause){"window", "its turn did not come within the time window",
                                    "widen --window, or raise --rate", WORLD_NONE};
    default:
        return (struct nodes_cause){"refused", "its eviction was refused again and again",
                                    "see what the API server answers: kubectl drain "
                                    "--dry-run=server",
                                    WORLD_NONE};
    }
}
