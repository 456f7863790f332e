"""The Kubernetes API over HTTP with a token: create, list, patch, delete, and wait by polling."""
import http.client
import json
import ssl
import threading
import time
import urllib.parse

import yaml

PLURAL = {"Node": "nodes", "Pod": "pods", "Service": "services", "PersistentVolume": "persistentvolumes",
          "PersistentVolumeClaim": "persistentvolumeclaims", "StorageClass": "storageclasses", "CSINode": "csinodes",
          "PriorityClass": "priorityclasses", "ReplicaSet": "replicasets", "Deployment": "deployments",
          "StatefulSet": "statefulsets", "DaemonSet": "daemonsets", "Job": "jobs", "Namespace": "namespaces",
          "PodDisruptionBudget": "poddisruptionbudgets", "ReplicationController": "replicationcontrollers",
          "VolumeAttachment": "volumeattachments", "Event": "events"}
GROUP = {"StorageClass": "storage.k8s.io/v1", "CSINode": "storage.k8s.io/v1", "VolumeAttachment": "storage.k8s.io/v1",
         "PriorityClass": "scheduling.k8s.io/v1", "ReplicaSet": "apps/v1", "Deployment": "apps/v1",
         "StatefulSet": "apps/v1", "DaemonSet": "apps/v1", "Job": "batch/v1", "PodDisruptionBudget": "policy/v1beta1"}


class Refused(Exception):
    def __init__(self, method, path, code, status):
        super().__init__(f"{method} {path}: {code} {status.get('message', status)}")
        self.code, self.status = code, status


def version_of(kind):
    return GROUP.get(kind, "v1")


class Api:
    """Safe to use by several threads: each has a connection of its own."""

    def __init__(self, kubeconfig):
        with open(kubeconfig, encoding="utf-8") as f:
            config = yaml.safe_load(f)
        cluster = config["clusters"][0]["cluster"]
        self.host = urllib.parse.urlsplit(cluster["server"]).netloc
        self.tls = ssl.create_default_context(cafile=cluster["certificate-authority"])
        self.token = config["users"][0]["user"]["token"]
        self.local = threading.local()

    def call(self, method, path, body=None, kind="application/json", retry=True):
        connection = getattr(self.local, "connection", None)
        if connection is None:
            connection = self.local.connection = http.client.HTTPSConnection(self.host, context=self.tls, timeout=60)
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": kind, "Accept": "application/json"}
        try:
            connection.request(method, path, None if body is None else json.dumps(body), headers)
            answer = connection.getresponse()
            text = answer.read()
        except (http.client.HTTPException, OSError):
            # An idle connection may be closed by the server.
            self.local.connection = None
            if not retry:
                raise
            return self.call(method, path, body, kind, False)
        return answer.status, json.loads(text) if text else {}

    def ask(self, method, path, body=None, kind="application/json"):
        code, answer = self.call(method, path, body, kind)
        if code >= 300:
            raise Refused(method, path, code, answer)
        return answer

    @staticmethod
    def path(kind, ns=None, name=None, sub=None):
        version = version_of(kind)
        path = f"/api/{version}" if version == "v1" else f"/apis/{version}"
        if ns:
            path += f"/namespaces/{ns}"
        path += "/" + PLURAL[kind]
        return path + (f"/{name}" if name else "") + (f"/{sub}" if sub else "")

    def create(self, obj):
        meta = obj["metadata"]
        return self.ask("POST", self.path(obj["kind"], meta.get("namespace")), obj)

    def get(self, kind, ns, name):
        return self.ask("GET", self.path(kind, ns, name))

    def list(self, kind, ns=None):
        """Items as kubectl prints them: with kind and version."""
        found = self.ask("GET", self.path(kind, ns))["items"]
        return [{"apiVersion": version_of(kind), "kind": kind, **item} for item in found]

    def patch(self, kind, ns, name, body, sub=None):
        return self.ask("PATCH", self.path(kind, ns, name, sub), body, "application/merge-patch+json")

    def delete(self, kind, ns, name, grace=None):
        query = f"?gracePeriodSeconds={grace}" if grace is not None else ""
        code, answer = self.call("DELETE", self.path(kind, ns, name) + query)
        if code >= 300 and code != 404:
            raise Refused("DELETE", name, code, answer)

    def delete_all(self, kind, ns=None):
        self.ask("DELETE", self.path(kind, ns) + "?gracePeriodSeconds=0&propagationPolicy=Background")

    def watch(self, kind, since, told):
        """Calls told(event) for each event from that version on, until it returns True or the server ends the watch."""
        connection = http.client.HTTPSConnection(self.host, context=self.tls, timeout=120)
        connection.request("GET", self.path(kind) + f"?watch=1&resourceVersion={since}", headers={
            "Authorization": f"Bearer {self.token}"})
        for line in lines(connection.getresponse()):
            if told(json.loads(line)):
                break
        connection.close()

    def evict(self, ns, name, dry=False):
        body = {"apiVersion": "policy/v1beta1", "kind": "Eviction", "metadata": {"name": name, "namespace": ns}}
        if dry:
            body["deleteOptions"] = {"dryRun": ["All"]}
        return self.call("POST", self.path("Pod", ns, name, "eviction"), body)


def lines(answer):
    """Of an answer in chunks, as they come. The answer itself would look for them byte by byte."""
    rest = b""
    while data := answer.read1(65536):
        *whole, rest = (rest + data).split(b"\n")
        yield from whole


def until(seconds, what, ready):
    """Polls until ready() is true and returns its value."""
    deadline = time.monotonic() + seconds
    while True:
        found = ready()
        if found:
            return found
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what}: not in {seconds} s")
        time.sleep(0.02)
