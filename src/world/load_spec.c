/* The spec of a pod or of a template, as a class. */
#include "world/load_internal.h"

#define POD_NAME_LABEL "statefulset.kubernetes.io/pod-name"
#define POD_INDEX_LABEL "apps.kubernetes.io/pod-index"
#define HOST_NAME_FIELD "metadata.name"

struct labels load_class_labels(struct load *l, struct labels own, bool of_stateful_set)
{
    struct label *kept =
        own.len ? mem_must(arena_new_n(&l->w->arena, struct label, own.len)) : NULL;
    struct labels out = {kept, 0};
    for (uint32_t i = 0; i < own.len; i++) {
        struct sv key = strings_get(&l->w->strings, own.items[i].key);
        bool each = KEY(key, POD_NAME_LABEL) || KEY(key, POD_INDEX_LABEL);
        if (!of_stateful_set || !each)
            kept[out.len++] = own.items[i];
    }
    return out;
}

void load_class_annotations(const struct meta *m, struct world_class *c)
{
    c->safe_to_evict_no = m->annotation.safe_to_evict_no;
    c->do_not_disrupt = m->annotation.do_not_disrupt;
}

/* ---- volumes ---- */

static void read_claim(struct load *l, struct pull *p)
{
    struct claim_ref c = {.ns = l->meta.ns};
    struct sv key;
    each_key(p, key)
    {
        if (KEY(key, "claimName"))
            load_text_id(l, p, &c.name);
        else
            pull_skip(p);
    }
    if (c.name)
        must_push(&l->claims, c);
}

/* The claim of an ephemeral volume is POD-VOLUME. */
static void add_ephemeral(struct load *l, struct sv volume, uint32_t pod)
{
    struct claim_ref c = {.ns = l->meta.ns};
    if (!pod)
        return;
    c.name = strings_puts(&l->w->strings,
                          mem_must(arena_fmt(&l->scratch, "%s-%.*s", strings_c(&l->w->strings, pod),
                                             SV_ARG(volume))));
    must_push(&l->claims, c);
}

static void read_volume(struct load *l, struct pull *p, struct world_class *c, uint32_t pod)
{
    struct sv key, name = SV("");
    bool ephemeral = false;
    each_key(p, key)
    {
        if (KEY(key, "name")) {
            pull_string(p, &name);
        } else if (KEY(key, "persistentVolumeClaim")) {
            read_claim(l, p);
        } else {
            bool is_map = pull_peek(p) == PULL_MAP;
            ephemeral |= is_map && KEY(key, "ephemeral");
            c->empty_dir |= is_map && KEY(key, "emptyDir");
            c->host_path |= is_map && KEY(key, "hostPath");
            pull_skip(p);
        }
    }
    if (ephemeral)
        add_ephemeral(l, name, pod);
}

/* ---- other parts ---- */

static void read_gates(struct pull *p, struct world_class *c)
{
    struct sv key, text;
    each_item(p, gate)
    {
        c->readiness_gates += c->readiness_gates < UINT8_MAX;
        each_key(p, key)
        {
            if (!KEY(key, "conditionType"))
                pull_skip(p);
            else if (pull_string(p, &text) &&
                     (sv_starts(text, "target-health.elbv2.k8s.aws/") ||
                      sv_starts(text, "target-health.alb.ingress.k8s.aws/")))
                c->lb_gates += c->lb_gates < UINT8_MAX;
        }
    }
}

static void read_pod_resources(struct load *l, struct pull *p, struct pod_amounts *a)
{
    struct sv key;
    each_key(p, key)
    {
        if (KEY(key, "requests"))
            a->pod_level_seen = load_resources(l, p, &a->pod_level, NULL);
        else
            pull_skip(p);
    }
}

static bool read_containers(struct load *l, struct pull *p, struct world_class *c,
                            struct pod_amounts *a, struct sv key)
{
    if (KEY(key, "containers"))
        load_containers(l, p, c, a, false);
    else if (KEY(key, "initContainers"))
        load_containers(l, p, c, a, true);
    else if (KEY(key, "overhead"))
        load_resources(l, p, &a->overhead, NULL);
    else if (KEY(key, "resources"))
        read_pod_resources(l, p, a);
    else
        return false;
    return true;
}

static bool read_placing(struct load *l, struct pull *p, struct labels own, struct world_class *c,
                         struct sv key)
{
    if (KEY(key, "affinity"))
        load_affinity(l, p, own, c);
    else if (KEY(key, "nodeSelector"))
        c->node_selector = load_labels(l, p, &l->w->arena);
    else if (KEY(key, "tolerations"))
        load_tolerations(l, p, c);
    else if (KEY(key, "topologySpreadConstraints"))
        load_spreads(l, p, own, c);
    else if (KEY(key, "schedulerName"))
        load_text_id(l, p, &c->scheduler);
    else
        return false;
    return true;
}

static bool read_priority(struct load *l, struct pull *p, struct world_class *c,
                          struct spec_extra *x, struct sv key)
{
    if (KEY(key, "priority")) {
        load_int(p, &c->priority);
    } else if (KEY(key, "priorityClassName")) {
        load_text_id(l, p, &c->priority_class);
    } else if (KEY(key, "preemptionPolicy")) {
        c->preempt_never = load_is(p, "Never");
    } else if (KEY(key, "nodeName")) {
        load_text_id(l, p, &x->node);
    } else {
        return false;
    }
    return true;
}

static void read_life(struct load *l, struct pull *p, struct world_class *c, struct spec_extra *x,
                      struct sv key)
{
    struct sv text;
    if (KEY(key, "volumes")) {
        each_item(p, volume) read_volume(l, p, c, x->pod_name);
    } else if (KEY(key, "restartPolicy")) {
        if (pull_string(p, &text))
            c->restart_policy = KEY(text, "Never") ? 'N' : KEY(text, "OnFailure") ? 'O' : 'A';
    } else if (KEY(key, "terminationGracePeriodSeconds")) {
        load_int(p, &c->grace_s);
    } else if (KEY(key, "hostNetwork")) {
        load_flag(p, &c->host_network);
    } else if (KEY(key, "readinessGates")) {
        read_gates(p, c);
    } else {
        pull_skip(p);
    }
}

/* ---- the whole ---- */

/* A single term that names one node by its field is how the DaemonSet controller pins its pods. */
static uint32_t pinned_to(const struct load *l, const struct world_class *c)
{
    if (c->node_term_count != 1 || c->node_terms[0].labels.len || c->node_terms[0].field_count != 1)
        return STRINGS_NONE;
    const struct requirement *r = &c->node_terms[0].fields[0];
    bool one = r->op == LABEL_IN && r->value_count == 1 &&
               sv_is(strings_get(&l->w->strings, r->key), HOST_NAME_FIELD);
    return one ? r->values[0] : STRINGS_NONE;
}

static void keep_lists(struct load *l, struct world_class *c)
{
    size_t images = l->image_list.len;
    vec_foreach(image, &l->init_image_list)
        must_push(&l->image_list, *image);
    c->images = load_keep_list(l, &l->image_list);
    c->image_count = (uint16_t)images;
    c->init_image_count = (uint16_t)(l->image_list.len - images);
    c->ports = load_keep_list(l, &l->port_list);
    c->port_count = (uint32_t)l->port_list.len;
}

void load_class_defaults(struct load *l, struct world_class *c)
{
    c->grace_s = 30;
    c->restart_policy = 'A';
    c->scheduler = strings_puts(&l->w->strings, "default-scheduler");
}

void load_spec(struct load *l, struct pull *p, struct labels own, struct world_class *c,
               struct spec_extra *x)
{
    struct pod_amounts amounts = {0};
    struct sv key;
    l->image_list.len = l->init_image_list.len = l->port_list.len = 0;
    each_key(p, key)
    {
        if (!read_containers(l, p, c, &amounts, key) && !read_placing(l, p, own, c, key) &&
            !read_priority(l, p, c, x, key))
            read_life(l, p, c, x, key);
    }
    load_amounts_finish(l, &amounts, c);
    keep_lists(l, c);
    if (c->grace_s < 0)
        c->grace_s = 0;
    x->pin = pinned_to(l, c);
}

/* ---- templates ---- */

struct extra_toleration {
    const char *key;
    enum taint_effect effect;
};

/* What the admission plugin DefaultTolerationSeconds adds to every pod. */
static const struct extra_toleration of_admission[] = {
    {"node.kubernetes.io/not-ready", TAINT_NO_EXECUTE},
    {"node.kubernetes.io/unreachable", TAINT_NO_EXECUTE},
};

/* What the DaemonSet controller adds to its pods (daemon/util AddOrUpdateDaemonPodTolerations). */
static const struct extra_toleration of_daemons[] = {
    {"node.kubernetes.io/not-ready", TAINT_NO_EXECUTE},
    {"node.kubernetes.io/unreachable", TAINT_NO_EXECUTE},
    {"node.kubernetes.io/disk-pressure", TAINT_NO_SCHEDULE},
    {"node.kubernetes.io/memory-pressure", TAINT_NO_SCHEDULE},
    {"node.kubernetes.io/pid-pressure", TAINT_NO_SCHEDULE},
    {"node.kubernetes.io/unschedulable", TAINT_NO_SCHEDULE},
    {"node.kubernetes.io/network-unavailable", TAINT_NO_SCHEDULE}, /* with hostNetwork only */
};

static bool tolerates(const struct world_class *c, uint32_t key, enum taint_effect effect)
{
    for (uint32_t i = 0; i < c->toleration_count; i++) {
        const struct toleration *t = &c->tolerations[i];
        if ((t->key == key || !t->key) && (t->effect == effect || t->effect == TAINT_ANY))
            return true;
    }
    return false;
}

static void add_tolerations(struct load *l, struct world_class *c, bool of_daemon)
{
    const struct extra_toleration *extra = of_daemon ? of_daemons : of_admission;
    size_t count = of_daemon ? ARRAY_LEN(of_daemons) - !c->host_network : ARRAY_LEN(of_admission);
    l->toleration_list.len = 0;
    for (uint32_t i = 0; i < c->toleration_count; i++)
        must_push(&l->toleration_list, c->tolerations[i]);
    for (size_t i = 0; i < count; i++) {
        struct toleration t = {.key = strings_puts(&l->w->strings, extra[i].key),
                               .exists = true,
                               .effect = extra[i].effect,
                               .seconds = of_daemon ? -1 : 300};
        if (!tolerates(c, t.key, t.effect))
            must_push(&l->toleration_list, t);
    }
    c->tolerations = load_keep_list(l, &l->toleration_list);
    c->toleration_count = (uint32_t)l->toleration_list.len;
}

void load_template(struct load *l, struct pull *p, bool of_daemon, struct world_class *c)
{
    struct meta of_workload = l->meta;
    struct spec_extra x = {0};
    struct sv key, spec = SV_NONE;
    l->meta = (struct meta){.ns = of_workload.ns, .name = of_workload.name, .owner = WORLD_NONE};
    load_class_defaults(l, c);
    c->ns = of_workload.ns;
    size_t claims = l->claims.len;
    each_key(p, key)
    {
        if (KEY(key, "metadata"))
            load_meta(l, p);
        else if (KEY(key, "spec"))
            pull_raw(p, &spec);
        else
            pull_skip(p);
    }
    l->meta.ns = of_workload.ns;
    l->meta.name = of_workload.name;
    if (spec.ptr) {
        struct pull sub;
        pull_init(&sub, spec, &l->scratch);
        load_spec(l, &sub, l->meta.labels, c, &x);
        if (!pull_ok(&sub))
            pull_fail(p, sub.error);
    }
    load_class_annotations(&l->meta, c);
    c->labels = load_class_labels(l, l->meta.labels, false);
    add_tolerations(l, c, of_daemon);
    l->template_claims.len = 0;
    for (size_t i = claims; i < l->claims.len; i++)
        must_push(&l->template_claims, l->claims.items[i]);
    l->claims.len = claims;
    l->meta = of_workload;
}
