import csv
import json
import re
import sys
import urllib.parse
import xml.etree.ElementTree as xml

report = json.load(open("report.json"))
findings = report["findings"]

# The schema as docs/format/findings-v1.md has it: these keys are always there.
assert report["schema"] == "toban.findings/v1"
KEYS = {"fingerprint", "rule", "severity", "state", "message", "fix", "hint", "subject", "before", "component",
        "deprecated_in", "removed_in", "replacement", "evidence", "suppressed_by"}
SUBJECT = {"file", "line", "column", "cluster", "apiVersion", "kind", "namespace", "name"}
for f in findings:
    assert KEYS <= set(f), KEYS - set(f)
    assert SUBJECT <= set(f["subject"])
    assert re.fullmatch("[0-9a-f]{32}", f["fingerprint"])
    assert f["severity"] in ("removed", "deprecated", "warning", "info")
    assert f["state"] in ("open", "suppressed")
    assert (f["suppressed_by"] is not None) == (f["state"] == "suppressed")
    assert f["evidence"], f["rule"]
    for e in f["evidence"]:
        assert set(e) == {"source", "detail", "seen"}
summary = report["summary"]
open_findings = [f for f in findings if f["state"] == "open"]
assert summary["findings"] == len(findings) and summary["open"] == len(open_findings)
assert summary["suppressed"] == len(findings) - len(open_findings)
assert sum(h["removed"] for h in summary["hops"]) == summary["removed"]
assert len({f["fingerprint"] for f in findings}) == len(findings)
befores = [tuple(map(int, f["before"].split("."))) if f["before"] else (99,) for f in findings]
assert befores == sorted(befores), "ordered hop by hop"
print("json", len(findings) > 0, report["summary"]["suppressed"])

sarif = json.load(open("report.sarif"))
assert sarif["version"] == "2.1.0" and sarif["$schema"].endswith("sarif-schema-2.1.0.json")
run, = sarif["runs"]
rules = run["tool"]["driver"]["rules"]
assert len({r["id"] for r in rules}) == len(rules)
assert run["columnKind"] in ("utf16CodeUnits", "unicodeCodePoints")
for r in rules:
    assert r["shortDescription"]["text"] and r["fullDescription"]["text"] and r["help"]["text"]
    assert r["defaultConfiguration"]["level"] in ("none", "note", "warning", "error")
for result, f in zip(run["results"], findings, strict=True):
    assert rules[result["ruleIndex"]]["id"] == result["ruleId"] == f["rule"]
    assert result["level"] in ("none", "note", "warning", "error") and result["message"]["text"]
    assert result["partialFingerprints"] == {"toban/v1": f["fingerprint"]}
    location, = result["locations"]
    uri = location["physicalLocation"]["artifactLocation"]["uri"]
    assert re.fullmatch(r"[A-Za-z0-9\-._~/!$&'()*+,;=@%]+", uri), uri
    assert urllib.parse.unquote(uri) == f["subject"]["file"].removeprefix("./")
    region = location["physicalLocation"]["region"]
    assert region["startLine"] == f["subject"]["line"] >= 1 and region.get("startColumn", 1) >= 1
    if "endColumn" in region:
        assert (region["endLine"], region["endColumn"]) >= (region["startLine"], region["startColumn"])
    for s in result["suppressions"]:
        assert s["kind"] in ("inSource", "external") and s["status"] in ("accepted", "underReview", "rejected")
    assert bool(result["suppressions"]) == (f["state"] == "suppressed")
invocation, = run["invocations"]
assert invocation["executionSuccessful"] is (not report["problems"])
for n in invocation["toolExecutionNotifications"]:
    assert n["message"]["text"] and n["level"] in ("none", "note", "warning", "error")
print("sarif ok")

suites = xml.parse("report.junit").getroot()
assert suites.tag == "testsuites"
suite, = suites
cases = suite.findall("testcase")
count = {tag: len(suite.findall(f"testcase/{tag}")) for tag in ("failure", "error", "skipped")}
for name, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
    assert int(suite.get(name)) == int(suites.get(name)) == count[tag], name
assert int(suite.get("tests")) == len(cases) == len(findings) + len(report["problems"])
assert count["failure"] == summary["failing"] and count["skipped"] == summary["suppressed"]
assert all(c.get("classname") and c.get("name") for c in cases)
print("junit ok")

text = open("report.csv", newline="").read()
assert "\n" not in text.replace("\r\n", "") and text.endswith("\r\n")
rows = list(csv.DictReader(open("report.csv", newline=""), strict=True))
for row, f in zip(rows, findings, strict=True):
    assert None not in row and None not in row.values()
    assert row["fingerprint"] == f["fingerprint"] and row["line"] == str(f["subject"]["line"])
    assert not any(cell[:1] in "=+-@\t\r" for cell in row.values() if cell)
    assert row["name"].removeprefix("'") == (f["subject"]["name"] or "")
print("csv ok")

markdown = open("report.markdown").read()
for line in markdown.splitlines():
    if line.startswith("|"):
        assert len(re.findall(r"(?<!\\)\|", line)) in (3, 4, 5), line
assert "<b>" not in markdown
table = open("report.table").read()
assert "\033" not in table and max(map(len, table.splitlines())) <= 80
for f in open_findings:
    for body in (markdown, table):
        assert f["rule"] in body and f["subject"]["file"].split("/")[-1].split(";")[0] in body, f
print("markdown and table ok", len(table) > 100)
