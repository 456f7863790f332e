#!/usr/bin/env python3
"""A drain on a real API server meets what people meet: a pod that its budget never lets go, a pod under two budgets, a pod
that nobody would create again, a node that was cordoned before. What is blocked is said with its cause; what a person mends
while it runs is taken up; going back leaves alone what was there before."""
import json
import os

from differential.api import until
from differential.hollow import set_cordon
from differential.objects import budget, container
from differential.server import Scheduler
from draining.kubelets import Kubelets, create_nodes
from draining.objects import Scene
from draining.program import DONE, PARTLY, STOPPED, Program
from draining.server import ControlPlane
from draining.yard import MARK, expect, timed

TMP = os.environ["E2E_TMP"]
OLD, NEW = ["east-0", "east-1"], ["west-0", "west-1"]
NS = "meets"
TABLE = (
    ("Deployment", "web", 4, {"maxUnavailable": 2}, 0.1),
    ("Deployment", "stuck", 1, {"minAvailable": 1}, 0.1),
    ("Deployment", "twice", 2, {"maxUnavailable": 1}, 0.1),
)
BLOCKS = [f"budget-allows-none:{NS}/stuck", f"many-budgets:{NS}/twice", f"bare-pod:{NS}/alone"]


def bare_pod():
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "alone", "namespace": NS, "labels": {"app": "alone"}},
            "spec": {"containers": [container("100m", "64Mi", image="app:1")], "terminationGracePeriodSeconds": 1}}


def pods_on(api, nodes):
    return {p["metadata"]["name"]: p["metadata"]["uid"] for p in api.list("Pod", NS) if p["spec"].get("nodeName") in nodes}


def state_of(api, node):
    found = api.get("Node", None, node)
    return bool(found["spec"].get("unschedulable")), found["metadata"].get("annotations", {}).get(MARK)


def acts(program, plan, prefix):
    """Key -> last state in the journal."""
    told = {}
    for entry in program.journal(plan):
        key = entry.get("data", {}).get("key", "")
        if entry["kind"].startswith("act.") and key.startswith(prefix):
            told[key] = entry["kind"][len("act."):]
    return told


def left_on(api, nodes):
    return sorted(name.split("-")[0] for name in pods_on(api, nodes))


def last_progress(run):
    lines = [json.loads(line) for line in run.out.splitlines(keepends=True) if line.endswith("\n")]
    return next((line for line in reversed(lines) if line["kind"] == "progress"), {})


def accept(ids):
    return [word for risk in ids for word in ("--accept", risk)]


def test_stops_at_what_is_blocked(api, program):
    """The rehearsal is refused unless its risks are named; what nobody mends is told with its cause, and can be paused."""
    before = pods_on(api, OLD)
    refused = program.run("nodes", "drain", *OLD, "--yes", ok=None)
    expect(refused.process.returncode not in (DONE, None), "risks must be named", str(refused))
    for risk in BLOCKS:
        expect(risk in refused.err, f"{risk} is named", refused.err)
    expect(pods_on(api, OLD) == before and not state_of(api, OLD[0])[0], "nothing was touched")

    set_cordon(api, OLD[1], True)
    run = program.start("nodes", "drain", *OLD, "--yes", *accept(BLOCKS), "-o", "json")
    until(60, "the free ones go", lambda: run.is_over() or left_on(api, OLD) == ["alone", "stuck", "twice", "twice"])
    until(60, "and why the others stay", lambda: run.is_over() or last_progress(run).get("pods_gone") == 4)
    causes = {b["workload"]: b["cause"] for b in last_progress(run)["blocked"]}
    expect(causes == {
        f"Deployment {NS}/stuck": f"budget {NS}/stuck allows 0: minAvailable 1 of 1 replica",
        f"Deployment {NS}/twice":
            f"2 budgets cover it ({NS}/twice and {NS}/twice-too): the API answers each eviction with an error",
        f"Pod {NS}/alone": "no controller would create it again: evicting deletes it"}, "what they wait for", causes)
    expect(all(state_of(api, node)[0] and state_of(api, node)[1] for node in OLD), "cordoned, with the plan's mark")
    plan = program.open_plan()
    program.run("plan", "pause", plan)
    expect(run.wait(30) == PARTLY, "it pauses", str(run))


def test_goes_back(api, program):
    moved = pods_on(api, NEW)
    program.run("plan", "rollback", program.open_plan(), "--yes")
    expect(state_of(api, OLD[0]) == (False, None), "what the plan has cordoned is not any more", state_of(api, OLD[0]))
    expect(state_of(api, OLD[1]) == (True, None), "what was cordoned before stays so", state_of(api, OLD[1]))
    expect(pods_on(api, NEW) == moved, "pods stay where they went")
    set_cordon(api, OLD[1], False)


def test_takes_up_what_is_mended(api, program):
    """One budget of two is deleted, one pod is named by --force, --bare takes the rest."""
    stuck = next(name for name in pods_on(api, OLD) if name.startswith("stuck"))
    run = program.start("nodes", "drain", *OLD, "--yes", "--bare", "--force", f"{NS}/{stuck}", *accept(BLOCKS[1:2]), "-o", "json")
    until(60, "all but the pods under two budgets", lambda: run.is_over() or
          left_on(api, OLD) == ["twice", "twice"])
    expect(not run.is_over(), "it waits for them", str(run))
    api.delete("PodDisruptionBudget", NS, "twice-too")
    expect(run.wait(60) == DONE, "and goes on by itself", str(run))
    expect(not pods_on(api, OLD), "nothing is left", pods_on(api, OLD))
    plan = program.plans()[0]["id"]
    forced = acts(program, plan, "force/")
    expect([state for state in forced.values()] == ["done"] and stuck in next(iter(forced)), "the forced one is told", forced)
    evicted = acts(program, plan, "evict/")
    expect(len([k for k, state in evicted.items() if state == "done"]) == 3, "so are the others", evicted)
    expect([k for k, state in evicted.items() if state == "failed" and stuck in k], "and its refusal", evicted)
    expect(all(state_of(api, node) == (True, None) for node in OLD), "cordoned, the marks are off")
    program.run("journal", "verify")


def set_in_use(api, node, volumes):
    found = api.get("Node", None, node)
    found["status"]["volumesInUse"] = volumes
    api.call("PUT", f"/api/v1/nodes/{node}/status", found)


def test_waits_for_volumes(api, program):
    """A node is clean when nothing is attached to it, and its own status says the same."""
    nodes = ["west-0"]
    api.create({"apiVersion": "storage.k8s.io/v1", "kind": "VolumeAttachment", "metadata": {"name": "meets-volume"},
                "spec": {"attacher": "meets.example.org", "nodeName": nodes[0], "source": {"persistentVolumeName": "pv-meets"}}})
    set_in_use(api, nodes[0], ["kubernetes.io/csi/meets^vol-1"])
    api.delete("PodDisruptionBudget", NS, "stuck")
    for node in OLD:
        set_cordon(api, node, False)
    known = accept(["volume:meets-volume"])
    late = program.run("nodes", "drain", *nodes, "--yes", "--volume-timeout", "1s", *known, ok=(STOPPED,))
    expect("node west-0 still has 1 volume" in late.err, "it does not wait for ever when told so", late.err)
    expect(not pods_on(api, nodes), "its pods are gone", pods_on(api, nodes))
    program.run("plan", "rollback", program.open_plan(), "--yes")
    run = program.start("nodes", "drain", *nodes, "--yes", "-o", "json", *known)
    until(30, "the mark", lambda: state_of(api, nodes[0])[1])
    api.delete("VolumeAttachment", None, "meets-volume")
    expect(not run.is_over(), "the status says that a volume is in use", str(run))
    set_in_use(api, nodes[0], [])
    expect(run.wait(60) == DONE, "clean", str(run))


def lone_pod(node, *finalizers):
    pod = bare_pod()
    pod["metadata"].update(name="lone", finalizers=list(finalizers))
    pod["spec"]["nodeName"] = node
    return pod


def test_ends_without_what_stays(api, program):
    """What will not go however long is waited: an accepted bare pod without --bare, a pod that something keeps from ending."""
    node, risk = "west-1", accept([f"bare-pod:{NS}/lone"])
    api.create(lone_pod(node, "e2e.example.org/keep"))
    until(30, "the pod", lambda: api.get("Pod", NS, "lone")["status"].get("phase") == "Running")
    stopped = program.run("nodes", "drain", node, "--yes", *risk, ok=(STOPPED,))
    expect(f"1 pod did not leave: {NS}/lone (no controller" in stopped.err, "it is left alone and said", stopped.err)
    expect(list(pods_on(api, [node])) == ["lone"], "the others have moved", pods_on(api, [node]))
    program.run("plan", "rollback", program.open_plan(), "--yes")
    stopped = program.run("nodes", "drain", node, "--yes", "--bare", "--pod-timeout", "3s", ok=(STOPPED,))
    expect(f"1 pod did not leave: {NS}/lone (it is terminating" in stopped.err, "its finalizer keeps it", stopped.err)
    pod = api.get("Pod", NS, "lone")
    pod["metadata"]["finalizers"] = []
    api.call("PUT", f"/api/v1/namespaces/{NS}/pods/lone", pod)
    until(30, "the pod is gone", lambda: "lone" not in pods_on(api, [node]))
    program.run("plan", "resume", program.open_plan(), "--yes")
    expect(state_of(api, node) == (True, None), "done", state_of(api, node))


def main():
    with ControlPlane("--bare") as cluster, Kubelets(cluster.env["KUBECONFIG"], stop=0.2):
        api, scene = cluster.api, Scene(NS, TABLE)
        create_nodes(api, OLD + NEW, cpu="16", memory="64Gi")
        with Scheduler(cluster, os.path.join(TMP, "scheduler.log")):
            for node in NEW:
                set_cordon(api, node, True)
            scene.create(api)
            api.create(budget("twice-too", {"app": "twice"}, NS, maxUnavailable=1))
            api.create(bare_pod())
            until(60, "the pods", lambda: len(pods_on(api, OLD)) == 8 and all(
                p["status"].get("phase") == "Running" for p in api.list("Pod", NS)))
            for node in NEW:
                set_cordon(api, node, False)
            program = Program(os.path.join(TMP, "runs"), cluster.env["KUBECONFIG"])
            timed(test_stops_at_what_is_blocked, api, program)
            timed(test_goes_back, api, program)
            timed(test_takes_up_what_is_mended, api, program)
            timed(test_waits_for_volumes, api, program)
            timed(test_ends_without_what_stays, api, program)


main()
