"""Checking a step of a lab: the learner asks, a worker looks, the answer stands in the row."""

import logging
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from labs.catalogue.model import Lab as LabFile
from labs.catalogue.model import Step
from labs.exams.checks import check_step
from labs.exams.findings import StepReport
from labs.ports import Provider
from lms.models import Lab, LabCheck, User, db, db_now
from lms.services import content, hints, lab_orders, lab_status, lab_steps, labs, leases, patience, progress
from lms.services.errors import Conflict, NotFound
from lms.services.leases import Lease, LeaseLost

log = logging.getLogger(__name__)

#: Longer than a check may take (the worker's task limit is 600 s); a dead worker's lease is ended at once anyway.
LEASE_SECONDS = 630.0
MOST_TRIES = 3


def ask(actor: User, lab_id: int, step_id: str) -> LabCheck:
    """A check of this step, in the queue; while one is open, asking again gives that one."""
    lab = labs.owned(actor, lab_id)
    if labs.lab_file(lab.lab_uuid).step(step_id) is None:
        raise NotFound("This lab has no such step.")
    if lab.state != "ready":
        db.session.commit()
        raise Conflict(_not_ready(lab))
    key = f"{lab_id}:{step_id}"
    if found := _open(key):
        return found
    check = LabCheck(lab_id=lab_id, step_id=step_id, open_key=key, status="queued")
    db.session.add(check)
    try:
        db.session.flush()
        hints.look_at("check", check.id)
        db.session.commit()
    except IntegrityError:
        db.session.rollback()  # the other of two clicks was first
        return _open(key) or ask(actor, lab_id, step_id)
    return check


def due(limit: int = 100) -> list[int]:
    """Open checks that nobody works on."""
    open_ones = select(LabCheck.id).where(LabCheck.open_key.is_not(None), leases.due(LabCheck))
    found = list(db.session.scalars(open_ones.order_by(LabCheck.id).limit(limit)))
    db.session.commit()
    return found


def run_one(check_id: int, *, owner: str, provider: Provider) -> float | None:
    """Look at the lab for this check and write the answer; seconds until a retry, or None when that was it."""
    lease = leases.take(LabCheck, check_id, owner=owner, seconds=LEASE_SECONDS)
    if lease is None:
        return None
    try:
        check = leases.fresh(LabCheck, check_id)
        if check.open_key is None:
            leases.release(lease)
            return None
        leases.write(lease, status="running")
        return _look(lease, check, provider)
    except LeaseLost:
        log.warning("check %s: another worker took over, nothing was written", check_id)
        return None


def _look(lease: Lease, check: LabCheck, provider: Provider) -> float | None:
    lab = leases.fresh(Lab, check.lab_id)
    written = content.current().labs.get(lab.lab_uuid)
    step = written.step(check.step_id) if written else None
    if written is None or step is None:
        _give_up(lease, "This step is not part of the lab any more. Reload the page.")
        return None
    if check.lost_leases >= MOST_TRIES:
        _give_up(lease, "Checking this step broke our worker several times. Tell the staff.")
        return None
    report = _checked(lab, step, provider)
    if report.status == "error":
        return _try_again(lease, check, report)
    patience.until_written(lambda: _judged(lease, lab, written, report))
    return None


def _checked(lab: Lab, step: Step, provider: Provider) -> StepReport:
    try:
        return check_step(provider, lab_orders.spec_of(lab), step)
    except Exception as error:  # whatever breaks here is ours: no verdict follows from it
        log.exception("lab %s: the check of %s failed", lab.id, step.id)
        problem = f"the check itself failed ({type(error).__name__}); try again"
        return StepReport(step=step.id, status="error", passed=False, problem=problem)


def _judged(lease: Lease, lab: Lab, written: LabFile, report: StepReport) -> None:
    """The answer, the learner's standing and the finished activity: one transaction."""
    standing = lab_steps.standing(lab.owner_id, lab.lab_uuid, report.step)
    standing.attempts += 1
    if report.passed and standing.passed_at is None:
        standing.passed_at = db_now()
    db.session.flush()
    if lab_steps.passed(lab.owner_id, lab.lab_uuid) >= {step.id for step in written.steps}:
        progress.record_linked(lab.owner_id, "lab", written.slug)
    _finish(lease, status="done", passed=report.passed, report=report.model_dump(mode="json"))


def _try_again(lease: Lease, check: LabCheck, report: StepReport) -> float | None:
    tries = check.tries + 1
    if tries >= MOST_TRIES:
        _finish(lease, status="error", tries=tries, report=report.model_dump(mode="json"))
        return None
    leases.release(lease, again_in=1.0, status="queued", tries=tries)
    return 1.0


def _give_up(lease: Lease, sentence: str) -> None:
    report = StepReport(step="", status="error", passed=False, problem=sentence)
    _finish(lease, status="error", report=report.model_dump(mode="json"))


def _finish(lease: Lease, **values: Any) -> None:
    leases.release(lease, open_key=None, finished_at=db_now(), **values)


def _not_ready(lab: Lab) -> str:
    if lab_status.shown_state(lab) == "ready":
        return "A part of the lab is coming up again. Wait a moment, then check again."
    return "The lab is not ready. Start it, wait until it is, then check again."


def _open(key: str) -> LabCheck | None:
    found = db.session.scalar(select(LabCheck).where(LabCheck.open_key == key))
    db.session.commit()
    return found
