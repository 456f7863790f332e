"""Running a program and reading what it took."""
import os
import subprocess
import sys
import tempfile
import time


class Run:
    def __init__(self, seconds, usage, printed, code):
        self.code = code
        self.seconds, self.cpu, self.printed = seconds, usage.ru_utime + usage.ru_stime, printed
        self.megabytes = usage.ru_maxrss / 1024  # at least that of the caller, of which it starts as a copy


def run(command, env=None, stdout=subprocess.DEVNULL, codes=(0, 2)):
    """Ends the measurement when the program does not end with one of the codes. What it prints is
    kept when stdout is a PIPE."""
    with tempfile.TemporaryFile() as talk:
        start = time.perf_counter()
        process = subprocess.Popen(command, stdout=stdout, stderr=talk, env=env)
        printed = b""
        if process.stdout:
            with process.stdout:
                printed = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        code = os.waitstatus_to_exitcode(status)
        if code not in codes:
            talk.seek(0)
            sys.exit("bench: %s ended with %d: %s" % (" ".join(command[:3]), code, talk.read().decode(errors="replace")))
    return Run(seconds, usage, printed, code)


def verdict(met):
    return "reached" if met else "NOT reached"
