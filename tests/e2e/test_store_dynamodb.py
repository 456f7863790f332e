#!/usr/bin/env python3
"""The store on DynamoDB: the tests of the store, of its leases, of eight writers that are killed, and of plans killed
at every write, unchanged, on dynalite, on moto and on toban sim; then on a dynalite that throttles, loses answers and
fails, and on a toban sim that throttles.

dynalite and moto stand behind dynamodb/front.js, which says what each of them lacks; toban sim is asked as it is."""
import concurrent.futures
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

from pocket.sim import Pocket

TOP = os.environ["TOP"]
BUILD = os.path.dirname(os.environ["TOBAN"])
FRONT = os.path.join(TOP, "tests", "e2e", "dynamodb", "front.js")
TESTS = os.path.join(BUILD, "tests", "unit")
KEYS = {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "not-a-secret"}
ALL = ["store", "store_lease", "store_crash", "plan_torture"]
running = []
# moto 5.1 takes the base64 text of a binary value for its size; DynamoDB counts its bytes.
MOTO_DIFFERS = ("what_does_not_fit_is_refused", "Item size to update has exceeded the maximum allowed size")


def fail(message):
    sys.exit("test_store_dynamodb: " + message)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def until_answers(port, program):
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if program.poll() is not None:
            fail("a server ended: exit code %d" % program.returncode)
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.1)
    fail("a server did not start")


def assets(name):
    """The script's path; what it installs goes to the user's own cache, not to that of this test."""
    script = os.path.join(TOP, "scripts", name)
    environment = {k: v for k, v in os.environ.items() if k != "XDG_CACHE_HOME"}
    subprocess.run([script], env=environment, check=True)
    return script, environment


def serve(name):
    script, environment = assets(name)
    port = free_port()
    log = open(os.path.join(os.environ["E2E_TMP"], name + ".log"), "w")
    running.append(subprocess.Popen([script, "--serve", str(port)], env=environment, stdout=log, stderr=log))
    until_answers(port, running[-1])
    return port


def front(backend, *options):
    command = ["node", FRONT, "--backend", "http://127.0.0.1:%d" % backend, *options]
    running.append(subprocess.Popen(command, stdout=subprocess.PIPE, text=True))
    return int(running[-1].stdout.readline())


def is_known(output, known):
    """The one test that failed is the one that is known to, for the known reason."""
    failed = set(re.findall(r"\[  FAILED  \] ([a-z]\w+)", output))
    return known is not None and failed == {known[0]} and known[1] in output


def run(what, port, names, known=None, **more):
    where = "dynamodb://toban-test?region=us-east-1&endpoint-url=http://127.0.0.1:%d" % port
    environment = dict(os.environ, TOBAN_TEST_STORE=where, **KEYS, **more)
    for name in names:
        began = time.monotonic()
        # A group of its own: what a failed test leaves behind ends with it.
        test = subprocess.Popen([os.path.join(TESTS, "unit-" + name)], env=environment, stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT, text=True, start_new_session=True)
        try:
            output = test.communicate(timeout=600)[0]
        except subprocess.TimeoutExpired:
            output = "no end after 600 s"
        try:
            os.killpg(test.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        if test.wait() != 0 and not is_known(output, known):
            print(output)
            fail("%s on %s failed" % (name, what))
        print("%s on %s: %.0f s" % (name, what, time.monotonic() - began), flush=True)


def toban(where, *arguments):
    environment = dict(os.environ, AWS_REGION="us-east-1", **KEYS)
    return subprocess.run([os.environ["TOBAN"], *arguments, "--store", where], env=environment, capture_output=True,
                          text=True)


def must_say(run_result, code, *texts):
    for text in texts:
        if text not in run_result.stderr or run_result.returncode != code:
            fail("expected exit code %d and '%s', got %d and: %s" % (code, text, run_result.returncode,
                                                                     run_result.stderr))


def ask(port, action, **body):
    """HTTP status and body of one request without a client."""
    request = urllib.request.Request("http://127.0.0.1:%d/" % port, json.dumps(body).encode(), {
        "X-Amz-Target": "DynamoDB_20120810." + action, "Content-Type": "application/x-amz-json-1.0",
        "X-Amz-Date": time.strftime("%Y%m%dT%H%M%SZ", time.gmtime()),
        "Authorization": time.strftime("AWS4-HMAC-SHA256 Credential=x/%Y%m%d/us-east-1/dynamodb/aws4_request, "
                                       "SignedHeaders=host, Signature=0", time.gmtime())})
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def misuse(port):
    """What is told of a table that is not there, or is another program's, and of nobody there."""
    at = "?endpoint-url=http://127.0.0.1:%d" % port
    must_say(toban("dynamodb://no-table" + at, "journal", "verify"), 1, "there is no table 'no-table' in us-east-1",
             "aws dynamodb create-table --region us-east-1 --table-name no-table")
    ask(port, "CreateTable", TableName="other", BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}])
    must_say(toban("dynamodb://other" + at, "journal", "verify"), 1, "not a toban store")
    must_say(toban("dynamodb://nobody?endpoint-url=http://127.0.0.1:%d" % free_port(), "journal", "verify"), 1,
             "nothing listens there")


def pocket_port(pocket):
    return int(pocket.env["AWS_ENDPOINT_URL"].rsplit(":", 1)[1])


def on_pocket():
    """Without anything in between. An hour of the cluster in 3.6 s, so that tables are ready at once."""
    with Pocket(os.environ["E2E_TMP"], "--speed", "1000") as pocket:
        misuse(pocket_port(pocket))
        run("toban sim", pocket_port(pocket), ALL)
    with Pocket(os.environ["E2E_TMP"], "--speed", "1000", "--fault", "throttle=0.02") as pocket:
        answers = [ask(pocket_port(pocket), "ListTables") for _ in range(300)]
        throttled = [a for a in answers if a[0] == 400 and "ThrottlingException" in a[1]]
        if not 1 <= len(throttled) <= 60:
            fail("%d of 300 requests were throttled" % len(throttled))
        run("a toban sim that throttles", pocket_port(pocket), ["store", "store_crash"], TOBAN_TEST_WRITES="200")


def main():
    # Most of the time each of them waits for its own processes.
    with concurrent.futures.ThreadPoolExecutor() as beside:
        pocket = beside.submit(on_pocket)
        on_others()
        pocket.result()


def on_others():
    dynalite = serve("dynalite-assets")
    plain = front(dynalite, "--transactions")
    misuse(plain)
    run("dynalite", plain, ALL)
    faulty = front(dynalite, "--transactions", "--faults", "20261123")
    run("a dynalite with faults", faulty, ["store", "store_crash"], TOBAN_TEST_WRITES="200")
    counts = json.load(urllib.request.urlopen("http://127.0.0.1:%d/counts" % faulty))
    print("faults: %s" % counts)
    for name in ("lost", "unsure", "failed", "throttled", "conflict", "repeated"):
        if not counts.get(name):
            fail("no request was '%s'" % name)
    # What a transaction costs on moto grows with the table, so that its writers stop earlier.
    run("moto", front(serve("moto-assets")), ["store", "store_lease", "store_crash"], MOTO_DIFFERS,
        TOBAN_TEST_WRITES="150")


try:
    main()
finally:
    for program in running:
        program.kill()
