#include "pocket/life/spec.h"

#include <stdio.h>

static struct sv text(const struct world *w, uint32_t id)
{
    return strings_get(&w->strings, id);
}

/* ---- labels and selectors ---- */

void life_write_labels(struct jsonw *j, const struct world *w, struct labels l)
{
    jsonw_object(j);
    for (uint32_t i = 0; i < l.len; i++) {
        jsonw_key_sv(j, text(w, l.items[i].key));
        jsonw_sv(j, text(w, l.items[i].value));
    }
    jsonw_object_end(j);
}

static void write_values(struct jsonw *j, const struct world *w, const struct requirement *r)
{
    char number[24];
    if (r->op == LABEL_EXISTS || r->op == LABEL_NOT_EXISTS)
        return;
    jsonw_key(j, "values");
    jsonw_array(j);
    for (uint32_t i = 0; i < r->value_count; i++)
        jsonw_sv(j, text(w, r->values[i]));
    if (r->op == LABEL_GT || r->op == LABEL_LT) {
        snprintf(number, sizeof number, "%lld", (long long)r->number);
        jsonw_str(j, number);
    }
    jsonw_array_end(j);
}

static void write_requirements(struct jsonw *j, const struct world *w, const char *key,
                               const struct requirement *r, uint32_t n)
{
    static const char *const ops[] = {"In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt"};
    jsonw_key(j, key);
    jsonw_array(j);
    for (uint32_t i = 0; i < n; i++) {
        jsonw_object(j);
        jsonw_kv_sv(j, "key", text(w, r[i].key));
        jsonw_kv_str(j, "operator", ops[r[i].op]);
        write_values(j, w, &r[i]);
        jsonw_object_end(j);
    }
    jsonw_array_end(j);
}

static bool is_plain(const struct requirement *r)
{
    return r->op == LABEL_IN && r->value_count == 1;
}

/* A key may stand in matchLabels once. */
static bool is_first(const struct selector *s, uint32_t at)
{
    for (uint32_t i = 0; i < at; i++)
        if (s->items[i].key == s->items[at].key)
            return false;
    return true;
}

static bool all_plain(const struct selector *s)
{
    for (uint32_t i = 0; i < s->len; i++)
        if (!is_plain(&s->items[i]) || !is_first(s, i))
            return false;
    return true;
}

void life_write_selector(struct jsonw *j, const struct world *w, const struct selector *s)
{
    jsonw_object(j);
    if (s->len && all_plain(s)) {
        jsonw_key(j, "matchLabels");
        jsonw_object(j);
        for (uint32_t i = 0; i < s->len; i++) {
            jsonw_key_sv(j, text(w, s->items[i].key));
            jsonw_sv(j, text(w, s->items[i].values[0]));
        }
        jsonw_object_end(j);
    } else if (s->len) {
        write_requirements(j, w, "matchExpressions", s->items, s->len);
    }
    jsonw_object_end(j);
}

static void write_node_term(struct jsonw *j, const struct world *w, const struct node_term *t)
{
    jsonw_object(j);
    if (t->labels.len)
        write_requirements(j, w, "matchExpressions", t->labels.items, t->labels.len);
    if (t->field_count)
        write_requirements(j, w, "matchFields", t->fields, t->field_count);
    jsonw_object_end(j);
}

void life_write_node_terms(struct jsonw *j, const struct world *w, const struct node_term *t,
                           uint32_t n)
{
    jsonw_object(j);
    jsonw_key(j, "nodeSelectorTerms");
    jsonw_array(j);
    for (uint32_t i = 0; i < n; i++)
        write_node_term(j, w, &t[i]);
    jsonw_array_end(j);
    jsonw_object_end(j);
}

/* ---- amounts, taints ---- */

static void write_milli(struct jsonw *j, const char *key, int64_t milli)
{
    char number[32];
    if (milli % 1000)
        snprintf(number, sizeof number, "%lldm", (long long)milli);
    else
        snprintf(number, sizeof number, "%lld", (long long)milli / 1000);
    jsonw_kv_str(j, key, number);
}

static void write_bytes(struct jsonw *j, const char *key, int64_t bytes)
{
    static const char *const units[] = {"", "Ki", "Mi", "Gi", "Ti"};
    char number[32];
    unsigned unit = 0;
    for (; bytes && bytes % 1024 == 0 && unit < 4; unit++)
        bytes /= 1024;
    snprintf(number, sizeof number, "%lld%s", (long long)bytes, units[unit]);
    jsonw_kv_str(j, key, number);
}

static void write_count(struct jsonw *j, struct sv key, int64_t n)
{
    char number[32];
    snprintf(number, sizeof number, "%lld", (long long)n);
    jsonw_key_sv(j, key);
    jsonw_str(j, number);
}

void life_write_resources(struct jsonw *j, const struct world *w, const struct resources *r,
                          int32_t pods)
{
    jsonw_object(j);
    if (r->cpu)
        write_milli(j, "cpu", r->cpu);
    if (r->memory)
        write_bytes(j, "memory", r->memory);
    if (r->ephemeral)
        write_bytes(j, "ephemeral-storage", r->ephemeral);
    if (pods >= 0)
        write_count(j, SV("pods"), pods);
    for (uint32_t i = 0; i < r->scalar_count; i++)
        write_count(j, text(w, r->scalars[i].name), r->scalars[i].amount);
    jsonw_object_end(j);
}

void life_write_taints(struct jsonw *j, const struct world *w, const struct taint *t, uint32_t n)
{
    static const char *const effects[] = {"", "NoSchedule", "PreferNoSchedule", "NoExecute"};
    jsonw_array(j);
    for (uint32_t i = 0; i < n; i++) {
        jsonw_object(j);
        jsonw_kv_sv(j, "key", text(w, t[i].key));
        if (t[i].value)
            jsonw_kv_sv(j, "value", text(w, t[i].value));
        jsonw_kv_str(j, "effect", effects[t[i].effect]);
        jsonw_object_end(j);
    }
    jsonw_array_end(j);
}

static void write_tolerations(struct jsonw *j, const struct world *w, const struct world_class *c)
{
    static const char *const effects[] = {NULL, "NoSchedule", "PreferNoSchedule", "NoExecute"};
    jsonw_key(j, "tolerations");
    jsonw_array(j);
    for (uint32_t i = 0; i < c->toleration_count; i++) {
        const struct toleration *t = &c->tolerations[i];
        jsonw_object(j);
        if (t->key)
            jsonw_kv_sv(j, "key", text(w, t->key));
        jsonw_kv_str(j, "operator", t->exists ? "Exists" : "Equal");
        if (!t->exists)
            jsonw_kv_sv(j, "value", text(w, t->value));
        if (effects[t->effect])
            jsonw_kv_str(j, "effect", effects[t->effect]);
        if (t->seconds >= 0)
            jsonw_kv_int(j, "tolerationSeconds", t->seconds);
        jsonw_object_end(j);
    }
    jsonw_array_end(j);
}

/* ---- affinity ---- */

static void write_term(struct jsonw *j, const struct world *w, const struct affinity_term *t)
{
    jsonw_object(j);
    jsonw_kv_sv(j, "topologyKey", text(w, t->topology_key));
    if (!t->pods.nothing) {
        jsonw_key(j, "labelSelector");
        life_write_selector(j, w, &t->pods);
    }
    if (t->namespace_count) {
        jsonw_key(j, "namespaces");
        jsonw_array(j);
        for (uint32_t i = 0; i < t->namespace_count; i++)
            jsonw_sv(j, text(w, t->namespaces[i]));
        jsonw_array_end(j);
    }
    if (!t->namespace_selector.nothing) {
        jsonw_key(j, "namespaceSelector");
        life_write_selector(j, w, &t->namespace_selector);
    }
    jsonw_object_end(j);
}

static void write_required(struct jsonw *j, const struct world *w, const struct affinity_term *t,
                           uint32_t n)
{
    if (!n)
        return;
    jsonw_key(j, "requiredDuringSchedulingIgnoredDuringExecution");
    jsonw_array(j);
    for (uint32_t i = 0; i < n; i++)
        write_term(j, w, &t[i]);
    jsonw_array_end(j);
}

static void write_preferred(struct jsonw *j, const struct world *w, const struct affinity_term *t,
                            uint32_t n)
{
    if (!n)
        return;
    jsonw_key(j, "preferredDuringSchedulingIgnoredDuringExecution");
    jsonw_array(j);
    for (uint32_t i = 0; i < n; i++) {
        jsonw_object(j);
        jsonw_kv_int(j, "weight", t[i].weight);
        jsonw_key(j, "podAffinityTerm");
        write_term(j, w, &t[i]);
        jsonw_object_end(j);
    }
    jsonw_array_end(j);
}

static void write_node_affinity(struct jsonw *j, const struct world *w, const struct world_class *c)
{
    jsonw_key(j, "nodeAffinity");
    jsonw_object(j);
    if (c->has_node_terms) {
        jsonw_key(j, "requiredDuringSchedulingIgnoredDuringExecution");
        life_write_node_terms(j, w, c->node_terms, c->node_term_count);
    }
    if (c->node_preference_count) {
        jsonw_key(j, "preferredDuringSchedulingIgnoredDuringExecution");
        jsonw_array(j);
        for (uint32_t i = 0; i < c->node_preference_count; i++) {
            jsonw_object(j);
            jsonw_kv_int(j, "weight", c->node_preferences[i].weight);
            jsonw_key(j, "preference");
            write_node_term(j, w, &c->node_preferences[i].term);
            jsonw_object_end(j);
        }
        jsonw_array_end(j);
    }
    jsonw_object_end(j);
}

static void write_affinity(struct jsonw *j, const struct world *w, const struct world_class *c)
{
    bool nodes = c->has_node_terms || c->node_preference_count;
    bool pods = c->affinity_count || c->attraction_count;
    bool anti = c->anti_affinity_count || c->repulsion_count;
    if (!nodes && !pods && !anti)
        return;
    jsonw_key(j, "affinity");
    jsonw_object(j);
    if (nodes)
        write_node_affinity(j, w, c);
    if (pods) {
        jsonw_key(j, "podAffinity");
        jsonw_object(j);
        write_required(j, w, c->affinity, c->affinity_count);
        write_preferred(j, w, c->attraction, c->attraction_count);
        jsonw_object_end(j);
    }
    if (anti) {
        jsonw_key(j, "podAntiAffinity");
        jsonw_object(j);
        write_required(j, w, c->anti_affinity, c->anti_affinity_count);
        write_preferred(j, w, c->repulsion, c->repulsion_count);
        jsonw_object_end(j);
    }
    jsonw_object_end(j);
}

static void write_spreads(struct jsonw *j, const struct world *w, const struct world_class *c)
{
    if (!c->spread_count)
        return;
    jsonw_key(j, "topologySpreadConstraints");
    jsonw_array(j);
    for (uint32_t i = 0; i < c->spread_count; i++) {
        const struct spread *s = &c->spreads[i];
        jsonw_object(j);
        jsonw_kv_int(j, "maxSkew", s->max_skew);
        jsonw_kv_sv(j, "topologyKey", text(w, s->topology_key));
        jsonw_kv_str(j, "whenUnsatisfiable", s->hard ? "DoNotSchedule" : "ScheduleAnyway");
        if (!s->pods.nothing) {
            jsonw_key(j, "labelSelector");
            life_write_selector(j, w, &s->pods);
        }
        if (s->min_domains)
            jsonw_kv_int(j, "minDomains", s->min_domains);
        if (s->ignore_affinity)
            jsonw_kv_str(j, "nodeAffinityPolicy", "Ignore");
        if (s->honor_taints)
            jsonw_kv_str(j, "nodeTaintsPolicy", "Honor");
        jsonw_object_end(j);
    }
    jsonw_array_end(j);
}

/* ---- containers ---- */

static void write_probe(struct jsonw *j, const char *key, const struct probe *p)
{
    if (!p->set)
        return;
    jsonw_key(j, key);
    jsonw_object(j);
    jsonw_key(j, "httpGet");
    jsonw_object(j);
    jsonw_kv_str(j, "path", "/healthz");
    jsonw_kv_int(j, "port", 8080);
    jsonw_kv_str(j, "scheme", "HTTP");
    jsonw_object_end(j);
    if (p->initial_delay_s)
        jsonw_kv_int(j, "initialDelaySeconds", p->initial_delay_s);
    jsonw_kv_int(j, "periodSeconds", p->period_s);
    jsonw_kv_int(j, "successThreshold", p->success_threshold);
    jsonw_object_end(j);
}

/* A hook that sleeps, or one of which nobody knows how long it takes. */
static void write_prestop(struct jsonw *j, int32_t seconds)
{
    char number[16];
    if (!seconds)
        return;
    snprintf(number, sizeof number, "%d", seconds);
    jsonw_key(j, "lifecycle");
    jsonw_object(j);
    jsonw_key(j, "preStop");
    jsonw_object(j);
    jsonw_key(j, "exec");
    jsonw_object(j);
    jsonw_key(j, "command");
    jsonw_array(j);
    jsonw_str(j, seconds > 0 ? "sleep" : "/shutdown");
    if (seconds > 0)
        jsonw_str(j, number);
    jsonw_array_end(j);
    jsonw_object_end(j);
    jsonw_object_end(j);
    jsonw_object_end(j);
}

static void write_ports(struct jsonw *j, const struct world *w, const struct world_class *c)
{
    jsonw_key(j, "ports");
    jsonw_array(j);
    for (uint32_t i = 0; i < c->port_count; i++) {
        const struct host_port *p = &c->ports[i];
        jsonw_object(j);
        jsonw_kv_int(j, "containerPort", p->port);
        jsonw_kv_int(j, "hostPort", p->port);
        if (p->ip)
            jsonw_kv_sv(j, "hostIP", text(w, p->ip));
        jsonw_kv_str(j, "protocol",
                     p->protocol == 'U'   ? "UDP"
                     : p->protocol == 'S' ? "SCTP"
                                          : "TCP");
        jsonw_object_end(j);
    }
    jsonw_array_end(j);
}

static void begin_container(struct jsonw *j, const struct world *w, const char *kind, unsigned nth,
                            uint32_t image)
{
    char name[24];
    snprintf(name, sizeof name, "%s%u", kind, nth);
    jsonw_object(j);
    jsonw_kv_str(j, "name", nth ? name : kind);
    jsonw_kv_sv(j, "image", image ? text(w, image) : SV("none"));
    jsonw_kv_str(j, "imagePullPolicy", "IfNotPresent");
    jsonw_kv_str(j, "terminationMessagePath", "/dev/termination-log");
    jsonw_kv_str(j, "terminationMessagePolicy", "File");
}

/* How many containers ask for nothing, for which the scheduler assumes 100m and 200 MiB each. */
static int64_t without(int64_t score, int64_t asked, int64_t assumed)
{
    return score > asked ? (score - asked) / assumed : 0;
}

/* The first container asks for all that the pod asks for, the last ones for nothing, those between
 * for 0. */
static void write_wishes(struct jsonw *j, const struct world *w, const struct world_class *c,
                         unsigned nth)
{
    int64_t n = c->image_count;
    bool cpu = nth < n - without(c->score_cpu, c->request.cpu, 100);
    bool memory = nth < n - without(c->score_memory, c->request.memory, (int64_t)200 << 20);
    jsonw_key(j, "resources");
    jsonw_object(j);
    jsonw_key(j, "requests");
    if (!nth) {
        life_write_resources(j, w, &c->request, -1);
    } else {
        jsonw_object(j);
        if (cpu)
            jsonw_kv_str(j, "cpu", "0");
        if (memory)
            jsonw_kv_str(j, "memory", "0");
        jsonw_object_end(j);
    }
    jsonw_object_end(j);
}

static void write_first(struct jsonw *j, const struct world *w, const struct world_class *c)
{
    if (c->port_count)
        write_ports(j, w, c);
    write_probe(j, "readinessProbe", &c->readiness);
    write_probe(j, "startupProbe", &c->startup);
    write_prestop(j, c->prestop_s);
}

static void write_containers(struct jsonw *j, const struct world *w, const struct world_class *c)
{
    jsonw_key(j, "containers");
    jsonw_array(j);
    for (unsigned i = 0; i < c->image_count; i++) {
        begin_container(j, w, "main", i, c->images[i]);
        write_wishes(j, w, c, i);
        if (!i)
            write_first(j, w, c);
        jsonw_object_end(j);
    }
    jsonw_array_end(j);
    if (!c->init_image_count)
        return;
    jsonw_key(j, "initContainers");
    jsonw_array(j);
    for (unsigned i = 0; i < c->init_image_count; i++) {
        begin_container(j, w, "init", i, c->images[c->image_count + i]);
        jsonw_object_end(j);
    }
    jsonw_array_end(j);
}

/* ---- the rest ---- */

static void write_claim(struct jsonw *j, const struct world *w, uint32_t pvc, unsigned nth)
{
    char name[24];
    snprintf(name, sizeof name, "claim%u", nth);
    jsonw_object(j);
    jsonw_kv_str(j, "name", name);
    jsonw_key(j, "persistentVolumeClaim");
    jsonw_object(j);
    jsonw_kv_sv(j, "claimName", pvc == WORLD_NONE ? SV("lost") : text(w, w->pvcs.items[pvc].name));
    jsonw_object_end(j);
    jsonw_object_end(j);
}

static void write_volume(struct jsonw *j, const char *name, const char *kind)
{
    jsonw_object(j);
    jsonw_kv_str(j, "name", name);
    jsonw_key(j, kind);
    jsonw_object(j);
    if (strcmp(kind, "hostPath") == 0)
        jsonw_kv_str(j, "path", "/var/lib/data");
    jsonw_object_end(j);
    jsonw_object_end(j);
}

static void write_volumes(struct jsonw *j, const struct world *w, const struct world_class *c,
                          uint32_t pod)
{
    unsigned claims = pod == WORLD_NONE ? 0 : w->pods.items[pod].claim_count;
    if (!claims && !c->empty_dir && !c->host_path)
        return;
    jsonw_key(j, "volumes");
    jsonw_array(j);
    for (unsigned i = 0; i < claims; i++)
        write_claim(j, w, w->pod_claims.items[w->pods.items[pod].claims + i], i);
    if (c->empty_dir)
        write_volume(j, "scratch", "emptyDir");
    if (c->host_path)
        write_volume(j, "host", "hostPath");
    jsonw_array_end(j);
}

static void write_gates(struct jsonw *j, const struct world_class *c)
{
    char type[64];
    if (!c->readiness_gates)
        return;
    jsonw_key(j, "readinessGates");
    jsonw_array(j);
    for (unsigned i = 0; i < c->readiness_gates; i++) {
        const char *of =
            i < c->lb_gates ? "target-health.elbv2.k8s.aws/k8s-gate" : "example.com/gate";
        snprintf(type, sizeof type, "%s-%u", of, i);
        jsonw_object(j);
        jsonw_kv_str(j, "conditionType", type);
        jsonw_object_end(j);
    }
    jsonw_array_end(j);
}

void life_write_admitted(struct jsonw *j, const struct world *w, uint32_t class)
{
    const struct world_class *c = &w->classes.items[class];
    if (c->toleration_count)
        write_tolerations(j, w, c);
    jsonw_kv_int(j, "priority", c->priority);
}

void life_write_spec(struct jsonw *j, const struct world *w, uint32_t class, uint32_t pod)
{
    const struct world_class *c = &w->classes.items[class];
    write_volumes(j, w, c, pod);
    write_containers(j, w, c);
    jsonw_kv_str(j, "restartPolicy",
                 c->restart_policy == 'N'   ? "Never"
                 : c->restart_policy == 'O' ? "OnFailure"
                                            : "Always");
    jsonw_kv_int(j, "terminationGracePeriodSeconds", c->grace_s);
    jsonw_kv_str(j, "dnsPolicy", "ClusterFirst");
    if (c->node_selector.len) {
        jsonw_key(j, "nodeSelector");
        life_write_labels(j, w, c->node_selector);
    }
    if (c->host_network)
        jsonw_kv_bool(j, "hostNetwork", true);
    write_affinity(j, w, c);
    write_spreads(j, w, c);
    if (c->scheduler)
        jsonw_kv_sv(j, "schedulerName", text(w, c->scheduler));
    write_gates(j, c);
    if (c->priority_class)
        jsonw_kv_sv(j, "priorityClassName", text(w, c->priority_class));
    jsonw_kv_str(j, "preemptionPolicy", c->preempt_never ? "Never" : "PreemptLowerPriority");
    life_write_admitted(j, w, class);
}

void life_write_class_meta(struct jsonw *j, const struct world *w, uint32_t class)
{
    const struct world_class *c = &w->classes.items[class];
    if (c->labels.len) {
        jsonw_key(j, "labels");
        life_write_labels(j, w, c->labels);
    }
    if (!c->safe_to_evict_no && !c->do_not_disrupt)
        return;
    jsonw_key(j, "annotations");
    jsonw_object(j);
    if (c->safe_to_evict_no)
        jsonw_kv_str(j, "cluster-autoscaler.kubernetes.io/safe-to-evict", "false");
    if (c->do_not_disrupt)
        jsonw_kv_str(j, "karpenter.sh/do-not-disrupt", "true");
    jsonw_object_end(j);
}
