"""The events of a running exam as the list of phases that the page shows."""

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Any


@dataclasses.dataclass
class ExamPhase:
    """`seconds` is None while it runs."""

    name: str
    seconds: float | None = None
    note: str = ""


@dataclasses.dataclass
class ExamProgress:
    """What happened so far; `decided` are criteria with their points, `waiting` the exams before this one."""

    phases: list[ExamPhase] = dataclasses.field(default_factory=list)
    decided: list[Mapping[str, Any]] = dataclasses.field(default_factory=list)
    waiting: int | None = None


def phases(events: Iterable[Mapping[str, Any]]) -> ExamProgress:
    """Reads the events in their order; phases may run side by side."""
    progress = ExamProgress()
    for event in events:
        kind = event.get("kind")
        if kind == "waiting":
            progress.waiting = int(event["position"])
        elif kind == "phase-started":
            progress.waiting = None
            progress.phases.append(ExamPhase(str(event["name"])))
        elif kind == "phase-ended":
            for phase in progress.phases:
                if phase.name == event["name"]:
                    phase.seconds = float(event["seconds"])
        elif kind == "progress" and progress.phases:
            running = [phase for phase in progress.phases if phase.seconds is None] or progress.phases
            running[-1].note = str(event["text"])
        elif kind == "criterion":
            progress.decided.append(event["result"])
    return progress
