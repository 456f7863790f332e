/* Controllers: Deployments, ReplicaSets, StatefulSets, DaemonSets, Jobs, CronJobs. */
#include "world/load_internal.h"

struct workload_state {
    struct world_workload workload;
    struct sv template; /* its text: read when it is known that pods may be made of it */
    int32_t current;    /* of a DaemonSet: desiredNumberScheduled */
    bool suspended, finished, has_completions;
};

static void begin(struct load *l)
{
    struct workload_state *s = l->state;
    s->workload = (struct world_workload){
        .kind = workload_kind_parse(sv_of(l->kind_text)),
        .used = true,
        .owner = WORLD_NONE,
        .template = WORLD_NONE,
        .pods = WORLD_NONE,
        .replicas = 1,
        .backoff_limit = 6,
        .selector = {.nothing = true},
    };
}

/* ---- spec ---- */

static void read_claim_template(struct load *l, struct pull *p)
{
    struct sv key, inner;
    uint32_t name = STRINGS_NONE;
    each_key(p, key)
    {
        if (!KEY(key, "metadata")) {
            pull_skip(p);
            continue;
        }
        each_key(p, inner)
        {
            if (KEY(inner, "name"))
                load_text_id(l, p, &name);
            else
                pull_skip(p);
        }
    }
    if (name)
        push_entry(p, &l->name_list, name);
}

static void read_claim_templates(struct load *l, struct pull *p, struct world_workload *wl)
{
    l->name_list.len = 0;
    each_item(p, claim) read_claim_template(l, p);
    wl->claim_templates = load_keep_list(l, &l->name_list);
    wl->claim_template_count = (uint32_t)l->name_list.len;
}

static bool is_recreate(struct pull *p)
{
    struct sv key;
    bool recreate = false;
    each_key(p, key)
    {
        if (KEY(key, "type"))
            recreate = load_is(p, "Recreate");
        else
            pull_skip(p);
    }
    return recreate;
}

static bool read_job_spec(struct pull *p, struct workload_state *s, struct sv key)
{
    struct world_workload *wl = &s->workload;
    if (KEY(key, "parallelism"))
        load_int(p, &wl->replicas);
    else if (KEY(key, "completions")) {
        s->has_completions = pull_peek(p) == PULL_NUMBER;
        load_int(p, &wl->completions);
    } else if (KEY(key, "backoffLimit"))
        load_int(p, &wl->backoff_limit);
    else if (KEY(key, "suspend"))
        load_flag(p, &s->suspended);
    else if (KEY(key, "podReplacementPolicy"))
        wl->replace_failed_only = load_is(p, "Failed");
    else
        return false;
    return true;
}

static bool read_set_spec(struct load *l, struct pull *p, struct world_workload *wl, struct sv key)
{
    if (KEY(key, "replicas"))
        load_int(p, &wl->replicas);
    else if (KEY(key, "minReadySeconds"))
        load_int(p, &wl->min_ready_s);
    else if (KEY(key, "podManagementPolicy"))
        wl->parallel = load_is(p, "Parallel");
    else if (KEY(key, "volumeClaimTemplates"))
        read_claim_templates(l, p, wl);
    else if (KEY(key, "strategy"))
        wl->recreate = is_recreate(p);
    else
        return false;
    return true;
}

static void read_selector(struct load *l, struct pull *p, struct world_workload *wl)
{
    if (wl->kind == WORKLOAD_REPLICATIONCONTROLLER)
        load_map_selector(l, p, &wl->selector);
    else
        load_selector(l, p, &wl->selector);
}

static void read_spec(struct load *l, struct pull *p, struct workload_state *s);

/* {spec: {template}} of a CronJob. */
static void read_job_template(struct load *l, struct pull *p, struct workload_state *s)
{
    struct sv key;
    each_key(p, key)
    {
        if (KEY(key, "spec"))
            read_spec(l, p, s);
        else
            pull_skip(p);
    }
}

static void read_spec(struct load *l, struct pull *p, struct workload_state *s)
{
    struct world_workload *wl = &s->workload;
    struct sv key;
    each_key(p, key)
    {
        if (read_set_spec(l, p, wl, key) || read_job_spec(p, s, key))
            continue;
        if (KEY(key, "selector"))
            read_selector(l, p, wl);
        else if (KEY(key, "template"))
            pull_raw(p, &s->template);
        else if (KEY(key, "jobTemplate") && wl->kind == WORKLOAD_CRONJOB)
            read_job_template(l, p, s);
        else
            pull_skip(p);
    }
}

/* ---- status ---- */

/* A Job that is Complete or Failed makes no more pods. */
static void read_condition(struct pull *p, struct workload_state *s)
{
    struct sv key, text;
    bool last = false, holds = false;
    each_key(p, key)
    {
        if (KEY(key, "type"))
            last = pull_string(p, &text) && (KEY(text, "Complete") || KEY(text, "Failed"));
        else if (KEY(key, "status"))
            holds = load_is(p, "True");
        else
            pull_skip(p);
    }
    s->finished |= last && holds && s->workload.kind == WORKLOAD_JOB;
}

static void read_status(struct pull *p, struct workload_state *s)
{
    struct sv key;
    each_key(p, key)
    {
        if (KEY(key, "desiredNumberScheduled"))
            load_int(p, &s->current);
        else if (KEY(key, "succeeded"))
            load_int(p, &s->workload.succeeded);
        else if (KEY(key, "failed"))
            load_int(p, &s->workload.failed);
        else if (KEY(key, "conditions")) {
            each_item(p, condition) read_condition(p, s);
        } else
            pull_skip(p);
    }
}

static void field(struct load *l, struct pull *p, struct sv key)
{
    struct workload_state *s = l->state;
    if (KEY(key, "spec"))
        read_spec(l, p, s);
    else if (KEY(key, "status"))
        read_status(p, s);
    else
        pull_skip(p);
}

/* ---- the end ---- */

/* Old ReplicaSets stay for their history: nothing is made of them. */
static void read_template(struct load *l, const struct workload_state *s, uint32_t at)
{
    const struct world_workload *wl = &s->workload;
    if (!s->template.ptr || s->finished || (wl->kind == WORKLOAD_REPLICASET && !wl->replicas))
        return;
    struct pending_template t = {.workload = at};
    struct pull p;
    pull_init(&p, s->template, &l->scratch);
    load_template(l, &p, wl->kind == WORKLOAD_DAEMONSET, &t.class);
    must_push(&l->templates, t);
}

static int32_t replicas_of(struct load *l, const struct workload_state *s)
{
    int32_t n = s->workload.replicas;
    if (s->workload.kind == WORKLOAD_DAEMONSET)
        n = s->current;
    if (s->workload.kind == WORKLOAD_CRONJOB || s->suspended || s->finished)
        return 0;
    if (n >= 0)
        return n;
    load_note(l, "%d replicas: taken as 0", n);
    return 0;
}

static void end(struct load *l)
{
    struct workload_state *s = l->state;
    struct world_workload *wl = &s->workload;
    bool found;
    wl->ns = l->meta.ns;
    wl->name = l->meta.name;
    wl->uid = l->meta.uid;
    wl->replicas = replicas_of(l, s);
    uint32_t at = load_place(l, (enum load_index)(BY_NAME_WORKLOAD + wl->kind), wl->ns, wl->name,
                             l->w->workloads.len, &found);
    if (found) {
        l->w->workloads.items[at] = *wl;
        l->workload_owner.items[at] = l->meta.owner;
    } else {
        must_push(&l->w->workloads, *wl);
        must_push(&l->workload_owner, l->meta.owner);
    }
    if (wl->uid)
        index_put(&l->workload_by_uid, wl->uid, at);
    read_template(l, s, at);
}

#define WORKLOAD(name, ...)                                                                        \
    {                                                                                              \
        name, {__VA_ARGS__}, LOAD_NAMESPACED, sizeof(struct workload_state), begin, field, end     \
    }

const struct load_kind load_workload_kinds[] = {
    WORKLOAD("Deployment", "apps", "extensions"),
    WORKLOAD("ReplicaSet", "apps", "extensions"),
    WORKLOAD("StatefulSet", "apps"),
    WORKLOAD("DaemonSet", "apps", "extensions"),
    WORKLOAD("Job", "batch"),
    WORKLOAD("CronJob", "batch"),
    WORKLOAD("ReplicationController", ""),
    {0},
};
