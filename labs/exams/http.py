"""A small HTTP/1.1 client for the examiner: capped, impatient, follows nothing, reads no environment.

A general client costs the examiner a core at the rates of an exam, on the very machine it measures; this one
keeps connections and lets h11 judge what a learner's service sends.
"""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

import h11

TIMEOUT_SECONDS = 5.0
MAX_BODY_BYTES = 64 * 1024
_MAX_HEAD_BYTES = 32 * 1024
_IDLE_SECONDS = 1.0  # servers close idle connections after some seconds; a request must not meet that moment

Headers = Sequence[tuple[bytes, bytes]]


class HttpFailed(Exception):
    """No complete answer came; the message says why."""


@dataclass(frozen=True)
class Answer:
    """A complete answer."""

    status: int
    content_type: bytes
    body: bytes


class _Connection:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        self.state = h11.Connection(h11.CLIENT, max_incomplete_event_size=_MAX_HEAD_BYTES)
        self.idle_since = time.monotonic()

    async def exchange(self, request: h11.Request, body: bytes, *, limit: int) -> Answer:
        data = self.state.send(request) or b""
        data += (self.state.send(h11.Data(data=body)) or b"") if body else b""
        self.writer.write(data + (self.state.send(h11.EndOfMessage()) or b""))
        response: h11.Response | None = None
        content = bytearray()
        while True:
            event = self.state.next_event()
            if event is h11.NEED_DATA:
                self.state.receive_data(await self.reader.read(65536))
            elif isinstance(event, h11.Response):
                response = event
            elif isinstance(event, h11.Data):
                content += event.data
                if len(content) > limit:
                    raise HttpFailed(f"the answer is larger than {limit:,} bytes")
            elif isinstance(event, h11.EndOfMessage) and response:
                return Answer(response.status_code, dict(response.headers).get(b"content-type", b""), bytes(content))
            elif isinstance(event, h11.ConnectionClosed):
                raise HttpFailed("the connection was closed before the answer was complete")

    @property
    def is_reusable(self) -> bool:
        """Not when more came than was asked for: it would be taken for the next answer, before its question."""
        is_over = (self.state.our_state, self.state.their_state) == (h11.DONE, h11.DONE)
        return is_over and not self.state.trailing_data[0]

    @property
    def is_fresh(self) -> bool:
        """Likewise when something came afterwards, be it the end."""
        return time.monotonic() - self.idle_since < _IDLE_SECONDS and not self._has_more()

    def _has_more(self) -> bool:
        looking = self.reader.read(1)
        try:
            looking.send(None)  # it would wait now
        except StopIteration:
            return True
        looking.close()
        return False


class HttpClient:
    """Keeps connections to services on this machine."""

    def __init__(self) -> None:
        self._idle: dict[tuple[str, int], list[_Connection]] = {}

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Headers = (),
        body: bytes = b"",
        timeout: float = TIMEOUT_SECONDS,
        limit: int = MAX_BODY_BYTES,
    ) -> Answer:
        """One request; HttpFailed when no complete answer comes in time."""
        try:
            async with asyncio.timeout(timeout):
                return await self._request(method, url, headers=headers, body=body, limit=limit)
        except TimeoutError as error:
            raise HttpFailed(f"no answer within {timeout:g} s") from error
        except OSError as error:
            raise HttpFailed(error.strerror or type(error).__name__) from error
        except (h11.ProtocolError, ValueError) as error:
            raise HttpFailed(f"this is not HTTP/1.1: {error}") from error

    async def _request(self, method: str, url: str, *, headers: Headers, body: bytes, limit: int) -> Answer:
        parts = urlsplit(url)
        place = (parts.hostname or "", parts.port or 80)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        own = [(b"host", parts.netloc.encode()), (b"content-length", str(len(body)).encode())]
        request = h11.Request(method=method, target=target, headers=[*own, *headers])
        connection = await self._connection(place)
        is_kept = False
        try:
            answer = await connection.exchange(request, body, limit=limit)
            is_kept = connection.is_reusable
        finally:
            if is_kept:
                connection.state.start_next_cycle()
                connection.idle_since = time.monotonic()
                self._idle.setdefault(place, []).append(connection)
            else:
                connection.writer.close()
        return answer

    async def _connection(self, place: tuple[str, int]) -> _Connection:
        idle = self._idle.get(place, [])
        while idle:
            connection = idle.pop()
            if connection.is_fresh:
                return connection
            connection.writer.close()
        return _Connection(*await asyncio.open_connection(*place))

    async def __aenter__(self) -> "HttpClient":
        return self

    async def __aexit__(self, *_: object) -> None:
        for connections in self._idle.values():
            for connection in connections:
                connection.writer.close()
        self._idle.clear()
