"""A platform of its own for a test or a measurement: `lms up` as a person types it, in a short temporary home."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil

from labs.exams.services import free_port
from labs.providers.machine.processes import is_alive
from lms.config import Settings
from lms.supervisor.identity import read_identities
from lms.supervisor.places import MARKER, Places
from lms.supervisor.plan import CHECKOUT
from lms.supervisor.start import web_answers
from tests.factories import databases
from tests.factories.waiting import until

CHILDREN = {"broker", "web", "worker", "examiner", "beat"}


class Instance:
    """One instance and the `lms up` that runs it; `start_seconds` from the command to the first answer."""

    def __init__(self, home: Path, **settings: str) -> None:
        database, installation = settings.get("database"), settings.get("installation_name")
        self.settings = Settings(home=home, port=free_port(), database=database, installation_name=installation)
        self.places = Places.of(self.settings)
        self.children = set(CHILDREN)
        self._more = settings
        self.up: subprocess.Popen[bytes] | None = None
        self.start_seconds = 0.0
        self.log = home / "terminal.log"

    @property
    def address(self) -> str:
        """By number: a measurement asks no resolver."""
        return f"http://127.0.0.1:{self.settings.port}"

    def environment(self) -> dict[str, str]:
        clean = {name: value for name, value in os.environ.items() if not name.startswith("ACADEMY_")}
        own = {"home": str(self.settings.home), "port": str(self.settings.port), **self._more}
        return clean | {f"ACADEMY_{name.upper()}": value for name, value in own.items()}

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
        self.start_seconds = until("a page", lambda: self.answers() or up.poll() is not None, seconds=120)
        until("the greeting", lambda: self.text().count("ready after") > greeted or up.poll() is not None)
        assert up.poll() is None, self.text()
        until("every process", lambda: self.pids().keys() == self.children)

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

    def kill(self) -> None:
        """Whatever is left of it ends at once."""
        if self.up is not None and self.up.poll() is None:
            self.up.kill()
            self.up.wait()
        for process in self.processes():
            with contextlib.suppress(psutil.Error):
                process.kill()

    def interrupt(self, number: signal.Signals = signal.SIGINT) -> int:
        """Ctrl-C (or another signal) for `lms up`; its exit code."""
        assert self.up is not None
        self.up.send_signal(number)
        return self.up.wait(timeout=60)


@contextlib.contextmanager
def instance(*, with_labs: bool = False, **settings: str) -> Iterator[Instance]:
    """One that is not started yet; whatever is left of it is ended. For labs it borrows this machine's environments."""
    home = Path(tempfile.mkdtemp(prefix="ac-", dir="/tmp"))  # a socket's path must be short
    url = databases.empty(home / "main")
    if databases.kind() != "sqlite":  # which is where it is by default
        settings["database"] = url
    made = Instance(home, **settings)
    if with_labs:
        _borrow_environments(home)
    try:
        yield made
    finally:
        if with_labs:
            if made.up is not None and made.up.poll() is None:
                made.interrupt()  # `down` would wait for a process that has ended until its parent, us, has looked
            made.command("down")
        made.kill()
        databases.drop(url)
        shutil.rmtree(home, ignore_errors=True)


def _borrow_environments(home: Path) -> None:
    machine = Settings().home
    for name in ("envs", "bin"):
        if (machine / name).exists():
            (home / name).symlink_to(machine / name)
