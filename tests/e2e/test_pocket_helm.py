#!/usr/bin/env python3
"""helm 3 and its successor on the pocket EKS: a chart with a CRD, hooks and a custom object is installed, upgraded, rolled
back, tested and uninstalled, and what is in the cluster is looked at each time. Releases are kept in Secrets."""
import base64
import gzip
import json
import os
import subprocess
import sys

from pocket.nodes import write_nodes
from pocket.sim import Pocket

HERE = os.path.dirname(os.path.abspath(__file__))
CHART = os.path.join(HERE, "pocket", "chart")
TMP, CLIENTS = os.environ["E2E_TMP"], os.environ["KUBE_CLIENTS"]
KUBECTL = os.path.join(CLIENTS, "kubectl-1.35", "kubectl")
HELMS = {"helm 3": os.path.join(CLIENTS, "helm", "helm"), "helm 4": os.path.join(CLIENTS, "helm-4", "helm")}


def expect(condition, what, detail=""):
    if not condition:
        sys.exit(f"FAIL {what}\n{detail if isinstance(detail, str) else json.dumps(detail, indent=1)}")


class Session:
    """One helm in a namespace of its own."""

    def __init__(self, name, helm, pocket):
        self.name, self.helm, self.pocket = name, helm, pocket
        self.space = name.replace(" ", "-")

    def run(self, program, *words, ok=True):
        answer = subprocess.run([program, "-n", self.space, *words], env=self.pocket.env, capture_output=True, text=True,
                                timeout=120, check=False, stdin=subprocess.DEVNULL)
        expect((answer.returncode == 0) == ok, f"{self.name}: {os.path.basename(program)} {' '.join(words)}",
               f"exit {answer.returncode}\n{answer.stdout[-2000:]}{answer.stderr[-3000:]}{self.pocket.said()[-2000:]}")
        return answer

    def call(self, *words, ok=True):
        return self.run(self.helm, *words, ok=ok)

    def release(self, *words):
        return json.loads(self.call(*words, "-o", "json").stdout)

    def get(self, *words):
        return json.loads(self.run(KUBECTL, "get", *words, "-o", "json").stdout)

    def names(self, kind):
        return {o["metadata"]["name"] for o in self.get(kind)["items"]}

    def colour(self):
        """What each object of the release says of its colour."""
        deployment = self.get("deployment", "web")
        expect(deployment["status"].get("readyReplicas") == deployment["spec"]["replicas"], "helm waited", deployment["status"])
        container = deployment["spec"]["template"]["spec"]["containers"][0]
        return {container["env"][0]["value"], self.get("configmap", "web")["data"]["colour"],
                self.get("stalls.shop.example", "web")["spec"]["colour"]}

    def installs(self):
        said = self.call("install", "web", CHART, "--create-namespace", "--wait", "--timeout", "60s").stdout
        expect("STATUS: deployed" in said, "install", said)
        expect(self.colour() == {"blue"}, "what was installed", list(self.colour()))
        expect({"web-after", "web"} <= self.names("configmaps"), "the hook after the install", list(self.names("configmaps")))
        job = self.get("job", "web-migrate")
        expect(job["status"].get("succeeded") == 1, "the hook before the install", job["status"])
        expect("web" in self.names("poddisruptionbudgets"), "what hangs on the APIs that are served")
        self.call("install", "web", CHART, ok=False)

    def upgrades(self):
        before = self.get("job", "web-migrate")["metadata"]["uid"]
        said = self.call("upgrade", "web", CHART, "--set", "colour=green,replicas=3", "--wait", "--timeout", "60s").stdout
        expect("REVISION: 2" in said, "upgrade", said)
        expect(self.colour() == {"green"} and len(self.get("pods", "-l", "app=web")["items"]) >= 3, "what was upgraded")
        expect("web-green" in self.names("configmaps"), "what the upgrade adds")
        expect(self.get("job", "web-migrate")["metadata"]["uid"] != before, "the hook before the upgrade ran again")
        # A field that somebody else changed stays, where the chart does not change it.
        self.run(KUBECTL, "annotate", "service", "web", "note=by-hand")
        self.call("upgrade", "web", CHART, "--reuse-values", "--wait", "--timeout", "60s")
        expect(self.get("service", "web")["metadata"]["annotations"].get("note") == "by-hand", "what was noted by hand stays")

    def fails(self):
        answer = self.call("upgrade", "web", CHART, "--reuse-values", "--set", "replicas=-1", ok=False)
        expect("must be greater than or equal to 0" in answer.stderr, "an upgrade that is refused", answer.stderr)
        expect(self.release("status", "web")["info"]["status"] == "failed", "the status of what failed")

    def rolls_back(self):
        said = self.call("rollback", "web", "1", "--wait", "--timeout", "60s").stdout
        expect("Rollback was a success" in said, "rollback", said)
        expect(self.colour() == {"blue"} and self.get("deployment", "web")["spec"]["replicas"] == 2, "what was rolled back")
        expect("web-green" not in self.names("configmaps"), "what the rollback takes away")
        history = [(r["revision"], r["status"]) for r in self.release("history", "web")]
        expect(history == [(1, "superseded"), (2, "superseded"), (3, "superseded"), (4, "failed"), (5, "deployed")],
               "the history", history)

    def keeps_releases_in_secrets(self):
        secrets = self.get("secrets", "-l", "owner=helm,status=deployed")["items"]
        expect([s["metadata"]["name"] for s in secrets] == ["sh.helm.release.v1.web.v5"], "the deployed release", secrets)
        expect(secrets[0]["type"] == "helm.sh/release.v1", "the type of its Secret", secrets[0]["type"])
        text = base64.b64decode(base64.b64decode(secrets[0]["data"]["release"]))
        expect(json.loads(gzip.decompress(text))["version"] == 5, "what the Secret holds")
        listed = self.release("list")
        expect([(r["name"], r["revision"], r["status"]) for r in listed] == [("web", "5", "deployed")], "list", listed)
        values = self.release("get", "values", "web", "--all")
        expect(values["colour"] == "blue", "values", values)

    def tests(self):
        said = self.call("test", "web", "--timeout", "60s").stdout
        expect("Succeeded" in said, "the hook for tests", said)

    def uninstalls(self):
        said = self.call("uninstall", "web", "--wait", "--timeout", "60s").stdout
        expect('release "web" uninstalled' in said, "uninstall", said)
        for kind in "deployments", "services", "stalls.shop.example", "poddisruptionbudgets":
            expect("web" not in self.names(kind), f"{kind} after the uninstall", list(self.names(kind)))
        left = self.names("configmaps")
        expect("web" not in left and "web-brief" not in left and "web-after" in left, "ConfigMaps after the uninstall", list(left))
        expect(not self.get("secrets", "-l", "owner=helm")["items"], "releases after the uninstall")
        expect("stalls.shop.example" in self.names("customresourcedefinitions"), "CRDs stay")
        self.call("status", "web", ok=False)


def main():
    with Pocket(TMP, "--world", write_nodes(TMP, 3), "--speed", "30") as pocket:
        for name, helm in HELMS.items():
            session = Session(name, helm, pocket)
            for step in (session.installs, session.upgrades, session.fails, session.rolls_back,
                         session.keeps_releases_in_secrets, session.tests, session.uninstalls):
                step()
                print(f"{name} {step.__name__}", flush=True)


main()
