"""What can go wrong with one request: each is a function that takes an Exchange of proxy.py."""
import json
import threading

from draining.http1 import Closed, chunk, head_bytes

GONE = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "reason": "Expired", "code": 410,
        "message": "too old resource version: 1 (2)"}
HOLD_S = 120


def status(code, reason, message, **details):
    return json.dumps({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "reason": reason,
                       "message": message, "code": code, **({"details": details} if details else {})}).encode()


def cut_before(exchange):
    """The connection ends, the server has heard nothing."""
    raise Closed("cut before")


def cut_after(exchange):
    """The server has done it, the client hears nothing."""
    exchange.forward()
    raise Closed("cut after")


def cut_head(exchange):
    """The answer ends within its headers."""
    exchange.forward()
    head = head_bytes(exchange.first, exchange.headers)
    exchange.send(head[:len(head) // 2])
    raise Closed("cut in the head")


def cut_body(after):
    """The answer ends after so many bytes of its body: a list in the middle, a watch after some events."""
    def cut_body_(exchange):
        left = [after]

        def some(data):
            if len(data) >= left[0]:
                exchange.send((chunk(data) if b"chunked" in head.lower() else data)[:left[0]])
                raise Closed("cut in the body")
            left[0] -= len(data)
            return data
        exchange.forward()
        head = head_bytes(exchange.first, exchange.headers)
        exchange.relay(some)
    return cut_body_


def half_json(exchange):
    """Right HTTP around half of a document."""
    exchange.forward()
    body = exchange.whole()
    exchange.reply(exchange.entry["status"], body[:len(body) // 2])


def half_event(exchange):
    """A watch whose only event is half of one."""
    exchange.entry["status"] = 200
    data = b'{"type":"MODIFIED","object":{"kind":"Pod","apiVersion":"v1","metadata":{"name":"x","namesp\n'
    start_watch(exchange)
    exchange.send(chunk(data) + b"0\r\n\r\n")


def delay(seconds):
    def delay_(exchange):
        threading.Event().wait(seconds)
        exchange.forward()
        exchange.relay()
    return delay_


def answer(code, reason, message, *headers, **details):
    """The server is not asked; this is what it would say."""
    def answer_(exchange):
        exchange.reply(code, status(code, reason, message, **details), *headers)
    return answer_


def busy(seconds):
    """Throttling by the server, no budget's refusal."""
    return answer(429, "TooManyRequests", "the server has received too many requests", ("Retry-After", str(seconds)))


def start_watch(exchange):
    exchange.send(head_bytes("HTTP/1.1 200 OK", [("Content-Type", "application/json"),
                                                 ("Transfer-Encoding", "chunked")]))


def gone(exchange):
    """A watch that begins, and says at once that its version is too old."""
    start_watch(exchange)
    exchange.send(chunk(json.dumps({"type": "ERROR", "object": GONE}).encode() + b"\n") + b"0\r\n\r\n")


def gone_at_once(exchange):
    """The same as an answer instead of an event."""
    exchange.reply(410, json.dumps(GONE).encode())


def slow(gap, count):
    """The first `count` bytes of the answer come one by one, `gap` seconds apart; count None: all."""
    def slow_(exchange):
        exchange.forward()
        body = exchange.whole()
        headers = [h for h in exchange.headers if h[0].lower() not in ("transfer-encoding", "content-length")]
        data = head_bytes(exchange.first, [*headers, ("Content-Length", str(len(body)))]) + body
        first = len(data) if count is None else min(count, len(data))
        for i in range(first):
            exchange.send(data[i:i + 1])
            threading.Event().wait(gap)
        exchange.send(data[first:])
    return slow_


class Hold:
    """Holds requests before the server hears of them until they are let go.

    caught: somebody is held. go: they may go on. drop: then their connection ends instead."""

    def __init__(self, drop=False):
        self.caught, self.go, self.lock = threading.Event(), threading.Event(), threading.Condition()
        self.drop, self.entry, self.held = drop, None, 0
        self.__name__ = "hold"

    def __call__(self, exchange):
        with self.lock:
            self.held += 1
            self.entry = self.entry or exchange.entry
        self.caught.set()
        try:
            self.go.wait(HOLD_S)
            if self.drop:
                raise Closed("dropped")
            exchange.forward()
            exchange.relay()
        finally:
            with self.lock:
                self.held -= 1
                self.lock.notify_all()

    def let_go(self):
        """And waits until the server has answered to all."""
        self.go.set()
        with self.lock:
            if not self.lock.wait_for(lambda: self.held == 0, HOLD_S):
                raise TimeoutError("requests that were held are not answered")


def act(what, after=False, drop=True):
    """Calls what(entry) before (or after) the server hears of the request, which is then dropped or goes on."""
    def act_(exchange):
        if after:
            exchange.forward()
        what(exchange.entry)
        if drop:
            raise Closed("dropped")
        if not after:
            exchange.forward()
        exchange.relay()
    return act_
