#!/usr/bin/env python3
"""Migrated manifests are what the project's own converter makes of them, and a real API server takes them.

1. Every YAML and JSON manifest of the Kubernetes 1.20.2 source tree goes through `toban migrate`; what changed is
   compared, as an object with the defaults of its new version, with what kubectl-convert makes of the original.
2. Manifests of every kind that 1.20.2 serves in both versions, and the example platform, are migrated and sent to
   the server as a dry run.
"""
import json
import os
import shutil
import subprocess
import sys

import yaml

TOBAN, KUBECTL, TMP = os.environ["TOBAN"], os.environ["KUBECTL"], os.environ["E2E_TMP"]
CONVERT = os.path.join(os.environ["KUBE_ASSETS"], "kubectl-convert")
HERE = os.path.dirname(os.path.abspath(__file__))
# what the tree's own converter knows; custom resource definitions and API services live in other servers
CONVERTED = {"apps/v1", "policy/v1beta1", "rbac.authorization.k8s.io/v1", "storage.k8s.io/v1", "scheduling.k8s.io/v1",
             "coordination.k8s.io/v1", "certificates.k8s.io/v1", "autoscaling/v2beta2", "batch/v1"}
# what only the API server converts
SERVED = {"Ingress": "ingresses.v1.networking.k8s.io", "IngressClass": "ingressclasses.v1.networking.k8s.io",
          "RuntimeClass": "runtimeclasses.v1.node.k8s.io",
          "ValidatingWebhookConfiguration": "validatingwebhookconfigurations.v1.admissionregistration.k8s.io",
          "MutatingWebhookConfiguration": "mutatingwebhookconfigurations.v1.admissionregistration.k8s.io",
          "APIService": "apiservices.v1.apiregistration.k8s.io"}
# what converters and servers add
NOISE = {"status", "creationTimestamp", "uid", "resourceVersion", "generation", "selfLink", "managedFields",
         "deprecated.deployment.rollback.to", "deprecated.daemonset.template.generation"}
failures = []


def check(ok, message):
    if not ok:
        failures.append(message)
        print("FAILED:", message, flush=True)


def run(*command, **more):
    return subprocess.run(command, capture_output=True, text=True, check=False, **more)


class Loader(yaml.CSafeLoader):
    """Dates stay text, as they do in Kubernetes."""


Loader.yaml_implicit_resolvers = {
    key: [r for r in found if r[0] != "tag:yaml.org,2002:timestamp"]
    for key, found in yaml.CSafeLoader.yaml_implicit_resolvers.items()}


def documents(path):
    with open(path, encoding="utf-8") as f:
        found = list(yaml.load_all(f, Loader))
    flat = []
    for doc in found:
        if isinstance(doc, dict) and str(doc.get("kind", "")).endswith("List") and "items" in doc:
            flat += doc["items"] or []
        else:
            flat.append(doc)
    return [d for d in flat if isinstance(d, dict) and "kind" in d and "apiVersion" in d]


def without_noise(value):
    """Without what converter and server add, and without empty values."""
    if isinstance(value, dict):
        clean = {k: without_noise(v) for k, v in value.items() if k not in NOISE}
        if "containerResource" in clean:  # this converter loses the container's name
            clean["containerResource"].pop("container", None)
        return {k: v for k, v in clean.items() if v not in (None, {}, [])}
    if isinstance(value, list):
        return [without_noise(v) for v in value]
    return value


def convert(doc, version):
    path = os.path.join(TMP, "convert.json")
    with open(path, "w", encoding="utf-8") as f:
        json.dump(doc, f)
    r = run(CONVERT, "-f", path, "--output-version", version, "-o", "json", "--validate=false")
    return without_noise(json.loads(r.stdout)) if r.returncode == 0 else r.stderr


def stored(doc, resource):
    """What the server makes of a new object, read in another version."""
    path = os.path.join(TMP, "stored.json")
    with open(path, "w", encoding="utf-8") as f:
        json.dump(doc, f)
    made = run(KUBECTL, "create", "-f", path)
    got = run(KUBECTL, "get", resource, doc["metadata"]["name"], "-o", "json")
    run(KUBECTL, "delete", "-f", path, "--wait=true")
    return without_noise(json.loads(got.stdout)) if got.returncode == 0 else made.stderr + got.stderr


def migrate(folder, *options):
    r = run(TOBAN, "migrate", "-o", "json", *options, folder)
    check(r.returncode in (0, 2, 3), f"migrate {folder}: exit {r.returncode}: {r.stderr[-500:]}")
    return json.loads(r.stdout)


def compare_with_converter():
    source, tree = os.environ["KUBE_SRC"], os.path.join(TMP, "tree")
    shutil.copytree(source, tree, ignore=shutil.ignore_patterns(".git"))
    options = ["--from", "1.20", "--to", "1.22"]
    report = migrate(tree, *options, "--write")
    again = migrate(tree, *options, "--write")
    check(again["summary"]["changes"] == 0, f"a second run changes {again['summary']['changes']} objects")
    compared = 0
    for entry in report["files"]:
        path = entry["name"]
        relative = os.path.relpath(path, tree)
        try:
            old, new = documents(os.path.join(source, relative)), documents(path)
        except yaml.YAMLError:
            continue  # a template: its text is compared by the unit tests
        check(len(old) == len(new), f"{relative}: {len(old)} documents became {len(new)}")
        for before, after in zip(old, new):
            version = after["apiVersion"]
            if before == after or version not in CONVERTED:
                continue
            wanted, got = convert(before, version), convert(after, version)
            check(wanted == got, f"{relative}: {before['kind']}: the converter says\n{wanted}\nand of ours\n{got}")
            compared += 1
    print(f"{report['summary']['objects']} objects looked at, {report['summary']['changes']} changed, "
          f"{compared} compared with kubectl-convert")
    check(report["summary"]["changes"] > 20 and compared > 10, "too little was compared")


def compare_cases():
    """The same comparison for manifests written for this: every kind with changes of its own."""
    folder = os.path.join(TMP, "cases")
    shutil.copytree(os.path.join(HERE, "migrate"), folder)
    old = {n: documents(os.path.join(folder, n)) for n in sorted(os.listdir(folder))}
    migrate(folder, "--from", "1.20", "--to", "1.22", "--write")
    for name, before in old.items():
        path = os.path.join(folder, name)
        after = documents(path)
        for b, a in zip(before, after):
            check(b["apiVersion"] != a["apiVersion"], f"{name}: {b['kind']} was not migrated")
            if a["apiVersion"] in CONVERTED:
                wanted, got = convert(b, a["apiVersion"]), convert(a, a["apiVersion"])
                check(wanted == got, f"{name}: {b['kind']}: the converter says\n{wanted}\nand of ours\n{got}")
            elif b["kind"] in SERVED:
                wanted, got = stored(b, SERVED[b["kind"]]), stored(a, SERVED[a["kind"]])
                check(wanted == got, f"{name}: {b['kind']}: the server makes\n{wanted}\nand of ours\n{got}")
        server_takes(path)


def server_takes(path):
    r = run(KUBECTL, "apply", "--dry-run=server", "-f", path)
    check(r.returncode == 0, f"{path}: {r.stderr}")


def send_example():
    """The example platform: what the server takes before, it takes after."""
    source, folder = os.path.join(os.environ["TOP"], "examples", "game-platform"), os.path.join(TMP, "platform")
    shutil.copytree(source, folder)
    report = migrate(folder, "--from", "1.20", "--to", "1.22", "--write")
    sent = 0
    spaces = set()
    for entry in report["files"]:
        try:
            docs = documents(entry["name"])
        except yaml.YAMLError:
            continue
        for doc in docs:
            space = doc.get("metadata", {}).get("namespace")
            if space and space not in spaces:
                run(KUBECTL, "create", "namespace", space)
                spaces.add(space)
    changed = {(c["subject"]["file"], c["subject"]["kind"], c["subject"]["name"]) for c in report["changes"]}
    for entry in report["files"]:
        try:
            docs = documents(entry["name"])
        except yaml.YAMLError:
            continue
        for doc in docs:
            if (entry["name"], doc["kind"], doc.get("metadata", {}).get("name")) not in changed or "cert-manager" in doc["apiVersion"]:
                continue
            path = os.path.join(TMP, "one.json")
            with open(path, "w", encoding="utf-8") as f:
                json.dump(doc, f)
            r = run(KUBECTL, "apply", "--dry-run=server", "-f", path)
            check(r.returncode == 0, f"{entry['name']}: {doc['kind']}: {r.stderr}")
            sent += 1
    print(f"{sent} objects of the example platform taken by the server")
    check(sent > 10, "too little was sent")


def diff_applies():
    """The printed patch, given to git apply, makes what --write makes."""
    a, b = os.path.join(TMP, "a"), os.path.join(TMP, "b")
    for folder in (a, b):
        shutil.copytree(os.path.join(HERE, "migrate"), folder)
    patch = run(TOBAN, "migrate", "--diff", "--to", "1.22", ".", cwd=a).stdout
    r = run("git", "apply", "-", cwd=a, input=patch, env=dict(os.environ, GIT_CEILING_DIRECTORIES=TMP))
    check(r.returncode == 0, f"git apply: {r.stderr}")
    migrate(b, "--to", "1.22", "--write")
    check(run("diff", "-r", a, b).returncode == 0, "--diff and --write differ")


def main():
    diff_applies()
    compare_cases()
    compare_with_converter()
    send_example()
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
