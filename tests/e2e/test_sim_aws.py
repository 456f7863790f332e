#!/usr/bin/env python3
"""Stock awscli, kubectl and toban itself on the AWS side of the pocket EKS (`toban sim`).

awscli reads every answer by AWS's own models of the services: what it prints is what a shape of AWS could hold.
"""
import json
import os
import subprocess
import sys
import time

from pocket import sim

TOBAN, TMP = os.environ["TOBAN"], os.environ["E2E_TMP"]
KUBECTL = os.environ.get("KUBECTL", "kubectl")
CLUSTER, BLUE = "prod-apne1", "game-2023"


def expect(condition, what, detail=""):
    if not condition:
        sys.exit("FAIL %s\n%s" % (what, detail if isinstance(detail, str) else json.dumps(detail, indent=1)))


class Pocket(sim.Pocket):
    def __init__(self, *words):
        super().__init__(TMP, "--example", "game-platform", *words)
        self.env |= {"AWS_PAGER": "", "AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
                     "AWS_MAX_ATTEMPTS": "1"}

    def run(self, *words, env=None):
        return subprocess.run(words, env={**self.env, **(env or {})}, capture_output=True, text=True, timeout=120,
                              check=False)

    def aws(self, *words, env=None):
        """Older awscli does not read AWS_ENDPOINT_URL."""
        answer = self.run(sim.AWS, "--endpoint-url", self.env["AWS_ENDPOINT_URL"], *words, "--output", "json", env=env)
        expect(answer.returncode == 0, "aws " + " ".join(words), answer.stdout + answer.stderr)
        return json.loads(answer.stdout) if answer.stdout.strip() else None

    def refused(self, *words, says, env=None):
        answer = self.run(sim.AWS, "--endpoint-url", self.env["AWS_ENDPOINT_URL"], *words, "--output", "json", env=env)
        expect(answer.returncode != 0 and says in answer.stderr, "aws %s says %s" % (" ".join(words), says),
               answer.stdout + answer.stderr)

    def eks(self, call, *words):
        return self.aws("eks", call, "--cluster-name", CLUSTER, *words)

    def nodes(self, group):
        answer = self.run(KUBECTL, "get", "nodes", "-l", "eks.amazonaws.com/nodegroup=" + group, "-o", "json")
        expect(answer.returncode == 0, "kubectl get nodes", answer.stderr)
        return json.loads(answer.stdout)["items"]

    def until(self, what, fn, seconds=60):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            found = fn()
            if found:
                return found
            time.sleep(0.1)
        sys.exit("FAIL never: " + what)


def ready(node):
    return any(c["type"] == "Ready" and c["status"] == "True" for c in node["status"]["conditions"])


def identity(pocket):
    who = pocket.aws("sts", "get-caller-identity")
    expect(who["Arn"] == "arn:aws:iam::%s:user/pocket" % who["Account"], "who it is", who)
    role = "arn:aws:iam::%s:role/ops" % who["Account"]
    keys = pocket.aws("sts", "assume-role", "--role-arn", role, "--role-session-name", "me")["Credentials"]
    env = {"AWS_ACCESS_KEY_ID": keys["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": keys["SecretAccessKey"],
           "AWS_SESSION_TOKEN": keys["SessionToken"]}
    who = pocket.aws("sts", "get-caller-identity", env=env)
    expect(who["Arn"].endswith(":assumed-role/ops/me"), "an assumed role", who)
    pocket.refused("eks", "list-clusters", env={"AWS_DEFAULT_REGION": "eu-west-1", "AWS_REGION": "eu-west-1"},
                   says="InvalidSignatureException")


def cluster(pocket):
    expect(pocket.aws("eks", "list-clusters")["clusters"] == [CLUSTER], "the clusters")
    told = pocket.aws("eks", "describe-cluster", "--name", CLUSTER)["cluster"]
    with open(pocket.env["KUBECONFIG"]) as f:
        text = f.read()
    expect(told["endpoint"] in text and told["certificateAuthority"]["data"] in text,
           "address and authority are those of the kubeconfig", told)
    addons = pocket.eks("list-addons")["addons"]
    for addon in addons:
        expect(pocket.eks("describe-addon", "--addon-name", addon)["addon"]["status"] == "ACTIVE", addon)
    versions = pocket.aws("eks", "describe-addon-versions", "--addon-name", "coredns", "--kubernetes-version", "1.30")
    expect(versions["addons"][0]["addonVersions"][0]["compatibilities"][0]["defaultVersion"] is True, "versions", versions)
    principals = pocket.eks("list-access-entries")["accessEntries"] if newer(pocket) else []
    for principal in principals:
        pocket.eks("describe-access-entry", "--principal-arn", principal)


def newer(pocket):
    """Access entries and insights came with awscli 2.15."""
    version = pocket.run(sim.AWS, "--version").stdout.split("/")[1].split()[0]
    return [int(x) for x in version.split(".")[:2]] >= [2, 15]


def groups(pocket):
    blue = pocket.eks("describe-nodegroup", "--nodegroup-name", BLUE)["nodegroup"]
    asg = blue["resources"]["autoScalingGroups"][0]["name"]
    told = pocket.aws("autoscaling", "describe-auto-scaling-groups", "--auto-scaling-group-names", asg)
    instances = told["AutoScalingGroups"][0]["Instances"]
    expect(len(instances) == blue["scalingConfig"]["desiredSize"] == len(pocket.nodes(BLUE)),
           "machines of the Auto Scaling group, nodes of the cluster", told)
    ids = {node["spec"]["providerID"].rsplit("/", 1)[1] for node in pocket.nodes(BLUE)}
    expect(ids == {i["InstanceId"] for i in instances}, "they are the same", [sorted(ids), instances])
    addresses = {n["metadata"]["name"]: a["address"] for n in pocket.nodes(BLUE) for a in n["status"]["addresses"]
                 if a["type"] == "InternalIP"}
    machines = [i for r in pocket.aws("ec2", "describe-instances", "--instance-ids", *sorted(ids))["Reservations"]
                for i in r["Instances"]]
    expect({i["PrivateDnsName"]: i["PrivateIpAddress"] for i in machines} == addresses, "names and addresses", machines)
    return blue


def life_of_a_group(pocket, blue):
    spec = {"clusterName": CLUSTER, "nodegroupName": "green", "subnets": blue["subnets"], "nodeRole": blue["nodeRole"],
            "scalingConfig": {"minSize": 0, "maxSize": 5, "desiredSize": 3}, "instanceTypes": ["m5.xlarge"],
            "amiType": "BOTTLEROCKET_x86_64",
            "labels": {"tier": "web"}, "taints": [{"key": "only", "value": "web", "effect": "NO_SCHEDULE"}],
            "tags": {"team": "games"}, "clientRequestToken": "token-1"}
    words = ["eks", "create-nodegroup", "--cli-input-json", json.dumps(spec)]
    made = pocket.aws(*words)["nodegroup"]
    expect(made["status"] == "CREATING" and made["version"] == blue["version"], "a group begins", made)
    again = pocket.aws(*words)["nodegroup"]
    expect(again["nodegroupArn"] == made["nodegroupArn"], "the same token, the same group", again)
    other = json.dumps({**spec, "clientRequestToken": "token-2"})
    pocket.refused("eks", "create-nodegroup", "--cli-input-json", other, says="ResourceInUseException")
    wait(pocket, "nodegroup-active", "green")
    nodes = pocket.nodes("green")
    expect(len(nodes) == 3 and all(ready(n) for n in nodes), "three nodes have joined", nodes)
    expect(len({n["metadata"]["labels"]["topology.kubernetes.io/zone"] for n in nodes}) == 3, "one in each zone", nodes)
    expect(all(n["metadata"]["labels"]["tier"] == "web" and n["spec"]["taints"][0]["key"] == "only" for n in nodes),
           "with labels and taints", nodes)
    release = "Bottlerocket OS %s (aws-k8s-%s)" % (made["releaseVersion"].split("-")[0], made["version"])
    expect({n["status"]["nodeInfo"]["osImage"] for n in nodes} == {release}, "their image is told", nodes)
    expect({n["status"]["nodeInfo"]["osImage"] for n in pocket.nodes(BLUE)} == {"Amazon Linux 2"}, "and that of the old ones",
           pocket.nodes(BLUE))
    update = pocket.eks("update-nodegroup-config", "--nodegroup-name", "green", "--scaling-config",
                        "minSize=0,maxSize=5,desiredSize=1", "--labels", "addOrUpdateLabels={tier=db,more=yes}",
                        "--taints", "removeTaints=[{key=only,value=web,effect=NO_SCHEDULE}]")["update"]
    pocket.until("the update ends", lambda: pocket.aws(
        "eks", "describe-update", "--name", CLUSTER, "--nodegroup-name", "green", "--update-id",
        update["id"])["update"]["status"] == "Successful")
    pocket.until("two nodes go", lambda: len(pocket.nodes("green")) == 1)
    left = pocket.nodes("green")[0]
    expect(left["metadata"]["labels"]["tier"] == "db" and left["metadata"]["labels"]["more"] == "yes" and
           "taints" not in left["spec"], "the node that is left has the group's new labels and taints", left)
    pocket.eks("delete-nodegroup", "--nodegroup-name", "green")
    deleted(pocket, "green")
    wait(pocket, "nodegroup-deleted", "green")
    pocket.until("its nodes go", lambda: not pocket.nodes("green"))
    expect(pocket.eks("list-nodegroups")["nodegroups"].count("green") == 0, "it is gone")


def wait(pocket, what, group):
    """As `aws eks wait`, which looks once in 30 seconds only."""
    if what == "nodegroup-active":
        pocket.until(what, lambda: pocket.eks("describe-nodegroup", "--nodegroup-name", group)["nodegroup"]["status"] ==
                     "ACTIVE")
    answer = pocket.run(sim.AWS, "--endpoint-url", pocket.env["AWS_ENDPOINT_URL"], "eks", "wait", what, "--cluster-name",
                        CLUSTER, "--nodegroup-name", group)
    expect(answer.returncode == 0, "aws eks wait " + what, answer.stderr)


def deleted(pocket, group):
    pocket.until(group + " goes", lambda: group not in pocket.eks("list-nodegroups")["nodegroups"])


def smaller_services(pocket):
    name = "/aws/service/eks/optimized-ami/1.30/amazon-linux-2023/x86_64/standard/recommended/release_version"
    value = pocket.aws("ssm", "get-parameter", "--name", name)["Parameter"]["Value"]
    expect(value.startswith("1.30."), "a release", value)
    pocket.refused("ssm", "get-parameter", "--name", "/nothing", says="ParameterNotFound")
    quota = pocket.aws("service-quotas", "get-service-quota", "--service-code", "ec2", "--quota-code", "L-1216C47A")
    expect(quota["Quota"]["Value"] > 0, "a quota", quota)
    pages = pocket.aws("service-quotas", "list-service-quotas", "--service-code", "ec2", "--page-size", "3")["Quotas"]
    expect(len({q["QuotaCode"] for q in pages}) == len(pages) > 3, "a listing of several pages", pages)
    pocket.refused("eks", "describe-nodegroup", "--cluster-name", CLUSTER, "--nodegroup-name", "none",
                   says="No node group found for name: none.")


def queues(pocket):
    """Older awscli speaks the query protocol, at the URL of the queue; a newer one JSON. Both check the MD5."""
    url = pocket.aws("sqs", "create-queue", "--queue-name", "interruptions", "--attributes",
                     "MessageRetentionPeriod=86400,VisibilityTimeout=600")["QueueUrl"]
    expect(url.startswith(pocket.env["AWS_ENDPOINT_URL"] + "/"), "the URL of a queue", url)
    at = ["--queue-url", url]
    body, zone = "a & <b> \u6771\u4eac", {"zone": {"DataType": "String", "StringValue": "a"}}
    pocket.aws("sqs", "send-message-batch", *at, "--entries", json.dumps(
        [{"Id": "1", "MessageBody": body, "MessageAttributes": zone}]))
    got = pocket.aws("sqs", "receive-message", *at, "--attribute-names", "All", "--message-attribute-names", "All",
                     "--wait-time-seconds", "5")["Messages"]
    expect([m["Body"] for m in got] == [body] and got[0]["MessageAttributes"] == zone and
           got[0]["Attributes"]["ApproximateReceiveCount"] == "1", "a message", got)
    told = pocket.aws("sqs", "get-queue-attributes", *at, "--attribute-names", "All")["Attributes"]
    expect(told["ApproximateNumberOfMessagesNotVisible"] == "1" and told["VisibilityTimeout"] == "600", "a queue", told)
    pocket.aws("sqs", "delete-message", *at, "--receipt-handle", got[0]["ReceiptHandle"])
    expect(pocket.aws("sqs", "receive-message", *at) is None, "a queue that is empty")
    expect(pocket.aws("sqs", "list-queues", "--queue-name-prefix", "interr")["QueueUrls"] == [url], "the queues")
    pocket.refused("sqs", "get-queue-url", "--queue-name", "none", says="AWS.SimpleQueueService.NonExistentQueue")


def tables(pocket):
    keys = [("pk", "HASH"), ("sk", "RANGE")]
    made = pocket.aws("dynamodb", "create-table", "--table-name", "duty", "--billing-mode", "PAY_PER_REQUEST",
                      "--attribute-definitions", *["AttributeName=%s,AttributeType=S" % n for n, _ in keys],
                      "--key-schema", *["AttributeName=%s,KeyType=%s" % key for key in keys])["TableDescription"]
    expect(made["TableStatus"] == "CREATING" and made["TableArn"].endswith(":table/duty"), "a new table", made)
    pocket.until("the table", lambda: pocket.aws("dynamodb", "describe-table", "--table-name", "duty")["Table"]
                 ["TableStatus"] == "ACTIVE")
    at = ["--table-name", "duty"]
    key = {"pk": {"S": "team"}, "sk": {"S": "2026-11-24"}}
    item = {**key, "who": {"S": "a & <b> \u6771\u4eac"}, "n": {"N": "1"}, "tags": {"SS": ["x", "y"]}}
    pocket.aws("dynamodb", "put-item", *at, "--item", json.dumps(item))
    expect(pocket.aws("dynamodb", "get-item", *at, "--key", json.dumps(key))["Item"] == item, "an item")
    change = {"TableName": "duty", "Key": key, "UpdateExpression": "ADD n :one",
              "ConditionExpression": "attribute_exists(pk)", "ExpressionAttributeValues": {":one": {"N": "1"}}}
    other = {"TableName": "duty", "Item": {**key, "sk": {"S": "2026-11-25"}}}
    pocket.aws("dynamodb", "transact-write-items", "--transact-items", json.dumps([{"Update": change}, {"Put": other}]))
    found = pocket.aws("dynamodb", "query", *at, "--key-condition-expression", "pk = :p", "--expression-attribute-values",
                       json.dumps({":p": key["pk"]}), "--page-size", "1")["Items"]
    expect(found == [{**item, "n": {"N": "2"}}, other["Item"]], "what a query found", found)
    pocket.refused("dynamodb", "put-item", *at, "--item", json.dumps(item), "--condition-expression",
                   "attribute_not_exists(pk)", says="ConditionalCheckFailedException")
    check = {"TableName": "duty", "Key": {**key, "sk": {"S": "none"}}, "ConditionExpression": "attribute_exists(pk)"}
    pocket.refused("dynamodb", "transact-write-items", "--transact-items",
                   json.dumps([{"Put": other}, {"ConditionCheck": check}]), says="[None, ConditionalCheckFailed]")
    pocket.aws("dynamodb", "delete-table", *at)


def scaling(pocket, blue):
    asg = blue["resources"]["autoScalingGroups"][0]["name"]
    pocket.aws("autoscaling", "suspend-processes", "--auto-scaling-group-name", asg, "--scaling-processes", "AZRebalance")
    told = pocket.aws("autoscaling", "describe-auto-scaling-groups", "--auto-scaling-group-names", asg)
    expect(told["AutoScalingGroups"][0]["SuspendedProcesses"][0]["ProcessName"] == "AZRebalance", "suspended", told)
    pocket.aws("autoscaling", "resume-processes", "--auto-scaling-group-name", asg)
    victim = told["AutoScalingGroups"][0]["Instances"][0]["InstanceId"]
    activity = pocket.aws("autoscaling", "terminate-instance-in-auto-scaling-group", "--instance-id", victim,
                          "--no-should-decrement-desired-capacity")["Activity"]
    expect(activity["StatusCode"] == "InProgress", "a machine is ended", activity)
    pocket.until("its node goes", lambda: all(victim not in n["spec"]["providerID"] for n in pocket.nodes(BLUE)))
    pocket.until("another one joins", lambda: sum(ready(n) for n in pocket.nodes(BLUE)) ==
                 blue["scalingConfig"]["desiredSize"])
    pocket.refused("autoscaling", "set-desired-capacity", "--auto-scaling-group-name", asg, "--desired-capacity", "1000",
                   says="ValidationError")


def snapshots(pocket):
    world = os.path.join(pocket.dir, "world")
    answer = pocket.run(TOBAN, "snapshot", "--cloud", "eks:" + CLUSTER, "-o", world)
    expect(answer.returncode == 0, "toban snapshot --cloud", answer.stderr)
    shown = json.loads(pocket.run(TOBAN, "snapshot", "--show", world, "-o", "json").stdout)["cloud"]
    told = pocket.aws("ec2", "describe-instances", "--filters", "Name=instance-state-name,Values=running")
    machines = sum(len(r["Instances"]) for r in told["Reservations"])
    expect(shown["node_groups"] == 2 and shown["subnets"] == 3 and shown["instances"] == machines,
           "toban's own snapshot of the pocket", [shown, machines])


def faults():
    with Pocket("--speed", "600", "--fault", "deny=eks:DeleteNodegroup,join-fail=1,quota=L-1216C47A:200") as pocket:
        pocket.refused("eks", "delete-nodegroup", "--cluster-name", CLUSTER, "--nodegroup-name", BLUE,
                       says="not authorized to perform: eks:DeleteNodegroup")
        blue = pocket.eks("describe-nodegroup", "--nodegroup-name", BLUE)["nodegroup"]
        pocket.eks("create-nodegroup", "--nodegroup-name", "green", "--node-role", blue["nodeRole"], "--subnets",
                   *blue["subnets"], "--scaling-config", "minSize=2,maxSize=2,desiredSize=2")
        told = pocket.until("it fails", lambda: next((g for g in [pocket.eks(
            "describe-nodegroup", "--nodegroup-name", "green")["nodegroup"]] if g["status"] == "CREATE_FAILED"), None))
        expect(told["health"]["issues"][0]["code"] == "NodeCreationFailure", "and says why", told)
    with Pocket("--fault", "throttle=1") as pocket:
        pocket.refused("eks", "list-clusters", says="ThrottlingException")
        pocket.refused("ec2", "describe-subnets", says="RequestLimitExceeded")
        pocket.refused("autoscaling", "describe-auto-scaling-groups", says="Throttling")
    with Pocket("--speed", "60", "--fault", "expire=10m") as pocket:
        pocket.aws("eks", "list-clusters")
        pocket.until("the keys expire", lambda: pocket.run(
            sim.AWS, "--endpoint-url", pocket.env["AWS_ENDPOINT_URL"], "eks", "list-clusters").returncode)
        pocket.refused("eks", "list-clusters", says="ExpiredTokenException")
        pocket.aws("eks", "list-clusters", env={"AWS_ACCESS_KEY_ID": "AKIANEW"})


def main():
    with Pocket("--speed", "120") as pocket:
        identity(pocket)
        cluster(pocket)
        blue = groups(pocket)
        life_of_a_group(pocket, blue)
        smaller_services(pocket)
        queues(pocket)
        tables(pocket)
        scaling(pocket, blue)
        snapshots(pocket)
    faults()
    print("awscli %s" % sim.AWS)


if __name__ == "__main__":
    main()
