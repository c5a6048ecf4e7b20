"""What the provider remembers of a lab between calls: one small JSON file, without secrets."""

from __future__ import annotations

import hashlib
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from labs.ports import LabProblem
from labs.providers.machine.notes import read_noted, write_private
from labs.providers.machine.processes import Identity
from labs.spec import LabSpec


class ComponentRecord(BaseModel):
    """One component: its port, its process, and how often it had to be started again."""

    model_config = ConfigDict(extra="forbid")

    port: int
    process: Identity | None = None
    started_at: float | None = None
    ready_at: float | None = None
    page: str | None = None
    deaths: list[float] = []


class LabRecord(BaseModel):
    """One lab. `wanted` is False once it was stopped; `digest` tells whether the order has changed."""

    model_config = ConfigDict(extra="forbid")

    lab_id: int
    generation: int
    digest: str
    wanted: bool = True
    started_at: float | None = None
    ready_at: float | None = None
    problem: LabProblem | None = None
    components: dict[str, ComponentRecord] = {}

    @property
    def identities(self) -> list[Identity]:
        """Every process that was started and not known to be replaced."""
        return [one.process for one in self.components.values() if one.process]


def load(path: Path) -> LabRecord | None:
    """Read a record; None when there is none, or when it cannot be read (it is then made anew)."""
    return read_noted(path, LabRecord)


def save(path: Path, record: LabRecord) -> None:
    """Write a record, whole or not at all."""
    write_private(path, record.model_dump_json())


def start_digest(lab: LabSpec) -> str:
    """Tell orders apart that need a new start: other components, another token, another door."""
    parts = [*lab.components, lab.host, lab.frame_origin, lab.open or "", lab.token.get_secret_value()]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
