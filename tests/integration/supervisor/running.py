"""A platform of its own for a test: `lms up` as a person types it, on a free port, in a short temporary home."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil

from labs.exams.services import free_port
from labs.providers.local.processes import is_alive
from lms.config import Settings
from lms.supervisor.identity import read_identities
from lms.supervisor.places import MARKER, Places
from lms.supervisor.start import web_answers

CHECKOUT = Path(__file__).resolve().parents[3]
CHILDREN = {"broker", "web", "worker", "examiner", "beat"}


def until(what: str, condition: Callable[[], object], *, seconds: float = 60) -> None:
    """Wait for a condition; name it when it does not come."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {what}")
        time.sleep(0.05)


class Platform:
    """One instance and the `lms up` that runs it."""

    def __init__(self, home: Path) -> None:
        self.settings = Settings(home=home, port=free_port())
        self.places = Places.of(self.settings)
        self.up: subprocess.Popen[bytes] | None = None
        self.log = home / "terminal.log"

    def environment(self) -> dict[str, str]:
        clean = {name: value for name, value in os.environ.items() if not name.startswith("ACADEMY_")}
        return {**clean, "ACADEMY_HOME": str(self.settings.home), "ACADEMY_PORT": str(self.settings.port)}

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """`lms ...`, waited for."""
        return subprocess.run(
            [sys.executable, "-m", "lms.cli", *arguments],
            cwd=CHECKOUT, env=self.environment(), capture_output=True, text=True, check=False, timeout=120,
        )  # fmt: skip

    def start(self) -> None:
        """`lms up`, until a page is served and every process is there."""
        greeted = self.text().count("ready after")
        with self.log.open("ab") as log:
            self.up = subprocess.Popen(
                [sys.executable, "-m", "lms.cli", "up"], cwd=CHECKOUT, env=self.environment(), stdin=subprocess.DEVNULL,
                stdout=log, stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip
        up = self.up
        until("the greeting", lambda: self.text().count("ready after") > greeted or up.poll() is not None)
        assert up.poll() is None, self.text()
        until("every process", lambda: self.pids().keys() == CHILDREN)

    def answers(self) -> bool:
        return web_answers(self.settings)

    def text(self) -> str:
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def pids(self) -> dict[str, int]:
        """The living children by name."""
        stored = read_identities(self.places.children)
        return {name: one.pid for name, one in stored.items() if is_alive(one)}

    def processes(self) -> list[psutil.Process]:
        """Every living process of this instance's platform, found by its marker alone."""
        found = []
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error, OSError):
                marked = process.environ().get(MARKER) == str(self.places.instance)
                if marked and process.status() != psutil.STATUS_ZOMBIE:
                    found.append(process)
        return found

    def interrupt(self, number: signal.Signals = signal.SIGINT) -> int:
        """Ctrl-C (or another signal) for `lms up`; its exit code."""
        assert self.up is not None
        self.up.send_signal(number)
        return self.up.wait(timeout=60)


@contextlib.contextmanager
def platform() -> Iterator[Platform]:
    """A platform that is not started yet; whatever the test leaves is ended."""
    home = Path(tempfile.mkdtemp(prefix="ac-", dir="/tmp"))  # a socket's path must be short
    made = Platform(home)
    try:
        yield made
    finally:
        if made.up is not None and made.up.poll() is None:
            made.up.kill()
            made.up.wait()
        for process in made.processes():
            with contextlib.suppress(psutil.Error):
                process.kill()
        shutil.rmtree(home, ignore_errors=True)
