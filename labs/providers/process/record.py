"""What the provider remembers of a lab between calls: one small JSON file, without secrets."""

from __future__ import annotations

import hashlib
from pathlib import Path

from pydantic import Field

from labs.providers.machine.memory import LabMemory, PartMemory
from labs.providers.machine.notes import read_noted, write_private
from labs.providers.machine.processes import Identity
from labs.spec import LabSpec


class ComponentRecord(PartMemory):
    """One component, with its port and its process."""

    port: int
    process: Identity | None = None


class LabRecord(LabMemory):
    """One lab with its components."""

    components: dict[str, ComponentRecord] = Field(default_factory=dict)

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
