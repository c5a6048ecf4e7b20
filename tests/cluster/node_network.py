"""Standing on the cluster's node, whose own traffic no NetworkPolicy closes out, or in the world outside of it."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.cluster.equipment import world
from tests.cluster.equipment.machine import Machine

CLONE_NEWNET = 0x40000000
_LIBC = ctypes.CDLL(None, use_errno=True)


@contextmanager
def on_the_node(machine: Machine) -> Iterator[None]:
    """This thread and what it starts are in the node's network until the block ends."""
    with _standing(str(_holder(machine) / "ns" / "net")):
        yield


@contextmanager
def in_the_world(machine: Machine) -> Iterator[None]:
    """Likewise where the canaries are; a socket that is opened here stays here."""
    with _standing(str(_holder(machine) / "root" / "run" / "netns" / world.NAMESPACE)):
        yield


def _holder(machine: Machine) -> Path:
    """What the kernel tells of the cluster's first process."""
    assert machine.notes.holder is not None, "no cluster is up"
    return Path("/proc", str(machine.notes.holder.pid))


@contextmanager
def _standing(network: str) -> Iterator[None]:
    before = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    there = os.open(network, os.O_RDONLY)
    try:
        _enter(there)
        yield
    finally:
        _enter(before)
        os.close(there)
        os.close(before)


def _enter(network: int) -> None:
    if _LIBC.setns(network, CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
