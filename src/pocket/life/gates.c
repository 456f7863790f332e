/* Readiness gates that the AWS Load Balancer Controller adds to pods when they are made: in
 * namespaces that ask for it, for each service behind a load balancer whose targets are pods.
 * Source: docs/deploy/pod_readiness_gate.md and pkg/inject of that controller. */
#include "doc/pull.h"
#include "pocket/life/internal.h"

#include <stdio.h>
#include <xxhash.h>

#define PREFIX "target-health.elbv2.k8s.aws/"

bool life_injects_gates(const struct pocket_life *l, struct sv ns)
{
    uint32_t name = strings_find(&l->w->strings, ns);
    vec_foreach(one, &l->w->namespaces)
        if (one->used && one->name == name)
            return name && one->lb_gate_inject;
    return false;
}

static bool selects(struct pocket_life *l, const struct selector *s, struct sv labels)
{
    for (uint32_t i = 0; i < s->len; i++) {
        struct sv has =
            life_json_text(labels, world_text(l->w, s->items[i].key), NULL, &l->scratch);
        if (!has.ptr || !sv_eq(has, life_text(l, s->items[i].values[0])))
            return false;
    }
    return !s->nothing && s->len;
}

/* The next service from this one on of the namespace that has such targets with these labels. */
static uint32_t next_service(struct pocket_life *l, uint32_t from, uint32_t ns, struct sv labels)
{
    for (uint32_t i = from; i < l->w->services.len; i++) {
        const struct world_service *s = &l->w->services.items[i];
        if (s->used && s->ns == ns && s->ip_targets && selects(l, &s->selector, labels))
            return i;
    }
    return WORLD_NONE;
}

/* Of the target group; as the controller makes it where nobody knows better. */
static void write_type(struct pocket_life *l, struct str *out, uint32_t service)
{
    const struct world_service *s = &l->w->services.items[service];
    struct sv ns = life_text(l, s->ns), name = life_text(l, s->name);
    const char *known = l->groups ? l->groups(l->groups_ctx, ns, name) : NULL;
    str_adds(out, out->data[out->len - 1] == '[' ? "{" : ",{");
    str_adds(out, "\"conditionType\":\"" PREFIX);
    if (known)
        str_adds(out, known);
    else
        str_addf(out, "k8s-%.*s-%.*s-%010llx", ns.len < 8 ? (int)ns.len : 8, ns.ptr,
                 name.len < 8 ? (int)name.len : 8, name.ptr,
                 (unsigned long long)(XXH3_64bits(name.ptr, name.len) & 0xffffffffff));
    str_adds(out, "\"}");
}

static size_t write_own(struct pocket_life *l, struct str *out, struct sv gates, bool drop)
{
    struct pull in;
    struct sv one;
    size_t balancers = 0;
    pull_init(&in, gates, &l->scratch);
    if (gates.ptr && pull_seq(&in))
        while (pull_item(&in)) {
            if (!pull_raw(&in, &one))
                continue;
            struct sv type = life_json_text(one, "conditionType", NULL, &l->scratch);
            if (drop && sv_starts(type, PREFIX))
                continue;
            balancers += sv_starts(type, PREFIX);
            str_adds(out, out->data[out->len - 1] == '[' ? "" : ",");
            str_addv(out, one);
        }
    return balancers;
}

bool life_write_gates(struct pocket_life *l, struct str *out, struct sv own, struct sv ns,
                      struct sv labels, size_t most)
{
    uint32_t id = strings_find(&l->w->strings, ns);
    size_t from = out->len;
    str_addc(out, '[');
    bool known = life_injects_gates(l, ns) && next_service(l, 0, id, labels) != WORLD_NONE;
    size_t count = write_own(l, out, own, known);
    for (uint32_t i = 0; count < most && (i = next_service(l, i, id, labels)) != WORLD_NONE; i++) {
        write_type(l, out, i);
        count++;
    }
    str_addc(out, ']');
    return out->len - from > 2;
}

struct sv life_gated(struct pocket_life *l, const struct life_name *n, struct sv json,
                     struct str *out)
{
    _cleanup_str_ struct str gates = {0};
    struct sv template = life_json_at(json, "spec", "template", &l->scratch);
    if (!template.ptr || !life_injects_gates(l, n->ns))
        return json;
    struct sv own = life_json_at(template, "spec", "readinessGates", &l->scratch);
    struct sv labels = life_json_at(template, "metadata", "labels", &l->scratch);
    if (!life_write_gates(l, &gates, own, n->ns, labels, SIZE_MAX))
        return json;
    struct life_edit edit = {"spec", "template",
                             life_edited(l, template, "spec", "readinessGates", str_sv(&gates))};
    life_json_edit(out, json, &edit, 1, &l->scratch);
    return str_sv(out);
}

bool pocket_life_gates(struct pocket_life *l, struct sv ns, struct sv labels, struct sv own,
                       struct str *out)
{
    bool some = life_injects_gates(l, ns) && life_write_gates(l, out, own, ns, labels, SIZE_MAX);
    arena_reset(&l->scratch);
    return some;
}

static bool makes_pods(enum workload_kind kind)
{
    return kind != WORKLOAD_DEPLOYMENT && kind != WORKLOAD_CRONJOB && kind != WORKLOAD_OTHER;
}

void life_gate_again(struct pocket_life *l, struct sv ns)
{
    uint32_t id = strings_find(&l->w->strings, ns);
    struct err err = {0};
    for (uint32_t i = 0; i < l->w->workloads.len; i++) {
        const struct world_workload *wl = &l->w->workloads.items[i];
        if (!wl->used || wl->ns != id || !makes_pods(wl->kind))
            continue;
        struct life_name n = life_workload_name(l, i);
        struct sv json = life_get(l, &n);
        if (json.ptr && !life_json_at(json, "metadata", "deletionTimestamp", &l->scratch).ptr)
            life_apply(l, &n, false, json, &err);
    }
}

/* ---- what a pod's status tells of them ---- */

static void write_condition(struct pocket_life *l, struct jsonw *j, struct sv type,
                            struct sv before, bool ready)
{
    struct sv was = life_condition_of(l, before, type);
    bool balancer = sv_starts(type, PREFIX);
    bool on = ready || sv_is(life_json_text(was, "status", NULL, &l->scratch), "True");
    char text[300];
    snprintf(text, sizeof text, "%.*s", SV_ARG(type));
    if (was.ptr &&
        (!balancer || on == sv_is(life_json_text(was, "status", NULL, &l->scratch), "True"))) {
        jsonw_raw(j, was);
        return;
    }
    if (!on && !balancer)
        return;
    const struct life_condition c = {text, on ? NULL : "Elb.InitialHealthChecking",
                                     on ? NULL : "Initial health checks in progress", on};
    const struct life_condition_way way = {before, NULL, false};
    life_write_condition(l, j, &c, &way);
}

void life_write_gate_conditions(struct pocket_life *l, struct str *out, struct sv gates,
                                struct sv before, const struct world_pod *p)
{
    struct pull in;
    struct sv one;
    struct jsonw j;
    _cleanup_str_ struct str all = {0};
    jsonw_init(&j, &all, 0);
    jsonw_array(&j);
    pull_init(&in, gates, &l->scratch);
    if (gates.ptr && p->phase == POD_RUNNING && pull_seq(&in))
        while (pull_item(&in))
            if (pull_raw(&in, &one))
                write_condition(l, &j, life_json_text(one, "conditionType", NULL, &l->scratch),
                                before, p->ready);
    jsonw_array_end(&j);
    if (all.len <= 2)
        return;
    if (out->data[out->len - 1] != '[')
        str_addc(out, ',');
    str_addv(out, sv_n(all.data + 1, all.len - 2));
}

bool life_is_gate(struct pocket_life *l, struct sv gates, struct sv type)
{
    struct pull in;
    struct sv one;
    pull_init(&in, gates, &l->scratch);
    if (gates.ptr && pull_seq(&in))
        while (pull_item(&in))
            if (pull_raw(&in, &one) &&
                sv_eq(life_json_text(one, "conditionType", NULL, &l->scratch), type))
                return true;
    return false;
}
