#!/usr/bin/env python3
"""Runners of a drain are killed at every sync of the journal, before and after requests, and at random moments; the plan
is resumed until it is done. The end is that of a drain that nobody disturbed, and nothing was done twice. Then two
runners at once, one that was only asleep, and going back."""
import glob
import os
import random
import signal
import sqlite3
import threading

from draining import faults
from draining.program import DONE, KILLED, KILLER, PARTLY, STOPPED, wait_for
from draining.yard import Yard, expect, timed

TMP = os.environ["E2E_TMP"]
SEED = 20260923
ROUNDS_MAX = 60


class Killer:
    """Decides, from a seed, when each of the runs of one drain is killed. None at the end: it may finish."""

    def __init__(self, yard, seed, kills):
        self.yard, self.random, self.left = yard, random.Random(seed), kills
        self.told = []

    def next(self):
        """(environment of the run, what to do once it has started)"""
        if not self.left:
            return {}, None
        self.left -= 1
        kind = self.random.choice(("before sync", "after sync", "before request", "after request", "moment"))
        at = self.random.randint(1, 7)
        self.told.append(f"{kind} {at}")
        if kind.endswith("sync"):
            return {"LD_PRELOAD": KILLER, "E2E_KILL_AT": str(at), "E2E_KILL_WHEN": kind.split()[0]}, None
        if kind == "moment":
            return {}, lambda run: threading.Timer(self.random.random(), run.kill).start()
        return {}, lambda run: self.yard.proxy.rule(
            faults.act(lambda _: run.kill(), after=kind.startswith("after")), where=lambda r: r.changes, skip=at - 1)


def play(yard, killer, first, again):
    """Runs first(), then again(plan) until it is done. Returns how often it was killed."""
    kills = 0
    for _ in range(ROUNDS_MAX):
        env, after = killer.next()
        plan = yard.program.open_plan()
        run = again(plan, env) if plan else first(env)
        if after:
            after(run)
        code = run.wait()
        yard.proxy.clear()
        expect(code in (DONE, KILLED), f"{killer.told[-3:]}: done or killed", str(run))
        if code == DONE:
            return kills
        yard.proxy.at_rest()
        kills += 1
    raise AssertionError(f"not done after {ROUNDS_MAX} runs: {killer.told}")


def drain_and_kill(yard, seed, kills):
    yard.begin()
    killer = Killer(yard, seed, kills)
    count = play(yard, killer, lambda env: yard.drain(env=env), lambda plan, env: yard.resume(plan, env=env))
    yard.check(f"seed {seed}")
    yard.check_journal(f"seed {seed}")
    print(f"seed {seed}: killed {count} times: {', '.join(killer.told)}", flush=True)
    yard.swap()


def test_killed_again_and_again(yard):
    for number in range(2):
        drain_and_kill(yard, SEED + number, 12)


def kill_at_every_sync(yard, begin):
    """The Nth run is killed at its Nth sync, before it and after it, so that every kind of record is once the last one.
    begin(env) starts a run. Returns how many were killed."""
    for number in range(2 * ROUNDS_MAX):
        run = begin({"LD_PRELOAD": KILLER, "E2E_KILL_AT": str(1 + number // 2),
                     "E2E_KILL_WHEN": ("before", "after")[number % 2]})
        code = run.wait()
        expect(code in (DONE, KILLED), "done or killed", str(run))
        if code == DONE:
            return number
        yard.proxy.at_rest()
    raise AssertionError(f"not done after {2 * ROUNDS_MAX} runs")


def test_killed_at_every_sync(yard):
    yard.begin()

    def begin(env):
        plan = yard.program.open_plan()
        return yard.resume(plan, env=env) if plan else yard.drain(env=env)
    kills = kill_at_every_sync(yard, begin)
    expect(kills > 10, "a drain has many syncs", kills)
    yard.check("every sync")
    yard.check_journal("every sync")
    print(f"killed at {kills} syncs, then done", flush=True)
    yard.swap()


def test_rollback_is_killed(yard):
    """Going back survives as well."""
    yard.begin()
    hold = faults.Hold(drop=True)
    yard.proxy.rule(hold, method="POST", path="/eviction$", skip=3)
    run = yard.drain()
    expect(hold.caught.wait(60), "an eviction is held", str(run))
    run.kill()
    run.wait()
    hold.let_go()
    plan = yard.program.open_plan()
    kills = kill_at_every_sync(yard, lambda env: yard.program.start("plan", "rollback", plan, "--yes", env=env))
    expect(kills > 4, "going back has some syncs", kills)
    print(f"killed at {kills} syncs on the way back", flush=True)
    for node in yard.old:
        expect(not yard.node(node)["spec"].get("unschedulable"), f"{node} takes pods again")
    yard.check_marks("rollback", [])
    status = next(p["status"] for p in yard.program.plans() if p["id"] == plan)
    expect(status == "rolled-back", "the plan says so", status)
    expect(not yard.watcher.violations, "never below a budget", yard.watcher.violations)


def held_drain(yard, **match):
    """A drain whose evictions are held by the proxy, from one of them on, before the server hears of them."""
    hold = faults.Hold()
    yard.proxy.rule(hold, method="POST", path="/eviction$", **match)
    run = yard.drain()
    expect(hold.caught.wait(60), "an eviction is held", str(run))
    return run, hold, yard.program.open_plan()


def test_two_runners(yard):
    yard.begin()
    run, hold, plan = held_drain(yard, skip=2, times=None)
    for word in ("resume", "rollback", "abort"):
        other = yard.program.run("plan", word, plan, "--yes", ok=None, env=yard.second())
        expect(other.process.returncode == STOPPED, f"{word}: a second runner is refused", str(other))
        expect(f"pid {run.pid}" in other.err, f"{word}: and told who has it", str(other))
    other = yard.program.run("nodes", "drain", yard.old[0], "--yes", ok=None, env=yard.second())
    expect(other.process.returncode in (1, 2) and plan in other.err, "a second drain of the node, too", str(other))
    expect(not yard.changes_by("second"), "they have changed nothing", yard.changes_by("second"))
    hold.let_go()
    expect(run.wait() == DONE, "the first one goes on", str(run))
    yard.check("two runners")
    yard.swap()


def all_threads_sleep(pid):
    for thread in glob.glob(f"/proc/{pid}/task/*/stat"):
        with open(thread, encoding="utf-8") as file:
            if file.read().rpartition(")")[2].split()[0] != "T":
                return False
    return True


def put_to_sleep(yard, run):
    """But not in the middle of a write: nobody could write to the file then before it wakes up."""
    def sleeps():
        os.kill(run.pid, signal.SIGSTOP)
        wait_for(60, "it sleeps", lambda: all_threads_sleep(run.pid))
        store = sqlite3.connect(yard.program.store, timeout=0, isolation_level=None)
        try:
            store.execute("BEGIN IMMEDIATE")
            store.execute("ROLLBACK")
            return True
        except sqlite3.OperationalError:
            os.kill(run.pid, signal.SIGCONT)
            return False
        finally:
            store.close()
    wait_for(60, "a moment in which it does not write", sleeps)


def test_stale_runner(yard):
    """It sleeps while requests of its own are under way, loses the lease, and wakes up when another one has it."""
    yard.begin()
    stale, hold, plan = held_drain(yard, skip=2, times=1)
    put_to_sleep(yard, stale)
    sent = len(yard.changes_by("first"))
    second_hold = faults.Hold()
    yard.proxy.rule(second_hold, method="POST", path="/eviction$", times=None, skip=1)
    second = yard.resume(plan, env=yard.second())
    expect(second_hold.caught.wait(90), "the second one takes over and goes on", str(second))
    hold.let_go()
    os.kill(stale.pid, signal.SIGCONT)
    code = stale.wait(60)
    expect(code == STOPPED and "taken over by" in stale.err and f"pid {second.pid}" in stale.err,
           "the stale one ends, and says who has it", str(stale))
    expect(len(yard.changes_by("first")) == sent, "and has sent nothing more", yard.changes_by("first")[sent:])
    second_hold.let_go()
    expect(second.wait() == DONE, "the second one ends the drain", str(second))
    yard.check("stale runner", late=[hold.entry["uid"]])
    yard.swap()


def test_paused(yard):
    """Asked to pause by another process or by Ctrl-C it stops between two acts and can be resumed."""
    yard.begin()
    run, hold, plan = held_drain(yard, skip=1, times=1)
    yard.program.run("plan", "pause", plan)
    hold.let_go()
    expect(run.wait() == PARTLY and f"toban plan resume {plan}" in run.err, "paused, with the next command", str(run))
    hold = faults.Hold()
    yard.proxy.rule(hold, method="POST", path="/eviction$", skip=1)
    run = yard.resume(plan)
    expect(hold.caught.wait(60), "it goes on", str(run))
    os.kill(run.pid, signal.SIGINT)
    hold.let_go()
    expect(run.wait() == PARTLY and f"toban plan resume {plan}" in run.err, "interrupted, with the next command", str(run))
    expect(yard.resume(plan).wait() == DONE, "and goes on to the end")
    yard.check("paused")
    yard.swap()


def main():
    with Yard(TMP) as yard:
        tests = os.environ.get("E2E_ONLY", "").split()
        for test in (test_killed_again_and_again, test_killed_at_every_sync, test_two_runners, test_paused,
                     test_stale_runner, test_rollback_is_killed):
            if not tests or test.__name__ in tests:
                timed(test, yard)


main()
