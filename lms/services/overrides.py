"""An instructor's word over a criterion: added, never changed, with its reason, in the audit trail."""

from typing import Any

from sqlalchemy import select

from labs.exams.report import Report as ExamReport
from lms.models import CriterionOverride, Report, Submission, User, db
from lms.services import access, audit, content, progress, turns
from lms.services.errors import Invalid, NotFound
from lms.services.report_views import Effective, effective


def override_criterion(
    actor: User, report_id: int, criterion_id: str, *, passed: bool, reason: str
) -> CriterionOverride:
    """Gives or refuses all points of the criterion, as an examiner does; the report itself stays as it was written."""
    report, submission = _taught(actor, report_id)
    reason = _readable(reason)
    turns.of_person(submission.user_id)
    points = _max_points(report, criterion_id) if passed else 0.0
    overrides = _of(report_id)
    before = effective(report, overrides)
    made = CriterionOverride(
        report_id=report_id, criterion_id=criterion_id, points=points, reason=reason, actor_id=actor.id
    )
    db.session.add(made)
    db.session.flush()
    after = effective(report, [*overrides, made])
    audit.record(
        actor=actor,
        subject_id=submission.user_id,
        action="override criterion",
        object=f"report {report_id}, criterion {criterion_id}",
        before=_counted(before, criterion_id),
        after=_counted(after, criterion_id),
        reason=reason,
    )
    if after.verdict == "passed":
        _finish(submission, percent=100 * after.points / report.max_points)
    db.session.commit()
    return made


def _readable(reason: str) -> str:
    stripped = reason.strip()
    if not 3 <= len(stripped) <= 2000:
        raise Invalid("Give a reason, in 3 to 2000 characters: the learner reads it.", field="reason")
    return stripped


def _counted(what: Effective, criterion_id: str) -> dict[str, Any]:
    return {"points": what.criteria[criterion_id], "total": what.points, "verdict": what.verdict}


def _finish(submission: Submission, *, percent: float) -> None:
    """The activities of the project; one that is not part of the content any more has none."""
    if project := content.current().projects.get(submission.project_uuid):
        progress.record_linked(submission.user_id, "project", project.slug, score_percent=percent)


def _taught(actor: User, report_id: int) -> tuple[Report, Submission]:
    """The report of a learner whom the actor teaches; NotFound for anybody else's."""
    report = db.session.get(Report, report_id)
    submission = db.session.get(Submission, report.submission_id) if report else None
    if report is None or submission is None or not access.teaches_learner(actor, submission.user_id):
        raise NotFound("There is no such report.")
    return report, submission


def _max_points(report: Report, criterion_id: str) -> float:
    if report.verdict == "not gradable":
        raise Invalid("This submission could not be examined, so there are no points to change. Examine it anew.")
    for criterion in ExamReport.model_validate(report.body).criteria:
        if criterion.id == criterion_id:
            return criterion.max_points
    raise NotFound("The report has no such criterion.")


def _of(report_id: int) -> list[CriterionOverride]:
    rows = select(CriterionOverride).where(CriterionOverride.report_id == report_id).order_by(CriterionOverride.id)
    return list(db.session.scalars(rows))
