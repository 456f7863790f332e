"""Workloads to drain, as a team would write them."""
import math

from differential.objects import budget, container, workload

# kind, name, replicas, budget, seconds until a new pod is ready
FORTY = (
    ("Deployment", "web", 12, {"maxUnavailable": "25%"}, 5),
    ("Deployment", "api", 8, {"minAvailable": 6}, 4),
    ("StatefulSet", "db", 3, {"maxUnavailable": 1}, 3),
    ("StatefulSet", "queue", 4, {"minAvailable": "50%"}, 3),
    ("Deployment", "cart", 1, {"maxUnavailable": 1}, 4),
    ("Deployment", "free", 12, None, 4),
)
# The delay of a pod on a bare node, which kubelets.py keeps.
DELAY = "e2e/ready-after"


def is_ready(pod):
    """Counts as healthy for a budget."""
    conditions = pod["status"].get("conditions", [])
    return "deletionTimestamp" not in pod["metadata"] and any(
        c["type"] == "Ready" and c["status"] == "True" for c in conditions)


def wanted(spec, replicas):
    """How many healthy pods a budget wants: percentages are rounded up, whichever of the two they are."""
    if "minAvailable" in spec:
        return share(spec["minAvailable"], replicas)
    return max(0, replicas - share(spec["maxUnavailable"], replicas))


def share(value, whole):
    if isinstance(value, str):
        return math.ceil(int(value.rstrip("%")) * whole / 100)
    return value


def app(kind, name, replicas, delay, ns, **spec):
    """Its pods are ready `delay` seconds after they have started, on hollow kubelets and on bare nodes."""
    made = workload(kind, name, replicas, ns, **spec)
    template = made["spec"]["template"]
    template["metadata"]["annotations"] = {DELAY: str(delay)}
    main = container("100m", "64Mi", image="app:1")
    if delay:
        # A fake runtime takes every command as done: what counts is when the kubelet first asks.
        main["readinessProbe"] = {"exec": {"command": ["ready"]}, "initialDelaySeconds": math.ceil(delay),
                                  "periodSeconds": 1}
    template["spec"].update(containers=[main], terminationGracePeriodSeconds=30)
    return made


class Scene:
    """A namespace with workloads and their budgets."""

    def __init__(self, ns, table):
        self.ns, self.table = ns, table

    def objects(self):
        for kind, name, replicas, wants, delay in self.table:
            more = {"podManagementPolicy": "Parallel"} if name == "queue" else {}
            yield app(kind, name, replicas, delay, self.ns, **more)
            if wants:
                yield budget(name, {"app": name}, self.ns, **wants)

    def replicas(self):
        return {name: replicas for _, name, replicas, _, _ in self.table}

    def floors(self):
        """app -> healthy pods that its budget wants."""
        return {name: wanted(wants, replicas) for _, name, replicas, wants, _ in self.table if wants}

    def create(self, api):
        api.create(make_namespace(self.ns))
        for obj in self.objects():
            api.create(obj)

    def is_whole(self, api):
        """Every workload says that all of its replicas are ready, and every budget has counted them."""
        for kind, name, replicas, wants, _ in self.table:
            status = api.get(kind, self.ns, name)["status"]
            if status.get("readyReplicas", 0) != replicas or status["replicas"] != replicas:
                return False
            if wants:
                counted = api.get("PodDisruptionBudget", self.ns, name).get("status", {})
                if counted.get("currentHealthy") != replicas:
                    return False
        return len(api.list("Pod", self.ns)) == sum(self.replicas().values())


def make_namespace(name):
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
