"""Volumes: classes, claims, what they are bound to, where they are attached."""
from names import REGION, at, digest, metadata, uid


def add_claim(c, ns, name, size, node, w, in_tree):
    pv, vol, made = "pvc-" + uid("claim " + name), "vol-0" + digest("volume " + name, 16), w["made"]
    node.volumes.append(vol)
    provisioner = "kubernetes.io/aws-ebs" if in_tree else "ebs.csi.aws.com"
    storage = "gp2" if in_tree else "gp3"
    zone_key = "topology.kubernetes.io/zone" if in_tree else "topology.ebs.csi.aws.com/zone"
    zones = [{"key": zone_key, "operator": "In", "values": [node.zone]}]
    annotations = {"pv.kubernetes.io/provisioned-by": provisioner}
    labels = None
    if in_tree:
        annotations = {"pv.kubernetes.io/migrated-to": "ebs.csi.aws.com", **annotations}
        labels = {"topology.kubernetes.io/region": REGION, "topology.kubernetes.io/zone": node.zone}
        zones.append({"key": "topology.kubernetes.io/region", "operator": "In", "values": [REGION]})
        source = {"awsElasticBlockStore": {"fsType": "ext4", "volumeID": "aws://%s/%s" % (node.zone, vol)}}
    else:
        source = {
            "csi": {
                "driver": "ebs.csi.aws.com",
                "fsType": "ext4",
                "volumeAttributes": {
                    "storage.kubernetes.io/csiProvisionerIdentity": "1698887711203-8081-ebs.csi.aws.com"
                },
                "volumeHandle": vol,
            }
        }
    meta = metadata("PersistentVolume", None, pv, made, labels=labels, annotations=annotations)
    meta["finalizers"] = ["kubernetes.io/pv-protection", "external-attacher/ebs-csi-aws-com"]
    c.pvs.append(
        {
            "apiVersion": "v1",
            "kind": "PersistentVolume",
            "metadata": dict(sorted(meta.items())),
            "spec": {
                "accessModes": ["ReadWriteOnce"],
                **source,
                "capacity": {"storage": size},
                "claimRef": {
                    "apiVersion": "v1",
                    "kind": "PersistentVolumeClaim",
                    "name": name,
                    "namespace": ns,
                    "uid": uid("PersistentVolumeClaim/%s/%s" % (ns, name)),
                },
                "nodeAffinity": {"required": {"nodeSelectorTerms": [{"matchExpressions": zones}]}},
                "persistentVolumeReclaimPolicy": "Delete",
                "storageClassName": storage,
                "volumeMode": "Filesystem",
            },
            "status": {"phase": "Bound"},
        }
    )
    claim_meta = metadata(
        "PersistentVolumeClaim",
        ns,
        name,
        made,
        labels={"app": w["labels"]["app"]},
        annotations={
            "pv.kubernetes.io/bind-completed": "yes",
            "pv.kubernetes.io/bound-by-controller": "yes",
            "volume.kubernetes.io/selected-node": node.name,
            "volume.kubernetes.io/storage-provisioner": provisioner,
        },
    )
    claim_meta["finalizers"] = ["kubernetes.io/pvc-protection"]
    c.pvcs.append(
        {
            "apiVersion": "v1",
            "kind": "PersistentVolumeClaim",
            "metadata": dict(sorted(claim_meta.items())),
            "spec": {
                "accessModes": ["ReadWriteOnce"],
                "resources": {"requests": {"storage": size}},
                "storageClassName": storage,
                "volumeMode": "Filesystem",
                "volumeName": pv,
            },
            "status": {"accessModes": ["ReadWriteOnce"], "capacity": {"storage": size}, "phase": "Bound"},
        }
    )
    meta = metadata("VolumeAttachment", None, "csi-" + digest("attachment " + vol + node.name), at(w["created"], 2))
    meta["annotations"] = {"csi.alpha.kubernetes.io/node-id": node.instance}
    meta["finalizers"] = ["external-attacher/ebs-csi-aws-com"]
    c.attachments.append(
        {
            "apiVersion": "storage.k8s.io/v1",
            "kind": "VolumeAttachment",
            "metadata": dict(sorted(meta.items())),
            "spec": {"attacher": "ebs.csi.aws.com", "nodeName": node.name, "source": {"persistentVolumeName": pv}},
            "status": {
                "attached": True,
                "attachmentMetadata": {"devicePath": "/dev/xvda" + "abcdefghijklmnop"[len(node.volumes) - 1]},
            },
        }
    )


def storage_classes():
    return [
        {
            "allowVolumeExpansion": True,
            "apiVersion": "storage.k8s.io/v1",
            "kind": "StorageClass",
            "metadata": metadata(
                "StorageClass",
                None,
                name,
                "2023-11-01T23:33:02Z",
                annotations={"storageclass.kubernetes.io/is-default-class": default},
            ),
            "parameters": {"fsType": "ext4", "type": name},
            "provisioner": provisioner,
            "reclaimPolicy": "Delete",
            "volumeBindingMode": "WaitForFirstConsumer",
        }
        for name, provisioner, default in (
            ("gp2", "kubernetes.io/aws-ebs", "false"),
            ("gp3", "ebs.csi.aws.com", "true"),
        )
    ]
