"""The worker's side of a lab: one idempotent step at a time from what is seen towards what is wanted.

Nothing is remembered between steps but the row. Whoever dies in a step is followed by somebody who takes the same step.
"""

import contextlib
import dataclasses
import datetime as dt
import logging
from typing import Any

from sqlalchemy import and_, func, or_, select, update
from sqlalchemy.exc import SQLAlchemyError

from labs.errors import LabBusy, LabSuperseded, LearnersFault
from labs.ports import Provider
from lms.models import Desired, Lab, db, db_now
from lms.services import (
    content,
    lab_orders,
    lab_outcomes,
    lab_places,
    lab_pool,
    lab_troubles,
    lab_turns,
    leases,
    patience,
)
from lms.services.lab_outcomes import Outcome
from lms.services.leases import Lease, LeaseLost

log = logging.getLogger(__name__)

LEASE_SECONDS = 60.0
LOOK_AGAIN_SECONDS = 0.25
#: What takes long is looked at less often: looking has its price where many labs start, and costs the learner little.
LOOK_AGAIN_SHARE = 0.05
LOOK_AGAIN_AT_MOST = 1.0
WATCH_SECONDS = 30.0
#: A start that failed by our fault is tried anew after so long, as long as its learner may still be waiting.
HEAL_SECONDS = 300.0
HEAL_WITHIN_SECONDS = 2 * 3600.0
MOST_DEATHS = 3


def due(limit: int = 200) -> list[int]:
    """Labs that need a step now: an open order, a state that is not the wanted one, time over, a look due."""
    runs = and_(Lab.desired == Desired.RUNNING, Lab.admitted_at.is_not(None))
    needs = or_(
        Lab.orders_seen < Lab.orders,
        and_(Lab.desired == Desired.STOPPED, Lab.state.not_in(("stopped", "absent"))),
        and_(Lab.desired == Desired.DELETED, Lab.state != "deleted"),
        and_(runs, Lab.state.not_in(("ready", "failed"))),
        and_(runs, Lab.expires_at <= db_now()),
        and_(runs, Lab.state == "ready", Lab.observed_at <= db_now(-WATCH_SECONDS)),
        lab_places.waits_with_room(),
        and_(
            Lab.desired == Desired.RUNNING,
            Lab.state == "failed",
            Lab.user_id.is_not(None),
            Lab.trouble_at <= db_now(-HEAL_SECONDS),
            Lab.start_asked_at > db_now(-HEAL_WITHIN_SECONDS),
        ),
    )
    found = list(
        db.session.scalars(select(Lab.id).where(leases.due(Lab), needs).order_by(Lab.start_asked_at).limit(limit))
    )
    db.session.commit()
    return found


def reconcile(lab_id: int, *, owner: str, provider: Provider) -> float | None:
    """One step for this lab; the seconds after which the next is wanted, or None when nothing is left to do here."""
    lease = leases.take(Lab, lab_id, owner=owner, seconds=LEASE_SECONDS)
    if lease is None:
        return None
    lab = leases.fresh(Lab, lab_id)
    try:
        if lab.lost_leases >= MOST_DEATHS and lab.desired == Desired.RUNNING and lab.state != "ready":
            outcome = lab_outcomes.set_aside(lab)
        else:
            outcome = _step(lab, provider)
        orders = lab.orders  # as carried out: a write that is tried again must not count a newer one
        return patience.until_written(lambda: _write(lease, lab_id, orders, outcome))
    except LeaseLost:
        log.warning("lab %s: another worker took over, nothing was written", lab_id)
        return None


def _step(lab: Lab, provider: Provider) -> Outcome:
    try:
        return _towards_desired(lab, provider)
    except LabBusy:
        return Outcome({}, again_in=1, carried_out=False)
    except LabSuperseded as error:
        if leases.fresh(Lab, lab.id).generation != lab.generation:  # a reset was asked for meanwhile
            return Outcome({}, again_in=0, carried_out=False)
        return lab_outcomes.of_error(lab, error)
    except LearnersFault as error:
        return lab_outcomes.failed(str(error))
    except Exception as error:  # whatever breaks here is ours: it is tried again and never the learner's fault
        if isinstance(error, SQLAlchemyError):
            db.session.rollback()  # PostgreSQL takes nothing more in a transaction that broke
        return lab_outcomes.of_error(lab, error)


def _towards_desired(lab: Lab, provider: Provider) -> Outcome:
    if lab.desired == Desired.RUNNING and _expire(lab):
        lab = leases.fresh(Lab, lab.id)
    if lab.desired == Desired.DELETED:
        provider.delete(lab_orders.spec_of(lab))
        gone = {"state": "deleted", "observed": None, "admitted_at": None, "credential": "", "claim": None}
        return Outcome(lab_outcomes.well() | gone)
    if lab.desired == Desired.STOPPED:
        seen = lab_outcomes.seen(provider.stop(lab_orders.spec_of(lab)), provider.promises)
        return Outcome(lab_outcomes.well() | seen | {"state": "stopped", "admitted_at": None})
    if lab.admitted_at is None and not _admitted(lab):
        return Outcome({"state": "stopped" if lab.state == "failed" else lab.state})
    if (seconds := lab_turns.wait(lab)) is not None:
        return Outcome({}, again_in=seconds, carried_out=False)
    return _up(lab, provider)


def _up(lab: Lab, provider: Provider) -> Outcome:
    spec = lab_orders.spec_of(lab)
    seen = provider.ensure(spec)
    if seen.lost:
        return lab_outcomes.lost(lab, seen)
    columns = lab_outcomes.seen(seen, provider.promises)
    if seen.problem is not None or seen.state == "failed":
        with contextlib.suppress(LabBusy):  # it ends by itself from here
            provider.stop(spec)
        outcome = lab_outcomes.broken(lab, seen)
        return dataclasses.replace(outcome, columns=columns | outcome.columns)
    if seen.state != "ready":
        # Why the last try failed stays to be read until this one comes to an end.
        lasts = lab.trouble in (lab_troubles.BROKEN, lab_troubles.LOST)
        healed = {} if lasts else lab_outcomes.well() | _time_given_back(lab)
        return Outcome(columns | healed | {"state": "starting"}, again_in=look_again_in(_age(lab)))
    ready = {"state": "ready", "ready_at": func.coalesce(Lab.ready_at, db_now())}
    return Outcome(columns | lab_outcomes.well() | ready | _time_given_back(lab))


def look_again_in(age: float) -> float:
    """Seconds until a lab that has been starting for so many seconds is looked at again."""
    return min(max(LOOK_AGAIN_SECONDS, age * LOOK_AGAIN_SHARE), LOOK_AGAIN_AT_MOST)


def _age(lab: Lab) -> float:
    asked = lab.start_asked_at
    return 0.0 if asked is None else (dt.datetime.now(dt.UTC) - asked).total_seconds()


def _time_given_back(lab: Lab) -> dict[str, Any]:
    """What a trouble of ours took before the lab was ever there: the learner's time begins anew when it is over."""
    was_in_trouble = lab.user_id is not None and lab.ready_at is None and lab.trouble is not None
    if not was_in_trouble or (written := content.current().labs.get(lab.lab_uuid)) is None:
        return {}
    lifetime = written.lifetime
    return {"expires_at": db_now((lifetime.minutes + lab.extensions * lifetime.extend_minutes) * 60)}


def _expire(lab: Lab) -> bool:
    """Turns the lab's wish to stopped if its time is over at this very moment: an extension a moment ago wins."""
    done = db.session.execute(
        update(Lab)
        .where(
            Lab.id == lab.id, Lab.desired == Desired.RUNNING, Lab.admitted_at.is_not(None), Lab.expires_at <= db_now()
        )
        .values(desired=lab_pool.wish_at_the_end(), orders=Lab.orders + 1)
        .execution_options(synchronize_session=False)
    )
    db.session.commit()
    return bool(done.rowcount)  # type: ignore[attr-defined]  # an UPDATE's result is a CursorResult


def _admitted(lab: Lab) -> bool:
    written = content.current().labs.get(lab.lab_uuid)
    if written is None:
        raise LearnersFault("This lab is not offered any more.")
    done = lab_places.admit(lab.id, lifetime_minutes=written.lifetime.minutes)
    db.session.commit()
    return done


def _write(lease: Lease, lab_id: int, carried_out: int, outcome: Outcome) -> float | None:
    """Writes what was seen of the order that was read; an order given meanwhile stays to be carried out."""
    seen = {"orders_seen": carried_out} if outcome.carried_out else {}
    leases.release(lease, again_in=outcome.again_in, **seen, **outcome.columns)
    orders = db.session.scalar(select(Lab.orders).where(Lab.id == lab_id))
    db.session.commit()
    return 0.0 if orders != carried_out and outcome.again_in is None else outcome.again_in
