"""Labs as Docker containers: for one server and a team.

Everything that a call makes has a name that follows from the order, so whoever was killed in the midst is followed by
somebody who finds it. Removing goes: containers, network, disk, our note. What is found with another digest is an old
order's and is made anew; what carries a newer generation belongs to a newer order, and this one is refused.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from labs.errors import LabNotRunning, OurFault
from labs.ports import CommandResult, Observation, Owned, Promises
from labs.providers.containers.plan import TOOLS
from labs.providers.docker import (
    api,
    commands,
    containers,
    disk,
    door,
    holdings,
    keeper,
    names,
    network,
    promises,
    record,
    views,
)
from labs.providers.docker.order import Order
from labs.providers.docker.record import LabRecord
from labs.providers.docker.settings import POOL, EngineSettings
from labs.providers.docker.step import Step
from labs.providers.docker.tending import Tending, log_of
from labs.providers.machine import locks
from labs.providers.machine.notes import EPOCH, read_epoch, write_private
from labs.spec import LabSpec

__all__ = ["POOL", "DockerProvider", "EngineSettings"]


@dataclass
class DockerProvider:
    """Runs each lab as containers on a network of their own."""

    settings: EngineSettings
    client: Any = field(default=None, repr=False)

    def __post_init__(self) -> None:
        self.settings.folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    @property
    def promises(self) -> Promises:
        """Say what isolation a lab gets."""
        return promises.promises(capped_disks=self.settings.capped_disks)

    def ensure(self, lab: LabSpec) -> Observation:
        """Take one step: make what is missing, start what does not run, ask what is starting."""
        with locks.held(self.settings.lock(lab), wait_seconds=0) as mine:
            if not mine:
                return self.observe(lab)
            with api.in_our_words():
                now = self._current(lab)
                if now.problem is None:
                    Step(self._client, self._order(lab), now).take()
                    record.save(self.settings.record(lab), now)
                return self._view(lab, now)

    def observe(self, lab: LabSpec) -> Observation:
        """Look without changing anything."""
        with api.in_our_words():
            return self._view(lab, record.load(self.settings.record(lab)))

    def stop(self, lab: LabSpec) -> Observation:
        """End every container of the lab and keep its disk."""
        with locks.must_hold(self.settings.lock(lab)), api.in_our_words():
            now = record.load(self.settings.record(lab))
            holdings.generations(self._client, lab, now)
            holdings.end(self._client, lab)
            if now is not None:
                now.forget_containers()
                record.save(self.settings.record(lab), now)
            return self._view(lab, now)

    def delete(self, lab: LabSpec) -> None:
        """Remove everything of the lab, the work last but one and our note of it last."""
        with locks.must_hold(self.settings.lock(lab)), api.in_our_words():
            holdings.generations(self._client, lab, record.load(self.settings.record(lab)))
            holdings.end(self._client, lab)
            disk.remove(self._client, lab, self.settings.image(TOOLS), capped=self.settings.capped_disks)
            self.settings.record(lab).unlink(missing_ok=True)

    def list_owned(self) -> Sequence[Owned]:
        """List every lab of this installation that has a container, a network, a disk or a note."""
        with api.in_our_words():
            return holdings.owned(self._client, self.settings.installation, self.settings.folder)

    def epoch(self) -> str | None:
        """Give what was noted last."""
        return read_epoch(self.settings.folder)

    def note_epoch(self, epoch: str) -> None:
        """Keep it in a file beside the records."""
        write_private(self.settings.folder / EPOCH, epoch)

    def logs(self, lab: LabSpec, component: str, *, max_bytes: int = 65_536) -> str:
        """Give the end of a component's log."""
        lab.must_have(component)
        with api.in_our_words():
            return log_of(self._client, names.container(lab, component), max_bytes=max_bytes)

    def run(self, lab: LabSpec, command: Sequence[str], *, timeout: float = 60.0) -> CommandResult:
        """Run a command with the workspace's files, environment and network."""
        self._must_run(lab)
        with api.in_our_words():
            order = self._order(lab)
            subnet = network.find(self._client, lab)
            known = containers.summaries(self._client, names.of_lab(lab))
            if subnet is None or names.container(lab, names.KEEPER) not in known:
                raise LabNotRunning(f"{lab.name} is not running; start it first")
            kept = disk.mountpoint(self._client, names.disk(lab))
            own = Tending(self._client, lab, order.components, subnet, kept).attached(None)
            there = names.container(lab, order.workspace) if order.workspace else ""
            runs = there in known and known[there]["State"] == "running"
            beside = commands.beside(there if runs else None, own)
            way_out = network.opening(lab, subnet)
            return commands.run(
                self._client, lab, order.tools, command, more=way_out, kept=kept, network=beside, timeout=timeout
            )

    def read(self, lab: LabSpec, path: str, *, max_bytes: int = 1_048_576) -> bytes | None:
        """Read a regular file of the workspace; no link leads out of it."""
        self._must_run(lab)
        with api.in_our_words():
            return keeper.read(self._client, lab, path, max_bytes=max_bytes)

    def close_door(self) -> None:
        """End what belongs to no lab and runs; whoever ends all labs calls it, and the next start opens it again."""
        with api.in_our_words():
            door.remove(self._client, self.settings.door)

    def remove_all(self) -> None:
        """Take away what belongs to no lab: for whoever removes an installation, after its labs were deleted."""
        if left := [one.name for one in self.list_owned()]:
            raise OurFault(f"there is work of {', '.join(left)}; delete these labs first")
        self.close_door()
        with api.in_our_words():
            disk.remove_all(self._client, self.settings.installation)

    def _current(self, lab: LabSpec) -> LabRecord:
        """Give the record of this order; what an older generation left is removed first."""
        now = record.load(self.settings.record(lab))
        there = holdings.generations(self._client, lab, now)
        if any(one < lab.generation for one in there):
            holdings.end(self._client, lab)
            image, capped = self.settings.image(TOOLS), self.settings.capped_disks
            disk.remove(self._client, lab, image, capped=capped, keep=names.disk(lab))
            now = None
        digest = record.order_digest(lab)
        if now is None:
            now = LabRecord(lab_id=lab.lab_id, generation=lab.generation, digest=digest)
        if now.digest != digest:
            now.digest, now.problem, now.started_at = digest, None, None
        if not now.wanted or now.started_at is None:
            now.wanted, now.started_at, now.ready_at, now.problem = True, time.time(), None, None
        return now

    def _must_run(self, lab: LabSpec) -> None:
        now = record.load(self.settings.record(lab))
        if now is None or not now.wanted or now.generation != lab.generation:
            raise LabNotRunning(f"{lab.name} is not running; start it first")

    def _view(self, lab: LabSpec, now: LabRecord | None) -> Observation:
        order = self._order(lab)
        known = containers.summaries(self._client, names.of_lab(lab))
        has_disk = now is None and holdings.has_disk(self._client, lab)
        seen = views.view(lab, now, known, has_disk=has_disk, judge_at=order.judge_at)
        return seen.model_copy(update={"door": order.door}) if now is not None and now.wanted else seen

    def _order(self, lab: LabSpec) -> Order:
        return Order(self.settings, lab)

    @property
    def _client(self) -> Any:
        if self.client is None:
            self.client = api.connect(self.settings.address)
        return self.client
