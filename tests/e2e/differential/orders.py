"""Scenarios of what controllers make again, in which order: one real kubelet's node is drained, another is there.

Each has a namespace of its own name. The answer is, for every workload, the order of what happened to its pods:
"made", "ready" and "gone" with the pod's ordinal, or its kind of place: "old" for the pods that were there.
"""
from differential.objects import budget, container, make, pod, workload

HOLLOW = "hollow-0", "hollow-1"


def drained(name, about, objects, **more):
    for obj in objects:
        obj["metadata"]["namespace"] = name
    return {"name": name, "about": about, "objects": objects, **more}


def app(kind, count, **spec):
    found = workload(kind, "web", count, **spec)
    found["spec"]["template"]["spec"]["terminationGracePeriodSeconds"] = 1
    return found


def daemon():
    labels = {"app": "web"}
    return make("DaemonSet", "web", spec={"selector": {"matchLabels": labels}, "template": {
        "metadata": {"labels": labels}, "spec": {"containers": [container()], "terminationGracePeriodSeconds": 1}}})


def job():
    return make("Job", "web", spec={"parallelism": 2, "completions": 2, "backoffLimit": 3, "template": {
        "metadata": {"labels": {"app": "web"}}, "spec": {"containers": [container()], "restartPolicy": "Never",
                                                         "terminationGracePeriodSeconds": 1}}})


def all_scenarios():
    web = {"app": "web"}
    yield drained("order-stateful", "OrderedReady: one after another from the lowest, each when the one below is ready",
                  [app("StatefulSet", 3)], made=3)
    yield drained("order-parallel", "Parallel: each as soon as its old pod is gone",
                  [app("StatefulSet", 3, podManagementPolicy="Parallel")], made=3)
    yield drained("order-deployment", "the replacement comes before the old pod is gone", [app("Deployment", 3)],
                  made=3)
    yield drained("order-controller", "a ReplicationController does as a ReplicaSet", [app("ReplicationController", 2)],
                  made=2)
    yield drained("order-job", "a Job replaces what was deleted", [job()], made=2)
    yield drained("order-daemon", "a DaemonSet's pod comes back to its node, cordoned or not", [daemon()], made=1)
    yield drained("order-bare", "nobody makes a bare pod again",
                  [pod("web", labels=web, terminationGracePeriodSeconds=1)], made=0)
    yield drained("order-budget", "a budget of one lets one pod go",
                  [app("Deployment", 3), budget("b", web, maxUnavailable=1)],
                  made=1)
    yield drained("order-stateful-budget", "a StatefulSet under a budget of two",
                  [app("StatefulSet", 3), budget("b", web, minAvailable=1)], made=2)
