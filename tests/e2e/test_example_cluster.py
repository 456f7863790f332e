#!/usr/bin/env python3
"""The example platform's cluster must be what an API server gives: sent to a real one, nothing of its
objects' specs is refused, filled in, changed or dropped, but for what came after 1.20.
"""
import json
import os
import subprocess
import sys

KUBECTL, TMP, TOP = os.environ["KUBECTL"], os.environ["E2E_TMP"], os.environ["TOP"]
FILES = ["policy", "nodes", "pods", "workloads", "storage", "network"]
# What 1.20 does not serve yet, and by which it stands for the same there.
OLDER = {
    "policy/v1": "policy/v1beta1", "discovery.k8s.io/v1": "discovery.k8s.io/v1beta1",
    "autoscaling/v2": "autoscaling/v2beta2",
}
NEWER_FIELDS = {
    "DaemonSet.spec.updateStrategy.rollingUpdate.maxSurge",
    "Service.spec.allocateLoadBalancerNodePorts",
    "Service.spec.internalTrafficPolicy",
    "Service.spec.ipFamilies",
    "Service.spec.ipFamilyPolicy",
    "Service.spec.loadBalancerClass",
    "StatefulSet.spec.persistentVolumeClaimRetentionPolicy",
    *(kind + "topologySpreadConstraints[].nodeTaintsPolicy"
      for kind in ("Pod.spec.", "ReplicaSet.spec.template.spec.", "Deployment.spec.template.spec.")),
}
# The node port that newer load balancers do without, and the taint that this control plane gives to
# every new node until its kubelet has reported.
FILLED_IN = {"Service.spec.ports[].nodePort", "Node.spec.taints"}


def load():
    folder = os.path.join(TMP, "cluster")
    words = ["--mended"] if VARIANT == "mended" else []
    subprocess.run([os.path.join(TOP, "examples/game-platform/cluster/generate"), *words, folder], check=True)
    for name in FILES:
        with open(os.path.join(folder, name + ".json"), encoding="utf-8") as file:
            yield from json.load(file)["items"]


def older(item):
    item["apiVersion"] = "batch/v1beta1" if item["kind"] == "CronJob" else OLDER.get(item["apiVersion"], item["apiVersion"])
    # Given by the server, or known by another object's identity there.
    for key in ("resourceVersion", "uid"):
        item["metadata"].pop(key)
    return item


# Others play the platform in the same cluster: what is the cluster's own has a name of this test.
def own_name(name):
    return "e2e-%s-%s" % (VARIANT, name)


def is_theirs(name):
    return name in ("default", "kube-system") or name.startswith("system-")


def renamed(value, key=None):
    if isinstance(value, dict):
        return {k: renamed(v, k) for k, v in value.items()}
    if isinstance(value, list):
        return [renamed(v, "namespace" if key == "namespaces" else None) for v in value]
    if key in ("namespace", "priorityClassName") and not is_theirs(value):
        return own_name(value)
    return value


def own(item):
    item = renamed(item)
    if item["kind"] in ("Namespace", "PriorityClass"):
        item["metadata"]["name"] = own_name(item["metadata"]["name"])
    return item


def is_built_in(item):
    return item["metadata"]["name"] in ("kube-system", "system-cluster-critical", "system-node-critical")


def kubectl(items, *arguments):
    path = os.path.join(TMP, "items.json")
    with open(path, "w", encoding="utf-8") as file:
        json.dump({"apiVersion": "v1", "kind": "List", "items": items}, file)
    return subprocess.run([KUBECTL, arguments[0], "-f", path, *arguments[1:]], capture_output=True, text=True)


def values(text):
    decoder, at = json.JSONDecoder(), 0
    while text[at:].strip():
        at += len(text[at:]) - len(text[at:].lstrip())
        value, at = decoder.raw_decode(text, at)
        yield from value["items"] if value["kind"] == "List" else [value]


def differences(sent, got, path):
    if isinstance(sent, dict) and isinstance(got, dict):
        for key in sorted(sent.keys() | got.keys()):
            here = "%s.%s" % (path, key)
            if key not in sent:
                if here not in FILLED_IN:
                    yield here + ": filled in by the server"
            elif key not in got:
                if here not in NEWER_FIELDS:
                    yield here + ": dropped by the server"
            elif here not in FILLED_IN:
                yield from differences(sent[key], got[key], here)
    elif isinstance(sent, list) and isinstance(got, list) and len(sent) == len(got):
        for one, other in zip(sent, got):
            yield from differences(one, other, path + "[]")
    elif sent != got:
        yield "%s: %r became %r" % (path, sent, got)


def identity(item):
    return item["kind"], item["metadata"].get("namespace"), item["metadata"]["name"]


def main():
    items = [own(older(item)) for item in load() if not is_built_in(item)]
    needed = [i for i in items if i["kind"] in ("Namespace", "PriorityClass")]
    # A Job's labels hold the identity that the server gave it: no server takes them from somebody else.
    rest = [i for i in items if i["kind"] not in ("Namespace", "PriorityClass", "Job")]
    # Unknown fields are judged here: kubectl would refuse those that are newer.
    made = kubectl(needed, "create", "--validate=false")
    if made.returncode:
        sys.exit(made.stderr)
    try:
        answer = kubectl(rest, "create", "--validate=false", "--dry-run=server", "-o", "json")
    finally:
        gone = kubectl(needed, "delete", "--wait=false")
    if gone.returncode:
        sys.exit(gone.stderr)
    problems = answer.stderr.splitlines()
    got = {identity(item): item for item in values(answer.stdout)}
    for item in rest:
        back = got.get(identity(item))
        if back:
            problems += differences(item.get("spec", {}), back.get("spec", {}), item["kind"] + ".spec")
        elif not problems:
            problems.append("%s %s/%s: no answer" % identity(item))
    for problem in sorted(set(problems)):
        print("not ok: " + problem)
    print("%d objects sent, %d came back, %d differences" % (len(rest), len(got), len(set(problems))))
    return bool(problems) or len(rest) < 300


if len(sys.argv) > 1:
    VARIANT = sys.argv[1]
    sys.exit(main())
sys.exit(max(subprocess.run([sys.executable, __file__, variant]).returncode for variant in ("example", "mended")))
