"""Labs as Docker containers: for one server and a team.

Everything that a call makes has a name that follows from the order, so whoever was killed in the midst is followed by
somebody who finds it. The order of making: network, disk, keeper, files, containers, door; of removing: containers,
network, disk, record. What is found with another digest is an old order's and is made anew; what carries a newer
generation belongs to a newer order, and this one is refused.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from docker.errors import NotFound

from labs.components.loader import known_components
from labs.components.model import Component
from labs.errors import ImageMissing, LabNotRunning, LabSuperseded, UnknownComponent
from labs.ports import CommandResult, Door, LabProblem, Observation, Owned, Promises
from labs.providers.containers.plan import TOOLS, ContainerPlan, plan, tools
from labs.providers.engine import (
    api,
    commands,
    containers,
    disk,
    door,
    door_config,
    keeper,
    names,
    network,
    promises,
    record,
    views,
)
from labs.providers.engine.record import LabRecord
from labs.providers.engine.tending import Tending, log_of
from labs.providers.local import locks, readiness
from labs.providers.local.folders import EPOCH, read_epoch, write_private
from labs.spec import LabSpec

POOL = "10.213.0.0/16"


@dataclass(frozen=True, kw_only=True)
class EngineSettings:
    """What the provider needs to know of its machine. `images` are references by component, with `tools` and `door`."""

    folder: Path
    images: Mapping[str, str]
    installation: str = "main"
    address: str | None = None
    pool: str = POOL
    capped_disks: bool = True
    door_host: str = "127.0.0.1"
    door_port: int = 8300
    judges_port: int = 8301
    closed: tuple[str, ...] = ()
    """Networks that labs with egress may not reach besides the private ones: this machine's public addresses."""
    public_port: int | None = None
    """The port that browsers use, where a proxy stands before the door; the door's own by default."""


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
        with locks.held(self._lock(lab), wait_seconds=0) as mine:
            if not mine:
                return self.observe(lab)
            with api.in_our_words():
                now = self._current(lab)
                if now.problem is None:
                    self._try_step(lab, now)
                    record.save(self._record(lab), now)
                return self._view(lab, now)

    def observe(self, lab: LabSpec) -> Observation:
        """Look without changing anything."""
        with api.in_our_words():
            return self._view(lab, record.load(self._record(lab)))

    def stop(self, lab: LabSpec) -> Observation:
        """End every container of the lab and keep its disk."""
        with locks.must_hold(self._lock(lab)), api.in_our_words():
            now = record.load(self._record(lab))
            self._refuse_superseded(lab, now)
            self._end(lab)
            if now is not None:
                now.forget_containers()
                record.save(self._record(lab), now)
            return self._view(lab, now)

    def delete(self, lab: LabSpec) -> None:
        """Remove everything of the lab, the work last but one and our note of it last."""
        with locks.must_hold(self._lock(lab)), api.in_our_words():
            self._refuse_superseded(lab, record.load(self._record(lab)))
            self._end(lab)
            disk.remove(self._client, lab, self._image(TOOLS), capped=self.settings.capped_disks)
            self._record(lab).unlink(missing_ok=True)

    def list_owned(self) -> Sequence[Owned]:
        """List every lab of this installation that has a container, a network or a disk."""
        label = f"{names.INSTALLATION}={self.settings.installation}"
        with api.in_our_words():
            running = containers.summaries(self._client, [label]).values()
            every = [
                *((one["Labels"], one["State"] == "running") for one in running),
                *((one.attrs["Labels"], False) for one in self._client.networks.list(filters={"label": label})),
                *((one.attrs["Labels"] or {}, False) for one in self._client.volumes.list(filters={"label": label})),
            ]
        found: dict[str, Owned] = {}
        for labels, runs in every:
            if name := labels.get(names.LAB):
                before = found.get(name)
                id_text = labels.get(names.LAB_ID, "")
                found[name] = Owned(
                    name=name,
                    lab_id=int(id_text) if id_text.isdigit() else None,
                    generation=max(names.generation(labels), before.generation or 0 if before else 0) or None,
                    running=runs or bool(before and before.running),
                )
        return [found[name] for name in sorted(found)]

    def epoch(self) -> str | None:
        """Give what was noted last."""
        return read_epoch(self.settings.folder)

    def note_epoch(self, epoch: str) -> None:
        """Keep it in a file beside the records."""
        write_private(self.settings.folder / EPOCH, epoch)

    def logs(self, lab: LabSpec, component: str, *, max_bytes: int = 65_536) -> str:
        """Give the end of a component's log."""
        if component not in lab.components:
            raise UnknownComponent(f"{lab.name} has no component '{component}'; it has {', '.join(lab.components)}")
        with api.in_our_words():
            return log_of(self._client, names.container(lab, component), max_bytes=max_bytes)

    def run(self, lab: LabSpec, command: Sequence[str], *, timeout: float = 60.0) -> CommandResult:
        """Run a command with the workspace's files, environment and network."""
        self._must_run(lab)
        with api.in_our_words():
            subnet = network.find(self._client, lab)
            known = containers.summaries(self._client, names.of_lab(lab))
            if subnet is None or names.container(lab, names.KEEPER) not in known:
                raise LabNotRunning(f"{lab.name} is not running; start it first")
            kept = disk.mountpoint(self._client, names.disk(lab))
            own = containers.attached(names.network(lab), None, self._tending(lab, subnet, kept).hosts)
            workspace = next((name for name, one in self._components(lab).items() if one.door), None)
            there = names.container(lab, workspace) if workspace else ""
            runs = there in known and known[there]["State"] == "running"
            beside = commands.beside(there if runs else None, own)
            way_out = network.opening(lab, subnet)
            return commands.run(
                self._client, lab, self._tools(lab), command, more=way_out, kept=kept, network=beside, timeout=timeout
            )

    def read(self, lab: LabSpec, path: str, *, max_bytes: int = 1_048_576) -> bytes | None:
        """Read a regular file of the workspace; no link leads out of it."""
        self._must_run(lab)
        with api.in_our_words():
            return keeper.read(self._client, lab, path, max_bytes=max_bytes)

    def remove_door(self) -> None:
        """Take away what belongs to no lab: for whoever removes an installation."""
        with api.in_our_words():
            door.remove(self._client, self._door)
            disk.remove_all(self._client, self.settings.installation)

    def _current(self, lab: LabSpec) -> LabRecord:
        """Give the record of this order; what an older generation left is removed first."""
        now = record.load(self._record(lab))
        there = self._refuse_superseded(lab, now)
        if any(one < lab.generation for one in there):
            self._end(lab)
            volume = names.disk(lab)
            disk.remove(self._client, lab, self._image(TOOLS), capped=self.settings.capped_disks, keep=volume)
            now = None
        digest = record.digest(lab)
        if now is None:
            now = LabRecord(lab_id=lab.lab_id, generation=lab.generation, digest=digest)
        if now.digest != digest:
            now.digest, now.problem, now.started_at = digest, None, None
        if not now.wanted or now.started_at is None:
            now.wanted, now.started_at, now.ready_at, now.problem = True, time.time(), None, None
        return now

    def _try_step(self, lab: LabSpec, now: LabRecord) -> None:
        """A step; what only staff can mend is the lab's problem, and the rest is raised and tried again."""
        try:
            self._step(lab, now)
        except ImageMissing as error:
            now.problem = LabProblem(whose="ours", what=str(error))

    def _step(self, lab: LabSpec, now: LabRecord) -> None:
        client = self._client
        if lab.kubectl:
            now.problem = LabProblem(whose="ours", what="this lab teaches kubectl and needs a cluster to run on")
            return
        # Before anything is made: if we are killed in between, the next caller knows that this lab is wanted.
        record.save(self._record(lab), now)
        began = time.time()
        subnet = network.ensure(client, lab, self.settings.pool)
        kept = self._keep(lab, now)
        tending = self._tending(lab, subnet, kept)
        known = containers.summaries(client, names.of_lab(lab))
        commands.clear_forgotten(client, known)
        self._clear_unwanted(lab, known)
        for one in self._plans(lab):
            before = known.get(names.container(lab, one.name))
            now.problem = tending.tend(one, now.part(one.name), before)
            record.save(self._record(lab), now)
            if now.problem:
                return
        door.sync(client, self._door)
        self._ask(lab, now, before=began)
        if now.ready_at is None and time.time() - (now.started_at or 0) > lab.limits.start_seconds:
            now.problem = self._too_slow(lab, now)

    def _keep(self, lab: LabSpec, now: LabRecord) -> str:
        """Have the lab's disk mounted and filled; give its folder on the engine's machine."""
        client, volume = self._client, names.disk(lab)
        wanted = keeper.wanted(lab, self._image(TOOLS), volume)
        known = containers.summaries(client, names.of_lab(lab)).get(wanted.name)
        runs = known and known["State"] == "running" and known["Labels"].get(names.DIGEST) == wanted.digest
        if not runs:
            # The disk may be behind another loop device than it was: never start the keeper without looking.
            if known:
                containers.remove(client, wanted.name)
            disk.ensure(client, lab, self._image(TOOLS), capped=self.settings.capped_disks)
            containers.ensure(client, wanted, None)
            known = containers.summaries(client, names.of_lab(lab)).get(wanted.name)
        if known is None or now.filled != known["Id"]:
            keeper.fill(client, lab, self._tools(lab))
            now.filled = str(known["Id"]) if known else None
        return disk.mountpoint(client, volume)

    def _ask(self, lab: LabSpec, now: LabRecord, *, before: float) -> None:
        """Ask each component that runs since before this step and was not ready yet, as the judge does: by the door."""
        for name, component in self._components(lab).items():
            part = now.part(name)
            where, port = door_config.judge_path(lab, name), self.settings.judges_port
            waits = part.ready_at is None and (part.started_at or before) < before
            if waits and readiness.answers(component, lab, port, beneath=where):
                part.page = readiness.page(component, lab, port, beneath=where)
                part.ready_at = time.time()
        if now.ready_at is None and all(now.part(name).ready_at for name in lab.components):
            now.ready_at = time.time()

    def _too_slow(self, lab: LabSpec, now: LabRecord) -> LabProblem:
        late = [name for name in lab.components if not now.part(name).ready_at]
        what = f"{', '.join(late)} did not answer within {lab.limits.start_seconds} s"
        log = log_of(self._client, names.container(lab, late[0]), max_bytes=4000)
        return LabProblem(whose="ours", what=what, log=log)

    def _clear_unwanted(self, lab: LabSpec, known: Mapping[str, Mapping[str, Any]]) -> None:
        """Remove containers of components that the order does not name any more."""
        for name, one in known.items():
            labels = one["Labels"]
            if labels.get(names.ROLE) == "component" and labels.get(names.COMPONENT) not in lab.components:
                containers.remove(self._client, name)

    def _end(self, lab: LabSpec) -> None:
        """End all containers of the lab, the one that holds its disk last, and remove its network."""
        known = containers.summaries(self._client, names.of_lab(lab))
        containers.remove_all(self._client, list(known), last=names.container(lab, names.KEEPER))
        network.remove(self._client, lab)

    def _refuse_superseded(self, lab: LabSpec, now: LabRecord | None) -> list[int]:
        """Raise when a newer order was carried out; give the generations of all that there is."""
        there = self._generations(lab) + ([now.generation] if now else [])
        if (newest := max(there, default=0)) > lab.generation:
            raise LabSuperseded(f"{lab.name} is at generation {newest}; the order was for {lab.generation}")
        return there

    def _generations(self, lab: LabSpec) -> list[int]:
        """The generations of all that there is of this lab."""
        marks = {"label": names.of_lab(lab)}
        known = containers.summaries(self._client, names.of_lab(lab)).values()
        return [
            *(names.generation(one["Labels"]) for one in known),
            *(names.generation(one.attrs["Labels"] or {}) for one in self._client.networks.list(filters=marks)),
            *(names.generation(one.attrs["Labels"] or {}) for one in self._client.volumes.list(filters=marks)),
        ]

    def _must_run(self, lab: LabSpec) -> None:
        now = record.load(self._record(lab))
        if now is None or not now.wanted or now.generation != lab.generation:
            raise LabNotRunning(f"{lab.name} is not running; start it first")

    def _view(self, lab: LabSpec, now: LabRecord | None) -> Observation:
        known = containers.summaries(self._client, names.of_lab(lab))
        base = f"http://127.0.0.1:{self.settings.judges_port}"
        judge_at = {name: base + door_config.judge_path(lab, name) for name in lab.components}
        seen = views.view(lab, now, known, has_disk=now is None and self._has_disk(lab), judge_at=judge_at)
        if now is None or not now.wanted or not any(one.door for one in self._components(lab).values()):
            return seen
        path = f"/lab/tree/{lab.open}" if lab.open else "/lab"
        scheme = urlsplit(lab.frame_origin).scheme
        return seen.model_copy(update={"door": Door(url=f"{scheme}://{self._public_host(lab)}", path=path)})

    def _has_disk(self, lab: LabSpec) -> bool:
        try:
            self._client.volumes.get(names.disk(lab))
        except NotFound:
            return False
        return True

    def _public_host(self, lab: LabSpec) -> str:
        """Host and port under which browsers see the lab."""
        port = self.settings.public_port or self.settings.door_port
        usual = {"http": 80, "https": 443}.get(urlsplit(lab.frame_origin).scheme)
        return lab.host if port == usual else f"{lab.host}:{port}"

    def _plans(self, lab: LabSpec) -> tuple[ContainerPlan, ...]:
        components = self._components(lab)
        images = {name: self._image(name) for name in components}
        return plan(lab, components, images, address=_by_name, door=self._public_host(lab))

    def _tools(self, lab: LabSpec) -> ContainerPlan:
        return tools(lab, self._components(lab), self._image(TOOLS), address=_by_name)

    def _tending(self, lab: LabSpec, subnet: network.Subnet, kept: str) -> Tending:
        return Tending(self._client, lab, self._components(lab), subnet, kept)

    def _components(self, lab: LabSpec) -> Mapping[str, Component]:
        known = known_components()
        for name in lab.components:
            if name not in known:
                raise UnknownComponent(f"there is no component '{name}'; there are {', '.join(known)}")
        return {name: known[name] for name in lab.components}

    def _image(self, name: str) -> str:
        if name not in self.settings.images:
            raise ImageMissing(f"no image is named for '{name}'; python -m labs images makes it")
        return self.settings.images[name]

    @property
    def _client(self) -> Any:
        if self.client is None:
            self.client = api.connect(self.settings.address)
        return self.client

    @property
    def _door(self) -> door.DoorSettings:
        settings = self.settings
        return door.DoorSettings(
            image=self._image("door"), pool=settings.pool, folder=settings.folder, installation=settings.installation,
            host=settings.door_host, port=settings.door_port, judges_port=settings.judges_port,
            closed=settings.closed,
        )  # fmt: skip

    def _lock(self, lab: LabSpec) -> Path:
        return self.settings.folder / ".locks" / f"{lab.name}.lock"

    def _record(self, lab: LabSpec) -> Path:
        return self.settings.folder / f"{lab.name}.json"


def _by_name(name: str) -> str:
    """Containers of a lab have one another's names in their hosts file."""
    return name
