#!/usr/bin/env python3
"""A world that follows a real cluster equals one loaded afresh: after seeded changes of every kind, after a kill of the
API server, and after one during which things changed and versions were forgotten."""
import os
import random
import subprocess
import sys

from differential.api import Refused, version_of
from differential.objects import node
from draining.kubelets import running
from draining.server import ControlPlane

DRIVER = os.path.join(os.path.dirname(os.environ["TOBAN"]), "tests", "e2e", "follow_driver")
NS = "followed"
ROUNDS, STEPS = 6, 40


def expect(condition, what, detail=None):
    if not condition:
        sys.exit(f"FAIL {what}: {detail}")


def containers(chance):
    return [{"name": "c", "image": f"app:{chance.randrange(3)}",
             "resources": {"requests": {"cpu": f"{chance.randrange(1, 4)}00m", "memory": "64Mi"}}}]


def template(chance, app):
    return {"metadata": {"labels": {"app": app}}, "spec": {"containers": containers(chance)}}


class Changes:
    """Of one seed: each step creates, changes or deletes something."""

    def __init__(self, api, seed):
        self.api, self.chance = api, random.Random(seed)
        self.steps = (self.some_node, self.some_pod, self.some_pod, self.pod_state, self.pod_state, self.some_deployment,
                      self.some_stateful_set, self.some_budget, self.some_claim, self.some_service, self.some_job,
                      self.some_class, self.some_attachment)

    def step(self):
        try:
            self.chance.choice(self.steps)()
        except Refused as refused:
            # Controllers change and delete things at the same time.
            if refused.code not in (404, 409):
                raise

    def pick(self, prefix, count):
        return f"{prefix}-{self.chance.randrange(count)}"

    def put(self, kind, name, ns, body, change=None):
        """Creates it, changes it with `change`, or deletes it: what its being there allows."""
        path = self.api.path(kind, ns, name)
        code, _ = self.api.call("GET", path)
        if code == 404:
            meta = {"name": name, **({"namespace": ns} if ns else {})}
            meta = {**meta, **body.pop("metadata", {})}
            self.api.create({"apiVersion": version_of(kind), "kind": kind, "metadata": meta, **body})
        elif change and self.chance.random() < 0.6:
            self.api.patch(kind, ns, name, change)
        else:
            self.api.delete(kind, ns, name, grace=0)

    def some_node(self):
        name = self.pick("node", 6)
        body = node(name, cpu=str(self.chance.randrange(4, 9)))
        body = {key: body[key] for key in body if key in ("spec", "status")}
        change = self.chance.choice((
            {"spec": {"unschedulable": True}}, {"spec": {"unschedulable": None}},
            {"metadata": {"labels": {"zone": self.pick("z", 3)}}},
            {"spec": {"taints": [{"key": "t", "effect": "NoSchedule"}]}}))
        self.put("Node", name, None, body, change)

    def some_pod(self):
        body = {"metadata": {"labels": {"app": self.pick("app", 3)}},
                "spec": {"containers": containers(self.chance), "nodeName": self.pick("node", 6)}}
        if self.chance.random() < 0.3:
            body["spec"]["volumes"] = [{"name": "v", "persistentVolumeClaim": {"claimName": self.pick("claim", 4)}}]
        self.put("Pod", self.pick("pod", 12), NS, body, {"metadata": {"labels": {"app": self.pick("app", 3)}}})

    def pod_state(self):
        pods = self.api.list("Pod", NS)
        if pods:
            name = self.chance.choice(pods)["metadata"]["name"]
            state = running(self.chance.random() < 0.7, "2026-01-01T00:00:00Z")
            self.api.call("PATCH", self.api.path("Pod", NS, name, "status"), state, "application/merge-patch+json")

    def some_deployment(self):
        app = self.pick("app", 3)
        self.put("Deployment", app, NS, {"spec": {"replicas": 2, "selector": {"matchLabels": {"app": app}},
                                                  "template": template(self.chance, app)}},
                 {"spec": {"replicas": self.chance.randrange(5)}})

    def some_stateful_set(self):
        app = self.pick("db", 2)
        self.put("StatefulSet", app, NS, {"spec": {"replicas": 2, "serviceName": app, "selector": {"matchLabels": {"app": app}},
                                                   "template": template(self.chance, app)}},
                 {"spec": {"replicas": self.chance.randrange(4)}})

    def some_budget(self):
        self.put("PodDisruptionBudget", self.pick("budget", 3), NS,
                 {"spec": {"minAvailable": 1, "selector": {"matchLabels": {"app": self.pick("app", 3)}}}},
                 {"spec": {"minAvailable": self.chance.randrange(4)}})

    def some_claim(self):
        if self.chance.random() < 0.5:
            self.put("PersistentVolume", self.pick("volume", 3), None,
                     {"spec": {"capacity": {"storage": "1Gi"}, "accessModes": ["ReadWriteOnce"],
                               "csi": {"driver": "d", "volumeHandle": "h"}, "storageClassName": "none"}},
                     {"metadata": {"labels": {"a": self.pick("b", 3)}}})
        else:
            self.put("PersistentVolumeClaim", self.pick("claim", 4), NS,
                     {"spec": {"accessModes": ["ReadWriteOnce"], "storageClassName": "none",
                               "resources": {"requests": {"storage": "1Gi"}}}})

    def some_service(self):
        self.put("Service", self.pick("service", 3), NS,
                 {"spec": {"selector": {"app": self.pick("app", 3)}, "ports": [{"port": 80}]}},
                 {"spec": {"selector": {"app": self.pick("app", 3)}}})

    def some_job(self):
        self.put("Job", self.pick("job", 2), NS,
                 {"spec": {"template": {"spec": {"restartPolicy": "Never", "containers": containers(self.chance)}}}},
                 {"spec": {"parallelism": self.chance.randrange(3)}})

    def some_class(self):
        self.put("PriorityClass", self.pick("priority", 2), None, {"value": self.chance.randrange(1000)})
        self.put("StorageClass", self.pick("storage", 2), None, {"provisioner": "p"})

    def some_attachment(self):
        self.put("VolumeAttachment", self.pick("attachment", 3), None,
                 {"spec": {"attacher": "d", "nodeName": self.pick("node", 6),
                           "source": {"persistentVolumeName": self.pick("volume", 3)}}})


class Follower:
    def __init__(self, env):
        self.process = subprocess.Popen([DRIVER], env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.cluster_id = self.process.stdout.readline().strip()

    def ask(self, word):
        self.process.stdin.write(word + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().strip()

    def counts(self):
        words = self.ask("counts").split()
        return dict(zip(words[::2], map(int, words[1::2])))

    def expect_equal(self, what):
        found = self.ask("equal")
        expect(found == "equal", what, found)
        print(what, self.counts(), flush=True)

    def end(self):
        self.process.stdin.close()
        expect(self.process.wait(30) == 0, "the end", self.process.returncode)


def make(changes, steps=STEPS):
    for _ in range(steps):
        changes.step()


def test_changes(changes, follower):
    for number in range(ROUNDS):
        make(changes)
        follower.expect_equal(f"round {number}")


def test_restart(cluster, changes, follower):
    before = follower.counts()
    cluster.start_api_server(cluster.kill_api_server())
    make(changes)
    follower.expect_equal("after a kill of the API server")
    after = follower.counts()
    expect(after["connects"] > before["connects"], "watches were made anew", after)
    expect(after["troubles"] == before["troubles"] + 1 and after["recoveries"] == after["troubles"],
           "trouble was told, and its end", after)


def test_changes_unseen(cluster, changes, follower):
    """The follower sleeps while things change and the server starts again: it must list what is too old to watch."""
    before = follower.counts()
    os.kill(follower.process.pid, 19)
    make(changes)
    cluster.start_api_server(cluster.kill_api_server())
    make(changes)
    os.kill(follower.process.pid, 18)
    follower.expect_equal("after what it did not see")
    expect(follower.counts()["relists"] > before["relists"], "lists were made anew", follower.counts())


def main():
    with ControlPlane("--bare") as cluster:
        api = cluster.api
        api.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NS}})
        changes = Changes(api, 4)
        make(changes)
        env = {**os.environ, **cluster.env}
        follower = Follower(env)
        expect(follower.cluster_id == api.get("Namespace", None, "kube-system")["metadata"]["uid"], "the cluster's id",
               follower.cluster_id)
        follower.expect_equal("at the start")
        test_changes(changes, follower)
        test_restart(cluster, changes, follower)
        test_changes_unseen(cluster, changes, follower)
        follower.end()


main()
