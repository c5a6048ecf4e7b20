"""What a page shows of a submission: its place in the queue, its exam while it runs, and its report with overrides."""

import dataclasses
import datetime as dt
import statistics
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import func, select

from labs.exams.report import Evidence, Verdict
from labs.exams.report import Report as ExamReport
from lms.models import CriterionOverride, Examination, ExaminationStatus, Report, Submission, User, db
from lms.services import content
from lms.services.errors import NotFound

#: What an exam is taken to last on a machine that has held none yet.
FIRST_GUESS_SECONDS = 120.0
LAST_EXAMS = 20


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
class SubmissionView:
    """`events` are labs.exams.events as JSON, oldest first; `position` counts from 1 while the exam waits."""

    submission: Submission
    project_slug: str
    project_title: str
    examination_id: int
    revision: int
    status: ExaminationStatus
    position: int | None
    expected_wait_seconds: int | None
    events: Sequence[dict[str, Any]]
    problem: str | None
    report: ReportView | None

    @property
    def settled(self) -> bool:
        return self.status in (ExaminationStatus.DONE, ExaminationStatus.NEEDS_STAFF)


@dataclasses.dataclass(frozen=True)
class Effective:
    """What counts: points by criterion, their sum, and the verdict that follows."""

    criteria: Mapping[str, float]
    points: float
    verdict: Verdict


def view(submission_id: int) -> SubmissionView:
    """The submission with its newest examination; who may see it is the route's policy."""
    found = latest([submission_id]).get(submission_id)
    if found is None:
        raise NotFound("There is no such submission.")
    return found


def effective(report: Report, overrides: Sequence[CriterionOverride]) -> Effective:
    """The newest override of each criterion over what the examiner gave."""
    exam = ExamReport.model_validate(report.body)
    criteria = {criterion.id: criterion.points for criterion in exam.criteria}
    criteria |= {one.criterion_id: one.points for one in overrides if one.criterion_id in criteria}
    points = sum(criteria.values())
    verdict: Verdict = "passed" if points >= report.pass_points else "failed"
    return Effective(criteria, points, "not gradable" if exam.verdict == "not gradable" else verdict)


def report_view(
    report: Report, overrides: Sequence[CriterionOverride], names: Mapping[int, str] | None = None
) -> ReportView:
    """The report with the newest override of each criterion in force; `names` are the overriders' by user id."""
    exam = ExamReport.model_validate(report.body)
    counts = effective(report, overrides)
    criteria = tuple(
        CriterionView(
            id=one.id,
            title=one.title,
            points=counts.criteria[one.id],
            examined_points=one.points,
            max_points=one.max_points,
            measured=one.measured,
            limit=one.limit,
            advice=one.advice,
            evidence=one.evidence,
            overrides=tuple(_override(each, names or {}) for each in overrides if each.criterion_id == one.id),
        )
        for one in exam.criteria
    )
    return ReportView(
        report_id=report.id,
        revision=report.revision,
        verdict=counts.verdict,
        points=counts.points,
        max_points=report.max_points,
        pass_points=report.pass_points,
        message=exam.message,
        criteria=criteria,
        exam=exam,
        created_at=report.created_at,
    )


def latest(submission_ids: Sequence[int]) -> dict[int, SubmissionView]:
    """Many at once, for lists and the gradebook: a fixed number of queries."""
    newest = (
        select(func.max(Examination.id))
        .where(Examination.submission_id.in_(submission_ids))
        .group_by(Examination.submission_id)
    )
    examinations = db.session.scalars(
        select(Examination).where(Examination.id.in_(newest)).execution_options(populate_existing=True)
    ).all()
    reports = _reports(submission_ids)
    line = _Line.read() if any(one.status in _Line.OPEN for one in examinations) else None
    return {one.submission_id: _submission(one, reports.get(one.submission_id), line) for one in examinations}


def _submission(examination: Examination, report: ReportView | None, line: "_Line | None") -> SubmissionView:
    submission = examination.submission
    project = content.current().projects.get(submission.project_uuid)
    status = ExaminationStatus(examination.status)
    waits = line is not None and status is ExaminationStatus.QUEUED
    return SubmissionView(
        submission=submission,
        project_slug=project.slug if project else "",
        project_title=project.title if project else "A project that is not offered any more",
        examination_id=examination.id,
        revision=examination.revision,
        status=status,
        position=line.position(examination.id) if line and waits else None,
        expected_wait_seconds=line.wait(examination.id) if line and waits else None,
        events=examination.events,
        problem=examination.problem,
        report=report,
    )


def _override(one: CriterionOverride, names: Mapping[int, str]) -> OverrideView:
    by = names.get(one.actor_id, "an instructor")
    return OverrideView(points=one.points, reason=one.reason, by=by, at=one.created_at)


def _reports(submission_ids: Sequence[int]) -> dict[int, ReportView]:
    """The newest report of each submission, overrides merged."""
    rows = db.session.scalars(
        select(Report).where(Report.submission_id.in_(submission_ids)).order_by(Report.revision)
    ).all()
    newest = {row.submission_id: row for row in rows}
    ids = [row.id for row in newest.values()]
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
    return {submission_id: report_view(row, said[row.id], names) for submission_id, row in newest.items()}


@dataclasses.dataclass(frozen=True)
class _Line:
    """The exams that wait or run, in order, and how long one usually takes here."""

    ids: Sequence[int]
    seconds_each: float

    OPEN = (ExaminationStatus.QUEUED, ExaminationStatus.RUNNING)

    @classmethod
    def read(cls) -> "_Line":
        ids = db.session.scalars(
            select(Examination.id).where(Examination.status.in_(cls.OPEN)).order_by(Examination.id)
        ).all()
        bodies = db.session.scalars(select(Report.body).order_by(Report.id.desc()).limit(LAST_EXAMS)).all()
        took = [float(body["seconds"]) for body in bodies if body.get("seconds")]
        return cls(ids, statistics.median(took) if took else FIRST_GUESS_SECONDS)

    def position(self, examination_id: int) -> int:
        return 1 + sum(one < examination_id for one in self.ids)

    def wait(self, examination_id: int) -> int:
        """Seconds until its turn, as far as one can tell."""
        return round((self.position(examination_id) - 1) * self.seconds_each)
