"""A provider that keeps its labs in memory and does as the test says."""

import threading
import time
from collections.abc import Sequence

from labs.errors import OurFault
from labs.ports import CommandResult, ComponentSeen, Door, LabProblem, Observation, Owned, Promises
from labs.spec import LabSpec


class MemoryProvider:
    """A lab is ready after `steps` calls of ensure; `calls` keeps what was asked, in order."""

    def __init__(self, *, steps: int = 2) -> None:
        self.steps = steps
        self.calls: list[tuple[str, str]] = []
        self.labs: dict[str, tuple[int, int]] = {}
        """Name -> generation and steps done; absent when stopped."""
        self.kept: dict[str, int] = {}
        """Name -> generation of the work that is kept."""
        self.problem: LabProblem | None = None
        self.breaks: Exception | None = None
        self.files: dict[str, bytes] = {}
        self.noted: str | None = None
        self.ids: dict[str, int] = {}
        """What it knows of labs' numbers."""
        self.sticks: set[str] = set()
        """Labs that cannot be deleted."""
        self.lock = threading.Lock()

    @property
    def promises(self) -> Promises:
        return Promises(provider="memory", summary="Nothing runs.", rows=())

    def ensure(self, lab: LabSpec) -> Observation:
        self._called("ensure", lab)
        with self.lock:
            generation, done = self.labs.get(lab.name, (lab.generation, 0))
            self.labs[lab.name] = (lab.generation, done + 1 if generation == lab.generation else 1)
            self.kept[lab.name] = lab.generation
        if self.problem:
            return Observation(state="failed", problem=self.problem)
        return self.observe(lab)

    def observe(self, lab: LabSpec) -> Observation:
        if lab.name not in self.labs:
            return Observation(state="stopped" if lab.name in self.kept else "absent")
        generation, done = self.labs[lab.name]
        ready = done >= self.steps
        now = time.time()
        at = {"started_at": now - 1, "ready_at": now if ready else None}
        seen = ComponentSeen(
            name="workspace",
            phase="ready" if ready else "starting",
            **at,
        )
        return Observation(
            state="ready" if ready else "starting",
            generation=generation,
            components=(seen,),
            door=Door(url=f"http://{lab.host}:4000", path="/lab"),
            **at,
        )

    def stop(self, lab: LabSpec) -> Observation:
        self._called("stop", lab)
        self.labs.pop(lab.name, None)
        return self.observe(lab)

    def delete(self, lab: LabSpec) -> None:
        self._called("delete", lab)
        if lab.name in self.sticks:
            raise OurFault(f"{lab.name} cannot be deleted")
        self.labs.pop(lab.name, None)
        self.kept.pop(lab.name, None)

    def list_owned(self) -> Sequence[Owned]:
        return [
            Owned(name=name, lab_id=self.ids.get(name), generation=generation, running=name in self.labs)
            for name, generation in self.kept.items()
        ]

    def epoch(self) -> str | None:
        return self.noted

    def note_epoch(self, epoch: str) -> None:
        self.noted = epoch

    def logs(self, lab: LabSpec, component: str, *, max_bytes: int = 65_536) -> str:
        return ""

    def run(self, lab: LabSpec, command: Sequence[str], *, timeout: float = 60.0) -> CommandResult:
        return CommandResult(exit=0, stdout="", stderr="")

    def read(self, lab: LabSpec, path: str, *, max_bytes: int = 1_048_576) -> bytes | None:
        return self.files.get(path)

    def _called(self, what: str, lab: LabSpec) -> None:
        self.calls.append((what, lab.name))
        if self.breaks:
            raise self.breaks
