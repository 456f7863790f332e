"""Scenarios of scores and of priority: what makes one feasible node better, and who must give way."""
from differential.filters import scenario
from differential.objects import (HOST, budget, claim, container, node, nodes, pod, pod_affinity, pod_term, port,
                                  priority_class, volume, zoned)


def resources():
    mixed = [node("n0", "2", "4Gi"), node("n1", "4", "8Gi"), node("n2", "8", "8Gi"), node("n3", "1500m", "12345Mi")]
    used = [pod("u0", "300m", "1Gi", on="n0"), pod("u1", "3", "500Mi", on="n1"), pod("u2", on="n2"),
            pod("u3", "777m", "3333Mi", on="n3")]
    yield scenario("score-resources", "least allocated and balanced, rounded as integers", mixed + used,
                   pod("some", "500m", "1Gi"), pod("odd", "333m", "777Mi"), pod("cpu", "700m"),
                   pod("memory", memory="2Gi"),
                   pod("nothing"), pod("init", "100m", initContainers=[container("600m", "1Gi", "i")]))
    yield scenario("score-full", "what is asked is more than what is left by the scoring defaults",
                   [node("n0", "200m", "300Mi"), node("n1", "1", "1Gi"), node("n2", "150m", "8Gi")] +
                   [pod("u0", on="n0"), pod("u1", "50m", on="n2")],
                   pod("nothing"), pod("again"), pod("two", containers=[container(name="a"), container(name="b")]))


def images():
    big = [node("n0", images={"app:1": 900, "side:1": 100, "tiny:1": 20}), node("n1", images={"app:1": 900}),
           node("n2", images={"side:1": 100}), node("n3")]
    yield scenario("score-images", "images that are there already, scaled by how many nodes have them", big,
                   pod("app", image="app:1"), pod("side", image="side:1"), pod("untagged", image="app"),
                   pod("tiny", image="tiny:1"),
                   pod("both", containers=[container(name="a", image="app:1"), container(name="b", image="side:1")]),
                   pod("init", image="side:1", initContainers=[container(name="i", image="app:1")]))


LOW, MID, HIGH = ("low", 10), ("mid", 100), ("high", 1000)
CLASSES = [priority_class(n, v) for n, v in (LOW, MID, HIGH)]


def ranked(name, cls, cpu="1", **more):
    return pod(name, cpu, priorityClassName=cls, terminationGracePeriodSeconds=30, **more)


def running(obj, start="2021-01-01T00:00:00Z"):
    """It has run since then: the later a victim started, the sooner it goes."""
    return {**obj, "status": {"phase": "Running", "startTime": start,
                              "conditions": [{"type": "Ready", "status": "True"}]}}


def preemption():
    full = [running(ranked("l0", "low", on="n0")), running(ranked("m0", "mid", on="n1")),
            running(ranked("l2", "low", on="n2"), "2021-01-02T00:00:00Z"),
            running(ranked("l3", "low", on="n2", cpu="500m"))]
    three = [node("n0", "1"), node("n1", "1"), node("n2", "1500m")]
    yield scenario("preempt-lowest", "the node whose highest victim is lowest; then the fewest victims",
                   CLASSES + three + full, ranked("high", "high"), ranked("next", "high"), ranked("mid", "mid"))
    yield scenario("preempt-never", "a class that never preempts, and pods that are not lower",
                   [*CLASSES, priority_class("polite", 5000, "Never")] + three + full,
                   ranked("polite", "polite", cpu="1"), ranked("same", "low"), ranked("too-big", "high", cpu="4"))
    yield scenario("preempt-sum", "equal highest priority: the smaller sum of priorities, then fewer victims",
                   CLASSES + [node("n0", "2"), node("n1", "2")] +
                   [running(ranked(f"a{i}", "low", on="n0", cpu="500m")) for i in range(4)] +
                   [running(ranked(f"b{i}", "low", on="n1", cpu="1")) for i in range(2)],
                   ranked("high", "high", cpu="2"))
    yield scenario("preempt-latest", "all else equal: the node whose most important victim started last",
                   CLASSES + nodes(3, cpu="1") + [
                       running(ranked(f"l{i}", "low", on=f"n{i}"), f"2021-01-0{d}T00:00:00Z")
                       for i, d in enumerate((2, 4, 3))], ranked("high", "high"))
    yield scenario("preempt-reprieve", "victims that need not go are kept, the important ones first",
                   CLASSES + [node("n0", "2")] + [running(ranked("m", "mid", on="n0", cpu="500m"))] +
                   [running(ranked(f"l{i}", "low", on="n0", cpu="500m"),
                            f"2021-01-0{i + 1}T00:00:00Z") for i in range(3)],
                   ranked("high", "high", cpu="800m"))
    ports = [running(pod("web", on="n0", ports=[port(80)], priorityClassName="low"))]
    yield scenario("preempt-ports", "a host port can be freed", CLASSES + nodes(1) + ports,
                   pod("mine", ports=[port(80)], priorityClassName="high"))


def preemption_limits():
    web = {"app": "web"}
    guarded = [running(ranked("w0", "low", on="n0", labels=web)), running(ranked("m1", "mid", on="n1")),
               budget("web", web, minAvailable=1)]
    yield scenario("preempt-budget", "a budget is a preference: rather the node whose victim is higher",
                   CLASSES + nodes(2, cpu="1") + guarded, ranked("high", "high"))
    yield scenario("preempt-budget-only", "no other node: the budget is overridden",
                   CLASSES + nodes(1, cpu="1") + guarded[:1] + guarded[2:], ranked("high", "high"))
    stuck = zoned(1, cpu="1") + [volume("pa", on=["a"], claim="one/ca"), claim("ca", volume_name="pa")]
    yield scenario("preempt-final", "refusals that no victim can cure: zones of volumes, labels",
                   CLASSES + stuck + [running(ranked(f"l{z}", "low", on=f"{z}0")) for z in "abc"],
                   ranked("data", "high", claims=["ca"]), ranked("pinned", "high", nodeSelector={HOST: "nowhere"}))
    shy = pod_affinity(pod_term(HOST, web), anti=True)
    yield scenario("preempt-anti-affinity", "an existing pod that keeps others away is a victim as well",
                   CLASSES + nodes(1) + [running(ranked("shy", "low", on="n0", affinity=shy)),
                                         running(ranked("plain", "low", on="n0"))],
                   ranked("web", "high", labels=web))
    yield scenario("preempt-nominated", "room that is promised to a pod is not given to an equal one",
                   CLASSES + nodes(2, cpu="1") + [running(ranked("l0", "low", on="n0")),
                                                  running(ranked("l1", "low", on="n1"), "2021-01-02T00:00:00Z")],
                   ranked("first", "high"), ranked("second", "high"), ranked("third", "high"),
                   ranked("small", "mid", cpu="100m"))


def all_scenarios():
    for part in (resources, images, preemption, preemption_limits):
        yield from part()
