/* workloads.json: Deployments with their ReplicaSets, StatefulSets, DaemonSets, Jobs and HPAs. */
#include "world/gen.h"

#define OLD_SETS 2
#define NO_CHILD (-1)

static void metadata(struct gen_out *o, const struct gen_workload *l, const char *what,
                     long created, unsigned generation)
{
    char since[GEN_TIME_MAX], ns[GEN_NAME_MAX], uid[GEN_UID_MAX];
    gen_emit(o,
             "'metadata':{'annotations':{'deployment.kubernetes.io/revision':'%u'"
             " 'meta.helm.sh/release-name':'%s' 'meta.helm.sh/release-namespace':'%s'}"
             " 'creationTimestamp':'%s' 'generation':%u 'labels':{"
             "'app.kubernetes.io/managed-by':'Helm' 'app.kubernetes.io/name':'%s'}"
             " 'name':'%s' 'namespace':'%s' 'resourceVersion':'%u' 'uid':'%s'}",
             OLD_SETS + 1, l->name, gen_namespace(l->namespace, ns), gen_time(created, since),
             generation, l->name, l->name, ns, 61000000 + l->id, gen_uid(what, l->id, 0, uid));
}

static void template(struct gen_out *o, const struct gen_world *w, const struct gen_workload *l,
                     int child)
{
    gen_emit(o, "'template':{'metadata':{'annotations':{'prometheus.io/port':'9090'"
                " 'prometheus.io/scrape':'true'} 'creationTimestamp':null");
    gen_pod_labels(o, l, NULL, child);
    gen_emit(o, "}");
    gen_pod_spec(o, w, l, NULL);
    gen_emit(o, "}");
}

static void deployment(struct gen_out *o, const struct gen_world *w, const struct gen_workload *l)
{
    char at[GEN_TIME_MAX], child[GEN_NAME_MAX * 2];
    unsigned n = l->replicas;
    gen_time(gen_rolled_out(l) + 120, at);
    gen_emit(o, "{'apiVersion':'apps/v1' 'kind':'Deployment'");
    metadata(o, l, "workload", gen_created(l), OLD_SETS + 2);
    gen_emit(o,
             "'spec':{'progressDeadlineSeconds':600 'replicas':%u 'revisionHistoryLimit':10"
             " 'selector':{'matchLabels':",
             n);
    gen_selector(o, l);
    gen_emit(o, "} 'strategy':{'rollingUpdate':{'maxSurge':'25%%' 'maxUnavailable':'25%%'}"
                " 'type':'RollingUpdate'}");
    template(o, w, l, NO_CHILD);
    gen_emit(o,
             "} 'status':{'availableReplicas':%u 'conditions':[{'lastTransitionTime':'%s'"
             " 'lastUpdateTime':'%s' 'message':'Deployment has minimum availability.'"
             " 'reason':'MinimumReplicasAvailable' 'status':'True' 'type':'Available'}",
             n, at, at);
    gen_emit(o,
             "{'lastTransitionTime':'%s' 'lastUpdateTime':'%s'"
             " 'message':'ReplicaSet \"%s\" has successfully progressed.'"
             " 'reason':'NewReplicaSetAvailable' 'status':'True' 'type':'Progressing'}]"
             " 'observedGeneration':%u 'readyReplicas':%u 'replicas':%u 'updatedReplicas':%u}}",
             at, at, gen_child_name(l, 0, child), OLD_SETS + 2, n, n, n);
}

/* metadata of what a controller made. */
static void child_metadata(struct gen_out *o, const struct gen_workload *l, const char *kind,
                           const char *what, unsigned number, long created)
{
    char since[GEN_TIME_MAX], ns[GEN_NAME_MAX], name[GEN_NAME_MAX * 2], uid[GEN_UID_MAX],
        owner[GEN_UID_MAX], hash[16];
    gen_emit(o, "'metadata':{'annotations':{'deployment.kubernetes.io/revision':'%u'}",
             OLD_SETS + 1 - number);
    gen_emit(o,
             "'creationTimestamp':'%s' 'generation':1 'labels':{'app.kubernetes.io/instance':'%s'"
             " 'app.kubernetes.io/name':'%s'",
             gen_time(created, since), l->name, l->name);
    if (l->kind == GEN_DEPLOYMENT)
        gen_emit(o, "'pod-template-hash':'%s'", gen_template_hash(l, number, hash));
    gen_emit(o,
             "} 'name':'%s' 'namespace':'%s' 'ownerReferences':[{'apiVersion':'%s'"
             " 'blockOwnerDeletion':true 'controller':true 'kind':'%s' 'name':'%s' 'uid':'%s'}]"
             " 'resourceVersion':'%u' 'uid':'%s'}",
             gen_child_name(l, number, name), gen_namespace(l->namespace, ns),
             l->kind == GEN_JOB ? "batch/v1" : "apps/v1", kind, l->name,
             gen_uid("workload", l->id, 0, owner), 62000000 + l->id * 4 + number,
             gen_uid(what, l->id, number, uid));
}

static void replica_set(struct gen_out *o, const struct gen_world *w, const struct gen_workload *l,
                        unsigned number)
{
    unsigned n = number ? 0 : l->replicas;
    char hash[16];
    gen_emit(o, "{'apiVersion':'apps/v1' 'kind':'ReplicaSet'");
    child_metadata(o, l, "Deployment", "replicaset", number,
                   gen_rolled_out(l) - 86400L * 7 * number);
    gen_emit(o,
             "'spec':{'replicas':%u 'selector':{'matchLabels':{'app.kubernetes.io/instance':'%s'"
             " 'app.kubernetes.io/name':'%s' 'pod-template-hash':'%s'}}",
             n, l->name, l->name, gen_template_hash(l, number, hash));
    template(o, w, l, (int)number);
    if (n)
        gen_emit(o,
                 "} 'status':{'availableReplicas':%u 'fullyLabeledReplicas':%u"
                 " 'observedGeneration':1 'readyReplicas':%u 'replicas':%u}}",
                 n, n, n, n);
    else
        gen_emit(o, "} 'status':{'observedGeneration':1 'replicas':0}}");
}

static void stateful_set(struct gen_out *o, const struct gen_world *w, const struct gen_workload *l)
{
    char hash[16];
    unsigned n = l->replicas;
    gen_template_hash(l, 0, hash);
    gen_emit(o, "{'apiVersion':'apps/v1' 'kind':'StatefulSet'");
    metadata(o, l, "workload", gen_created(l), 3);
    gen_emit(o,
             "'spec':{'persistentVolumeClaimRetentionPolicy':{'whenDeleted':'Retain'"
             " 'whenScaled':'Retain'} 'podManagementPolicy':'%s' 'replicas':%u"
             " 'revisionHistoryLimit':10 'selector':{'matchLabels':",
             l->id % 3 ? "OrderedReady" : "Parallel", n);
    gen_selector(o, l);
    gen_emit(o, "} 'serviceName':'%s'", l->name);
    template(o, w, l, NO_CHILD);
    gen_emit(o,
             "'updateStrategy':{'rollingUpdate':{'partition':0} 'type':'RollingUpdate'}"
             " 'volumeClaimTemplates':[{'apiVersion':'v1' 'kind':'PersistentVolumeClaim'"
             " 'metadata':{'creationTimestamp':null 'name':'data'} 'spec':{"
             "'accessModes':['ReadWriteOnce'] 'resources':{'requests':{'storage':'%uGi'}}"
             " 'storageClassName':'gp3' 'volumeMode':'Filesystem'}"
             " 'status':{'phase':'Pending'}}]}",
             10u << gen_hash(l->id, 41) % 5);
    gen_emit(o,
             "'status':{'availableReplicas':%u 'collisionCount':0 'currentReplicas':%u"
             " 'currentRevision':'%s-%s' 'observedGeneration':3 'readyReplicas':%u 'replicas':%u"
             " 'updateRevision':'%s-%s' 'updatedReplicas':%u}}",
             n, n, l->name, hash, n, n, l->name, hash, n);
}

static void daemon_set(struct gen_out *o, const struct gen_world *w, const struct gen_workload *l)
{
    unsigned n = l->replicas;
    gen_emit(o, "{'apiVersion':'apps/v1' 'kind':'DaemonSet'");
    metadata(o, l, "workload", GEN_NOW - 86400L * 500, 4);
    gen_emit(o, "'spec':{'revisionHistoryLimit':10 'selector':{'matchLabels':");
    gen_selector(o, l);
    gen_emit(o, "}");
    template(o, w, l, NO_CHILD);
    gen_emit(o,
             "'updateStrategy':{'rollingUpdate':{'maxSurge':0 'maxUnavailable':'10%%'}"
             " 'type':'RollingUpdate'}} 'status':{'currentNumberScheduled':%u"
             " 'desiredNumberScheduled':%u 'numberAvailable':%u 'numberMisscheduled':0"
             " 'numberReady':%u 'observedGeneration':4 'updatedNumberScheduled':%u}}",
             n, n, n, n, n);
}

static void cron_job(struct gen_out *o, const struct gen_world *w, const struct gen_workload *l)
{
    char last[GEN_TIME_MAX];
    gen_emit(o, "{'apiVersion':'batch/v1' 'kind':'CronJob'");
    metadata(o, l, "workload", gen_created(l), 1);
    gen_emit(o, "'spec':{'concurrencyPolicy':'Forbid' 'failedJobsHistoryLimit':1 'jobTemplate':{"
                "'metadata':{'creationTimestamp':null} 'spec':{");
    template(o, w, l, NO_CHILD);
    gen_emit(o,
             "}} 'schedule':'*/30 * * * *' 'successfulJobsHistoryLimit':3 'suspend':false}"
             " 'status':{'lastScheduleTime':'%s' 'lastSuccessfulTime':'%s'}}",
             gen_time(GEN_NOW - 600, last), last);
}

static void job(struct gen_out *o, const struct gen_world *w, const struct gen_workload *l,
                unsigned run)
{
    char at[GEN_TIME_MAX], end[GEN_TIME_MAX], uid[GEN_UID_MAX];
    long created = GEN_NOW - 600 - 1800L * run;
    gen_time(created, at);
    gen_time(created + 300, end);
    gen_emit(o, "{'apiVersion':'batch/v1' 'kind':'Job'");
    child_metadata(o, l, "CronJob", "job", run, created);
    gen_emit(o,
             "'spec':{'backoffLimit':6 'completionMode':'NonIndexed' 'completions':1"
             " 'manualSelector':false 'parallelism':1 'podReplacementPolicy':'TerminatingOrFailed'"
             " 'selector':{'matchLabels':{'batch.kubernetes.io/controller-uid':'%s'}}"
             " 'suspend':false",
             gen_uid("job", l->id, run, uid));
    template(o, w, l, (int)run);
    if (run)
        gen_emit(o,
                 "} 'status':{'completionTime':'%s' 'conditions':[{'lastProbeTime':'%s'"
                 " 'lastTransitionTime':'%s' 'status':'True' 'type':'Complete'}] 'ready':0"
                 " 'startTime':'%s' 'succeeded':1 'terminating':0}}",
                 end, end, end, at);
    else
        gen_emit(o, "} 'status':{'active':1 'ready':1 'startTime':'%s' 'terminating':0}}", at);
}

static void autoscaler(struct gen_out *o, const struct gen_workload *l)
{
    char since[GEN_TIME_MAX];
    unsigned n = l->replicas;
    gen_emit(o, "{'apiVersion':'autoscaling/v2' 'kind':'HorizontalPodAutoscaler'");
    metadata(o, l, "autoscaler", gen_created(l), 1);
    gen_emit(o,
             "'spec':{'maxReplicas':%u 'metrics':[{'resource':{'name':'cpu' 'target':{"
             "'averageUtilization':60 'type':'Utilization'}} 'type':'Resource'}] 'minReplicas':%u"
             " 'scaleTargetRef':{'apiVersion':'apps/v1' 'kind':'Deployment' 'name':'%s'}}"
             " 'status':{'conditions':[{'lastTransitionTime':'%s' 'message':''"
             " 'reason':'ReadyForNewScale' 'status':'True' 'type':'AbleToScale'}]"
             " 'currentMetrics':[{'resource':{'current':{'averageUtilization':55"
             " 'averageValue':'%um'} 'name':'cpu'} 'type':'Resource'}] 'currentReplicas':%u"
             " 'desiredReplicas':%u}}",
             n * 2, n > 1 ? n / 2 : 1, l->name, gen_time(gen_created(l), since),
             l->cpu_m * 55 / 100, n, n);
}

static void with_children(struct gen_out *o, const struct gen_world *w,
                          const struct gen_workload *l)
{
    if (l->kind == GEN_STATEFUL_SET)
        stateful_set(o, w, l);
    else if (l->kind == GEN_DAEMON_SET)
        daemon_set(o, w, l);
    else if (l->kind == GEN_JOB)
        cron_job(o, w, l);
    else
        deployment(o, w, l);
    for (unsigned i = 0; l->kind == GEN_DEPLOYMENT && i <= OLD_SETS; i++)
        replica_set(o, w, l, i);
    for (unsigned i = 0; l->kind == GEN_JOB && i < l->replicas + l->finished; i++)
        job(o, w, l, i);
    if (l->traits & GEN_HPA)
        autoscaler(o, l);
}

void gen_workloads(struct gen_out *o, const struct gen_world *w)
{
    vec_foreach(l, &w->workloads)
        with_children(o, w, l);
}
