"""A replacement that is killed: how it is killed, and that it ends the same. What is killed, and where, is the cases' business."""
import random
import threading

from draining.program import DONE, KILLED, KILLER, PARTLY, wait_for
from replacing.yard import BLUE, GREEN, OVER, REVERSE, Yard, expect

SEED = 20261123
ROUNDS_MAX = 800


class Kills:
    """folder, words: as a Yard takes them, of all yards. Played once undisturbed to begin with."""

    def __init__(self, folder, *words):
        self.folder, self.words = folder, words
        with self.yard() as yard:
            run = yard.replace()
            expect(run.wait(300) == DONE, "nobody disturbs it", str(run))
            self.wanted, self.count = yard.place_free(yard.settled()), boundaries(run)
        groups = self.wanted["groups"]
        expect(groups[BLUE] is None and groups[GREEN]["status"] == "ACTIVE", "replaced", self.wanted)

    def yard(self):
        return Yard(self.folder, *self.words)

    def in_order(self, yard, what):
        """The same final state as without anybody who kills."""
        expect(yard.plan()["status"] == "done", what + ": the plan is done", yard.plan())
        state = yard.place_free(yard.settled())
        expect(state == self.wanted, what + ": the state in the end", difference(self.wanted, state))
        yard.check_journal(what)

    def at_every_sync(self):
        with self.yard() as yard:
            kills = kill_at_syncs(yard, lambda env: yard.go_on(env))
            expect(kills > 10, "a replacement has many syncs", kills)
            self.in_order(yard, "killed at every sync")
            return "%d kills" % kills

    def at_every_boundary(self):
        with self.yard() as yard:
            kills, nth = 0, 1
            while True:
                run = yard.go_on()
                killed = kill_at_boundary(run, nth)
                # Resumed in the middle of a step it tells once more that the step begins.
                nth = 2 if run.out.count('"kind":"step.begun"') > run.out.count('"kind":"step.done"') else 1
                if not killed or over(yard):
                    expect(killed or run.process.returncode == DONE, "done", str(run))
                    break
                kills += 1
                expect(kills < ROUNDS_MAX, "it comes to an end", str(run))
            self.in_order(yard, "killed at every boundary")
            return "%d kills" % kills

    def at_random_moments(self):
        kills = 0
        for number in range(2):
            dice = random.Random(SEED + number)
            with self.yard() as yard:
                for left in range(12, -1, -1):
                    run = yard.go_on()
                    if left:
                        timer = threading.Timer(dice.random(), run.kill)
                        timer.start()
                    code = run.wait()
                    expect(code in (DONE, KILLED), "done or killed", str(run))
                    if code == DONE or over(yard):
                        break
                    kills += 1
                self.in_order(yard, "killed at random moments, seed %d" % (SEED + number))
        return "%d kills" % kills

    def goes_back_from_boundaries(self, step=1):
        """From each, or from each so manieth."""
        gone_back = 0
        for nth in range(1, self.count, step):
            with self.yard() as yard:
                kill_at_boundary(yard.replace(), nth)
                back = yard.rollback(yard.plan()["id"])
                code = back.wait()
                if code != DONE:
                    expect(code == PARTLY and REVERSE in back.err, "too late: it says what can be done", str(back))
                    break
                as_before(yard, "back from boundary %d" % nth)
                gone_back += 1
        expect(gone_back >= 4, "most boundaries lie before the deletion", gone_back)
        return "%d boundaries" % gone_back

    def going_back(self):
        with self.yard() as yard:
            kill_at_boundary(yard.replace(), self.count // 2)
            plan = yard.plan()["id"]
            kills = kill_at_syncs(yard, lambda env: yard.rollback(plan, env))
            expect(kills > 4, "going back has some syncs", kills)
            as_before(yard, "going back is killed")
            return "%d kills" % kills


def as_before(yard, what):
    expect(yard.plan()["status"] == "rolled-back", what + ": the plan has gone back", yard.plan())
    state = yard.place_free(yard.settled())
    before = yard.place_free(yard.before)
    for one in state, before:  # pods may have moved for good
        one["pods"] = without_group(one["pods"])
    expect(state == before, what + ": the state before", difference(before, state))
    yard.program.run("journal", "verify")


def without_group(pods):
    found = {}
    for key, count in pods.items():
        key = key.removesuffix(" on " + BLUE)
        found[key] = found.get(key, 0) + count
    return found


def difference(wanted, state):
    return {k: {"wanted": wanted[k], "is": state[k]} for k in wanted if wanted[k] != state[k]}


def over(yard):
    """Killed after the last word it had to write."""
    return (yard.plan() or {"status": "none"})["status"] in OVER


def boundaries(run):
    return run.out.count('"kind":"step.begun"') + run.out.count('"kind":"step.done"')


def kill_at_syncs(yard, begin):
    """The Nth run is killed at its Nth sync, before it and after it. Returns how many were killed."""
    for number in range(ROUNDS_MAX):
        run = begin({"LD_PRELOAD": KILLER, "E2E_KILL_AT": str(1 + number // 2), "E2E_KILL_WHEN": ("before", "after")[number % 2]})
        code = run.wait()
        expect(code in (DONE, KILLED), "done or killed", str(run))
        if code == DONE or over(yard):
            return number
    raise AssertionError("not done after %d runs" % ROUNDS_MAX)


def kill_at_boundary(run, nth):
    """Killed as soon as it has told of its Nth boundary. False: it was over before."""
    wait_for(120, "boundary %d" % nth, lambda: boundaries(run) >= nth or run.is_over())
    run.kill()
    return run.wait() == KILLED
