#!/usr/bin/env python3
"""A drain through a proxy that breaks things, on a real API server: each case ends in success, or in a clear stop that
names the next command, and that command then ends it. What happened must be right in either case."""
import os
import re
import time

from differential.api import until
from draining import faults
from draining.objects import is_ready
from draining.program import DONE, PARTLY, STOPPED, wait_for
from draining.proxy import foreign_identity
from draining.yard import PATIENCE, Yard, expect, timed

TMP = os.environ["E2E_TMP"]
EVICTION = {"method": "POST", "path": "/eviction$"}
CORDON = {"method": "PATCH", "path": "/nodes/"}
ANY_POD_WATCH = {"watch": True, "path": "/pods$"}
WEBHOOK = faults.answer(403, "Forbidden", 'admission webhook "guard.example" denied the request: not now')
SERVER_ERROR = faults.answer(500, "InternalError", "Internal error occurred: etcdserver: leader changed")
TIMED_OUT = faults.answer(504, "Timeout", "Timeout: request did not complete within requested timeout", retryAfterSeconds=1)
UNAVAILABLE = faults.answer(503, "ServiceUnavailable", "apiserver is shutting down", ("Retry-After", "1"))
NO_LOGIN = faults.answer(401, "Unauthorized", "Unauthorized")
BUDGET = faults.answer(429, "TooManyRequests", "Cannot evict pod as it would violate the pod's disruption budget.",
                       ("Retry-After", "1"), causes=[{"reason": "DisruptionBudget", "message": "still being processed"}])

# what, rules as (fault, match)
CASES = (
    ("watches are cut", [(faults.cut_body(4000), {"watch": True, "times": 12})]),
    ("watches are cut at once", [(faults.cut_before, {"watch": True, "times": 12})]),
    ("410 in watches", [(faults.gone, {"watch": True, "times": 6})]),
    ("410 for watches", [(faults.gone_at_once, {"watch": True, "times": 6})]),
    ("half events", [(faults.half_event, {"watch": True, "times": 6})]),
    ("half lists", [(faults.half_json, {"method": "GET", "watch": False, "path": "/(pods|nodes)$", "skip": 2, "times": 2}),
                    (faults.gone, {"watch": True, "times": 4})]),
    ("evictions are cut before", [(faults.cut_before, {**EVICTION, "times": 4})]),
    ("evictions are cut after", [(faults.cut_after, {**EVICTION, "times": 4})]),
    ("answers to evictions are cut", [(faults.cut_head, {**EVICTION, "times": 2}), (faults.half_json, {**EVICTION, "times": 2}),
                                      (faults.cut_body(20), {**EVICTION, "times": 2})]),
    ("cordons are cut", [(faults.cut_before, {**CORDON, "times": 1}), (faults.cut_after, {**CORDON, "times": 1})]),
    ("throttling", [(faults.busy(1), {"times": 6, "skip": 10})]),
    ("throttled evictions", [(faults.busy(1), {**EVICTION, "times": 4})]),
    ("budgets refuse", [(BUDGET, {**EVICTION, "times": 4})]),
    ("500 and 504", [(SERVER_ERROR, {**EVICTION, "times": 2}), (TIMED_OUT, {**EVICTION, "times": 2}),
                     (SERVER_ERROR, {**CORDON, "times": 1})]),
    ("503", [(UNAVAILABLE, {"times": 5, "skip": 12}), (UNAVAILABLE, {**EVICTION, "times": 2})]),
    ("a login is not accepted for a while", [(NO_LOGIN, {**EVICTION, "times": 6})]),
    ("a webhook refuses", [(WEBHOOK, {**EVICTION, "times": 3})]),
    ("everything is late", [(faults.delay(0.2), {"watch": False, "times": None})]),
    ("slow bytes", [(faults.slow(0.002, 400), {"method": "GET", "watch": False, "times": 4}),
                    (faults.slow(0.005, 200), {**EVICTION, "times": 3})]),
)


def go_on(yard, run, what):
    """Until it is done. A stop must say what to do next; that is done."""
    stops = 0
    while (code := run.wait()) != DONE:
        expect(code in (STOPPED, PARTLY), f"{what}: done, or a clear stop", str(run))
        found = re.search(r"toban plan resume (p-\w+)", run.err)
        stops += 1
        if found:
            run = yard.resume(found.group(1))
        else:
            # Before there is a plan nothing was changed, and the next command is the same again.
            expect(not yard.program.open_plan() and not yard.proxy.changes(yard.since) and "toban: " in run.err,
                   f"{what}: the next command", str(run))
            run = yard.drain()
        expect(stops <= 3, f"{what}: it gets on", str(run))
    return stops


def test_cases(yard):
    for what, rules in CASES:
        begin = time.monotonic()
        yard.begin()
        made = [yard.proxy.rule(fault, **match) for fault, match in rules]
        stops = go_on(yard, yard.drain(), what)
        expect(all(rule.hits for rule in made), f"{what}: it was broken", [rule.hits for rule in made])
        yard.check(what)
        print(f"{what}: {sum(rule.hits for rule in made)} faults, {'success' if not stops else f'{stops} stops'}, {time.monotonic() - begin:.1f} s", flush=True)
        yard.swap()


def broken_in_the_middle(yard, what, do, *more):
    """do(run) while the third eviction is held."""
    yard.begin()
    hold = faults.Hold()
    yard.proxy.rule(hold, **EVICTION, skip=2)
    run = yard.drain(*more)
    expect(hold.caught.wait(60), f"{what}: an eviction is held", str(run))
    do(run, hold)
    hold.let_go()
    return run


def test_all_connections_end(yard):
    run = broken_in_the_middle(yard, "all connections", lambda *_: yard.proxy.cut_all())
    print("all connections end:", go_on(yard, run, "all connections"), "stops")
    yard.check("all connections")
    yard.swap()


def test_tls_fails(yard):
    """The way to the server is broken, then somebody else's: nothing is sent there, and it goes on when it is back."""
    def break_it(*_):
        yard.proxy.handshakes.extend(["cut"] * 3 + [foreign_identity(TMP)] * 3)
        yard.proxy.cut_all()
    run = broken_in_the_middle(yard, "TLS", break_it)
    print("TLS fails:", go_on(yard, run, "TLS"), "stops")
    yard.check("TLS")
    yard.swap()
    yard.begin()
    yard.proxy.handshakes.extend([foreign_identity(TMP)] * 50)
    run = yard.drain()
    expect(run.wait() == STOPPED and "not trusted" in run.err, "a foreign server is refused at once", str(run))
    expect(not yard.program.open_plan() and not yard.proxy.changes(yard.since), "and nothing was changed")
    yard.proxy.clear()


def test_token_expires(yard):
    """The token file is written anew, as kubelets do for pods and login tools for people; the old token is dead."""
    path = os.path.join(TMP, "token")

    def write(token):
        with open(path + ".new", "w", encoding="ascii") as file:
            file.write(token)
        os.rename(path + ".new", path)

    def renew(*_):
        write("second")
        yard.proxy.logins = {"second"}
        yard.proxy.cut_all()
    write("first")
    yard.proxy.logins = {"first"}
    yard.program.env["KUBECONFIG"] = yard.config("by-file", tokenFile=path)
    run = broken_in_the_middle(yard, "token", renew)
    print("token expires:", go_on(yard, run, "token"), "stops")
    yard.check("token")
    yard.swap()
    yard.program.env["KUBECONFIG"] = yard.through


def test_api_server_restarts(yard):
    def restart(*_):
        command = yard.cluster.kill_api_server()
        yard.cluster.start_api_server(command)
    run = broken_in_the_middle(yard, "restart", restart)
    print("API server restarts:", go_on(yard, run, "restart"), "stops")
    yard.check("restart")
    yard.swap()


def test_pod_changes_uid(yard):
    """A stateful pod is replaced by one of its name while its eviction is under way: the new one stays."""
    yard.begin()
    hold = faults.Hold()
    yard.proxy.rule(hold, method="POST", path=r"/db-\d/eviction$")
    run = yard.drain()
    expect(hold.caught.wait(60), "the eviction of a stateful pod is held", str(run))
    ns, name = hold.entry["pod"].split("/")
    old = hold.entry["uid"]
    yard.api.delete("Pod", ns, name, 0)
    until(PATIENCE, "another pod of that name", lambda: uid_of(yard, name) not in (None, old))
    new = uid_of(yard, name)
    hold.let_go()
    print("a pod changes its UID:", go_on(yard, run, "UID"), "stops")
    expect(uid_of(yard, name) == new, "the new pod was left alone", [old, new, uid_of(yard, name)])
    taken = yard.proxy.accepted_evictions(yard.since)
    expect(old not in taken and new not in taken, "neither was evicted", taken)
    yard.check("UID", forced=[old])
    yard.swap()


def test_status_cannot_be_read(yard):
    """A node whose pods are gone, but nobody can say whether volumes are: it stops and says so, and goes on later."""
    made = []

    def break_it(*_):
        made.append(yard.proxy.rule(SERVER_ERROR, method="GET", watch=False, path=r"/nodes/[^/]+$", times=None))
    run = broken_in_the_middle(yard, "status", break_it, "--volume-timeout", "3s")
    expect(run.wait() == STOPPED and "whether volumes are attached is not known" in run.err, "it stops and says why", str(run))
    expect(made[0].hits > 2 * len(yard.old), "it was asked again", made[0].hits)
    yard.proxy.clear()
    print("a status that cannot be read:", go_on(yard, yard.resume(yard.program.open_plan()), "status"), "more stops")
    yard.check("status")
    yard.swap()


def uid_of(yard, name):
    found = [p["metadata"]["uid"] for p in yard.api.list("Pod", yard.scene.ns) if p["metadata"]["name"] == name and
             is_ready(p)]
    return found[0] if found else None


def ending(pod):
    return "deletionTimestamp" in pod["metadata"]


def nothing_left_to_evict(pods):
    """The second pod of a StatefulSet waits for the first, whose place is taken until its node is gone."""
    waits = [p for p in pods if not ending(p)]
    return len(pods) > len(waits) and all(p["metadata"]["ownerReferences"][0]["kind"] == "StatefulSet" for p in waits)


def is_buried(yard, dead):
    """Somebody has removed the machine: what was to end there is gone."""
    for pod in filter(ending, yard.watcher.on([dead])):
        yard.kubelets.end(pod)
    return not yard.watcher.on([dead])


def test_node_dies(yard):
    """Its kubelet is silent: what is evicted there never ends, and toban says which node is to blame. When somebody
    removes the machine, the drain ends."""
    yard.begin()
    dead = yard.old[0]
    yard.kubelets.dead.add(dead)
    hold = faults.Hold()
    yard.proxy.rule(hold, **EVICTION, skip=2)
    run = yard.drain()
    expect(hold.caught.wait(60), "an eviction is held", str(run))
    yard.api.patch("Node", None, dead, {"status": {"conditions": [
        {"type": "Ready", "status": "Unknown", "reason": "NodeStatusUnknown", "message": "Kubelet stopped posting status."}]}},
        "status")
    hold.let_go()
    expect(not run.is_over(), "it goes on", str(run))
    wait_for(PATIENCE, "evictions on the dead node", lambda: nothing_left_to_evict(yard.watcher.on([dead])))
    wait_for(PATIENCE, "words about the dead node", lambda: run.is_over() or re.search(
        rf"{dead}[^\n]*not Ready|not Ready[^\n]*{dead}", run.out + run.err))
    wait_for(PATIENCE, "the end of its pods", lambda: is_buried(yard, dead) or run.is_over())
    print("a node dies:", go_on(yard, run, "node"), "stops")
    yard.check("node")
    yard.kubelets.dead.discard(dead)
    yard.api.patch("Node", None, dead, {"status": {"conditions": [
        {"type": "Ready", "status": "True", "reason": "KubeletReady", "message": ""}]}}, "status")
    yard.swap()


def main():
    with Yard(TMP) as yard:
        tests = os.environ.get("E2E_ONLY", "").split()
        for test in (test_cases, test_all_connections_end, test_tls_fails, test_token_expires, test_api_server_restarts,
                     test_pod_changes_uid, test_status_cannot_be_read, test_node_dies):
            if not tests or test.__name__ in tests:
                timed(test, yard)


main()
