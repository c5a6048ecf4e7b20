"""Standing on the cluster's node, whose own traffic no NetworkPolicy closes out."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterator
from contextlib import contextmanager

from tests.cluster.equipment.machine import Machine

CLONE_NEWNET = 0x40000000
_LIBC = ctypes.CDLL(None, use_errno=True)


@contextmanager
def on_the_node(machine: Machine) -> Iterator[None]:
    """This thread and what it starts are in the node's network until the block ends."""
    assert machine.notes.holder is not None, "no cluster is up"
    before = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    there = os.open(f"/proc/{machine.notes.holder.pid}/ns/net", os.O_RDONLY)
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
