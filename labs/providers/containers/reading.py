"""How a file of the workspace is read inside a container: by the code that reads one on this machine."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from labs.providers.containers.places import LOCKED
from labs.providers.machine import reading

NO_FILE = 3
_MAIN = f"""
import sys
found = read_within(Path(sys.argv[1]), sys.argv[2], max_bytes=int(sys.argv[3]))
if found is None:
    sys.exit({NO_FILE})
sys.stdout.buffer.write(found)
"""


def command(folder: str, path: str, *, max_bytes: int) -> list[str]:
    """Write at most so many bytes of a regular file to standard output; `NO_FILE` is its exit when there is none."""
    return [f"{LOCKED}/bin/python", "-I", "-S", "-c", _program(), folder, path, str(max_bytes)]


@cache
def _program() -> str:
    return Path(reading.__file__).read_text() + _MAIN
