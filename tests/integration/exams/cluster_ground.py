"""Exams on real pods, with the worker's own rights."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from labs.exams.host import ExamHost
from labs.exams.hosts import cluster_systems
from labs.exams.hosts.cluster import ClusterExamHost
from labs.exams.hosts.cluster_manifests import SYSTEMS
from labs.exams.remote_runner import EXAMINER
from labs.exams.report import Isolation
from labs.providers.kubernetes.client import ApiCluster
from labs.providers.kubernetes.settings import ClusterSettings
from tests.cluster.equipment.machine import Machine
from tests.cluster.exams_seen import forbidden_places, phases, standing
from tests.cluster.installation import Installation, installed
from tests.cluster.lab_images import lab_images, resolver_image
from tests.factories.cable import Cable, cable
from tests.factories.waiting import until
from tests.integration.exams.grounds import NO_IMAGE, MakeHost, Part

PARTS = {"examiner": EXAMINER, "system": SYSTEMS}
SOON = 5.0


class ClusterGround:
    """A cluster, asked with the worker's own token."""

    isolation: Isolation = "kubernetes"

    def __init__(self, installation: Installation, machine: Machine, folder: Path, patch: pytest.MonkeyPatch) -> None:
        self.installation, self.machine, self.folder, self.patch = installation, machine, folder, patch
        self.settings = installation.settings(images=lab_images(machine), resolver_image=resolver_image(machine))
        self.kubeconfig = str(installation.worker.write_kubeconfig(folder / "kubeconfig"))
        self.host = make_host(self.kubeconfig, self.settings, installation.name)

    @property
    def remake(self) -> MakeHost:
        return partial(make_host, self.kubeconfig, self.settings, self.installation.name)

    @contextmanager
    def forbidden(self) -> Iterator[list[str]]:
        yield forbidden_places(self.machine)

    def without_images(self) -> ExamHost:
        self.patch.setattr(cluster_systems, "START_SECONDS", SOON)
        settings = self.settings.model_copy(update={"images": dict.fromkeys(self.settings.images, NO_IMAGE)})
        return make_host(self.kubeconfig, settings, self.installation.name)

    @contextmanager
    def by_cable(self) -> Iterator[tuple[ExamHost, Cable]]:
        server = urlsplit(str(self.installation.worker.configuration.host))
        assert server.hostname and server.port
        dial = partial(socket.create_connection, (server.hostname, server.port))
        with socket.create_server(("127.0.0.1", 0)) as listener, cable(listener, dial) as laid:
            here = f"https://127.0.0.1:{listener.getsockname()[1]}"
            kubeconfig = self.installation.worker.write_kubeconfig(self.folder / "by-cable", server=here)
            yield make_host(str(kubeconfig), self.settings, self.installation.name), laid

    def runs(self, part: Part) -> bool:
        return "Running" in phases(self.host, PARTS[part])

    def left(self) -> list[str]:
        return [one["metadata"]["name"] for part in PARTS.values() for one in standing(self.host, part)]


def make_host(kubeconfig: str, settings: ClusterSettings, installation: str) -> ClusterExamHost:
    """A host by what another process can be given."""
    return ClusterExamHost(ApiCluster.of_kubeconfig(kubeconfig), settings, installation)


@contextmanager
def for_exams(kubeconfig: Path) -> Iterator[Installation]:
    """An installation for exams; at its end the namespaces of all of them are gone."""
    with installed(kubeconfig, "exams") as found:
        yield found
        until("the exams' namespaces are gone", lambda: not found.labs(), seconds=300)
