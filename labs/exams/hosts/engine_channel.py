"""The standard streams of an examiner's container: when the connection breaks, the container's input ends."""

from __future__ import annotations

import time
from typing import Any

from labs.exams.hosts.error_tail import ErrorTail
from labs.providers.docker.streams import ERR, Streams

_SEND_SECONDS = 60.0


class EngineChannel:
    """What the examiner writes to its standard error is kept to its end."""

    def __init__(self, client: Any, container: str) -> None:
        # Before the container starts: whatever it says is then ours.
        asked = {"stdin": 1, "stdout": 1, "stderr": 1, "stream": 1}
        self._streams = Streams(client.api.attach_socket(container, asked))
        self._errors = ErrorTail()

    @property
    def errors(self) -> str:
        """The end of its standard error."""
        return self._errors.text

    def receive(self, seconds: float) -> bytes | None:
        """What came, b"" at its end, None when nothing came in time."""
        deadline = time.monotonic() + seconds
        while came := self._streams.receive(deadline - time.monotonic()):
            stream, piece = came
            if stream != ERR:
                return piece
            self._errors.add(piece)
        return None

    def send(self, data: bytes) -> None:
        """All of it."""
        self._streams.send(data, seconds=_SEND_SECONDS)

    def close(self) -> None:
        """Let go; the container's standard input ends."""
        self._streams.close()
