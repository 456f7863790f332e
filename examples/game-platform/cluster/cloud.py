"""What awscli prints of the cluster: node groups, subnets, launch template, instances, target groups."""
from names import ACCOUNT, REGION, digest, uid
from tables import CLUSTER, GROUPS, TARGET_GROUPS, TEMPLATE, ZONES


def node_group(name, g):
    return {
        "nodegroup": {
            "nodegroupName": name,
            "nodegroupArn": "arn:aws:eks:%s:%s:nodegroup/%s/%s/%s" % (REGION, ACCOUNT, CLUSTER, name, uid(name)),
            "clusterName": CLUSTER,
            "version": "1.28",
            "releaseVersion": g["release"],
            "createdAt": g["created"],
            "modifiedAt": "2024-06-02T02:11:40Z",
            "status": "ACTIVE",
            "capacityType": "ON_DEMAND",
            "scalingConfig": {"minSize": g["min"], "maxSize": g["max"], "desiredSize": g["count"]},
            "instanceTypes": [g["type"]],
            "subnets": [z["subnet"] for z in ZONES.values()],
            "amiType": "AL2_x86_64",
            "nodeRole": "arn:aws:iam::%s:role/%s-node" % (ACCOUNT, CLUSTER),
            "labels": g["labels"],
            "taints": [{"key": t["key"], "value": t["value"], "effect": "NO_SCHEDULE"} for t in g.get("taints", [])],
            "resources": {"autoScalingGroups": [{"name": "eks-%s-%s" % (name, uid(name))}]},
            "health": {"issues": []},
            "updateConfig": {"maxUnavailable": 1},
            "launchTemplate": {"name": CLUSTER + "-nodes", "version": "4", "id": TEMPLATE},
            "tags": {},
        }
    }


def cloud(c):
    yield from (node_group(name, g) for name, g in GROUPS.items())
    yield {
        "Subnets": [
            {
                "AvailabilityZone": zone,
                "AvailableIpAddressCount": z["free"],
                "CidrBlock": z["net"] + ".0/22",
                "State": "available",
                "SubnetId": z["subnet"],
                "VpcId": "vpc-0" + digest("vpc", 16),
            }
            for zone, z in ZONES.items()
        ]
    }
    yield {
        "LaunchTemplateVersions": [
            {
                "LaunchTemplateId": TEMPLATE,
                "LaunchTemplateName": CLUSTER + "-nodes",
                "VersionNumber": 4,
                "CreateTime": "2024-01-17T08:20:11Z",
                "DefaultVersion": True,
                "LaunchTemplateData": {
                    "BlockDeviceMappings": [
                        {
                            "DeviceName": "/dev/xvda",
                            "Ebs": {
                                "Encrypted": True,
                                "DeleteOnTermination": True,
                                "VolumeSize": 80,
                                "VolumeType": "gp3",
                            },
                        }
                    ],
                    "MetadataOptions": {"HttpTokens": "required", "HttpPutResponseHopLimit": 2},
                },
            }
        ]
    }
    yield {
        "Reservations": [
            {
                "ReservationId": "r-0" + digest("reservation " + n.name, 16),
                "Instances": [
                    {
                        "InstanceId": n.instance,
                        "InstanceType": GROUPS[n.group]["type"],
                        "LaunchTime": GROUPS[n.group]["created"],
                        "Placement": {"AvailabilityZone": n.zone},
                        "PrivateDnsName": n.name,
                        "PrivateIpAddress": n.ip,
                        "State": {"Code": 16, "Name": "running"},
                        "SubnetId": ZONES[n.zone]["subnet"],
                        "Tags": [
                            {"Key": "eks:cluster-name", "Value": CLUSTER},
                            {"Key": "eks:nodegroup-name", "Value": n.group},
                        ],
                    }
                ],
            }
            for n in c.nodes
        ]
    }
    arns = {
        name: "arn:aws:elasticloadbalancing:%s:%s:targetgroup/%s/%s" % (REGION, ACCOUNT, name, digest(name, 16))
        for name, *_ in TARGET_GROUPS
    }
    yield {
        "TargetGroups": [
            {
                "TargetGroupArn": arns[name],
                "TargetGroupName": name,
                "Protocol": "TCP",
                "Port": port,
                "HealthCheckEnabled": True,
                "HealthCheckIntervalSeconds": interval,
                "HealthyThresholdCount": threshold,
                "UnhealthyThresholdCount": 2,
                "TargetType": "ip",
            }
            for name, ns, app, port, delay, interval, threshold in TARGET_GROUPS
        ]
    }
    for name, ns, app, port, delay, interval, threshold in TARGET_GROUPS:
        yield {
            "TargetGroupArn": arns[name],
            "Attributes": [
                {"Key": "deregistration_delay.timeout_seconds", "Value": str(delay)},
                {"Key": "preserve_client_ip.enabled", "Value": "true"},
            ],
        }
        yield {
            "TargetGroupArn": arns[name],
            "TargetHealthDescriptions": [
                {
                    "Target": {"Id": ip, "Port": port, "AvailabilityZone": node.zone},
                    "HealthCheckPort": str(port),
                    "TargetHealth": {"State": "healthy"},
                }
                for pod, ip, node, ok in c.selected[(ns, app)]
            ],
        }
