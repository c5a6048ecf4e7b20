"""One installation with labs of pause images, and what is needed to drive them, by way of a recorder or not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from labs.providers.kubernetes.provider import KubernetesProvider
from labs.providers.kubernetes.settings import ClusterSettings
from labs.spec import LabSpec
from tests.cluster import worker_process
from tests.cluster.equipment.machine import Machine
from tests.cluster.installation import Installation, installed
from tests.cluster.lab_images import pause_image
from tests.cluster.people import Person
from tests.cluster.recorder import PASS, Act, Call, Recorder

SIGKILLED = -9


@dataclass
class Stage:
    """`kubeconfig` has the worker's own token, whoever uses it."""

    installation: Installation
    settings: ClusterSettings
    worker: Person
    folder: Path

    @property
    def admin(self) -> Person:
        return self.installation.admin

    def kubeconfig(self, recorder: Recorder | None = None, name: str = "direct") -> str:
        path = self.worker.write_kubeconfig(self.folder / name, server=recorder.url if recorder else None)
        return str(path)

    def provider(self, lab: LabSpec, *, pods: bool = True) -> KubernetesProvider:
        """One that nothing happens to."""
        path = self.kubeconfig(name=lab.name)
        return worker_process.provider_of(path, self.settings, lab.installation, pods=pods)

    def ready(self, lab: LabSpec) -> None:
        worker_process.until_ready(self.provider(lab), lab)

    def made(self, lab: LabSpec) -> None:
        """The same without pods."""
        worker_process.until_made(self.provider(lab, pods=False), lab)

    def killed(self, lab: LabSpec, verb: str, number: int, when: str) -> Recorder:
        """Run a worker that is killed at call `number`."""
        recorder = Recorder(self.admin, lambda call: Act(kill=when) if call.number == number else PASS)
        with recorder.open():
            kubeconfig = self.kubeconfig(recorder, f"{lab.name}-killed")
            process = worker_process.start(kubeconfig, self.settings, lab, verb)
            recorder.has_victim(process.pid)
            process.join(120)
            assert process.exitcode == SIGKILLED, f"{verb} {number} {when}: {process.exitcode}"
        assert len(recorder.calls) == number
        return recorder

    def recorded(self, lab: LabSpec, verb: str) -> list[Call]:
        """The calls of a worker that nothing happens to."""
        recorder = Recorder(self.admin)
        with recorder.open():
            process = worker_process.start(self.kubeconfig(recorder, lab.name), self.settings, lab, verb)
            process.join(120)
            assert process.exitcode == 0
        return recorder.calls


@contextmanager
def open_stage(kubeconfig: Path, machine: Machine, folder: Path, name: str) -> Iterator[Stage]:
    image = pause_image(machine)
    with installed(kubeconfig, name) as installation:
        settings = installation.settings(images=dict.fromkeys(("workspace", "tools"), image), resolver_image=image)
        yield Stage(installation, settings, installation.worker, folder)
