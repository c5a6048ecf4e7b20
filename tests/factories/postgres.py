"""A real PostgreSQL for one test run: made in a temporary folder, ended and removed with the run.

It listens on a socket in its folder only, and does not wait for the disk, nor use one where there is memory enough:
what it holds is worth nothing afterwards, and every test makes and removes a database of a thousand files.
PostgreSQL refuses to run as root, so a run of root's gives it to an unprivileged user.
"""

import contextlib
import os
import pwd
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psycopg

USER = "academy"
PATIENCE = 60.0
#: A socket's path must be short. The first that has room is taken.
IN_MEMORY, ON_DISK = Path("/dev/shm"), Path("/tmp")
ROOM = 4 * 2**30
#: Durability costs time, and a test run that the machine's end interrupts is begun anew.
HASTE = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "wal_level=minimal", "max_wal_senders=0")
OPTIONS = ("listen_addresses=", "max_connections=200", "autovacuum=off", "log_min_messages=warning", *HASTE)


class Server:
    """A running PostgreSQL; `socket` is the folder of its socket, its host for clients."""

    def __init__(self, folder: Path, process: subprocess.Popen[bytes]) -> None:
        self.folder, self._process = folder, process

    @property
    def socket(self) -> str:
        return str(self.folder)

    def stop(self) -> None:
        """A fast shutdown, which does not wait for clients to leave; its folder goes."""
        self._process.send_signal(signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=PATIENCE)
        self._process.kill()
        self._process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


def programs() -> Path | None:
    """The folder of `initdb` and `postgres`, the newest where there are several; Debian keeps them off the PATH."""
    found = [Path(on_path).parent] if (on_path := shutil.which("initdb")) else []
    places = ("/usr/lib/postgresql", "/opt/homebrew/opt", "/usr/local/opt")
    found += [program.parent for place in places for program in Path(place).glob("*/bin/initdb")]
    return max(found, key=_version, default=None)


def lacks() -> str | None:
    """Why no PostgreSQL can be started here; None when one can."""
    if programs() is None:
        return "no PostgreSQL (Debian: sudo apt-get install postgresql)"
    if os.geteuid() == 0 and _unprivileged() is None:
        return "PostgreSQL refuses to run as root, and there is no user `postgres` or `nobody`"
    return None


def start() -> Server:
    """A new server that answers; RuntimeError with its log when it does not."""
    if reason := lacks():
        raise RuntimeError(reason)
    folder = Path(tempfile.mkdtemp(prefix="ac-pg-", dir=IN_MEMORY if _has_room(IN_MEMORY) else ON_DISK))
    data, log = folder / "data", folder / "log"
    user = _unprivileged() if os.geteuid() == 0 else None
    if user is not None:
        os.chown(folder, user.pw_uid, user.pw_gid)
    initdb = ["initdb", "-D", str(data), "-U", USER, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]
    made = subprocess.run(_argv(initdb, user), capture_output=True, text=True, check=False, cwd=folder)
    if made.returncode != 0:
        raise RuntimeError(f"initdb: {made.stderr}")
    options = [word for option in OPTIONS for word in ("-c", option)]
    argv = ["postgres", "-D", str(data), "-k", str(folder), *options]
    with log.open("wb") as written:
        process = subprocess.Popen(
            _argv(argv, user), stdout=written, stderr=written, start_new_session=True, cwd=folder
        )
    server = Server(folder, process)
    _wait(server, log)
    return server


def _wait(server: Server, log: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            psycopg.connect(host=server.socket, user=USER, dbname="postgres").close()
            return
        except psycopg.OperationalError as error:
            if server._process.poll() is not None or time.monotonic() > deadline:
                said = log.read_text(errors="replace")
                server.stop()
                raise RuntimeError(f"PostgreSQL did not start: {error}\n{said}") from error
            time.sleep(0.05)


def _argv(argv: list[str], user: pwd.struct_passwd | None) -> list[str]:
    """As the unprivileged user, and on Linux ended with the thread that started it, however that ends."""
    folder = programs()
    assert folder is not None
    setpriv = ["setpriv"]
    if user is not None:
        setpriv += ["--reuid", str(user.pw_uid), "--regid", str(user.pw_gid), "--clear-groups"]
    if sys.platform.startswith("linux") and shutil.which("setpriv"):
        return [*setpriv, "--pdeathsig", "INT", str(folder / argv[0]), *argv[1:]]
    return [str(folder / argv[0]), *argv[1:]]


def _has_room(folder: Path) -> bool:
    """Whether it is there for us, with space for every database that a run has at once."""
    return os.access(folder, os.W_OK | os.X_OK) and shutil.disk_usage(folder).free >= ROOM


def _unprivileged() -> pwd.struct_passwd | None:
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    return None


def _version(folder: Path) -> int:
    found = re.search(r"\d+", folder.parent.name)
    return int(found[0]) if found else 0


if __name__ == "__main__":  # for scripts: whether this machine can, and if not why
    sys.exit(lacks())
