/* nodes.json: m5.4xlarge instances of managed node groups blue-1, blue-2, … over three zones. */
#include "world/gen.h"

#define IMAGES_MAX 50 /* nodeStatusMaxImages of the kubelet */

static void labels(struct gen_out *o, const struct gen_node *n)
{
    char name[GEN_NAME_MAX];
    const char *zone = gen_zone(n->zone);
    gen_node_name(n->id, name);
    gen_emit(o,
             "'labels':{'beta.kubernetes.io/arch':'amd64'"
             " 'beta.kubernetes.io/instance-type':'m5.4xlarge' 'beta.kubernetes.io/os':'linux'"
             " 'eks.amazonaws.com/capacityType':'ON_DEMAND' 'eks.amazonaws.com/nodegroup':'blue-%u'"
             " 'eks.amazonaws.com/nodegroup-image':'ami-0b%015x'"
             " 'failure-domain.beta.kubernetes.io/region':'ap-northeast-1'"
             " 'failure-domain.beta.kubernetes.io/zone':'%s'"
             " 'k8s.io/cloud-provider-aws':'%016llx' 'kubernetes.io/arch':'amd64'",
             n->group + 1, 0x20260801u, zone, (unsigned long long)gen_hash(5, 5));
    gen_emit(
        o,
        "'kubernetes.io/hostname':'%s' 'kubernetes.io/os':'linux'"
        " 'node.kubernetes.io/instance-type':'m5.4xlarge' 'topology.ebs.csi.aws.com/zone':'%s'"
        " 'topology.k8s.aws/zone-id':'apne1-az%u'"
        " 'topology.kubernetes.io/region':'ap-northeast-1' 'topology.kubernetes.io/zone':'%s'}",
        name, zone, n->zone + 1, zone);
}

static void metadata(struct gen_out *o, const struct gen_node *n)
{
    char created[GEN_TIME_MAX], name[GEN_NAME_MAX], ip[GEN_NAME_MAX], uid[GEN_UID_MAX];
    gen_emit(o,
             "'metadata':{'annotations':{'alpha.kubernetes.io/provided-node-ip':'%s'"
             " 'csi.volume.kubernetes.io/nodeid':'{\"ebs.csi.aws.com\":\"i-0%016llx"
             "\"}' 'node.alpha.kubernetes.io/ttl':'0'"
             " 'volumes.kubernetes.io/controller-managed-attach-detach':'true'}"
             " 'creationTimestamp':'%s'",
             gen_node_ip(n->id, ip), (unsigned long long)gen_hash(n->id, 11),
             gen_time(gen_node_created(n), created));
    labels(o, n);
    gen_emit(o, "'name':'%s' 'resourceVersion':'%u' 'uid':'%s'}", gen_node_name(n->id, name),
             70000000 + n->id * 13, gen_uid("node", n->id, 0, uid));
}

static void amounts(struct gen_out *o, const char *key, unsigned cpu_m, unsigned memory_ki)
{
    gen_emit(o,
             "'%s':{'cpu':'%u%s' 'ephemeral-storage':'%s' 'hugepages-1Gi':'0' 'hugepages-2Mi':'0'"
             " 'memory':'%uKi' 'pods':'%d'}",
             key, cpu_m % 1000 ? cpu_m : cpu_m / 1000, cpu_m % 1000 ? "m" : "",
             *key == 'a' ? "95491281146" : "104779756Ki", memory_ki, GEN_PODS_OF_NODE);
}

static void conditions(struct gen_out *o, const struct gen_node *n)
{
    static const char *const rows[][4] = {
        {"MemoryPressure", "False", "KubeletHasSufficientMemory",
         "kubelet has sufficient memory available"},
        {"DiskPressure", "False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"},
        {"PIDPressure", "False", "KubeletHasSufficientPID", "kubelet has sufficient PID available"},
        {"Ready", "True", "KubeletReady", "kubelet is posting ready status"}};
    char beat[GEN_TIME_MAX], since[GEN_TIME_MAX];
    gen_time(GEN_NOW - n->id % 300, beat);
    gen_time(gen_node_created(n) + 18, since);
    gen_emit(o, "'conditions':[");
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        gen_emit(o,
                 "{'lastHeartbeatTime':'%s' 'lastTransitionTime':'%s' 'message':'%s' 'reason':'%s'"
                 " 'status':'%s' 'type':'%s'}",
                 beat, since, rows[i][3], rows[i][2], rows[i][1], rows[i][0]);
    gen_emit(o, "]");
}

/* Images of the pods that run here, as far as a node tells them. */
static void images(struct gen_out *o, const struct gen_world *w, const struct gen_node *n)
{
    char image[GEN_NAME_MAX * 2];
    unsigned last = UINT32_MAX, count = 0;
    gen_emit(o, "'images':[");
    for (size_t i = w->starts[n->id]; i < w->starts[n->id + 1] && count < IMAGES_MAX; i++) {
        const struct gen_workload *l =
            &w->workloads.items[w->pods.items[w->pods_of_node[i]].workload];
        if (l->id == last)
            continue;
        last = l->id;
        count++;
        unsigned long long d = gen_hash(l->id, 71);
        gen_emit(o,
                 "{'names':['registry.example/games/%s@sha256:%016llx%016llx%016llx%016llx' '%s']"
                 " 'sizeBytes':%lu}",
                 l->name, d, d * 3, d * 5, d * 7, gen_image(l, image), gen_image_bytes(l));
    }
    gen_emit(o, "]");
}

static void volumes(struct gen_out *o, const struct gen_world *w, const struct gen_node *n,
                    bool attached)
{
    char handle[GEN_NAME_MAX];
    if (!n->volumes)
        return;
    gen_emit(o, attached ? "'volumesAttached':[" : "'volumesInUse':[");
    for (size_t i = w->starts[n->id]; i < w->starts[n->id + 1]; i++) {
        size_t pod = w->pods_of_node[i];
        if (!(w->workloads.items[w->pods.items[pod].workload].traits & GEN_VOLUME))
            continue;
        gen_volume_handle(pod, handle);
        if (attached)
            gen_emit(o, "{'devicePath':'' 'name':'kubernetes.io/csi/ebs.csi.aws.com^%s'}", handle);
        else
            gen_emit(o, "'kubernetes.io/csi/ebs.csi.aws.com^%s'", handle);
    }
    gen_emit(o, "]");
}

static void status(struct gen_out *o, const struct gen_world *w, const struct gen_node *n)
{
    char name[GEN_NAME_MAX], ip[GEN_NAME_MAX], uid[GEN_UID_MAX];
    gen_node_name(n->id, name);
    gen_emit(o,
             "'status':{'addresses':[{'address':'%s' 'type':'InternalIP'}"
             "{'address':'%s' 'type':'InternalDNS'}{'address':'%s' 'type':'Hostname'}]",
             gen_node_ip(n->id, ip), name, name);
    amounts(o, "allocatable", GEN_CPU_M, GEN_MEMORY_MI * 1024);
    amounts(o, "capacity", 16000, 64391012);
    conditions(o, n);
    gen_emit(o, "'daemonEndpoints':{'kubeletEndpoint':{'Port':10250}}");
    images(o, w, n);
    gen_emit(o,
             "'nodeInfo':{'architecture':'amd64' 'bootID':'%s'"
             " 'containerRuntimeVersion':'containerd://1.7.27'"
             " 'kernelVersion':'6.12.40-63.114.amzn2023.x86_64'"
             " 'kubeProxyVersion':'v1.33.4-eks-99d6cc0' 'kubeletVersion':'v1.33.4-eks-99d6cc0'",
             gen_uid("boot", n->id, 0, uid));
    gen_emit(o,
             "'machineID':'ec2%029llx' 'operatingSystem':'linux'"
             " 'osImage':'Amazon Linux 2023.8.20250915' 'systemUUID':'%s'}",
             (unsigned long long)gen_hash(n->id, 12), gen_uid("system", n->id, 0, uid));
    volumes(o, w, n, true);
    volumes(o, w, n, false);
    gen_emit(o, "}");
}

void gen_nodes(struct gen_out *o, const struct gen_world *w)
{
    vec_foreach(n, &w->nodes) {
        gen_emit(o, "{'apiVersion':'v1' 'kind':'Node'");
        metadata(o, n);
        gen_emit(o, "'spec':{'providerID':'aws:///%s/i-0%016llx'}", gen_zone(n->zone),
                 (unsigned long long)gen_hash(n->id, 11));
        status(o, w, n);
        gen_emit(o, "}");
    }
}
