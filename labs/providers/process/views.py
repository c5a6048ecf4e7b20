"""What a lab looks like from outside: records and living processes into an observation."""

from __future__ import annotations

from collections.abc import Mapping

from labs.components.model import Component
from labs.ports import ComponentSeen, Door, LabState, Observation, Phase
from labs.providers.machine import LOOPBACK, processes
from labs.providers.process.folders import LabFolder
from labs.providers.process.record import ComponentRecord, LabRecord
from labs.spec import LabSpec


def view(lab: LabSpec, folder: LabFolder, now: LabRecord | None, components: Mapping[str, Component]) -> Observation:
    """Describe the lab as it is at this moment; nothing is changed."""
    if now is None:
        return Observation(state="starting" if folder.top.exists() else "absent")
    seen = tuple(_component(name, now.components.get(name), components[name]) for name in lab.components)
    if not now.wanted:
        return Observation(state="stopped", generation=now.generation, components=seen)
    return Observation(
        state=_state(now, seen),
        generation=now.generation,
        components=seen,
        door=_door(lab, now, components),
        problem=now.problem,
        started_at=now.started_at,
        ready_at=now.ready_at,
    )


def _state(now: LabRecord, seen: tuple[ComponentSeen, ...]) -> LabState:
    if now.problem:
        return "failed"
    return "ready" if all(one.phase == "ready" for one in seen) else "starting"


def _component(name: str, one: ComponentRecord | None, component: Component) -> ComponentSeen:
    if one is None or one.started_at is None:
        return ComponentSeen(name=name, phase="waiting")
    alive = one.process is not None and processes.is_alive(one.process)
    phase: Phase = "failed" if not alive else "ready" if one.ready_at else "starting"
    return ComponentSeen(
        name=name,
        phase=phase,
        started_at=one.started_at,
        ready_at=one.ready_at if alive else None,
        detail=_detail(one, alive=alive),
        address=f"http://{LOOPBACK}:{one.port}" if component.speaks_http else None,
        page=one.page,
    )


def _detail(one: ComponentRecord, *, alive: bool) -> str:
    if not alive:
        return "it has ended; it will be started again"
    return f"started again, {len(one.deaths)} ended before it" if one.deaths else ""


def _door(lab: LabSpec, now: LabRecord, components: Mapping[str, Component]) -> Door | None:
    for name, component in components.items():
        if component.door and name in now.components:
            return Door(url=f"http://{lab.host}:{now.components[name].port}", path=lab.first_page)
    return None
