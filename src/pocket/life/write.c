/* What clients write, as verbs of the simulator. */
#include "doc/pull.h"
#include "pocket/life/internal.h"

#include <stdio.h>

/* ---- workloads ---- */

static void make_claim(struct pocket_life *l, struct sv ns, struct sv claim, struct sv spec)
{
    struct life_name n = {SV("v1"), SV("PersistentVolumeClaim"), ns, claim};
    struct err err = {0};
    struct jsonw j;
    if (life_get(l, &n).ptr)
        return;
    life_begin_object(l, &j, &n, STRINGS_NONE, pocket_life_seconds(l));
    jsonw_object_end(&j);
    jsonw_key(&j, "spec");
    jsonw_raw(&j, spec.ptr ? spec : SV("{}"));
    jsonw_key(&j, "status");
    jsonw_raw(&j, SV("{\"phase\":\"Pending\"}"));
    jsonw_object_end(&j);
    life_put(l, &n, &l->out);
    sim_apply(l->sim, n.api_version, n.kind, false, life_get(l, &n), &err);
}

void life_make_claims(struct pocket_life *l, struct sv ns, struct sv name, struct sv json)
{
    int64_t replicas = life_json_int(json, "spec", "replicas", 1, &l->scratch);
    struct sv templates = life_json_at(json, "spec", "volumeClaimTemplates", &l->scratch), one;
    struct pull p;
    char claim[600];
    pull_init(&p, templates, &l->scratch);
    if (!templates.ptr || !pull_seq(&p))
        return;
    while (pull_item(&p)) {
        if (!pull_raw(&p, &one))
            continue;
        struct sv of = life_json_text(one, "metadata", "name", &l->scratch);
        for (int64_t i = 0; i < replicas; i++) {
            snprintf(claim, sizeof claim, "%.*s-%.*s-%lld", SV_ARG(of), SV_ARG(name), (long long)i);
            make_claim(l, ns, sv_of(claim), life_json_at(one, "spec", NULL, &l->scratch));
        }
    }
}

static void settle(struct pocket_life *l, const struct life_name *n, struct sv json)
{
    uint32_t at = life_find_workload(l, workload_kind_parse(n->kind), n->ns, n->name);
    if (at == WORLD_NONE)
        return;
    life_take_template(l, at, json);
    life_mark(&l->workloads, at);
}

/* The pod is gone from the objects already: nothing is put back. */
static void forget_pod(struct pocket_life *l, const struct life_name *n)
{
    uint32_t at = world_find_pod(l->w, n->ns, n->name);
    if (at != WORLD_NONE)
        sim_delete_pod(l->sim, at, 0);
}

/* The pods of a set have a label that tells of which template they are: the simulator's classes,
 * too. */
static struct sv with_revision(struct pocket_life *l, struct sv json, struct str *out)
{
    struct sv template = life_json_at(json, "spec", "template", &l->scratch);
    struct sv labels = life_json_at(template, "metadata", "labels", &l->scratch);
    char hash[16];
    _cleanup_str_ struct str a = {0}, b = {0};
    if (!template.ptr)
        return json;
    str_init(&a, 0);
    str_init(&b, 0);
    snprintf(hash, sizeof hash, "\"%x\"", life_template_hash(l, template));
    struct life_edit label = {"controller-revision-hash", NULL, sv_of(hash)};
    life_json_edit(&a, labels.ptr ? labels : SV("{}"), &label, 1, &l->scratch);
    struct life_edit meta = {"metadata", "labels", str_sv(&a)};
    life_json_edit(&b, template, &meta, 1, &l->scratch);
    struct life_edit spec = {"spec", "template", str_sv(&b)};
    life_json_edit(out, json, &spec, 1, &l->scratch);
    return str_sv(out);
}

int life_apply(struct pocket_life *l, const struct life_name *n, bool deleted, struct sv json,
               struct err *err)
{
    _cleanup_str_ struct str revised = {0}, gated = {0};
    str_init(&revised, 0);
    if (!deleted)
        json = life_gated(l, n, json, &gated);
    if (!deleted && sv_is(n->kind, "StatefulSet")) {
        json = sv_n(mem_must(arena_dup(&l->scratch, json)), json.len);
        life_make_claims(l, n->ns, n->name, json);
    }
    if (!deleted && (sv_is(n->kind, "StatefulSet") || sv_is(n->kind, "DaemonSet")))
        json = with_revision(l, json, &revised);
    return sim_apply(l->sim, n->api_version, n->kind, deleted, json, err);
}

int pocket_life_written(struct pocket_life *l, const struct life_name *n, bool deleted,
                        struct sv json, struct err *err)
{
    bool is_pod = sv_is(n->kind, "Pod") && sv_is(n->api_version, "v1");
    bool is_namespace = sv_is(n->kind, "Namespace");
    bool injected = is_namespace && life_injects_gates(l, n->name);
    int result = 0;
    /* Controllers leave alone what waits for its dependents to go. */
    deleted = deleted || (workload_kind_parse(n->kind) != WORKLOAD_OTHER &&
                          life_json_at(json, "metadata", "deletionTimestamp", &l->scratch).ptr);
    if (deleted && is_pod) {
        forget_pod(l, n);
    } else {
        result = life_apply(l, n, deleted, json, err);
    }
    if (!result && !deleted && workload_kind_parse(n->kind) != WORKLOAD_OTHER)
        settle(l, n, json);
    if (!result && sv_is(n->kind, "HorizontalPodAutoscaler"))
        life_scaler_written(l, n, deleted);
    if (!result && sv_is(n->kind, "Service")) {
        life_chain_services(l);
        for (uint32_t i = 0; i < l->w->services.len; i++)
            if (sv_eq(life_text(l, l->w->services.items[i].name), n->name) &&
                sv_eq(life_text(l, l->w->services.items[i].ns), n->ns))
                life_mark(&l->services, i);
        if (life_injects_gates(l, n->ns))
            life_gate_again(l, n->ns);
    }
    if (!result && is_namespace && injected != life_injects_gates(l, n->name))
        life_gate_again(l, n->name);
    life_flush(l);
    return result;
}

/* ---- pods ---- */

struct eviction_answer pocket_life_evict(struct pocket_life *l, struct sv ns, struct sv pod,
                                         int grace_s, bool dry_run)
{
    struct eviction_answer a = sim_evict(l->sim, world_find_pod(l->w, ns, pod), grace_s, dry_run);
    life_flush(l);
    return a;
}

bool pocket_life_delete_pod(struct pocket_life *l, struct sv ns, struct sv pod, int grace_s)
{
    uint32_t at = world_find_pod(l->w, ns, pod);
    if (at == WORLD_NONE)
        return false;
    sim_delete_pod(l->sim, at, grace_s);
    life_flush(l);
    return true;
}

bool pocket_life_bind(struct pocket_life *l, struct sv ns, struct sv pod, struct sv node)
{
    uint32_t at = world_find_pod(l->w, ns, pod), to = world_find_node(l->w, node);
    if (at == WORLD_NONE || to == WORLD_NONE || l->w->pods.items[at].node != WORLD_NONE)
        return false;
    sim_bind_pod(l->sim, at, to);
    life_flush(l);
    return true;
}

/* ---- volumes ---- */

static uint32_t find_volume(const struct pocket_life *l, struct sv handle)
{
    uint32_t id = strings_find(&l->w->strings, handle);
    for (uint32_t i = 0; id && i < l->w->pvs.len; i++)
        if (l->w->pvs.items[i].used && l->w->pvs.items[i].handle == id)
            return i;
    return WORLD_NONE;
}

bool pocket_life_hold_volume(struct pocket_life *l, struct sv handle, int64_t ms)
{
    uint32_t at = find_volume(l, handle);
    if (at != WORLD_NONE)
        sim_hold_volume(l->sim, at, ms);
    return at != WORLD_NONE;
}

bool pocket_life_let_off_volume(struct pocket_life *l, struct sv handle)
{
    uint32_t at = find_volume(l, handle);
    if (at != WORLD_NONE)
        sim_let_off_volume(l->sim, at);
    return at != WORLD_NONE;
}
