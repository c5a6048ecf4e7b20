"""Labs for tests: small ones (Prometheus starts in milliseconds) and one with everything, shared within a module."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

import pytest

from labs.places import academy_home, lab_environment
from labs.ports import CommandResult, LabProblem, Provider
from labs.providers.fake import Fake, Store
from labs.providers.process.addresses import choose
from labs.providers.process.provider import ProcessProvider
from labs.spec import LabSpec
from tests.cluster.conftest import kubeconfig, machine, places
from tests.integration.labs.case import Case

__all__ = ["Case", "kubeconfig", "machine", "places"]


class ProcessCase(Case):
    """Real processes."""

    def again(self) -> ProcessProvider:
        return ProcessProvider(
            root=self.root,
            environment=lab_environment(),
            programs=academy_home() / "bin",
            installation=self.installation,
        )

    def write(self, lab: LabSpec, path: str, data: bytes) -> None:
        (self.root / lab.name / "work" / path).write_bytes(data)


class FakeCase(Case):
    """The fake, over a store that survives."""

    def __init__(self, root: Path) -> None:
        self.store = Store()
        super().__init__(root)

    def again(self) -> Fake:
        return Fake(self.store)

    def write(self, lab: LabSpec, path: str, data: bytes) -> None:
        Fake(self.store).write(lab, path, data)

    def foresee(self, command: Sequence[str], result: CommandResult) -> None:
        assert isinstance(self.provider, Fake)
        self.provider.results[tuple(command)] = result

    def break_component(self, lab: LabSpec) -> str:
        problem = LabProblem(whose="learner", what="prometheus was told to fail", log="last words")
        Fake(self.store).break_lab(lab, problem)
        return problem.log


class DockerCase(Case):
    """Real containers, with a door and addresses of their own, so that several may run at once."""

    def __init__(self, root: Path) -> None:
        from tests.factories.docker_pools import pool

        self.root = root
        self.ports = self._ports()
        self.borrowed = ExitStack()
        self.pool = self.borrowed.enter_context(pool())
        super().__init__(root)

    def _ports(self) -> tuple[int, int]:
        taken: set[int] = set()
        for wish in ("door", "judges"):
            taken.add(choose(f"{self.root}/{wish}", taken=taken))
        first, second = sorted(taken)
        return first, second

    def again(self) -> Provider:
        # Only here: who has no engine needs no client for one.
        from labs.providers.docker.provider import DockerProvider, EngineSettings
        from tests.factories.docker_images import images

        settings = EngineSettings(
            folder=self.root,
            images=images(),
            installation=self.installation,
            pool=self.pool,
            door_port=self.ports[0],
            judges_port=self.ports[1],
        )
        return DockerProvider(settings)

    def credentials_in(self, lab: LabSpec) -> dict[str, str]:
        from labs.providers.docker import api, names

        look = ["find", "/run/secrets", "/var/run/secrets", "-mindepth", "1"]
        there = api.connect(None).containers.list(filters={"label": names.of_lab(lab)})
        found = {one.labels.get(names.COMPONENT, one.name): one.exec_run(look, stderr=False) for one in there}
        return {name: ran.output.decode() for name, ran in found.items()}

    def clean_up(self) -> None:
        from labs.providers.docker.provider import DockerProvider

        super().clean_up()
        assert isinstance(self.provider, DockerProvider)
        self.provider.remove_all()
        self.borrowed.close()


def kubernetes_case(root: Path, request: pytest.FixtureRequest) -> Case:
    """Real pods, on the cluster of tests/cluster."""
    from tests.integration.labs.kubernetes_case import KubernetesCase

    return KubernetesCase(root, request.getfixturevalue("kubeconfig"), request.getfixturevalue("machine"))


KUBERNETES = pytest.param(
    kubernetes_case,
    id="kubernetes",
    # Beside tests/cluster, which has another process: each has installations of its own.
    marks=[pytest.mark.cluster, pytest.mark.docker, pytest.mark.xdist_group("labs"), pytest.mark.timeout(1800)],
)
#: The first that needs an image on a new machine builds it, and the others wait for it.
DOCKER = pytest.param(DockerCase, id="docker", marks=[pytest.mark.docker, pytest.mark.timeout(1800)])


@pytest.fixture(
    scope="module",
    params=[pytest.param(ProcessCase, id="process"), pytest.param(FakeCase, id="fake"), DOCKER, KUBERNETES],
)
def shared(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Case]:
    """Every provider in turn, each for all tests of a file; the conformance suite runs against each."""
    make, root = request.param, tmp_path_factory.mktemp("shared") / "labs"
    one: Case = make(root) if isinstance(make, type) else make(root, request)
    yield one
    one.clean_up()


@pytest.fixture
def case(shared: Case) -> Iterator[Case]:
    """A provider on which nobody has seen this test's labs before; they go with it."""
    with shared.apart():
        yield shared


@pytest.fixture
def local(tmp_path: Path) -> Iterator[ProcessCase]:
    """The process provider, for what only real processes can show."""
    one = ProcessCase(tmp_path / "labs")
    yield one
    one.clean_up()


@pytest.fixture
def docker(tmp_path: Path) -> Iterator[DockerCase]:
    """The Docker provider, for what only real containers can show; nobody else's labs are there."""
    one = DockerCase(tmp_path / "labs")
    yield one
    one.clean_up()


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DockerCase]:
    """The Docker provider for all tests of a file: they share its door, and some of its labs."""
    one = DockerCase(tmp_path_factory.mktemp("engine") / "labs")
    yield one
    one.clean_up()


@pytest.fixture
def starter(tmp_path: Path) -> Path:
    """A starter folder with one old file."""
    folder = tmp_path / "starter"
    folder.mkdir()
    (folder / "README.md").write_text("begin here\n")
    os.utime(folder / "README.md", (0, 0))  # as in an image
    return folder
