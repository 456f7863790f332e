#!/usr/bin/env python3
"""toban's scheduler and simulator answer as a real control plane does.

Plays the scenarios of differential/ on a Kubernetes 1.20.2 control plane of its own, and asks the simulator the same
questions of the same worlds. With --record it also writes worlds and answers to tests/data/differential, where
`make test` compares them without a control plane. Differences that are meant to be stand in docs/simulator.md.
"""
import os
import sys
import time

from differential import (affinity, compare, evict, eviction, filters, fixture, hollow, mixed, objects, orders, record,
                          scores, volumes)
from differential.server import Cluster

TOP, TMP = os.environ["TOP"], os.environ["E2E_TMP"]
DRIVER = os.path.join(os.path.dirname(os.environ["TOBAN"]), "tests", "e2e", "sched_driver")
DATA = os.path.join(TOP, "tests", "data", "differential")
# Fewer would mean that scenarios are lost on the way.
LEAST = {"pod": 250, "evict": 70, "drain": 9}


def records(cluster):
    record.namespaces(cluster.api)
    for part in (filters, affinity, volumes, scores, mixed):
        for scenario in part.all_scenarios():
            yield record.placements(cluster, scenario, TMP)
            record.clear(cluster.api)
    record.namespaces(cluster.api, (evict.FENCE,))
    cluster.api.create(objects.node("n0"))
    yield from evict.all_records(cluster.api, eviction.all_scenarios())
    cluster.api.delete("Node", None, "n0")
    yield from hollow.all_records(cluster, list(orders.all_scenarios()), TMP)


def main():
    driver, begin = compare.Driver(DRIVER, TMP), time.monotonic()
    failures, asked, names = 0, dict.fromkeys(LEAST, 0), []
    with Cluster() as cluster:
        for found in records(cluster):
            names.append(found["name"])
            if "--record" in sys.argv:
                fixture.save(found, DATA)
            for word in asked:
                asked[word] += len([step for step in found["steps"] if word in step])
            for difference in compare.differences(found["name"], found["steps"], driver):
                failures += 1
                print("FAILED:", difference, flush=True)
    print(f"{len(names)} scenarios, {asked} questions, {failures} differences, {time.monotonic() - begin:.0f} s")
    short = [word for word, least in LEAST.items() if asked[word] < least]
    if short:
        print(f"FAILED: too few questions of {short}")
    sys.exit(1 if failures or short else 0)


if __name__ == "__main__":
    main()
