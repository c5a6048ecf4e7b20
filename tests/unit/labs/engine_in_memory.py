"""A Docker engine in memory with a worker before it, and orders for it."""

from __future__ import annotations

from pathlib import Path

from labs.ports import Observation
from labs.providers.docker.provider import DockerProvider, EngineSettings
from labs.spec import LabSpec
from tests.unit.labs.fake_client import Client
from tests.unit.labs.fake_engine import Engine

EVERYTHING = ("mlflow", "serving", "prometheus", "workspace")
IMAGES = {name: f"academy/{name}:1" for name in (*EVERYTHING, "kafka", "tools", "door")}
LAB = "academy-main.lab-17"


class Machine:
    """An engine and the folder of a worker."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.engine = folder, Engine(set(IMAGES.values()))

    def provider(self) -> DockerProvider:
        return DockerProvider(EngineSettings(folder=self.folder, images=IMAGES), client=Client(self.engine))

    def killed(self, at: int, *, after: bool) -> DockerProvider:
        self.engine.calls.clear()
        self.engine.die_at, self.engine.die_after = (None, at) if after else (at, None)
        return self.provider()

    def alive(self) -> DockerProvider:
        self.engine.die_at = self.engine.die_after = None
        return self.provider()


def order(**changes: object) -> LabSpec:
    values: dict[str, object] = {
        "installation": "main", "lab_id": 17, "name": "lab-17", "components": EVERYTHING,
        "host": "lab-17.academy.localhost", "token": "only-for-this-lab-0123456789",
    }  # fmt: skip
    return LabSpec.model_validate(values | changes)


def ready(provider: DockerProvider, lab: LabSpec) -> Observation:
    for _ in range(5):
        seen = provider.ensure(lab)
        if seen.state == "ready":
            return seen
    raise AssertionError(seen)
