"""Exams on a real Docker engine."""

from __future__ import annotations

import os
import socket
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from tempfile import TemporaryDirectory

from docker.constants import DEFAULT_UNIX_SOCKET

from labs.exams.host import ExamHost
from labs.exams.hosts.engine import EngineExamHost
from labs.exams.hosts.engine_names import all_of
from labs.exams.hosts.engine_settings import EngineExamSettings
from labs.exams.report import Isolation
from labs.providers.docker import api, containers
from tests.factories.cable import Cable, cable
from tests.factories.docker_images import images
from tests.integration.exams.grounds import NO_IMAGE, MakeHost, Part
from tests.integration.labs.case import own_addresses, somebody_listens


class EngineGround:
    """A Docker engine."""

    isolation: Isolation = "docker"

    def __init__(self) -> None:
        self.settings = EngineExamSettings(images=dict(images()), installation=f"test-{uuid.uuid4().hex[:8]}")
        self.host = EngineExamHost(self.settings)

    @property
    def remake(self) -> MakeHost:
        return partial(EngineExamHost, self.settings)

    @contextmanager
    def forbidden(self) -> Iterator[list[str]]:
        """This machine by its addresses, as a container could know them, and what is beyond."""
        with somebody_listens() as port:
            here = [one for one in sorted({*own_addresses(), "172.17.0.1"}) if not one.startswith("127.")]
            socket.create_connection((here[0], port), timeout=2).close()
            yield [*(f"{one}:{port}" for one in here), "169.254.169.254:80", "192.0.2.1:80"]

    def without_images(self) -> ExamHost:
        nothing = {"tools": NO_IMAGE, "examiner": NO_IMAGE}
        return EngineExamHost(EngineExamSettings(images=nothing, installation=self.settings.installation))

    @contextmanager
    def by_cable(self) -> Iterator[tuple[ExamHost, Cable]]:
        with TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX) as listener:
            listener.bind(f"{folder}/engine")
            listener.listen()
            with cable(listener, _dial) as laid:
                yield EngineExamHost(replace(self.settings, address=f"unix://{folder}/engine")), laid

    def runs(self, part: Part) -> bool:
        name = {"examiner": "examiner", "system": "system-1.0"}[part]
        return any(name in one and state == "running" for one, state in self._containers().items())

    def left(self) -> list[str]:
        client, filters = api.connect(None), {"label": all_of(self.settings.installation)}
        networks, volumes = client.networks.list(filters=filters), client.volumes.list(filters=filters)
        return [*self._containers(), *(one.name for one in [*networks, *volumes])]

    def _containers(self) -> dict[str, str]:
        found = containers.summaries(api.connect(None), all_of(self.settings.installation))
        return {name: one["State"] for name, one in found.items()}


def _dial() -> socket.socket:
    found = socket.socket(socket.AF_UNIX)
    found.connect(os.environ.get("DOCKER_HOST", DEFAULT_UNIX_SOCKET).partition("unix://")[2])
    return found
