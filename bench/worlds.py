"""Made-up clusters as dumps of kubectl and as snapshots, kept in a folder."""
import os
import shutil
import subprocess

import measure

HERE = os.path.dirname(os.path.abspath(__file__))
FILES = ["nodes.json", "pods.json", "workloads.json", "policy.json", "storage.json"]
PODS_OF_NODE = 30
NODES_OF_WORKLOAD = 5 / 3
NODES_OF_GROUP = 450


def groups(nodes):
    """Names of the node groups of a cluster."""
    return ["blue-%d" % (group + 1) for group in range((nodes - 1) // NODES_OF_GROUP + 1)]


def dump(folder, nodes, *options):
    """The folder with the dumps of a cluster."""
    path = os.path.join(folder, "-".join(["dump", str(nodes), *options]).replace("--", ""))
    if not os.path.isdir(path):
        subprocess.run([os.path.join(HERE, "gen-world"), "--nodes", str(nodes), "--pods", str(nodes * PODS_OF_NODE),
                        "--workloads", str(round(nodes / NODES_OF_WORKLOAD)), "--pdbs", str(nodes // 10),
                        *options, "-o", path + ".part"], check=True, stdout=subprocess.DEVNULL)
        os.rename(path + ".part", path)
    return path


def on_one_core():
    return ["taskset", "-c", str(max(os.sched_getaffinity(0)))]


def snapshot(toban, source, names, output):
    return measure.run([*on_one_core(), toban, "snapshot", "--from-json", *[os.path.join(source, n) for n in names],
                        "-o", output])


def world(toban, folder, nodes):
    """A snapshot of a whole cluster; its dumps are removed at once, they are large."""
    output = os.path.join(folder, "world-%d" % nodes)
    if not os.path.exists(output):
        source = dump(folder, nodes, "--compact")
        snapshot(toban, source, FILES, output)
        shutil.rmtree(source)
    return output
