"""Exams on one machine take turns, first come first served; a dead waiter gives up its place."""

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

POLL_SECONDS = 0.2


@contextmanager
def turn(folder: Path, on_wait: Callable[[int], None]) -> Iterator[None]:
    """Hold the machine's only turn; `on_wait(position)` tells how many are before us whenever that changes."""
    folder.mkdir(parents=True, exist_ok=True)
    ticket = _draw(folder)
    told: int | None = None
    try:
        while before := _alive_before(folder, ticket.path):
            if before != told:
                on_wait(before)
                told = before
            time.sleep(POLL_SECONDS)
        yield
    finally:
        ticket.path.unlink(missing_ok=True)
        os.close(ticket.descriptor)


class _Ticket:
    """A locked file: the kernel frees the lock when its holder dies, however it dies."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)
        fcntl.flock(self.descriptor, fcntl.LOCK_EX)


@contextmanager
def _door(folder: Path) -> Iterator[None]:
    # Without it, a ticket could be seen between its creation and its lock and be taken for a dead one.
    descriptor = os.open(folder / "door", os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _draw(folder: Path) -> _Ticket:
    with _door(folder):
        last = max((int(path.suffix[1:]) for path in folder.glob("ticket.*")), default=0)
        return _Ticket(folder / f"ticket.{last + 1:012d}")


def _alive_before(folder: Path, mine: Path) -> int:
    with _door(folder):
        earlier = [path for path in folder.glob("ticket.*") if path.name < mine.name]
        return sum(_is_held(path) for path in earlier)


def _is_held(path: Path) -> bool:
    try:
        descriptor = os.open(path, os.O_RDWR)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    else:
        path.unlink(missing_ok=True)
        return False
    finally:
        os.close(descriptor)
