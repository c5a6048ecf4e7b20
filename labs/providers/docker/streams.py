"""What runs in a container says, over a connection to the engine that nobody waits on without a limit.

The client's own readers wait for ever for an engine that hangs.
"""

from __future__ import annotations

import socket
import struct
import time
from collections.abc import Iterator, Sequence
from typing import Any

from labs.errors import ProviderAway
from labs.providers.docker.api import Client

OUT, ERR = 1, 2
END = (OUT, b"")
_HEADER = struct.Struct(">BxxxL")
_CHUNK = 256 * 1024
_LEAST_SECONDS = 0.001  # zero would mean not to wait at all


class Streams:
    """The engine's frames taken apart: pieces of standard output and errors."""

    def __init__(self, given: Any) -> None:
        self._given = given
        self._socket: socket.socket = getattr(given, "_sock", given)
        self._waiting = bytearray()

    def receive(self, seconds: float) -> tuple[int, bytes] | None:
        """The stream and its next piece, `END` at their end, None when nothing came in time."""
        deadline = time.monotonic() + seconds
        while not (piece := self._frame()):
            self._socket.settimeout(max(_LEAST_SECONDS, deadline - time.monotonic()))
            try:
                came = self._socket.recv(_CHUNK)
            except TimeoutError:
                return None
            except OSError as error:
                raise ProviderAway(f"the connection to the engine broke: {error}") from error
            if not came:
                return END
            self._waiting += came
        return piece

    def pieces(self, seconds: float, what: str) -> Iterator[tuple[int, bytes]]:
        """Every piece until the end; ProviderAway when `what` has not ended in time."""
        deadline = time.monotonic() + seconds
        while (piece := self.receive(deadline - time.monotonic())) != END:
            if piece is None or time.monotonic() > deadline:  # one that never stops talking has not ended either
                raise ProviderAway(f"the Docker engine did not end {what} within {seconds:.0f} s")
            yield piece

    def send(self, data: bytes, *, seconds: float) -> None:
        """All of it to standard input."""
        self._socket.settimeout(seconds)
        try:
            self._socket.sendall(data)
        except OSError as error:
            raise ProviderAway(f"the connection to the engine broke: {error}") from error

    def close(self) -> None:
        """Let go; the container's standard input ends."""
        self._given.close()
        self._socket.close()

    def _frame(self) -> tuple[int, bytes] | None:
        """The next piece that is complete and not empty."""
        while len(self._waiting) >= _HEADER.size:
            stream, size = _HEADER.unpack_from(self._waiting)
            end = _HEADER.size + size
            if len(self._waiting) < end:
                return None
            piece = bytes(self._waiting[_HEADER.size : end])
            del self._waiting[:end]
            if piece:
                return stream, piece
        return None


def execute(
    client: Client, container: str, command: Sequence[str], *, seconds: float, **how: Any
) -> tuple[int, bytes, bytes]:
    """Run a command of ours in a container that runs: its exit code, its output and its errors."""
    made = client.api.exec_create(container, list(command), **how)
    said = {OUT: bytearray(), ERR: bytearray()}
    streams = Streams(client.api.exec_start(made["Id"], socket=True))
    try:
        for stream, piece in streams.pieces(seconds, f"a command in {container}"):
            said[stream] += piece
    finally:
        streams.close()
    return int(client.api.exec_inspect(made["Id"])["ExitCode"]), bytes(said[OUT]), bytes(said[ERR])
