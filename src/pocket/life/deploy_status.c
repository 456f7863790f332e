/* What the Deployment controller tells of a rollout. Source: pkg/controller/deployment (sync.go,
 * progress.go). */
#include "base/timestamp.h"
#include "pocket/life/internal.h"

#include <stdio.h>

static bool is_fresh(const struct pocket_life *l, uint32_t d, uint32_t set)
{
    const uint32_t *hashes = l->workload_hashes.items;
    return set < l->workload_hashes.len && d < l->workload_hashes.len && hashes[set] == hashes[d];
}

struct rollout {
    struct life_counts counts;
    uint32_t fresh; /* the ReplicaSet of its template now; WORLD_NONE */
    int32_t wanted;
    struct sv json, before; /* the Deployment, its status till now */
};

/* All the ReplicaSets of a Deployment; those made of its template now count as updated. */
static void count(const struct pocket_life *l, uint32_t d, struct rollout *r)
{
    for (uint32_t i = 0; i < l->w->workloads.len; i++) {
        const struct world_workload *rs = &l->w->workloads.items[i];
        if (!rs->used || rs->owner != d)
            continue;
        struct life_counts c = life_count(l, i);
        r->counts.pods += c.pods;
        r->counts.ready += c.ready;
        r->counts.available += c.available;
        if (is_fresh(l, d, i)) {
            r->counts.updated += c.pods;
            if (r->fresh == WORLD_NONE || rs->replicas)
                r->fresh = i;
        }
    }
}

/* ---- conditions ---- */

static int32_t before_of(struct pocket_life *l, const struct rollout *r, const char *field)
{
    return (int32_t)life_json_int(r->before, field, NULL, 0, &l->scratch);
}

static bool has_progressed(struct pocket_life *l, const struct rollout *r)
{
    const struct life_counts *c = &r->counts;
    int32_t updated = before_of(l, r, "updatedReplicas");
    return c->updated > updated || c->pods - c->updated < before_of(l, r, "replicas") - updated ||
           c->ready > before_of(l, r, "readyReplicas") ||
           c->available > before_of(l, r, "availableReplicas");
}

/* progressDeadlineSeconds; 0: it may take any time. */
static int64_t limit_of(struct pocket_life *l, const struct rollout *r)
{
    int64_t limit = life_json_int(r->json, "spec", "progressDeadlineSeconds", 600, &l->scratch);
    bool paused = sv_is(life_json_text(r->json, "spec", "paused", &l->scratch), "true");
    return paused || limit >= INT32_MAX ? 0 : limit;
}

enum progress { PROGRESS_NEW, PROGRESS_MADE, PROGRESS_NONE, PROGRESS_LATE, PROGRESS_DONE };

static enum progress judge(struct pocket_life *l, const struct rollout *r, struct sv was)
{
    const struct life_counts *c = &r->counts;
    struct sv reason = life_json_text(was, "reason", NULL, &l->scratch);
    int64_t since;
    if (c->updated == r->wanted && c->pods == r->wanted && c->available == r->wanted)
        return PROGRESS_DONE;
    if (!was.ptr)
        return PROGRESS_NEW;
    if (has_progressed(l, r) || sv_is(reason, "NewReplicaSetAvailable"))
        return PROGRESS_MADE;
    bool known = timestamp_parse(life_json_text(was, "lastUpdateTime", NULL, &l->scratch), &since);
    int64_t limit = limit_of(l, r);
    return limit && known && since + limit <= pocket_life_seconds(l) ? PROGRESS_LATE
                                                                     : PROGRESS_NONE;
}

/* Once all is there it stays so: pods that are lost later are no rollout. */
static bool is_over(struct pocket_life *l, const struct rollout *r, struct sv was)
{
    return r->counts.pods == r->counts.updated &&
           sv_is(life_json_text(was, "reason", NULL, &l->scratch), "NewReplicaSetAvailable");
}

static void watch_deadline(struct pocket_life *l, const struct rollout *r, uint32_t d,
                           enum progress p, struct sv was)
{
    int64_t since = pocket_life_seconds(l), limit = p <= PROGRESS_NONE ? limit_of(l, r) : 0;
    if (p == PROGRESS_NONE)
        timestamp_parse(life_json_text(was, "lastUpdateTime", NULL, &l->scratch), &since);
    if (limit)
        life_alarm(l, ALARM_WORKLOAD, d, life_ms_of(l, since + limit));
}

static void write_progress(struct pocket_life *l, struct jsonw *j, const struct rollout *r,
                           uint32_t d, struct sv conditions)
{
    static const char *const reasons[] = {"NewReplicaSetCreated", "ReplicaSetUpdated",
                                          "ReplicaSetUpdated", "ProgressDeadlineExceeded",
                                          "NewReplicaSetAvailable"};
    struct sv was = life_condition_of(l, conditions, SV("Progressing"));
    char text[400];
    if (r->fresh == WORLD_NONE || is_over(l, r, was)) {
        if (was.ptr)
            jsonw_raw(j, was);
        return;
    }
    enum progress p = judge(l, r, was);
    const char *name = world_text(l->w, l->w->workloads.items[r->fresh].name);
    if (p == PROGRESS_NEW)
        snprintf(text, sizeof text, "Created new replica set \"%s\"", name);
    else
        snprintf(text, sizeof text, "ReplicaSet \"%s\" %s.", name,
                 p == PROGRESS_DONE   ? "has successfully progressed"
                 : p == PROGRESS_LATE ? "has timed out progressing"
                                      : "is progressing");
    watch_deadline(l, r, d, p, was);
    const struct life_condition c = {"Progressing", reasons[p], text, p != PROGRESS_LATE};
    const struct life_condition_way way = {conditions, "lastUpdateTime", p == PROGRESS_MADE};
    life_write_condition(l, j, &c, &way);
}

static void write_available(struct pocket_life *l, struct jsonw *j, const struct rollout *r,
                            uint32_t d, struct sv conditions)
{
    const struct life_condition_way way = {conditions, "lastUpdateTime", false};
    int32_t lacks = r->wanted - r->counts.available;
    bool on = lacks <= 0 || lacks <= life_max_unavailable(l, d);
    const struct life_condition c = {"Available",
                                     on ? "MinimumReplicasAvailable" : "MinimumReplicasUnavailable",
                                     on ? "Deployment has minimum availability."
                                        : "Deployment does not have minimum availability.",
                                     on};
    life_write_condition(l, j, &c, &way);
}

void life_write_deployment(struct pocket_life *l, struct jsonw *j, uint32_t d, struct sv json)
{
    struct rollout r = {.fresh = WORLD_NONE,
                        .wanted = l->w->workloads.items[d].replicas,
                        .json = json,
                        .before = life_json_at(json, "status", NULL, &l->scratch)};
    struct sv conditions = life_json_at(r.before, "conditions", NULL, &l->scratch);
    count(l, d, &r);
    jsonw_kv_int(j, "replicas", r.counts.pods);
    jsonw_kv_int(j, "updatedReplicas", r.counts.updated);
    jsonw_kv_int(j, "readyReplicas", r.counts.ready);
    jsonw_kv_int(j, "availableReplicas", r.counts.available);
    if (r.wanted > r.counts.available)
        jsonw_kv_int(j, "unavailableReplicas", r.wanted - r.counts.available);
    jsonw_key(j, "conditions");
    jsonw_array(j);
    write_available(l, j, &r, d, conditions);
    write_progress(l, j, &r, d, conditions);
    jsonw_array_end(j);
}
