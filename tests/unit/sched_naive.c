#include "sched_naive.h"

#include <limits.h>
#include <math.h>

/* ---- pods and terms ---- */

static const struct world_class *class_of(const struct naive *n, uint32_t pod)
{
    return &n->w->classes.items[n->w->pods.items[pod].class];
}

static bool counts(const struct naive *n, uint32_t pod)
{
    const struct world_pod *p = &n->w->pods.items[pod];
    return p->used && p->node != WORLD_NONE && p->phase != POD_SUCCEEDED && p->phase != POD_FAILED;
}

#define each_counted(n, p)                                                                         \
    world_each_pod((n)->w, p)                                                                      \
        if (counts(n, p))

static bool names_space(const struct naive *n, const struct affinity_term *t, uint32_t ns)
{
    for (uint32_t i = 0; i < t->namespace_count; i++)
        if (t->namespaces[i] == ns)
            return true;
    if (t->namespace_selector.nothing)
        return false;
    if (!t->namespace_selector.len)
        return true;
    vec_foreach(space, &n->w->namespaces)
        if (space->used && space->name == ns)
            return selector_matches(&t->namespace_selector, &n->w->strings, space->labels);
    return false;
}

static bool term_matches(const struct naive *n, const struct affinity_term *t, uint32_t pod)
{
    return names_space(n, t, class_of(n, pod)->ns) && world_selects_pod(n->w, &t->pods, pod);
}

static const struct world_node *node_of(const struct naive *n, uint32_t node)
{
    return &n->w->nodes.items[node];
}

/* The value of a key, or -1 without it. */
static int64_t domain(const struct naive *n, uint32_t node, uint32_t key)
{
    struct labels l = node_of(n, node)->labels;
    return labels_has(l, key) ? (int64_t)labels_value(l, key) : -1;
}

static bool same_domain(const struct naive *n, uint32_t a, uint32_t b, uint32_t key)
{
    int64_t d = domain(n, a, key);
    return d >= 0 && d == domain(n, b, key);
}

static uint32_t key_named(const struct naive *n, const char *name)
{
    return strings_find(&n->w->strings, sv_of(name));
}

/* ---- nodes: cordon, taints, affinity ---- */

static bool bears(const struct world_class *c, uint32_t key, uint32_t value, enum taint_effect e)
{
    for (uint32_t i = 0; i < c->toleration_count; i++) {
        const struct toleration *t = &c->tolerations[i];
        bool effect = t->effect == TAINT_ANY || t->effect == e;
        bool named = t->key == key || (!t->key && t->exists);
        if (effect && named && (t->exists || t->value == value))
            return true;
    }
    return false;
}

static const struct taint *bad_taint(const struct naive *n, uint32_t node)
{
    const struct world_node *wn = node_of(n, node);
    for (uint32_t i = 0; i < wn->taint_count; i++) {
        const struct taint *t = &wn->taints[i];
        if (t->effect != TAINT_PREFER_NO_SCHEDULE &&
            !bears(class_of(n, n->pod), t->key, t->value, t->effect))
            return t;
    }
    return NULL;
}

static bool cordoned(const struct naive *n, uint32_t node)
{
    return node_of(n, node)->unschedulable &&
           !bears(class_of(n, n->pod), key_named(n, "node.kubernetes.io/unschedulable"), 0,
                  TAINT_NO_SCHEDULE);
}

static bool wanted(const struct naive *n, uint32_t node)
{
    const struct world_class *c = class_of(n, n->pod);
    const struct world_node *wn = node_of(n, node);
    for (uint32_t i = 0; i < c->node_selector.len; i++)
        if (domain(n, node, c->node_selector.items[i].key) != c->node_selector.items[i].value)
            return false;
    for (uint32_t i = 0; i < c->node_term_count; i++)
        if (node_term_matches(&c->node_terms[i], &n->w->strings, wn->labels, wn->name))
            return true;
    return !c->has_node_terms;
}

/* ---- resources ---- */

static const struct resources *request(const struct naive *n, uint32_t pod)
{
    const struct world_class *c = class_of(n, pod);
    return n->minor >= 28 ? &c->request : &c->request_old;
}

static int64_t scalar(const struct resources *r, uint32_t name)
{
    for (uint32_t i = 0; i < r->scalar_count; i++)
        if (r->scalars[i].name == name)
            return r->scalars[i].amount;
    return 0;
}

struct used {
    int64_t pods, cpu, memory, ephemeral, score_cpu, score_memory;
};

static struct used used_on(const struct naive *n, uint32_t node)
{
    struct used u = {0};
    each_counted(n, p)
    {
        if (n->w->pods.items[p].node != node)
            continue;
        u.pods++;
        u.cpu += request(n, p)->cpu;
        u.memory += request(n, p)->memory;
        u.ephemeral += request(n, p)->ephemeral;
        u.score_cpu += class_of(n, p)->score_cpu;
        u.score_memory += class_of(n, p)->score_memory;
    }
    return u;
}

static bool lacks(const struct naive *n, int64_t asked, int64_t used, int64_t total)
{
    return (asked || n->minor < 28) && asked + used > total;
}

static void fit(const struct naive *n, uint32_t node, struct str *out)
{
    const struct resources *r = request(n, n->pod), *a = &node_of(n, node)->allocatable;
    struct used u = used_on(n, node);
    if (u.pods + 1 > node_of(n, node)->max_pods)
        str_adds(out, "Too many pods\n");
    if (!r->cpu && !r->memory && !r->ephemeral && !r->scalar_count)
        return;
    if (lacks(n, r->cpu, u.cpu, a->cpu))
        str_adds(out, "Insufficient cpu\n");
    if (lacks(n, r->memory, u.memory, a->memory))
        str_adds(out, "Insufficient memory\n");
    if (lacks(n, r->ephemeral, u.ephemeral, a->ephemeral))
        str_adds(out, "Insufficient ephemeral-storage\n");
    for (uint32_t i = 0; i < r->scalar_count; i++) {
        int64_t sum = 0;
        each_counted(n, p) if (n->w->pods.items[p].node == node) sum +=
            scalar(request(n, p), r->scalars[i].name);
        if (lacks(n, r->scalars[i].amount, sum, scalar(a, r->scalars[i].name)))
            str_addf(out, "Insufficient %s\n", world_text(n->w, r->scalars[i].name));
    }
}

/* ---- ports ---- */

static bool ports_free(const struct naive *n, uint32_t node)
{
    const struct world_class *c = class_of(n, n->pod);
    each_counted(n, p)
    {
        const struct world_class *o = class_of(n, p);
        if (n->w->pods.items[p].node != node)
            continue;
        for (uint32_t i = 0; i < c->port_count; i++)
            for (uint32_t j = 0; j < o->port_count; j++)
                if (c->ports[i].port == o->ports[j].port &&
                    c->ports[i].protocol == o->ports[j].protocol &&
                    (c->ports[i].ip == o->ports[j].ip || !c->ports[i].ip || !o->ports[j].ip))
                    return false;
    }
    return true;
}

/* ---- volumes, all of them bound ---- */

static uint32_t claim_of(const struct naive *n, uint32_t pod, uint32_t i)
{
    return n->w->pod_claims.items[n->w->pods.items[pod].claims + i];
}

static const struct world_pv *volume_of(const struct naive *n, uint32_t claim)
{
    return &n->w->pvs.items[n->w->pvcs.items[claim].pv];
}

static bool claim_on(const struct naive *n, uint32_t node, uint32_t claim)
{
    each_counted(n, p)
    {
        if (n->w->pods.items[p].node != node)
            continue;
        for (uint32_t i = 0; i < n->w->pods.items[p].claim_count; i++)
            if (claim_of(n, p, i) == claim)
                return true;
    }
    if (n->minor < 32)
        return false;
    vec_foreach(a, &n->w->attachments)
        if (a->used && a->node == node && n->w->pvs.items[a->pv].claim == claim)
            return true;
    return false;
}

static bool within_limits(const struct naive *n, uint32_t node)
{
    const struct world_node *wn = node_of(n, node);
    const struct world_pod *pod = &n->w->pods.items[n->pod];
    for (uint32_t d = 0; d < wn->csi_count; d++) {
        int64_t there = 0, fresh = 0;
        for (uint32_t c = 0; c < n->w->pvcs.len; c++)
            there += volume_of(n, c)->driver == wn->csi[d].driver && claim_on(n, node, c);
        for (uint32_t i = 0; i < pod->claim_count; i++) {
            uint32_t c = claim_of(n, n->pod, i);
            fresh += volume_of(n, c)->driver == wn->csi[d].driver && !claim_on(n, node, c);
        }
        if (fresh && wn->csi[d].count >= 0 && there + fresh > wn->csi[d].count)
            return false;
    }
    return true;
}

static bool volume_reaches(const struct naive *n, uint32_t node)
{
    const struct world_node *wn = node_of(n, node);
    for (uint32_t i = 0; i < n->w->pods.items[n->pod].claim_count; i++) {
        const struct world_pv *pv = volume_of(n, claim_of(n, n->pod, i));
        bool any = !pv->node_term_count;
        for (uint32_t t = 0; t < pv->node_term_count; t++)
            any |= node_term_matches(&pv->node_terms[t], &n->w->strings, wn->labels, wn->name);
        if (!any)
            return false;
    }
    return true;
}

static bool once_free(const struct naive *n)
{
    if (n->minor < 27)
        return true;
    for (uint32_t i = 0; i < n->w->pods.items[n->pod].claim_count; i++) {
        uint32_t c = claim_of(n, n->pod, i);
        if (!(n->w->pvcs.items[c].access & ACCESS_RWOP))
            continue;
        world_each_node(n->w, node)
            each_counted(n, p) if (n->w->pods.items[p].node ==
                                   node) for (uint32_t k = 0; k < n->w->pods.items[p].claim_count;
                                              k++) if (claim_of(n, p, k) == c) return false;
    }
    return true;
}

/* ---- topology spread ---- */

static bool has_all_keys(const struct naive *n, uint32_t node, bool hard)
{
    const struct world_class *c = class_of(n, n->pod);
    for (uint32_t i = 0; i < c->spread_count; i++)
        if (c->spreads[i].hard == hard && domain(n, node, c->spreads[i].topology_key) < 0)
            return false;
    return true;
}

static bool eligible(const struct naive *n, uint32_t node, const struct spread *s, bool hard)
{
    bool policies = n->minor >= 26;
    if (!has_all_keys(n, node, hard))
        return false;
    if (!(policies && s->ignore_affinity) && !wanted(n, node))
        return false;
    return !(policies && s->honor_taints) || (!cordoned(n, node) && !bad_taint(n, node));
}

static bool spreads_with(const struct naive *n, const struct spread *s, uint32_t pod)
{
    return !n->w->pods.items[pod].deleting && class_of(n, pod)->ns == class_of(n, n->pod)->ns &&
           world_selects_pod(n->w, &s->pods, pod);
}

static int64_t spread_count(const struct naive *n, const struct spread *s, uint32_t node, bool hard)
{
    int64_t count = 0;
    bool anywhere = hard && n->minor < 22;
    each_counted(n, p)
    {
        uint32_t on = n->w->pods.items[p].node;
        if (same_domain(n, on, node, s->topology_key) && spreads_with(n, s, p) &&
            (anywhere || eligible(n, on, s, hard)))
            count++;
    }
    return count;
}

/* Pods of a domain without any eligible node are not looked at. */
static bool is_a_domain(const struct naive *n, const struct spread *s, uint32_t node)
{
    world_each_node(n->w, other)
        if (same_domain(n, other, node, s->topology_key) && eligible(n, other, s, true))
            return true;
    return false;
}

static bool spread_allows(const struct naive *n, const struct spread *s, uint32_t node)
{
    int64_t low = INT_MAX, domains = 0;
    world_each_node(n->w, other) {
        bool first = eligible(n, other, s, true);
        for (uint32_t before = 0; before < other && first; before++)
            first = !(n->w->nodes.items[before].used && eligible(n, before, s, true) &&
                      same_domain(n, before, other, s->topology_key));
        if (!first)
            continue;
        domains++;
        int64_t count = spread_count(n, s, other, true);
        low = count < low ? count : low;
    }
    if (n->minor >= 25 && domains < (s->min_domains > 0 ? s->min_domains : 1))
        low = 0;
    int64_t self = class_of(n, n->pod)->ns == class_of(n, n->pod)->ns &&
                   world_selects_pod(n->w, &s->pods, n->pod);
    int64_t here = is_a_domain(n, s, node) ? spread_count(n, s, node, true) : 0;
    return here + self - low <= s->max_skew;
}

static void spread(const struct naive *n, uint32_t node, struct str *out)
{
    const struct world_class *c = class_of(n, n->pod);
    for (uint32_t i = 0; i < c->spread_count && !out->len; i++) {
        if (!c->spreads[i].hard)
            continue;
        if (domain(n, node, c->spreads[i].topology_key) < 0)
            str_adds(out, "node(s) didn't match pod topology spread constraints (missing required "
                          "label)\n");
        else if (!spread_allows(n, &c->spreads[i], node))
            str_adds(out, "node(s) didn't match pod topology spread constraints\n");
    }
}

/* ---- affinity ---- */

static bool matches_all(const struct naive *n, uint32_t pod)
{
    const struct world_class *c = class_of(n, n->pod);
    for (uint32_t i = 0; i < c->affinity_count; i++)
        if (!term_matches(n, &c->affinity[i], pod))
            return false;
    return true;
}

static bool affinity_holds(const struct naive *n, uint32_t node)
{
    const struct world_class *c = class_of(n, n->pod);
    bool everywhere = true, anywhere = false;
    for (uint32_t i = 0; i < c->affinity_count; i++) {
        bool here = false;
        uint32_t key = c->affinity[i].topology_key;
        if (domain(n, node, key) < 0)
            return false;
        each_counted(n, p) if (matches_all(n, p))
        {
            here |= same_domain(n, n->w->pods.items[p].node, node, key);
            anywhere |= domain(n, n->w->pods.items[p].node, key) >= 0;
        }
        everywhere &= here;
    }
    return everywhere || (!anywhere && matches_all(n, n->pod));
}

static bool anti_affinity_holds(const struct naive *n, uint32_t node)
{
    const struct world_class *c = class_of(n, n->pod);
    for (uint32_t i = 0; i < c->anti_affinity_count; i++)
        each_counted(n, p) if (term_matches(n, &c->anti_affinity[i], p) &&
                               same_domain(n, n->w->pods.items[p].node, node,
                                           c->anti_affinity[i].topology_key)) return false;
    return true;
}

static bool others_allow(const struct naive *n, uint32_t node)
{
    each_counted(n, p)
    {
        const struct world_class *c = class_of(n, p);
        for (uint32_t i = 0; i < c->anti_affinity_count; i++)
            if (term_matches(n, &c->anti_affinity[i], n->pod) &&
                same_domain(n, n->w->pods.items[p].node, node, c->anti_affinity[i].topology_key))
                return false;
    }
    return true;
}

static void pod_affinity(const struct naive *n, uint32_t node, struct str *out)
{
    const char *specific =
        !affinity_holds(n, node)        ? "node(s) didn't match pod affinity rules\n"
        : !anti_affinity_holds(n, node) ? "node(s) didn't match pod anti-affinity rules\n"
        : !others_allow(n, node) ? "node(s) didn't satisfy existing pods anti-affinity rules\n"
                                 : NULL;
    if (specific && n->minor == 20)
        str_adds(out, "node(s) didn't match pod affinity/anti-affinity\n");
    if (specific && n->minor == 21)
        str_adds(out, "node(s) didn't match pod affinity/anti-affinity rules\n");
    if (specific)
        str_adds(out, specific);
}

/* ---- all filters ---- */

/* Since 1.25 the terms' names narrow the list of nodes before any filter runs. */
static bool left_out(const struct naive *n, uint32_t node)
{
    const struct world_class *c = class_of(n, n->pod);
    bool out = n->minor >= 25 && c->node_term_count;
    for (uint32_t i = 0; i < c->node_term_count; i++) {
        bool here = true;
        for (uint32_t f = 0; f < c->node_terms[i].field_count; f++)
            here &= requirement_matches(&c->node_terms[i].fields[f], &n->w->strings, true,
                                        node_of(n, node)->name);
        out &= c->node_terms[i].field_count && !here;
    }
    return out;
}

static void taint_reason(const struct naive *n, uint32_t node, struct str *out)
{
    const struct taint *t = bad_taint(n, node);
    const char *key = world_text(n->w, t->key), *value = world_text(n->w, t->value);
    if (n->minor < 24)
        str_addf(out, "node(s) had taint {%s: %s}, that the pod didn't tolerate\n", key, value);
    else if (n->minor < 35)
        str_addf(out, "node(s) had untolerated taint {%s: %s}\n", key, value);
    else
        str_adds(out, "node(s) had untolerated taint(s)\n");
}

bool naive_passes(const struct naive *n, uint32_t node, struct str *out)
{
    size_t before = out->len;
    if (left_out(n, node))
        str_adds(out, n->minor < 30 ? "node(s) didn't match Pod's node affinity/selector\n"
                                    : "node(s) didn't satisfy plugin(s) [NodeAffinity]\n");
    else if (cordoned(n, node))
        str_adds(out, "node(s) were unschedulable\n");
    else if (bad_taint(n, node))
        taint_reason(n, node, out);
    else if (!wanted(n, node))
        str_adds(out, n->minor < 22 ? "node(s) didn't match Pod's node affinity\n"
                                    : "node(s) didn't match Pod's node affinity/selector\n");
    else if (!ports_free(n, node))
        str_adds(out, "node(s) didn't have free ports for the requested pod ports\n");
    if (out->len == before)
        fit(n, node, out);
    if (out->len == before && !once_free(n))
        str_adds(out, "node has pod using PersistentVolumeClaim with the same name and "
                      "ReadWriteOncePod access mode\n");
    if (out->len == before && !within_limits(n, node))
        str_adds(out, "node(s) exceed max volume count\n");
    if (out->len == before && !volume_reaches(n, node))
        str_adds(out, "node(s) had volume node affinity conflict\n");
    if (out->len == before) {
        struct str own = {0};
        spread(n, node, &own);
        str_addv(out, str_sv(&own));
        str_release(&own);
    }
    if (out->len == before)
        pod_affinity(n, node, out);
    return out->len == before;
}
