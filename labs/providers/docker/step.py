"""One step towards a running lab: what is missing is made, what does not run is started, what is starting is asked.

The order: network, disk, keeper, files, containers, door. Whoever is killed in between is followed by another who finds
what he left by its name.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from labs.components.model import Component
from labs.errors import ImageMissing
from labs.ports import LabProblem
from labs.providers.containers.plan import TOOLS
from labs.providers.docker import (
    commands,
    containers,
    disk,
    door,
    door_config,
    keeper,
    knocking,
    names,
    network,
    record,
)
from labs.providers.docker.api import Client
from labs.providers.docker.order import Order
from labs.providers.docker.record import LabRecord
from labs.providers.docker.tending import Tending, log_of
from labs.providers.machine import readiness

NEEDS_CLUSTER = "this lab teaches kubectl and needs a cluster to run on"


@dataclass(frozen=True)
class Step:
    """A step of one lab, by the one caller who holds its lock; what it sees goes into the record."""

    client: Client
    order: Order
    now: LabRecord

    def take(self) -> None:
        """Take it; what only staff can mend is the lab's problem, and the rest is raised and tried again."""
        try:
            self._take()
        except ImageMissing as error:
            self.now.problem = LabProblem(whose="ours", what=str(error))

    def _take(self) -> None:
        lab, now = self.order.lab, self.now
        if lab.kubectl:
            now.problem = LabProblem(whose="ours", what=NEEDS_CLUSTER)
            return
        # Before anything is made: if we are killed in between, the next caller knows that this lab is wanted.
        self._save()
        began = time.time()
        if not self._tend():
            return
        door.sync(self.client, self.order.settings.door)
        self._ask(before=began)
        if now.ready_at is None and time.time() - (now.started_at or 0) > lab.limits.start_seconds:
            now.problem = self._too_slow()

    def _tend(self) -> bool:
        """Have every container running; False when one does not stay up, which is then the lab's problem."""
        client, lab, now = self.client, self.order.lab, self.now
        subnet = network.ensure(client, lab, self.order.settings.pool)
        kept = self._keep()
        tending = Tending(client, lab, self.order.components, subnet, kept)
        known = containers.summaries(client, names.of_lab(lab))
        commands.clear_forgotten(client, known)
        self._clear_unwanted(known)
        for one in self.order.plans:
            now.problem = tending.tend(one, now.part(one.name), known.get(names.container(lab, one.name)))
            self._save()
            if now.problem:
                return False
        return True

    def _keep(self) -> str:
        """Have the lab's disk mounted and filled; give its folder on the engine's machine."""
        client, lab, settings = self.client, self.order.lab, self.order.settings
        volume = names.disk(lab)
        wanted = keeper.wanted(lab, settings.image(TOOLS), volume)
        known = containers.summaries(client, names.of_lab(lab)).get(wanted.name)
        runs = known and known["State"] == "running" and known["Labels"].get(names.DIGEST) == wanted.digest
        if not runs:
            # The disk may be behind another loop device than it was: never start the keeper without looking.
            if known:
                containers.remove(client, wanted.name)
            disk.ensure(client, lab, settings.image(TOOLS), capped=settings.capped_disks)
            containers.ensure(client, wanted, None)
            known = containers.summaries(client, names.of_lab(lab)).get(wanted.name)
        if known is None or self.now.filled != known["Id"]:
            keeper.fill(client, lab, self.order.tools)
            self.now.filled = str(known["Id"]) if known else None
        return disk.mountpoint(client, volume)

    def _ask(self, *, before: float) -> None:
        """Ask each component that runs since before this step and was not ready yet."""
        lab, now = self.order.lab, self.now
        port = self.order.settings.judges_port
        for name, component in self.order.components.items():
            part, where = now.part(name), door_config.judge_path(lab, name)
            waits = part.ready_at is None and (part.started_at or before) < before
            if waits and self._answers(component, where):
                with contextlib.suppress(readiness.NoAnswer):
                    part.page = readiness.page(component, lab, port, beneath=where)
                    part.ready_at = time.time()
        if now.ready_at is None and all(now.part(name).ready_at for name in lab.components):
            now.ready_at = time.time()

    def _answers(self, component: Component, where: str) -> bool:
        """Ask as the judge does, by the door, where there is such a way."""
        if component.speaks_http:
            return readiness.answers(component, self.order.lab, self.order.settings.judges_port, beneath=where)
        container = names.container(self.order.lab, component.name)
        return knocking.takes_connections(self.client, container, component.name, component.port)

    def _too_slow(self) -> LabProblem:
        lab = self.order.lab
        late = [name for name in lab.components if not self.now.part(name).ready_at]
        what = f"{', '.join(late)} did not answer within {lab.limits.start_seconds} s"
        log = log_of(self.client, names.container(lab, late[0]), max_bytes=4000)
        return LabProblem(whose="ours", what=what, log=log)

    def _clear_unwanted(self, known: Mapping[str, Mapping[str, Any]]) -> None:
        """Remove containers of components that the order does not name any more."""
        for name, one in known.items():
            labels = one["Labels"]
            if labels.get(names.ROLE) == "component" and labels.get(names.COMPONENT) not in self.order.lab.components:
                containers.remove(self.client, name)

    def _save(self) -> None:
        record.save(self.order.settings.record(self.order.lab), self.now)
