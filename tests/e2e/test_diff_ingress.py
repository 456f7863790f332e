#!/usr/bin/env python3
"""The old ingress chart to the new one: what is foretold from two charts is what a real API server does.

With the name pinned the server must refuse exactly the objects that are foretold as rejected; under
its own name the new chart must be foretold as a silent replacement, and the server must accept it.
"""
import json
import os
import subprocess
import sys

import yaml

TOBAN, KUBECTL, HELM, TMP = (os.environ[k] for k in ("TOBAN", "KUBECTL", "HELM", "E2E_TMP"))
CHARTS = os.path.join(os.environ["TOP"], "examples/game-platform/charts")
NAMESPACE, RELEASE = "diff-ingress", "ingress-nginx"


def run(*command, stdin=None, codes=(0,)):
    env = dict(os.environ, TOBAN_HELM=HELM)
    answer = subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=120, env=env)
    if codes and answer.returncode not in codes:
        sys.exit("%s: exit %d\n%s%s" % (" ".join(command), answer.returncode, answer.stdout, answer.stderr))
    return answer


def render(chart, *values):
    text = run(HELM, "template", RELEASE, os.path.join(CHARTS, chart), "-n", NAMESPACE, *values).stdout
    objects = [o for o in yaml.safe_load_all(text) if o]
    for o in objects:
        if o["kind"] in ("Deployment", "Service", "ConfigMap", "HorizontalPodAutoscaler", "PodDisruptionBudget", "ServiceAccount"):
            o["metadata"].setdefault("namespace", NAMESPACE)
    return objects


def forecast(*arguments):
    answer = run(TOBAN, "diff", "-o", "json", "--release", RELEASE, "-n", NAMESPACE, *arguments, codes=(0, 2))
    return {(o["old"]["kind"], o["old"]["name"]): o for o in json.loads(answer.stdout)["objects"] if o["old"]}


def outcomes(forecasts, word):
    return {key for key, o in forecasts.items() if o["outcome"] == word}


def server_refuses(objects):
    refused = set()
    for o in objects:
        answer = run(KUBECTL, "apply", "--dry-run=server", "-f", "-", stdin=json.dumps(o), codes=None)
        if answer.returncode and "no matches for kind" not in answer.stderr:
            refused.add((o["kind"], o["metadata"]["name"]))
    return refused


def main():
    pinned = ["-f", os.path.join(CHARTS, "ingress-new/values-pinned.yaml")]
    old, new = os.path.join(CHARTS, "ingress-old"), os.path.join(CHARTS, "ingress-new")
    run(KUBECTL, "create", "namespace", NAMESPACE)
    for o in render("ingress-old"):
        run(KUBECTL, "apply", "-f", "-", stdin=json.dumps(o))

    told = outcomes(forecast(old, new, "--old-values", os.path.join(CHARTS, "ingress-old/values.yaml"), *pinned), "rejected")
    refused = server_refuses(render("ingress-new", *pinned))
    if told != refused or ("Deployment" not in {kind for kind, _ in told}):
        sys.exit("pinned: foretold %s, the server refuses %s" % (sorted(told), sorted(refused)))

    free = forecast(old, new)
    if server_refuses(render("ingress-new")):
        sys.exit("the server refuses the new chart under its own name")
    replaced = outcomes(free, "replaced silently")
    for kind in ("Deployment", "Service"):
        if kind not in {k for k, _ in replaced}:
            sys.exit("%s is not foretold as replaced silently: %s" % (kind, {k: o["outcome"] for k, o in free.items()}))
    service = next(o for (kind, _), o in free.items() if kind == "Service" and o["outcome"] == "replaced silently")
    if service["loses"] != ["address"] or not service["advice"]:
        sys.exit("the Service's loss or advice is missing: %s" % service)

    live = os.path.join(TMP, "pinned.json")
    served = [o for o in render("ingress-new", *pinned) if o["apiVersion"] not in ("autoscaling/v2", "policy/v1")]
    with open(live, "w", encoding="utf-8") as file:
        json.dump({"apiVersion": "v1", "kind": "List", "items": served}, file)
    told_live = outcomes(forecast("--live", live), "rejected")
    if told_live != refused:
        sys.exit("live: foretold %s, the server refuses %s" % (sorted(told_live), sorted(refused)))
    print("rejected as foretold: %s" % ", ".join("%s %s" % key for key in sorted(refused)))
    for o in render("ingress-old"):
        run(KUBECTL, "delete", "--wait=false", "-f", "-", stdin=json.dumps(o), codes=None)
    run(KUBECTL, "delete", "namespace", NAMESPACE, "--wait=false")


main()
