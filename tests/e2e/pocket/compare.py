"""What the steps of session.sh printed, without what differs from run to run, and where two runs of it differ."""
import os
import re

# Each in turn; {nn} is the number of the session.
RULES = [(re.compile(pattern, re.M), put) for pattern, put in (
    # What a client says to itself of groups that have just gone.
    (r"^E\d{4} .*\n", ""),
    (r"\beyJ[\w-]+\.[\w-]+\.[\w-]+", "TOKEN"),
    (r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b", "UID"),
    (r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", "TIME"),
    (r"(resourceVersion\W+)\d+", r"\1VERSION"),
    (r"\b(cart|pinned)-[a-z0-9]{6,10}-[a-z0-9]{5}\b", r"\1-HASH-RANDOM"),
    (r"\b(cart|pinned)-(?!two\b)[a-z0-9]{6,10}\b", r"\1-HASH"),
    (r"\bagent-[a-z0-9]{5}\b", "agent-RANDOM"),
    (r"(pod-template-hash\W+)[a-z0-9]+", r"\1HASH"),
    (r"\b\d+\.\d+\.\d+\.\d+(:\d+)?\b", "ADDRESS"),
    (r"/\S+/(LIVE|MERGED)-\d+", r"\1"),
    (r'(?<![\w":=.+])\d+[smh](\d+[smh])?(?![\w"])', "AGE"),
    # What a rollout says on its way depends on when it is looked at.
    (r"^Waiting for .*\n", ""),
    # Line numbers of a difference, and when fields were written (kubectl 1.22 shows it).
    (r"^@@ .* @@.*\n", ""),
    (r'^[-+] +time: "TIME"\n', ""),
    (r"[ \t]+$", ""),
    (r" {2,}", "  "),
)]


# Bounds of several resources that one container breaks: the real server goes through a map.
BROKEN = re.compile(r"(?<=is forbidden: \[)[^\]\n]+(?=\])")


def plain(text, nn):
    text = re.sub(rf"\b([Dd]ay|dy|node){nn}(s?)\b", r"\1\2", text)
    for pattern, put in RULES:
        text = pattern.sub(put, text)
    return BROKEN.sub(lambda m: ", ".join(sorted(re.split(r", (?!but )", m.group()))), text)


def results(folder, nn):
    """step -> (code, out, err), in order."""
    found = {}
    for name in sorted(os.listdir(folder)):
        number_step, kind = os.path.splitext(name)
        if kind != ".code" or not name[:3].isdigit():
            continue
        texts = []
        for end in ".code", ".out", ".err":
            with open(os.path.join(folder, number_step + end), encoding="utf-8") as file:
                texts.append(plain(file.read(), nn))
        if "explain" in number_step:
            texts[1] = fields_only(texts[1])
        if "describe" in number_step:
            # kubectl 1.22 prints maps in no order.
            texts[1] = "\n".join(sorted(texts[1].splitlines()))
        found[number_step[4:]] = tuple(texts)
    return found


def fields_only(text):
    """Of what explain prints: the kind and the names and types of fields. Types of objects are named by newer clients only."""
    found = re.findall(r"^ *(KIND: +\w+|(?:FIELD: )?[\w$-]+[ \t]+<[^>\n]+>)", text, re.M)
    return "\n".join(re.sub(r"<((?:\[\]|map\[string\])*)[A-Z]\w*>", r"<\1Object>", re.sub(r"\s+", " ", line)) for line in found)
