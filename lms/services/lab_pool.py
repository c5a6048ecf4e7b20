"""Labs that are kept ready for whoever asks next: filled by the sweep, given away by one compare-and-set.

A pool lab is a lab like any other, with a row, a name, a volume and a token of its own, and nobody's. It holds a place
of the machine only as long as nobody waits for one. Who claims it becomes its owner and gets a key that was never there
before; the running lab knows that key by itself, see labs.door_key. A pool lab that nobody claimed opens for nobody.
"""

import hashlib
import logging
import uuid
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from sqlalchemy import ColumnElement, Select, and_, bindparam, case, func, select, update
from sqlalchemy.orm import aliased
from sqlalchemy.sql.dml import ReturningUpdate

from labs.catalogue.model import Lab as LabFile
from labs.door_key import new_claim
from lms.models import Desired, Lab, User, db, db_now
from lms.services import content, hints, installation, lab_offers, lab_places, lab_rows

log = logging.getLogger(__name__)

#: One that could not be started is not made anew at once: what is wrong is probably wrong with all of them.
FAILED_FOR_SECONDS = 600.0


def claim(actor: User, written: LabFile, *, live_key: str) -> int | None:
    """Makes a pool lab the actor's, with a key of its own, in the open transaction; None when there is none to have.

    One that is ready before one that is coming up. IntegrityError when the actor has a lab of this lab file already.
    """
    taking, left = _taking(written.lifetime.minutes * 60)
    told = {"wanted": written.uuid, "owner": actor.id, "key": live_key, "made": new_claim()}
    while (lab_id := db.session.scalar(taking, told)) is None and db.session.scalar(left, told) is not None:
        continue  # somebody was faster, and there is another one
    return lab_id


@cache
def _taking(seconds: int) -> tuple[ReturningUpdate[int], Select[int]]:
    """The statement by which a lab changes hands, and the one that finds it; made once, as everybody waits for it.

    On SQLite whoever claims holds the only right to write meanwhile.
    """
    other = aliased(Lab)
    mine = (_claimable(other), other.lab_uuid == bindparam("wanted", type_=Lab.lab_uuid.type))
    best = select(other.id).where(*mine).order_by(case((other.state == "ready", 0), else_=1), other.id).limit(1)
    taking = (
        update(Lab)
        # Said again of the row itself: of two who chose the same one, the second finds it taken.
        .where(Lab.id == best.scalar_subquery(), _claimable(Lab))
        .values(
            user_id=bindparam("owner"),
            live_key=bindparam("key"),
            claim=bindparam("made"),
            starts=Lab.starts + 1,
            start_asked_at=db_now(),
            admitted_at=db_now(),
            expires_at=db_now(seconds),
            ready_at=case((Lab.ready_at.is_not(None), db_now()), else_=None),
        )
        .returning(Lab.id)
        .execution_options(synchronize_session=False)
    )
    return taking, best


def has_ready(lab_uuid: uuid.UUID) -> bool:
    """Whether whoever asks now gets one that is up."""
    rows = select(Lab.id).where(_claimable(Lab), Lab.lab_uuid == lab_uuid, Lab.state == "ready")
    return db.session.scalar(rows.limit(1)) is not None


def wish_at_the_end() -> ColumnElement[str]:
    """What is wanted of a lab whose time is over: people's work is kept, and a lab of the pool holds none."""
    return case((Lab.user_id.is_(None), Desired.DELETED.value), else_=Desired.STOPPED.value)


def keep() -> None:
    """Makes what the pool lacks where places are free, and ends what it has too much of; committed."""
    sizes = _sizes()
    if not sizes and not _unclaimed():
        db.session.commit()
        return
    lab_places.alone()
    kept: list[Lab] = []
    for lab in _unclaimed():
        if _is_wanted(lab, kept, sizes):
            kept.append(lab)
        else:
            _retire(lab)
    make_room()
    if not lab_places.waiting():
        for lab_uuid in _missing(kept, sizes)[: max(0, lab_places.free())]:
            _make(lab_uuid)
    db.session.commit()


def make_room() -> None:
    """Ends labs of the pool for those who wait in line, as many as it takes, in the open transaction."""
    lacking = lab_places.waiting() - lab_places.free() - _on_their_way_out()
    holders = [one for one in _unclaimed() if one.admitted_at is not None]
    # The ones that are not up yet first.
    for lab in sorted(holders, key=lambda one: (one.state == "ready", -one.id))[: max(0, lacking)]:
        _retire(lab)


def _sizes() -> dict[uuid.UUID, int]:
    offered = content.current().labs
    wanted = installation.current().lab_pool_sizes
    return {
        one.uuid: size
        for slug, size in wanted.items()
        if (one := offered.get(slug)) is not None and lab_offers.refusal(one) is None
    }


def _claimable(lab: type[Lab]) -> ColumnElement[bool]:
    """Nobody's, running or on its way there, and not about to be replaced."""
    return and_(
        lab.user_id.is_(None),
        lab.desired == Desired.RUNNING,
        lab.admitted_at.is_not(None),
        lab.expires_at > db_now(),
        lab.state != "failed",
        lab.failures == 0,
    )


def _unclaimed() -> Sequence[Lab]:
    rows = select(Lab).where(Lab.user_id.is_(None), Lab.desired == Desired.RUNNING).order_by(Lab.id)
    return db.session.scalars(rows.execution_options(populate_existing=True)).all()


def _is_wanted(lab: Lab, kept: Sequence[Lab], sizes: dict[uuid.UUID, int]) -> bool:
    if sum(one.lab_uuid == lab.lab_uuid for one in kept) >= sizes.get(lab.lab_uuid, 0):
        return False
    if lab.made_of != _edition(content.current().labs[lab.lab_uuid].folder):
        return False
    if lab.state != "failed":
        return True
    old = select(Lab.id).where(Lab.id == lab.id, Lab.created_at < db_now(-FAILED_FOR_SECONDS))
    return db.session.scalar(old) is None


@cache
def _edition(folder: Path) -> str:
    """Tells a lab's files before an update of the content from those after it; content is read once in a process."""
    found = hashlib.sha256()
    for path in sorted((folder / "starter").rglob("*")):
        if path.is_file():
            found.update(f"{path.relative_to(folder)}\0{path.stat().st_size}\0".encode() + path.read_bytes())
    return found.hexdigest()


def _on_their_way_out() -> int:
    """Places that are free in a moment, because a lab of the pool goes."""
    going = (Lab.user_id.is_(None), Lab.desired == Desired.DELETED, Lab.admitted_at.is_not(None))
    return db.session.scalar(select(func.count()).select_from(Lab).where(*going)) or 0


def _missing(kept: Sequence[Lab], sizes: dict[uuid.UUID, int]) -> list[uuid.UUID]:
    """Each as often as it lacks."""
    lacks = {lab_uuid: size - sum(one.lab_uuid == lab_uuid for one in kept) for lab_uuid, size in sizes.items()}
    return [lab_uuid for lab_uuid, count in lacks.items() for _ in range(count)]


def _retire(lab: Lab) -> None:
    """Ends the lab unless somebody claimed it at this very moment."""
    db.session.execute(
        update(Lab)
        .where(Lab.id == lab.id, Lab.user_id.is_(None))
        .values(desired=Desired.DELETED, orders=Lab.orders + 1, not_before=None)
        .execution_options(synchronize_session=False)
    )
    hints.look_at("lab", lab.id)


def _make(lab_uuid: uuid.UUID) -> None:
    lab = lab_rows.make(
        lab_uuid,
        made_of=_edition(content.current().labs[lab_uuid].folder),
        desired=Desired.RUNNING,
        orders=1,
        start_asked_at=db_now(),
        admitted_at=db_now(),
        expires_at=db_now(installation.current().lab_pool_minutes * 60),
    )
    hints.look_at("lab", lab.id)
    log.info("lab %s is made for the pool", lab.name)
