"""Scenarios of the eviction subresource: budgets of every form over workloads of every kind.

Each plays in a namespace of its own name. A pod is named by its app label and its place among the live pods of that
app: ("web", 0). `states`: of an app's pods in their order, "ready" unless said; of later ones: `fresh`.
"""
from differential.objects import budget, make, pod, workload

DEFAULTS = {"states": {}, "fresh": "pending", "stay": False, "counts": {}, "dry": (), "later": ()}


def play(name, about, objects, evict, **more):
    """evict: (app, index) in order; index "deleting": one that is. stay: evicted pods stay, terminating.
    counts: how many pods an app comes to, when not its replicas. dry: places in `evict` that are dry runs.
    later: objects that come when the first ones have settled."""
    for obj in [*objects, *more.get("later", ())]:
        obj["metadata"]["namespace"] = name
    return {"name": name, "about": about, "objects": objects, "evict": evict, **DEFAULTS, **more}


def app(kind, count, name="web", **spec):
    return workload(kind, name, count, on="n0", **spec)


def times(count, name="web"):
    return [(name, 0)] * count


WEB = {"app": "web"}


def forms():
    for name, kind, count, spec, tries in (
            ("min-int", "ReplicaSet", 3, {"minAvailable": 2}, 2),
            ("min-percent", "Deployment", 7, {"minAvailable": "50%"}, 4),
            ("min-percent-up", "ReplicaSet", 3, {"minAvailable": "34%"}, 2),
            ("min-all", "Deployment", 2, {"minAvailable": "100%"}, 1),
            ("min-zero", "ReplicaSet", 2, {"minAvailable": 0}, 2),
            ("min-too-many", "ReplicaSet", 2, {"minAvailable": 5}, 1),
            ("max-int", "Deployment", 3, {"maxUnavailable": 1}, 2),
            ("max-percent", "ReplicaSet", 4, {"maxUnavailable": "30%"}, 3),
            ("max-zero", "Deployment", 2, {"maxUnavailable": 0}, 1),
            ("max-zero-percent", "Deployment", 2, {"maxUnavailable": "0%"}, 1),
            ("max-too-many", "ReplicaSet", 2, {"maxUnavailable": 9}, 2),
            ("controller-max", "ReplicationController", 3, {"maxUnavailable": "50%"}, 3),
            ("stateful-max", "StatefulSet", 3, {"maxUnavailable": 1}, 2),
            ("single-min", "Deployment", 1, {"minAvailable": 1}, 1)):
        yield play(name, f"{kind} of {count} under {spec}", [app(kind, count), budget("b", WEB, **spec)], times(tries))


def selectors():
    yield play("selector-empty", "policy/v1beta1: an empty selector matches no pod",
               [app("ReplicaSet", 2), budget("b", {}, minAvailable=2)], times(2))
    yield play("selector-none", "no selector matches no pod",
               [app("ReplicaSet", 2), budget("b", None, minAvailable=2)], times(2))
    wide = budget("b", None, minAvailable=3)
    wide["spec"]["selector"] = {"matchExpressions": [{"key": "app", "operator": "In", "values": ["web", "db"]}]}
    yield play("selector-expressions", "one budget over two workloads counts both",
               [app("ReplicaSet", 2), app("Deployment", 2, "db"), wide], [("web", 0), ("db", 0)])
    both = budget("b", None, maxUnavailable="50%")
    both["spec"]["selector"] = {"matchExpressions": [{"key": "app", "operator": "Exists"}]}
    yield play("selector-scales", "maxUnavailable counts the replicas of all controllers",
               [app("ReplicaSet", 2), app("Deployment", 3, "db"), both], [("web", 0), ("db", 0), ("db", 0), ("db", 0)])
    yield play("budgets-two", "two budgets over one pod: a server error",
               [app("ReplicaSet", 3), budget("b1", WEB, minAvailable=1), budget("b2", WEB, maxUnavailable=1)], times(1))
    yield play("budgets-apart", "two budgets over different pods",
               [app("ReplicaSet", 2), app("ReplicaSet", 2, "db"), budget("b1", WEB, minAvailable=2),
                budget("b2", {"app": "db"}, minAvailable=1)], [("web", 0), ("db", 0), ("db", 0)])
    yield play("budget-none", "no budget at all", [app("Deployment", 2)], times(2))


def lonely(name, labels=None, **more):
    """A pod without a controller."""
    return pod(name, on="n0", labels={"app": name, **(labels or {})}, terminationGracePeriodSeconds=0, **more)


def unmanaged():
    group = {"group": "g"}
    for name, spec, tries in (("bare-min", {"minAvailable": 1}, ("a", "b")),
                              ("bare-max", {"maxUnavailable": 1}, ("a",)),
                              ("bare-percent", {"minAvailable": "50%"}, ("a",))):
        yield play(name, f"pods without a controller under {spec}",
                   [lonely("a", group), lonely("b", group), budget("b", group, **spec)], [(t, 0) for t in tries])
    owned = lonely("a", group)
    owned["metadata"]["ownerReferences"] = [{"apiVersion": "example.com/v1", "kind": "Custom", "name": "x", "uid": "u",
                                             "controller": True, "blockOwnerDeletion": False}]
    yield play("custom-max", "a controller of a kind that the server does not know",
               [owned, budget("b", group, maxUnavailable=1)], [("a", 0)])
    for name, spec in (("job-min", {"minAvailable": 1}), ("job-max", {"maxUnavailable": 1})):
        job = make("Job", "web", spec={"parallelism": 2, "completions": 4, "template": {
            "metadata": {"labels": WEB}, "spec": {"containers": [{"name": "c", "image": "app"}], "nodeName": "n0",
                                                  "restartPolicy": "Never", "terminationGracePeriodSeconds": 0}}})
        yield play(name, f"pods of a Job under {spec}", [job, budget("b", WEB, **spec)], times(2), counts={"web": 2})
    grouped = app("ReplicaSet", 2)
    grouped["spec"]["template"]["metadata"]["labels"] = {**WEB, **group}
    yield play("bare-later", "a budget that worked until a pod without a controller came under it",
               [grouped, budget("b", group, maxUnavailable=1)], times(1), later=[lonely("a", group)])
    naked = pod("naked", on="n0", terminationGracePeriodSeconds=0)
    yield play("labels-none", "a pod without labels is under no budget", [naked, budget("b", {}, minAvailable=1)],
               [("naked", 0)])


def states():
    yield play("not-ready-free", "a pod that is not ready may go while the budget holds without it",
               [app("ReplicaSet", 3), budget("b", WEB, minAvailable=2)], [("web", 0), ("web", 0), ("web", 0)],
               states={"web": ["running"]})
    yield play("not-ready-held", "a pod that is not ready may not go when too few are healthy",
               [app("ReplicaSet", 3), budget("b", WEB, minAvailable=2)], [("web", 0), ("web", 1)],
               states={"web": ["running", "running", "ready"]})
    yield play("not-ready-zero", "not even when nothing is desired: the rule needs a number above 0",
               [app("ReplicaSet", 2), budget("b", WEB, maxUnavailable="100%")], [("web", 0)],
               states={"web": ["running", "running"]})
    yield play("pending", "pending pods go past every budget",
               [app("ReplicaSet", 2), budget("b", WEB, minAvailable=2)], [("web", 0), ("web", 0)],
               states={"web": ["pending", "ready"]})
    yield play("finished", "pods that ended go past every budget",
               [lonely("a", {"group": "g"}), lonely("b", {"group": "g"}), lonely("c", {"group": "g"}),
                budget("b", {"group": "g"}, minAvailable=3)], [("a", 0), ("b", 0), ("c", 0)],
               states={"a": ["succeeded"], "b": ["failed"]})
    slow = app("ReplicaSet", 2)
    slow["spec"]["template"]["spec"]["terminationGracePeriodSeconds"] = 600
    yield play("terminating", "a pod that is being deleted goes past; it is no longer healthy, but expected",
               [slow, budget("b", WEB, minAvailable=1)], [("web", 0), ("web", "deleting"), ("web", 0)], stay=True)
    yield play("healed", "ready replacements give the budget back",
               [app("Deployment", 3), budget("b", WEB, maxUnavailable=1)], times(3), fresh="ready")
    yield play("dry-run", "a dry run takes nothing from the budget",
               [app("ReplicaSet", 3), budget("b", WEB, minAvailable=2)], times(3), dry=(0, 2))
    yield play("stateful-parallel", "a StatefulSet that starts its pods at once",
               [app("StatefulSet", 3, podManagementPolicy="Parallel"), budget("b", WEB, minAvailable=2)], times(2))
    yield play("stateful-broken", "a StatefulSet that waits for its first pod for ever",
               [app("StatefulSet", 3), budget("b", WEB, maxUnavailable=1)], times(1), states={"web": ["running"]},
               counts={"web": 1})


def all_scenarios():
    for part in (forms, selectors, unmanaged, states):
        yield from part()
