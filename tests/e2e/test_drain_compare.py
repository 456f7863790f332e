#!/usr/bin/env python3
"""Four of twelve nodes are drained of forty pods under budgets, by kubectl and by toban, with real kubelets on fake
containers. No budget is ever broken, nothing is lost, and it goes as the rehearsal foretold. Times are printed only."""
import json
import os
import subprocess
import sys
import time

from differential.api import until
from differential.hollow import Kubelets, set_cordon
from differential.server import Scheduler
from draining import report
from draining.forecast import Order, of_driver
from draining.objects import FORTY, Scene
from draining.server import ControlPlane
from draining.watcher import Watcher

TMP, TOBAN = os.environ["E2E_TMP"], os.environ["TOBAN"]
DRIVER = os.path.join(os.path.dirname(TOBAN), "tests", "e2e", "drain_driver")
KUBECTL = os.path.join(os.environ["KUBE_CLIENTS"], "kubectl-1.35", "kubectl")
NODES = [f"hollow-{number}" for number in range(12)]
OLD, NEW = NODES[:4], NODES[4:]
PODS = sum(row[2] for row in FORTY)


def expect(condition, what, detail=None):
    if not condition:
        sys.exit(f"FAIL {what}: {detail}")


def run(cluster, *command, timeout=400):
    return subprocess.run(command, capture_output=True, text=True, timeout=timeout, check=False, env={
        **os.environ, "KUBECONFIG": cluster.env["KUBECONFIG"], "TOBAN_STORE": os.path.join(TMP, "toban.db")})


def set_up(api, ns):
    scene = Scene(ns, FORTY)
    for node in NODES:
        set_cordon(api, node, node in NEW)
    scene.create(api)
    until(120, f"the pods of {ns}", lambda: scene.is_whole(api))
    for node in NEW:
        set_cordon(api, node, False)
    return scene


def tear_down(api, ns):
    api.delete("Namespace", None, ns)
    until(120, f"the end of {ns}", lambda: not api.list("Pod", ns))


class Drain:
    """One program drains; what the watcher and the server saw of it."""

    def __init__(self, cluster, scene, agent, *command):
        api, offset = cluster.api, os.path.getsize(cluster.audit())
        with Watcher(api, scene) as watcher:
            self.apps = {p["metadata"]["name"]: p["metadata"]["labels"]["app"] for p in watcher.on(OLD)}
            expect(len(self.apps) == PODS, "all pods are on the four nodes", len(self.apps))
            begin = watcher.arm()
            self.answer = run(cluster, *command)
            self.seconds = time.monotonic() - begin
            expect(self.answer.returncode == 0, f"{agent} drains", self.answer.stdout[-2000:] + self.answer.stderr[-3000:])
            self.left = [p["metadata"]["name"] for p in watcher.on(OLD)]
            watcher.until(120, "all replicas again", lambda: sum(map(watcher.healthy, scene.replicas())) == PODS)
            empty, whole = watcher.ready_at(OLD)
            self.empty, self.whole = empty - begin, whole - begin
            self.events, self.violations = watcher.events(), watcher.violations
            expect(not watcher.missed, f"{agent}: every state was seen", watcher.missed)
        until(60, "nothing is lost", lambda: scene.is_whole(api))
        entries = report.audit_since(cluster.audit(), offset)
        self.taken, self.refused = report.evictions(entries, scene.ns, agent)
        self.cordoned = report.cordons(entries, agent)
        self.check(agent, entries)

    def check(self, who, entries):
        expect(not self.violations, f"{who}: never below a budget", self.violations[:5])
        expect(not self.left, f"{who}: no pod is left", self.left)
        expect(sorted(self.taken) == sorted(set(self.taken)), f"{who}: no pod twice", self.taken)
        expect(set(self.taken) >= set(self.apps), f"{who}: every pod by an eviction", set(self.apps) - set(self.taken))
        expect({name for name, _ in self.cordoned} == set(OLD), f"{who}: these nodes, no other", self.cordoned)
        first = min(e["stageTimestamp"] for e in entries if e["objectRef"].get("subresource") == "eviction")
        late = [name for name in OLD if min(at for n, at in self.cordoned if n == name) > first]
        expect(not late, f"{who}: all are cordoned before the first eviction", late)

    def line(self, who):
        return "%-18s %6.1f s to its end, %6.1f s until the nodes are empty, %6.1f s until all replicas are ready; %d refused" % (
            who, self.seconds, self.empty, self.whole, self.refused)


def drain_by_kubectl(cluster):
    scene = set_up(cluster.api, "by-kubectl")
    done = Drain(cluster, scene, "kubectl", KUBECTL, "drain", *OLD, "--ignore-daemonsets", "--delete-emptydir-data",
                 "--timeout=300s")
    print(done.line("kubectl 1.35"), flush=True)
    tear_down(cluster.api, scene.ns)
    return done


def drain_by_toban(cluster):
    scene, snap = set_up(cluster.api, "by-toban"), os.path.join(TMP, "before.snap")
    answer = run(cluster, TOBAN, "snapshot", "-o", snap)
    expect(answer.returncode == 0, "a snapshot", answer.stderr)
    done = Drain(cluster, scene, "toban", TOBAN, "nodes", "drain", *OLD, "--yes", "-o", "json")
    print(done.line("toban"), flush=True)
    expect(done.whole <= done.seconds, "toban waits for the replacements", [done.whole, done.seconds])
    compare_with_forecast(scene, done, of_driver(DRIVER, snap, OLD))
    return done


def compare_with_forecast(scene, done, foretold):
    """Which pods go before anything has changed, how many of a workload are missing at most, and the order of stateful
    pods: not chance, but what budgets and the rules of the drain leave no choice about."""
    want, got = (Order(events, done.apps, scene.replicas()) for events in (foretold, done.events))
    expect(foretold[-1]["what"] == "done", "it was foretold to end", foretold[-1])
    expect(got.by_app(got.left) == want.by_app(want.left), "what moves", [want.by_app(want.left), got.by_app(got.left)])
    expect(got.by_app(got.first) == want.by_app(want.first), "the first wave", [want.by_app(want.first), got.by_app(got.first)])
    expect(got.most_missing == want.most_missing, "the most that is missing", [want.most_missing, got.most_missing])
    for kind, name, *_ in scene.table:
        if kind == "StatefulSet":
            expect(got.of_app(name) == want.of_app(name), f"the order of {name}", [want.of_app(name), got.of_app(name)])


def print_forecast(done):
    """What the command itself said before it began, against the time until all replicas were ready."""
    told = json.loads(done.answer.stdout.splitlines()[0])
    expect(told["kind"] == "preflight" and told["verdict"] == "finishes" and told["pods"] == PODS, "the rehearsal", told)
    print("forecast: %.1f s (%.1f s in 19 of 20), %+.0f %% of what it took" % (
        told["p50_s"], told["p95_s"], 100 * (told["p50_s"] / done.whole - 1)))


def main():
    with ControlPlane() as cluster, Kubelets(cluster, TMP, NODES), Scheduler(cluster, os.path.join(TMP, "sched.log")):
        theirs = drain_by_kubectl(cluster)
        ours = drain_by_toban(cluster)
        print("toban takes %.2f of kubectl's time to its end, %.2f until all replicas are ready" % (
            ours.seconds / theirs.seconds, ours.whole / theirs.whole))
        print_forecast(ours)


main()
