"""Plays eviction scenarios on the real control plane; this module is the kubelet of their pods."""
import threading

from differential.api import until
from differential.objects import budget, pod
from differential.record import own

KINDS = ("Deployment", "ReplicaSet", "StatefulSet", "ReplicationController", "Job", "PodDisruptionBudget", "Pod")
FENCE = "fences"
ENDED = {"succeeded": "Succeeded", "failed": "Failed"}


def status_of(state):
    if state in ENDED:
        return {"phase": ENDED[state]}
    ready = "True" if state == "ready" else "False"
    return {"phase": "Running", "startTime": "2021-01-01T00:00:00Z",
            "conditions": [{"type": "Ready", "status": ready}, {"type": "PodScheduled", "status": "True"}]}


class Fence:
    """Passes when the disruption controller has dealt with everything that happened before.

    It has one worker and hears of pods in the order of their changes: once it has answered to a change of a pod of
    our own, nothing older waits. What it had in hands when an older change came is put behind: hence two changes.
    """

    def __init__(self, api, name):
        self.api, self.name = api, name
        api.create(pod(name, on="n0", ns=FENCE, labels={"fence": name}))
        api.create(budget(name, {"fence": name}, FENCE, minAvailable=1))

    def turn(self, state, healthy):
        self.api.patch("Pod", FENCE, self.name, {"status": status_of(state)}, "status")
        until(60, f"fence {self.name}", lambda: self.api.get("PodDisruptionBudget", FENCE, self.name).get(
            "status", {}).get("currentHealthy", 0) == healthy)

    def passed(self):
        self.turn("ready", 1)
        self.turn("running", 0)


class Play:
    def __init__(self, api, scenario):
        self.api, self.scenario, self.ns = api, scenario, scenario["name"]
        self.known = {}  # uid -> state
        self.begun = False

    def pods(self):
        """In the order in which they were met first."""
        order = {uid: i for i, uid in enumerate(self.known)}
        return sorted(self.api.list("Pod", self.ns), key=lambda p: (
            order.get(p["metadata"]["uid"], len(order)), p["metadata"]["name"]))

    def app(self, obj):
        return obj["metadata"].get("labels", {}).get("app", obj["metadata"]["name"])

    def live(self, name):
        return [p for p in self.pods() if self.app(p) == name and "deletionTimestamp" not in p["metadata"]]

    def wants(self):
        """app -> how many of its pods there are to be."""
        found = {}
        for obj in self.scenario["objects"]:
            if obj["kind"] != "PodDisruptionBudget" and obj["kind"] != "Pod":
                found[obj["metadata"]["name"]] = self.scenario["counts"].get(
                    obj["metadata"]["name"], obj["spec"].get("replicas"))
        return found

    def serve(self):
        """Gives every new pod its state, until the controllers have made all that they will make."""
        def step():
            for name in sorted({self.app(p) for p in self.pods()}):
                for p in self.live(name):
                    self.meet(name, p)
            return self.begun_or_full()
        until(60, f"the pods of {self.ns}", step)
        self.begun = True

    def begun_or_full(self):
        return all(self.full(name, count) for name, count in self.wants().items())

    def full(self, name, count):
        found = self.live(name)
        # A StatefulSet makes no second pod of a name, nor any behind one that is not ready.
        ordered = any(o["kind"] == "StatefulSet" and o["metadata"]["name"] == name for o in self.scenario["objects"])
        if self.begun and ordered and self.scenario["stay"]:
            return True
        return len(found) == count and all(p["metadata"]["uid"] in self.known for p in found)

    def meet(self, name, p):
        uid = p["metadata"]["uid"]
        if uid in self.known:
            return
        states = self.scenario["states"].get(name, [])
        met = len([s for s in self.known.values() if s[0] == name])
        state = self.scenario["fresh"] if self.begun else states[met] if met < len(states) else "ready"
        self.known[uid] = (name, state)
        if state != "pending":
            self.api.patch("Pod", self.ns, p["metadata"]["name"], {"status": status_of(state)}, "status")

    def budgets(self):
        return [o.get("status") for o in self.api.list("PodDisruptionBudget", self.ns)]

    def settle(self):
        """The pods are there, and the budgets' statuses do not change any more."""
        self.serve()
        self.fence.passed()
        before = None
        while before != self.budgets():
            before = self.budgets()
            self.fence.passed()

    def target(self, name, place):
        if place != "deleting":
            return self.live(name)[place]
        return [p for p in self.pods() if self.app(p) == name and "deletionTimestamp" in p["metadata"]][0]

    def reap(self):
        for p in self.pods():
            if "deletionTimestamp" in p["metadata"] and not self.scenario["stay"]:
                self.api.delete("Pod", self.ns, p["metadata"]["name"], 0)

    def run(self):
        self.api.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": self.ns}})
        self.fence = Fence(self.api, self.ns)
        for obj in self.scenario["objects"]:
            self.api.create(obj)
        if self.scenario["later"]:
            self.settle()
            for obj in self.scenario["later"]:
                self.api.create(obj)
        steps = []
        for i, (name, place) in enumerate(self.scenario["evict"]):
            self.settle()
            world = [o for kind in KINDS for o in self.api.list(kind, self.ns) if own(o)]
            victim = self.target(name, place)["metadata"]["name"]
            dry = i in self.scenario["dry"]
            steps.append({"world": self.api.list("Node") + world, "evict": f"{self.ns}/{victim}", "dry": dry,
                          "answer": answer_of(*self.api.evict(self.ns, victim, dry))})
            self.reap()
        return {"name": self.ns, "about": self.scenario["about"], "steps": steps}


def answer_of(code, status):
    details = status.get("details") or {}
    return {"code": code, "message": status.get("message", ""), "reason": status.get("reason", ""),
            "causes": [{"type": c.get("reason", ""), "message": c.get("message", "")} for c in details.get("causes",
                                                                                                           [])],
            "retry": details.get("retryAfterSeconds", 0)}


def all_records(api, scenarios, width=8):
    """Plays many at once: each has a namespace of its own."""
    found, failed, waiting, lock = [], [], list(scenarios), threading.Lock()

    def work():
        while True:
            with lock:
                if not waiting or failed:
                    return
                scenario = waiting.pop(0)
            try:
                found.append(Play(api, scenario).run())
            except Exception as error:  # of any kind: told by the main thread
                failed.append((scenario["name"], error))
    threads = [threading.Thread(target=work) for _ in range(width)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise RuntimeError(f"{failed[0][0]}: {failed[0][1]}") from failed[0][1]
    return sorted(found, key=lambda r: r["name"])
