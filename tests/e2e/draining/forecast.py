"""What a rehearsal foretold of a drain, against what the watcher saw: the order in classes, not the seconds."""
import collections
import os
import subprocess


def of_driver(driver, world, nodes):
    """The rehearsed drain as events like the watcher's; `at` in seconds."""
    told = subprocess.run([driver, world, *nodes], check=True, capture_output=True, text=True).stdout
    events = []
    for line in told.splitlines():
        at, what, pod = line.split("\t")
        events.append({"at": int(at) / 1000, "what": "leaving" if what == "evicted" else what, "pod": os.path.basename(pod)})
    return events


class Order:
    """apps: pod -> app, for those that were there at the start."""

    def __init__(self, events, apps, replicas):
        self.apps, self.replicas = apps, replicas
        self.left = [e["pod"] for e in events if e["what"] == "leaving" and e["pod"] in apps]
        self.first = self.first_wave(events)
        self.most_missing = self.missing(events)

    def first_wave(self, events):
        """Pods that leave before any replacement is ready: what the first look at the world allows."""
        found = set()
        for event in events:
            if event["what"] == "ready":
                return found
            if event["what"] == "leaving":
                found.add(event["pod"])
        return found

    def missing(self, events):
        """app -> how many of its pods were not ready at once, at most. New pods of an app are found by their name."""
        now, most = collections.Counter(), collections.Counter()
        for event in events:
            app = self.app_of(event["pod"])
            if not app:
                continue
            now[app] += {"leaving": 1, "ready": -1}.get(event["what"], 0)
            most[app] = max(most[app], now[app])
        return dict(most)

    def app_of(self, pod):
        return next((app for app in self.replicas if pod.startswith(app + "-")), None)

    def by_app(self, pods):
        return dict(sorted(collections.Counter(self.apps[pod] for pod in pods).items()))

    def of_app(self, app):
        """Its pods in the order in which they left."""
        return [pod for pod in self.left if self.apps[pod] == app]
