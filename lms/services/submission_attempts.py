"""How often a learner may hand in a project within 24 hours; what we failed to examine does not count."""

import datetime as dt

from sqlalchemy import select

from labs.projects import Project
from lms.models import Examination, ExaminationStatus, Report, Submission, db, db_now
from lms.services.errors import Busy

DAY = dt.timedelta(hours=24)


def left(user_id: int, wanted: Project) -> int:
    """How many more submissions the project takes from this learner now."""
    return max(0, wanted.attempts_per_day - len(_counted(user_id, wanted)))


def refuse_too_many(user_id: int, wanted: Project) -> None:
    """Busy, with when the next attempt is possible, when the day's attempts are used up."""
    counted = _counted(user_id, wanted)
    if len(counted) >= wanted.attempts_per_day:
        wait = min(counted) + DAY - dt.datetime.now(dt.UTC)
        db.session.rollback()
        minutes = max(1, round(wait.total_seconds() / 60))
        when = f"{minutes} minutes" if minutes < 120 else f"{round(minutes / 60)} hours"
        raise Busy(
            f"This project takes {wanted.attempts_per_day} submissions in 24 hours, and you have used them. "
            f"The next one is possible in {when}.",
            retry_after=minutes * 60,
        )


def _counted(user_id: int, wanted: Project) -> list[dt.datetime]:
    """When the attempts of the last day were made; one that we failed to examine is none."""
    ours = (
        select(Examination.submission_id)
        .where(Examination.status == ExaminationStatus.NEEDS_STAFF)
        .where(Examination.submission_id.not_in(select(Report.submission_id)))
    )
    rows = select(Submission.created_at).where(
        Submission.user_id == user_id,
        Submission.project_uuid == wanted.uuid,
        Submission.created_at > db_now(-DAY.total_seconds()),
        Submission.id.not_in(ours),
    )
    return list(db.session.scalars(rows))
