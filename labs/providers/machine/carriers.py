"""Which living processes carry a variable in their environment; on Linux read as bytes, as labs look for it often."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator

import psutil


def carriers(variable: str) -> Iterator[tuple[int, str]]:
    """Give every living process whose environment we may read and that has this variable, with its value."""
    return _in_proc(variable) if sys.platform == "linux" else _by_psutil(variable)


def carrying(variable: str, value: str) -> list[psutil.Process]:
    """Find every living process whose environment says so."""
    found = []
    for pid, one in carriers(variable):
        if one == value:
            with contextlib.suppress(psutil.Error):
                found.append(psutil.Process(pid))
    return found


def _in_proc(variable: str) -> Iterator[tuple[int, str]]:
    """A zombie has none, as little as a thread of the kernel."""
    wanted = f"{variable}=".encode()
    for pid in psutil.pids():
        try:
            with open(f"/proc/{pid}/environ", "rb", buffering=0) as file:  # noqa: PTH123 - a tenth of the time
                environment = file.read()
        except OSError:
            continue
        if wanted in environment:
            for one in environment.split(b"\0"):
                if one.startswith(wanted):
                    yield pid, os.fsdecode(one.removeprefix(wanted))
                    break


def _by_psutil(variable: str) -> Iterator[tuple[int, str]]:
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            value = process.environ().get(variable)
            if value is not None and process.status() != psutil.STATUS_ZOMBIE:
                yield process.pid, value
