"""A `toban sim` of a test's own."""
import atexit
import os
import shlex
import shutil
import signal
import ssl
import subprocess
import tempfile
import urllib.request

# The distribution's awscli speaks the older protocols; any other one serves as well.
AWS = os.environ.get("AWS", "/usr/bin/aws" if os.access("/usr/bin/aws", os.X_OK) else shutil.which("aws"))


class Pocket:
    """Runs as long as the object is open; env has what its clients need. words: further options of `toban sim`."""

    def __init__(self, folder, *words):
        self.dir = tempfile.mkdtemp(dir=folder, prefix="pocket-")
        self.log = open(os.path.join(self.dir, "log"), "w+", encoding="utf-8")
        self.process = subprocess.Popen([os.environ["TOBAN"], "sim", "--dir", self.dir, *words], text=True,
                                        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=self.log)
        atexit.register(self.process.kill)
        if not self.process.stdout.readline():
            raise RuntimeError(f"toban sim did not start: {self.said()}")
        with open(os.path.join(self.dir, "env"), encoding="utf-8") as file:
            variables = dict(shlex.split(line)[1].split("=", 1) for line in file if line.startswith("export "))
        # Discovery is cached below HOME; nothing of another cluster or account may be found there.
        self.env = {**{name: value for name, value in os.environ.items() if not name.startswith("AWS_")},
                    "AWS_EC2_METADATA_DISABLED": "true", "HOME": self.dir, **variables}
        self.kubeconfig = self.env["KUBECONFIG"]

    def get(self, path):
        """What Kubernetes answers to whom the kubeconfig is for."""
        with open(self.kubeconfig, encoding="utf-8") as file:
            said = {words[0]: words[1].strip('"') for words in map(str.split, file) if len(words) == 2}
        request = urllib.request.Request(said["server:"] + path, headers={"Authorization": "Bearer " + said["token:"]})
        with urllib.request.urlopen(request, context=ssl._create_unverified_context(), timeout=30) as answer:
            return answer.read().decode()

    def said(self):
        self.log.flush()
        self.log.seek(0)
        return self.log.read()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(30)
        self.log.close()
        if code != 0:
            raise RuntimeError(f"toban sim ended with {code}")
