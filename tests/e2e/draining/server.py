"""A control plane of its own for a test about draining, with nodes."""
import os
import subprocess

from differential.api import until
from differential.server import Cluster


class ControlPlane(Cluster):
    """With an audit log; tests may end its API server and start it again."""

    def __init__(self, *options):
        super().__init__("--audit", *options)
        self.again = None

    def __exit__(self, *_):
        if self.again:
            self.again.kill()
            self.again.wait()
        super().__exit__()

    def api_server(self):
        """Its process id."""
        if self.again:
            return self.again.pid
        with open(f"/proc/{self.shell.pid}/task/{self.shell.pid}/children", encoding="ascii") as file:
            return next(pid for pid in map(int, file.read().split()) if words(pid)[0].endswith("/kube-apiserver"))

    def kill_api_server(self):
        """Returns the command that starts it again."""
        pid, command = self.api_server(), words(self.api_server())
        os.kill(pid, 9)
        if self.again:
            self.again.wait()
        until(10, "the end of the API server", lambda: not os.path.exists(f"/proc/{pid}") or not words(pid)[0])
        return command

    def start_api_server(self, command):
        with open(os.path.join(self.folder, "log", "kube-apiserver.log"), "ab") as log:
            self.again = subprocess.Popen(["setpriv", "--pdeathsig", "KILL", *command], stdout=log, stderr=log,
                                          stdin=subprocess.DEVNULL)
        until(60, "the API server", self.is_up)

    def is_up(self):
        try:
            return self.api.call("GET", "/readyz?verbose=")[0] == 200
        except ValueError:
            return True
        except OSError:
            return False

    def audit(self):
        return os.path.join(self.folder, "log", "audit.json")


def words(pid):
    with open(f"/proc/{pid}/cmdline", encoding="utf-8") as file:
        return file.read().split("\0")[:-1] or [""]
