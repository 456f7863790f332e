"""Scenarios of pods that look at each other: affinity, anti-affinity, topology spread, and the spread by default."""
from differential.filters import scenario
from differential.objects import (HOST, ZONE, expression, node, node_affinity, nodes, pod, pod_affinity, pod_term,
                                  service, spread, term, toleration, workload, zoned)

WEB, DB = {"app": "web"}, {"app": "db"}


def required():
    placed = [pod("web0", on="a0", labels=WEB), pod("db0", on="b0", labels=DB),
              pod("db1", on="c1", ns="two", labels=DB)]
    lost = node("x0", labels={})
    yield scenario("with-pods", "affinity by zone and host, of other pods, other namespaces, and several terms",
                   zoned(2) + [lost] + placed,
                   pod("web-zone", affinity=pod_affinity(pod_term(ZONE, WEB))),
                   pod("web-host", affinity=pod_affinity(pod_term(HOST, WEB))),
                   pod("db-two", affinity=pod_affinity(pod_term(ZONE, DB, namespaces=["two"]))),
                   pod("db-both", affinity=pod_affinity(pod_term(ZONE, DB, namespaces=["one", "two"]))),
                   pod("web-and-db", affinity=pod_affinity(pod_term(ZONE, WEB), pod_term(ZONE, DB))),
                   pod("nobody", affinity=pod_affinity(pod_term(ZONE, {"app": "none"}))))
    me = {"app": "me"}
    yield scenario("with-self", "the first of a group may come although nobody is there, but needs the key",
                   zoned(1) + [node("x0")],
                   pod("first", labels=me, affinity=pod_affinity(pod_term(ZONE, me))),
                   pod("second", labels=me, affinity=pod_affinity(pod_term(ZONE, me))),
                   pod("other", labels=me, affinity=pod_affinity(pod_term("rack", {"app": "me"}))),
                   pod("both", labels={"app": "x", "t": "y"},
                       affinity=pod_affinity(pod_term(ZONE, {"app": "x"}), pod_term(HOST, {"t": "y"}))))
    every = pod_affinity(pod_term(HOST, expressions=[expression("app", "In", "web", "db")]), anti=True)
    yield scenario("away-from-pods", "anti-affinity by zone and host; operators; keys that nodes lack",
                   zoned(2) + [node("x0")] + placed,
                   pod("zone", affinity=pod_affinity(pod_term(ZONE, WEB), anti=True)),
                   pod("host", affinity=every),
                   pod("rack", affinity=pod_affinity(pod_term("rack", WEB), anti=True)),
                   pod("exists", affinity=pod_affinity(pod_term(ZONE, expressions=[expression("app", "Exists")]),
                                                       anti=True)),
                   pod("not", affinity=pod_affinity(
                       pod_term(ZONE, expressions=[expression("app", "NotIn", "web")]), anti=True)))
    alone = pod_affinity(pod_term(HOST, WEB), anti=True)
    yield scenario("away-from-self", "one pod for each host, until there is none left", nodes(3),
                   *[pod(f"w{i}", labels=WEB, affinity=alone) for i in range(5)], pod("plain"), pod("web", labels=WEB))
    yield scenario("away-by-others", "existing pods that do not want the new one",
                   zoned(1) + [pod("shy", on="a0", labels=DB, affinity=pod_affinity(pod_term(ZONE, WEB), anti=True)),
                               pod("shy2", on="b0", ns="two", affinity=pod_affinity(pod_term(ZONE, WEB), anti=True))],
                   pod("web", labels=WEB), pod("web2", labels=WEB, nodeSelector={ZONE: "a"}), pod("db", labels=DB))
    both = {**pod_affinity(pod_term(ZONE, DB)), **pod_affinity(pod_term(HOST, WEB), anti=True)}
    yield scenario("with-and-away", "the reasons when affinity and anti-affinity refuse different nodes",
                   zoned(2) + [pod("d", on="a0", labels=DB)],
                   *[pod(f"w{i}", labels=WEB, affinity=both) for i in range(3)])


def terminating():
    alone = pod_affinity(pod_term(ZONE, WEB), anti=True)
    yield scenario("away-terminating", "a terminating pod still counts for anti-affinity, not for spread",
                   zoned(1) + [pod("old", on="a0", labels=WEB), pod("old2", "1", on="b0", labels=WEB)],
                   pod("new", labels={"x": "y"}, affinity=alone),
                   pod("even", labels=WEB, topologySpreadConstraints=[spread(ZONE, WEB)]),
                   pod("even2", labels=WEB, topologySpreadConstraints=[spread(ZONE, WEB)]), deleted=[("one", "old")])


def spreads():
    def even(name, *constraints, labels=None, **more):
        return pod(name, labels=labels or WEB, topologySpreadConstraints=list(constraints), **more)
    yield scenario("spread-zones", "maxSkew 1 by zone, until the smallest zone holds it back",
                   zoned(1) + [node("a1", zone="a"), pod("w", on="a0", labels=WEB)] +
                   [pod("full", "3900m", on="c0")],
                   *[even(f"e{i}", spread(ZONE, WEB), containers=None, cpu="200m") for i in range(5)])
    yield scenario("spread-cordoned", "cordoned and tainted nodes count as empty domains",
                   [node("old0", cordoned=True), node("old1", taints=["t:NoSchedule"]), node("new0"), node("new1")],
                   *[even(f"e{i}", spread(HOST, WEB)) for i in range(4)],
                   even("tolerant", spread(HOST, WEB), tolerations=[toleration(operator="Exists")]))
    yield scenario("spread-affinity", "only nodes that the selector allows are domains; nodes without the key",
                   zoned(1, zones=("a", "b", "c", "d")) + [node("x0")] + [pod("w", on="a0", labels=WEB),
                                                                         pod("w2", on="d0", labels=WEB)],
                   even("ab", spread(ZONE, WEB), affinity=node_affinity(term(ZONE, "In", "a", "b"))),
                   even("ab2", spread(ZONE, WEB), affinity=node_affinity(term(ZONE, "In", "a", "b"))),
                   even("selector", spread(ZONE, WEB), nodeSelector={ZONE: "a"}),
                   even("all", spread(ZONE, WEB)), even("rack", spread("rack", WEB)))
    racks = [node(f"n{i}", zone="a", labels={"rack": str(i)} if i < 2 else {}) for i in range(4)] + [node("z",
                                                                                                          zone="z")]
    yield scenario("spread-keys-lacking", "pods in domains without a node that has all keys are not counted",
                   racks + [pod(f"w{i}", on=f"n{i % 4}", labels=WEB) for i in range(8)] + [pod("wz", on="z",
                                                                                               labels=WEB)],
                   even("host", spread(HOST, WEB), spread("rack", WEB), nodeSelector={ZONE: "a"}),
                   even("zone", spread(ZONE, WEB), spread("rack", WEB)),
                   even("rack", spread("rack", WEB), spread(HOST, WEB)), even("more", spread(HOST, WEB)),
                   even("big", spread(HOST, WEB), spread("rack", WEB), cpu="9"))
    yield scenario("spread-two-keys", "zone and host together; other namespaces do not count",
                   zoned(2, zones=("a", "b")) + [pod("w", on="a0", labels=WEB),
                                                 pod("far", on="b0", labels=WEB, ns="two")],
                   *[even(f"e{i}", spread(ZONE, WEB), spread(HOST, WEB)) for i in range(5)],
                   even("skew2", spread(ZONE, WEB, 2), labels={"app": "other"}),
                   even("not-self", spread(ZONE, WEB), labels={"app": "other"}))
    yield scenario("spread-soft", "ScheduleAnyway scores by the logarithm of the domains",
                   zoned(2) + [node("x0")] + [pod(f"w{i}", on=n, labels=WEB)
                                              for i, n in enumerate(["a0", "a0", "a1", "b0", "c1"])],
                   even("zone", spread(ZONE, WEB, hard=False)),
                   even("host", spread(HOST, WEB, hard=False)),
                   even("both", spread(ZONE, WEB, hard=False), spread(HOST, WEB, 2, hard=False)),
                   even("mixed", spread(ZONE, WEB), spread(HOST, WEB, hard=False)),
                   even("rack", spread("rack", WEB, hard=False)))
    yield scenario("spread-by-default", "pods of a service are spread softly by host and zone",
                   zoned(2) + [node("x0"), service("web", WEB)] +
                   [pod(f"w{i}", on=n, labels=WEB) for i, n in enumerate(["a0", "a0", "b0", "b1"])],
                   pod("web0", labels=WEB), pod("web1", labels=WEB), pod("db", labels=DB),
                   even("own", spread(ZONE, WEB, hard=False)))


def owners():
    """The spread by default asks for the labels that all services and controllers of a pod select by."""
    both = {"app": "web", "tier": "front"}
    placed = [pod(f"w{i}", on=n, labels=labels) for i, (n, labels) in enumerate(
        [("a0", WEB), ("a1", both), ("b0", both), ("b1", {"tier": "front"}), ("a0", both)])]
    picky = workload("StatefulSet", "other", 0, labels={"tier": "front"})
    picky["spec"]["selector"] = {"matchExpressions": [expression("tier", "In", "front", "back")]}
    picky["spec"]["template"]["metadata"]["labels"] = {"tier": "front"}
    yield scenario("spread-by-owners", "two services and a StatefulSet select together",
                   zoned(2) + placed + [service("web", WEB), service("front", {"tier": "front"}), picky],
                   pod("web", labels=WEB), pod("both", labels=both), pod("front", labels={"tier": "front"}),
                   pod("back", labels={"tier": "back"}), pod("none"))


def preferred():
    near, far = (50, pod_term(ZONE, DB)), (20, pod_term(HOST, WEB))
    placed = [pod("d0", on="a0", labels=DB), pod("d1", on="b0", labels=DB), pod("d2", on="b1", labels=DB),
              pod("w0", on="a1", labels=WEB)]
    yield scenario("prefers-pods", "preferred affinity and anti-affinity add and subtract weights",
                   zoned(2) + [node("x0")] + placed,
                   pod("near", affinity=pod_affinity(prefer=[near])),
                   pod("far", affinity=pod_affinity(prefer=[far], anti=True)),
                   pod("both", affinity={**pod_affinity(prefer=[near]), **pod_affinity(prefer=[far], anti=True)}),
                   pod("none", affinity=pod_affinity(prefer=[(9, pod_term(ZONE, {"app": "none"}))])))
    yield scenario("preferred-by-others", "terms of existing pods count too, required ones with weight 1",
                   zoned(2) + [pod("a", on="a0", labels=DB, affinity=pod_affinity(prefer=[(30, pod_term(ZONE, WEB))])),
                               pod("b", on="b0", labels=DB,
                                   affinity=pod_affinity(prefer=[(40, pod_term(HOST, WEB))], anti=True)),
                               pod("w", on="c0", labels=WEB),
                               pod("c", on="c1", labels=DB, affinity=pod_affinity(pod_term(ZONE, WEB)))],
                   pod("web", labels=WEB), pod("both", labels=WEB,
                                               affinity=pod_affinity(prefer=[(10, pod_term(ZONE, DB))])))


def all_scenarios():
    for part in (required, terminating, spreads, owners, preferred):
        yield from part()
