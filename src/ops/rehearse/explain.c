/* Why pods never left, or never came up again: the cause and what a person can do about it. */
#include "ops/rehearse/internal.h"
#include "world/index.h"

#include <inttypes.h>

struct cause {
    const char *rule, *text, *fix;
};

/* ---- names ---- */

const char *explain_workload(const struct world *w, uint32_t pod, struct rehearsal *r)
{
    char name[512];
    uint32_t owner = world_top_owner(w, pod);
    if (owner != WORLD_NONE) {
        world_workload_name(w, owner, name, sizeof name);
        return text_of(r, "%s", name);
    }
    world_pod_name(w, pod, name, sizeof name);
    return text_of(r, "Pod %s/%s", world_text(w, world_class_of(w, pod)->ns), name);
}

static const char *example_of(const struct world *w, uint32_t pod, struct rehearsal *r)
{
    char name[512];
    const struct world_pod *p = &w->pods.items[pod];
    world_pod_name(w, pod, name, sizeof name);
    if (p->node == WORLD_NONE)
        return text_of(r, "%s", name);
    return text_of(r, "%s on %s", name, world_text(w, w->nodes.items[p->node].name));
}

static const char *pdb_name(const struct world *w, uint32_t pdb, struct rehearsal *r)
{
    const struct world_pdb *b = &w->pdbs.items[pdb];
    return text_of(r, "%s/%s", world_text(w, b->ns), world_text(w, b->name));
}

static const char *amount_of(struct int_or_percent v, struct rehearsal *r)
{
    return text_of(r, v.percent ? "%d%%" : "%d", v.value);
}

/* ---- pods without a node, of a workload that nothing more may be taken from ---- */

/* By the scheduler's words: with new nodes, and without. The first that is in them counts. */
static const struct {
    const char *words, *replace, *other;
} fixes[] = {
    {"persistentvolumeclaim", "restore its claim: no node takes it without", NULL},
    {"non-existent pv", "restore its volume: no node takes it without", NULL},
    {"unbound immediate", "find out why its claim is not bound: kubectl describe pvc", NULL},
    {"volume node affinity", "start new nodes in the zone of the volume (--zone)",
     "start a node in the zone of its volume first"},
    {"topology spread",
     "old nodes count as empty domains while they exist: set nodeTaintsPolicy: Honor, or "
     "whenUnsatisfiable: ScheduleAnyway, or drain in batches",
     "cordoned and dead nodes count as empty domains while they exist: set nodeTaintsPolicy: "
     "Honor, or whenUnsatisfiable: ScheduleAnyway"},
    {"anti-affinity", "start more new nodes (--count): its pods may not share one",
     "start more nodes first: its pods may not share one"},
    {"node selector", "give the new nodes the label it asks for, or change the selector",
     "give a node that stays the label it asks for, or change the selector"},
    {"affinity/selector", "give the new nodes the label it asks for, or change the selector",
     "give a node that stays the label it asks for, or change the selector"},
    {"volume count", "start more new nodes: each takes only so many volumes",
     "start more nodes first: each takes only so many volumes"},
    {"Insufficient",
     "start more or larger new nodes (--count, --instance-type; --suggest finds how many)",
     "start more nodes first: those that stay have no room for it"},
    {"Too many pods",
     "start more or larger new nodes (--count, --instance-type; --suggest finds how many)",
     "start more nodes first: those that stay have no room for it"},
    {"taint", "add the toleration, or start the new nodes without the taint",
     "add the toleration, or take the taint off a node that stays"},
    {"unschedulable", "start new nodes that take it: all that are there are cordoned",
     "start more nodes first, or uncordon some: all that could take it are cordoned"},
};

static const char *fix_of(struct sv reason, const struct rehearsal *r)
{
    for (size_t i = 0; i < ARRAY_LEN(fixes); i++)
        if (sv_has(reason, fixes[i].words))
            return r->kind == REHEARSAL_REPLACE || !fixes[i].other ? fixes[i].replace
                                                                   : fixes[i].other;
    return "see the scheduler's words";
}

static uint32_t pending_pod(const struct world *w, uint32_t workload)
{
    world_each_pod(w, p) {
        const struct world_pod *pod = &w->pods.items[p];
        if (pod->node == WORLD_NONE && !pod->deleting && !world_pod_is_finished(pod) &&
            world_top_owner(w, p) == workload)
            return p;
    }
    return WORLD_NONE;
}

/* What the scheduler says of it, without what preemption would help. */
static const char *pending_reason(struct sim *sim, uint32_t workload, struct rehearsal *r)
{
    _cleanup_str_ struct str reason = {0};
    uint32_t pod = workload == WORLD_NONE ? WORLD_NONE : pending_pod(sim_world(sim), workload);
    if (pod == WORLD_NONE)
        return NULL;
    sim_why_pending(sim, pod, &reason);
    const char *text = text_of(r, "%s", str_c(&reason));
    const char *end = strstr(text, ". preemption:");
    return end ? text_of(r, "%.*s", (int)(end - text), text) : text;
}

/* Named by the cause where it is known: the pod that is missing finds no node. */
static struct cause with_reason(struct cause c, struct sim *sim, uint32_t workload,
                                struct rehearsal *r)
{
    const char *reason = pending_reason(sim, workload, r);
    if (!reason)
        return c;
    return (struct cause){c.rule, text_of(r, "%s, and one finds no node: %s", c.text, reason),
                          fix_of(sv_of(reason), r)};
}

/* ---- causes ---- */

static struct cause budget_cause(struct sim *sim, uint32_t pdb, uint32_t pod, struct rehearsal *r)
{
    const struct world *w = sim_world(sim);
    const struct world_pdb *b = &w->pdbs.items[pdb];
    const char *name = pdb_name(w, pdb, r), *rule, *workload = explain_workload(w, pod, r);
    rule = b->min_available.set ? text_of(r, "minAvailable %s", amount_of(b->min_available, r))
                                : text_of(r, "maxUnavailable %s", amount_of(b->max_unavailable, r));
    if (b->expected <= 0)
        return (struct cause){
            "budget-cannot-count",
            text_of(r,
                    "budget %s allows 0: its controller cannot count the pods (%s needs a "
                    "controller with a scale)",
                    name, rule),
            text_of(r,
                    "use an integer minAvailable in budget %s, or delete it for the time of "
                    "the work",
                    name)};
    if (b->desired >= b->expected)
        return (struct cause){
            "budget-allows-none",
            text_of(r, "budget %s allows 0: %s of %d replica%s", name, rule, b->expected,
                    b->expected == 1 ? "" : "s"),
            text_of(r, "scale %s to %d first, or let budget %s allow one pod to be away", workload,
                    b->expected + 1, name)};
    struct cause unhealthy = {
        "budget-unhealthy",
        text_of(r, "budget %s allows 0: only %d of %d are Ready, and it asks for %d", name,
                b->healthy, b->expected, b->desired),
        text_of(r,
                "find out why pods of %s do not become Ready (see the pods that cannot be "
                "placed)",
                workload)};
    return with_reason(unhealthy, sim, world_top_owner(w, pod), r);
}

static struct cause budgets_cause(const struct world *w, uint32_t pod, struct rehearsal *r)
{
    const char *names = NULL;
    uint32_t count = 0;
    for (uint32_t i = 0; i < w->pdbs.len; i++) {
        if (!w->pdbs.items[i].used || !world_pdb_covers(w, &w->pdbs.items[i], pod))
            continue;
        const char *name = pdb_name(w, i, r);
        names = names ? text_of(r, "%s and %s", names, name) : name;
        count++;
    }
    return (struct cause){
        "many-budgets",
        text_of(r, "%u budgets cover it (%s): the API answers each eviction with an error", count,
                names ? names : "unknown"),
        "narrow the selectors until one budget covers the pod"};
}

static struct cause workload_cause(struct sim *sim, uint32_t workload, bool stateful,
                                   struct rehearsal *r)
{
    char name[512];
    uint32_t ready = 0;
    const struct world *w = sim_world(sim);
    const struct world_workload *wl = &w->workloads.items[workload];
    world_workload_name(w, workload, name, sizeof name);
    world_each_pod(w, p)
        ready += world_top_owner(w, p) == workload && w->pods.items[p].ready &&
                 !w->pods.items[p].deleting;
    struct cause missing = {
        stateful ? "stateful" : "unhealthy",
        text_of(r, "only %u of %d pods of %s are Ready: no more may go", ready, wl->replicas, name),
        stateful ? "find out why the missing one does not become Ready; its pods go one at a time"
                 : "find out why the missing ones do not become Ready, or raise "
                   "--workload-unavailable"};
    return with_reason(missing, sim, workload, r);
}

static struct cause leaving_cause(const struct world *w, uint32_t pod, struct rehearsal *r)
{
    uint32_t node = w->pods.items[pod].node;
    if (node != WORLD_NONE && !w->nodes.items[node].ready)
        return (struct cause){
            "leaving",
            text_of(r, "it is terminating, and its node %s is not Ready to end it",
                    world_text(w, w->nodes.items[node].name)),
            "mend the node's kubelet, or delete the Node object when its machine is gone"};
    return (struct cause){"leaving", "it is terminating but does not go away",
                          "look for finalizers and for a kubelet that does not answer"};
}

static struct cause cause_of(struct sim *sim, const struct nodes_blocked *b, struct rehearsal *r)
{
    const struct world *w = sim_world(sim);
    switch (b->why) {
    case NODES_BLOCK_BUDGET:
        return budget_cause(sim, b->index, b->pod, r);
    case NODES_BLOCK_BUDGETS:
        return budgets_cause(w, b->pod, r);
    case NODES_BLOCK_WORKLOAD:
    case NODES_BLOCK_STATEFUL:
        return workload_cause(sim, b->index, b->why == NODES_BLOCK_STATEFUL, r);
    case NODES_BLOCK_BARE:
        return (struct cause){"bare-pod",
                              "no controller would create it again: evicting deletes it",
                              "give it a controller, or delete it yourself, or say --bare"};
    case NODES_BLOCK_LOCAL:
        return (struct cause){"local-data", "the contents of its emptyDir volume would be lost",
                              "move the data, or leave out --keep-empty-dir"};
    case NODES_BLOCK_RETURNS:
        return (struct cause){"returns",
                              "its pods come back to the cordoned nodes each time: they tolerate "
                              "node.kubernetes.io/unschedulable",
                              "take that toleration (or the one for all taints: operator Exists "
                              "without a key) out of its pod template, at least for the move"};
    case NODES_BLOCK_LEAVING:
        return leaving_cause(w, b->pod, r);
    case NODES_BLOCK_WINDOW:
        return (struct cause){"window", "its turn did not come within the time window",
                              "widen --window, or raise --rate"};
    default:
        return (struct cause){"refused", "its eviction was refused again and again",
                              "see what the API server answers: kubectl drain --dry-run=server"};
    }
}

/* ---- blockers ---- */

static const char *id_of(const char *rule, const char *workload, struct rehearsal *r)
{
    const char *space = strchr(workload, ' ');
    return text_of(r, "%s:%s", rule, space ? space + 1 : workload);
}

static void add_blocker(struct rehearsal *r, const char *workload, const char *example,
                        struct cause c)
{
    struct rehearsal_blocker b = {
        .id = id_of(c.rule, workload, r),
        .workload = workload,
        .rule = c.rule,
        .pods = 1,
        .example = example,
        .cause = c.text,
        .fix = c.fix,
    };
    must_push(&r->blockers, b);
}

/* Pods of one workload that wait for the same thing are one blocker. */
static uint64_t key_of(const struct world *w, const struct nodes_blocked *b)
{
    uint32_t owner = world_top_owner(w, b->pod);
    uint64_t who = owner == WORLD_NONE ? (uint64_t)1 << 32 | b->pod : owner;
    return who << 28 | (uint64_t)b->why << 22 | (b->index & 0x3fffff);
}

static void blocked_pod(struct sim *sim, const struct nodes_blocked *b, struct index *known,
                        struct rehearsal *r)
{
    const struct world *w = sim_world(sim);
    uint64_t key = key_of(w, b);
    uint32_t at = index_get(known, key);
    if (at != INDEX_NONE) {
        r->blockers.items[at].pods++;
        return;
    }
    add_blocker(r, explain_workload(w, b->pod, r), example_of(w, b->pod, r), cause_of(sim, b, r));
    index_put(known, key, (uint32_t)r->blockers.len - 1);
}

static void blocked_pods(struct sim *sim, const struct nodes *op, struct rehearsal *r)
{
    uint32_t count = nodes_blocked(op, NULL, 0), waiting = 0;
    struct nodes_blocked *list = mem_must(calloc(count + 1, sizeof *list));
    struct index known = {0};
    nodes_blocked(op, list, count);
    for (uint32_t i = 0; i < count; i++)
        if (list[i].why == NODES_BLOCK_NODE || list[i].why == NODES_BLOCK_RATE)
            waiting++;
        else
            blocked_pod(sim, &list[i], &known, r);
    if (waiting)
        must_push(&r->assumptions,
                  text_of(r,
                          "%u pods were not reached: their nodes' turn comes after the blocked "
                          "ones",
                          waiting));
    index_release(&known);
    free(list);
}

/* Attachments that stay on old nodes without pods. */
static void blocked_volumes(const struct setting *s, const struct world *w, struct rehearsal *r)
{
    for (uint32_t i = 0; i < w->attachments.len; i++) {
        const struct world_attachment *a = &w->attachments.items[i];
        for (uint32_t k = 0; a->used && k < s->old_count; k++) {
            if (a->node != s->old[k])
                continue;
            const char *volume = a->pv == WORLD_NONE ? world_text(w, a->name)
                                                     : world_text(w, w->pvs.items[a->pv].name);
            add_blocker(r, text_of(r, "Volume %s", volume),
                        world_text(w, w->nodes.items[a->node].name),
                        (struct cause){"volume", "it stays attached to a node that has to go",
                                       "see kubectl get volumeattachment, and the CSI driver's "
                                       "log"});
        }
    }
}

static void nodes_that_never_came(const struct setting *s, const struct nodes *op,
                                  struct rehearsal *r)
{
    if (nodes_phase(op) != NODES_PHASE_START)
        return;
    add_blocker(r, "new nodes", text_of(r, "%zu asked for", s->fresh.len),
                (struct cause){"nodes-missing", "not all new nodes became Ready",
                               "look at the node group's health issues and the instances' console "
                               "output"});
}

void explain_blockers(const struct setting *s, struct sim *sim, const struct nodes *op,
                      struct rehearsal *r)
{
    const struct world *w = sim_world(sim);
    nodes_that_never_came(s, op, r);
    if (nodes_phase(op) != NODES_PHASE_START)
        blocked_pods(sim, op, r);
    if (!r->blockers.len)
        blocked_volumes(s, w, r);
}

/* After the death of nodes: pods that the API still shows there, whose controller waits for them to
 * go before it makes new ones. */
void explain_leaving(struct sim *sim, const struct recorder *rec, struct rehearsal *r)
{
    const struct world *w = sim_world(sim);
    struct index known = {0};
    world_each_pod(w, p) {
        uint32_t owner = world_top_owner(w, p), node = w->pods.items[p].node;
        if (node == WORLD_NONE || !w->nodes.items[node].gone || owner == WORLD_NONE ||
            w->workloads.items[owner].kind != WORKLOAD_STATEFULSET || !record_is_short(rec, owner))
            continue;
        uint32_t at = index_get(&known, owner);
        if (at != INDEX_NONE) {
            r->blockers.items[at].pods++;
            continue;
        }
        add_blocker(r, explain_workload(w, p, r), example_of(w, p, r),
                    (struct cause){"leaving", "it stays Terminating on the dead node",
                                   "delete the Node object, or taint it "
                                   "node.kubernetes.io/out-of-service (from 1.28 on)"});
        index_put(&known, owner, (uint32_t)r->blockers.len - 1);
    }
    index_release(&known);
}

/* With no node alive in any zone the node lifecycle controller takes it for its own fault and
 * evicts nothing. */
void explain_stranded(struct sim *sim, const struct recorder *rec, struct rehearsal *r)
{
    const struct world *w = sim_world(sim);
    struct index known = {0};
    world_each_pod(w, p) {
        uint32_t owner = world_top_owner(w, p), node = w->pods.items[p].node;
        if (node == WORLD_NONE || !w->nodes.items[node].gone || w->pods.items[p].deleting ||
            owner == WORLD_NONE || !record_is_short(rec, owner) || world_pod_is_of_node(w, p))
            continue;
        uint32_t at = index_get(&known, owner);
        if (at != INDEX_NONE) {
            r->blockers.items[at].pods++;
            continue;
        }
        add_blocker(r, explain_workload(w, p, r), example_of(w, p, r),
                    (struct cause){"stranded", "it is not taken away from its dead node",
                                   "start new nodes: pods are only evicted from dead ones while "
                                   "others live"});
        index_put(&known, owner, (uint32_t)r->blockers.len - 1);
    }
    index_release(&known);
}

void explain_limit(struct sim *sim, const struct nodes *op, struct rehearsal *r)
{
    if (r->blockers.len || r->unschedulable.len)
        return;
    const char *phase = op ? nodes_phase_names[nodes_phase(op)] : "waiting for pods";
    add_blocker(r, "Operation", text_of(r, "after %" PRId64 " s", sim_now(sim) / 1000),
                (struct cause){"limit",
                               text_of(r, "it was not done when the time was over (%s)", phase),
                               "raise --limit, or see in the course what takes so long"});
}

/* ---- pods that do not come up ---- */

static const char *volume_elsewhere(const struct world *w, const struct world_pod *p)
{
    for (uint16_t i = 0; i < p->claim_count; i++) {
        uint32_t claim = w->pod_claims.items[p->claims + i];
        uint32_t pv = claim == WORLD_NONE ? WORLD_NONE : w->pvcs.items[claim].pv;
        for (uint32_t k = 0; pv != WORLD_NONE && k < w->attachments.len; k++) {
            const struct world_attachment *a = &w->attachments.items[k];
            if (a->used && a->pv == pv && a->node != p->node && a->node != WORLD_NONE)
                return world_text(w, w->nodes.items[a->node].name);
        }
    }
    return NULL;
}

static struct cause starting_cause(const struct world *w, const struct world_pod *p,
                                   struct rehearsal *r)
{
    const char *node = volume_elsewhere(w, p);
    if (node)
        return (struct cause){"volume", text_of(r, "its volume is still attached to %s", node),
                              "see kubectl get volumeattachment; the force comes after 6 minutes, "
                              "at once with the taint node.kubernetes.io/out-of-service (1.28 on)"};
    return (struct cause){"not-ready", "its new pod does not become Ready",
                          "see its events; pods of its kind that were not Ready in the snapshot "
                          "stay so, and --limit may have ended the run before it was up"};
}

/* Pods made during the run that have a node and are not Ready. */
void explain_starting(struct sim *sim, struct rehearsal *r)
{
    const struct world *w = sim_world(sim);
    struct index known = {0};
    world_each_pod(w, p) {
        const struct world_pod *pod = &w->pods.items[p];
        bool comes_up = pod->node == WORLD_NONE || pod->ready || pod->deleting ||
                        world_pod_is_finished(pod) || world_pod_is_of_node(w, p);
        if (comes_up || pod->created < w->taken)
            continue;
        uint32_t owner = world_top_owner(w, p);
        uint32_t at = index_get(&known, owner);
        if (at != INDEX_NONE) {
            r->blockers.items[at].pods++;
            continue;
        }
        add_blocker(r, explain_workload(w, p, r), example_of(w, p, r), starting_cause(w, pod, r));
        index_put(&known, owner, (uint32_t)r->blockers.len - 1);
    }
    index_release(&known);
}

/* ---- pods that find no node ---- */

/* Pods of one class without volumes of their own wait for the same reason. */
static uint64_t waiting_key(const struct world_pod *p, uint32_t pod)
{
    return p->claim_count ? (uint64_t)1 << 32 | pod : p->class;
}

static uint32_t same_reason(const struct rehearsal *r, const char *workload, struct sv reason)
{
    for (uint32_t i = 0; i < r->unschedulable.len; i++)
        if (!strcmp(r->unschedulable.items[i].workload, workload) &&
            sv_is(reason, r->unschedulable.items[i].reason))
            return i;
    return INDEX_NONE;
}

static void add_unschedulable(struct sim *sim, uint32_t pod, struct index *known,
                              struct rehearsal *r)
{
    const struct world *w = sim_world(sim);
    uint64_t key = waiting_key(&w->pods.items[pod], pod);
    uint32_t at = index_get(known, key);
    _cleanup_str_ struct str reason = {0};
    if (at == INDEX_NONE) {
        const char *workload = explain_workload(w, pod, r);
        sim_why_pending(sim, pod, &reason);
        at = same_reason(r, workload, str_sv(&reason));
        if (at == INDEX_NONE) {
            at = (uint32_t)r->unschedulable.len;
            must_push(&r->unschedulable, (struct rehearsal_unschedulable){
                                             workload, 0, text_of(r, "%s", str_c(&reason)),
                                             fix_of(str_sv(&reason), r)});
        }
        index_put(known, key, at);
    }
    r->unschedulable.items[at].pods++;
}

void explain_unschedulable(struct sim *sim, const struct recorder *rec, struct rehearsal *r)
{
    const struct world *w = sim_world(sim);
    struct index known = {0};
    world_each_pod(w, p) {
        const struct world_pod *pod = &w->pods.items[p];
        bool waited = p < rec->pods.len && rec->pods.items[p].waited;
        if (pod->node == WORLD_NONE && !pod->deleting && !world_pod_is_finished(pod) && !waited)
            add_unschedulable(sim, p, &known, r);
    }
    index_release(&known);
}
