"""What a learner asks of their labs. Every order is one transaction that returns at once; workers carry it out."""

import datetime as dt
import uuid
from collections.abc import Sequence

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from labs.catalogue.model import Lab as LabFile
from labs.door_key import new_claim
from lms.models import Desired, Lab, User, db, db_now
from lms.services import content, hints, installation, lab_offers, lab_places, lab_pool, lab_rows
from lms.services.errors import Conflict, NotFound


def lab_file(key: str | uuid.UUID) -> LabFile:
    """The lab of this slug or uuid, or NotFound with a sentence."""
    try:
        return content.current().labs[key]
    except LookupError as error:
        raise NotFound("There is no such lab.") from error


def current(actor: User, slug: str) -> Lab | None:
    """The actor's live lab of this lab file, running or stopped."""
    return _of_key(_live_key(actor, lab_file(slug)))


def owned(actor: User, lab_id: int) -> Lab:
    """The actor's own live lab, fresh from the database; NotFound for anybody else's."""
    lab = db.session.scalar(select(Lab).where(Lab.id == lab_id).execution_options(populate_existing=True))
    if lab is None or lab.user_id != actor.id or lab.live_key is None:
        raise NotFound("This lab does not exist.")
    return lab


def live(actor: User) -> list[Lab]:
    """All live labs of the actor, the newest first."""
    owns = (Lab.user_id == actor.id, Lab.live_key.is_not(None))
    return list(db.session.scalars(select(Lab).where(*owns).order_by(Lab.id.desc())))


def start(actor: User, slug: str) -> Lab:
    """One running lab of this learner and lab file, however often and at once this is called.

    When all places of the machine are taken the lab waits in line; `lab_views.view` says where.
    """
    written = lab_offers.startable(lab_file(slug))
    lab = current(actor, slug) or _new(actor, written)
    if not _is_wanted(lab):
        _refuse_too_many(actor, written)
        lab = owned(actor, lab.id)  # as the click before this one left it
        if not _is_wanted(lab):
            _order(lab, written, desired=Desired.RUNNING)
            return owned(actor, lab.id)
    db.session.commit()
    return lab


def stop(actor: User, lab_id: int) -> Lab:
    """Ends what runs and keeps the work."""
    lab = owned(actor, lab_id)
    if lab.desired != Desired.STOPPED:
        _order(lab, lab_file(lab.lab_uuid), desired=Desired.STOPPED)
    return owned(actor, lab_id)


def stop_every() -> None:
    """Nobody's lab is wanted any more, for whoever ends the platform; the work stays, and so do the rows."""
    running = update(Lab).where(Lab.desired == Desired.RUNNING)
    wish = lab_pool.wish_at_the_end()
    db.session.execute(running.values(desired=wish, orders=Lab.orders + 1, not_before=None))
    db.session.commit()


def reset(actor: User, lab_id: int) -> Lab:
    """A fresh start: the work goes, the lab comes up anew with another key; what was passed stays passed."""
    lab = owned(actor, lab_id)
    written = lab_offers.startable(lab_file(lab.lab_uuid))
    _refuse_too_many(actor, written)
    fresh = {"generation": Lab.generation + 1, "credential": lab_rows.new_token(), "claim": new_claim()}
    _order(lab, written, desired=Desired.RUNNING, **fresh)
    return owned(actor, lab_id)


def delete(actor: User, lab_id: int) -> None:
    """The lab and its work go; a new one may be started at once, under another name."""
    lab = owned(actor, lab_id)
    _order(lab, lab_file(lab.lab_uuid), desired=Desired.DELETED, live_key=None)


def extend(actor: User, lab_id: int) -> Lab:
    """More time, as often as the lab file allows; two clicks at once count as two."""
    while True:
        lab = owned(actor, lab_id)
        lifetime = lab_file(lab.lab_uuid).lifetime
        if lab.desired != Desired.RUNNING or lab.expires_at is None or lab.extensions >= lifetime.extensions:
            raise Conflict(_why_not_extended(lab, lifetime.extensions))
        more = dt.timedelta(minutes=lifetime.extend_minutes)
        done = db.session.execute(
            update(Lab)
            .where(Lab.id == lab.id, Lab.desired == Desired.RUNNING, Lab.expires_at == lab.expires_at)
            .values(extensions=Lab.extensions + 1, expires_at=lab.expires_at + more)
            .execution_options(synchronize_session=False)
        )
        db.session.commit()
        if done.rowcount:  # type: ignore[attr-defined]  # an UPDATE's result is a CursorResult
            return owned(actor, lab_id)


def _is_wanted(lab: Lab) -> bool:
    """Whether workers bring it up already, or keep it up."""
    return lab.desired == Desired.RUNNING and lab.orders > 0 and lab.state != "failed"


def _live_key(actor: User, written: LabFile) -> str:
    return f"{actor.id}:{written.uuid}"


def _new(actor: User, written: LabFile) -> Lab:
    """A lab of the pool, running already, or a new row; when another request made one at this very moment, that one.

    Who may not start it gets none: the lab would stay in their lists without ever having been.
    """
    _refuse_too_many(actor, written)
    key = _live_key(actor, written)
    try:
        if lab_pool.claim(actor, written, live_key=key) is None:
            mine = {"user_id": actor.id, "live_key": key, "claim": new_claim()}
            lab_rows.make(written.uuid, desired=Desired.STOPPED, **mine)
    except IntegrityError:
        db.session.rollback()
    made = _of_key(key)
    if made is None:
        raise Conflict("This lab was deleted a moment ago. Start it again.")
    return made


def _of_key(key: str) -> Lab | None:
    return db.session.scalar(select(Lab).where(Lab.live_key == key).execution_options(populate_existing=True))


def _order(lab: Lab, written: LabFile, **values: object) -> None:
    """Writes the learner's wish, takes a place where one is free, commits, and tells the workers where to look."""
    wants_running = values.get("desired") == Desired.RUNNING
    if wants_running:
        values |= {
            "start_asked_at": db_now(),
            "ready_at": None,
            "problem": None,
            "trouble": None,
            "trouble_at": None,
            "failures": 0,
            "extensions": 0,
            "starts": Lab.starts + 1,
            "expires_at": db_now(written.lifetime.minutes * 60),
        }
    db.session.execute(
        update(Lab)
        .where(Lab.id == lab.id, Lab.live_key.is_not(None))
        .values(orders=Lab.orders + 1, not_before=None, **values)
        .execution_options(synchronize_session=False)
    )
    if wants_running and not lab_places.admit(lab.id, lifetime_minutes=written.lifetime.minutes):
        lab_pool.make_room()
    hints.look_at("lab", lab.id)
    db.session.commit()


def running_besides(actor: User, written: LabFile) -> list[LabFile]:
    """The other labs on offer that the actor wants running, in the order of their making."""
    mine = (Lab.user_id == actor.id, Lab.desired == Desired.RUNNING, Lab.live_key.is_not(None))
    rows = select(Lab.lab_uuid).where(*mine, Lab.lab_uuid != written.uuid).order_by(Lab.id)
    return [found for one in db.session.scalars(rows) if (found := content.current().labs.get(one))]


def is_too_many(running: Sequence[LabFile]) -> bool:
    """Whether somebody with these labs may start no other."""
    return len(running) >= installation.current().labs_per_person


def _refuse_too_many(actor: User, written: LabFile) -> None:
    lab_places.alone()
    running = running_besides(actor, written)
    if is_too_many(running):
        titles = ", ".join(f"“{one.title}”" for one in running)
        db.session.rollback()
        raise Conflict(
            f"You have {len(running)} labs running already: {titles}. Stop one, then start this one; its work is kept."
        )


def _why_not_extended(lab: Lab, extensions: int) -> str:
    if lab.desired != Desired.RUNNING:
        return "The lab is not running, so there is nothing to extend. Start it; the work is still there."
    if lab.extensions >= extensions:
        return f"This lab was extended {extensions} times, which is all it allows. Stop and start it; the work is kept."
    return "This lab still waits for a place; its time starts when it has one."
