"""How long a lab usually takes to come up, in all and by component, and how long one is kept: medians of the last."""

import statistics
import uuid

from sqlalchemy import select

from labs.ports import Observation
from lms.models import Lab, db

LAST_STARTS = 20
#: What is ready so much later than its lab first was has come back: that says nothing of how long a start takes.
CAME_BACK_SECONDS = 10.0
#: How long a lab is taken to be kept where none has ended yet.
FIRST_GUESS_SECONDS = 3600.0


def start_seconds(lab_uuid: uuid.UUID) -> dict[str, float]:
    """Seconds by component, and in all under the empty name; empty when it never came up here."""
    rows = db.session.execute(
        select(Lab.observed, Lab.ready_at)
        .where(Lab.lab_uuid == lab_uuid, Lab.ready_at.is_not(None), Lab.observed.is_not(None))
        .order_by(Lab.ready_at.desc())
        .limit(LAST_STARTS)
    )
    taken: dict[str, list[float]] = {}
    for observed, first in rows:
        seen = Observation.model_validate(observed["seen"]) if observed and "seen" in observed else None
        if seen is None:
            continue
        times = [("", seen.started_at, seen.ready_at)]
        times += [(one.name, one.started_at, one.ready_at) for one in seen.components]
        for name, started_at, ready_at in times:
            if started_at is None or ready_at is None or first is None:
                continue
            if ready_at <= first.timestamp() + CAME_BACK_SECONDS:
                taken.setdefault(name, []).append(ready_at - started_at)
    return {name: round(statistics.median(seconds), 1) for name, seconds in taken.items()}


def kept_seconds() -> float:
    """How long labs of this installation are kept: from being ready to being seen stopped."""
    ended = (Lab.state == "stopped", Lab.ready_at.is_not(None), Lab.observed_at > Lab.ready_at)
    last = select(Lab.ready_at, Lab.observed_at).where(*ended).order_by(Lab.observed_at.desc()).limit(LAST_STARTS)
    kept = [
        (until - since).total_seconds()
        for since, until in db.session.execute(last).all()
        if since is not None and until is not None
    ]
    return statistics.median(kept) if kept else FIRST_GUESS_SECONDS
