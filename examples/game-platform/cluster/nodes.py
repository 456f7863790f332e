"""Node and CSINode objects."""
import json

from names import REGION, at, digest, metadata, repository, uid
from tables import CLUSTER, GROUPS, NOW, ZONES


class Node:
    def __init__(self, group, index):
        zones = list(ZONES)
        self.group, self.index, self.zone = group, index, zones[index % len(zones)]
        z = ZONES[self.zone]
        z["next"] += 3
        self.ip = "%s.%d" % (z["net"], z["next"])
        self.name = "ip-%s.%s.compute.internal" % (self.ip.replace(".", "-"), REGION)
        self.instance = "i-0" + digest("instance " + self.name, 16)
        self.cpu = 0
        self.pods = []
        self.volumes = []

    def object(self):
        g = GROUPS[self.group]
        beta = {
            "beta.kubernetes.io/arch": "amd64",
            "beta.kubernetes.io/instance-type": g["type"],
            "beta.kubernetes.io/os": "linux",
        }
        labels = {
            **beta,
            "eks.amazonaws.com/capacityType": "ON_DEMAND",
            "eks.amazonaws.com/nodegroup": self.group,
            "eks.amazonaws.com/nodegroup-image": g["image"],
            "failure-domain.beta.kubernetes.io/region": REGION,
            "failure-domain.beta.kubernetes.io/zone": self.zone,
            "k8s.io/cloud-provider-aws": digest(CLUSTER, 32),
            "kubernetes.io/arch": "amd64",
            "kubernetes.io/hostname": self.name,
            "kubernetes.io/os": "linux",
            "node.kubernetes.io/instance-type": g["type"],
            **g["labels"],
            "topology.ebs.csi.aws.com/zone": self.zone,
            "topology.kubernetes.io/region": REGION,
            "topology.kubernetes.io/zone": self.zone,
        }
        capacity = {
            "cpu": g["cpu"],
            "ephemeral-storage": "83873772Ki",
            "hugepages-1Gi": "0",
            "hugepages-2Mi": "0",
            "memory": g["memory"],
            "pods": str(g["pods"]),
        }
        allocatable = {**capacity, "cpu": g["cpu_left"], "ephemeral-storage": "76224326324", "memory": g["memory_left"]}
        created = at(g["created"], 7 * self.index)
        heard = at(NOW, -(17 * self.index) % 290 - 5)
        conditions = [
            (kind, "False", "KubeletHas" + reason, "kubelet has " + words)
            for kind, reason, words in (
                ("MemoryPressure", "SufficientMemory", "sufficient memory available"),
                ("DiskPressure", "NoDiskPressure", "no disk pressure"),
                ("PIDPressure", "SufficientPID", "sufficient PID available"),
            )
        ] + [("Ready", "True", "KubeletReady", "kubelet is posting ready status")]
        ready = at(created, 24 + self.index % 9)
        images = sorted({(i, s) for p in self.pods for i, s in p["images"]})
        attached = [{"devicePath": "", "name": "kubernetes.io/csi/ebs.csi.aws.com^" + v} for v in sorted(self.volumes)]
        status = {
            "addresses": [
                {"address": self.ip, "type": "InternalIP"},
                {"address": self.name, "type": "InternalDNS"},
                {"address": self.name, "type": "Hostname"},
            ],
            "allocatable": allocatable,
            "capacity": capacity,
            "conditions": [
                {
                    "lastHeartbeatTime": heard,
                    "lastTransitionTime": ready if kind == "Ready" else created,
                    "message": message,
                    "reason": reason,
                    "status": state,
                    "type": kind,
                }
                for kind, state, reason, message in conditions
            ],
            "daemonEndpoints": {"kubeletEndpoint": {"Port": 10250}},
            "images": [{"names": [repository(i)], "sizeBytes": size * 1000000} for i, size in images],
            "nodeInfo": {
                "architecture": "amd64",
                "bootID": uid("boot " + self.name),
                "containerRuntimeVersion": "containerd://1.7.11",
                "kernelVersion": g["kernel"],
                "kubeProxyVersion": g["version"],
                "kubeletVersion": g["version"],
                "machineID": digest("machine " + self.name, 32),
                "operatingSystem": "linux",
                "osImage": "Amazon Linux 2",
                "systemUUID": uid("system " + self.name),
            },
        }
        if attached:
            status["volumesAttached"] = attached
            status["volumesInUse"] = [v["name"] for v in attached]
        spec = {"providerID": "aws:///%s/%s" % (self.zone, self.instance)}
        if g.get("taints"):
            spec["taints"] = g["taints"]
        annotations = {
            "alpha.kubernetes.io/provided-node-ip": self.ip,
            "csi.volume.kubernetes.io/nodeid": json.dumps({"ebs.csi.aws.com": self.instance}),
            "node.alpha.kubernetes.io/ttl": "0",
            "volumes.kubernetes.io/controller-managed-attach-detach": "true",
        }
        meta = metadata("Node", None, self.name, created, labels=labels, annotations=annotations)
        return {"apiVersion": "v1", "kind": "Node", "metadata": meta, "spec": spec, "status": status}

    def csinode(self):
        meta = metadata("CSINode", None, self.name, at(GROUPS[self.group]["created"], 7 * self.index + 31))
        meta["annotations"] = {"storage.alpha.kubernetes.io/migrated-plugins": "kubernetes.io/aws-ebs"}
        meta["ownerReferences"] = [
            {"apiVersion": "v1", "kind": "Node", "name": self.name, "uid": uid("Node/" + self.name)}
        ]
        driver = {
            "allocatable": {"count": 25},
            "name": "ebs.csi.aws.com",
            "nodeID": self.instance,
            "topologyKeys": ["topology.ebs.csi.aws.com/zone"],
        }
        return {"apiVersion": "storage.k8s.io/v1", "kind": "CSINode", "metadata": meta, "spec": {"drivers": [driver]}}
