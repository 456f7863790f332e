"""What an audit log and a watcher tell about one drain."""
import json


def audit_since(path, offset):
    with open(path, encoding="utf-8") as file:
        file.seek(offset)
        return [json.loads(line) for line in file if line.endswith("\n")]


def evictions(entries, ns, agent):
    """namespace/name of the pods whose eviction the server took, and how many it refused."""
    taken, refused = [], 0
    for entry in entries:
        ref = entry["objectRef"]
        if (ref.get("subresource") != "eviction" or ref["namespace"] != ns or agent not in entry["userAgent"] or
                entry.get("requestObject", {}).get("deleteOptions", {}).get("dryRun")):
            continue
        if entry["responseStatus"]["code"] == 201:
            taken.append(ref["name"])
        else:
            refused += 1
    return taken, refused


def cordons(entries, agent):
    """(node, when it was taken) of changes of nodes."""
    return [(e["objectRef"]["name"], e["stageTimestamp"]) for e in entries if e["objectRef"]["resource"] == "nodes" and
            not e["objectRef"].get("subresource") and agent in e["userAgent"] and e["responseStatus"]["code"] == 200]
