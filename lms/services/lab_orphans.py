"""Finds what a provider holds although no row wants it, and has it ended: only what was seen twice is touched."""

import dataclasses
import logging
from collections.abc import Collection

from sqlalchemy import or_, select, update

from labs.ports import Owned, Provider
from lms.models import Desired, Lab, db, db_now
from lms.services import hints, lab_orders

log = logging.getLogger(__name__)


@dataclasses.dataclass(frozen=True)
class Suspicion:
    """What was wrong with one lab of the provider; equal when it is the same thing again."""

    name: str
    generation: int | None
    running: bool
    why: str


def look(provider: Provider, seen_before: Collection[Suspicion]) -> set[Suspicion]:
    """What is suspicious now; what was so before too is mended: unknown labs go, others are looked at again."""
    owned = {one.name: one for one in provider.list_owned()}
    rows = {row.name: row for row in db.session.scalars(select(Lab).execution_options(populate_existing=True))}
    db.session.commit()
    suspicions = {found for name, one in owned.items() if (found := _suspicion(one, rows.get(name)))}
    for suspicion in suspicions & set(seen_before):
        row = rows.get(suspicion.name)
        log.warning("lab %s of the provider: %s", suspicion.name, suspicion.why)
        if row is None:
            provider.delete(lab_orders.to_end(owned[suspicion.name]))
        elif row.state == "failed":
            provider.stop(lab_orders.spec_of(row))
        else:
            _look_again(row)
    return suspicions


def _suspicion(one: Owned, row: Lab | None) -> Suspicion | None:
    if row is None:
        return Suspicion(one.name, one.generation, one.running, "no row knows it")
    if row.state == "deleted":
        return Suspicion(one.name, one.generation, one.running, "it was deleted and is there")
    if one.running and row.desired == Desired.STOPPED and row.state == "stopped":
        return Suspicion(one.name, one.generation, one.running, "it was stopped and runs")
    if one.running and row.state == "failed":
        return Suspicion(one.name, one.generation, one.running, "it was given up and runs")
    return None


def _look_again(row: Lab) -> None:
    """Says that an order is open, unless somebody acts on the row at this moment."""
    db.session.execute(
        update(Lab)
        .where(Lab.id == row.id, Lab.orders == row.orders, or_(Lab.lease_until.is_(None), Lab.lease_until < db_now()))
        .values(orders_seen=Lab.orders - 1, state="starting", not_before=None)
        .execution_options(synchronize_session=False)
    )
    hints.look_at("lab", row.id)
    db.session.commit()
