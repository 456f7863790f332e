"""Namespaces, priorities, budgets, autoscalers."""
from names import metadata
from tables import NAMESPACES, PRIORITIES, PRIORITY_TEXTS


def namespaces():
    return [
        {
            "apiVersion": "v1",
            "kind": "Namespace",
            "metadata": metadata(
                "Namespace", None, name, "2023-11-01T23:31:40Z", labels={"kubernetes.io/metadata.name": name, **labels}
            ),
            "spec": {"finalizers": ["kubernetes"]},
            "status": {"phase": "Active"},
        }
        for name, labels in NAMESPACES.items()
    ]


def priority_classes():
    return [
        {
            "apiVersion": "scheduling.k8s.io/v1",
            "description": text,
            "kind": "PriorityClass",
            "metadata": metadata("PriorityClass", None, name, "2023-11-01T23:31:38Z", generation=1),
            "preemptionPolicy": policy,
            "value": value,
        }
        for name, (value, policy), text in ((n, PRIORITIES[n], PRIORITY_TEXTS[n]) for n in PRIORITIES)
    ]


def matched(c, ns, selector):
    return [
        p
        for p in c.pods
        if p["metadata"]["namespace"] == ns
        and selector.items() <= p["metadata"]["labels"].items()
        and p["status"]["phase"] == "Running"
    ]


def budget(c, ns, name, selector, field, value):
    pods = matched(c, ns, selector)
    healthy = sum(c["status"] == "True" for p in pods for c in p["status"]["conditions"] if c["type"] == "Ready")
    expected = len(pods)
    share = -(-expected * int(value[:-1]) // 100) if isinstance(value, str) else value
    desired = share if field == "minAvailable" else max(0, expected - share)
    allowed = max(0, healthy - desired) if expected else 0
    meta = metadata("PodDisruptionBudget", ns, name, "2023-11-02T01:12:11Z", generation=1)
    state = ("True", "SufficientPods") if allowed else ("False", "InsufficientPods")
    return {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": meta,
        "spec": {field: value, "selector": {"matchLabels": selector}},
        "status": {
            "conditions": [
                {
                    "lastTransitionTime": "2024-06-11T04:39:20Z",
                    "message": "",
                    "observedGeneration": 1,
                    "reason": state[1],
                    "status": state[0],
                    "type": "DisruptionAllowed",
                }
            ],
            "currentHealthy": healthy,
            "desiredHealthy": desired,
            "disruptionsAllowed": allowed,
            "expectedPods": expected,
            "observedGeneration": 1,
        },
    }


def autoscaler(ns, name, low, high, replicas):
    meta = metadata("HorizontalPodAutoscaler", ns, name, "2023-11-02T01:12:13Z")
    return {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": meta,
        "spec": {
            "maxReplicas": high,
            "metrics": [
                {
                    "resource": {"name": "cpu", "target": {"averageUtilization": 60, "type": "Utilization"}},
                    "type": "Resource",
                }
            ],
            "minReplicas": low,
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": name},
        },
        "status": {
            "conditions": [
                {
                    "lastTransitionTime": "2024-06-10T11:02:31Z",
                    "message": "the HPA controller was able to get the target's current scale",
                    "reason": "SucceededGetScale",
                    "status": "True",
                    "type": "AbleToScale",
                }
            ],
            "currentMetrics": [
                {
                    "resource": {"current": {"averageUtilization": 44, "averageValue": "220m"}, "name": "cpu"},
                    "type": "Resource",
                }
            ],
            "currentReplicas": replicas,
            "desiredReplicas": replicas,
            "lastScaleTime": "2024-06-11T03:51:07Z",
        },
    }
