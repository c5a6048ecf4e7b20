"""Labs as local processes: for a laptop and for people who trust each other. It promises no isolation and says so."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from labs.components.loader import chosen_components
from labs.errors import LabNotRunning, LabSuperseded
from labs.ports import CommandResult, Observation, Owned, Promises
from labs.providers.machine import locks, processes, reading
from labs.providers.machine.notes import EPOCH, read_epoch, write_private
from labs.providers.process import addresses, commands, record, starter, thin, views
from labs.providers.process.folders import LabFolder, names_in
from labs.providers.process.promises import PROMISES
from labs.providers.process.recipes import Kitchen
from labs.providers.process.record import LabRecord
from labs.spec import LabSpec


class ProcessProvider:
    """Runs each lab in a folder of its own beneath `root`, over the locked `environment`.

    `programs` is where the set-up puts programs that the system's package manager did not bring.
    """

    def __init__(
        self, *, root: Path, environment: Path, programs: Path | None = None, installation: str = "main"
    ) -> None:
        self.root = root.absolute()
        self.environment = environment.absolute()
        self.programs = programs
        self.installation = installation

    @property
    def promises(self) -> Promises:
        """Say what isolation a lab gets: nearly none."""
        return PROMISES

    def ensure(self, lab: LabSpec) -> Observation:
        """Take one short step: start what is not running, ask what is starting, note what is ready."""
        folder = LabFolder(self.root, lab.name)
        with locks.held(folder.lock, wait_seconds=0) as mine:
            if not mine:
                return self.observe(lab)
            now = self._current(lab, folder)
            if now.problem is None:
                self._step(lab, folder, now)
                record.save(folder.record, now)
            return self._view(lab, folder, now)

    def observe(self, lab: LabSpec) -> Observation:
        """Look without changing anything."""
        folder = LabFolder(self.root, lab.name)
        return self._view(lab, folder, record.load(folder.record))

    def stop(self, lab: LabSpec) -> Observation:
        """End every process of the lab and keep its work."""
        with self._ended(lab) as (folder, now):
            if now is not None:
                starter.forget_processes(now)
                record.save(folder.record, now)
            return self._view(lab, folder, now)

    def delete(self, lab: LabSpec) -> None:
        """End every process of the lab and remove its folder."""
        with self._ended(lab) as (folder, _):
            folder.remove()

    def list_owned(self) -> Sequence[Owned]:
        """List labs that have a folder here, and labs of this installation that only have processes left."""
        marks = {mark.partition("/")[2] for mark in processes.all_marks(self.installation)}
        names = names_in(self.root) | marks
        owned = []
        for name in sorted(names):
            known = record.load(LabFolder(self.root, name).record)
            running = name in marks or bool(known and any(map(processes.is_alive, known.identities)))
            owned.append(
                Owned(name=name, lab_id=known and known.lab_id, generation=known and known.generation, running=running)
            )
        return owned

    def epoch(self) -> str | None:
        """Give what was noted last."""
        return read_epoch(self.root)

    def note_epoch(self, epoch: str) -> None:
        """Keep it in a file beside the labs."""
        write_private(self.root / EPOCH, epoch)

    def logs(self, lab: LabSpec, component: str, *, max_bytes: int = 65_536) -> str:
        """Give the end of a component's log."""
        lab.must_have(component)
        return reading.tail(LabFolder(self.root, lab.name).log(component), max_bytes=max_bytes)

    def run(self, lab: LabSpec, command: Sequence[str], *, timeout: float = 60.0) -> CommandResult:
        """Run a command in the workspace with the environment that the lab's terminals have."""
        folder = LabFolder(self.root, lab.name)
        now = record.load(folder.record)
        if now is None or not now.wanted or now.generation != lab.generation or not folder.work.is_dir():
            raise LabNotRunning(f"{lab.name} is not running; start it first")
        environment = self._kitchen(lab, folder, now).variables()
        argv = [starter.resolve(command[0], environment["PATH"]), *command[1:]]
        return commands.run(argv, cwd=folder.work, environment=environment, timeout=timeout)

    def read(self, lab: LabSpec, path: str, *, max_bytes: int = 1_048_576) -> bytes | None:
        """Read a regular file of the workspace; no link leads out of it."""
        return reading.read_within(LabFolder(self.root, lab.name).work, path, max_bytes=max_bytes)

    @contextmanager
    def _ended(self, lab: LabSpec) -> Iterator[tuple[LabFolder, LabRecord | None]]:
        """The lab's folder and record under its lock, once every process has ended; not for an order of the past."""
        folder = LabFolder(self.root, lab.name)
        with locks.must_hold(folder.lock):
            now = record.load(folder.record)
            self._refuse_superseded(lab, now)
            self._end(lab, now)
            yield folder, now

    def _current(self, lab: LabSpec, folder: LabFolder) -> LabRecord:
        """Give the record of this order; an older generation is removed, a changed order is started anew."""
        now = record.load(folder.record)
        self._refuse_superseded(lab, now)
        if now is not None and now.generation < lab.generation:
            self._end(lab, now)
            folder.remove()
            now = None
        digest = record.start_digest(lab)
        if now is not None and now.digest != digest:
            self._end(lab, now)
            now.components.clear()
            now = now.model_copy(update={"digest": digest, "problem": None})
        if now is None:
            # Whoever carries our mark without a record was started by somebody who died before writing it.
            processes.end([], mark=lab.mark)
            now = LabRecord(lab_id=lab.lab_id, generation=lab.generation, digest=digest)
        if not now.wanted or now.started_at is None:
            now.wanted, now.started_at, now.ready_at, now.problem = True, time.time(), None, None
        return now

    def _step(self, lab: LabSpec, folder: LabFolder, now: LabRecord) -> None:
        folder.make()
        thin.make(thin.locked(self.environment), folder.thin)
        folder.fill_work(lab.starter)
        addresses.give_ports(lab, now.components, root=self.root)
        kitchen = self._kitchen(lab, folder, now)
        kitchen.write_home()
        # Before anything is started: if we are killed in between, the next caller knows that this lab is wanted.
        record.save(folder.record, now)
        for name in lab.components:
            now.problem = starter.tend(
                kitchen, name, now.components[name], save=lambda: record.save(folder.record, now)
            )
            if now.problem:
                return
        if now.ready_at is None and all(one.ready_at for one in now.components.values()):
            now.ready_at = time.time()
        if now.ready_at is None and time.time() - (now.started_at or 0) > lab.limits.start_seconds:
            now.problem = starter.too_slow(kitchen, now)

    def _kitchen(self, lab: LabSpec, folder: LabFolder, now: LabRecord) -> Kitchen:
        ports = {name: one.port for name, one in now.components.items()}
        locked = thin.locked(self.environment)
        return Kitchen(lab, folder, locked, chosen_components(lab.components), ports, self.programs)

    def _view(self, lab: LabSpec, folder: LabFolder, now: LabRecord | None) -> Observation:
        return views.view(lab, folder, now, chosen_components(lab.components))

    def _end(self, lab: LabSpec, now: LabRecord | None) -> None:
        if not processes.end(now.identities if now else [], mark=lab.mark):
            raise OSError(f"processes of {lab.name} cannot be ended")

    @staticmethod
    def _refuse_superseded(lab: LabSpec, now: LabRecord | None) -> None:
        if now is not None and now.generation > lab.generation:
            raise LabSuperseded(f"{lab.name} is at generation {now.generation}; the order was for {lab.generation}")
