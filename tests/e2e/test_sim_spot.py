#!/usr/bin/env python3
"""Spot interruptions on the pocket EKS (`toban sim --fault spot-interrupt=…`), and what `toban nodes notices` makes of
them: a group of Spot machines with pods of its own, whose machines are taken one after the other.

A proxy before the pocket's AWS kills toban at the very moment at which it would delete a message that it has printed.
"""
import concurrent.futures
import http.client
import http.server
import json
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.parse

from pocket import sim

TOBAN, TMP = os.environ["TOBAN"], os.environ["E2E_TMP"]
KUBECTL = os.environ.get("KUBECTL", "kubectl")
CLUSTER, BLUE, SPOT = "prod-apne1", "game-2023", "cheap"
NOTICES = ["nodes", "notices", "--queue", CLUSTER]

WORKLOAD = {
    "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "crunch", "namespace": "default"},
    "spec": {"replicas": 4, "selector": {"matchLabels": {"app": "crunch"}}, "template": {
        "metadata": {"labels": {"app": "crunch"}},
        "spec": {"nodeSelector": {"eks.amazonaws.com/nodegroup": SPOT}, "terminationGracePeriodSeconds": 10,
                 "topologySpreadConstraints": [{"maxSkew": 1, "topologyKey": "kubernetes.io/hostname",
                                                "whenUnsatisfiable": "ScheduleAnyway",
                                                "labelSelector": {"matchLabels": {"app": "crunch"}}}],
                 "containers": [{"name": "main", "image": "registry.k8s.io/pause:3.9",
                                 "resources": {"requests": {"cpu": "100m", "memory": "64Mi"}}}]}}}}


def expect(condition, what, detail=""):
    if not condition:
        sys.exit("FAIL %s\n%s" % (what, detail if isinstance(detail, str) else json.dumps(detail, indent=1)))


def ready(node):
    return any(c["type"] == "Ready" and c["status"] == "True" for c in node["status"]["conditions"])


class Pocket(sim.Pocket):
    def __init__(self, *words):
        super().__init__(TMP, "--example", "game-platform", *words)
        self.env |= {"AWS_PAGER": "", "AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
                     "TOBAN_STORE": self.dir + "/store.db"}

    def run(self, *words, env=None, text=None):
        return subprocess.run(words, env={**self.env, **(env or {})}, capture_output=True, text=True, timeout=120,
                              check=False, input=text)

    def toban(self, *words, code=0, env=None):
        done = self.run(TOBAN, *words, env=env)
        expect(done.returncode == code, "exit code %d of toban %s" % (code, " ".join(words)),
               "exit code %d\n%s%s" % (done.returncode, done.stdout, done.stderr))
        return done

    def aws(self, *words):
        done = self.run(sim.AWS, "--endpoint-url", self.env["AWS_ENDPOINT_URL"], *words, "--output", "json")
        expect(done.returncode == 0, "aws " + " ".join(words), done.stdout + done.stderr)
        return json.loads(done.stdout) if done.stdout.strip() else None

    def eks(self, call, *words):
        return self.aws("eks", call, "--cluster-name", CLUSTER, "--nodegroup-name", *words)["nodegroup"]

    def items(self, *words):
        done = self.run(KUBECTL, "get", *words, "-o", "json")
        expect(done.returncode == 0, "kubectl get " + " ".join(words), done.stderr)
        return json.loads(done.stdout)["items"]

    def instance(self, machine):
        told = self.aws("ec2", "describe-instances", "--instance-ids", machine)
        return told["Reservations"][0]["Instances"][0]

    def until(self, what, fn, seconds=120):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            found = fn()
            if found:
                return found
            time.sleep(0.1)
        sys.exit("FAIL never: %s\n%s" % (what, self.said()[-2000:]))

    def notices(self, *words, code=0, env=None):
        return json.loads(self.toban(*NOTICES, *words, "-o", "json", code=code, env=env).stdout)["notices"]

    def crunching(self):
        """Where each pod of the Deployment is that runs and stays."""
        return {p["metadata"]["name"]: p["spec"]["nodeName"] for p in self.items("pods", "-l", "app=crunch")
                if p["status"].get("phase") == "Running" and "deletionTimestamp" not in p["metadata"]}

    def spot_nodes(self):
        return self.items("nodes", "-l", "eks.amazonaws.com/nodegroup=" + SPOT)

    def make_spot_group(self):
        """Two Spot machines, and four pods that run on no others."""
        blue = self.eks("describe-nodegroup", BLUE)
        self.eks("create-nodegroup", SPOT, "--node-role", blue["nodeRole"], "--subnets", *blue["subnets"][:2],
                 "--capacity-type", "SPOT", "--instance-types", "m5.large",
                 "--scaling-config", "minSize=2,maxSize=4,desiredSize=2")
        self.until("the group is there", lambda: self.eks("describe-nodegroup", SPOT)["status"] == "ACTIVE")
        self.until("its nodes are Ready", lambda: sum(map(ready, self.spot_nodes())) == 2)
        done = self.run(KUBECTL, "create", "-f", "-", text=json.dumps(WORKLOAD))
        expect(done.returncode == 0, "kubectl create", done.stderr)
        self.until("its pods run on both", lambda: len(set(self.crunching().values())) == 2 and
                   len(self.crunching()) == 4)


def of(notices, kind, machine=None, what=None):
    return [n for n in notices if n["kind"] == kind and (machine is None or n["instance"] == machine) and
            (what is None or n["what"] == what)]


# --- a proxy that kills -----------------------------------------------------------------------------------------

class Killer(http.server.ThreadingHTTPServer):
    """Passes requests on. The process whose number is in `victim` dies instead of its DeleteMessage."""
    daemon_threads = True

    def __init__(self, url):
        super().__init__(("127.0.0.1", 0), Passing)
        self.to = urllib.parse.urlparse(url).netloc
        self.victim, self.kills = None, 0
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self):
        return "http://127.0.0.1:%d" % self.server_port


class Passing(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.headers.get("X-Amz-Target", "").endswith(".DeleteMessage") and self.server.victim:
            os.kill(self.server.victim, signal.SIGKILL)
            self.server.victim, self.server.kills = None, self.server.kills + 1
            self.close_connection = True
            return
        upstream = http.client.HTTPConnection(self.server.to, timeout=60)
        upstream.request("POST", self.path, body, {k: v for k, v in self.headers.items() if k.lower() != "connection"})
        answer = upstream.getresponse()
        payload = answer.read()
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in ("transfer-encoding", "connection", "content-length"):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(payload)))
        self.end_headers()
        self.wfile.write(payload)

    def log_message(self, *_):
        pass


def run_killed(pocket):
    """`--take` through the proxy, killed between print and deletion: what it had printed."""
    killer = Killer(pocket.env["AWS_ENDPOINT_URL"])
    held = os.open(os.path.join(pocket.dir, "held"), os.O_RDWR | os.O_CREAT, 0o600)
    run = subprocess.Popen([TOBAN, *NOTICES, "--take", "-o", "json"], stdin=subprocess.DEVNULL, stdout=held,
                           stderr=subprocess.DEVNULL, env={**pocket.env, "AWS_ENDPOINT_URL": killer.url})
    killer.victim = run.pid
    expect(run.wait(60) == -signal.SIGKILL, "it was killed when it would delete", str(run.returncode))
    expect(killer.kills == 1, "once")
    killer.shutdown()
    with os.fdopen(held, encoding="utf-8") as file:
        file.seek(0)
        return json.loads(file.read())["notices"]


# --- cases ------------------------------------------------------------------------------------------------------

def is_told(pocket):
    """The first warning, with what it means here."""
    notices = pocket.until("the first warning", lambda: (lambda all: of(all, "spot-interruption") and all)(
        pocket.notices()))
    warning = of(notices, "spot-interruption")[0]
    machine, node = warning["instance"], warning["node"]
    expect(node and node["name"] in pocket.crunching().values() and warning["group"] == SPOT, "node and group", warning)
    work = [w for w in node["workloads"] if w["name"] == "Deployment default/crunch"]
    expect(work and work[0]["pods"] == 2 and not work[0]["alone"], "its pods", node)
    expect(warning["next"] == "toban nodes drain " + node["name"], "the next command", warning)
    expect(of(notices, "rebalance-recommendation", machine), "a recommendation came before", notices)
    expect(len(of(notices, "state-change", what="running")) >= 2, "machines told their states", notices)
    expect(of(pocket.notices(), "spot-interruption", machine), "looking takes nothing")
    return warning


def is_never_lost(pocket, machine):
    told = run_killed(pocket)
    expect(of(told, "spot-interruption", machine), "it is told before it is deleted", told)
    again = pocket.until("it comes again", lambda: of(pocket.notices("--take"), "spot-interruption", machine))
    expect(len(again) == 1, "a kill between loses nothing", again)
    expect(not of(pocket.notices(), "spot-interruption", machine), "then it is gone")


def is_taken_with_its_pods(pocket, warning, pods):
    """Nobody has drained it: what ran on it is not there any more, and the group is made whole."""
    name = warning["node"]["name"]
    pocket.until("the machine goes", lambda: pocket.instance(warning["instance"])["State"]["Name"] == "terminated")
    pocket.until("its Node goes", lambda: name not in {n["metadata"]["name"] for n in pocket.items("nodes")})
    pocket.until("another one comes, and pods run on it", lambda: len(pocket.crunching()) == 4 and
                 name not in pocket.crunching().values() and len(pocket.spot_nodes()) == 2)
    expect(len(set(pods) & set(pocket.crunching())) == 2, "the pods of the other node are as they were")


def is_followed_and_drained_in_time(pocket):
    follow = subprocess.Popen([TOBAN, *NOTICES, "--follow", "--take", "-o", "json"], env=pocket.env, text=True,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    seen = []
    for line in follow.stdout:
        seen.append(json.loads(line))
        if seen[-1]["kind"] == "spot-interruption":
            break
    expect(seen and seen[-1]["kind"] == "spot-interruption", "the next warning is followed", seen)
    machine, node = seen[-1]["instance"], seen[-1]["node"]["name"]
    done = pocket.run(TOBAN, "nodes", "drain", node, "--yes")
    expect(done.returncode == 0, "the drain", done.stdout + done.stderr)
    expect(pocket.instance(machine)["State"]["Name"] == "running", "is done in time", done.stdout)
    follow.send_signal(signal.SIGINT)
    _, err = follow.communicate(timeout=60)
    expect(follow.returncode == 0, "Ctrl-C ends it well", err)
    expect(not of(pocket.notices(), "spot-interruption"), "what was followed is taken")
    moved = pocket.until("all run elsewhere", lambda: pocket.crunching() if len(pocket.crunching()) == 4 else None)
    expect(node not in moved.values(), "none is on that node", moved)
    pocket.until("the machine goes", lambda: pocket.instance(machine)["State"]["Name"] == "terminated")
    pocket.until("its Node goes", lambda: node not in {n["metadata"]["name"] for n in pocket.items("nodes")})
    expect(pocket.crunching() == moved, "no pod was killed", [moved, pocket.crunching()])


def without_a_cluster(pocket):
    done = pocket.toban(*NOTICES, code=3, env={"KUBECONFIG": os.path.join(pocket.dir, "none")})
    expect("state-change" in done.stdout and "cluster" in done.stderr, "it says why nodes are not told",
           done.stdout + done.stderr)
    done = pocket.toban("nodes", "notices", "--queue", "nothing", code=1)
    expect("nothing" in done.stderr and pocket.env["AWS_REGION"] in done.stderr, "which queue and where", done.stderr)


def odd_queues():
    """What somebody else wrote, queues that lose what is looked at too often, and rights that are missing."""
    with Pocket("--fault", "deny=sqs:DeleteMessage") as pocket:
        read = ["nodes", "notices", "--queue"]
        url = pocket.aws("sqs", "create-queue", "--queue-name", "odd")["QueueUrl"]
        pocket.aws("sqs", "send-message", "--queue-url", url, "--message-body", "shut down, please")
        told = json.loads(pocket.toban(*read, url, "-o", "json").stdout)["notices"]
        expect([n["kind"] for n in told] == ["unreadable"] and told[0]["instance"] is None, "no JSON", told)
        done = pocket.toban(*read, "odd", "--take")
        expect("stay" in done.stderr, "what cannot be read is not deleted", done.stderr)
        body = {"version": "0", "id": "e-1", "detail-type": "EC2 Instance Rebalance Recommendation", "source": "aws.ec2",
                "time": "2026-11-24T01:02:03Z", "detail": {"instance-id": "i-0abc"}}
        pocket.aws("sqs", "send-message", "--queue-url", url, "--message-body", json.dumps(body))
        done = pocket.toban(*read, "odd", "--take", code=1)
        expect("i-0abc" in done.stdout and "sqs:DeleteMessage" in done.stderr, "told first, then deleted",
               done.stdout + done.stderr)
        many = pocket.aws("sqs", "create-queue", "--queue-name", "many")["QueueUrl"]
        for first in (0, 10, 20):
            entries = [{"Id": str(i), "MessageBody": json.dumps({**body, "id": "e-%d" % i, "detail": {
                "instance-id": "i-%d" % i}})} for i in range(first, min(first + 10, 25))]
            pocket.aws("sqs", "send-message-batch", "--queue-url", many, "--entries", json.dumps(entries))
        told = json.loads(pocket.toban(*read, "many", "-o", "json").stdout)["notices"]
        expect({n["instance"] for n in told} == {"i-%d" % i for i in range(25)}, "all of a long queue", told)
        arn = pocket.aws("sqs", "get-queue-attributes", "--queue-url", url, "--attribute-names", "QueueArn")
        policy = json.dumps({"deadLetterTargetArn": arn["Attributes"]["QueueArn"], "maxReceiveCount": 2})
        pocket.aws("sqs", "create-queue", "--queue-name", "strict", "--attributes", json.dumps({"RedrivePolicy": policy}))
        done = pocket.toban(*read, "strict", code=1)
        expect("dead-letter" in done.stderr and "--take" in done.stderr, "it does not use up receives", done.stderr)
        pocket.toban(*read, "strict", "--take")


def nobody_acts():
    # Two minutes of the cluster are 12 seconds here.
    with Pocket("--speed", "10", "--seed", "5", "--fault", "spot-interrupt=1:4m") as pocket:
        pocket.make_spot_group()
        pods = pocket.crunching()
        warning = is_told(pocket)
        is_never_lost(pocket, warning["instance"])
        is_taken_with_its_pods(pocket, warning, pods)
        without_a_cluster(pocket)


def somebody_acts():
    # And 20 here, for the drain has to be done within them, also on a machine that is busy.
    with Pocket("--speed", "6", "--seed", "5", "--fault", "spot-interrupt=1:4m") as pocket:
        pocket.make_spot_group()
        is_followed_and_drained_in_time(pocket)


def main():
    with concurrent.futures.ThreadPoolExecutor() as beside:
        for case in [beside.submit(fn) for fn in (nobody_acts, somebody_acts, odd_queues)]:
            case.result()


if __name__ == "__main__":
    main()
