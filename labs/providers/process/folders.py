"""Where a lab's files are. Only these paths are ever written by the process provider."""

from __future__ import annotations

import os
import shutil
import stat
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class LabFolder:
    """The folder of one lab: `work` is the learner's; `run` holds secrets and is remade at each start."""

    root: Path
    name: str

    @property
    def top(self) -> Path:
        """Everything of this lab."""
        return self.root / self.name

    @property
    def work(self) -> Path:
        """What the learner sees as the workspace."""
        return self.top / "work"

    @property
    def home(self) -> Path:
        """HOME of everything in the lab."""
        return self.top / "home"

    @property
    def thin(self) -> Path:
        """The lab's own layer over the locked environment."""
        return self.top / "env"

    @property
    def record(self) -> Path:
        """What runs, as the provider last wrote it."""
        return self.top / "state" / "lab.json"

    @property
    def lock(self) -> Path:
        """Held by whoever changes the lab; beside it, so that a deletion can hold it too."""
        return self.root / ".locks" / f"{self.name}.lock"

    def state(self, component: str) -> Path:
        """A component's own data, kept when the lab stops."""
        return self.top / "state" / component

    def run(self, component: str) -> Path:
        """A component's rendered configuration, with secrets."""
        return self.top / "run" / component

    def log(self, component: str) -> Path:
        """A component's log."""
        return self.top / "logs" / f"{component}.log"

    def make(self) -> None:
        """Make the folders that every lab has; `run` and `state` are for the owner only."""
        if not self.top.exists():
            self._clear_gone()  # whoever removed an earlier one may have died half-way
        for path in (self.top, self.home, self.top / "state", self.top / "run", self.top / "logs", self.top / "tmp"):
            path.mkdir(parents=True, exist_ok=True, mode=0o700)

    def fill_work(self, starter: Path | None) -> None:
        """Copy the starter files, whole or not at all; work that exists is never touched."""
        if self.work.exists():
            return
        half = self.top / f"work.{uuid.uuid4().hex}.half"
        if starter is not None:
            shutil.copytree(starter, half)
        else:
            half.mkdir()
        for path in (half, *half.rglob("*")):
            path.chmod(path.stat().st_mode | stat.S_IWUSR | stat.S_IRUSR)
            os.utime(path)  # a copy has the set-up's age; a learner sees when the lab was made
        half.rename(self.work)

    def remove(self) -> None:
        """Remove everything; first out of sight by one rename, so that half a lab is never taken for a lab."""
        if self.top.exists():
            self.top.rename(self.root / f".gone-{self.name}-{uuid.uuid4().hex}")
        self._clear_gone()

    def _clear_gone(self) -> None:
        for gone in self.root.glob(f".gone-{self.name}-*"):
            shutil.rmtree(gone, onerror=_make_removable)
            if gone.exists():
                shutil.rmtree(gone, ignore_errors=True)


def names_in(root: Path) -> set[str]:
    """The labs that have a record; what was put out of sight to be removed is none."""
    return {path.parent.parent.name for path in root.glob("[!.]*/state/lab.json")}


def _make_removable(_: Any, path: str, __: Any) -> None:
    """Open what a learner made read-only, and remove it."""
    place = Path(path)
    for one in (place.parent, place):
        if not one.is_symlink():
            one.chmod(stat.S_IRWXU)
    if place.is_dir() and not place.is_symlink():
        shutil.rmtree(place, ignore_errors=True)
    else:
        place.unlink(missing_ok=True)
