/* pods.json: what a kubelet and the controllers have made of the templates. */
#include "world/gen.h"

struct moments {
    char created[GEN_TIME_MAX], initialized[GEN_TIME_MAX], started[GEN_TIME_MAX],
        ready[GEN_TIME_MAX], finished[GEN_TIME_MAX];
};

static void set_moments(const struct gen_workload *l, const struct gen_pod *p, struct moments *m)
{
    unsigned attach = l->traits & GEN_VOLUME ? 12 : 0;
    unsigned pull = 2 + (unsigned)(gen_image_bytes(l) / 40000000);
    long initialized = p->created + attach + (l->traits & GEN_INIT ? pull + 4 : 0);
    long started = p->created + attach + pull + (l->traits & GEN_INIT ? 5 : 1);
    gen_time(p->created, m->created);
    gen_time(initialized, m->initialized);
    gen_time(started, m->started);
    gen_time(started + l->ready_s + (long)(gen_hash(l->id, p->ordinal) % 5), m->ready);
    gen_time(started + 240, m->finished);
}

static void managed_fields(struct gen_out *o, const struct gen_world *w, const char *created,
                           const char *ready)
{
    gen_emit(o, "'managedFields':[{'apiVersion':'v1' 'fieldsType':'FieldsV1' 'fieldsV1':{"
                "'f:metadata':{'f:generateName':{} 'f:labels':{'.':{}}"
                " 'f:ownerReferences':{'.':{}}} 'f:spec':{'f:containers':{"
                "'k:{\"name\":\"main\"}':{'.':{} 'f:env':{'.':{}");
    for (unsigned i = 0; i < gen_env_count(w); i++)
        gen_emit(o, "'k:{\"name\":\"SETTING_%03u\"}':{'.':{} 'f:name':{} 'f:value':{}}", i);
    gen_emit(o,
             "} 'f:image':{} 'f:imagePullPolicy':{} 'f:name':{} 'f:resources':{'.':{}"
             " 'f:requests':{'.':{} 'f:cpu':{} 'f:memory':{}}}}} 'f:dnsPolicy':{}"
             " 'f:enableServiceLinks':{} 'f:restartPolicy':{} 'f:schedulerName':{}"
             " 'f:securityContext':{} 'f:terminationGracePeriodSeconds':{}}}"
             " 'manager':'kube-controller-manager' 'operation':'Update' 'time':'%s'}",
             created);
    gen_emit(o,
             "{'apiVersion':'v1' 'fieldsType':'FieldsV1' 'fieldsV1':{'f:status':{"
             "'f:conditions':{'k:{\"type\":\"Ready\"}':{'.':{} 'f:status':{}}}"
             " 'f:containerStatuses':{} 'f:hostIP':{} 'f:phase':{} 'f:podIP':{} 'f:startTime':{}}}"
             " 'manager':'kubelet' 'operation':'Update' 'subresource':'status' 'time':'%s'}]",
             ready);
}

/* The owner: what the API server calls a controller reference. */
static void owner(struct gen_out *o, const struct gen_workload *l, const struct gen_pod *p)
{
    static const struct {
        const char *group, *kind, *what;
    } owners[] = {[GEN_DEPLOYMENT] = {"apps/v1", "ReplicaSet", "replicaset"},
                  [GEN_STATEFUL_SET] = {"apps/v1", "StatefulSet", "workload"},
                  [GEN_DAEMON_SET] = {"apps/v1", "DaemonSet", "workload"},
                  [GEN_JOB] = {"batch/v1", "Job", "job"}};
    char name[GEN_NAME_MAX * 2], uid[GEN_UID_MAX];
    bool child = l->kind == GEN_DEPLOYMENT || l->kind == GEN_JOB;
    unsigned number = l->kind == GEN_JOB ? p->ordinal : 0;
    gen_emit(o,
             "'ownerReferences':[{'apiVersion':'%s' 'blockOwnerDeletion':true 'controller':true"
             " 'kind':'%s' 'name':'%s' 'uid':'%s'}]",
             owners[l->kind].group, owners[l->kind].kind,
             child ? gen_child_name(l, number, name) : l->name,
             gen_uid(owners[l->kind].what, l->id, number, uid));
}

static void metadata(struct gen_out *o, const struct gen_world *w, const struct gen_workload *l,
                     const struct gen_pod *p, const struct moments *m)
{
    char name[GEN_NAME_MAX * 2], child[GEN_NAME_MAX * 2], ns[GEN_NAME_MAX], uid[GEN_UID_MAX];
    bool chained = l->kind == GEN_DEPLOYMENT || l->kind == GEN_JOB;
    size_t index = (size_t)(p - w->pods.items);
    gen_emit(o,
             "'metadata':{'annotations':{'prometheus.io/port':'9090' 'prometheus.io/scrape':'true'}"
             " 'creationTimestamp':'%s' 'generateName':'%s-'",
             m->created,
             chained ? gen_child_name(l, l->kind == GEN_JOB ? p->ordinal : 0, child) : l->name);
    gen_pod_labels(o, l, p, l->kind == GEN_JOB ? (int)p->ordinal : 0);
    if (w->options.padding)
        managed_fields(o, w, m->created, m->ready);
    gen_emit(o, "'name':'%s' 'namespace':'%s'", gen_pod_name(l, p, name),
             gen_namespace(l->namespace, ns));
    owner(o, l, p);
    gen_emit(o, "'resourceVersion':'%zu' 'uid':'%s'}", 80000000 + index * 7,
             gen_uid("pod", index, 0, uid));
}

static void condition(struct gen_out *o, const char *type, const char *at, bool holds, bool done)
{
    gen_emit(o, "{'lastProbeTime':null 'lastTransitionTime':'%s'", at);
    if (done)
        gen_emit(o, "'reason':'PodCompleted'");
    gen_emit(o, "'status':'%s' 'type':'%s'}", holds ? "True" : "False", type);
}

static void conditions(struct gen_out *o, const struct gen_workload *l, const struct gen_pod *p,
                       const struct moments *m)
{
    bool done = p->finished;
    const char *last = done ? m->finished : m->ready;
    gen_emit(o, "'conditions':[");
    if (l->traits & GEN_LOAD_BALANCER)
        gen_emit(o,
                 "{'lastProbeTime':null 'lastTransitionTime':'%s' 'status':'True'"
                 " 'type':'target-health.elbv2.k8s.aws/k8s-%.20s-%08x'}",
                 m->ready, l->name, (unsigned)gen_hash(l->id, 61));
    condition(o, "PodReadyToStartContainers", done ? m->finished : m->started, !done, false);
    condition(o, "Initialized", m->initialized, true, done);
    condition(o, "Ready", last, !done, done);
    condition(o, "ContainersReady", last, !done, done);
    condition(o, "PodScheduled", m->created, true, false);
    gen_emit(o, "]");
}

static void container_status(struct gen_out *o, const struct gen_workload *l, size_t index,
                             bool init, const char *started, const char *finished)
{
    char image[GEN_NAME_MAX * 2];
    unsigned long long a = gen_hash(index, init), b = gen_hash(a, 1), d = gen_hash(l->id, 71);
    gen_emit(o, "{'containerID':'containerd://%016llx%016llx%016llx%016llx'", a, b, a ^ (b >> 3),
             b ^ (a >> 5));
    gen_emit(o, "'image':'%s'", gen_image(l, image));
    gen_emit(o,
             "'imageID':'registry.example/games/%s@sha256:%016llx%016llx%016llx%016llx'"
             " 'lastState':{} 'name':'%s' 'ready':%s 'restartCount':0 'started':%s",
             l->name, d, d * 3, d * 5, d * 7, init ? "migrate" : "main",
             init || !finished ? "true" : "false", finished ? "false" : "true");
    if (finished)
        gen_emit(o,
                 "'state':{'terminated':{'containerID':'containerd://%016llx%016llx%016llx%016llx'"
                 " 'exitCode':0 'finishedAt':'%s' 'reason':'Completed' 'startedAt':'%s'}}}",
                 a, b, a ^ (b >> 3), b ^ (a >> 5), finished, started);
    else
        gen_emit(o, "'state':{'running':{'startedAt':'%s'}}}", started);
}

static const char *quality(const struct gen_workload *l)
{
    if (l->traits & GEN_BEST_EFFORT)
        return "BestEffort";
    return (l->traits & GEN_GUARANTEED) && !(l->traits & GEN_INIT) ? "Guaranteed" : "Burstable";
}

static void status(struct gen_out *o, const struct gen_workload *l, const struct gen_pod *p,
                   size_t index, const struct moments *m)
{
    char ip[GEN_NAME_MAX], host[GEN_NAME_MAX];
    gen_node_ip(p->node, host);
    if (l->traits & GEN_HOST_NETWORK)
        gen_node_ip(p->node, ip);
    else
        gen_pod_ip(index, ip);
    gen_emit(o, "'status':{");
    conditions(o, l, p, m);
    gen_emit(o, "'containerStatuses':[");
    container_status(o, l, index, false, m->started, p->finished ? m->finished : NULL);
    gen_emit(o, "] 'hostIP':'%s' 'hostIPs':[{'ip':'%s'}]", host, host);
    if (l->traits & GEN_INIT) {
        gen_emit(o, "'initContainerStatuses':[");
        container_status(o, l, index, true, m->created, m->initialized);
        gen_emit(o, "]");
    }
    gen_emit(o, "'phase':'%s' 'podIP':'%s' 'podIPs':[{'ip':'%s'}] 'qosClass':'%s'",
             p->finished ? "Succeeded" : "Running", ip, ip, quality(l));
    gen_emit(o, "'startTime':'%s'}", m->created);
}

void gen_pods(struct gen_out *o, const struct gen_world *w)
{
    vec_foreach(p, &w->pods) {
        const struct gen_workload *l = &w->workloads.items[p->workload];
        struct moments m;
        set_moments(l, p, &m);
        gen_emit(o, "{'apiVersion':'v1' 'kind':'Pod'");
        metadata(o, w, l, p, &m);
        gen_pod_spec(o, w, l, p);
        status(o, l, p, (size_t)(p - w->pods.items), &m);
        gen_emit(o, "}");
    }
}
