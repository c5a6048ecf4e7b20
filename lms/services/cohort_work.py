"""What the learners of a cohort handed in, as far as a list shows it: no report's evidence is read."""

import dataclasses
import datetime as dt
from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import select

from lms.models import CohortMember, CriterionOverride, Examination, ExaminationStatus, Report, Submission, db
from lms.services import content
from lms.services.report_views import effective


@dataclasses.dataclass(frozen=True)
class Score:
    """A report in one line, overrides counted."""

    verdict: str
    points: float
    max_points: float


@dataclasses.dataclass(frozen=True)
class HandedIn:
    """One submission with its newest report, if there is one."""

    id: int
    user_id: int
    number: int
    title: str
    status: ExaminationStatus
    at: dt.datetime
    score: Score | None

    @property
    def needs_staff(self) -> bool:
        return self.status is ExaminationStatus.NEEDS_STAFF


def of_cohort(cohort_id: int) -> dict[int, list[HandedIn]]:
    """Submissions by learner, newest first."""
    learners = select(CohortMember.user_id).where(CohortMember.cohort_id == cohort_id)
    wanted = select(Submission).where(Submission.user_id.in_(learners)).order_by(Submission.id.desc())
    return _by_learner(list(db.session.scalars(wanted)))


def needing_staff() -> list[HandedIn]:
    """Every submission whose newest examination was set aside, oldest first."""
    set_aside = select(Examination.submission_id).where(Examination.status == ExaminationStatus.NEEDS_STAFF)
    wanted = select(Submission).where(Submission.id.in_(set_aside)).order_by(Submission.id)
    found = [one for each in _by_learner(list(db.session.scalars(wanted))).values() for one in each]
    return sorted((one for one in found if one.needs_staff), key=lambda one: one.id)


def _by_learner(submissions: Sequence[Submission]) -> dict[int, list[HandedIn]]:
    ids = [one.id for one in submissions]
    statuses, scores = _statuses(ids), _scores(ids)
    found: dict[int, list[HandedIn]] = defaultdict(list)
    for one in submissions:
        found[one.user_id].append(
            HandedIn(
                id=one.id,
                user_id=one.user_id,
                number=one.number,
                title=content.project_title(one.project_uuid),
                status=ExaminationStatus(statuses.get(one.id, ExaminationStatus.QUEUED)),
                at=one.created_at,
                score=scores.get(one.id),
            )
        )
    return found


def _statuses(submission_ids: Sequence[int]) -> dict[int, str]:
    """The status of the newest examination of each."""
    rows = select(Examination.submission_id, Examination.status).where(Examination.submission_id.in_(submission_ids))
    return dict(db.session.execute(rows.order_by(Examination.revision)).all())


def _scores(submission_ids: Sequence[int]) -> dict[int, Score]:
    """The newest report of each; a report's body is read only where an override changes its points."""
    columns = (Report.id, Report.submission_id, Report.verdict, Report.points, Report.max_points)
    rows = select(*columns).where(Report.submission_id.in_(submission_ids)).order_by(Report.revision)
    newest = {row.submission_id: row for row in db.session.execute(rows)}
    scores = {key: Score(row.verdict, row.points, row.max_points) for key, row in newest.items()}
    said: dict[int, list[CriterionOverride]] = defaultdict(list)
    overridden = select(CriterionOverride).where(CriterionOverride.report_id.in_([row.id for row in newest.values()]))
    for one in db.session.scalars(overridden.order_by(CriterionOverride.id)):
        said[one.report_id].append(one)
    for report in db.session.scalars(select(Report).where(Report.id.in_(list(said)))):
        counts = effective(report, said[report.id])
        scores[report.submission_id] = Score(counts.verdict, counts.points, report.max_points)
    return scores
