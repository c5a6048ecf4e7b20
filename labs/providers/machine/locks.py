"""One changer per lab at a time, among threads and processes; the kernel frees the lock of a killed process."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from labs.errors import LabBusy


@contextmanager
def held(path: Path, *, wait_seconds: float) -> Iterator[bool]:
    """Hold the lock of this file; yield False when it is still taken after `wait_seconds`."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        yield _lock(descriptor, deadline=time.monotonic() + wait_seconds)
    finally:
        os.close(descriptor)


@contextmanager
def must_hold(path: Path, *, wait_seconds: float = 60.0) -> Iterator[None]:
    """Hold the lock of this file, or raise LabBusy."""
    with held(path, wait_seconds=wait_seconds) as mine:
        if not mine:
            raise LabBusy(f"another process has worked on {path.stem} for {wait_seconds:.0f} s; try again")
        yield


def _lock(descriptor: int, *, deadline: float) -> bool:
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                return False
            time.sleep(0.02)
        else:
            return True
