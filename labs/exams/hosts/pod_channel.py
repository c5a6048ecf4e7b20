"""The standard streams of a pod, over one WebSocket: when it breaks, the pod's input ends."""

from __future__ import annotations

import time
from typing import Any

import websocket

from labs.errors import ProviderAway
from labs.exams.hosts.error_tail import ErrorTail

_IN, _OUT, _ERR = b"\x00", 1, 2
_SEND_SECONDS = 60.0


class PodChannel:
    """Frames of the API server taken apart; what the examiner writes to its standard error is kept to its end."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self._errors = ErrorTail()

    @property
    def errors(self) -> str:
        """The end of its standard error."""
        return self._errors.text

    def receive(self, seconds: float) -> bytes | None:
        """What came, b"" at its end, None when nothing came in time."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            self._connection.settimeout(left)
            try:
                kind, frame = self._connection.recv_data_frame(True)
            except websocket.WebSocketTimeoutException:
                return None
            except websocket.WebSocketConnectionClosedException:
                return b""
            except (websocket.WebSocketException, OSError) as error:
                raise ProviderAway(f"the connection to the examiner broke: {error}") from error
            if kind == websocket.ABNF.OPCODE_CLOSE:
                return b""
            if kind == websocket.ABNF.OPCODE_BINARY and (piece := self._out_of(frame.data)):
                return piece
        return None

    def send(self, data: bytes) -> None:
        """All of it."""
        self._connection.settimeout(_SEND_SECONDS)
        try:
            self._connection.send_binary(_IN + data)
        except (websocket.WebSocketException, OSError) as error:
            raise ProviderAway(f"the connection to the examiner broke: {error}") from error

    def close(self) -> None:
        """Let go; the pod's standard input ends."""
        self._connection.close(timeout=1)

    def _out_of(self, data: bytes) -> bytes:
        if data[:1] == bytes((_OUT,)):
            return bytes(data[1:])
        if data[:1] == bytes((_ERR,)):
            self._errors.add(data[1:])
        return b""
