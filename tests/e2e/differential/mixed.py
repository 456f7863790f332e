"""Scenarios drawn at random from a seed: small clusters in which everything is mixed with everything."""
import random

from differential.filters import scenario
from differential.objects import (HOST, ZONE, budget, claim, container, csi_node, expression, node, node_affinity, pod,
                                  pod_affinity, pod_term, port, priority_class, service, spread, storage_class, term,
                                  toleration, volume)

APPS = "web", "db", "cache", "job"
TAINTS = "dedicated=db:NoSchedule", "spot:PreferNoSchedule", "gone:NoExecute", "soft=1:PreferNoSchedule"
IMAGES = 30, 300, 1200, 4000  # MiB
CLASSES = "low", "mid", "high"


def a_node(r, i):
    zone = r.choice("abc")
    labels = {"disk": r.choice(("ssd", "hdd")), "size": str(r.choice((2, 4, 8)))} if r.random() < 0.7 else {}
    images = {f"{a}:1": size for a, size in zip(APPS, IMAGES) if r.random() < 0.3}
    return node(f"n{i}", r.choice(("2", "4", "7500m")), r.choice(("4Gi", "8Gi", "6000Mi")), r.choice(("4", "8", "110")),
                None if r.random() < 0.1 else zone, labels, r.sample(TAINTS, r.choice((0, 0, 0, 1, 1, 2))),
                r.random() < 0.1, images)


def a_selector(r):
    if r.random() < 0.7:
        return {"labels": {"app": r.choice(APPS)}}
    values = r.sample(APPS, 2)
    return {"expressions": [expression("app", r.choice(("In", "NotIn")), *values)]}


def a_pod_term(r):
    return pod_term(r.choice((ZONE, HOST, HOST, "disk")), namespaces=r.choice((None, None, ["two"], ["one", "two"])),
                    **a_selector(r))


def an_affinity(r):
    found = {}
    for anti in (False, True):
        hard = [a_pod_term(r)] if r.random() < (0.2 if anti else 0.15) else []
        soft = [(r.randint(1, 100), a_pod_term(r)) for _ in range(r.choice((0, 0, 1, 2)))]
        if hard or soft:
            found.update(pod_affinity(*hard, prefer=soft, anti=anti))
    if r.random() < 0.4:
        terms = [a_node_term(r) for _ in range(r.choice((0, 1, 2)))]
        found.update(node_affinity(*terms, prefer=[(r.randint(1, 100),
                                                    a_node_term(r)) for _ in range(r.choice((0, 1, 2)))]))
    return found


def a_node_term(r):
    return r.choice((term("disk", "In", "ssd"), term("size", "Gt", "2"), term("size", "Lt", "8"),
                     term(ZONE, "In", "a", "b"),
                     term("disk", "DoesNotExist"), term(ZONE, "NotIn", "c"), term("size", "Exists")))


def constraints(r, app):
    keys = r.sample((ZONE, HOST, "disk"), r.choice((0, 0, 1, 1, 2)))
    return [spread(k, {"app": app}, r.randint(1, 3), r.random() < 0.5) for k in keys]


def a_pod(r, name, on=None, ns="one", claims=()):
    app = r.choice(APPS)
    more = {}
    if affinity := an_affinity(r):
        more["affinity"] = affinity
    if found := constraints(r, app):
        more["topologySpreadConstraints"] = found
    if r.random() < 0.4:
        more["tolerations"] = [r.choice((toleration("dedicated", "db"), toleration(operator="Exists"),
                                         toleration("spot", operator="Exists", effect="PreferNoSchedule"),
                                         toleration("gone", operator="Exists")))]
    if r.random() < 0.3:
        more["initContainers"] = [container(r.choice(("500m", None)), r.choice(("1Gi", None)), "i", f"{app}:1")]
    size = (r.choice((None, "100m", "333m", "1200m")), r.choice((None, "64Mi", "1000Mi", "2Gi")))
    ports = [port(r.choice((80, 81)), r.choice(("TCP", "UDP")))] if r.random() < 0.15 else None
    image = f"{app}:1"
    return pod(name, *size, ns=ns, on=on, labels={"app": app}, ports=ports, image=image, claims=claims, **more)


def disks(r):
    for i in range(4):
        yield volume(f"p{i}", on=r.sample("abc", r.choice((1, 2))) if r.random() < 0.7 else None, claim=f"one/c{i}")
        yield claim(f"c{i}", volume_name=f"p{i}")


def a_scenario(seed):
    r = random.Random(seed)
    names = [f"n{i}" for i in range(r.randint(6, 14))]
    objects = [a_node(r, i) for i in range(len(names))]
    objects += list(disks(r)) + [service(a, {"app": a}) for a in r.sample(APPS, 2)]
    for i in range(r.randint(10, 25)):
        objects.append(a_pod(r, f"old{i}", r.choice(names), r.choice(("one", "one", "two"))))
    pods = [a_pod(r, f"new{i}", claims=[f"c{r.randrange(4)}"] if r.random() < 0.25 else ()) for i in range(12)]
    return scenario(f"mixed-{seed}", f"everything mixed, drawn from seed {seed}", objects, *pods)


def a_struggle(seed):
    """A crowded cluster of several priorities, in which nearly every newcomer needs victims."""
    r = random.Random(seed)
    count = r.randint(3, 6)
    objects = [node(f"n{i}", r.choice(("1", "2")), zone=r.choice("ab")) for i in range(count)]
    objects += [priority_class(n, v) for n, v in zip(CLASSES, (10, 100, 1000))]
    for i in range(count * 5):
        placed = pod(f"old{i}", r.choice(("200m", "300m", "500m")), on=f"n{i % count}", labels={"app": r.choice(APPS)},
                     priorityClassName=r.choice(CLASSES[:2]))
        if r.random() < 0.2:
            placed["spec"]["affinity"] = pod_affinity(a_pod_term(r), anti=True)
        ready = r.choice(("True", "True", "False"))
        placed["status"] = {"phase": "Running", "startTime": f"2021-01-01T00:{i:02d}:00Z",
                            "conditions": [{"type": "Ready", "status": ready}]}
        objects.append(placed)
    objects += [budget(a, {"app": a}, minAvailable=r.randint(0, 3)) for a in r.sample(APPS, 2)]
    pods = [pod(f"new{i}", r.choice(("500m", "900m", "1500m")), labels={"app": r.choice(APPS)},
                priorityClassName=r.choice(CLASSES[1:]),
                **({"affinity": pod_affinity(a_pod_term(r), anti=True)} if r.random() < 0.3 else {})) for i in range(5)]
    return scenario(f"struggle-{seed}", f"crowded nodes and priorities, drawn from seed {seed}", objects, *pods)


def some_volumes(seed):
    """Claims of all states on nodes whose drivers take few volumes."""
    r = random.Random(seed)
    objects = [node(f"n{i}", zone=r.choice("abc"), taints=r.sample(TAINTS, r.choice((0, 0, 0, 1)))) for i in range(8)]
    objects += [csi_node(f"n{i}", r.choice((1, 2, 3))) for i in range(8) if r.random() < 0.7]
    objects += [storage_class("local"), storage_class("now", late=False),
                storage_class("made", "ebs.csi.aws.com", zones=r.choice((None, r.sample("abc", 2))))]
    objects += disks(r)
    for i in range(8):
        objects.append(volume(f"l{i}", on=r.sample("abc", r.choice((1, 2))), cls="local",
                              size=f"{r.choice((1, 2, 5))}Gi"))
        objects.append(claim(f"l{i}", "local", f"{r.choice((1, 2, 4))}Gi"))
    objects += [claim(f"m{i}", "made") for i in range(4)] + [claim("w", "now")]
    names = [f"c{i}" for i in range(4)] + [f"l{i}" for i in range(8)] * 2 + [f"m{i}" for i in range(4)] + ["w", "none"]
    objects += [pod(f"old{i}", on=f"n{r.randrange(8)}", claims=[f"c{i}"]) for i in range(2)]
    pods = [pod(f"new{i}", "100m", claims=list(dict.fromkeys(r.choice(names) for _ in range(r.choice((1, 1, 2))))),
                **({"nodeSelector": {ZONE: r.choice("abc")}} if r.random() < 0.3 else {})) for i in range(12)]
    return scenario(f"volumes-{seed}", f"claims of all states, drawn from seed {seed}", objects, *pods)


def all_scenarios():
    for seed in range(31, 34):
        yield some_volumes(seed)
    for seed in range(1, 9):
        yield a_scenario(seed)
    for seed in range(21, 26):
        yield a_struggle(seed)
