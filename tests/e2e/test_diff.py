#!/usr/bin/env python3
"""What `toban diff --live` foretells must be what a real API server does.

For every kind the server serves: create an object with kubectl apply, change one field, and compare
the forecast (rejected or not) with the server's answer to the very same apply as a dry run.
"""
import base64
import copy
import json
import os
import subprocess
import sys


TOBAN, KUBECTL = os.environ["TOBAN"], os.environ["KUBECTL"]
TMP = os.environ["E2E_TMP"]
NAMESPACE = "diff-e2e"

POD = {"containers": [{"name": "c", "image": "registry.example/app:1"}], "terminationGracePeriodSeconds": 0}
LABELS = {"app": "x"}
TEMPLATE = {"metadata": {"labels": LABELS}, "spec": POD}
SELECTOR = {"matchLabels": LABELS}
WORKLOAD = {"replicas": 0, "selector": SELECTOR, "template": TEMPLATE}
CLAIM = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}, "storageClassName": "none"}
CRD_SCHEMA = {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}
CSR = base64.b64encode(open(os.path.join(os.environ["E2E_PKI"], "nobody.csr"), "rb").read()).decode() \
    if os.path.exists(os.path.join(os.environ["E2E_PKI"], "nobody.csr")) else None

# (apiVersion, kind, body, [(path, new value or None to remove), ...])
KINDS = [
    ("apps/v1", "Deployment", {"spec": WORKLOAD}, [
        ("spec.replicas", 1), ("spec.selector.matchLabels.app", "y"), ("spec.template.spec.containers.0.image", "a:2"),
        ("metadata.labels", {"a": "b"}), ("spec.revisionHistoryLimit", 3), ("spec.strategy", {"type": "Recreate"})]),
    ("apps/v1", "ReplicaSet", {"spec": WORKLOAD}, [
        ("spec.replicas", 1), ("spec.selector.matchLabels.app", "y"), ("spec.template.spec.containers.0.image", "a:2")]),
    ("apps/v1", "DaemonSet", {"spec": {"selector": SELECTOR, "template": dict(TEMPLATE, spec=dict(POD, nodeSelector={"no": "node"}))}}, [
        ("spec.selector.matchLabels.app", "y"), ("spec.updateStrategy", {"type": "OnDelete"}), ("spec.minReadySeconds", 3)]),
    ("apps/v1", "StatefulSet", {"spec": dict(WORKLOAD, serviceName="s", volumeClaimTemplates=[{"metadata": {"name": "d"}, "spec": CLAIM}])}, [
        ("spec.replicas", 1), ("spec.serviceName", "t"), ("spec.podManagementPolicy", "Parallel"),
        ("spec.volumeClaimTemplates.0.spec.resources.requests.storage", "2Gi"), ("spec.selector.matchLabels.app", "y"),
        ("spec.template.spec.containers.0.image", "a:2"), ("spec.revisionHistoryLimit", 3),
        ("spec.updateStrategy", {"type": "RollingUpdate", "rollingUpdate": {"partition": 1}})]),
    ("apps/v1", "ControllerRevision", {"revision": 1, "data": {"a": 1}}, [("revision", 2), ("data.a", 2)]),
    ("batch/v1", "Job", {"spec": {"template": {"spec": dict(POD, restartPolicy="Never", nodeSelector={"no": "node"})}}}, [
        ("spec.parallelism", 2), ("spec.completions", 3), ("spec.template.spec.containers.0.image", "a:2"), ("spec.backoffLimit", 2),
        ("spec.activeDeadlineSeconds", 900)]),
    ("batch/v1beta1", "CronJob", {"spec": {"schedule": "0 0 1 1 *", "jobTemplate": {"spec": {"template": {"spec": dict(POD, restartPolicy="Never")}}}}}, [
        ("spec.schedule", "1 0 1 1 *"), ("spec.jobTemplate.spec.template.spec.containers.0.image", "a:2")]),
    ("v1", "Pod", {"spec": dict(POD, nodeSelector={"no": "node"})}, [
        ("spec.containers.0.image", "a:2"), ("spec.nodeSelector.no", "other"), ("metadata.labels", {"a": "b"}),
        ("spec.activeDeadlineSeconds", 900), ("spec.tolerations", [{"key": "a", "operator": "Exists"}]),
        ("spec.containers.0.env", [{"name": "A", "value": "b"}])]),
    ("v1", "ReplicationController", {"spec": {"replicas": 0, "selector": LABELS, "template": TEMPLATE}}, [
        ("spec.replicas", 1), ("spec.template.spec.containers.0.image", "a:2")]),
    ("v1", "PodTemplate", {"template": TEMPLATE}, [("template.spec.containers.0.image", "a:2")]),
    ("v1", "Service", {"spec": {"selector": LABELS, "ports": [{"port": 80, "name": "http"}]}}, [
        ("spec.type", "NodePort"), ("spec.selector.app", "y"), ("spec.clusterIP", "10.0.0.250"),
        ("spec.ports.0.targetPort", 8080), ("spec.sessionAffinity", "ClientIP"), ("spec.externalIPs", ["192.0.2.1"])]),
    ("v1", "PersistentVolumeClaim", {"spec": CLAIM}, [
        ("spec.resources.requests.storage", "2Gi"), ("spec.accessModes", ["ReadOnlyMany"]), ("spec.storageClassName", "other"),
        ("spec.volumeMode", "Block"), ("metadata.labels", {"a": "b"}), ("spec.volumeName", "v")]),
    ("v1", "PersistentVolume", {"spec": {"capacity": {"storage": "1Gi"}, "accessModes": ["ReadWriteOnce"], "hostPath": {"path": "/tmp/a"}, "storageClassName": "none"}}, [
        ("spec.capacity.storage", "2Gi"), ("spec.hostPath.path", "/tmp/b"), ("spec.persistentVolumeReclaimPolicy", "Delete"),
        ("spec.volumeMode", "Block"), ("spec.mountOptions", ["ro"])]),
    ("v1", "Secret", {"type": "Opaque", "stringData": {"a": "b"}}, [("type", "example.com/other"), ("stringData.a", "c")]),
    ("v1", "ConfigMap", {"data": {"a": "b"}}, [("data.a", "c"), ("immutable", True)]),
    ("v1", "ConfigMap", {"immutable": True, "data": {"a": "b"}}, [("data.a", "c"), ("immutable", False), ("metadata.labels", {"a": "b"}), ("binaryData", {"z": "YQ=="})]),
    ("v1", "ServiceAccount", {}, [("automountServiceAccountToken", False)]),
    ("v1", "Endpoints", {"subsets": [{"addresses": [{"ip": "192.0.2.1"}], "ports": [{"port": 80}]}]}, [("subsets.0.ports.0.port", 81)]),
    ("v1", "LimitRange", {"spec": {"limits": [{"type": "Container", "max": {"cpu": "1"}}]}}, [("spec.limits.0.max.cpu", "2")]),
    ("v1", "ResourceQuota", {"spec": {"hard": {"pods": "100"}, "scopes": ["NotTerminating"]}}, [("spec.hard.pods", "101"), ("spec.scopes", ["Terminating"])]),
    ("v1", "Namespace", {}, [("metadata.labels", {"a": "b"})]),
    ("v1", "Node", {"spec": {"podCIDR": "10.9.0.0/24", "providerID": "aws:///a/i-1"}}, [
        ("spec.unschedulable", True), ("spec.providerID", "aws:///a/i-2"), ("spec.podCIDR", "10.9.1.0/24"), ("metadata.labels", {"a": "b"})]),
    ("rbac.authorization.k8s.io/v1", "Role", {"rules": [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}]}, [("rules.0.verbs", ["list"])]),
    ("rbac.authorization.k8s.io/v1", "ClusterRole", {"rules": [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}]}, [("rules.0.verbs", ["list"])]),
    ("rbac.authorization.k8s.io/v1", "RoleBinding", {"roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "view"}, "subjects": []}, [
        ("roleRef.name", "edit"), ("subjects", [{"kind": "User", "apiGroup": "rbac.authorization.k8s.io", "name": "u"}])]),
    ("rbac.authorization.k8s.io/v1", "ClusterRoleBinding", {"roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "view"}, "subjects": []}, [
        ("roleRef.name", "edit"), ("metadata.labels", {"a": "b"})]),
    ("storage.k8s.io/v1", "StorageClass", {"provisioner": "example.com/p", "parameters": {"type": "gp2"}}, [
        ("provisioner", "example.com/q"), ("parameters.type", "gp3"), ("reclaimPolicy", "Retain"), ("volumeBindingMode", "WaitForFirstConsumer"),
        ("allowVolumeExpansion", True), ("mountOptions", ["ro"])]),
    ("storage.k8s.io/v1", "CSIDriver", {"spec": {"attachRequired": False}}, [("spec.attachRequired", True), ("spec.podInfoOnMount", True), ("metadata.labels", {"a": "b"})]),
    ("storage.k8s.io/v1", "CSINode", {"spec": {"drivers": [{"name": "d", "nodeID": "n"}]}}, [("spec.drivers.0.nodeID", "m"), ("spec.drivers", [])]),
    ("storage.k8s.io/v1", "VolumeAttachment", {"spec": {"attacher": "a.example.com", "nodeName": "n", "source": {"persistentVolumeName": "v"}}}, [
        ("spec.nodeName", "m"), ("metadata.labels", {"a": "b"})]),
    ("scheduling.k8s.io/v1", "PriorityClass", {"value": 5}, [("value", 6), ("preemptionPolicy", "Never"), ("description", "d")]),
    ("node.k8s.io/v1", "RuntimeClass", {"handler": "a"}, [("handler", "b"), ("metadata.labels", {"a": "b"})]),
    ("networking.k8s.io/v1", "IngressClass", {"spec": {"controller": "example.com/a"}}, [("spec.controller", "example.com/b"), ("metadata.annotations", {"a": "b"})]),
    ("networking.k8s.io/v1", "Ingress", {"spec": {"defaultBackend": {"service": {"name": "s", "port": {"number": 80}}}}}, [
        ("spec.defaultBackend.service.name", "t"), ("spec.ingressClassName", "c")]),
    ("networking.k8s.io/v1", "NetworkPolicy", {"spec": {"podSelector": SELECTOR}}, [("spec.podSelector.matchLabels.app", "y")]),
    ("policy/v1beta1", "PodDisruptionBudget", {"spec": {"minAvailable": 1, "selector": SELECTOR}}, [("spec.minAvailable", 2), ("spec.selector.matchLabels.app", "y")]),
    ("policy/v1beta1", "PodSecurityPolicy", {"spec": {"privileged": False, **{k: {"rule": "RunAsAny"} for k in ("seLinux", "runAsUser", "supplementalGroups", "fsGroup")}}}, [("spec.privileged", True)]),
    ("autoscaling/v1", "HorizontalPodAutoscaler", {"spec": {"maxReplicas": 2, "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "d"}}}, [
        ("spec.maxReplicas", 3), ("spec.scaleTargetRef.name", "e")]),
    ("discovery.k8s.io/v1beta1", "EndpointSlice", {"addressType": "IPv4", "endpoints": [], "ports": []}, [("addressType", "FQDN"), ("metadata.labels", {"a": "b"})]),
    ("coordination.k8s.io/v1", "Lease", {"spec": {"leaseDurationSeconds": 5}}, [("spec.leaseDurationSeconds", 6)]),
    ("admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration", {"webhooks": []}, [("metadata.labels", {"a": "b"})]),
    ("admissionregistration.k8s.io/v1", "MutatingWebhookConfiguration", {"webhooks": []}, [("metadata.labels", {"a": "b"})]),
    ("flowcontrol.apiserver.k8s.io/v1beta1", "PriorityLevelConfiguration", {"spec": {"type": "Limited", "limited": {"assuredConcurrencyShares": 5, "limitResponse": {"type": "Reject"}}}}, [
        ("spec.limited.assuredConcurrencyShares", 6)]),
    ("flowcontrol.apiserver.k8s.io/v1beta1", "FlowSchema", {"spec": {"priorityLevelConfiguration": {"name": "exempt"}}}, [("spec.matchingPrecedence", 500)]),
    ("apiextensions.k8s.io/v1", "CustomResourceDefinition", {"spec": {"group": "diff.example.com", "scope": "Namespaced", "names": {"plural": "gadgets", "kind": "Gadget"},
        "versions": [{"name": "v1", "served": True, "storage": True, "schema": CRD_SCHEMA}]}}, [
        ("spec.scope", "Cluster"), ("spec.names.kind", "Widget"), ("spec.versions.0.name", "v2"),
        ("spec.versions.0.additionalPrinterColumns", [{"name": "a", "type": "string", "jsonPath": ".a"}])]),
]
if CSR:
    KINDS.append(("certificates.k8s.io/v1", "CertificateSigningRequest", {"spec": {"request": CSR, "signerName": "example.com/s", "usages": ["client auth"]}}, [
        ("metadata.labels", {"a": "b"}), ("spec.signerName", "example.com/t")]))
CLUSTER_WIDE = {"PersistentVolume", "Namespace", "Node", "ClusterRole", "ClusterRoleBinding", "StorageClass", "CSIDriver", "CSINode", "VolumeAttachment",
                "PriorityClass", "RuntimeClass", "IngressClass", "PodSecurityPolicy", "ValidatingWebhookConfiguration", "MutatingWebhookConfiguration",
                "PriorityLevelConfiguration", "FlowSchema", "CustomResourceDefinition", "CertificateSigningRequest"}


def run(*command, stdin=None):
    return subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=120)


def set_path(obj, path, value):
    *parents, last = path.split(".")
    at = obj
    for step in parents:
        at = at[int(step)] if isinstance(at, list) else at.setdefault(step, {})
    if isinstance(at, list):
        at[int(last)] = value
    else:
        at[last] = value


def manifest(api, kind, body, number):
    name = "diff-e2e-%s-%d" % (kind.lower(), number)
    obj = {"apiVersion": api, "kind": kind, "metadata": {"name": name}}
    if kind not in CLUSTER_WIDE:
        obj["metadata"]["namespace"] = NAMESPACE
    obj.update(copy.deepcopy(body))
    if kind == "CustomResourceDefinition":
        obj["metadata"]["name"] = "gadgets.diff.example.com"
    return obj


def write(obj, name):
    path = os.path.join(TMP, name)
    with open(path, "w", encoding="utf-8") as file:
        json.dump(obj, file)
    return path


def server_refuses(path):
    answer = run(KUBECTL, "apply", "--dry-run=server", "-f", path)
    if answer.returncode == 0:
        return False
    if "is invalid" in answer.stderr or "Forbidden" in answer.stderr or "immutable" in answer.stderr or "422" in answer.stderr:
        return True
    sys.exit("the server's answer is neither yes nor no: " + answer.stderr)


def forecast(path):
    answer = run(TOBAN, "diff", "--live", path, "-o", "json")
    if answer.returncode not in (0, 2):
        sys.exit("toban diff --live %s: exit %d\n%s" % (path, answer.returncode, answer.stderr))
    return json.loads(answer.stdout)["objects"][0]


def main():
    run(KUBECTL, "create", "namespace", NAMESPACE)
    wrong, checked = [], 0
    for number, (api, kind, body, changes) in enumerate(KINDS):
        original = manifest(api, kind, body, number)
        created = run(KUBECTL, "apply", "-f", write(original, "old.json"))
        if created.returncode:
            sys.exit("cannot create %s: %s" % (kind, created.stderr))
        same = forecast(write(original, "same.json"))
        if same["outcome"] != "unchanged":
            wrong.append("%s: unchanged manifest is foretold as %s: %s" % (kind, same["outcome"], same["fields"]))
        for path, value in changes:
            changed = copy.deepcopy(original)
            set_path(changed, path, value)
            file = write(changed, "new.json")
            told, refused = forecast(file)["outcome"], server_refuses(file)
            checked += 1
            if (told == "rejected") != refused:
                wrong.append("%s %s: foretold %s, the server %s" % (kind, path, told, "refuses" if refused else "accepts"))
        run(KUBECTL, "delete", "--wait=false", "-f", os.path.join(TMP, "old.json"))
    run(KUBECTL, "delete", "namespace", NAMESPACE, "--wait=false")
    print("%d changes of %d kinds compared with the server" % (checked, len(KINDS)))
    if wrong:
        sys.exit("\n".join(wrong))


main()
