#!/usr/bin/env python3
"""A generated cluster is worth measuring on only when it could exist: its text is what kubectl would
print, every reference leads somewhere, and every hard constraint holds. usage: test_world.py GEN-WORLD"""
import collections
import json
import os
import subprocess
import sys
import tempfile

OPTIONS = ["--nodes", "24", "--pods", "800", "--workloads", "160", "--pdbs", "12", "--blockers", "1", "--seed", "4"]
NAMES = ("nodes", "pods", "workloads", "policy", "storage")
UNITS = {"m": 0.001, "Ki": 1 << 10, "Mi": 1 << 20, "Gi": 1 << 30}
ZONE = "topology.kubernetes.io/zone"
REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"


def generate(program, folder, *options):
    subprocess.run([program, *OPTIONS, *options, "-o", folder], check=True, stdout=subprocess.DEVNULL)
    texts = {}
    for name in NAMES:
        with open(os.path.join(folder, name + ".json"), encoding="utf-8") as file:
            texts[name] = file.read()
    return texts


def quantity(text):
    unit = text.lstrip("0123456789.")
    return float(text[:len(text) - len(unit)]) * UNITS.get(unit, 1)


def is_sorted(value):
    if isinstance(value, dict):
        return list(value) == sorted(value) and all(map(is_sorted, value.values()))
    return all(map(is_sorted, value)) if isinstance(value, list) else True


class World:
    def __init__(self, texts):
        self.lists = {name: json.loads(text)["items"] for name, text in texts.items()}
        self.nodes = {node["metadata"]["name"]: node for node in self.lists["nodes"]}
        self.running = [pod for pod in self.lists["pods"] if pod["status"]["phase"] == "Running"]
        self.storage = collections.defaultdict(dict)
        for item in self.lists["storage"]:
            meta = item["metadata"]
            self.storage[item["kind"]][(meta.get("namespace"), meta["name"])] = item

    def zone(self, pod):
        return self.nodes[pod["spec"]["nodeName"]]["metadata"]["labels"][ZONE]

    def domain(self, pod, key):
        return self.nodes[pod["spec"]["nodeName"]]["metadata"]["labels"][key]

    def selected(self, like, selector):
        """Running pods of the same namespace that the selector matches."""
        wanted = selector["matchLabels"].items()
        return [pod for pod in self.running if pod["metadata"]["namespace"] == like["metadata"]["namespace"] and
                wanted <= pod["metadata"]["labels"].items()]


def check_text(texts):
    for name, text in texts.items():
        value = json.loads(text)
        assert text == json.dumps(value, indent=4, ensure_ascii=False) + "\n", name + ": not laid out as kubectl does"
        assert is_sorted(value), name + ": keys not sorted"
        for what in (lambda m: m["uid"], lambda m: (m.get("namespace"), m["name"])):
            seen = collections.Counter((item["kind"], what(item["metadata"])) for item in value["items"])
            assert max(seen.values()) == 1, name + ": twice: %s" % (seen.most_common(1),)


def check_owners(world):
    by_uid = {item["metadata"]["uid"]: item for item in world.lists["workloads"]}
    tops = collections.Counter()
    for item in world.lists["pods"]:
        while "ownerReferences" in item["metadata"]:
            owner = item["metadata"]["ownerReferences"][0]
            item = by_uid[owner["uid"]]
            assert (item["kind"], item["metadata"]["name"]) == (owner["kind"], owner["name"]), owner
        tops[item["kind"]] += 1
    assert set(tops) == {"Deployment", "StatefulSet", "DaemonSet", "CronJob"}, tops
    assert tops["DaemonSet"] == 4 * len(world.nodes)


def check_room(world):
    used = collections.defaultdict(collections.Counter)
    for pod in world.running:
        node = used[pod["spec"]["nodeName"]]
        node["pods"] += 1
        for container in pod["spec"]["containers"]:
            for name, amount in container["resources"].get("requests", {}).items():
                node[name] += quantity(amount)
    for name, node in world.nodes.items():
        for resource, amount in used[name].items():
            assert amount <= quantity(node["status"]["allocatable"][resource]), (name, resource, amount)


def check_volumes(world):
    count = 0
    for pod in world.running:
        node, namespace = world.nodes[pod["spec"]["nodeName"]], pod["metadata"]["namespace"]
        for volume in pod["spec"]["volumes"]:
            if "persistentVolumeClaim" not in volume:
                continue
            claim = world.storage["PersistentVolumeClaim"][(namespace, volume["persistentVolumeClaim"]["claimName"])]
            bound = world.storage["PersistentVolume"][(None, claim["spec"]["volumeName"])]
            assert bound["spec"]["claimRef"]["uid"] == claim["metadata"]["uid"]
            term = bound["spec"]["nodeAffinity"]["required"]["nodeSelectorTerms"][0]["matchExpressions"][0]
            assert term["values"] == [world.zone(pod)], pod["metadata"]["name"]
            attached = [a["name"].split("^")[1] for a in node["status"]["volumesAttached"]]
            assert bound["spec"]["csi"]["volumeHandle"] in attached
            count += 1
    assert count == 40 and len(world.storage["VolumeAttachment"]) == count, count


def check_constraints(world):
    seen = collections.Counter()
    for pod in world.running:
        for spread in pod["spec"].get("topologySpreadConstraints", []):
            if spread["whenUnsatisfiable"] == "DoNotSchedule":
                domains = collections.Counter({world.nodes[n]["metadata"]["labels"][ZONE]: 0 for n in world.nodes})
                domains.update(map(world.zone, world.selected(pod, spread["labelSelector"])))
                assert max(domains.values()) - min(domains.values()) <= spread["maxSkew"], (pod["metadata"]["name"], domains)
                seen["spread"] += 1
        for kind in ("podAffinity", "podAntiAffinity"):
            for term in pod["spec"].get("affinity", {}).get(kind, {}).get(REQUIRED, []):
                here = world.domain(pod, term["topologyKey"])
                others = [p for p in world.selected(pod, term["labelSelector"]) if p is not pod]
                together = any(world.domain(p, term["topologyKey"]) == here for p in others)
                assert together == (kind == "podAffinity"), (pod["metadata"]["name"], kind)
                seen[kind] += 1
    assert set(seen) == {"spread", "podAffinity", "podAntiAffinity"}, seen


def check_budgets(world):
    budgets = [item for item in world.lists["policy"] if item["kind"] == "PodDisruptionBudget"]
    assert len(budgets) == 12
    for budget in budgets:
        status = budget["status"]
        healthy = len(world.selected(budget, budget["spec"]["selector"]))
        assert status["currentHealthy"] == status["expectedPods"] == healthy > 0
        assert status["disruptionsAllowed"] == healthy - status["desiredHealthy"]
    assert sum(budget["status"]["disruptionsAllowed"] == 0 for budget in budgets) == 1


def main():
    program = sys.argv[1]
    with tempfile.TemporaryDirectory() as folder:
        texts = generate(program, os.path.join(folder, "a"))
        assert texts == generate(program, os.path.join(folder, "b")), "the same options gave other bytes"
        compact = generate(program, os.path.join(folder, "c"), "--compact")
        assert [json.loads(compact[name]) == json.loads(texts[name]) for name in NAMES] == [True] * len(NAMES)
        padded = generate(program, os.path.join(folder, "d"), "--padding", "20000")
        grown = (len(padded["pods"]) - len(texts["pods"])) / 800
        assert 18000 < grown < 22000, grown
    check_text(texts)
    world = World(texts)
    for check in (check_owners, check_room, check_volumes, check_constraints, check_budgets):
        check(world)


main()
