"""What the provider remembers of a lab between calls. Without it a lab is adopted all the same, with new times."""

from __future__ import annotations

import hashlib
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from labs.ports import LabProblem
from labs.providers.machine.notes import read_noted, write_private
from labs.spec import LabSpec


class PartRecord(BaseModel):
    """One component: the container that was started last, and how often it ended by itself."""

    model_config = ConfigDict(extra="forbid")

    container: str | None = None
    started_at: float | None = None
    ready_at: float | None = None
    page: str | None = None
    deaths: list[float] = []
    """When it ended, by our clock; those of the last minute count."""


class LabRecord(BaseModel):
    """One lab. `wanted` is False once it was stopped; `filled` is the keeper that made sure of the lab's files."""

    model_config = ConfigDict(extra="forbid")

    lab_id: int
    generation: int
    digest: str
    wanted: bool = True
    filled: str | None = None
    started_at: float | None = None
    ready_at: float | None = None
    problem: LabProblem | None = None
    parts: dict[str, PartRecord] = {}

    def part(self, name: str) -> PartRecord:
        """Give what is known of a component."""
        return self.parts.setdefault(name, PartRecord())

    def forget_containers(self) -> None:
        """Note that the lab was stopped."""
        self.wanted, self.started_at, self.ready_at, self.problem, self.filled = False, None, None, None, None
        self.parts.clear()


def load(path: Path) -> LabRecord | None:
    """Read a record; None when there is none, or when it cannot be read (it is then made anew)."""
    return read_noted(path, LabRecord)


def save(path: Path, record: LabRecord) -> None:
    """Write a record, whole or not at all."""
    write_private(path, record.model_dump_json())


def order_digest(lab: LabSpec) -> str:
    """Tell orders apart: a new order forgets what was wrong with the old one."""
    text = lab.model_dump_json(exclude={"token"}) + lab.token.get_secret_value()
    return hashlib.sha256(text.encode()).hexdigest()
