/* Which columns each kind has (printers of Kubernetes 1.20.2). */
#include "pocket/show/cell.h"

#define NAME                                                                                       \
    {                                                                                              \
        "Name", "string", 0, cell_text, "metadata.name"                                            \
    }
#define AGE                                                                                        \
    {                                                                                              \
        "Age", "string", 0, cell_age, NULL                                                         \
    }
#define TEMPLATE(path)                                                                             \
    {"Containers", "string", 1, cell_containers, path},                                            \
    {                                                                                              \
        "Images", "string", 1, cell_images, path                                                   \
    }

static const struct column any[] = {NAME, {"Created At", "date", 0, cell_created, NULL}};
static const struct column pods[] = {
    NAME,
    {"Ready", "string", 0, cell_pod_ready, NULL},
    {"Status", "string", 0, cell_pod_status, NULL},
    {"Restarts", "string", 0, cell_pod_restarts, NULL},
    AGE,
    {"IP", "string", 1, cell_text, "status.podIP|<none>"},
    {"Node", "string", 1, cell_text, "spec.nodeName|<none>"},
    {"Nominated Node", "string", 1, cell_text, "status.nominatedNodeName|<none>"},
    {"Readiness Gates", "string", 1, cell_pod_gates, NULL},
};
static const struct column nodes[] = {
    NAME,
    {"Status", "string", 0, cell_node_status, NULL},
    {"Roles", "string", 0, cell_node_roles, NULL},
    AGE,
    {"Version", "string", 0, cell_text, "status.nodeInfo.kubeletVersion"},
    {"Internal-IP", "string", 1, cell_node_address, "InternalIP"},
    {"External-IP", "string", 1, cell_node_address, "ExternalIP"},
    {"OS-Image", "string", 1, cell_text, "status.nodeInfo.osImage|<unknown>"},
    {"Kernel-Version", "string", 1, cell_text, "status.nodeInfo.kernelVersion|<unknown>"},
    {"Container-Runtime", "string", 1, cell_text,
     "status.nodeInfo.containerRuntimeVersion|<unknown>"},
};
static const struct column deployments[] = {
    NAME,
    {"Ready", "string", 0, cell_ratio, "status.readyReplicas spec.replicas"},
    {"Up-to-date", "string", 0, cell_number, "status.updatedReplicas"},
    {"Available", "string", 0, cell_number, "status.availableReplicas"},
    AGE,
    TEMPLATE("spec.template.spec"),
    {"Selector", "string", 1, cell_selector, "spec.selector"},
};
static const struct column replicasets[] = {
    NAME,
    {"Desired", "integer", 0, cell_number, "spec.replicas"},
    {"Current", "integer", 0, cell_number, "status.replicas"},
    {"Ready", "integer", 0, cell_number, "status.readyReplicas"},
    AGE,
    TEMPLATE("spec.template.spec"),
    {"Selector", "string", 1, cell_selector, "spec.selector"},
};
static const struct column statefulsets[] = {
    NAME,
    {"Ready", "string", 0, cell_ratio, "status.readyReplicas spec.replicas"},
    AGE,
    TEMPLATE("spec.template.spec"),
};
static const struct column daemonsets[] = {
    NAME,
    {"Desired", "integer", 0, cell_number, "status.desiredNumberScheduled"},
    {"Current", "integer", 0, cell_number, "status.currentNumberScheduled"},
    {"Ready", "integer", 0, cell_number, "status.numberReady"},
    {"Up-to-date", "integer", 0, cell_number, "status.updatedNumberScheduled"},
    {"Available", "integer", 0, cell_number, "status.numberAvailable"},
    {"Node Selector", "string", 0, cell_labels, "spec.template.spec.nodeSelector"},
    AGE,
    TEMPLATE("spec.template.spec"),
    {"Selector", "string", 1, cell_selector, "spec.selector"},
};
static const struct column jobs[] = {
    NAME,
    {"Completions", "string", 0, cell_job_completions, NULL},
    {"Duration", "string", 0, cell_job_duration, NULL},
    AGE,
    TEMPLATE("spec.template.spec"),
    {"Selector", "string", 1, cell_selector, "spec.selector"},
};
static const struct column cronjobs[] = {
    NAME,
    {"Schedule", "string", 0, cell_text, "spec.schedule"},
    {"Suspend", "boolean", 0, cell_yes, "spec.suspend"},
    {"Active", "integer", 0, cell_count, "status.active"},
    {"Last Schedule", "string", 0, cell_last_schedule, "status.lastScheduleTime"},
    AGE,
    TEMPLATE("spec.jobTemplate.spec.template.spec"),
    {"Selector", "string", 1, cell_selector, "spec.jobTemplate.spec.selector"},
};
static const struct column services[] = {
    NAME,
    {"Type", "string", 0, cell_text, "spec.type"},
    {"Cluster-IP", "string", 0, cell_text, "spec.clusterIP|<none>"},
    {"External-IP", "string", 0, cell_service_external, NULL},
    {"Port(s)", "string", 0, cell_service_ports, NULL},
    AGE,
    {"Selector", "string", 1, cell_labels, "spec.selector"},
};
static const struct column endpoints[] = {
    NAME, {"Endpoints", "string", 0, cell_endpoints, NULL}, AGE};
static const struct column slices[] = {
    NAME,
    {"AddressType", "string", 0, cell_text, "addressType"},
    {"Ports", "string", 0, cell_slice_ports, NULL},
    {"Endpoints", "string", 0, cell_slice_addresses, NULL},
    AGE,
};
static const struct column ingresses[] = {
    NAME,
    {"Class", "string", 0, cell_text, "spec.ingressClassName|<none>"},
    {"Hosts", "string", 0, cell_ingress_hosts, NULL},
    {"Address", "string", 0, cell_ingress_address, NULL},
    {"Ports", "string", 0, cell_ingress_ports, NULL},
    AGE,
};
static const struct column claims[] = {
    NAME,
    {"Status", "string", 0, cell_volume_status, NULL},
    {"Volume", "string", 0, cell_text, "spec.volumeName"},
    {"Capacity", "string", 0, cell_claim_capacity, "status.capacity.storage"},
    {"Access Modes", "string", 0, cell_claim_modes, "status.accessModes"},
    {"StorageClass", "string", 0, cell_text, "spec.storageClassName"},
    AGE,
    {"VolumeMode", "string", 1, cell_text, "spec.volumeMode|<unset>"},
};
static const struct column volumes[] = {
    NAME,
    {"Capacity", "string", 0, cell_text, "spec.capacity.storage"},
    {"Access Modes", "string", 0, cell_modes, "spec.accessModes"},
    {"Reclaim Policy", "string", 0, cell_text, "spec.persistentVolumeReclaimPolicy"},
    {"Status", "string", 0, cell_volume_status, NULL},
    {"Claim", "string", 0, cell_volume_claim, "spec.claimRef"},
    {"StorageClass", "string", 0, cell_text, "spec.storageClassName"},
    {"Reason", "string", 0, cell_text, "status.reason"},
    AGE,
    {"VolumeMode", "string", 1, cell_text, "spec.volumeMode|<unset>"},
};
static const struct column namespaces[] = {
    NAME, {"Status", "string", 0, cell_text, "status.phase"}, AGE};
static const struct column events[] = {
    {"Last Seen", "string", 0, cell_event_seen, NULL},
    {"Type", "string", 0, cell_text, "type"},
    {"Reason", "string", 0, cell_text, "reason"},
    {"Object", "string", 0, cell_event_object, NULL},
    {"Subobject", "string", 1, cell_text, "involvedObject.fieldPath"},
    {"Source", "string", 1, cell_event_source, NULL},
    {"Message", "string", 0, cell_text, "message"},
    {"First Seen", "string", 1, cell_event_first, NULL},
    {"Count", "string", 1, cell_event_count, NULL},
    {"Name", "string", 1, cell_text, "metadata.name"},
};
static const struct column budgets[] = {
    NAME,
    {"Min Available", "string", 0, cell_text, "spec.minAvailable|N/A"},
    {"Max Unavailable", "string", 0, cell_text, "spec.maxUnavailable|N/A"},
    {"Allowed Disruptions", "integer", 0, cell_number, "status.disruptionsAllowed"},
    AGE,
};
static const struct column scalers[] = {
    NAME,
    {"Reference", "string", 0, cell_hpa_reference, NULL},
    {"Targets", "string", 0, cell_hpa_targets, NULL},
    {"MinPods", "string", 0, cell_text, "spec.minReplicas|<unset>"},
    {"MaxPods", "string", 0, cell_number, "spec.maxReplicas"},
    {"Replicas", "string", 0, cell_number, "status.currentReplicas"},
    AGE,
};
static const struct column configmaps[] = {NAME, {"Data", "string", 0, cell_data_count, NULL}, AGE};
static const struct column secrets[] = {
    NAME,
    {"Type", "string", 0, cell_text, "type"},
    {"Data", "string", 0, cell_count, "data"},
    AGE,
};
static const struct column accounts[] = {
    NAME, {"Secrets", "string", 0, cell_count, "secrets"}, AGE};
static const struct column classes[] = {
    {"Name", "string", 0, cell_class_name, NULL},
    {"Provisioner", "string", 0, cell_text, "provisioner"},
    {"ReclaimPolicy", "string", 0, cell_text, "reclaimPolicy|Delete"},
    {"VolumeBindingMode", "string", 0, cell_text, "volumeBindingMode|Immediate"},
    {"AllowVolumeExpansion", "string", 0, cell_bool, "allowVolumeExpansion"},
    AGE,
};
static const struct column bindings[] = {
    NAME,
    {"Role", "string", 0, cell_role, NULL},
    AGE,
    {"Users", "string", 1, cell_subjects, "User"},
    {"Groups", "string", 1, cell_subjects, "Group"},
    {"ServiceAccounts", "string", 1, cell_subjects, "ServiceAccount"},
};
static const struct column leases[] = {
    NAME, {"Holder", "string", 0, cell_text, "spec.holderIdentity"}, AGE};
static const struct column priorities[] = {
    NAME,
    {"Value", "integer", 0, cell_number, "value"},
    {"Global-Default", "boolean", 0, cell_bool, "globalDefault"},
    AGE,
};
static const struct column policies[] = {
    NAME, {"Pod-Selector", "string", 0, cell_selector, "spec.podSelector"}, AGE};
static const struct column attachments[] = {
    NAME,
    {"Attacher", "string", 0, cell_text, "spec.attacher"},
    {"PV", "string", 0, cell_text, "spec.source.persistentVolumeName"},
    {"Node", "string", 0, cell_text, "spec.nodeName"},
    {"Attached", "boolean", 0, cell_bool, "status.attached"},
    AGE,
};
static const struct column csi_nodes[] = {
    NAME, {"Drivers", "integer", 0, cell_count, "spec.drivers"}, AGE};
static const struct column quotas[] = {
    NAME,
    AGE,
    {"Request", "string", 0, cell_quota, "requests"},
    {"Limit", "string", 0, cell_quota, "limits"},
};
static const struct column revisions[] = {
    NAME,
    {"Controller", "string", 0, cell_controller, NULL},
    {"Revision", "string", 0, cell_number, "revision"},
    AGE,
};

#define OF(group, kind, list)                                                                      \
    {                                                                                              \
        group, kind, list, sizeof(list) / sizeof *(list)                                           \
    }

static const struct columns table[] = {
    OF("", "Pod", pods),
    OF("", "Node", nodes),
    OF("apps", "Deployment", deployments),
    OF("apps", "ReplicaSet", replicasets),
    OF("", "ReplicationController", replicasets),
    OF("apps", "StatefulSet", statefulsets),
    OF("apps", "DaemonSet", daemonsets),
    OF("apps", "ControllerRevision", revisions),
    OF("batch", "Job", jobs),
    OF("batch", "CronJob", cronjobs),
    OF("", "Service", services),
    OF("", "Endpoints", endpoints),
    OF("discovery.k8s.io", "EndpointSlice", slices),
    OF("networking.k8s.io", "Ingress", ingresses),
    OF("extensions", "Ingress", ingresses),
    OF("networking.k8s.io", "NetworkPolicy", policies),
    OF("", "PersistentVolumeClaim", claims),
    OF("", "PersistentVolume", volumes),
    OF("", "Namespace", namespaces),
    OF("", "Event", events),
    OF("policy", "PodDisruptionBudget", budgets),
    OF("autoscaling", "HorizontalPodAutoscaler", scalers),
    OF("", "ConfigMap", configmaps),
    OF("", "Secret", secrets),
    OF("", "ResourceQuota", quotas),
    OF("", "ServiceAccount", accounts),
    OF("storage.k8s.io", "StorageClass", classes),
    OF("storage.k8s.io", "VolumeAttachment", attachments),
    OF("storage.k8s.io", "CSINode", csi_nodes),
    OF("rbac.authorization.k8s.io", "RoleBinding", bindings),
    OF("rbac.authorization.k8s.io", "ClusterRoleBinding", bindings),
    OF("coordination.k8s.io", "Lease", leases),
    OF("scheduling.k8s.io", "PriorityClass", priorities),
};
static const struct columns fallback = OF("", "", any);

const struct columns *columns_of(struct sv group, struct sv kind)
{
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (sv_is(group, table[i].group) && sv_is(kind, table[i].kind))
            return &table[i];
    return &fallback;
}
