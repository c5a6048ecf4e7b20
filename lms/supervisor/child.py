"""One watched process: started in a session of its own, tied to the supervisor's life, restarted with patience."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from labs.providers.machine.processes import Identity, identify

PR_SET_PDEATHSIG = 1
STEADY_SECONDS = 20.0
LONGEST_PAUSE = 15.0


@dataclass(frozen=True)
class ChildSpec:
    """What to run, and how to end it."""

    name: str
    argv: tuple[str, ...]
    patience: float = 5.0
    """Seconds between the first request to end and the insistent one."""
    insistent: signal.Signals = signal.SIGKILL
    """What follows when patience ends; SIGKILL to the whole session comes after that in any case."""
    holds_labs: bool = False
    """Whether it reaches the engine or the cluster of the labs; nothing else is told the way there."""


def _tether(parent: int) -> Callable[[], None] | None:
    """On Linux: what makes the kernel end a child when its supervisor ends, even by SIGKILL."""
    if not sys.platform.startswith("linux"):
        return None
    prctl = ctypes.CDLL(None, use_errno=True).prctl

    def tie() -> None:
        prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
        if os.getppid() != parent:  # it ended before the line above took hold
            os._exit(1)

    return tie


@dataclass
class Child:
    """The life of one process; all methods are called from the supervisor's one thread."""

    spec: ChildSpec
    env: Mapping[str, str]
    folder: Path
    process: subprocess.Popen[bytes] | None = None
    identity: Identity | None = None
    failures: int = 0
    start_at: float = 0.0
    _started: float = 0.0
    _rest: bytes = field(default=b"", repr=False)

    @property
    def pipe(self) -> int | None:
        return self.process.stdout.fileno() if self.process and self.process.stdout else None

    def start(self) -> None:
        """Start it; its output comes through `read_lines`."""
        # Single-threaded, so a function between fork and exec is safe; the kernel's tie is to this very thread.
        self.process = subprocess.Popen(
            self.spec.argv,
            cwd=self.folder,
            env=dict(self.env),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=_tether(os.getpid()),
        )
        if self.process.stdout is not None:
            os.set_blocking(self.process.stdout.fileno(), False)
        self.identity = identify(self.process.pid)
        self._started = time.monotonic()

    def read_lines(self) -> list[str]:
        """Whole lines that arrived; what is unfinished waits for its end."""
        if self.pipe is None:
            return []
        chunks = [self._rest]
        with contextlib.suppress(BlockingIOError):
            while chunk := os.read(self.pipe, 65536):
                chunks.append(chunk)
        *lines, self._rest = b"".join(chunks).split(b"\n")
        if len(self._rest) > 65536:
            lines, self._rest = [*lines, self._rest], b""
        return [line.decode(errors="replace").rstrip("\r") for line in lines]

    def ended(self) -> int | None:
        """The exit code once it ended (negative: the signal), else None."""
        return self.process.poll() if self.process else None

    def note_end(self) -> float:
        """Forget the ended process and return the pause before the next start: longer each time it fails soon."""
        steady = time.monotonic() - self._started > STEADY_SECONDS
        self.failures = 1 if steady else self.failures + 1
        self.forget()
        pause: float = min(0.25 * 2**self.failures, LONGEST_PAUSE)
        self.start_at = time.monotonic() + pause
        return pause

    def forget(self) -> None:
        """Close what belongs to the ended process, and end what it left in its session."""
        if self.process is not None:
            self.send_to_session(signal.SIGKILL)
            if self.process.stdout is not None:
                self.process.stdout.close()
        self.process, self.identity, self._rest = None, None, b""

    def send(self, number: signal.Signals) -> None:
        """A signal to the process itself."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(number)

    def send_to_session(self, number: signal.Signals) -> None:
        """A signal to the process and all that stayed in its group."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, number)
