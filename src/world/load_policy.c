/* Budgets, priorities, namespaces, autoscalers. */
#include "world/load_internal.h"

/* ---- PodDisruptionBudget ---- */

static void read_int_or_percent(struct load *l, struct pull *p, struct int_or_percent *out)
{
    struct sv text;
    uint64_t n;
    *out = (struct int_or_percent){0};
    if (pull_peek(p) == PULL_NUMBER) {
        out->set = true;
        load_int(p, &out->value);
    } else if (pull_string(p, &text)) {
        out->percent = true;
        out->set = sv_ends(text, "%") && sv_to_u64(sv_n(text.ptr, text.len - 1), &n);
        if (out->set)
            out->value = n > INT32_MAX ? INT32_MAX : (int32_t)n;
        else
            load_note(l, "\"%.*s\" is neither a number nor a percentage: taken as not written",
                      text.len > 32 ? 32 : (int)text.len, text.ptr);
    }
    if (out->set && out->value < 0) {
        load_note(l, "%d is negative: taken as 0", out->value);
        out->value = 0;
    }
}

static void read_pdb_spec(struct load *l, struct pull *p, struct world_pdb *pdb)
{
    struct sv key;
    each_key(p, key)
    {
        if (KEY(key, "minAvailable"))
            read_int_or_percent(l, p, &pdb->min_available);
        else if (KEY(key, "maxUnavailable"))
            read_int_or_percent(l, p, &pdb->max_unavailable);
        else if (KEY(key, "selector"))
            load_selector(l, p, &pdb->selector);
        else if (KEY(key, "unhealthyPodEvictionPolicy"))
            pdb->unhealthy = load_is(p, "AlwaysAllow") ? UNHEALTHY_ALWAYS : UNHEALTHY_IF_BUDGET;
        else
            pull_skip(p);
    }
}

static void read_disrupted(struct load *l, struct pull *p, struct world_pdb *pdb)
{
    struct sv key;
    l->disrupted_list.len = 0;
    each_key(p, key)
    {
        struct disrupted_pod d = {.name = strings_put(&l->w->strings, key)};
        load_time(p, &d.since);
        push_entry(p, &l->disrupted_list, d);
    }
    pdb->disrupted = load_keep_list(l, &l->disrupted_list);
    pdb->disrupted_count = (uint32_t)l->disrupted_list.len;
}

static void read_pdb_status(struct load *l, struct pull *p, struct world_pdb *pdb)
{
    struct sv key;
    each_key(p, key)
    {
        if (KEY(key, "expectedPods"))
            load_int(p, &pdb->expected);
        else if (KEY(key, "desiredHealthy"))
            load_int(p, &pdb->desired);
        else if (KEY(key, "currentHealthy"))
            load_int(p, &pdb->healthy);
        else if (KEY(key, "disruptionsAllowed"))
            load_int(p, &pdb->allowed);
        else if (KEY(key, "observedGeneration"))
            pull_i64(p, &pdb->observed_generation);
        else if (KEY(key, "disruptedPods"))
            read_disrupted(l, p, pdb);
        else
            pull_skip(p);
    }
}

static void pdb_begin(struct load *l)
{
    struct world_pdb *pdb = l->state;
    pdb->selector.nothing = true;
    pdb->v1beta1 = sv_ends(l->api_version, "/v1beta1");
}

static void pdb_field(struct load *l, struct pull *p, struct sv key)
{
    if (KEY(key, "spec"))
        read_pdb_spec(l, p, l->state);
    else if (KEY(key, "status"))
        read_pdb_status(l, p, l->state);
    else
        pull_skip(p);
}

static void pdb_end(struct load *l)
{
    struct world_pdb *pdb = l->state;
    pdb->ns = l->meta.ns;
    pdb->name = l->meta.name;
    pdb->uid = l->meta.uid;
    pdb->used = true;
    pdb->generation = l->meta.generation;
    load_enter(l, BY_NAME_PDB, pdb->ns, &l->w->pdbs, *pdb);
}

/* ---- PriorityClass ---- */

static void priority_field(struct load *l, struct pull *p, struct sv key)
{
    struct world_priority_class *c = l->state;
    if (KEY(key, "value"))
        load_int(p, &c->value);
    else if (KEY(key, "globalDefault"))
        load_flag(p, &c->is_default);
    else if (KEY(key, "preemptionPolicy"))
        c->preempt_never = load_is(p, "Never");
    else
        pull_skip(p);
}

static void priority_end(struct load *l)
{
    struct world_priority_class *c = l->state;
    c->name = l->meta.name;
    c->used = true;
    load_enter(l, BY_NAME_PRIORITY_CLASS, 0, &l->w->priority_classes, *c);
}

/* ---- Namespace ---- */

static void namespace_field(struct load *l, struct pull *p, struct sv key)
{
    struct world_namespace *ns = l->state;
    struct sv inner;
    if (!KEY(key, "status")) {
        pull_skip(p);
        return;
    }
    each_key(p, inner)
    {
        if (KEY(inner, "phase"))
            ns->terminating = load_is(p, "Terminating");
        else
            pull_skip(p);
    }
}

static void namespace_end(struct load *l)
{
    struct world_namespace *ns = l->state;
    uint32_t inject = strings_find(&l->w->strings, SV("elbv2.k8s.aws/pod-readiness-gate-inject"));
    ns->name = l->meta.name;
    ns->used = true;
    ns->terminating |= l->meta.deleting != 0;
    ns->labels = load_keep_labels(l, l->meta.labels);
    ns->lb_gate_inject =
        inject && sv_is(strings_get(&l->w->strings, labels_value(ns->labels, inject)), "enabled");
    load_enter(l, BY_NAME_NAMESPACE, 0, &l->w->namespaces, *ns);
}

/* ---- HorizontalPodAutoscaler ---- */

struct hpa_state {
    struct world_hpa hpa;
    struct hpa_ref ref;
};

static void hpa_begin(struct load *l)
{
    struct hpa_state *s = l->state;
    s->hpa.min = 1;
}

static void read_target(struct load *l, struct pull *p, struct hpa_ref *ref)
{
    struct sv key;
    each_key(p, key)
    {
        if (KEY(key, "kind"))
            load_text_id(l, p, &ref->kind);
        else if (KEY(key, "name"))
            load_text_id(l, p, &ref->name);
        else
            pull_skip(p);
    }
}

/* spec and status have no field of one name. */
static void hpa_field(struct load *l, struct pull *p, struct sv key)
{
    struct hpa_state *s = l->state;
    struct sv inner;
    if (!KEY(key, "spec") && !KEY(key, "status")) {
        pull_skip(p);
        return;
    }
    each_key(p, inner)
    {
        if (KEY(inner, "minReplicas"))
            load_int(p, &s->hpa.min);
        else if (KEY(inner, "maxReplicas"))
            load_int(p, &s->hpa.max);
        else if (KEY(inner, "currentReplicas"))
            load_int(p, &s->hpa.current);
        else if (KEY(inner, "scaleTargetRef"))
            read_target(l, p, &s->ref);
        else
            pull_skip(p);
    }
}

static void hpa_end(struct load *l)
{
    struct hpa_state *s = l->state;
    s->hpa.ns = l->meta.ns;
    s->hpa.name = l->meta.name;
    s->hpa.used = true;
    s->hpa.target = WORLD_NONE;
    uint32_t at = load_enter(l, BY_NAME_HPA, s->hpa.ns, &l->w->hpas, s->hpa);
    load_refer(&l->hpa_refs, at, s->ref);
}

const struct load_kind load_policy_kinds[] = {
    {"PodDisruptionBudget",
     {"policy"},
     LOAD_NAMESPACED,
     sizeof(struct world_pdb),
     pdb_begin,
     pdb_field,
     pdb_end},
    {"PriorityClass",
     {"scheduling.k8s.io"},
     LOAD_CLUSTER,
     sizeof(struct world_priority_class),
     NULL,
     priority_field,
     priority_end},
    {"Namespace",
     {""},
     LOAD_CLUSTER,
     sizeof(struct world_namespace),
     NULL,
     namespace_field,
     namespace_end},
    {"HorizontalPodAutoscaler",
     {"autoscaling"},
     LOAD_NAMESPACED,
     sizeof(struct hpa_state),
     hpa_begin,
     hpa_field,
     hpa_end},
    {0},
};
