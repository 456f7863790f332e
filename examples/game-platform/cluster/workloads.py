"""Deployments, StatefulSets, DaemonSets, CronJobs: the objects, and the pods that they made."""
from names import at, metadata, suffix, uid
from pods import add_pod, milli, template
from storage import add_claim
from tables import GROUPS


def condition(kind, state, reason, message, when):
    return {
        "lastTransitionTime": when,
        "lastUpdateTime": when,
        "message": message,
        "reason": reason,
        "status": state,
        "type": kind,
    }


def deployment(c, w):
    ns, name, n = w["ns"], w["name"], w["replicas"]
    hash_ = suffix("template %s/%s" % (ns, name), 10)
    rs, avoid = "%s-%s" % (name, hash_), set()
    down = 1 if w.get("crash") else 0
    for i in range(n):
        node = (
            next((x for x in c.nodes if x.index == w["on"] and x.group == "game-2023"), None)
            if "on" in w
            else c.place(w, avoid=avoid)
        )
        if w.get("apart"):
            avoid.add(node.name)
            if all(n.name in avoid for n in c.nodes if n.group == node.group):
                avoid.clear()
        created = at(w["created"], 2 * i if not w.get("recent") else 45 * i)
        add_pod(
            c,
            w,
            "%s-%s" % (rs, suffix("%s/%s/%d" % (ns, rs, i), 5)),
            node,
            ("apps/v1", "ReplicaSet", rs),
            created,
            labels={"pod-template-hash": hash_},
            start=w.get("start", 3) + i % 3,
            crash=bool(down and i == 0),
        )
    selector = {"matchLabels": {"app": w["labels"]["app"]}}
    spec = {"minReadySeconds": w["min_ready"]} if w.get("min_ready") else {}
    spec.update(
        {
            "progressDeadlineSeconds": 600,
            "replicas": n,
            "revisionHistoryLimit": 2,
            "selector": selector,
            "strategy": w.get(
                "strategy", {"rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"}, "type": "RollingUpdate"}
            ),
            "template": template(w),
        }
    )
    made = w.get("made", "2023-11-02T01:12:09Z")
    counts = {"availableReplicas": n - down, "observedGeneration": 14, "readyReplicas": n - down, "replicas": n}
    conditions = [
        condition("Available", "True", "MinimumReplicasAvailable", "Deployment has minimum availability.", made),
        condition(
            "Progressing",
            "True",
            "NewReplicaSetAvailable",
            'ReplicaSet "%s" has successfully progressed.' % rs,
            at(w["created"], 60),
        ),
    ]
    c.workloads.append(
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": metadata(
                "Deployment",
                ns,
                name,
                made,
                labels=w["labels"],
                annotations={"deployment.kubernetes.io/revision": "7"},
                generation=14,
            ),
            "spec": spec,
            "status": {
                **counts,
                "conditions": conditions,
                "updatedReplicas": n,
                **({"unavailableReplicas": down} if down else {}),
            },
        }
    )
    rs_labels = {**w["labels"], "pod-template-hash": hash_}
    c.workloads.append(
        {
            "apiVersion": "apps/v1",
            "kind": "ReplicaSet",
            "metadata": metadata(
                "ReplicaSet",
                ns,
                rs,
                w["created"],
                labels=rs_labels,
                owner=("apps/v1", "Deployment", name),
                generation=1,
                annotations={
                    "deployment.kubernetes.io/desired-replicas": str(n),
                    "deployment.kubernetes.io/max-replicas": str(n + max(1, -(-n // 4))),
                    "deployment.kubernetes.io/revision": "7",
                },
            ),
            "spec": {
                "replicas": n,
                "selector": {"matchLabels": {"app": w["labels"]["app"], "pod-template-hash": hash_}},
                "template": template({**w, "labels": rs_labels}),
            },
            "status": {**counts, "fullyLabeledReplicas": n, "observedGeneration": 1},
        }
    )


def stateful_set(c, w):
    ns, name, n = w["ns"], w["name"], w["replicas"]
    revision = "%s-%s" % (name, suffix("revision " + name, 9))
    for i in range(n):
        zone = w["zones"][i % len(w["zones"])]
        node = c.place(w, zone=zone)
        pod = "%s-%d" % (name, i)
        claims = []
        for claim, size, in_tree in w["claims"]:
            add_claim(c, ns, "%s-%s" % (claim, pod), size, node, w, in_tree)
            claims.append((claim, ("claim", "%s-%s" % (claim, pod))))
        add_pod(
            c,
            {**w, "recent": w.get("recent") == i},
            pod,
            node,
            ("apps/v1", "StatefulSet", name),
            at(w["created"], 70 * i) if w.get("recent") != i else w["recent_at"],
            labels={
                "apps.kubernetes.io/pod-index": str(i),
                "controller-revision-hash": revision,
                "statefulset.kubernetes.io/pod-name": pod,
            },
            volumes=claims,
            start=w.get("start", 12) + 2 * i,
        )
    claim_templates = [
        {
            "apiVersion": "v1",
            "kind": "PersistentVolumeClaim",
            "metadata": {"creationTimestamp": None, "name": claim},
            "spec": {
                "accessModes": ["ReadWriteOnce"],
                "resources": {"requests": {"storage": size}},
                "storageClassName": "gp2" if in_tree else "gp3",
                "volumeMode": "Filesystem",
            },
            "status": {"phase": "Pending"},
        }
        for claim, size, in_tree in w["claims"]
    ]
    c.workloads.append(
        {
            "apiVersion": "apps/v1",
            "kind": "StatefulSet",
            "metadata": metadata("StatefulSet", ns, name, w["made"], labels=w["labels"], generation=9),
            "spec": {
                "persistentVolumeClaimRetentionPolicy": {"whenDeleted": "Retain", "whenScaled": "Retain"},
                "podManagementPolicy": w.get("management", "OrderedReady"),
                "replicas": n,
                "revisionHistoryLimit": 10,
                "selector": {"matchLabels": {"app": w["labels"]["app"]}},
                "serviceName": name,
                "template": template(w),
                "updateStrategy": {"rollingUpdate": {"partition": 0}, "type": "RollingUpdate"},
                "volumeClaimTemplates": claim_templates,
            },
            "status": {
                "availableReplicas": n,
                "collisionCount": 0,
                "currentReplicas": n,
                "currentRevision": revision,
                "observedGeneration": 9,
                "readyReplicas": n,
                "replicas": n,
                "updateRevision": revision,
                "updatedReplicas": n,
            },
        }
    )


def daemon_set(c, w):
    ns, name, n = w["ns"], w["name"], len(c.nodes)
    revision = suffix("revision " + name, 10)
    for node in c.nodes:
        node.cpu += sum(milli(c.get("cpu", "0m")) for c in w["containers"])
        created = at(GROUPS[node.group]["created"], 7 * node.index + 2)
        add_pod(
            c,
            w,
            "%s-%s" % (name, suffix(name + node.name, 5)),
            node,
            ("apps/v1", "DaemonSet", name),
            created,
            labels={"controller-revision-hash": revision, "pod-template-generation": "3"},
            start=6 + node.index % 4,
        )
    c.workloads.append(
        {
            "apiVersion": "apps/v1",
            "kind": "DaemonSet",
            "metadata": metadata(
                "DaemonSet",
                ns,
                name,
                "2023-11-01T23:40:51Z",
                labels=w["labels"],
                annotations={"deprecated.daemonset.template.generation": "3"},
                generation=3,
            ),
            "spec": {
                "revisionHistoryLimit": 10,
                "selector": {"matchLabels": {"app": w["labels"]["app"]}},
                "template": template(w),
                "updateStrategy": {"rollingUpdate": {"maxSurge": 0, "maxUnavailable": "10%"}, "type": "RollingUpdate"},
            },
            "status": {
                "currentNumberScheduled": n,
                "desiredNumberScheduled": n,
                "numberAvailable": n,
                "numberMisscheduled": 0,
                "numberReady": n,
                "observedGeneration": 3,
                "updatedNumberScheduled": n,
            },
        }
    )


def cron_job(c, w):
    ns, name = w["ns"], w["name"]
    job_spec = {"backoffLimit": 6, "completionMode": "NonIndexed", "completions": 1, "parallelism": 1, "suspend": False}
    active = []
    for minutes, running in w["runs"]:
        job = "%s-%d" % (name, minutes)
        created = at("1970-01-01T00:00:00Z", 60 * minutes)
        identity = uid("Job/%s/%s" % (ns, job))
        labels = {
            "batch.kubernetes.io/controller-uid": identity,
            "batch.kubernetes.io/job-name": job,
            "controller-uid": identity,
            "job-name": job,
        }
        run = {**w, "labels": {**labels}, "recent": True}
        add_pod(
            c,
            run,
            "%s-%s" % (job, suffix(job, 5)),
            c.place(w),
            ("batch/v1", "Job", job),
            created,
            start=5,
            phase="Running" if running else "Succeeded",
        )
        if running:
            active.append({"apiVersion": "batch/v1", "kind": "Job", "name": job, "namespace": ns, "uid": identity})
        ended = at(created, 49)
        status = (
            {"active": 1, "ready": 1, "startTime": created, "uncountedTerminatedPods": {}}
            if running
            else {
                "completionTime": ended,
                "conditions": [
                    {"lastProbeTime": ended, "lastTransitionTime": ended, "status": "True", "type": "Complete"}
                ],
                "ready": 0,
                "startTime": created,
                "succeeded": 1,
                "uncountedTerminatedPods": {},
            }
        )
        c.workloads.append(
            {
                "apiVersion": "batch/v1",
                "kind": "Job",
                "metadata": metadata(
                    "Job", ns, job, created, labels=labels, owner=("batch/v1", "CronJob", name), generation=1
                ),
                "spec": {
                    **job_spec,
                    "selector": {"matchLabels": {"batch.kubernetes.io/controller-uid": identity}},
                    "template": template(run),
                },
                "status": status,
            }
        )
    status = (
        {"lastScheduleTime": at("1970-01-01T00:00:00Z", 60 * max(m for m, _ in w["runs"]))}
        if w["runs"]
        else {"lastScheduleTime": "2024-03-31T19:00:00Z"}
    )
    c.workloads.append(
        {
            "apiVersion": "batch/v1",
            "kind": "CronJob",
            "metadata": metadata("CronJob", ns, name, "2023-11-02T01:12:10Z", labels=w["labels"], generation=1),
            "spec": {
                "concurrencyPolicy": "Forbid",
                "failedJobsHistoryLimit": 1,
                "jobTemplate": {"metadata": {"creationTimestamp": None}, "spec": {"template": template(w)}},
                "schedule": w["schedule"],
                "successfulJobsHistoryLimit": 1,
                "suspend": False,
            },
            "status": {**({"active": active} if active else {}), **status},
        }
    )


def bare(c, w):
    add_pod(c, w, w["name"], c.place(w), None, w["created"])
