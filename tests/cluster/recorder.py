"""A proxy before the real API server: it numbers the calls of one worker, and does to a call what a plan says.

The worker speaks HTTP to it and sends its own token, which goes on to the API server: its rights stay its own.
"""

from __future__ import annotations

import itertools
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import urllib3

from tests.cluster.people import Person

PASSED_ON = ("authorization", "content-type", "accept", "user-agent")


@dataclass(frozen=True)
class Call:
    """One call as it came; `path` is without the query."""

    number: int
    method: str
    path: str

    @property
    def writes(self) -> bool:
        return self.method != "GET"


@dataclass(frozen=True)
class Act:
    """What is done: `kill` and `drop` "before" it is passed on or "after" it succeeded, or an answer of our own."""

    kill: str = ""
    drop: str = ""
    wait: float = 0.0
    answer: tuple[int, str, dict[str, str]] | None = None


PASS = Act()
Plan = Callable[[Call], Act]
#: What is passed on in place of what was sent.
Alteration = Callable[[Call, bytes], bytes]


@dataclass
class Recorder:
    """`victim` is the worker's process, set when it has begun; its first call waits for that.

    `unheard` are the answers that it did not live to hear.
    """

    admin: Person
    plan: Plan = field(default=lambda call: PASS)
    alter: Alteration = field(default=lambda call, body: body)
    calls: list[Call] = field(default_factory=list)
    unheard: list[bytes] = field(default_factory=list)
    victim: int | None = None
    with_forks: bool = False
    begun: threading.Event = field(default_factory=threading.Event)
    port: int = 0
    listening: bool = False
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def has_victim(self, pid: int | None, *, with_forks: bool = False) -> None:
        """With all that it forked, where it leads a group of its own."""
        self.victim, self.with_forks = pid, with_forks
        self.begun.set()

    def note(self, method: str, path: str) -> Call:
        with self._lock:
            call = Call(next(self._numbers), method, urlsplit(path).path)
            self.calls.append(call)
            return call

    def kill(self) -> None:
        assert self.begun.wait(20) and self.victim is not None
        (os.killpg if self.with_forks else os.kill)(self.victim, signal.SIGKILL)

    @contextmanager
    def open(self) -> Iterator[Recorder]:
        """Listen on loopback for as long as the block runs."""
        recorder = self

        class Handler(_Handler):
            owner = recorder

        server = ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        server.daemon_threads = True
        self.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        self.listening = True
        try:
            yield self
        finally:
            self.listening = False
            server.shutdown()
            server.server_close()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    owner: Recorder
    protocol_version = "HTTP/1.1"
    # Headers and body are two packets: the second would wait for the first to be acknowledged.
    disable_nagle_algorithm = True

    def log_message(self, format: str, *arguments: object) -> None:
        """Calls are in `Recorder.calls`."""

    def do(self) -> None:
        length = int(self.headers.get("content-length") or 0)
        body = self.rfile.read(length) if length else None
        if not self.owner.listening:
            return self._end()  # a connection from before
        call = self.owner.note(self.command, self.path)
        act = self.owner.plan(call)
        if act.kill == "before":
            return self._end(self.owner.kill)
        if act.drop == "before":
            return self._end()
        if act.answer is not None:
            status, text, headers = act.answer
            return self._reply(status, text.encode(), headers)
        answer = self._pass_on(body and self.owner.alter(call, body))
        if act.kill == "after":
            self.owner.unheard.append(answer.data)
            return self._end(self.owner.kill)
        if act.drop == "after":
            return self._end()
        time.sleep(act.wait)
        return self._reply(answer.status, answer.data, {})

    do_GET = do_POST = do_PATCH = do_DELETE = do

    def _pass_on(self, body: bytes | None) -> urllib3.BaseHTTPResponse:
        headers = {key: value for key, value in self.headers.items() if key.lower() in PASSED_ON}
        url = f"{self.owner.admin.configuration.host}{self.path}"
        return self.owner.admin.trusting.request(self.command, url, headers=headers, body=body, retries=False)

    def _reply(self, status: int, data: bytes, headers: dict[str, str]) -> None:
        try:
            self.send_response(status)
            for key, value in {"content-type": "application/json", "content-length": str(len(data)), **headers}.items():
                self.send_header(key, value)
            self.end_headers()
            self.wfile.write(data)
        except OSError:
            self.close_connection = True  # the worker did not wait for it

    def _end(self, first: Callable[[], None] | None = None) -> None:
        """Close without a word."""
        if first:
            first()
        self.close_connection = True
