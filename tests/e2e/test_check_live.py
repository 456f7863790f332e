#!/usr/bin/env python3
"""`toban check --live` on a real API server: who still speaks an old version is found with the right
evidence, and what was written anew is clean at once.

Each case creates objects of its own through a beta version in one of the ways people do, looks,
writes them anew through the new version in the same way, and looks again.
"""
import base64
import json
import os
import re
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request

import yaml

TOBAN, KUBECTL, HELM = os.environ["TOBAN"], os.environ["KUBECTL"], os.environ["HELM"]
TMP, SERVER, PKI, CONFIGS = (os.environ[name] for name in ("E2E_TMP", "E2E_SERVER", "E2E_PKI", "E2E_CONFIGS"))
NS = "check-live"


def run(*command, stdin=None, ok=(0,), env=None):
    answer = subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=300,
                            env=dict(os.environ, **(env or {})))
    if ok is not None and answer.returncode not in ok:
        sys.exit("%s: exit %d\n%s%s" % (" ".join(command), answer.returncode, answer.stdout, answer.stderr))
    return answer


def kubectl(*arguments, stdin=None, ok=(0,)):
    return run(KUBECTL, *arguments, stdin=stdin, ok=ok)


def request(method, path, body=None, content="application/json", agent="poster/1.0"):
    """A plain client that is not kubectl, with the administrator's certificate."""
    context = ssl.create_default_context(cafile=PKI + "/ca.crt")
    context.load_cert_chain(PKI + "/admin.crt", PKI + "/admin.key")
    req = urllib.request.Request(SERVER + path, method=method, data=json.dumps(body).encode() if body else None,
                                 headers={"Content-Type": content, "User-Agent": agent})
    with urllib.request.urlopen(req, context=context) as answer:
        return answer.read().decode()


def check(*arguments, ok=(0, 2), env=None):
    answer = run(TOBAN, "check", "--live", "-o", "json", *arguments, ok=ok, env=env)
    return json.loads(answer.stdout)


def findings(report, name, namespace=NS, rule=None):
    return [f for f in report["findings"]
            if f["subject"].get("name") == name and f["subject"].get("namespace") == namespace
            and (rule is None or f["rule"] == rule)]


def expect(condition, what, detail=None):
    if not condition:
        sys.exit("FAIL %s\n%s" % (what, json.dumps(detail, indent=1) if detail is not None else ""))


def sources(finding):
    return {e["source"] for e in finding["evidence"]}


def one(report, name, rule, namespace=NS):
    found = findings(report, name, namespace)
    expect(len(found) == 1 and found[0]["rule"] == rule, "%s is one finding of %s" % (name, rule), found)
    return found[0]


def has_evidence(finding, source, text, aged=True):
    found = [e for e in finding["evidence"] if e["source"] == source and text in e["detail"]]
    expect(found, "evidence %s '%s'" % (source, text), finding)
    if aged:
        expect(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", found[0].get("seen") or ""),
               "age of %s" % source, finding)


def ingress(version, name):
    backend = {"serviceName": "s", "servicePort": 80} if "beta" in version else {"service": {"name": "s", "port": {"number": 80}}}
    return {"apiVersion": version, "kind": "Ingress", "metadata": {"name": name, "namespace": NS},
            "spec": {"backend" if "beta" in version else "defaultBackend": backend}}


def dump(*objects):
    return yaml.safe_dump_all(objects)


POD = {"restartPolicy": "Never", "containers": [{"name": "c", "image": "registry.example/a:1"}]}
CRON = {"apiVersion": "batch/v1beta1", "kind": "CronJob", "metadata": {"name": "nightly", "namespace": NS},
        "spec": {"schedule": "0 0 1 1 *", "jobTemplate": {"spec": {"template": {"spec": POD}}}}}
PDB = {"apiVersion": "policy/v1beta1", "kind": "PodDisruptionBudget", "metadata": {"name": "budget", "namespace": NS},
       "spec": {"minAvailable": 1, "selector": {"matchLabels": {"app": "x"}}}}
CRD_NAME = "toys.check-live.example.com"


def crd(version):
    names = {"plural": "toys", "kind": "Toy"}
    schema = {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}
    spec = {"group": "check-live.example.com", "scope": "Namespaced", "names": names}
    if version == "v1beta1":
        spec["preserveUnknownFields"] = False
        spec["validation"] = schema
        spec["versions"] = [{"name": "v1beta1", "served": True, "storage": True}]
    else:
        spec["versions"] = [{"name": "v1beta1", "served": False, "storage": False, "schema": schema},
                            {"name": "v1", "served": True, "storage": True, "schema": schema}]
    return {"apiVersion": "apiextensions.k8s.io/" + version, "kind": "CustomResourceDefinition",
            "metadata": {"name": CRD_NAME}, "spec": spec}


def test_kubectl_apply():
    kubectl("apply", "-f", "-", stdin=dump(ingress("networking.k8s.io/v1beta1", "applied"), CRON, PDB))
    report = check("--to", "1.25")
    f = one(report, "applied", "api-removed")
    has_evidence(f, "last-applied", "networking.k8s.io/v1beta1")
    has_evidence(f, "managed-fields", "kubectl-client-side-apply wrote networking.k8s.io/v1beta1")
    has_evidence(f, "metric", "networking.k8s.io/v1beta1 ingresses", aged=False)
    expect(f["removed_in"] == "1.22" and f["replacement"]["apiVersion"] == "networking.k8s.io/v1", "its versions", f)
    has_evidence(one(report, "nightly", "api-removed"), "last-applied", "batch/v1beta1")
    has_evidence(one(report, "budget", "api-removed"), "last-applied", "policy/v1beta1")
    one(check(), "applied", "api-deprecated")  # to 1.21 by default
    expect(check()["to"] == "1.21" and check()["from"] == "1.20", "the default target")

    kubectl("apply", "-f", "-", stdin=dump(ingress("networking.k8s.io/v1", "applied")))
    managed = json.loads(kubectl("get", "ingress", "applied", "-n", NS, "-o", "json").stdout)["metadata"]["managedFields"]
    expect(any(m["apiVersion"] == "networking.k8s.io/v1beta1" for m in managed),
           "the server keeps the stale entry, else this proves nothing", managed)
    expect(not findings(check("--to", "1.25"), "applied"), "applied anew: clean at once")


def test_server_side_apply():
    manager = ("--server-side", "--field-manager", "delivery", "-f", "-")
    kubectl("apply", *manager, stdin=dump(ingress("networking.k8s.io/v1beta1", "by-server")))
    f = one(check("--to", "1.22"), "by-server", "api-removed")
    has_evidence(f, "managed-fields", "delivery applied networking.k8s.io/v1beta1")
    expect("last-applied" not in sources(f), "no annotation", f)
    kubectl("apply", *manager, stdin=dump(ingress("networking.k8s.io/v1", "by-server")))
    expect(not findings(check("--to", "1.25"), "by-server"), "applied by the server anew: clean at once")


def test_plain_client():
    path = "/apis/%s/namespaces/%s/ingresses"
    for name in ("posted", "posted-then-applied"):
        request("POST", path % ("extensions/v1beta1", NS), ingress("extensions/v1beta1", name))
    report = check("--to", "1.22")
    for name in ("posted", "posted-then-applied"):
        f = one(report, name, "api-removed")
        has_evidence(f, "managed-fields", "poster wrote extensions/v1beta1")
        has_evidence(f, "metric", "extensions/v1beta1 ingresses", aged=False)
    # The same client with the new version.
    body = ingress("networking.k8s.io/v1", "posted")
    body["spec"]["defaultBackend"]["service"]["name"] = "t"
    request("PUT", path % ("networking.k8s.io/v1", NS) + "/posted", body)
    # Someone else takes it over with kubectl apply.
    kubectl("apply", "-f", "-", stdin=dump(ingress("networking.k8s.io/v1", "posted-then-applied")))
    report = check("--to", "1.22")
    for name in ("posted", "posted-then-applied"):
        expect(not findings(report, name), "%s: clean at once" % name, findings(report, name))


def served_versions():
    """The versions of our group that the server names and answers for; None while the two differ."""
    groups = json.loads(request("GET", "/apis"))["groups"]
    named = {v["version"] for g in groups if g["name"] == "check-live.example.com" for v in g["versions"]}
    try:
        answered = {v for v in named if "toys" in request("GET", "/apis/check-live.example.com/" + v)}
    except urllib.error.HTTPError:
        return None
    return answered if answered == named else None


def wait_served(version):
    """A server names a version in its list some time before, and after, it answers for it."""
    deadline = time.monotonic() + 60
    while served_versions() != {version}:
        expect(time.monotonic() < deadline, "%s is served in time" % version, sorted(served_versions() or []))
        time.sleep(0.2)


def test_definition():
    kubectl("apply", "-f", "-", stdin=dump(crd("v1beta1")))
    wait_served("v1beta1")
    f = one(check("--to", "1.22"), CRD_NAME, "api-removed", None)
    has_evidence(f, "last-applied", "apiextensions.k8s.io/v1beta1")
    kubectl("wait", "--for=condition=Established", "crd/" + CRD_NAME, "--timeout=30s")
    kubectl("apply", "-f", "-", stdin=dump(crd("v1")))
    wait_served("v1")
    f = one(check("--to", "1.22"), CRD_NAME, "crd-stored-version", None)
    expect("v1beta1, which is no longer served" in f["message"], "what is stored", f)
    request("PATCH", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/%s/status" % CRD_NAME,
            {"status": {"storedVersions": ["v1"]}}, "application/merge-patch+json")
    expect(not findings(check("--to", "1.22"), CRD_NAME, None), "migrated definition: clean at once")


def write_chart(version):
    chart = os.path.join(TMP, "cart")
    os.makedirs(chart + "/templates", exist_ok=True)
    with open(chart + "/Chart.yaml", "w", encoding="utf-8") as file:
        file.write("apiVersion: v2\nname: cart\nversion: 1.2.3\nappVersion: '7'\n")
    obj = ingress(version, "from-helm")
    del obj["metadata"]["namespace"]
    role = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": "check-live-cart"}, "rules": []}
    with open(chart + "/templates/all.yaml", "w", encoding="utf-8") as file:
        file.write(dump(obj, role))
    return chart


def test_helm(driver):
    env, release = {"HELM_DRIVER": driver}, "cart-" + driver
    extra = ("--namespace", NS)
    run(HELM, "install", release, write_chart("networking.k8s.io/v1beta1"), *extra, env=env)
    f = one(check("--to", "1.22"), "from-helm", "api-removed")
    has_evidence(f, "helm-release", "release %s revision 1 of chart cart-1.2.3" % release)
    expect(sources(f) <= {"helm-release", "metric"}, "the release speaks for helm", f)
    run(HELM, "upgrade", release, write_chart("networking.k8s.io/v1"), *extra, env=env)
    expect(not findings(check("--to", "1.22"), "from-helm"), "upgraded release: clean, old revisions do not count")
    # A revision that failed is not what is deployed.
    broken = write_chart("networking.k8s.io/v1beta1")
    with open(broken + "/templates/broken.yaml", "w", encoding="utf-8") as file:
        file.write("apiVersion: v1\nkind: Service\nmetadata: {name: 'UPPER'}\nspec: {ports: [{port: 80}]}\n")
    expect(run(HELM, "upgrade", release, broken, *extra, env=env, ok=None).returncode != 0, "a failing upgrade")
    os.remove(broken + "/templates/broken.yaml")
    report = check("--to", "1.22")
    expect(not [e for f in findings(report, "from-helm") for e in f["evidence"] if e["source"] == "helm-release"],
           "a failed revision does not count", findings(report, "from-helm"))
    run(HELM, "uninstall", release, *extra, env=env)


def test_damaged_release():
    name = "sh.helm.release.v1.damaged.v1"
    secret = {"apiVersion": "v1", "kind": "Secret", "type": "helm.sh/release.v1",
              "metadata": {"name": name, "namespace": NS, "labels": {"owner": "helm", "status": "deployed", "name": "damaged", "version": "1"}},
              "data": {"release": base64.b64encode(b"not-a-release-s3cret").decode()}}
    kubectl("create", "-f", "-", stdin=dump(secret))
    answer = run(TOBAN, "check", "--live", "-o", "json", ok=(3,))
    problems = [p for p in json.loads(answer.stdout)["problems"] if name in p["message"]]
    expect(len(problems) == 1, "one problem that names it", problems)
    expect("s3cret" not in answer.stdout + answer.stderr, "no content of a secret is shown")
    kubectl("delete", "secret", name, "-n", NS)


def test_breakers():
    deployment = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "builder", "namespace": NS},
                  "spec": {"replicas": 1, "selector": {"matchLabels": {"app": "b"}}, "template": {
                      "metadata": {"labels": {"app": "b"}},
                      "spec": {"containers": [{"name": "c", "image": "registry.example/a:1"}],
                               "volumes": [{"name": "d", "hostPath": {"path": "/var/run/docker.sock"}}]}}}}
    node = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "check-live-node"}}
    info = {key: "" for key in ("machineID", "systemUUID", "bootID", "kernelVersion", "kubeProxyVersion", "operatingSystem", "architecture")}
    info.update(kubeletVersion="v1.20.2", containerRuntimeVersion="docker://20.10.17", osImage="Amazon Linux 2")
    policy = {"apiVersion": "policy/v1beta1", "kind": "PodSecurityPolicy", "metadata": {"name": "check-live-tight"},
              "spec": {k: {"rule": "RunAsAny"} for k in ("seLinux", "runAsUser", "supplementalGroups", "fsGroup")}}
    kubectl("create", "-f", "-", stdin=dump(deployment, node, policy))
    request("PATCH", "/api/v1/nodes/check-live-node/status", {"status": {"nodeInfo": info}}, "application/merge-patch+json")
    kubectl("rollout", "status", "deployment/builder", "-n", NS, "--timeout=1s", ok=None)
    report = check("--to", "1.33")
    one(report, "builder", "docker-socket-mount")
    expect({f["rule"] for f in findings(report, "check-live-node", None)} ==
           {"node-kubelet-skew", "node-docker-runtime", "al2-node-image"}, "the node", findings(report, "check-live-node", None))
    sockets = [f["subject"] for f in report["findings"] if f["rule"] == "docker-socket-mount" and f["subject"]["namespace"] == NS]
    expect([s["kind"] for s in sockets] == ["Deployment"], "its ReplicaSets and Pods are not told again", sockets)
    one(report, "check-live-tight", "api-removed", None)
    kubectl("delete", "node", "check-live-node")
    kubectl("delete", "psp", "check-live-tight")


def test_refusals():
    answer = run(TOBAN, "check", "--live", "--kubeconfig", CONFIGS + "/nobody.yaml", "-o", "json", ok=(3,))
    problems = json.loads(answer.stdout)["problems"]
    expect(any("list secrets" in p["message"] and "kubectl auth can-i list secrets" in p["hint"] for p in problems), "secrets", problems)
    expect(any("may not list" in p["message"] and "ingresses" in p["message"] for p in problems), "the resources", problems)
    expect(len(problems) <= 5, "nobody is not told 50 times", problems)
    # Everything but PodDisruptionBudgets and /metrics: the rest is checked.
    role = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": "check-live-most"},
            "rules": [{"apiGroups": ["*"], "resources": sorted(most_resources()), "verbs": ["get", "list"]}]}
    binding = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding", "metadata": {"name": "check-live-most"},
               "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "check-live-most"},
               "subjects": [{"kind": "User", "apiGroup": "rbac.authorization.k8s.io", "name": "nobody"}]}
    kubectl("apply", "-f", "-", stdin=dump(role, binding))
    answer = run(TOBAN, "check", "--live", "--to", "1.25", "--kubeconfig", CONFIGS + "/nobody.yaml", "-o", "json", ok=(3,))
    report = json.loads(answer.stdout)
    messages = [p["message"] for p in report["problems"]]
    expect(len(messages) == 2 and "poddisruptionbudgets" in messages[0] and "/metrics" in messages[1], "two refusals", messages)
    one(report, "nightly", "api-removed")
    kubectl("delete", "clusterrole,clusterrolebinding", "check-live-most")


def most_resources():
    listed = kubectl("api-resources", "--verbs=list", "-o", "name").stdout.split()
    return {name.split(".")[0] for name in listed} - {"poddisruptionbudgets"}


def test_no_cluster():
    half = os.path.join(TMP, "half.yaml")
    with open(half, "w", encoding="utf-8") as file:
        file.write("apiVersion: v1\nkind: Config\nclusters:\n- name: [e2e\n")
    for config, word in ((CONFIGS + "/expired.yaml", "expired"), (half, "half.yaml:")):
        answer = run(TOBAN, "check", "--live", "--kubeconfig", config, ok=(3,))
        expect(answer.stderr.count("toban: ") == 1 and word in answer.stderr, "one clear message", answer.stderr)
    # A cluster that cannot be reached does not keep the files from being checked.
    old = os.path.join(TMP, "old.yaml")
    with open(old, "w", encoding="utf-8") as file:
        file.write(dump(ingress("extensions/v1beta1", "on-disk")))
    report = check("--kubeconfig", CONFIGS + "/expired.yaml", "--to", "1.22", old, ok=(3,))
    expect(one(report, "on-disk", "api-removed")["subject"]["file"] == old, "the file", report)


def deprecated_requests():
    """Samples of the server's count, without its comments."""
    lines = request("GET", "/metrics").splitlines()
    return {line for line in lines if line.startswith("apiserver_requested_deprecated_apis{")}


def request_counts():
    """Requests for deprecated versions by group, version, resource and verb."""
    counts = {}
    for line in request("GET", "/metrics").splitlines():
        if line.startswith("apiserver_request_total{") and 'verb="LIST"' in line:
            labels = dict(re.findall(r'(\w+)="([^"]*)"', line))
            key = (labels["group"], labels["version"], labels["resource"])
            counts[key] = counts.get(key, 0) + float(line.rsplit(" ", 1)[1])
    return counts


def test_own_footprint():
    watched = [("extensions", "v1beta1", "ingresses"), ("networking.k8s.io", "v1beta1", "ingresses"),
               ("apiextensions.k8s.io", "v1beta1", "customresourcedefinitions"),
               ("rbac.authorization.k8s.io", "v1beta1", "roles"), ("storage.k8s.io", "v1beta1", "storageclasses"),
               ("admissionregistration.k8s.io", "v1beta1", "validatingwebhookconfigurations")]
    before, count_before = deprecated_requests(), request_counts()
    check("--to", "1.25")
    after, count_after = deprecated_requests(), request_counts()
    expect(before == after, "the server's count of deprecated requests", sorted(after - before))
    for key in watched:
        expect(count_before.get(key, 0) == count_after.get(key, 0), "no list of %s.%s/%s" % key)
    key = ("networking.k8s.io", "v1", "ingresses")
    expect(count_after.get(key, 0) > count_before.get(key, 0), "the count counts", count_after.get(key))


def main():
    kubectl("create", "namespace", NS)
    test_own_footprint()
    test_kubectl_apply()
    test_server_side_apply()
    test_plain_client()
    test_definition()
    for driver in ("secret", "configmap"):
        test_helm(driver)
    test_damaged_release()
    test_breakers()
    test_refusals()
    test_no_cluster()
    test_own_footprint()
    kubectl("delete", "crd", CRD_NAME)
    kubectl("delete", "namespace", NS, "--wait=false")


main()
