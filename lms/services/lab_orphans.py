"""Finds what a provider holds although no row wants it, and has it ended.

Only what was seen twice is touched, what nobody knows ten minutes apart, and nothing at all while the reaper is
disarmed.
"""

import datetime as dt
import logging
from collections.abc import Mapping

from sqlalchemy import or_, select, update

from labs.errors import LabBusy, LabError
from labs.ports import Owned, Provider
from lms.models import Desired, Lab, LabCustody, db, db_now
from lms.services import hints, lab_custody, lab_orders, leases
from lms.services.lab_custody import Suspicion
from lms.services.leases import Lease

log = logging.getLogger(__name__)
APART_SECONDS = 600.0
NOBODYS = "the database does not know it"
WAS_DELETED = "it was deleted and is there"


def look(provider: Provider, *, owner: str, apart: float = APART_SECONDS) -> tuple[Suspicion, ...]:
    """What is suspicious now. While the reaper is armed, what was so for long enough is mended: unknown labs go.

    Nothing while somebody else looks.
    """
    lease = lab_custody.begin(owner)
    if lease is None:
        return ()
    try:
        return _look(lease, provider, apart)
    except Exception:
        leases.give_back(lease)
        raise


def _look(lease: Lease, provider: Provider, apart: float) -> tuple[Suspicion, ...]:
    before = leases.fresh(LabCustody, lease.row_id)
    # Rows after what is there: a lab is never made before its row.
    owned = {one.name: one for one in provider.list_owned()}
    known = select(Lab).where(Lab.name.in_(owned)).execution_options(populate_existing=True)
    rows = {row.name: row for row in db.session.scalars(known)}
    db.session.commit()
    unknown = [one for name, one in owned.items() if name not in rows]
    disarmed = lab_custody.compare(lease, provider, owned.values(), unknown)
    since = {} if disarmed or before.arming_asked else lab_custody.since(before)
    now = lab_custody.now()
    found = [one for name in owned if (one := _suspicion(owned[name], rows.get(name), since, now))]
    if disarmed:
        log.error("nothing is reaped: %s; `lms labs` says more", disarmed)
    for one in () if disarmed else found:
        if one.since < now and (now - one.since).total_seconds() >= _wait(one, apart):
            log.warning("lab %s of the provider: %s", one.name, one.why)
            _mend(provider, owned[one.name], rows.get(one.name))
    lab_custody.end(lease, disarmed=disarmed, suspicions=found, was_asked=before.arming_asked)
    return tuple(found)


def _suspicion(
    one: Owned, row: Lab | None, since: Mapping[tuple[str, int | None, str], dt.datetime], now: dt.datetime
) -> Suspicion | None:
    why = _why(one, row)
    if why is None:
        return None
    return Suspicion(one.name, one.generation, one.running, why, since.get((one.name, one.generation, why), now))


def _why(one: Owned, row: Lab | None) -> str | None:
    if row is None:
        return NOBODYS
    if row.state == "deleted":
        return WAS_DELETED
    if one.running and row.desired == Desired.STOPPED and row.state == "stopped":
        return "it was stopped and runs"
    if one.running and row.state == "failed":
        return "it was given up and runs"
    return None


def _wait(suspicion: Suspicion, apart: float) -> float:
    """What is removed for good is watched for longer than what is only stopped."""
    return apart if suspicion.why in (NOBODYS, WAS_DELETED) else 0.0


def _mend(provider: Provider, one: Owned, row: Lab | None) -> None:
    try:
        if row is None or row.state == "deleted":
            provider.delete(lab_orders.to_end(one))
        elif row.state == "failed":
            provider.stop(lab_orders.spec_of(row))
        else:
            _look_again(row)
    except LabBusy as error:  # it ends by itself from here
        log.info("lab %s of the provider: %s", one.name, error)
    except LabError as error:  # it is tried again at the next look, and the others are not kept waiting
        log.warning("lab %s of the provider could not be ended: %s", one.name, error)


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
