#!/usr/bin/env python3
"""EC2 and load balancers of the pocket EKS: the same answers as moto's, and awscli beside real requests while
pods leave. Requests fail where a pod has no preStop hook, and none does where it has a proper one.
"""
import http.client
import json
import os
import re
import subprocess
import sys
import threading
import time
import urllib.parse
import urllib.request

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from pocket import sim  # noqa: E402
import test_aws_moto as moto_test  # noqa: E402  (the folder is known only now)

TMP = os.environ["E2E_TMP"]
KUBECTL = os.environ.get("KUBECTL", "kubectl")
expect = moto_test.expect


class Pocket(sim.Pocket):
    """A `toban sim`, and boto3 (in moto's folder) to talk to it."""

    def __init__(self, *words):
        super().__init__(TMP, *words)
        self.url = self.env["AWS_ENDPOINT_URL"]
        self.peer = None

    def call(self, service, operation, **arguments):
        if not self.peer:
            self.peer = subprocess.Popen(["chroot", moto_test.moto_folder(), "/usr/bin/python3", "-c", moto_test.PEER,
                                          self.url], text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        return moto_test.Moto.call(self, service, operation, **arguments)

    def aws(self, *words):
        answer = subprocess.run([sim.AWS, "--endpoint-url", self.url, "--output", "json", *words], env=self.env, text=True,
                                capture_output=True, timeout=60, check=False)
        if answer.returncode:
            sys.exit("aws %s: %s" % (" ".join(words), answer.stderr))
        return json.loads(answer.stdout) if answer.stdout.strip() else {}

    def form(self, service, **parameters):
        """A query as a client sends it, for looks that awscli is too slow for. Nobody checks the signature."""
        now = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
        scope = "/".join((self.env["AWS_ACCESS_KEY_ID"], now[:8], self.env["AWS_REGION"], service, "aws4_request"))
        ask = urllib.request.Request(self.url, urllib.parse.urlencode(parameters).encode(), {
            "X-Amz-Date": now, "Authorization": "AWS4-HMAC-SHA256 Credential=%s, SignedHeaders=host, Signature=0" % scope})
        with urllib.request.urlopen(ask, timeout=30) as answer:
            return answer.read().decode()

    def kubectl(self, *words):
        answer = subprocess.run([KUBECTL, *words], env=self.env, text=True, capture_output=True, timeout=60, check=False)
        if answer.returncode:
            sys.exit("kubectl %s: %s" % (" ".join(words), answer.stderr))
        return answer.stdout

    def stats(self, name):
        with urllib.request.urlopen(self.env["TOBAN_LB_STATS"], timeout=30) as answer:
            return next(b for b in json.load(answer)["loadBalancers"] if b["name"] == name)

    def stop(self):
        if self.peer:
            self.peer.kill()
            self.peer.wait()
        super().stop()


# --- the same as moto's ------------------------------------------------------------------------------------------

def plain(answer, names):
    """With each id and ARN replaced by what it stands for: the order in which it was made."""
    text = json.dumps(answer, sort_keys=True)
    for made, stands_for in sorted(names.items(), key=lambda pair: -len(pair[0])):
        text = text.replace(made, stands_for)
    return json.loads(text)


class Side:
    """One of the two services, the things that were made there, and our client's answers about them."""

    def __init__(self, service, subnets, instances, vpc):
        self.service, self.toban = service, moto_test.Toban(service.url)
        self.subnets, self.instances, self.vpc = subnets, instances, vpc
        self.names = {vpc: "VPC", **{one: "SUBNET%d" % i for i, one in enumerate(subnets)},
                      **{one: "INSTANCE%d" % i for i, one in enumerate(instances)}}

    def named(self, name, made):
        self.names[made] = name
        return made

    def make(self):
        data = {"ImageId": "ami-0123456789abcdef0", "InstanceType": "m5.large", "KeyName": "key", "UserData": "IyEvYmluL3NoCg==",
                "SecurityGroupIds": ["sg-0123"], "BlockDeviceMappings": [
                    {"DeviceName": "/dev/xvda", "Ebs": {"VolumeSize": 20, "VolumeType": "gp3", "Encrypted": True}}]}
        answer = self.service.call("ec2", "create_launch_template", LaunchTemplateName="nodes-2", LaunchTemplateData=data)
        self.template = self.named("TEMPLATE", answer["LaunchTemplate"]["LaunchTemplateId"])
        self.balancer, self.groups, self.listener = moto_test.load_balancer(self.service, self.vpc, self.subnets)
        rules = self.service.call("elbv2", "describe_rules", ListenerArn=self.listener)["Rules"]
        for i, rule in enumerate(sorted(rules, key=lambda r: r["Priority"])):
            self.named("RULE%d" % i, rule["RuleArn"])
        for i, arn in enumerate(self.groups):
            self.named("GROUP%d" % i, arn)
        self.named("BALANCER", self.balancer)
        self.named("LISTENER", self.listener)

    def ask(self, call, *arguments):
        return plain(self.toban.call(call, *arguments), self.names)

    def refuse(self, call, *arguments):
        answer = self.toban.call(call, *arguments, fails=True)
        return answer["class"]


def same(moto, pocket, call, arguments, but=()):
    """arguments: of each side, from its own things. but: members in which moto is known to differ from AWS."""
    answers = [side.ask(call, *arguments(side)) for side in (moto, pocket)]
    for answer in answers:
        for one in next(iter(answer.values())):
            for name in but:
                one.pop(name, None)
            if "LoadBalancerArns" in one:  # moto tells one for each rule
                one["LoadBalancerArns"] = sorted(set(one["LoadBalancerArns"]))
            for action in one.get("Actions", []) + one.get("DefaultActions", []):
                if len(action.get("ForwardConfig", {}).get("TargetGroups", [])) == 1:
                    action.pop("TargetGroupArn", None)  # AWS tells the only group twice, moto once
    found = list(moto_test.differences(call, answers[1], answers[0]))
    expect(not found, "%s: moto and the pocket answer alike" % call, found[:10])


def compare_ec2(moto, pocket):
    names = ["m5.large", "t3.medium", "m6g.xlarge", "c5.4xlarge", "r5.large"]
    # moto writes True for true, which our client takes for what it is not, and knows of one card only by its index.
    same(moto, pocket, "DescribeInstanceTypes", lambda side: names, but=("CurrentGeneration", "BareMetal"))
    same(moto, pocket, "DescribeLaunchTemplates", lambda side: [side.template])
    for side in (moto, pocket):
        made = side.toban.call("CreateLaunchTemplateVersion", side.template, "1", "ami-0fedcba9876543210", "m5.xlarge")
        expect(made["LaunchTemplateVersion"]["VersionNumber"] == 2, "a second version is made", made)
    theirs, ours = (sorted(side.ask("DescribeLaunchTemplateVersions", side.template)["LaunchTemplateVersions"],
                           key=lambda v: v["VersionNumber"]) for side in (moto, pocket))
    for version in theirs + ours:
        for name in ("CreateTime", "DefaultVersion"):  # moments, and True as above
            version.pop(name, None)
        if not version.get("VersionDescription"):
            version.pop("VersionDescription", None)
    # moto does not put what is given over the source, but instead of it.
    ours[1]["LaunchTemplateData"] = {k: v for k, v in ours[1]["LaunchTemplateData"].items()
                                     if k in theirs[1]["LaunchTemplateData"]}
    found = list(moto_test.differences("versions", ours, theirs))
    expect(not found, "DescribeLaunchTemplateVersions: moto and the pocket answer alike", found)


def compare_elb(moto, pocket):
    same(moto, pocket, "DescribeTargetGroups", lambda side: ["blue", "green"])
    same(moto, pocket, "DescribeListeners", lambda side: [side.balancer])
    same(moto, pocket, "DescribeRules", lambda side: [side.listener])
    attributes = [{a["Key"]: a["Value"] for a in side.ask("DescribeTargetGroupAttributes", side.groups[0])["Attributes"]}
                  for side in (moto, pocket)]
    both = set(attributes[0]) & set(attributes[1])
    expect(len(both) >= 4 and all(attributes[0][k] == attributes[1][k] for k in both),
           "attributes that both know have the same values", attributes)
    for side in (moto, pocket):
        side.toban.call("RegisterTargets", side.groups[0], *side.instances)
        targets = side.ask("DescribeTargetHealth", side.groups[0])["TargetHealthDescriptions"]
        expect(sorted(t["Target"]["Id"] for t in targets) == ["INSTANCE0", "INSTANCE1"] and
               {t["Target"]["Port"] for t in targets} == {8080}, "both instances are registered", targets)
        side.toban.call("ForwardListener", side.balancer, side.groups[1])
        side.toban.call("ForwardRule", side.listener, side.groups[1])
    same(moto, pocket, "DescribeListeners", lambda side: [side.balancer])
    same(moto, pocket, "DescribeRules", lambda side: [side.listener])


def compare_refusals(moto, pocket):
    arn = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:%s/none/0123456789abcdef"
    for call in (["DescribeInstances", "i-0123456789abcdef0"], ["DescribeSubnets", "subnet-0123456789abcdef0"],
                 ["DescribeVolumes", "vol-0123456789abcdef0"],
                 ["DescribeTargetGroups", "nobody"], ["DescribeTargetHealth", arn % "targetgroup"],
                 ["RegisterTargets", arn % "targetgroup", "i-0123456789abcdef0"],
                 ["DescribeListeners", arn % "loadbalancer/app"], ["DescribeRules", arn % "listener/app/none"]):
        classes = [side.refuse(*call) for side in (moto, pocket)]
        expect(classes[0] == classes[1], "%s of what is not there: %s on both" % (call[0], classes[1]), classes)


NODES = {"apiVersion": "v1", "kind": "List", "items": [{
    "apiVersion": "v1", "kind": "Node",
    "metadata": {"name": "ip-10-0-%d-10.eu-west-1.compute.internal" % i, "uid": "u%d" % i, "labels": {
        "topology.kubernetes.io/zone": "eu-west-1" + zone, "topology.kubernetes.io/region": "eu-west-1",
        "node.kubernetes.io/instance-type": "m5.large", "eks.amazonaws.com/nodegroup": "web"}},
    "spec": {"providerID": "aws:///eu-west-1%s/i-0123456789abcde%02d" % (zone, i)},
    "status": {"nodeInfo": {"kubeletVersion": "v1.31.0"}, "conditions": [{"type": "Ready", "status": "True"}],
               "allocatable": {"cpu": "2", "memory": "7Gi", "pods": "29"}}} for i, zone in enumerate("ab")]}


def pocket_side(folder):
    path = os.path.join(folder, "nodes.json")
    with open(path, "w", encoding="utf-8") as file:
        json.dump(NODES, file)
    pocket = Pocket("--world", path, "--region", "eu-west-1")
    found = pocket.call("ec2", "describe_subnets")["Subnets"]
    machines = pocket.call("ec2", "describe_instances")["Reservations"]
    return Side(pocket, [s["SubnetId"] for s in sorted(found, key=lambda s: s["AvailabilityZone"])],
                sorted(m["InstanceId"] for r in machines for m in r["Instances"]), found[0]["VpcId"])


def moto_side(moto):
    vpc, subnets = moto_test.network(moto)
    _, ids, _ = moto_test.machines(moto, subnets)
    return Side(moto, subnets, sorted(ids), vpc)


def compare_with_moto():
    if not moto_test.has_moto():
        return
    moto = moto_test.Moto()
    theirs, ours = moto_side(moto), pocket_side(TMP)
    try:
        for side in (theirs, ours):
            side.make()
        compare_ec2(theirs, ours)
        compare_elb(theirs, ours)
        compare_refusals(theirs, ours)
    finally:
        moto.stop()
        ours.service.stop()


# --- requests while pods leave -----------------------------------------------------------------------------------

class Load(threading.Thread):
    """Requests one after the other until it is stopped."""

    def __init__(self, url):
        super().__init__()
        self.host, self.ended, self.seen = urllib.parse.urlsplit(url).netloc, False, []

    def run(self):
        connection = http.client.HTTPConnection(self.host, timeout=30)
        while not self.ended:
            connection.request("GET", "/")
            answer = connection.getresponse()
            answer.read()
            self.seen.append((answer.status, answer.headers.get("X-Toban-Pod")))
            time.sleep(0.002)

    def end(self):
        self.ended = True
        self.join()
        return self.seen


def states(pocket, group):
    return re.findall("<State>([^<]*)", pocket.form("elasticloadbalancing", Action="DescribeTargetHealth", TargetGroupArn=group))


def group_of(pocket, service):
    start = "k8s-%s-%s-" % tuple(name.replace("-", "")[:8] for name in service.split("/"))
    group = next(g for g in pocket.aws("elbv2", "describe-target-groups")["TargetGroups"]
                 if g["TargetGroupName"].startswith(start))
    balancers = pocket.aws("elbv2", "describe-load-balancers", "--load-balancer-arns", *group["LoadBalancerArns"])
    expect([b["State"]["Code"] for b in balancers["LoadBalancers"]] == ["active"], "awscli finds %s" % service, balancers)
    return group["TargetGroupArn"]


def replace_a_pod(pocket, service, app, count):
    """What requests got from before a pod is deleted until its target is forgotten."""
    ns = service.partition("/")[0]
    group = group_of(pocket, service)
    targets = pocket.aws("elbv2", "describe-target-health", "--target-group-arn", group)["TargetHealthDescriptions"]
    pods = json.loads(pocket.kubectl("-n", ns, "get", "pods", "-l", app, "-o", "json"))["items"]
    expect([t["TargetHealth"]["State"] for t in targets] == ["healthy"] * count == ["healthy"] * len(pods),
           "%s has %d healthy targets" % (service, count), targets)
    load = Load(pocket.env["TOBAN_LB_" + re.sub("[^A-Z]", "_", service.upper())])
    load.start()
    victim = pods[0]["metadata"]["name"]
    pocket.kubectl("-n", ns, "delete", "pod", victim, "--wait=false")
    passed, now, end = set(), [], time.monotonic() + 300
    while not {"draining", "initial"} <= passed or now != ["healthy"] * count:
        if time.monotonic() > end:
            sys.exit("the target is not replaced: %s, now %s" % (passed, now))
        now = states(pocket, group)
        passed |= set(now)
        time.sleep(0.05)
    while pocket.kubectl("-n", ns, "get", "pod", victim, "--ignore-not-found", "-o", "name"):
        time.sleep(0.1)
    seen = load.end()
    codes = {code: sum(1 for c, _ in seen if c == code) for code in {c for c, _ in seen}}
    told = {int(code): n for code, n in pocket.stats(service)["answers"].items()}
    expect(told == codes, "%s: the pocket counted what came back: %s" % (service, codes), told)
    expect(passed == {"draining", "initial", "healthy"}, "%s: targets passed through their states" % service, passed)
    after = {pod for _, pod in seen[-50:]}
    expect("%s/%s" % (ns, victim) not in after, "%s: the deleted pod answers no more" % service, after)
    return codes


SERVICE = """
apiVersion: v1
kind: Service
metadata:
  name: extra
  namespace: games
  annotations: {service.beta.kubernetes.io/aws-load-balancer-nlb-target-type: ip}
spec: {type: LoadBalancer, selector: {app: lobby}, ports: [{port: 80, targetPort: 8080}]}
"""


def until(what, fn):
    end = time.monotonic() + 60
    while not fn():
        if time.monotonic() > end:
            sys.exit("never: " + what)
        time.sleep(0.05)
    print("ok       " + what)


def status(url):
    connection = http.client.HTTPConnection(urllib.parse.urlsplit(url).netloc, timeout=30)
    connection.request("GET", "/")
    return connection.getresponse().status


def a_service_gets_a_balancer(pocket):
    path = os.path.join(pocket.dir, "service.yaml")
    with open(path, "w", encoding="utf-8") as file:
        file.write(SERVICE)
    pocket.kubectl("apply", "-f", path)
    host = ["-n", "games", "get", "service", "extra", "-o", "jsonpath={.status.loadBalancer.ingress[0].hostname}"]
    until("a new service gets a load balancer", lambda: pocket.kubectl(*host).startswith("k8s-games-extra-"))
    url = pocket.stats("games/extra")["url"]
    until("its targets become healthy", lambda: pocket.stats("games/extra")["targets"]["healthy"] == 6)
    expect(status(url) == 200, "it answers")
    pocket.kubectl("-n", "games", "delete", "service", "extra")
    until("without its service it answers no more", lambda: status(url) == 503)


def pods_leave(example, service, app, count):
    pocket = Pocket("--example", example, "--speed", "20")
    try:
        codes = replace_a_pod(pocket, service, app, count)
        a_service_gets_a_balancer(pocket)
        return codes
    finally:
        pocket.stop()


def main():
    compare_with_moto()
    codes = pods_leave("game-platform-blocked", "games/lobby", "app=lobby", 6)
    expect(codes.get(502, 0) > 0 and codes[200] > 0, "without preStop requests are lost: %s" % codes)
    codes = pods_leave("game-platform", "games/lobby", "app=lobby", 6)
    expect(set(codes) == {200}, "with a proper preStop none is: %s" % codes)


if __name__ == "__main__":
    main()
