"""Starts the components of one lab as containers and watches over them until they answer."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from docker.errors import NotFound

from labs.components.model import Component
from labs.ports import LabProblem
from labs.providers.containers import spare
from labs.providers.containers.places import WORK
from labs.providers.containers.plan import ContainerPlan
from labs.providers.docker import containers, door_config, names
from labs.providers.docker.api import Client
from labs.providers.docker.network import Subnet, opening
from labs.providers.docker.record import PartRecord
from labs.spec import LabSpec

MAX_DEATHS = 3
DEATH_WINDOW = 60.0
KILLED = 137


@dataclass(frozen=True)
class Tending:
    """One lab whose components are to run: where its network and its files are."""

    client: Client
    lab: LabSpec
    components: Mapping[str, Component]
    subnet: Subnet
    kept: str

    def wanted(self, plan: ContainerPlan) -> containers.Wanted:
        """Say what a planned container is on this engine; its labels tell the door where it is."""
        lab, component = self.lab, self.components[plan.name]
        address = self.subnet.component(lab, plan.name)
        options = containers.of_plan(plan, kept=self.kept) | self.attached(address)
        options["environment"] = {**options["environment"], **opening(lab, self.subnet)}
        told = {
            names.COMPONENT: plan.name,
            names.ADDRESS: address,
            # Without one the door knows no way to it.
            names.PORT: str(plan.port) if component.speaks_http else "",
            names.KEY: door_config.key_of(lab),
            names.HOST: lab.host if component.door else "",
        }
        return containers.Wanted(names.container(lab, plan.name), options, names.labels(lab, "component", **told))

    def attached(self, address: str | None) -> dict[str, Any]:
        """How a container of this lab is attached to its network, with the names of all components."""
        hosts = {name: self.subnet.component(self.lab, name) for name in self.lab.components}
        return containers.attached(names.network(self.lab), address, hosts)

    def tend(self, plan: ContainerPlan, part: PartRecord, known: Mapping[str, Any] | None) -> LabProblem | None:
        """Have the component's container running; give the problem when it does not stay up."""
        wanted = self.wanted(plan)
        ours = known if known and known["Labels"].get(names.DIGEST) == wanted.digest else None
        if ours and ours["State"] in ("exited", "dead") and (problem := self._ended(plan, part, wanted.name)):
            return problem
        started = containers.ensure(self.client, wanted, known)
        there = str(ours["Id"]) if ours else str(self.client.containers.get(wanted.name).id)
        if started or part.container != there:
            # Started by us now, or by somebody who died before he could write it down.
            part.container, part.started_at, part.ready_at = there, time.time(), None
        return None

    def _ended(self, plan: ContainerPlan, part: PartRecord, name: str) -> LabProblem | None:
        now = time.time()
        part.deaths = [death for death in part.deaths if now - death < DEATH_WINDOW] + [now]
        if len(part.deaths) < MAX_DEATHS:
            return None
        try:
            state = self.client.containers.get(name).attrs["State"]
        except NotFound:
            return None
        log = log_of(self.client, name, max_bytes=4000)
        theirs = WORK in log or any(mount.volume == "home" for mount in plan.mounts)
        if state.get("OOMKilled"):  # the kernel ended a process of it, whichever
            what = f"{plan.name} needed more memory than the {plan.memory_mb} MB that it may have"
        else:
            how = "was killed" if state.get("ExitCode") == KILLED else "ended"
            what = f"{plan.name} {how} {MAX_DEATHS} times within {DEATH_WINDOW:.0f} s of being started"
            full = spare.was_missing(log)
            what += f": {spare.FULL}" if full else "; its log speaks of a file of the workspace" if WORK in log else ""
            theirs = full or WORK in log
        return LabProblem(whose="learner" if theirs else "ours", what=what, log=log)


def log_of(client: Client, name: str, *, max_bytes: int) -> str:
    """Give the end of a container's log; empty when there is none."""
    try:
        said = bytes(client.api.logs(name, tail=max(10, max_bytes // 16)))
    except NotFound:
        return ""
    return said[-max_bytes:].decode(errors="replace")
