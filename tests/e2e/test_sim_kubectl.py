#!/usr/bin/env python3
"""A stock kubectl of 1.20.2 on the pocket EKS (`toban sim`)."""
import json
import os
import shlex
import signal
import subprocess
import sys
import tempfile
import time

TOBAN, TMP = os.environ["TOBAN"], os.environ["E2E_TMP"]
KUBECTL = os.environ.get("KUBECTL", "kubectl")

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


class Pocket:
    """A `toban sim` of its own, stopped at the end."""

    def __init__(self, *words):
        self.dir = tempfile.mkdtemp(dir=TMP)
        self.log = open(os.path.join(self.dir, "log"), "w+")
        self.process = subprocess.Popen([TOBAN, "sim", "--dir", self.dir, *words], stdout=subprocess.PIPE,
                                        stderr=self.log, text=True)
        self.env = {**os.environ, "HOME": self.dir}
        line = self.process.stdout.readline()
        expect(line.startswith("export KUBECONFIG="), "the first line of toban sim", line + self.said())
        self.env["KUBECONFIG"] = shlex.split(line)[1].partition("=")[2]

    def said(self):
        self.log.flush()
        self.log.seek(0)
        return self.log.read()

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

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        expect(self.process.wait(30) == 0, "the end of toban sim", self.said())


def speaks(pocket):
    version = json.loads(pocket.kubectl("version", "-o", "json").stdout)
    expect(version["serverVersion"]["minor"].startswith("31"), "the server's version", version)
    names = pocket.kubectl("api-resources", "-o", "name").stdout.split()
    expect({"pods", "deployments.apps", "poddisruptionbudgets.policy"} <= set(names), "api-resources", names)
    namespaces = pocket.kubectl("get", "namespaces", "-o", "name").stdout.split()
    expect("namespace/kube-system" in namespaces, "namespaces", namespaces)


def writes(pocket):
    pocket.kubectl("apply", "--validate=false", "-f", "-", stdin=SHOP)
    again = pocket.kubectl("apply", "--validate=false", "-f", "-", stdin=SHOP).stdout
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


def refuses_strangers(pocket):
    without = pocket.kubectl("get", "pods", "--token=wrong", ok=False).stderr
    expect("Unauthorized" in without or "logged in" in without, "a wrong token", without)


def main():
    pocket = Pocket()
    for step in (speaks, writes, watches, refuses_strangers):
        step(pocket)
    pocket.stop()
    broken = Pocket("--fault", "api-5xx=1")
    said = broken.kubectl("get", "nodes", ok=False).stderr
    expect("etcdserver: request timed out" in said, "a server that fails", said)
    broken.stop()


main()
