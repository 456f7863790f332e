#!/usr/bin/env python3
"""Holds what src/cloud/ knows of AWS's operations against the service models that botocore ships.

usage: check_shapes.py DUMP-PROGRAM

Every operation, member, name on the wire, type and enum value that the tables of src/cloud/ hold must stand in
a model. Models differ in age: each operation and member must stand in one that can be found, and no model that
knows it may contradict. Models are taken from the packages python3-botocore and python3-moto's (its folder:
scripts/moto-assets --models), from the Python that runs this, and from TOBAN_BOTOCORE_DATA. Exit 77: there is
none.
"""
import glob
import gzip
import importlib.util
import json
import os
import subprocess
import sys

KINDS = {"text": {"string"}, "int": {"integer", "long"}, "number": {"double", "float"}, "bool": {"boolean"},
         "time": {"timestamp"}, "struct": {"structure"}, "texts": {"list"}, "pairs": {"map"}, "structs": {"list"}}
FOLDERS = {"eks": "eks", "ec2": "ec2", "autoscaling": "autoscaling", "elasticloadbalancing": "elbv2", "sts": "sts",
           "ssm": "ssm", "servicequotas": "service-quotas", "sqs": "sqs"}
# Services that changed from the query protocol to JSON. A model from before tells names, kinds and what is
# required, but not how it is sent.
CHANGED = {"sqs"}
# What came after the models of Debian 12 (end of 2022): where only such models are found, these are passed over.
NEWER = {"accessConfig", "computeConfig", "upgradePolicy", "computeTypes", "nodeRepairConfig", "updateStrategy",
         "warmPoolConfig", "CAPACITY_BLOCK", "RollbackFailed", "RollbackSuccessful", "unhealthy.draining",
         "maxUnhealthyNodeThresholdCount", "maxUnhealthyNodeThresholdPercentage", "maxParallelNodesRepairedCount",
         "maxParallelNodesRepairedPercentage", "nodeRepairConfigOverrides", "ListInsights", "DescribeInsight",
         "ListAccessEntries", "DescribeAccessEntry", "MessageSystemAttributeNames"}


def data_folders():
    top = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    found = [os.environ.get("TOBAN_BOTOCORE_DATA", ""), "/usr/lib/python3/dist-packages/botocore/data"]
    cache = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    if os.path.exists(top + "/scripts/moto-assets"):
        found += glob.glob(cache + "/toban/moto-*/usr/lib/python3/dist-packages/botocore/data")
    spec = importlib.util.find_spec("botocore")
    if spec and spec.origin:
        found.append(os.path.join(os.path.dirname(spec.origin), "data"))
    return [f for f in dict.fromkeys(os.path.realpath(f) for f in found if f) if os.path.isdir(f + "/eks")]


def load(folder, service):
    paths = sorted(glob.glob("%s/%s/*/service-2.json*" % (folder, FOLDERS[service])))
    if not paths:
        return None
    opener = gzip.open if paths[-1].endswith(".gz") else open
    with opener(paths[-1], "rb") as f:
        return json.load(f)


class Check:
    """One model; collects what contradicts and what is not there."""

    def __init__(self, model, op):
        self.shapes, self.model, self.op = model["shapes"], model, op
        self.wrong, self.absent, self.seen = [], [], 0
        self.sent_so = not (op["signing"] in CHANGED and model["metadata"]["protocol"] == "query")

    def say(self, path, text):
        self.wrong.append("%s %s: %s" % (self.op["action"], path, text))

    def wire_of(self, member, name, answer):
        if self.op["protocol"] != "ec2":
            return member.get("locationName", name)
        if answer:
            return member.get("locationName", name)
        wire = member.get("queryName") or member.get("locationName", name)
        return wire[0].upper() + wire[1:]

    def field(self, path, name, field, member, answer):
        shape = self.shapes[member["shape"]]
        if shape["type"] not in KINDS[field["kind"]]:
            self.say(path, "is %s in the model, %s here" % (shape["type"], field["kind"]))
            return
        wire = self.wire_of(member, name, answer)
        if self.sent_so and wire != field["wire"]:
            self.say(path, "is '%s' on the wire, '%s' here" % (wire, field["wire"]))
        place = {"uri": "path", "querystring": "query"}.get(member.get("location"), "body")
        if not answer and place != field["place"]:
            self.say(path, "goes into the %s, here into the %s" % (place, field["place"]))
        inner = shape
        if shape["type"] == "list":
            inner = self.shapes[shape["member"]["shape"]]
            wanted = "string" if field["kind"] == "texts" else "structure"
            if inner["type"] != wanted:
                self.say(path, "is a list of %s, here of %s" % (inner["type"], wanted))
                return
            if shape.get("flattened") and self.op["protocol"] in ("query", "ec2"):
                self.say(path, "is a flattened list")
        if shape["type"] == "map" and self.shapes[shape["value"]["shape"]]["type"] != "string":
            self.say(path, "is no map of texts")
        for value in field.get("values", []):
            if "enum" not in inner:
                break  # a text whose values are only told in words
            if value not in inner["enum"]:
                self.absent.append("%s %s = %s" % (self.op["action"], path, value))
        if "members" in field:
            self.members(path, field["members"], inner, answer)

    def members(self, path, fields, shape, answer):
        for name, field in fields.items():
            self.seen += 1
            where = path + "." + name if path else name
            member = shape.get("members", {}).get(name)
            if member is None:
                self.absent.append("%s %s %s" % (self.op["action"], "answer" if answer else "request", where))
            else:
                self.field(where, name, field, member, answer)

    def required(self, shape):
        for name in shape.get("required", []):
            if name not in self.op["in"]:
                self.say(name, "is required, but never sent")

    def tokens(self, operation, request):
        token = self.op["token"]
        idempotent = [n for n, m in request.get("members", {}).items() if m.get("idempotencyToken")]
        if idempotent and token not in idempotent:
            self.say("", "has the token %s, here %s" % (idempotent, token))
        if token and token not in request.get("members", {}):
            self.say(token, "is no member of the request")

    def paging(self, request, answer):
        if not self.op["page_in"]:
            for name in ("nextToken", "NextToken", "NextMarker"):
                if name in answer.get("members", {}):
                    self.say("", "comes in pages (%s), here it does not" % name)
            return
        name = self.op["page_in"]
        member = request["members"].get(name)
        if not member:
            self.say(name, "is no member of the request")
        elif self.op["protocol"] == "rest-json" and (member.get("location") is None) != self.op["page_in_body"]:
            self.say(name, "stands elsewhere in the request")
        out = self.op["page_out"]
        if self.op["protocol"] == "query":
            prefix = self.op["action"] + "Result."
            if not out.startswith(prefix):
                self.say(out, "does not begin with " + prefix)
            out = out[len(prefix):]
        wires = [m.get("locationName", n) for n, m in answer["members"].items()]
        if out not in wires:
            self.say(out, "is no member of the answer")

    def run(self):
        metadata = self.model["metadata"]
        for mine, theirs in ((self.op["signing"], metadata.get("signingName", metadata["endpointPrefix"])),
                             (self.op["host"], metadata["endpointPrefix"]), (self.op["protocol"], metadata["protocol"])):
            if mine != theirs and (self.sent_so or mine != self.op["protocol"]):
                self.say("", "service has %s, here %s" % (theirs, mine))
        version = metadata.get("targetPrefix") or metadata["apiVersion"]
        if self.sent_so and self.op["version"] != version:
            self.say("", "version is %s, here %s" % (version, self.op["version"]))
        operation = self.model["operations"].get(self.op["action"])
        if operation is None:
            self.absent.append(self.op["action"])
            return self
        request = self.shapes[operation["input"]["shape"]] if "input" in operation else {}
        answer = self.shapes[operation["output"]["shape"]] if "output" in operation else {}
        if self.op["protocol"] == "rest-json":
            http = (operation["http"]["method"], operation["http"]["requestUri"])
            if http != (self.op["method"], self.op["path"]):
                self.say("", "is %s %s, here %s %s" % (*http, self.op["method"], self.op["path"]))
        if self.op["protocol"] == "query" and self.op["out"]:
            wrapper = operation["output"].get("resultWrapper")
            if wrapper != self.op["action"] + "Result":
                self.say("", "answers in the element " + str(wrapper))
        self.members("", self.op["in"], request, False)
        self.members("", self.op["out"], answer, True)
        self.required(request)
        self.tokens(operation, request)
        self.paging(request, answer)
        return self


def main():
    folders = data_folders()
    if not folders:
        print("skipped: no service models; install the package python3-botocore (scripts/deps e2e)")
        return 77
    ops = json.loads(subprocess.run([sys.argv[1]], stdout=subprocess.PIPE, check=True).stdout)
    models = {s: [m for m in (load(f, s) for f in folders) if m] for s in FOLDERS}
    wrong, seen, too_new = [], 0, []
    for op in ops:
        checks = [Check(model, op).run() for model in models[op["signing"]]]
        seen += max(c.seen for c in checks)
        for check in checks:
            wrong += check.wrong
        for item in set.intersection(*(set(c.absent) for c in checks)):
            names = set(item.split()) | set(item.replace(".", " ").split())
            (too_new if names & NEWER else wrong).append(item)
    print("%d operations, %d members, %d sets of models" % (len(ops), seen, len(folders)))
    for item in too_new:
        print("not in these models, which are older: " + item)
    for item in sorted(set(wrong)):
        print("WRONG: " + item)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
