#!/usr/bin/env python3
"""Four versions of kubectl work a day on the pocket EKS and on a real 1.20.2 control plane, by the same script
(pocket/session.sh): every step prints the same and ends with the same code, but for what pocket/differences.py lists
with its reason. A listed difference that is none any more fails too."""
import concurrent.futures
import difflib
import json
import os
import re
import subprocess
import sys

from differential.server import Cluster, Scheduler
from draining.kubelets import create_nodes
from pocket.compare import results
from pocket.differences import EXPECTED, reason_of, unused
from pocket.kubelets import Kubelets
from pocket.sim import Pocket

HERE = os.path.dirname(os.path.abspath(__file__))
TMP, CLIENTS = os.environ["E2E_TMP"], os.environ["KUBE_CLIENTS"]
VERSIONS = os.environ.get("E2E_KUBECTLS", "1.22 1.28 1.31 1.35").split()
# Minutes of the pocket pass in seconds.
SPEED = "20"


def number(version):
    return version.replace(".", "")


def play(where, version, kubeconfig):
    """One session; what its steps printed."""
    folder = os.path.join(TMP, f"{where}-{version}")
    home = os.path.join(folder, "home")
    os.makedirs(home)
    answer = subprocess.run(
        ["bash", os.path.join(HERE, "pocket", "session.sh"), number(version), folder], timeout=600, check=False,
        env={**os.environ, "KUBECONFIG": kubeconfig, "HOME": home, "KUBECTL": f"{CLIENTS}/kubectl-{version}/kubectl"})
    if answer.returncode != 0:
        sys.exit(f"FAIL session of kubectl {version} on the {where} cluster: exit {answer.returncode}")
    return results(folder, number(version))


def played():
    """(where, version) -> steps."""
    nodes = os.path.join(TMP, "nodes.json")
    with Cluster("--bare") as cluster, Kubelets(cluster.env["KUBECONFIG"]), \
            Scheduler(cluster, os.path.join(TMP, "scheduler.log")), concurrent.futures.ThreadPoolExecutor() as pool:
        create_nodes(cluster.api, [f"node{number(v)}" for v in VERSIONS], cpu="16", memory="64Gi")
        with open(nodes, "w", encoding="utf-8") as file:
            json.dump(cluster.api.ask("GET", "/api/v1/nodes"), file)
        with Pocket(TMP, "--world", nodes, "--speed", SPEED) as pocket:
            asked = {(where, v): pool.submit(play, where, v, config) for v in VERSIONS
                     for where, config in (("real", cluster.env["KUBECONFIG"]), ("pocket", pocket.kubeconfig))}
            return {key: future.result() for key, future in asked.items()}


def compare(version, real, pocket):
    """How many differences are not in the list; they are printed."""
    if list(real) != list(pocket):
        sys.exit(f"FAIL kubectl {version}: the steps differ: {set(real) ^ set(pocket)}")
    wrong = 0
    for step, answer in real.items():
        for what, one, other in zip(("code", "output", "error"), answer, pocket[step]):
            if one == other or reason_of(step, version, what):
                continue
            wrong += 1
            print(f"kubectl {version}, step {step}, {what}:")
            print("\n".join(difflib.unified_diff(one.splitlines(), other.splitlines(), "real", "pocket", n=1, lineterm="")))
    return wrong


def expect_known(version, pocket):
    """Steps that only the pocket can answer."""
    wrong = 0
    for step, wanted in EXPECTED.items():
        if not all(map(re.fullmatch, wanted, pocket[step])):
            wrong += 1
            print(f"kubectl {version}, step {step}: expected {wanted}, found {pocket[step]}")
    return wrong


def main():
    steps = played()
    wrong = sum(compare(v, steps["real", v], steps["pocket", v]) + expect_known(v, steps["pocket", v]) for v in VERSIONS)
    print(f"{len(steps['real', VERSIONS[0]])} steps with each of kubectl {', '.join(VERSIONS)}")
    if wrong:
        sys.exit(f"FAIL {wrong} differences that nothing explains")
    if len(VERSIONS) == 4 and (left := unused()):
        sys.exit(f"FAIL listed as differences, but the same: {left}")


main()
