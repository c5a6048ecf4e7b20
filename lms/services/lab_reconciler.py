"""The worker's side of a lab: one idempotent step at a time from what is seen towards what is wanted.

Nothing is remembered between steps but the row. Whoever dies in a step is followed by somebody who takes the same step.
"""

import dataclasses
import logging
from typing import Any

from sqlalchemy import and_, func, or_, select, update

from labs.errors import LabBusy, LabSuperseded, LearnersFault, ProviderAway
from labs.ports import LabProblem, Observation, Provider
from lms.models import Desired, Lab, db, db_now
from lms.services import content, lab_orders, lab_places, lab_pool, leases
from lms.services.leases import Lease, LeaseLost

log = logging.getLogger(__name__)

LEASE_SECONDS = 60.0
LOOK_AGAIN_SECONDS = 0.25
WATCH_SECONDS = 30.0
AWAY_SECONDS = 5.0
MOST_FAILURES = 3
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
            outcome = _set_aside(lab)
        else:
            outcome = _step(lab, provider)
        return _write(lease, lab, outcome)
    except LeaseLost:
        log.warning("lab %s: another worker took over, nothing was written", lab_id)
        return None


@dataclasses.dataclass(frozen=True)
class _Outcome:
    """What a step saw: columns to write, and when to come again."""

    columns: dict[str, Any]
    again_in: float | None = None
    carried_out: bool = True
    """Whether the order was obeyed, wholly or by a step towards it."""


def _step(lab: Lab, provider: Provider) -> _Outcome:
    try:
        return _towards_desired(lab, provider)
    except LabBusy:
        return _Outcome({}, again_in=1, carried_out=False)
    except LabSuperseded:
        return _Outcome({}, again_in=0, carried_out=False)
    except ProviderAway as error:
        return _away(error)
    except LearnersFault as error:
        return _failed(str(error))
    except Exception as error:  # whatever breaks here is ours: it is tried again and never the learner's fault
        log.exception("lab %s: a step failed", lab.id)
        return _our_fault(lab, f"{type(error).__name__}: {error}")


def _towards_desired(lab: Lab, provider: Provider) -> _Outcome:
    if lab.desired == Desired.RUNNING and _expire(lab):
        lab = leases.fresh(Lab, lab.id)
    if lab.desired == Desired.DELETED:
        provider.delete(lab_orders.spec_of(lab))
        return _Outcome(
            {"state": "deleted", "observed": None, "admitted_at": None, "failures": 0, "credential": "", "claim": None}
        )
    if lab.desired == Desired.STOPPED:
        seen = provider.stop(lab_orders.spec_of(lab))
        return _Outcome(_seen(seen, provider) | {"state": "stopped", "admitted_at": None, "failures": 0})
    if lab.admitted_at is None and not _admitted(lab):
        return _Outcome({"state": "stopped" if lab.state == "failed" else lab.state})
    return _up(lab, provider)


def _up(lab: Lab, provider: Provider) -> _Outcome:
    spec = lab_orders.spec_of(lab)
    seen = provider.ensure(spec)
    if seen.problem is not None or seen.state == "failed":
        provider.stop(spec)
        return _broken(lab, seen, provider)
    columns = _seen(seen, provider)
    if seen.state != "ready":
        return _Outcome(columns | {"state": "starting"}, again_in=LOOK_AGAIN_SECONDS)
    return _Outcome(columns | {"state": "ready", "ready_at": func.coalesce(Lab.ready_at, db_now()), "problem": None})


def _broken(lab: Lab, seen: Observation, provider: Provider) -> _Outcome:
    problem = seen.problem or LabProblem(whose="ours", what="the lab failed without saying why")
    sentence = f"{problem.what}\n{problem.log}".strip()
    outcome = _our_fault(lab, sentence) if problem.whose == "ours" else _failed(sentence)
    return dataclasses.replace(outcome, columns=_seen(seen, provider) | outcome.columns)


def _our_fault(lab: Lab, sentence: str) -> _Outcome:
    """Tried again, each time a little later; stopping and deleting for ever, starting a few times."""
    failures = lab.failures + 1
    if lab.desired == Desired.RUNNING and failures >= MOST_FAILURES:
        return _failed(f"The platform could not start this lab, which is not your fault. {sentence}")
    columns = {"failures": failures, "problem": sentence[:2000]}
    if lab.desired == Desired.RUNNING:
        columns["state"] = "starting"
    return _Outcome(columns, again_in=min(60.0, 2.0**failures), carried_out=False)


def _away(error: ProviderAway) -> _Outcome:
    """What runs the labs does not answer: nothing is known of this lab, so nothing but the reason is written.

    It is asked again for as long as it takes, and no start is counted as failed.
    """
    log.warning("the provider is away: %s", error)
    again_in = max(AWAY_SECONDS, error.retry_after)
    return _Outcome({"problem": str(error)[:2000]}, again_in=again_in, carried_out=False)


def _failed(sentence: str) -> _Outcome:
    return _Outcome({"state": "failed", "problem": sentence[:2000], "admitted_at": None, "failures": 0})


def _set_aside(lab: Lab) -> _Outcome:
    log.error("lab %s: set aside after %s workers died with it", lab.id, lab.lost_leases)
    return _failed("Starting this lab broke our worker several times. Tell the staff; starting it again is harmless.")


def _seen(seen: Observation, provider: Provider) -> dict[str, Any]:
    observed = {"seen": seen.model_dump(mode="json"), "promises": provider.promises.model_dump(mode="json")}
    return {"observed": observed, "observed_at": db_now()}


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


def _write(lease: Lease, lab: Lab, outcome: _Outcome) -> float | None:
    """Writes what was seen of the order that was read; an order given meanwhile stays to be carried out."""
    seen = {"orders_seen": lab.orders} if outcome.carried_out else {}
    leases.release(lease, again_in=outcome.again_in, **seen, **outcome.columns)
    orders = db.session.scalar(select(Lab.orders).where(Lab.id == lab.id))
    db.session.commit()
    return 0.0 if orders != lab.orders and outcome.again_in is None else outcome.again_in
