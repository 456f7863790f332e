#!/usr/bin/env python3
"""toban check over every manifest of the Kubernetes 1.20.2 source tree: real input that nobody wrote for us.

No valid file may be called broken, and the API versions found must be exactly those that a plain YAML load and the
life-cycle table name."""
import json
import os
import shutil
import subprocess
import sys
import tempfile

import yaml

TOBAN = os.environ["TOBAN"]
SOURCE = os.environ["KUBE_SRC"]
TABLE = os.path.join(os.environ["TOP"], "data", "api-lifecycle.tsv")
TARGET = (1, 25)


def fail(message):
    sys.exit("test_addons_check: " + message)


def check(folder, *arguments):
    run = subprocess.run([TOBAN, "check", "-o", "json", *arguments, "."], cwd=folder, capture_output=True, text=True)
    return run.returncode, json.loads(run.stdout), run.stderr


def removed_versions():
    """(group/version, kind) of Kubernetes' own API versions that the target no longer serves."""
    gone = set()
    with open(TABLE, encoding="utf-8") as file:
        columns = file.readline().rstrip("\n").split("\t")
        for line in file:
            row = dict(zip(columns, line.rstrip("\n").split("\t")))
            if not row["removed"] or row["removed"].startswith("v"):
                continue
            if tuple(map(int, row["removed"].split("."))) <= TARGET:
                gone.add(("%s/%s" % (row["group"], row["version"]) if row["group"] else row["version"], row["kind"]))
    return gone


def objects_of(document):
    if not isinstance(document, dict):
        return
    kind, version = document.get("kind"), document.get("apiVersion")
    if not isinstance(kind, str) or not isinstance(version, str):
        return
    if kind.endswith("List") and isinstance(document.get("items"), list):
        for item in document["items"]:
            yield from objects_of(item)
    else:
        yield version, kind


def json_values(text):
    """All values that stand behind each other."""
    values, at = [], 0
    while text[at:].strip():
        at += len(text[at:]) - len(text[at:].lstrip())
        value, at = json.JSONDecoder().raw_decode(text, at)
        values.append(value)
    return values


def documents_of(path):
    """None when a plain load cannot read it either."""
    with open(path, encoding="utf-8") as file:
        text = file.read()
    try:
        return list(yaml.load_all(text, Loader=yaml.CSafeLoader))
    except yaml.YAMLError:
        pass
    try:
        return json_values(text)
    except ValueError:
        return None


def is_template(path):
    with open(path, encoding="utf-8") as file:
        return "{{" in file.read()


def copy_plain_files(target):
    """All files but templates; a plain load must read them. Their expected findings."""
    gone, expected, count = removed_versions(), set(), 0
    for folder, _, names in os.walk(SOURCE):
        for name in names:
            path = os.path.join(folder, name)
            relative = os.path.relpath(path, SOURCE)
            if is_template(path):
                continue
            documents = documents_of(path)
            if documents is None:
                continue
            os.makedirs(os.path.dirname(os.path.join(target, relative)), exist_ok=True)
            shutil.copyfile(path, os.path.join(target, relative))
            count += 1
            for document in documents:
                expected |= {(relative, *o) for o in objects_of(document) if o in gone}
    return count, expected


def test_whole_tree():
    code, _, talk = check(SOURCE)
    if code != 3:
        fail("expected exit code 3 for a tree with templates in it, got %d" % code)
    for line in talk.splitlines():
        if line.startswith("toban: ") and not line.startswith("toban: note: "):
            path = line.removeprefix("toban: ").split(":")[0]
            if not is_template(os.path.join(SOURCE, path)):
                fail("a valid file is called broken: " + line)


def test_plain_files(folder):
    count, expected = copy_plain_files(folder)
    if count < 1300 or len(expected) < 100:
        fail("the source tree looks cut: %d files, %d old objects" % (count, len(expected)))
    code, report, talk = check(folder, "--to", "%d.%d" % TARGET)
    found = {
        (f["subject"]["file"], f["subject"]["apiVersion"], f["subject"]["kind"])
        for f in report["findings"]
        if f["rule"] == "api-removed"
    }
    if code != 2:
        fail("expected exit code 2, got %d: %s" % (code, talk))
    if found != expected:
        fail("missed: %s; invented: %s" % (sorted(expected - found)[:5], sorted(found - expected)[:5]))


with tempfile.TemporaryDirectory(dir=os.environ.get("E2E_TMP")) as scratch:
    test_whole_tree()
    test_plain_files(scratch)
