"""A control plane of its own for these tests, and kube-schedulers whose logs tell what they decided."""
import os
import re
import socket
import subprocess

from differential.api import Api, until

HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
# What the scheduler prints: scores by node, the nodes and pods it has heard of, and what became of a pod.
TALK = "-v=2", "--vmodule=generic_scheduler=10,eventhandlers=3,scheduler=3,default_preemption=5"
SCORES = re.compile(r"Plugin (\S+) scores on (\S+)/(\S+) => \[(.*)\]$")
NODE_HEARD = re.compile(r'add event for node "([^"]+)"')
POD_HEARD = re.compile(r"add event for scheduled pod (\S+)/(\S+)")
TRIED = re.compile(r"Attempting to schedule pod: (\S+)$")
VICTIM = re.compile(r"Pod (\S+) is a potential preemption victim on node (\S+)\.$")
BOUND = re.compile(r'"Successfully bound pod to node" pod="([^"]+)" node="([^"]+)" evaluatedNodes=(\d+) '
                   r"feasibleNodes=(\d+)")


def free_ports(count):
    """Ports of the loopback interface that nobody listens on now."""
    held = [socket.socket() for _ in range(count)]
    for one in held:
        one.bind(("127.0.0.1", 0))
    found = [one.getsockname()[1] for one in held]
    for one in held:
        one.close()
    return found


class Cluster:
    """tests/e2e/cluster with these options, for as long as the object is open."""

    def __init__(self, *options):
        # The shell tidies up when it is told to end, also when this process is killed.
        self.shell = subprocess.Popen(["setpriv", "--pdeathsig", "TERM", "bash", os.path.join(HERE, "cluster"),
                                       *(options or ("--bare",))],
                                      stdout=subprocess.PIPE, text=True, stdin=subprocess.DEVNULL)
        line = self.shell.stdout.readline().strip()
        if not line.startswith(". "):
            raise RuntimeError("the control plane did not start")
        self.folder = os.path.dirname(line[2:])
        with open(line[2:], encoding="utf-8") as f:
            pairs = (entry.strip().removeprefix("export ").partition("=") for entry in f)
            self.env = {name: value for name, _, value in pairs}
        self.api = Api(self.env["KUBECONFIG"])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.shell.terminate()
        self.shell.wait(30)


class Scheduler:
    """One kube-scheduler, started on a cluster whose objects are all there: its caches are complete from the start."""

    def __init__(self, cluster, log):
        self.api, self.path, self.seen = cluster.api, log, 0
        self.lines = []
        with open(log, "w", encoding="utf-8") as out:
            self.process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", os.path.join(cluster.env["KUBE_ASSETS"], "kube-scheduler"),
                 "--kubeconfig=" + cluster.env["KUBECONFIG"], "--leader-elect=false", "--port=0", "--secure-port=0",
                 "--kube-api-qps=300", "--kube-api-burst=600", *TALK], stdout=out, stderr=out, stdin=subprocess.DEVNULL)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()

    def read(self):
        """All lines of the log so far; a last line without its end is left for the next time."""
        with open(self.path, encoding="utf-8") as f:
            f.seek(self.seen)
            text = f.read()
        whole = text.rfind("\n") + 1
        self.seen += len(text[:whole].encode())
        self.lines += text[:whole].splitlines()
        return self.lines

    def knows(self, node_names, pod_names):
        """Waits until it has heard of these nodes and these NAMESPACE/NAME pods."""
        def heard():
            if self.process.poll() is not None:
                raise RuntimeError(f"kube-scheduler ended: {self.path}")
            seen_nodes, seen_pods = set(), set()
            for line in self.read():
                if match := NODE_HEARD.search(line):
                    seen_nodes.add(match.group(1))
                if match := POD_HEARD.search(line):
                    seen_pods.add(match.group(1) + "/" + match.group(2))
            return node_names <= seen_nodes and pod_names <= seen_pods
        until(30, "the scheduler's view of nodes and pods", heard)

    def heard(self, text):
        return any(text in line for line in self.read())

    def tries(self):
        """The pods it has tried to place, in order."""
        return [match.group(1) for line in self.read() if (match := TRIED.search(line))]

    def decision(self, ns, name, meanwhile):
        """What became of a pod at its first try: its own words, the feasible nodes, the scores. meanwhile() is called
        while it is awaited."""
        def decided():
            meanwhile()
            pod = self.api.get("Pod", ns, name)
            refused = [c for c in pod["status"].get("conditions", [])
                       if c["type"] == "PodScheduled" and c["status"] == "False"]
            return pod if refused or pod["spec"].get("nodeName") else None
        pod = until(30, f"a decision on {ns}/{name}", decided)
        if not pod["spec"].get("nodeName"):
            return self.refusal(pod)
        bound = until(10, f"the log line of {ns}/{name}", lambda: self.bound(ns, name))
        scores = self.scores(ns, name)
        feasible = sorted(next(iter(scores.values()))) if scores else [bound.group(2)]
        if len(feasible) != int(bound.group(4)):
            raise RuntimeError(f"{ns}/{name}: {len(feasible)} nodes have scores, {bound.group(4)} were feasible")
        return {"node": bound.group(2), "feasible": feasible, "scores": scores}

    def bound(self, ns, name):
        for line in self.read():
            if (match := BOUND.search(line)) and match.group(1) == f"{ns}/{name}":
                return match
        return None

    def scores(self, ns, name):
        """plugin -> node -> weighted score; empty when only one node was feasible."""
        found = {}
        for line in self.read():
            match = SCORES.search(line)
            if match and match.group(2, 3) == (ns, name):
                pairs = re.findall(r"\{(\S+) (-?\d+)\}", match.group(4))
                found.setdefault(match.group(1), {n: int(score) for n, score in pairs})
        return found

    def refusal(self, pod):
        condition = [c for c in pod["status"]["conditions"] if c["type"] == "PodScheduled"][0]
        answer = {"reason": condition["reason"], "message": condition["message"], "feasible": []}
        nominated = pod["status"].get("nominatedNodeName")
        if nominated:
            answer["nominated"] = nominated
        name = pod["metadata"]["namespace"] + "/" + pod["metadata"]["name"]
        return {**answer, "victims": sorted(self.victims(name, nominated))}

    def victims(self, name, node):
        """Who had to go from the node at the first try of this pod."""
        trying = None
        for line in self.read():
            if match := TRIED.search(line):
                if trying == name:
                    return
                trying = match.group(1)
            match = VICTIM.search(line)
            if match and trying == name and match.group(2) == node:
                yield match.group(1)
