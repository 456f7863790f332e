"""Short ways to write Kubernetes objects, as a user would write them: the server adds the rest.

Every function returns a plain dict; `more` goes into the spec.
"""

API = {"Node": "v1", "Pod": "v1", "Service": "v1", "PersistentVolume": "v1", "PersistentVolumeClaim": "v1",
       "StorageClass": "storage.k8s.io/v1", "CSINode": "storage.k8s.io/v1", "PriorityClass": "scheduling.k8s.io/v1",
       "ReplicaSet": "apps/v1", "Deployment": "apps/v1", "StatefulSet": "apps/v1", "DaemonSet": "apps/v1",
       "Job": "batch/v1", "PodDisruptionBudget": "policy/v1beta1", "ReplicationController": "v1"}
ZONE, HOST, REGION = "topology.kubernetes.io/zone", "kubernetes.io/hostname", "topology.kubernetes.io/region"
MIB = 1 << 20


def make(kind, name, ns=None, labels=None, annotations=None, **fields):
    meta = {"name": name}
    for key, value in (("namespace", ns), ("labels", labels), ("annotations", annotations)):
        if value:
            meta[key] = value
    return {"apiVersion": API[kind], "kind": kind, "metadata": meta, **fields}


def node(name, cpu="4", memory="8Gi", pods="110", zone=None, labels=None, taints=None, cordoned=False, images=None,
         annotations=None, **scalars):
    """images: name -> MiB. scalars: further allocatable resources, with "_" for "/" and "-" for "."."""
    found = {HOST: name, **({ZONE: zone, REGION: "r"} if zone else {}), **(labels or {})}
    spec = {}
    if taints:
        spec["taints"] = [taint(t) for t in taints]
    if cordoned:
        spec["unschedulable"] = True
        spec.setdefault("taints", []).append({"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"})
    room = {"cpu": cpu, "memory": memory, "pods": pods, "ephemeral-storage": "20Gi", **scalars.get("scalars", {})}
    status = {"capacity": room, "allocatable": room,
              "conditions": [{"type": "Ready", "status": "True", "reason": "Bare"}]}
    if images:
        status["images"] = [{"names": [n], "sizeBytes": size * MIB} for n, size in sorted(images.items())]
    return make("Node", name, labels=found, annotations=annotations, spec=spec, status=status)


def nodes(count, **more):
    return [node(f"n{i}", **more) for i in range(count)]


def zoned(per_zone, zones=("a", "b", "c"), **more):
    return [node(f"{z}{i}", zone=z, **more) for z in zones for i in range(per_zone)]


def taint(text):
    """key=value:Effect or key:Effect"""
    pair, effect = text.rsplit(":", 1)
    key, _, value = pair.partition("=")
    return {"key": key, "effect": effect, **({"value": value} if value else {})}


def toleration(key=None, value=None, effect=None, operator=None):
    found = {"key": key, "value": value, "effect": effect, "operator": operator}
    return {k: v for k, v in found.items() if v is not None}


def container(cpu=None, memory=None, name="c", image="app", ports=None, **resources):
    asked = {k: v for k, v in (("cpu", cpu), ("memory", memory), *resources.get("scalars", {}).items()) if v}
    found = {"name": name, "image": image}
    if asked:
        # extended resources must be limited to what they request
        limits = {k: v for k, v in asked.items() if k not in ("cpu", "memory", "ephemeral-storage")}
        found["resources"] = {"requests": asked, **({"limits": limits} if limits else {})}
    if ports:
        found["ports"] = ports
    return found


def pod(name, cpu=None, memory=None, ns="one", on=None, labels=None, containers=None, claims=(), ports=None,
        image="app", scalars=None, annotations=None, **spec):
    """on: the node it already runs on. claims: names of the PVCs it mounts."""
    found = {"containers": containers or [container(cpu, memory, image=image, ports=ports, scalars=scalars or {})]}
    if on:
        found["nodeName"] = on
    if claims:
        found["volumes"] = [{"name": f"v{i}", "persistentVolumeClaim": {"claimName": c}} for i, c in enumerate(claims)]
    found.update(spec)
    return make("Pod", name, ns, labels, annotations, spec=found)


def port(number, protocol="TCP", ip=None):
    return {"containerPort": number, "hostPort": number, "protocol": protocol, **({"hostIP": ip} if ip else {})}


def term(key=None, operator="In", *values, fields=None):
    """One node selector term of one expression, or of one field."""
    found = {}
    if key:
        found["matchExpressions"] = [expression(key, operator, *values)]
    if fields:
        found["matchFields"] = [{"key": "metadata.name", "operator": "In", "values": [fields]}]
    return found


def expression(key, operator, *values):
    return {"key": key, "operator": operator, **({"values": list(values)} if values else {})}


def node_affinity(*terms, prefer=()):
    """terms: required, ORed. prefer: (weight, term)."""
    found = {}
    if terms:
        found["requiredDuringSchedulingIgnoredDuringExecution"] = {"nodeSelectorTerms": list(terms)}
    if prefer:
        found["preferredDuringSchedulingIgnoredDuringExecution"] = [
            {"weight": w, "preference": t} for w, t in prefer]
    return {"nodeAffinity": found}


def pod_term(key, labels=None, expressions=None, namespaces=None):
    selector = {}
    if labels is not None:
        selector["matchLabels"] = labels
    if expressions:
        selector["matchExpressions"] = expressions
    return {"topologyKey": key, "labelSelector": selector, **({"namespaces": namespaces} if namespaces else {})}


def pod_affinity(*terms, prefer=(), anti=False):
    found = {}
    if terms:
        found["requiredDuringSchedulingIgnoredDuringExecution"] = list(terms)
    if prefer:
        found["preferredDuringSchedulingIgnoredDuringExecution"] = [
            {"weight": w, "podAffinityTerm": t} for w, t in prefer]
    return {"podAntiAffinity" if anti else "podAffinity": found}


def spread(key, labels, skew=1, hard=True):
    return {"topologyKey": key, "maxSkew": skew, "labelSelector": {"matchLabels": labels},
            "whenUnsatisfiable": "DoNotSchedule" if hard else "ScheduleAnyway"}


def volume(name, zone=None, size="1Gi", cls="", claim=None, on=None, labels=None, source=None, mode="ReadWriteOnce"):
    """on: a node affinity by zone values; claim: bound to that claim (NAMESPACE/NAME) from the start."""
    spec = {"capacity": {"storage": size}, "accessModes": [mode], "storageClassName": cls,
            "persistentVolumeReclaimPolicy": "Retain",
            **(source or {"csi": {"driver": "ebs.csi.aws.com", "volumeHandle": f"vol-{name}"}})}
    if on:
        spec["nodeAffinity"] = {"required": {"nodeSelectorTerms": [term(ZONE, "In", *on)]}}
    if claim:
        ns, _, bound = claim.partition("/")
        spec["claimRef"] = {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "namespace": ns, "name": bound}
    return make("PersistentVolume", name, labels={**(labels or {}), **({ZONE: zone} if zone else {})}, spec=spec)


def claim(name, cls="", size="1Gi", volume_name=None, ns="one", mode="ReadWriteOnce"):
    spec = {"accessModes": [mode], "resources": {"requests": {"storage": size}}, "storageClassName": cls}
    if volume_name:
        spec["volumeName"] = volume_name
    return make("PersistentVolumeClaim", name, ns, spec=spec)


def storage_class(name, provisioner="kubernetes.io/no-provisioner", late=True, zones=None):
    found = {"provisioner": provisioner, "volumeBindingMode": "WaitForFirstConsumer" if late else "Immediate"}
    if zones:
        found["allowedTopologies"] = [{"matchLabelExpressions": [{"key": ZONE, "values": list(zones)}]}]
    return make("StorageClass", name, **found)


def csi_node(name, count, driver="ebs.csi.aws.com"):
    return make("CSINode", name, spec={"drivers": [
        {"name": driver, "nodeID": name, "topologyKeys": [ZONE], "allocatable": {"count": count}}]})


def priority_class(name, value, policy=None):
    return make("PriorityClass", name, value=value, **({"preemptionPolicy": policy} if policy else {}))


def service(name, selector, ns="one"):
    return make("Service", name, ns, spec={"selector": selector, "ports": [{"port": 80}]})


def budget(name, selector=None, ns="one", **spec):
    """spec: minAvailable or maxUnavailable. selector: labels, {} for all, None for none."""
    if selector is not None:
        spec["selector"] = {"matchLabels": selector} if selector else {}
    return make("PodDisruptionBudget", name, ns, spec=spec)


def template(labels, node_name=None, **spec):
    found = {"containers": [container()], "terminationGracePeriodSeconds": 0, **spec}
    if node_name:
        found["nodeName"] = node_name
    return {"metadata": {"labels": labels}, "spec": found}


def workload(kind, name, replicas, ns="one", labels=None, on=None, **spec):
    """A Deployment, ReplicaSet, StatefulSet or ReplicationController whose pods carry `labels` (app=NAME)."""
    labels = labels or {"app": name}
    selector = labels if kind == "ReplicationController" else {"matchLabels": labels}
    found = {"replicas": replicas, "selector": selector, "template": template(labels, on)}
    if kind == "StatefulSet":
        found["serviceName"] = name
    found.update(spec)
    return make(kind, name, ns, spec=found)
