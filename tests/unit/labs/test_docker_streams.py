"""What containers say over a connection to the engine, and how long that is listened to."""

import contextlib
import socket
import struct
import threading

import pytest

from labs.errors import ProviderAway
from labs.providers.docker.streams import OUT, Streams

FRAME = struct.pack(">BxxxL", OUT, 5) + b"again"


def test_a_command_that_never_stops_talking_is_over_its_time_as_a_silent_one_is() -> None:
    said, container = socket.socketpair()

    def talk() -> None:
        with contextlib.suppress(OSError):
            while True:
                container.sendall(FRAME * 100)

    talking = threading.Thread(target=talk)
    talking.start()
    streams = Streams(said)
    try:
        with pytest.raises(ProviderAway, match="did not end a command within 0 s"):
            for stream, piece in streams.pieces(0.05, "a command"):
                assert (stream, piece) == (OUT, b"again")
    finally:
        streams.close()
        talking.join()
        container.close()
