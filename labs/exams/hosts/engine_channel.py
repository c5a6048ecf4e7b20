"""The standard streams of a container, over one attached connection: when it breaks, the container's input ends."""

from __future__ import annotations

import select
import socket
import struct
import time
from typing import Any

from labs.errors import ProviderAway

_HEADER = struct.Struct(">BxxxL")
_STDERR = 2
_TAIL_BYTES = 1_500
_CHUNK = 256 * 1024


class EngineChannel:
    """Frames of the engine taken apart; what the examiner writes to its standard error is kept to its end."""

    def __init__(self, client: Any, container: str) -> None:
        # Before the container starts: whatever it says is then ours.
        given = client.api.attach_socket(container, {"stdin": 1, "stdout": 1, "stderr": 1, "stream": 1})
        self._given = given
        self._socket: socket.socket = getattr(given, "_sock", given)
        self._waiting = bytearray()
        self._errors = bytearray()

    @property
    def errors(self) -> str:
        """The end of its standard error."""
        return bytes(self._errors).decode(errors="replace").strip()

    def receive(self, seconds: float) -> bytes | None:
        """What came, b"" at its end, None when nothing came in time."""
        deadline = time.monotonic() + seconds
        while True:
            if piece := self._frame():
                return piece
            left = max(0.0, deadline - time.monotonic())
            if not select.select([self._socket], [], [], left)[0]:
                return None
            try:
                came = self._socket.recv(_CHUNK)
            except OSError as error:
                raise ProviderAway(f"the connection to the examiner broke: {error}") from error
            if not came:
                return b""
            self._waiting += came

    def send(self, data: bytes) -> None:
        """All of it."""
        try:
            self._socket.sendall(data)
        except OSError as error:
            raise ProviderAway(f"the connection to the examiner broke: {error}") from error

    def close(self) -> None:
        """Let go; the container's standard input ends."""
        self._given.close()
        self._socket.close()

    def _frame(self) -> bytes:
        """The next piece of standard output that is complete."""
        while len(self._waiting) >= _HEADER.size:
            stream, size = _HEADER.unpack_from(self._waiting)
            end = _HEADER.size + size
            if len(self._waiting) < end:
                break
            piece = bytes(self._waiting[_HEADER.size : end])
            del self._waiting[:end]
            if stream != _STDERR:
                return piece
            self._errors += piece
            del self._errors[:-_TAIL_BYTES]
        return b""
