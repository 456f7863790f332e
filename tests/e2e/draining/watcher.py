"""Watches a drain without any of toban's code: its own connection straight to the API server, its own arithmetic.

A watch tells the states of the pods one after the other, as they were written. After each of them it is asked whether
a budget has fewer healthy pods than it wants. The wanted number is computed from the budget's spec and the replicas
that the test ordered, not taken from the budget's status."""
import http.client
import json
import threading
import time

from differential.api import lines
from draining.objects import is_ready


class Watcher:
    """Between enter and exit it knows every state of every pod of the namespace. Budgets are judged once armed."""

    def __init__(self, api, scene):
        self.api, self.ns = api, scene.ns
        self.floors = scene.floors()
        self.lock = threading.Condition()
        self.pods, self.told, self.violations, self.missed = {}, [], [], 0
        self.armed = self.closing = False
        self.connection = self.since = None

    def __enter__(self):
        listing = self.api.ask("GET", self.api.path("Pod", self.ns))
        for pod in listing["items"]:
            self.pods[pod["metadata"]["name"]] = pod
        self.since = listing["metadata"]["resourceVersion"]
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.closing = True
        if self.connection and self.connection.sock:
            self.connection.sock.close()
        self.connection = None

    # --- what happens ---

    def run(self):
        """Goes on from where it was when the API server goes away. One that has started anew knows no old versions: then
        states in between are missed, which is counted."""
        while not self.closing:
            try:
                self.follow()
            except (OSError, http.client.HTTPException, ValueError):
                time.sleep(0.05)

    def follow(self):
        self.connection = http.client.HTTPSConnection(self.api.host, context=self.api.tls, timeout=30)
        path = f"{self.api.path('Pod', self.ns)}?watch=1&allowWatchBookmarks=true&resourceVersion={self.since}"
        self.connection.request("GET", path, headers={"Authorization": f"Bearer {self.api.token}"})
        answer = self.connection.getresponse()
        if answer.status not in (200, 410):
            raise OSError(f"not yet: {answer.status}")
        for line in lines(answer) if answer.status == 200 else ['{"type": "ERROR"}']:
            event = json.loads(line)
            if event["type"] == "ERROR":
                self.look_again()
                return
            self.since = event["object"]["metadata"]["resourceVersion"]
            if event["type"] != "BOOKMARK":
                self.take(event["type"], event["object"])

    def look_again(self):
        code, listing = self.api.call("GET", self.api.path("Pod", self.ns))
        if code != 200:
            raise OSError(f"not yet: {code}")
        there = {pod["metadata"]["uid"] for pod in listing["items"]}
        for pod in list(self.pods.values()):
            if pod["metadata"]["uid"] not in there:
                self.take("DELETED", pod)
        for pod in listing["items"]:
            self.take("MODIFIED", pod)
        self.since, self.missed = listing["metadata"]["resourceVersion"], self.missed + 1

    def take(self, kind, pod):
        meta = pod["metadata"]
        with self.lock:
            before = self.pods.get(meta["name"])
            if kind == "DELETED":
                self.pods.pop(meta["name"], None)
            else:
                self.pods[meta["name"]] = pod
            self.note(kind, before, pod)
            self.judge()
            self.lock.notify_all()

    def note(self, kind, before, pod):
        meta, now = pod["metadata"], time.monotonic()
        same = before is not None and before["metadata"]["uid"] == meta["uid"]
        what = None
        if kind == "DELETED":
            what = "gone"
        elif not same:
            what = "made"
        elif "deletionTimestamp" in meta and "deletionTimestamp" not in before["metadata"]:
            what = "leaving"
        elif is_ready(pod) and not is_ready(before):
            what = "ready"
        if what:
            self.told.append({"at": now, "what": what, "pod": meta["name"], "uid": meta["uid"],
                              "app": meta["labels"]["app"], "node": pod["spec"].get("nodeName")})

    def judge(self):
        if not self.armed:
            return
        for app, floor in self.floors.items():
            healthy = self.healthy(app)
            if healthy < floor:
                self.violations.append(f"{app}: {healthy} healthy pods, {floor} wanted, after {self.told[-1]}")

    def healthy(self, app):
        return sum(1 for pod in self.pods.values() if pod["metadata"]["labels"]["app"] == app and is_ready(pod))

    # --- what tests ask ---

    def arm(self):
        """From now on budgets are judged; what was told before is forgotten."""
        with self.lock:
            self.told.clear()
            self.violations.clear()
            self.armed = True
            self.judge()
        return time.monotonic()

    def disarm(self):
        with self.lock:
            self.armed = False

    def until(self, seconds, what, ready):
        """Waits until ready() is true, asked with the pods held still."""
        deadline = time.monotonic() + seconds
        with self.lock:
            while not ready():
                left = deadline - time.monotonic()
                if left <= 0:
                    raise TimeoutError(f"{what}: not in {seconds} s")
                self.lock.wait(min(left, 1))

    def events(self, what=None):
        with self.lock:
            return [e for e in self.told if what is None or e["what"] == what]

    def on(self, nodes):
        """Pods that are on one of the nodes."""
        with self.lock:
            return [p for p in self.pods.values() if p["spec"].get("nodeName") in nodes]

    def ready_at(self, nodes):
        """When the last pod had left the nodes, and when the last one was ready."""
        gone = [e["at"] for e in self.events("gone") if e["node"] in nodes]
        ready = [e["at"] for e in self.events("ready")]
        return max(gone, default=None), max(ready, default=None)
