"""A real control plane for measurements (tests/e2e/cluster), and a fast way to fill it."""
import concurrent.futures
import http.client
import json
import os
import signal
import ssl
import subprocess
import sys

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
WRITERS = 8


def is_built():
    return subprocess.run([os.path.join(TOP, "scripts/kube-assets"), "--check"], capture_output=True,
                          check=False).returncode == 0


def start(*arguments):
    """The environment of a running cluster, and the process that holds it."""
    process = subprocess.Popen([os.path.join(TOP, "tests/e2e/cluster"), *arguments], stdout=subprocess.PIPE, text=True,
                               stderr=subprocess.PIPE, start_new_session=True)
    line = process.stdout.readline().strip()
    if not line.startswith(". "):
        sys.exit("bench: the control plane did not start: " + process.stderr.read())
    exported = subprocess.run(["bash", "-c", line + " && env -0"], capture_output=True, text=True, check=True).stdout
    return dict(pair.split("=", 1) for pair in exported.split("\0") if "=" in pair), process


def stop(process):
    os.killpg(process.pid, signal.SIGTERM)
    process.wait()


def connect(env):
    context = ssl.create_default_context(cafile=env["E2E_PKI"] + "/ca.crt")
    context.load_cert_chain(env["E2E_PKI"] + "/admin.crt", env["E2E_PKI"] + "/admin.key")
    return http.client.HTTPSConnection(env["E2E_SERVER"].split("//")[1], context=context)


def post_all(env, items):
    """Creates every (path, object), over several connections."""
    def post(part):
        connection = connect(env)
        for path, body in part:
            connection.request("POST", path, json.dumps(body), {"Content-Type": "application/json", "User-Agent": "filler/1"})
            answer = connection.getresponse()
            if answer.status not in (201, 409):
                raise RuntimeError("%s: %d %s" % (path, answer.status, answer.read().decode()))
            answer.read()

    with concurrent.futures.ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(post, [items[n::WRITERS] for n in range(WRITERS)]))


def in_child(work):
    """Runs work in a process of its own: a measured program starts as a copy of this one, and the
    kernel counts our memory as its peak, so ours has to stay small."""
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            work()
            status = 0
        finally:
            os._exit(status)
    if os.waitpid(pid, 0)[1]:
        sys.exit("bench: the cluster could not be filled")
