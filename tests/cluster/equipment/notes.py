"""The state file: what was started, each process by id and start time together, so that no stranger is ended."""

import json
import os
import signal
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path

import psutil

#: Clock ticks: two readings of one process agree to this.
TOLERANCE = 0.05


@dataclass(frozen=True)
class Process:
    """A process of the machine; the id alone may belong to another one by now."""

    name: str
    pid: int
    started: float

    @classmethod
    def of(cls, name: str, pid: int) -> "Process":
        return cls(name, pid, psutil.Process(pid).create_time())

    def found(self) -> psutil.Process | None:
        """None when it ended, be it unburied."""
        try:
            process = psutil.Process(self.pid)
            same = abs(process.create_time() - self.started) < TOLERANCE
            return process if same and process.status() != psutil.STATUS_ZOMBIE else None
        except psutil.NoSuchProcess:
            return None

    def end(self, *, grace: float) -> None:
        """TERM, then KILL after `grace` seconds; returns when it is gone."""
        for wanted, seconds in ((signal.SIGTERM, grace), (signal.SIGKILL, 10.0)):
            process = self.found()
            if process is None:
                return
            process.send_signal(wanted)
            deadline = time.monotonic() + seconds
            while self.found() and time.monotonic() < deadline:
                _bury(self.pid)
                time.sleep(0.02)


def _bury(pid: int) -> None:
    """Where the process is a child of this one, its entry stays until someone waits for it."""
    try:
        os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        return


@dataclass
class Notes:
    """`holder` is the first process of the cluster's namespaces: with it, all others end."""

    boot: str
    holder: Process | None = None
    launcher: Process | None = None
    components: list[Process] = field(default_factory=list)
    #: Folders of the machine that were missing and had to be there to be mounted over.
    folders: list[str] = field(default_factory=list)

    def save(self, path: Path) -> None:
        aside = path.with_suffix(".new")
        aside.write_text(json.dumps(asdict(self), indent=1) + "\n")
        aside.replace(path)

    @property
    def alive(self) -> bool:
        return self.boot == boot_id() and self.holder is not None and self.holder.found() is not None


def boot_id() -> str:
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()


def read_notes(path: Path) -> Notes | None:
    """None where nothing was started, or nothing that can be read."""
    try:
        read = json.loads(path.read_text())
        single = {name: Process(**read[name]) if read[name] else None for name in ("holder", "launcher")}
        components = [Process(**one) for one in read["components"]]
        return Notes(read["boot"], **single, components=components, folders=list(read["folders"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
