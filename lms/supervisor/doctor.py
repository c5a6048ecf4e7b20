"""What this machine and this instance lack: one `Finding` each, with what to do about it."""

import contextlib
import os
import platform
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from lms.config import Settings
from lms.database import MIGRATIONS, lone_engine
from lms.supervisor import lab_findings
from lms.supervisor.finding import Finding
from lms.supervisor.fit import MEND, misfit
from lms.supervisor.lock import running_supervisor
from lms.supervisor.places import Places
from lms.supervisor.plan import embedded_broker
from lms.supervisor.start import CannotStart, check_port, check_settings, wait_for_socket, web_answers

VENDOR = Path(__file__).parents[1] / "web" / "static" / "vendor" / "manifest.json"
ENOUGH_DISK = 5 * 1024**3
SET_UP = "Type: make setup"


def examine(settings: Settings) -> Iterator[Finding]:
    """Look at everything, in the order in which one mends it."""
    yield _python()
    yield _front_end()
    yield from _provider(settings)
    yield _disk(settings)
    yield _listening(settings)
    yield _database(settings)
    yield _broker(settings)
    yield _platform(settings)
    yield _names(settings)
    yield from lab_findings.examine(settings)


def _provider(settings: Settings) -> Iterator[Finding]:
    """What runs the labs; a client is loaded only where it is used."""
    if settings.provider == "docker":
        from lms.supervisor import engine_findings

        yield from engine_findings.examine(settings)
    elif settings.provider == "kubernetes":
        from lms.supervisor import cluster_findings

        yield from cluster_findings.examine(settings)
    else:
        yield _lab_environment(settings)
        yield _prometheus(settings)
        yield _bubblewrap()


def _python() -> Finding:
    return Finding("Python", "good", f"{platform.python_version()} in {sys.prefix}")


def _lab_environment(settings: Settings) -> Finding:
    folder = settings.lab_environment
    if not (folder / "bin" / "mlflow").exists():
        return Finding("labs' environment", "missing", f"{folder} is not there: no lab can start", SET_UP)
    return Finding("labs' environment", "good", str(folder))


def _front_end() -> Finding:
    if not VENDOR.exists():
        return Finding("front-end files", "missing", "pages would have no style", SET_UP)
    return Finding("front-end files", "good", str(VENDOR.parent))


def _prometheus(settings: Settings) -> Finding:
    own = settings.home / "bin" / "prometheus"
    found = shutil.which("prometheus") or (str(own) if own.exists() else None)
    if found is None:
        by_hand = "brew install prometheus" if sys.platform == "darwin" else "sudo apt-get install prometheus"
        return Finding("Prometheus", "missing", "labs that watch a model cannot start", f"make setup, or: {by_hand}")
    return Finding("Prometheus", "good", found)


def _bubblewrap() -> Finding:
    subject, without = "isolation of exams", "exams run, and their report says `not isolated`"
    if not sys.platform.startswith("linux"):
        return Finding(subject, "degraded", f"this system has no bubblewrap: {without}")
    bwrap = shutil.which("bwrap")
    if bwrap is None:
        return Finding(subject, "degraded", f"bubblewrap is not there: {without}", "sudo apt-get install bubblewrap")
    tried = subprocess.run(
        [bwrap, "--ro-bind", "/", "/", "--unshare-all", "true"], capture_output=True, text=True, check=False, timeout=10
    )
    if tried.returncode != 0:
        reason = (tried.stderr.strip().splitlines() or ["it gave no reason"])[-1]
        return Finding(
            subject, "degraded", f"bubblewrap fails ({reason}): {without}", "Allow user namespaces (sysctl)."
        )
    return Finding(subject, "good", f"{bwrap} with user, process and network namespaces")


def _disk(settings: Settings) -> Finding:
    folder = next(path for path in (settings.home, *settings.home.absolute().parents) if path.exists())
    free = shutil.disk_usage(folder).free
    what = f"{free / 1024**3:.1f} GB free in {settings.home}"
    if not os.access(folder, os.W_OK):
        return Finding("disk", "missing", f"{folder} cannot be written", "Choose another folder with ACADEMY_HOME.")
    return Finding("disk", "good", what) if free > ENOUGH_DISK else Finding("disk", "degraded", what, "Make room.")


def _listening(settings: Settings) -> Finding:
    place = f"{settings.bind} port {settings.port}"
    try:
        check_settings(settings)
        if running_supervisor(Places.of(settings)) is None and not web_answers(settings):
            check_port(settings)
    except CannotStart as reason:
        what, _, mend = str(reason).partition("\n")
        return Finding("address", "missing", what, mend)
    return Finding("address", "good", place)


def _database(settings: Settings) -> Finding:
    url = make_url(settings.database_url)
    shown = url.render_as_string(hide_password=True)
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").exists():
        return Finding("database", "good", "not made yet; `make up` makes it")
    newest = ScriptDirectory(str(MIGRATIONS)).get_current_head()
    try:
        engine = lone_engine(settings)
        with engine.connect() as connection:
            current = MigrationContext.configure(connection).get_current_revision()
            other = misfit(connection)
        engine.dispose()
    except SQLAlchemyError as error:
        reason = (str(getattr(error, "orig", error)).strip().splitlines() or ["it gave no reason"])[0]
        return Finding(
            "database", "missing", f"{shown} does not answer: {reason}", "Is it running? See ACADEMY_DATABASE"
        )
    if other:
        return Finding("database", "missing", f"{shown} does not fit this version of the platform: {other}", MEND)
    if current != newest:
        return Finding(
            "database", "degraded", f"at migration {current}, the newest is {newest}", "`make up` migrates it"
        )
    return Finding("database", "good", f"{shown} at migration {current}")


def _broker(settings: Settings) -> Finding:
    socket_path = embedded_broker(settings)
    if socket_path is None:
        return Finding("broker", "good", "one of your own (ACADEMY_BROKER)")
    if running_supervisor(Places.of(settings)) is None:
        return Finding("broker", "good", "embedded; runs while the platform runs")
    if not wait_for_socket(socket_path, seconds=0.5):
        return Finding(
            "broker", "missing", f"nobody answers on {socket_path}", "See the broker's log; `make down`, `make up`"
        )
    return Finding("broker", "good", f"embedded, answers on {socket_path}")


def _platform(settings: Settings) -> Finding:
    supervisor = running_supervisor(Places.of(settings))
    if supervisor is None and web_answers(settings):
        return Finding("platform", "good", f"its parts run each for itself: {settings.base_url}")
    if supervisor is None:
        return Finding("platform", "good", "does not run now; `make up` starts it")
    if not web_answers(settings):
        logs = Places.of(settings).logs
        return Finding("platform", "missing", f"process {supervisor.pid} runs, but no page is served", f"See {logs}")
    return Finding("platform", "good", f"runs as process {supervisor.pid}: {settings.base_url}")


def _names(settings: Settings) -> Finding:
    subject = f"names below {settings.host}"
    name = f"lab-1.{settings.host}"
    with contextlib.suppress(OSError):
        socket.getaddrinfo(name, settings.port)
        return Finding(subject, "good", "resolve on this machine")
    if settings.host.endswith("localhost"):
        return Finding(
            subject, "degraded", "browsers find them by themselves; other programs (curl, Safari) do not",
            f"For those: 127.0.0.1 {settings.host} in /etc/hosts, or `--resolve`.",
        )  # fmt: skip
    return Finding(
        subject, "missing", f"{name} does not resolve: labs cannot be opened", f"A wildcard: *.{settings.host}"
    )
