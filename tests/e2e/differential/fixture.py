"""Records as files: tests/data/differential/NAME.json holds a scenario, what was asked and what was answered.

    {"name", "about", "base": [objects],
     "steps": [{"set": [objects], "drop": [keys], "pod" | "evict" | "drain", "answer"}]}

The world of a step is that of the step before, less `drop`, with `set` added or put in place; the first one's is
`base`, and a pod that a step placed is on its node in the next. Scores are in the order of the feasible nodes. Objects
are as the server gave them, without what decides nothing; uids and times are numbered, so that recording again changes
little.
"""
import datetime
import json
import os
import re

NOISE = {"managedFields", "resourceVersion", "selfLink", "finalizers", "generateName", "dnsPolicy", "imagePullPolicy",
         "terminationMessagePath", "terminationMessagePolicy", "securityContext", "enableServiceLinks", "qosClass",
         "daemonEndpoints", "nodeInfo", "capacity", "lastProbeTime", "lastTransitionTime", "lastHeartbeatTime",
         "blockOwnerDeletion", "revisionHistoryLimit", "progressDeadlineSeconds", "serviceAccount", "sessionAffinity",
         "addresses", "providerID", "volumeMode", "ipFamilies", "ipFamilyPolicy", "clusterIP", "clusterIPs",
         "collisionCount", "deletionGracePeriodSeconds"}
# Of a node's capacity nothing is asked, but a volume's says how large it is.
KEPT = {("PersistentVolume", "capacity")}
# What is there and empty differs from what is not there.
EMPTY = {"selector", "labelSelector", "preference", "emptyDir"}
ANNOTATIONS = "pv.kubernetes.io/", "volume.kubernetes.io/"
GIVEN_TO_ALL = ("node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable")
# What the server fills in for every pod, left out and put back.
USUAL = {"restartPolicy": "Always", "schedulerName": "default-scheduler", "terminationGracePeriodSeconds": 30,
         "priority": 0}
UID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
TIME = re.compile(r"20(?!21)\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ")


def pruned(value, kind):
    if isinstance(value, list):
        return [pruned(v, kind) for v in value]
    if not isinstance(value, dict):
        return value
    found = {k: pruned(v, kind) for k, v in value.items() if (k not in NOISE or (kind, k) in KEPT) and v is not None}
    if "tolerations" in found:
        found["tolerations"] = [t for t in found["tolerations"] if t.get("key") not in GIVEN_TO_ALL
                                or t.get("tolerationSeconds") != 300]
    if "conditions" in found:
        found["conditions"] = [{"type": c["type"], "status": c["status"]} for c in found["conditions"]
                               if c["type"] in ("PodScheduled", "Ready")]
    if "annotations" in found:
        found["annotations"] = {k: v for k, v in found["annotations"].items() if k.startswith(ANNOTATIONS)}
    if found.get("preemptionPolicy") == "PreemptLowerPriority":
        del found["preemptionPolicy"]
    if "containers" in found and kind == "Pod":
        found = {k: v for k, v in found.items() if USUAL.get(k) != v}
    return {k: v for k, v in found.items() if v not in ({}, []) or k in EMPTY}


def numbered(record):
    """The same record with uids and times replaced by their number, in order."""
    text = json.dumps(record, sort_keys=True)
    uids = {u: f"00000000-0000-4000-8000-{i:012d}" for i, u in enumerate(dict.fromkeys(UID.findall(text)))}
    start = datetime.datetime(2021, 6, 1)
    times = {t: (start + datetime.timedelta(seconds=i)).strftime("%Y-%m-%dT%H:%M:%SZ")
             for i, t in enumerate(sorted(set(TIME.findall(text))))}
    text = UID.sub(lambda m: uids[m.group()], text)
    return json.loads(TIME.sub(lambda m: times[m.group()], text))


def key(obj):
    meta = obj["metadata"]
    return "/".join((obj["kind"], meta.get("namespace", ""), meta["name"]))


def placed(pod, node):
    """The same pod once it is bound."""
    bound = {"conditions": [{"type": "PodScheduled", "status": "True"}]}
    return {**pod, "spec": {**pod["spec"], "nodeName": node}, "status": {**pod["status"], **bound}}


def whole(obj):
    return {**obj, "spec": {**USUAL, **obj["spec"]}} if obj["kind"] == "Pod" else obj


def packed(record):
    """A record, whose steps carry whole worlds, as a fixture, whose steps carry what changed."""
    found = {"name": record["name"], "about": record["about"], "base": [], "steps": []}
    before = {}
    for i, step in enumerate(numbered(record["steps"])):
        world = {key(o): pruned(o, o["kind"]) for o in step["world"]}
        if i == 0:
            asked = "Pod/" + step.get("pod", "")
            found["base"] = [o for k, o in world.items() if k != asked]
            before = {k: o for k, o in world.items() if k != asked}
        rest = {k: v for k, v in step.items() if k != "world"}
        answer = dict(rest["answer"])
        if "scores" in answer:
            answer["scores"] = {plugin: [scores[n] for n in answer["feasible"]]
                                for plugin, scores in answer["scores"].items()}
        found["steps"].append({"set": [o for k, o in world.items() if before.get(k) != o],
                               "drop": [k for k in before if k not in world], **rest, "answer": answer})
        before = after(world, step)
    return found


def after(world, step):
    """The world as it is to be expected behind the step."""
    asked, node = "Pod/" + step.get("pod", ""), step["answer"].get("node")
    return {**world, asked: placed(world[asked], node)} if node else world


def unpacked(fixture):
    """The steps of a fixture, each with its whole world."""
    world = {key(o): o for o in fixture["base"]}
    for step in fixture["steps"]:
        for gone in step["drop"]:
            del world[gone]
        world = {**world, **{key(o): o for o in step["set"]}}
        answer = dict(step["answer"])
        if "scores" in answer:
            answer["scores"] = {plugin: dict(zip(answer["feasible"], scores))
                                for plugin, scores in answer["scores"].items()}
        rest = {k: v for k, v in step.items() if k not in ("set", "drop")}
        yield {**rest, "world": [whole(o) for o in world.values()], "answer": answer}
        world = after(world, step)


def save(record, folder):
    """One object a line: short, and a change shows as a change of lines."""
    fixture = packed(record)

    def line(value):
        return json.dumps(value, sort_keys=True, separators=(",", ":"))

    def block(values, indent):
        return "[" + ",".join("\n" + indent + line(v) for v in values) + "]"
    steps = []
    for step in fixture["steps"]:
        rest = [f'"{k}":{line(v)}' for k, v in step.items() if k != "set"]
        steps.append("\n{" + ",\n ".join([f'"set":{block(step["set"], "  ")}', *rest]) + "}")
    with open(os.path.join(folder, fixture["name"] + ".json"), "w", encoding="utf-8") as f:
        f.write(f'{{"name":{line(fixture["name"])},\n"about":{line(fixture["about"])},\n'
                f'"base":{block(fixture["base"], " ")},\n"steps":[{",".join(steps)}\n]}}\n')


def load(path):
    with open(path, encoding="utf-8") as f:
        return json.load(f)
