#!/usr/bin/env python3
"""`toban nodes` and `toban plan` on a real control plane: what is shown, refused, asked, done, paused and undone."""
import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
import time

from differential.api import until
from differential.objects import budget
from differential.server import Scheduler
from draining.kubelets import Kubelets, create_nodes
from draining.objects import app, make_namespace
from draining.server import ControlPlane

TOBAN, TMP = os.environ["TOBAN"], os.environ["E2E_TMP"]
STORE = os.path.join(TMP, "store.db")
NS = "shop"
OLD, NEW = ["old-1", "old-2"], ["new-1", "new-2"]


def expect(condition, what, detail=None):
    if not condition:
        sys.exit("FAIL %s\n%s" % (what, detail if isinstance(detail, str) else json.dumps(detail, indent=1)))


class Toban:
    def __init__(self, cluster):
        self.api = cluster.api
        self.env = {**os.environ, "KUBECONFIG": cluster.env["KUBECONFIG"], "TOBAN_STORE": STORE, "TERM": "xterm",
                    "LC_ALL": "C.UTF-8", "COLUMNS": "100"}
        self.env.pop("NO_COLOR", None)

    def run(self, *words, ok=(0,), env=None):
        answer = subprocess.run([TOBAN, *words], capture_output=True, text=True, timeout=120, stdin=subprocess.DEVNULL,
                                env={**self.env, **(env or {})}, check=False)
        expect(answer.returncode in ok, " ".join(words), "exit %d\n%s\n%s" % (
            answer.returncode, answer.stdout[-3000:], answer.stderr[-3000:]))
        return answer

    def start(self, *words):
        return subprocess.Popen([TOBAN, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                stdin=subprocess.DEVNULL, env=self.env)

    def events(self, *words, ok=(0,)):
        lines = self.run(*words, "-o", "json", ok=ok).stdout.splitlines()
        found = [json.loads(line) for line in lines]
        expect(all(e["schema"] == "toban.event/v1" for e in found), "the schema of events", found[:2])
        return found

    def nodes(self):
        listed = json.loads(self.run("nodes", "list", "-o", "json").stdout)
        expect(listed["schema"] == "toban.nodes/v1", "the schema of the list", listed)
        return {node["name"]: node for node in listed["nodes"]}

    def plan(self, name):
        return json.loads(self.run("plan", "show", name, "-o", "json").stdout)

    def newest(self):
        return json.loads(self.run("plan", "list", "-o", "json").stdout)["plans"][0]


# --- the cluster ------------------------------------------------------------------------------------------------------

def cordoned(api):
    return sorted(n["metadata"]["name"] for n in api.list("Node") if n["spec"].get("unschedulable"))


def marked(api):
    return sorted(n["metadata"]["name"] for n in api.list("Node")
                  if "toban.dev/plan" in n["metadata"].get("annotations", {}))


def pods_on(api, nodes):
    return [p for p in api.list("Pod", NS) if p["spec"].get("nodeName") in nodes]


def versions(api):
    """Of all that a command could have touched. Nodes and budgets have no kubelet or owner that writes them by itself."""
    return {(kind, o["metadata"]["name"]): o["metadata"]["resourceVersion"]
            for kind in ("Node", "Pod", "PodDisruptionBudget") for o in api.list(kind)}


def cordon(api, names, value=True):
    for name in names:
        api.patch("Node", None, name, {"spec": {"unschedulable": value or None}})


def is_whole(api, app_name, replicas):
    return api.get("Deployment", NS, app_name)["status"].get("readyReplicas", 0) == replicas


def fill(api):
    create_nodes(api, OLD, labels={"eks.amazonaws.com/nodegroup": "blue", "pool": "web"})
    create_nodes(api, NEW, labels={"eks.amazonaws.com/nodegroup": "green"})
    api.create(make_namespace(NS))
    cordon(api, NEW)
    api.create(app("Deployment", "web", 6, 0.3, NS))
    api.create(budget("web", {"app": "web"}, NS, maxUnavailable=2))
    until(60, "the pods", lambda: is_whole(api, "web", 6))
    cordon(api, NEW, False)
    settle(api)


def settle(api):
    """The budget has counted its pods."""
    until(60, "the budget", lambda: api.get("PodDisruptionBudget", NS, "web").get("status", {}).get("disruptionsAllowed") == 2)


def leave(api, nodes):
    for pod in pods_on(api, nodes):
        api.delete("Pod", NS, pod["metadata"]["name"])
    until(60, "the pods elsewhere", lambda: is_whole(api, "web", 6) and not pods_on(api, nodes))


def back_to_old(api):
    """All pods on the old nodes again."""
    cordon(api, OLD, False)
    cordon(api, NEW)
    leave(api, NEW)
    cordon(api, NEW, False)
    settle(api)


# --- looking ----------------------------------------------------------------------------------------------------------

def knows_of_none(toban):
    """A cluster whose groups are all scaled to zero."""
    for words in (("list",), ("drain", "-l", "pool=web", "--yes"), ("cordon", "n1", "--yes")):
        answer = toban.run("nodes", *words, ok=(1,))
        expect("node" in answer.stderr and "https://" in answer.stderr, "no nodes", answer.stderr)


def lists(toban):
    nodes = toban.nodes()
    expect(set(OLD + NEW) <= set(nodes), "all nodes are listed", sorted(nodes))
    old = [nodes[name] for name in OLD]
    expect(sum(n["drain"]["pods"] for n in old) == 6 and not any(n["drain"]["blocked"] for n in old), "six pods, free", old)
    expect(all(n["ready"] and not n["cordoned"] and n["group"] == "blue" for n in old), "status and group", old)
    table = toban.run("nodes", "list", "-g", "green").stdout
    expect(table.startswith("NAME ") and "new-1" in table and "old-1" not in table, "one group in the table", table)
    chosen = toban.run("nodes", "list", "-l", "pool=web").stdout
    expect("old-2" in chosen and "new-2" not in chosen, "a selector chooses", chosen)
    refused = toban.run("nodes", "list", "old-3", ok=(1,))
    expect("there is a node old-" in refused.stderr, "the nearest name", refused.stderr)
    refused = toban.run("nodes", "list", "-l", "pool=none", ok=(1,))
    expect("no node has the labels 'pool=none'" in refused.stderr, "no such labels", refused.stderr)


def cordons(toban):
    toban.run("nodes", "cordon", "old-1", "--yes")
    expect(cordoned(toban.api) == ["old-1"], "old-1 is cordoned", cordoned(toban.api))
    expect(toban.nodes()["old-1"]["cordoned"], "the list says so")
    toban.run("nodes", "uncordon", "old-1", "--yes")
    expect(not cordoned(toban.api) and not marked(toban.api), "and back", cordoned(toban.api))


def dry_runs(toban):
    before, plans = versions(toban.api), os.path.exists(STORE) and toban.newest()
    answer = toban.run("nodes", "drain", *OLD, "--dry-run")
    expect("asked about 2 nodes and 6 pods" in answer.stderr and "Finishes" in answer.stderr, "a dry run tells", answer.stderr)
    toban.run("nodes", "cordon", *OLD, "--dry-run")
    expect(versions(toban.api) == before, "a dry run changes nothing")
    expect((os.path.exists(STORE) and toban.newest()) == plans, "a dry run makes no plan")


# --- refusing and asking ----------------------------------------------------------------------------------------------

def refuses(toban):
    api = toban.api
    api.create(app("Deployment", "cart", 1, 0, NS))
    api.create(budget("cart", {"app": "cart"}, NS, minAvailable=1))
    until(60, "the cart", lambda: is_whole(api, "cart", 1))
    until(60, "its budget", lambda: api.get("PodDisruptionBudget", NS, "cart").get("status", {}).get("currentHealthy") == 1)
    cart = [p for p in api.list("Pod", NS) if p["metadata"]["labels"]["app"] == "cart"][0]
    node = cart["spec"]["nodeName"]
    before = versions(api)
    answer = toban.run("nodes", "drain", node, "--yes", ok=(2,))
    shown = re.findall(r"^  (toban nodes drain .*)$", answer.stderr, re.M)
    expect("[budget-allows-none:shop/cart]" in answer.stderr and len(shown) == 1, "what blocks has an id", answer.stderr)
    expect(shown[0] == f"toban nodes drain {node} --yes --accept budget-allows-none:shop/cart", "the command to repeat", shown)
    wrong = toban.run("nodes", "drain", node, "--yes", "--accept", "budget-allow-none:shop/cart", ok=(64,))
    expect("did you mean 'budget-allows-none:shop/cart'?" in wrong.stderr, "an unknown id", wrong.stderr)
    expect(versions(api) == before, "a refusal changes nothing")
    name = f"{NS}/{cart['metadata']['name']}"
    toban.run("nodes", "drain", node, "--yes", "--force", name)
    expect(not pods_on(api, [node]), "a named pod is forced out", [p["metadata"]["name"] for p in pods_on(api, [node])])
    toban.run("nodes", "undrain", node, "--yes")
    api.delete("Deployment", NS, "cart")
    api.delete("PodDisruptionBudget", NS, "cart")
    until(60, "the end of the cart", lambda: len(api.list("Pod", NS)) == 6)
    back_to_old(api)


def forces_by_name_only(toban):
    """A pod that is forced does not speak for another one of its workload."""
    api = toban.api
    api.create(app("Deployment", "cash", 2, 0, NS))
    api.create(budget("cash", {"app": "cash"}, NS, minAvailable=2))
    until(60, "the cash", lambda: is_whole(api, "cash", 2))
    until(60, "its budget", lambda: api.get("PodDisruptionBudget", NS, "cash").get("status", {}).get("currentHealthy") == 2)
    held, forced = [p for p in api.list("Pod", NS) if p["metadata"]["labels"]["app"] == "cash"]
    before = versions(api)
    answer = toban.run("nodes", "drain", held["spec"]["nodeName"], "--yes", "--force", f"{NS}/{forced['metadata']['name']}", ok=(2,))
    expect("[budget-allows-none:shop/cash]" in answer.stderr and "refused" in answer.stderr, "it still blocks", answer.stderr)
    expect(versions(api) == before, "nothing is forced")
    api.delete("Deployment", NS, "cash")
    api.delete("PodDisruptionBudget", NS, "cash")
    until(60, "the end of the cash", lambda: len(api.list("Pod", NS)) == 6)
    back_to_old(api)


def accepts(toban):
    """A mark of a plan that is not of this store."""
    api = toban.api
    api.patch("Node", None, "old-1", {"metadata": {"annotations": {"toban.dev/plan": "p-zzzzzz by bob@elsewhere"}}})
    answer = toban.run("nodes", "cordon", "old-1", "--yes", ok=(2,))
    expect("plan p-zzzzzz of bob@elsewhere has this node" in answer.stderr, "a foreign mark", answer.stderr)
    toban.run("nodes", "cordon", "old-1", "--yes", "--accept", "foreign-drain:old-1")
    expect(toban.plan(toban.newest()["id"])["plan"]["accepted"] == ["foreign-drain:old-1"], "what was accepted is kept")
    toban.run("nodes", "uncordon", "old-1", "--yes", ok=(0, 2))
    api.patch("Node", None, "old-1", {"metadata": {"annotations": {"toban.dev/plan": None}}, "spec": {"unschedulable": None}})


def asks(toban):
    before = versions(toban.api)
    answer = toban.run("nodes", "drain", *OLD, "--yes", "--pause-before", "Deployment/shop/wbe", ok=(1,))
    expect("shop/wbe" in answer.stderr, "a pause that nothing would meet", answer.stderr)
    answer = toban.run("nodes", "drain", *OLD, "--yes", "--force", "shop/none", ok=(1,))
    expect("pod 'shop/none' is not in" in answer.stderr, "a pod that is not there", answer.stderr)
    answer = toban.run("nodes", "drain", *OLD, ok=(2,))
    expect("nobody can be asked" in answer.stderr and "--yes" in answer.stderr, "no terminal, no yes", answer.stderr)
    title = answer.stderr.splitlines()[0]
    expect(title.startswith("drain nodes old-1 and old-2, ") and "https://" in title, "which cluster it is about", title)
    found = toban.events("nodes", "drain", *OLD, ok=(2,))[0]
    expect(found["kind"] == "preflight" and found["cluster"] in title, "and so for programs", found)
    text, code = at_terminal(toban, ["nodes", "drain", *OLD], [("Go on? [y/N] ", "n\n")])
    expect(code == 2 and "nothing was changed" in text, "no is taken for no", text)
    expect(versions(toban.api) == before, "nothing was changed")


# --- at a terminal ----------------------------------------------------------------------------------------------------

def at_terminal(toban, words, answers, stop=None):
    """Runs it at a terminal, types each answer when its question is there; stop(text) true: Ctrl-C. All that was shown,
    and the exit code."""
    pid, fd = pty.fork()
    if pid == 0:
        os.execve(TOBAN, [TOBAN, *words], {**toban.env, "COLUMNS": ""})
    shown, deadline, stopped = b"", time.monotonic() + 120, False
    while time.monotonic() < deadline:
        if select.select([fd], [], [], 0.1)[0]:
            try:
                shown += os.read(fd, 65536)
            except OSError:
                break
        text = shown.decode(errors="replace")
        if answers and answers[0][0] in text:
            os.write(fd, answers.pop(0)[1].encode())
        if stop and not stopped and stop(text):
            stopped = True
            os.write(fd, b"\x03")
    else:
        os.kill(pid, signal.SIGKILL)
    _, status = os.waitpid(pid, 0)
    os.close(fd)
    return shown.decode(errors="replace"), os.waitstatus_to_exitcode(status)


def drains_in_sight(toban):
    """The live view draws in place, and gives the terminal back."""
    text, code = at_terminal(toban, ["nodes", "drain", *OLD], [("Go on? [y/N] ", "y\n")])
    expect(code == 0, "it is drained", text[-3000:])
    expect("\x1b[?25l" in text and text.rindex("\x1b[?25h") > text.rindex("\x1b[?25l"), "the cursor comes back", text[-800:])
    expect("of 6 pods" in text and "Ctrl-C pauses" in text and re.search(r"\x1b\[\d+A", text), "a view in place", text[-3000:])
    tail = text[text.rindex("\x1b[?25h"):]
    expect("is done" in tail and "6 of 6 pods moved" in tail and "toban nodes undrain old-1 old-2" in tail, "the end", tail)
    expect(not pods_on(toban.api, OLD) and cordoned(toban.api) == OLD and not marked(toban.api), "drained", cordoned(toban.api))
    toban.run("nodes", "undrain", *OLD, "--yes")
    expect(not cordoned(toban.api), "undrained", cordoned(toban.api))
    back_to_old(toban.api)


# --- pausing, gates, going back ---------------------------------------------------------------------------------------

def wait_for(process, what):
    """The first event that what() takes."""
    seen = []
    for line in process.stdout:
        seen.append(json.loads(line))
        if what(seen[-1]):
            return seen[-1]
    sys.exit("FAIL it ended too early\n%s\n%s" % (json.dumps(seen[-5:]), process.stderr.read()[-3000:]))


def pauses(toban):
    """The first signal pauses, and resume goes on with what is left."""
    process = toban.start("nodes", "drain", *OLD, "--yes", "--rate", "1", "-o", "json")
    plan = wait_for(process, lambda e: e["kind"] == "evicted")["plan"]
    process.send_signal(signal.SIGINT)
    rest, talk = process.communicate(timeout=60)
    end = json.loads(rest.splitlines()[-1])
    expect(process.returncode == 3 and end["kind"] == "end" and end["status"] == "paused", "it pauses", [end, talk[-2000:]])
    expect(f"toban plan resume {plan}" in talk, "it says how to go on", talk[-2000:])
    expect(pods_on(toban.api, OLD), "not all are gone")
    wrong = toban.run("plan", "resume", plan, ok=(2,))
    expect("nobody can be asked" in wrong.stderr, "resume asks too", wrong.stderr)
    events = toban.events("plan", "resume", plan[:5], "--yes")
    expect(events[0]["kind"] == "preflight" and events[-1]["kind"] == "end" and events[-1]["exit"] == 0, "resumed",
           [events[0], events[-1]])
    expect(not pods_on(toban.api, OLD), "all are gone")
    again = toban.run("plan", "resume", plan, "--yes", ok=(1,))
    expect("is done" in again.stderr, "a plan that is over", again.stderr)
    acts = {a["kind"]: a for a in toban.plan(plan)["acts"]}
    expect(acts["evict"]["done"] == 6 and not acts["evict"]["intended"], "every eviction once", acts)
    toban.run("nodes", "undrain", *OLD, "--yes")
    back_to_old(toban.api)


def gates(toban):
    """It waits at the gate until another process opens it; a second runner and a second drain are refused."""
    process = toban.start("nodes", "drain", *OLD, "--yes", "--gate", "approval", "-o", "json")
    plan = wait_for(process, lambda e: e["kind"].startswith("gate."))["plan"]
    expect(cordoned(toban.api) == OLD and marked(toban.api) == OLD, "cordoned and marked", marked(toban.api))
    marks = toban.nodes()["old-1"]["marks"]
    expect(marks["plan"] == plan and "@" in marks["by"], "the list shows whose it is", marks)
    shown = toban.plan(plan)
    expect(shown["runner"] and shown["next"] == f"toban plan approve {plan} approval-1", "what comes next", shown["next"])
    second = toban.run("plan", "resume", plan, "--yes", ok=(1,))
    expect("another runner has plan" in second.stderr, "a second runner", second.stderr)
    other = toban.run("nodes", "drain", "old-1", "--yes", "--accept", "foreign-drain:old-1", ok=(1,))
    expect(plan in other.stderr, "a second drain of the same node", other.stderr)
    expect(len(pods_on(toban.api, OLD)) == 6, "nothing has moved")
    toban.run("plan", "approve", plan)
    rest, talk = process.communicate(timeout=90)
    expect(process.returncode == 0 and json.loads(rest.splitlines()[-1])["status"] == "done", "it goes on", talk[-3000:])
    late = toban.run("plan", "approve", plan, ok=(1,))
    expect(plan in late.stderr, "nothing is left to approve", late.stderr)
    toban.run("nodes", "undrain", *OLD, "--yes")
    back_to_old(toban.api)


def goes_back(toban):
    """With --no-wait it ends at the gate; rollback uncordons."""
    answer = toban.run("nodes", "drain", *OLD, "--yes", "--gate", "approval", "--no-wait", ok=(3,))
    plan = toban.newest()["id"]
    expect(f"toban plan approve {plan} approval-1" in answer.stderr, "it says what to do", answer.stderr)
    table = toban.run("plan", "show", plan).stdout
    expect("approval-1" in table and "node/old-1" in table, "plan show", table)
    before = versions(toban.api)
    dry = toban.run("plan", "rollback", plan, "--dry-run")
    expect("undo: cordon" in dry.stderr and versions(toban.api) == before, "a dry run of going back", dry.stderr)
    toban.run("plan", "rollback", plan, "--yes")
    expect(not cordoned(toban.api) and not marked(toban.api), "all is back", cordoned(toban.api))
    expect(toban.newest()["status"] == "rolled-back", "the plan says so", toban.newest())


def ends_as_it_is(toban):
    toban.run("nodes", "drain", "old-1", "--yes", "--gate", "approval", "--no-wait", ok=(3,))
    plan = toban.newest()["id"]
    answer = toban.run("plan", "abort", plan, "--yes")
    expect("stay cordoned" in answer.stderr and cordoned(toban.api) == ["old-1"], "abort leaves it", answer.stderr)
    answer = toban.run("nodes", "drain", "old-1", "--yes", "--gate", "approval", "--no-wait", ok=(3,))
    expect(f"[ended-plan:{plan}]" in answer.stderr, "a mark that was left is no obstacle", answer.stderr)
    expect(toban.newest()["id"] != plan and marked(toban.api) == ["old-1"], "another plan has the node", toban.newest())
    toban.run("plan", "rollback", toban.newest()["id"], "--yes")
    expect(cordoned(toban.api) == ["old-1"] and not marked(toban.api), "as it was, without a mark", marked(toban.api))
    toban.run("nodes", "undrain", "old-1", "--yes")
    expect(not cordoned(toban.api) and not marked(toban.api), "undrain takes what was left", marked(toban.api))


def knows_machines(toban):
    """One that comes under the name of another while the plan waits is not drained; names that are nobody's are passed."""
    api = toban.api
    toban.run("nodes", "drain", *OLD, "--yes", "--gate", "approval", "--no-wait", ok=(3,))
    plan = toban.newest()["id"]
    leave(api, OLD)
    for name in OLD:
        api.delete("Node", None, name)
    create_nodes(api, ["old-1"], labels={"eks.amazonaws.com/nodegroup": "blue", "pool": "web"})
    cordon(api, NEW)
    leave(api, ["new-1"])
    cordon(api, NEW, False)
    settle(api)
    stay = sorted(p["metadata"]["uid"] for p in pods_on(api, ["old-1"]))
    toban.run("plan", "approve", plan)
    toban.run("plan", "resume", plan, "--yes")
    now = sorted(p["metadata"]["uid"] for p in pods_on(api, ["old-1"]))
    expect(stay and now == stay, "the namesake keeps its pods", now)
    expect(not cordoned(api) and not marked(api), "and is not cordoned", cordoned(api))
    toban.run("nodes", "drain", "old-1", "--yes", "--gate", "approval", "--no-wait", ok=(3,))
    plan = toban.newest()["id"]
    leave(api, ["old-1"])
    api.delete("Node", None, "old-1")
    toban.run("plan", "approve", plan)
    answer = toban.run("plan", "resume", plan, "--yes")
    expect("is done" in answer.stderr, "nothing is left to drain", answer.stderr)
    create_nodes(api, OLD, labels={"eks.amazonaws.com/nodegroup": "blue", "pool": "web"})
    back_to_old(api)


def knows_its_cluster(toban, other):
    """A plan of this cluster is not resumed on another one."""
    toban.run("nodes", "drain", "old-1", "--yes", "--gate", "approval", "--no-wait", ok=(3,))
    plan = toban.newest()["id"]
    answer = toban.run("plan", "resume", plan, "--yes", ok=(1,), env={"KUBECONFIG": other})
    expect("is for cluster" in answer.stderr and "but this is" in answer.stderr, "another cluster", answer.stderr)
    toban.run("plan", "rollback", plan, "--yes")


def main():
    with ControlPlane("--bare") as cluster, Kubelets(cluster.env["KUBECONFIG"], 0.2), \
            Scheduler(cluster, os.path.join(TMP, "scheduler.log")):
        toban = Toban(cluster)
        knows_of_none(toban)
        fill(cluster.api)
        for test in (lists, cordons, dry_runs, asks, refuses, forces_by_name_only, accepts, drains_in_sight, pauses, gates,
                     goes_back, ends_as_it_is, knows_machines):
            print(test.__name__, flush=True)
            test(toban)
        knows_its_cluster(toban, os.environ["KUBECONFIG"])


main()
