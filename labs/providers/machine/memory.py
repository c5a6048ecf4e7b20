"""What a provider that runs labs on this machine remembers of each: the part that does not depend on how it runs."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from labs.ports import LabProblem


class PartMemory(BaseModel):
    """One component."""

    model_config = ConfigDict(extra="forbid")

    started_at: float | None = None
    ready_at: float | None = None
    page: str | None = None
    deaths: list[float] = []
    """When it ended by itself, by our clock; those of the last minute count."""


class LabMemory(BaseModel):
    """One lab. `wanted` is False once it was stopped; `digest` tells whether the order has changed."""

    model_config = ConfigDict(extra="forbid")

    lab_id: int
    generation: int
    digest: str
    wanted: bool = True
    started_at: float | None = None
    ready_at: float | None = None
    problem: LabProblem | None = None
