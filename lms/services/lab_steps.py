"""A learner's standing in the steps of labs, whether or not a lab is alive."""

import uuid

from sqlalchemy import select

from lms.models import LabStep, db


def passed(user_id: int, lab_uuid: uuid.UUID) -> set[str]:
    """The ids of the steps that this learner has passed."""
    held = (LabStep.user_id == user_id, LabStep.lab_uuid == lab_uuid, LabStep.passed_at.is_not(None))
    return set(db.session.scalars(select(LabStep.step_id).where(*held)))
