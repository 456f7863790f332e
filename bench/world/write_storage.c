/* storage.json: the volumes of the StatefulSets and what the nodes can hold. */
#include "world/gen.h"

#define EACH_VOLUME(p, w)                                                                          \
    vec_foreach(p, &(w)->pods)                                                                     \
        if ((w)->workloads.items[(p)->workload].traits & GEN_VOLUME)

struct volume {
    char claim[GEN_NAME_MAX * 2 + 8], namespace[GEN_NAME_MAX], uid[GEN_UID_MAX],
        handle[GEN_NAME_MAX], created[GEN_TIME_MAX];
    unsigned gib;
};

static struct volume volume_of(const struct gen_world *w, const struct gen_pod *p)
{
    const struct gen_workload *l = &w->workloads.items[p->workload];
    size_t index = (size_t)(p - w->pods.items);
    struct volume v = {.gib = 10u << gen_hash(l->id, 41) % 5};
    char pod[GEN_NAME_MAX * 2];
    snprintf(v.claim, sizeof v.claim, "data-%s", gen_pod_name(l, p, pod));
    gen_namespace(l->namespace, v.namespace);
    gen_uid("claim", index, 0, v.uid);
    gen_volume_handle(index, v.handle);
    gen_time(gen_created(l) + p->ordinal, v.created);
    return v;
}

static void persistent_volume(struct gen_out *o, const struct gen_pod *p, const struct volume *v)
{
    char uid[GEN_UID_MAX];
    gen_emit(o,
             "{'apiVersion':'v1' 'kind':'PersistentVolume' 'metadata':{'annotations':{"
             "'pv.kubernetes.io/provisioned-by':'ebs.csi.aws.com'} 'creationTimestamp':'%s'"
             " 'finalizers':['kubernetes.io/pv-protection'"
             " 'external-attacher/ebs-csi-aws-com'] 'name':'pvc-%s' 'resourceVersion':'%zu'"
             " 'uid':'%s'}",
             v->created, v->uid, (size_t)50000000 + p->workload, gen_uid(v->uid, 1, 0, uid));
    gen_emit(o,
             "'spec':{'accessModes':['ReadWriteOnce'] 'capacity':{'storage':'%uGi'} 'claimRef':{"
             "'apiVersion':'v1' 'kind':'PersistentVolumeClaim' 'name':'%s' 'namespace':'%s'"
             " 'resourceVersion':'49000000' 'uid':'%s'} 'csi':{'driver':'ebs.csi.aws.com'"
             " 'fsType':'ext4' 'volumeAttributes':{'storage.kubernetes.io/csiProvisionerIdentity':"
             "'1750000000000-8081-ebs.csi.aws.com'} 'volumeHandle':'%s'}",
             v->gib, v->claim, v->namespace, v->uid, v->handle);
    gen_emit(o,
             "'nodeAffinity':{'required':{'nodeSelectorTerms':[{'matchExpressions':[{"
             "'key':'topology.kubernetes.io/zone' 'operator':'In' 'values':['%s']}]}]}}"
             " 'persistentVolumeReclaimPolicy':'Delete' 'storageClassName':'gp3'"
             " 'volumeMode':'Filesystem'} 'status':{'lastPhaseTransitionTime':'%s'"
             " 'phase':'Bound'}}",
             gen_zone(p->zone), v->created);
}

static void claim(struct gen_out *o, const struct gen_world *w, const struct gen_pod *p,
                  const struct volume *v)
{
    char node[GEN_NAME_MAX];
    gen_emit(o,
             "{'apiVersion':'v1' 'kind':'PersistentVolumeClaim' 'metadata':{'annotations':{"
             "'pv.kubernetes.io/bind-completed':'yes' 'pv.kubernetes.io/bound-by-controller':'yes'"
             " 'volume.kubernetes.io/selected-node':'%s'"
             " 'volume.kubernetes.io/storage-provisioner':'ebs.csi.aws.com'}"
             " 'creationTimestamp':'%s' 'finalizers':['kubernetes.io/pvc-protection'] 'labels':",
             gen_node_name(p->node, node), v->created);
    gen_selector(o, &w->workloads.items[p->workload]);
    gen_emit(o,
             "'name':'%s' 'namespace':'%s' 'resourceVersion':'49000001' 'uid':'%s'}"
             " 'spec':{'accessModes':['ReadWriteOnce'] 'resources':{'requests':{"
             "'storage':'%uGi'}} 'storageClassName':'gp3' 'volumeMode':'Filesystem'"
             " 'volumeName':'pvc-%s'} 'status':{'accessModes':['ReadWriteOnce'] 'capacity':{"
             "'storage':'%uGi'} 'phase':'Bound'}}",
             v->claim, v->namespace, v->uid, v->gib, v->uid, v->gib);
}

static void attachment(struct gen_out *o, const struct gen_pod *p, const struct volume *v)
{
    char node[GEN_NAME_MAX], uid[GEN_UID_MAX], since[GEN_TIME_MAX];
    unsigned long long h = gen_hash(p->workload, p->ordinal);
    gen_emit(o,
             "{'apiVersion':'storage.k8s.io/v1' 'kind':'VolumeAttachment' 'metadata':{"
             "'annotations':{'csi.alpha.kubernetes.io/node-id':'i-0%016llx'}"
             " 'creationTimestamp':'%s' 'finalizers':['external-attacher/ebs-csi-aws-com']"
             " 'name':'csi-%016llx%016llx%016llx%016llx' 'resourceVersion':'50000001'"
             " 'uid':'%s'}",
             (unsigned long long)gen_hash(p->node, 11), gen_time(p->created + 1, since), h, h * 3,
             h * 5, h * 7, gen_uid(v->uid, 2, 0, uid));
    gen_emit(o,
             "'spec':{'attacher':'ebs.csi.aws.com' 'nodeName':'%s' 'source':{"
             "'persistentVolumeName':'pvc-%s'}} 'status':{'attached':true 'attachmentMetadata':{"
             "'devicePath':'/dev/xvda%c'}}}",
             gen_node_name(p->node, node), v->uid, 'a' + (int)(p->ordinal % 26));
}

static void storage_class(struct gen_out *o)
{
    char since[GEN_TIME_MAX];
    gen_emit(o,
             "{'allowVolumeExpansion':true 'apiVersion':'storage.k8s.io/v1' 'kind':'StorageClass'"
             " 'metadata':{'annotations':{'storageclass.kubernetes.io/is-default-class':'true'}"
             " 'creationTimestamp':'%s' 'name':'gp3' 'resourceVersion':'400'"
             " 'uid':'3c9f2a14-7d0e-4b58-9f6a-2e1d5c8b7a90'} 'parameters':{'type':'gp3'}"
             " 'provisioner':'ebs.csi.aws.com' 'reclaimPolicy':'Delete'"
             " 'volumeBindingMode':'WaitForFirstConsumer'}",
             gen_time(GEN_NOW - 86400L * 599, since));
}

static void csi_node(struct gen_out *o, const struct gen_node *n)
{
    char name[GEN_NAME_MAX], since[GEN_TIME_MAX], node_uid[GEN_UID_MAX], uid[GEN_UID_MAX];
    gen_node_name(n->id, name);
    gen_emit(o,
             "{'apiVersion':'storage.k8s.io/v1' 'kind':'CSINode' 'metadata':{"
             "'creationTimestamp':'%s' 'name':'%s' 'ownerReferences':[{'apiVersion':'v1'"
             " 'kind':'Node' 'name':'%s' 'uid':'%s'}] 'resourceVersion':'%u' 'uid':'%s'}",
             gen_time(gen_node_created(n), since), name, name, gen_uid("node", n->id, 0, node_uid),
             70000001 + n->id * 13, gen_uid("csinode", n->id, 0, uid));
    gen_emit(o,
             "'spec':{'drivers':[{'allocatable':{'count':%d} 'name':'ebs.csi.aws.com'"
             " 'nodeID':'i-0%016llx' 'topologyKeys':['kubernetes.io/os'"
             " 'topology.ebs.csi.aws.com/zone' 'topology.kubernetes.io/zone']}]}}",
             GEN_VOLUMES_OF_NODE, (unsigned long long)gen_hash(n->id, 11));
}

void gen_storage(struct gen_out *o, const struct gen_world *w)
{
    EACH_VOLUME(p, w)
    {
        struct volume v = volume_of(w, p);
        persistent_volume(o, p, &v);
    }
    EACH_VOLUME(p, w)
    {
        struct volume v = volume_of(w, p);
        claim(o, w, p, &v);
    }
    storage_class(o);
    vec_foreach(n, &w->nodes)
        csi_node(o, n);
    EACH_VOLUME(p, w)
    {
        struct volume v = volume_of(w, p);
        attachment(o, p, &v);
    }
}
