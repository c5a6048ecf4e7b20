"""Ports on the loopback address, chosen free and unlikely to meet those of another lab."""

from __future__ import annotations

import hashlib
import socket
from pathlib import Path

from labs.providers.machine import LOOPBACK, processes
from labs.providers.process.record import ComponentRecord
from labs.spec import LabSpec

LOW, HIGH = 20_000, 32_000
"""Below the range from which kernels take ports for outgoing connections, on Linux and macOS."""


def give_ports(lab: LabSpec, components: dict[str, ComponentRecord], *, root: Path) -> None:
    """Keep the ports of what runs; where nothing runs, a port that somebody took meanwhile is given up."""
    idle = not any(one.process and processes.is_alive(one.process) for one in components.values())
    taken = {one.port for one in components.values()}
    for name in lab.components:
        known = components.get(name)
        if known and not (idle and not is_free(known.port)):
            continue
        port = choose(f"{root}/{lab.name}/{name}/{lab.generation}", taken=taken)
        taken.add(port)
        if known:
            known.port = port  # the rest stays: what died counts, wherever it is started again
        else:
            components[name] = ComponentRecord(port=port)


def choose(wish: str, *, taken: set[int]) -> int:
    """Choose a free port; the same wish gets the same port when it can."""
    start = int.from_bytes(hashlib.sha256(wish.encode()).digest()[:4], "big")
    for step in range(HIGH - LOW):
        port = LOW + (start + step) % (HIGH - LOW)
        if port not in taken and is_free(port):
            return port
    raise OSError(f"no free port between {LOW} and {HIGH}")


def is_free(port: int) -> bool:
    """Say whether nobody listens on the port now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True
