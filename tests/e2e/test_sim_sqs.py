#!/usr/bin/env python3
"""SQS of toban sim and of moto_server, side by side.

boto3, in moto's folder, makes the same queues on both and sends the same messages; the calls of src/cloud/sqs.h are
made by cloud_driver on both. What the messages and the queues say has to come back alike, and so has what boto3 itself
is told: attributes, batches, visibility, dead letters, refusals. Ids, receipts and points in time are taken for
placeholders. Where the two differ on purpose, DIFFER says why. Both count real seconds: the pocket runs at speed 1.
"""
import json
import os
import subprocess
import sys
import threading
import time

from pocket.beside import Differences
from pocket.sim import Pocket
from test_aws_moto import PEER, Moto, Toban, has_moto, moto_folder

TMP = os.environ["E2E_TMP"]
ACCOUNTS = ("111122223333", "123456789012")  # the pocket's, moto's
PLACEHOLDERS = {"MessageId", "ReceiptHandle", "SentTimestamp", "ApproximateFirstReceiveTimestamp", "SenderId",
                "CreatedTimestamp", "LastModifiedTimestamp"}

# Path of a member (lists without numbers): why the pocket has it otherwise than moto.
EMPTY = "SQS leaves out lists that are empty"
SIZE = "1 MiB since August 2025; moto has the limit of before"
DIFFER = {
    "delete_message_batch.Failed": EMPTY,
    "get_queue_attributes.Attributes.MaximumMessageSize": SIZE,
    "send_message_batch.Failed": EMPTY,
}


class Side:
    """One of the two services: boto3 to talk to it, and our client."""

    def __init__(self, url, call):
        self.url, self.toban, self.boto = url, Toban(url), call

    def call(self, operation, **arguments):
        return self.boto("sqs", operation, **arguments)


class Sim(Pocket):
    """`toban sim` with an empty cluster, and boto3 to talk to it."""

    def __init__(self):
        super().__init__(TMP, "--name", "prod", "--region", "eu-west-1", "--version", "1.31", "--speed", "1")
        self.url = self.env["AWS_ENDPOINT_URL"]
        self.peer = start_peer(self.url)

    def stop(self):
        self.peer.kill()
        self.peer.wait()
        super().stop()


def start_peer(url):
    return subprocess.Popen(["chroot", moto_folder(), "/usr/bin/python3", "-c", PEER, url], text=True,
                            stdin=subprocess.PIPE, stdout=subprocess.PIPE)


# The system's own botocore. That of Debian 12 speaks the query protocol with SQS, as awscli there does.
OLD_PEER = PEER.replace("import boto3,", "import botocore.session,").replace(
    "boto3.client(", "botocore.session.get_session().create_client(")
IS_OLD = ("import botocore.session as b, sys\n"
          "sys.exit(b.get_session().get_service_model('sqs').metadata['protocol'] != 'query')")


def start_old_peer(url):
    return subprocess.Popen(["/usr/bin/python3", "-c", OLD_PEER, url], text=True, stdin=subprocess.PIPE,
                            stdout=subprocess.PIPE)


def ask(peer):
    """As Moto.call, but an error is an answer too."""
    def call(service, operation, **arguments):
        peer.stdin.write(json.dumps([service, operation, arguments]) + "\n")
        peer.stdin.flush()
        return json.loads(peer.stdout.readline())
    return call


def plain(side, name, value):
    if isinstance(value, dict):
        return {k: plain(side, k, v) for k, v in value.items()}
    if isinstance(value, list):
        return [plain(side, name, v) for v in value]
    if name in PLACEHOLDERS:
        return name
    if isinstance(value, str):
        value = value.replace(side.url, "URL")
        for account in ACCOUNTS:
            value = value.replace(account, "ACCOUNT")
        if name == "RedrivePolicy":
            value = json.dumps(json.loads(value), sort_keys=True)
    return value


known = Differences(DIFFER)


class Pair:
    def __init__(self, sim, moto):
        self.sides, self.found = (sim, moto), []

    def lay(self, name, answers):
        """Notes what differs; gives both answers as they were."""
        found = list(known.between(name, *[plain(s, "", a) for s, a in zip(self.sides, answers)]))
        self.found += found
        if not found:
            print("same     %s (%d bytes)" % (name, len(json.dumps(answers[0]))))
        return answers

    def boto(self, operation, **arguments):
        """The same call of boto3 on both; a list of two has an argument for each."""
        return self.lay(operation, [s.call(operation, **{k: each(v, i) for k, v in arguments.items()})
                                    for i, s in enumerate(self.sides)])

    def toban(self, call, *arguments):
        return self.lay("toban " + call, [s.toban.call(call, *[each(a, i) for a in arguments])
                                          for i, s in enumerate(self.sides)])

    def refused(self, operation, code, **arguments):
        """Both refuse it with this code; words differ."""
        for i, side in enumerate(self.sides):
            answer = side.call(operation, **{k: each(v, i) for k, v in arguments.items()})
            told = answer.get("ERROR", {}).get("Code")
            if told != code:
                self.found.append("%s %r of %s: %r, expected %s" % (operation, arguments, side.url, answer, code))
                return
        print("refused  %s: %s" % (operation, code))

    def toban_refused(self, call, wanted, *arguments):
        for i, side in enumerate(self.sides):
            answer = side.toban.call(call, *[each(a, i) for a in arguments], fails=True)
            if answer["class"] != wanted:
                self.found.append("toban %s %r of %s: %r, expected %s" % (call, arguments, side.url, answer, wanted))
                return
        print("refused  toban %s: %s" % (call, wanted))


class Two(list):
    """An argument that is another one for each side."""


def each(value, i):
    return value[i] if isinstance(value, Two) else value


def pick(answers, *path):
    for name in path:
        answers = [a[name] for a in answers]
    return Two(answers)


# --- what is laid side by side ------------------------------------------------------------------

def queues(pair):
    dead = pick(pair.boto("create_queue", QueueName="dead"), "QueueUrl")
    arns = pick(pair.boto("get_queue_attributes", QueueUrl=dead, AttributeNames=["QueueArn"]), "Attributes", "QueueArn")
    redrive = Two(json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 2}) for arn in arns)
    work = pick(pair.boto("create_queue", QueueName="work", Attributes=Two(
        {"VisibilityTimeout": "60", "MessageRetentionPeriod": "300", "RedrivePolicy": r} for r in redrive)), "QueueUrl")
    pair.boto("get_queue_attributes", QueueUrl=work, AttributeNames=["All"])
    pair.boto("set_queue_attributes", QueueUrl=work, Attributes={"VisibilityTimeout": "45"})
    pair.boto("get_queue_attributes", QueueUrl=work, AttributeNames=["VisibilityTimeout", "DelaySeconds"])
    pair.boto("list_queues", QueueNamePrefix="w")
    pair.boto("list_queues", QueueNamePrefix="none")
    pair.toban("GetQueueUrl", "work")
    pair.toban("GetQueueAttributes", work)
    pair.toban_refused("GetQueueUrl", "not-found", "none")
    pair.refused("get_queue_url", "AWS.SimpleQueueService.NonExistentQueue", QueueName="none")
    pair.refused("create_queue", "InvalidParameterValue", QueueName="no good")
    pair.refused("get_queue_attributes", "InvalidAttributeName", QueueUrl=work, AttributeNames=["Nothing"])
    return work, dead


BODY = '{"detail-type": "EC2 Spot Instance Interruption Warning", "detail": "<&> \\" \u6771\u4eac"}\n'


def messages(pair, work):
    """What boto3 sends our client receives and deletes; boto3 itself checks the MD5 of what it is told."""
    pair.boto("send_message", QueueUrl=work, MessageBody=BODY)
    pair.boto("send_message", QueueUrl=work, MessageBody="later", DelaySeconds=600)
    pair.toban("GetQueueAttributes", work)
    got = pair.toban("ReceiveMessage", work, "1", "0", "-")
    receipts = Two(a["Messages"][0]["ReceiptHandle"] for a in got)
    if got[0]["Messages"][0]["Body"] != BODY:
        pair.found.append("the body came as %r" % got[0]["Messages"][0]["Body"])
    pair.toban("GetQueueAttributes", work)
    pair.toban("ReceiveMessage", work, "10", "0", "-")
    pair.toban("DeleteMessage", work, receipts)
    pair.toban("DeleteMessage", work, receipts)
    pair.toban("GetQueueAttributes", work)
    gone = Two(url[:-4] + "none" for url in work)
    pair.toban_refused("ReceiveMessage", "not-found", gone, "1", "0", "-")
    pair.toban_refused("GetQueueAttributes", "not-found", gone)
    pair.toban_refused("DeleteMessage", "input", work, "no-receipt")


ATTRIBUTES = {"zone": {"DataType": "String", "StringValue": "eu-west-1a"},
              "count": {"DataType": "Number.int", "StringValue": "42"}}


def batches(pair, dead):
    pair.boto("send_message_batch", QueueUrl=dead, Entries=[
        {"Id": "a", "MessageBody": "one", "MessageAttributes": ATTRIBUTES}, {"Id": "b", "MessageBody": "two"}])
    got = pair.boto("receive_message", QueueUrl=dead, MaxNumberOfMessages=10, AttributeNames=["All"],
                    MessageAttributeNames=["All"])
    receipts = [[m["ReceiptHandle"] for m in a["Messages"]] for a in got]
    pair.boto("change_message_visibility", QueueUrl=dead, ReceiptHandle=Two(r[0] for r in receipts),
              VisibilityTimeout=0)
    again = pair.boto("receive_message", QueueUrl=dead, MaxNumberOfMessages=10, MessageAttributeNames=["zone"],
                      AttributeNames=["ApproximateReceiveCount"], VisibilityTimeout=30)
    both = Two([{"Id": "x", "ReceiptHandle": a["Messages"][0]["ReceiptHandle"]}, {"Id": "y", "ReceiptHandle": r[1]}]
               for a, r in zip(again, receipts))
    pair.boto("delete_message_batch", QueueUrl=dead, Entries=both)
    pair.boto("receive_message", QueueUrl=dead)
    pair.refused("send_message_batch", "AWS.SimpleQueueService.EmptyBatchRequest", QueueUrl=dead, Entries=[])
    pair.refused("receive_message", "InvalidParameterValue", QueueUrl=dead, MaxNumberOfMessages=11)
    pair.refused("delete_message", "ReceiptHandleIsInvalid", QueueUrl=dead, ReceiptHandle="no-receipt")


def dead_letters(pair, work, dead):
    """Received twice, the third time it is on the other queue."""
    pair.boto("purge_queue", QueueUrl=work)
    pair.boto("send_message", QueueUrl=work, MessageBody="poison")
    for _ in range(2):
        got = pair.boto("receive_message", QueueUrl=work, AttributeNames=["ApproximateReceiveCount"])
        pair.boto("change_message_visibility", QueueUrl=work, VisibilityTimeout=0,
                  ReceiptHandle=Two(a["Messages"][0]["ReceiptHandle"] for a in got))
        time.sleep(0.01)  # moto has it visible from the next millisecond on
    pair.boto("receive_message", QueueUrl=work)
    pair.toban("ReceiveMessage", dead, "1", "0", "0")


def waits(pair, sim, work):
    """A message that comes during the wait ends it."""
    for side, url in zip(pair.sides, work):
        begun, answer = time.monotonic(), []
        waiting = threading.Thread(target=lambda: answer.append(side.toban.call("ReceiveMessage", url, "1", "20", "-")))
        waiting.start()
        # Until the other connection is waiting, or nearly so: a moment of the service's own.
        for _ in range(20):
            side.call("get_queue_attributes", QueueUrl=url)
        side.call("send_message", QueueUrl=url, MessageBody="now")
        waiting.join()
        if time.monotonic() - begun > 10 or [m["Body"] for m in answer[0]["Messages"]] != ["now"]:
            pair.found.append("%s: waited %.1f s for %r" % (side.url, time.monotonic() - begun, answer))
    begun = time.monotonic()
    got = sim.toban.call("ReceiveMessage", work[0], "1", "1", "-")
    if got["Messages"] or not 0.9 < time.monotonic() - begun < 10:
        pair.found.append("a wait for nothing took %.1f s: %r" % (time.monotonic() - begun, got))


def older(pair):
    """The same in the query protocol, for those that do not speak JSON with SQS yet."""
    if subprocess.run(["/usr/bin/python3", "-c", IS_OLD], check=False, stderr=subprocess.DEVNULL).returncode:
        print("no older SDK: the system's botocore does not speak the query protocol with SQS")
        return
    peers = [start_old_peer(side.url) for side in pair.sides]
    try:
        old = Pair(*[Side(side.url, ask(peer)) for side, peer in zip(pair.sides, peers)])
        queue = pick(old.boto("create_queue", QueueName="older", Attributes={"VisibilityTimeout": "60"}), "QueueUrl")
        old.boto("set_queue_attributes", QueueUrl=queue, Attributes={"DelaySeconds": "0"})
        old.boto("get_queue_attributes", QueueUrl=queue, AttributeNames=["All"])
        old.boto("get_queue_url", QueueName="older")
        old.boto("list_queues", QueueNamePrefix="old")
        old.refused("get_queue_url", "AWS.SimpleQueueService.NonExistentQueue", QueueName="none")
        old.boto("send_message", QueueUrl=queue, MessageBody=BODY, MessageAttributes=ATTRIBUTES)
        old.boto("purge_queue", QueueUrl=queue)
        batches(old, queue)
        old.boto("delete_queue", QueueUrl=queue)
        pair.found += old.found
    finally:
        for peer in peers:
            peer.kill()
            peer.wait()


def compare(pair):
    work, dead = queues(pair)
    messages(pair, work)
    batches(pair, dead)
    dead_letters(pair, work, dead)
    waits(pair, pair.sides[0], work)
    older(pair)
    pair.boto("delete_queue", QueueUrl=dead)
    pair.refused("send_message", "AWS.SimpleQueueService.NonExistentQueue", QueueUrl=dead, MessageBody="x")
    pair.found += known.unmet()


def main():
    if not has_moto():
        return
    moto, sim = Moto(), Sim()
    try:
        pair = Pair(Side(sim.url, ask(sim.peer)), Side(moto.url, ask(moto.peer)))
        compare(pair)
        if pair.found:
            sys.exit("\n".join(pair.found))
    finally:
        sim.stop()
        moto.stop()


if __name__ == "__main__":
    main()
