#!/usr/bin/env python3
"""`toban snapshot` on a real API server: the live cluster and what kubectl dumps of it give equal worlds; what is
secret or says more than a scheduler needs does not enter the file; what may not be read is told."""
import json
import os
import stat
import subprocess
import sys
import time

import yaml

TOBAN, KUBECTL = os.environ["TOBAN"], os.environ["KUBECTL"]
TMP, SERVER, PKI, CONFIGS = (os.environ[name] for name in ("E2E_TMP", "E2E_SERVER", "E2E_PKI", "E2E_CONFIGS"))
DRIVER = os.path.join(os.path.dirname(TOBAN), "tests", "e2e", "snapshot_driver")
NS = "snapshot"
MARK = "Xq7marker"  # wherever nothing of it may be read
KINDS = ("csidrivers,nodes,pods,replicationcontrollers,deployments.apps,replicasets.apps,statefulsets,daemonsets.apps,jobs,cronjobs,pdb,pv,pvc,"
         "storageclasses,csinodes,volumeattachments,priorityclasses,namespaces,services,endpointslices,"
         "ingresses.networking.k8s.io,hpa,events")


def run(*command, stdin=None, ok=(0,), env=None):
    answer = subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=300, cwd=TMP,
                            env=dict(os.environ, **(env or {})))
    if ok is not None and answer.returncode not in ok:
        sys.exit("%s: exit %d\n%s%s" % (" ".join(command), answer.returncode, answer.stdout, answer.stderr))
    return answer


def kubectl(*arguments, stdin=None, ok=(0,)):
    return run(KUBECTL, *arguments, stdin=stdin, ok=ok)


def expect(condition, what, detail=None):
    if not condition:
        sys.exit("FAIL %s\n%s" % (what, detail if isinstance(detail, str) else json.dumps(detail, indent=1)))


def show(path):
    return json.loads(run(TOBAN, "snapshot", "--show", path, "-o", "json").stdout)


# --- the cluster ------------------------------------------------------------------------------------------

def node(name, zone, group):
    return {"apiVersion": "v1", "kind": "Node",
            "metadata": {"name": name, "labels": {
                "kubernetes.io/hostname": name, "topology.kubernetes.io/zone": zone, "topology.kubernetes.io/region": "eu-west-1",
                "node.kubernetes.io/instance-type": "m5.large", "eks.amazonaws.com/nodegroup": group}},
            "spec": {"providerID": "aws:///%s/i-%s" % (zone, name), "taints": [
                {"key": "dedicated", "value": "snapshot", "effect": "NoSchedule"}]},
            "status": {"capacity": {"cpu": "2", "memory": "7888Mi", "pods": "29", "ephemeral-storage": "20Gi"},
                       "allocatable": {"cpu": "1930m", "memory": "7220Mi", "pods": "29", "ephemeral-storage": "18Gi"},
                       "images": [{"names": ["registry.example/cart:1"], "sizeBytes": 50000000}],
                       "nodeInfo": {"kubeletVersion": "v1.20.2", **{k: "" for k in (
                           "machineID", "systemUUID", "bootID", "kernelVersion", "osImage", "containerRuntimeVersion",
                           "kubeProxyVersion", "operatingSystem", "architecture")}}}}


def template(app, **spec):
    return {"metadata": {"labels": {"app": app}, "annotations": {"example.com/note": MARK}},
            "spec": {"tolerations": [{"operator": "Exists"}], "nodeName": "snapshot-a", "containers": [
                {"name": "c", "image": "registry.example/cart:1", "command": ["/bin/" + MARK], "args": ["--key=" + MARK],
                 "env": [{"name": "TOKEN", "value": MARK}],
                 "resources": {"requests": {"cpu": "100m", "memory": "64Mi"}, "limits": {"cpu": "200m", "memory": "64Mi"}},
                 "readinessProbe": {"httpGet": {"path": "/" + MARK, "port": 80}, "initialDelaySeconds": 3},
                 "lifecycle": {"preStop": {"exec": {"command": ["sleep", "5"]}}}}], **spec}}


def workload(api, kind, name, **spec):
    return {"apiVersion": api, "kind": kind, "metadata": {"name": name, "namespace": NS, "annotations": {"a": MARK}},
            "spec": {"selector": {"matchLabels": {"app": name}}, "template": template(name), **spec}}


def claim(name, **spec):
    return {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": name, "namespace": NS},
            "spec": {"accessModes": ["ReadWriteOnce"], "storageClassName": "snapshot-gp3",
                     "resources": {"requests": {"storage": "1Gi"}}, **spec}}


def objects():
    spread = [{"maxSkew": 1, "topologyKey": "topology.kubernetes.io/zone", "whenUnsatisfiable": "DoNotSchedule",
               "labelSelector": {"matchLabels": {"app": "cart"}}}]
    affinity = {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [
        {"labelSelector": {"matchExpressions": [{"key": "app", "operator": "In", "values": ["cart", "web"]}]},
         "topologyKey": "kubernetes.io/hostname"}]},
        "nodeAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": [
            {"weight": 10, "preference": {"matchExpressions": [{"key": "kubernetes.io/arch", "operator": "In", "values": ["amd64"]}]}}]}}
    cart = workload("apps/v1", "Deployment", "cart", replicas=3)
    cart["spec"]["template"]["spec"].update(topologySpreadConstraints=spread, affinity=affinity, priorityClassName="snapshot-high")
    web = workload("apps/v1", "StatefulSet", "web", replicas=2, serviceName="web",
                   volumeClaimTemplates=[{"metadata": {"name": "data"}, "spec": claim("data")["spec"]}])
    job = workload("batch/v1", "Job", "import")
    del job["spec"]["selector"]
    job["spec"]["template"]["spec"]["restartPolicy"] = "Never"
    cron = {"apiVersion": "batch/v1beta1", "kind": "CronJob", "metadata": {"name": "nightly", "namespace": NS},
            "spec": {"schedule": "0 0 1 1 *", "jobTemplate": {"spec": job["spec"]}}}
    controller = workload("v1", "ReplicationController", "old", replicas=1)
    controller["spec"]["selector"] = {"app": "old"}
    ingress = {"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": {"name": "cart", "namespace": NS},
               "spec": {"defaultBackend": {"service": {"name": "cart", "port": {"number": 80}}}}}
    return [
        {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s", "namespace": NS, "labels": {"l": MARK}}, "stringData": {"k": MARK}},
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c", "namespace": NS}, "data": {"k": MARK}},
        {"apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass", "metadata": {"name": "snapshot-high"}, "value": 1000},
        {"apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "metadata": {"name": "snapshot-gp3"},
         "provisioner": "ebs.csi.aws.com", "volumeBindingMode": "WaitForFirstConsumer", "parameters": {"kmsKeyId": MARK}},
        {"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": "snapshot-pv"},
         "spec": {"capacity": {"storage": "1Gi"}, "accessModes": ["ReadWriteOnce"], "storageClassName": "snapshot-gp3",
                  "csi": {"driver": "ebs.csi.aws.com", "volumeHandle": "vol-0a1b2c3d"},
                  "nodeAffinity": {"required": {"nodeSelectorTerms": [{"matchExpressions": [
                      {"key": "topology.ebs.csi.aws.com/zone", "operator": "In", "values": ["eu-west-1a"]}]}]}}}},
        claim("one", volumeName="snapshot-pv"), cart, web, workload("apps/v1", "DaemonSet", "agent"), job, cron, controller, ingress,
        {"apiVersion": "policy/v1beta1", "kind": "PodDisruptionBudget", "metadata": {"name": "cart", "namespace": NS},
         "spec": {"minAvailable": "50%", "selector": {"matchLabels": {"app": "cart"}}}},
        {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "cart", "namespace": NS, "annotations": {"x": MARK}},
         "spec": {"type": "LoadBalancer", "selector": {"app": "cart"}, "ports": [{"port": 80}]}},
        {"apiVersion": "autoscaling/v1", "kind": "HorizontalPodAutoscaler", "metadata": {"name": "cart", "namespace": NS},
         "spec": {"maxReplicas": 9, "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "cart"}}},
        {"apiVersion": "storage.k8s.io/v1", "kind": "CSINode", "metadata": {"name": "snapshot-a"},
         "spec": {"drivers": [{"name": "ebs.csi.aws.com", "nodeID": "i-1", "allocatable": {"count": 25}}]}},
        {"apiVersion": "storage.k8s.io/v1", "kind": "VolumeAttachment", "metadata": {"name": "snapshot-attached"},
         "spec": {"attacher": "ebs.csi.aws.com", "nodeName": "snapshot-a", "source": {"persistentVolumeName": "snapshot-pv"}}},
    ]


def fill():
    kubectl("create", "namespace", NS)
    kubectl("create", "-f", "-", stdin=yaml.safe_dump_all(
        [node("snapshot-a", "eu-west-1a", "snapshot-blue"), node("snapshot-b", "eu-west-1b", "snapshot-blue")]))
    kubectl("create", "-f", "-", stdin=yaml.safe_dump_all(objects()))
    for _ in range(300):
        pods = json.loads(kubectl("get", "pods", "-n", NS, "-o", "json").stdout)["items"]
        if len(pods) >= 3 + 1 + 1 + 1 + 1:  # cart, web-0, agent, import, old
            return
        time.sleep(0.2)
    sys.exit("the controllers made only %d pods" % len(pods))


# --- tests --------------------------------------------------------------------------------------------------

def dump(path):
    with open(os.path.join(TMP, path), "w", encoding="utf-8") as file:
        file.write(kubectl("get", KINDS, "-A", "-o", "json").stdout)


def test_live_equals_dump():
    """Other tests' objects come and go: what counts is that once both are the same."""
    difference = ""
    for _ in range(20):
        made = run(TOBAN, "snapshot", "-o", "live.snap")
        dump("dump.json")
        run(TOBAN, "snapshot", "--from-json", "dump.json", "--version", "1.20.2", "-o", "dump.snap")
        difference = run(DRIVER, "equal", "live.snap", "dump.snap", ok=(0, 1)).stdout
        if difference == "equal\n":
            break
        time.sleep(0.5)
    expect(difference == "equal\n", "the live cluster and its dump give the same world", difference)
    run(TOBAN, "snapshot", "--from-json", "dump.json", "--version", "1.21", "-o", "later.snap")
    expect(run(DRIVER, "equal", "live.snap", "later.snap", ok=(1,)).stdout == "the server's version differs\n", "another version")
    expect("at one point in time" not in made.stderr, "all lists are of one resourceVersion", made.stderr)
    mode = stat.S_IMODE(os.stat(os.path.join(TMP, "live.snap")).st_mode)
    expect(mode == 0o600, "readable for its owner only", oct(mode))
    expect("live.snap: " in made.stderr and "PodDisruptionBudget" in made.stderr and not made.stdout, "what was read is told", made.stderr)


def test_summary():
    s = show("live.snap")
    expect(s["schema"] == "toban.snapshot/v1" and s["version"] == "1.20.2" and s["resource_version"], "its head", s)
    for kind, least in {"Node": 2, "Pod": 7, "Deployment": 1, "ReplicaSet": 1, "StatefulSet": 1, "DaemonSet": 1, "Job": 1, "CronJob": 1,
                        "ReplicationController": 1, "PodDisruptionBudget": 1, "PersistentVolume": 1, "PersistentVolumeClaim": 1,
                        "StorageClass": 1, "VolumeAttachment": 1, "PriorityClass": 1, "Namespace": 1, "Service": 1,
                        "HorizontalPodAutoscaler": 1}.items():
        expect(s["objects"].get(kind, 0) >= least, "%s is counted" % kind, s["objects"])
    group = [g for g in s["node_groups"] if g["name"] == "snapshot-blue"]
    expect(len(group) == 1 and group[0]["nodes"] == 2 and group[0]["cpu_milli"] == 3860 and group[0]["pods"] >= 5 and
           sorted(group[0]["zones"]) == ["eu-west-1a", "eu-west-1b"] and group[0]["instance_types"] == ["m5.large"], "the node group", group)


def test_nothing_secret():
    body = subprocess.run([DRIVER, "body", "live.snap"], capture_output=True, cwd=TMP, check=True).stdout
    expect(b"snapshot-blue" in body and b"registry.example/cart:1" in body, "the body is readable")
    expect(MARK.encode() not in body, "no secret, environment, argument or annotation in it")
    dumped = subprocess.run([KUBECTL, "get", "secrets,configmaps,deployments", "-n", NS, "-o", "json"], capture_output=True, check=True).stdout
    expect(MARK.encode() in dumped, "the cluster has it, else this proves nothing")
    with open(os.path.join(TMP, "with-secrets.json"), "wb") as file:
        file.write(dumped)
    run(TOBAN, "snapshot", "--from-json", "dump.json", "with-secrets.json", "-o", "secrets.snap")
    body = subprocess.run([DRIVER, "body", "secrets.snap"], capture_output=True, cwd=TMP, check=True).stdout
    expect(MARK.encode() not in body, "nor when a dump has secrets in it")


def test_anonymised():
    run(TOBAN, "snapshot", "--anonymise", "-o", "anonymous.snap")
    body = subprocess.run([DRIVER, "body", "anonymous.snap"], capture_output=True, cwd=TMP, check=True).stdout
    for word in (b"cart", b"snapshot-", b"registry.example", b"agent", b"import", b"nightly", b"dedicated", b"0a1b2c3d"):
        expect(word not in body, "%r is renamed" % word)
    for word in (b"eu-west-1a", b"m5.large", b"topology.kubernetes.io/zone", b"ebs.csi.aws.com"):
        expect(word in body, "%r stays" % word)
    mine, plain = show("anonymous.snap"), show("live.snap")
    mine_kinds, plain_kinds = dict(mine["objects"]), dict(plain["objects"])
    for kinds in (mine_kinds, plain_kinds):  # may change meanwhile
        kinds.pop("Namespace"), kinds.pop("Pod"), kinds.pop("ReplicaSet")
    expect(mine_kinds == plain_kinds, "the same objects", [mine_kinds, plain_kinds])


def config_of(user, *rules):
    """A kubeconfig that acts as a user who may do only that."""
    if rules:
        kubectl("create", "-f", "-", stdin=yaml.safe_dump_all([
            {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": user}, "rules": list(rules)},
            {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding", "metadata": {"name": user},
             "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": user},
             "subjects": [{"kind": "User", "apiGroup": "rbac.authorization.k8s.io", "name": user}]}]))
    with open(os.environ["KUBECONFIG"], encoding="utf-8") as file:
        config = yaml.safe_load(file)
    for u in config["users"]:
        u["user"]["as"] = user
    path = os.path.join(TMP, user + ".yaml")
    with open(path, "w", encoding="utf-8") as file:
        yaml.safe_dump(config, file)
    return path


def test_rights():
    answer = run(TOBAN, "snapshot", "--kubeconfig", os.path.join(CONFIGS, "nobody.yaml"), "-o", "none.snap", ok=(1,))
    expect("without nodes there is no snapshot" in answer.stderr and "hint: " in answer.stderr, "nothing may be read", answer.stderr)
    expect(not os.path.exists(os.path.join(TMP, "none.snap")), "no file is left")

    config = config_of("snapshot-reader", {"apiGroups": ["", "apps"], "resources": ["nodes", "pods", "replicasets"], "verbs": ["list"]})
    answer = run(TOBAN, "snapshot", "--kubeconfig", config, "-o", "some.snap", ok=(3,))
    expect("persistentvolumes: user" in answer.stderr and "may not list them; assumed: no volumes" in answer.stderr, "what is missing", answer.stderr)
    expect("kubectl auth can-i list poddisruptionbudgets.policy -A" in answer.stderr, "how to look", answer.stderr)
    expect("replicasets: " not in answer.stderr, "what may be read is not told", answer.stderr)
    notes = {n["subject"]: n["text"] for n in show("some.snap")["notes"]}
    expect(notes.get("poddisruptionbudgets") == "could not be read: assumed: no budgets: nothing refuses an eviction", "it stays in the file", notes)


def test_asks_no_secrets():
    """The server's own count of what was listed."""
    def lists(resource):
        metrics = kubectl("get", "--raw", "/metrics").stdout
        return sum(float(line.rsplit(" ", 1)[1]) for line in metrics.splitlines()
                   if line.startswith("apiserver_request_total{") and 'verb="LIST"' in line and 'resource="%s"' % resource in line
                   and 'scope="cluster"' in line)
    before, pods = {r: lists(r) for r in ("secrets", "configmaps")}, lists("pods")
    run(TOBAN, "snapshot", "-o", "again.snap")
    expect(lists("pods") > pods, "the count counts")
    after = {r: lists(r) for r in ("secrets", "configmaps")}
    expect(after == before, "neither Secrets nor ConfigMaps are listed", [before, after])


def main():
    fill()
    test_live_equals_dump()
    test_summary()
    test_nothing_secret()
    test_anonymised()
    test_rights()
    test_asks_no_secrets()
    kubectl("delete", "node", "snapshot-a", "snapshot-b")
    kubectl("delete", "namespace", NS, "--wait=false")
    kubectl("delete", "csinode/snapshot-a", "volumeattachment/snapshot-attached", "pv/snapshot-pv", "sc/snapshot-gp3",
            "pc/snapshot-high", "clusterrole/snapshot-reader", "clusterrolebinding/snapshot-reader", "--wait=false", ok=(0, 1))


main()
