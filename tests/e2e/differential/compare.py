"""Asks toban what the real control plane was asked, and says where the answers differ."""
import json
import os
import re
import subprocess

VERSION = "1.20.2"
# Weights of the default profile of 1.20: what the real scheduler prints are scores times these.
WEIGHTS = {"NodePreferAvoidPods": 10000, "PodTopologySpread": 2}

# Scenarios whose answers differ, and why; docs/simulator.md tells more.
INTENDED = {"volume-in-use": "volumes written into a pod itself are not read: only claims are"}
# A claim that is not there has no name in a world.
UNNAMED = re.compile(r'persistentvolumeclaim "[^"]*" not found')


class Driver:
    """sched_driver on worlds in a file of its own."""

    def __init__(self, program, folder):
        self.program, self.path = program, os.path.join(folder, "world.json")

    def ask(self, world, *words):
        with open(self.path, "w", encoding="utf-8") as f:
            json.dump({"apiVersion": "v1", "kind": "List", "items": world}, f)
        done = subprocess.run([self.program, self.path, VERSION, *words], capture_output=True, text=True, check=False,
                              timeout=60)
        if done.returncode:
            return {"failed": f"exit {done.returncode}: {done.stderr.strip()[-600:]}"}
        return json.loads(done.stdout)


def differing(what, real, ours):
    return [] if real == ours else [f"{what}: real {json.dumps(real)}, ours {json.dumps(ours)}"]


def weighted(scores):
    return {plugin: {node: score * WEIGHTS.get(plugin, 1) for node, score in nodes.items()}
            for plugin, nodes in scores.items()}


def placement(step, driver):
    real, ours = step["answer"], driver.ask(step["world"], "pick", step["pod"])
    if "failed" in ours:
        return [ours["failed"]]
    if len([o for o in step["world"] if o["kind"] == "Node"]) >= 100:
        # It stops when it has found enough, and which nodes those are is left to chance.
        return differing("nodes found", len(real["feasible"]), ours["found"])
    found = differing("feasible", real["feasible"], sorted(ours["feasible"]))
    if found or not real["feasible"]:
        return found + refusal(step["answer"], ours)
    # A single feasible node is taken without scores.
    for plugin, scores in real["scores"].items():
        found += differing(plugin, scores, weighted(ours["scores"]).get(plugin))
    totals = [sum(scores[n] for scores in real["scores"].values()) for n in real["feasible"]]
    best = [n for n, total in zip(real["feasible"], totals) if total == max(totals)]
    if ours["node"] not in best:
        found.append(f"node: ours {ours['node']}, best are {best}")
    return found


def refusal(real, ours):
    if real["feasible"]:
        return []
    message = UNNAMED.sub("persistentvolumeclaim not found", real["message"])
    return (differing("message", message, ours.get("message")) +
            differing("nominated", real.get("nominated"), ours.get("nominated")) +
            differing("victims", real.get("victims"), sorted(ours.get("victims", []))))


def status_of(obj):
    return {name: obj.get("status", {}).get(name, 0)
            for name in ("expectedPods", "currentHealthy", "desiredHealthy", "disruptionsAllowed")}


def answer(real, ours):
    detail = real["causes"][0]["message"] if real["causes"] else ""
    return (differing("code", real["code"], ours["code"]) + differing("message", real["message"], ours["message"]) +
            differing("cause", detail, ours["detail"]) + differing("retry", real["retry"], ours["retry"]))


def eviction(step, driver):
    ours = driver.ask(step["world"], "evict", step["evict"], *(["dry"] if step["dry"] else []))
    if "failed" in ours:
        return [ours["failed"]]
    found = answer(step["answer"], ours["answer"])
    for obj in step["world"]:
        if obj["kind"] == "PodDisruptionBudget":
            name = obj["metadata"]["name"]
            found += differing(f"status of {name}", status_of(obj), ours["budgets"].get(name))
    return found


def order_of(events):
    """What must agree: each StatefulSet pod's events but when its old self went, and, of others, how many were made
    and ready, and whether each was made before or after an old one was gone."""
    named = [e for e in events if e.split()[1] not in ("old", "new") and not e.startswith("gone")]
    words = [e.split()[0] for e in events if e.split()[1] in ("old", "new")]
    counts = {w: words.count(w) for w in ("made", "ready", "gone")}
    first = "made" if "made" in words and words.index("made") < words.index("gone") else "gone"
    return named, counts, first if words else ""


def drain(step, driver):
    real, ours = step["answer"], driver.ask(step["world"], "drain", step["drain"], *step["pods"])
    if "failed" in ours:
        return [ours["failed"]]
    found = []
    for theirs, mine in zip(real["evictions"], ours["evictions"]):
        found += answer(theirs, mine)
    parallel = any(o["kind"] == "StatefulSet" and o["spec"].get("podManagementPolicy") == "Parallel"
                   for o in step["world"])
    theirs, mine = order_of(real["events"]), order_of(ours["events"])
    if parallel:
        theirs, mine = (sorted(theirs[0]), *theirs[1:]), (sorted(mine[0]), *mine[1:])
    return found + differing("order", theirs, mine) + differing("nodes", real["nodes"], sorted(ours["nodes"]))


def step_differences(step, driver):
    for word, compare in (("pod", placement), ("evict", eviction), ("drain", drain)):
        if word in step:
            return [f"{word} {step[word]}: {text}" for text in compare(step, driver)]
    raise ValueError("a step that asks nothing")


def differences(name, steps, driver):
    """Of a whole scenario. One that is meant to differ must."""
    found = [f"{name}: {text}" for step in steps for text in step_differences(step, driver)]
    if name in INTENDED:
        return [] if found else [f"{name}: agrees, but is listed as different: {INTENDED[name]}"]
    return found
