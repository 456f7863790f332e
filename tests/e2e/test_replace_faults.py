#!/usr/bin/env python3
"""A replacement meets each fault of the pocket EKS alone and each two of them together. It ends as a whole replacement, as a
refusal that has changed nothing, or as a stop that says how to go on; and from a stop it goes back, or says what keeps it
from that. Nothing is ever left half done without a plan that is listed and named in the last words."""
import itertools
import json
import os
import re
import signal
import subprocess
import sys

from draining.program import DONE, PARTLY, REFUSED, STOPPED, wait_for
from pocket.sim import AWS
from replacing.cases import side_by_side
from replacing.yard import BLUE, GREEN, OVER, REVERSE, Yard, expect

TMP = os.environ["E2E_TMP"]
PATIENCE = 150  # seconds until somebody who looks at it has had enough: Ctrl-C; throttling alone may take half a minute
FAULTS = {
    "throttle": "throttle=0.3",
    "join": "join-fail=2",
    "stuck": "stuck-detach=%s:4h",
    "5xx": "api-5xx=0.05",
    "cut": "watch-cut=500ms",
    "deny": "deny=eks:DeleteNodegroup",
    "expire": "expire=20m",
}


def volume_of_blue():
    """Attached to a machine that is to be replaced."""
    with Yard(TMP) as yard:
        volumes = {v["metadata"]["name"]: v for v in yard.ask("/api/v1/persistentvolumes")["items"]}
        nodes = {n["metadata"]["name"] for n in yard.ask("/api/v1/nodes")["items"]
                 if n["metadata"]["labels"].get("eks.amazonaws.com/nodegroup") == BLUE}
        for a in yard.ask("/apis/storage.k8s.io/v1/volumeattachments")["items"]:
            if a["spec"]["nodeName"] in nodes:
                spec = volumes[a["spec"]["source"]["persistentVolumeName"]]["spec"]
                if "csi" in spec:
                    return spec["csi"]["volumeHandle"]
    raise AssertionError("no volume is attached to " + BLUE)


def wait(run):
    """Its exit code; somebody loses patience with it."""
    try:
        return run.process.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        run.process.send_signal(signal.SIGINT)
        return run.wait(60)


def is_told(yard, run, code):
    """A stop names the plan, and what to do next; the plan is listed as one that is not over."""
    plan = yard.plan()
    expect(code in (STOPPED, PARTLY), "stopped or paused", str(run))
    expect(plan and plan["status"] not in OVER, "the plan is not over", [plan, str(run)])
    last = run.err.strip().splitlines()[-1]
    expect(plan["id"] in last and "toban plan" in last, "the last line names it and what is next", str(run))


def unchanged(yard, run):
    state, before = yard.place_free(yard.state()), yard.place_free(yard.before)
    expect(state["groups"] == before["groups"] and state["nodes"] == before["nodes"], "nothing was changed", [before, state, str(run)])
    expect(run.err.strip(), "and it says why", str(run))


def replaced(yard, run):
    state = yard.place_free(yard.settled())
    expect(state["groups"][BLUE] is None and state["groups"][GREEN]["status"] == "ACTIVE", "replaced", [state, str(run)])
    expect(not any("cordoned" in n or "NOT" in n or "toban" in n for n in state["nodes"]), "the nodes are in order", state["nodes"])
    expect(all(" ready" in key for key in state["pods"]), "all pods are Ready", state["pods"])


def gone_back(yard, run):
    state = yard.place_free(yard.settled())
    expect(state["groups"] == yard.before["groups"], "the groups are as before", [state["groups"], str(run)])
    expect(state["nodes"] == yard.before["nodes"], "the nodes are as before", [yard.before["nodes"], state["nodes"], str(run)])


def play(names, volume):
    """What became of it, in a word or two."""
    words = [FAULTS[n] % volume if n == "stuck" else FAULTS[n] for n in names]
    with Yard(TMP, "--fault", ",".join(words)) as yard:
        run = yard.replace("--volume-timeout", "5s" if "stuck" in names else "1m")
        code = wait(run)
        if code == DONE:
            replaced(yard, run)
            return "done"
        if not yard.plan():
            expect(code in (REFUSED, STOPPED), "refused", str(run))
            unchanged(yard, run)
            return "refused: " + run.err.strip().splitlines()[-1][:90]
        is_told(yard, run, code)
        why = next((line for line in run.err.splitlines() if "step '" in line), run.err.strip().splitlines()[-1])
        if "expire" in names:
            yard.program.env["AWS_ACCESS_KEY_ID"] = "AKIARENEWED000000000"
            run = yard.resume(yard.plan()["id"])
            code = wait(run)
            if code == DONE:
                replaced(yard, run)
                return "stopped (%s), done with new keys" % why[:90]
            is_told(yard, run, code)
        back = yard.rollback(yard.plan()["id"])
        code = wait(back)
        if yard.plan()["status"] == "rolled-back" and yard.state()["groups"][BLUE] is None:
            expect(code == PARTLY and REVERSE in back.err, "too late: it says what can be done", str(back))
            return "stopped (%s), too late to go back" % why[:90]
        if code == DONE:
            gone_back(yard, back)
            return "stopped (%s), gone back" % why[:90]
        is_told(yard, back, code)
        if "deny" in names:
            expect("eks:DeleteNodegroup" in back.err, "the action that is missing is said", str(back))
        return "stopped (%s), and going back stopped, too" % why[:90]


def attached(yard, volume):
    """The states of a volume's attachments as AWS tells them."""
    return [a["State"] for v in yard.aws("DescribeVolumes", volume)["Volumes"] for a in v.get("Attachments", ())]


def nothing_deleted(yard):
    state = yard.state()
    expect(state["groups"][BLUE] and sum(n.startswith(BLUE + " ") for n in state["nodes"]) ==
           sum(n.startswith(BLUE + " ") for n in yard.before["nodes"]), "the old group and its nodes are there", state)


def stuck_until_forced(volume):
    """AWS does not detach a volume. The replacement stops before it deletes anything and says with what to force it off; it is
    refused again as long as nobody does so, and goes on when somebody has."""
    with Yard(TMP, "--fault", "stuck-detach=" + volume) as yard:
        for again in (False, True):
            run = yard.resume(yard.plan()["id"]) if again else yard.replace("--volume-timeout", "3s")
            code = wait(run)
            is_told(yard, run, code)
            last = next(line for line in run.err.splitlines() if "step '" in line)
            expect(code == STOPPED and "still has 1 volume" in last and volume in last, "stopped", str(run))
            expect(attached(yard, volume) == ["detaching"], "it is stuck", last)
            nothing_deleted(yard)
        advice = re.search(r"aws ec2 detach-volume [^;]*", last).group().split()
        told = subprocess.run([AWS, "--endpoint-url", yard.env["AWS_ENDPOINT_URL"], *advice[1:]], env=yard.env,
                              capture_output=True, text=True, timeout=60, check=False)
        expect(told.returncode == 0 and json.loads(told.stdout)["VolumeId"] == volume, "what it advises is taken", told.stderr)
        run = yard.resume(yard.plan()["id"])
        expect(wait(run) == DONE, "it goes on", str(run))
        replaced(yard, run)
        return "stopped (%s), done when it was forced" % last[:90]


def stuck_for_a_while(volume):
    """AWS takes two hours and a half to detach it: a resumed replacement finds it gone."""
    with Yard(TMP, "--fault", "stuck-detach=%s:150m" % volume) as yard:
        run = yard.replace("--volume-timeout", "2s")
        expect(wait(run) == STOPPED, "stopped", str(run))
        is_told(yard, run, STOPPED)
        nothing_deleted(yard)
        wait_for(60, "AWS lets go of it, and the new machine has it", lambda: attached(yard, volume) == ["attached"])
        run = yard.resume(yard.plan()["id"])
        expect(wait(run) == DONE, "it goes on", str(run))
        replaced(yard, run)
        return "stopped, done when AWS had let go of it"


def main():
    volume = volume_of_blue()
    sets = [(n,) for n in FAULTS] + list(itertools.combinations(FAULTS, 2))
    cases = {"+".join(names): lambda names=names: play(names, volume) for names in sets}
    cases["stuck until forced"] = lambda: stuck_until_forced(volume)
    cases["stuck for a while"] = lambda: stuck_for_a_while(volume)
    side_by_side(cases, sys.argv[1:])


main()
