/* The Deployment controller: a ReplicaSet per template, scaled as its strategy says; and the
 * rolling updates of StatefulSets and DaemonSets, whose pods are replaced one at a time. Source:
 * pkg/controller/deployment (rolling.go, recreate.go), pkg/controller/statefulset. */
#include "pocket/life/internal.h"

#include <stdio.h>

struct rollout {
    uint32_t deployment, fresh; /* fresh: the ReplicaSet of the template now; WORLD_NONE */
    int32_t replicas, surge, unavailable;
    bool recreate, paused;
    struct life_name name;
};

static int32_t amount(struct pocket_life *l, struct sv strategy, const char *field, int32_t of,
                      bool up)
{
    struct sv rolling = life_json_at(strategy, "rollingUpdate", NULL, &l->scratch);
    struct sv text = life_json_text(rolling, field, NULL, &l->scratch);
    uint64_t n;
    bool percent = !text.ptr || (text.len && text.ptr[text.len - 1] == '%');
    if (!text.ptr)
        n = 25;
    else if (!sv_to_u64(sv_n(text.ptr, text.len - percent), &n) || n > INT32_MAX)
        n = 1;
    if (!percent)
        return (int32_t)n;
    return (int32_t)(((int64_t)of * (int64_t)n + (up ? 99 : 0)) / 100);
}

static uint32_t hash_of(const struct pocket_life *l, uint32_t workload)
{
    return workload < l->workload_hashes.len ? l->workload_hashes.items[workload] : 0;
}

static bool is_its_set(const struct pocket_life *l, uint32_t rs, uint32_t deployment)
{
    const struct world_workload *wl = &l->w->workloads.items[rs];
    return wl->used && wl->kind == WORKLOAD_REPLICASET && wl->owner == deployment;
}

static void read_strategy(struct pocket_life *l, uint32_t deployment, struct rollout *r)
{
    *r = (struct rollout){.deployment = deployment, .fresh = WORLD_NONE};
    r->name = life_workload_name(l, deployment);
    struct sv json = life_get(l, &r->name);
    struct sv strategy = life_json_at(json, "spec", "strategy", &l->scratch);
    r->replicas = l->w->workloads.items[deployment].replicas;
    r->recreate = l->w->workloads.items[deployment].recreate;
    r->paused = sv_is(life_json_text(json, "spec", "paused", &l->scratch), "true");
    r->surge = amount(l, strategy, "maxSurge", r->replicas, true);
    r->unavailable = amount(l, strategy, "maxUnavailable", r->replicas, false);
    if (!r->surge && !r->unavailable)
        r->unavailable = 1;
}

static void read_rollout(struct pocket_life *l, uint32_t deployment, struct rollout *r)
{
    read_strategy(l, deployment, r);
    for (uint32_t i = 0; i < l->w->workloads.len; i++)
        if (is_its_set(l, i, deployment) && hash_of(l, i) == hash_of(l, deployment) &&
            (r->fresh == WORLD_NONE ||
             l->w->workloads.items[i].replicas > l->w->workloads.items[r->fresh].replicas))
            r->fresh = i;
}

/* ---- ReplicaSets ---- */

static void apply(struct pocket_life *l, const struct life_name *n)
{
    struct err err = {0};
    life_apply(l, n, false, life_get(l, n), &err);
}

static void set_spec(struct pocket_life *l, uint32_t workload, const char *field, int32_t value)
{
    struct life_name n = life_workload_name(l, workload);
    struct sv json = life_get(l, &n);
    char number[16], generation[24];
    int64_t was = life_json_int(json, "metadata", "generation", 0, &l->scratch);
    snprintf(number, sizeof number, "%d", value);
    snprintf(generation, sizeof generation, "%lld", (long long)was + 1);
    struct life_edit edits[] = {{"spec", field, sv_of(number)},
                                {"metadata", "generation", sv_of(generation)}};
    if (!json.ptr)
        return;
    str_reset(&l->out);
    life_json_edit(&l->out, json, edits, was ? 2 : 1, &l->scratch);
    life_put(l, &n, &l->out);
    apply(l, &n);
    life_mark(&l->workloads, workload);
}

void life_scale(struct pocket_life *l, uint32_t workload, int32_t replicas)
{
    if (l->w->workloads.items[workload].replicas != replicas)
        set_spec(l, workload, "replicas", replicas);
}

static void write_meta(struct pocket_life *l, struct jsonw *j, const struct rollout *r,
                       struct sv json, int64_t revision)
{
    char number[24];
    snprintf(number, sizeof number, "%lld", (long long)revision);
    jsonw_kv_int(j, "generation", 1);
    jsonw_key(j, "annotations");
    jsonw_object(j);
    jsonw_kv_str(j, "deployment.kubernetes.io/revision", number);
    jsonw_object_end(j);
    jsonw_key(j, "ownerReferences");
    jsonw_array(j);
    jsonw_object(j);
    jsonw_kv_str(j, "apiVersion", "apps/v1");
    jsonw_kv_str(j, "kind", "Deployment");
    jsonw_kv_sv(j, "name", r->name.name);
    jsonw_kv_sv(j, "uid", life_json_text(json, "metadata", "uid", &l->scratch));
    jsonw_kv_bool(j, "controller", true);
    jsonw_kv_bool(j, "blockOwnerDeletion", true);
    jsonw_object_end(j);
    jsonw_array_end(j);
}

static struct sv with_hash(struct pocket_life *l, struct sv labels, const char *hash)
{
    _cleanup_str_ struct str out = {0}, quoted = {0};
    str_init(&out, 0);
    str_init(&quoted, 0);
    str_addf(&quoted, "\"%s\"", hash);
    struct life_edit edits[] = {{"pod-template-hash", NULL, str_sv(&quoted)}};
    life_json_edit(&out, labels.ptr ? labels : SV("{}"), edits, 1, &l->scratch);
    return sv_n(mem_must(arena_dup(&l->scratch, str_sv(&out))), out.len);
}

struct sv life_edited(struct pocket_life *l, struct sv json, const char *outer, const char *inner,
                      struct sv raw)
{
    _cleanup_str_ struct str out = {0};
    struct life_edit edits[] = {{outer, inner, raw}};
    str_init(&out, 0);
    life_json_edit(&out, json.ptr ? json : SV("{}"), edits, 1, &l->scratch);
    return sv_n(mem_must(arena_dup(&l->scratch, str_sv(&out))), out.len);
}

static void write_spec(struct pocket_life *l, struct jsonw *j, struct sv json, const char *hash,
                       int32_t replicas)
{
    struct sv template = life_json_at(json, "spec", "template", &l->scratch);
    struct sv selector = life_json_at(json, "spec", "selector", &l->scratch);
    struct sv labels =
        with_hash(l, life_json_at(template, "metadata", "labels", &l->scratch), hash);
    struct sv match = with_hash(l, life_json_at(selector, "matchLabels", NULL, &l->scratch), hash);
    int64_t min_ready = life_json_int(json, "spec", "minReadySeconds", 0, &l->scratch);
    jsonw_kv_int(j, "replicas", replicas);
    if (min_ready)
        jsonw_kv_int(j, "minReadySeconds", min_ready);
    jsonw_key(j, "selector");
    jsonw_raw(j, life_edited(l, selector, "matchLabels", NULL, match));
    jsonw_key(j, "template");
    jsonw_raw(j, life_edited(l, template, "metadata", "labels", labels));
}

static int64_t revision_of(struct pocket_life *l, uint32_t set)
{
    struct life_name n = life_workload_name(l, set);
    struct sv notes = life_json_at(life_get(l, &n), "metadata", "annotations", &l->scratch);
    uint64_t at = 0;
    sv_to_u64(life_json_text(notes, "deployment.kubernetes.io/revision", NULL, &l->scratch), &at);
    return (int64_t)at;
}

/* The highest number of its ReplicaSets but one (WORLD_NONE: of all). */
static int64_t last_revision(struct pocket_life *l, uint32_t deployment, uint32_t but)
{
    int64_t last = 0;
    for (uint32_t i = 0; i < l->w->workloads.len; i++) {
        if (!is_its_set(l, i, deployment) || i == but)
            continue;
        int64_t at = revision_of(l, i);
        last = at > last ? at : last;
    }
    return last;
}

static void show_revision(struct pocket_life *l, const struct life_name *n, int64_t revision)
{
    char number[32];
    struct sv json = life_get(l, n);
    struct sv notes = life_json_at(json, "metadata", "annotations", &l->scratch);
    snprintf(number, sizeof number, "\"%lld\"", (long long)revision);
    struct sv all = life_edited(l, notes, "deployment.kubernetes.io/revision", NULL, sv_of(number));
    struct life_edit edits[] = {{"metadata", "annotations", all}};
    if (!json.ptr)
        return;
    str_reset(&l->out);
    life_json_edit(&l->out, json, edits, 1, &l->scratch);
    life_put(l, n, &l->out);
}

/* Who goes back to a template takes its ReplicaSet for the newest one again. */
static void renumber(struct pocket_life *l, const struct rollout *r)
{
    int64_t last = last_revision(l, r->deployment, r->fresh);
    struct life_name set = life_workload_name(l, r->fresh);
    if (revision_of(l, r->fresh) >= last)
        return;
    show_revision(l, &set, last + 1);
    show_revision(l, &r->name, last + 1);
}

static uint32_t make_set(struct pocket_life *l, const struct rollout *r, int32_t replicas)
{
    char hash[16], name[300];
    int64_t revision = last_revision(l, r->deployment, WORLD_NONE) + 1;
    struct sv json = life_get(l, &r->name);
    struct jsonw j;
    snprintf(hash, sizeof hash, "%x", hash_of(l, r->deployment));
    snprintf(name, sizeof name, "%.*s-%s", SV_ARG(r->name.name), hash);
    struct life_name n = {SV("apps/v1"), SV("ReplicaSet"), r->name.ns, sv_of(name)};
    struct sv template = life_json_at(json, "spec", "template", &l->scratch);
    struct sv labels =
        with_hash(l, life_json_at(template, "metadata", "labels", &l->scratch), hash);
    life_begin_object(l, &j, &n, STRINGS_NONE, pocket_life_seconds(l));
    jsonw_key(&j, "labels");
    jsonw_raw(&j, labels);
    write_meta(l, &j, r, json, revision);
    jsonw_object_end(&j);
    jsonw_key(&j, "spec");
    jsonw_object(&j);
    write_spec(l, &j, json, hash, replicas);
    jsonw_object_end(&j);
    jsonw_object_end(&j);
    life_put(l, &n, &l->out);
    apply(l, &n);
    uint32_t rs = life_find_workload(l, WORKLOAD_REPLICASET, n.ns, n.name);
    if (rs != WORLD_NONE)
        life_take_template(l, rs, life_get(l, &n));
    show_revision(l, &r->name, revision);
    return rs;
}

/* ---- scaling ---- */

struct totals {
    int32_t replicas, available;
};

static struct totals total(struct pocket_life *l, const struct rollout *r)
{
    struct totals t = {0};
    for (uint32_t i = 0; i < l->w->workloads.len; i++)
        if (is_its_set(l, i, r->deployment)) {
            t.replicas += l->w->workloads.items[i].replicas;
            t.available += life_count(l, i).available;
        }
    return t;
}

static void grow_fresh(struct pocket_life *l, const struct rollout *r)
{
    int32_t now = l->w->workloads.items[r->fresh].replicas;
    int32_t room = r->replicas + r->surge - total(l, r).replicas;
    if (now > r->replicas)
        life_scale(l, r->fresh, r->replicas);
    else if (room > 0 && now < r->replicas)
        life_scale(l, r->fresh, now + (room < r->replicas - now ? room : r->replicas - now));
}

/* Old pods that are not available go first; of the others, as many as may be missing. */
static void shrink_old(struct pocket_life *l, const struct rollout *r)
{
    struct totals t = total(l, r);
    struct life_counts fresh = life_count(l, r->fresh);
    int32_t least = r->replicas - r->unavailable;
    int32_t missing = l->w->workloads.items[r->fresh].replicas - fresh.available;
    int32_t may_go = t.replicas - least - missing;
    for (uint32_t i = 0; may_go > 0 && i < l->w->workloads.len; i++) {
        if (!is_its_set(l, i, r->deployment) || i == r->fresh)
            continue;
        int32_t now = l->w->workloads.items[i].replicas;
        int32_t less = now < may_go ? now : may_go;
        life_scale(l, i, now - less);
        may_go -= less;
    }
}

static bool old_pods_live(struct pocket_life *l, const struct rollout *r)
{
    for (uint32_t i = 0; i < l->w->workloads.len; i++)
        if (is_its_set(l, i, r->deployment) && i != r->fresh && l->w->workloads.items[i].pod_count)
            return true;
    return false;
}

static void recreate(struct pocket_life *l, struct rollout *r)
{
    for (uint32_t i = 0; i < l->w->workloads.len; i++)
        if (is_its_set(l, i, r->deployment) && i != r->fresh)
            life_scale(l, i, 0);
    if (old_pods_live(l, r))
        return;
    if (r->fresh == WORLD_NONE)
        r->fresh = make_set(l, r, r->replicas);
    else
        life_scale(l, r->fresh, r->replicas);
}

int32_t life_max_unavailable(struct pocket_life *l, uint32_t deployment)
{
    struct rollout r;
    read_strategy(l, deployment, &r);
    return r.recreate ? 0 : r.unavailable;
}

/* Other changes of the object than those of its template reach the ReplicaSet, too. */
static void adjust(struct pocket_life *l, const struct rollout *r)
{
    int32_t wanted = l->w->workloads.items[r->deployment].min_ready_s;
    if (l->w->workloads.items[r->fresh].min_ready_s != wanted)
        set_spec(l, r->fresh, "minReadySeconds", wanted);
}

void life_deploy(struct pocket_life *l, uint32_t deployment)
{
    struct rollout r;
    struct life_name n = life_workload_name(l, deployment);
    struct sv json = life_get(l, &n);
    if (!json.ptr || life_json_at(json, "metadata", "deletionTimestamp", &l->scratch).ptr)
        return;
    read_rollout(l, deployment, &r);
    if (r.paused && r.fresh == WORLD_NONE)
        return;
    if (r.fresh != WORLD_NONE) {
        renumber(l, &r);
        adjust(l, &r);
    }
    if (r.recreate) {
        recreate(l, &r);
        return;
    }
    if (r.fresh == WORLD_NONE) {
        int32_t room = r.replicas + r.surge - total(l, &r).replicas;
        r.fresh = make_set(l, &r, room < 0 ? 0 : room < r.replicas ? room : r.replicas);
    }
    if (r.fresh == WORLD_NONE)
        return;
    grow_fresh(l, &r);
    shrink_old(l, &r);
}

/* ---- StatefulSets and DaemonSets ---- */

static bool is_old(const struct pocket_life *l, uint32_t pod, uint32_t hash)
{
    return pod >= l->revisions.len || l->revisions.items[pod] != hash;
}

/* The old pod that goes next: of a set the one with the highest ordinal. */
static uint32_t next_old(const struct pocket_life *l, uint32_t workload, int64_t partition)
{
    uint32_t best = WORLD_NONE, hash = hash_of(l, workload);
    world_each_pod_of_workload(l->w, workload, p) {
        const struct world_pod *pod = &l->w->pods.items[p];
        if (pod->deleting || !is_old(l, p, hash) || (pod->ordinal >= 0 && pod->ordinal < partition))
            continue;
        if (best == WORLD_NONE || pod->ordinal > l->w->pods.items[best].ordinal)
            best = p;
    }
    return best;
}

void life_roll(struct pocket_life *l, uint32_t workload)
{
    const struct world_workload *wl = &l->w->workloads.items[workload];
    struct life_counts c = life_count(l, workload);
    if (c.updated == c.pods || c.leaving)
        return;
    struct life_name n = life_workload_name(l, workload);
    struct sv strategy = life_json_at(life_get(l, &n), "spec", "updateStrategy", &l->scratch);
    if (sv_is(life_json_text(strategy, "type", NULL, &l->scratch), "OnDelete"))
        return;
    int64_t partition = life_json_int(strategy, "rollingUpdate", "partition", 0, &l->scratch);
    uint32_t pod = next_old(l, workload, partition);
    int32_t wanted =
        wl->kind == WORKLOAD_DAEMONSET ? (int32_t)sim_daemon_nodes(l->sim, workload) : wl->replicas;
    if (pod == WORLD_NONE || c.pods < wanted)
        return;
    if (c.available == c.pods || !l->w->pods.items[pod].ready)
        sim_delete_pod(l->sim, pod, -1);
}
