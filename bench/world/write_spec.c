/* The spec of pods, as templates have it and as a pod has it after admission and scheduling. */
#include "world/gen.h"

void gen_selector(struct gen_out *o, const struct gen_workload *l)
{
    if (l->kind == GEN_DAEMON_SET)
        gen_emit(o, "{'k8s-app':'%s'}", l->name);
    else
        gen_emit(o, "{'app.kubernetes.io/instance':'%s' 'app.kubernetes.io/name':'%s'}", l->name,
                 l->name);
}

static void daemon_labels(struct gen_out *o, const struct gen_workload *l, bool pod)
{
    char hash[16];
    gen_emit(o, "'labels':{");
    if (pod)
        gen_emit(o, "'controller-revision-hash':'%s'", gen_template_hash(l, 0, hash));
    gen_emit(o, "'k8s-app':'%s'", l->name);
    gen_emit(o, pod ? "'pod-template-generation':'4'}" : "}");
}

void gen_pod_labels(struct gen_out *o, const struct gen_workload *l, const struct gen_pod *p,
                    int child)
{
    char hash[16], name[GEN_NAME_MAX * 2], uid[GEN_UID_MAX];
    unsigned number = child < 0 ? 0 : (unsigned)child;
    if (l->kind == GEN_DAEMON_SET) {
        daemon_labels(o, l, p);
        return;
    }
    gen_template_hash(l, number, hash);
    gen_emit(o, "'labels':{'app.kubernetes.io/instance':'%s' 'app.kubernetes.io/name':'%s'",
             l->name, l->name);
    gen_emit(o, "'app.kubernetes.io/version':'1.%u.%u'", l->id % 40,
             (unsigned)(gen_hash(l->id, 3) % 30));
    if (p && l->kind == GEN_STATEFUL_SET)
        gen_emit(o,
                 "'apps.kubernetes.io/pod-index':'%u' 'controller-revision-hash':'%s-%s'"
                 "'statefulset.kubernetes.io/pod-name':'%s'",
                 p->ordinal, l->name, hash, gen_pod_name(l, p, name));
    if (child >= 0 && l->kind == GEN_JOB)
        gen_emit(o, "'batch.kubernetes.io/controller-uid':'%s' 'batch.kubernetes.io/job-name':'%s'",
                 gen_uid("job", l->id, number, uid), gen_child_name(l, number, name));
    if (child >= 0 && l->kind == GEN_DEPLOYMENT)
        gen_emit(o, "'pod-template-hash':'%s'", hash);
    gen_emit(o, "'team':'t%u'}", l->namespace % 20);
}

static void peer_term(struct gen_out *o, const struct gen_workload *l, const char *key)
{
    gen_emit(o, "{'labelSelector':{'matchLabels':");
    gen_selector(o, l);
    gen_emit(o, "} 'topologyKey':'%s'}", key);
}

static void affinity(struct gen_out *o, const struct gen_world *w, const struct gen_workload *l,
                     const struct gen_pod *p)
{
    char node[GEN_NAME_MAX];
    const char *required = "requiredDuringSchedulingIgnoredDuringExecution",
               *preferred = "preferredDuringSchedulingIgnoredDuringExecution";
    gen_emit(o, "'affinity':{");
    if (l->kind == GEN_DAEMON_SET && p)
        gen_emit(o,
                 "'nodeAffinity':{'%s':{'nodeSelectorTerms':[{'matchFields':[{"
                 "'key':'metadata.name' 'operator':'In' 'values':['%s']}]}]}}",
                 required, gen_node_name(p->node, node));
    if (l->traits & GEN_NODE_PREFERRED)
        gen_emit(o,
                 "'nodeAffinity':{'%s':[{'preference':{'matchExpressions':[{"
                 "'key':'topology.kubernetes.io/zone' 'operator':'In' 'values':['%s']}]}"
                 "'weight':10}]}",
                 preferred, gen_zone(l->id % GEN_ZONES));
    if (l->traits & GEN_AFFINITY) {
        gen_emit(o, "'podAffinity':{'%s':[", required);
        peer_term(o, &w->workloads.items[l->friend], "topology.kubernetes.io/zone");
        gen_emit(o, "]}");
    }
    if (l->traits & GEN_ANTI_REQUIRED) {
        gen_emit(o, "'podAntiAffinity':{'%s':[", required);
        peer_term(o, l, "kubernetes.io/hostname");
        gen_emit(o, "]}");
    } else if (l->traits & GEN_ANTI_PREFERRED) {
        gen_emit(o, "'podAntiAffinity':{'%s':[{'podAffinityTerm':", preferred);
        peer_term(o, l, "kubernetes.io/hostname");
        gen_emit(o, "'weight':100}]}");
    }
    gen_emit(o, "}");
}

static void resources(struct gen_out *o, const struct gen_workload *l)
{
    if (l->traits & GEN_BEST_EFFORT) {
        gen_emit(o, "'resources':{}");
        return;
    }
    gen_emit(o, "'resources':{");
    if (l->traits & GEN_GUARANTEED)
        gen_emit(o, "'limits':{'cpu':'%um' 'memory':'%uMi'}", l->cpu_m, l->memory_mi);
    else if (l->memory_mi)
        gen_emit(o, "'limits':{'memory':'%uMi'}", l->memory_mi * 3 / 2);
    if (l->memory_mi)
        gen_emit(o, "'requests':{'cpu':'%um' 'memory':'%uMi'}}", l->cpu_m, l->memory_mi);
    else
        gen_emit(o, "'requests':{'cpu':'%um'}}", l->cpu_m);
}

static void probe(struct gen_out *o, const char *name, const char *path, unsigned delay,
                  unsigned period)
{
    gen_emit(o,
             "'%s':{'failureThreshold':3 'httpGet':{'path':'%s' 'port':'http' 'scheme':'HTTP'}"
             "'initialDelaySeconds':%u 'periodSeconds':%u 'successThreshold':1"
             "'timeoutSeconds':2}",
             name, path, delay, period);
}

unsigned gen_env_count(const struct gen_world *w)
{
    unsigned padding = w->options.padding;
    return 5 +
           (padding > GEN_PADDING_FIELDS ? (padding - GEN_PADDING_FIELDS) / GEN_PADDING_ENV : 0);
}

static void environment(struct gen_out *o, const struct gen_world *w, const struct gen_workload *l)
{
    gen_emit(o, "'env':[{'name':'POD_IP' 'valueFrom':{'fieldRef':{'apiVersion':'v1'"
                " 'fieldPath':'status.podIP'}}}");
    gen_emit(o,
             "{'name':'DATABASE_PASSWORD' 'valueFrom':{'secretKeyRef':{'key':'password'"
             " 'name':'%s'}}}",
             l->name);
    for (unsigned i = 0; i < gen_env_count(w); i++)
        gen_emit(o, "{'name':'SETTING_%03u' 'value':'%016llx'}", i,
                 (unsigned long long)gen_hash(l->id, 500 + i));
    gen_emit(o, "]");
}

static void mounts(struct gen_out *o, const struct gen_workload *l, const struct gen_pod *p)
{
    char volume[32];
    gen_emit(o, "'volumeMounts':[");
    if (l->traits & GEN_VOLUME)
        gen_emit(o, "{'mountPath':'/var/lib/data' 'name':'data'}");
    gen_emit(o, "{'mountPath':'/etc/%s' 'name':'config' 'readOnly':true}", l->name);
    if (p)
        gen_emit(o,
                 "{'mountPath':'/var/run/secrets/kubernetes.io/serviceaccount' 'name':'%s'"
                 " 'readOnly':true}",
                 gen_token_volume(l, p, volume));
    gen_emit(o, "]");
}

static void main_container(struct gen_out *o, const struct gen_world *w,
                           const struct gen_workload *l, const struct gen_pod *p)
{
    char image[GEN_NAME_MAX * 2];
    bool host = l->traits & GEN_HOST_NETWORK, serves = l->kind != GEN_JOB && !host;
    gen_emit(o, "{");
    environment(o, w, l);
    gen_emit(o, "'image':'%s' 'imagePullPolicy':'IfNotPresent'", gen_image(l, image));
    if (l->traits & GEN_PRE_STOP)
        gen_emit(o, "'lifecycle':{'preStop':{'exec':{'command':['/bin/sh' '-c' 'sleep 15']}}}");
    if (serves)
        probe(o, "livenessProbe", "/healthz", 15, 20);
    gen_emit(o, "'name':'main'");
    if (serves)
        gen_emit(o, "'ports':[{'containerPort':8080 'name':'http' 'protocol':'TCP'}"
                    "{'containerPort':9090 'name':'metrics' 'protocol':'TCP'}]");
    else if (host)
        gen_emit(o,
                 "'ports':[{'containerPort':%u 'hostPort':%u 'name':'metrics'"
                 " 'protocol':'TCP'}]",
                 61000 + l->id % 1000, 61000 + l->id % 1000);
    if (serves)
        probe(o, "readinessProbe", "/ready", l->ready_s, 5);
    resources(o, l);
    gen_emit(o,
             "'securityContext':{'allowPrivilegeEscalation':false 'capabilities':{'drop':['ALL']}"
             "'readOnlyRootFilesystem':true 'runAsNonRoot':true}");
    gen_emit(o, "'terminationMessagePath':'/dev/termination-log'"
                " 'terminationMessagePolicy':'File'");
    mounts(o, l, p);
    gen_emit(o, "}");
}

static void init_container(struct gen_out *o, const struct gen_workload *l)
{
    char image[GEN_NAME_MAX * 2];
    gen_emit(o,
             "'initContainers':[{'args':['migrate' '--wait'] 'image':'%s'"
             " 'imagePullPolicy':'IfNotPresent' 'name':'migrate'"
             " 'resources':{%s}"
             " 'terminationMessagePath':'/dev/termination-log'"
             " 'terminationMessagePolicy':'File'}]",
             gen_image(l, image),
             l->traits & GEN_BEST_EFFORT ? "" : "'requests':{'cpu':'5m' 'memory':'16Mi'}");
}

static void tolerations(struct gen_out *o, const struct gen_workload *l, bool pod)
{
    static const char *const daemon[] = {"not-ready NoExecute",      "unreachable NoExecute",
                                         "disk-pressure NoSchedule", "memory-pressure NoSchedule",
                                         "pid-pressure NoSchedule",  "unschedulable NoSchedule"};
    if (l->kind != GEN_DAEMON_SET && !pod)
        return;
    gen_emit(o, "'tolerations':[");
    if (l->kind == GEN_DAEMON_SET)
        gen_emit(o, "{'operator':'Exists'}");
    for (size_t i = 0; pod && i < ARRAY_LEN(daemon); i++) {
        const char *space = strchr(daemon[i], ' ');
        if (l->kind == GEN_DAEMON_SET)
            gen_emit(o, "{'effect':'%s' 'key':'node.kubernetes.io/%.*s' 'operator':'Exists'}",
                     space + 1, (int)(space - daemon[i]), daemon[i]);
        else if (i < 2)
            gen_emit(o,
                     "{'effect':'%s' 'key':'node.kubernetes.io/%.*s' 'operator':'Exists'"
                     " 'tolerationSeconds':300}",
                     space + 1, (int)(space - daemon[i]), daemon[i]);
    }
    gen_emit(o, "]");
}

static void spread(struct gen_out *o, const struct gen_workload *l)
{
    gen_emit(o, "'topologySpreadConstraints':[");
    if (l->traits & GEN_SPREAD_ZONE) {
        gen_emit(o, "{'labelSelector':{'matchLabels':");
        gen_selector(o, l);
        gen_emit(o, "} 'maxSkew':1 'topologyKey':'topology.kubernetes.io/zone'"
                    " 'whenUnsatisfiable':'DoNotSchedule'}");
    }
    if (l->traits & GEN_SPREAD_HOST) {
        gen_emit(o, "{'labelSelector':{'matchLabels':");
        gen_selector(o, l);
        gen_emit(o, "} 'maxSkew':1 'topologyKey':'kubernetes.io/hostname'"
                    " 'whenUnsatisfiable':'ScheduleAnyway'}");
    }
    gen_emit(o, "]");
}

static void volumes(struct gen_out *o, const struct gen_workload *l, const struct gen_pod *p)
{
    char name[GEN_NAME_MAX * 2], token[32];
    gen_emit(o, "'volumes':[");
    if (p && (l->traits & GEN_VOLUME))
        gen_emit(o, "{'name':'data' 'persistentVolumeClaim':{'claimName':'data-%s'}}",
                 gen_pod_name(l, p, name));
    gen_emit(o, "{'configMap':{'defaultMode':420 'name':'%s'} 'name':'config'}", l->name);
    if (p)
        gen_emit(o,
                 "{'name':'%s' 'projected':{'defaultMode':420 'sources':["
                 "{'serviceAccountToken':{'expirationSeconds':3607 'path':'token'}}"
                 "{'configMap':{'items':[{'key':'ca.crt' 'path':'ca.crt'}]"
                 " 'name':'kube-root-ca.crt'}}"
                 "{'downwardAPI':{'items':[{'fieldRef':{'apiVersion':'v1'"
                 " 'fieldPath':'metadata.namespace'} 'path':'namespace'}]}}]}}",
                 gen_token_volume(l, p, token));
    gen_emit(o, "]");
}

static void after_containers(struct gen_out *o, const struct gen_workload *l,
                             const struct gen_pod *p)
{
    char node[GEN_NAME_MAX];
    const struct gen_priority *c = &gen_priorities[l->priority];
    bool named = l->priority != GEN_PRIORITY_NORMAL;
    gen_emit(o, "'dnsPolicy':'ClusterFirst'");
    if (p)
        gen_emit(o, "'enableServiceLinks':true");
    if (l->traits & GEN_HOST_NETWORK)
        gen_emit(o, "'hostNetwork':true");
    if (l->traits & GEN_INIT)
        init_container(o, l);
    if (p)
        gen_emit(o, "'nodeName':'%s' 'preemptionPolicy':'%s' 'priority':%d",
                 gen_node_name(p->node, node), c->preemption, c->value);
    if (named || p)
        gen_emit(o, "'priorityClassName':'%s'", c->name);
    if (p && (l->traits & GEN_LOAD_BALANCER))
        gen_emit(o,
                 "'readinessGates':[{'conditionType':"
                 "'target-health.elbv2.k8s.aws/k8s-%.20s-%08x'}]",
                 l->name, (unsigned)gen_hash(l->id, 61));
    gen_emit(o,
             "'restartPolicy':'%s' 'schedulerName':'default-scheduler' 'securityContext':{}"
             " 'serviceAccount':'%s' 'serviceAccountName':'%s' 'terminationGracePeriodSeconds':%u",
             l->kind == GEN_JOB ? "OnFailure" : "Always", l->name, l->name, l->grace_s);
}

void gen_pod_spec(struct gen_out *o, const struct gen_world *w, const struct gen_workload *l,
                  const struct gen_pod *p)
{
    unsigned own = GEN_ANTI_REQUIRED | GEN_ANTI_PREFERRED | GEN_AFFINITY | GEN_NODE_PREFERRED;
    gen_emit(o, "'spec':{");
    if ((l->traits & own) || (p && l->kind == GEN_DAEMON_SET))
        affinity(o, w, l, p);
    gen_emit(o, "'containers':[");
    main_container(o, w, l, p);
    gen_emit(o, "]");
    after_containers(o, l, p);
    tolerations(o, l, p);
    if (l->traits & (GEN_SPREAD_ZONE | GEN_SPREAD_HOST))
        spread(o, l);
    volumes(o, l, p);
    gen_emit(o, "}");
}
