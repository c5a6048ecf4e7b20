"""What a page shows of a lab: one object, computed from the row, the lab file and what a worker last saw."""

import dataclasses
import datetime as dt
from collections.abc import Mapping
from typing import Any, Literal

from sqlalchemy import select

from labs.catalogue.model import Lab as LabFile
from labs.components.loader import known_components
from labs.ports import ComponentSeen, Observation, Phase, Promises
from lms.models import Desired, Lab, LabCheck, LabStep, User, db
from lms.services import content, lab_orders, lab_places, lab_usual, labs
from lms.services.lab_places import Queue

WARN_BEFORE = dt.timedelta(minutes=10)
Shown = Literal["none", "waiting", "starting", "ready", "stopping", "stopped", "failed"]


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


@dataclasses.dataclass(frozen=True)
class CheckView:
    """The newest check of a step; `report` is a labs.exams.findings.StepReport as JSON once it is done."""

    check_id: int
    status: Literal["queued", "running", "done", "error"]
    passed: bool | None
    report: dict[str, Any] | None

    @property
    def open(self) -> bool:
        return self.status in ("queued", "running")


@dataclasses.dataclass(frozen=True)
class StepView:
    id: str
    title: str
    instructions: str
    attempts: int
    passed_at: dt.datetime | None
    hints: tuple[str, ...]
    hints_left: int
    check: CheckView | None


@dataclasses.dataclass(frozen=True)
class LabView:
    """`door` carries the lab's credential: it is set only for the owner of a ready lab."""

    slug: str
    title: str
    lab_id: int | None
    shown: Shown
    sentence: str
    problem: str | None
    components: tuple[ComponentView, ...]
    seconds: float | None
    usual_seconds: float | None
    queue: Queue | None
    expires_at: dt.datetime | None
    expires_soon: bool
    extend_minutes: int
    extensions_left: int
    steps: tuple[StepView, ...]
    door: str | None
    door_origin: str | None
    promises: Promises | None

    @property
    def settled(self) -> bool:
        """Nothing will change by itself: the page need not ask again soon."""
        return self.shown in ("none", "stopped", "failed") and not any(
            step.check and step.check.open for step in self.steps
        )


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


def view(actor: User, slug: str) -> LabView:
    """The lab page of the actor for this lab file, whether or not a lab exists."""
    written = labs.lab_file(slug)
    lab = labs.current(actor, slug)
    seen = lab_orders.seen(lab) if lab else None
    now = dt.datetime.now(dt.UTC)
    waits = lab_places.queue(lab) if lab else None
    shown = shown_state(lab)
    return LabView(
        slug=slug,
        title=written.title,
        lab_id=lab.id if lab else None,
        shown=shown,
        sentence=_sentence(shown, waits),
        problem=lab.problem if lab and shown in ("failed", "starting") else None,
        components=_components(written, seen, shown, now=now),
        seconds=_start_seconds(lab, shown, now=now),
        usual_seconds=lab_usual.start_seconds(written.uuid).get(""),
        queue=waits,
        expires_at=lab.expires_at if lab and lab.admitted_at and shown in ("starting", "ready") else None,
        expires_soon=bool(lab and shown == "ready" and lab.expires_at and lab.expires_at - now < WARN_BEFORE),
        extend_minutes=written.lifetime.extend_minutes,
        extensions_left=max(0, written.lifetime.extensions - (lab.extensions if lab else 0)),
        steps=_steps(actor, written, lab),
        door=_door(lab, seen) if shown == "ready" else None,
        door_origin=seen.door.url if seen and seen.door and shown == "ready" else None,
        promises=_promises(lab),
    )


def cards(actor: User) -> list[LabCard]:
    """Every lab on offer with the actor's standing."""
    mine = {lab.lab_uuid: lab for lab in labs.live(actor)}
    passed = _passed(actor)
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
        )
        for one in content.current().labs
    ]


def shown_state(lab: Lab | None) -> Shown:
    """What the learner is told: their last order counts, not only what was seen."""
    if lab is None or lab.desired == Desired.DELETED:
        return "none"
    if lab.desired == Desired.STOPPED:
        if not lab.orders:
            return "none"
        return "stopped" if lab.state in ("stopped", "absent") else "stopping"
    if lab.state == "failed" and lab.orders_seen >= lab.orders:
        return "failed"
    if lab.admitted_at is None:
        return "waiting"
    return "ready" if lab.state == "ready" and lab.orders_seen >= lab.orders else "starting"


def _sentence(shown: Shown, waits: Queue | None) -> str:
    if waits is not None and shown == "waiting":
        until = f" One is free by {waits.free_by:%H:%M} UTC at the latest." if waits.free_by else ""
        place = f"You are number {waits.position} in line; the lab starts by itself."
        return f"All places on this machine are taken.{until} {place}"
    return {
        "none": "This lab is not started.",
        "waiting": "The lab waits for a place.",
        "starting": "The lab is coming up.",
        "ready": "The lab is ready.",
        "stopping": "The lab is stopping; your work is kept.",
        "stopped": "The lab is stopped. Your work is kept until you reset or delete it.",
        "failed": "The lab could not be started.",
    }[shown]


def _promises(lab: Lab | None) -> Promises | None:
    if lab is None or not lab.observed or "promises" not in lab.observed:
        return None
    return Promises.model_validate(lab.observed["promises"])


def _door(lab: Lab | None, seen: Observation | None) -> str | None:
    if lab is None or seen is None or seen.door is None:
        return None
    return f"{seen.door.url}{seen.door.path}?token={lab.credential}"


def _components(
    written: LabFile, seen: Observation | None, shown: Shown, *, now: dt.datetime
) -> tuple[ComponentView, ...]:
    usual = lab_usual.start_seconds(written.uuid)
    known = known_components()
    live = seen if shown in ("starting", "ready", "failed") else None
    views = []
    for name in written.components:
        one = (live.component(name) if live else None) or ComponentSeen(name=name, phase="waiting")
        views.append(
            ComponentView(
                name=name,
                title=known[name].title if name in known else name,
                phase=one.phase,
                seconds=_component_seconds(one, now=now.timestamp()),
                usual_seconds=usual.get(name),
                detail=one.detail,
                page=one.page,
            )
        )
    return tuple(views)


def _component_seconds(one: ComponentSeen, *, now: float) -> float | None:
    if one.started_at is None:
        return None
    return round(max(0.0, (one.ready_at or now) - one.started_at), 1)


def _start_seconds(lab: Lab | None, shown: Shown, *, now: dt.datetime) -> float | None:
    if lab is None or lab.admitted_at is None or shown not in ("starting", "ready"):
        return None
    end = lab.ready_at if shown == "ready" and lab.ready_at else now
    return round(max(0.0, (end - lab.admitted_at).total_seconds()), 1)


def _steps(actor: User, written: LabFile, lab: Lab | None) -> tuple[StepView, ...]:
    held = select(LabStep).where(LabStep.user_id == actor.id, LabStep.lab_uuid == written.uuid)
    standing = {row.step_id: row for row in db.session.scalars(held.execution_options(populate_existing=True))}
    checks = _newest_checks(lab)
    return tuple(
        _step(step.id, step.title, step.instructions, step.hints, standing.get(step.id), checks.get(step.id))
        for step in written.steps
    )


def _step(
    step_id: str, title: str, instructions: str, hints: tuple[str, ...], row: LabStep | None, check: LabCheck | None
) -> StepView:
    shown = row.hints_shown if row else 0
    return StepView(
        id=step_id,
        title=title,
        instructions=instructions,
        attempts=row.attempts if row else 0,
        passed_at=row.passed_at if row else None,
        hints=hints[:shown],
        hints_left=len(hints) - min(shown, len(hints)),
        check=check_view(check) if check else None,
    )


def check_view(check: LabCheck) -> CheckView:
    return CheckView(check_id=check.id, status=check.status, passed=check.passed, report=check.report)  # type: ignore[arg-type]  # the column holds these words only


def _newest_checks(lab: Lab | None) -> Mapping[str, LabCheck]:
    if lab is None:
        return {}
    rows = select(LabCheck).where(LabCheck.lab_id == lab.id).order_by(LabCheck.id)
    return {check.step_id: check for check in db.session.scalars(rows.execution_options(populate_existing=True))}


def _passed(actor: User) -> dict[Any, set[str]]:
    rows = db.session.execute(
        select(LabStep.lab_uuid, LabStep.step_id).where(LabStep.user_id == actor.id, LabStep.passed_at.is_not(None))
    )
    passed: dict[Any, set[str]] = {}
    for lab_uuid, step_id in rows:
        passed.setdefault(lab_uuid, set()).add(step_id)
    return passed
