"""Services with their EndpointSlices, and Ingresses."""
from names import REGION, digest, metadata, suffix, uid


def service(c, ns, name, selector, port, target, kind="ClusterIP", annotations=None, headless=False):
    ip = "None" if headless else "172.20.%d.%d" % (int(digest(name, 2), 16), int(digest(ns + name, 2), 16))
    spec = {
        "clusterIP": ip,
        "clusterIPs": [ip],
        "internalTrafficPolicy": "Cluster",
        "ipFamilies": ["IPv4"],
        "ipFamilyPolicy": "SingleStack",
        "ports": [{"name": "main", "port": port, "protocol": "TCP", "targetPort": target}],
        "selector": selector,
        "sessionAffinity": "None",
        "type": kind,
    }
    status = {"loadBalancer": {}}
    meta = metadata("Service", ns, name, "2023-11-02T01:12:08Z", annotations=annotations)
    if kind == "LoadBalancer":
        spec.update(
            {
                "allocateLoadBalancerNodePorts": False,
                "externalTrafficPolicy": "Cluster",
                "loadBalancerClass": "service.k8s.aws/nlb",
            }
        )
        meta["finalizers"] = ["service.k8s.aws/resources"]
        status = {
            "loadBalancer": {
                "ingress": [
                    {"hostname": "k8s-%s-%s-%s.elb.%s.amazonaws.com" % (ns[:8], name[:8], digest(name, 10), REGION)}
                ]
            }
        }
    slice_meta = metadata(
        "EndpointSlice",
        ns,
        "%s-%s" % (name, suffix("slice " + name, 5)),
        "2023-11-02T01:12:08Z",
        labels={
            "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io",
            "kubernetes.io/service-name": name,
        },
        owner=("v1", "Service", name),
        generation=31,
    )
    endpoints = [
        {
            "addresses": [ip_],
            "conditions": {"ready": ok, "serving": ok, "terminating": False},
            "nodeName": node.name,
            "targetRef": {"kind": "Pod", "name": pod, "namespace": ns, "uid": uid("Pod/%s/%s" % (ns, pod))},
            "zone": node.zone,
        }
        for pod, ip_, node, ok in c.selected.get((ns, selector["app"]), [])
    ]
    return [
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": dict(sorted(meta.items())),
            "spec": dict(sorted(spec.items())),
            "status": status,
        },
        {
            "addressType": "IPv4",
            "apiVersion": "discovery.k8s.io/v1",
            "endpoints": endpoints,
            "kind": "EndpointSlice",
            "metadata": slice_meta,
            "ports": [{"name": "main", "port": target, "protocol": "TCP"}],
        },
    ]


def ingress(ns, name, host, service):
    meta = metadata(
        "Ingress",
        ns,
        name,
        "2023-11-02T01:12:12Z",
        annotations={
            "alb.ingress.kubernetes.io/scheme": "internet-facing",
            "alb.ingress.kubernetes.io/target-type": "ip",
        },
        generation=1,
    )
    meta["finalizers"] = ["ingress.k8s.aws/resources"]
    backend = {"service": {"name": service, "port": {"number": 443}}}
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "Ingress",
        "metadata": dict(sorted(meta.items())),
        "spec": {
            "ingressClassName": "alb",
            "rules": [{"host": host, "http": {"paths": [{"backend": backend, "path": "/", "pathType": "Prefix"}]}}],
        },
        "status": {
            "loadBalancer": {
                "ingress": [{"hostname": "k8s-%s-%s.%s.elb.amazonaws.com" % (ns, digest(name, 10), REGION)}]
            }
        },
    }
