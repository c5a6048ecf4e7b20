"""Where exams are held off this machine, as the one suite of exams asks about it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal, Protocol

from labs.exams.host import ExamHost
from labs.exams.report import Isolation
from labs.projects import load_project
from schema import Problems
from tests.factories.cable import Cable
from tests.integration.exams.exam_bench import make_settings, run

NO_IMAGE = f"academy.test/none@sha256:{'0' * 64}"
MakeHost = Callable[[], ExamHost]
Part = Literal["examiner", "system"]


class Ground(Protocol):
    """An engine or a cluster with an installation of the test's own."""

    isolation: Isolation

    @property
    def host(self) -> ExamHost:
        """With the rights that a worker has there."""
        ...

    @property
    def remake(self) -> MakeHost:
        """Gives the same host in another process."""
        ...

    @contextmanager
    def forbidden(self) -> Iterator[list[str]]:
        """Places (host:port) where somebody listens, or would on another network, whom no submission may reach."""
        ...

    def without_images(self) -> ExamHost:
        """A host of the same installation whose images (`NO_IMAGE`) nobody has; it gives up soon."""
        ...

    @contextmanager
    def by_cable(self) -> Iterator[tuple[ExamHost, Cable]]:
        """Give a host of the same installation whose connections a test can break."""
        ...

    def runs(self, part: Part) -> bool:
        """Say whether a part of an exam runs."""
        ...

    def left(self) -> list[str]:
        """Name everything that exams made and that is not on its way out."""
        ...


def hold_small(make: MakeHost, root: Path) -> None:
    """Examine the project and work in `root`: what a caller does that a test kills."""
    project = load_project("small", Problems(), root=root / "projects")
    assert project is not None
    run(project, root / "work", make_settings(root / "state", host=make()))
