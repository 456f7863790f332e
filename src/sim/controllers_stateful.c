/* StatefulSets: every ordinal has its name and its claims for ever, so nothing is made until the
 * old object is gone. OrderedReady looks at the first ordinal that is not available: it is created
 * when it is missing, else waited for. Parallel creates whatever is missing. */
#include "sim/internal.h"

#include <stdio.h>

static uint32_t first_unavailable(const struct owner_state *o, uint32_t replicas)
{
    for (uint32_t word = 0; word <= replicas / 64; word++)
        if (~o->available[word])
            return word * 64 + (uint32_t)__builtin_ctzll(~o->available[word]);
    return replicas;
}

static void create(struct sim *s, uint32_t owner, uint32_t ordinal)
{
    struct set_slot *slot = &s->owners[owner].slots[ordinal];
    if (slot->pod != WORLD_NONE || slot->born || s->owners[owner].frozen ||
        slot->class == WORLD_NONE)
        return;
    slot->born = true;
    struct birth b = {.owner = owner,
                      .class = slot->class,
                      .name = slot->name,
                      .claims = slot->claims,
                      .claim_count = slot->claim_count,
                      .node = WORLD_NONE,
                      .ordinal = (int32_t)ordinal};
    controllers_ask(s, CONTROL_STATEFULSET, &b, 0);
}

static void advance(struct sim *s, uint32_t owner)
{
    const struct world_workload *wl = &s->w.workloads.items[owner];
    uint32_t replicas = wl->replicas > 0 ? (uint32_t)wl->replicas : 0;
    uint32_t first = first_unavailable(&s->owners[owner], replicas);
    if (!wl->parallel) {
        if (first < replicas)
            create(s, owner, first);
        return;
    }
    for (uint32_t i = first; i < replicas; i++)
        create(s, owner, i);
}

static struct set_slot *slot_of(struct sim *s, uint32_t pod)
{
    const struct world_pod *p = &s->w.pods.items[pod];
    struct owner_state *o = &s->owners[p->owner];
    if (!o->slots || p->ordinal < 0 || p->ordinal >= s->w.workloads.items[p->owner].replicas)
        return NULL;
    return &o->slots[p->ordinal];
}

static void set_available(struct owner_state *o, int32_t ordinal, bool on)
{
    uint64_t bit = UINT64_C(1) << ordinal % 64;
    if (on)
        o->available[ordinal / 64] |= bit;
    else
        o->available[ordinal / 64] &= ~bit;
}

/* minReadySeconds of StatefulSets counts from 1.23 on. */
static int64_t wait_for_available(const struct sim *s, uint32_t pod)
{
    const struct world_pod *p = &s->w.pods.items[pod];
    int32_t min_ready = s->w.workloads.items[p->owner].min_ready_s;
    if (!min_ready || !sim_since(s, 23))
        return 0;
    int64_t left = p->ready_since + min_ready - sim_seconds(s);
    return left > 0 ? left * 1000 : 0;
}

void stateful_available(struct sim *s, uint32_t pod)
{
    const struct world_pod *p = &s->w.pods.items[pod];
    struct set_slot *slot = slot_of(s, pod);
    if (!slot || slot->pod != pod || !p->ready || p->deleting)
        return;
    set_available(&s->owners[p->owner], p->ordinal, true);
    advance(s, p->owner);
}

void stateful_changed(struct sim *s, uint32_t pod, bool gone)
{
    const struct world_pod *p = &s->w.pods.items[pod];
    struct set_slot *slot = slot_of(s, pod);
    if (gone && s->grows)
        stateful_shrink(s, p->owner, pod);
    if (!slot || slot->pod != pod)
        return;
    uint32_t owner = p->owner;
    if (gone)
        slot->pod = WORLD_NONE;
    if (gone || p->deleting || !p->ready) {
        set_available(&s->owners[owner], p->ordinal, false);
        advance(s, owner);
        return;
    }
    int64_t wait = wait_for_available(s, pod);
    if (wait)
        pods_plan(s, pod, s->now + wait, EVENT_SET_AVAILABLE);
    else
        stateful_available(s, pod);
}

void stateful_born(struct sim *s, uint32_t pod)
{
    struct set_slot *slot = slot_of(s, pod);
    if (!slot)
        return;
    slot->pod = pod;
    slot->born = false;
}

/* ---- scaling ---- */

bool stateful_lacks(struct sim *s, uint32_t owner, int32_t ordinal)
{
    const struct world_workload *wl = &s->w.workloads.items[owner];
    if (ordinal < 0 || ordinal >= wl->replicas || !s->owners[owner].slots)
        return false;
    return s->owners[owner].slots[ordinal].pod == WORLD_NONE;
}

void stateful_shrink(struct sim *s, uint32_t owner, uint32_t gone)
{
    const struct world_workload *wl = &s->w.workloads.items[owner];
    uint32_t last = WORLD_NONE;
    world_each_pod_of_workload(&s->w, owner, p) {
        const struct world_pod *pod = &s->w.pods.items[p];
        if (p == gone || pod->ordinal < wl->replicas || s->pods.items[p].stage == STAGE_NONE)
            continue;
        if (pod->deleting && !wl->parallel)
            return; /* one after the other */
        if (pod->deleting)
            continue;
        if (last == WORLD_NONE || pod->ordinal > s->w.pods.items[last].ordinal)
            last = p;
    }
    if (last == WORLD_NONE)
        return;
    pods_delete(s, last, -1);
    if (wl->parallel)
        stateful_shrink(s, owner, gone);
}

/* ---- the start ---- */

static uint32_t name_of_ordinal(struct sim *s, uint32_t owner, uint32_t ordinal)
{
    char name[320];
    snprintf(name, sizeof name, "%s-%u", world_text(&s->w, s->w.workloads.items[owner].name),
             ordinal);
    return grow_text(s, sv_of(name));
}

static void enter_pods(struct sim *s, uint32_t owner)
{
    world_each_pod_of_workload(&s->w, owner, p) {
        const struct world_pod *pod = &s->w.pods.items[p];
        struct set_slot *slot = slot_of(s, p);
        if (!slot)
            continue;
        *slot = (struct set_slot){p, pod->name, pod->class, pod->claims, pod->claim_count, false};
        bool available = pod->ready && !pod->deleting && pod->phase == POD_RUNNING;
        set_available(&s->owners[owner], pod->ordinal, available);
    }
}

static uint32_t find_claim(const struct sim *s, uint32_t ns, const char *name)
{
    uint32_t id = strings_find(&s->w.strings, sv_of(name));
    for (uint32_t i = 0; id && i < s->w.pvcs.len; i++) {
        const struct world_pvc *c = &s->w.pvcs.items[i];
        if (c->used && c->name == id && c->ns == ns)
            return i;
    }
    return WORLD_NONE;
}

/* The claims that the ordinal left behind: TEMPLATE-SET-ORDINAL. */
static void find_claims(struct sim *s, uint32_t owner, uint32_t ordinal)
{
    const struct world_workload *wl = &s->w.workloads.items[owner];
    struct set_slot *slot = &s->owners[owner].slots[ordinal];
    char name[512];
    slot->claims = (uint32_t)s->w.pod_claims.len;
    for (uint32_t i = 0; i < wl->claim_template_count; i++) {
        snprintf(name, sizeof name, "%s-%s-%u", world_text(&s->w, wl->claim_templates[i]),
                 world_text(&s->w, wl->name), ordinal);
        uint32_t claim = find_claim(s, wl->ns, name);
        if (claim == WORLD_NONE)
            continue;
        must_push(&s->w.pod_claims, claim);
        slot->claim_count++;
    }
}

/* An ordinal that is not there is taken to be like the others. A claim that it does not have yet is
 * left out: nothing is known of the volume that it would get. */
static void enter_missing(struct sim *s, uint32_t owner, uint32_t replicas)
{
    const struct world_workload *wl = &s->w.workloads.items[owner];
    uint32_t class = wl->template;
    if (class == WORLD_NONE && wl->pods != WORLD_NONE)
        class = s->w.pods.items[wl->pods].class;
    for (uint32_t i = 0; i < replicas; i++) {
        struct set_slot *slot = &s->owners[owner].slots[i];
        if (slot->pod != WORLD_NONE)
            continue;
        slot->class = WORLD_NONE;
        set_available(&s->owners[owner], (int32_t)i, !s->whole);
        if (!s->whole)
            continue; /* it may well be there */
        slot->name = name_of_ordinal(s, owner, i);
        slot->class = class;
        find_claims(s, owner, i);
    }
}

/* More than any set has; a snapshot may say anything. */
#define REPLICAS_MAX 100000

void stateful_start(struct sim *s, uint32_t owner)
{
    struct world_workload *wl = &s->w.workloads.items[owner];
    struct owner_state *o = &s->owners[owner];
    if (wl->replicas > REPLICAS_MAX)
        wl->replicas = REPLICAS_MAX;
    uint32_t replicas = wl->replicas > 0 ? (uint32_t)wl->replicas : 0;
    o->slots = mem_must(arena_new_n(&s->arena, struct set_slot, replicas + 1));
    o->available = mem_must(arena_new_n(&s->arena, uint64_t, replicas / 64 + 1));
    for (uint32_t i = 0; i < replicas; i++)
        o->slots[i].pod = WORLD_NONE;
    enter_pods(s, owner);
    enter_missing(s, owner, replicas);
    for (uint32_t i = 0; s->grows && wl->template != WORLD_NONE && i < replicas; i++)
        o->slots[i].class = wl->template;
    advance(s, owner);
}
