#!/usr/bin/env python3
"""The proxy that other tests break connections with: it changes nothing unasked, breaks exactly what it is told to, and
counts right. Asked by Python's own HTTP client, in front of the real API server."""
import http.client
import json
import os
import socket
import ssl
import sys
import threading
import time

import yaml

from draining import faults
from draining.proxy import Proxy, foreign_identity

TMP, PKI, SERVER = os.environ["E2E_TMP"], os.environ["E2E_PKI"], os.environ["E2E_SERVER"]
PODS = "/api/v1/namespaces/fault-proxy/pods"
MAPS = "/api/v1/namespaces/fault-proxy/configmaps"
UID = "6e5ed3c5-0000-4000-8000-000000000001"
with open(os.environ["KUBECONFIG"], encoding="utf-8") as config:
    TOKEN = yaml.safe_load(config)["users"][0]["user"]["token"]
TLS = ssl.create_default_context(cafile=os.path.join(PKI, "ca.crt"))
BROKEN = (http.client.HTTPException, OSError, ValueError)


def expect(condition, what, detail=None):
    if not condition:
        sys.exit(f"FAIL {what}: {detail}")


def client(address):
    return http.client.HTTPSConnection(address.split("//")[1], context=TLS, timeout=30)


def call(connection, method, path, body=None, token=TOKEN, kind="application/json"):
    connection.request(method, path, None if body is None else json.dumps(body), {
        "Authorization": f"Bearer {token}", "Content-Type": kind})
    answer = connection.getresponse()
    return answer.status, answer.read(), answer


def is_broken(proxy, method, path, body=None):
    try:
        status, text, _ = call(client(proxy.address), method, path, body)
        json.loads(text)
        return f"{status} {text[:80]}"
    except BROKEN:
        return None


def pod(name):
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": "fault-proxy"},
            "spec": {"nodeName": "no-such-node", "containers": [{"name": "c", "image": "app"}]}}


def eviction(name, uid=None, dry=False):
    options = {**({"preconditions": {"uid": uid}} if uid else {}), **({"dryRun": ["All"]} if dry else {})}
    return {"apiVersion": "policy/v1beta1", "kind": "Eviction", "metadata": {"name": name, "namespace": "fault-proxy"},
            "deleteOptions": options}


def test_passes_all_on(proxy):
    straight, through = client(SERVER), client(proxy.address)
    for number in range(30):
        call(straight, "POST", MAPS, {"metadata": {"name": f"m{number}"}, "data": {"text": "x" * 20000}})
    for path in (MAPS, MAPS + "/m1", MAPS + "/none", "/version", "/api", "/apis/policy/v1beta1"):
        want, got = call(straight, "GET", path), call(through, "GET", path)
        expect(got[:2] == want[:2], f"{path} is the same", got[0])
    expect(not proxy.changes(), "reading changes nothing", proxy.changes())


def test_watch_is_prompt(proxy):
    """An event comes through while the watch goes on."""
    since = json.loads(call(client(SERVER), "GET", MAPS)[1])["metadata"]["resourceVersion"]
    connection = client(proxy.address)
    connection.request("GET", f"{MAPS}?watch=1&timeoutSeconds=20&resourceVersion={since}", headers={
        "Authorization": f"Bearer {TOKEN}"})
    answer = connection.getresponse()
    call(client(SERVER), "POST", MAPS, {"metadata": {"name": "late"}})
    expect(json.loads(answer.readline())["object"]["metadata"]["name"] == "late", "the event comes at once")
    connection.close()


def test_breaks(proxy):
    broken = {faults.cut_before: False, faults.cut_head: True, faults.cut_after: True, faults.half_json: True,
              faults.cut_body(1000): True}
    for number, (fault, reaches) in enumerate(broken.items()):
        proxy.rule(fault, method="POST", path="configmaps")
        name = f"broken-{number}"
        found = is_broken(proxy, "POST", MAPS, {"metadata": {"name": name}, "data": {"text": "x" * 4000}})
        expect(found is None, f"{fault.__name__} breaks it", found)
        there = call(client(SERVER), "GET", f"{MAPS}/{name}")[0] == 200
        expect(there == reaches, f"{fault.__name__} and the server", there)
    expect(is_broken(proxy, "GET", MAPS) is not None, "a rule is used up")
    proxy.rule(faults.cut_body(200000), path="configmaps$")
    expect(is_broken(proxy, "GET", MAPS) is None, "a list that is cut")
    proxy.clear()


def test_answers(proxy):
    proxy.rule(faults.busy(7), path="configmaps", skip=1, times=2)
    one = client(proxy.address)
    found = [call(one, "GET", MAPS + "/m1") for _ in range(4)]
    expect([f[0] for f in found] == [200, 429, 429, 200], "skip and times", [f[0] for f in found])
    expect(found[1][2].getheader("Retry-After") == "7", "Retry-After")
    proxy.rule(faults.gone, watch=True)
    events = call(one, "GET", MAPS + "?watch=1")[1]
    expect(json.loads(events)["object"]["code"] == 410, "410 in a watch", events)
    proxy.rule(faults.half_event, watch=True)
    events = call(one, "GET", MAPS + "?watch=1")[1]
    expect(events.endswith(b"\n") and not events.rstrip().endswith(b"}"), "half an event", events)
    proxy.rule(faults.slow(0.001, 300), path="configmaps/m1$")
    expect(call(one, "GET", MAPS + "/m1")[:2] == call(client(SERVER), "GET", MAPS + "/m1")[:2], "slow and whole")


def test_holds(proxy):
    hold = faults.Hold()
    proxy.rule(hold, method="POST", path="configmaps")
    found = []
    thread = threading.Thread(target=lambda: found.append(
        call(client(proxy.address), "POST", MAPS, {"metadata": {"name": "held"}})[0]))
    thread.start()
    expect(hold.caught.wait(10), "it is caught")
    expect(call(client(SERVER), "GET", MAPS + "/held")[0] == 404 and not found, "the server knows nothing yet")
    hold.go.set()
    thread.join(10)
    expect(found == [201] and not hold.held, "then it goes on", found)


def test_handshakes(proxy):
    proxy.handshakes.extend(["cut", foreign_identity(TMP)])
    for what, error in (("a cut handshake", OSError), ("a foreign certificate", ssl.SSLCertVerificationError)):
        try:
            call(client(proxy.address), "GET", "/version")
            sys.exit(f"FAIL {what} goes unnoticed")
        except error:
            pass
    expect(call(client(proxy.address), "GET", "/version")[0] == 200, "the next one is fine")


def test_logins(proxy):
    proxy.logins, proxy.token = {"second"}, TOKEN
    expect([call(client(proxy.address), "GET", MAPS, token=t)[0] for t in ("first", "second")] == [401, 200], "logins")
    proxy.logins = None


def test_counts(proxy):
    since = proxy.seen()
    straight, through = client(SERVER), client(proxy.address)
    uids = [json.loads(call(straight, "POST", PODS, pod(f"p{n}"))[1])["metadata"]["uid"] for n in range(2)]
    path = PODS + "/p0/eviction"
    call(through, "POST", path, eviction("p0", uids[0], dry=True))
    expect(call(through, "POST", PODS + "/none/eviction", eviction("none", UID))[0] == 404, "a pod that is not there")
    proxy.rule(faults.cut_after, method="POST", path="p0/eviction")
    expect(is_broken(proxy, "POST", path, eviction("p0", uids[0])) is None, "nobody hears of it")
    proxy.rule(faults.cut_before, method="POST", path="p1/eviction")
    expect(is_broken(proxy, "POST", PODS + "/p1/eviction", eviction("p1", uids[1])) is None, "nor of this")
    expect(proxy.accepted_evictions(since) == {uids[0]: 1}, "what counts", proxy.changes(since))
    expect(len(proxy.changes(since)) == 3, "what was tried", proxy.changes(since))
    with open(os.path.join(TMP, "proxy.log"), encoding="utf-8") as log:
        logged = [json.loads(line) for line in log]
    expect([e["status"] for e in logged if e["uid"] == uids[0] and not e["dry"]] == [201], "and is written down", logged)


def test_cut_all(proxy):
    connection = client(proxy.address)
    call(connection, "GET", "/version")
    proxy.cut_all()
    try:
        call(connection, "GET", "/version")
        sys.exit("FAIL the connection is still there")
    except BROKEN:
        pass
    expect(call(client(proxy.address), "GET", "/version")[0] == 200, "a new one is fine")


def main():
    straight = client(SERVER)
    call(straight, "POST", "/api/v1/namespaces", {"metadata": {"name": "fault-proxy"}})
    deadline = time.monotonic() + 30
    while call(straight, "GET", "/api/v1/namespaces/fault-proxy/serviceaccounts/default")[0] != 200:
        expect(time.monotonic() < deadline, "the namespace is ready")
        time.sleep(0.05)
    with Proxy(SERVER, PKI, os.path.join(TMP, "proxy.log")) as proxy:
        for test in (test_passes_all_on, test_watch_is_prompt, test_breaks, test_answers, test_holds, test_handshakes,
                     test_logins, test_counts, test_cut_all):
            begin = time.monotonic()
            test(proxy)
            proxy.clear()
            print(f"{test.__name__}: {time.monotonic() - begin:.2f} s", flush=True)
    try:
        socket.create_connection(("127.0.0.1", int(proxy.address.rsplit(":", 1)[1])), timeout=5).close()
        sys.exit("FAIL it still listens")
    except OSError:
        pass
    call(straight, "DELETE", "/api/v1/namespaces/fault-proxy")


main()
