"""What exams need to know of a Docker engine: pure data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from labs.providers.docker.provider import POOL


@dataclass(frozen=True, kw_only=True)
class EngineExamSettings:
    """What exams need to know of an engine. `images` are references by name, with `tools` and `examiner`."""

    images: Mapping[str, str]
    installation: str = "main"
    address: str | None = None
    pool: str = POOL
    system_memory_mb: int = 2048
    service_cpus: float = 1.0
