"""Running toban from a test: with a store of its own, and ended in several ways."""
import glob
import json
import os
import signal
import subprocess
import time

TOBAN = os.environ["TOBAN"]
KILLER = os.path.join(os.path.dirname(TOBAN), "tests", "e2e", "kill_at_sync.so")
# Seconds: controllers that have lost their API server take their time on a busy machine, and an eviction that is cut off
# inside of it counts against its budget for two minutes.
PATIENCE = 240
DONE, STOPPED, REFUSED, PARTLY, KILLED = 0, 1, 2, 3, -signal.SIGKILL


class Run:
    """One process of toban. Its output goes to files, so that it never waits for us."""

    def __init__(self, program, *arguments, env=None):
        self.arguments = arguments
        self.base = os.path.join(program.folder, f"run-{len(program.runs)}")
        with open(self.base + ".out", "wb") as out, open(self.base + ".err", "wb") as err:
            self.process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", TOBAN, *arguments], stdout=out, stderr=err, stdin=subprocess.DEVNULL,
                env={**program.env, **(env or {})})

    @property
    def pid(self):
        return self.process.pid

    def text(self, stream):
        with open(f"{self.base}.{stream}", encoding="utf-8", errors="replace") as file:
            return file.read()

    out = property(lambda self: self.text("out"))
    err = property(lambda self: self.text("err"))

    def wait(self, seconds=PATIENCE):
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise TimeoutError(f"{self}: not over after {seconds} s") from None

    def is_over(self):
        return self.process.poll() is not None

    def kill(self):
        self.process.send_signal(signal.SIGKILL)

    def __str__(self):
        return f"toban {' '.join(self.arguments)}: {self.process.returncode}\n{self.out[-1500:]}\n{self.err[-3000:]}"


class Program:
    """folder: for the store and outputs. kubeconfig: often one that leads through a proxy."""

    def __init__(self, folder, kubeconfig):
        os.makedirs(folder, exist_ok=True)
        self.folder, self.runs = folder, []
        self.store = os.path.join(folder, "toban.db")
        self.env = {**os.environ, "KUBECONFIG": kubeconfig, "TOBAN_STORE": self.store}

    def start(self, *arguments, env=None):
        run = Run(self, *arguments, env=env)
        self.runs.append(run)
        return run

    def run(self, *arguments, ok=(0,), env=None, seconds=120):
        run = self.start(*arguments, env=env)
        code = run.wait(seconds)
        if ok is not None and code not in ok:
            raise AssertionError(f"exit {code}, expected {ok}: {run}")
        return run

    def plans(self):
        """Newest first."""
        if not glob.glob(self.store):
            return []
        found = json.loads(self.run("plan", "list", "--all", "-o", "json").out)
        return found["plans"]

    def open_plan(self):
        """The one that is not over; None: there is none."""
        found = [p for p in self.plans() if p["status"] not in ("done", "rolled-back", "aborted")]
        return found[0]["id"] if found else None

    def journal(self, plan=None):
        """Its entries, all or those of a plan."""
        return json.loads(self.run("journal", "show", "--all", *(["--plan", plan] if plan else []), "-o", "json").out)["entries"]


def wait_for(seconds, what, ready):
    deadline = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what}: not in {seconds} s")
        time.sleep(0.01)
