"""What the provider remembers of a lab between calls. Without it a lab is adopted all the same, with new times."""

from __future__ import annotations

import hashlib
from pathlib import Path

from pydantic import Field

from labs.providers.machine.memory import LabMemory, PartMemory
from labs.providers.machine.notes import read_noted, write_private
from labs.spec import LabSpec


class PartRecord(PartMemory):
    """One component, with the container that was started last."""

    container: str | None = None


class LabRecord(LabMemory):
    """One lab; `filled` is the keeper that made sure of its files."""

    filled: str | None = None
    parts: dict[str, PartRecord] = Field(default_factory=dict)

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
