#!/usr/bin/env python3
"""A stock kubectl of 1.20.2 on the pocket EKS (`toban sim`)."""
import http.client
import json
import os
import re
import subprocess
import sys
import time
import urllib.request

from pocket import sim

TMP = os.environ["E2E_TMP"]
KUBECTL = os.environ.get("KUBECTL", "kubectl")
NEWEST = os.path.join(os.environ["KUBE_CLIENTS"], "kubectl-1.35", "kubectl")

SHOP = """
apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: cart, namespace: shop, labels: {app: cart}}
spec:
  replicas: 2
  selector: {matchLabels: {app: cart}}
  template:
    metadata: {labels: {app: cart}}
    spec:
      containers:
      - name: app
        image: registry.example/cart:1
---
apiVersion: v1
kind: ConfigMap
metadata: {name: settings, namespace: shop}
data: {colour: blue}
"""


def expect(condition, what, detail=""):
    if not condition:
        sys.exit("FAIL %s\n%s" % (what, detail if isinstance(detail, str) else json.dumps(detail, indent=1)))


class Pocket(sim.Pocket):
    """With the kubectl of the real cluster's version."""

    def __init__(self, *words):
        super().__init__(TMP, *words)

    def kubectl(self, *words, stdin=None, ok=True):
        answer = subprocess.run([KUBECTL, *words], env=self.env, input=stdin, capture_output=True, text=True,
                                timeout=60, check=False)
        if ok is not None:
            expect((answer.returncode == 0) == ok, "kubectl " + " ".join(words),
                   "exit %d\n%s%s" % (answer.returncode, answer.stdout[-2000:], answer.stderr[-2000:]))
        return answer

    def get(self, *words):
        return json.loads(self.kubectl("get", *words, "-o", "json").stdout)

    def until(self, what, fn, seconds=60):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            found = fn()
            if found:
                return found
            time.sleep(0.05)
        sys.exit("FAIL never: " + what)


def speaks(pocket):
    version = json.loads(pocket.kubectl("version", "-o", "json").stdout)
    expect(version["serverVersion"]["minor"].startswith("31"), "the server's version", version)
    names = pocket.kubectl("api-resources", "-o", "name").stdout.split()
    expect({"pods", "deployments.apps", "poddisruptionbudgets.policy"} <= set(names), "api-resources", names)
    rows = [line.split() for line in pocket.kubectl("get", "namespaces").stdout.splitlines()]
    expect(rows[0] == ["NAME", "STATUS", "AGE"], "the columns of namespaces", rows)
    expect(["kube-system", "Active"] in [row[:2] for row in rows] and all(len(row[2]) < 4 for row in rows[1:]),
           "the rows of namespaces", rows)
    explained = pocket.kubectl("explain", "deployment.spec.template.spec.containers").stdout
    expect("imagePullPolicy" in explained and "RESOURCE: containers <[]Object>" in explained, "explain", explained)


def writes(pocket):
    pocket.kubectl("apply", "-f", "-", stdin=SHOP)
    again = pocket.kubectl("apply", "-f", "-", stdin=SHOP).stdout
    wrong = pocket.kubectl("apply", "-f", "-", stdin=SHOP.replace("replicas", "replcas"), ok=False).stderr
    expect('unknown field "replcas"' in wrong, "a field that is none", wrong)
    expect(again.count("unchanged") == 3, "a second apply", again)
    pocket.kubectl("-n", "shop", "patch", "configmap", "settings", "-p", '{"data":{"colour":"red"}}')
    expect(pocket.get("-n", "shop", "configmap", "settings")["data"] == {"colour": "red"}, "the patched ConfigMap")
    pocket.kubectl("-n", "shop", "label", "configmap", "settings", "team=one")
    found = pocket.kubectl("-n", "shop", "get", "configmaps", "-l", "team=one", "-o", "name").stdout
    expect(found == "configmap/settings\n", "what the label selects", found)
    pocket.kubectl("-n", "shop", "scale", "deployment", "cart", "--replicas=3")
    expect(pocket.get("-n", "shop", "deployment", "cart")["spec"]["replicas"] == 3, "the scaled Deployment")
    pocket.kubectl("-n", "shop", "delete", "configmap", "settings")
    gone = pocket.kubectl("-n", "shop", "get", "configmap", "settings", ok=False).stderr
    expect(gone == 'Error from server (NotFound): configmaps "settings" not found\n', "what is not there", gone)


def watches(pocket):
    path = os.path.join(pocket.dir, "watched")
    with open(path, "wb") as out:
        watch = subprocess.Popen([KUBECTL, "get", "configmaps", "-n", "default", "--watch-only", "-o", "name"],
                                 env=pocket.env, stdout=out)
    numbers = iter(range(1000))

    def seen():
        pocket.kubectl("create", "configmap", "w%d" % next(numbers))
        with open(path, encoding="utf-8") as file:
            return file.readline()

    line = pocket.until("an event of a watch", seen)
    expect(line.startswith("configmap/"), "an event", line)
    watch.terminate()
    watch.wait()


WIDGETS = """
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.example.org}
spec:
  group: example.org
  scope: Namespaced
  names: {plural: widgets, kind: Widget}
  versions:
  - name: v1
    served: true
    storage: true
    additionalPrinterColumns:
    - {name: Size, type: integer, jsonPath: .spec.size}
    schema:
      openAPIV3Schema:
        type: object
        properties:
          spec: {type: object, properties: {size: {type: integer, minimum: 1}, colour: {type: string, default: blue}}}
"""
WIDGET = """
apiVersion: example.org/v1
kind: Widget
metadata: {name: w}
spec: {size: %s}
"""


def serves_custom_kinds(pocket):
    pocket.kubectl("apply", "-f", "-", stdin=WIDGETS)
    pocket.kubectl("wait", "--for", "condition=established", "crd/widgets.example.org", "--timeout=10s")
    pocket.kubectl("apply", "-f", "-", stdin=WIDGET % 3)
    rows = pocket.kubectl("get", "widgets").stdout.splitlines()
    expect([row.split()[:2] for row in rows] == [["NAME", "SIZE"], ["w", "3"]], "the columns of a definition", rows)
    expect(pocket.get("widget", "w")["spec"] == {"size": 3, "colour": "blue"}, "the default of a schema")
    wrong = pocket.kubectl("apply", "-f", "-", stdin=WIDGET % 0, ok=False).stderr
    expect("spec.size: Invalid value: 0: spec.size in body should be greater than or equal to 1" in wrong, "a schema", wrong)


def newest_client_speaks_protobuf(pocket):
    """kubectl 1.35 sends built-in kinds in protobuf."""
    def newest(*words):
        answer = subprocess.run([NEWEST, *words], env=pocket.env, capture_output=True, text=True, timeout=60, check=False)
        expect(answer.returncode == 0, "kubectl 1.35 " + " ".join(words), answer.stdout + answer.stderr)
        return answer.stdout
    newest("create", "secret", "generic", "sealed", "--from-literal=key=value")
    expect(pocket.get("secret", "sealed")["data"] == {"key": "dmFsdWU="}, "a secret in protobuf")
    newest("create", "deployment", "idle", "--image=registry.example/idle:1", "--replicas=0", "--port=80")
    spec = pocket.get("deployment", "idle")["spec"]
    expect(spec["replicas"] == 0 and spec["template"]["spec"]["containers"][0]["ports"][0]["containerPort"] == 80,
           "a Deployment in protobuf", spec)
    expect(newest("auth", "can-i", "delete", "nodes") == "yes\n", "a review in protobuf")
    expect("system:masters" in newest("auth", "whoami"), "whoami")


def refuses_strangers(pocket):
    without = pocket.kubectl("get", "pods", "--token=wrong", ok=False).stderr
    expect("Unauthorized" in without or "logged in" in without, "a wrong token", without)


def names_deprecated_versions(pocket):
    """As the real server does: each version that a client asks for is counted, and `toban check --live` reads it."""
    def requested():
        done = subprocess.run([os.environ["TOBAN"], "check", "--live", "--to", "1.25", "-o", "json"], env=pocket.env,
                              capture_output=True, text=True, timeout=60, check=False)
        report = json.loads(done.stdout)
        expect(not report["problems"], "everything could be checked", [report["problems"], done.stderr])
        return [f["subject"]["name"] for f in report["findings"] if f["rule"] == "api-requested"]

    expect(requested() == [], "nobody has asked yet, and toban does not count")
    expect(pocket.kubectl("get", "poddisruptionbudgets.v1beta1.policy").returncode == 0, "an old version")
    page = pocket.kubectl("get", "--raw", "/metrics").stdout
    expect('apiserver_requested_deprecated_apis{group="policy",removed_release="1.25",resource="poddisruptionbudgets",'
           'subresource="",version="v1beta1"} 1\n' in page, "the metric", page)
    expect(len(requested()) == 1, "toban names it", requested())
    stranger = pocket.kubectl("get", "--raw", "/metrics", "--as=fred", ok=False).stderr
    expect('User "fred" cannot get path "/metrics"' in stranger, "rights", stranger)


NIGHT = """
apiVersion: batch/v1
kind: CronJob
metadata: {name: tick}
spec:
  schedule: "* * * * *"
  jobTemplate:
    spec:
      template:
        spec:
          restartPolicy: Never
          containers: [{name: c, image: "registry.example/tick:1"}]
---
apiVersion: batch/v1
kind: Job
metadata: {name: once}
spec:
  ttlSecondsAfterFinished: 60
  template:
    spec:
      restartPolicy: Never
      containers: [{name: c, image: "registry.example/once:1"}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: calm}
spec:
  replicas: 2
  minReadySeconds: 30
  progressDeadlineSeconds: 300
  selector: {matchLabels: {app: calm}}
  template:
    metadata: {labels: {app: calm}}
    spec:
      containers: [{name: c, image: "registry.example/calm:1"}]
"""


def acts_by_the_clock(pocket):
    """CronJobs, Jobs that expire, minReadySeconds, autoscalers, gates of new pods: as controllers do it, a minute a second."""
    pocket.kubectl("apply", "-f", "-", stdin=NIGHT)
    pocket.kubectl("autoscale", "deployment", "calm", "--min=3", "--max=5", "--cpu-percent=80")
    pocket.kubectl("rollout", "status", "deployment/calm", "--timeout=30s")
    status = pocket.get("deployment", "calm")["status"]
    expect({c["type"]: c["reason"] for c in status["conditions"]} ==
           {"Available": "MinimumReplicasAvailable", "Progressing": "NewReplicaSetAvailable"}, "a rollout", status)
    pocket.until("replicas within the bounds", lambda: pocket.get("deployment", "calm")["spec"]["replicas"] == 3)
    pocket.until("a missing metric", lambda: "FailedGetResourceMetric" in
                 [c["reason"] for c in pocket.get("hpa.v2.autoscaling", "calm")["status"].get("conditions", [])])
    pocket.until("a Job that is gone", lambda: not pocket.kubectl("get", "job", "once", ok=None).stdout)
    expect(not pocket.get("pods", "-l", "job-name=once")["items"], "its pods")
    jobs = pocket.until("three runs", lambda: (lambda found: len(found) >= 3 and found)(
        [job for job in pocket.get("jobs")["items"] if job["metadata"]["name"].startswith("tick-")]))
    cron = pocket.get("cronjob", "tick")
    minutes = sorted(int(job["metadata"]["name"].removeprefix("tick-")) for job in jobs)
    expect(minutes == list(range(minutes[0], minutes[0] + len(minutes))), "a run each minute", minutes)
    expect({job["metadata"]["ownerReferences"][0]["uid"] for job in jobs} == {cron["metadata"]["uid"]}, "whose they are", jobs)
    told = pocket.get("events", "--field-selector=involvedObject.uid=" + cron["metadata"]["uid"])["items"]
    expect({"SuccessfulCreate", "SawCompletedJob"} <= {event["reason"] for event in told}, "its events", told)

    pocket.kubectl("-n", "games", "rollout", "restart", "deployment/lobby")
    pocket.kubectl("-n", "games", "rollout", "status", "deployment/lobby", "--timeout=60s")
    lobby = pocket.get("-n", "games", "deployment", "lobby")["spec"]
    wanted = ",".join("=".join(label) for label in lobby["selector"]["matchLabels"].items())
    pods = [pod for pod in pocket.get("-n", "games", "pods", "-l", wanted)["items"]
            if "deletionTimestamp" not in pod["metadata"]]
    expect(len(pods) == lobby["replicas"], "the pods of a rollout", [pod["metadata"] for pod in pods])
    group = "target-health.elbv2.k8s.aws/k8s-games-lobby-"
    for pod in pods:
        gates = [gate["conditionType"] for gate in pod["spec"].get("readinessGates", [])]
        open_gates = [c["type"] for c in pod["status"]["conditions"] if c["status"] == "True" and c["type"].startswith(group)]
        expect(len(gates) == 1 and gates == open_gates, "the gate of a new pod", [gates, open_gates])
    pocket.kubectl("-n", "games", "run", "by-hand", "--image=registry.example/lobby:1", "--restart=Never",
                   "--labels=" + wanted)
    spec = pocket.get("-n", "games", "pod", "by-hand")["spec"]
    expect(spec.get("readinessGates") == pods[0]["spec"]["readinessGates"], "the gate of a pod made by hand", spec)
    wrong = pocket.kubectl("apply", "-f", "-", stdin=NIGHT.replace("* * * * *", "every minute"), ok=False).stderr
    expect('spec.schedule: Invalid value: "every minute": expected exactly 5 fields, found 2: [every minute]' in wrong,
           "a schedule that is none", wrong)


def wait_for_line(process, what):
    """Its next line; a program that says nothing is ended by the test's own time."""
    line = process.stdout.readline()
    expect(line, what, process.poll())
    return line


def forwards_ports(pocket, kubectl):
    """kubectl before 1.31 speaks SPDY, newer ones send it through a WebSocket."""
    pods = pocket.get("-n", "games", "pods")["items"]
    pod, port = next((p["metadata"]["name"], c["ports"][0]["containerPort"]) for p in pods for c in p["spec"]["containers"]
                     if c.get("ports") and p["status"]["phase"] == "Running")

    def forward(number):
        process = subprocess.Popen([kubectl, "-n", "games", "port-forward", "pod/" + pod, ":%d" % number], env=pocket.env,
                                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        line = wait_for_line(process, "port-forward says where")
        return process, int(line.split()[2].rpartition(":")[2])

    process, local = forward(port)
    connection = http.client.HTTPConnection("127.0.0.1", local, timeout=30)
    for method, body in (("GET", None), ("POST", "x" * 100000), ("GET", None)):
        connection.request(method, "/", body)
        answer = connection.getresponse()
        told = json.loads(answer.read())
        expect(answer.status == 200 and told["pod"] == pod and answer.getheader("X-Toban-Pod") == "games/" + pod, "who answers", told)
    with urllib.request.urlopen("http://127.0.0.1:%d/" % local, timeout=30) as other:
        expect(json.load(other)["namespace"] == "games", "a second connection beside the first")
    process.kill()
    process, local = forward(1)
    try:
        urllib.request.urlopen("http://127.0.0.1:%d/" % local, timeout=30)
        expect(False, "a port where nobody listens")
    except (OSError, http.client.HTTPException):
        while "connection refused" not in wait_for_line(process, "why it is refused"):
            pass
    process.kill()


def attaches(pocket, kubectl):
    """What the container says from now on, until it ends."""
    pocket.kubectl("-n", "games", "run", "once", "--image=registry.example/once:1")
    pocket.kubectl("-n", "games", "wait", "--for=condition=Ready", "pod/once", "--timeout=30s")
    process = subprocess.Popen([kubectl, "-n", "games", "attach", "once"], env=pocket.env, stdout=subprocess.PIPE,
                               stderr=subprocess.DEVNULL, text=True)
    lines = [wait_for_line(process, "a line of the log") for _ in range(2)]
    expect(all(re.fullmatch(r"once: up for \d+ min\n", line) for line in lines), "what is said", lines)
    pocket.kubectl("-n", "games", "delete", "pod", "once", "--wait=true")
    expect(process.wait(30) == 0, "it ends with the container", process.returncode)


def main():
    with Pocket() as pocket:
        for step in (speaks, writes, watches, serves_custom_kinds, newest_client_speaks_protobuf, refuses_strangers):
            step(pocket)
    with Pocket("--example", "game-platform", "--speed", "60") as busy:
        acts_by_the_clock(busy)
    with Pocket("--example", "game-platform", "--speed", "60") as busy:
        for kubectl in (KUBECTL, NEWEST):
            forwards_ports(busy, kubectl)
            attaches(busy, kubectl)
    with Pocket("--version", "1.24") as older:
        names_deprecated_versions(older)
    with Pocket("--fault", "api-5xx=1") as broken:
        said = broken.kubectl("get", "nodes", ok=False).stderr
        expect("etcdserver: request timed out" in said, "a server that fails", said)


main()
