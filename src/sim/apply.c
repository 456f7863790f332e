/* What clients write: one object at a time into the running cluster. */
#include "sim/internal.h"

/* ---- things that all worlds share: they stand in the world that the copy is of ---- */

#define put_named(list, item, same)                                                                \
    do {                                                                                           \
        size_t put_at_ = 0;                                                                        \
        while (put_at_ < (list)->len && !(same(&(list)->items[put_at_], &(item))))                 \
            put_at_++;                                                                             \
        if (put_at_ == (list)->len)                                                                \
            must_push((list), (item));                                                             \
        else                                                                                       \
            (list)->items[put_at_] = (item);                                                       \
        (list)->items[put_at_].used = !deleted;                                                    \
    } while (0)

#define same_name(a, b) ((a)->name == (b)->name)
#define same_full_name(a, b) ((a)->name == (b)->name && (a)->ns == (b)->ns)

static void freeze_namespace(struct sim *s, uint32_t ns, bool on)
{
    for (uint32_t i = 0; on && i < s->w.workloads.len; i++)
        if (s->w.workloads.items[i].ns == ns)
            s->owners[i].frozen = true;
}

static void apply_shared(struct sim *s, struct world_single *in, bool deleted)
{
    struct world *g = s->grows;
    if (in->kind == SINGLE_STORAGE_CLASS)
        put_named(&g->storage_classes, in->is.storage_class, same_name);
    else if (in->kind == SINGLE_PRIORITY_CLASS)
        put_named(&g->priority_classes, in->is.priority_class, same_name);
    else if (in->kind == SINGLE_NAMESPACE)
        put_named(&g->namespaces, in->is.namespace, same_name);
    else
        put_named(&g->services, in->is.service, same_full_name);
    grow_take(s);
    if (in->kind == SINGLE_NAMESPACE)
        freeze_namespace(s, in->is.namespace.name, deleted || in->is.namespace.terminating);
    sim_tell(s, CHANGE_OTHER, WORLD_NONE);
}

/* ---- budgets ---- */

static uint32_t find_pdb(const struct sim *s, const struct world_pdb *pdb)
{
    for (uint32_t i = 0; i < s->w.pdbs.len; i++)
        if (s->w.pdbs.items[i].used && same_full_name(&s->w.pdbs.items[i], pdb))
            return i;
    return WORLD_NONE;
}

/* The status is the controller's. */
static void apply_pdb(struct sim *s, struct world_single *in, bool deleted)
{
    struct world_pdb pdb = in->is.pdb;
    uint32_t at = find_pdb(s, &pdb);
    if (deleted && at == WORLD_NONE)
        return;
    if (at == WORLD_NONE) {
        at = (uint32_t)s->w.pdbs.len;
        must_push(&s->w.pdbs, pdb);
    } else {
        const struct world_pdb *was = &s->w.pdbs.items[at];
        pdb.observed_generation = was->observed_generation;
        pdb.expected = was->expected;
        pdb.desired = was->desired;
        pdb.healthy = was->healthy;
        pdb.allowed = was->allowed;
        s->w.pdbs.items[at] = pdb;
    }
    s->w.pdbs.items[at].used = !deleted;
    grow_budgets(s);
    if (!deleted)
        budgets_mark(&s->budgets, at);
    sim_tell(s, CHANGE_PDB, at);
}

/* ---- volumes and claims ---- */

static uint32_t find_pv(const struct sim *s, uint32_t name)
{
    for (uint32_t i = 0; name && i < s->w.pvs.len; i++)
        if (s->w.pvs.items[i].used && s->w.pvs.items[i].name == name)
            return i;
    return WORLD_NONE;
}

static uint32_t find_storage_class(const struct sim *s, uint32_t name)
{
    for (uint32_t i = 0; name && i < s->w.storage_classes.len; i++)
        if (s->w.storage_classes.items[i].used && s->w.storage_classes.items[i].name == name)
            return i;
    return WORLD_NONE;
}

static void bind_claim(struct sim *s, uint32_t pvc, uint32_t pv)
{
    s->w.pvcs.items[pvc].pv = pv;
    s->w.pvcs.items[pvc].phase = CLAIM_BOUND;
    s->w.pvs.items[pv].claim = pvc;
    s->w.pvs.items[pv].available = false;
}

static void apply_pv(struct sim *s, struct world_single *in, bool deleted)
{
    struct world_pv pv = in->is.pv;
    uint32_t at = find_pv(s, pv.name);
    if (deleted && at == WORLD_NONE)
        return;
    pv.claim = grow_find_claim(s, in->refs.claim_ns, in->refs.claim);
    pv.used = true;
    if (at == WORLD_NONE)
        at = volumes_enter(s, &pv);
    else
        s->w.pvs.items[at] = pv;
    s->w.pvs.items[at].used = !deleted;
    if (!deleted && pv.claim != WORLD_NONE && s->w.pvcs.items[pv.claim].pv == WORLD_NONE)
        bind_claim(s, pv.claim, at);
    sim_tell(s, CHANGE_VOLUME, at);
}

/* Does its class make a volume before there is a pod? */
static bool is_immediate(const struct sim *s, const struct world_pvc *c)
{
    if (c->storage_class == WORLD_NONE || c->pv != WORLD_NONE)
        return false;
    const struct world_class_of_storage *sc = &s->w.storage_classes.items[c->storage_class];
    return sc->binding == BINDING_IMMEDIATE &&
           !sv_is(strings_get(&s->w.strings, sc->provisioner), "kubernetes.io/no-provisioner");
}

static void apply_pvc(struct sim *s, struct world_single *in, bool deleted)
{
    struct world_pvc pvc = in->is.pvc;
    uint32_t at = grow_find_claim(s, pvc.ns, pvc.name);
    if (deleted && at == WORLD_NONE)
        return;
    if (at == WORLD_NONE) {
        at = (uint32_t)s->w.pvcs.len;
        pvc.phase = CLAIM_PENDING;
        must_push(&s->w.pvcs, pvc);
    } else {
        pvc.phase = s->w.pvcs.items[at].phase;
        pvc.pv = s->w.pvcs.items[at].pv;
        s->w.pvcs.items[at] = pvc;
    }
    struct world_pvc *c = &s->w.pvcs.items[at];
    c->used = !deleted;
    c->storage_class = find_storage_class(s, in->refs.storage_class);
    uint32_t pv = c->pv == WORLD_NONE ? find_pv(s, in->refs.volume) : WORLD_NONE;
    if (pv != WORLD_NONE)
        bind_claim(s, at, pv);
    if (!deleted && is_immediate(s, c))
        volumes_provision_now(s, at);
    sim_tell(s, CHANGE_CLAIM, at);
}

/* ---- entry ---- */

static void enter(struct sim *s, struct world_single *in, bool deleted)
{
    switch (in->kind) {
    case SINGLE_POD:
        sim_apply_pod(s, in, deleted);
        break;
    case SINGLE_NODE:
        apply_node(s, in, deleted);
        break;
    case SINGLE_WORKLOAD:
        apply_workload(s, in, deleted);
        break;
    case SINGLE_PDB:
        apply_pdb(s, in, deleted);
        break;
    case SINGLE_PV:
        apply_pv(s, in, deleted);
        break;
    case SINGLE_PVC:
        apply_pvc(s, in, deleted);
        break;
    case SINGLE_STORAGE_CLASS:
    case SINGLE_PRIORITY_CLASS:
    case SINGLE_NAMESPACE:
    case SINGLE_SERVICE:
        apply_shared(s, in, deleted);
        break;
    case SINGLE_NONE:
        break;
    }
}

int sim_apply(struct sim *s, struct sv api_version, struct sv kind, bool deleted, struct sv json,
              struct err *err)
{
    _cleanup_(world_single_release) struct world_single in = {0};
    if (!s->grows)
        return err_set(err, ERR_BUG, "nobody writes to a rehearsal");
    int result = world_single_read(s->grows, api_version, kind, json, &in, err);
    grow_take(s);
    if (!result)
        enter(s, &in, deleted);
    sim_sync_budgets(s);
    return result;
}
