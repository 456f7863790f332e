#!/usr/bin/env python3
"""The replacement of `make run` under load, of an example that has lost its preStop hook: requests must
fail there, and scripts/run-replace must say so. That it ends without a failed request where the hook
is, `make run` itself proves; the load balancers of the services that have theirs prove it here, too.
"""
import json
import os
import re
import subprocess
import sys

TOP, TMP = os.environ["TOP"], os.environ["E2E_TMP"]
WORLD = os.path.join(TMP, "without-prestop")


def expect(condition, what, detail=""):
    if not condition:
        sys.exit("FAIL %s\n%s" % (what, detail))


def take_out(spec):
    for container in spec["containers"]:
        container.pop("lifecycle", None)
    spec["terminationGracePeriodSeconds"] = 30


def without_prestop(name):
    """The dump with the lobby as it was before the team mended it; how many objects that are."""
    path, changed = os.path.join(WORLD, name), 0
    with open(path, encoding="utf-8") as file:
        dump = json.load(file)
    for item in dump["items"]:
        template = item["spec"].get("template", item)
        if template["metadata"].get("labels", {}).get("app") == "lobby":
            take_out(template["spec"])
            changed += 1
    with open(path, "w", encoding="utf-8") as file:
        json.dump(dump, file)
    return changed


def make_world():
    generate = os.path.join(TOP, "examples/game-platform/cluster/generate")
    subprocess.run([generate, "--mended", WORLD], check=True)
    expect(without_prestop("pods.json") == 6, "the lobby has six pods")
    expect(without_prestop("workloads.json") == 2, "the lobby is a Deployment and a ReplicaSet")


def counts(text):
    """Of each load balancer: answered and failed requests."""
    return {name: (int(ok), int(failed)) for name, ok, failed in re.findall(r"^  (\S+) +(\d+) answered, (\d+) failed$", text, re.M)}


def main():
    make_world()
    words = ["--soak", "1s", "--accept", "do-not-disrupt:games/match"]
    run = subprocess.run([os.path.join(TOP, "scripts/run-replace"), *words],
                         env={**os.environ, "WORLD": WORLD, "RATE": "100"}, capture_output=True, text=True, timeout=600)
    seen = counts(run.stdout)
    said = run.stdout + run.stderr
    expect(set(seen) == {"games-lobby", "games-match-gateway", "payments-payments"}, "three load balancers are told of", said)
    expect(seen["games-lobby"][1] > 0, "pods that stop at once lose requests", said)
    expect("[502]" in run.stdout, "what was answered instead is told", said)
    expect(all(ok > 0 for ok, _ in seen.values()), "all were asked", said)
    expect(not any(failed for name, (_, failed) in seen.items() if name != "games-lobby"), "a preStop hook loses none", said)
    expect(run.returncode == 1, "a lost request fails the script, exit %d" % run.returncode, said)
    for name, (ok, failed) in sorted(seen.items()):
        print("%s: %d answered, %d failed" % (name, ok, failed))


main()
