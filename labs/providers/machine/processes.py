"""Local processes: each in a session of its own, known by boot id, pid and start time, ended as a tree."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path

import psutil
from pydantic import BaseModel, ConfigDict

from labs.naming import MARK
from labs.providers.machine.carriers import carriers, carrying

_started_here: list[subprocess.Popen[bytes]] = []


class Identity(BaseModel):
    """One process, never mistaken for another that got the same pid later."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    boot: str
    pid: int
    started: str


@cache
def boot_id() -> str:
    """Name this boot of the machine."""
    if sys.platform == "linux":
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    named = subprocess.run(
        ["/usr/sbin/sysctl", "-n", "kern.bootsessionuuid"], capture_output=True, text=True, check=False
    )
    return named.stdout.strip() or str(int(psutil.boot_time()))


def _start_time(pid: int) -> str | None:
    """Give the kernel's own start time of a living process; None for a dead one or a zombie."""
    try:
        if sys.platform == "linux":
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            return None if fields[0] in "ZX" else fields[19]
        process = psutil.Process(pid)
        return None if process.status() == psutil.STATUS_ZOMBIE else f"{process.create_time():.2f}"
    except (OSError, psutil.Error):
        return None


def identify(pid: int) -> Identity | None:
    """Give the identity of a living process."""
    started = _start_time(pid)
    return Identity(boot=boot_id(), pid=pid, started=started) if started else None


def is_alive(identity: Identity) -> bool:
    """Say whether this very process still runs."""
    return identity.boot == boot_id() and _start_time(identity.pid) == identity.started


def start(argv: Sequence[str], *, cwd: Path, environment: Mapping[str, str], log: Path) -> Identity | None:
    """Start a process that outlives us, in a session of its own; None when it ended at once."""
    reap()
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        child = subprocess.Popen(
            list(argv), cwd=cwd, env=dict(environment), stdin=subprocess.DEVNULL, stdout=descriptor,
            stderr=subprocess.STDOUT, start_new_session=True, umask=0o077,
        )  # fmt: skip
    finally:
        os.close(descriptor)
    _started_here.append(child)
    return identify(child.pid)


def reap() -> None:
    """Collect our own ended children, so that they do not stay as zombies."""
    for child in list(_started_here):
        if child.poll() is not None:
            with contextlib.suppress(ValueError):
                _started_here.remove(child)


def marked(mark: str) -> list[psutil.Process]:
    """Find every living process of ours that carries this lab's mark in its environment."""
    return carrying(MARK, mark)


def all_marks(installation: str) -> set[str]:
    """Give the marks of this installation that are on any living process."""
    return {mark for _, mark in carriers(MARK) if mark.startswith(f"{installation}/")}


def tree(identities: Iterable[Identity], *, mark: str | None) -> list[psutil.Process]:
    """Gather what belongs to these processes: descendants, members of their sessions, and who carries the mark."""
    leaders = [identity.pid for identity in identities if identity.boot == boot_id()]
    living = {identity.pid for identity in identities if is_alive(identity)}
    found: dict[int, psutil.Process] = {}
    for pid in living:
        with contextlib.suppress(psutil.Error):
            parent = psutil.Process(pid)
            found |= {process.pid: process for process in [parent, *parent.children(recursive=True)]}
    if mark is not None:
        found |= {process.pid: process for process in marked(mark)}
        sessions = set(leaders) & {_session(pid) for pid in found}
    else:
        sessions = living
    for pid in psutil.pids() if sessions else ():
        if pid not in found and _session(pid) in sessions:
            with contextlib.suppress(psutil.Error):
                found[pid] = psutil.Process(pid)
    found.pop(os.getpid(), None)
    return list(found.values())


def _session(pid: int) -> int:
    try:
        return os.getsid(pid)
    except OSError:
        return -1


def end(identities: Sequence[Identity], *, mark: str | None, grace: float = 4.0) -> bool:
    """Ask politely, then kill, until nothing is left of these processes; say whether that was reached."""
    _signal(tree(identities, mark=mark), signal.SIGTERM)
    deadline = time.monotonic() + grace
    while tree(identities, mark=mark) and time.monotonic() < deadline:
        reap()
        time.sleep(0.05)
    for _ in range(20):
        left = tree(identities, mark=mark)
        if not left:
            break
        _signal(left, signal.SIGKILL)
        time.sleep(0.05)
        reap()
    reap()
    return not tree(identities, mark=mark)


def _signal(processes: Iterable[psutil.Process], number: signal.Signals) -> None:
    for process in processes:
        with contextlib.suppress(psutil.Error):
            process.send_signal(number)


def listens(identity: Identity, port: int) -> bool:
    """Say whether this process, or one of its descendants, is the one that listens on the port."""
    with contextlib.suppress(psutil.Error):
        leader = psutil.Process(identity.pid)
        for process in [leader, *leader.children(recursive=True)]:
            with contextlib.suppress(psutil.Error):
                for connection in process.net_connections(kind="tcp"):
                    if connection.status == psutil.CONN_LISTEN and connection.laddr.port == port:
                        return True
    return False


def variable(process: psutil.Process, name: str) -> str | None:
    """Give one variable of a process's environment as it was started; None when it cannot be read."""
    try:
        return process.environ().get(name)
    except (psutil.Error, OSError):
        return None
