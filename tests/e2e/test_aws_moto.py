#!/usr/bin/env python3
"""The typed AWS calls against moto_server, services that others wrote.

boto3, in moto's folder, makes an account's things: a network, machines, volumes, launch templates, scaling
groups, a load balancer, an EKS cluster with a node group. Then each call of src/cloud/ is made by cloud_driver
and by boto3, and everything that our tables know of the answer has to be the same. What we write is read back
by boto3. Errors have to come as their class.
"""
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

TOP = os.environ.get("TOP") or os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.path.dirname(os.environ["TOBAN"])
ASSETS = TOP + "/scripts/moto-assets"
KEYS = {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_REGION": "eu-west-1",
        "AWS_CONFIG_FILE": "/nonexistent/config", "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent/credentials", "AWS_EC2_METADATA_DISABLED": "true"}

# Runs inside moto's folder: one line of JSON in, one out.
PEER = r'''
import boto3, datetime, json, sys
from botocore.exceptions import ClientError
clients = {}
def plain(value):
    if isinstance(value, datetime.datetime): return int(value.timestamp() // 1)
    if isinstance(value, dict): return {k: plain(v) for k, v in value.items() if k != "ResponseMetadata"}
    if isinstance(value, list): return [plain(v) for v in value]
    return value
for line in sys.stdin:
    service, operation, arguments = json.loads(line)
    client = clients.setdefault(service, boto3.client(service, endpoint_url=sys.argv[1], region_name="eu-west-1",
        aws_access_key_id="AKIDEXAMPLE", aws_secret_access_key="secret"))
    try: answer = plain(getattr(client, operation)(**arguments))
    except ClientError as e: answer = {"ERROR": e.response["Error"]}
    print(json.dumps(answer), flush=True)
'''


def moto_folder():
    return subprocess.run([ASSETS, "--print"], stdout=subprocess.PIPE, text=True, check=True).stdout.strip()


class Moto:
    """moto_server, and boto3 to talk to it."""

    def __init__(self):
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            port = s.getsockname()[1]
        self.url = "http://127.0.0.1:%d" % port
        self.server = subprocess.Popen([ASSETS, "--serve", str(port)], stdout=subprocess.DEVNULL,
                                       stderr=subprocess.DEVNULL)
        for _ in range(600):
            try:
                urllib.request.urlopen(self.url + "/moto-api/", timeout=5).read()
                break
            except OSError:
                if self.server.poll() is not None:
                    sys.exit("moto_server ended at once")
                time.sleep(0.1)
        self.peer = subprocess.Popen(["chroot", moto_folder(), "/usr/bin/python3", "-c", PEER, self.url], text=True,
                                     stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def call(self, service, operation, **arguments):
        self.peer.stdin.write(json.dumps([service, operation, arguments]) + "\n")
        self.peer.stdin.flush()
        answer = json.loads(self.peer.stdout.readline())
        if "ERROR" in answer:
            sys.exit("boto3: %s %s: %s" % (service, operation, answer["ERROR"]))
        return answer

    def stop(self):
        for process in (self.peer, self.server):
            process.kill()
            process.wait()


class Toban:
    def __init__(self, url):
        self.url = url
        dump = subprocess.run([BUILD + "/tests/unit/shapes_dump"], stdout=subprocess.PIPE, check=True).stdout
        self.shapes = {op["action"]: op["out"] for op in json.loads(dump)}

    def call(self, name, *arguments, fails=False):
        env = dict(os.environ, **KEYS)
        answer = subprocess.run([BUILD + "/tests/e2e/cloud_driver", self.url, name, *arguments], env=env, text=True,
                                stdout=subprocess.PIPE, timeout=120)
        if answer.returncode != (1 if fails else 0):
            sys.exit("cloud_driver %s %s: exit %d: %s" % (name, arguments, answer.returncode, answer.stdout))
        return json.loads(answer.stdout) if answer.stdout.strip() else {}


def known(shape, value):
    """What of boto3's answer our tables know; empty things are as good as absent."""
    out = {}
    for name, field in shape.items():
        if name not in value or value[name] in (None, [], {}):
            continue
        inner = value[name]
        if field["kind"] == "struct":
            inner = known(field["members"], inner)
        elif field["kind"] == "structs":
            inner = [known(field["members"], item) for item in inner]
        if inner != {}:
            out[name] = inner
    return out


def differences(path, ours, theirs):
    if isinstance(ours, dict) and isinstance(theirs, dict):
        for name in sorted(set(ours) | set(theirs)):
            yield from differences(path + "." + name, ours.get(name), theirs.get(name))
    elif isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        for i, (a, b) in enumerate(zip(ours, theirs)):
            yield from differences("%s[%d]" % (path, i), a, b)
    elif ours != theirs:
        yield "%s: ours %r, boto3's %r" % (path, ours, theirs)


def same(toban, action, arguments, theirs, but=()):
    ours = toban.call(action, *arguments)
    wanted = known(toban.shapes[action], theirs)
    for item in but:
        for answer in (ours, wanted):
            for one in next(iter(answer.values())):
                one.pop(item, None)
    found = list(differences(action, ours, wanted))
    if found or not ours:
        sys.exit("\n".join(found[:20]) or action + ": nothing came")
    print("same     %s (%d bytes)" % (action, len(json.dumps(ours))))
    return ours


def expect(condition, what, detail=None):
    if not condition:
        sys.exit("%s: %r" % (what, detail))
    print("ok       " + what)


def refused(toban, name, arguments, wanted_class, *texts):
    answer = toban.call(name, *arguments, fails=True)
    expect(answer["class"] == wanted_class and all(t in answer["message"] for t in texts),
           "%s %s is %s" % (name, " ".join(arguments), wanted_class), answer)


# --- what there is ---------------------------------------------------------------------------------------------

def network(moto):
    vpc = moto.call("ec2", "create_vpc", CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    return vpc, [moto.call("ec2", "create_subnet", VpcId=vpc, CidrBlock="10.0.%d.0/24" % i,
                           AvailabilityZone="eu-west-1" + zone)["Subnet"]["SubnetId"] for i, zone in enumerate("ab")]


def machines(moto, subnets):
    image = moto.call("ec2", "describe_images", Owners=["amazon"])["Images"][0]["ImageId"]
    tags = [{"ResourceType": "instance", "Tags": [{"Key": "eks:nodegroup-name", "Value": "web <&> ü"},
                                                  {"Key": "empty", "Value": ""},
                                                  {"Key": "kubernetes.io/cluster/prod", "Value": "owned"}]}]
    answer = moto.call("ec2", "run_instances", ImageId=image, MinCount=2, MaxCount=2, InstanceType="m5.large",
                       SubnetId=subnets[0], TagSpecifications=tags)
    ids = [i["InstanceId"] for i in answer["Instances"]]
    volume = moto.call("ec2", "create_volume", AvailabilityZone="eu-west-1a", Size=7, VolumeType="gp3")["VolumeId"]
    moto.call("ec2", "attach_volume", VolumeId=volume, InstanceId=ids[0], Device="/dev/xvdba")
    return image, ids, volume


def template(moto, image):
    data = {"ImageId": image, "InstanceType": "m5.large", "UserData": "IyEvYmluL3NoCg==", "KeyName": "key",
            "SecurityGroupIds": ["sg-0123"],
            "BlockDeviceMappings": [{"DeviceName": "/dev/xvda", "Ebs": {"VolumeSize": 20, "VolumeType": "gp3",
                                                                       "Encrypted": True}}]}
    answer = moto.call("ec2", "create_launch_template", LaunchTemplateName="nodes", LaunchTemplateData=data)
    return answer["LaunchTemplate"]["LaunchTemplateId"]


def load_balancer(moto, vpc, subnets):
    arn = moto.call("elbv2", "create_load_balancer", Name="lb", Subnets=subnets)["LoadBalancers"][0]["LoadBalancerArn"]
    groups = [moto.call("elbv2", "create_target_group", Name=name, Protocol="HTTP", Port=8080, VpcId=vpc,
                        TargetType="instance", HealthCheckIntervalSeconds=11)["TargetGroups"][0]["TargetGroupArn"]
              for name in ("blue", "green")]
    forward = [{"Type": "forward", "Order": 1, "ForwardConfig": {
        "TargetGroups": [{"TargetGroupArn": groups[0], "Weight": 7}],
        "TargetGroupStickinessConfig": {"Enabled": True, "DurationSeconds": 60}}}]
    listener = moto.call("elbv2", "create_listener", LoadBalancerArn=arn, Protocol="HTTP", Port=80,
                         DefaultActions=forward)["Listeners"][0]["ListenerArn"]
    moto.call("elbv2", "create_rule", ListenerArn=listener, Priority=5,
              Conditions=[{"Field": "path-pattern", "Values": ["/a"]}], Actions=forward)
    return arn, groups, listener


def scaling(moto, template_id, subnets):
    moto.call("autoscaling", "create_auto_scaling_group", AutoScalingGroupName="asg", MinSize=1, MaxSize=4,
              DesiredCapacity=2, VPCZoneIdentifier=",".join(subnets),
              LaunchTemplate={"LaunchTemplateId": template_id, "Version": "1"},
              Tags=[{"Key": "k", "Value": "v", "PropagateAtLaunch": True, "ResourceId": "asg",
                     "ResourceType": "auto-scaling-group"}])
    moto.call("autoscaling", "suspend_processes", AutoScalingGroupName="asg", ScalingProcesses=["AZRebalance"])


def cluster(moto, subnets):
    moto.call("eks", "create_cluster", name="prod", roleArn="arn:aws:iam::123456789012:role/cluster", version="1.31",
              resourcesVpcConfig={"subnetIds": subnets}, tags={"team": "core"})
    moto.call("eks", "create_nodegroup", clusterName="prod", nodegroupName="web", subnets=subnets,
              nodeRole="arn:aws:iam::123456789012:role/node", instanceTypes=["m5.large", "m5a.large"],
              scalingConfig={"minSize": 0, "maxSize": 9, "desiredSize": 2}, labels={"pool": "web", "tier": "1"},
              taints=[{"key": "only", "value": "web", "effect": "NO_SCHEDULE"}], capacityType="SPOT", diskSize=50,
              tags={"a": "b"}, amiType="AL2_x86_64")


# --- the comparison --------------------------------------------------------------------------------------------

def compare_ec2(moto, toban, vpc, image, ids, volume, template_id):
    same(toban, "DescribeInstances", ids, moto.call("ec2", "describe_instances", InstanceIds=ids))
    same(toban, "DescribeInstances", ["tag:eks:nodegroup-name=web <&> ü"], moto.call("ec2", "describe_instances", Filters=[
        {"Name": "tag:eks:nodegroup-name", "Values": ["web <&> ü"]}]))
    same(toban, "DescribeSubnets", ["vpc-id=" + vpc], moto.call("ec2", "describe_subnets", Filters=[
        {"Name": "vpc-id", "Values": [vpc]}]))
    same(toban, "DescribeVolumes", [volume], moto.call("ec2", "describe_volumes", VolumeIds=[volume]))
    same(toban, "DescribeVolumes", ["attachment.instance-id=" + ids[0]], moto.call("ec2", "describe_volumes", Filters=[
        {"Name": "attachment.instance-id", "Values": [ids[0]]}]))
    same(toban, "DescribeInstanceTypes", ["m5.large", "t3.medium", "m6g.xlarge"], moto.call(
        "ec2", "describe_instance_types", InstanceTypes=["m5.large", "t3.medium", "m6g.xlarge"]),
         but=("CurrentGeneration", "BareMetal"))  # moto writes True for true, which boto3 takes for false
    theirs = moto.call("ec2", "describe_instance_type_offerings", LocationType="availability-zone",
                       Filters=[{"Name": "instance-type", "Values": ["m5.large"]}])
    same(toban, "DescribeInstanceTypeOfferings", ["m5.large"], theirs)
    same(toban, "DescribeLaunchTemplates", [template_id], moto.call("ec2", "describe_launch_templates"))
    made = toban.call("CreateLaunchTemplateVersion", template_id, "1", image, "m5.xlarge")["LaunchTemplateVersion"]
    expect(made["VersionNumber"] == 2, "a second version of the template is made", made)
    theirs = moto.call("ec2", "describe_launch_template_versions", LaunchTemplateId=template_id)
    newest = [v for v in theirs["LaunchTemplateVersions"] if v["VersionNumber"] == 2][0]
    expect(newest["LaunchTemplateData"]["InstanceType"] == "m5.xlarge" and newest["VersionDescription"] == "a & b" and
           newest["LaunchTemplateData"]["BlockDeviceMappings"][0]["Ebs"]["VolumeSize"] == 33,
           "boto3 reads the version that was made", newest)
    same(toban, "DescribeLaunchTemplateVersions", [template_id], theirs, but=("DefaultVersion",))  # as above


def compare_elb(moto, toban, arn, groups, listener, ids):
    same(toban, "DescribeTargetGroups", ["blue"], moto.call("elbv2", "describe_target_groups", Names=["blue"]))
    toban.call("RegisterTargets", groups[0], *ids)
    theirs = moto.call("elbv2", "describe_target_health", TargetGroupArn=groups[0])
    expect(len(theirs["TargetHealthDescriptions"]) == 2, "boto3 sees the registered targets", theirs)
    same(toban, "DescribeTargetHealth", [groups[0]], theirs)
    toban.call("DeregisterTargets", groups[0], ids[0])
    theirs = moto.call("elbv2", "describe_target_health", TargetGroupArn=groups[0])
    left = [d["Target"]["Id"] for d in theirs["TargetHealthDescriptions"] if d["TargetHealth"]["State"] == "healthy"]
    expect(left == [ids[1]], "boto3 sees one target gone", theirs)
    same(toban, "DescribeTargetGroupAttributes", [groups[0]], moto.call(
        "elbv2", "describe_target_group_attributes", TargetGroupArn=groups[0]))
    same(toban, "DescribeListeners", [arn], moto.call("elbv2", "describe_listeners", LoadBalancerArn=arn))
    same(toban, "DescribeRules", [listener], moto.call("elbv2", "describe_rules", ListenerArn=listener))
    toban.call("ForwardListener", arn, groups[1])
    action = moto.call("elbv2", "describe_listeners", LoadBalancerArn=arn)["Listeners"][0]["DefaultActions"][0]
    expect(action["ForwardConfig"]["TargetGroups"] == [{"TargetGroupArn": groups[1], "Weight": 7}] and
           action["ForwardConfig"]["TargetGroupStickinessConfig"] == {"Enabled": True, "DurationSeconds": 60},
           "the listener's traffic goes elsewhere, all else is kept", action)
    toban.call("ForwardRule", listener, groups[1])
    action = moto.call("elbv2", "describe_rules", ListenerArn=listener)["Rules"][0]["Actions"][0]
    expect(action["ForwardConfig"]["TargetGroups"][0]["TargetGroupArn"] == groups[1], "and that of the rule", action)


def compare_eks(moto, toban):
    same(toban, "ListClusters", [], moto.call("eks", "list_clusters"))
    same(toban, "DescribeCluster", ["prod"], moto.call("eks", "describe_cluster", name="prod"))
    same(toban, "DescribeNodegroup", ["prod", "web"], moto.call("eks", "describe_nodegroup", clusterName="prod",
                                                               nodegroupName="web"))
    toban.call("CopyNodegroup", "prod", "web", "web-green")
    blue, green = (moto.call("eks", "describe_nodegroup", clusterName="prod", nodegroupName=name)["nodegroup"]
                   for name in ("web", "web-green"))
    own = {"nodegroupName", "nodegroupArn", "createdAt", "modifiedAt", "resources"}
    expect({k: v for k, v in blue.items() if k not in own} == {k: v for k, v in green.items() if k not in own},
           "boto3 sees a copy that is like the original", (blue, green))
    for i in range(120):
        moto.call("eks", "create_nodegroup", clusterName="prod", nodegroupName="many-%03d" % i, subnets=blue["subnets"],
                  nodeRole=blue["nodeRole"], diskSize=20)  # moto's own default is a text, EKS's a number
    names = toban.call("ListNodegroups", "prod")["nodegroups"]
    expect(len(names) == 122 and len(set(names)) == 122, "a listing of two pages comes whole", len(names))
    toban.call("DeleteNodegroup", "prod", "web-green")
    expect("web-green" not in toban.call("ListNodegroups", "prod")["nodegroups"], "the copy is deleted")
    refused(toban, "DeleteNodegroup", ["prod", "web-green"], "not-found", "web-green", "prod")
    refused(toban, "DescribeNodegroup", ["prod", "nowhere"], "not-found", "node group 'nowhere' of cluster 'prod'")
    refused(toban, "DescribeCluster", ["nowhere"], "not-found", "cluster 'nowhere'")
    refused(toban, "DescribeCluster", [""], "usage")
    refused(toban, "DescribeCluster", [".."], "usage")
    refused(toban, "CopyNodegroup", ["prod", "web", "many-001"], "conflict", "many-001")


def compare_rest(moto, toban):
    ours = toban.call("GetCallerIdentity")
    theirs = moto.call("sts", "get_caller_identity")
    expect(ours["Account"] == theirs["Account"], "the same account", (ours, theirs))
    moto.call("ssm", "put_parameter", Name="/my/parameter", Value="ü \"x\"", Type="SecureString")
    same(toban, "GetParameter", ["/my/parameter"], moto.call("ssm", "get_parameter", Name="/my/parameter",
                                                            WithDecryption=True))
    refused(toban, "GetParameter", ["/no/parameter"], "not-found", "/no/parameter")
    same(toban, "DescribeAutoScalingGroups", ["asg"], moto.call("autoscaling", "describe_auto_scaling_groups",
                                                               AutoScalingGroupNames=["asg"]))
    refused(toban, "DescribeInstances", ["i-0123456789abcdef0"], "not-found", "i-0123456789abcdef0")


# --- the command ---------------------------------------------------------------------------------------------

NODE = {"apiVersion": "v1", "kind": "List", "items": [{
    "apiVersion": "v1", "kind": "Node", "metadata": {"name": "n1", "uid": "u1"},
    "status": {"nodeInfo": {"kubeletVersion": "v1.31.0"}, "allocatable": {"cpu": "2", "memory": "4Gi", "pods": "29"}}}]}


def snapshot(url, folder, name, ok=0):
    env = dict(os.environ, **KEYS, AWS_ENDPOINT_URL=url)
    command = [os.environ["TOBAN"], "snapshot", "--from-json", folder + "/node.json", "--cloud", "eks:" + name,
               "-o", folder + "/world"]
    answer = subprocess.run(command, env=env, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120)
    if answer.returncode != ok:
        sys.exit("toban snapshot: exit %d: %s" % (answer.returncode, answer.stderr))
    return answer.stderr


def take_snapshot(moto, subnets):
    """`--cloud eks:NAME` asks AWS for what a cloud file would hold."""
    with tempfile.TemporaryDirectory() as folder:
        with open(folder + "/node.json", "w", encoding="utf-8") as f:
            json.dump(NODE, f)
        snapshot(moto.url, folder, "prod")
        shown = json.loads(subprocess.run([os.environ["TOBAN"], "snapshot", "--show", folder + "/world", "-o", "json"],
                                          stdout=subprocess.PIPE, check=True).stdout)["cloud"]
        expect(shown == {"node_groups": 121, "subnets": len(subnets), "launch_templates": 0, "instance_types": 3,
                         "instances": 2, "target_groups": 2}, "a snapshot holds the cloud as AWS has it", shown)
        said = snapshot(moto.url, folder, "nowhere", ok=1)
        expect("cluster 'nowhere'" in said, "a cluster that is not there is named", said)


def has_moto():
    """Installs it where that is possible; otherwise says that it cannot."""
    if subprocess.run([ASSETS, "--check"], check=False).returncode == 0:
        return True
    if os.geteuid():
        print("skipped: moto_server is not installed: run scripts/moto-assets as root")
        return False
    subprocess.run([ASSETS], check=True)
    return True


def main():
    if not has_moto():
        return
    moto = Moto()
    try:
        toban = Toban(moto.url)
        vpc, subnets = network(moto)
        image, ids, volume = machines(moto, subnets)
        template_id = template(moto, image)
        arn, groups, listener = load_balancer(moto, vpc, subnets)
        scaling(moto, template_id, subnets)
        cluster(moto, subnets)
        compare_ec2(moto, toban, vpc, image, ids, volume, template_id)
        compare_elb(moto, toban, arn, groups, listener, ids)
        compare_eks(moto, toban)
        compare_rest(moto, toban)
        take_snapshot(moto, subnets)
    finally:
        moto.stop()


if __name__ == "__main__":
    main()
