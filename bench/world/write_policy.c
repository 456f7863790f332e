/* policy.json: namespaces, priority classes, budgets and services. */
#include "world/gen.h"

static void namespaces(struct gen_out *o, const struct gen_world *w)
{
    char name[GEN_NAME_MAX], created[GEN_TIME_MAX], uid[GEN_UID_MAX];
    gen_time(GEN_NOW - 86400L * 600, created);
    for (unsigned i = 0; i <= w->namespaces; i++) {
        unsigned id = i < w->namespaces ? i : GEN_KUBE_SYSTEM;
        gen_namespace(id, name);
        gen_emit(o,
                 "{'apiVersion':'v1' 'kind':'Namespace' 'metadata':{'creationTimestamp':'%s'"
                 " 'labels':{'elbv2.k8s.aws/pod-readiness-gate-inject':'enabled'"
                 " 'kubernetes.io/metadata.name':'%s'} 'name':'%s' 'resourceVersion':'%u'"
                 " 'uid':'%s'} 'spec':{'finalizers':['kubernetes']} 'status':{'phase':'Active'}}",
                 created, name, name, 100 + i, gen_uid("namespace", i, 0, uid));
    }
}

static void priority_classes(struct gen_out *o)
{
    char created[GEN_TIME_MAX], uid[GEN_UID_MAX];
    gen_time(GEN_NOW - 86400L * 600, created);
    for (unsigned i = 0; i < GEN_PRIORITIES; i++) {
        const struct gen_priority *p = &gen_priorities[i];
        gen_emit(o, "{'apiVersion':'scheduling.k8s.io/v1' 'description':'%s'",
                 p->value > 1000000000 ? "Used for system critical pods"
                                       : "Made by the platform team");
        if (p->global_default)
            gen_emit(o, "'globalDefault':true");
        gen_emit(o,
                 "'kind':'PriorityClass' 'metadata':{'creationTimestamp':'%s' 'generation':1"
                 " 'name':'%s' 'resourceVersion':'%u' 'uid':'%s'} 'preemptionPolicy':'%s'"
                 " 'value':%d}",
                 created, p->name, 50 + i, gen_uid("priority", i, 0, uid), p->preemption, p->value);
    }
}

static void header(struct gen_out *o, const char *group, const char *kind,
                   const struct gen_workload *l)
{
    char created[GEN_TIME_MAX], ns[GEN_NAME_MAX], uid[GEN_UID_MAX];
    gen_emit(o,
             "{'apiVersion':'%s' 'kind':'%s' 'metadata':{'creationTimestamp':'%s' 'generation':1"
             " 'name':'%s' 'namespace':'%s' 'resourceVersion':'%u' 'uid':'%s'}",
             group, kind, gen_time(gen_created(l), created), l->name,
             gen_namespace(l->namespace, ns), 60000000 + l->id, gen_uid(kind, l->id, 0, uid));
}

static void budget(struct gen_out *o, const struct gen_workload *l)
{
    char since[GEN_TIME_MAX];
    bool percent = l->pdb_form == GEN_MAX_PERCENT || l->pdb_form == GEN_MIN_PERCENT;
    bool least = l->pdb_form == GEN_MIN_COUNT || l->pdb_form == GEN_MIN_PERCENT;
    const char *key = least ? "minAvailable" : "maxUnavailable";
    header(o, "policy/v1", "PodDisruptionBudget", l);
    if (percent)
        gen_emit(o, "'spec':{'%s':'%d%%'", key, l->pdb_value);
    else
        gen_emit(o, "'spec':{'%s':%d", key, l->pdb_value);
    gen_emit(o, "'selector':{'matchLabels':");
    gen_selector(o, l);
    gen_emit(o,
             "}} 'status':{'conditions':[{'lastTransitionTime':'%s' 'message':''"
             " 'observedGeneration':1 'reason':'%s' 'status':'%s'"
             " 'type':'DisruptionAllowed'}]",
             gen_time(gen_rolled_out(l) + 300, since),
             l->pdb_allowed ? "SufficientPods" : "InsufficientPods",
             l->pdb_allowed ? "True" : "False");
    gen_emit(o,
             "'currentHealthy':%u 'desiredHealthy':%u 'disruptionsAllowed':%u 'expectedPods':%u"
             " 'observedGeneration':1}}",
             l->replicas, l->replicas - l->pdb_allowed, l->pdb_allowed, l->replicas);
}

static void service(struct gen_out *o, const struct gen_workload *l)
{
    bool headless = l->kind == GEN_STATEFUL_SET;
    char ip[20] = "None";
    if (!headless)
        snprintf(ip, sizeof ip, "172.20.%u.%u", (l->id >> 8) & 255, l->id & 255);
    header(o, "v1", "Service", l);
    gen_emit(o,
             "'spec':{'clusterIP':'%s' 'clusterIPs':['%s'] 'internalTrafficPolicy':'Cluster'"
             " 'ipFamilies':['IPv4'] 'ipFamilyPolicy':'SingleStack' 'ports':[{'name':'http'"
             " 'port':80 'protocol':'TCP' 'targetPort':'http'}] 'selector':",
             ip, ip);
    gen_selector(o, l);
    gen_emit(o, "'sessionAffinity':'None' 'type':'ClusterIP'} 'status':{'loadBalancer':{}}}");
}

void gen_policy(struct gen_out *o, const struct gen_world *w)
{
    namespaces(o, w);
    vec_foreach(l, &w->workloads)
        if (l->traits & GEN_PDB)
            budget(o, l);
    priority_classes(o);
    vec_foreach(l, &w->workloads)
        if (l->kind <= GEN_STATEFUL_SET)
            service(o, l);
}
