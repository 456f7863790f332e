#!/usr/bin/env python3
"""toban check on charts that the real helm renders: one finding per template line, judged by the render."""
import json
import os
import shutil
import subprocess
import sys

TOBAN, HELM, TOP, TMP = (os.environ[name] for name in ("TOBAN", "HELM", "TOP", "E2E_TMP"))

TEMPLATE = """{{- if .Values.ingress }}
apiVersion: extensions/v1beta1
kind: Ingress
metadata:
  name: {{ .Release.Name }}
{{- end }}
---
{{- if .Capabilities.APIVersions.Has "policy/v1/PodDisruptionBudget" }}
apiVersion: policy/v1
{{- else }}
apiVersion: policy/v1beta1
{{- end }}
kind: PodDisruptionBudget
metadata:
  name: {{ .Release.Name }}
---
{{- range list "a" "b" "c" }}
---
apiVersion: batch/v1beta1
kind: CronJob
metadata:
  name: {{ . }}
{{- end }}
---
apiVersion: {{ include "web.roleVersion" . }}
kind: Role
metadata:
  name: {{ .Release.Name }}
"""

HELPERS = """{{- define "web.roleVersion" -}}
rbac.authorization.k8s.io/v1beta1
{{- end }}
"""


def fail(message):
    sys.exit("test_check_charts: " + message)


def check(path, *arguments):
    run = subprocess.run([TOBAN, "check", "-o", "json", *arguments, path], capture_output=True, text=True,
                         env=dict(os.environ, TOBAN_HELM=HELM))
    if run.returncode not in (0, 2):
        fail("exit code %d: %s" % (run.returncode, run.stderr))
    return json.loads(run.stdout)["findings"]


def lines(findings, rule):
    return sorted((f["subject"]["line"], f["subject"]["kind"]) for f in findings if f["rule"] == rule)


def expect(what, found, wanted):
    if found != wanted:
        fail("%s: expected %s, found %s" % (what, wanted, found))


def test_own_chart():
    chart = os.path.join(TMP, "web")
    os.makedirs(os.path.join(chart, "templates"), exist_ok=True)
    with open(os.path.join(chart, "Chart.yaml"), "w") as file:
        file.write("apiVersion: v2\nname: web\nversion: 1.0.0\n")
    with open(os.path.join(chart, "templates", "all.yaml"), "w") as file:
        file.write(TEMPLATE)
    with open(os.path.join(chart, "templates", "_helpers.tpl"), "w") as file:
        file.write(HELPERS)
    findings = check(chart, "--to", "1.25")
    expect("literal lines", lines(findings, "api-removed"), [(2, "Ingress"), (19, "CronJob"), (25, "Role")])
    role = next(f for f in findings if f["subject"]["kind"] == "Role")
    expect("a computed line", role.get("hint"),
           "computed by web.roleVersion; rendered value rbac.authorization.k8s.io/v1beta1")
    loop = next(f for f in findings if f["subject"]["kind"] == "CronJob")
    expect("a loop's objects", len(loop["evidence"]), 3)
    hidden = next(f for f in findings if f["subject"]["kind"] == "Ingress")
    expect("evidence of what is not rendered", [e["source"] for e in hidden["evidence"]], ["chart-template"])
    findings = check(chart, "--to", "1.25", "--set", "ingress=true")
    shown = next(f for f in findings if f["subject"]["kind"] == "Ingress")
    expect("evidence of what is rendered", [e["source"] for e in shown["evidence"]], ["helm-render"])
    shutil.rmtree(chart)


def test_example_charts():
    charts = os.path.join(TOP, "examples", "game-platform", "charts")
    findings = check(charts, "--from", "1.21", "--to", "1.25")
    # Its helper asks what the cluster serves, and the target serves networking.k8s.io/v1.
    ingresses = [f for f in findings if f["rule"] == "api-removed" and f["subject"]["kind"] == "Ingress"]
    expect("an apiVersion that the chart picks by the cluster", ingresses, [])
    for finding in findings:
        subject = finding["subject"]
        with open(subject["file"]) as file:
            line = file.read().split("\n")[subject["line"] - 1]
        if finding["rule"] == "api-removed" and "apiVersion" not in line:
            fail("%s:%d is no apiVersion line: %s" % (subject["file"], subject["line"], line))


test_own_chart()
test_example_charts()
