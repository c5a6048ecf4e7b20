"""Labs for tests: small ones (Prometheus starts in milliseconds) and one with everything, shared within a module."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from labs.places import academy_home, lab_environment
from labs.ports import Provider
from labs.providers.fake import Fake, Store
from labs.providers.process import ProcessProvider
from labs.spec import LabSpec

MakeLab = Callable[..., LabSpec]


class Case:
    """One kind of provider: `again()` gives a new object as after a restart, `write` acts as the learner."""

    def __init__(self, root: Path) -> None:
        self.installation = f"test-{uuid4().hex}"
        self.root = root
        self.ordered: dict[str, LabSpec] = {}
        self.provider: Provider = self.again()

    def again(self) -> Provider:
        """Give a provider object that knows only what an earlier one left behind."""
        raise NotImplementedError

    def write(self, lab: LabSpec, path: str, data: bytes) -> None:
        """Write a file into the workspace."""
        raise NotImplementedError

    def order(self, lab_id: int = 1, **changes: object) -> LabSpec:
        """Make an order for a small lab."""
        name = f"lab-{lab_id}"
        values: dict[str, object] = {
            "installation": self.installation,
            "lab_id": lab_id,
            "name": name,
            "components": ("prometheus",),
            "host": f"{name}.academy.localhost",
            "token": secrets.token_urlsafe(32),
        }
        lab = LabSpec.model_validate(values | changes)
        self.ordered[name] = lab
        return lab

    def clean_up(self) -> None:
        """Delete every lab that was ordered."""
        for lab in self.ordered.values():
            self.provider.delete(lab)


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


@pytest.fixture(params=[ProcessCase, FakeCase], ids=["process", "fake"])
def case(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Case]:
    """Every provider in turn; the conformance suite runs against each."""
    one: Case = request.param(tmp_path / "labs")
    yield one
    one.clean_up()


@pytest.fixture
def local(tmp_path: Path) -> Iterator[ProcessCase]:
    """The process provider, for what only real processes can show."""
    one = ProcessCase(tmp_path / "labs")
    yield one
    one.clean_up()


@pytest.fixture
def starter(tmp_path: Path) -> Path:
    """A starter folder with one file."""
    folder = tmp_path / "starter"
    folder.mkdir()
    (folder / "README.md").write_text("begin here\n")
    return folder
