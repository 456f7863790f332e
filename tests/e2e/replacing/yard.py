"""A pocket EKS with the example platform, a program that replaces one of its node groups, and how it all is afterwards."""
import json
import os
import subprocess
import sys
import time
import urllib.error

from draining.program import Program
from pocket.sim import Pocket

TOBAN = os.environ["TOBAN"]
DRIVER = os.path.join(os.path.dirname(TOBAN), "tests/e2e/cloud_driver")
CLUSTER, BLUE, GREEN = "prod-apne1", "game-2023", "game-2023-green"
SPEED = 1500
REVERSE = "toban nodes replace --cloud eks:%s --nodegroup %s --name %s" % (CLUSTER, GREEN, BLUE)
OVER = ("done", "rolled-back", "aborted")


def expect(condition, what, detail=""):
    if not condition:
        sys.exit("FAIL %s\n%s" % (what, detail if isinstance(detail, str) else json.dumps(detail, indent=1, default=str)))


class Yard(Pocket):
    """words: further options of toban sim."""

    def __init__(self, folder, *words, speed=SPEED):
        super().__init__(folder, "--example", "game-platform", "--speed", str(speed), *words)
        self.program = Program(os.path.join(self.dir, "runs"), self.kubeconfig)
        self.program.env = {**self.env, "TOBAN_STORE": self.program.store}
        self.looks = 0
        self.before = self.state()

    # --- what it does -------------------------------------------------------------------------------------------

    def replace(self, *words, env=None):
        return self.program.start("nodes", "replace", "--cloud", "eks:" + CLUSTER, "-g", BLUE, "--soak", "0s", "--yes",
                                  "--accept", "do-not-disrupt:games/match", "-o", "json", *words, env=env)

    def resume(self, plan, env=None):
        return self.program.start("plan", "resume", plan, "--yes", "-o", "json", env=env)

    def rollback(self, plan, env=None):
        return self.program.start("plan", "rollback", plan, "--yes", "-o", "json", env=env)

    def go_on(self, env=None):
        """The replacement, from its beginning or from where it was left."""
        plan = self.program.open_plan()
        return self.resume(plan, env=env) if plan else self.replace(env=env)

    def plan(self):
        """The newest one, in short; None: there is none."""
        plans = self.program.plans()
        return plans[0] if plans else None

    def forecast(self):
        """Of the newest plan, as it was rehearsed: half of the runs ended by then, in milliseconds."""
        shown = json.loads(self.program.run("plan", "show", self.plan()["id"], "-o", "json").out)
        return shown.get("plan", shown)["forecast"]["p50_ms"]

    # --- how it is ----------------------------------------------------------------------------------------------

    def ask(self, path):
        """Of Kubernetes, past faults: again until there is an answer."""
        for _ in range(50):
            try:
                return json.loads(self.get(path))
            except urllib.error.HTTPError as e:
                last = e
        raise last

    def aws(self, *words):
        """Of AWS, by somebody with keys of their own; None: it is not there."""
        for _ in range(50):
            self.looks += 1
            env = {**self.program.env, "AWS_ACCESS_KEY_ID": "AKIALOOKS%011d" % self.looks}
            done = subprocess.run([DRIVER, self.program.env["AWS_ENDPOINT_URL"], *words], env=env,
                                  stdout=subprocess.PIPE, text=True, check=False, timeout=60)
            answer = json.loads(done.stdout)
            if done.returncode == 0 or answer["class"] == "not-found":
                return answer if done.returncode == 0 else None
        expect(False, " ".join(words), answer)

    def state(self):
        """Everything that a replacement may change, without names that differ from run to run."""
        nodes = {n["metadata"]["name"]: n for n in self.ask("/api/v1/nodes")["items"]}
        groups = {}
        for name in (BLUE, GREEN):
            group = self.aws("DescribeNodegroup", CLUSTER, name)
            groups[name] = group and {"status": group["nodegroup"]["status"], "size": group["nodegroup"]["scalingConfig"]}
        pods = {}
        for pod in self.ask("/api/v1/pods")["items"]:
            meta = pod["metadata"]
            node = nodes.get(pod["spec"].get("nodeName"))
            if any(o["kind"] in ("DaemonSet", "Job") for o in meta.get("ownerReferences", ())):
                continue
            ready = any(c["type"] == "Ready" and c["status"] == "True" for c in pod["status"].get("conditions", ()))
            key = "%s/%s of %s %s%s" % (meta["namespace"], owner_of(meta), group_of(node) if node else "nobody",
                                        "ready" if ready else pod["status"]["phase"],
                                        " leaving" if "deletionTimestamp" in meta else "")
            pods[key] = pods.get(key, 0) + 1
        return {"groups": groups, "nodes": sorted(node_state(n) for n in nodes.values()),
                "pods": {k: pods[k] for k in sorted(pods)}}

    def settled(self, seconds=60):
        """The state once nothing changes any more that a workload still has to do."""
        end = time.monotonic() + seconds
        while True:
            state = self.state()
            if all(" ready" in key and "leaving" not in key for key in state["pods"]) or time.monotonic() > end:
                return state
            time.sleep(0.1)

    def place_free(self, state):
        """Without where each workload's pods are among groups that stay: placement may differ."""
        pods = {}
        for key, count in state["pods"].items():
            who, _, rest = key.partition(" of ")
            group, _, how = rest.partition(" ")
            key = "%s %s%s" % (who, how, " on " + BLUE if group == BLUE else "")
            pods[key] = pods.get(key, 0) + count
        return {**state, "pods": pods}

    def check_journal(self, what):
        """It verifies, and no group was made or deleted twice."""
        self.program.run("journal", "verify")
        made = [e for e in self.program.journal() if e["kind"] == "act.done" and "CreateNodegroup" in json.dumps(e)]
        expect(len(made) <= 1 or what == "rollback", what + ": the green group is made once", made)


def owner_of(meta):
    """A pod's workload: a ReplicaSet's hash is left out."""
    owner = next(iter(meta.get("ownerReferences", ())), None)
    if not owner:
        return "pod " + meta["name"]
    name = owner["name"].rpartition("-")[0] if owner["kind"] == "ReplicaSet" else owner["name"]
    return owner["kind"] + " " + name


def group_of(node):
    return node["metadata"].get("labels", {}).get("eks.amazonaws.com/nodegroup", "")


def node_state(node):
    """Group, Ready, cordoned, and marks of a plan."""
    meta = node["metadata"]
    ready = any(c["type"] == "Ready" and c["status"] == "True" for c in node["status"]["conditions"])
    marks = sorted(k for k in [*meta.get("annotations", {}), *meta.get("labels", {})] if "toban" in k)
    return "%s%s%s %s" % (group_of(node), " ready" if ready else " NOT READY",
                          " cordoned" if node["spec"].get("unschedulable") else "", " ".join(marks))
