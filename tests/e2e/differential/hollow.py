"""Plays scenarios of orders.py: real kubelets on fake containers, a scheduler, and a watch that notes what happens."""
import os
import subprocess
import threading

from differential.api import until
from differential.evict import answer_of
from differential.objects import HOST, pod
from differential.orders import HOLLOW
from differential.record import own, ready, world
from differential.server import Scheduler, free_ports


class Kubelets:
    """kubemark for each of the nodes, which are ready afterwards."""

    def __init__(self, cluster, folder, names=HOLLOW):
        self.cluster, self.folder, self.names, self.running = cluster, folder, names, {}

    def start(self, name):
        ports = free_ports(2)
        with open(os.path.join(self.folder, name + ".log"), "a", encoding="utf-8") as log:
            self.running[name] = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", os.path.join(self.cluster.env["KUBE_ASSETS"], "kubemark"),
                 "--morph=kubelet", "--name=" + name, "--kubeconfig=" + self.cluster.env["KUBECONFIG"],
                 f"--kubelet-port={ports[0]}", f"--kubelet-read-only-port={ports[1]}"],
                stdout=log, stderr=log, stdin=subprocess.DEVNULL,
                env={**os.environ, "TMPDIR": os.path.join(self.cluster.folder, "tmp")})

    def has_runtime(self, name):
        """All hollow kubelets of a machine share one socket's path. Until one has its connection no other may start: else
        two would have the same runtime, and each end what it finds of the other's. One that finds it gone ends, and is
        started again."""
        if self.running[name].poll() is not None:
            self.start(name)
        with open(os.path.join(self.folder, name + ".log"), encoding="utf-8", errors="replace") as log:
            return "Starting kubelet main sync loop" in log.read()

    def is_ready(self, name):
        return [o for o in self.cluster.api.list("Node") if o["metadata"]["name"] == name and ready(o)]

    def __enter__(self):
        for name in self.names:
            self.start(name)
            until(60, f"the runtime of {name}", lambda n=name: self.has_runtime(n))
        for name in self.names:
            until(90, f"the node {name}", lambda n=name: self.is_ready(n))
        return self

    def __exit__(self, *_):
        for process in self.running.values():
            process.kill()
            process.wait()
        # A hollow kubelet keeps its folder in /tmp, whatever TMPDIR says, and names it in its log.
        for name in self.names:
            with open(os.path.join(self.folder, name + ".log"), encoding="utf-8") as log:
                found = {w.split("/")[2] for line in log for w in line.split() if w.startswith("/tmp/hollow-kubelet.")}
            for folder in found:
                subprocess.run(["rm", "-rf", os.path.join("/tmp", folder.strip("\"',:"))], check=True)


class Notes:
    """What happens to the pods of every namespace, in order."""

    def __init__(self, api):
        self.events, self.ready, self.old, self.done = {}, set(), set(), False
        listing = api.ask("GET", api.path("Pod"))
        for obj in listing["items"]:
            self.old.add(obj["metadata"]["uid"])
            if ready(obj):
                self.ready.add(obj["metadata"]["uid"])
        since = listing["metadata"]["resourceVersion"]
        self.thread = threading.Thread(target=api.watch, args=("Pod", since, self.told), daemon=True)
        self.thread.start()

    def told(self, event):
        obj, kind = event["object"], event["type"]
        meta = obj["metadata"]
        age = "old" if meta["uid"] in self.old else "new"
        happened = {"ADDED": "made", "DELETED": "gone"}.get(kind)
        if kind == "MODIFIED" and ready(obj) and meta["uid"] not in self.ready:
            self.ready.add(meta["uid"])
            happened = "ready"
        if happened:
            owner = (meta.get("ownerReferences") or [{"kind": ""}])[0]["kind"]
            who = meta["name"] if owner == "StatefulSet" else age
            self.events.setdefault(meta["namespace"], []).append(f"{happened} {who}")
        return self.done

    def quiet(self, name, gone, made):
        found = [e.split()[0] for e in self.events.get(name, [])]
        return found.count("gone") >= gone and found.count("ready") >= made and found.count("made") >= made


def set_cordon(api, node, on):
    api.patch("Node", None, node, {"spec": {"unschedulable": on}})


def all_records(cluster, scenarios, folder):
    api = cluster.api
    with Kubelets(cluster, folder):
        set_cordon(api, HOLLOW[1], True)
        with Scheduler(cluster, os.path.join(folder, "orders.log")) as scheduler:
            scheduler.knows(set(HOLLOW), set())
            for scenario in scenarios:
                api.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": scenario["name"]}})
                for obj in scenario["objects"]:
                    api.create(obj)
            for scenario in scenarios:
                until(90, f"the pods of {scenario['name']}", lambda s=scenario: begun(api, s))
            set_cordon(api, HOLLOW[0], True)
            set_cordon(api, HOLLOW[1], False)
            seen_by_scheduler(api)
            return drain(api, scenarios)


def seen_by_scheduler(api):
    """A pod that only the second node can take shows that the scheduler has heard of both changes, in their order."""
    api.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "probe"}})
    api.create(pod("probe", ns="probe", nodeSelector={HOST: HOLLOW[1]}))
    until(30, "the scheduler's view of the cordons", lambda: api.get("Pod", "probe", "probe")["spec"].get("nodeName"))
    api.delete("Pod", "probe", "probe", 0)


def begun(api, scenario):
    """All pods that the workload wants on the first node are ready, and the budget has counted them."""
    name = scenario["name"]
    first = scenario["objects"][0]
    want = first["spec"].get("replicas", first["spec"].get("parallelism", 1))
    found = [p for p in api.list("Pod", name) if ready(p) and p["spec"]["nodeName"] == HOLLOW[0]]
    budgets = api.list("PodDisruptionBudget", name)
    return len(found) == want and all(b["status"].get("currentHealthy") == want for b in budgets)


def evict(api, ns, victim):
    """The answer. A budget that let it go has counted it before the next one is asked for."""
    answer = answer_of(*api.evict(ns, victim))
    until(30, f"the budgets of {ns}", lambda: not any(
        victim in b["status"].get("disruptedPods", {}) for b in api.list("PodDisruptionBudget", ns)))
    return answer


def drain(api, scenarios):
    """Evicts everything from the first node at once, and waits until nothing more is to be expected."""
    notes, records = Notes(api), {}
    for scenario in scenarios:
        name = scenario["name"]
        before = [o for o in world(api, name) if own(o)]
        names = sorted(p["metadata"]["name"] for p in api.list("Pod", name) if p["spec"]["nodeName"] == HOLLOW[0])
        answers = [evict(api, name, victim) for victim in names]
        records[name] = {"name": name, "about": scenario["about"], "steps": [
            {"world": before, "drain": HOLLOW[0], "pods": [f"{name}/{p}" for p in names],
             "answer": {"evictions": answers}}]}
    for scenario in scenarios:
        name = scenario["name"]
        answer = records[name]["steps"][0]["answer"]
        gone = [a["code"] for a in answer["evictions"]].count(201)
        until(90, f"the end of {name}", lambda n=name, g=gone, s=scenario: notes.quiet(n, g, s["made"]))
        answer["events"] = notes.events[name]
        answer["nodes"] = sorted(p["spec"].get("nodeName", "") for p in api.list("Pod", name))
    notes.done = True
    return [records[s["name"]] for s in scenarios]
