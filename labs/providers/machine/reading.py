"""Reads files that a learner owns: bounded, regular files only, and no symbolic link is followed on the way."""

from __future__ import annotations

import os
import stat
from pathlib import Path, PurePosixPath


def read_within(folder: Path, path: str, *, max_bytes: int) -> bytes | None:
    """Read a file beneath the folder; None when it is absent, not a regular file, or reached by a link."""
    parts = PurePosixPath(path).parts
    if not parts or "\0" in path or any(part in ("..", "/") for part in parts):
        return None
    opened: list[int] = []
    try:
        opened.append(os.open(folder, os.O_RDONLY | os.O_DIRECTORY))
        for part in parts[:-1]:
            opened.append(os.open(part, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=opened[-1]))
        # Without O_NONBLOCK a named pipe would hold us up for ever.
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
        opened.append(os.open(parts[-1], flags, dir_fd=opened[-1]))
        return _read(opened[-1], max_bytes) if stat.S_ISREG(os.fstat(opened[-1]).st_mode) else None
    except OSError:
        return None
    finally:
        for descriptor in opened:
            os.close(descriptor)


def _read(descriptor: int, max_bytes: int) -> bytes:
    pieces, left = [], max_bytes
    while left > 0 and (piece := os.read(descriptor, min(left, 65_536))):
        pieces.append(piece)
        left -= len(piece)
    return b"".join(pieces)


def tail(path: Path, *, max_bytes: int) -> str:
    """Give the end of a log as text; empty when there is none."""
    try:
        with path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - max_bytes))
            return file.read(max_bytes).decode(errors="replace")
    except OSError:
        return ""
