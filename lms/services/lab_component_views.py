"""What a page shows of the components of a lab: how far each is, and how long it takes."""

import dataclasses
import datetime as dt
from collections.abc import Mapping

from labs.catalogue.model import Lab as LabFile
from labs.components.loader import known_components
from labs.ports import ComponentSeen, Observation, Phase
from lms.services.lab_status import Shown


@dataclasses.dataclass(frozen=True)
class ComponentView:
    """One component: `seconds` it took, or takes so far; `usual_seconds` is the median of earlier starts."""

    name: str
    title: str
    phase: Phase
    seconds: float | None
    usual_seconds: float | None
    detail: str
    page: str | None
    """The path of its page for people, within the component."""


def components(
    written: LabFile, seen: Observation | None, shown: Shown, *, usual: Mapping[str, float], now: dt.datetime
) -> tuple[ComponentView, ...]:
    """Each component of the lab file in its order; one that nobody has seen yet waits."""
    live = seen if shown in ("starting", "ready", "failed") else None
    views = []
    for name, title in zip(written.components, titles(written), strict=True):
        one = (live.component(name) if live else None) or ComponentSeen(name=name, phase="waiting")
        views.append(
            ComponentView(
                name=name,
                title=title,
                phase=one.phase,
                seconds=_seconds(one, now=now.timestamp()),
                usual_seconds=usual.get(name),
                detail=one.detail,
                page=one.page,
            )
        )
    return tuple(views)


def titles(written: LabFile) -> list[str]:
    """What people call the components of the lab file, in its order."""
    known = known_components()
    return [known[name].title if name in known else name for name in written.components]


def _seconds(one: ComponentSeen, *, now: float) -> float | None:
    if one.started_at is None:
        return None
    return round(max(0.0, (one.ready_at or now) - one.started_at), 1)
