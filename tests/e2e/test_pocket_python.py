#!/usr/bin/env python3
"""The Kubernetes client of Python on the pocket EKS: typed objects are created, listed in pages, watched, patched, scaled,
evicted under a budget, and deleted; commands run in a container, and its log is read. The package is the distribution's
python3-kubernetes: the session runs under the python that has it."""
import json
import os
import subprocess
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
# Another python may stand before the distribution's in PATH; only that one has its packages.
PYTHONS = [sys.executable, "/usr/bin/python3"]


def expect(condition, what, detail=""):
    if not condition:
        sys.exit(f"FAIL {what}\n{detail}")


def until(what, question, seconds=60):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = question()
        if found:
            return found
        time.sleep(0.05)
    return sys.exit(f"FAIL never: {what}")


def begin():
    """Starts the pocket, and the session under a python that has the client."""
    from pocket.nodes import write_nodes
    from pocket.sim import Pocket
    tmp = os.environ["E2E_TMP"]
    for python in PYTHONS:
        if subprocess.run([python, "-c", "import kubernetes"], capture_output=True, check=False).returncode == 0:
            break
    else:
        sys.exit("FAIL no python has the module kubernetes: run scripts/deps e2e")
    with Pocket(tmp, "--world", write_nodes(tmp, 3), "--speed", "30") as pocket:
        answer = subprocess.run([python, os.path.abspath(__file__), "session"], env=pocket.env, check=False, timeout=150)
        expect(answer.returncode == 0, "the session", pocket.said()[-3000:])


class Session:
    SPACE = "snake"

    def __init__(self):
        import kubernetes
        from kubernetes.stream import portforward, stream
        kubernetes.config.load_kube_config()
        self.k, self.stream, self.watch = kubernetes.client, stream, kubernetes.watch.Watch
        self.portforward = portforward
        self.core, self.apps = self.k.CoreV1Api(), self.k.AppsV1Api()
        self.policy, self.custom = self.k.PolicyV1Api(), self.k.CustomObjectsApi()
        self.rights, self.crds = self.k.AuthorizationV1Api(), self.k.ApiextensionsV1Api()

    def refused(self, code, what, call, *words, **more):
        """The Status of a call that must fail."""
        try:
            call(*words, **more)
        except self.k.ApiException as refused:
            expect(refused.status == code, what, f"{refused.status}: {refused.body}")
            return json.loads(refused.body)
        return sys.exit(f"FAIL {what}: was taken")

    def meta(self, name, **more):
        return self.k.V1ObjectMeta(name=name, **more)

    def discovers(self):
        version = self.k.VersionApi().get_code()
        expect((version.major, version.minor.rstrip("+")) == ("1", "31"), "the version", version)
        groups = {g.name for g in self.k.ApisApi().get_api_versions().groups}
        expect({"apps", "batch", "policy", "rbac.authorization.k8s.io"} <= groups, "groups", groups)
        kinds = {r.name for r in self.apps.get_api_resources().resources}
        expect({"deployments", "deployments/scale", "deployments/status"} <= kinds, "resources of apps", kinds)
        expect(len(self.core.list_node().items) == 3, "nodes")

    def writes(self):
        made = self.core.create_namespace(self.k.V1Namespace(metadata=self.meta(self.SPACE)))
        expect(made.status.phase == "Active" and made.metadata.uid, "a namespace", made)
        self.refused(409, "the namespace twice", self.core.create_namespace, self.k.V1Namespace(metadata=self.meta(self.SPACE)))
        for number in range(25):
            self.core.create_namespaced_config_map(self.SPACE, self.k.V1ConfigMap(
                metadata=self.meta(f"map-{number:02}", labels={"odd": str(number % 2)}), data={"n": str(number)}))
        again = self.core.read_namespaced_config_map("map-03", self.SPACE)
        again.data["n"] = "three"
        newer = self.core.replace_namespaced_config_map("map-03", self.SPACE, again)
        expect(newer.data == {"n": "three"} and newer.metadata.resource_version != again.metadata.resource_version, "a replace", newer)
        status = self.refused(409, "a stale replace", self.core.replace_namespaced_config_map, "map-03", self.SPACE, again)
        expect(status["reason"] == "Conflict", "a stale replace", status)
        self.refused(404, "what is not there", self.core.read_namespaced_config_map, "nothing", self.SPACE)
        patched = self.core.patch_namespaced_config_map("map-03", self.SPACE, {"data": {"more": "yes"}})
        expect(patched.data == {"n": "three", "more": "yes"}, "a strategic patch", patched)
        patched = self.core.patch_namespaced_config_map("map-03", self.SPACE, [{"op": "remove", "path": "/data/more"}])
        expect(patched.data == {"n": "three"}, "a JSON patch", patched)

    def lists(self):
        names, page = [], None
        while page is None or page.metadata._continue:
            page = self.core.list_namespaced_config_map(self.SPACE, limit=7, label_selector="odd",
                                                        _continue=page.metadata._continue if page else None)
            expect(len(page.items) <= 7, "the size of a page", len(page.items))
            names += [o.metadata.name for o in page.items]
        expect(names == [f"map-{n:02}" for n in range(25)], "what pages hold", names)
        odd = self.core.list_namespaced_config_map(self.SPACE, label_selector="odd=1,odd!=0")
        expect(len(odd.items) == 12, "a label selector", len(odd.items))
        one = self.core.list_config_map_for_all_namespaces(field_selector="metadata.name=map-07")
        expect([o.metadata.name for o in one.items] == ["map-07"], "a field selector", one)

    def watches(self):
        start = self.core.list_namespaced_config_map(self.SPACE).metadata.resource_version
        seen, watch, ready = [], self.watch(), threading.Event()

        def look():
            ready.set()
            for event in watch.stream(self.core.list_namespaced_config_map, self.SPACE, resource_version=start, timeout_seconds=60):
                seen.append((event["type"], event["object"].metadata.name))
                if len(seen) == 3:
                    watch.stop()

        thread = threading.Thread(target=look)
        thread.start()
        ready.wait()
        self.core.create_namespaced_config_map(self.SPACE, self.k.V1ConfigMap(metadata=self.meta("late")))
        self.core.patch_namespaced_config_map("late", self.SPACE, {"data": {"a": "b"}})
        self.core.delete_namespaced_config_map("late", self.SPACE)
        thread.join(60)
        expect(seen == [("ADDED", "late"), ("MODIFIED", "late"), ("DELETED", "late")], "events in order", seen)
        self.refused(410, "a version that is too old", self.core.list_namespaced_config_map, self.SPACE,
                     resource_version="1", resource_version_match="Exact")

    def deployment(self, name, replicas):
        labels = {"app": name}
        return self.k.V1Deployment(metadata=self.meta(name, labels=labels), spec=self.k.V1DeploymentSpec(
            replicas=replicas, selector=self.k.V1LabelSelector(match_labels=labels), template=self.k.V1PodTemplateSpec(
                metadata=self.k.V1ObjectMeta(labels=labels), spec=self.k.V1PodSpec(
                    termination_grace_period_seconds=1, containers=[self.k.V1Container(name="app", image="registry.example/web:1")]))))

    def is_ready(self, name, count):
        status = self.apps.read_namespaced_deployment_status(name, self.SPACE)
        return status.status.ready_replicas == count and status.status.observed_generation == status.metadata.generation

    def deploys(self):
        made = self.apps.create_namespaced_deployment(self.SPACE, self.deployment("web", 2))
        expect(made.spec.strategy.type == "RollingUpdate" and made.spec.progress_deadline_seconds == 600, "defaults", made.spec)
        until("two pods", lambda: self.is_ready("web", 2))
        self.apps.patch_namespaced_deployment_scale("web", self.SPACE, {"spec": {"replicas": 4}})
        until("four pods", lambda: self.is_ready("web", 4))
        scale = self.apps.read_namespaced_deployment_scale("web", self.SPACE)
        expect((scale.spec.replicas, scale.status.replicas) == (4, 4), "the scale", scale)
        pods = self.core.list_namespaced_pod(self.SPACE, label_selector="app=web").items
        expect({p.metadata.owner_references[0].kind for p in pods} == {"ReplicaSet"} and len(pods) == 4, "pods", len(pods))
        expect(all(p.status.pod_ip and p.spec.node_name and p.status.container_statuses[0].ready for p in pods), "their states", pods)
        return pods

    def evicts(self):
        self.policy.create_namespaced_pod_disruption_budget(self.SPACE, self.k.V1PodDisruptionBudget(
            metadata=self.meta("web"), spec=self.k.V1PodDisruptionBudgetSpec(
                min_available=3, selector=self.k.V1LabelSelector(match_labels={"app": "web"}))))
        until("the budget's status", lambda: self.policy.read_namespaced_pod_disruption_budget_status(
            "web", self.SPACE).status.disruptions_allowed == 1)
        first, second = (p.metadata.name for p in self.core.list_namespaced_pod(self.SPACE, label_selector="app=web").items[:2])
        body = {"apiVersion": "policy/v1", "kind": "Eviction"}
        self.core.create_namespaced_pod_eviction(first, self.SPACE, {**body, "metadata": {"name": first, "namespace": self.SPACE}})
        status = self.refused(429, "the second eviction", self.core.create_namespaced_pod_eviction, second, self.SPACE,
                              {**body, "metadata": {"name": second, "namespace": self.SPACE}})
        expect("disruption budget" in status["message"] and status["details"]["causes"][0]["reason"] == "DisruptionBudget",
               "what the refusal says", status)
        until("the evicted pod's end", lambda: first not in {p.metadata.name for p in self.core.list_namespaced_pod(self.SPACE).items})
        until("four pods again", lambda: self.is_ready("web", 4))

    def talks(self):
        pod = self.core.list_namespaced_pod(self.SPACE, label_selector="app=web").items[0].metadata.name
        log = self.core.read_namespaced_pod_log(pod, self.SPACE)
        expect(f"{pod}: started with registry.example/web:1" in log, "a log", log)
        tail = self.core.read_namespaced_pod_log(pod, self.SPACE, tail_lines=1, timestamps=True)
        expect(tail.count("\n") == 1 and tail.startswith("20"), "a log's last line with its time", tail)
        self.refused(400, "the log of no container", self.core.read_namespaced_pod_log, pod, self.SPACE, container="none")
        said = self.stream(self.core.connect_get_namespaced_pod_exec, pod, self.SPACE, command=["echo", "hello"], stdout=True, stderr=True)
        expect(said == "hello\n", "what a command prints", said)
        session = self.stream(self.core.connect_get_namespaced_pod_exec, pod, self.SPACE, command=["false"], stdout=True,
                              stderr=True, _preload_content=False)
        session.run_forever(timeout=30)
        expect(session.returncode == 1, "the code of a command", session.returncode)
        forwarded = self.portforward(self.core.connect_get_namespaced_pod_portforward, pod, self.SPACE, ports="8080")
        connection = forwarded.socket(8080)
        connection.settimeout(30)
        connection.sendall(b"GET / HTTP/1.1\r\nHost: pod\r\nConnection: close\r\n\r\n")
        answer = b"".join(iter(lambda: connection.recv(4096), b"")).decode()
        connection.close()
        expect(answer.startswith("HTTP/1.1 200 ") and '"pod":"%s"' % pod in answer, "what a forwarded port answers", answer)
        expect(forwarded.error(8080) is None, "no error of the port", forwarded.error(8080))

    def customises(self):
        column = self.k.V1CustomResourceDefinitionVersion(
            name="v1", served=True, storage=True, schema=self.k.V1CustomResourceValidation(
                open_apiv3_schema=self.k.V1JSONSchemaProps(type="object", properties={"spec": self.k.V1JSONSchemaProps(
                    type="object", required=["size"], properties={"size": self.k.V1JSONSchemaProps(type="integer", minimum=1)})})))
        self.crds.create_custom_resource_definition(self.k.V1CustomResourceDefinition(
            metadata=self.meta("boxes.snake.example"), spec=self.k.V1CustomResourceDefinitionSpec(
                group="snake.example", scope="Namespaced", versions=[column],
                names=self.k.V1CustomResourceDefinitionNames(kind="Box", plural="boxes", singular="box"))))
        until("the CRD", lambda: any(c.type == "Established" and c.status == "True" for c in (
            self.crds.read_custom_resource_definition("boxes.snake.example").status.conditions or [])))
        where = "snake.example", "v1", self.SPACE, "boxes"
        box = {"apiVersion": "snake.example/v1", "kind": "Box", "metadata": {"name": "one"}, "spec": {"size": 1}}
        self.custom.create_namespaced_custom_object(*where, box)
        status = self.refused(422, "a box of no size", self.custom.patch_namespaced_custom_object, *where, "one", {"spec": {"size": 0}})
        expect("should be greater than or equal to 1" in status["message"], "why it is refused", status)
        self.custom.patch_namespaced_custom_object(*where, "one", {"spec": {"size": 5}})
        expect(self.custom.get_namespaced_custom_object(*where, "one")["spec"] == {"size": 5}, "the patched box")
        expect(len(self.custom.list_namespaced_custom_object(*where)["items"]) == 1, "boxes")
        self.custom.delete_namespaced_custom_object(*where, "one")
        self.crds.delete_custom_resource_definition("boxes.snake.example")
        until("the end of boxes", lambda: self.gone(self.custom.list_namespaced_custom_object, *where))

    def gone(self, call, *words):
        try:
            call(*words)
        except self.k.ApiException as refused:
            return refused.status == 404
        return False

    def asks_for_rights(self):
        review = self.rights.create_self_subject_access_review(self.k.V1SelfSubjectAccessReview(
            spec=self.k.V1SelfSubjectAccessReviewSpec(resource_attributes=self.k.V1ResourceAttributes(verb="delete", resource="nodes"))))
        expect(review.status.allowed, "an administrator's rights", review.status)
        stranger = self.k.Configuration.get_default_copy()
        stranger.api_key = {"authorization": "Bearer nobody"}
        self.refused(401, "a stranger", self.k.CoreV1Api(self.k.ApiClient(stranger)).list_node)

    def cleans_up(self):
        self.apps.delete_namespaced_deployment("web", self.SPACE, propagation_policy="Foreground")
        until("the end of the pods", lambda: not self.core.list_namespaced_pod(self.SPACE).items)
        self.core.delete_collection_namespaced_config_map(self.SPACE, label_selector="odd=0")
        left = [o.metadata.name for o in self.core.list_namespaced_config_map(self.SPACE, label_selector="odd").items]
        expect(len(left) == 12, "what the collection leaves", left)
        self.core.delete_namespace(self.SPACE)
        until("the end of the namespace", lambda: self.gone(self.core.read_namespace, self.SPACE))


def session():
    s = Session()
    for step in (s.discovers, s.writes, s.lists, s.watches, s.deploys, s.evicts, s.talks, s.customises, s.asks_for_rights, s.cleans_up):
        step()
        print(step.__name__, flush=True)


session() if sys.argv[1:] == ["session"] else begin()
