"""What a lab looks like from outside: the engine's containers and our record into an observation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labs.ports import ComponentSeen, LabState, Observation, Phase
from labs.providers.docker import names
from labs.providers.docker.record import LabRecord, PartRecord
from labs.spec import LabSpec

Known = Mapping[str, Mapping[str, Any]]


def view(
    lab: LabSpec, now: LabRecord | None, known: Known, *, has_disk: bool, judge_at: Mapping[str, str]
) -> Observation:
    """Describe the lab; `judge_at` are its components' addresses for the judge."""
    if now is None:
        return _without_record(lab, known, has_disk=has_disk)
    if not now.wanted:
        waiting = tuple(ComponentSeen(name=name, phase="waiting") for name in lab.components)
        return Observation(state="stopped", generation=now.generation, components=waiting)
    seen = tuple(_component(lab, name, now.parts.get(name), known, judge_at) for name in lab.components)
    state: LabState = "failed" if now.problem else "ready" if all(one.phase == "ready" for one in seen) else "starting"
    return Observation(
        state=state, generation=now.generation, components=seen, problem=now.problem, started_at=now.started_at,
        ready_at=now.ready_at,
    )  # fmt: skip


def _without_record(lab: LabSpec, known: Known, *, has_disk: bool) -> Observation:
    """The record is lost or not yet written: what is there tells enough until the next step."""
    if known:
        return Observation(state="starting", generation=max(names.generation(one["Labels"]) for one in known.values()))
    return Observation(state="stopped", generation=lab.generation) if has_disk else Observation(state="absent")


def _component(
    lab: LabSpec, name: str, part: PartRecord | None, known: Known, judge_at: Mapping[str, str]
) -> ComponentSeen:
    if part is None or part.started_at is None:
        return ComponentSeen(name=name, phase="waiting")
    container = known.get(names.container(lab, name))
    alive = container is not None and container["State"] == "running" and container["Id"] == part.container
    phase: Phase = "failed" if not alive else "ready" if part.ready_at else "starting"
    again = f"started again, {len(part.deaths)} ended before it" if part.deaths else ""
    return ComponentSeen(
        name=name,
        phase=phase,
        started_at=part.started_at,
        ready_at=part.ready_at if alive else None,
        detail=again if alive else "it has ended; it will be started again",
        address=judge_at.get(name),
        page=part.page,
    )
