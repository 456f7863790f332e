/* What a pod asks for: requests are added up as k8s.io/component-helpers resource.PodRequests does
 * (1.28 and newer: sidecars; 1.34: pod-level resources), and as the scheduler of 1.20 did it. */
#include "world/load_internal.h"

/* For scores a container without a request asks for this: scheduler/util GetNonzeroRequests. */
#define DEFAULT_CPU 100
#define DEFAULT_MEMORY ((int64_t)200 << 20)

static int64_t amount_of(const struct resources *r, uint32_t name)
{
    for (uint32_t i = 0; i < r->scalar_count; i++)
        if (r->scalars[i].name == name)
            return r->scalars[i].amount;
    return -1;
}

enum join { JOIN_ADD, JOIN_MAX, JOIN_DEFAULT };

/* Never above the limit of a single amount, however many containers there are. */
static int64_t join(int64_t a, int64_t b, enum join how)
{
    if (how == JOIN_ADD)
        return a + b < AMOUNT_MAX ? a + b : AMOUNT_MAX;
    return how == JOIN_MAX && b > a ? b : a;
}

/* Both lists are sorted by name. JOIN_DEFAULT keeps what a has and adds what only b has. */
static void join_scalars(struct load *l, struct resources *a, const struct resources *b,
                         enum join how)
{
    if (!b->scalar_count)
        return;
    struct scalar *out =
        mem_must(arena_new_n(&l->scratch, struct scalar, a->scalar_count + b->scalar_count));
    uint32_t i = 0, k = 0, n = 0;
    while (n < LOAD_SCALARS_MAX && (i < a->scalar_count || k < b->scalar_count)) {
        bool left = k == b->scalar_count ||
                    (i < a->scalar_count && a->scalars[i].name <= b->scalars[k].name);
        bool right = i == a->scalar_count ||
                     (k < b->scalar_count && b->scalars[k].name <= a->scalars[i].name);
        out[n] = left ? a->scalars[i] : b->scalars[k];
        if (left && right)
            out[n].amount = join(a->scalars[i].amount, b->scalars[k].amount, how);
        i += left;
        k += right;
        n++;
    }
    if (i < a->scalar_count || k < b->scalar_count)
        load_note(l, "more than %u different resources: the others are left out", LOAD_SCALARS_MAX);
    a->scalars = out;
    a->scalar_count = n;
}

static void join_resources(struct load *l, struct resources *a, const struct resources *b,
                           enum join how)
{
    a->cpu = join(a->cpu, b->cpu, how);
    a->memory = join(a->memory, b->memory, how);
    a->ephemeral = join(a->ephemeral, b->ephemeral, how);
    join_scalars(l, a, b, how);
}

/* The API server sets a missing request to the limit. */
static void default_requests(struct load *l, struct load_container *c)
{
    unsigned missing = c->has_limits & ~c->has_requests;
    if (missing & SEEN_CPU)
        c->requests.cpu = c->limits.cpu;
    if (missing & SEEN_MEMORY)
        c->requests.memory = c->limits.memory;
    if (missing & SEEN_EPHEMERAL)
        c->requests.ephemeral = c->limits.ephemeral;
    c->has_requests |= missing;
    join_scalars(l, &c->requests, &c->limits, JOIN_DEFAULT);
}

static struct resources nonzero(const struct load_container *c)
{
    return (struct resources){
        .cpu = c->has_requests & SEEN_CPU ? c->requests.cpu : DEFAULT_CPU,
        .memory = c->has_requests & SEEN_MEMORY ? c->requests.memory : DEFAULT_MEMORY,
    };
}

static void add_init(struct load *l, struct pod_amounts *a, const struct load_container *c)
{
    struct resources step = c->requests, scored = nonzero(c);
    join_resources(l, &a->old_init_max, &c->requests, JOIN_MAX);
    join_resources(l, &step, &a->sidecars, JOIN_ADD);
    join_resources(l, &scored, &a->nonzero_sidecars, JOIN_ADD);
    join_resources(l, &a->init_max, &step, JOIN_MAX);
    join_resources(l, &a->nonzero_init, &scored, JOIN_MAX);
    if (!c->sidecar)
        return;
    a->sidecars = step;
    a->nonzero_sidecars = scored;
    struct resources own = nonzero(c);
    join_resources(l, &a->sum, &c->requests, JOIN_ADD);
    join_resources(l, &a->nonzero, &own, JOIN_ADD);
}

void load_add_amounts(struct load *l, struct pod_amounts *a, struct load_container *c, bool init)
{
    default_requests(l, c);
    if (init) {
        add_init(l, a, c);
        return;
    }
    struct resources own = nonzero(c);
    join_resources(l, &a->sum, &c->requests, JOIN_ADD);
    join_resources(l, &a->old_sum, &c->requests, JOIN_ADD);
    join_resources(l, &a->nonzero, &own, JOIN_ADD);
}

/* Pod-level amounts take the place of what the containers add up to, where they are written. */
static void override(struct load *l, struct resources *r, const struct pod_amounts *a)
{
    if (a->pod_level_seen & SEEN_CPU)
        r->cpu = a->pod_level.cpu;
    if (a->pod_level_seen & SEEN_MEMORY)
        r->memory = a->pod_level.memory;
    for (uint32_t i = 0; i < r->scalar_count; i++) {
        int64_t n = amount_of(&a->pod_level, r->scalars[i].name);
        if (n >= 0)
            ((struct scalar *)(uintptr_t)r->scalars)[i].amount = n;
    }
    join_scalars(l, r, &a->pod_level, JOIN_DEFAULT);
}

static void keep_amounts(struct load *l, struct resources *out, const struct resources *r)
{
    *out = *r;
    out->scalars = load_keep(l, r->scalars, r->scalar_count, sizeof *r->scalars);
}

void load_amounts_finish(struct load *l, struct pod_amounts *a, struct world_class *c)
{
    join_resources(l, &a->sum, &a->init_max, JOIN_MAX);
    join_resources(l, &a->old_sum, &a->old_init_max, JOIN_MAX);
    join_resources(l, &a->nonzero, &a->nonzero_init, JOIN_MAX);
    override(l, &a->sum, a);
    if (a->pod_level_seen & SEEN_CPU)
        a->nonzero.cpu = a->pod_level.cpu;
    if (a->pod_level_seen & SEEN_MEMORY)
        a->nonzero.memory = a->pod_level.memory;
    join_resources(l, &a->sum, &a->overhead, JOIN_ADD);
    join_resources(l, &a->old_sum, &a->overhead, JOIN_ADD);
    join_resources(l, &a->nonzero, &a->overhead, JOIN_ADD);
    keep_amounts(l, &c->request, &a->sum);
    keep_amounts(l, &c->request_old, &a->old_sum);
    c->score_cpu = a->nonzero.cpu;
    c->score_memory = a->nonzero.memory;
}
