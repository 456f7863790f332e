#!/usr/bin/env python3
"""`toban rehearse --live` on a real API server: it foresees what the eviction subresource answers, changes nothing, and
does not let half a cluster look like a whole one."""
import json
import os
import subprocess
import sys
import time

import yaml

TOBAN, KUBECTL = os.environ["TOBAN"], os.environ["KUBECTL"]
TMP = os.environ["E2E_TMP"]
NS = "rehearse"


def run(*command, stdin=None, ok=(0,)):
    answer = subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=300, cwd=TMP)
    if ok is not None and answer.returncode not in ok:
        sys.exit("%s: exit %d\n%s%s" % (" ".join(command), answer.returncode, answer.stdout, answer.stderr))
    return answer


def kubectl(*arguments, stdin=None, ok=(0,)):
    return run(KUBECTL, *arguments, stdin=stdin, ok=ok)


def expect(condition, what, detail=None):
    if not condition:
        sys.exit("FAIL %s\n%s" % (what, detail if isinstance(detail, str) else json.dumps(detail, indent=1)))


def rehearse(*arguments, ok):
    return json.loads(run(TOBAN, "rehearse", *arguments, "-o", "json", ok=ok).stdout)


# --- the cluster ------------------------------------------------------------------------------------------

def node(name):
    amounts = {"cpu": "2", "memory": "8Gi", "pods": "29"}
    return {"apiVersion": "v1", "kind": "Node",
            "metadata": {"name": name, "labels": {"kubernetes.io/hostname": name, "eks.amazonaws.com/nodegroup": "rehearse-blue"}},
            "status": {"capacity": amounts, "allocatable": amounts, "conditions": [
                {"type": "Ready", "status": "True", "reason": "Test", "message": "",
                 "lastHeartbeatTime": "2026-01-01T00:00:00Z", "lastTransitionTime": "2026-01-01T00:00:00Z"}]}}


def workload(name, replicas):
    labels = {"app": name}
    return {"apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": {"name": name, "namespace": NS},
            "spec": {"replicas": replicas, "selector": {"matchLabels": labels},
                     "template": {"metadata": {"labels": labels}, "spec": {
                         "nodeName": "rehearse-a", "tolerations": [{"operator": "Exists"}],
                         "containers": [{"name": "main", "image": "registry.example/app:1"}]}}}}


def pods(app):
    return json.loads(kubectl("get", "pods", "-n", NS, "-l", "app=" + app, "-o", "json").stdout)["items"]


def make_ready(app, replicas):
    """What a kubelet would say; there is none."""
    for _ in range(300):
        if len(pods(app)) == replicas:
            break
        time.sleep(0.2)
    for pod in pods(app):
        pod["status"].update(phase="Running", conditions=[{"type": kind, "status": "True"} for kind in ("PodScheduled", "Ready")])
        name = pod["metadata"]["name"]
        kubectl("replace", "--raw", "/api/v1/namespaces/%s/pods/%s/status" % (NS, name), "-f", "-", stdin=json.dumps(pod))


def fill():
    kubectl("create", "namespace", NS)
    kubectl("create", "-f", "-", stdin=yaml.safe_dump_all([node("rehearse-a"), node("rehearse-b"), workload("cart", 1),
                                                           workload("web", 3)]))
    kubectl("create", "-f", "-", stdin=yaml.safe_dump(
        {"apiVersion": "policy/v1beta1", "kind": "PodDisruptionBudget", "metadata": {"name": "cart", "namespace": NS},
         "spec": {"minAvailable": 1, "selector": {"matchLabels": {"app": "cart"}}}}))
    make_ready("cart", 1)
    make_ready("web", 3)
    for _ in range(300):
        status = json.loads(kubectl("get", "pdb", "cart", "-n", NS, "-o", "json").stdout)["status"]
        if status.get("currentHealthy") == 1:
            return
        time.sleep(0.2)
    sys.exit("the budget never saw its pod")


def eviction(pod):
    """A dry run: what the API server would answer."""
    name = pod["metadata"]["name"]
    body = {"apiVersion": "policy/v1beta1", "kind": "Eviction", "metadata": {"name": name, "namespace": NS},
            "deleteOptions": {"dryRun": ["All"]}}
    return kubectl("create", "--raw", "/api/v1/namespaces/%s/pods/%s/eviction" % (NS, name), "-f", "-", stdin=json.dumps(body), ok=None)


def state():
    """All that a drain would change."""
    nodes = json.loads(kubectl("get", "nodes", "-o", "json").stdout)["items"]
    return [[n["metadata"]["name"], n["spec"].get("unschedulable")] for n in nodes] + [
        [p["metadata"]["uid"], p["metadata"].get("deletionTimestamp")] for p in pods("cart") + pods("web")]


# --- tests --------------------------------------------------------------------------------------------------

def test_foresees_the_answers():
    before = state()
    report = rehearse("drain", "--live", "rehearse-a", "--report", "plan.html", ok=(2,))
    blocked = {b["workload"]: b for b in report["blockers"]}
    expect(report["verdict"] == "blocks" and list(blocked) == ["ReplicaSet %s/cart" % NS], "the budget blocks", report["blockers"])
    cart = blocked["ReplicaSet %s/cart" % NS]
    expect(cart["cause"] == "budget %s/cart allows 0: minAvailable 1 of 1 replica" % NS, "and why", cart)
    expect("Cannot evict pod as it would violate" in eviction(pods("cart")[0]).stderr, "the API server refuses, too")
    expect(eviction(pods("web")[0]).returncode == 0, "and lets the others go")
    expect(state() == before, "nothing was changed", [before, state()])
    with open(os.path.join(TMP, "plan.html"), encoding="utf-8") as page:
        expect("<title>Blocks: 1 workload: drain rehearse-a</title>" in page.read(), "the page is written")


def test_saved_equals_live():
    run(TOBAN, "snapshot", "-o", "live.snap")
    reports = [rehearse("drain", "rehearse-a", *where, ok=(2,)) for where in (["--live"], ["--world", "live.snap"])]
    for report in reports:
        for key in ("timings", "taken"):
            report.pop(key)
    expect(reports[0] == reports[1], "live and saved, the same", reports)


def test_half_a_cluster():
    """Who may not read budgets is told so, and no verdict counts: here it would be wrong."""
    kubectl("create", "-f", "-", stdin=yaml.safe_dump_all([
        {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": "rehearse-reader"},
         "rules": [{"apiGroups": ["", "apps"], "resources": ["nodes", "pods", "replicasets"], "verbs": ["list"]}]},
        {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding", "metadata": {"name": "rehearse-reader"},
         "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "rehearse-reader"},
         "subjects": [{"kind": "User", "apiGroup": "rbac.authorization.k8s.io", "name": "rehearse-reader"}]}]))
    with open(os.environ["KUBECONFIG"], encoding="utf-8") as file:
        config = yaml.safe_load(file)
    for user in config["users"]:
        user["user"]["as"] = "rehearse-reader"
    with open(os.path.join(TMP, "reader.yaml"), "w", encoding="utf-8") as file:
        yaml.safe_dump(config, file)
    answer = run(TOBAN, "rehearse", "drain", "--live", "--kubeconfig", "reader.yaml", "rehearse-a", "-o", "json", ok=(3,))
    missing = json.loads(answer.stdout)["missing"]
    expect(any(m.startswith("poddisruptionbudgets: could not be read") for m in missing), "what is missing", missing)
    expect("poddisruptionbudgets" in answer.stderr, "it is said aloud", answer.stderr)
    run(TOBAN, "snapshot", "--kubeconfig", "reader.yaml", "-o", "some.snap", ok=(3,))
    saved = rehearse("drain", "--world", "some.snap", "rehearse-a", ok=(3,))
    expect(sorted(saved["missing"]) == sorted(missing), "a snapshot keeps it in mind", [saved["missing"], missing])
    table = run(TOBAN, "rehearse", "drain", "--world", "some.snap", "rehearse-a", ok=(3,)).stdout
    expect("Not read (" in table, "people see it, too", table)


def main():
    fill()
    test_foresees_the_answers()
    test_saved_equals_live()
    test_half_a_cluster()
    kubectl("delete", "node", "rehearse-a", "rehearse-b")
    kubectl("delete", "namespace", NS, "--wait=false")
    kubectl("delete", "clusterrole/rehearse-reader", "clusterrolebinding/rehearse-reader", "--wait=false")


main()
