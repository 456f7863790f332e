#include "rules/diff/defaults.h"

/* kind "" = any; the path is compared from its end, item names in brackets left out. */
static const struct {
    const char *kind, *path_end, *value;
} defaults[] = {
    {"Service", "spec.type", "ClusterIP"},
    {"Service", "spec.sessionAffinity", "None"},
    {"Service", "spec.externalTrafficPolicy", "Cluster"},
    {"Service", "spec.internalTrafficPolicy", "Cluster"},
    {"Service", "spec.publishNotReadyAddresses", "false"},
    {"Service", "spec.allocateLoadBalancerNodePorts", "true"},
    {"Deployment", "spec.replicas", "1"},
    {"Deployment", "spec.revisionHistoryLimit", "10"},
    {"Deployment", "spec.progressDeadlineSeconds", "600"},
    {"Deployment", "spec.strategy.type", "RollingUpdate"},
    {"Deployment", "spec.strategy.rollingUpdate.maxSurge", "25%"},
    {"Deployment", "spec.strategy.rollingUpdate.maxUnavailable", "25%"},
    {"StatefulSet", "spec.replicas", "1"},
    {"StatefulSet", "spec.revisionHistoryLimit", "10"},
    {"StatefulSet", "spec.podManagementPolicy", "OrderedReady"},
    {"StatefulSet", "spec.updateStrategy.type", "RollingUpdate"},
    {"StatefulSet", "spec.updateStrategy.rollingUpdate.partition", "0"},
    {"StatefulSet", "spec.volumeClaimTemplates.spec.volumeMode", "Filesystem"},
    {"DaemonSet", "spec.revisionHistoryLimit", "10"},
    {"DaemonSet", "spec.updateStrategy.type", "RollingUpdate"},
    {"DaemonSet", "spec.updateStrategy.rollingUpdate.maxUnavailable", "1"},
    {"ReplicaSet", "spec.replicas", "1"},
    {"Job", "spec.parallelism", "1"},
    {"Job", "spec.completions", "1"},
    {"Job", "spec.backoffLimit", "6"},
    {"Job", "spec.completionMode", "NonIndexed"},
    {"Job", "spec.suspend", "false"},
    {"CronJob", "spec.concurrencyPolicy", "Allow"},
    {"CronJob", "spec.suspend", "false"},
    {"CronJob", "spec.successfulJobsHistoryLimit", "3"},
    {"CronJob", "spec.failedJobsHistoryLimit", "1"},
    {"PersistentVolumeClaim", "spec.volumeMode", "Filesystem"},
    {"PersistentVolume", "spec.volumeMode", "Filesystem"},
    {"PersistentVolume", "spec.persistentVolumeReclaimPolicy", "Retain"},
    {"StorageClass", "reclaimPolicy", "Delete"},
    {"StorageClass", "volumeBindingMode", "Immediate"},
    {"StorageClass", "allowVolumeExpansion", "false"},
    {"PriorityClass", "preemptionPolicy", "PreemptLowerPriority"},
    {"PriorityClass", "globalDefault", "false"},
    {"CSIDriver", "spec.attachRequired", "true"},
    {"CSIDriver", "spec.podInfoOnMount", "false"},
    {"CSIDriver", "spec.storageCapacity", "false"},
    {"CSIDriver", "spec.fsGroupPolicy", "ReadWriteOnceWithFSType"},
    {"Secret", "type", "Opaque"},
    {"Secret", "immutable", "false"},
    {"ConfigMap", "immutable", "false"},
    {"PodSecurityPolicy", "spec.privileged", "false"},
    {"", "ports.protocol", "TCP"},
    {"", "spec.hostNetwork", "false"},
    {"", "spec.hostPID", "false"},
    {"", "spec.hostIPC", "false"},
    {"", "securityContext.privileged", "false"},
    {"", "securityContext.readOnlyRootFilesystem", "false"},
    {"", "volumeMounts.readOnly", "false"},
    {"", "spec.restartPolicy", "Always"},
    {"", "spec.dnsPolicy", "ClusterFirst"},
    {"", "spec.schedulerName", "default-scheduler"},
    {"", "spec.terminationGracePeriodSeconds", "30"},
    {"", "spec.enableServiceLinks", "true"},
    {"", "containers.terminationMessagePath", "/dev/termination-log"},
    {"", "containers.terminationMessagePolicy", "File"},
    {"", "initContainers.terminationMessagePath", "/dev/termination-log"},
    {"", "initContainers.terminationMessagePolicy", "File"},
    {"", "Probe.timeoutSeconds", "1"},
    {"", "Probe.periodSeconds", "10"},
    {"", "Probe.successThreshold", "1"},
    {"", "Probe.failureThreshold", "3"},
    {"", "httpGet.scheme", "HTTP"},
    {"", "valueFrom.fieldRef.apiVersion", "v1"},
};

static size_t strip_items(const char *path, char *out, size_t cap)
{
    size_t n = 0;
    for (unsigned depth = 0; *path && n + 1 < cap; path++) {
        depth += *path == '[';
        if (!depth)
            out[n++] = *path;
        depth -= *path == ']';
    }
    out[n] = '\0';
    return n;
}

bool defaults_is_default(struct sv kind, const char *path, const struct doc_node *value)
{
    char plain[256];
    struct sv text = doc_scalar(value);
    struct sv at = sv_n(plain, strip_items(path, plain, sizeof plain));
    if (!text.ptr)
        return false;
    for (size_t i = 0; i < sizeof defaults / sizeof defaults[0]; i++) {
        bool whole = defaults[i].kind[0] != '\0';
        if (whole ? !sv_is(kind, defaults[i].kind) || !sv_is(at, defaults[i].path_end)
                  : !sv_ends(at, defaults[i].path_end))
            continue;
        if (sv_is(text, defaults[i].value))
            return true;
    }
    return false;
}
