"""A proxy between a client and the real API server, with TLS on both sides. It breaks what its rules tell it to break
(faults.py), and writes down every request that changes something, whether the client ever hears of the answer or not.

One thread per connection of the client, with a connection of its own to the server."""
import collections
import json
import os
import re
import select
import socket
import ssl
import subprocess
import threading
import time

from draining.http1 import Closed, Request, chunk, head_bytes, header, is_chunked, pieces, read_head


class Rule:
    """Applies `fault` to requests that match: the first `skip` of them pass, then `times` are hit (None: all)."""

    def __init__(self, fault, method=None, path=None, watch=None, where=None, skip=0, times=1):
        self.fault, self.method, self.watch, self.where = fault, method, watch, where
        self.path = re.compile(path) if path else None
        self.skip, self.times, self.hits = skip, times, 0

    def takes(self, request):
        if ((self.method and request.method != self.method) or (self.path and not self.path.search(request.path)) or
                (self.watch is not None and request.is_watch != self.watch) or
                (self.where and not self.where(request)) or (self.times is not None and self.hits >= self.times)):
            return False
        if self.skip > 0:
            self.skip -= 1
            return False
        self.hits += 1
        return True


class Exchange:
    """One request on its way, in the hands of a fault."""

    def __init__(self, proxy, client, link, request):
        self.proxy, self.client, self.link, self.request = proxy, client, link, request
        self.entry = proxy.note(request)
        self.first, self.headers = None, []

    def forward(self):
        """To the server; afterwards the head of its answer is there."""
        self.entry["forwarded"] = True
        try:
            self.first, self.headers = self.link.ask(self.request)
        finally:
            self.entry["status"] = int(self.first.split(" ")[1]) if self.first else 0
            self.proxy.settled(self.entry)

    def pieces(self):
        return () if self.entry["status"] in (204, 304) or self.request.method == "HEAD" else \
            pieces(self.link.file, self.headers, until_end=True)

    def send(self, data):
        try:
            self.client.sendall(data)
        except OSError as err:
            raise Closed(str(err)) from err

    def relay(self, each=None):
        """The answer to the client; each(data) may change a piece of the body, or end it by raising Closed."""
        self.send(head_bytes(self.first, self.headers))
        frame = chunk if is_chunked(self.headers) else bytes
        for data in self.pieces():
            self.send(frame(each(data) if each else data))
        if is_chunked(self.headers):
            self.send(b"0\r\n\r\n")
        self.link.finished(self.headers)

    def whole(self):
        """The body at once."""
        body = b"".join(self.pieces())
        self.link.finished(self.headers)
        return body

    def reply(self, status, body, *headers):
        """An answer of our own."""
        self.send(head_bytes(f"HTTP/1.1 {status} Made Up", [
            ("Content-Type", "application/json"), ("Content-Length", str(len(body))), *headers]) + body)


class Link:
    """The connection to the server that belongs to one connection of a client."""

    def __init__(self, proxy):
        self.proxy, self.socket, self.file, self.fresh = proxy, None, None, False

    def ask(self, request):
        if self.socket and select.select([self.socket], [], [], 0)[0]:
            self.close()
        try:
            if not self.socket:
                self.socket = self.proxy.to_server()
                self.file = self.socket.makefile("rb")
            self.socket.sendall(request.bytes())
            head = read_head(self.file)
        except (OSError, ValueError) as err:
            self.close()
            raise Closed(f"server: {err}") from err
        if head is None:
            self.close()
            raise Closed("the server ended the connection")
        return head

    def finished(self, headers):
        if (header(headers, "connection") or "").lower() == "close":
            self.close()

    def close(self):
        if self.socket:
            self.proxy.forget(self.socket)
            self.file.close()
            self.socket.close()
        self.socket = None


class Proxy:
    """pki: folder with ca.crt, apiserver.crt and apiserver.key; log: a file that gets one JSON object per request."""

    def __init__(self, server, pki, log):
        self.server = (server.split("//")[1].split(":")[0], int(server.rsplit(":", 1)[1]))
        self.lock, self.open, self.rules = threading.Lock(), set(), []
        self.entries, self.log = [], open(log, "a", encoding="utf-8")
        self.handshakes = collections.deque()  # faults of the connections to come
        self.busy, self.quiet = set(), threading.Condition(self.lock)  # connections that may still bring a change
        self.logins, self.token = None, None   # names taken as logins, each made the real token; None: passed on
        self.outward = ssl.create_default_context(cafile=os.path.join(pki, "ca.crt"))
        self.tls = self.identity(os.path.join(pki, "apiserver.crt"), os.path.join(pki, "apiserver.key"))
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.address = "https://127.0.0.1:%d" % self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    @staticmethod
    def identity(cert, key):
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(cert, key)
        tls.set_alpn_protocols(["http/1.1"])
        return tls

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.cut_all()
        with self.lock:
            self.log.close()

    # --- what it is told ---

    def rule(self, fault, **match):
        made = Rule(fault, **match)
        with self.lock:
            self.rules.append(made)
        return made

    def clear(self):
        with self.lock:
            self.rules.clear()
            self.handshakes.clear()

    def cut_all(self):
        """Ends every connection there is, as a network does that goes away."""
        with self.lock:
            found = list(self.open)
        for one in found:
            try:
                one.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    # --- what it knows ---

    def note(self, request):
        entry = {"at": round(time.time(), 3), "method": request.method, "path": request.path, "query": request.query,
                 "login": self.login(request) if self.logins is not None else None,
                 "changes": request.changes, "dry": request.is_dry,
                 "eviction": request.is_eviction, "pod": request.pod, "uid": request.uid, "node": request.node,
                 "body": request.body.decode("utf-8", "replace") if request.changes else None,
                 "forwarded": False, "status": None, "fault": None}
        with self.lock:
            entry["n"] = len(self.entries)
            self.entries.append(entry)
        return entry

    def settled(self, entry):
        with self.lock:
            if not self.log.closed:
                self.log.write(json.dumps(entry) + "\n")
                self.log.flush()

    def changes(self, since=0):
        """Requests that would change something, in the order in which they came."""
        with self.lock:
            return [dict(entry) for entry in self.entries[since:] if entry["changes"]]

    def seen(self):
        with self.lock:
            return len(self.entries)

    def accepted_evictions(self, since=0):
        """uid -> how often the server took it."""
        return collections.Counter(entry["uid"] for entry in self.changes(since) if entry["eviction"] and
                                   entry["status"] in (200, 201))

    def unseen_evictions(self, since=0):
        """uids whose eviction reached the server while the connection ended before its answer: taken or not."""
        return {e["uid"] for e in self.changes(since) if e["eviction"] and e["forwarded"] and not e["status"]}

    def accepted_patches(self, since=0):
        """node -> the bodies that the server took, in order."""
        found = collections.defaultdict(list)
        for entry in self.changes(since):
            if entry["node"] and entry["method"] in ("PATCH", "PUT") and entry["status"] == 200:
                found[entry["node"]].append(entry["body"])
        return found

    def at_rest(self, seconds=30):
        """Waits until nothing that a killed client has sent is still on its way: each connection has ended, or is in the
        middle of an answer to a request that changes nothing."""
        with self.quiet:
            if not self.quiet.wait_for(lambda: not self.busy, seconds):
                raise TimeoutError(f"{len(self.busy)} connections are busy after {seconds} s")

    # --- connections ---

    def mark(self, serving, busy):
        with self.quiet:
            (self.busy.add if busy else self.busy.discard)(serving)
            self.quiet.notify_all()

    def keep(self, one):
        with self.lock:
            self.open.add(one)

    def forget(self, one):
        with self.lock:
            self.open.discard(one)

    def to_server(self):
        raw = socket.create_connection(self.server, timeout=10)
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        found = self.outward.wrap_socket(raw, server_hostname=self.server[0])
        found.settimeout(None)
        self.keep(found)
        return found

    def accept(self):
        while True:
            try:
                raw, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(raw,), daemon=True).start()

    def shake_hands(self, raw):
        with self.lock:
            fault = self.handshakes.popleft() if self.handshakes else None
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if fault == "cut":
            raw.recv(65536)
            raise Closed("a handshake that is cut")
        tls = fault if isinstance(fault, ssl.SSLContext) else self.tls
        return tls.wrap_socket(raw, server_side=True)

    def serve(self, raw):
        link, client = Link(self), raw
        self.mark(link, True)
        try:
            client = self.shake_hands(raw)
            self.keep(client)
            with client.makefile("rb") as file:
                while self.serve_one(client, file, link):
                    pass
        except (Closed, OSError, ValueError):
            pass
        finally:
            self.forget(client)
            link.close()
            client.close()
            self.mark(link, False)

    def serve_one(self, client, file, link):
        head = read_head(file)
        if head is None:
            return False
        first, headers = head
        if header(headers, "expect"):
            client.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        body = b"".join(pieces(file, headers))
        if is_chunked(headers):
            headers = [h for h in headers if h[0].lower() != "transfer-encoding"] + [("Content-Length", str(len(body)))]
        exchange = Exchange(self, client, link, Request(first, headers, body))
        self.mark(link, exchange.request.changes)
        self.handle(exchange)
        self.mark(link, True)
        return True

    def handle(self, exchange):
        with self.lock:
            rule = next((r for r in self.rules if r.takes(exchange.request)), None)
        welcome = self.let_in(exchange.request)
        if rule:
            exchange.entry["fault"] = rule.fault.__name__
            rule.fault(exchange)
        elif not welcome:
            exchange.reply(401, b'{"kind":"Status","apiVersion":"v1","status":"Failure","message":"Unauthorized",'
                                b'"reason":"Unauthorized","code":401}')
        else:
            exchange.forward()
            exchange.relay()

    @staticmethod
    def login(request):
        return (header(request.headers, "authorization") or "").removeprefix("Bearer ")

    def let_in(self, request):
        if self.logins is None:
            return True
        found = self.login(request)
        request.headers = [h for h in request.headers if h[0].lower() != "authorization"] + [
            ("Authorization", f"Bearer {self.token}")]
        return found in self.logins


def foreign_identity(folder):
    """A certificate for the right name that nobody trusts."""
    cert, key = os.path.join(folder, "foreign.crt"), os.path.join(folder, "foreign.key")
    if not os.path.exists(cert):
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", cert, "-days",
                        "2", "-subj", "/CN=foreign", "-addext", "subjectAltName=IP:127.0.0.1"], check=True,
                       capture_output=True)
    return Proxy.identity(cert, key)


def kubeconfig(path, server, pki, user):
    """user: the lines of the user's entry, as a dict."""
    config = {"apiVersion": "v1", "kind": "Config", "current-context": "e2e",
              "clusters": [{"name": "e2e", "cluster": {"server": server,
                                                       "certificate-authority": os.path.join(pki, "ca.crt")}}],
              "contexts": [{"name": "e2e", "context": {"cluster": "e2e", "user": "e2e"}}],
              "users": [{"name": "e2e", "user": user}]}
    with open(path, "w", encoding="utf-8", opener=lambda p, f: os.open(p, f, 0o600)) as file:
        json.dump(config, file)
    return path
