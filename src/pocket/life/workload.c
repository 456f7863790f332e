/* Workloads as the API shows them: made up from the world, and their statuses. */
#include "pocket/life/internal.h"

#include <stdio.h>
#include <xxhash.h>

struct life_name life_workload_name(const struct pocket_life *l, uint32_t workload)
{
    const struct world_workload *wl = &l->w->workloads.items[workload];
    bool batch = wl->kind == WORKLOAD_JOB || wl->kind == WORKLOAD_CRONJOB;
    bool beta = wl->kind == WORKLOAD_CRONJOB && !life_since(l, 21);
    return (struct life_name){wl->kind == WORKLOAD_REPLICATIONCONTROLLER ? SV("v1")
                              : beta                                     ? SV("batch/v1beta1")
                              : batch                                    ? SV("batch/v1")
                                                                         : SV("apps/v1"),
                              sv_of(workload_kind_name(l->w, wl)), life_text(l, wl->ns),
                              life_text(l, wl->name)};
}

uint32_t life_find_workload(const struct pocket_life *l, enum workload_kind kind, struct sv ns,
                            struct sv name)
{
    return world_find_workload(l->w, kind, ns, name);
}

/* StatefulSets look at it since 1.23. */
static int32_t min_ready(const struct pocket_life *l, const struct world_workload *wl)
{
    return wl->kind == WORKLOAD_STATEFULSET && !life_since(l, 23) ? 0 : wl->min_ready_s;
}

static void count_available(const struct pocket_life *l, int64_t since, int32_t seconds,
                            struct life_counts *c)
{
    int64_t at = since + seconds;
    if (!seconds || at <= pocket_life_seconds(l))
        c->available++;
    else if (!c->changes || at < c->changes)
        c->changes = at;
}

struct life_counts life_count(const struct pocket_life *l, uint32_t workload)
{
    struct life_counts c = {0};
    int32_t seconds = min_ready(l, &l->w->workloads.items[workload]);
    uint32_t hash = workload < l->workload_hashes.len ? l->workload_hashes.items[workload] : 0;
    world_each_pod_of_workload(l->w, workload, p) {
        const struct world_pod *pod = &l->w->pods.items[p];
        c.leaving += pod->deleting != 0;
        if (pod->deleting || world_pod_is_finished(pod))
            continue;
        c.pods++;
        c.ready += pod->ready;
        if (pod->ready)
            count_available(l, pod->ready_since, seconds, &c);
        c.updated += p < l->revisions.len && l->revisions.items[p] == hash;
    }
    return c;
}

/* ---- made up ---- */

/* Of a Deployment the template is that of its ReplicaSet with most replicas. */
static uint32_t class_of(const struct pocket_life *l, uint32_t workload)
{
    const struct world *w = l->w;
    const struct world_workload *wl = &w->workloads.items[workload];
    uint32_t best = workload;
    for (uint32_t i = 0; wl->kind == WORKLOAD_DEPLOYMENT && i < w->workloads.len; i++) {
        const struct world_workload *rs = &w->workloads.items[i];
        bool mine = rs->used && rs->owner == workload && rs->template != WORLD_NONE;
        if (mine && (best == workload || rs->replicas > w->workloads.items[best].replicas))
            best = i;
    }
    if (w->workloads.items[best].template == WORLD_NONE &&
        w->workloads.items[best].pods != WORLD_NONE)
        return w->pods.items[w->workloads.items[best].pods].class;
    return w->workloads.items[best].template;
}

static void write_template(struct pocket_life *l, struct jsonw *j, uint32_t workload)
{
    uint32_t class = class_of(l, workload);
    bool deployment = l->w->workloads.items[workload].kind == WORKLOAD_DEPLOYMENT;
    uint32_t hash = strings_find(&l->w->strings, SV("pod-template-hash"));
    jsonw_key(j, "template");
    jsonw_object(j);
    jsonw_key(j, "metadata");
    jsonw_object(j);
    if (class != WORLD_NONE) {
        struct labels have = l->w->classes.items[class].labels;
        jsonw_key(j, "labels");
        jsonw_object(j);
        for (uint32_t i = 0; i < have.len; i++) {
            if (deployment && have.items[i].key == hash)
                continue;
            jsonw_key_sv(j, life_text(l, have.items[i].key));
            jsonw_sv(j, life_text(l, have.items[i].value));
        }
        jsonw_object_end(j);
    }
    jsonw_object_end(j);
    jsonw_key(j, "spec");
    jsonw_object(j);
    if (class != WORLD_NONE)
        life_write_spec(j, l->w, class, WORLD_NONE);
    jsonw_object_end(j);
    jsonw_object_end(j);
}

static void write_claim_templates(struct pocket_life *l, struct jsonw *j,
                                  const struct world_workload *wl)
{
    jsonw_key(j, "volumeClaimTemplates");
    jsonw_array(j);
    for (uint32_t i = 0; i < wl->claim_template_count; i++) {
        jsonw_object(j);
        jsonw_key(j, "metadata");
        jsonw_object(j);
        jsonw_kv_sv(j, "name", life_text(l, wl->claim_templates[i]));
        jsonw_object_end(j);
        jsonw_key(j, "spec");
        jsonw_raw(j, SV("{\"accessModes\":[\"ReadWriteOnce\"],\"resources\":{\"requests\":{"
                        "\"storage\":\"10Gi\"}}}"));
        jsonw_object_end(j);
    }
    jsonw_array_end(j);
}

static void write_kind_spec(struct pocket_life *l, struct jsonw *j, const struct world_workload *wl)
{
    if (wl->kind == WORKLOAD_JOB) {
        jsonw_kv_int(j, "parallelism", wl->replicas);
        if (wl->completions)
            jsonw_kv_int(j, "completions", wl->completions);
        jsonw_kv_int(j, "backoffLimit", wl->backoff_limit);
        if (wl->replace_failed_only)
            jsonw_kv_str(j, "podReplacementPolicy", "Failed");
    } else if (wl->kind != WORKLOAD_DAEMONSET) {
        jsonw_kv_int(j, "replicas", wl->replicas);
    }
    if (wl->min_ready_s)
        jsonw_kv_int(j, "minReadySeconds", wl->min_ready_s);
    if (wl->kind == WORKLOAD_STATEFULSET) {
        jsonw_kv_str(j, "podManagementPolicy", wl->parallel ? "Parallel" : "OrderedReady");
        jsonw_kv_sv(j, "serviceName", life_text(l, wl->name));
        if (wl->claim_template_count)
            write_claim_templates(l, j, wl);
    }
    if (wl->kind == WORKLOAD_DEPLOYMENT && wl->recreate)
        jsonw_key(j, "strategy"), jsonw_raw(j, SV("{\"type\":\"Recreate\"}"));
}

static void write_owner(struct pocket_life *l, struct jsonw *j, uint32_t owner)
{
    struct life_name n = life_workload_name(l, owner);
    struct sv uid = life_json_text(life_get(l, &n), "metadata", "uid", &l->scratch);
    jsonw_key(j, "ownerReferences");
    jsonw_array(j);
    jsonw_object(j);
    jsonw_kv_sv(j, "apiVersion", n.api_version);
    jsonw_kv_sv(j, "kind", n.kind);
    jsonw_kv_sv(j, "name", n.name);
    jsonw_kv_sv(j, "uid", uid.ptr ? uid : life_text(l, l->w->workloads.items[owner].uid));
    jsonw_kv_bool(j, "controller", true);
    jsonw_kv_bool(j, "blockOwnerDeletion", true);
    jsonw_object_end(j);
    jsonw_array_end(j);
}

/* A schedule of which nothing is known: once a year. */
static void write_spec(struct pocket_life *l, struct jsonw *j, uint32_t workload)
{
    const struct world_workload *wl = &l->w->workloads.items[workload];
    bool cron = wl->kind == WORKLOAD_CRONJOB;
    if (cron) {
        jsonw_kv_str(j, "schedule", "0 0 1 1 *");
        jsonw_key(j, "jobTemplate");
        jsonw_object(j);
        jsonw_key(j, "spec");
        jsonw_object(j);
    } else {
        write_kind_spec(l, j, wl);
    }
    if (!wl->selector.nothing) {
        jsonw_key(j, "selector");
        life_write_selector(j, l->w, &wl->selector);
    }
    write_template(l, j, workload);
    if (cron) {
        jsonw_object_end(j);
        jsonw_object_end(j);
    }
}

void life_workload_enter(struct pocket_life *l, uint32_t workload)
{
    const struct world_workload *wl = &l->w->workloads.items[workload];
    struct life_name n = life_workload_name(l, workload);
    struct jsonw j;
    if (wl->kind == WORKLOAD_OTHER)
        return;
    struct sv json = life_get(l, &n);
    if (!json.ptr) {
        if (wl->owner != WORLD_NONE)
            life_workload_enter(l, wl->owner);
        life_begin_object(l, &j, &n, wl->uid, 0);
        jsonw_kv_int(&j, "generation", 1);
        if (wl->owner != WORLD_NONE)
            write_owner(l, &j, wl->owner);
        jsonw_object_end(&j);
        jsonw_key(&j, "spec");
        jsonw_object(&j);
        write_spec(l, &j, workload);
        jsonw_object_end(&j);
        jsonw_object_end(&j);
        life_put(l, &n, &l->out);
        json = life_get(l, &n);
    }
    life_take_template(l, workload, json);
    arena_reset(&l->scratch);
}

/* ---- templates ---- */

uint32_t life_template_hash(struct pocket_life *l, struct sv template)
{
    str_reset(&l->part);
    life_json_canon(&l->part, template, &l->scratch);
    uint32_t hash = (uint32_t)XXH3_64bits(str_c(&l->part), l->part.len);
    return hash ? hash : 1;
}

void life_take_template(struct pocket_life *l, uint32_t workload, struct sv json)
{
    while (l->workload_hashes.len <= workload)
        must_push(&l->workload_hashes, 0);
    l->workload_hashes.items[workload] =
        life_template_hash(l, life_json_at(json, "spec", "template", &l->scratch));
}

/* ---- status ---- */

static void write_counts(struct jsonw *j, const char *const names[4], const int32_t n[4])
{
    for (unsigned i = 0; i < 4; i++)
        if (names[i])
            jsonw_kv_int(j, names[i], n[i]);
}

static void write_set(struct pocket_life *l, struct jsonw *j, uint32_t workload)
{
    static const char *const names[4] = {"replicas", "readyReplicas", "availableReplicas",
                                         "updatedReplicas"};
    struct life_counts c = life_count(l, workload);
    char revision[64];
    write_counts(j, names, (int32_t[4]){c.pods, c.ready, c.available, c.updated});
    jsonw_kv_int(j, "currentReplicas", c.updated);
    snprintf(revision, sizeof revision, "%.40s-%x",
             world_text(l->w, l->w->workloads.items[workload].name),
             workload < l->workload_hashes.len ? l->workload_hashes.items[workload] : 0);
    jsonw_kv_str(j, "updateRevision", revision);
    if (c.updated == c.pods)
        jsonw_kv_str(j, "currentRevision", revision);
    else
        jsonw_kv_str(j, "currentRevision", "outdated");
}

static void write_daemons(struct pocket_life *l, struct jsonw *j, uint32_t workload)
{
    struct life_counts c = life_count(l, workload);
    int32_t wanted = (int32_t)sim_daemon_nodes(l->sim, workload);
    jsonw_kv_int(j, "desiredNumberScheduled", wanted);
    jsonw_kv_int(j, "currentNumberScheduled", c.pods);
    jsonw_kv_int(j, "updatedNumberScheduled", c.updated);
    jsonw_kv_int(j, "numberReady", c.ready);
    jsonw_kv_int(j, "numberAvailable", c.available);
    if (wanted > c.available)
        jsonw_kv_int(j, "numberUnavailable", wanted - c.available);
    jsonw_kv_int(j, "numberMisscheduled", 0);
}

static void write_status(struct pocket_life *l, struct jsonw *j, uint32_t workload, struct sv json)
{
    static const char *const names[4] = {"replicas", "fullyLabeledReplicas", "readyReplicas",
                                         "availableReplicas"};
    const struct world_workload *wl = &l->w->workloads.items[workload];
    jsonw_object(j);
    if (wl->kind != WORKLOAD_JOB)
        jsonw_kv_int(j, "observedGeneration",
                     life_json_int(json, "metadata", "generation", 1, &l->scratch));
    if (wl->kind == WORKLOAD_DEPLOYMENT) {
        life_write_deployment(l, j, workload, json);
    } else if (wl->kind == WORKLOAD_STATEFULSET) {
        write_set(l, j, workload);
    } else if (wl->kind == WORKLOAD_DAEMONSET) {
        write_daemons(l, j, workload);
    } else if (wl->kind == WORKLOAD_JOB) {
        life_write_job(l, j, workload, json);
    } else {
        struct life_counts c = life_count(l, workload);
        write_counts(j, names, (int32_t[4]){c.pods, c.pods, c.ready, c.available});
    }
    jsonw_object_end(j);
}

void life_workload_update(struct pocket_life *l, uint32_t workload)
{
    const struct world_workload *wl = &l->w->workloads.items[workload];
    struct life_name n = life_workload_name(l, workload);
    _cleanup_str_ struct str status = {0};
    struct jsonw j;
    if (wl->kind == WORKLOAD_OTHER || wl->kind == WORKLOAD_CRONJOB)
        return;
    struct sv json = life_get(l, &n);
    if (!json.ptr)
        return;
    str_init(&status, 0);
    jsonw_init(&j, &status, 0);
    if (wl->kind == WORKLOAD_JOB && wl->replicas == 0 && life_job_state(l, json) != JOB_RUNS)
        return;
    write_status(l, &j, workload, json);
    int64_t changes = wl->min_ready_s ? life_count(l, workload).changes : 0;
    if (changes)
        life_alarm(l, ALARM_WORKLOAD, workload, life_ms_of(l, changes));
    struct life_edit edits[] = {{"status", NULL, str_sv(&status)}};
    json = life_get(l, &n);
    str_reset(&l->out);
    if (!sv_eq(life_json_at(json, "status", NULL, &l->scratch), str_sv(&status))) {
        life_json_edit(&l->out, json, edits, 1, &l->scratch);
        life_put(l, &n, &l->out);
    }
    arena_reset(&l->scratch);
}
