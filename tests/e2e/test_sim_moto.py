#!/usr/bin/env python3
"""toban sim and moto_server, services that others wrote, side by side.

boto3, in moto's folder, makes the same node group on both. Then the calls of src/cloud/ about EKS, its network and the
caller are made by cloud_driver on both (those about load balancers and templates: test_sim_elb.py). What the request
said has to come back alike; ids, addresses and points in time are taken for placeholders of their kind. Where the two
differ on purpose, DIFFER says why.
"""
import json
import os
import re
import subprocess
import sys
import time

from pocket.beside import Differences
from pocket.sim import Pocket
from test_aws_moto import PEER, Moto, Toban, has_moto, moto_folder

TMP = os.environ["E2E_TMP"]

PLACES = [(re.compile(p), to) for p, to in (
    (r"\b\d{12}\b", "ACCOUNT"),
    (r"\b(i|lt|subnet|vpc|vol|eni|ami|sg)-[0-9a-z]+", r"\1-ID"),
    (r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b", "UUID"),
    (r"/[0-9a-f]{16,}\b", "/ID"),
    (r"\b(10|172)\.\d+\.\d+\.\d+(/\d+)?", "ADDRESS"),
)]
TIMES = {"createdAt", "modifiedAt", "CreateTime", "LaunchTime", "LastModifiedDate", "AttachTime"}

# Path of a member (lists without numbers): why the pocket has it otherwise than moto.
ITSELF = "the pocket's own cluster, which is there"
UNSAID = "moto does not know it"
DIFFER = {
    "DescribeCluster.cluster.accessConfig": UNSAID,
    "DescribeCluster.cluster.certificateAuthority.data": ITSELF,
    "DescribeCluster.cluster.endpoint": ITSELF,
    "DescribeCluster.cluster.identity.oidc.issuer": ITSELF,
    "DescribeCluster.cluster.kubernetesNetworkConfig.ipFamily": UNSAID,
    "DescribeCluster.cluster.platformVersion": ITSELF,
    "DescribeCluster.cluster.resourcesVpcConfig.clusterSecurityGroupId": UNSAID,
    "DescribeCluster.cluster.resourcesVpcConfig.vpcId": UNSAID,
    "DescribeCluster.cluster.roleArn": ITSELF,
    "DescribeCluster.cluster.upgradePolicy": UNSAID,
    "DescribeNodegroup.nodegroup.remoteAccess": "moto makes one up",
    "DescribeNodegroup.nodegroup.resources.remoteAccessSecurityGroup": "as above",
    "DescribeNodegroup.nodegroup.resources.autoScalingGroups.name": "EKS puts the group's name into it since 2021",
    "DescribeNodegroup.nodegroup.updateConfig": "EKS tells its default, one node at a time",
    "DescribeSubnets.Subnets.AvailableIpAddressCount": "the pocket's machines have addresses",
    "DescribeSubnets.Subnets.Tags": ITSELF,
    "GetCallerIdentity.Arn": "somebody else",
    "GetCallerIdentity.UserId": "somebody else",
}


class Sim(Pocket):
    """`toban sim` with an empty cluster, and boto3 to talk to it."""

    def __init__(self):
        super().__init__(TMP, "--name", "prod", "--region", "eu-west-1", "--version", "1.31", "--speed", "200")
        self.url = self.env["AWS_ENDPOINT_URL"]
        self.peer = subprocess.Popen(["chroot", moto_folder(), "/usr/bin/python3", "-c", PEER, self.url], text=True,
                                     stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    call = Moto.call

    def stop(self):
        self.peer.kill()
        self.peer.wait()
        super().stop()


def plain(name, value):
    if isinstance(value, dict):
        return {k: plain(k, v) for k, v in value.items()}
    if isinstance(value, list):
        return [plain(name, v) for v in value]
    if name in TIMES:
        return "TIME"
    if isinstance(value, str):
        for pattern, to in PLACES:
            value = pattern.sub(to, value)
    return value


known = Differences(DIFFER)


class Pair:
    def __init__(self, moto, sim):
        self.sides = (sim, moto)
        self.drivers = (Toban(sim.url), Toban(moto.url))
        self.found = []

    def make(self, service, operation, fill):
        """The same call of boto3 on both; fill gives the arguments for one side."""
        return [side.call(service, operation, **fill(i)) for i, side in enumerate(self.sides)]

    def same(self, call, *arguments):
        answers = [plain("", d.call(call, *[a[i] if isinstance(a, list) else a for a in arguments]))
                   for i, d in enumerate(self.drivers)]
        found = list(known.between(call, *answers))
        self.found += found
        if not found:
            print("same     %s (%d bytes)" % (call, len(json.dumps(answers[0]))))

    def refused(self, call, *arguments):
        answers = [d.call(call, *[a[i] if isinstance(a, list) else a for a in arguments], fails=True)
                   for i, d in enumerate(self.drivers)]
        if answers[0]["class"] != answers[1]["class"]:
            self.found.append("%s %s: the pocket %r, moto %r" % (call, arguments, *answers))
        else:
            print("refused  %s: %s" % (call, answers[0]["class"]))


def network(moto, sim):
    vpc = moto.call("ec2", "create_vpc", CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    theirs = [moto.call("ec2", "create_subnet", VpcId=vpc, CidrBlock="10.0.%d.0/18" % (64 * i),
                        AvailabilityZone="eu-west-1" + zone)["Subnet"]["SubnetId"] for i, zone in enumerate("ab")]
    told = sim.call("ec2", "describe_subnets")["Subnets"]
    told.sort(key=lambda s: s["AvailabilityZone"])
    return [[s["SubnetId"] for s in told[:2]], theirs]


def node_group(pair, moto, subnets):
    moto.call("eks", "create_cluster", name="prod", roleArn="arn:aws:iam::123456789012:role/cluster", version="1.31",
              resourcesVpcConfig={"subnetIds": subnets[1]})
    pair.make("eks", "create_nodegroup", lambda i: {
        "clusterName": "prod", "nodegroupName": "web", "subnets": subnets[i], "diskSize": 50, "tags": {"a": "b"},
        "nodeRole": "arn:aws:iam::123456789012:role/node", "instanceTypes": ["m5.large", "m5a.large"],
        "scalingConfig": {"minSize": 0, "maxSize": 9, "desiredSize": 2}, "labels": {"pool": "web", "tier": "1"},
        "taints": [{"key": "only", "value": "web", "effect": "NO_SCHEDULE"}], "capacityType": "SPOT",
        "amiType": "AL2_x86_64", "version": "1.31", "releaseVersion": "1.31.13-20251103"})
    for _ in range(600):
        told = pair.sides[0].call("eks", "describe_nodegroup", clusterName="prod", nodegroupName="web")["nodegroup"]
        if told["status"] == "ACTIVE":
            break
        time.sleep(0.1)
    pair.same("ListClusters")
    pair.same("DescribeCluster", "prod")
    pair.same("ListNodegroups", "prod")
    pair.same("DescribeNodegroup", "prod", "web")
    for call, arguments in (("DescribeCluster", ["none"]), ("DescribeNodegroup", ["prod", "none"]),
                            ("DeleteNodegroup", ["prod", "none"]), ("DeleteNodegroup", ["none", "web"]), ("CopyNodegroup", ["prod", "web", "web"])):
        pair.refused(call, *arguments)


def others(pair, subnets):
    pair.same("DescribeSubnets", [s[0] for s in subnets])
    pair.same("GetCallerIdentity")
    pair.refused("GetParameter", "/no/parameter")


def main():
    if not has_moto():
        return
    moto, sim = Moto(), Sim()
    try:
        pair = Pair(moto, sim)
        subnets = network(moto, sim)
        node_group(pair, moto, subnets)
        others(pair, subnets)
        pair.found += known.unmet()
        if pair.found:
            sys.exit("\n".join(pair.found))
    finally:
        sim.stop()
        moto.stop()


if __name__ == "__main__":
    main()
