"""Pods: their specs as the API server completes them, their status, their events."""
from names import at, digest, metadata, repository, suffix, uid
from tables import PRIORITIES, ZONES


def milli(cpu):
    return int(cpu[:-1]) if cpu.endswith("m") else int(float(cpu) * 1000)


def container(c):
    out = {"image": repository(c["image"]), "imagePullPolicy": "IfNotPresent"}
    if c.get("prestop"):
        out["lifecycle"] = {"preStop": {"exec": {"command": c["prestop"]}}}
    out["name"] = c["name"]
    if c.get("port"):
        port = {"containerPort": c["port"], "protocol": c.get("protocol", "TCP")}
        if c.get("host_port"):
            port["hostPort"] = c["port"]
        out["ports"] = [port]
    if c.get("ready"):
        path, delay, period = c["ready"]
        out["readinessProbe"] = {
            "failureThreshold": 3,
            **(
                {"httpGet": {"path": path, "port": c["port"], "scheme": "HTTP"}}
                if path.startswith("/")
                else {"exec": {"command": path.split()}}
            ),
            **({"initialDelaySeconds": delay} if delay else {}),
            "periodSeconds": period,
            "successThreshold": 1,
            "timeoutSeconds": 1,
        }
    requests = {"cpu": c["cpu"], "memory": c["mem"]} if c.get("mem") else {"cpu": c["cpu"]} if c.get("cpu") else {}
    out["resources"] = {
        **({"limits": {"memory": c["limit"]}} if c.get("limit") else {}),
        **({"requests": requests} if requests else {}),
    }
    if c.get("privileged"):
        out["securityContext"] = {"privileged": True}
    out["terminationMessagePath"] = "/dev/termination-log"
    out["terminationMessagePolicy"] = "File"
    if c.get("mounts"):
        out["volumeMounts"] = [{"mountPath": path, "name": name} for name, path in c["mounts"]]
    return out


def volume(name, source):
    kind, value = source
    if kind == "empty":
        return {"emptyDir": {}, "name": name}
    if kind == "host":
        return {"hostPath": {"path": value, "type": ""}, "name": name}
    return {"name": name, "persistentVolumeClaim": {"claimName": value}}


def api_access(name):
    """The service account's token, as the API server adds it."""
    namespace = {"fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.namespace"}, "path": "namespace"}
    return {
        "name": name,
        "projected": {
            "defaultMode": 420,
            "sources": [
                {"serviceAccountToken": {"expirationSeconds": 3607, "path": "token"}},
                {"configMap": {"items": [{"key": "ca.crt", "path": "ca.crt"}], "name": "kube-root-ca.crt"}},
                {"downwardAPI": {"items": [namespace]}},
            ],
        },
    }


def template_spec(w):
    spec = {}
    if w.get("affinity"):
        spec["affinity"] = w["affinity"]
    spec["containers"] = [container(c) for c in w["containers"]]
    spec["dnsPolicy"] = "ClusterFirst"
    if w.get("host_network"):
        spec["hostNetwork"] = True
    if w.get("init"):
        spec["initContainers"] = [container(c) for c in w["init"]]
    if w.get("selector"):
        spec["nodeSelector"] = w["selector"]
    if w.get("priority"):
        spec["priorityClassName"] = w["priority"]
    spec["restartPolicy"] = w.get("restart", "Always")
    spec["schedulerName"] = "default-scheduler"
    spec["securityContext"] = {}
    if w.get("account"):
        spec["serviceAccount"] = spec["serviceAccountName"] = w["account"]
    spec["terminationGracePeriodSeconds"] = w.get("grace", 30)
    if w.get("tolerations"):
        spec["tolerations"] = w["tolerations"]
    if w.get("spread"):
        spec["topologySpreadConstraints"] = w["spread"]
    if w.get("volumes"):
        spec["volumes"] = [volume(name, source) for name, source in w["volumes"]]
    return spec


def template(w):
    meta = {"creationTimestamp": None, "labels": w["labels"]}
    if w.get("annotations"):
        meta["annotations"] = w["annotations"]
    return {"metadata": meta, "spec": template_spec(w)}


DEFAULT_TOLERATIONS = [
    {"effect": "NoExecute", "key": "node.kubernetes.io/" + what, "operator": "Exists", "tolerationSeconds": 300}
    for what in ("not-ready", "unreachable")
]
DAEMON_TOLERATIONS = [
    {"effect": effect, "key": "node.kubernetes.io/" + what, "operator": "Exists"}
    for what, effect in (
        ("not-ready", "NoExecute"),
        ("unreachable", "NoExecute"),
        ("disk-pressure", "NoSchedule"),
        ("memory-pressure", "NoSchedule"),
        ("pid-pressure", "NoSchedule"),
        ("unschedulable", "NoSchedule"),
    )
]


def added_tolerations(w, owner):
    if not owner or owner[1] != "DaemonSet":
        return DEFAULT_TOLERATIONS
    network = {"effect": "NoSchedule", "key": "node.kubernetes.io/network-unavailable", "operator": "Exists"}
    return DAEMON_TOLERATIONS + ([network] if w.get("host_network") else [])


def address(c, node, w):
    if w.get("host_network"):
        return node.ip
    z = ZONES[node.zone]
    z["pods"] += 1
    return "%s.%d" % (z["net"], 100 + z["pods"])


def add_pod(c, w, name, node, owner, created, labels=None, volumes=None, start=3, phase="Running", crash=False):
    ns = w["ns"]
    spec = template_spec({**w, "volumes": list(w.get("volumes", [])) + list(volumes or [])})
    spec["enableServiceLinks"] = True
    spec["nodeName"] = node.name
    priority = PRIORITIES.get(w.get("priority"), (0, "PreemptLowerPriority"))
    spec["preemptionPolicy"] = priority[1]
    spec["priority"] = priority[0]
    spec["serviceAccount"] = spec["serviceAccountName"] = w.get("account", "default")
    spec["tolerations"] = list(w.get("tolerations", [])) + added_tolerations(w, owner)
    if owner and owner[1] == "StatefulSet":
        spec["hostname"], spec["subdomain"] = name, w["name"]
    if w.get("gate"):
        spec["readinessGates"] = [{"conditionType": "target-health.elbv2.k8s.aws/" + w["gate"]}]
    if owner and owner[1] == "DaemonSet":
        spec["affinity"] = {
            "nodeAffinity": {
                "requiredDuringSchedulingIgnoredDuringExecution": {
                    "nodeSelectorTerms": [
                        {"matchFields": [{"key": "metadata.name", "operator": "In", "values": [node.name]}]}
                    ]
                }
            }
        }
    token = "kube-api-access-" + suffix("token " + name, 5)
    spec["volumes"] = spec.get("volumes", []) + [api_access(token)]
    for box in spec["containers"] + spec.get("initContainers", []):
        mount = {"mountPath": "/var/run/secrets/kubernetes.io/serviceaccount", "name": token, "readOnly": True}
        box["volumeMounts"] = box.get("volumeMounts", []) + [mount]
    spec = dict(sorted(spec.items()))
    delay = max((c["ready"][1] for c in w["containers"] if c.get("ready")), default=0)
    started = at(created, start)
    ready = at(created, start + delay + (4 if w.get("gate") is None else 38))
    ip = address(c, node, w)
    status = status_of(w, name, node, created, started, ready, phase, crash, ip)
    meta = metadata(
        "Pod",
        ns,
        name,
        created,
        labels={**w["labels"], **(labels or {})},
        annotations=w.get("annotations"),
        owner=owner,
    )
    if owner:
        meta = {**meta, "generateName": name.rsplit("-", 1)[0] + "-"}
        meta = dict(sorted(meta.items()))
    c.pods.append({"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": spec, "status": status})
    node.pods.append({"images": [(c["image"], c.get("size", 40)) for c in w["containers"] + w.get("init", [])]})
    if phase == "Running":
        c.selected.setdefault((ns, w["labels"].get("app", name)), []).append((name, ip, node, not crash))
    if w.get("recent"):
        pod_events(c, w, ns, name, node, created, start)


def status_of(w, name, node, created, started, ready, phase, crash, ip):
    done = phase == "Succeeded"
    up = phase == "Running" and not crash
    ended = at(started, 42)
    conditions = [
        ("Initialized", "True", created),
        ("Ready", str(up), ready),
        ("ContainersReady", str(up), ready),
        ("PodScheduled", "True", created),
    ]
    if w.get("gate"):
        conditions.insert(0, ("target-health.elbv2.k8s.aws/" + w["gate"], "True", ready))

    def statuses(containers, init):
        out = []
        for c in containers:
            if init or done:
                end = created if init else ended
                state = {
                    "terminated": {
                        "containerID": "containerd://" + digest(name + c["name"]),
                        "exitCode": 0,
                        "finishedAt": end,
                        "reason": "Completed",
                        "startedAt": created if init else started,
                    }
                }
            elif crash:
                state = {
                    "waiting": {
                        "message": "back-off 5m0s restarting failed container=%s pod=%s_%s(%s)"
                        % (c["name"], name, w["ns"], uid("Pod/%s/%s" % (w["ns"], name))),
                        "reason": "CrashLoopBackOff",
                    }
                }
            else:
                state = {"running": {"startedAt": started}}
            image = repository(c["image"])
            out.append(
                {
                    "containerID": "containerd://" + digest(name + c["name"]),
                    "image": image,
                    "imageID": image.rsplit(":", 1)[0] + "@sha256:" + digest(c["image"]),
                    "lastState": {},
                    "name": c["name"],
                    "ready": init or up,
                    "restartCount": 214 if crash else 0,
                    "started": up,
                    "state": state,
                }
            )
        return out

    out = {
        "conditions": [
            {"lastProbeTime": None, "lastTransitionTime": when, "status": state, "type": kind}
            | (
                {}
                if state == "True"
                else {
                    "message": "containers with unready status: [%s]" % " ".join(c["name"] for c in w["containers"]),
                    "reason": "PodCompleted" if done else "ContainersNotReady",
                }
            )
            for kind, state, when in conditions
        ],
        "containerStatuses": statuses(w["containers"], False),
        "hostIP": node.ip,
    }
    if w.get("init"):
        out["initContainerStatuses"] = statuses(w["init"], True)
    guaranteed = all(c.get("cpu") for c in w["containers"])
    return {
        **out,
        "phase": phase,
        "podIP": ip,
        "podIPs": [{"ip": ip}],
        "qosClass": "Burstable" if guaranteed or any(c.get("cpu") for c in w["containers"]) else "BestEffort",
        "startTime": created,
    }


def event(c, ns, kind, name, reason, message, when, component, host=None):
    # An event's name ends in the nanosecond of its first sight.
    meta = metadata("Event", ns, "%s.17d7%s" % (name, digest(reason + name + when, 12)), when)
    c.events.append(
        {
            "apiVersion": "v1",
            "count": 1,
            "eventTime": None,
            "firstTimestamp": when,
            "involvedObject": {
                "apiVersion": "v1",
                "kind": kind,
                "name": name,
                "namespace": ns,
                "uid": uid("%s/%s/%s" % (kind, ns, name)),
            },
            "kind": "Event",
            "lastTimestamp": when,
            "message": message,
            "metadata": meta,
            "reason": reason,
            "reportingComponent": component,
            "reportingInstance": host or "",
            "source": {"component": component, **({"host": host} if host else {})},
            "type": "Normal",
        }
    )


def pod_events(c, w, ns, name, node, created, start):
    first = w["containers"][0]
    pull = max(1, start - 2)
    event(
        c,
        ns,
        "Pod",
        name,
        "Scheduled",
        "Successfully assigned %s/%s to %s" % (ns, name, node.name),
        created,
        "default-scheduler",
    )
    if any(source[0] == "claim" for _, source in w.get("volumes", [])) or w.get("claims"):
        event(
            c,
            ns,
            "Pod",
            name,
            "SuccessfulAttachVolume",
            'AttachVolume.Attach succeeded for volume "pvc-%s" ' % uid("claim " + name),
            at(created, 3),
            "attachdetach-controller",
        )
    event(
        c,
        ns,
        "Pod",
        name,
        "Pulled",
        'Successfully pulled image "%s" in %d.%03ds (%d.%03ds including waiting)'
        % (repository(first["image"]), pull - 1, 217, pull - 1, 604),
        at(created, pull),
        "kubelet",
        node.name,
    )
    event(c, ns, "Pod", name, "Started", "Started container " + first["name"], at(created, start), "kubelet", node.name)
