"""The kubelet of pods on bare Node objects: starts them, makes them ready, and lets them go, each after a moment.

Far faster than real ones, so that a test can drain often, and a measurement many pods. Answers to what the API server
says, and to nothing else: it knows nothing of drains."""
import heapq
import http.client
import queue
import threading
import time

from differential.api import Api, Refused
from differential.objects import node
from draining.objects import DELAY

STAMP = "%Y-%m-%dT%H:%M:%SZ"


def running(ready, since):
    state = "True" if ready else "False"
    return {"status": {"phase": "Running", "startTime": since, "conditions": [
        {"type": kind, "status": value, "lastTransitionTime": since, "lastProbeTime": None}
        for kind, value in (("Initialized", "True"), ("PodScheduled", "True"), ("ContainersReady", state), ("Ready", state))],
        "containerStatuses": [{"name": "c", "image": "app:1", "imageID": "app:1", "ready": ready, "restartCount": 0,
                               "started": True, "state": {"running": {"startedAt": since}}}]}}


class Kubelets:
    """stop: seconds that a pod takes to end. dead: nodes on which nothing happens any more."""

    def __init__(self, kubeconfig, stop=0.1, workers=4):
        self.api, self.stop, self.workers = Api(kubeconfig), stop, workers
        self.dead, self.met, self.closing = set(), {}, False
        self.due, self.lock = [], threading.Condition()
        self.work = queue.SimpleQueue()

    def __enter__(self):
        self.threads = [threading.Thread(target=target, daemon=True) for target in
                        (self.watch, self.clock, *[self.serve] * self.workers)]
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.closing = True
        with self.lock:
            self.lock.notify_all()
        for _ in range(self.workers):
            self.work.put(None)

    # --- what happens ---

    def watch(self):
        while not self.closing:
            try:
                listing = self.api.ask("GET", self.api.path("Pod"))
                for pod in listing["items"]:
                    self.meet(pod)
                self.api.watch("Pod", listing["metadata"]["resourceVersion"], self.told)
            except (OSError, http.client.HTTPException, ValueError, Refused, KeyError):
                time.sleep(0.1)

    def told(self, event):
        if event["type"] == "DELETED":
            self.met.pop(event["object"]["metadata"]["uid"], None)
        elif event["type"] in ("ADDED", "MODIFIED"):
            self.meet(event["object"])
        return self.closing

    def meet(self, pod):
        meta, node = pod["metadata"], pod["spec"].get("nodeName")
        if not node or node in self.dead:
            return
        leaves, known = "deletionTimestamp" in meta, self.met.get(meta["uid"])
        if leaves and known != "leaving":
            self.met[meta["uid"]] = "leaving"
            self.later(self.stop, self.end, pod)
        elif not leaves and known is None and pod["status"].get("phase") == "Pending":
            self.met[meta["uid"]] = "started"
            self.later(0, self.start, pod)

    # --- what it does ---

    def later(self, seconds, *what):
        if not seconds:
            self.work.put(what)
            return
        with self.lock:
            heapq.heappush(self.due, (time.monotonic() + seconds, id(what), what))
            self.lock.notify_all()

    def clock(self):
        while not self.closing:
            with self.lock:
                left = self.due[0][0] - time.monotonic() if self.due else 60
                if left > 0:
                    self.lock.wait(left)
                    continue
                what = heapq.heappop(self.due)[2]
            self.work.put(what)

    def serve(self):
        while (what := self.work.get()) is not None:
            do, pod, *more = what
            if pod["spec"]["nodeName"] in self.dead:
                continue
            try:
                do(pod, *more)
            except (OSError, http.client.HTTPException, ValueError):
                self.later(0.2, *what)

    def start(self, pod):
        delay = float(pod["metadata"].get("annotations", {}).get(DELAY, 0))
        if delay:
            self.say(pod, False)
        self.later(delay, self.say, pod, True)

    def say(self, pod, ready):
        meta = pod["metadata"]
        body = {"metadata": {"uid": meta["uid"]}, **running(ready, time.strftime(STAMP, time.gmtime()))}
        try:
            self.api.patch("Pod", meta["namespace"], meta["name"], body, "status")
        except Refused as refused:
            if refused.code not in (404, 409):
                raise

    def end(self, pod):
        meta = pod["metadata"]
        self.api.call("DELETE", self.api.path("Pod", meta["namespace"], meta["name"]), {
            "apiVersion": "v1", "kind": "DeleteOptions", "gracePeriodSeconds": 0,
            "preconditions": {"uid": meta["uid"]}})


def create_nodes(api, names, **more):
    """Bare Node objects; the control plane must have been started with --bare."""
    for name in names:
        api.create(node(name, **more))
