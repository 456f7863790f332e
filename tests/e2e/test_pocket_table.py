#!/usr/bin/env python3
"""Tables (what kubectl get prints) of the real API server and of the pocket's code: the same columns and cells.

Every built-in object of the cluster is taken, and some whose status is written here to cover the odd ones."""
import http.client
import json
import os
import ssl
import subprocess
import sys
import time

import yaml

PKI, SERVER = os.environ["E2E_PKI"], os.environ["E2E_SERVER"]
DRIVER = os.path.join(os.path.dirname(os.environ["TOBAN"]), "tests", "e2e", "patch_driver")
with open(os.environ["KUBECONFIG"], encoding="utf-8") as config:
    TOKEN = yaml.safe_load(config)["users"][0]["user"]["token"]
TLS = ssl.create_default_context(cafile=os.path.join(PKI, "ca.crt"))
CONNECTION = http.client.HTTPSConnection(SERVER.split("//")[1], context=TLS, timeout=30)
PROCESS = subprocess.Popen([DRIVER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
SPACE = "pocket-table"
AS_TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io"
KINDS = [("", "v1", kind) for kind in (
    "pods nodes services endpoints persistentvolumeclaims persistentvolumes namespaces events configmaps secrets"
    " serviceaccounts replicationcontrollers limitranges").split()]
KINDS += [("apps", "v1", kind) for kind in "deployments replicasets statefulsets daemonsets controllerrevisions".split()]
KINDS += [
    ("batch", "v1", "jobs"), ("batch", "v1beta1", "cronjobs"), ("policy", "v1beta1", "poddisruptionbudgets"),
    ("autoscaling", "v1", "horizontalpodautoscalers"), ("networking.k8s.io", "v1", "ingresses"),
    ("networking.k8s.io", "v1", "networkpolicies"), ("storage.k8s.io", "v1", "storageclasses"),
    ("rbac.authorization.k8s.io", "v1", "rolebindings"), ("rbac.authorization.k8s.io", "v1", "clusterrolebindings"),
    ("rbac.authorization.k8s.io", "v1", "clusterroles"), ("coordination.k8s.io", "v1", "leases"),
    ("discovery.k8s.io", "v1beta1", "endpointslices"), ("scheduling.k8s.io", "v1", "priorityclasses"),
    ("storage.k8s.io", "v1", "volumeattachments"), ("storage.k8s.io", "v1", "csinodes"),
    ("apiextensions.k8s.io", "v1", "customresourcedefinitions"),
]


def call(method, path, body=None, kind="application/json", accept="application/json"):
    CONNECTION.request(method, path, None if body is None else json.dumps(body), {
        "Authorization": f"Bearer {TOKEN}", "Content-Type": kind, "Accept": accept})
    answer = CONNECTION.getresponse()
    return answer.status, json.loads(answer.read())


def base(group, version):
    return f"/apis/{group}/{version}" if group else f"/api/{version}"


def pod(name, status, **spec):
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "finalizers": spec.pop("finalizers", [])},
            "spec": {"nodeName": "table-node", "containers": [{"name": "a", "image": "x:1"}, {"name": "b", "image": "y:1"}], **spec},
            "status": status}


def container(name, ready=False, restarts=0, **state):
    return {"name": name, "ready": ready, "restartCount": restarts, "image": "x", "imageID": "", "state": state}


RUNNING = {"running": {"startedAt": "2026-01-01T00:00:00Z"}}
INIT = {"initContainers": [{"name": "i", "image": "x"}, {"name": "j", "image": "x"}]}
READY = [{"type": "Ready", "status": "True"}]
MADE = [
    pod("new", {}), pod("running", {"phase": "Running", "podIP": "10.0.0.9", "containerStatuses": [
        container("a", True, **RUNNING), container("b", False, **RUNNING)]}),
    pod("loops", {"phase": "Running", "containerStatuses": [
        container("a", restarts=3, waiting={"reason": "CrashLoopBackOff"}), container("b", True, 2, **RUNNING)]}),
    pod("code", {"phase": "Failed", "containerStatuses": [container("a", terminated={"exitCode": 7})]}),
    pod("signal", {"phase": "Failed", "containerStatuses": [container("a", terminated={"exitCode": 137, "signal": 9})]}),
    pod("oom", {"phase": "Failed", "containerStatuses": [container("a", terminated={"exitCode": 137, "reason": "OOMKilled"})]}),
    pod("evicted", {"phase": "Failed", "reason": "Evicted"}),
    pod("half", {"phase": "Running", "conditions": READY, "containerStatuses": [
        container("a", terminated={"exitCode": 0, "reason": "Completed"}), container("b", True, **RUNNING)]}),
    pod("done", {"phase": "Succeeded", "containerStatuses": [container("a", terminated={"exitCode": 0, "reason": "Completed"})]}),
    pod("init0", {"phase": "Pending", "initContainerStatuses": [container("i", waiting={"reason": "PodInitializing"}), container("j")]}, **INIT),
    pod("init1", {"phase": "Pending", "initContainerStatuses": [container("i", terminated={"exitCode": 0}), container("j", restarts=4, **RUNNING)]}, **INIT),
    pod("initerr", {"phase": "Pending", "initContainerStatuses": [container("i", restarts=2, terminated={"exitCode": 2})]}, **INIT),
    pod("initpull", {"phase": "Pending", "initContainerStatuses": [container("i", waiting={"reason": "ErrImagePull"})]}, **INIT),
    pod("going", {"phase": "Running"}, finalizers=["e.org/hold"]),
    pod("gates", {"phase": "Running", "conditions": [{"type": "x", "status": "True"}]}, readinessGates=[{"conditionType": "x"}, {"conditionType": "y"}]),
]
OTHERS = [
    ("", "v1", "nodes", {"metadata": {"name": "table-node", "labels": {"node-role.kubernetes.io/b": "", "node-role.kubernetes.io/a": ""}},
                         "spec": {"unschedulable": True}, "status": {"conditions": READY, "addresses": [{"type": "InternalIP", "address": "10.1.1.1"}],
                                                                     "nodeInfo": {"kubeletVersion": "v1.20.2", "osImage": "Linux", "kernelVersion": "5", "containerRuntimeVersion": "containerd://1",
                                                                                  "machineID": "", "systemUUID": "", "bootID": "", "kubeProxyVersion": "", "operatingSystem": "", "architecture": ""}}}),
    ("", "v1", "nodes", {"metadata": {"name": "table-bare"}}),
    ("", "v1", "services", {"metadata": {"name": "lb"}, "spec": {"type": "LoadBalancer", "ports": [{"port": 80, "name": "a"}, {"port": 53, "name": "b"}]}}),
    ("", "v1", "services", {"metadata": {"name": "lb2"}, "spec": {"type": "LoadBalancer", "selector": {"b": "c", "a": "b"}, "ports": [{"port": 80}]},
                            "status": {"loadBalancer": {"ingress": [{"hostname": "very-long-name.elb.amazonaws.com"}]}}}),
    ("", "v1", "services", {"metadata": {"name": "name"}, "spec": {"type": "ExternalName", "externalName": "e.org"}}),
    ("", "v1", "services", {"metadata": {"name": "headless"}, "spec": {"clusterIP": "None", "externalIPs": ["1.2.3.4", "1.2.3.5"]}}),
    ("", "v1", "endpoints", {"metadata": {"name": "many"}, "subsets": [{"addresses": [{"ip": f"10.0.0.{i}"} for i in range(1, 6)], "ports": [{"port": 80}]}]}),
    ("", "v1", "endpoints", {"metadata": {"name": "none"}}),
    ("", "v1", "configmaps", {"metadata": {"name": "c"}, "data": {"a": "b"}, "binaryData": {"c": "ZA=="}}),
    ("", "v1", "persistentvolumes", {"metadata": {"name": "table-pv"}, "spec": {"capacity": {"storage": "1Gi"}, "accessModes": ["ReadWriteMany", "ReadWriteOnce"], "hostPath": {"path": "/x"}, "storageClassName": "q"}}),
    ("", "v1", "persistentvolumeclaims", {"metadata": {"name": "p"}, "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}, "storageClassName": "none"}}),
    ("", "v1", "events", {"metadata": {"name": "e"}, "involvedObject": {"kind": "Pod", "name": "x", "namespace": SPACE, "fieldPath": "spec"}, "reason": "R", "message": "m", "type": "Normal",
                          "source": {"component": "k", "host": "h"}, "firstTimestamp": "2026-01-01T00:00:00Z", "lastTimestamp": "2026-01-02T00:00:00Z", "count": 3}),
    ("", "v1", "events", {"metadata": {"name": "f"}, "involvedObject": {"kind": "Node", "name": "x", "namespace": SPACE}, "reason": "R", "message": "m", "type": "Normal"}),
    ("apps", "v1", "deployments", {"metadata": {"name": "d"}, "spec": {"replicas": 0, "selector": {"matchLabels": {"a": "b"}, "matchExpressions": [{"key": "a", "operator": "In", "values": ["b", "c"]}, {"key": "z", "operator": "DoesNotExist"}]},
                                                                       "template": {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "x", "image": "y"}, {"name": "z", "image": "q"}]}}}}),
    ("apps", "v1", "daemonsets", {"metadata": {"name": "d"}, "spec": {"selector": {"matchLabels": {"a": "b"}}, "template": {"metadata": {"labels": {"a": "b"}}, "spec": {"nodeSelector": {"q": "r", "a": "b"}, "containers": [{"name": "x", "image": "y"}]}}}}),
    ("batch", "v1", "jobs", {"metadata": {"name": "j"}, "spec": {"parallelism": 0, "completions": 3, "template": {"spec": {"restartPolicy": "Never", "containers": [{"name": "x", "image": "y"}]}}}}),
    ("batch", "v1beta1", "cronjobs", {"metadata": {"name": "j"}, "spec": {"suspend": True, "schedule": "0 0 1 1 *", "jobTemplate": {"spec": {"template": {"spec": {"restartPolicy": "Never", "containers": [{"name": "x", "image": "y"}]}}}}}}),
    ("policy", "v1beta1", "poddisruptionbudgets", {"metadata": {"name": "a"}, "spec": {"minAvailable": "50%", "selector": {}}}),
    ("policy", "v1beta1", "poddisruptionbudgets", {"metadata": {"name": "b"}, "spec": {"maxUnavailable": 1, "selector": {}}}),
    ("autoscaling", "v1", "horizontalpodautoscalers", {"metadata": {"name": "h"}, "spec": {"maxReplicas": 3, "targetCPUUtilizationPercentage": 70, "scaleTargetRef": {"kind": "Deployment", "name": "d", "apiVersion": "apps/v1"}}}),
    ("networking.k8s.io", "v1", "ingresses", {"metadata": {"name": "i"}, "spec": {"ingressClassName": "c", "tls": [{"hosts": ["a.org"]}], "rules": [{"host": f"{c}.org", "http": {"paths": [
        {"path": "/", "pathType": "Prefix", "backend": {"service": {"name": "s", "port": {"number": 80}}}}]}} for c in "abcde"]}}),
    ("networking.k8s.io", "v1", "ingresses", {"metadata": {"name": "k"}, "spec": {"defaultBackend": {"service": {"name": "s", "port": {"number": 80}}}}}),
    ("networking.k8s.io", "v1", "networkpolicies", {"metadata": {"name": "n"}, "spec": {"podSelector": {}}}),
    ("storage.k8s.io", "v1", "storageclasses", {"metadata": {"name": "table-sc", "annotations": {"storageclass.kubernetes.io/is-default-class": "true"}}, "provisioner": "e.org/x"}),
    ("storage.k8s.io", "v1", "volumeattachments", {"metadata": {"name": "table-va"}, "spec": {"attacher": "e.org", "nodeName": "n", "source": {"persistentVolumeName": "v"}}}),
    ("storage.k8s.io", "v1", "csinodes", {"metadata": {"name": "table-csi"}, "spec": {"drivers": [{"name": "d", "nodeID": "n"}]}}),
]
CLUSTER_WIDE = {"nodes", "persistentvolumes", "storageclasses", "volumeattachments", "csinodes"}


def make(group, version, plural, thing, kinds):
    where = base(group, version) + ("" if plural in CLUSTER_WIDE else f"/namespaces/{SPACE}") + f"/{plural}"
    thing = dict(thing, apiVersion=f"{group}/{version}".lstrip("/"), kind=kinds[(group, version, plural)])
    name = thing["metadata"]["name"]
    status, answer = call("POST", where, thing)
    if status >= 300:
        sys.exit(f"FAIL cannot make {where} {name}: {answer['message']}")
    if thing.get("status"):
        status, answer = call("PATCH", f"{where}/{name}/status", {"status": thing["status"]}, "application/merge-patch+json")
        if status >= 300:
            sys.exit(f"FAIL cannot write the status of {where}/{name}: {answer['message']}")


def clean():
    status, pods = call("GET", f"/api/v1/namespaces/{SPACE}/pods")
    for one in pods.get("items", []):
        call("PATCH", f"/api/v1/namespaces/{SPACE}/pods/{one['metadata']['name']}", {"metadata": {"finalizers": None}}, "application/merge-patch+json")
        call("DELETE", f"/api/v1/namespaces/{SPACE}/pods/{one['metadata']['name']}?gracePeriodSeconds=0")
    for group, version, plural, thing in OTHERS:
        where = base(group, version) + ("" if plural in CLUSTER_WIDE else f"/namespaces/{SPACE}")
        call("DELETE", f"{where}/{plural}/{thing['metadata']['name']}?propagationPolicy=Background")


def compare(group, version, plural, kind, failures):
    """Asked again when something changed in between, a second passed or a controller wrote."""
    for attempt in range(20):
        path = f"{base(group, version)}/{plural}"
        _, before = call("GET", path)
        begin = int(time.time())
        _, theirs = call("GET", path, accept=AS_TABLE)
        _, after = call("GET", path)
        if int(time.time()) == begin and before["items"] == after["items"]:
            break
    PROCESS.stdin.write(json.dumps({"type": "table", "group": group, "kind": kind, "now": begin, "objects": after["items"]}) + "\n")
    PROCESS.stdin.flush()
    ours = json.loads(PROCESS.stdout.readline())["object"]
    titles = [[(c["name"], c["type"], c["format"], c["priority"]) for c in table["columnDefinitions"]] for table in (theirs, ours)]
    # Later versions than 1.20 say when a pod restarted last: its column is a text since.
    titles[0] = [("Restarts", "string", "", 0) if c[0] == "Restarts" else c for c in titles[0]]
    titles = [[c if c[0] != "Attacher" else c[:2] + ("",) + c[3:] for c in title] for title in titles]
    if titles[0] != titles[1]:
        failures.append(f"{kind}: columns\n  they {titles[0]}\n  we   {titles[1]}")
    for row, mine in zip(theirs["rows"] or [], ours["rows"]):
        if row["cells"] != mine["cells"]:
            failures.append(f"{kind}:\n  they {row['cells']}\n  we   {mine['cells']}")
        if row["object"]["metadata"]["name"] != mine["object"]["metadata"]["name"]:
            failures.append(f"{kind}: other objects in the rows")
    return len(after["items"])


def main():
    failures, rows = [], 0
    kinds = {}
    for group, version, plural in KINDS:
        _, found = call("GET", base(group, version))
        kinds[(group, version, plural)] = next(r["kind"] for r in found["resources"] if r["name"] == plural)
    call("POST", "/api/v1/namespaces", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": SPACE}})
    clean()
    for _ in range(100):
        if call("GET", f"/api/v1/namespaces/{SPACE}/serviceaccounts/default")[0] == 200:
            break
        time.sleep(.1)
    for one in MADE:
        make("", "v1", "pods", one, kinds)
    for group, version, plural, thing in OTHERS:
        make(group, version, plural, thing, kinds)
    call("DELETE", f"/api/v1/namespaces/{SPACE}/pods/going")
    for group, version, plural in KINDS:
        rows += compare(group, version, plural, kinds[(group, version, plural)], failures)
    clean()
    for failure in failures:
        print("FAIL", failure)
    print(rows, "rows compared")
    sys.exit(f"{len(failures)} differences" if failures else 0)


main()
