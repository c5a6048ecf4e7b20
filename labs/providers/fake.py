"""A provider that runs nothing: what the conformance suite asks of the others, in memory and at once."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import get_args

from labs.errors import LabNotRunning, LabSuperseded
from labs.ports import (
    CommandResult,
    ComponentSeen,
    Door,
    Isolation,
    LabProblem,
    Observation,
    Owned,
    Promise,
    Promises,
)
from labs.spec import LabSpec

STEPS = 2


@dataclass
class _Held:
    """One lab in memory."""

    lab: LabSpec
    steps: int = 0
    wanted: bool = True
    started_at: float = field(default_factory=time.time)
    ready_at: float | None = None
    files: dict[str, bytes] = field(default_factory=dict)
    broken: LabProblem | None = None


class Store:
    """What stays when a provider object is gone: two fakes over one store are one provider after a restart."""

    def __init__(self) -> None:
        self.labs: dict[str, _Held] = {}
        self.epoch: str | None = None
        self.lock = threading.RLock()


class Fake:
    """Starts a lab in two steps, in memory."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.results: dict[tuple[str, ...], CommandResult] = {}

    @property
    def promises(self) -> Promises:
        """Promise nothing: nothing runs."""
        row = Promise(subject="Everything", kept="no", how="This provider runs nothing.", about=get_args(Isolation))
        return Promises(provider="fake", summary="For tests only.", rows=(row,))

    def ensure(self, lab: LabSpec) -> Observation:
        """Take one step."""
        with self.store.lock:
            held = self._held(lab)
            if held is not None and held.lab.generation < lab.generation:
                held = None
            if held is None:
                held = self.store.labs[lab.name] = _Held(lab, files=_starter(lab))
            if not held.wanted:
                held.wanted, held.steps, held.started_at, held.ready_at = True, 0, time.time(), None
            held.lab = lab
            held.steps = min(held.steps + 1, STEPS)
            if held.steps == STEPS and held.ready_at is None:
                held.ready_at = time.time()
            return self._view(lab, held)

    def observe(self, lab: LabSpec) -> Observation:
        """Look."""
        with self.store.lock:
            return self._view(lab, self.store.labs.get(lab.name))

    def stop(self, lab: LabSpec) -> Observation:
        """Stop and keep the files."""
        with self.store.lock:
            held = self._held(lab)
            if held is not None:
                held.wanted, held.steps = False, 0
            return self._view(lab, held)

    def delete(self, lab: LabSpec) -> None:
        """Forget the lab."""
        with self.store.lock:
            if self._held(lab) is not None:
                del self.store.labs[lab.name]

    def list_owned(self) -> Sequence[Owned]:
        """List what is in memory."""
        with self.store.lock:
            return [
                Owned(name=name, lab_id=held.lab.lab_id, generation=held.lab.generation, running=held.wanted)
                for name, held in sorted(self.store.labs.items())
            ]

    def epoch(self) -> str | None:
        """Give what was noted last."""
        return self.store.epoch

    def note_epoch(self, epoch: str) -> None:
        """Keep it in memory."""
        self.store.epoch = epoch

    def logs(self, lab: LabSpec, component: str, *, max_bytes: int = 65_536) -> str:
        """Give a line that names the component."""
        lab.must_have(component)
        held = self.store.labs.get(lab.name)
        said = held.broken.log if held and held.broken else f"{component} started\n"
        return said[-max_bytes:] if held and held.wanted else ""

    def run(self, lab: LabSpec, command: Sequence[str], *, timeout: float = 60.0) -> CommandResult:
        """Give the result that the test laid down for this command; else an empty success."""
        held = self.store.labs.get(lab.name)
        if held is None or not held.wanted or held.lab.generation != lab.generation:
            raise LabNotRunning(f"{lab.name} is not running; start it first")
        return self.results.get(tuple(command), CommandResult(exit=0, stdout="", stderr=""))

    def read(self, lab: LabSpec, path: str, *, max_bytes: int = 1_048_576) -> bytes | None:
        """Read a file that is in memory."""
        held = self.store.labs.get(lab.name)
        data = held.files.get(path) if held else None
        return None if data is None else data[:max_bytes]

    def write(self, lab: LabSpec, path: str, data: bytes) -> None:
        """Put a file into the workspace, as a learner would."""
        self.store.labs[lab.name].files[path] = data

    def break_lab(self, lab: LabSpec, problem: LabProblem) -> None:
        """Let this lab fail from now on, until a reset."""
        self.store.labs[lab.name].broken = problem

    def _held(self, lab: LabSpec) -> _Held | None:
        held = self.store.labs.get(lab.name)
        if held is not None and held.lab.generation > lab.generation:
            raise LabSuperseded(
                f"{lab.name} is at generation {held.lab.generation}; the order was for {lab.generation}"
            )
        return held

    def _view(self, lab: LabSpec, held: _Held | None) -> Observation:
        if held is None:
            return Observation(state="absent")
        if not held.wanted:
            return Observation(state="stopped", generation=held.lab.generation)
        ready_at = None if held.broken else held.ready_at
        components = tuple(
            ComponentSeen(
                name=name, phase="ready" if ready_at else "starting", started_at=held.started_at, ready_at=ready_at
            )
            for name in lab.components
        )
        return Observation(
            state="failed" if held.broken else "ready" if ready_at else "starting",
            generation=held.lab.generation,
            components=components,
            problem=held.broken,
            door=Door(url=f"http://{lab.host}:1", path="/lab"),
            started_at=held.started_at,
            ready_at=ready_at,
        )


def _starter(lab: LabSpec) -> dict[str, bytes]:
    if lab.starter is None:
        return {}
    return {str(path.relative_to(lab.starter)): path.read_bytes() for path in lab.starter.rglob("*") if path.is_file()}
