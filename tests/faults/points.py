"""Finds every moment at which a process can die with something half done, and dies there when told to.

A point is a commit (before it, and after it) or an effect outside the database: a file written, renamed or removed, a
process started or signalled. They are not listed by hand: SQLAlchemy tells the commits, Python's audit events tell the
effects, and a point is named after the functions of ours that were on the way to it. After one effect is before the
next.
"""

import os
import signal
import sys
from pathlib import Path
from types import FrameType

from sqlalchemy import Connection, Engine, event
from sqlalchemy.orm import Session

ROOT = Path(__file__).resolve().parents[2]
OURS = tuple(str(ROOT / name) + os.sep for name in ("lms", "labs", "worker"))
EFFECTS = {
    "os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.link", "os.symlink", "os.kill", "os.killpg", "shutil.rmtree",
    "subprocess.Popen", "tempfile.mkstemp", "tempfile.mkdtemp",
}  # fmt: skip


class Points:
    """Notes each point once, in `log`; at the one called `die_at` the process kills itself."""

    def __init__(self, log: Path, *, die_at: str | None) -> None:
        self._log = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        self._die_at = die_at
        self._known: set[str] = set()
        self._open = True
        self._wrote = False

    def install(self) -> None:
        """From now on, in this process, for ever: audit hooks can not be taken back."""
        event.listen(Engine, "after_cursor_execute", self._statement)
        event.listen(Engine, "commit", self._committing)
        event.listen(Session, "after_commit", self._committed)
        sys.addaudithook(self._audit)

    def close(self) -> None:
        """What follows is not part of the scenario."""
        self.reach("the end", site="")
        self._open = False

    def reach(self, what: str, *, site: str | None = None) -> None:
        name = f"{what} {_site(sys._getframe(1)) if site is None else site}".strip()
        if not self._open or name in self._known or name == what != "the end":
            return
        self._known.add(name)
        os.write(self._log, f"{name}\n".encode())
        if name == self._die_at:
            os.kill(os.getpid(), signal.SIGKILL)

    def _statement(self, connection: Connection, _cursor: object, statement: str, *_: object) -> None:
        if statement.lstrip()[:6].upper() in ("INSERT", "UPDATE", "DELETE"):
            connection.info["wrote"] = True

    def _committing(self, connection: Connection) -> None:
        # What only read has nothing to lose by dying.
        self._wrote = connection.info.pop("wrote", False)
        if self._wrote:
            self.reach("before commit")

    def _committed(self, _: Session) -> None:
        if self._wrote:
            self._wrote = False
            self.reach("after commit")

    def _audit(self, name: str, arguments: tuple[object, ...]) -> None:
        if not self._open:
            return
        if name in EFFECTS and not _is_idle(name, arguments):
            self.reach(name)
        elif name == "open" and isinstance(arguments[2], int) and arguments[2] & (os.O_WRONLY | os.O_RDWR):
            self.reach("write")


def _is_idle(name: str, arguments: tuple[object, ...]) -> bool:
    """Looking whether a process lives changes nothing, nor does making a folder that exists."""
    if name in ("os.kill", "os.killpg"):
        return arguments[1] == 0
    return name == "os.mkdir" and Path(str(arguments[0])).is_dir()


def _site(frame: FrameType | None) -> str:
    """The innermost three functions of ours; empty when none of ours is on the way."""
    functions: list[str] = []
    while frame is not None and len(functions) < 3:
        if frame.f_code.co_filename.startswith(OURS):
            functions.append(f"{Path(frame.f_code.co_filename).stem}.{frame.f_code.co_name}")
        frame = frame.f_back
    return " < ".join(functions)
