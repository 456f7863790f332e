#!/usr/bin/env python3
"""Patches on the real API server and by the pocket's code: equal objects, equal refusals, equal managedFields.

The server is asked with dryRun=All; the pocket's result is written back with a dry run as well, so that both went through
the server's defaults. Generated from a fixed seed."""
import copy
import difflib
import http.client
import json
import os
import random
import ssl
import subprocess
import sys

import yaml

PKI, SERVER = os.environ["E2E_PKI"], os.environ["E2E_SERVER"]
DRIVER = os.path.join(os.path.dirname(os.environ["TOBAN"]), "tests", "e2e", "patch_driver")
with open(os.environ["KUBECONFIG"], encoding="utf-8") as config:
    TOKEN = yaml.safe_load(config)["users"][0]["user"]["token"]
TLS = ssl.create_default_context(cafile=os.path.join(PKI, "ca.crt"))
SPACE = "pocket-patch"
ROUNDS = int(os.environ.get("ROUNDS", "60"))
TYPES = {
    "json": "application/json-patch+json",
    "merge": "application/merge-patch+json",
    "strategic": "application/strategic-merge-patch+json",
    "apply": "application/apply-patch+yaml",
}
POD = {
    "metadata": {"labels": {"app": "a"}},
    "spec": {
        "containers": [
            {"name": "a", "image": "x:1", "env": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}],
             "ports": [{"containerPort": 80, "protocol": "TCP"}, {"containerPort": 81, "name": "b"}],
             "volumeMounts": [{"mountPath": "/a", "name": "v"}]},
            {"name": "b", "image": "y:1", "command": ["x", "y"]},
        ],
        "volumes": [{"name": "v", "emptyDir": {}}, {"name": "w", "configMap": {"name": "c", "optional": True}}],
        "tolerations": [{"key": "a", "operator": "Exists"}],
        "hostAliases": [{"ip": "10.0.0.1", "hostnames": ["a"]}],
        "imagePullSecrets": [{"name": "s"}],
        "nodeSelector": {"zone": "a"},
    },
}
OBJECTS = {
    "/apis/apps/v1/namespaces/pocket-patch/deployments": {
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": "d", "labels": {"app": "a"}, "annotations": {"x": "y"}, "finalizers": ["e.org/a", "e.org/b"]},
        "spec": {"replicas": 0, "selector": {"matchLabels": {"app": "a"}}, "template": POD},
    },
    "/api/v1/namespaces/pocket-patch/configmaps": {
        "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "d", "labels": {"a": "b"}}, "data": {"a": "1", "b": "2"},
    },
    "/api/v1/namespaces/pocket-patch/services": {
        "apiVersion": "v1", "kind": "Service", "metadata": {"name": "d"},
        "spec": {"selector": {"a": "b"}, "ports": [{"name": "a", "port": 80, "protocol": "TCP"}, {"name": "b", "port": 81, "protocol": "TCP"}]},
    },
}
CONNECTION = http.client.HTTPSConnection(SERVER.split("//")[1], context=TLS, timeout=30)
PROCESS = subprocess.Popen([DRIVER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def call(method, path, body=None, kind="application/json"):
    """Status and answer; 599 where the server's handler panicked, as that of 1.20.2 does on some JSON patches."""
    CONNECTION.request(method, path, None if body is None else json.dumps(body), {
        "Authorization": f"Bearer {TOKEN}", "Content-Type": kind})
    try:
        answer = CONNECTION.getresponse()
    except http.client.RemoteDisconnected:
        CONNECTION.close()
        return 599, {"message": "panic"}
    return answer.status, json.loads(answer.read())


def pocket(**request):
    PROCESS.stdin.write(json.dumps(request) + "\n")
    PROCESS.stdin.flush()
    return json.loads(PROCESS.stdout.readline())


def bare(thing):
    """What both must agree on."""
    thing = copy.deepcopy(thing)
    for key in ("managedFields", "resourceVersion", "generation", "creationTimestamp", "selfLink"):
        thing.get("metadata", {}).pop(key, None)
    notes = thing["metadata"].pop("annotations", None) or {}
    notes.pop("deployment.kubernetes.io/revision", None)
    if notes:
        thing["metadata"]["annotations"] = notes
    thing.pop("status", None)
    return thing


def differences(theirs, mine):
    """The lines that differ, as YAML."""
    texts = [yaml.safe_dump(bare(thing)).splitlines() for thing in (theirs, mine)]
    return "\n".join(difflib.unified_diff(*texts, "they", "we", n=1, lineterm=""))


def owners(thing):
    """All but the controllers, which write at any time."""
    return sorted(json.dumps({k: v for k, v in entry.items() if k != "time"}, sort_keys=True)
                  for entry in thing["metadata"].get("managedFields", []) if entry["manager"] != "kube-controller-manager")


def holders(refusal):
    """With whom there is a conflict, and in how many fields. Which ones 1.20 tells wrong: paths of one length overwrite
    each other."""
    return sorted(cause["message"] for cause in refusal["causes"])


def closed(theirs, ours):
    """1.20 took a list or map that is owned as such for an atomic one of an older schema, and opened it into its parts;
    later versions leave it, and so do we."""
    if ours == {} and "." in theirs:
        return {}
    return {key: closed(value, ours[key]) if key in ours else value for key, value in theirs.items()}


def opens(live):
    """True when 1.20 will do so with a list of environment variables."""
    for entry in (live or {}).get("metadata", {}).get("managedFields", []):
        template = entry["fieldsV1"].get("f:spec", {}).get("f:template", {}).get("f:spec", {})
        for fields in template.get("f:containers", {}).values():
            if fields.get("f:env") == {}:
                return True
    return False


def owned_alike(theirs, ours):
    mine = {(e["manager"], e["operation"]): e["fieldsV1"] for e in ours["metadata"].get("managedFields", [])}
    later = copy.deepcopy(theirs)
    for entry in later["metadata"].get("managedFields", []):
        entry["fieldsV1"] = closed(entry["fieldsV1"], mine.get((entry["manager"], entry["operation"]), entry["fieldsV1"]))
    return owners(later) == owners(ours)


def other_owners(theirs, ours):
    texts = ["\n".join(json.dumps(json.loads(entry), indent=1, sort_keys=True) for entry in owners(thing)).splitlines()
             for thing in (theirs, ours)]
    return "\n".join(difflib.unified_diff(*texts, "they", "we", n=3, lineterm=""))


# ---- what to ask ----

def strategic_pod(r):
    container = {"name": r.choice("aac"), "image": r.choice(["x:1", "z:9"])}
    for _ in range(r.randrange(3)):
        container.update(r.choice([
            {"env": [{"name": r.choice("ABC"), "value": r.choice("12")}]},
            {"env": [{"name": r.choice("AB"), "$patch": "delete"}]},
            {"env": [{"$patch": "replace"}, {"name": "Z", "value": "9"}]},
            {"ports": [{"containerPort": r.choice([80, 81, 82]), "protocol": "TCP"}]},
            {"volumeMounts": [{"mountPath": r.choice(["/a", "/b"]), "name": "v", "readOnly": True}]},
            {"command": ["c"]}, {"command": None}, {"resources": {"requests": {"cpu": "1"}}},
            {"$setElementOrder/env": [{"name": "B"}, {"name": "A"}]},
        ]))
    return r.choice([
        {"containers": [container]},
        {"containers": [container, {"name": "b", "image": "q:1"}], "$setElementOrder/containers": [{"name": container["name"]}, {"name": "b"}]},
        {"$setElementOrder/containers": [{"name": "b"}, {"name": "a"}]},
        {"containers": [{"name": r.choice("ab"), "$patch": "delete"}]},
        {"tolerations": [{"key": r.choice("ab"), "operator": "Exists"}]},
        {"volumes": [{"name": r.choice("vu"), "$retainKeys": ["name", "hostPath"], "hostPath": {"path": "/x"}}]},
        {"volumes": [{"name": "v", "$patch": "delete"}]},
        {"hostAliases": [{"ip": r.choice(["10.0.0.1", "10.0.0.2"]), "hostnames": ["b"]}]},
        {"imagePullSecrets": [{"name": r.choice("st")}]},
        {"nodeSelector": r.choice([None, {"zone": None, "b": "c"}, {"$patch": "replace", "q": "r"}])},
    ])


def strategic(r, kind):
    meta = r.choice([
        {}, {"labels": {"app": "a", "n": r.choice(["1", None])}}, {"annotations": r.choice([None, {"x": None, "z": "1"}])},
        {"finalizers": r.choice([["e.org/c"], ["e.org/b", "e.org/a"]])}, {"$deleteFromPrimitiveList/finalizers": ["e.org/a"]},
        {"$setElementOrder/finalizers": ["e.org/b", "e.org/a"]},
        {"ownerReferences": [{"uid": r.choice(["1-2-3", "4"]), "apiVersion": "v1", "kind": "ConfigMap", "name": "p"}]},
    ])
    # 1.20 takes directives and nulls for values where nothing is there; later versions drop them, and so do we.
    if kind != "Deployment" and ("$deleteFromPrimitiveList/finalizers" in meta or meta.get("annotations")
                                 or None in meta.get("labels", {}).values()):
        meta = {}
    patch = {"metadata": meta}
    if kind == "Deployment":
        patch["spec"] = r.choice([{"replicas": r.choice([0, 1, None])}, {"template": {"spec": strategic_pod(r)}},
                                  {"strategy": {"$retainKeys": ["type"], "type": "Recreate"}},
                                  {"strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 2}}}])
    elif kind == "ConfigMap":
        patch["data"] = r.choice([{"a": None, "c": "3"}, None, {"$patch": "replace", "z": "0"}, {"$patch": "delete"}])
    else:
        patch["spec"] = {"ports": r.choice([
            [{"port": r.choice([80, 82]), "name": r.choice("ac"), "targetPort": 8}], [{"port": 80, "$patch": "delete"}],
            [{"$patch": "replace"}, {"port": 9, "name": "z"}], [{"name": "a"}]])}
    return patch


def paths(value, at=""):
    yield at
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else []:
        yield from paths(inner, f"{at}/{str(key).replace('~', '~0').replace('/', '~1')}")


def found(value, path):
    for step in path.split("/")[1:]:
        step = step.replace("~1", "/").replace("~0", "~")
        value = value[int(step)] if isinstance(value, list) else value[step]
    return value


def json_patch(r, live):
    known = [path for path in paths({key: live[key] for key in ("spec", "data", "metadata") if key in live})
             if path.count("/") > 1 and "managedFields" not in path and "resourceVersion" not in path]
    operations = []
    for _ in range(r.randrange(1, 4)):
        path = r.choice(known)
        op = r.choice(["add", "remove", "replace", "test", "copy", "move", "test", "add"])
        step = {"op": op, "path": path}
        if op in ("copy", "move"):
            step["from"] = r.choice(known)
        elif op != "remove":
            step["value"] = found(live, path) if r.random() < .7 else r.choice(["new", 3, None, {}, ["x"]])
        if r.random() < .15 and op != "replace":  # 1.20 also replaces what is not there, later versions do not
            step["path"] = path.rsplit("/", 1)[0] + r.choice(["/-", "/0", "/7", "/zz", "/-1"])
        operations.append(step)
    return operations


def merge_patch(r, kind):
    patch = strategic(r, kind)
    text = json.dumps(patch)
    return patch if "$" not in text else {"metadata": {"labels": {"m": r.choice(["1", None])}, "annotations": r.choice([None, {"q": "r"}])}}


# ---- comparing ----

def compare(what, path, live, kind, patch, failures):
    status, theirs = call("PATCH", f"{path}/d?dryRun=All", patch, TYPES[kind])
    if status == 599:
        return status
    ours = pocket(type=kind, object=live, patch=patch)
    if "object" not in ours:
        if status != ours["code"]:
            failures.append(f"{what}: refused by us only: {ours}\n  they: {status} {theirs.get('message')}\n  {json.dumps(patch)}")
        elif theirs["message"].replace('"', "") != ours["message"].replace('"', "") and status in (400, 415):
            failures.append(f"{what}: other words: {ours['message']}\n  they: {theirs['message']}")
        return status
    sent = copy.deepcopy(ours["object"])
    if live["kind"] == "Deployment" and isinstance(sent.get("metadata"), dict):
        sent["metadata"].pop("resourceVersion", None)  # controllers write their status meanwhile
    written, mine = call("PUT", f"{path}/d?dryRun=All", sent)
    if (status < 300) != (written < 300):
        failures.append(f"{what}: they: {status} {theirs.get('message')}\n  we: {written} {mine.get('message')}\n  {json.dumps(patch)}")
    elif status < 300 and bare(theirs) != bare(mine):
        failures.append(f"{what}: other objects\n{differences(theirs, mine)}\n  {json.dumps(patch)}")
    return status


def plain_patches(failures):
    r, counts = random.Random(5), {}
    for path, thing in OBJECTS.items():
        for i in range(ROUNDS):
            for kind in ("json", "merge", "strategic"):
                status, live = call("GET", f"{path}/d")
                patch = {"json": lambda: json_patch(r, live), "merge": lambda: merge_patch(r, thing["kind"]),
                         "strategic": lambda: strategic(r, thing["kind"])}[kind]()
                status = compare(f"{kind} {thing['kind']} {i}", path, live, kind, patch, failures)
                counts[(kind, status)] = counts.get((kind, status), 0) + 1
    print("answers", sorted(counts.items()))


def intent(r, kind):
    # No empty maps: 1.20 lets nobody own them, later versions do. No empty lists: who owns one is not alike yet.
    labels = {key: r.choice("12") for key in r.sample("abcd", r.randrange(1, 4))}
    out = {"metadata": {"name": "s", "labels": labels}}
    if kind == "ConfigMap":
        out.update(apiVersion="v1", kind=kind, data={key: r.choice("12") for key in r.sample("abcdef", r.randrange(1, 4))})
        if r.random() < .3:
            out["metadata"]["finalizers"] = r.sample(["e.org/a", "e.org/b", "e.org/c"], r.randrange(3))
        return out
    container = {"name": "main", "image": r.choice(["x:1", "x:2"])}
    if r.random() < .6:
        container["env"] = [{"name": name, "value": r.choice("12")} for name in r.sample("ABCD", r.randrange(1, 4))]
    if r.random() < .5:
        container["ports"] = [{"containerPort": port, "protocol": "TCP"} for port in r.sample([80, 81, 82], r.randrange(1, 3))]
    if r.random() < .3:
        container["args"] = r.sample(["a", "b", "c"], 2)
    if r.random() < .3:
        container["resources"] = {"limits": {"cpu": r.choice(["1", "2"])}}
    containers = [container] + ([{"name": "side", "image": "y:1"}] if r.random() < .4 else [])
    spec = {"selector": {"matchLabels": {"app": "s"}},
            "template": {"metadata": {"labels": {"app": "s"}}, "spec": {"containers": containers}}}
    if r.random() < .5:
        spec["replicas"] = 0
    if r.random() < .3:
        spec["template"]["spec"]["tolerations"] = [{"key": r.choice("ab"), "operator": "Exists"}]
    if r.random() < .3:
        spec["template"]["spec"]["nodeSelector"] = {r.choice("ab"): "1"}
    out.update(apiVersion="apps/v1", kind=kind, spec=spec)
    return out


def apply_once(r, what, path, live, failures):
    kind = "ConfigMap" if "configmaps" in path else "Deployment"
    patch, manager, force = intent(r, kind), r.choice(["one", "two", "three"]), r.random() < .5
    status, theirs = call("PATCH", f"{path}/s?fieldManager={manager}&force={str(force).lower()}", patch, TYPES["apply"])
    ours = pocket(type="apply", object=live, patch=patch, manager=manager, force=force, time="2026-01-02T03:04:05Z")
    if opens(live):
        return (live if status >= 300 else theirs), status
    if status >= 300:
        if ours.get("code") != status and status != 422:
            failures.append(f"{what}: they: {status} {theirs['message']}\n  we: {json.dumps(ours)[:300]}\n  {json.dumps(patch)}")
        elif status == 409 and holders(theirs["details"]) != holders(ours):
            failures.append(f"{what}: other conflicts: {theirs['message']}\n {theirs['details']['causes']}\n  we: {ours}")
        return live, status
    if "object" not in ours:
        failures.append(f"{what}: refused by us only: {ours}\n  {json.dumps(patch)}")
        return theirs, status
    if not owned_alike(theirs, ours["object"]):
        failures.append(f"{what}: other owners\n{other_owners(theirs, ours['object'])}\n  {json.dumps(patch)}\n"
                        f"  live {owners(live) if live else None}")
    if live:
        written, mine = call("PUT", f"{path}/s?dryRun=All", dict(ours["object"], metadata={
            **ours["object"]["metadata"], "resourceVersion": theirs["metadata"]["resourceVersion"]}))
        if written == 409:  # a controller was faster
            return theirs, status
        if written >= 300 or bare(mine) != bare(theirs):
            failures.append(f"{what}: other objects\n{differences(theirs, mine)}\n  {json.dumps(patch)}")
    return theirs, status


def update_once(r, what, path, live, failures):
    manager, sent = r.choice(["one", "four"]), copy.deepcopy(live)
    for key in r.sample("abcde", 2):
        sent["metadata"].setdefault("labels", {})[key] = r.choice("123")
    sent["metadata"]["labels"].pop(r.choice("abcde"), None)
    if "data" in sent and sent["data"]:
        sent["data"].pop(sorted(sent["data"])[0])
    if "spec" in sent:
        sent["spec"]["template"]["spec"]["containers"][0]["env"] = [{"name": r.choice("ABE"), "value": r.choice("12")}]
    status, theirs = call("PUT", f"{path}/s?fieldManager={manager}", sent)
    if status == 409:  # a controller was faster
        return live
    if status >= 300:
        failures.append(f"{what}: {status} {theirs['message']}")
        return live
    after = copy.deepcopy(theirs)
    ours = pocket(type="update", object=live, patch=after, manager=manager, time="2026-01-02T03:04:05Z")
    if owners(theirs) != owners(ours["object"]):
        failures.append(f"{what}: other owners\n{other_owners(theirs, ours['object'])}\n  live {json.dumps(live)}\n  next {json.dumps(theirs)}")
    return theirs


def applies(failures):
    r, counts = random.Random(6), {}
    for path in list(OBJECTS)[:2]:
        live = None
        for i in range(ROUNDS):
            if live and r.random() < .05 and not live["metadata"].get("finalizers"):
                call("DELETE", f"{path}/s?propagationPolicy=Background")
                live = None
            if live and r.random() < .25:
                live = update_once(r, f"update {i}", path, live, failures)
            else:
                live, status = apply_once(r, f"apply {path.rsplit('/', 1)[1]} {i}", path, live, failures)
                counts[status] = counts.get(status, 0) + 1
            if live:  # controllers write too
                status, live = call("GET", f"{path}/s")
    print("applies", sorted(counts.items()))


def early(thing):
    """The object before the server allocated addresses: that belongs to nobody."""
    thing = bare(thing)
    if thing["kind"] == "Service":
        thing["spec"].pop("clusterIP")
        thing["spec"].pop("clusterIPs")
    return thing


def created(failures):
    for path, thing in OBJECTS.items():
        status, theirs = call("POST", f"{path}?fieldManager=maker", dict(thing))
        if status >= 300:
            sys.exit(f"FAIL cannot make {path}: {theirs}")
        ours = pocket(type="update", object=None, patch=early(theirs), manager="maker", time="2026-01-02T03:04:05Z")
        if owners(theirs) != owners(ours["object"]):
            failures.append(f"create {thing['kind']}: other owners\n{other_owners(theirs, ours['object'])}")


def clean():
    for path in OBJECTS:
        for name in "ds":
            call("PATCH", f"{path}/{name}", {"metadata": {"finalizers": None}}, TYPES["merge"])
            call("DELETE", f"{path}/{name}?propagationPolicy=Background")


def main():
    failures = []
    clean()
    call("POST", "/api/v1/namespaces", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": SPACE}})
    created(failures)
    plain_patches(failures)
    applies(failures)
    clean()
    for failure in failures[:int(os.environ.get("SHOW", "10"))]:
        print("FAIL", failure)
    sys.exit(f"{len(failures)} differences" if failures else 0)


main()
