"""As much of HTTP/1.1 as the proxy needs: messages are read whole or piece by piece, and written again."""
import json
import re
import urllib.parse

HEAD_MAX = 1 << 20
DRY = re.compile(rb'"dryRun"\s*:\s*\[\s*"All"')


class Closed(Exception):
    """The other side is gone, or does not speak HTTP."""


def read_head(file):
    """First line and headers; None at the end of the connection."""
    lines, size = [], 0
    while True:
        line = file.readline(HEAD_MAX)
        if not line and not lines:
            return None
        size += len(line)
        if not line.endswith(b"\n") or size > HEAD_MAX:
            raise Closed("no head of a message")
        if line in (b"\r\n", b"\n"):
            break
        lines.append(line.rstrip(b"\r\n").decode("latin-1"))
    headers = [tuple(part.strip() for part in line.split(":", 1)) for line in lines[1:]]
    return lines[0], headers


def header(headers, name):
    return next((value for key, value in headers if key.lower() == name), None)


def head_bytes(first, headers):
    lines = [first, *(f"{key}: {value}" for key, value in headers)]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def is_chunked(headers):
    return (header(headers, "transfer-encoding") or "").lower() == "chunked"


def chunks(file):
    while True:
        size = int(file.readline(64).split(b";")[0] or b"x", 16)
        data = file.read(size)
        if len(data) < size:
            raise Closed("a chunk is cut off")
        file.readline(64)
        if size == 0:
            return
        yield data


def pieces(file, headers, until_end=False):
    """The body as it comes in."""
    if is_chunked(headers):
        yield from chunks(file)
        return
    left = header(headers, "content-length")
    left = int(left) if left is not None else None if until_end else 0
    while left is None or left > 0:
        data = file.read1(65536 if left is None else min(65536, left))
        if not data:
            if left is None:
                return
            raise Closed("a body is cut off")
        left = None if left is None else left - len(data)
        yield data


def chunk(data):
    return b"%x\r\n%s\r\n" % (len(data), data)


class Request:
    def __init__(self, first, headers, body):
        self.method, self.target, _ = first.split(" ", 2)
        self.headers, self.body = headers, body
        url = urllib.parse.urlsplit(self.target)
        self.path, self.query = url.path, url.query
        self.is_watch = "watch=1" in self.query or "watch=true" in self.query
        self.is_dry = "dryRun=" in self.query or bool(DRY.search(body))
        self.is_eviction = self.method == "POST" and self.path.endswith("/eviction")
        self.pod = self.uid = None
        if match := re.search(r"/namespaces/([^/]+)/pods/([^/]+)", self.path):
            self.pod = "/".join(match.groups())
        if self.method in ("POST", "DELETE") and self.pod:
            self.uid = wanted_uid(body)
        match = re.fullmatch(r"/api/v1/nodes/([^/]+)", self.path)
        self.node = match.group(1) if match else None

    @property
    def changes(self):
        """It changes something in the cluster that a drain is about."""
        return self.method not in ("GET", "HEAD", "OPTIONS") and not self.is_dry and bool(self.pod or self.node)

    def bytes(self):
        return head_bytes(f"{self.method} {self.target} HTTP/1.1", self.headers) + self.body


def wanted_uid(body):
    """The uid in the preconditions of an eviction or a deletion."""
    try:
        found = json.loads(body or b"{}")
    except ValueError:
        return None
    options = found.get("deleteOptions", found)
    return options.get("preconditions", {}).get("uid")
