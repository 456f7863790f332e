"""A pocket EKS (toban sim) of its own, for measurements."""
import http.client
import os
import re
import shlex
import ssl
import subprocess
import sys
import time


class Pocket:
    """Serves from the moment it is made; `seconds` is how long that took."""

    def __init__(self, toban, folder, *words):
        start = time.perf_counter()
        self.log = open(os.path.join(folder, "log"), "w+", encoding="utf-8")
        self.process = subprocess.Popen([toban, "sim", "--dir", folder, *words], stdout=subprocess.PIPE,
                                        stderr=self.log, text=True)
        first = self.process.stdout.readline()
        self.seconds = time.perf_counter() - start
        if not first.startswith("export "):
            self.log.seek(0)
            sys.exit("bench: toban sim did not start: " + self.log.read())
        self.kubeconfig = os.path.join(folder, "kubeconfig")
        with open(os.path.join(folder, "env"), encoding="utf-8") as file:
            exported = re.findall(r"^export (\w+=.*)$", file.read(), re.M)
        self.env = dict(os.environ)
        for line in exported:
            name, _, value = shlex.split(line)[0].partition("=")
            self.env[name] = value
        with open(self.kubeconfig, encoding="utf-8") as file:
            text = file.read()
        self.server = re.search(r"server: \"?https://([^\s\"]+)", text).group(1)
        self.token = re.search(r"token: \"?([^\s\"]+)", text).group(1)

    def connect(self):
        context = ssl._create_unverified_context()  # what is measured is behind it
        return http.client.HTTPSConnection(self.server, timeout=120, context=context)

    def ask(self, connection, method, path, body=None, kind="application/json"):
        connection.request(method, path, body, {"Authorization": "Bearer " + self.token, "Content-Type": kind})
        return connection.getresponse()

    def megabytes(self):
        """Largest resident set so far."""
        with open("/proc/%d/status" % self.process.pid, encoding="ascii") as file:
            return int(re.search(r"VmHWM:\s+(\d+)", file.read()).group(1)) / 1024

    def cpu(self):
        """Seconds of CPU so far."""
        with open("/proc/%d/stat" % self.process.pid, encoding="ascii") as file:
            fields = file.read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def stop(self):
        self.process.terminate()
        self.process.wait()
        self.log.close()
