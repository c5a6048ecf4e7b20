"""A learner's standing in the steps of labs, whether or not a lab is alive."""

import uuid

from sqlalchemy import select

from lms.models import LabStep, User, db
from lms.services import labs, turns
from lms.services.errors import NotFound


def passed(user_id: int, lab_uuid: uuid.UUID) -> set[str]:
    """The ids of the steps that this learner has passed."""
    held = (LabStep.user_id == user_id, LabStep.lab_uuid == lab_uuid, LabStep.passed_at.is_not(None))
    return set(db.session.scalars(select(LabStep.step_id).where(*held)))


def passed_by_lab(user_id: int) -> dict[uuid.UUID, set[str]]:
    """The ids of the steps that this learner has passed, by lab."""
    rows = db.session.execute(
        select(LabStep.lab_uuid, LabStep.step_id).where(LabStep.user_id == user_id, LabStep.passed_at.is_not(None))
    )
    found: dict[uuid.UUID, set[str]] = {}
    for lab_uuid, step_id in rows:
        found.setdefault(lab_uuid, set()).add(step_id)
    return found


def standings(user_id: int, lab_uuid: uuid.UUID) -> dict[str, LabStep]:
    """The learner's rows by step, fresh from the database; a step without a word about it has none."""
    held = select(LabStep).where(LabStep.user_id == user_id, LabStep.lab_uuid == lab_uuid)
    return {row.step_id: row for row in db.session.scalars(held.execution_options(populate_existing=True))}


def standing(user_id: int, lab_uuid: uuid.UUID, step_id: str) -> LabStep:
    """The learner's row for this step, made in the open transaction when it is the first word about it."""
    turns.of_person(user_id)
    key = (LabStep.user_id == user_id, LabStep.lab_uuid == lab_uuid, LabStep.step_id == step_id)
    found = db.session.scalar(select(LabStep).where(*key).execution_options(populate_existing=True))
    if found is None:
        found = LabStep(user_id=user_id, lab_uuid=lab_uuid, step_id=step_id, attempts=0, hints_shown=0)
        db.session.add(found)
        db.session.flush()
    return found


def reveal_hint(actor: User, lab_id: int, step_id: str) -> tuple[str, ...]:
    """One more hint of the step; all that are shown so far."""
    lab = labs.owned(actor, lab_id)
    step = labs.lab_file(lab.lab_uuid).step(step_id)
    if step is None:
        raise NotFound("This lab has no such step.")
    held = standing(lab.owner_id, lab.lab_uuid, step_id)
    held.hints_shown = min(held.hints_shown + 1, len(step.hints))
    db.session.commit()
    return tuple(step.hints[: held.hints_shown])
