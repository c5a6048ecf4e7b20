"""Proxies of the examiner between two of the learner's services: they count, delay, fail and falsify."""

import asyncio
import json
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import h11

from labs.exams.http import MAX_BODY_BYTES, HttpClient, HttpFailed
from labs.exams.traffic import parsed

_HOP_BY_HOP = {b"connection", b"keep-alive", b"transfer-encoding", b"content-length", b"host", b"upgrade", b"expect"}


@dataclass(frozen=True)
class Fault:
    """What a proxy does to every request: waits, refuses, or rewrites the answer's JSON."""

    delay_seconds: float = 0
    status: int | None = None
    rewrite: Callable[[Any, Any], Any] | None = None


HEALTHY = Fault()


@dataclass
class Call:
    """One request that went through; `answer` is what was passed on, after any rewriting."""

    at: float
    request: Any
    status: int = 0
    seconds: float = 0
    answer: Any = None


@dataclass
class Proxy:
    """Listens on a port of its own and passes everything on to `upstream`, as its fault allows.

    Services know it as `called`; where `upstream` is may be known later than that.
    """

    name: str
    upstream: Callable[[], str]
    client: HttpClient
    listen: str = "127.0.0.1"
    called: str = "127.0.0.1"
    counted_path: str = "/predict"
    on_answer: Callable[[Call], None] = lambda call: None
    fault: Fault = HEALTHY
    calls: list[Call] = field(default_factory=list)
    url: str = ""

    async def __aenter__(self) -> "Proxy":
        self._connections: set[asyncio.Task[None]] = set()
        self._server = await asyncio.start_server(self._accept, self.listen, 0)
        self.url = f"http://{self.called}:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for task in self._connections:
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task:
            self._connections.add(task)
            task.add_done_callback(self._connections.discard)
        with suppress(ConnectionError, h11.RemoteProtocolError, TimeoutError, asyncio.CancelledError):
            await self._converse(reader, writer)
        writer.close()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = h11.Connection(h11.SERVER, max_incomplete_event_size=64 * 1024)
        while True:
            request, body = await _next_request(connection, reader, writer)
            if request is None:
                return
            status, headers, answer = await self._handle(request, body)
            writer.write(connection.send(h11.Response(status_code=status, headers=headers)) or b"")
            writer.write(connection.send(h11.Data(data=answer)) or b"")
            writer.write(connection.send(h11.EndOfMessage()) or b"")
            await writer.drain()
            try:
                connection.start_next_cycle()
            except h11.LocalProtocolError:  # the other side wants no more requests on this connection
                return

    async def _handle(self, request: h11.Request, body: bytes) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
        fault = self.fault  # as it was when the request came
        counted = request.target.decode("ascii", "replace").split("?")[0] == self.counted_path
        call = Call(at=time.monotonic(), request=parsed(body))
        if counted:
            self.calls.append(call)
        if fault.delay_seconds:
            await asyncio.sleep(fault.delay_seconds)
        if fault.status is not None:
            status, kind, answer = fault.status, b"application/json", b'{"detail": "the model is failing"}'
        else:
            status, kind, answer = await self._forward(request, body)
        call.status, call.answer = status, parsed(answer)
        if counted and 200 <= status < 300:
            if fault.rewrite:
                call.answer = fault.rewrite(call.request, call.answer)
                answer = json.dumps(call.answer).encode()
            self.on_answer(call)
        call.seconds = time.monotonic() - call.at
        headers = [(b"content-type", kind), (b"content-length", str(len(answer)).encode())]
        return status, headers, answer

    async def _forward(self, request: h11.Request, body: bytes) -> tuple[int, bytes, bytes]:
        headers = [(name, value) for name, value in request.headers if name not in _HOP_BY_HOP]
        try:
            url = self.upstream() + request.target.decode("ascii", "replace")
        except KeyError:
            return 502, b"application/json", json.dumps({"detail": f"{self.name} was not started yet"}).encode()
        try:
            answer = await self.client.request(request.method.decode(), url, headers=headers, body=body)
        except HttpFailed as error:
            return 502, b"application/json", json.dumps({"detail": f"{self.name} did not answer: {error}"}).encode()
        return answer.status, answer.content_type or b"application/octet-stream", answer.body


async def _next_request(
    connection: h11.Connection, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> tuple[h11.Request | None, bytes]:
    request: h11.Request | None = None
    body = bytearray()
    while True:
        event = connection.next_event()
        if event is h11.NEED_DATA:
            if connection.they_are_waiting_for_100_continue:
                go_on = h11.InformationalResponse(status_code=100, headers=[], reason=b"Continue")
                writer.write(connection.send(go_on) or b"")
            connection.receive_data(await reader.read(65536))
        elif isinstance(event, h11.Request):
            request = event
        elif isinstance(event, h11.Data):
            body += event.data
            if len(body) > MAX_BODY_BYTES:
                return None, b""
        elif isinstance(event, h11.EndOfMessage):
            return request, bytes(body)
        else:
            return None, b""
