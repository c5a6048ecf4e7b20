"""The labs of a person that stop soon, cheap enough to ask for with every page."""

import dataclasses
import datetime as dt
import uuid

from sqlalchemy import select

from lms.models import Desired, Lab, User, db
from lms.services import content
from lms.services.lab_time import WARN_BEFORE, TimeLeft, time_left

#: A lab whose time is over is stopped by a worker: that takes a moment.
STOPS_WITHIN_SECONDS = 10


@dataclasses.dataclass(frozen=True)
class _Held:
    """The columns of a ready lab that matter here."""

    lab_id: int
    lab_uuid: uuid.UUID
    expires_at: dt.datetime
    extensions: int


@dataclasses.dataclass(frozen=True)
class EndingLab:
    """A ready lab within its last minutes."""

    lab_id: int
    slug: str
    title: str
    time: TimeLeft


@dataclasses.dataclass(frozen=True)
class Endings:
    """What to warn of now, the soonest first; None for `look_again_in` when nothing changes by itself."""

    labs: tuple[EndingLab, ...]
    look_again_in: int | None


def of(actor: User, *, but: int | None = None) -> Endings:
    """The actor's endings, by one query over their own labs; `but` leaves out the lab that speaks for itself."""
    now = dt.datetime.now(dt.UTC)
    held = [one for one in _held(actor) if one.lab_id != but]
    found = [_ending(one) for one in held if one.expires_at - now < WARN_BEFORE]
    moments = [_seconds_to_news(one.expires_at - now) for one in held]
    return Endings(tuple(one for one in found if one is not None), min(moments, default=None))


def _held(actor: User) -> list[_Held]:
    ready = (Lab.desired == Desired.RUNNING, Lab.state == "ready", Lab.orders_seen >= Lab.orders)
    columns = select(Lab.id, Lab.lab_uuid, Lab.expires_at, Lab.extensions).order_by(Lab.expires_at)
    rows = db.session.execute(columns.where(Lab.user_id == actor.id, Lab.admitted_at.is_not(None), *ready))
    return [_Held(row[0], row[1], row[2], row[3]) for row in rows if row[2] is not None]


def _ending(held: _Held) -> EndingLab | None:
    written = content.current().labs.get(held.lab_uuid)
    if written is None:  # no page fails because a lab file was taken away
        return None
    time = time_left(written, expires_at=held.expires_at, extensions=held.extensions)
    return EndingLab(held.lab_id, written.slug, written.title, time)


def _seconds_to_news(left: dt.timedelta) -> int:
    """Until the warning is due, or until it may go."""
    due = left - WARN_BEFORE if left >= WARN_BEFORE else left
    return max(0, int(due.total_seconds())) + (1 if left >= WARN_BEFORE else STOPS_WITHIN_SECONDS)
