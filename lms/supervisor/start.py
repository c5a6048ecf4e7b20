"""What must hold before an instance starts, and the steps that come before its processes."""

import http.client
import json
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path

from lms.command import DEMO, start_command
from lms.config import Settings
from lms.supervisor.output import Output
from lms.supervisor.places import RESULT
from lms.supervisor.plan import CHECKOUT, embedded_broker

LONGEST_SOCKET_PATH = 100
_LONGEST_ANSWER = 4096


class CannotStart(Exception):
    """The platform does not start; the text says why and what to do."""


def is_loopback(address: str) -> bool:
    """Whether only this machine can reach the address; a name counts when all it stands for does."""
    try:
        return ip_address(address).is_loopback
    except ValueError:
        pass
    try:
        found = {entry[4][0] for entry in socket.getaddrinfo(address, None)}
    except OSError:
        return False
    return bool(found) and all(ip_address(str(one)).is_loopback for one in found)


def check_settings(settings: Settings) -> None:
    """Raise `CannotStart` for settings that nobody should run with."""
    reached = _reached_by_others(settings)
    if reached and settings.provider == "process" and not settings.accept_process_labs_beyond_loopback:
        raise CannotStart(
            f"{reached}, and its labs are processes of this machine's user: every learner could read and change "
            "everything that this user can.\n"
            "Keep to this machine (ACADEMY_BIND=127.0.0.1, no ACADEMY_TRUSTED_PROXIES), or, if you trust everyone "
            "who can reach it, say so: ACADEMY_ACCEPT_PROCESS_LABS_BEYOND_LOOPBACK=true"
        )
    broker = embedded_broker(settings)
    if broker is not None and len(str(broker).encode()) > LONGEST_SOCKET_PATH:
        raise CannotStart(f"{broker} is too long a path for a socket. Choose a shorter folder with ACADEMY_HOME.")


def _reached_by_others(settings: Settings) -> str | None:
    """How other machines reach the platform, as the beginning of a sentence; None when they do not."""
    if not is_loopback(settings.bind):
        return f"The platform was told to listen on {settings.bind}, where other machines reach it"
    if settings.trusted_proxies:
        return "The platform was told of a reverse proxy, through which other machines reach it"
    return None


def check_port(settings: Settings) -> None:
    """Raise `CannotStart` when something else listens there already."""
    family = socket.AF_INET6 if ":" in settings.bind else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.bind, settings.port))
        except OSError as error:
            raise CannotStart(
                f"Port {settings.port} on {settings.bind} cannot be used: {error.strerror or error}.\n"
                f"Choose another one: {start_command(_with_another_port(settings))}"
            ) from error


def _with_another_port(settings: Settings) -> Settings:
    """An example of a port that is neither the one in the way nor the default of the instance beside it."""
    usual = 8081 if settings.instance == DEMO else 8080
    return settings.model_copy(update={"port": usual if settings.port != usual else usual + 10})


def prepare_database(env: Mapping[str, str], output: Output) -> str | None:
    """Migrate in a process of its own; the first administrator's link, or None when there is one already."""
    done = subprocess.run(
        [sys.executable, "-m", "lms.supervisor.database"],
        cwd=CHECKOUT,
        env=dict(env),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        start_new_session=True,
    )
    link: str | None = None
    for line in done.stdout.splitlines():
        if line.startswith(RESULT):
            link = json.loads(line.removeprefix(RESULT))["set_up_link"]
        else:
            output.line("database", line)
    if done.returncode != 0:
        raise CannotStart("The database could not be brought up to date; its reason stands above. Nothing was started.")
    return link


def wait_for_socket(path: Path, *, seconds: float) -> bool:
    """Whether somebody answers on the socket within this time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with socket.socket(socket.AF_UNIX) as client:
            try:
                client.connect(str(path))
                return True
            except OSError:
                time.sleep(0.02)
    return False


def web_answers(settings: Settings) -> bool:
    """Whether the web of this very instance serves pages, now; another one may be listening in its place."""
    everywhere = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - names what a bind address stands for
    connection = http.client.HTTPConnection(everywhere.get(settings.bind, settings.bind), settings.port, timeout=1)
    try:
        connection.request("GET", "/readyz", headers={"Host": "127.0.0.1"})
        answer = connection.getresponse()
        told = json.loads(answer.read(_LONGEST_ANSWER))
        return answer.status == 200 and told["installation"] == settings.installation
    except (OSError, http.client.HTTPException, ValueError, LookupError, TypeError):
        return False
    finally:
        connection.close()
