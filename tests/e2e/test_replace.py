#!/usr/bin/env python3
"""toban nodes replace and rollback from the command line, on the pocket EKS with the example platform.

Each case has a pocket of its own. What is asked afterwards is asked of the pocket itself: nodes and pods of
Kubernetes, node groups of EKS.
"""
import json
import os
import re
import shlex
import signal
import subprocess
import sys
import time

from pocket import sim

TOBAN, TMP = os.environ["TOBAN"], os.environ["E2E_TMP"]
DRIVER = os.path.join(os.path.dirname(TOBAN), "tests/e2e/cloud_driver")
CLUSTER, BLUE, GREEN = "prod-apne1", "game-2023", "game-2023-green"
ACCEPT = ["--accept", "do-not-disrupt:games/match"]
REPLACE = ["nodes", "replace", "--cloud", "eks:" + CLUSTER, *ACCEPT]


def expect(condition, what, detail=""):
    if not condition:
        sys.exit("FAIL %s\n%s" % (what, detail if isinstance(detail, str) else json.dumps(detail, indent=1)))


class Answer:
    def __init__(self, words, code, out, err):
        self.words, self.code, self.out, self.err = words, code, out, err

    def __str__(self):
        return "$ toban %s\nexit %s\n%s%s" % (shlex.join(self.words), self.code, self.out[-6000:], self.err[-6000:])


class Pocket(sim.Pocket):
    """A `toban sim` of its own, and a store."""

    def __init__(self, *words, speed=600):
        super().__init__(TMP, "--speed", str(speed), *(words or ("--example", "game-platform")))
        self.env["TOBAN_STORE"] = self.dir + "/store.db"

    def toban(self, *words, code=0, env=None):
        done = subprocess.run([TOBAN, *words], env={**self.env, **(env or {})}, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=300, check=False)
        answer = Answer(words, done.returncode, done.stdout, done.stderr)
        expect(code is None or answer.code == code, "exit code %s" % code, str(answer) + self.said())
        return answer

    def until(self, event, *words, text="", code=3):
        """Runs it, and asks it to pause when it tells of such an event."""
        run = subprocess.Popen([TOBAN, *words, "-o", "json"], env=self.env, stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        told = []
        for line in run.stdout:
            told.append(line)
            e = json.loads(line)
            if e.get("kind") == event and text in (e.get("step") or "") + " " + (e.get("text") or ""):
                run.send_signal(signal.SIGINT)
                break
        out, err = run.communicate(timeout=120)
        answer = Answer(words, run.returncode, "".join(told) + out, err)
        expect(code is None or answer.code == code, "exit code %s after %s" % (code, event), str(answer))
        return answer

    def nodes(self, group):
        rows = json.loads(self.toban("nodes", "list", "-o", "json").out)["nodes"]
        return [n for n in rows if n["group"] == group]

    def group(self, name):
        """As EKS describes it; None: there is none."""
        done = subprocess.run([DRIVER, self.env["AWS_ENDPOINT_URL"], "DescribeNodegroup", CLUSTER, name],
                              env=self.env, stdout=subprocess.PIPE, text=True, check=False, timeout=60)
        answer = json.loads(done.stdout)
        if done.returncode == 1 and answer["class"] == "not-found":
            return None
        expect(done.returncode == 0, "DescribeNodegroup " + name, answer)
        return answer["nodegroup"]

    def plan(self):
        """The newest one, in short."""
        return json.loads(self.toban("plan", "list", "--all", "-o", "json").out)["plans"][0]


# --- how it is --------------------------------------------------------------------------------------------------

def pods_on(nodes):
    return sum(n["pods"] - n["own_pods"] for n in nodes)


def is_replaced(pocket, blue, green, before):
    new = pocket.nodes(green)
    expect(pocket.group(blue) is None, "%s is deleted" % blue)
    expect(not pocket.nodes(blue), "no node of %s is left" % blue)
    expect(pocket.group(green)["status"] == "ACTIVE", "%s is active" % green, pocket.group(green))
    expect(len(new) == before["nodes"] and all(n["ready"] and not n["cordoned"] for n in new), "the new nodes", new)


def is_as_before(pocket, blue, green, before):
    old = pocket.nodes(blue)
    expect(pocket.group(green) is None, "%s is gone again" % green, pocket.group(green))
    expect(not pocket.nodes(green), "no node of %s is left" % green)
    expect(pocket.group(blue)["status"] == "ACTIVE", "%s is active" % blue)
    expect(len(old) == before["nodes"] and all(n["ready"] and not n["cordoned"] for n in old), "the old nodes", old)
    expect(all(not n["marks"]["plan"] for n in old), "the plan's marks are gone", old)


def how_it_is(pocket, group):
    nodes = pocket.nodes(group)
    expect(nodes, "there are nodes of " + group)
    return {"nodes": len(nodes), "pods": pods_on(nodes)}


# --- cases ------------------------------------------------------------------------------------------------------

def succeeds_and_can_be_reversed():
    pocket = Pocket()
    before = how_it_is(pocket, BLUE)
    old = pocket.group(BLUE)
    dry = pocket.toban(*REPLACE, "-g", BLUE, "--dry-run")
    expect("nothing was changed" in dry.err and pocket.group(GREEN) is None, "a dry run changes nothing", str(dry))
    done = pocket.toban(*REPLACE, "-g", BLUE, "--soak", "1s", "--yes")
    is_replaced(pocket, BLUE, GREEN, before)
    new = pocket.group(GREEN)
    for member in ("labels", "taints", "subnets", "nodeRole", "amiType", "capacityType", "launchTemplate"):
        expect(new.get(member) == old.get(member), "%s is as it was" % member, [old, new])
    expect(new["tags"]["toban/replaces"] == BLUE and new["tags"]["toban/plan"] in done.err, "the tags", new)
    expect(pocket.plan()["status"] == "done", "the plan is done", pocket.plan())
    pocket.toban("journal", "verify")
    no = pocket.toban("nodes", "rollback", "--yes", code=1)
    back = "toban nodes replace --cloud eks:%s --nodegroup %s --name %s" % (CLUSTER, GREEN, BLUE)
    expect("is deleted" in no.err or "are deleted" in no.err, "after deletion it says so", str(no))
    expect(back in no.err, "the reverse is offered", str(no))
    pocket.toban(*shlex.split(back)[1:], "--soak", "0s", "--yes", *ACCEPT)
    is_replaced(pocket, GREEN, BLUE, before)
    pocket.stop()


# 84 vCPUs are in use: there is room for 6 machines of 4.
LITTLE_ROOM = ("--example", "game-platform", "--fault", "quota=L-1216C47A:108")


def goes_back_from(name, run, *words):
    pocket = Pocket(*words)
    before = how_it_is(pocket, BLUE)
    run(pocket)
    back = pocket.toban("nodes", "rollback", "--yes")
    is_as_before(pocket, BLUE, GREEN, before)
    expect(pocket.plan()["status"] == "rolled-back", "the plan has gone back", pocket.plan())
    expect(pocket.toban("nodes", "rollback", "--yes", code=1).err, "a second time", str(back))
    pocket.stop()
    print("ok  back from " + name, flush=True)


def while_green_joins(pocket):
    pocket.until("waits", *REPLACE, "-g", BLUE, "--yes", text="ready-1")
    expect(pocket.group(GREEN), "the new group is there")


def at_a_gate(pocket):
    pocket.toban(*REPLACE, "-g", BLUE, "--yes", "--gate", "approval", "--no-wait", code=3)
    expect(all(n["cordoned"] for n in pocket.nodes(BLUE)), "the old nodes are cordoned")


def in_the_drain(pocket):
    pocket.until("evicted", *REPLACE, "-g", BLUE, "--yes")
    expect(pods_on(pocket.nodes(GREEN)) > 0, "pods have moved")


def in_the_soak(pocket):
    pocket.until("gate.waits", *REPLACE, "-g", BLUE, "--yes", "--soak", "1h", text="before-delete")
    expect(pods_on(pocket.nodes(BLUE)) == 0, "all pods have moved")


def in_the_second_round(pocket):
    pocket.until("step.begun", *REPLACE, "-g", BLUE, "--yes", text="drain-2")
    expect(len(pocket.nodes(BLUE)) == 12 and len(pocket.nodes(GREEN)) == 12, "six have changed places")


def after_all_rounds(pocket):
    pocket.until("gate.waits", *REPLACE, "-g", BLUE, "--yes", "--soak", "1h", text="before-delete")
    expect(len(pocket.nodes(BLUE)) == 6 and len(pocket.nodes(GREEN)) == 18, "the last six are left")


def moved(answer):
    """Pods that all drains of a plan have moved, as it ends."""
    gone, pods = re.search(r"(\d+) of (\d+) pods moved", answer.err).groups()
    expect(gone == pods, "all of them", str(answer))
    return int(gone)


def times_listed(pocket, resource):
    counts = re.findall(r'^apiserver_request_total\{.*resource="%s".*verb="LIST".*\} (\d+)$' % resource, pocket.get("/metrics"), re.M)
    return sum(map(int, counts))


def in_rounds():
    pocket = Pocket(*LITTLE_ROOM)
    before = how_it_is(pocket, BLUE)
    old = pocket.group(BLUE)
    listed = times_listed(pocket, "csinodes")
    done = pocket.toban(*REPLACE, "-g", BLUE, "--soak", "0s", "--yes")
    expect("room for 6 of 18 new nodes at once, which takes 3 rounds" in done.err, "it says so", str(done))
    expect(moved(done) > before["pods"] // 2, "the pods of all rounds are told, not of a third of them", str(done))
    listed = times_listed(pocket, "csinodes") - listed
    expect(0 < listed < 9, "what is followed is left to the next step: for each by itself it would be 11", listed)
    is_replaced(pocket, BLUE, GREEN, before)
    expect(pocket.group(GREEN)["scalingConfig"] == old["scalingConfig"], "the size in the end", pocket.group(GREEN))
    pocket.stop()


def the_new_group_stays_when_the_old_one_goes():
    """Stopped when the deletion has been asked for: there is no way back any more, and that is said."""
    pocket = Pocket()
    pocket.until("step.begun", *REPLACE, "-g", BLUE, "--yes", "--soak", "0s", text="delete-1", code=None)
    if pocket.group(BLUE) is None or pocket.group(BLUE)["status"] == "DELETING":
        if pocket.plan()["status"] != "done":
            back = pocket.toban("nodes", "rollback", "--yes", code=3)
            expect("not everything went back" in back.err and "--name " + BLUE in back.err, "it says so", str(back))
            expect(pocket.group(GREEN)["status"] == "ACTIVE", "the new group stays")
    pocket.stop()


def stops_and_goes_on():
    pocket = Pocket()
    before = how_it_is(pocket, BLUE)
    while_green_joins(pocket)
    pocket.until("evicted", "plan", "resume", pocket.plan()["id"], "--yes")
    shown = pocket.toban("plan", "show", pocket.plan()["id"]).out
    expect("paused" in shown and "toban plan resume" in shown, "what a paused plan shows", shown)
    pocket.until("gate.waits", "plan", "resume", pocket.plan()["id"], "--yes", text="before-delete")
    pocket.toban("plan", "pause", pocket.plan()["id"], code=None)
    pocket.toban("plan", "abort", pocket.plan()["id"], "--yes")
    expect(len(pocket.nodes(BLUE)) == before["nodes"] and pocket.group(GREEN), "an abort leaves both")
    pocket.stop()


BOTH = [*REPLACE, "--accept", "do-not-disrupt:kube-system/cluster-autoscaler", "-g", BLUE, "-g", "infra"]


def two_groups_in_rounds():
    """One group in three rounds, then the other one at once; back from the middle of the second, and on to the end
    from there with a pause in each group."""
    pocket = Pocket(*LITTLE_ROOM)
    before = {g: how_it_is(pocket, g) for g in (BLUE, "infra")}
    pocket.until("step.begun", *BOTH, "--yes", text="drain-4")
    expect(not pocket.nodes(BLUE) and pocket.group(BLUE)["status"] == "ACTIVE", "the first group waits without nodes")
    pocket.toban("nodes", "rollback", "--yes")
    is_as_before(pocket, BLUE, GREEN, before[BLUE])
    is_as_before(pocket, "infra", "infra-green", before["infra"])
    pocket.until("step.begun", *BOTH, "--yes", "--soak", "0s", text="end-2")
    pocket.until("step.begun", "plan", "resume", pocket.plan()["id"], "--yes", text="create-2")
    done = pocket.toban("plan", "resume", pocket.plan()["id"], "--yes")
    expect(moved(done) > before["infra"]["pods"], "what was moved before it paused is told, too", str(done))
    is_replaced(pocket, BLUE, GREEN, before[BLUE])
    is_replaced(pocket, "infra", "infra-green", before["infra"])
    pocket.stop()


def two_groups_in_one_plan():
    pocket = Pocket()
    before = {g: how_it_is(pocket, g) for g in (BLUE, "infra")}
    pocket.until("gate.waits", *BOTH, "--name", "game-a", "--name", "infra-a", "--yes",
                 "--soak", "1h", text="before-delete")
    expect(pods_on(pocket.nodes(BLUE)) + pods_on(pocket.nodes("infra")) == 0, "both are empty")
    pocket.toban("nodes", "rollback", "--yes")
    is_as_before(pocket, BLUE, "game-a", before[BLUE])
    is_as_before(pocket, "infra", "infra-a", before["infra"])
    pocket.toban(*BOTH, "--yes", "--soak", "0s")
    is_replaced(pocket, BLUE, GREEN, before[BLUE])
    is_replaced(pocket, "infra", "infra-green", before["infra"])
    pocket.stop()


def refused(pocket, *words, code=1, says=(), env=None):
    answer = pocket.toban(*words, code=code, env=env)
    expect(all(text in answer.err for text in says), "what is said: %s" % (says,), str(answer))
    expect(pocket.group(GREEN) is None and not any(n["cordoned"] for n in pocket.nodes(BLUE)),
           "nothing was changed", str(answer))


def refuses():
    """What is wrong from the start: each with its message and what to do."""
    pocket = Pocket("--example", "game-platform", "--fault", "quota=L-1216C47A:86,deny=eks:ListInsights")
    yes = ["--yes", "--soak", "0s"]
    refused(pocket, *REPLACE, "-g", "game-2032", *yes, says=["no managed node group 'game-2032'", "'game-2023'?"])
    refused(pocket, "nodes", "replace", "--cloud", "eks:prod-apne2", "-g", BLUE, *yes,
            says=["no EKS cluster 'prod-apne2' in region ap-northeast-1", "--cloud eks:prod-apne1?"])
    refused(pocket, *REPLACE, "-g", BLUE, *yes, "--region", "eu-west-1", says=["eu-west-1"])
    refused(pocket, *REPLACE, "-g", BLUE, *yes, "--name", "infra", says=["'infra'"])
    refused(pocket, *REPLACE, "-g", BLUE, *yes, code=2,
            says=["quota-vcpus:game-2023", "AWS allows 86 vCPUs", "--accept", "eks:ListInsights"])
    refused(pocket, *REPLACE, "-g", BLUE, *yes, "--instance-type", "x9.huge", code=None, says=["x9.huge"])
    refused(pocket, *REPLACE, "-g", BLUE, *yes, code=1, env={"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""},
            says=["credentials"])
    pocket.stop()


def a_denied_creation_changes_nothing():
    pocket = Pocket("--example", "game-platform", "--fault", "deny=eks:CreateNodegroup")
    no = pocket.toban(*REPLACE, "-g", BLUE, "--yes", code=1)
    expect("eks:CreateNodegroup" in no.err and "toban plan resume" in no.err, "the missing action is named", str(no))
    expect(pocket.group(GREEN) is None and not any(n["cordoned"] for n in pocket.nodes(BLUE)), "nothing was changed")
    pocket.toban("nodes", "rollback", "--yes")
    expect(pocket.plan()["status"] == "rolled-back", "the plan has gone back", pocket.plan())
    pocket.stop()


def keys_that_expire_in_the_middle():
    pocket = Pocket("--example", "game-platform", "--fault", "expire=10m", speed=60)
    before = how_it_is(pocket, BLUE)
    no = pocket.toban(*REPLACE, "-g", BLUE, "--yes", "--soak", "0s", code=1)
    expect("xpired" in no.err and "next: toban plan resume" in no.err, "it says so, and what to do", str(no))
    pocket.env["AWS_ACCESS_KEY_ID"] = "AKIDAFRESHONE0000000"
    pocket.toban("plan", "resume", pocket.plan()["id"], "--yes")
    is_replaced(pocket, BLUE, GREEN, before)
    pocket.stop()


CASES = [
    ("keys expire in the middle", keys_that_expire_in_the_middle),
    ("two groups in one plan", two_groups_in_one_plan),
    ("what is wrong from the start is refused", refuses),
    ("a denied creation changes nothing", a_denied_creation_changes_nothing),
    ("it succeeds, and can be reversed", succeeds_and_can_be_reversed),
    ("back from the wait for green", lambda: goes_back_from("the wait for green", while_green_joins)),
    ("back from a gate", lambda: goes_back_from("a gate", at_a_gate)),
    ("back from the drain", lambda: goes_back_from("the drain", in_the_drain)),
    ("back from the soak", lambda: goes_back_from("the soak", in_the_soak)),
    ("it is done in rounds where there is little room", in_rounds),
    ("two groups where there is little room", two_groups_in_rounds),
    ("back from the second round", lambda: goes_back_from("the second round", in_the_second_round, *LITTLE_ROOM)),
    ("back from after all rounds", lambda: goes_back_from("after all rounds", after_all_rounds, *LITTLE_ROOM)),
    ("it stops and goes on", stops_and_goes_on),
    ("the new group stays when the old one goes", the_new_group_stays_when_the_old_one_goes),
]


def main():
    wanted = sys.argv[1:]
    for name, run in CASES:
        if wanted and not any(w in name for w in wanted):
            continue
        begin = time.monotonic()
        run()
        print("ok  %s (%.0f s)" % (name, time.monotonic() - begin), flush=True)


main()
