"""Nodes for a pocket that a test starts without a cluster to copy them from."""
import json
import os

from differential.objects import node


def write_nodes(folder, count, **more):
    """A file for `toban sim --world`."""
    path = os.path.join(folder, f"nodes-{count}.json")
    with open(path, "w", encoding="utf-8") as file:
        json.dump({"apiVersion": "v1", "kind": "List", "items": [node(f"node{i}", **more) for i in range(count)]}, file)
    return path
