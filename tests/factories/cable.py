"""A connection to an engine or cluster that a test can break: bytes go through it until it snaps."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Dial = Callable[[], socket.socket]


class Cable:
    """Takes connections and passes them on to wherever `dial` leads."""

    def __init__(self, listener: socket.socket, dial: Dial) -> None:
        self._listener, self._dial = listener, dial
        self._ends: list[socket.socket] = []

    def snap(self) -> None:
        """End every connection that there is; new ones go through."""
        for end in self._ends:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def serve(self) -> None:
        """Until the listener is closed."""
        with contextlib.suppress(OSError):
            while True:
                ends = self._listener.accept()[0], self._dial()
                self._ends += ends
                for one, other in (ends, ends[::-1]):
                    threading.Thread(target=_pass_on, args=(one, other), daemon=True).start()


@contextmanager
def cable(listener: socket.socket, dial: Dial) -> Iterator[Cable]:
    """Lay it for as long as the block runs."""
    made = Cable(listener, dial)
    threading.Thread(target=made.serve, daemon=True).start()
    try:
        yield made
    finally:
        with contextlib.suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        made.snap()


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while piece := source.recv(65_536):
            target.sendall(piece)
    for end in (source, target):
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
