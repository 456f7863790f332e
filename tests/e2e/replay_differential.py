#!/usr/bin/env python3
"""Compares toban with the recorded answers of a real control plane: replay_differential.py DRIVER FOLDER [NAME…]

Needs no control plane; test_sched_differential.py --record writes the records.
"""
import concurrent.futures
import os
import sys
import tempfile

from differential import compare, fixture


def replay(program, path):
    with tempfile.TemporaryDirectory() as folder:
        driver, record = compare.Driver(program, folder), fixture.load(path)
        return len(record["steps"]), compare.differences(record["name"], fixture.unpacked(record), driver)


def main():
    program, folder, *names = sys.argv[1:]
    paths = sorted(os.path.join(folder, f) for f in os.listdir(folder) if not names or f.removesuffix(".json") in names)
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        results = list(pool.map(lambda p: replay(program, p), paths))
    differences = [d for _, found in results for d in found]
    print(*differences, sep="\n")
    print(f"{len(paths)} scenarios, {sum(n for n, _ in results)} questions, {len(differences)} differences")
    sys.exit(1 if differences or not paths else 0)


if __name__ == "__main__":
    main()
