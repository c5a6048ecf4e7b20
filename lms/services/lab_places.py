"""A machine runs so many labs at once: who holds a place, and who waits for one.

A lab holds a place from its admission until a worker has seen it stopped. Places are given in the order of asking.
"""

import dataclasses
import datetime as dt

from sqlalchemy import ColumnElement, and_, func, or_, select, text, update
from sqlalchemy.orm import aliased

from lms.models import Desired, Lab, db, db_now
from lms.services import installation, lab_usual, lab_waits
from lms.services.lab_waits import Held

_ADMISSIONS = 6401  # an arbitrary number that names this lock on PostgreSQL


@dataclasses.dataclass(frozen=True)
class Queue:
    """A waiting lab's place in the line.

    `free_by` is when a place is free at the latest, where that is known; `expected_seconds` what the wait probably is.
    """

    position: int
    free_by: dt.datetime | None
    expected_seconds: float | None = None


def admit(lab_id: int, *, lifetime_minutes: int) -> bool:
    """Gives the lab a place, in the open transaction, when one is free and nobody waits longer; the clock starts."""
    alone()
    other = aliased(Lab)
    held = select(func.count()).select_from(other).where(other.admitted_at.is_not(None)).scalar_subquery()
    asked = select(Lab.start_asked_at).where(Lab.id == lab_id).scalar_subquery()
    before = aliased(Lab)
    earlier = or_(before.start_asked_at < asked, and_(before.start_asked_at == asked, before.id < lab_id))
    ahead = select(func.count()).select_from(before).where(_waits(before), before.id != lab_id, earlier)
    done = db.session.execute(
        update(Lab)
        .where(Lab.id == lab_id, Lab.desired == Desired.RUNNING, Lab.admitted_at.is_(None))
        .where(held + ahead.scalar_subquery() < installation.current().labs_at_once)
        .values(admitted_at=db_now(), expires_at=db_now(lifetime_minutes * 60))
        .execution_options(synchronize_session=False)
    )
    return bool(done.rowcount == 1)  # type: ignore[attr-defined]  # an UPDATE's result is a CursorResult


def queue(lab: Lab) -> Queue | None:
    """Where a waiting lab stands; None when it does not wait."""
    if lab.admitted_at is not None or lab.desired != Desired.RUNNING or lab.start_asked_at is None:
        return None
    ahead = db.session.scalar(select(func.count()).select_from(Lab).where(_waits(Lab), asked_before(lab))) or 0
    ends = select(Lab.expires_at).where(_held_by_people()).order_by(Lab.expires_at).offset(ahead).limit(1)
    return Queue(position=ahead + 1, free_by=db.session.scalar(ends), expected_seconds=_expected(ahead))


def asked_before(lab: Lab) -> ColumnElement[bool]:
    """Labs that were asked for earlier than this one, which was asked for."""
    asked = lab.start_asked_at
    return or_(Lab.start_asked_at < asked, and_(Lab.start_asked_at == asked, Lab.id < lab.id))


def _expected(ahead: int) -> float | None:
    """From how long labs of this installation are usually kept, and how long those that run have been."""
    now = dt.datetime.now(dt.UTC)
    running = db.session.execute(select(Lab.admitted_at, Lab.expires_at).where(_held_by_people())).all()
    held = [
        Held(age=(now - since).total_seconds(), left=(until - now).total_seconds())
        for since, until in running
        if since is not None and until is not None
    ]
    return lab_waits.seconds(ahead, held, places=installation.current().labs_at_once, usual=lab_usual.kept_seconds())


def waits_with_room() -> ColumnElement[bool]:
    """Labs that wait while a place is free."""
    other = aliased(Lab)
    held = select(func.count()).select_from(other).where(other.admitted_at.is_not(None)).scalar_subquery()
    return and_(_waits(Lab), held < installation.current().labs_at_once)


def free() -> int:
    """Places that nobody holds, as this transaction sees them."""
    held = db.session.scalar(select(func.count()).select_from(Lab).where(Lab.admitted_at.is_not(None))) or 0
    return installation.current().labs_at_once - held


def waiting() -> int:
    """How many people's labs wait for a place."""
    return db.session.scalar(select(func.count()).select_from(Lab).where(_waits(Lab))) or 0


def _held_by_people() -> ColumnElement[bool]:
    """A place that a lab of the pool holds is given up for whoever waits."""
    return and_(Lab.admitted_at.is_not(None), Lab.user_id.is_not(None))


def _waits(lab: type[Lab]) -> ColumnElement[bool]:
    settled = and_(lab.state == "failed", lab.orders_seen >= lab.orders)
    wanted = and_(lab.desired == Desired.RUNNING, lab.user_id.is_not(None))
    return and_(wanted, lab.admitted_at.is_(None), ~settled)


def alone() -> None:
    """No two transactions count places at once: SQLite has one writer anyway, PostgreSQL is asked for a lock."""
    if db.session.connection().dialect.name == "postgresql":
        db.session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADMISSIONS})
