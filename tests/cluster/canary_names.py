"""A resolver on the canaries' internet, which gives every canary a name, and asking any resolver for an address."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from socketserver import BaseRequestHandler, UDPServer

from tests.cluster.equipment.machine import Machine
from tests.cluster.equipment.world import CANARIES
from tests.cluster.node_network import in_the_world, on_the_node

#: Port 53 of that address is a canary's, which answers no question.
PORT = 5300
INTERNET = next(one.address for one in CANARIES if one.name == "internet")
#: As whoever owns a name may let it lead anywhere, to the metadata's address too.
NAMES = {f"{one.name}.example.org": one.address for one in CANARIES}
_HEADER = struct.Struct("!6H")
_ASKED = struct.pack("!2H", 1, 1)  # an IPv4 address
_NO_SUCH_NAME = 3


@contextmanager
def resolver(machine: Machine) -> Iterator[str]:
    """For as long as the block lasts it answers; gives where, as a Corefile says it."""
    with in_the_world(machine):
        server = UDPServer((INTERNET, PORT), _Answers)
    with server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        try:
            yield f"{INTERNET}:{PORT}"
        finally:
            server.shutdown()


def address_by(machine: Machine, server: str, name: str) -> str | None:
    """What a resolver says to the node, whom it answers whatever it knows."""
    labels = b"".join(bytes([len(one)]) + one.encode() for one in name.split("."))
    with on_the_node(machine), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asker:
        asker.settimeout(5)
        asker.sendto(_HEADER.pack(7, 0x0100, 1, 0, 0, 0) + labels + b"\0" + _ASKED, (server, 53))
        said = asker.recv(512)
    answers = _HEADER.unpack_from(said)[3]
    return socket.inet_ntoa(said[-4:]) if answers else None


class _Answers(BaseRequestHandler):
    def handle(self) -> None:
        asked, listener = self.request
        name, end = _name(asked)
        known = NAMES.get(name)
        answer = b""
        if known and asked[end : end + 4] == _ASKED:
            # The name is that of the question, and the answer lives for a second.
            answer = b"\xc0\x0c" + _ASKED + struct.pack("!IH", 1, 4) + socket.inet_aton(known)
        flags = 0x8580 | (0 if known else _NO_SUCH_NAME)
        number = _HEADER.unpack_from(asked)[0]
        head = _HEADER.pack(number, flags, 1, 1 if answer else 0, 0, 0)
        listener.sendto(head + asked[_HEADER.size : end + 4] + answer, self.client_address)


def _name(asked: bytes) -> tuple[str, int]:
    """The name of a question, and where it ends."""
    labels, at = [], _HEADER.size
    while size := asked[at]:
        labels.append(asked[at + 1 : at + 1 + size].decode())
        at += 1 + size
    return ".".join(labels).lower(), at + 1
