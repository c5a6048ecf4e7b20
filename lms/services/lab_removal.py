"""Removes every lab of an installation with its work, for whoever takes the installation away.

Through rows and leases, as the page's Remove does: workers that run meanwhile help, and nobody brings a lab back.
"""

from collections.abc import Sequence

from sqlalchemy import func, select, update

from labs.errors import LabError
from labs.ports import Owned, Provider
from lms.models import Desired, Lab, db
from lms.services import lab_orders, lab_reconciler, lab_troubles


def count(provider: Provider) -> tuple[int, int]:
    """How many labs there are, and of how many people: those of the database and those that only the provider knows."""
    owned = provider.list_owned()  # before the database is asked: who asks it on SQLite keeps others from writing
    there = select(Lab.name).where(Lab.state != "deleted")
    names = {*db.session.scalars(there), *(one.name for one in owned)}
    people = db.session.scalar(select(func.count(Lab.user_id.distinct())).where(Lab.state != "deleted")) or 0
    db.session.commit()
    return len(names), people


def want_none() -> None:
    """No lab is wanted any more, nor its work; those who had one may start a new one, under another name."""
    there = update(Lab).where(Lab.state != "deleted", Lab.desired != Desired.DELETED)
    gone = {"desired": Desired.DELETED, "live_key": None, "orders": Lab.orders + 1}
    db.session.execute(there.values(**gone))
    db.session.execute(update(Lab).where(Lab.state != "deleted").values(not_before=None))
    db.session.commit()


def step(provider: Provider, *, owner: str) -> dict[str, str]:
    """One try at each that is left; the names of those that stay, each with the reason where one is known."""
    open_rows = select(Lab.id).where(Lab.desired == Desired.DELETED, Lab.state != "deleted").order_by(Lab.id)
    lab_ids = db.session.scalars(open_rows).all()
    db.session.commit()
    for lab_id in lab_ids:
        lab_reconciler.reconcile(lab_id, owner=owner, provider=provider)
    left: dict[str, str] = {}
    owned = provider.list_owned()
    rows = _rows(owned)
    for one in owned:
        row = rows.get(one.name)
        if row is None or row.state == "deleted" or row.trouble == lab_troubles.BEHIND:
            left |= _without_row(provider, one)
        elif row.desired != Desired.DELETED:
            left[one.name] = "it was started meanwhile"
    stay = select(Lab).where(Lab.state != "deleted").execution_options(populate_existing=True)
    left |= {row.name: row.problem or "" for row in db.session.scalars(stay)} | left
    db.session.commit()
    return left


def _rows(owned: Sequence[Owned]) -> dict[str, Lab]:
    known = select(Lab).where(Lab.name.in_([one.name for one in owned])).execution_options(populate_existing=True)
    rows = {row.name: row for row in db.session.scalars(known)}
    db.session.commit()
    return rows


def _without_row(provider: Provider, one: Owned) -> dict[str, str]:
    """End what no row knows, or what is of a newer order than its row."""
    try:
        provider.delete(lab_orders.to_end(one))
    except LabError as error:
        return {one.name: str(error)}
    return {}
