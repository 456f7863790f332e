/*
 * CPU architectures: an image is built for some of them, and nothing in a cluster says for which.
 * Told are pods that have never been Ready on one where they may come up next.
 */
#include "base/must.h"
#include "rules/nodes/internal.h"
#include "sched/shape.h"
#include "world/instance.h"

enum arch { ARCH_UNKNOWN, ARCH_AMD64, ARCH_ARM64, ARCHES };

static const char *const names[ARCHES] = {"", "amd64", "arm64"};

static enum arch arch_named(struct sv name)
{
    for (enum arch a = ARCH_AMD64; a < ARCHES; a++)
        if (sv_is(name, names[a]))
            return a;
    return ARCH_UNKNOWN;
}

/* By its label, else by its instance type. */
static enum arch arch_of(const struct finder *f, const struct world_node *node)
{
    static const char *const keys[] = {"kubernetes.io/arch", "beta.kubernetes.io/arch"};
    const struct strings *t = &f->w->strings;
    struct instance_type type;
    for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
        uint32_t key = strings_find(t, sv_of(keys[i]));
        if (key && labels_has(node->labels, key))
            return arch_named(strings_get(t, labels_value(node->labels, key)));
    }
    if (node->instance_type &&
        instance_lookup(f->cloud, strings_get(t, node->instance_type), &type))
        return arch_named(sv_of(type.arch));
    return ARCH_UNKNOWN;
}

/* ---- where pods have run ---- */

/* By workload: a bit for each architecture on which one of its pods is Ready. */
static uint8_t *find_proven(const struct finder *f)
{
    uint8_t *proven = mem_must(calloc(f->w->workloads.len + 1, 1));
    world_each_node(f->w, n) {
        uint8_t bit = (uint8_t)(1u << arch_of(f, &f->w->nodes.items[n]));
        world_each_pod_of_node(f->w, n, p) {
            uint32_t owner = world_top_owner(f->w, p);
            if (owner != WORLD_NONE && f->w->pods.items[p].ready)
                proven[owner] |= bit;
        }
    }
    return proven;
}

/* ---- where they may go ---- */

static bool takes(const struct finder *f, const struct world_class *c,
                  const struct world_node *node)
{
    return placement_selects(f, c, node) &&
           !taint_not_borne(c->tolerations, c->toleration_count, node);
}

/* An architecture of the homes that take the pods and on which they have not been seen. */
static enum arch unproven_home(const struct finder *f, const struct unit *u, uint8_t proven)
{
    vec_foreach(home, &f->homes) {
        enum arch a = arch_of(f, *home);
        if (a != ARCH_UNKNOWN && !(proven & 1u << a) && takes(f, unit_class(f, u), *home))
            return a;
    }
    return ARCH_UNKNOWN;
}

static void look_at(struct finder *f, const struct unit *u, uint8_t proven)
{
    enum arch from = arch_of(f, &f->w->nodes.items[f->w->pods.items[u->pod].node]);
    if (from == ARCH_UNKNOWN || u->workload == WORLD_NONE)
        return;
    enum arch to = unproven_home(f, u, proven | (uint8_t)(1u << from));
    if (to == ARCH_UNKNOWN)
        return;
    struct nodes_risk *risk = risk_add(f, u, "other-architecture");
    risk_text(risk,
              "runs on %s and may come up on %s, where none of its pods is Ready: an image that "
              "is not built for %s does not start there",
              names[from], names[to], names[to]);
    risk_fix(risk,
             "see that all its images (of init containers, too) are built for linux/%s (docker "
             "manifest inspect IMAGE), or keep it with nodeSelector kubernetes.io/arch=%s on "
             "nodes that stay %s",
             names[to], names[from], names[from]);
}

static bool homes_differ(const struct finder *f)
{
    unsigned seen = 0;
    for (uint32_t i = 0; i < f->count; i++)
        seen |= 1u << arch_of(f, &f->w->nodes.items[f->nodes[i]]);
    vec_foreach(home, &f->homes)
        seen |= 1u << arch_of(f, *home);
    return seen & 1u << ARCH_AMD64 && seen & 1u << ARCH_ARM64;
}

void rule_architectures(struct finder *f)
{
    if (!homes_differ(f))
        return;
    _cleanup_free_ uint8_t *proven = find_proven(f);
    vec_foreach(u, &f->units)
        look_at(f, u, u->workload == WORLD_NONE ? 0 : proven[u->workload]);
}
