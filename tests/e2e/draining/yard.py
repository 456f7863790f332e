"""Where drains are tortured: a control plane with bare nodes in two halves, a scheduler, fast kubelets, pods under budgets,
a proxy in front of the API server, and a watcher behind it. One half after the other is drained, so that the next test
needs no new set-up."""
import contextlib
import json
import os
import time

from differential.api import until
from differential.hollow import set_cordon
from differential.server import Scheduler
from draining.kubelets import Kubelets, create_nodes
from draining.objects import Scene
from draining.program import PATIENCE, Program
from draining.proxy import Proxy, kubeconfig
from draining.server import ControlPlane
from draining.watcher import Watcher

MARK = "toban.dev/plan"
TABLE = (
    ("Deployment", "web", 6, {"maxUnavailable": 2}, 0.2),
    ("Deployment", "api", 4, {"minAvailable": "50%"}, 0.1),
    ("StatefulSet", "db", 2, {"maxUnavailable": 1}, 0.1),
    ("Deployment", "free", 4, None, 0),
)


def expect(condition, what, detail=None):
    if not condition:
        raise AssertionError(f"{what}: {detail if isinstance(detail, str) else json.dumps(detail, default=str, indent=1)}")


class Yard(contextlib.ExitStack):
    def __init__(self, folder, halves=2):
        super().__init__()
        self.folder = folder
        self.cluster = self.enter_context(ControlPlane("--bare"))
        self.api = self.cluster.api
        self.kubelets = self.enter_context(Kubelets(self.cluster.env["KUBECONFIG"], stop=0.15))
        self.old, self.new = ([f"{side}-{n}" for n in range(halves)] for side in ("east", "west"))
        create_nodes(self.api, self.old + self.new, cpu="16", memory="64Gi")
        for node in self.new:
            set_cordon(self.api, node, True)
        self.enter_context(Scheduler(self.cluster, os.path.join(folder, "scheduler.log")))
        self.scene = Scene("yard", TABLE)
        self.scene.create(self.api)
        until(PATIENCE, "the first pods", lambda: self.scene.is_whole(self.api))
        for node in self.new:
            set_cordon(self.api, node, False)
        self.proxy = self.enter_context(Proxy(self.cluster.env["E2E_SERVER"], self.cluster.env["E2E_PKI"],
                                              os.path.join(folder, "proxy.log")))
        self.proxy.token = self.api.token
        self.through = self.config("first", token="first")
        self.program = Program(os.path.join(folder, "runs"), self.through)
        self.watcher = self.enter_context(Watcher(self.api, self.scene))
        self.since, self.there = 0, {}

    def config(self, name, **user):
        """A kubeconfig that leads through the proxy."""
        return kubeconfig(os.path.join(self.folder, name + ".yaml"), self.proxy.address, self.cluster.env["E2E_PKI"], user)

    def second(self):
        """The environment of somebody else's process, whose requests the proxy can tell apart."""
        return {"KUBECONFIG": self.config("second", token="second")}

    def changes_by(self, login):
        return [e for e in self.proxy.changes(self.since) if e["login"] == login]

    # --- one drain ---

    def begin(self):
        """The pods that are to move: uid -> name."""
        self.proxy.clear()
        self.proxy.logins = {"first", "second"}
        until(PATIENCE, "the pods", lambda: self.scene.is_whole(self.api))
        self.since = self.proxy.seen()
        self.there = {p["metadata"]["uid"]: p["metadata"]["name"] for p in self.watcher.on(self.old)}
        self.watcher.arm()
        return self.there

    def check(self, what, forced=(), late=()):
        """The end of every drain, however it came about. forced: pods (by uid) that somebody else has deleted. late: whose
        eviction was on its way when its sender lost the plan; that pod may be terminating already when it comes."""
        self.proxy.clear()
        until(PATIENCE, f"{what}: all replicas", lambda: self.scene.is_whole(self.api))
        self.watcher.until(PATIENCE, f"{what}: the nodes are empty", lambda: not self.watcher.on(self.old))
        expect(not self.watcher.violations, f"{what}: never below a budget", self.watcher.violations)
        taken = self.proxy.accepted_evictions(self.since)
        expect(not [uid for uid, count in taken.items() if count > 1 and uid not in late], f"{what}: no act twice", taken)
        expect(None not in taken, f"{what}: every eviction is for one very pod", self.proxy.changes(self.since))
        moved, unseen = set(taken) | set(forced), self.proxy.unseen_evictions(self.since)
        expect(moved <= set(self.there) <= moved | unseen, f"{what}: these pods, no others", [taken, self.there, sorted(unseen)])
        expect(not self.deletes(), f"{what}: nothing is deleted", self.deletes())
        for name in self.old:
            cordons = [b for b in self.proxy.accepted_patches(self.since)[name] if cordons_in(b)]
            expect(len(cordons) == 1, f"{what}: {name} is cordoned once", cordons)
            expect(self.node(name)["spec"].get("unschedulable"), f"{what}: {name} stays cordoned")
        self.check_marks(what, [])
        expect(not [n for n in self.new if self.node(n)["spec"].get("unschedulable")], f"{what}: no other is cordoned")
        self.watcher.disarm()

    def check_marks(self, what, marked):
        found = [n for n in self.old + self.new if MARK in self.node(n)["metadata"].get("annotations", {})]
        expect(found == marked, f"{what}: marks of plans", found)

    def deletes(self):
        return [e for e in self.proxy.changes(self.since) if e["method"] == "DELETE"]

    def node(self, name):
        return self.api.get("Node", None, name)

    def swap(self):
        """The other half is next; this one takes pods again."""
        self.program.run("nodes", "undrain", *self.old, "--yes")
        expect(not [n for n in self.old if self.node(n)["spec"].get("unschedulable")], "undrain uncordons", self.old)
        self.check_marks("undrain", [])
        self.old, self.new = self.new, self.old

    def drain(self, *more, env=None):
        return self.program.start("nodes", "drain", *self.old, "--yes", "-o", "json", *more, env=env)

    def resume(self, plan, *more, env=None):
        return self.program.start("plan", "resume", plan, "--yes", "-o", "json", *more, env=env)

    def check_journal(self, what):
        """It is whole, and tells of each eviction before the API server hears of it."""
        self.program.run("journal", "verify")
        intents = {}
        for entry in self.program.journal():
            if entry["kind"] == "act.intent":
                intents.setdefault(entry["data"]["key"].rsplit("/", 1)[1], entry["at"])
        for entry in self.proxy.changes(self.since):
            if entry["eviction"] or entry["node"]:
                told = intents.get(entry["uid"] or entry["node"])
                expect(told and told <= stamp(entry["at"]), f"{what}: intent before the act", [told, entry])


def stamp(seconds):
    """As in the journal, to the millisecond."""
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds)) + ".%03dZ" % (seconds * 1000 % 1000)


def cordons_in(body):
    return json.loads(body).get("spec", {}).get("unschedulable") is True


def timed(test, *arguments):
    begin = time.monotonic()
    test(*arguments)
    print(f"{test.__name__}: {time.monotonic() - begin:.1f} s", flush=True)
