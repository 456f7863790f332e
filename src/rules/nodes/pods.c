/* Who looks after the pods, whether they are well, and what they leave behind. */
#include "rules/nodes/internal.h"

static void bare(struct finder *f, const struct unit *u)
{
    struct nodes_risk *risk = risk_add(f, u, "bare-pod");
    risk->pods = u->bare;
    risk_text(risk, "no controller: nobody creates it again when it is evicted");
    risk_fix(risk, "put it under a Deployment or Job, delete it yourself when it is not needed, or "
                   "say --bare to have it evicted");
}

static void orphaned(struct finder *f, const struct unit *u)
{
    struct nodes_risk *risk = risk_add(f, u, "owner-gone");
    risk->pods = u->orphaned;
    risk_text(risk, "the controller it names is not there any more: the garbage collector may "
                    "remove it at any time, and nobody creates it again");
    risk_fix(risk, "find out who made it; delete it, or create its workload anew");
}

static void of_job(struct finder *f, const struct unit *u, const struct world_workload *job)
{
    struct nodes_risk *risk = risk_add(f, u, "job-would-restart");
    if (job->backoff_limit == 0)
        risk_text(risk, "runs a Job with backoffLimit 0: an eviction fails the Job");
    else
        risk_text(risk,
                  "runs a Job: an eviction starts its work again and counts as one of %d "
                  "failures it may have",
                  job->backoff_limit);
    risk_fix(risk, "wait until it is done (suspend its CronJob meanwhile), or ignore evictions in "
                   "podFailurePolicy (condition DisruptionTarget, 1.26 and newer)");
}

void rule_controllers(struct finder *f, const struct unit *u)
{
    if (u->bare)
        bare(f, u);
    if (u->orphaned)
        orphaned(f, u);
    if (u->owned_by == WORLD_NONE)
        return;
    const struct world_workload *owner = &f->w->workloads.items[u->owned_by];
    if (owner->kind == WORKLOAD_JOB)
        of_job(f, u, owner);
}

void rule_readiness(struct finder *f, const struct unit *u)
{
    if (!u->unready || u->bare == u->pods)
        return;
    struct nodes_risk *risk = risk_add(f, u, "not-ready");
    risk->pods = u->unready;
    risk->pod = u->unready_pod;
    risk_text(risk, "not Ready before anything was touched");
    risk_fix(risk, "mend or remove it first: it takes the place of a pod that may be away, and may "
                   "not come up on new nodes either");
}

/* A workload that should have one pod: whoever waits for it waits for the whole start. */
void rule_lone(struct finder *f, const struct unit *u)
{
    const struct world_workload *wl = unit_workload(f, u);
    if (!wl || wl->replicas != 1 || wl->kind == WORKLOAD_JOB || wl->kind == WORKLOAD_CRONJOB ||
        wl->kind == WORKLOAD_OTHER)
        return;
    struct nodes_risk *risk = risk_add(f, u, "single-replica");
    if (wl->kind == WORKLOAD_STATEFULSET)
        risk_text(risk, "its only pod: away from its end until a new one with the same name is "
                        "Ready");
    else
        risk_text(risk, "its only pod: the new one is made when the old one goes, not before");
    risk_fix(risk, wl->kind == WORKLOAD_STATEFULSET
                       ? "plan the outage, or run more replicas if the application can"
                       : "scale to 2 for the move (kubectl rollout restart with maxSurge 1 moves "
                         "it without a gap once the old nodes are cordoned), or plan the outage");
}

static void marked(struct finder *f, const struct unit *u, const char *annotation)
{
    struct nodes_risk *risk = risk_add(f, u, "do-not-disrupt");
    risk_text(risk, "%s asks to leave it alone, and an eviction does not look at that", annotation);
    risk_fix(risk, "ask its owner; toban nodes drain wants it accepted by its id");
}

void rule_marks(struct finder *f, const struct unit *u)
{
    const struct world_class *c = unit_class(f, u);
    if (c->do_not_disrupt)
        marked(f, u, "karpenter.sh/do-not-disrupt: \"true\"");
    if (c->safe_to_evict_no)
        marked(f, u, "cluster-autoscaler.kubernetes.io/safe-to-evict: \"false\"");
}

void rule_local_data(struct finder *f, const struct unit *u)
{
    const struct world_class *c = unit_class(f, u);
    if (c->host_path) {
        struct nodes_risk *risk = risk_add(f, u, "local-data");
        risk_text(risk, "hostPath volume: what it wrote there stays on the old node");
        risk_fix(risk, "copy what is needed before the old node is deleted");
    }
    if (c->empty_dir) {
        struct nodes_risk *risk = risk_add(f, u, "local-data");
        risk_text(risk, "emptyDir volume: its contents are gone with the pod");
        risk_fix(risk, "nothing for caches and temporary files; else move it to a "
                       "PersistentVolumeClaim, or say --keep-empty-dir to be stopped there");
    }
}
