#include "pocket/life.h"

#include "base/timestamp.h"
#include "pocket/life/internal.h"

#include <stdio.h>

#define JOB_MS 10000

/* ---- marks ---- */

void life_mark(struct life_marks *m, uint32_t index)
{
    if (index == WORLD_NONE)
        return;
    while (m->set.len <= index)
        must_push(&m->set, false);
    if (m->set.items[index])
        return;
    m->set.items[index] = true;
    must_push(&m->items, index);
}

static void take_marks(struct pocket_life *l, struct life_marks *m,
                       void (*update)(struct pocket_life *, uint32_t))
{
    for (size_t i = 0; i < m->items.len; i++) {
        m->set.items[m->items.items[i]] = false;
        update(l, m->items.items[i]);
    }
    m->items.len = 0;
}

/* ---- what the simulator tells ---- */

static void mark_pod(struct pocket_life *l, uint32_t pod)
{
    uint32_t owner = l->w->pods.items[pod].owner;
    life_mark(&l->workloads, owner);
    if (owner != WORLD_NONE)
        life_mark(&l->workloads, l->w->workloads.items[owner].owner);
    life_mark_services(l, pod);
}

static void on_change(void *ctx, const struct world_change *c, int64_t now_ms)
{
    struct pocket_life *l = ctx;
    if (c->kind == CHANGE_POD_GONE) {
        life_leave_class(l, c->index);
        life_keep_address(l, c->index, SV_NONE);
    } else if (c->kind >= CHANGE_POD_ADDED && c->kind <= CHANGE_POD_OTHER) {
        life_join_class(l, c->index);
    }
    struct life_change change = {.kind = c->kind, .index = c->index};
    if (l->listener)
        l->listener(l->listener_ctx, c, now_ms);
    if (c->kind >= CHANGE_POD_ADDED && c->kind <= CHANGE_POD_OTHER) {
        const struct world_pod *p = &l->w->pods.items[c->index];
        change.ns = world_class_of(l->w, c->index)->ns;
        change.name = p->name;
        mark_pod(l, c->index);
    } else if (c->kind >= CHANGE_NODE_ADDED && c->kind <= CHANGE_NODE_OTHER) {
        change.name = l->w->nodes.items[c->index].name;
    }
    must_push(&l->changes, change);
}

static bool is_pod(const struct pocket_life *l, const struct life_change *c)
{
    return c->index < l->w->pods.len && l->w->pods.items[c->index].used &&
           l->w->pods.items[c->index].name == c->name &&
           world_class_of(l->w, c->index)->ns == c->ns;
}

static bool is_node(const struct pocket_life *l, const struct life_change *c)
{
    return c->index < l->w->nodes.len && l->w->nodes.items[c->index].used &&
           l->w->nodes.items[c->index].name == c->name;
}

static void drop(struct pocket_life *l, const char *kind, const struct life_change *c)
{
    struct life_name n = {SV("v1"), sv_of(kind), c->ns ? life_text(l, c->ns) : SV_NONE,
                          life_text(l, c->name)};
    l->host.drop(l->host.ctx, &n);
}

/* Its program comes to an end by itself: a Job's, or that of a pod which a client made by hand and
 * which is not to be started again. What ran before the start goes on. */
static bool has_end(const struct pocket_life *l, const struct world_pod *p)
{
    if (p->owner != WORLD_NONE)
        return l->w->workloads.items[p->owner].kind == WORKLOAD_JOB;
    return !p->foreign_owner && !p->owner_gone && !p->mirror && p->created >= l->w->taken &&
           l->w->classes.items[p->class].restart_policy != 'A';
}

static void expect_end(struct pocket_life *l, uint32_t pod)
{
    const struct world_pod *p = &l->w->pods.items[pod];
    if (p->phase != POD_RUNNING || !has_end(l, p))
        return;
    vec_foreach(e, &l->ends)
        if (e->pod == pod && e->name == p->name)
            return;
    must_push(&l->ends, (struct life_end){sim_now(l->sim) + l->job_ms, pod, p->name});
}

static void tell_pod(struct pocket_life *l, const struct life_change *c)
{
    const struct world_pod *p = &l->w->pods.items[c->index];
    if (c->kind == CHANGE_POD_ADDED)
        life_pod_enter(l, c->index);
    else if (c->kind == CHANGE_POD_BOUND)
        life_event(l, c->index, "Scheduled", "Normal", "Successfully assigned %s/%s to %s",
                   world_text(l->w, c->ns), world_text(l->w, c->name),
                   p->node == WORLD_NONE ? "" : world_text(l->w, l->w->nodes.items[p->node].name));
    else if (c->kind == CHANGE_POD_DELETING && p->node != WORLD_NONE)
        life_event(l, c->index, "Killing", "Normal", "Stopping container main");
    else if (c->kind == CHANGE_POD_OTHER)
        expect_end(l, c->index);
    if (c->kind == CHANGE_POD_UNSCHEDULABLE) {
        _cleanup_str_ struct str why = {0};
        str_init(&why, 0);
        sim_why_pending(l->sim, c->index, &why);
        life_event(l, c->index, "FailedScheduling", "Warning", "%s", str_c(&why));
    }
    life_mark(&l->pods, c->index);
}

static void tell(struct pocket_life *l, const struct life_change *c)
{
    if (c->kind == CHANGE_POD_GONE) {
        drop(l, "Pod", c);
    } else if (c->kind >= CHANGE_POD_ADDED && c->kind <= CHANGE_POD_OTHER) {
        if (is_pod(l, c))
            tell_pod(l, c);
    } else if (c->kind == CHANGE_NODE_GONE) {
        drop(l, "Node", c);
    } else if (c->kind >= CHANGE_NODE_ADDED && c->kind <= CHANGE_NODE_OTHER) {
        if (is_node(l, c))
            life_mark(&l->nodes, c->index);
    } else if (c->kind == CHANGE_PDB) {
        life_pdb_update(l, c->index);
    } else if (c->kind == CHANGE_CLAIM) {
        life_claim_update(l, c->index);
    } else if (c->kind == CHANGE_VOLUME) {
        life_volume_update(l, c->index);
    } else if (c->kind == CHANGE_ATTACHMENT) {
        life_attachment_update(l, c->index);
    } else if (c->kind == CHANGE_WORKLOAD) {
        life_mark(&l->workloads, c->index);
    }
}

static void update_pod(struct pocket_life *l, uint32_t pod)
{
    if (l->w->pods.items[pod].used)
        life_pod_update(l, pod);
}

static void update_node(struct pocket_life *l, uint32_t node)
{
    if (!l->w->nodes.items[node].used)
        return;
    life_node_enter(l, node);
    life_node_update(l, node);
}

static void settle_workload(struct pocket_life *l, uint32_t workload)
{
    const struct world_workload *wl = &l->w->workloads.items[workload];
    enum workload_kind kind = wl->kind;
    if (!wl->used)
        return;
    if (kind == WORKLOAD_DEPLOYMENT)
        life_deploy(l, workload);
    else if (kind == WORKLOAD_STATEFULSET || kind == WORKLOAD_DAEMONSET)
        life_roll(l, workload);
    else if (kind == WORKLOAD_CRONJOB)
        life_settle_cron(l, workload);
    life_workload_update(l, workload);
    life_scaler_target_changed(l, workload);
    if (kind == WORKLOAD_JOB)
        life_settle_job(l, workload);
}

/* Telling may make more happen: a Deployment scales, a roll deletes. */
void life_flush(struct pocket_life *l)
{
    if (l->flushing)
        return;
    l->flushing = true;
    while (l->changes.len || l->pods.items.len || l->nodes.items.len || l->workloads.items.len ||
           l->services.items.len || l->scaler_marks.items.len) {
        for (size_t i = 0; i < l->changes.len; i++) {
            struct life_change c = l->changes.items[i];
            tell(l, &c);
        }
        l->changes.len = 0;
        take_marks(l, &l->nodes, update_node);
        take_marks(l, &l->pods, update_pod);
        take_marks(l, &l->services, life_service_update);
        take_marks(l, &l->workloads, settle_workload);
        take_marks(l, &l->scaler_marks, life_settle_scaler);
    }
    arena_reset(&l->scratch);
    l->flushing = false;
}

/* ---- small things ---- */

struct sv life_text(const struct pocket_life *l, uint32_t id)
{
    return strings_get(&l->w->strings, id);
}

void life_write_time(struct jsonw *j, const char *key, int64_t seconds)
{
    char buf[TIMESTAMP_TEXT_MAX];
    jsonw_kv_str(j, key, timestamp_format(seconds, buf));
}

void life_uid(struct pocket_life *l, char out[static 37])
{
    uint64_t a = random_next(&l->random), b = random_next(&l->random);
    snprintf(out, 37, "%08x-%04x-4%03x-%04x-%012llx", (unsigned)(a >> 32),
             (unsigned)(a >> 16 & 0xffff), (unsigned)(a & 0xfff),
             (unsigned)(0x8000 | (b >> 48 & 0x3fff)), (unsigned long long)(b & 0xffffffffffff));
}

struct sv life_get(struct pocket_life *l, const struct life_name *n)
{
    return l->host.get(l->host.ctx, n);
}

void life_put(struct pocket_life *l, const struct life_name *n, struct str *json)
{
    l->host.put(l->host.ctx, n, str_sv(json));
}

void life_write_head(struct pocket_life *l, struct jsonw *j, const struct life_name *n,
                     uint32_t uid, int64_t created)
{
    char fresh[37];
    jsonw_object(j);
    jsonw_kv_sv(j, "apiVersion", n->api_version);
    jsonw_kv_sv(j, "kind", n->kind);
    jsonw_key(j, "metadata");
    jsonw_object(j);
    jsonw_kv_sv(j, "name", n->name);
    if (n->ns.ptr)
        jsonw_kv_sv(j, "namespace", n->ns);
    if (!uid)
        life_uid(l, fresh);
    jsonw_kv_sv(j, "uid", uid ? life_text(l, uid) : sv_of(fresh));
    life_write_time(j, "creationTimestamp", created ? created : l->w->taken);
}

void life_begin_object(struct pocket_life *l, struct jsonw *j, const struct life_name *n,
                       uint32_t uid, int64_t created)
{
    str_reset(&l->out);
    jsonw_init(j, &l->out, 0);
    life_write_head(l, j, n, uid, created);
}

/* ---- time ---- */

int64_t pocket_life_seconds(const struct pocket_life *l)
{
    return l->w->taken + sim_now(l->sim) / 1000;
}

static int64_t next_end(const struct pocket_life *l)
{
    int64_t at = INT64_MAX;
    vec_foreach(e, &l->ends)
        at = e->at < at ? e->at : at;
    return at;
}

int64_t pocket_life_next(const struct pocket_life *l)
{
    const int64_t all[] = {sim_next(l->sim), next_end(l), life_next_alarm(l)};
    int64_t first = l->removals.len ? sim_now(l->sim) : INT64_MAX;
    for (size_t i = 0; i < ARRAY_LEN(all); i++)
        first = all[i] < first ? all[i] : first;
    return first;
}

static void end_programs(struct pocket_life *l)
{
    for (size_t i = 0; i < l->ends.len;) {
        struct life_end e = l->ends.items[i];
        if (e.at > sim_now(l->sim)) {
            i++;
            continue;
        }
        l->ends.items[i] = l->ends.items[--l->ends.len];
        if (l->w->pods.items[e.pod].used && l->w->pods.items[e.pod].name == e.name)
            sim_finish_pod(l->sim, e.pod, true);
    }
}

/* What controllers delete goes as if a client did it: nothing is half done here then. */
static void remove_jobs(struct pocket_life *l)
{
    while (l->removals.len) {
        const struct life_removal r = l->removals.items[--l->removals.len];
        const struct world_workload *wl = &l->w->workloads.items[r.workload];
        if (!wl->used || wl->name != r.name)
            continue;
        const struct life_name n = life_workload_name(l, r.workload);
        l->host.remove(l->host.ctx, &n);
    }
}

void pocket_life_run(struct pocket_life *l, int64_t now_ms)
{
    for (int64_t at; (at = pocket_life_next(l)) <= now_ms;) {
        sim_run(l->sim, at > sim_now(l->sim) ? at : sim_now(l->sim));
        end_programs(l);
        life_ring(l);
        life_flush(l);
        remove_jobs(l);
    }
    sim_run(l->sim, now_ms);
    life_flush(l);
}

void pocket_life_listen(struct pocket_life *l,
                        void (*fn)(void *ctx, const struct world_change *c, int64_t now_ms),
                        void *ctx)
{
    l->listener = fn;
    l->listener_ctx = ctx;
}

void pocket_life_ask_groups(struct pocket_life *l,
                            const char *(*fn)(void *ctx, struct sv ns, struct sv service),
                            void *ctx)
{
    l->groups = fn;
    l->groups_ctx = ctx;
}

const struct world *pocket_life_world(const struct pocket_life *l)
{
    return l->w;
}

/* ---- making and unmaking ---- */

/* The API takes names from the objects, so everything has one. */
static void name_everything(struct world *w)
{
    char name[64];
    for (uint32_t i = 0; i < w->attachments.len; i++) {
        snprintf(name, sizeof name, "csi-%08x", i);
        if (w->attachments.items[i].used && !w->attachments.items[i].name)
            w->attachments.items[i].name = strings_puts(&w->strings, name);
    }
}

static void enter_all(struct pocket_life *l)
{
    const struct world *w = l->w;
    life_enter_others(l);
    world_each_node(w, n) {
        life_node_enter(l, n);
    }
    for (uint32_t i = 0; i < w->workloads.len; i++)
        if (w->workloads.items[i].used)
            life_workload_enter(l, i);
    for (uint32_t i = 0; i < w->pvs.len; i++)
        life_volume_update(l, i);
    for (uint32_t i = 0; i < w->pvcs.len; i++)
        life_claim_update(l, i);
    for (uint32_t i = 0; i < w->attachments.len; i++)
        life_attachment_update(l, i);
    for (uint32_t i = 0; i < w->pdbs.len; i++)
        life_pdb_update(l, i);
    world_each_pod(w, p) {
        life_pod_enter(l, p);
    }
    world_each_pod(w, p) {
        life_join_class(l, p);
    }
    life_chain_services(l);
    for (uint32_t i = 0; i < w->services.len; i++)
        life_mark(&l->services, i);
    take_marks(l, &l->services, life_service_update);
    for (uint32_t i = 0; i < w->workloads.len; i++) {
        if (!w->workloads.items[i].used)
            continue;
        life_workload_update(l, i);
        if (w->workloads.items[i].kind == WORKLOAD_JOB ||
            w->workloads.items[i].kind == WORKLOAD_CRONJOB)
            life_mark(&l->workloads, i);
    }
    life_enter_scalers(l);
    arena_reset(&l->scratch);
}

struct pocket_life *pocket_life_new(struct world *w, const struct cloud *cloud,
                                    const struct life_host *host, const struct life_options *o)
{
    struct pocket_life *l = mem_must((struct pocket_life *)calloc(1, sizeof *l));
    struct sim_options so = {.version = o->version,
                             .seed = o->seed,
                             .times = o->times,
                             .spread_times = true,
                             .on_change = on_change,
                             .grows = w,
                             .ctx = l};
    name_everything(w);
    l->host = *host;
    l->grows = w;
    l->cloud = cloud;
    l->job_ms = o->job_ms ? o->job_ms : JOB_MS;
    random_seed(&l->random, o->seed ^ UINT64_C(0x756964));
    str_init(&l->out, 0);
    str_init(&l->status, 0);
    str_init(&l->part, 0);
    l->version = o->version.set ? o->version : w->version;
    l->sim = sim_new(w, cloud, &so);
    l->w = sim_world(l->sim);
    enter_all(l);
    l->changes.len = 0;
    return l;
}

static void marks_release(struct life_marks *m)
{
    vec_release(&m->items);
    vec_release(&m->set);
}

void pocket_life_free(struct pocket_life *l)
{
    if (!l)
        return;
    sim_free(l->sim);
    vec_release(&l->changes);
    life_chains_release(&l->classes_of_ns);
    life_chains_release(&l->services_of_ns);
    vec_release(&l->of_class);
    vec_release(&l->images);
    vec_release(&l->links);
    marks_release(&l->pods);
    marks_release(&l->nodes);
    marks_release(&l->workloads);
    marks_release(&l->services);
    vec_release(&l->addresses);
    vec_release(&l->hosts);
    vec_release(&l->revisions);
    vec_release(&l->workload_hashes);
    vec_release(&l->ends);
    life_alarms_release(&l->alarms);
    vec_release(&l->removals);
    vec_release(&l->scalers);
    vec_release(&l->scaler_of);
    marks_release(&l->scaler_marks);
    vec_release(&l->event_ns);
    arena_release(&l->scratch);
    str_release(&l->out);
    str_release(&l->status);
    str_release(&l->part);
    str_release(&l->state);
    vec_release(&l->heads);
    vec_release(&l->shapes);
    arena_release(&l->shape_texts);
    free(l);
}
