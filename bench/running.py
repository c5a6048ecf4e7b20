"""A platform of its own for a measurement: `lms up` in a temporary home, with learners who are signed in."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import httpx

from labs.exams.services import free_port
from lms.app import create_app
from lms.config import Settings, default_home
from lms.models import User, db
from lms.services import accounts, content, enrolments

CHECKOUT = Path(__file__).resolve().parents[1]


def until(what: str, condition: Callable[[], object], *, seconds: float) -> float:
    """Waits for a condition and returns how long that took; names it when it does not come."""
    started = time.monotonic()
    while not condition():
        if time.monotonic() - started > seconds:
            raise TimeoutError(f"not within {seconds} s: {what}")
        time.sleep(0.02)
    return time.monotonic() - started


def answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=5).status_code == 200
    except httpx.HTTPError:
        return False


def percentile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


class Running:
    """`lms up` with production limits; `start_seconds` from the command to the first answer."""

    def __init__(self, home: Path, **changes: object) -> None:
        self.settings = Settings(home=home, port=free_port(), **changes)  # type: ignore[arg-type]
        self.base = f"http://127.0.0.1:{self.settings.port}"
        environment = {name: value for name, value in os.environ.items() if not name.startswith("ACADEMY_")}
        environment |= {"ACADEMY_HOME": str(home), "ACADEMY_PORT": str(self.settings.port)}
        environment |= {f"ACADEMY_{name.upper()}": str(value) for name, value in changes.items()}
        self.environment = environment
        self.start_seconds = 0.0
        self._up: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [sys.executable, "-m", "lms.cli", "up"]
        log = (self.settings.home / "up.log").open("ab")
        self._up = subprocess.Popen(command, cwd=CHECKOUT, env=self.environment, stdout=log, stderr=log)
        self.start_seconds = until("a page", lambda: answers(f"{self.base}/readyz"), seconds=120)

    def stop(self) -> None:
        if self._up is not None:
            self._up.send_signal(signal.SIGTERM)
            self._up.wait(timeout=60)
        down = [sys.executable, "-m", "lms.cli", "down"]
        subprocess.run(down, cwd=CHECKOUT, env=self.environment, capture_output=True, check=False)

    def learners(self, count: int) -> list[httpx.Cookies]:
        """Cookies of that many enrolled learners; a sign-in by password costs 50 ms of hashing and is not measured."""
        app = create_app(self.settings)
        cookies = []
        with app.app_context():
            pathway = content.current().curriculum.active_pathways[0]
            signer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
            for number in range(count):
                user = User(email=f"learner{number}@bench.test", name=f"Learner {number}")
                db.session.add(user)
                db.session.commit()
                enrolments.enrol(user, pathway)
                token = accounts.open_session(user, days=1)
                # With its host, as a server sets it: a second one without would be sent beside the renewed one.
                jar = httpx.Cookies()
                value = signer.dumps({"token": token, "_permanent": True})
                jar.set(app.config["SESSION_COOKIE_NAME"], value, domain="127.0.0.1")
                cookies.append(jar)
            db.session.remove()
        return cookies


@contextlib.contextmanager
def running(**changes: object) -> Iterator[Running]:
    """A started platform whose data goes afterwards; the environments are those of the machine."""
    home = Path(tempfile.mkdtemp(prefix="bench-"))
    (home / "envs").symlink_to(default_home() / "envs")
    (home / "bin").symlink_to(default_home() / "bin")
    made = Running(home, **changes)
    try:
        made.start()
        yield made
    finally:
        made.stop()
        shutil.rmtree(home, ignore_errors=True)
