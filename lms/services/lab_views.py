"""What a page shows of a lab: one object, computed from the row, the lab file and what a worker last saw."""

import dataclasses
import datetime as dt

from pydantic import SecretStr
from sqlalchemy import select

from labs.catalogue.model import Lab as LabFile
from labs.door_key import door_key
from labs.ports import Observation, Promises
from lms.models import Lab, User, db
from lms.services import (
    content,
    lab_component_views,
    lab_offers,
    lab_orders,
    lab_places,
    lab_pool,
    lab_status,
    lab_step_views,
    lab_steps,
    lab_time,
    lab_troubles,
    lab_usual,
    labs,
)
from lms.services.lab_component_views import ComponentView
from lms.services.lab_places import Queue
from lms.services.lab_status import Shown, shown_state
from lms.services.lab_step_views import StepView
from lms.services.lab_time import TimeLeft
from lms.services.lab_troubles import Trouble


@dataclasses.dataclass(frozen=True)
class RunningLab:
    """Another lab of the same person."""

    slug: str
    title: str


@dataclasses.dataclass(frozen=True)
class LabView:
    """`door` carries the owner's key: it is set only for the owner of a ready lab."""

    slug: str
    title: str
    lab_id: int | None
    shown: Shown
    sentence: str
    problem: str | None
    trouble: Trouble | None
    components: tuple[ComponentView, ...]
    seconds: float | None
    usual_seconds: float | None
    queue: Queue | None
    crowd: tuple[RunningLab, ...]
    """The labs of which one has to be stopped before this one may start; empty where it may."""
    refusal: str | None
    """Why nobody can start this lab on this platform."""
    time: TimeLeft | None
    steps: tuple[StepView, ...]
    door: str | None
    promises: Promises | None
    comes_back: bool
    """It was ready since its learner asked for it."""

    @property
    def wait(self) -> str | None:
        """What the wait probably is, in words."""
        return lab_status.about(self.queue.expected_seconds) if self.queue else None


@dataclasses.dataclass(frozen=True)
class LabCard:
    """One line of a list of labs."""

    slug: str
    title: str
    summary: str
    minutes: int
    shown: Shown
    expires_at: dt.datetime | None
    steps_passed: int
    steps: int
    refusal: str | None


def view(actor: User, slug: str) -> LabView:
    """The lab page of the actor for this lab file, whether or not a lab exists."""
    written = labs.lab_file(slug)
    lab = labs.current(actor, slug)
    seen = _seen(lab)
    now = dt.datetime.now(dt.UTC)
    shown = shown_state(lab)
    waits = lab_places.queue(lab) if lab and shown == "waiting" else None
    usual = lab_usual.start_seconds(written.uuid) if shown != "stopping" else {}
    trouble = lab_troubles.of(lab) if shown not in ("none", "stopped") else None
    return LabView(
        slug=slug,
        title=written.title,
        lab_id=lab.id if lab else None,
        shown=shown,
        sentence=lab_status.sentence(
            shown,
            waits,
            kept_ready=shown == "none" and lab_pool.has_ready(written.uuid),
            time_over=lab_status.was_over(lab),
        ),
        problem=lab.problem if lab and trouble is None and shown in ("failed", "starting") else None,
        trouble=trouble,
        components=lab_component_views.components(written, seen, shown, usual=usual, now=now),
        seconds=_start_seconds(lab, shown, now=now),
        usual_seconds=usual.get(""),
        queue=waits,
        crowd=_crowd(actor, written) if shown in ("none", "stopped", "failed") else (),
        refusal=lab_offers.refusal(written),
        time=_time(written, lab) if shown in ("starting", "ready") else None,
        steps=lab_step_views.steps(actor, written, lab),
        door=_door(lab, seen) if shown == "ready" else None,
        promises=_promises(lab),
        comes_back=shown == "starting" and lab is not None and lab.ready_at is not None,
    )


def cards(actor: User) -> list[LabCard]:
    """Every lab on offer with the actor's standing."""
    mine = {lab.lab_uuid: lab for lab in labs.live(actor)}
    passed = lab_steps.passed_by_lab(actor.id)
    return [
        LabCard(
            slug=one.slug,
            title=one.title,
            summary=one.summary,
            minutes=one.minutes,
            shown=shown_state(mine.get(one.uuid)),
            expires_at=mine[one.uuid].expires_at if one.uuid in mine else None,
            steps_passed=len(passed.get(one.uuid, set()) & {step.id for step in one.steps}),
            steps=len(one.steps),
            refusal=lab_offers.refusal(one),
        )
        for one in content.current().labs
    ]


def _crowd(actor: User, written: LabFile) -> tuple[RunningLab, ...]:
    others = labs.running_besides(actor, written)
    return tuple(RunningLab(one.slug, one.title) for one in others) if labs.is_too_many(others) else ()


def _seen(lab: Lab | None) -> Observation | None:
    """What a worker saw last; nothing of a lab that was reset since."""
    seen = lab_orders.seen(lab) if lab else None
    return seen if lab and seen and seen.generation in (None, lab.generation) else None


def _time(written: LabFile, lab: Lab | None) -> TimeLeft | None:
    if lab is None or lab.admitted_at is None or lab.expires_at is None:
        return None
    return lab_time.time_left(written, expires_at=lab.expires_at, extensions=lab.extensions)


def _promises(lab: Lab | None) -> Promises | None:
    """Those under which this lab was last seen; before that, those of any other: what runs labs is the same for all."""
    observed = lab.observed if lab else None
    if not observed:
        newest = select(Lab.observed).where(Lab.observed_at.is_not(None), Lab.state != "deleted")
        observed = db.session.scalar(newest.order_by(Lab.observed_at.desc()).limit(1))
    return Promises.model_validate(observed["promises"]) if observed and "promises" in observed else None


def _door(lab: Lab | None, seen: Observation | None) -> str | None:
    if lab is None or lab.claim is None or seen is None or seen.door is None:
        return None
    return f"{seen.door.url}{seen.door.path}?token={door_key(SecretStr(lab.credential), lab.claim)}"


def _start_seconds(lab: Lab | None, shown: Shown, *, now: dt.datetime) -> float | None:
    if lab is None or lab.admitted_at is None or shown not in ("starting", "ready"):
        return None
    if shown == "starting" and lab.ready_at:
        return None  # it comes back, and nobody knows since when
    end = lab.ready_at or now
    # A lab that is reset keeps its place: what counts is the order, not when the place was given.
    begin = max(lab.admitted_at, lab.start_asked_at or lab.admitted_at)
    return round(max(0.0, (end - begin).total_seconds()), 1)
