"""What this machine and this instance lack: one `Finding` each, with what to do about it."""

import contextlib
import os
import platform
import shutil
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from lms.command import command, start_command
from lms.config import Settings
from lms.database import MIGRATIONS, lone_engine
from lms.supervisor import lab_findings, part_findings, process_findings
from lms.supervisor.finding import SET_UP, Finding
from lms.supervisor.fit import MEND, misfit
from lms.supervisor.lock import running_supervisor
from lms.supervisor.places import Places
from lms.supervisor.plan import embedded_broker
from lms.supervisor.start import CannotStart, check_port, check_settings, wait_for_socket, web_answers

VENDOR = Path(__file__).parents[1] / "web" / "static" / "vendor" / "manifest.json"
ENOUGH_DISK = 5 * 1024**3


def examine(settings: Settings) -> Iterator[Finding]:
    """Look at everything, in the order in which one mends it."""
    yield _python()
    yield _front_end()
    if settings.part in (None, *part_findings.LAB_MAKERS):
        yield from _provider(settings)
    yield _disk(settings)
    if settings.part is None:
        yield from (look(settings) for look in (_listening, _database, _broker, _platform, _logs, _names))
    else:
        yield from part_findings.examine(settings, database=_database)
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
        yield from process_findings.examine(settings)


def _python() -> Finding:
    return Finding("Python", "good", f"{platform.python_version()} in {sys.prefix}")


def _front_end() -> Finding:
    if not VENDOR.exists():
        return Finding("front-end files", "missing", "pages would have no style", SET_UP)
    return Finding("front-end files", "good", str(VENDOR.parent))


def _disk(settings: Settings) -> Finding:
    """Where the instance is, which may be a volume of its own while its parent cannot be written."""
    place = settings.instance_folder.absolute()
    folder = next(path for path in (place, *place.parents) if path.exists())
    free = shutil.disk_usage(folder).free
    what = f"{free / 1024**3:.1f} GB free in {settings.instance_folder}"
    if not os.access(folder, os.W_OK):
        mend = "Give it a volume that user id 1000 may write." if settings.part else "Choose another with ACADEMY_HOME."
        return Finding("disk", "missing", f"{folder} cannot be written", mend)
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
        return Finding("database", "good", f"not made yet; `{start_command(settings)}` makes it")
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
        mend = part_findings.MIGRATE if settings.part else f"`{start_command(settings)}` migrates it"
        return Finding("database", "degraded", f"at migration {current}, the newest is {newest}", mend)
    return Finding("database", "good", f"{shown} at migration {current}")


def _broker(settings: Settings) -> Finding:
    socket_path = embedded_broker(settings)
    if socket_path is None:
        return Finding("broker", "good", "one of your own (ACADEMY_BROKER)")
    if running_supervisor(Places.of(settings)) is None:
        return Finding("broker", "good", "embedded; runs while the platform runs")
    if not wait_for_socket(socket_path, seconds=0.5):
        mend = f"See the broker's log; `{command('down', settings)}`, `{start_command(settings)}`"
        return Finding("broker", "missing", f"nobody answers on {socket_path}", mend)
    return Finding("broker", "good", f"embedded, answers on {socket_path}")


def _platform(settings: Settings) -> Finding:
    supervisor = running_supervisor(Places.of(settings))
    if supervisor is None and web_answers(settings):
        return Finding("platform", "good", f"its parts run each for itself: {settings.base_url}")
    if supervisor is None:
        return Finding("platform", "good", f"does not run now; `{start_command(settings)}` starts it")
    if not web_answers(settings):
        logs = Places.of(settings).logs
        return Finding("platform", "missing", f"process {supervisor.pid} runs, but no page is served", f"See {logs}")
    return Finding("platform", "good", f"runs as process {supervisor.pid}: {settings.base_url}")


def _logs(settings: Settings) -> Finding:
    logs = Places.of(settings).logs
    return Finding("logs", "good", str(logs) if logs.exists() else f"{logs}, once the platform has run")


def _names(settings: Settings) -> Finding:
    subject = f"names below {settings.labs_host}"
    name = f"lab-1.{settings.labs_host}"
    with contextlib.suppress(OSError):
        socket.getaddrinfo(name, settings.port)
        return Finding(subject, "good", "resolve on this machine")
    if settings.labs_host.endswith("localhost"):
        return Finding(
            subject, "degraded", "browsers find them by themselves; other programs (curl, Safari) do not",
            f"For those: 127.0.0.1 {settings.host} in /etc/hosts, or `--resolve`.",
        )  # fmt: skip
    what = f"{name} does not resolve on this machine: labs cannot be opened"
    return Finding(subject, "missing", what, f"A name for all of them in your DNS: *.{settings.labs_host}")
