"""Keeps a little of a lab's disk back, so that a lab whose disk is full comes up and can be tidied up.

Its text runs in a container of ours before the components start, with the lab's whole disk at /lab.
Standard library only.
"""

import contextlib
import os
from pathlib import Path

MOST_BYTES = 16 * 1_048_576
FULL = "the lab's disk is full"


def keep(top: Path) -> None:
    """Hold some space where there is plenty; give it up where there is less than that. No lab fails for want of it."""
    spare = top / ".spare"
    with contextlib.suppress(OSError):
        disk = os.statvfs(top)
        size, free = min(MOST_BYTES, disk.f_blocks * disk.f_frsize // 100), disk.f_bavail * disk.f_frsize
        if free < size:
            spare.unlink(missing_ok=True)
        elif free > 4 * size:
            with spare.open("ab") as file:
                os.posix_fallocate(file.fileno(), 0, size)


def was_missing(log: str) -> bool:
    """Say whether a component's last words are of a full disk; what fills it is the learner's."""
    return any(said in log.lower() for said in ("no space left on device", "database or disk is full"))


def program(top: str) -> str:
    """The text that does so there, to stand before another."""
    return f"{Path(__file__).read_text()}\n\nkeep(Path({top!r}))\n"
