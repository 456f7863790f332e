"""Plays a scenario on the real control plane and writes down what it answered.

A record is {"name", "about", "steps": [{"world": [objects as kubectl prints them], "pod" | "evict": "NAMESPACE/NAME",
"answer": {…}}]}: the world as it was before the question, the question, the real answer.
"""
import os

from differential.api import Refused, until
from differential.objects import ZONE, node, volume
from differential.server import Scheduler

NAMESPACES = "one", "two"
GLOBAL = "Node", "PersistentVolume", "StorageClass", "CSINode", "PriorityClass"
# Owners before what they own, so that nothing is made again.
LOCAL = ("Deployment", "ReplicaSet", "StatefulSet", "ReplicationController", "DaemonSet", "Job", "PodDisruptionBudget",
         "Service",
         "Pod", "PersistentVolumeClaim")
WORLD = GLOBAL + LOCAL
CREATED_FIRST = ("PriorityClass", "StorageClass", "Node", "CSINode", "PersistentVolume", "PersistentVolumeClaim",
                 "Service")


def key(obj):
    return obj["kind"], obj["metadata"].get("namespace", ""), obj["metadata"]["name"]


def own(obj):
    """Not one of the objects that every cluster has."""
    name = obj["metadata"]["name"]
    return not (name.startswith("system-") or obj["kind"] == "Service" and name == "kubernetes")


def world(api, ns=None):
    """Everything that counts for a decision, or what counts within one namespace."""
    return [o for kind in WORLD for o in api.list(kind, ns if kind in LOCAL else None) if own(o)]


def create(api, objects):
    """Creates objects in an order in which each finds what it refers to; their status, which a POST drops, follows."""
    order = {kind: i for i, kind in enumerate(CREATED_FIRST)}
    for obj in sorted(objects, key=lambda o: order.get(o["kind"], len(order))):
        api.create(obj)
        if obj["kind"] != "Node" and "status" in obj:
            meta = obj["metadata"]
            api.patch(obj["kind"], meta.get("namespace"), meta["name"], {"status": obj["status"]}, "status")


def clear(api):
    """Removes everything that a scenario made."""
    for kind in LOCAL:
        for ns in NAMESPACES:
            if kind == "Service":
                for obj in api.list(kind, ns):
                    api.delete(kind, ns, obj["metadata"]["name"])
            else:
                api.delete_all(kind, ns)
    for kind in GLOBAL:
        for obj in filter(own, api.list(kind)):
            api.delete(kind, None, obj["metadata"]["name"])
    until(60, "an empty cluster", lambda: not [o for ns in NAMESPACES for o in world(api, ns)])


def settled(api, objects):
    """Claims that name their volume are bound, and budgets counted, before anybody looks."""
    def bound(obj):
        return api.get(*key(obj))["status"].get("phase") == "Bound"

    def counted(obj):
        want = obj["spec"]["selector"]["matchLabels"].items()
        healthy = [o for o in objects if o["kind"] == "Pod" and ready(o) and
                   want <= o["metadata"].get("labels", {}).items()]
        status = api.get(*key(obj))["status"]
        return status.get("observedGeneration") and status["currentHealthy"] == len(healthy)
    for obj in objects:
        kind, _, name = key(obj)
        if kind == "PodDisruptionBudget":
            until(30, f"budget {name} to be counted", lambda o=obj: counted(o))
        elif kind == "PersistentVolumeClaim" and obj["spec"].get("volumeName"):
            until(30, f"claim {name} to be bound", lambda o=obj: bound(o))


def ready(obj):
    return any(c["type"] == "Ready" and c["status"] == "True" for c in obj.get("status", {}).get("conditions", []))


def placements(cluster, scenario, folder):
    """The scheduler's decision on each of the scenario's pods, one after another."""
    api = cluster.api
    create(api, scenario["objects"])
    settled(api, scenario["objects"])
    for ns, name in scenario["deleted"]:
        api.delete("Pod", ns, name)
    found = world(api)
    names = {o["metadata"]["name"] for o in found if o["kind"] == "Node"}
    placed = {f'{o["metadata"]["namespace"]}/{o["metadata"]["name"]}' for o in found
              if o["kind"] == "Pod" and o["spec"].get("nodeName")
              and o["status"].get("phase") not in ("Succeeded", "Failed")}
    steps = []
    with Scheduler(cluster, os.path.join(folder, scenario["name"] + ".log")) as scheduler:
        scheduler.knows(names, placed)
        if any("images" in o["status"] for o in found if o["kind"] == "Node"):
            touch(api, scheduler, names)
        for pod in scenario["pods"]:
            step = placement(api, scheduler, pod)
            if step:
                steps.append(step)
    return {"name": scenario["name"], "about": scenario["about"], "steps": steps}


def touch(api, scheduler, names):
    """Changes every node once: the scheduler notes how many nodes hold an image only when a node comes or changes."""
    for name in names:
        api.patch("Node", None, name, {"metadata": {"annotations": {"touched": "yes"}}})
    # It hears of nodes in order: once it has heard of the last one, it has of the others.
    api.create(node("last", cordoned=True))
    until(30, "the scheduler's view of a new node", lambda: scheduler.heard('add event for node "last"'))
    api.delete("Node", None, "last")
    until(30, "the scheduler's view of a lost node", lambda: scheduler.heard('delete event for node "last"'))


def placement(api, scheduler, pod):
    """One decision; None when the scheduler tried another pod again in between, so that the world was not as noted."""
    tries, before = len(scheduler.tries()), world(api)
    created = api.create(pod)
    ns, name = created["metadata"]["namespace"], created["metadata"]["name"]
    answer = scheduler.decision(ns, name, lambda: provision(api))
    if not answer["feasible"] and "nominated" not in answer:
        # It would be tried again at every change.
        api.delete("Pod", ns, name, 0)
    if scheduler.tries()[tries:tries + 1] != [f"{ns}/{name}"]:
        return None
    asked = {"apiVersion": "v1", "kind": "Pod", **created}
    return {"world": before + [asked], "pod": f"{ns}/{name}", "answer": answer}


def provision(api):
    """Makes the volume that a claim's provisioner would make once the scheduler has chosen a node for it."""
    there = {o["metadata"]["name"] for o in api.list("PersistentVolume")}
    for obj in api.list("PersistentVolumeClaim"):
        meta = obj["metadata"]
        chosen = meta.get("annotations", {}).get("volume.kubernetes.io/selected-node")
        name = f"pvc-{meta['name']}"
        if chosen and not obj["spec"].get("volumeName") and name not in there:
            zone = api.get("Node", None, chosen)["metadata"]["labels"][ZONE]
            api.create(volume(name, on=[zone], cls=obj["spec"]["storageClassName"],
                              claim=f"{meta['namespace']}/{meta['name']}"))


def namespaces(api, names=NAMESPACES):
    for name in names:
        try:
            api.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
        except Refused as refused:
            if refused.code != 409:
                raise
