#include "sim/pdb.h"

#include "base/must.h"

#include <string.h>

#define NO_SHARE UINT32_MAX

void budgets_init(struct budgets *b, const struct world *w, struct version version)
{
    *b = (struct budgets){.w = w, .version = version};
    b->state = mem_must(calloc(w->pdbs.len + 1, sizeof *b->state));
    b->dirty = mem_must(calloc(w->pdbs.len + 1, sizeof *b->dirty));
    b->shares_of = mem_must(malloc((w->workloads.len + 1) * sizeof *b->shares_of));
    memset(b->shares_of, 0xff, (w->workloads.len + 1) * sizeof *b->shares_of);
    for (uint32_t i = 0; i < w->pdbs.len; i++)
        b->state[i].foreign_scale = -1;
    budgets_cover(b);
}

void budgets_release(struct budgets *b)
{
    free(b->first);
    free(b->refs);
    free(b->state);
    free(b->shares_of);
    free(b->dirty);
    vec_release(&b->shares);
    *b = (struct budgets){0};
}

static bool covers(const struct budgets *b, const struct budget_ref *ref, uint32_t pod)
{
    return !ref->perhaps || world_pdb_covers(b->w, &b->w->pdbs.items[ref->pdb], pod);
}

uint32_t budgets_of_pod(const struct budgets *b, uint32_t pod, uint32_t *out, uint32_t cap)
{
    uint32_t class = b->w->pods.items[pod].class, n = 0;
    for (uint32_t i = b->first[class]; i < b->first[class + 1]; i++)
        if (covers(b, &b->refs[i], pod)) {
            if (n < cap)
                out[n] = b->refs[i].pdb;
            n++;
        }
    return n;
}

/* ---- whose replicas count ---- */

enum manager { MANAGER_NONE, MANAGER_SCALE, MANAGER_UNKNOWN, MANAGER_FOREIGN };

/* A ReplicaSet counts by its Deployment; one that something else owns by itself. Jobs and
 * DaemonSets have no scale to ask for. */
static enum manager manager_of(const struct world *w, const struct world_pod *p, uint32_t *scale)
{
    if (p->mirror || p->owner_gone)
        return MANAGER_UNKNOWN;
    if (p->owner == WORLD_NONE)
        return p->foreign_owner ? MANAGER_FOREIGN : MANAGER_NONE;
    const struct world_workload *wl = &w->workloads.items[p->owner];
    *scale = p->owner;
    switch (wl->kind) {
    case WORKLOAD_REPLICASET:
        if (wl->owner != WORLD_NONE && w->workloads.items[wl->owner].kind == WORKLOAD_DEPLOYMENT)
            *scale = wl->owner;
        return MANAGER_SCALE;
    case WORKLOAD_DEPLOYMENT:
    case WORKLOAD_STATEFULSET:
    case WORKLOAD_REPLICATIONCONTROLLER:
        return MANAGER_SCALE;
    case WORKLOAD_OTHER:
        return MANAGER_FOREIGN;
    case WORKLOAD_DAEMONSET:
    case WORKLOAD_JOB:
    case WORKLOAD_CRONJOB:
        break;
    }
    return MANAGER_UNKNOWN;
}

static struct budget_share *share_of(struct budgets *b, uint32_t workload, uint32_t pdb)
{
    uint32_t i = b->shares_of[workload];
    while (i != NO_SHARE && b->shares.items[i].pdb != pdb)
        i = b->shares.items[i].next;
    if (i == NO_SHARE) {
        struct budget_share fresh = {.pdb = pdb, .next = b->shares_of[workload]};
        i = (uint32_t)b->shares.len;
        must_push(&b->shares, fresh);
        b->shares_of[workload] = i;
    }
    return &b->shares.items[i];
}

static void count_manager(struct budgets *b, uint32_t pdb, const struct world_pod *p, int by)
{
    struct budget_state *st = &b->state[pdb];
    uint32_t scale = WORLD_NONE;
    switch (manager_of(b->w, p, &scale)) {
    case MANAGER_NONE:
        st->unmanaged += by;
        break;
    case MANAGER_UNKNOWN:
        st->unknown += by;
        break;
    case MANAGER_FOREIGN:
        st->foreign += by;
        break;
    case MANAGER_SCALE: {
        struct budget_share *share = share_of(b, scale, pdb);
        uint32_t before = share->pods;
        share->pods += (uint32_t)by;
        if (!before || !share->pods)
            st->scale += by * (int64_t)b->w->workloads.items[scale].replicas;
    }
    }
}

void budgets_mark(struct budgets *b, uint32_t pdb)
{
    if (b->state[pdb].dirty)
        return;
    b->state[pdb].dirty = true;
    b->dirty[(b->dirty_at + b->dirty_len++) % b->w->pdbs.len] = pdb;
}

void budgets_count(struct budgets *b, uint32_t pod, bool disrupted, int by)
{
    const struct world_pod *p = &b->w->pods.items[pod];
    for (uint32_t i = b->first[p->class]; i < b->first[p->class + 1]; i++) {
        if (!covers(b, &b->refs[i], pod))
            continue;
        uint32_t pdb = b->refs[i].pdb;
        b->state[pdb].matching += by;
        if (p->ready && !p->deleting && !disrupted)
            b->state[pdb].healthy += by;
        if (disrupted)
            b->state[pdb].held += (uint32_t)by;
        count_manager(b, pdb, p, by);
        budgets_mark(b, pdb);
    }
}

void budgets_touch(struct budgets *b, uint32_t pod, int healthy)
{
    uint32_t class = b->w->pods.items[pod].class;
    for (uint32_t i = b->first[class]; i < b->first[class + 1]; i++) {
        if (!covers(b, &b->refs[i], pod))
            continue;
        b->state[b->refs[i].pdb].healthy += healthy;
        budgets_mark(b, b->refs[i].pdb);
    }
}

/* ---- the status ---- */

static int32_t clamp(int64_t v)
{
    return v < 0 ? 0 : v > INT32_MAX ? INT32_MAX : (int32_t)v;
}

/* Percentages round up, for both fields. */
static int64_t part_of(struct int_or_percent v, int64_t whole)
{
    return v.percent ? (whole * v.value + 99) / 100 : v.value;
}

/* The replicas of all controllers of the covered pods; false when one of them cannot be told. From
 * 1.22 pods without a controller do not count instead of failing the whole budget. */
static bool expected_scale(const struct budgets *b, const struct budget_state *st, int64_t *out)
{
    bool skips_unmanaged = version_at_least(b->version, (struct version){1, 22, 0, true});
    if (st->unknown || (st->unmanaged && !skips_unmanaged))
        return false;
    if (st->foreign && st->foreign_scale < 0)
        return false;
    *out = st->scale + (st->foreign ? st->foreign_scale : 0);
    return true;
}

static bool expect(const struct budgets *b, uint32_t pdb, int64_t *expected, int64_t *desired)
{
    const struct world_pdb *p = &b->w->pdbs.items[pdb];
    const struct budget_state *st = &b->state[pdb];
    *expected = *desired = 0;
    if (p->max_unavailable.set) {
        if (!expected_scale(b, st, expected))
            return false;
        *desired = *expected - part_of(p->max_unavailable, *expected);
    } else if (p->min_available.set && p->min_available.percent) {
        if (!expected_scale(b, st, expected))
            return false;
        *desired = part_of(p->min_available, *expected);
    } else if (p->min_available.set) {
        *expected = st->matching;
        *desired = p->min_available.value;
    }
    return true;
}

void budgets_status(const struct budgets *b, uint32_t pdb, struct budget_status *out)
{
    const struct world_pdb *p = &b->w->pdbs.items[pdb];
    int64_t expected, desired;
    *out = (struct budget_status){false, p->expected, p->desired, p->healthy, 0};
    if (!expect(b, pdb, &expected, &desired))
        return;
    *out = (struct budget_status){true, clamp(expected), clamp(desired), b->state[pdb].healthy, 0};
    if (expected > 0)
        out->allowed = clamp((int64_t)out->healthy - out->desired);
}

void budgets_learn(struct budgets *b)
{
    for (uint32_t i = 0; i < b->w->pdbs.len; i++) {
        const struct world_pdb *p = &b->w->pdbs.items[i];
        struct budget_state *st = &b->state[i];
        bool failed = p->healthy > p->desired && !p->allowed && !p->disrupted_count;
        if (st->foreign && p->expected > 0 && !failed)
            st->foreign_scale = clamp(p->expected - st->scale);
    }
}

uint32_t budgets_next_dirty(struct budgets *b, int64_t now)
{
    if (!b->dirty_len || rate_when(&b->writes, now) > now)
        return WORLD_NONE;
    uint32_t pdb = b->dirty[b->dirty_at];
    b->dirty_at = (b->dirty_at + 1) % (uint32_t)b->w->pdbs.len;
    b->dirty_len--;
    b->state[pdb].dirty = false;
    return pdb;
}
