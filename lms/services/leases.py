"""Exactly one worker acts on a row at a time, and one that lost its lease can not write.

Every lease raises the row's fence; every write says `where fence = mine`. The database's clock decides.
"""

import dataclasses
from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from sqlalchemy import ColumnElement, and_, case, or_, select, update

from lms.models import db, db_now

Row = TypeVar("Row")


class LeasedModel(Protocol):
    """A mapped class with an integer id and the columns of lms.models.lease.Leased."""

    id: Any
    lease_owner: Any
    lease_until: Any
    fence: Any
    not_before: Any
    lost_leases: Any


class LeaseLost(Exception):
    """Another worker holds the row now: stop, and write nothing."""


@dataclasses.dataclass(frozen=True)
class Lease:
    model: type[LeasedModel]
    row_id: int
    fence: int


def due(model: type[LeasedModel]) -> ColumnElement[bool]:
    """Rows that nobody holds and whose time has come."""
    return and_(free(model), rested(model))


def free(model: type[LeasedModel]) -> ColumnElement[bool]:
    """Rows that nobody holds."""
    return or_(model.lease_until.is_(None), model.lease_until < db_now())


def rested(model: type[LeasedModel]) -> ColumnElement[bool]:
    """Rows whose time has come."""
    return or_(model.not_before.is_(None), model.not_before <= db_now())


def fresh(model: type[Row], row_id: int) -> Row:
    """The row as the database has it now; the transaction is over, so that nothing is locked while its work is done."""
    found = db.session.scalars(
        select(model).where(model.id == row_id).execution_options(populate_existing=True)  # type: ignore[attr-defined]  # each has an id
    ).one()
    db.session.commit()
    return found


def take(model: type[LeasedModel], row_id: int, *, owner: str, seconds: float) -> Lease | None:
    """The lease, committed; None when somebody holds it or the row is not due yet."""
    fence = db.session.scalar(
        update(model)
        .where(model.id == row_id, due(model))
        .values(
            lease_owner=owner,
            lease_until=db_now(seconds),
            fence=model.fence + 1,
            # An owner that is still written down died with its lease: releasing clears it.
            lost_leases=case((model.lease_owner.is_not(None), model.lost_leases + 1), else_=model.lost_leases),
        )
        .returning(model.fence)
        .execution_options(synchronize_session=False)
    )
    db.session.commit()
    return Lease(model, row_id, fence) if fence is not None else None


def end_of_dead(model: type[LeasedModel], *, is_dead: Callable[[str], bool]) -> int:
    """Ends the leases whose owner is known to be dead, so that nobody waits for them to run out; how many."""
    held = select(model.id, model.fence, model.lease_owner).where(model.lease_until >= db_now())
    rows = db.session.execute(held).all()
    db.session.commit()
    ended = 0
    for row_id, fence, owner in rows:
        if owner is not None and is_dead(owner):
            db.session.execute(
                update(model)
                .where(model.id == row_id, model.fence == fence)
                .values(lease_until=db_now(-1))
                .execution_options(synchronize_session=False)
            )
            ended += 1
    db.session.commit()
    return ended


def write(lease: Lease, **values: Any) -> None:
    """Writes and commits the columns if the lease still holds, with all that the session has pending."""
    _write(lease, values)
    db.session.commit()


def release(lease: Lease, *, again_in: float | None = None, **values: Any) -> None:
    """Writes the columns and gives the row back in one transaction; `again_in` seconds until it is due again.

    Losses are forgotten unless `values` say how many there were.
    """
    given_back = {
        "lease_owner": None,
        "lease_until": None,
        "not_before": None if again_in is None else db_now(again_in),
    }
    write(lease, **{"lost_leases": 0, **values, **given_back})


def give_back(lease: Lease, **values: Any) -> None:
    """Writes the columns and makes the row due again, as if it had not been taken: nothing is counted or forgotten.

    For an owner that is told to stop, whatever it was doing: a row that it does not hold any more stays as it is.
    """
    db.session.rollback()
    model = lease.model
    db.session.execute(
        update(model)
        .where(model.id == lease.row_id, model.fence == lease.fence, model.lease_owner.is_not(None))
        .values(lease_owner=None, lease_until=None, not_before=None, **values)
        .execution_options(synchronize_session=False)
    )
    db.session.commit()


def _write(lease: Lease, values: dict[str, Any]) -> None:
    model = lease.model
    done = db.session.execute(
        update(model)
        .where(model.id == lease.row_id, model.fence == lease.fence)
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    if done.rowcount != 1:  # type: ignore[attr-defined]  # an UPDATE's result is a CursorResult
        db.session.rollback()
        raise LeaseLost(f"{model.__name__} {lease.row_id}: fence {lease.fence} is old")
