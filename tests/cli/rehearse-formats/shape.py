"""The keys of a JSON report and what they hold; a list tells the keys of its first item."""
import json
import sys


def show(value, depth, name):
    kind = {dict: "object", list: "list", str: "text", bool: "yes or no", type(None): "null"}.get(type(value), "number")
    print("  " * depth + f"{name}: {kind}")
    if isinstance(value, list) and value:
        value = value[0]
    if isinstance(value, dict):
        for key, inner in value.items():
            show(inner, depth + 1, key)


report = json.load(sys.stdin)
show(report, 0, "report")
print(report["schema"], report["verdict"], report["duration_s"])
