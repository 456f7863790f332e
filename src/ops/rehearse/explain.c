/* Why pods never left, or never came up again: the cause and what a person can do about it. */
#include "ops/nodes/explain.h"
#include "ops/rehearse/internal.h"
#include "world/index.h"

#include <inttypes.h>

struct cause {
    const char *rule, *text, *fix;
};

/* ---- names ---- */

static const char *example_of(const struct world *w, uint32_t pod, struct rehearsal *r)
{
    char name[512];
    const struct world_pod *p = &w->pods.items[pod];
    world_pod_name(w, pod, name, sizeof name);
    if (p->node == WORLD_NONE)
        return text_of(r, "%s", name);
    return text_of(r, "%s on %s", name, world_text(w, w->nodes.items[p->node].name));
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

/* While there are not all new nodes yet: more of them would have room. */
static bool wants_more_at_once(struct sv reason, const struct rehearsal *r)
{
    static const char *const words[] = {"anti-affinity", "volume count", "Insufficient",
                                        "Too many pods"};
    if (!r->rounds.len || r->rounds.items[r->rounds.len - 1].from_ms >= 0)
        return false;
    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        if (sv_has(reason, words[i]))
            return true;
    return false;
}

static const char *fix_of(struct sv reason, const struct rehearsal *r)
{
    if (wants_more_at_once(reason, r))
        return "let more new nodes come at once (--at-once), or larger ones (--instance-type)";
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

static struct cause cause_of(struct sim *sim, const struct nodes_blocked *b, struct rehearsal *r)
{
    struct nodes_cause c = nodes_explain(sim_world(sim), b, &r->arena);
    return with_reason((struct cause){c.rule, c.text, c.fix}, sim, c.misses, r);
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
    add_blocker(r, nodes_workload_of(w, b->pod, &r->arena), example_of(w, b->pod, r),
                cause_of(sim, b, r));
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
static void blocked_volumes(const struct setting *s, const struct part *part, const struct world *w,
                            struct rehearsal *r)
{
    for (uint32_t i = 0; i < w->attachments.len; i++) {
        const struct world_attachment *a = &w->attachments.items[i];
        for (uint32_t k = 0; a->used && k < part->old_count; k++) {
            if (a->node != s->turns[part->old + k])
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

static void nodes_that_never_came(const struct part *part, const struct nodes *op,
                                  struct rehearsal *r)
{
    if (nodes_phase(op) != NODES_PHASE_START)
        return;
    add_blocker(r, "new nodes", text_of(r, "%u asked for", part->fresh_count),
                (struct cause){"nodes-missing", "not all new nodes became Ready",
                               "look at the node group's health issues and the instances' console "
                               "output"});
}

void explain_blockers(const struct setting *s, const struct part *part, struct sim *sim,
                      const struct nodes *op, struct rehearsal *r)
{
    const struct world *w = sim_world(sim);
    nodes_that_never_came(part, op, r);
    if (nodes_phase(op) != NODES_PHASE_START)
        blocked_pods(sim, op, r);
    if (!r->blockers.len)
        blocked_volumes(s, part, w, r);
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
        add_blocker(r, nodes_workload_of(w, p, &r->arena), example_of(w, p, r),
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
        add_blocker(r, nodes_workload_of(w, p, &r->arena), example_of(w, p, r),
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
        add_blocker(r, nodes_workload_of(w, p, &r->arena), example_of(w, p, r),
                    starting_cause(w, pod, r));
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
        const char *workload = nodes_workload_of(w, pod, &r->arena);
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
