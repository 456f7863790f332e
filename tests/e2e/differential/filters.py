"""Scenarios of one predicate at a time: room, taints, node affinity, ports, names, cordons."""
from differential.objects import (HOST, ZONE, container, expression, node, node_affinity, nodes, pod, port, term,
                                  toleration, zoned)


def scenario(name, about, objects, *pods, deleted=()):
    """deleted: pods, as (namespace, name), that are being deleted when the first of `pods` comes."""
    return {"name": name, "about": about, "objects": objects, "pods": pods, "deleted": deleted}


def room():
    used = [pod("used0", "1500m", "1Gi", on="n0"), pod("used1", "3900m", "100Mi", on="n1"),
            pod("used2", "100m", "7900Mi", on="n2")]
    yield scenario("room-cpu-memory", "cpu and memory short on some nodes, both on one", nodes(4) + used,
                   pod("fits", "2", "2Gi"), pod("tight", "2500m", "7Gi"), pod("wide", "5", "1Gi"),
                   pod("both", "9", "20Gi"), pod("nothing"))
    yield scenario("room-pods", "allocatable.pods is a limit of its own, also for pods without requests",
                   [node("n0", pods="1"), node("n1", pods="2"), node("n2", pods="1")] +
                   [pod(f"p{i}", on=f"n{i}") for i in range(3)], pod("first"), pod("second"), pod("third", "100m"))
    yield scenario("room-scalars", "extended and ephemeral resources, hugepages",
                   [node("n0", scalars={"nvidia.com/gpu": "1"}), node("n1", scalars={"nvidia.com/gpu": "2"}),
                    node("n2", scalars={"ephemeral-storage": "1Gi", "hugepages-2Mi": "64Mi"})] +
                   [pod("g", on="n0", scalars={"nvidia.com/gpu": "1"})],
                   pod("gpu1", scalars={"nvidia.com/gpu": "1"}), pod("gpu2", scalars={"nvidia.com/gpu": "2"}),
                   pod("disk", scalars={"ephemeral-storage": "2Gi"}),
                   pod("disks", scalars={"ephemeral-storage": "50Gi"}),
                   pod("huge", "100m", scalars={"hugepages-2Mi": "32Mi"}),
                   pod("huger", "100m", scalars={"hugepages-2Mi": "64Mi"}))
    yield scenario("room-overcommitted", "a request of nothing on a node that holds more than it has",
                   nodes(2, cpu="1") + [pod("a", "800m", on="n0"), pod("b", "800m", on="n0"), pod("c", "1", on="n1")],
                   pod("empty"), pod("memory-only", memory="1Mi"), pod("more", "100m"))
    heavy = [container("200m", "100Mi", "main"), container("100m", "50Mi", "side")]
    yield scenario("room-init", "the largest init container counts, not the sum", nodes(2, cpu="1", memory="1Gi") +
                   [pod("a", "300m", on="n0"), pod("b", "600m", on="n1")],
                   pod("init", containers=heavy, initContainers=[container("650m", name="i1"),
                                                                 container("200m", "900Mi", name="i2")]),
                   pod("init2", containers=heavy, initContainers=[container("1", name="i1")]))
    finished = [{**pod("done", "1", on="n0"), "status": {"phase": "Succeeded"}},
                {**pod("broken", "1", on="n1"), "status": {"phase": "Failed"}}, pod("going", "600m", on="n1")]
    yield scenario("room-finished", "finished pods take no room; terminating ones do", nodes(2, cpu="1") + finished,
                   pod("a", "600m"), pod("b", "600m"), pod("c", "300m"), deleted=[("one", "going")])
    yield scenario("nodes-full", "every node full, in different ways",
                   [node("n0", cpu="1"), node("n1", memory="1Gi"), node("n2", pods="1"), node("n3", cordoned=True)] +
                   [pod("a", "1", on="n0"), pod("b", memory="1Gi", on="n1"), pod("c", on="n2")],
                   pod("new", "500m", "500Mi"), pod("newer", "500m", "500Mi"))
    yield scenario("nodes-none", "no node takes part", [node("n0", cordoned=True), node("n1", cordoned=True)],
                   pod("a", "1"), pod("tolerant", "1", tolerations=[
                       toleration("node.kubernetes.io/unschedulable", operator="Exists", effect="NoSchedule")]))


    yield scenario("nodes-zero", "a cluster without nodes", [], pod("a", "1"))
    yield scenario("nodes-many", "from 100 nodes on the scheduler stops when it has found enough",
                   [node("full", cpu="100m")] + nodes(119), pod("a", "1"), pod("b", "1"))


def taints():
    hard = [node("n0", taints=["dedicated=db:NoSchedule"]), node("n1", taints=["dedicated=web:NoExecute"]),
            node("n2", taints=["gpu:NoSchedule", "dedicated=db:NoSchedule"]),
            node("n3", taints=["soft=x:PreferNoSchedule"])]
    yield scenario("taints-hard", "tolerations by key, value, effect, operator and none at all", hard,
                   pod("none"), pod("db", tolerations=[toleration("dedicated", "db", "NoSchedule")]),
                   pod("any-effect", tolerations=[toleration("dedicated", "db")]),
                   pod("exists", tolerations=[toleration("dedicated", operator="Exists")]),
                   pod("all", tolerations=[toleration(operator="Exists")]),
                   pod("wrong-effect", tolerations=[toleration("dedicated", "db", "NoExecute")]))
    yield scenario("taints-refused", "the first taint that is not tolerated is what the message counts", hard[:3],
                   pod("none"), pod("gpu", tolerations=[toleration("gpu", operator="Exists", effect="NoSchedule")]),
                   pod("wrong", tolerations=[toleration("dedicated", "db", "NoExecute")]))
    yield scenario("taints-prefer", "PreferNoSchedule only scores, by how many are not tolerated",
                   [node("n0"), node("n1", taints=["a=1:PreferNoSchedule"]),
                    node("n2", taints=["a=1:PreferNoSchedule", "b=1:PreferNoSchedule"]),
                    node("n3", taints=["a=1:PreferNoSchedule", "b=1:PreferNoSchedule", "c=1:PreferNoSchedule"])],
                   pod("none"), pod("a", tolerations=[toleration("a", "1", "PreferNoSchedule")]),
                   pod("ab", tolerations=[toleration("a", "1"), toleration("b", operator="Exists")]),
                   pod("hard-only", tolerations=[toleration("a", "1", "NoSchedule")]))
    yield scenario("cordoned", "a cordoned node, with and without the tolerations of its two forms",
                   [node("n0", cordoned=True), node("n1"), node("n2", cpu="1", taints=["x:NoSchedule"])],
                   pod("plain"), pod("tolerant", tolerations=[
                       toleration("node.kubernetes.io/unschedulable", operator="Exists")]),
                   pod("big", "5"), pod("pinned", nodeSelector={HOST: "n0"}))


def selection():
    sized = [node("n0", labels={"size": "4", "disk": "ssd"}), node("n1", labels={"size": "16", "disk": "hdd"}),
             node("n2", labels={"size": "big"}), node("n3")]

    def where(name, *terms, **more):
        return pod(name, affinity=node_affinity(*terms), **more)
    two = {"matchExpressions": [expression("disk", "In", "ssd"), expression("size", "Gt", "2")]}
    yield scenario("affinity-operators", "In, NotIn, Exists, DoesNotExist, Gt, Lt; numbers that are none", sized,
                   where("in", term("disk", "In", "ssd", "nvme")), where("notin", term("disk", "NotIn", "ssd")),
                   where("exists", term("size", "Exists")), where("absent", term("disk", "DoesNotExist")),
                   where("gt", term("size", "Gt", "4")), where("gt3", term("size", "Gt", "3")),
                   where("lt", term("size", "Lt", "16")), where("none", term("size", "Gt", "99")),
                   pod("and", affinity=node_affinity(two)), where("or", term("disk", "In", "hdd"), two))
    yield scenario("affinity-fields", "a node by its name, alone and with labels; a selector besides", sized,
                   where("field", term(fields="n1")), where("field-label",
                                                            {**term(fields="n1"), **term("disk", "In", "ssd")}),
                   where("field-or", term(fields="n9"), term("disk", "In", "ssd")),
                   pod("selector", nodeSelector={"disk": "ssd"}, affinity=node_affinity(term("size", "Exists"))),
                   pod("selector-no", nodeSelector={"disk": "ssd"}, affinity=node_affinity(term("size", "In", "16"))),
                   where("empty-term", {}), pod("named", nodeSelector={HOST: "n9"}))
    weighed = [(10, term("disk", "In", "ssd")), (5, term("size", "Exists")), (80, term("size", "Gt", "10"))]
    yield scenario("affinity-preferred", "preferred node affinity adds weights", sized,
                   pod("prefers", affinity=node_affinity(prefer=weighed)),
                   pod("prefers-some", affinity=node_affinity(term("size", "Exists"), prefer=weighed[:2])),
                   pod("prefers-none", affinity=node_affinity(prefer=[(7, term("none", "Exists"))])))


def ports():
    taken = [pod("a", on="n0", ports=[port(80)]), pod("b", on="n1", ports=[port(80, ip="10.0.0.1")]),
             pod("c", on="n2", ports=[port(80, "UDP")]),
             pod("d", on="n3", hostNetwork=True, containers=[container(ports=[{"containerPort": 80}])])]
    yield scenario("ports", "host ports conflict by protocol, number and address", nodes(4) + taken,
                   pod("any", ports=[port(80)]), pod("ip", ports=[port(80, ip="10.0.0.2")]),
                   pod("same-ip", ports=[port(80, ip="10.0.0.1")]), pod("udp", ports=[port(80, "UDP")]),
                   pod("other", ports=[port(81), port(82)]),
                   pod("host", hostNetwork=True, containers=[container(ports=[{"containerPort": 80}])]),
                   pod("none", ports=[port(80), port(80, "UDP")]))


def order():
    """Which predicate speaks first when several refuse a node."""
    first = [node("n0", cordoned=True, cpu="1"), node("n1", taints=["t:NoSchedule"], cpu="1"), node("n2", cpu="1"),
             node("n3", cpu="1", labels={"ok": "yes"})]
    yield scenario("order-of-filters", "one reason for each node: the first filter that refuses it",
                   first + [pod("web", on="n3", ports=[port(80)])],
                   pod("a", "2", nodeSelector={"ok": "yes"}, ports=[port(80)]),
                   pod("b", "2", "100Gi"), pod("c", "2", tolerations=[toleration(operator="Exists")]))
    yield scenario("zones-by-selector", "a zone by selector, and its hosts", zoned(2),
                   pod("a", nodeSelector={ZONE: "a"}), pod("b", "5", nodeSelector={ZONE: "b"}),
                   pod("c", affinity=node_affinity(term(ZONE, "NotIn", "a", "b"))))


def all_scenarios():
    for part in (room, taints, selection, ports, order):
        yield from part()
