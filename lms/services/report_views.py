"""What counts of a report: the examiner's points with the newest override of each criterion in force."""

import dataclasses
import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select

from labs.exams.report import CriterionResult, Evidence, Verdict
from labs.exams.report import Report as ExamReport
from lms.models import CriterionOverride, Report, User, db


@dataclasses.dataclass(frozen=True)
class OverrideView:
    """An instructor's word over a criterion."""

    points: float
    reason: str
    by: str
    at: dt.datetime


@dataclasses.dataclass(frozen=True)
class CriterionView:
    """`points` are the effective ones; `examined_points` are the examiner's. Overrides stand newest last."""

    id: str
    title: str
    points: float
    examined_points: float
    max_points: float
    measured: str
    limit: str
    advice: str
    evidence: Sequence[Evidence]
    overrides: tuple[OverrideView, ...]


@dataclasses.dataclass(frozen=True)
class ReportView:
    """The report as it counts: overrides merged into points and verdict; `exam` is the examiner's own, unchanged."""

    report_id: int
    revision: int
    verdict: Verdict
    points: float
    max_points: float
    pass_points: float
    message: str
    criteria: tuple[CriterionView, ...]
    exam: ExamReport
    created_at: dt.datetime

    @property
    def overridden(self) -> bool:
        return any(criterion.overrides for criterion in self.criteria)


@dataclasses.dataclass(frozen=True)
class Effective:
    """What counts: points by criterion, their sum, and the verdict that follows."""

    criteria: Mapping[str, float]
    points: float
    verdict: Verdict


def effective(report: Report, overrides: Sequence[CriterionOverride]) -> Effective:
    """The newest override of each criterion over what the examiner gave."""
    exam = ExamReport.model_validate(report.body)
    criteria = {criterion.id: criterion.points for criterion in exam.criteria}
    criteria |= {one.criterion_id: one.points for one in overrides if one.criterion_id in criteria}
    points = sum(criteria.values())
    verdict: Verdict = "passed" if points >= report.pass_points else "failed"
    return Effective(criteria, points, "not gradable" if exam.verdict == "not gradable" else verdict)


def view(report: Report, overrides: Sequence[CriterionOverride], names: Mapping[int, str] | None = None) -> ReportView:
    """The report with the newest override of each criterion in force; `names` are the overriders' by user id."""
    exam = ExamReport.model_validate(report.body)
    counts = effective(report, overrides)
    said = [(each.criterion_id, _override(each, names or {})) for each in overrides]
    criteria = tuple(
        _criterion(one, counts.criteria[one.id], [each for about, each in said if about == one.id])
        for one in exam.criteria
    )
    return ReportView(
        report_id=report.id,
        revision=report.revision,
        verdict=counts.verdict,
        points=counts.points,
        max_points=report.max_points,
        pass_points=report.pass_points,
        message=_message(exam, overridden=bool(overrides)),
        criteria=criteria,
        exam=exam,
        created_at=report.created_at,
    )


def _criterion(one: CriterionResult, points: float, overrides: Sequence[OverrideView]) -> CriterionView:
    return CriterionView(
        id=one.id,
        title=one.title,
        points=points,
        examined_points=one.points,
        max_points=one.max_points,
        measured=one.measured,
        limit=one.limit,
        advice=one.advice,
        evidence=one.evidence,
        overrides=tuple(overrides),
    )


def newest(submission_ids: Sequence[int]) -> dict[int, ReportView]:
    """The newest report of each submission, overrides merged."""
    rows = db.session.scalars(
        select(Report).where(Report.submission_id.in_(submission_ids)).order_by(Report.revision)
    ).all()
    reports = {row.submission_id: row for row in rows}
    ids = [row.id for row in reports.values()]
    said: dict[int, list[CriterionOverride]] = {report_id: [] for report_id in ids}
    names: dict[int, str] = {}
    stated = (
        select(CriterionOverride, User.name)
        .join(User, User.id == CriterionOverride.actor_id)
        .where(CriterionOverride.report_id.in_(ids))
        .order_by(CriterionOverride.id)
    )
    for override, name in db.session.execute(stated):
        said[override.report_id].append(override)
        names[override.actor_id] = name
    return {submission_id: view(row, said[row.id], names) for submission_id, row in reports.items()}


def document(report: ReportView) -> dict[str, Any]:
    """The report as it counts, as JSON: the examiner's, with what an instructor said in points, sum and verdict."""
    written = report.exam.model_dump(mode="json")
    for criterion, counts in zip(written["criteria"], report.criteria, strict=True):
        criterion["points"] = counts.points
        if counts.overrides:
            said = [{"points": one.points, "by": one.by, "reason": one.reason} for one in counts.overrides]
            criterion |= {"examined_points": counts.examined_points, "overrides": said}
    if report.overridden:
        fault = None if report.verdict == "passed" else "learner"
        written |= {"verdict": report.verdict, "fault": fault, "points": report.points, "message": report.message}
    return written


def _message(exam: ExamReport, *, overridden: bool) -> str:
    """The examiner's sentence, unless its sum does not count any more."""
    if not overridden:
        return exam.message
    return f"The examiner gave {exam.points:g} points; an instructor decided since."


def _override(one: CriterionOverride, names: Mapping[int, str]) -> OverrideView:
    by = names.get(one.actor_id, "an instructor")
    return OverrideView(points=one.points, reason=one.reason, by=by, at=one.created_at)
